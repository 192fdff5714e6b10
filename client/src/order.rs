//! One order, taken once.
//!
//! Every signing gives other bytes, so a node that has a transaction by its hash has this order and no other like
//! it. What a node refuses for its number is numbered and signed anew. Once an answer was lost, a copy may wait
//! somewhere: from then on only the same bytes are handed in again, and the chain is asked for them by their hash.

use std::{
    thread,
    time::{Duration, Instant},
};

use chortle_app::{MODULES, error::Code as Refused};
use chortle_kernel::{
    Address, List,
    hash::{self, Hash},
    tx::{self, Replay, Tx},
};
use rand::Rng;
use serde_json::Value;

use crate::{
    Class, Code, Error, Result,
    build::Plan,
    keys::Secret,
    rest::{self, Rest, TxStatus},
};

/// Most numbers that are tried while other machines send for the same account.
const TRIES_MAX: u32 = 64;
/// Longest pause before the next number: machines that race fall out of step.
const RACE_PAUSE_MS: u64 = 40;
/// Pause while a node that is behind catches up, or does not answer.
const PAUSE: Duration = Duration::from_millis(200);
/// First pause between two looks at a transaction; it doubles.
const LOOK_FIRST: Duration = Duration::from_millis(10);
/// Longest pause between two looks.
const LOOK_MAX: Duration = Duration::from_millis(500);
/// How far apart the expiries of unordered transactions are chosen that met on one.
const EXPIRY_SPREAD_MS: u64 = 1_000;

/// What its sender has agreed to.
pub struct Order<'a> {
    /// The node that takes it.
    pub rest: &'a Rest,
    /// What it says.
    pub plan: Plan,
    /// Who signs, in the order of the body's signers.
    pub secrets: &'a [Secret],
    /// Whether its sequence number is the sender's own choice.
    pub numbered: bool,
    /// Whether the node refuses what would pay its fee for nothing.
    pub preflight: bool,
    /// How long a node that is away is waited for.
    pub timeout: Duration,
    /// Where remarks go.
    pub note: &'a dyn Fn(&str),
}

/// An order that a node has taken.
pub struct Taken {
    sent: Sent,
    /// Where it stood then.
    pub standing: Value,
}

impl Order<'_> {
    /// Signs and hands it in until a node has taken it, or refuses it for another reason than its number.
    pub fn take(mut self) -> Result<Taken> {
        let deadline = Instant::now() + self.timeout;
        let mut committed = 0;
        if let (Replay::Sequence(_), false) = (&self.plan.replay, self.numbered) {
            committed = self.rest.nonce(&self.plan.sender)?;
            self.plan.replay = Replay::Sequence(committed);
        }
        for _ in 0..TRIES_MAX {
            let sent = Sent::sign(&self.plan, self.secrets, self.preflight)?;
            match sent.hand_in(self.rest, deadline)? {
                Answer::Taken(standing) => return Ok(Taken { sent, standing }),
                Answer::Refused(error) => self.renumber(error, committed, deadline)?,
            }
        }
        Err(Error::unexpected(Code::Outnumbered, "other machines send for this account faster than this one")
            .hint("nothing was sent; run the command again, or with --unordered"))
    }

    /// Another number after a refusal for the number, or the refusal.
    fn renumber(&mut self, error: Error, committed: u64, deadline: Instant) -> Result<()> {
        if error.is(Refused::NonceUsed.row()) {
            let earlier = rand::rng().random_range(1..EXPIRY_SPREAD_MS);
            self.plan.expiry_unix_ms = self.plan.expiry_unix_ms.saturating_sub(earlier);
            return Ok(());
        }
        let (low, high) = (error.is(Refused::SequenceTooLow.row()), error.is(Refused::SequenceTooHigh.row()));
        let next = error.fields.number("next").filter(|_| (low || high) && !self.numbered);
        match next {
            // The number was the account's on a node that is further than this one, or this one lost its mempool.
            Some(next) if high && next < committed => {
                if Instant::now() >= deadline {
                    return Err(error.hint("the node is behind: wait until it has caught up"));
                }
                thread::sleep(PAUSE);
            }
            Some(next) => {
                (self.note)(&format!("{}; signing again with sequence {next}", error.sentence));
                self.plan.replay = Replay::Sequence(next);
                thread::sleep(Duration::from_millis(rand::rng().random_range(0..RACE_PAUSE_MS)));
            }
            None if low || high => {
                return Err(error.hint("leave --sequence out, and the next number is taken"));
            }
            None => return Err(error),
        }
        Ok(())
    }
}

