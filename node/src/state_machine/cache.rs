//! Transactions that were decoded and whose signatures were verified, by the hash of their exact bytes: later phases
//! do neither again. A pure cache: empty after a restart, and nothing changes but the time spent.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
};

use chortle_app::Verified;

use super::{Hash, lock};

/// What an entry takes besides what grows with the transaction.
const ENTRY_BYTES: usize = 1_024;
/// A transaction is here as its envelope and as its decoded messages, which take up to twice their bytes.
const COPIES: usize = 3;

/// A transaction that this node admitted and no block holds yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Invalid from this block time on; 0 is never.
    pub expiry_unix_ms: u64,
}

struct Entry {
    tx: Verified,
    /// Its place in the order.
    place: u64,
    /// Whether the mempool holds it.
    pending: bool,
}

#[derive(Default)]
struct Entries {
    by_id: HashMap<Hash, Entry>,
    /// Oldest first: exactly what `by_id` holds.
    order: BTreeMap<u64, Hash>,
    places: u64,
    bytes: usize,
    pending: usize,
}

impl Entries {
    fn insert(&mut self, tx: Verified) {
        let id = tx.id;
        if self.by_id.contains_key(&id) {
            return;
        }
        self.bytes = self.bytes.saturating_add(weight(&tx));
        self.places += 1;
        self.order.insert(self.places, id);
        self.by_id.insert(id, Entry { tx, place: self.places, pending: false });
    }

    fn set_pending(&mut self, id: &Hash, pending: bool) {
        let Some(entry) = self.by_id.get_mut(id) else { return };
        self.pending -= usize::from(entry.pending);
        self.pending += usize::from(pending);
        entry.pending = pending;
    }

    fn remove(&mut self, id: &Hash) {
        self.set_pending(id, false);
        if let Some(entry) = self.by_id.remove(id) {
            self.order.remove(&entry.place);
            self.bytes = self.bytes.saturating_sub(weight(&entry.tx));
        }
    }

    fn shrink_to(&mut self, bytes_max: usize) {
        while self.bytes > bytes_max {
            let Some(oldest) = self.order.first_key_value().map(|(_, id)| *id) else { return };
            self.remove(&oldest);
        }
    }
}

/// Memory that a transaction takes here, at most.
fn weight(tx: &Verified) -> usize {
    tx.size_bytes.saturating_mul(COPIES).saturating_add(ENTRY_BYTES)
}

/// The cache, bounded in bytes.
pub(super) struct VerifiedCache {
    entries: Mutex<Entries>,
    bytes_max: usize,
}

impl VerifiedCache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { entries: Mutex::new(Entries::default()), bytes_max }
    }

    pub(super) fn get_all(&self, ids: &[Hash]) -> Vec<Option<Verified>> {
        let entries = lock(&self.entries);
        ids.iter().map(|id| entries.by_id.get(id).map(|entry| entry.tx.clone())).collect()
    }

    /// Keeps what no mempool is said to hold.
    pub(super) fn insert_all(&self, txs: impl IntoIterator<Item = Verified>) {
        let mut entries = lock(&self.entries);
        for tx in txs {
            entries.insert(tx);
            entries.shrink_to(self.bytes_max);
        }
    }

    /// Keeps what the mempool holds from now on.
    pub(super) fn insert_pending(&self, tx: &Verified) {
        let mut entries = lock(&self.entries);
        entries.insert(tx.clone());
        entries.set_pending(&tx.id, true);
        entries.shrink_to(self.bytes_max);
    }

    /// The mempool lets go of it.
    pub(super) fn end_pending(&self, id: &Hash) {
        lock(&self.entries).set_pending(id, false);
    }

    pub(super) fn pending(&self, id: &Hash) -> Option<Pending> {
        let entries = lock(&self.entries);
        let entry = entries.by_id.get(id).filter(|entry| entry.pending)?;
        Some(Pending { expiry_unix_ms: entry.tx.tx.body.expiry_unix_ms })
    }

    /// What the mempool holds, oldest first; `None` if it holds more than `most`.
    pub(super) fn waiting(&self, most: usize) -> Option<Vec<Verified>> {
        let entries = lock(&self.entries);
        if entries.pending > most {
            return None;
        }
        if entries.pending == 0 {
            return Some(Vec::new());
        }
        let in_order = entries.order.values().filter_map(|id| entries.by_id.get(id));
        let waiting = in_order.filter(|entry| entry.pending).take(entries.pending);
        Some(waiting.map(|entry| entry.tx.clone()).collect())
    }

    pub(super) fn pending_count(&self) -> usize {
        lock(&self.entries).pending
    }

    pub(super) fn remove_all(&self, ids: &[Hash]) {
        let mut entries = lock(&self.entries);
        ids.iter().for_each(|id| entries.remove(id));
    }

    pub(super) fn clear(&self) {
        *lock(&self.entries) = Entries::default();
    }
}

