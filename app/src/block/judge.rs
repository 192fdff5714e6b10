//! Whether to vote for a block: every transaction in it must be admitted.

use std::ops::ControlFlow;

use chortle_kernel::{Halt, Header, Reject};

use super::{BlockRun, Parent, Policy, Proven, Ran, deliver_all};
use crate::record::Receipt;

/// The verdict on a proposed block.
pub enum Judged {
    /// Good: this is what it does.
    Good(Box<Ran>),
    /// Not to be voted for: the first entry that is refused, and why.
    Bad {
        /// Its place in the block.
        index: usize,
        /// Why.
        reject: Reject,
    },
}

/// Runs a proposed block as [`super::run`] would, and stops at the first transaction that is not admitted.
pub fn judge(parent: &Parent, header: Header, txs: &[Proven]) -> Result<Judged, Halt> {
    let mut run = BlockRun::begin(parent, header)?;
    let mut judging = Judging { receipts: Vec::with_capacity(txs.len()) };
    if let ControlFlow::Break((index, reject)) = deliver_all(&mut run, txs.iter(), &mut judging)? {
        return Ok(Judged::Bad { index, reject });
    }
    Ok(Judged::Good(Box::new(Ran { result: run.end()?, receipts: judging.receipts })))
}

struct Judging {
    receipts: Vec<Receipt>,
}

impl Policy for Judging {
    type Stop = (usize, Reject);

    fn wants(&self, _: usize) -> bool {
        true
    }

    fn took(
        &mut self,
        index: usize,
        _: &Proven,
        outcome: Result<Receipt, Reject>,
    ) -> ControlFlow<Self::Stop> {
        match outcome {
            Ok(receipt) => {
                self.receipts.push(receipt);
                ControlFlow::Continue(())
            }
            Err(reject) => ControlFlow::Break((index, reject)),
        }
    }
}
