//! Proofs, verified by the crate that light clients use.
#![allow(missing_docs)]

mod common;

use chortle_kernel::hash::sha256;
use chortle_store::{Proof, ProveError, Store, committed_value, proof_spec};
use common::{Seeded, State, commit, identity, memory_with, naive_root, options};
use ics23::{CommitmentProof, HostFunctionsManager, verify_membership, verify_non_membership};
use prost013::Message;

fn exists(proof: &Proof, root: [u8; 32], key: &[u8], value: &[u8]) -> bool {
    let decoded = CommitmentProof::decode(proof.proof_bytes.as_slice()).unwrap();
    let value = committed_value(value);
    verify_membership::<HostFunctionsManager>(&decoded, &proof_spec(), &root.to_vec(), key, &value)
}

fn is_absent(proof: &Proof, root: [u8; 32], key: &[u8]) -> bool {
    let decoded = CommitmentProof::decode(proof.proof_bytes.as_slice()).unwrap();
    verify_non_membership::<HostFunctionsManager>(&decoded, &proof_spec(), &root.to_vec(), key)
}

fn some_state(count: u64) -> State {
    (0..count).map(|at| (format!("account-{at}").into_bytes(), at.to_be_bytes().to_vec())).collect()
}

fn flipped(mut root: [u8; 32]) -> [u8; 32] {
    root[31] ^= 1;
    root
}

#[test]
fn every_key_is_proved_and_no_other_value_or_root_passes() {
    let state = some_state(200);
    let root = naive_root(&state);
    let store = memory_with(&state, options(10));
    for (key, value) in &state {
        let proof = store.prove(key, 0).unwrap();
        assert_eq!((&proof.key, proof.value.as_ref()), (key, Some(value)));
        assert!(exists(&proof, root, key, value));
        assert!(!exists(&proof, root, key, b"another value"));
        assert!(!exists(&proof, flipped(root), key, value));
        assert!(!exists(&proof, root, b"account-x", value));
        assert!(!is_absent(&proof, root, key));
    }
}

#[test]
fn absence_is_proved_at_both_ends_and_in_the_middle_of_the_tree() {
    let state = some_state(200);
    let root = naive_root(&state);
    let store = memory_with(&state, options(10));
    let (first, last) = {
        let mut hashes: Vec<_> = state.keys().map(|key| sha256(key)).collect();
        hashes.sort();
        (hashes[0], hashes[hashes.len() - 1])
    };
    let (mut left, mut middle, mut right) = (0, 0, 0);
    for at in 0..20_000 {
        let key = format!("absent-{at}").into_bytes();
        let place = sha256(&key);
        let count = if place < first {
            &mut left
        } else if place > last {
            &mut right
        } else {
            &mut middle
        };
        *count += 1;
        // The middle is common, the ends are rare: all of the ends and some of the middle.
        if place < first || place > last || at % 100 == 0 {
            let proof = store.prove(&key, 0).unwrap();
            assert_eq!(proof.value, None);
            assert!(is_absent(&proof, root, &key), "{at}");
            assert!(!is_absent(&proof, flipped(root), &key));
            assert!(!is_absent(&proof, root, b"account-1"));
            assert!(!exists(&proof, root, &key, b""));
        }
    }
    assert!(left > 0 && middle > 0 && right > 0, "{left} {middle} {right}");
}

#[test]
fn a_state_of_one_key_proves_it_and_the_absence_of_others() {
    let state = State::from([(b"only".to_vec(), b"one".to_vec())]);
    let store = memory_with(&state, options(10));
    let root = naive_root(&state);
    assert!(exists(&store.prove(b"only", 0).unwrap(), root, b"only", b"one"));
    for at in 0..20u8 {
        assert!(is_absent(&store.prove(&[at], 0).unwrap(), root, &[at]));
    }
}

#[test]
fn proofs_hold_at_every_retained_height_while_keys_come_and_go() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path(), options(6)).unwrap();
    let mut seeded = Seeded(21);
    let mut states = vec![common::apply(&State::new(), &seeded.writes(40))];
    store.init_genesis(&identity(), 1, common::as_writes(&states[0])).unwrap();
    for height in 1..=40u64 {
        let mut writes = seeded.writes(20);
        writes.insert(b"anchor".to_vec(), Some(vec![1]));
        states.push(common::apply(&states[states.len() - 1], &writes));
        commit(&store, writes);
        for past in height.saturating_sub(5)..=height {
            let (state, root) = (&states[past as usize], store.app_hash(past).unwrap());
            for _ in 0..6 {
                let key = seeded.key();
                let proof = store.prove(&key, past).unwrap();
                assert_eq!(proof.value.as_ref(), state.get(&key));
                match state.get(&key) {
                    Some(value) => assert!(exists(&proof, root, &key, value)),
                    None => assert!(is_absent(&proof, root, &key)),
                }
            }
        }
    }
}

#[test]
fn empty_values_are_proved_and_share_a_root_with_no_other_value() {
    let values: [&[u8]; 5] = [b"", b"\xee", b"\xee\xee", b"\0", b"\xee\0"];
    let mut roots = std::collections::BTreeSet::new();
    for value in values {
        let mut state = some_state(50);
        state.insert(b"key".to_vec(), value.to_vec());
        let root = naive_root(&state);
        let store = memory_with(&state, options(10));
        let proof = store.prove(b"key", 0).unwrap();
        assert_eq!(proof.value.as_deref(), Some(value));
        for other in values {
            assert_eq!(exists(&proof, root, b"key", other), other == value);
        }
        // Every neighbour of an absent key has to be provable, whatever it holds.
        for at in 0..200u32 {
            let absent = at.to_be_bytes();
            assert!(is_absent(&store.prove(&absent, 0).unwrap(), root, &absent));
        }
        assert!(roots.insert(root));
    }
}

#[test]
fn what_has_no_proof_is_refused_with_its_reason() {
    let store = memory_with(&State::new(), options(10));
    assert_eq!(store.prove(b"", 0), Err(ProveError::EmptyKey));
    assert_eq!(store.prove(b"key", 0), Err(ProveError::EmptyState { height: 0 }));
    assert!(matches!(store.prove(b"key", 1), Err(ProveError::NotRetained(refusal)) if refusal.latest == 0));
}
