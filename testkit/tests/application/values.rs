//! What a stranger believes of the store.

use chortle_light::value::{committed, proof_spec, verify};
use chortle_store::{Identity, Options, Store, committed_value};

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
