//! The driver's mempool: bounded, first come first, each transaction once.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;
use chortle_kernel::Reject;

use crate::application::{CheckOutcome, ConsensusParams, proposal_bytes};

chortle_kernel::error_codes! {
    /// What the driver's mempool refuses itself.
    pub enum Error in "mempool" for Caller {
        1 full Full { waiting: usize } =>
            "the mempool is full with {waiting} transactions: try after the next block",
        2 known Known {} => "the transaction waits already: it will be in one of the next blocks"
            => "wait, and look at GET /v1/txs/{hash}",
        3 unanswered Unanswered {} => "the application gave no verdict on the transaction"
            => "submit it again",
        4 never_fits NeverFits { size_bytes: u64, gas: u64, bytes_max: u64, gas_max: u64 } =>
            "the transaction takes {size_bytes} bytes and {gas} gas: a block has {bytes_max} bytes and {gas_max} gas"
            => "split it into several transactions",
    }
}

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct MempoolLimits {
    /// Most transactions.
    pub txs_max: usize,
    /// Most bytes of all together.
    pub size_bytes_max: usize,
}

impl Default for MempoolLimits {
    fn default() -> Self {
        Self { txs_max: 100_000, size_bytes_max: 256 * 1024 * 1024 }
    }
}

/// A checked transaction that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its bytes.
    pub tx: Bytes,
    /// The gas that its check named.
    pub gas: u64,
}

/// What a block holds at most.
#[derive(Clone, Copy)]
pub(super) struct Room {
    bytes_max: u64,
    gas_max: u64,
}

impl Room {
    pub(super) fn of(params: &ConsensusParams) -> Self {
        Self { bytes_max: params.block_bytes_max, gas_max: params.block_gas_max }
    }

    /// What is left after `waiting`, if it fits.
    fn without(self, waiting: &Waiting) -> Option<Self> {
        let bytes_max = self.bytes_max.checked_sub(proposal_bytes(&waiting.tx))?;
        Some(Self { bytes_max, gas_max: self.gas_max.checked_sub(waiting.gas)? })
    }
}

pub(super) struct Mempool {
    limits: MempoolLimits,
    /// The block's limits here too, so that submitting never waits for a block that executes.
    room: Room,
    queue: VecDeque<Waiting>,
    known: HashSet<Bytes>,
    size_bytes: usize,
}

impl Mempool {
    pub(super) fn new(limits: MempoolLimits, room: Room) -> Self {
        Self { limits, room, queue: VecDeque::new(), known: HashSet::new(), size_bytes: 0 }
    }

    /// Why this transaction could not wait, whatever the application says.
    pub(super) fn refusal(&self, tx: &Bytes) -> Option<CheckOutcome> {
        if self.known.contains(tx) {
            return Some(refused(Error::Known {}));
        }
        let full = self.queue.len() >= self.limits.txs_max
            || self.size_bytes.saturating_add(tx.len()) > self.limits.size_bytes_max;
        let waiting = self.queue.len();
        full.then(|| refused(Error::Full { waiting }))
    }

    /// Keeps a checked transaction; `Some` is the refusal.
    pub(super) fn add(&mut self, waiting: Waiting) -> Option<CheckOutcome> {
        let refusal = self.refusal(&waiting.tx).or_else(|| self.never_fits(&waiting));
        if refusal.is_none() {
            self.size_bytes = self.size_bytes.saturating_add(waiting.tx.len());
            self.known.insert(waiting.tx.clone());
            self.queue.push_back(waiting);
        }
        refusal
    }

    /// What is larger than a whole block would stop all that waits behind it.
    fn never_fits(&self, waiting: &Waiting) -> Option<CheckOutcome> {
        let Room { bytes_max, gas_max } = self.room;
        self.room.without(waiting).is_none().then(|| {
            let (size_bytes, gas) = (proposal_bytes(&waiting.tx), waiting.gas);
            refused(Error::NeverFits { size_bytes, gas, bytes_max, gas_max })
        })
    }

    pub(super) fn txs(&self) -> Vec<Bytes> {
        self.queue.iter().map(|waiting| waiting.tx.clone()).collect()
    }

