//! Whether the node can be relied on now. It is asked while everything else is full, so it reads no disk and waits for
//! nobody: two watchers write down what they see, and the answer is made of that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::stall::{Judge, Look, Stall};
use crate::state_machine::{Chain, ViewError};
use crate::submit::{Standing, Submit};

/// A chain makes a block in about a second, and one whose proposer is away in some; this is neither.
const BLOCK_AGE_MAX: Duration = Duration::from_secs(20);
/// A block's time is what most validators saw, so it is ahead of a clock only if that clock is behind.
const BLOCK_AHEAD_MAX: Duration = Duration::from_secs(5);
/// Pause between two looks at the engine.
const LOOK: Duration = Duration::from_secs(1);
/// An engine that does not say how it stands by then is stopped or drowned.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// A look counts for so much at most; what is beyond that, this process did not run.
const LOOK_MAX: Duration = Duration::from_secs(8);

/// What is known of the node.
pub struct Health {
    submit: Arc<dyn Submit>,
    known: Mutex<Known>,
    /// Why the engine is stuck, if it is.
    stall: watch::Sender<Option<Stall>>,
}

struct Known {
    block: Result<Seen, String>,
    engine: Result<Standing, String>,
}

/// Why a node cannot be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ill {
    /// No block comes from it any more.
    Dead(String),
    /// Its engine lives and makes no block, though there should be one.
    Stuck(Stall),
    /// It is not at the tip, or nobody knows.
    NotReady(String),
}

/// The last block, and when it was seen.
#[derive(Clone, Copy)]
struct Seen {
    height: u64,
    time_unix_ms: u64,
    at: Instant,
}

impl Health {
    /// The health of a chain and its engine, as they stand.
    pub fn new(chain: &Chain, submit: Arc<dyn Submit>) -> Arc<Self> {
        let engine = Err("it has not answered yet".to_owned());
        let known = Mutex::new(Known { block: look(chain), engine });
        Arc::new(Self { submit, known, stall: watch::Sender::new(None) })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every change is one assignment.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows whether the engine is stuck.
    pub fn stalls(&self) -> watch::Receiver<Option<Stall>> {
        self.stall.subscribe()
    }

    /// Whether the process still does its work; else what ended it.
    pub fn alive(&self) -> Result<(), Ill> {
        if let Some(cause) = self.submit.dead() {
            return Err(Ill::Dead(cause));
        }
        self.stall.borrow().clone().map_or(Ok(()), |stall| Err(Ill::Stuck(stall)))
    }

    /// The height of a node that is at the tip and goes on; else why it is not.
    pub fn ready(&self) -> Result<u64, Ill> {
        self.alive()?;
        self.at_the_tip().map_err(Ill::NotReady)
    }

    fn at_the_tip(&self) -> Result<u64, String> {
        let known = self.known();
        let seen = known.block.clone()?;
        // A chain in this process makes no block while nothing waits, so the age of its last one says nothing.
        if self.submit.in_process() {
            return Ok(seen.height);
        }
        match &known.engine {
            Ok(Standing { catching_up: false, .. }) => {}
            Ok(Standing { catching_up: true, .. }) => {
                return Err(format!("it catches up and is at height {}", seen.height));
            }
            Err(reason) => return Err(format!("its engine does not answer: {reason}")),
        }
        fresh(seen.time_unix_ms, now_unix_ms(), seen.at.elapsed())
            .map_err(|reason| format!("block {} {reason}", seen.height))?;
        Ok(seen.height)
    }
}

/// Whether a block is neither old nor ahead. `since` is how long ago it was seen, which no clock can move.
fn fresh(time_unix_ms: u64, now_unix_ms: u64, since: Duration) -> Result<(), String> {
    let age = Duration::from_millis(now_unix_ms.saturating_sub(time_unix_ms));
    let ahead = Duration::from_millis(time_unix_ms.saturating_sub(now_unix_ms));
    if since > BLOCK_AGE_MAX {
        return Err(format!("is the last one and came {} s ago", since.as_secs()));
    }
    if age > BLOCK_AGE_MAX {
        let reason = "if blocks come, this machine's clock is ahead";
        return Err(format!("is {} s old by this machine's clock; {reason}", age.as_secs()));
    }
    if ahead > BLOCK_AHEAD_MAX {
        return Err(format!("is {} s ahead: this machine's clock is behind", ahead.as_secs()));
    }
    Ok(())
}

fn now_unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    u64::try_from(since).unwrap_or(u64::MAX)
}