impl Taken {
    /// Waits until its fate is final. A node that lost it meanwhile is handed the same bytes again.
    pub fn follow(&self, rest: &Rest, timeout: Duration) -> Result<(TxStatus, Value)> {
        let deadline = Instant::now() + timeout;
        let mut pause = LOOK_FIRST;
        loop {
            let state = match self.sent.look(rest) {
                Look::Known(status, standing) if status.is_final() => return Ok((status, standing)),
                Look::Known(status, _) => format!("{status:?}").to_lowercase(),
                Look::Never(error) => return Err(error),
                Look::Unsure(error) => error.sentence,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(rest::timed_out(&self.sent.id, timeout, &state));
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(LOOK_MAX);
        }
    }
}

/// What a node said of an order.
enum Answer {
    Taken(Value),
    /// No copy of it waits anywhere.
    Refused(Error),
}

/// What is known of bytes that were handed in.
enum Look {
    Known(TxStatus, Value),
    /// They can never be executed.
    Never(Error),
    Unsure(Error),
}

/// Signed bytes.
struct Sent {
    bytes: Vec<u8>,
    id: Hash,
    sender: Address,
    sequence: Option<u64>,
    preflight: bool,
}

impl Sent {
    fn sign(plan: &Plan, secrets: &[Secret], preflight: bool) -> Result<Self> {
        let body = plan.body(&MODULES)?;
        let digest = body.sign_digest();
        let sequence = match body.replay {
            Replay::Sequence(sequence) => Some(sequence),
            _ => None,
        };
        let signatures =
            secrets.iter().map(|secret| secret.sign_once(&digest)).collect::<Result<Vec<_>>>()?;
        let signatures = List::parse(signatures).map_err(Error::usage)?;
        let bytes = Tx { body, signatures, proofs: List::default() }.encode();
        Ok(Self { id: tx::id(&bytes), bytes, sender: plan.sender, sequence, preflight })
    }

    fn hand_in(&self, rest: &Rest, deadline: Instant) -> Result<Answer> {
        let mut error = match rest.submit(&self.bytes, self.preflight) {
            Ok(standing) => return Ok(Answer::Taken(standing)),
            Err(error) if error.class == Class::Rejected => return Ok(Answer::Refused(error)),
            Err(error) if !error.may_have_arrived() => return Err(error),
            Err(error) => error,
        };
        while Instant::now() < deadline {
            match self.look(rest) {
                Look::Known(TxStatus::Expired, _) => return Err(expired()),
                Look::Known(_, standing) => return Ok(Answer::Taken(standing)),
                Look::Never(error) => return Err(error),
                Look::Unsure(why) => error = why,
            }
            thread::sleep(PAUSE);
        }
        let hash = hash::to_hex(&self.id);
        let sentence = format!("no node said whether it took {hash}: {}", error.sentence);
        Err(Error::unexpected(Code::OutcomeUnknown, sentence)
            .hint(format!("before you order again, see what became of it: chortle tx wait {hash}")))
    }

    /// Asks for them by their hash; if nobody knows them, hands the same in again.
    fn look(&self, rest: &Rest) -> Look {
        let refused = match rest.tx(&self.id) {
            Ok((TxStatus::Unknown, _)) => match rest.submit(&self.bytes, self.preflight) {
                Ok(standing) => return Look::Known(TxStatus::Pending, standing),
                Err(error) if error.class == Class::Rejected => error,
                Err(error) => return Look::Unsure(error),
            },
            Ok((status, standing)) => return Look::Known(status, standing),
            Err(error) => return Look::Unsure(error),
        };
        if refused.is(Refused::Expired.row()) {
            return Look::Never(refused);
        }
        // Whose number is used up: these, or others?
        let passed = match (self.sequence, rest.nonce(&self.sender)) {
            (Some(sequence), Ok(nonce)) => nonce > sequence,
            _ => false,
        };
        match rest.tx(&self.id) {
            Ok((TxStatus::Unknown, _)) if passed => Look::Never(refused),
            Ok((status, standing)) if status != TxStatus::Unknown => Look::Known(status, standing),
            _ => Look::Unsure(refused),
        }
    }
}

/// The error of a transaction whose time is over.
pub fn expired() -> Error {
    Error::rejected(Refused::Expired, "the transaction expired before a block took it")
        .hint("send it again, with a longer --expires-in")
}
