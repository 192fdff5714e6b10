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

/// What proofs hold for a value: itself, but one of nothing but the byte `0xee`, the empty one included, stands one such
/// byte longer.
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

#[cfg(test)]
mod tests {
    use chortle_store::{Identity, Options, Store, committed_value};

    use super::*;

    #[test]
    fn the_specification_is_that_of_the_tree() {
        assert_eq!(proof_spec(), chortle_store::proof_spec());
        for value in [&b""[..], b"\xee", b"\xee\xee", b"a", b"\xee\x00"] {
            assert_eq!(committed(value), committed_value(value), "{value:?}");
        }
    }

    #[test]
    fn what_the_store_proves_is_believed_and_nothing_else() {
        let store = Store::memory(Options::default()).expect("memory");
        let identity = Identity { chain_id: "light-1".to_owned(), genesis_hash: [1; 32] };
        let values = [(b"a".to_vec(), Some(b"one".to_vec())), (b"empty".to_vec(), Some(Vec::new()))];
        store.init_genesis(&identity, 1, values.into()).expect("a genesis");
        let staged = store.stage(1, [(b"b".to_vec(), Some(b"two".to_vec()))].into()).expect("a height");
        let root = staged.app_hash;
        store.commit(staged, None).expect("it is written");
        for (key, value) in [("a", Some("one")), ("b", Some("two")), ("empty", Some("")), ("c", None)] {
            let proof = store.prove(key.as_bytes(), 1).expect("a proof");
            let value = value.map(str::as_bytes);
            assert_eq!(proof.value.as_deref(), value);
            let proof = proof.proof_bytes;
            verify(&root, key.as_bytes(), value, &proof).unwrap_or_else(|error| panic!("{key}: {error}"));
            let other = if value.is_some() { None } else { Some(&b"one"[..]) };
            assert!(verify(&root, key.as_bytes(), other, &proof).is_err(), "{key}");
            assert!(verify(&root, key.as_bytes(), Some(b"three"), &proof).is_err(), "{key}");
            assert!(verify(&root, b"a key", value, &proof).is_err(), "{key}");
            assert!(verify(&[9; 32], key.as_bytes(), value, &proof).is_err(), "{key}");
            let cut = &proof[..proof.len() / 2];
            assert!(verify(&root, key.as_bytes(), value, cut).is_err(), "{key}");
        }
    }
}
