//! Growing the tree by a whole height at once: the nodes and the root of the crate `jmt`, on all cores.
//!
//! The crate applies one key after another on one core. Here a height's changes are sorted by key hash and go down the
//! tree together, so that each node is read, hashed and written once; the sixteen subtrees of the root are independent
//! and grow in parallel. The format is the crate's, which reads and proves the tree, and is the oracle of the tests.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{
    Halt,
    hash::{Hash, sha256},
};
use rayon::prelude::*;

use super::{Change, EMPTY_ROOT, TreeUpdate, committed_value, key_hash};
use crate::backend::Backend;
use crate::column::Column;
use crate::record;

/// A node, encoded as the crate encodes it.
#[derive(BorshSerialize, BorshDeserialize)]
enum Node {
    Null,
    Internal { children: Box<[Option<Child>; 16]>, count: u64, leaf_count: u64 },
    Leaf(Leaf),
}

#[derive(Clone, Copy, BorshSerialize, BorshDeserialize)]
struct Leaf {
    key: Hash,
    value: Hash,
}

/// What a node knows of a child.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
struct Child {
    hash: Hash,
    version: u64,
    kind: Kind,
}

#[derive(Clone, BorshSerialize, BorshDeserialize)]
enum Kind {
    Leaf,
    Internal { leaf_count: u64 },
}

impl Child {
    fn is_leaf(&self) -> bool {
        matches!(self.kind, Kind::Leaf)
    }

    fn leaf_count(&self) -> u64 {
        match self.kind {
            Kind::Leaf => 1,
            Kind::Internal { leaf_count } => leaf_count,
        }
    }
}

impl Leaf {
    fn hash(&self) -> Hash {
        joined(b"JMT::LeafNode", &self.key, &self.value)
    }
}

/// A change by hashes: the value's, or `None` for a removal.
struct Edit {
    key: Hash,
    value: Option<Hash>,
    /// Whether the key was there before.
    replaces: bool,
}

/// What became of a subtree.
enum Grown {
    Empty,
    /// One leaf, which stands wherever its parent puts it.
    Leaf(Leaf),
    /// As it was, or an inner node that was written at its place.
    Placed(Child),
}

/// Nodes that a height makes, and keys of those that it leaves.
#[derive(Default)]
struct Output {
    nodes: Vec<(Vec<u8>, Vec<u8>)>,
    stale: Vec<Vec<u8>>,
}

/// Nibbles from the root down.
#[derive(Clone, Default)]
struct Path(Vec<u8>);

impl Path {
    fn child(&self, nibble: usize) -> Self {
        let mut nibbles = Vec::with_capacity(self.0.len() + 1);
        nibbles.extend_from_slice(&self.0);
        nibbles.push(nibble as u8); // below 16
        Self(nibbles)
    }

    /// The key of a node at this place: version, number of nibbles, nibbles two to a byte.
    fn node_key(&self, version: u64) -> Vec<u8> {
        let mut key = Vec::with_capacity(9 + self.0.len().div_ceil(2));
        key.extend_from_slice(&version.to_be_bytes());
        key.push(self.0.len() as u8); // at most 64
        key.extend(self.0.chunks(2).map(|pair| (pair[0] << 4) | pair.get(1).copied().unwrap_or(0)));
        key
    }
}

fn nibble(hash: &Hash, depth: usize) -> usize {
    let byte = hash[depth / 2];
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 15 })
}

