//! The legal order of ABCI calls, as an automaton, and a recorder that holds any application against it.
//!
//! The grammar is that of the ABCI 2.0 specification: a start is `Info` with `InitChain` (clean) or `Info`
//! alone (recovery); then heights, each any number of rounds, one `FinalizeBlock` and one `Commit`. A round
//! is any interleaving of proposals and vote extensions: the specification leaves no two of them in a fixed
//! order, because every part of a round is optional and the next round begins unannounced. Votes are extended only
//! at heights where the genesis or a later block has switched that on. `CheckTx` and `Query` are free.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chortle_kernel::Halt;

use crate::application::{
    Application, Block, BlockOutcome, CheckKind, CheckOutcome, CommitOutcome, EngineQuery, Genesis,
    GenesisOutcome, Info, ProposalRequest, QueryAnswer, Verdict, VoteExtension,
};

/// So many last steps are kept; violations are kept all.
const TRACE_STEPS_MAX: usize = 1 << 20;

/// One call, as far as the grammar cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `Info`, answered with this height: a start, or somebody's question.
    Info {
        /// The committed height that was answered.
        height: u64,
    },
    /// `InitChain` with this first height.
    InitChain {
        /// Height of the first block.
        initial_height: u64,
        /// Votes are extended from this height; 0 is never.
        extensions_height: u64,
    },
    /// `PrepareProposal` at this height.
    Prepare(u64),
    /// `ProcessProposal` at this height.
    Process(u64),
    /// `ExtendVote` at this height.
    ExtendVote(u64),
    /// `VerifyVoteExtension` at this height.
    VerifyVoteExtension(u64),
    /// `FinalizeBlock` at this height.
    Finalize(u64),
    /// The finalized block answered new limits: votes are extended from this height, 0 is never.
    Limits {
        /// That height.
        extensions_height: u64,
    },
    /// `Commit`, after it succeeded.
    Commit,
}

/// A call that must not come at this point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The step's place in the trace, from 0.
    pub index: u64,
    /// The step.
    pub step: Step,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}, {:?}: {}", self.index, self.step, self.reason)
    }
}

/// The automaton. It begins before the first call of a process.
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    steps: u64,
    started: bool,
    /// An `Info` came after the last `FinalizeBlock` or `InitChain`: it may have been a restart of the
    /// engine.
    maybe_restarted: bool,
    committed: u64,
    /// Height of the first block, once `InitChain` has told; a recovery does not tell.
    initial_height: Option<u64>,
    finalized: Option<u64>,
    /// From where votes are extended, once the trace has told.
    extensions_height: Option<u64>,
    /// The same from the block that is finalized; the commit makes it hold.
    extensions_height_next: Option<u64>,
}

impl Grammar {
    /// Judges a whole trace.
    pub fn judge(trace: impl IntoIterator<Item = Step>) -> Result<(), Violation> {
        let mut grammar = Self::default();
        trace.into_iter().try_for_each(|step| grammar.next(step))
    }

    /// Takes one step. After a violation the automaton goes on as if the step had been legal, where it can.
    pub fn next(&mut self, step: Step) -> Result<(), Violation> {
        let index = self.steps;
        self.steps += 1;
        self.take(step).map_err(|reason| Violation { index, step, reason })
    }

