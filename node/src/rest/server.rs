//! HTTP/1.1 over TCP with a timer on every head, a cap on connections, and a graceful end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::Limits;

/// Longest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// How long open requests may go on when the node stops.
const GRACE: Duration = Duration::from_secs(5);

/// A bound listener.
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Binds an address; port 0 becomes a free one.
    pub async fn to(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves until `stopping` turns true, then lets open requests end.
pub async fn serve(bound: Bound, router: Router, limits: Limits, mut stopping: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = bound.listener.accept() => accepted,
            () = stopped(&mut stopping) => break,
        };
        match accepted {
            Ok((socket, _)) => {
                let (router, stopping) = (router.clone(), stopping.clone());
                connections.spawn(async move {
                    let _place = place;
                    converse(socket, router, limits, stopping).await;
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: wait for some to come back.
                tracing::warn!(%error, "a REST connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(bound);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!("REST requests that did not end in time are cut off");
    }
}

/// Waits until the node stops.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A sender that is gone is a node that is gone.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

async fn converse(socket: TcpStream, router: Router, limits: Limits, mut stopping: watch::Receiver<bool>) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "small answers may be delayed");
    }
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    let connection = builder.serve_connection(TokioIo::new(socket), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a REST connection ended");
    }
}
