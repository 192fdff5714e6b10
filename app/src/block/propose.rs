//! Filling a block. Changes nothing, and tells what the filled block does.

use std::{convert::Infallible, ops::ControlFlow};

use chortle_kernel::{Halt, Header, Reject, block::ExtendedVote};

use super::{BlockRun, Parent, Policy, Proven, Ran, deliver_all, inject};
use crate::record::Receipt;

/// Most that the engine adds to an entry: a tag and a length.
const ENGINE_BYTES_MAX: u64 = 11;

/// A transaction that waits.
pub struct Offer<'a> {
    /// The transaction.
    pub tx: Proven,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What a proposal may take.
#[derive(Clone, Copy)]
pub struct Room {
    /// Most bytes.
    pub bytes_max: u64,
    /// What an entry takes, with all that the engine adds.
    pub bytes_of: fn(&[u8]) -> u64,
}

/// What to propose.
pub struct Proposal {
    /// The first entry, if there must be one.
    pub injected: Option<Vec<u8>>,
    /// Which of the offers, by their places.
    pub chosen: Vec<usize>,
    /// What the proposed block does: what [`super::judge`] finds in it.
    pub ran: Box<Ran>,
}

/// Makes the injected part out of the votes for the block before, and chooses what fits and is admitted, in order.
pub fn propose(
    parent: &Parent,
    header: Header,
    votes: &[ExtendedVote],
    offers: &[Offer<'_>],
    room: Room,
) -> Result<Proposal, Halt> {
    let made = inject::make(parent, &header, votes, room.bytes_max.saturating_sub(ENGINE_BYTES_MAX))?;
    let (injected, holding) = made.unzip();
    let taken = injected.as_deref().map_or(0, room.bytes_of);
    let mut run = BlockRun::begin_with(parent, header, holding.as_ref())?;
    let bytes_left = room.bytes_max.saturating_sub(taken);
    let receipts = injected.iter().map(|_| Receipt::default()).collect();
    let mut filling = Filling { offers, bytes_of: room.bytes_of, bytes_left, chosen: Vec::new(), receipts };
    deliver_all(&mut run, offers.iter().map(|offer| &offer.tx), &mut filling)?;
    let ran = Box::new(Ran { result: run.end()?, receipts: filling.receipts });
    Ok(Proposal { injected, chosen: filling.chosen, ran })
}

struct Filling<'o> {
    offers: &'o [Offer<'o>],
    bytes_of: fn(&[u8]) -> u64,
    bytes_left: u64,
    chosen: Vec<usize>,
    receipts: Vec<Receipt>,
}

impl Filling<'_> {
    fn left_after(&self, index: usize) -> Option<u64> {
        self.bytes_left.checked_sub((self.bytes_of)(self.offers.get(index)?.bytes))
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
        // What was not admitted left no trace, so the block without it does the same.
        if let (Ok(receipt), Some(left)) = (outcome, self.left_after(index)) {
            self.bytes_left = left;
            self.chosen.push(index);
            self.receipts.push(receipt);
        }
        ControlFlow::Continue(())
    }
}
