//! Block results: what a block leaves for readers, written, read and pruned by parts.
//!
//! A head per height, what the protocol did per height, and each transaction under its height and index. Nothing is
//! read to find where something stands, and nothing is scanned to find where pruning goes on: results are kept from
//! one height on, and that height stands in the store's progress.

use chortle_kernel::{Halt, KeyRange, Order};

use crate::backend::{Backend, Batch};
use crate::column::Column;
use crate::key;
use crate::record::{BlockResults, TxLocation, TxResult, decode, encode};
use crate::store::Store;

/// Heights that are pruned with each commit: more than the one that is added, so that a backlog shrinks.
const PRUNED_HEIGHTS_MAX: u64 = 16;
/// Transactions after which pruning leaves the rest to the next commit; a height is pruned whole.
const PRUNED_TXS_MAX: usize = 4_096;
const HASH_BYTES: usize = 32;

/// The rows of a block's results.
pub(crate) fn write(height: u64, results: BlockResults, batch: &mut Batch) -> Result<(), Halt> {
    let BlockResults { head, events, txs } = results;
    let count = u32::try_from(txs.len())
        .map_err(|_| Halt::new("a block has more transactions than an index holds"))?;
    // Backwards, so that of two equal hashes in one block the first place counts.
    for (index, tx) in (0..count).zip(&txs).rev() {
        batch.put(Column::Txs, tx.hash.to_vec(), encode(&TxLocation { height, index })?);
    }
    if count > 0 {
        let hashes = txs.iter().flat_map(|tx| tx.hash).collect();
        batch.put(Column::TxHashes, key::height_key(height), hashes);
    }
    for (index, tx) in (0..count).zip(txs) {
        batch.put(Column::TxResults, key::tx_key(height, index), tx.bytes);
    }
    batch.put(Column::BlockEvents, key::height_key(height), events);
    batch.put(Column::BlockHeads, key::height_key(height), head);
    Ok(())
}

/// Adds the removal of results from a height on up to another, a bounded amount, and says where they begin then.
pub(crate) fn prune(backend: &dyn Backend, from: u64, to: u64, batch: &mut Batch) -> Result<u64, Halt> {
    let to = to.min(from.saturating_add(PRUNED_HEIGHTS_MAX));
    let mut txs = 0;
    for height in from..to {
        if txs >= PRUNED_TXS_MAX {
            return Ok(height);
        }
        txs += prune_height(backend, height, batch)?;
    }
    Ok(to.max(from))
}

fn prune_height(backend: &dyn Backend, height: u64, batch: &mut Batch) -> Result<usize, Halt> {
    let mut hashes = hashes(backend, height)?;
    for (index, _) in (0..).zip(&hashes) {
        batch.delete(Column::TxResults, key::tx_key(height, index));
    }
    for column in [Column::BlockHeads, Column::BlockEvents, Column::TxHashes] {
        batch.delete(column, key::height_key(height));
    }
    hashes.sort_unstable();
    let keys: Vec<&[u8]> = hashes.iter().map(<[u8; HASH_BYTES]>::as_slice).collect();
    let places = backend.get_many(Column::Txs, &keys)?;
    for (hash, place) in hashes.iter().zip(places) {
        // The same bytes may stand in a later block, whose place the index then holds.
        let place = place.map(|bytes| decode::<TxLocation>(Column::Txs, &bytes)).transpose()?;
        if place.is_some_and(|place| place.height <= height) {
            batch.delete(Column::Txs, hash.to_vec());
        }
    }
    Ok(hashes.len())
}

/// The hashes of a block's transactions, in order.
fn hashes(backend: &dyn Backend, height: u64) -> Result<Vec<[u8; HASH_BYTES]>, Halt> {
    let bytes = backend.get(Column::TxHashes, &key::height_key(height))?.unwrap_or_default();
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() {
        return Err(Halt::new(format!("the hashes of block {height} in column tx_hashes are damaged")));
    }
    Ok(hashes.to_vec())
}

impl Store {
    /// The earliest height whose block's results are kept; 0 before genesis.
    pub fn earliest_results(&self) -> u64 {
        self.inner().lock().progress.map_or(0, |progress| progress.earliest_results)
    }

    /// The head of a block, if it left one and it is kept.
    pub fn block_head(&self, height: u64) -> Result<Option<Vec<u8>>, Halt> {
        self.inner().backend.get(Column::BlockHeads, &key::height_key(height))
    }

    /// What the protocol itself did in a block, if it is kept.
    pub fn block_events(&self, height: u64) -> Result<Option<Vec<u8>>, Halt> {
        self.inner().backend.get(Column::BlockEvents, &key::height_key(height))
    }

    /// Where a transaction stands, if it was in a block that is kept. Of two places the later one counts.
    pub fn tx_location(&self, hash: &[u8; HASH_BYTES]) -> Result<Option<TxLocation>, Halt> {
        let bytes = self.inner().backend.get(Column::Txs, hash)?;
        bytes.map(|bytes| decode(Column::Txs, &bytes)).transpose()
    }

    /// The transaction at a place.
    pub fn tx_result(&self, at: TxLocation) -> Result<Option<Vec<u8>>, Halt> {
        self.inner().backend.get(Column::TxResults, &key::tx_key(at.height, at.index))
    }

    /// The transactions of a block from an index on, in order, until one fills `bytes_max`: at least one if there is
    /// one, at most `limit`.
    pub fn tx_results(
        &self,
        height: u64,
        from: u32,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, Halt> {
        let inner = self.inner();
        let range =
            KeyRange { from: key::tx_key(height, from), to: key::height_key(height.saturating_add(1)) };
        let mut found = Vec::new();
        let mut bytes = 0;
        for entry in inner.backend.scan(Column::TxResults, range, Order::Ascending).take(limit) {
            let (_, tx) = entry?;
            bytes += tx.len();
            found.push(tx);
            if bytes >= bytes_max {
                break;
            }
        }
        Ok(found)
    }

    /// Everything that a block left, if it is kept: for tools that compare nodes.
    pub fn block_results(&self, height: u64) -> Result<Option<BlockResults>, Halt> {
        let (Some(head), Some(events)) = (self.block_head(height)?, self.block_events(height)?) else {
            return Ok(None);
        };
        let hashes = hashes(self.inner().backend.as_ref(), height)?;
        let txs = self.tx_results(height, 0, usize::MAX, usize::MAX)?;
        let txs = hashes.into_iter().zip(txs).map(|(hash, bytes)| TxResult { hash, bytes }).collect();
        Ok(Some(BlockResults { head, events, txs }))
    }
}