fn look(chain: &Chain) -> Result<Seen, String> {
    match chain.status() {
        Ok(status) => {
            Ok(Seen { height: status.height, time_unix_ms: status.time_unix_ms, at: Instant::now() })
        }
        Err(error @ ViewError::Halt(_)) => Err(format!("its state cannot be read: {error}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Watches blocks and engine for as long as the chain lives.
pub async fn follow(health: Arc<Health>, chain: Chain) {
    if health.submit.in_process() {
        return watch_blocks(&health, chain).await;
    }
    tokio::select! {
        () = watch_blocks(&health, chain) => {}
        () = watch_engine(&health) => {}
    }
}

async fn watch_blocks(health: &Health, chain: Chain) {
    let mut tip = chain.subscribe();
    while tip.changed().await.is_ok() {
        tip.mark_unchanged();
        let chain = chain.clone();
        let seen = tokio::task::spawn_blocking(move || look(&chain)).await;
        let seen = seen.unwrap_or_else(|error| Err(error.to_string()));
        warn_of_clock(health, &seen);
        health.known().block = seen;
    }
}

/// Says so in the log once the clock turns out wrong, and again when it is right.
fn warn_of_clock(health: &Health, seen: &Result<Seen, String>) {
    let judge = |seen: &Seen| fresh(seen.time_unix_ms, now_unix_ms(), Duration::ZERO);
    let known = health.known();
    if !matches!(known.engine, Ok(Standing { catching_up: false, .. })) {
        return;
    }
    let before = known.block.as_ref().map(judge);
    match (before, seen.as_ref().map(judge)) {
        (Ok(Ok(())) | Err(_), Ok(Err(reason))) => tracing::warn!(%reason, "look at the clock"),
        (Ok(Err(_)), Ok(Ok(()))) => tracing::info!("the clock agrees with the blocks"),
        _ => {}
    }
}

async fn watch_engine(health: &Health) {
    let mut judge = health.submit.patience().map(Judge::new);
    let mut last = Instant::now();
    loop {
        // The process first: an answer of the last one says nothing of the next.
        let process = health.submit.process();
        let standing = in_time(health.submit.standing()).await;
        health.known().engine = standing.clone();
        if let Some(judge) = &mut judge {
            let elapsed = last.elapsed().min(LOOK_MAX);
            last = Instant::now();
            let look = look_at(health, judge, process, &standing).await;
            tell(health, judge.look(&Look { elapsed, ..look }));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What the engine says, or that it does not say it in time.
async fn in_time<T>(said: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let said = tokio::time::timeout(ANSWER_WITHIN, said).await;
    said.unwrap_or_else(|_| Err(format!("it has said nothing for {} s", ANSWER_WITHIN.as_secs())))
}

/// What there is to see of the engine now, in a look of the usual length.
async fn look_at(
    health: &Health,
    judge: &Judge,
    process: Option<u32>,
    standing: &Result<Standing, String>,
) -> Look {
    let pulse = health.submit.pulse();
    let consensus_calls = pulse.consensus_calls();
    let mut answered = standing.is_ok();
    let mut due = None;
    if let Ok(standing) = standing
        && judge.is_idle(consensus_calls)
    {
        match in_time(health.submit.due(*standing)).await {
            Ok(found) => due = found,
            Err(_) => answered = false,
        }
    }
    let (calls, is_working, is_proposing) = (pulse.calls(), pulse.is_working(), pulse.is_proposing());
    Look { elapsed: LOOK, process, answered, is_working, calls, consensus_calls, is_proposing, due }
}

/// Says so in the log once the engine is stuck, and again when it is not.
fn tell(health: &Health, found: Option<Stall>) {
    let found = found.map(|mut stall| {
        if let Some(error) = health.submit.last_error() {
            stall.reason.push_str(&format!("; it said last: {error}"));
        }
        stall
    });
    let before = health.stall.send_replace(found.clone());
    match (before, found) {
        (None, Some(Stall { reason, cure, .. })) => tracing::error!(%reason, cure, "the engine is stuck"),
        (Some(_), None) => tracing::info!("the engine is not stuck any more, or another one is started"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_fresh_by_the_clock_and_by_when_it_was_seen() {
        let second = Duration::from_secs(1);
        let at = 1_700_000_000_000;
        assert_eq!(fresh(at, at + 2_000, second), Ok(()));
        let old = fresh(at, at + 7_200_000, second).unwrap_err();
        assert!(old.contains("7200 s old") && old.contains("clock is ahead"), "{old}");
        let ahead = fresh(at + 7_200_000, at, second).unwrap_err();
        assert!(ahead.contains("7200 s ahead") && ahead.contains("clock is behind"), "{ahead}");
        // A clock that stands with the blocks hides nothing: no block came here.
        assert!(fresh(at, at, 60 * second).unwrap_err().contains("60 s ago"));
    }
}
