//! Reading block results, by height, by place and by hash.

use chortle_kernel::{Halt, KeyRange, Order};

use crate::column::Column;
use crate::key;
use crate::record::{BlockResults, TxLocation, TxResult, decode};
use crate::results::{HASH_BYTES, hashes};
use crate::store::Store;

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
