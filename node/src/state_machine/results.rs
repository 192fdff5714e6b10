//! Block results as readers ask for them: a head, what the protocol did, transactions by place or by hash. Each is a
//! row of the store, and only the rows that are asked for are decoded.

use chortle_app::{BlockHead, TxRecord};
use chortle_kernel::{EventRecord, Halt, codec, hash::Hash};

use super::Chain;

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxFound {
    /// Height of the block.
    pub height: u64,
    /// Place in the block.
    pub index: u32,
    /// Time of the block.
    pub time_unix_ms: u64,
    /// The transaction and its receipt.
    pub record: TxRecord,
}

impl Chain {
    /// The earliest height whose block is kept: the first of the chain, or where pruning has come to.
    pub fn earliest_block(&self) -> u64 {
        self.inner.store.earliest_results()
    }

    /// The height of the chain's first block; 0 before genesis.
    pub fn first_block(&self) -> u64 {
        self.inner.store.committed().map_or(0, |committed| committed.initial_height)
    }

    /// The head of a block.
    pub fn block_head(&self, height: u64) -> Result<Option<BlockHead>, Halt> {
        let bytes = self.inner.store.block_head(height)?;
        bytes.map(|bytes| codec::decode_stored(&row("block_heads", height), &bytes)).transpose()
    }

    /// What the protocol itself did in a block, before and after the transactions.
    pub fn block_events(&self, height: u64) -> Result<Option<Vec<EventRecord>>, Halt> {
        let bytes = self.inner.store.block_events(height)?;
        bytes.map(|bytes| codec::decode_stored(&row("block_events", height), &bytes)).transpose()
    }

    /// Transactions of a block from an index on, in order: at most `limit`, and none after `bytes_max` are full.
    pub fn block_txs(
        &self,
        height: u64,
        from: u32,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<TxRecord>, Halt> {
        let txs = self.inner.store.tx_results(height, from, limit, bytes_max)?;
        txs.iter().map(|bytes| codec::decode_stored(&row("tx_results", height), bytes)).collect()
    }

    /// A transaction that a block holds.
    pub fn tx(&self, id: &Hash) -> Result<Option<TxFound>, Halt> {
        let store = &self.inner.store;
        let Some(at) = store.tx_location(id)? else { return Ok(None) };
        let (Some(head), Some(bytes)) = (self.block_head(at.height)?, store.tx_result(at)?) else {
            return Ok(None);
        };
        let record = codec::decode_stored(&row("tx_results", at.height), &bytes)?;
        Ok(Some(TxFound { height: at.height, index: at.index, time_unix_ms: head.time_unix_ms, record }))
    }

    /// Whether a block holds a transaction.
    pub fn holds_tx(&self, id: &Hash) -> Result<bool, Halt> {
        Ok(self.inner.store.tx_location(id)?.is_some())
    }
}

fn row(column: &str, height: u64) -> Vec<u8> {
    format!("{column}/{height}").into_bytes()
}
