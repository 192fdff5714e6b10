//! HTTP/1.1 with little ceremony: the load generator shares the cores with what it measures.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// An answer that takes longer is none.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Longest answer: a full block in base64, with room.
const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A connection that stays open.
pub struct Connection {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("status {}: {}", self.status, String::from_utf8_lossy(&self.body)))
    }
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = tokio::time::timeout(TIMEOUT, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(64 * 1024, stream), address })
    }

    /// One request, one answer.
    pub async fn request(&mut self, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        tokio::time::timeout(TIMEOUT, self.exchange(method, path, body)).await?
    }

    async fn exchange(&mut self, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        let kind = "content-type: application/json";
        let (host, length) = (self.address, body.len());
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n{kind}\r\ncontent-length: {length}\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.stream.get_mut().write_all(&bytes).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        let status_line = self.line().await?;
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| malformed("no status line"))?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().map_err(|_| malformed("content-length"))?,
                "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
                _ => {}
            }
        }
        let mut body = Vec::new();
        if chunked {
            loop {
                let size = self.line().await?;
                let size = usize::from_str_radix(size.trim(), 16).map_err(|_| malformed("chunk size"))?;
                self.take(&mut body, size).await?;
                self.line().await?;
                if size == 0 {
                    break;
                }
            }
        } else {
            self.take(&mut body, length).await?;
        }
        Ok(Answer { status, body })
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    async fn take(&mut self, body: &mut Vec<u8>, size: usize) -> io::Result<()> {
        let start = body.len();
        if start + size > BODY_BYTES_MAX {
            return Err(malformed("the answer is too long"));
        }
        body.resize(start + size, 0);
        self.stream.read_exact(body.get_mut(start..).unwrap_or_default()).await.map(drop)
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// One request on a connection of its own.
pub async fn once(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
    Connection::open(address).await?.request(method, path, body).await
}

/// Reads JSON; any status but 200 is an error.
pub async fn get(address: SocketAddr, path: &str) -> anyhow::Result<Value> {
    let answer = once(address, "GET", path, b"").await.with_context(|| format!("GET {address}{path}"))?;
    anyhow::ensure!(
        answer.status == 200,
        "GET {address}{path}: status {}: {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    answer.json()
}

/// Calls a method of CometBFT's RPC and answers its result.
pub async fn call(address: SocketAddr, method: &str, params: Value) -> anyhow::Result<Value> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let answer = once(address, "POST", "/", body.as_bytes())
        .await
        .with_context(|| format!("{method} at {address}"))?;
    let mut value = answer.json()?;
    match value.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => anyhow::bail!("{method} at {address}: {value}"),
    }
}
