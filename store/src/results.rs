//! Block results: what a block leaves for readers, written and pruned by parts.
//!
//! A head per height, what the protocol did per height, and each transaction under its height and index. Nothing is
//! read to find where something stands, and nothing is scanned to find where pruning goes on: results are kept from
//! one height on, and that height stands in the store's progress.

use chortle_kernel::Halt;

use crate::backend::{Backend, Batch};
use crate::column::Column;
use crate::key;
use crate::record::{BlockResults, TxLocation, decode, encode};

/// Heights that are pruned with each commit: more than the one that is added, so that a backlog shrinks.
const PRUNED_HEIGHTS_MAX: u64 = 16;
/// Transactions after which pruning leaves the rest to the next commit; a height is pruned whole.
const PRUNED_TXS_MAX: usize = 4_096;
/// Bytes of a transaction's hash.
pub(crate) const HASH_BYTES: usize = 32;

/// The rows of a block's results.
pub(crate) fn write(height: u64, results: BlockResults, batch: &mut Batch) -> Result<(), Halt> {
    let BlockResults { head, events, txs } = results;
    let count = u32::try_from(txs.len())
        .map_err(|_| Halt::new("a block has more transactions than an index holds"))?;
    batch.reserve(2 * txs.len());
    let mut places: Vec<_> = txs.iter().map(|tx| tx.hash).zip(0..count).collect();
    // In order, as a column takes them fastest; of two equal hashes the first place comes last, and counts.
    places.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    for (hash, index) in places {
        batch.put(Column::Txs, hash.to_vec(), encode(&TxLocation { height, index })?);
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
pub(crate) fn hashes(backend: &dyn Backend, height: u64) -> Result<Vec<[u8; HASH_BYTES]>, Halt> {
    let bytes = backend.get(Column::TxHashes, &key::height_key(height))?.unwrap_or_default();
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() {
        return Err(Halt::new(format!("the hashes of block {height} in column tx_hashes are damaged")));
    }
    Ok(hashes.to_vec())
}
