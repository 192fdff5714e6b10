//! Whatever modules of the chain's own list attest, through the driver: asked for, signed, proposed, judged and
//! executed. A list in which no module does carries nothing.

use bytes::Bytes;
use chortle_app::{MODULES, block::Injected};
use chortle_consensus::{
    Application,
    application::{ProposalRequest, Verdict},
};
use chortle_kernel::{
    block::consensus_address,
    vote_extension::{VotePoint, sign_bytes},
};
use ed25519_dalek::{Signer, SigningKey};

use crate::{
    Attesting,
    bad::{altered, block},
};

/// Validators besides the driver's own.
const SECONDS: u8 = 3;
const REFUSED: &str = "app.attestation_refused";

fn attests() -> bool {
    MODULES.modules().any(|module| module.attestation.is_some())
}

fn refusals(chain: &Attesting, height: u64) -> usize {
    let events = chain.engine.chain.block_events(height).unwrap().unwrap();
    events.iter().filter(|event| event.kind == REFUSED).count()
}

/// The next request and what an honest proposer answers, if there is something to attest.
fn asked() -> Option<(Attesting, ProposalRequest, Bytes)> {
    let chain = Attesting::with_seconds(&MODULES, SECONDS);
    for _ in 0..3 {
        chain.block();
    }
    let request = chain.asked();
    let honest = chain.engine.chain.prepare(request.clone());
    assert_eq!(honest.len(), usize::from(attests()));
    honest.into_iter().next().map(|entry| (chain, request, entry))
}

#[test]
fn what_the_list_attests_is_in_every_block_but_the_first() {
    let chain = Attesting::with_seconds(&MODULES, SECONDS);
    assert!(chain.block().block.txs.is_empty(), "nobody voted before the first block");
    for _ in 0..5 {
        let produced = chain.block();
        assert_eq!(produced.block.txs.len(), usize::from(attests()));
        assert!(produced.outcome.txs.iter().all(|tx| (tx.code, tx.gas_used) == (0, 0)));
        assert_eq!(refusals(&chain, produced.height), 0, "a module refuses what honest validators attest");
    }
}

#[test]
fn a_proposer_that_lies_about_the_list_gets_no_vote() {
    let Some((chain, request, honest)) = asked() else { return };
    let lie = altered(&honest, |_, votes| {
        let mut bytes = votes[0].extension.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        votes[0].extension = chortle_kernel::Bytes::parse(bytes).unwrap();
    });
    let verdict = chain.engine.chain.process(&block(&request, vec![lie]));
    assert!(matches!(&verdict, Verdict::Reject(reason) if reason.contains("app.27 ")), "{verdict:?}");
    assert_eq!(chain.engine.chain.process(&block(&request, vec![honest])), Verdict::Accept);
}

/// It signs what it says, so its vote counts and only the module can tell: it may refuse, and every invariant holds.
#[test]
fn a_validator_that_lies_to_the_list_stops_nothing() {
    let Some((chain, request, honest)) = asked() else { return };
    let lie = altered(&honest, |injected, votes| {
        let key = SigningKey::from_bytes(&[1; 32]);
        let voter = consensus_address(&key.verifying_key().to_bytes());
        let vote = votes.iter_mut().find(|vote| vote.validator == voter).unwrap();
        let mut bytes = vote.extension.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        let status = chain.engine.chain.status().unwrap();
        let round = request.header.last_commit.round;
        let at = VotePoint { chain_id: &status.chain_id, height: injected.height, round };
        vote.signature = key.sign(&sign_bytes(&bytes, at)).to_bytes();
        vote.extension = chortle_kernel::Bytes::parse(bytes).unwrap();
    });
    assert_ne!(lie, honest);
    let decided = block(&request, vec![lie]);
    assert_eq!(chain.engine.chain.process(&decided), Verdict::Accept);
    let outcome = chain.engine.chain.finalize(decided).unwrap();
    assert_eq!(outcome.txs[0].code, 0, "its signature is its own");
    chain.engine.chain.commit().unwrap();
    assert!(refusals(&chain, request.header.height) <= MODULES.modules().count());
    assert_eq!(Injected::decode(&honest).unwrap().votes.len(), usize::from(SECONDS) + 1);
}
