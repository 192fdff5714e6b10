//! The development chain: the real state machine, driven in this process, with a clock that can be moved.

pub mod accounts;
mod clock;
pub mod genesis;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chortle_consensus::application::{Application, Genesis};
use chortle_consensus::driver::{self, Code as Mempool, Driver, DriverError, MempoolLimits};
use chortle_kernel::Halt;
use chortle_store::OnDisk;
use tokio::sync::watch;

pub use clock::Clock;

use crate::state_machine::Chain;
use crate::submit::{Refusal, Standing, Submit, SubmitError};

/// When a block is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As soon as a transaction waits.
    Instant,
    /// Every so often, whether anything waits or not.
    Interval(Duration),
    /// When asked.
    Manual,
}

/// Most snapshots that are kept; each is a whole copy of the state.
pub const SNAPSHOTS_MAX: usize = 32;
/// Most blocks that one request makes.
pub const MINE_MAX: u64 = 1_000;

/// Everything of one moment: reverting to it gives back exactly this.
struct Snapshot {
    store: chortle_store::Snapshot,
    driver: driver::Snapshot,
    clock: Clock,
    mode: Mode,
}

/// Why the dev chain did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DevError {
    /// There is no such snapshot.
    #[error(
        "there is no snapshot {0}: POST /v1/dev/snapshot makes one; reverting uses up it and all later ones"
    )]
    NoSnapshot(u64),
    /// The oldest must go first.
    #[error("{SNAPSHOTS_MAX} snapshots are kept already: revert to one of them first")]
    TooManySnapshots,
    /// A store on disk is not copied.
    #[error(transparent)]
    OnDisk(#[from] OnDisk),
    /// The time is not after the last block's, or beyond what a block can carry.
    #[error("{0}")]
    Time(String),
    /// Our fault.
    #[error("{0}")]
    Failed(String),
}

impl From<Halt> for DevError {
    fn from(halt: Halt) -> Self {
        Self::Failed(halt.0)
    }
}

struct Moment {
    clock: Clock,
    snapshots: BTreeMap<u64, Snapshot>,
    next_snapshot: u64,
}

/// The dev chain of one process.
pub struct DevChain {
    chain: Chain,
    driver: Driver,
    moment: Mutex<Moment>,
    mode: watch::Sender<Mode>,
}

impl DevChain {
    /// Starts from a genesis, or goes on where the store stands.
    pub fn start(chain: Chain, mut genesis: Genesis, mode: Mode) -> Result<Self, Halt> {
        let view = chain.view(None).ok();
        let last = view.as_ref().map(|view| view.time_unix_ms).filter(|time| *time > 0);
        // A chain that goes on has its limits in its state; the engine that it does without would know them.
        let params = view.map(|view| chortle_app::state::ENGINE.get(view.state.as_ref())).transpose()?;
        genesis.params = params.flatten().unwrap_or(genesis.params);
        let application: Arc<dyn Application> = Arc::new(chain.clone());
        let driver = Driver::start(application, genesis, MempoolLimits::default(), last)?;
        let moment = Moment { clock: Clock::default(), snapshots: BTreeMap::new(), next_snapshot: 1 };
        Ok(Self { chain, driver, moment: Mutex::new(moment), mode: watch::Sender::new(mode) })
    }

    fn moment(&self) -> MutexGuard<'_, Moment> {
        // Every change of the moment is one assignment, so a panic elsewhere leaves it whole.
        self.moment.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state machine that it drives.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The last committed height.
    pub fn height(&self) -> u64 {
        self.driver.height()
    }

    /// The transactions that wait, first come first.
    pub fn waiting(&self) -> Vec<Bytes> {
        self.driver.mempool_txs()
    }

    /// The clock, with its offset.
    pub fn clock(&self) -> Clock {
        self.moment().clock
    }

    /// When blocks are made.
    pub fn mode(&self) -> Mode {
        *self.mode.borrow()
    }

    /// Changes when blocks are made.
    pub fn set_mode(&self, mode: Mode) -> Result<(), DevError> {
        self.mode.send_replace(mode);
        if mode == Mode::Instant { self.mine_waiting() } else { Ok(()) }
    }

    /// Follows the mode.
    pub fn modes(&self) -> watch::Receiver<Mode> {
        self.mode.subscribe()
    }

    /// Makes blocks; answers the last height.
    pub fn mine(&self, blocks: u64) -> Result<u64, DevError> {
        let moment = self.moment();
        for _ in 0..blocks.min(MINE_MAX) {
            self.make_block(&moment.clock)?;
        }
        Ok(self.height())
    }

    fn mine_waiting(&self) -> Result<(), DevError> {
        let moment = self.moment();
        // Another submitter's block may have taken the transaction along.
        if !self.driver.mempool_txs().is_empty() {
            self.make_block(&moment.clock)?;
        }
        Ok(())
    }

