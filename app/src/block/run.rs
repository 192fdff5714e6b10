//! Running a decided block. What was not admitted gets a receipt and leaves no trace: no honest node votes for such a
//! block, yet a decided one must run to its end on every node.

use std::{convert::Infallible, ops::ControlFlow};

use chortle_kernel::{Halt, Header, Reject};

use super::{BlockBody, BlockRun, Parent, Policy, Proven, Ran, deliver_all, inject};
use crate::record::Receipt;

/// Runs a decided block, whatever is in it.
pub fn run(parent: &Parent, header: Header, body: &BlockBody<'_>) -> Result<Ran, Halt> {
    let (injected, refusal) = match inject::judge(parent, &header, body.injected)? {
        Ok(injected) => (injected, None),
        Err(reject) => (None, Some(reject)),
    };
    let mut run = BlockRun::begin_with(parent, header, injected.as_ref())?;
    let mut running = Running { receipts: Vec::with_capacity(body.txs.len().saturating_add(1)) };
    running.receipts.extend(body.injected.map(|_| {
        let mut receipt = Receipt::default();
        refusal.into_iter().for_each(|reject| receipt.refuse(reject));
        receipt
    }));
    deliver_all(&mut run, body.txs.iter(), &mut running)?;
    Ok(Ran { result: run.end()?, receipts: running.receipts })
}

struct Running {
    receipts: Vec<Receipt>,
}

impl Policy for Running {
    type Stop = Infallible;

    fn wants(&self, _: usize) -> bool {
        true
    }

    fn took(&mut self, _: usize, tx: &Proven, outcome: Result<Receipt, Reject>) -> ControlFlow<Infallible> {
        self.receipts.push(outcome.unwrap_or_else(|reject| refused(tx, reject)));
        ControlFlow::Continue(())
    }
}

/// The code goes into the next header's hash of results, and so does the gas: none was used.
fn refused(tx: &Proven, reject: Reject) -> Receipt {
    let gas_limit = tx.as_ref().map_or(0, |tx| tx.tx.body.fee.gas_limit);
    let mut receipt = Receipt { gas_limit, ..Receipt::default() };
    receipt.refuse(reject);
    receipt
}
