//! What a proposer could put into a block instead: each is refused with its code, and a decided one writes nothing.

use bytes::Bytes;
use chortle_app::block::{EXTENSION_BYTES_MAX, Injected, SignedExtension};
use chortle_consensus::{
    Application,
    application::{Block, CheckKind, ProposalRequest, Verdict, VoteExtension},
    driver::validator_key,
};
use chortle_kernel::{List, block::consensus_address};

use chortle_testkit::attest::{self, Conduct};

use crate::Attesting;

/// A chain at a height whose next block must carry attestations, with what an honest proposer would propose.
fn asked() -> (Attesting, ProposalRequest, Vec<Bytes>) {
    let chain = Attesting::honest();
    for _ in 0..3 {
        chain.block();
    }
    let request = chain.asked();
    let honest = chain.engine.chain.prepare(request.clone());
    assert_eq!(honest.len(), 1);
    (chain, request, honest)
}

pub fn block(request: &ProposalRequest, txs: Vec<Bytes>) -> Block {
    Block { header: request.header.clone(), hash: vec![9; 32], txs }
}

pub fn altered(honest: &Bytes, alter: impl FnOnce(&mut Injected, &mut Vec<SignedExtension>)) -> Bytes {
    let mut injected = Injected::decode(honest).unwrap();
    let mut votes: Vec<_> = injected.votes.iter().cloned().collect();
    alter(&mut injected, &mut votes);
    injected.votes = List::parse(votes).unwrap();
    injected.encode().into()
}

/// Every bad body with the code that refuses it.
fn bad_bodies(honest: &Bytes) -> Vec<(&'static str, Vec<Bytes>, u32)> {
    let one = |name, entry: Bytes, code| (name, vec![entry], code);
    let extension = |bytes: &[u8]| chortle_kernel::Bytes::parse(bytes.to_vec()).unwrap();
    vec![
        ("left out", vec![], 21),
        ("twice", vec![honest.clone(), honest.clone()], 20),
        one("no body", Bytes::from_static(&[0]), 23),
        one("cut short", honest.slice(..honest.len() - 1), 23),
        one("with a byte left over", [honest, &[0][..]].concat().into(), 23),
        one("for the height before", altered(honest, |injected, _| injected.height -= 1), 24),
        one("for the height after", altered(honest, |injected, _| injected.height += 1), 24),
        one("of nobody", altered(honest, |_, votes| votes.clear()), 28),
        one("of a stranger", altered(honest, |_, votes| votes[0].validator = [1; 20]), 25),
        one("of a voter twice", altered(honest, |_, votes| votes.push(votes[0].clone())), 25),
        one("of no form", altered(honest, |_, votes| votes[0].extension = extension(&[7; 40])), 26),
        one("of an empty list", altered(honest, |_, votes| votes[0].extension = extension(&[0; 4])), 26),
        one(
            "of silence that was not signed",
            altered(honest, |_, votes| votes[0].extension = extension(&[])),
            27,
        ),
        one(
            "of another value",
            altered(honest, |_, votes| {
                let mut bytes = votes[0].extension.to_vec();
                *bytes.last_mut().unwrap() ^= 1;
                votes[0].extension = extension(&bytes);
            }),
            27,
        ),
        one("of another signature", altered(honest, |_, votes| votes[0].signature[5] ^= 1), 27),
    ]
}

#[test]
fn a_block_with_bad_attestations_gets_no_vote() {
    let (chain, request, honest) = asked();
    for (name, txs, code) in bad_bodies(&honest[0]) {
        let Verdict::Reject(reason) = chain.engine.chain.process(&block(&request, txs)) else {
            panic!("{name} is accepted");
        };
        assert!(reason.contains(&format!("app.{code} ")), "{name}: {reason}");
    }
    assert_eq!(chain.engine.chain.process(&block(&request, honest)), Verdict::Accept);
}

#[test]
fn a_decided_block_with_bad_attestations_runs_to_its_end_without_them() {
    for (index, (name, ..)) in bad_bodies(&asked().2[0]).iter().enumerate() {
        let (chain, request, honest) = asked();
        let before = chain.agreed();
        let (_, txs, code) = bad_bodies(&honest[0]).swap_remove(index);
        let (entries, refused_at) = (txs.len(), txs.len().saturating_sub(1));
        let outcome = chain.engine.chain.finalize(block(&request, txs)).unwrap();
        assert_eq!(outcome.txs.len(), entries, "{name}");
        if let Some(refused) = outcome.txs.get(refused_at) {
            assert_eq!(
                (refused.code, refused.codespace.as_str(), refused.gas_used),
                (code, "app", 0),
                "{name}"
            );
        }
        chain.engine.chain.commit().unwrap();
        let written = if *name == "twice" { before.1 + 1 } else { before.1 };
        assert_eq!(chain.agreed().1, written, "{name}");
    }
}

