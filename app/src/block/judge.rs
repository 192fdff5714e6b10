//! Whether to vote for a block: every entry of it must hold.

use std::ops::ControlFlow;

use chortle_kernel::{Halt, Header, Reject};

use super::{BlockBody, BlockRun, Parent, Policy, Proven, Ran, deliver_all, inject};
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

/// Runs a proposed block as [`super::run`] would, and stops at the first entry that is refused.
pub fn judge(parent: &Parent, header: Header, body: &BlockBody<'_>) -> Result<Judged, Halt> {
    let injected = match inject::judge(parent, &header, body.injected)? {
        Ok(injected) => injected,
        Err(reject) => return Ok(Judged::Bad { index: 0, reject }),
    };
    let mut run = BlockRun::begin_with(parent, header, injected.as_ref())?;
    let mut judging = Judging { receipts: Vec::with_capacity(body.txs.len().saturating_add(1)) };
    judging.receipts.extend(injected.map(|_| Receipt::default()));
    if let ControlFlow::Break(reject) = deliver_all(&mut run, body.txs.iter(), &mut judging)? {
        return Ok(Judged::Bad { index: judging.receipts.len(), reject });
    }
    Ok(Judged::Good(Box::new(Ran { result: run.end()?, receipts: judging.receipts })))
}

struct Judging {
    receipts: Vec<Receipt>,
}

impl Policy for Judging {
    type Stop = Reject;

    fn wants(&self, _: usize) -> bool {
        true
    }

    fn took(&mut self, _: usize, _: &Proven, outcome: Result<Receipt, Reject>) -> ControlFlow<Self::Stop> {
        match outcome {
            Ok(receipt) => {
                self.receipts.push(receipt);
                ControlFlow::Continue(())
            }
            Err(reject) => ControlFlow::Break(reject),
        }
    }
}
