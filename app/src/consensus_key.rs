//! A consensus key, as the state keeps it by its address.

use borsh::{BorshDeserialize, BorshSerialize};

/// A key that is in the set, or was not long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsensusKey {
    /// The ed25519 key.
    pub key: [u8; 32],
    /// Height that took it out of the set; 0 while it is in.
    pub left: u64,
}