/// Applies the changes of a height to the tree at version `stands`, if there is one, as version `version`.
pub(super) fn update(
    backend: &dyn Backend,
    stands: Option<u64>,
    version: u64,
    changes: &[Change],
) -> Result<TreeUpdate, Halt> {
    let mut edits: Vec<Edit> = changes
        .par_iter()
        .with_min_len(64)
        .map(|change| Edit {
            key: key_hash(&change.key),
            value: change.after.as_deref().map(|value| sha256(&committed_value(value))),
            replaces: change.before.is_some(),
        })
        .collect();
    edits.par_sort_unstable_by_key(|edit| edit.key);
    let grower = Grower { backend, version };
    let (root, path) = (Path::default(), Path::default());
    let mut output = Output::default();
    let old = match stands {
        None => Node::Null,
        Some(version) => grower.take(&path, version, &mut output)?,
    };
    let grown = match old {
        Node::Null => grower.build(&path, leaves(&edits), &mut output)?,
        Node::Leaf(leaf) => grower.build(&path, with_leaf(&edits, leaf), &mut output)?,
        Node::Internal { children, .. } => grower.spread(&path, *children, &edits, true, &mut output)?,
    };
    let root_hash = match grown {
        Grown::Empty => grower.place(&root, &Node::Null, EMPTY_ROOT, &mut output)?,
        Grown::Leaf(leaf) => grower.place(&root, &Node::Leaf(leaf), leaf.hash(), &mut output)?,
        Grown::Placed(child) => child.hash,
    };
    Ok(TreeUpdate { root: root_hash, nodes: output.nodes, stale: output.stale })
}

fn leaves(edits: &[Edit]) -> Vec<Leaf> {
    edits.iter().filter_map(|edit| edit.value.map(|value| Leaf { key: edit.key, value })).collect()
}

/// What edits leave where one leaf stood.
fn with_leaf(edits: &[Edit], old: Leaf) -> Vec<Leaf> {
    let mut leaves = leaves(edits);
    if let Err(at) = edits.binary_search_by_key(&old.key, |edit| edit.key) {
        let before = edits[..at].iter().filter(|edit| edit.value.is_some()).count();
        leaves.insert(before, old);
    }
    leaves
}

struct Grower<'a> {
    backend: &'a dyn Backend,
    version: u64,
}

