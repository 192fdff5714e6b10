//! From calls to replies: one application, consensus calls one at a time, checks in batch, halts reported.
//!
//! Only InitChain, FinalizeBlock and Commit halt the node: after a fault there, no block can follow. Everything else is
//! reached by bytes of strangers or of one bad proposer, and a fault there costs its own request alone.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chortle_kernel::{Halt, Reject};
use tokio::sync::watch;

use crate::abci::Error;
use crate::abci::call::{Call, Reply};
use crate::abci::pulse::Pulse;
use crate::application::{Application, CheckKind, CheckOutcome, QueryAnswer, Verdict, proposal_bytes};

/// The application as all connections share it.
pub(crate) struct Dispatch {
    application: Arc<dyn Application>,
    /// Held during a call of the consensus family, so that a second connection cannot break the order.
    consensus: Mutex<()>,
    halted: watch::Sender<Option<Halt>>,
    pulse: Pulse,
}

impl Dispatch {
    pub(crate) fn new(application: Arc<dyn Application>) -> Self {
        Self {
            application,
            consensus: Mutex::new(()),
            halted: watch::Sender::new(None),
            pulse: Pulse::default(),
        }
    }

    pub(crate) fn halted(&self) -> watch::Receiver<Option<Halt>> {
        self.halted.subscribe()
    }

    pub(crate) fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Answers calls in order. All checks among them reach the application in one call.
    pub(crate) fn answer_all(&self, calls: Vec<Result<Call, Box<Reply>>>) -> Vec<Reply> {
        let mut replies: Vec<Option<Reply>> = Vec::with_capacity(calls.len());
        let mut checks: Vec<(Bytes, CheckKind)> = Vec::new();
        let mut places: Vec<usize> = Vec::new();
        for call in calls {
            match call {
                Ok(Call::Check(tx, kind)) => {
                    places.push(replies.len());
                    checks.push((tx, kind));
                    replies.push(None);
                }
                Ok(call) => {
                    // Neither Flush nor Echo looks at the state, so checks on both sides of one may go
                    // together.
                    if !matches!(call, Call::Flush | Call::Echo(_)) {
                        self.fill_checks(&mut replies, &mut checks, &mut places);
                    }
                    replies.push(Some(self.answer(call)));
                }
                Err(refusal) => replies.push(Some(*refusal)),
            }
        }
        self.fill_checks(&mut replies, &mut checks, &mut places);
        let missing = || Reply::Exception("a request was left without an answer".to_owned());
        replies.into_iter().map(|reply| reply.unwrap_or_else(missing)).collect()
    }

    fn fill_checks(
        &self,
        replies: &mut [Option<Reply>],
        checks: &mut Vec<(Bytes, CheckKind)>,
        places: &mut Vec<usize>,
    ) {
        if checks.is_empty() {
            return;
        }
        let outcomes = self.checked(checks);
        for (place, outcome) in places.iter().zip(outcomes) {
            if let Some(reply) = replies.get_mut(*place) {
                *reply = Some(Reply::Check(outcome));
            }
        }
        checks.clear();
        places.clear();
    }

