//! A node in a process of its own, under a limit of open files of its own, and callers at many addresses.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chortle_consensus::comet::process::end_with_starter;
use chortle_kernel::tx::ChainRef;
use chortle_node::dev::accounts::{self, MNEMONIC};
use chortle_node::machine::Machine;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

use crate::command_line::program;
use crate::common::Signer;

/// The caller that does nothing wrong.
pub const HONEST: u8 = 1;
/// Patience with a machine that does much besides.
const PATIENCE: Duration = Duration::from_secs(120);

/// `chortled dev` with a limit of open files; killed with the test.
pub struct Victim {
    child: Child,
    pub rest: SocketAddr,
    /// Metrics and health.
    pub own: SocketAddr,
}

/// Runs `chortled` where at most so many files may be open.
pub fn limited(descriptors: u32) -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", "ulimit -n \"$0\" && exec \"$@\"", &descriptors.to_string()]);
    command.arg(program());
    command.env_clear().env("HOME", "/nonexistent").env("PATH", "/usr/bin:/bin");
    command
}

impl Victim {
    /// A node that gives callers three seconds and little memory, so that either is soon used up.
    pub fn start(descriptors: u32, args: &[&str]) -> Self {
        // So that this process may have more sockets than its victim.
        Machine::prepare().expect("a machine to test on");
        let mut command = limited(descriptors);
        let address = "127.0.0.1:0";
        command.env("CHORTLED_REST_PATIENCE_S", "3").env("CHORTLED_REST_MEMORY_MIB", "64");
        command.args(["dev", "--json", "--rest-address", address, "--metrics-address", address]).args(args);
        end_with_starter(&mut command);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let banner: Value = serde_json::from_str(&line).expect("JSON");
        let address = |name: &str| {
            let url = banner[name].as_str().expect("an address").trim_start_matches("http://");
            url.trim_end_matches("/metrics").parse().expect("an address")
        };
        Self { child, rest: address("rest"), own: address("metrics") }
    }

    /// Memory that it has.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1_024
    }

    /// Files and sockets that it has open.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("it runs").count()
    }

    /// The height, by the node's own port, which answers whatever goes on.
    pub async fn height(&self) -> u64 {
        let (status, body) = get(HONEST, self.own, "/readyz").await;
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        body["height"].as_u64().expect("a height")
    }

    /// Blocks go on, and both ways to the health answer.
    pub async fn lives(&self) {
        let before = self.height().await;
        until("three more blocks", async || self.height().await >= before + 3).await;
        for port in [self.own, self.rest] {
            assert_eq!(get(HONEST, port, "/healthz").await.0, 200);
        }
        let (status, metrics) = get(HONEST, self.own, "/metrics").await;
        assert!(status == 200 && metrics.contains("chortle_chain_height_blocks"));
    }

    /// The funded accounts, as signers for its chain.
    pub async fn accounts(&self) -> Vec<Signer> {
        let (_, body) = get(HONEST, self.rest, "/v1/status").await;
        let status: Value = serde_json::from_str(&body).expect("JSON");
        let text = |name: &str| status[name].as_str().expect("text").trim_start_matches("0x").to_owned();
        let genesis = hex::decode(text("genesis_hash")).expect("hexadecimal").try_into().expect("a hash");
        let chain = ChainRef::of(&text("chain_id"), genesis).expect("a short name");
        let accounts = accounts::derive(MNEMONIC, 10).expect("the well-known phrase");
        accounts.into_iter().map(|account| Signer::new(account, chain.clone())).collect()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tells the second copy of this test program that it is to be killed.
const TO_BE_KILLED: &str = "CHORTLE_TEST_TO_BE_KILLED";

#[test]
fn a_killed_test_leaves_no_node() {
    if std::env::var_os(TO_BE_KILLED).is_some() {
        let victim = Victim::start(1_024, &[]);
        println!("node {}", victim.child.id());
        std::thread::sleep(PATIENCE);
        return;
    }
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "victim::a_killed_test_leaves_no_node", "--nocapture"]).env(TO_BE_KILLED, "1");
    let mut test = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut lines = BufReader::new(test.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let node = lines.find_map(|line| Some(line.split_once("node ")?.1.to_owned())).expect("a node runs");
    let stat = || std::fs::read_to_string(format!("/proc/{node}/stat"));
    assert!(stat().is_ok(), "it runs");
    test.kill().expect("the test runs");
    test.wait().expect("the test is gone");
    let killed = std::time::Instant::now();
    // A zombie is dead: whoever inherited it has not looked yet.
    while stat().is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(killed.elapsed() < PATIENCE, "the node outlives the test");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits for what must come; how long it takes says nothing.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A connection from 127.0.0.`from`.
pub async fn connect(from: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).expect("an address of this machine");
    socket.connect(to).await.expect("the node listens")
}

/// Sends a whole request and reads the whole answer; no status is no answer.
pub async fn ask(from: u8, to: SocketAddr, request: &str) -> (u16, String) {
    let mut socket = connect(from, to).await;
    let _ = socket.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("an answer, or none");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (status_of(&answer), answer.split_once("\r\n\r\n").map_or(answer.clone(), |(_, body)| body.to_owned()))
}

/// The status of an answer; 0 if there is none.
pub fn status_of(answer: &str) -> u16 {
    answer.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

pub async fn get(from: u8, to: SocketAddr, path: &str) -> (u16, String) {
    ask(from, to, &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await
}

pub async fn post(from: u8, to: SocketAddr, path: &str, body: &str) -> (u16, String) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    ask(from, to, &(head + body)).await
}
