//! How often the engine calls: one that lives and calls no more is stuck.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::call::Call;

/// Counts of what the engine asks. Cheap to clone; all clones count together.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU64,
    consensus: AtomicU64,
    proposing: AtomicU64,
    working: AtomicU64,
}

/// One connection of the engine. It ends with the process at its other end.
pub(crate) struct Line {
    pulse: Pulse,
    is_proposing: AtomicBool,
}

/// A batch of calls that is being answered; while one is, the engine waits for us and not we for it.
pub(crate) struct Work(Pulse);

impl Pulse {
    /// Calls of any kind so far.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Calls so far that only the making of blocks brings, or their replay.
    pub fn consensus_calls(&self) -> u64 {
        self.0.consensus.load(Ordering::Relaxed)
    }

    /// Whether an engine that is connected has proposed, or judged a proposal: it has begun to make blocks.
    pub fn is_proposing(&self) -> bool {
        self.0.proposing.load(Ordering::Relaxed) > 0
    }

    /// Whether the engine waits for an answer now.
    pub fn is_working(&self) -> bool {
        self.0.working.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn line(&self) -> Line {
        Line { pulse: self.clone(), is_proposing: AtomicBool::new(false) }
    }

    pub(crate) fn count_consensus(&self) {
        self.0.consensus.fetch_add(1, Ordering::Relaxed);
    }
}

impl Line {
    /// Begins to answer so many calls.
    pub(crate) fn begin(&self, calls: usize) -> Work {
        let counts = &self.pulse.0;
        counts.working.fetch_add(1, Ordering::Relaxed);
        counts.calls.fetch_add(calls as u64, Ordering::Relaxed);
        Work(self.pulse.clone())
    }

    /// Takes note of a call.
    pub(crate) fn note(&self, call: &Call) {
        let proposes = matches!(call, Call::Prepare(_) | Call::Process(_));
        if proposes && !self.is_proposing.swap(true, Ordering::Relaxed) {
            self.pulse.0.proposing.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if *self.is_proposing.get_mut() {
            self.pulse.0.proposing.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}
