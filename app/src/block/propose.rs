//! Filling a block. Changes nothing.

use std::{convert::Infallible, ops::ControlFlow};

use chortle_kernel::{Halt, Header, Reject};

use super::{BlockRun, Parent, Policy, Proven, deliver_all};
use crate::record::Receipt;

/// A transaction that waits, and what it would take of the proposal.
pub struct Offer {
    /// The transaction.
    pub tx: Proven,
    /// Its bytes with all that the engine adds.
    pub size_bytes: u64,
}

/// Chooses what fits and is admitted, in order. Answers which of the offers, by their places.
pub fn propose(
    parent: &Parent,
    header: Header,
    offers: &[Offer],
    bytes_max: u64,
) -> Result<Vec<usize>, Halt> {
    let mut run = BlockRun::begin(parent, header)?;
    let mut filling = Filling { offers, bytes_left: bytes_max, chosen: Vec::new() };
    deliver_all(&mut run, offers.iter().map(|offer| &offer.tx), &mut filling)?;
    Ok(filling.chosen)
}

struct Filling<'o> {
    offers: &'o [Offer],
    bytes_left: u64,
    chosen: Vec<usize>,
}

impl Filling<'_> {
    fn left_after(&self, index: usize) -> Option<u64> {
        self.bytes_left.checked_sub(self.offers.get(index)?.size_bytes)
    }
}

impl Policy for Filling<'_> {
    type Stop = Infallible;

    fn wants(&self, index: usize) -> bool {
        self.left_after(index).is_some()
    }

    fn took(
        &mut self,
        index: usize,
        _: &Proven,
        outcome: Result<Receipt, Reject>,
    ) -> ControlFlow<Infallible> {
        if let (Ok(_), Some(left)) = (outcome, self.left_after(index)) {
            self.bytes_left = left;
            self.chosen.push(index);
        }
        ControlFlow::Continue(())
    }
}
