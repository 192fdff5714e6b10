//! The one binary Merkle tree of SHA-256. Pure; clients build it with the same functions that the chain verifies with.
//!
//! Node = SHA-256(01 ‖ left ‖ right). A module hashes its own leaves as SHA-256(00 ‖ …), so that no leaf is a node.
//! Missing leaves are 32 zero bytes, so that the depth follows from the number of leaves and the place of a leaf from
//! its index.

use std::{borrow::Cow, fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hash;

/// Most hashes of a proof.
pub const DEPTH_MAX: usize = 20;
/// Most leaves of a tree.
pub const LEAVES_MAX: u32 = 1 << 20;

/// A node of the tree: a leaf, an inner one, or the root. JSON shows it as `0x…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Node(pub hash::Hash);

impl Node {
    /// The leaf of what a module commits to.
    pub fn leaf(parts: &[&[u8]]) -> Self {
        Self(hash::sha256(&[&[[0].as_slice()], parts].concat().concat()))
    }

    /// The hash of two nodes.
    pub fn over(left: &Self, right: &Self) -> Self {
        Self(hash::sha256(&[[1].as_slice(), &left.0, &right.0].concat()))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Node {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("'{text}' is not a hash: write 0x and 64 hexadecimal digits");
        let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 64).ok_or_else(error)?;
        let mut node = Self::default();
        for (byte, pair) in node.0.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| error())?;
            let plain = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            *byte = u8::from_str_radix(pair, 16).ok().filter(|_| plain).ok_or_else(error)?;
        }
        Ok(node)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Node {
    fn schema_name() -> Cow<'static, str> {
        "MerkleNode".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "hex", "pattern": "^0x[0-9a-fA-F]{64}$" })
    }
}

/// Hashes that a proof has in a tree of so many leaves.
pub fn depth(leaves: u32) -> usize {
    let rest = leaves.saturating_sub(1).checked_ilog2();
    rest.map_or(0, |log| usize::try_from(log).unwrap_or(DEPTH_MAX).saturating_add(1))
}

/// Whether a leaf stands at an index under a root.
pub fn is_under(root: &Node, leaves: u32, index: u32, leaf: Node, proof: &[Node]) -> bool {
    if index >= leaves || proof.len() != depth(leaves) {
        return false;
    }
    let mut place = index;
    let found = proof.iter().fold(leaf, |node, sibling| {
        let is_left = place & 1 == 0;
        place >>= 1;
        if is_left { Node::over(&node, sibling) } else { Node::over(sibling, &node) }
    });
    found == *root
}

/// A whole tree, for who hands out the proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// From the leaves to the root; a missing right end is implied.
    levels: Vec<Vec<Node>>,
    /// The empty subtree of each level.
    empty: Vec<Node>,
}

impl Tree {
    /// The tree of a list of leaves; the place in the list is the index. A sentence if the list is empty or too long.
    pub fn of(list: Vec<Node>) -> Result<Self, String> {
        let leaves = u32::try_from(list.len()).ok().filter(|leaves| (1..=LEAVES_MAX).contains(leaves));
        let leaves = leaves.ok_or_else(|| format!("{} leaves; 1 to {LEAVES_MAX} fit", list.len()))?;
        let (mut levels, mut empty) = (vec![list], vec![Node::default()]);
        for _ in 0..depth(leaves) {
            let blank = empty.last().copied().unwrap_or_default();
            let below = levels.last().map(Vec::as_slice).unwrap_or_default();
            let above = below.chunks(2).map(|pair| match pair {
                [left, right] => Node::over(left, right),
                [left] => Node::over(left, &blank),
                _ => blank,
            });
            let above = above.collect();
            levels.push(above);
            empty.push(Node::over(&blank, &blank));
        }
        Ok(Self { levels, empty })
    }

    /// The root.
    pub fn root(&self) -> Node {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_default()
    }

    /// The proof of an index, from the leaf up; none if there is no such leaf.
    pub fn proof(&self, index: u32) -> Option<Vec<Node>> {
        let mut place = usize::try_from(index).ok()?;
        self.levels.first()?.get(place)?;
        let below_root = self.levels.len().saturating_sub(1);
        let siblings = self.levels.iter().zip(&self.empty).take(below_root).map(|(level, blank)| {
            let sibling = level.get(place ^ 1).copied().unwrap_or(*blank);
            place >>= 1;
            sibling
        });
        Some(siblings.collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(leaves: u32) -> Vec<Node> {
        (0..leaves).map(|index| Node::leaf(&[&index.to_be_bytes()])).collect()
    }

    /// The definition, without levels.
    fn naive_root(list: &[Node]) -> Node {
        let mut level = list.to_vec();
        level.resize(list.len().next_power_of_two(), Node::default());
        while let [_, _, ..] = level[..] {
            level = level.chunks(2).map(|pair| Node::over(&pair[0], &pair[1])).collect();
        }
        level[0]
    }

    #[test]
    fn every_proof_of_every_small_tree_holds_and_nowhere_else() {
        for leaves in 1..=17 {
            let list = list(leaves);
            let tree = Tree::of(list.clone()).unwrap();
            assert_eq!(tree.root(), naive_root(&list), "{leaves}");
            for (index, leaf) in (0..leaves).zip(&list) {
                let proof = tree.proof(index).unwrap();
                for other in 0..=leaves {
                    let holds = is_under(&tree.root(), leaves, other, *leaf, &proof);
                    assert_eq!(holds, other == index, "{leaves} {index} {other}");
                }
            }
            assert_eq!(tree.proof(leaves), None);
        }
    }

    #[test]
    fn an_inner_node_is_no_leaf_and_a_longer_proof_no_proof() {
        let tree = Tree::of(list(4)).unwrap();
        let inner = tree.levels[1][0];
        assert!(!is_under(&tree.root(), 4, 0, inner, &[tree.levels[1][1]]));
        assert!(
            is_under(&tree.root(), 2, 0, inner, &[tree.levels[1][1]]),
            "only a lie about the count could"
        );
        let mut proof = tree.proof(0).unwrap();
        proof.push(Node::default());
        assert!(!is_under(&tree.root(), 4, 0, tree.levels[0][0], &proof));
    }

    #[test]
    fn the_largest_tree_has_the_longest_proof() {
        assert_eq!([1, 2, 3, 4, 5, LEAVES_MAX].map(depth), [0, 1, 2, 2, 3, DEPTH_MAX]);
        assert!(Tree::of(Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn nodes_read_back(bytes: [u8; 32], text: String) {
            prop_assert_eq!(Node(bytes).to_string().parse(), Ok(Node(bytes)));
            if let Ok(node) = text.parse::<Node>() {
                prop_assert_eq!(node.to_string(), text.to_lowercase());
            }
        }

        #[test]
        fn a_changed_proof_fails(leaves in 2_u32..200, index: u32, at: usize, bit in 0_u8..8) {
            let (list, index) = (list(leaves), index % leaves);
            let tree = Tree::of(list.clone()).unwrap();
            let mut proof = tree.proof(index).unwrap();
            let place = at % (proof.len() * 32);
            proof[place / 32].0[place % 32] ^= 1 << bit;
            let leaf = list[usize::try_from(index).unwrap()];
            prop_assert!(!is_under(&tree.root(), leaves, index, leaf, &proof));
        }
    }
}