    /// One outcome each. If a batch panics, each of it is judged alone, so that nobody pays for his neighbour.
    fn checked(&self, checks: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome> {
        let together = survived("CheckTx", || self.application.check(checks));
        if let Some(outcomes) = together.filter(|outcomes| outcomes.len() == checks.len()) {
            return outcomes;
        }
        if let [_] = checks {
            return vec![Reject::from(Error::Panicked {}).into()];
        }
        checks.chunks(1).flat_map(|one| self.checked(one)).collect()
    }

    fn answer(&self, call: Call) -> Reply {
        let name = call.name();
        let application = &self.application;
        let outcome = match call {
            Call::Echo(message) => Ok(Reply::Echo(message)),
            Call::Flush => Ok(Reply::Flush),
            // Info has no code: the engine that asks is told by an Exception, and started again.
            Call::Info => survived(name, || Reply::Info(application.info()))
                .ok_or_else(|| Halt::new("the application panicked in Info: its log has the words")),
            Call::Query(query) => {
                let answer = survived(name, || application.query(query));
                Ok(Reply::Query(answer.unwrap_or_else(unserved_query)))
            }
            Call::Check(tx, kind) => {
                let mut replies = [None];
                self.fill_checks(&mut replies, &mut vec![(tx, kind)], &mut vec![0]);
                let [reply] = replies;
                reply.ok_or_else(|| Halt::new("a check was left without an outcome"))
            }
            Call::ListSnapshots => Ok(Reply::ListSnapshots),
            Call::OfferSnapshot => Ok(Reply::OfferSnapshot),
            Call::LoadSnapshotChunk => Ok(Reply::LoadSnapshotChunk),
            Call::ApplySnapshotChunk => Ok(Reply::ApplySnapshotChunk),
            call => self.consensus(call),
        };
        outcome.unwrap_or_else(|halt: Halt| Reply::Exception(halt.0))
    }

    /// The calls that come one at a time, and none after a halt.
    fn consensus(&self, call: Call) -> Result<Reply, Halt> {
        self.pulse.count_consensus();
        let _turn = self.consensus.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(halt) = self.halted.borrow().as_ref() {
            return Err(halt.clone());
        }
        let (name, application) = (call.name(), &self.application);
        match call {
            Call::Prepare(request) => {
                let bytes_max = request.bytes_max;
                let chosen = survived(name, || application.prepare(request));
                Ok(Reply::Prepare(fitting(chosen.unwrap_or_default(), bytes_max)))
            }
            Call::Process(block) => {
                let verdict = survived(name, || application.process(&block));
                Ok(Reply::Process(accepted("proposal", verdict.unwrap_or_else(panicked))))
            }
            Call::ExtendVote(block) => {
                let extension = survived(name, || application.extend_vote(&block));
                Ok(Reply::ExtendVote(extension.unwrap_or_default()))
            }
            Call::VerifyVoteExtension(extension) => {
                let verdict = survived(name, || application.verify_vote_extension(&extension));
                let accepted = accepted("vote extension", verdict.unwrap_or_else(panicked));
                Ok(Reply::VerifyVoteExtension(accepted))
            }
            Call::InitChain(genesis) => {
                self.guarded(name, || Ok(Reply::InitChain(application.init_chain(genesis)?)))
            }
            Call::Finalize(block) => self.guarded(name, || Ok(Reply::Finalize(application.finalize(block)?))),
            Call::Commit => self.guarded(name, || Ok(Reply::Commit(application.commit()?))),
            other => Ok(Reply::Exception(format!("{} is no consensus call", other.name()))),
        }
    }

    /// Runs `call`; a halt and a panic of the application are reported.
    fn guarded<T>(&self, name: &str, call: impl FnOnce() -> Result<T, Halt>) -> Result<T, Halt> {
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(outcome) => outcome.map_err(|halt| self.halt(halt)),
            Err(panic) => {
                let sentence = format!("the application panicked in {name}: {}", panic_text(panic.as_ref()));
                Err(self.halt(Halt::new(sentence)))
            }
        }
    }

    /// Reports the first halt; later ones are its echo.
    fn halt(&self, halt: Halt) -> Halt {
        tracing::error!(%halt, "the application halts");
        self.halted.send_if_modified(|first| {
            let new = first.is_none();
            if new {
                *first = Some(halt.clone());
            }
            new
        });
        halt
    }
}

/// Runs a call that never halts; a panic of the application goes to the log.
fn survived<T>(name: &str, call: impl FnOnce() -> T) -> Option<T> {
    let panic = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => return Some(answer),
        Err(panic) => panic,
    };
    tracing::error!(
        call = name,
        words = panic_text(panic.as_ref()),
        "the application panicked; the node goes on"
    );
    None
}

fn unserved_query() -> QueryAnswer {
    Reject::from(Error::Panicked {}).into()
}

fn panicked() -> Verdict {
    Verdict::Reject("the application panicked at it".to_owned())
}

/// CometBFT panics at a proposal that is too long: what does not fit waits for the next block.
fn fitting(mut txs: Vec<Bytes>, bytes_max: u64) -> Vec<Bytes> {
    let mut room = bytes_max;
    let fits = |tx: &&Bytes| {
        let left = room.checked_sub(proposal_bytes(tx));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let count = txs.iter().take_while(fits).count();
    if count < txs.len() {
        let dropped = txs.len() - count;
        tracing::warn!(dropped, bytes_max, "the application chose more than the proposal may hold");
        txs.truncate(count);
    }
    txs
}

fn accepted(what: &str, verdict: Verdict) -> bool {
    match verdict {
        Verdict::Accept => true,
        Verdict::Reject(reason) => {
            tracing::warn!(%reason, "{what} rejected");
            false
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
