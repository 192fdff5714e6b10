//! The listening side of a node: REST and metrics, started and stopped together.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::dev::DevChain;
use crate::failure::Failure;
use crate::metrics::{self, Metrics};
use crate::rest::{self, Bound, Context, Limits};
use crate::state_machine::Chain;
use crate::submit::Submit;

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
    stop: watch::Sender<bool>,
    serving: Vec<JoinHandle<()>>,
    following: JoinHandle<()>,
}

impl Listeners {
    /// Serves.
    pub fn open(
        ports: Ports,
        chain: Chain,
        submit: Arc<dyn Submit>,
        dev: Option<Arc<DevChain>>,
        limits: Limits,
    ) -> Self {
        let (stop, stopping) = watch::channel(false);
        let measured = Arc::new(Metrics::default());
        let following = tokio::spawn(metrics::follow(Arc::clone(&measured), chain.clone()));
        let context = Context::new(chain, submit, Arc::clone(&measured), dev, limits, stopping.clone());
        let (rest, metrics) = (ports.rest.address(), ports.metrics.as_ref().map(Bound::address));
        let mut serving =
            vec![tokio::spawn(rest::serve(ports.rest, rest::router(context), limits, stopping.clone()))];
        if let Some(bound) = ports.metrics {
            serving.push(tokio::spawn(rest::serve(bound, metrics::router(measured), limits, stopping)));
        }
        Self { rest, metrics, stop, serving, following }
    }

    /// Lets open requests end, then closes.
    pub async fn close(self) {
        self.stop.send_replace(true);
        self.following.abort();
        for listener in self.serving {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener did not close in order");
            }
        }
    }
}