    fn make_block(&self, clock: &Clock) -> Result<(), DevError> {
        let time_unix_ms = clock.after(self.driver.last_time_unix_ms());
        match self.driver.produce_block(time_unix_ms) {
            Ok(_) => Ok(()),
            Err(DriverError::TimeNotAfter { .. }) => {
                Err(DevError::Time("time has come to its end".to_owned()))
            }
            Err(error) => Err(DevError::Failed(error.to_string())),
        }
    }

    /// Moves the clock forward; answers its time.
    pub fn advance(&self, ms: u64) -> Result<u64, DevError> {
        let mut moment = self.moment();
        let clock = moment.clock.advanced(ms).map_err(DevError::Time)?;
        moment.clock = clock;
        Ok(clock.now_unix_ms())
    }

    /// Sets the clock to a time after the last block; answers it.
    pub fn set_time(&self, unix_ms: u64) -> Result<u64, DevError> {
        let mut moment = self.moment();
        let last = self.driver.last_time_unix_ms().unwrap_or(0);
        if unix_ms <= last {
            return Err(DevError::Time(format!("{unix_ms} is not after the last block's time, {last}")));
        }
        let clock = moment.clock.set_to(unix_ms).map_err(DevError::Time)?;
        moment.clock = clock;
        Ok(unix_ms)
    }

    /// Remembers this moment; answers its number.
    pub fn snapshot(&self) -> Result<u64, DevError> {
        let mut moment = self.moment();
        if moment.snapshots.len() >= SNAPSHOTS_MAX {
            return Err(DevError::TooManySnapshots);
        }
        let snapshot = Snapshot {
            store: self.chain.store().snapshot()?,
            driver: self.driver.snapshot(),
            clock: moment.clock,
            mode: self.mode(),
        };
        let number = moment.next_snapshot;
        moment.next_snapshot = number.saturating_add(1);
        moment.snapshots.insert(number, snapshot);
        Ok(number)
    }

    /// Goes back to a moment. It and all later snapshots are used up.
    pub fn revert(&self, number: u64) -> Result<u64, DevError> {
        let mut moment = self.moment();
        let Some(snapshot) = moment.snapshots.remove(&number) else {
            return Err(DevError::NoSnapshot(number));
        };
        moment.snapshots.split_off(&number);
        self.chain.store().restore(&snapshot.store)?;
        self.chain.reload()?;
        // The mempool goes back through the check, so that the check's own state knows it too.
        let mut driver = snapshot.driver;
        let waiting = std::mem::take(&mut driver.mempool);
        self.driver.restore(driver);
        self.driver.submit_all(waiting.into_iter().map(|waiting| waiting.tx).collect());
        moment.clock = snapshot.clock;
        self.mode.send_replace(snapshot.mode);
        Ok(self.height())
    }

    /// Judges a transaction and, in instant mode, puts it into a block at once.
    pub fn take(&self, tx: Bytes) -> Result<(), SubmitError> {
        let outcome = self.driver.submit(tx);
        if outcome.code != 0 {
            let refusal = Refusal::carried(outcome.codespace, outcome.code, outcome.log);
            if refusal.is(Mempool::Full.row()) {
                return Err(SubmitError::Full(refusal.sentence));
            }
            // One that waits already is fine.
            return if refusal.is(Mempool::Known.row()) {
                Ok(())
            } else {
                Err(SubmitError::Refused(refusal))
            };
        }
        if self.mode() == Mode::Instant {
            self.mine_waiting().map_err(|error| SubmitError::Halt(Halt::new(error.to_string())))?;
        }
        Ok(())
    }
}

/// The way of the REST server into a dev chain.
pub struct DevSubmit(pub Arc<DevChain>);

#[async_trait]
impl Submit for DevSubmit {
    fn engine(&self) -> &'static str {
        "dev"
    }

    async fn submit(&self, tx: Bytes) -> Result<(), SubmitError> {
        let dev = Arc::clone(&self.0);
        let taken = tokio::task::spawn_blocking(move || dev.take(tx)).await;
        taken.unwrap_or_else(|error| Err(SubmitError::Halt(Halt::new(error.to_string()))))
    }

    async fn standing(&self) -> Result<Standing, String> {
        Ok(Standing { catching_up: false, power: 1 })
    }

    fn dead(&self) -> Option<String> {
        None
    }

    fn in_process(&self) -> bool {
        true
    }
}

/// Makes blocks while the mode is an interval, for as long as the chain lives.
pub async fn tick(dev: Arc<DevChain>) {
    let mut modes = dev.modes();
    loop {
        let mode = *modes.borrow_and_update();
        let Mode::Interval(pause) = mode else {
            if modes.changed().await.is_err() {
                return;
            }
            continue;
        };
        tokio::select! {
            changed = modes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(pause) => {
                let dev = Arc::clone(&dev);
                match tokio::task::spawn_blocking(move || dev.mine(1)).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => tracing::error!(%error, "no block"),
                    Err(error) => tracing::error!(%error, "making a block panicked"),
                }
            }
        }
    }
}
