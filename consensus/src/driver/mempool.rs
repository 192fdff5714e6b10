//! The driver's mempool: bounded, first come first, each transaction once.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;

use crate::application::CheckOutcome;

/// The codespace of the driver's own refusals.
pub const MEMPOOL_CODESPACE: &str = "mempool";

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

pub(super) struct Mempool {
    limits: MempoolLimits,
    queue: VecDeque<Bytes>,
    known: HashSet<Bytes>,
    size_bytes: usize,
}

impl Mempool {
    pub(super) fn new(limits: MempoolLimits) -> Self {
        Self { limits, queue: VecDeque::new(), known: HashSet::new(), size_bytes: 0 }
    }

    /// Why this transaction could not wait, whatever the application says.
    pub(super) fn refusal(&self, tx: &Bytes) -> Option<CheckOutcome> {
        if self.known.contains(tx) {
            return Some(refused(
                2,
                "the transaction waits already: it will be in one of the next blocks".into(),
            ));
        }
        let full = self.queue.len() >= self.limits.txs_max
            || self.size_bytes.saturating_add(tx.len()) > self.limits.size_bytes_max;
        let waiting = self.queue.len();
        full.then(|| {
            refused(1, format!("the mempool is full with {waiting} transactions: try after the next block"))
        })
    }

    /// Keeps a checked transaction; `Some` is the refusal.
    pub(super) fn add(&mut self, tx: Bytes) -> Option<CheckOutcome> {
        let refusal = self.refusal(&tx);
        if refusal.is_none() {
            self.size_bytes = self.size_bytes.saturating_add(tx.len());
            self.known.insert(tx.clone());
            self.queue.push_back(tx);
        }
        refusal
    }

    pub(super) fn txs(&self) -> Vec<Bytes> {
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
            self.queue.retain(|tx| self.known.contains(tx));
        }
    }

    pub(super) fn replace(&mut self, txs: Vec<Bytes>) {
        *self = Self::new(self.limits);
        for tx in txs {
            // A snapshot came out of a mempool with the same limits, so nothing is refused.
            let _ = self.add(tx);
        }
    }
}

fn refused(code: u32, log: String) -> CheckOutcome {
    CheckOutcome { code, codespace: MEMPOOL_CODESPACE.to_owned(), log, gas: 0 }
}

/// The application answered fewer checks than it was asked.
pub(super) fn unanswered() -> CheckOutcome {
    refused(3, "the application gave no verdict on the transaction".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_mempool_refuses_and_takes_again_after_a_block() {
        let mut mempool = Mempool::new(MempoolLimits { txs_max: 2, size_bytes_max: 10 });
        let tx = |byte: u8, size: usize| Bytes::from(vec![byte; size]);
        assert_eq!(mempool.add(tx(1, 5)), None);
        assert_eq!(mempool.add(tx(1, 5)).map(|refusal| refusal.code), Some(2), "twice the same");
        assert_eq!(mempool.add(tx(2, 6)).map(|refusal| refusal.code), Some(1), "too many bytes");
        assert_eq!(mempool.add(tx(2, 5)), None);
        assert_eq!(mempool.add(tx(3, 0)).map(|refusal| refusal.code), Some(1), "too many transactions");
        mempool.remove(&[tx(1, 5), tx(9, 9)]);
        assert_eq!(mempool.add(tx(3, 5)), None);
        assert_eq!(mempool.txs(), [tx(2, 5), tx(3, 5)]);
    }
}