    fn take(&mut self, step: Step) -> Result<(), &'static str> {
        if !self.started && !matches!(step, Step::Info { .. }) {
            return Err("the first call must be Info");
        }
        match step {
            Step::Info { height } => self.info(height),
            Step::InitChain { initial_height, extensions_height } => {
                self.init_chain(initial_height)?;
                self.extensions_height = Some(extensions_height);
                Ok(())
            }
            Step::Prepare(height) | Step::Process(height) => self.round(height),
            Step::ExtendVote(height) | Step::VerifyVoteExtension(height) => {
                self.round(height)?;
                self.extends(height)
            }
            Step::Finalize(height) => self.finalize(height),
            Step::Limits { extensions_height } => self.limits(extensions_height),
            Step::Commit => self.commit(),
        }
    }

    fn info(&mut self, height: u64) -> Result<(), &'static str> {
        // A question during Commit may see the new height before the commit is reported.
        let known = !self.started || height <= self.committed || Some(height) == self.finalized;
        if height < self.committed || !self.started {
            // The application came back with less: it restarted, and what it had staged is gone.
            self.committed = height;
            self.finalized = None;
        }
        self.started = true;
        self.maybe_restarted = true;
        if known { Ok(()) } else { Err("the application claims a height that it never committed") }
    }

    fn init_chain(&mut self, initial_height: u64) -> Result<(), &'static str> {
        if self.committed > 0 {
            return Err("the chain has blocks already");
        }
        if !self.maybe_restarted {
            return Err("InitChain comes after Info only");
        }
        self.initial_height = Some(initial_height);
        self.finalized = None;
        self.maybe_restarted = false;
        Ok(())
    }

    fn round(&mut self, height: u64) -> Result<(), &'static str> {
        match self.finalized {
            Some(_) if !self.maybe_restarted => return Err("the finalized block must be committed first"),
            // The engine restarted between FinalizeBlock and Commit; the block is executed again.
            Some(_) => self.finalized = None,
            None => {}
        }
        self.at_next(height)
    }

    fn extends(&self, height: u64) -> Result<(), &'static str> {
        match self.extensions_height {
            Some(on) if on == 0 || height < on => Err("votes are not extended at this height"),
            _ => Ok(()),
        }
    }

    fn limits(&mut self, extensions_height: u64) -> Result<(), &'static str> {
        let height = self.finalized.ok_or("there is no finalized block to answer limits")?;
        self.extensions_height_next = Some(extensions_height);
        match self.extensions_height {
            Some(was) if was == extensions_height => Ok(()),
            Some(was) if was != 0 && was <= height => Err("extended votes stay extended"),
            _ if extensions_height != 0 && extensions_height <= height => {
                Err("votes are extended from a height to come")
            }
            _ => Ok(()),
        }
    }

    fn finalize(&mut self, height: u64) -> Result<(), &'static str> {
        if self.finalized.is_some() && !self.maybe_restarted {
            return Err("the finalized block must be committed first");
        }
        self.at_next(height)?;
        self.finalized = Some(height);
        self.extensions_height_next = None;
        self.maybe_restarted = false;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), &'static str> {
        let height = self.finalized.take().ok_or("there is no finalized block to commit")?;
        self.committed = height;
        self.extensions_height = self.extensions_height_next.take().or(self.extensions_height);
        Ok(())
    }

    fn at_next(&self, height: u64) -> Result<(), &'static str> {
        let next = match (self.committed, self.initial_height) {
            (0, None) => return Err("the chain was never initialised"),
            (0, Some(initial_height)) => initial_height,
            (committed, _) => committed.saturating_add(1),
        };
        if height == next { Ok(()) } else { Err("this is not the next height") }
    }
}

/// An application under observation: every call passes through unchanged and is held against the grammar.
pub struct Recorded<A: ?Sized> {
    record: Mutex<Record>,
    application: Arc<A>,
}

#[derive(Default)]
struct Record {
    grammar: Grammar,
    trace: VecDeque<Step>,
    violations: Vec<Violation>,
}

impl<A: Application + ?Sized> Recorded<A> {
    /// Observes `application` from its first call on.
    pub fn new(application: Arc<A>) -> Self {
        Self { record: Mutex::default(), application }
    }

    /// The last steps (about a million), in order.
    pub fn trace(&self) -> Vec<Step> {
        self.record().trace.iter().copied().collect()
    }

    /// Every call that came at a wrong point.
    pub fn violations(&self) -> Vec<Violation> {
        self.record().violations.clone()
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, step: Step) {
        self.record().note(step);
    }
}

impl Record {
    fn note(&mut self, step: Step) {
        if let Err(violation) = self.grammar.next(step) {
            tracing::error!(%violation, "an illegal ABCI call");
            self.violations.push(violation);
        }
        if self.trace.len() == TRACE_STEPS_MAX {
            self.trace.pop_front();
        }
        self.trace.push_back(step);
    }
}

impl<A: Application + ?Sized> Application for Recorded<A> {
    fn info(&self) -> Info {
        // Under the lock, so that no commit is noted between the answer and its note.
        let mut record = self.record();
        let info = self.application.info();
        record.note(Step::Info { height: info.height });
        info
    }

    fn init_chain(&self, genesis: Genesis) -> Result<GenesisOutcome, Halt> {
        let extensions_height = genesis.params.vote_extensions_height;
        self.note(Step::InitChain { initial_height: genesis.initial_height, extensions_height });
        self.application.init_chain(genesis)
    }

