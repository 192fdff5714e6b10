//! A value of the state, or its absence, under an app hash.

use std::borrow::Cow;

use ics23::{
    CommitmentProof, HashOp, HostFunctionsManager, InnerSpec, LeafOp, LengthOp, ProofSpec, verify_membership,
    verify_non_membership,
};
use prost013::Message;

/// Before the hashes of a leaf.
pub const LEAF_PREFIX: &[u8] = b"JMT::LeafNode";
/// Before the hashes of an inner node's children.
pub const INNER_PREFIX: &[u8] = b"JMT::IntrnalNode";
/// Stands where a child is missing; the root of an empty state.
pub const EMPTY_CHILD: &[u8] = b"SPARSE_MERKLE_PLACEHOLDER_HASH__";
/// The byte that lengthens values which ICS-23 could not speak of.
const FILLER: u8 = 0xee;

/// Why a value is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The bytes are no proof.
    #[error("the proof cannot be read: {0}")]
    Unreadable(String),
    /// The proof is of something else.
    #[error("the proof does not show this {what} under this app hash")]
    NotShown {
        /// `value` or `absence`.
        what: &'static str,
    },
}

/// The ICS-23 specification of the chain's proofs.
pub fn proof_spec() -> ProofSpec {
    ProofSpec {
        leaf_spec: Some(LeafOp {
            hash: HashOp::Sha256.into(),
            prehash_key: HashOp::Sha256.into(),
            prehash_value: HashOp::Sha256.into(),
            length: LengthOp::NoPrefix.into(),
            prefix: LEAF_PREFIX.to_vec(),
        }),
        inner_spec: Some(InnerSpec {
            hash: HashOp::Sha256.into(),
            child_order: vec![0, 1],
            min_prefix_length: 16,
            max_prefix_length: 16,
            child_size: 32,
            empty_child: EMPTY_CHILD.to_vec(),
        }),
        min_depth: 0,
        max_depth: 64,
        prehash_key_before_comparison: true,
    }
}

/// What proofs hold for a value: itself, but one of nothing but the byte `0xee`, the empty one included, stands one
/// such byte longer.
pub fn committed(value: &[u8]) -> Cow<'_, [u8]> {
    if value.iter().all(|byte| *byte == FILLER) {
        return Cow::Owned([value, &[FILLER]].concat());
    }
    Cow::Borrowed(value)
}

/// Checks that a key has this value, or none, in the state with this app hash.
pub fn verify(app_hash: &[u8], key: &[u8], value: Option<&[u8]>, proof: &[u8]) -> Result<(), ValueError> {
    let proof = CommitmentProof::decode(proof).map_err(|error| ValueError::Unreadable(error.to_string()))?;
    let (spec, root) = (proof_spec(), app_hash.to_vec());
    let (shown, what) = match value {
        Some(value) => {
            let value = committed(value);
            (verify_membership::<HostFunctionsManager>(&proof, &spec, &root, key, &value), "value")
        }
        None => (verify_non_membership::<HostFunctionsManager>(&proof, &spec, &root, key), "absence"),
    };
    if shown { Ok(()) } else { Err(ValueError::NotShown { what }) }
}
