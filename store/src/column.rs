//! The columns: one kind of record each.

/// One kind of record. The names are part of the format on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The format, the identity of the chain, the last committed height and its app hash.
    Meta,
    /// Key to value at the last committed height.
    Flat,
    /// Key and height to the value that the key had before that height.
    History,
    /// Nodes of the state tree, version first.
    Tree,
    /// What each height made obsolete, so that pruning finds it without a search.
    Stale,
    /// Hash of a key to the key: absence proofs name the neighbours by their keys.
    Preimage,
    /// Height to the head of its block.
    BlockHeads,
    /// Height to what the protocol itself did in its block.
    BlockEvents,
    /// Height and index to a transaction and its outcome.
    TxResults,
    /// Height to the hashes of its transactions, so that pruning finds where they are looked up.
    TxHashes,
    /// Hash of a transaction to its height and index.
    Txs,
}

impl Column {
    /// Every column, in the order of its number.
    pub const ALL: [Self; 11] = [
        Self::Meta,
        Self::Flat,
        Self::History,
        Self::Tree,
        Self::Stale,
        Self::Preimage,
        Self::BlockHeads,
        Self::BlockEvents,
        Self::TxResults,
        Self::TxHashes,
        Self::Txs,
    ];

    /// The name of its RocksDB column family.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Flat => "flat",
            Self::History => "history",
            Self::Tree => "tree",
            Self::Stale => "stale",
            Self::Preimage => "preimage",
            Self::BlockHeads => "block_heads",
            Self::BlockEvents => "block_events",
            Self::TxResults => "tx_results",
            Self::TxHashes => "tx_hashes",
            Self::Txs => "txs",
        }
    }

    /// Its place in [`Column::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}
