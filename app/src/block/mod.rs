//! The block pipeline: one for PrepareProposal, ProcessProposal, FinalizeBlock and the mempool's check.
//!
//! A block goes through the stages begin · injected · due · txs · end ([`BlockRun`]). [`propose`] chooses
//! transactions for it, [`judge`] says whether an honest validator votes for it, [`run`] executes what was decided.
//! All three are the same loop over the same stages; they differ in what becomes of a transaction that is not
//! admitted. The shell carries bytes, proves signatures on all cores, and makes durable what comes out.

mod body;
mod extension;
mod inject;
mod judge;
pub mod keys;
mod parent;
mod propose;
mod run;
mod stages;

use std::ops::ControlFlow;

use chortle_kernel::{
    EngineParams, EventRecord, Failure, Halt, Reject, block::ValidatorPower, state::Writes,
};

pub use body::{BlockBody, Injected, SignedExtension, split};
pub use chortle_kernel::tx::INJECTED_TAG;
pub use extension::{EXTENSION_BYTES_MAX, extend_vote, verify_extension};
pub use judge::{Judged, judge};
pub use parent::Parent;
pub use propose::{Offer, Proposal, Room, propose};
pub use run::run;
pub use stages::BlockRun;

pub use crate::consensus_key::ConsensusKey;
use crate::record::Receipt;
pub use crate::verify::Proven;

/// What the stages of a block leave.
pub struct BlockResult {
    /// What it writes.
    pub writes: Writes,
    /// What the protocol itself did.
    pub events: Vec<EventRecord>,
    /// Changes of the validator set, sorted by key, each key once.
    pub validator_updates: Vec<ValidatorPower>,
    /// The engine's new limits, if they changed.
    pub engine: Option<EngineParams>,
}

/// A block that ran.
pub struct Ran {
    /// What its stages leave.
    pub result: BlockResult,
    /// One per entry of the block; one that was refused left no trace.
    pub receipts: Vec<Receipt>,
}

/// What becomes of the transactions of a block, one after the other.
trait Policy {
    /// Why the loop ends early.
    type Stop;

    /// Whether to deliver the next one at all.
    fn wants(&self, index: usize) -> bool;

    /// Takes what came of it.
    fn took(
        &mut self,
        index: usize,
        tx: &Proven,
        outcome: Result<Receipt, Reject>,
    ) -> ControlFlow<Self::Stop>;
}

/// The one loop over the transactions of a block.
fn deliver_all<'t, P: Policy>(
    run: &mut BlockRun,
    txs: impl Iterator<Item = &'t Proven>,
    policy: &mut P,
) -> Result<ControlFlow<P::Stop>, Halt> {
    for (index, tx) in txs.enumerate() {
        if !policy.wants(index) {
            continue;
        }
        let delivered = match tx {
            Ok(verified) => run.deliver(verified),
            Err(reject) => Err(reject.clone().into()),
        };
        let outcome = match delivered {
            Ok(receipt) => Ok(receipt),
            Err(Failure::Reject(reject)) => Err(reject),
            Err(Failure::Halt(halt)) => return Err(halt),
        };
        if let stopped @ ControlFlow::Break(_) = policy.took(index, tx, outcome) {
            return Ok(stopped);
        }
    }
    Ok(ControlFlow::Continue(()))
}
