//! The commitment to the state: a Jellyfish Merkle tree over SHA-256, its root a function of the set of
//! entries alone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chortle_kernel::{Halt, ReadState, hash::sha256};
use jmt::storage::{
    HasPreimage, LeafNode, NibblePath, Node, NodeBatch, NodeKey, TreeReader, TreeUpdateBatch,
};
use jmt::{KeyHash, OwnedValue, Sha256Jmt};
use prost013::Message;

use crate::backend::Backend;
use crate::column::Column;
use crate::record;
use crate::view::View;

/// A key whose value differs from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key, never empty.
    pub key: Vec<u8>,
    /// Its value before.
    pub before: Option<Vec<u8>>,
    /// Its value now.
    pub after: Option<Vec<u8>>,
}

/// What applying changes does to the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The root over the changed state.
    pub root: [u8; 32],
    /// New nodes of [`Column::Tree`].
    pub nodes: Vec<(Vec<u8>, Vec<u8>)>,
    /// Keys of nodes that later heights do not reach.
    pub stale: Vec<Vec<u8>>,
}

/// A value, or its absence, with the proof of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The key.
    pub key: Vec<u8>,
    /// The value, or `None` if the key is absent.
    pub value: Option<Vec<u8>>,
    /// An encoded `ics23.CommitmentProof`, to be verified under [`crate::proof_spec`] against the key and the
    /// [`committed_value`] of the value.
    pub proof_bytes: Vec<u8>,
}

/// A versioned tree over the state whose nodes live in [`Column::Tree`].
pub trait StateTree: Send + Sync {
    /// The tree at `height` from the tree one height lower, or from nothing. Writes nothing.
    fn apply(
        &self,
        backend: &dyn Backend,
        from_nothing: bool,
        height: u64,
        changes: &[Change],
    ) -> Result<TreeUpdate, Halt>;

    /// The root at the height of a view.
    fn root(&self, view: &View) -> Result<[u8; 32], Halt>;

    /// A value with its ICS-23 proof at the height of a view. The state at that height is not empty.
    fn prove(&self, view: &View, key: &[u8]) -> Result<Proof, Halt>;
}

/// The root of an empty state.
pub const EMPTY_ROOT: [u8; 32] = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";

/// The byte that lengthens values which could not be proved as they are.
const FILLER: u8 = 0xee;

/// The bytes that the tree and its proofs hold for a value: the value itself, in all but a corner.
///
/// ICS-23 cannot speak of empty values, yet a key may hold one. So a value of nothing but the byte `0xee`,
/// the empty one included, stands one such byte longer; no two values share a commitment.
pub fn committed_value(value: &[u8]) -> Cow<'_, [u8]> {
    if value.iter().all(|byte| *byte == FILLER) {
        return Cow::Owned([value, &[FILLER]].concat());
    }
    Cow::Borrowed(value)
}

/// The hash that places a key in the tree.
pub(crate) fn key_hash(key: &[u8]) -> [u8; 32] {
    sha256(key)
}

/// The tree by the crate `jmt`.
///
/// A height takes two versions of the crate's tree: removals run at `2 * height`, insertions at `2 * height +
/// 1`, because only insertions can share the hashing of inner nodes. The root of a height is the one at the
/// odd version.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jmt;

fn version(height: u64) -> u64 {
    height.saturating_mul(2).saturating_add(1)
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
    Ok(bytes.map(|bytes| record::decode(Column::Tree, &bytes)).transpose()?)
}

fn halt(doing: &str, height: u64, error: &anyhow::Error) -> Halt {
    Halt::new(format!("{doing} the state tree at height {height} failed: {error:#}"))
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

impl Jmt {
    fn build(
        backend: &dyn Backend,
        stands: Option<u64>,
        height: u64,
        changes: &[Change],
    ) -> anyhow::Result<TreeUpdate> {
        let mut removed = Vec::new();
        let mut put = Vec::with_capacity(changes.len());
        for change in changes {
            let hash = KeyHash(key_hash(&change.key));
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
        Self::update(root, &passes, stands, last)
    }

    /// Keeps what outlives the height: no node that it both made and left, and no root but its own.
    fn update(
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
        let encoded = kept.map(|(key, node)| Ok((encode_node_key(key), record::encode(node)?)));
        Ok(TreeUpdate { root, nodes: encoded.collect::<Result<_, Halt>>()?, stale: left })
    }
}

impl StateTree for Jmt {
    fn apply(
        &self,
        backend: &dyn Backend,
        from_nothing: bool,
        height: u64,
        changes: &[Change],
    ) -> Result<TreeUpdate, Halt> {
        let below = height.checked_sub(1).filter(|_| !from_nothing).map(version);
        Self::build(backend, below, height, changes).map_err(|error| halt("building", height, &error))
    }

    fn root(&self, view: &View) -> Result<[u8; 32], Halt> {
        let height = view.height();
        let root = Sha256Jmt::new(view).get_root_hash(version(height));
        root.map(|root| root.0).map_err(|error| halt("reading", height, &error))
    }

    fn prove(&self, view: &View, key: &[u8]) -> Result<Proof, Halt> {
        let height = view.height();
        let value = view.get(key)?;
        let (_, proof) = Sha256Jmt::new(view)
            .get_with_ics23_proof(key.to_vec(), version(height))
            .map_err(|error| halt("proving a key in", height, &error))?;
        Ok(Proof { key: key.to_vec(), value, proof_bytes: proof.encode_to_vec() })
    }
}

/// The same tree, grown by a whole height at once on all cores; the crate `jmt` reads and proves it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batched;

impl StateTree for Batched {
    fn apply(
        &self,
        backend: &dyn Backend,
        from_nothing: bool,
        height: u64,
        changes: &[Change],
    ) -> Result<TreeUpdate, Halt> {
        let stands = height.checked_sub(1).filter(|_| !from_nothing).map(version);
        crate::grow::grow(backend, stands, version(height), changes)
    }

    fn root(&self, view: &View) -> Result<[u8; 32], Halt> {
        Jmt.root(view)
    }

    fn prove(&self, view: &View, key: &[u8]) -> Result<Proof, Halt> {
        Jmt.prove(view, key)
    }
}

/// Proofs read values where the state keeps them: the tree itself holds only hashes.
impl TreeReader for View {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        load(self.backend(), key)
    }

    fn get_value_option(&self, _: u64, hash: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        let Some(key) = self.preimage(hash)? else { return Ok(None) };
        Ok(self.get(&key)?.map(|value| committed_value(&value).into_owned()))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("the tree is never restored leaf by leaf")
    }
}

impl HasPreimage for View {
    fn preimage(&self, hash: KeyHash) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.backend().get(Column::Preimage, &hash.0)?)
    }
}
