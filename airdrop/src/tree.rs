//! What an airdrop's tree commits to. Pure; clients build it with the same functions that the chain verifies with.
//!
//! Leaf = SHA-256(00 ‖ airdrop key ‖ index ‖ address ‖ amount), integers big-endian; nodes are the kernel's.

use chortle_kernel::{
    Address, Amount, codec, hash,
    merkle::{Node, Tree},
};

/// What binds a tree to a chain, a sponsor and the sponsor's salt.
pub fn airdrop_key(chain_id: &str, sponsor: &Address, salt: u64) -> hash::Hash {
    hash::tagged("chortle/airdrop", &codec::encode(&(chain_id, sponsor, salt)))
}

/// The leaf of a recipient.
pub fn leaf(key: &hash::Hash, index: u32, account: &Address, amount: Amount) -> Node {
    let (index, units) = (index.to_be_bytes(), amount.base_units().to_be_bytes());
    Node::leaf(&[key, &index, &account.0, &units])
}

/// The tree of a list; the place in the list is the index. A sentence if the list is empty or too long.
pub fn tree(key: &hash::Hash, list: &[(Address, Amount)]) -> Result<Tree, String> {
    let leaves = (0..).zip(list).map(|(index, (account, amount))| leaf(key, index, account, *amount));
    Tree::of(leaves.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_chain_sponsor_and_salt() {
        let key = airdrop_key("a", &Address([1; 20]), 0);
        for other in [("b", 1, 0), ("a", 2, 0), ("a", 1, 1)] {
            assert_ne!(airdrop_key(other.0, &Address([other.1; 20]), other.2), key, "{other:?}");
        }
    }
}
