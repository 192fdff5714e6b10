//! What airdrops tell.

use chortle_kernel::{Address, Amount, AssetId, events};

use chortle_kernel::merkle::Node;

events! {
    /// An airdrop began; `token.transferred` to the account `airdrops` comes before it.
    AirdropCreated = "airdrop.created" {
        /// Its number.
        airdrop: u64,
        /// Of which asset.
        asset: AssetId,
        /// Who paid it in.
        sponsor: Address,
        /// Root of the tree.
        root: Node,
        /// Recipients in the tree.
        leaves: u32,
        /// What was paid in.
        total: Amount,
        /// From when on nobody can claim.
        deadline_unix_ms: u64,
    }
    /// A recipient was paid.
    AirdropClaimed = "airdrop.claimed" {
        /// By which airdrop.
        airdrop: u64,
        /// Of which asset.
        asset: AssetId,
        /// Place in the list.
        index: u32,
        /// Who got it.
        account: Address,
        /// How much.
        amount: Amount,
        /// What is left for others.
        held: Amount,
    }
    /// An airdrop ended.
    AirdropEnded = "airdrop.ended" {
        /// Which airdrop.
        airdrop: u64,
        /// Of which asset.
        asset: AssetId,
        /// Who got the remainder.
        sponsor: Address,
        /// How much nobody had claimed.
        returned: Amount,
    }
}