#[test]
fn nobody_can_send_attestations() {
    let (chain, request, honest) = asked();
    for bytes in [honest[0].clone(), Bytes::from_static(&[0]), Bytes::from_static(&[0, 1, 2])] {
        let outcome = &chain.engine.chain.check(&[(bytes.clone(), CheckKind::New)])[0];
        assert_eq!((outcome.code, outcome.codespace.as_str()), (20, "app"), "{outcome:?}");
        let offered = ProposalRequest { txs: vec![bytes], ..request.clone() };
        assert_eq!(chain.engine.chain.prepare(offered), honest, "a proposer passes it over");
    }
}

#[test]
fn attestations_stand_first() {
    let (chain, request, honest) = asked();
    let replay = chortle_kernel::tx::Replay::Sequence(0);
    let (from, to) = (&chain.accounts[1], chain.accounts[0].address);
    let tx: Bytes = from.transfer(&chain.identity(), replay, 0, to, 5).unwrap().into();
    let verdict = chain.engine.chain.process(&block(&request, vec![tx.clone(), honest[0].clone()]));
    assert!(matches!(&verdict, Verdict::Reject(reason) if reason.contains("app.21 ")), "{verdict:?}");
    let good = chain.engine.chain.process(&block(&request, vec![honest[0].clone(), tx.clone()]));
    assert_eq!(good, Verdict::Accept);
    // Decided out of place, it is refused in its place, nothing is attested, and the rest runs.
    let before = chain.agreed();
    let outcome = chain.engine.chain.finalize(block(&request, vec![tx, honest[0].clone()])).unwrap();
    let codes = outcome.txs.iter().map(|tx| (tx.codespace.as_str(), tx.code)).collect::<Vec<_>>();
    assert_eq!(codes, [("", 0), ("app", 20)]);
    chain.engine.chain.commit().unwrap();
    assert_eq!(chain.agreed(), before);
}

#[test]
fn a_vote_is_refused_only_for_the_form_of_what_it_adds() {
    let (chain, request, honest) = asked();
    let signed = Injected::decode(&honest[0]).unwrap().votes[0].extension.to_vec();
    let judge = |bytes: &[u8]| {
        chain.engine.chain.verify_vote_extension(&VoteExtension {
            block_hash: vec![9; 32],
            validator: consensus_address(&validator_key()),
            height: request.header.height,
            extension: Bytes::copy_from_slice(bytes),
        })
    };
    let mut other = signed.clone();
    *other.last_mut().unwrap() ^= 1;
    for good in [&[][..], &signed, &other] {
        assert_eq!(judge(good), Verdict::Accept, "whether it is true is not judged");
    }
    let mut longer = signed.clone();
    longer.push(0);
    for bad in [&[0; 4][..], &[1], &longer, &signed[1..], &vec![0; EXTENSION_BYTES_MAX + 1]] {
        assert!(matches!(judge(bad), Verdict::Reject(_)), "{bad:?}");
    }
}

#[test]
fn more_than_two_thirds_attest_in_the_order_of_the_commit() {
    let chain = Attesting::with_seconds(attest::registry(Conduct::Honest), 3);
    for _ in 0..3 {
        chain.block();
    }
    let request = chain.asked();
    let honest = chain.engine.chain.prepare(request.clone()).swap_remove(0);
    assert_eq!(Injected::decode(&honest).unwrap().votes.len(), 4, "an honest proposer leaves nobody out");
    let judge = |entry: Bytes| chain.engine.chain.process(&block(&request, vec![entry]));
    let refused = |entry: Bytes, code: u32| {
        let verdict = judge(entry);
        let holds = matches!(&verdict, Verdict::Reject(reason) if reason.contains(&format!("app.{code} ")));
        assert!(holds, "{verdict:?}");
    };
    refused(altered(&honest, |_, votes| votes.swap(0, 1)), 25);
    refused(altered(&honest, |_, votes| votes.truncate(2)), 28);
    refused(altered(&honest, |_, votes| votes[1].signature = votes[0].signature), 27);
    assert_eq!(judge(altered(&honest, |_, votes| drop(votes.remove(1)))), Verdict::Accept, "three of four");
    // A vote whose extension has no form never stops a proposer: it is left out.
    let mut malformed = request.clone();
    malformed.extended_votes[2].extension = vec![7; 2_000];
    let proposed = chain.engine.chain.prepare(malformed).swap_remove(0);
    assert_eq!(Injected::decode(&proposed).unwrap().votes.len(), 3);
    assert_eq!(judge(proposed), Verdict::Accept);
}
