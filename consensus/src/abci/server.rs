//! The listening side: bind, accept, stop.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use chortle_kernel::Halt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::address::Address;
use super::connection;
use super::dispatch::Dispatch;
use super::limits::Limits;
use super::pulse::Pulse;
use crate::application::Application;

/// A running ABCI server. Dropping it closes every connection.
pub struct Server {
    address: Address,
    dispatch: Arc<Dispatch>,
    accepting: JoinHandle<()>,
}

enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Server {
    /// Binds `address` and serves `application` on the current tokio runtime.
    ///
    /// A socket file that no process listens on is replaced; one that is in use is an error.
    pub async fn start(
        address: Address,
        application: Arc<dyn Application>,
        limits: Limits,
    ) -> io::Result<Self> {
        let (listener, address) = bind(address).await?;
        let dispatch = Arc::new(Dispatch::new(application));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&dispatch), limits));
        tracing::info!(%address, "the ABCI server listens");
        Ok(Self { address, dispatch, accepting })
    }

    /// Where it listens; port 0 has become the real port.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Becomes `Some` when the application halts: the daemon then stops with this sentence.
    pub fn halted(&self) -> watch::Receiver<Option<Halt>> {
        self.dispatch.halted()
    }

    /// Counts what the engine asks.
    pub fn pulse(&self) -> Pulse {
        self.dispatch.pulse().clone()
    }

    /// Waits until the application halts.
    pub async fn wait_for_halt(&self) -> Halt {
        let mut halted = self.dispatch.halted();
        let halt = halted.wait_for(Option::is_some).await.ok().and_then(|halt| halt.clone());
        halt.unwrap_or_else(|| Halt::new("the ABCI server is gone"))
    }

    /// Closes every connection and removes the socket file. A call that the application executes ends first.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // Aborted is what was asked for.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Address::Unix(path) = &self.address
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::debug!(%error, path = %path.display(), "the socket file was not removed");
        }
    }
}

async fn bind(address: Address) -> io::Result<(Listener, Address)> {
    match address {
        Address::Unix(path) => {
            free_socket_file(&path).await.map_err(|error| explain(error, &path.display().to_string()))?;
            let listener = UnixListener::bind(&path);
            let listener = listener.map_err(|error| explain(error, &path.display().to_string()))?;
            restrict(&path)?;
            Ok((Listener::Unix(listener), Address::Unix(path)))
        }
        Address::Tcp(socket) => {
            let listener = TcpListener::bind(socket).await;
            let listener = listener.map_err(|error| explain(error, &socket.to_string()))?;
            let bound: SocketAddr = listener.local_addr()?;
            Ok((Listener::Tcp(listener), Address::Tcp(bound)))
        }
    }
}

/// Whoever may open the socket may execute blocks: the owner alone.
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

/// Removes what a killed process left behind; refuses if a live one listens or the path is no socket.
async fn free_socket_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the path is taken by something else"));
    }
    if tokio::net::UnixStream::connect(path).await.is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process serves this socket"));
    }
    std::fs::remove_file(path)
}

fn explain(error: io::Error, place: &str) -> io::Error {
    io::Error::new(error.kind(), format!("the ABCI server cannot listen on {place}: {error}"))
}

async fn accept(listener: Listener, dispatch: Arc<Dispatch>, limits: Limits) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let mut connections = JoinSet::new();
    loop {
        // Ended connections leave the set, so that it never grows beyond the open ones.
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let dispatch = Arc::clone(&dispatch);
        let accepted = match &listener {
            Listener::Unix(listener) => listener.accept().await.map(|(socket, _)| boxed(socket)),
            Listener::Tcp(listener) => listener.accept().await.map(|(socket, _)| {
                if let Err(error) = socket.set_nodelay(true) {
                    tracing::debug!(%error, "small answers may be delayed");
                }
                boxed(socket)
            }),
        };
        match accepted {
            Ok(socket) => {
                connections.spawn(async move {
                    let _place = place;
                    if let Err(error) = connection::serve(socket, dispatch, limits).await {
                        tracing::debug!(%error, "an ABCI connection ended");
                    }
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: wait for some to come back.
                tracing::warn!(%error, "an ABCI connection was not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

/// A byte stream of either kind.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

fn boxed(socket: impl Socket + 'static) -> Box<dyn Socket> {
    Box::new(socket)
}
