//! The commitment to the state: a Jellyfish Merkle tree over SHA-256, its root a function of the set of
//! entries alone.

mod update;

use std::borrow::Cow;

use chortle_kernel::{Halt, ReadState, hash::sha256};
use jmt::storage::{HasPreimage, LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Sha256Jmt};
use prost013::Message;

use crate::backend::Backend;
use crate::column::Column;
use crate::pinned_state::PinnedState;
use crate::record;

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
    fn root(&self, view: &PinnedState) -> Result<[u8; 32], Halt>;

    /// A value with its ICS-23 proof at the height of a view. The state at that height is not empty.
    fn prove(&self, view: &PinnedState, key: &[u8]) -> Result<Proof, Halt>;
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

/// The tree of the crate `jmt`: grown by [`update`] a whole height at once, read and proved by the crate.
///
/// Height `h` is version `2h + 1`, the one at which the crate's own two passes would leave its root: removals at
/// `2h`, then insertions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jmt;

fn version(height: u64) -> u64 {
    height.saturating_mul(2).saturating_add(1)
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

impl StateTree for Jmt {
    fn apply(
        &self,
        backend: &dyn Backend,
        from_nothing: bool,
        height: u64,
        changes: &[Change],
    ) -> Result<TreeUpdate, Halt> {
        let stands = height.checked_sub(1).filter(|_| !from_nothing).map(version);
        update::update(backend, stands, version(height), changes)
    }

    fn root(&self, view: &PinnedState) -> Result<[u8; 32], Halt> {
        let height = view.height();
        let root = Sha256Jmt::new(view).get_root_hash(version(height));
        root.map(|root| root.0).map_err(|error| halt("reading", height, &error))
    }

    fn prove(&self, view: &PinnedState, key: &[u8]) -> Result<Proof, Halt> {
        let height = view.height();
        let value = view.get(key)?;
        let (_, proof) = Sha256Jmt::new(view)
            .get_with_ics23_proof(key.to_vec(), version(height))
            .map_err(|error| halt("proving a key in", height, &error))?;
        Ok(Proof { key: key.to_vec(), value, proof_bytes: proof.encode_to_vec() })
    }
}

/// Proofs read values where the state keeps them: the tree itself holds only hashes.
impl TreeReader for PinnedState {
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

impl HasPreimage for PinnedState {
    fn preimage(&self, hash: KeyHash) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.backend().get(Column::Preimage, &hash.0)?)
    }
}
