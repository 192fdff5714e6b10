//! The crate `jmt` growing a tree by itself, one key after another: what our tree is compared with.
//!
//! A height takes two versions of the crate's tree: removals run at `2 * height`, insertions at `2 * height + 1`,
//! because only insertions can share the hashing of inner nodes. The root of a height is the one at the odd version.

use std::collections::BTreeSet;

use chortle_kernel::hash::sha256;
use chortle_store::{Backend, Change, Column, TreeUpdate, committed_value};
use jmt::storage::{LeafNode, NibblePath, Node, NodeBatch, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{KeyHash, OwnedValue, Sha256Jmt};

fn version(height: u64) -> u64 {
    2 * height + 1
}

fn root_key(version: u64) -> NodeKey {
    NodeKey::new(version, std::iter::empty().collect::<NibblePath>())
}

/// Version, number of nibbles, nibbles two to a byte.
fn encode_node_key(key: &NodeKey) -> Vec<u8> {
    let path = key.nibble_path();
    let mut out = Vec::with_capacity(8 + 1 + path.num_nibbles().div_ceil(2));
    out.extend_from_slice(&key.version().to_be_bytes());
    // A path has at most 64 nibbles.
    out.push(path.num_nibbles() as u8);
    for (at, nibble) in path.nibbles().enumerate() {
        let nibble = nibble.as_usize() as u8;
        match out.last_mut() {
            Some(byte) if at % 2 == 1 => *byte |= nibble,
            _ => out.push(nibble << 4),
        }
    }
    out
}

fn load(backend: &dyn Backend, key: &NodeKey) -> anyhow::Result<Option<Node>> {
    let bytes = backend.get(Column::Tree, &encode_node_key(key))?;
    Ok(bytes.map(|bytes| borsh::from_slice(&bytes)).transpose()?)
}

/// The tree below the version that is being built.
struct Below<'a> {
    backend: &'a dyn Backend,
    /// The root key that the crate will ask for, and the version at which that root really stands, if any
    /// does.
    asked: u64,
    stands: Option<u64>,
    /// Nodes of the same height that are not written yet.
    fresh: Option<&'a NodeBatch>,
}

impl TreeReader for Below<'_> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        if let Some(node) = self.fresh.and_then(|fresh| fresh.get_node(key)) {
            return Ok(Some(node.clone()));
        }
        if key.version() == self.asked && key.nibble_path().is_empty() {
            let Some(version) = self.stands else { return Ok(Some(Node::Null)) };
            return load(self.backend, &root_key(version));
        }
        load(self.backend, key)
    }

    fn get_value_option(&self, _: u64, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        anyhow::bail!("building the tree asks for no values")
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("the tree is never restored leaf by leaf")
    }
}

/// A pass over the tree: its root, new nodes and nodes left.
type Pass = ([u8; 32], TreeUpdateBatch);

fn remove(below: &Below<'_>, version: u64, removed: Vec<KeyHash>) -> anyhow::Result<Pass> {
    let removals = removed.into_iter().map(|key| (key, None));
    let (root, update) = Sha256Jmt::new(below).put_value_set(removals, version)?;
    Ok((root.0, update))
}

fn insert(below: &Below<'_>, version: u64, put: Vec<(KeyHash, OwnedValue)>) -> anyhow::Result<Pass> {
    let (roots, update) = Sha256Jmt::new(below).batch_put_value_sets(vec![put], None, version)?;
    let root = roots.first().ok_or_else(|| anyhow::anyhow!("the tree gave no root"))?;
    Ok((root.0, update))
}

fn build(
    backend: &dyn Backend,
    stands: Option<u64>,
    height: u64,
    changes: &[Change],
) -> anyhow::Result<TreeUpdate> {
    let mut removed = Vec::new();
    let mut put = Vec::with_capacity(changes.len());
    for change in changes {
        let hash = KeyHash(sha256(&change.key));
        match &change.after {
            Some(value) => put.push((hash, committed_value(value).into_owned())),
            None => removed.push(hash),
        }
    }
    let last = version(height);
    let middle = last - 1;
    let below = Below { backend, asked: middle, stands, fresh: None };
    let (root, passes) = if put.is_empty() {
        // Without any change this copies the root, so that every height has one.
        let (root, only) = remove(&below, last, removed)?;
        (root, vec![only])
    } else if removed.is_empty() {
        let (root, only) = insert(&below, last, put)?;
        (root, vec![only])
    } else {
        let first = Below { backend, asked: middle - 1, stands, fresh: None };
        let (_, removals) = remove(&first, middle, removed)?;
        let second = Below { backend, asked: middle, stands: None, fresh: Some(&removals.node_batch) };
        let (root, insertions) = insert(&second, last, put)?;
        (root, vec![removals, insertions])
    };
    kept(root, &passes, stands, last)
}

/// Keeps what outlives the height: no node that it both made and left, and no root but its own.
fn kept(
    root: [u8; 32],
    passes: &[TreeUpdateBatch],
    stands: Option<u64>,
    last: u64,
) -> anyhow::Result<TreeUpdate> {
    let is_made = |key: &NodeKey| passes.iter().any(|pass| pass.node_batch.get_node(key).is_some());
    let is_other_root = |key: &NodeKey| key.nibble_path().is_empty() && key.version() != last;
    let stale = passes.iter().flat_map(|pass| &pass.stale_node_index_batch).map(|index| &index.node_key);
    // Versions only rise, so a node made at this height is left at this height or not at all.
    let (left_fresh, left): (BTreeSet<_>, Vec<_>) = {
        let (fresh, old): (Vec<_>, Vec<_>) = stale.partition(|key| is_made(key));
        (fresh.into_iter().collect(), old)
    };
    let left = left.into_iter().filter(|key| !is_other_root(key)).map(encode_node_key);
    let left = left.chain(stands.map(|version| encode_node_key(&root_key(version)))).collect();
    let made = passes.iter().flat_map(|pass| pass.node_batch.nodes());
    let kept = made.filter(|(key, _)| !left_fresh.contains(*key) && !is_other_root(key));
    let encoded = kept.map(|(key, node)| Ok((encode_node_key(key), borsh::to_vec(node)?)));
    Ok(TreeUpdate { root, nodes: encoded.collect::<anyhow::Result<_>>()?, stale: left })
}

/// The tree at `height` from the tree one height lower, or from nothing.
pub fn apply(
    backend: &dyn Backend,
    from_nothing: bool,
    height: u64,
    changes: &[Change],
) -> anyhow::Result<TreeUpdate> {
    let stands = height.checked_sub(1).filter(|_| !from_nothing).map(version);
    build(backend, stands, height, changes)
}
