//! Whether the engine is stuck: its process lives, no block comes from it, and one should.
//!
//! Silence is counted in looks at the engine, each of which counts for so much at most. So a node that was itself
//! frozen, or starved by its machine, does not blame its engine for the time that it slept through.

use std::time::Duration;

/// Why a block should come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// This node has more than two thirds of the power: it waits for nobody, but for its signer.
    Alone {
        /// Where it waits for a remote signer, if it has one.
        remote_signer: Option<String>,
    },
    /// Most of the peers have blocks that it has not.
    Peers {
        /// The height that more than half of them work on, or a later one.
        height: u64,
        /// The one that it works on.
        own: u64,
    },
}

/// How long an engine may be silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Without an answer or a call of any kind.
    pub silence: Duration,
    /// Without a call for a block, while one is due: some rounds of this chain, at least.
    pub blocks: Duration,
}

/// What a look at the engine found.
#[derive(Clone, Debug)]
pub struct Look {
    /// Time since the look before.
    pub elapsed: Duration,
    /// The engine's process, if one runs: another is another start.
    pub process: Option<u32>,
    /// Whether it answered.
    pub answered: bool,
    /// Whether it waits for an answer of ours.
    pub is_working: bool,
    /// Calls of any kind that it has made so far.
    pub calls: u64,
    /// Calls that only the making of blocks brings.
    pub consensus_calls: u64,
    /// Whether it has begun to make blocks, and not only to replay them.
    pub is_proposing: bool,
    /// Why a block should come, if one should.
    pub due: Option<Due>,
}

/// What becomes of a stuck engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It is started again; if that does not help, the node stops.
    RestartThenStop,
    /// It is started again, once: only peers say that there are blocks, and they may lie.
    RestartOnce,
    /// It is told: what keeps it is not the engine.
    Tell,
}

/// An engine that is stuck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// Why it is taken for stuck.
    pub reason: String,
    /// What to look at.
    pub cure: &'static str,
    /// What becomes of it.
    pub remedy: Remedy,
    /// Whether it has been stuck for so long that this is done now.
    pub is_long: bool,
}

/// Judges an engine, look by look.
#[derive(Debug)]
pub struct Judge {
    patience: Patience,
    process: Option<u32>,
    /// Whether this start has shown life: before that, it reads its disk, or waits for its genesis or its signer.
    has_lived: bool,
    calls: u64,
    consensus_calls: u64,
    silent: Duration,
    idle: Duration,
}

