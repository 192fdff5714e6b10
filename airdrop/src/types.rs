//! What an airdrop is. Pure.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{
    Address, Amount, AssetId, Coin, hash,
    merkle::{self, Node},
};

use crate::tree;

/// Holds what airdrops have promised.
pub const AIRDROPS: Address = Address::protocol("airdrops");

/// Leaves of one chunk of the bitmap.
pub const CHUNK_LEAVES: u32 = 256;

/// A chunk of the bitmap: bit `index % 8` of byte `index % 256 / 8` says whether the leaf was paid.
pub type Chunk = [u8; 32];

/// An airdrop's record.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Airdrop {
    /// Of which asset.
    pub asset: AssetId,
    /// Who paid it in, and gets the remainder.
    pub sponsor: Address,
    /// What binds its leaves to this chain and airdrop.
    pub key: hash::Hash,
    /// Root of the tree.
    pub root: Node,
    /// Recipients in the tree.
    pub leaves: u32,
    /// What was paid in.
    pub total: Amount,
    /// What was paid out to recipients.
    pub claimed: Amount,
    /// To how many.
    pub claims: u32,
    /// From when on nobody can claim.
    pub deadline_unix_ms: u64,
    /// Whether the remainder went back to the sponsor.
    pub ended: bool,
    /// Height of the block that created it.
    pub created_height: u64,
}

impl Airdrop {
    /// What is still in escrow.
    pub fn held(&self) -> Amount {
        if self.ended { Amount::ZERO } else { self.total.checked_sub(self.claimed).unwrap_or_default() }
    }

    /// Whether a leaf belongs to this airdrop.
    pub fn holds(&self, claim: &Claim<'_>) -> bool {
        let leaf = tree::leaf(&self.key, claim.index, &claim.account, claim.amount);
        merkle::is_under(&self.root, self.leaves, claim.index, leaf, claim.proof)
    }
}

/// What a new airdrop is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAirdrop {
    /// What is paid in.
    pub coin: Coin,
    /// Root of the tree.
    pub root: Node,
    /// Recipients in the tree.
    pub leaves: u32,
    /// The sponsor's number in the airdrop key.
    pub salt: u64,
    /// The airdrop key that the list was hashed with.
    pub key: Node,
    /// From when on nobody can claim.
    pub deadline_unix_ms: u64,
}

/// A leaf and its proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Place in the list.
    pub index: u32,
    /// Who gets it.
    pub account: Address,
    /// How much.
    pub amount: Amount,
    /// From the leaf up.
    pub proof: &'a [Node],
}
