//! Reserved places of the envelope, and the chain that a transaction is for: a refusal leaves no trace.

mod common;

use chortle_kernel::{
    AssetId, Bytes, List, codec, signature,
    tx::{Replay, Sender, Tx, TxBody},
};
use common::*;

fn good() -> TxBody {
    body("alice", 0, vec![pay("bob", 1)])
}

/// Signed by alice, whoever the body says sends.
fn with(change: impl Fn(&mut TxBody)) -> Vec<u8> {
    let mut body = good();
    change(&mut body);
    sign(body, &["alice"])
}

/// A transaction for each reserved place, with what its refusal names.
fn reserved() -> Vec<(&'static str, Vec<u8>)> {
    let proven = {
        let mut tx = codec::decode::<Tx>(&sign(good(), &["alice"])).unwrap();
        tx.proofs = List::parse(vec![Bytes::parse(vec![7]).unwrap()]).unwrap();
        tx.encode()
    };
    let mut places = vec![
        ("a sender by proof", with(|body| body.sender = Sender::Proof)),
        (
            "replay by nullifiers",
            with(|body| body.replay = Replay::Nullifiers(List::parse(vec![[7; 32]]).unwrap())),
        ),
        ("another asset", with(|body| body.fee.asset = AssetId(1))),
        ("a proof", proven),
    ];
    places.extend(signature::RESERVED_TAGS.map(|(tag, what)| (what, signed_by_tag(tag, &[7; 64]))));
    places
}

/// Signed with a tag and whatever follows it, to the end of the transaction.
fn signed_by_tag(tag: u8, trailing: &[u8]) -> Vec<u8> {
    [&codec::encode(&good())[..], &1_u32.to_le_bytes(), &[tag], trailing].concat()
}

#[test]
fn what_is_reserved_is_refused_by_its_code_and_writes_nothing() {
    for (place, bytes) in reserved() {
        let mut chain = Chain::new();
        chain.block(&[]);
        let before = chain.state.clone();
        let refusal = chain.send(bytes).unwrap_err();
        assert_eq!(refusal.code(), "tx.9", "{place}: {}", refusal.sentence);
        assert!(refusal.sentence.contains(place), "{place}: {}", refusal.sentence);
        let changed: Vec<_> =
            chain.state.iter().filter(|(key, value)| before.get(*key) != Some(value)).collect();
        assert_eq!(changed.len(), 1, "{place}: the last block, and nothing else");
    }
}

/// No one knows yet how long such a signature is, so nothing behind its tag can make it something else.
#[test]
fn a_reserved_signature_is_refused_by_its_code_whatever_follows_its_tag() {
    let refusal = |bytes: &[u8]| verified(bytes).err().unwrap();
    for (tag, what) in signature::RESERVED_TAGS {
        for length in [0, 1, 3, 4, 5, 64, 96, 1_024, 20_000] {
            for filling in [0, 1, tag, 0x7f, 0xff] {
                let found = refusal(&signed_by_tag(tag, &vec![filling; length]));
                assert_eq!(found.code(), "tx.9", "{tag} and {length} of {filling}: {}", found.sentence);
                assert!(found.sentence.contains(what), "{}", found.sentence);
            }
        }
        // Behind a signature of a known kind, and where more signatures are counted than there can be.
        let alone = sign(good(), &["alice"]);
        let first = &alone[codec::encode(&good()).len() + 4..alone.len() - 4];
        for count in [2_u32, 8, 9, u32::MAX] {
            let bytes = [&codec::encode(&good())[..], &count.to_le_bytes(), first, &[tag, 9, 9]].concat();
            assert_eq!(refusal(&bytes).code(), "tx.9", "{count}");
        }
    }
    for unknown in [6, 7, 0x80, 0xff] {
        assert_eq!(refusal(&signed_by_tag(unknown, &[0; 64])).code(), "tx.2", "{unknown}");
    }
}

#[test]
fn a_tag_that_nobody_reserved_is_malformed() {
    let bytes = sign(good(), &["alice"]);
    // The version, the chain's name with its length, the hash of its genesis; then the sender's tag.
    let sender_at = 1 + 4 + CHAIN_ID.len() + 32;
    assert_eq!(bytes[sender_at], 0);
    let mut unknown = bytes.clone();
    unknown[sender_at] = 2;
    assert_eq!(verified(&unknown).err().unwrap().code(), "tx.2");
}

#[test]
fn a_chain_that_starts_anew_under_its_old_name_replays_nothing() {
    let mut chain = Chain::new();
    let before_the_restart = with(|body| body.chain.genesis = [7; 32]);
    let refusal = chain.send(before_the_restart).unwrap_err();
    assert_eq!(refusal.code(), "app.14");
    assert!(refusal.sentence.contains(&hex::encode([7; 32])), "{}", refusal.sentence);
    assert_eq!((chain.nonce("alice"), chain.nlol("alice")), (0, START_NLOL));
    assert_eq!(chain.send(sign(good(), &["alice"])).unwrap().name, "");
}

#[test]
fn whatever_a_chain_starts_from_changes_its_name_for_good() {
    let (first, engine) = (sections(), engine());
    let named = start(&first, &engine).hash();
    assert_eq!(start(&sections(), &engine).hash(), named, "the same start, read again");
    let mut richer = sections();
    richer["token"]["accounts"][0]["balance"] = "1".into();
    let mut longer = engine;
    longer.block_bytes_max += 1;
    let of = |change: fn(&mut chortle_app::genesis::Start<'_>)| {
        let mut start = start(&first, &engine);
        change(&mut start);
        start.hash()
    };
    let others = [
        start(&richer, &engine).hash(),
        start(&first, &longer).hash(),
        of(|start| start.chain_id = "chortle-test-2"),
        of(|start| start.time_unix_ms += 1),
        of(|start| start.initial_height += 1),
    ];
    for (index, other) in others.iter().enumerate() {
        assert_ne!(*other, named, "{index}");
        assert!(!others[..index].contains(other), "{index}");
    }
}
