//! HTTP/1.1 over TCP: every connection is taken at once, has a timer on all that it waits for, and is counted in all
//! and by its address. One that finds no place is told so, over a narrow way that also leads to the node's health.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpListener as BoundListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Extensions, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio_io_timeout::TimeoutStream;

use super::Limits;
use super::quota::{Caller, Full, Hold, Quota};

/// Longest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// How long open requests may go on when the node stops.
const GRACE: Duration = Duration::from_secs(5);
/// Connections that wait to be taken.
const BACKLOG: u32 = 1_024;
/// What the kernel holds of an answer that its caller does not read; it would let it grow to some MiB.
const SEND_BUFFER_BYTES: u32 = 256 * 1024;
/// What the kernel holds of a request that is not read yet.
const RECEIVE_BUFFER_BYTES: u32 = 128 * 1024;
/// Connections on the narrow way. These descriptors are of the reserve.
const NARROW_MAX: usize = 32;
/// How long a connection on the narrow way may live.
const NARROW_TIME: Duration = Duration::from_secs(5);

/// A bound listener, which no runtime owns yet.
pub struct Bound {
    listener: BoundListener,
    address: SocketAddr,
}

impl Bound {
    /// Binds an address; port 0 becomes a free one.
    pub async fn to(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
        socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?.into_std()?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Who answers a connection.
pub struct Routers {
    /// Those that find a place; without it, all go the narrow way.
    pub wide: Option<Router>,
    /// The others.
    pub narrow: Router,
}

/// Serves until `stopping` turns true, then lets open requests end.
pub async fn serve(bound: Bound, routers: Routers, limits: Arc<Limits>, stopping: watch::Receiver<bool>) {
    let listener = match TcpListener::from_std(bound.listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, address = %bound.address, "nobody listens"),
    };
    let places = Quota::new(limits.connections_max, limits.address_percent);
    let mut server =
        Server { routers, places, limits, stopping, open: JoinSet::new(), narrow: Narrow::default() };
    server.accept(&listener).await;
    drop(listener);
    let ended = async { while server.open.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!("REST requests that did not end in time are cut off");
    }
}

/// Waits until the node stops.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A sender that is gone is a node that is gone.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

struct Server {
    routers: Routers,
    places: Arc<Quota>,
    limits: Arc<Limits>,
    stopping: watch::Receiver<bool>,
    open: JoinSet<()>,
    narrow: Narrow,
}

impl Server {
    async fn accept(&mut self, listener: &TcpListener) {
        loop {
            while self.open.try_join_next().is_some() {}
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopped(&mut self.stopping) => return,
            };
            match accepted {
                Ok((socket, peer)) => self.take(socket, peer).await,
                Err(error) => {
                    // Out of file descriptors, mostly: wait for some to come back.
                    tracing::warn!(%error, "a REST connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    async fn take(&mut self, socket: TcpStream, peer: SocketAddr) {
        let caller = Caller::of(peer.ip(), &self.limits.trusted_proxies, &[]);
        let place = self.routers.wide.as_ref().map(|router| (router, self.places.take(caller, 1)));
        let full = match place {
            Some((router, Ok(place))) => {
                let conversation = Conversation::new(self, router.clone(), peer, None);
                self.open.spawn(conversation.hold(socket, place));
                return;
            }
            Some((_, Err(full))) => full,
            None => Full::All,
        };
        let Some(place) = self.narrow.place().await else { return };
        let conversation = Conversation::new(self, self.routers.narrow.clone(), peer, Some(full));
        let whole = async move {
            let _place = place;
            // It may be told why in this time, or be cut off without.
            let _ = tokio::time::timeout(NARROW_TIME, conversation.run(socket)).await;
        };
        self.narrow.latest.push_back(self.open.spawn(whole));
    }
}

/// The few connections that are open beside all the others. The newest has a place: the oldest goes for it, so nobody
/// can sit on them all.
struct Narrow {
    latest: VecDeque<AbortHandle>,
    places: Arc<Semaphore>,
}

impl Default for Narrow {
    fn default() -> Self {
        Self { latest: VecDeque::new(), places: Arc::new(Semaphore::new(NARROW_MAX)) }
    }
}

impl Narrow {
    async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        self.latest.retain(|connection| !connection.is_finished());
        while self.latest.len() >= NARROW_MAX {
            if let Some(oldest) = self.latest.pop_front() {
                oldest.abort();
            }
        }
        // Comes back as soon as the one that goes has let go of its socket.
        Arc::clone(&self.places).acquire_owned().await.ok()
    }
}

/// One connection.
struct Conversation {
    router: Router,
    peer: SocketAddr,
    /// Why it found no place.
    full: Option<Full>,
    limits: Arc<Limits>,
    stopping: watch::Receiver<bool>,
}

impl Conversation {
    fn new(server: &Server, router: Router, peer: SocketAddr, full: Option<Full>) -> Self {
        Self { router, peer, full, limits: Arc::clone(&server.limits), stopping: server.stopping.clone() }
    }

    async fn hold(self, socket: TcpStream, _place: Hold) {
        self.run(socket).await;
    }

    /// What the routes know of the connection that a request came by.
    fn introduce(&self, headers: &axum::http::HeaderMap, extensions: &mut Extensions) {
        let lines = headers.get_all("x-forwarded-for").into_iter();
        let forwarded: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        extensions.insert(Caller::of(self.peer.ip(), &self.limits.trusted_proxies, &forwarded));
        if let Some(full) = self.full {
            extensions.insert(full);
        }
    }

    async fn run(self, socket: TcpStream) {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "small answers may be delayed");
        }
        let mut socket = TimeoutStream::new(socket);
        socket.set_write_timeout(Some(self.limits.write_timeout));
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_timeout)
            .keep_alive(self.full.is_none())
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX);
        let mut stopping = self.stopping.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let (mut parts, body) = request.into_parts();
            self.introduce(&parts.headers, &mut parts.extensions);
            TowerToHyperService::new(self.router.clone()).call(Request::from_parts(parts, body))
        });
        let connection = builder.serve_connection(TokioIo::new(Box::pin(socket)), service);
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
}
