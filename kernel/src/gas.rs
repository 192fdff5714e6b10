//! What touching the state costs. One gas is about one nanosecond of one core.

/// Gas of reading one leaf of the state.
pub const READ_GAS: u64 = 5_000;
/// Gas of writing one leaf: mostly hashing its path in the tree.
pub const WRITE_GAS: u64 = 60_000;

/// Bytes that count as a leaf where what is stored may be long.
const LEAF_BYTES: usize = 1_024;

/// How many leaves so many bytes count as, one that is begun included.
pub fn leaves_of(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(LEAF_BYTES)).unwrap_or(u64::MAX)
}

/// Gas of an operation that reads and writes so many leaves. A line of an index that it writes itself, beside the tree
/// and hashed by nobody, counts as a read; one that the store derives is within the gas of the leaf that it follows.
pub const fn leaves_gas(reads: u64, writes: u64) -> u64 {
    READ_GAS.saturating_mul(reads).saturating_add(WRITE_GAS.saturating_mul(writes))
}