impl Grower<'_> {
    /// Reads a node that this height replaces.
    fn take(&self, path: &Path, version: u64, output: &mut Output) -> Result<Node, Halt> {
        let key = path.node_key(version);
        let bytes = self.backend.get(Column::Tree, &key)?;
        let bytes = bytes.ok_or_else(|| {
            Halt::new(format!(
                "node {} of the state tree is missing: the store is damaged",
                hex::encode(&key)
            ))
        })?;
        output.stale.push(key);
        record::decode(Column::Tree, &bytes)
    }

    fn place(&self, path: &Path, node: &Node, hash: Hash, output: &mut Output) -> Result<Hash, Halt> {
        output.nodes.push((path.node_key(self.version), record::encode(node)?));
        Ok(hash)
    }

    /// The subtree at `path` after edits that all lie in it.
    fn edit(
        &self,
        path: &Path,
        old: Option<Child>,
        edits: &[Edit],
        output: &mut Output,
    ) -> Result<Grown, Halt> {
        let Some(child) = old else { return self.build(path, leaves(edits), output) };
        match edits {
            [] => return Ok(Grown::Placed(child)),
            // The one key of a one-leaf subtree: there is nothing to learn from the old leaf.
            [edit] if child.is_leaf() && edit.replaces => {
                output.stale.push(path.node_key(child.version));
                return Ok(edit
                    .value
                    .map_or(Grown::Empty, |value| Grown::Leaf(Leaf { key: edit.key, value })));
            }
            _ => {}
        }
        match self.take(path, child.version, output)? {
            Node::Leaf(leaf) => self.build(path, with_leaf(edits, leaf), output),
            Node::Internal { children, .. } => self.spread(path, *children, edits, false, output),
            Node::Null => Err(Halt::new("an empty node stands inside the state tree: the store is damaged")),
        }
    }

    /// Spreads edits over the children of an inner node; `parallel` at the root only, where the work is.
    fn spread(
        &self,
        path: &Path,
        children: [Option<Child>; 16],
        edits: &[Edit],
        parallel: bool,
        output: &mut Output,
    ) -> Result<Grown, Halt> {
        let depth = path.0.len();
        let mut rest = edits;
        let groups: Vec<(usize, Option<Child>, &[Edit])> = children
            .into_iter()
            .enumerate()
            .map(|(at, child)| {
                let (group, after) =
                    rest.split_at(rest.partition_point(|edit| nibble(&edit.key, depth) <= at));
                rest = after;
                (at, child, group)
            })
            .collect();
        if !parallel {
            let grown =
                groups.into_iter().map(|(at, child, group)| self.edit(&path.child(at), child, group, output));
            let grown = grown.collect::<Result<Vec<_>, Halt>>()?;
            return self.join(path, grown, output);
        }
        let apart: Vec<(Grown, Output)> = groups
            .into_par_iter()
            .map(|(at, child, group)| {
                let mut own = Output::default();
                Ok((self.edit(&path.child(at), child, group, &mut own)?, own))
            })
            .collect::<Result<_, Halt>>()?;
        let mut grown = Vec::with_capacity(16);
        for (subtree, own) in apart {
            output.nodes.extend(own.nodes);
            output.stale.extend(own.stale);
            grown.push(subtree);
        }
        self.join(path, grown, output)
    }

    /// A subtree of sorted leaves where nothing stood that is kept.
    fn build(&self, path: &Path, leaves: Vec<Leaf>, output: &mut Output) -> Result<Grown, Halt> {
        match leaves.as_slice() {
            [] => return Ok(Grown::Empty),
            [leaf] => return Ok(Grown::Leaf(*leaf)),
            _ => {}
        }
        let depth = path.0.len();
        let mut rest = leaves.as_slice();
        let mut grown = Vec::with_capacity(16);
        for at in 0..16 {
            let (group, after) = rest.split_at(rest.partition_point(|leaf| nibble(&leaf.key, depth) <= at));
            rest = after;
            grown.push(self.build(&path.child(at), group.to_vec(), output)?);
        }
        self.join(path, grown, output)
    }

    /// Joins sixteen subtrees: nothing, a lone leaf that rises, or an inner node that is written here.
    fn join(&self, path: &Path, grown: Vec<Grown>, output: &mut Output) -> Result<Grown, Halt> {
        let mut present = grown.iter().enumerate().filter(|(_, subtree)| !matches!(subtree, Grown::Empty));
        match (present.next(), present.next()) {
            (None, _) => return Ok(Grown::Empty),
            (Some((_, Grown::Leaf(leaf))), None) => return Ok(Grown::Leaf(*leaf)),
            (Some((at, Grown::Placed(child))), None) if child.is_leaf() => {
                return match self.take(&path.child(at), child.version, output)? {
                    Node::Leaf(leaf) => Ok(Grown::Leaf(leaf)),
                    _ => Err(Halt::new("a leaf of the state tree is none: the store is damaged")),
                };
            }
            _ => {}
        }
        let mut children: Box<[Option<Child>; 16]> = Box::default();
        for ((at, subtree), slot) in grown.into_iter().enumerate().zip(children.iter_mut()) {
            *slot = match subtree {
                Grown::Empty => None,
                Grown::Placed(child) => Some(child),
                Grown::Leaf(leaf) => {
                    let hash = self.place(&path.child(at), &Node::Leaf(leaf), leaf.hash(), output)?;
                    Some(Child { hash, version: self.version, kind: Kind::Leaf })
                }
            };
        }
        let hash = inner_hash(children.as_slice());
        let count = children.iter().flatten().count() as u64;
        let leaf_count = children.iter().flatten().map(Child::leaf_count).sum();
        self.place(path, &Node::Internal { children, count, leaf_count }, hash, output)?;
        Ok(Grown::Placed(Child { hash, version: self.version, kind: Kind::Internal { leaf_count } }))
    }
}

/// The hash of two hashes under a name of at most 16 bytes.
fn joined(name: &[u8], left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; 16 + 32 + 32];
    let mut end = 0;
    for part in [name, left, right] {
        bytes[end..end + part.len()].copy_from_slice(part);
        end += part.len();
    }
    sha256(&bytes[..end])
}

/// The hash of a slice of children as a binary tree: an empty half is the placeholder, and a half with one leaf is
/// that leaf.
fn inner_hash(children: &[Option<Child>]) -> Hash {
    let mut present = children.iter().flatten();
    match (present.next(), present.next()) {
        (None, _) => EMPTY_ROOT,
        (Some(only), None) if only.is_leaf() || children.len() == 1 => only.hash,
        _ => {
            let (left, right) = children.split_at(children.len() / 2);
            joined(b"JMT::IntrnalNode", &inner_hash(left), &inner_hash(right))
        }
    }
}