#[cfg(test)]
mod tests {
    use chortle_app::Decoded;
    use chortle_kernel::tx::{ChainRef, Fee, FeeSource, Replay, Sender, Tx, TxBody, VERSION};
    use chortle_kernel::{Address, AssetId, List, Text};
    use proptest::prelude::*;

    use super::*;

    const BYTES_MAX: usize = 8 * (ENTRY_BYTES + COPIES * 100);

    fn tx(number: u8, size_bytes: usize) -> Verified {
        let body = TxBody {
            version: VERSION,
            chain: ChainRef::default(),
            sender: Sender::Account(Address([number; 20])),
            replay: Replay::Sequence(0),
            expiry_unix_ms: number.into(),
            fee: Fee { gas_limit: 0, gas_price_max: 0, tip: 0, asset: AssetId::NATIVE },
            fee_source: FeeSource::Sender,
            messages: List::default(),
            memo: Text::default(),
        };
        let tx = Tx { body, signatures: List::default(), proofs: List::default() };
        let decoded = Decoded { tx, id: [number; 32], digests: vec![], size_bytes, gas: 0, calls: vec![] };
        Verified::assume(decoded)
    }

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u8, usize),
        Admit(u8, usize),
        End(u8),
        Remove(u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..20u8, 0..400usize).prop_map(|(number, size)| Step::Insert(number, size)),
            (0..20u8, 0..400usize).prop_map(|(number, size)| Step::Admit(number, size)),
            (0..20u8).prop_map(Step::End),
            (0..20u8).prop_map(Step::Remove),
        ];
        proptest::collection::vec(step, 0..200)
    }

    proptest! {
        #[test]
        fn memory_order_and_counts_are_those_of_what_is_held(steps in steps()) {
            let cache = VerifiedCache::new(BYTES_MAX);
            for step in steps {
                match step {
                    Step::Insert(number, size) => cache.insert_all([tx(number, size)]),
                    Step::Admit(number, size) => cache.insert_pending(&tx(number, size)),
                    Step::End(number) => cache.end_pending(&[number; 32]),
                    Step::Remove(number) => cache.remove_all(&[[number; 32]]),
                }
                let entries = lock(&cache.entries);
                let held: usize = entries.by_id.values().map(|entry| weight(&entry.tx)).sum();
                prop_assert_eq!(entries.bytes, held);
                prop_assert!(held <= BYTES_MAX);
                let pending = entries.by_id.values().filter(|entry| entry.pending).count();
                prop_assert_eq!(entries.pending, pending);
                prop_assert_eq!(entries.order.len(), entries.by_id.len());
                for (place, id) in &entries.order {
                    prop_assert_eq!(entries.by_id.get(id).map(|entry| entry.place), Some(*place));
                }
            }
        }
    }

    #[test]
    fn the_oldest_goes_first_and_a_removed_one_takes_no_place() {
        let cache = VerifiedCache::new(2 * ENTRY_BYTES);
        (1..=2).for_each(|number| cache.insert_pending(&tx(number, 0)));
        cache.remove_all(&[[1; 32]]);
        cache.insert_pending(&tx(3, 0));
        assert_eq!(cache.pending_count(), 2);
        cache.insert_pending(&tx(4, 0));
        assert_eq!(cache.pending(&[2; 32]), None);
        assert_eq!(cache.pending(&[4; 32]), Some(Pending { expiry_unix_ms: 4 }));
        assert_eq!(cache.pending_count(), 2);
        cache.insert_all([tx(5, 0)]);
        let waiting = |most| cache.waiting(most).map(|all| all.iter().map(|tx| tx.id[0]).collect::<Vec<_>>());
        assert_eq!((waiting(1), waiting(0)), (Some(vec![4]), None));
    }
}