    /// The first ones that fit into a block together, as CometBFT takes them: it stops at the first that does not.
    pub(super) fn fitting(&self) -> Vec<Bytes> {
        let mut room = Some(self.room);
        let fits = |waiting: &&Waiting| {
            room = room.and_then(|room| room.without(waiting));
            room.is_some()
        };
        self.queue.iter().take_while(fits).map(|waiting| waiting.tx.clone()).collect()
    }

    pub(super) fn waiting(&self) -> Vec<Waiting> {
        self.queue.iter().cloned().collect()
    }

    pub(super) fn remove(&mut self, txs: &[Bytes]) {
        let mut removed = 0;
        for tx in txs {
            if self.known.remove(tx) {
                self.size_bytes = self.size_bytes.saturating_sub(tx.len());
                removed += 1;
            }
        }
        if removed > 0 {
            self.queue.retain(|waiting| self.known.contains(&waiting.tx));
        }
    }

    /// New limits of a block; what no block could hold any more goes.
    pub(super) fn resize(&mut self, room: Room) {
        self.room = room;
        let never: Vec<Bytes> =
            self.queue.iter().filter(|one| room.without(one).is_none()).map(|one| one.tx.clone()).collect();
        self.remove(&never);
    }

    pub(super) fn replace(&mut self, all: Vec<Waiting>, room: Room) {
        *self = Self::new(self.limits, room);
        for waiting in all {
            // A snapshot came out of a mempool with the same limits, so nothing is refused.
            let _ = self.add(waiting);
        }
    }
}

fn refused(error: Error) -> CheckOutcome {
    Reject::from(error).into()
}

/// The application answered fewer checks than it was asked.
pub(super) fn unanswered() -> CheckOutcome {
    refused(Error::Unanswered {})
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { bytes_max: 20, gas_max: 10 };

    fn tx(byte: u8, size: usize) -> Bytes {
        Bytes::from(vec![byte; size])
    }

    fn waiting(byte: u8, size: usize, gas: u64) -> Waiting {
        Waiting { tx: tx(byte, size), gas }
    }

    fn code(refusal: Option<CheckOutcome>) -> Option<u32> {
        refusal.map(|refusal| refusal.code)
    }

    #[test]
    fn a_full_mempool_refuses_and_takes_again_after_a_block() {
        let mut mempool = Mempool::new(MempoolLimits { txs_max: 2, size_bytes_max: 10 }, ROOM);
        assert_eq!(mempool.add(waiting(1, 5, 0)), None);
        assert_eq!(code(mempool.add(waiting(1, 5, 0))), Some(2), "twice the same");
        assert_eq!(code(mempool.add(waiting(2, 6, 0))), Some(1), "too many bytes");
        assert_eq!(mempool.add(waiting(2, 5, 0)), None);
        assert_eq!(code(mempool.add(waiting(3, 0, 0))), Some(1), "too many transactions");
        mempool.remove(&[tx(1, 5), tx(9, 9)]);
        assert_eq!(mempool.add(waiting(3, 5, 0)), None);
        assert_eq!(mempool.txs(), [tx(2, 5), tx(3, 5)]);
    }

    #[test]
    fn a_block_takes_the_first_that_fit_by_bytes_and_by_gas() {
        let mut mempool = Mempool::new(MempoolLimits::default(), ROOM);
        assert_eq!(code(mempool.add(waiting(9, 19, 0))), Some(4), "21 bytes with its frame: it never fits");
        assert_eq!(code(mempool.add(waiting(9, 1, 11))), Some(4), "more gas than a block has");
        for one in [waiting(1, 5, 6), waiting(2, 5, 4), waiting(3, 5, 1), waiting(4, 1, 0)] {
            assert_eq!(mempool.add(one), None);
        }
        assert_eq!(
            mempool.fitting(),
            [tx(1, 5), tx(2, 5)],
            "the third has no gas left, and nobody overtakes"
        );
        mempool.remove(&[tx(1, 5)]);
        assert_eq!(mempool.fitting(), [tx(2, 5), tx(3, 5), tx(4, 1)]);
        mempool.resize(Room { bytes_max: 7, gas_max: 3 });
        assert_eq!(mempool.txs(), [tx(3, 5), tx(4, 1)], "what no block can hold any more is gone");
        assert_eq!(mempool.fitting(), [tx(3, 5)]);
    }
}