    fn check(&self, txs: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome> {
        self.application.check(txs)
    }

    fn prepare(&self, request: ProposalRequest) -> Vec<Bytes> {
        self.note(Step::Prepare(request.header.height));
        self.application.prepare(request)
    }

    fn process(&self, block: &Block) -> Verdict {
        self.note(Step::Process(block.header.height));
        self.application.process(block)
    }

    fn extend_vote(&self, block: &Block) -> Bytes {
        self.note(Step::ExtendVote(block.header.height));
        self.application.extend_vote(block)
    }

    fn verify_vote_extension(&self, extension: &VoteExtension) -> Verdict {
        self.note(Step::VerifyVoteExtension(extension.height));
        self.application.verify_vote_extension(extension)
    }

    fn finalize(&self, block: Block) -> Result<BlockOutcome, Halt> {
        self.note(Step::Finalize(block.header.height));
        let outcome = self.application.finalize(block)?;
        if let Some(params) = &outcome.params {
            self.note(Step::Limits { extensions_height: params.vote_extensions_height });
        }
        Ok(outcome)
    }

    fn commit(&self) -> Result<CommitOutcome, Halt> {
        let committed = self.application.commit()?;
        self.note(Step::Commit);
        Ok(committed)
    }

    fn query(&self, query: EngineQuery) -> QueryAnswer {
        self.application.query(query)
    }
}

#[cfg(test)]
mod tests {
    use super::Grammar;
    use super::Step::{self, *};

    const fn init(initial_height: u64, extensions_height: u64) -> Step {
        InitChain { initial_height, extensions_height }
    }

    const START: [Step; 2] = [Info { height: 0 }, init(1, 0)];
    const EXTENDING: [Step; 2] = [Info { height: 0 }, init(1, 1)];
    const ON_FROM_3: Step = Limits { extensions_height: 3 };

    fn judged(steps: &[Step]) -> Result<(), &'static str> {
        Grammar::judge(steps.iter().copied()).map_err(|violation| violation.reason)
    }

    #[test]
    fn legal_starts_and_oddities_are_accepted() {
        let legal: [&[Step]; 9] = [
            &[],
            &[&START[..], &[Finalize(1), Commit, Finalize(2), Commit]].concat(),
            &[&EXTENDING[..], &[Prepare(1), Process(1), Process(1), ExtendVote(1), VerifyVoteExtension(1)]]
                .concat(),
            // A block switches extensions on for later ones.
            &[&START[..], &[Finalize(1), ON_FROM_3, Commit, Finalize(2), Commit, ExtendVote(3)]].concat(),
            // After a recovery nobody knows.
            &[Info { height: 7 }, ExtendVote(8)],
            // InitChain again after a crash before the first commit.
            &[&START[..], &[Finalize(1)], &START[..], &[Finalize(1), Commit]].concat(),
            // Recovery, and a crash between FinalizeBlock and Commit.
            &[Info { height: 7 }, Finalize(8), Info { height: 7 }, Finalize(8), Commit, Process(9)],
            // The application restarts with one height less.
            &[Info { height: 7 }, Finalize(8), Commit, Info { height: 7 }, Finalize(8), Commit],
            &[Info { height: 0 }, init(100, 0), Process(100), Finalize(100), Commit],
        ];
        for trace in legal {
            assert_eq!(judged(trace), Ok(()), "{trace:?}");
        }
    }

    #[test]
    fn each_illegal_order_is_named() {
        let illegal: [(&[Step], &str); 14] = [
            (&[Finalize(1)], "the first call must be Info"),
            (&[Info { height: 0 }, Finalize(1)], "the chain was never initialised"),
            (&[&START[..], &[Commit]].concat(), "there is no finalized block to commit"),
            (
                &[&START[..], &[Finalize(1), Finalize(1)]].concat(),
                "the finalized block must be committed first",
            ),
            (
                &[&START[..], &[Finalize(1), Process(2)]].concat(),
                "the finalized block must be committed first",
            ),
            (&[&START[..], &[Finalize(1), Commit, Finalize(1)]].concat(), "this is not the next height"),
            (&[&START[..], &START[1..]].concat(), "InitChain comes after Info only"),
            (&[&START[..], &[ExtendVote(1)]].concat(), "votes are not extended at this height"),
            (
                &[&START[..], &[Finalize(1), ON_FROM_3, Commit, VerifyVoteExtension(2)]].concat(),
                "votes are not extended at this height",
            ),
            (
                &[&START[..], &[Finalize(1), Limits { extensions_height: 1 }]].concat(),
                "votes are extended from a height to come",
            ),
            (
                &[&EXTENDING[..], &[Finalize(1), Limits { extensions_height: 0 }]].concat(),
                "extended votes stay extended",
            ),
            (&[&START[..], &[ON_FROM_3]].concat(), "there is no finalized block to answer limits"),
            (&[Info { height: 3 }, init(1, 0)], "the chain has blocks already"),
            (
                &[Info { height: 3 }, Info { height: 4 }],
                "the application claims a height that it never committed",
            ),
        ];
        for (trace, reason) in illegal {
            assert_eq!(judged(trace), Err(reason), "{trace:?}");
        }
    }
}
