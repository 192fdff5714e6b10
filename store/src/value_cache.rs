//! The present values of the state, in memory in front of a backend: the same accounts are read by CheckTx, by
//! execution and by the tree within one height, and a database is slow to say again what it said a moment ago.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use chortle_kernel::{Entries, Halt, KeyRange, Order};
use quick_cache::{Weighter, sync::Cache};

use crate::backend::{Backend, Batch};
use crate::column::Column;

/// What an entry costs besides its bytes.
const ENTRY_BYTES: usize = 96;
/// A usual entry: sizes the table.
const USUAL_BYTES: usize = 192;

#[derive(Clone)]
struct BytesOf;

impl Weighter<Vec<u8>, Option<Vec<u8>>> for BytesOf {
    fn weight(&self, key: &Vec<u8>, value: &Option<Vec<u8>>) -> u64 {
        let bytes = ENTRY_BYTES + key.len() + value.as_ref().map_or(0, Vec::len);
        bytes as u64
    }
}

/// A backend with the values (and absences) of [`Column::Flat`] that were used last, bounded in bytes.
pub(crate) struct ValueCache<B> {
    backend: B,
    values: Cache<Vec<u8>, Option<Vec<u8>>, BytesOf>,
    /// Counts the beginnings and ends of writes: odd inside one. A value is kept only if no write ran beside its read.
    writes: AtomicU64,
    /// Held shared to keep a value that was read, exclusively where a write begins or ends.
    keeping: RwLock<()>,
}

impl<B: Backend> ValueCache<B> {
    pub(crate) fn over(backend: B, bytes: usize) -> Self {
        Self {
            backend,
            values: Cache::with_weighter(bytes / USUAL_BYTES, bytes as u64, BytesOf),
            writes: AtomicU64::new(0),
            keeping: RwLock::new(()),
        }
    }

    fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Keeps values whose read began at this count of writes.
    fn keep<'a>(&self, writes: u64, read: impl Iterator<Item = (&'a [u8], &'a Option<Vec<u8>>)>) {
        let _keeping = self.keeping.read().unwrap_or_else(PoisonError::into_inner);
        if writes.is_multiple_of(2) && self.writes() == writes {
            read.for_each(|(key, value)| self.values.insert(key.to_vec(), value.clone()));
        }
    }

    fn turn(&self) {
        let _alone = self.keeping.write().unwrap_or_else(PoisonError::into_inner);
        self.writes.fetch_add(1, Ordering::SeqCst);
    }
}

impl<B: Backend> Backend for ValueCache<B> {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        if column != Column::Flat {
            return self.backend.get(column, key);
        }
        if let Some(value) = self.values.get(key) {
            return Ok(value);
        }
        let writes = self.writes();
        let value = self.backend.get(column, key)?;
        self.keep(writes, std::iter::once((key, &value)));
        Ok(value)
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Halt> {
        if column != Column::Flat {
            return self.backend.get_many(column, keys);
        }
        let mut found: Vec<Option<Option<Vec<u8>>>> = keys.iter().map(|key| self.values.get(*key)).collect();
        let missing: Vec<&[u8]> =
            keys.iter().zip(&found).filter(|(_, value)| value.is_none()).map(|(key, _)| *key).collect();
        if missing.is_empty() {
            return Ok(found.into_iter().flatten().collect());
        }
        let writes = self.writes();
        let read = self.backend.get_many(column, &missing)?;
        self.keep(writes, missing.iter().copied().zip(&read));
        found
            .iter_mut()
            .filter(|value| value.is_none())
            .zip(read)
            .for_each(|(place, value)| *place = Some(value));
        Ok(found.into_iter().flatten().collect())
    }

    fn scan(&self, column: Column, range: KeyRange, order: Order) -> Entries<'_> {
        self.backend.scan(column, range, order)
    }

    fn write(&self, batch: Batch, synced: bool) -> Result<(), Halt> {
        let flat = batch.operations.iter().filter(|operation| operation.column == Column::Flat);
        let changed: Vec<_> =
            flat.map(|operation| (operation.key.clone(), operation.value.clone())).collect();
        self.turn();
        let written = self.backend.write(batch, synced);
        match written {
            Ok(()) => changed.into_iter().for_each(|(key, value)| self.values.insert(key, value)),
            // What reached the disk is unknown.
            Err(_) => self.values.clear(),
        }
        self.turn();
        written
    }

    fn fork(&self) -> Option<Box<dyn Backend>> {
        self.backend.fork()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::memory::Memory;

    fn put(backend: &dyn Backend, key: &[u8], value: Option<&[u8]>) {
        let mut batch = Batch::default();
        match value {
            Some(value) => batch.put(Column::Flat, key.to_vec(), value.to_vec()),
            None => batch.delete(Column::Flat, key.to_vec()),
        }
        backend.write(batch, false).unwrap();
    }

    #[test]
    fn what_was_written_last_is_read_whatever_was_kept() {
        let cached = ValueCache::over(Memory::default(), 1 << 20);
        assert_eq!(cached.get(Column::Flat, b"a").unwrap(), None);
        for value in [Some(b"1".as_slice()), Some(b"2"), None, Some(b"3")] {
            put(&cached, b"a", value);
            assert_eq!(cached.get(Column::Flat, b"a").unwrap().as_deref(), value);
            let many = cached.get_many(Column::Flat, &[b"0", b"a", b"b"]).unwrap();
            assert_eq!(many, [None, value.map(<[u8]>::to_vec), None]);
        }
    }

    #[test]
    fn a_small_cache_forgets_and_reads_again() {
        let cached = ValueCache::over(Memory::default(), 4_096);
        for round in 0..1_000_u32 {
            put(&cached, &round.to_be_bytes(), Some(&round.to_be_bytes()));
        }
        for round in 0..1_000_u32 {
            let value = cached.get(Column::Flat, &round.to_be_bytes()).unwrap();
            assert_eq!(value.as_deref(), Some(round.to_be_bytes().as_slice()));
        }
        assert!(cached.values.weight() <= 4_096);
    }

    #[test]
    fn readers_beside_a_writer_never_leave_an_old_value_behind() {
        let cached = Arc::new(ValueCache::over(Memory::default(), 1 << 20));
        let ends = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let (cached, ends) = (Arc::clone(&cached), Arc::clone(&ends));
                std::thread::spawn(move || {
                    while !ends.load(Ordering::Relaxed) {
                        for key in 0..8_u8 {
                            cached.get(Column::Flat, &[key]).unwrap();
                        }
                    }
                })
            })
            .collect();
        for round in 0..20_000_u32 {
            let key = [(round % 8) as u8];
            // Forgotten first, so that readers race to keep what they find.
            cached.values.remove(key.as_slice());
            put(cached.as_ref(), &key, Some(&round.to_be_bytes()));
            let value = cached.get(Column::Flat, &key).unwrap();
            assert_eq!(value.as_deref(), Some(round.to_be_bytes().as_slice()), "round {round}");
        }
        ends.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    }
}
