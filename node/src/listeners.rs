//! The listening side of a node: REST and metrics, started and stopped together.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::dev::DevChain;
use crate::failure::Failure;
use crate::health::{self, Health};
use crate::metrics::{self, Metrics};
use crate::rest::{self, Bound, Context, Limits};
use crate::state_machine::Chain;
use crate::submit::Submit;

/// Threads that talk with callers; reading is done by others.
const CALLER_THREADS: usize = 2;

/// Bound and not yet serving: so that a port in use is found before anything runs.
pub struct Ports {
    rest: Bound,
    metrics: Option<Bound>,
}

impl Ports {
    /// Binds both.
    pub async fn bind(rest: SocketAddr, metrics: Option<SocketAddr>) -> Result<Self, Failure> {
        let rest = bind("REST", rest, "--rest-address, or rest.address in chortled.toml").await?;
        let metrics = match metrics {
            Some(address) => Some(
                bind("metrics", address, "--metrics-address, or metrics.address in chortled.toml").await?,
            ),
            None => None,
        };
        Ok(Self { rest, metrics })
    }
}

async fn bind(purpose: &str, address: SocketAddr, setting: &str) -> Result<Bound, Failure> {
    Bound::to(address).await.map_err(|error| {
        let cause = match error.kind() {
            std::io::ErrorKind::AddrInUse => format!("{address} ({purpose}) is in use by another process"),
            _ => format!("{address} ({purpose}) cannot be listened on: {error}"),
        };
        Failure::config(cause, format!("stop that process, or choose another address by {setting}"))
    })
}

/// Listeners that serve.
pub struct Listeners {
    /// Where REST listens.
    pub rest: SocketAddr,
    /// Where metrics are read.
    pub metrics: Option<SocketAddr>,
    /// The health of the node.
    pub health: Arc<Health>,
    stop: watch::Sender<bool>,
    serving: Vec<JoinHandle<()>>,
    following: Vec<JoinHandle<()>>,
    /// Let go of last: what still runs on it goes on by itself and ends with the process.
    _callers: Callers,
}

/// The threads that work for callers, apart from those of the engine: however much callers want, blocks go on.
struct Callers(Option<Runtime>);

impl Callers {
    fn start(limits: &Limits) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(CALLER_THREADS)
            .max_blocking_threads(limits.readers)
            .thread_name("rest")
            .enable_all()
            .build();
        runtime.map(|runtime| Self(Some(runtime))).map_err(Failure::unexpected)
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Option<JoinHandle<()>> {
        self.0.as_ref().map(|runtime| runtime.spawn(work))
    }
}

impl Drop for Callers {
    fn drop(&mut self) {
        // To wait here would block a thread of the engine's.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Listeners {
    /// Serves.
    pub fn open(
        ports: Ports,
        chain: Chain,
        submit: Arc<dyn Submit>,
        dev: Option<Arc<DevChain>>,
        limits: Limits,
    ) -> Result<Self, Failure> {
        let (stop, stopping) = watch::channel(false);
        let (limits, measured) = (Arc::new(limits), Arc::new(Metrics::default()));
        let health = Health::new(&chain, Arc::clone(&submit));
        let following = vec![
            tokio::spawn(metrics::follow(Arc::clone(&measured), chain.clone())),
            tokio::spawn(health::follow(Arc::clone(&health), chain.clone())),
        ];
        let callers = Callers::start(&limits)?;
        let (of_metrics, of_limits) = (Arc::clone(&measured), Arc::clone(&limits));
        let context =
            Context::new(chain, submit, of_metrics, dev, of_limits, Arc::clone(&health), stopping.clone());
        let (rest, metrics) = (ports.rest.address(), ports.metrics.as_ref().map(Bound::address));
        let routers = rest::routers(context.clone());
        let served = rest::serve(ports.rest, routers, Arc::clone(&limits), stopping.clone());
        let mut serving: Vec<_> = callers.spawn(served).into_iter().collect();
        if let Some(bound) = ports.metrics {
            let routers = rest::own_routers(context, metrics::routes(measured));
            serving.push(tokio::spawn(rest::serve(bound, routers, limits, stopping)));
        }
        Ok(Self { rest, metrics, health, stop, serving, following, _callers: callers })
    }

    /// Lets open requests end, then closes.
    pub async fn close(self) {
        self.stop.send_replace(true);
        for following in &self.following {
            following.abort();
        }
        for listener in self.serving {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener did not close in order");
            }
        }
    }
}