impl Judge {
    /// One that has seen nothing yet.
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            process: None,
            has_lived: false,
            calls: 0,
            consensus_calls: 0,
            silent: Duration::ZERO,
            idle: Duration::ZERO,
        }
    }

    /// Whether the engine has made no call for a block since the last look, so that it must be asked why.
    pub fn is_idle(&self, consensus_calls: u64) -> bool {
        self.consensus_calls == consensus_calls
    }

    /// Takes in a look; answers what it shows.
    pub fn look(&mut self, look: &Look) -> Option<Stall> {
        if self.process != look.process || look.process.is_none() {
            *self = Self { process: look.process, ..Self::new(self.patience) };
            self.count(look);
            self.has_lived = look.process.is_some() && (look.answered || look.is_proposing);
            return None;
        }
        let called = look.calls != self.calls || look.is_working;
        let called_for_blocks = look.consensus_calls != self.consensus_calls || look.is_working;
        self.has_lived |= look.answered || look.is_proposing;
        self.count(look);
        self.silent = match self.has_lived && !look.answered && !called {
            true => self.silent.saturating_add(look.elapsed),
            false => Duration::ZERO,
        };
        self.idle = match (called_for_blocks, look.answered, &look.due) {
            (true, _, _) | (false, true, None) => Duration::ZERO,
            (false, true, Some(_)) => self.idle.saturating_add(look.elapsed),
            // Nobody knows whether a block was due.
            (false, false, _) => self.idle,
        };
        self.verdict(look)
    }

    fn count(&mut self, look: &Look) {
        self.calls = look.calls;
        self.consensus_calls = look.consensus_calls;
    }

    fn verdict(&self, look: &Look) -> Option<Stall> {
        if self.silent >= self.patience.silence {
            return Some(Stall {
                reason: format!(
                    "it has answered nothing and asked nothing for {} s, though its process lives",
                    self.silent.as_secs()
                ),
                cure: "look whether the process is stopped, or the machine has no memory or disk for it",
                remedy: Remedy::RestartThenStop,
                is_long: self.silent >= self.patience.silence.saturating_mul(2),
            });
        }
        let due = look.due.as_ref().filter(|_| self.idle >= self.patience.blocks)?;
        let idle = self.idle.as_secs();
        let (why, cure, remedy) = match due {
            Due::Alone { remote_signer: None } => (
                "this node alone has more than two thirds of the power".to_owned(),
                "its log says what it could not do; `chortled doctor` compares key, record and state",
                Remedy::RestartThenStop,
            ),
            Due::Alone { remote_signer: Some(address) } => (
                format!(
                    "this node alone has more than two thirds of the power; its signer is the one at {address}"
                ),
                "look whether the remote signer answers, and what its log says",
                Remedy::Tell,
            ),
            Due::Peers { height, own } => (
                format!("most of its peers work on height {height}, and it on {own}"),
                "its log says what it could not do; a restart makes it fetch blocks anew",
                Remedy::RestartOnce,
            ),
        };
        Some(Stall {
            reason: format!("it has worked on no block for {idle} s, though {why}"),
            cure,
            remedy,
            is_long: self.idle >= self.patience.blocks.saturating_mul(2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PATIENCE: Patience = Patience { silence: Duration::from_secs(5), blocks: Duration::from_secs(10) };

    /// A look at an engine that answers and does nothing else.
    fn quiet() -> Look {
        Look {
            elapsed: SECOND,
            process: Some(7),
            answered: true,
            is_working: false,
            calls: 3,
            consensus_calls: 2,
            is_proposing: false,
            due: None,
        }
    }

    /// What so many more looks of this kind show at last.
    fn after(judge: &mut Judge, looks: u32, look: &Look) -> Option<Stall> {
        (0..looks).map(|_| judge.look(look)).last().flatten()
    }

    fn alone() -> Look {
        Look { due: Some(Due::Alone { remote_signer: None }), ..quiet() }
    }

    #[test]
    fn an_engine_that_answers_nothing_and_asks_nothing_is_stuck_and_is_given_up_later() {
        let mut judge = Judge::new(PATIENCE);
        let silent = Look { answered: false, ..quiet() };
        assert_eq!(judge.look(&quiet()), None);
        assert_eq!(after(&mut judge, 4, &silent), None);
        let stall = judge.look(&silent).unwrap();
        assert!(stall.reason.contains("for 5 s") && !stall.is_long, "{stall:?}");
        assert!(after(&mut judge, 5, &silent).unwrap().is_long);
        assert_eq!(judge.look(&quiet()), None, "one answer is enough");
    }

    #[test]
    fn an_engine_that_starts_replays_or_waits_for_us_is_not_stuck() {
        let silent = Look { answered: false, ..quiet() };
        let mut judge = Judge::new(PATIENCE);
        assert_eq!(after(&mut judge, 1_000, &silent), None, "this start has not shown life yet");
        assert_eq!(after(&mut judge, 1_000, &Look { calls: 4, consensus_calls: 3, ..silent.clone() }), None);
        judge.look(&quiet());
        assert_eq!(after(&mut judge, 1_000, &Look { is_working: true, ..silent.clone() }), None);
        for calls in 10..1_000 {
            assert_eq!(judge.look(&Look { calls, ..silent.clone() }), None, "it calls");
        }
        assert_eq!(after(&mut judge, 1_000, &Look { process: None, ..silent.clone() }), None, "nothing runs");
        assert_eq!(after(&mut judge, 1_000, &Look { process: Some(8), ..silent }), None, "another start");
    }

    #[test]
    fn an_engine_that_has_proposed_has_lived_though_nobody_had_an_answer() {
        let mut judge = Judge::new(PATIENCE);
        let silent = Look { answered: false, ..quiet() };
        judge.look(&silent);
        assert!(after(&mut judge, 5, &Look { is_proposing: true, ..silent }).is_some());
    }

    #[test]
    fn no_block_is_missed_while_none_is_due() {
        let mut judge = Judge::new(PATIENCE);
        assert_eq!(after(&mut judge, 1_000, &quiet()), None, "it waits for a quorum, or catches up");
        for consensus_calls in 10..1_000 {
            assert_eq!(judge.look(&Look { consensus_calls, ..alone() }), None, "it works on blocks");
        }
        assert_eq!(after(&mut judge, 1_000, &Look { is_working: true, ..alone() }), None, "we are slow");
    }

    #[test]
    fn a_block_that_is_due_and_does_not_come_is_missed() {
        let mut judge = Judge::new(PATIENCE);
        judge.look(&quiet());
        assert_eq!(after(&mut judge, 9, &alone()), None);
        let stall = judge.look(&alone()).unwrap();
        assert!(stall.reason.contains("no block for 10 s") && !stall.is_long, "{stall:?}");
        assert_eq!(stall.remedy, Remedy::RestartThenStop);
        assert!(after(&mut judge, 10, &alone()).unwrap().is_long);
        let mute = Look { due: Some(Due::Alone { remote_signer: Some("tcp://s".to_owned()) }), ..alone() };
        assert_eq!(judge.look(&mute).unwrap().remedy, Remedy::Tell, "a new engine has the same signer");
        let behind = Look { due: Some(Due::Peers { height: 9, own: 4 }), ..quiet() };
        let stall = judge.look(&behind).unwrap();
        assert!(stall.remedy == Remedy::RestartOnce && stall.reason.contains("height 9"), "{stall:?}");
        assert_eq!(judge.look(&quiet()), None);
        assert_eq!(after(&mut judge, 9, &alone()), None, "it counts anew");
    }
}
