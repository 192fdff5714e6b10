//! CometBFT requirements on proposals: what Prepare makes, Process accepts; neither changes committed state.

use bytes::Bytes;
use chortle_consensus::application::{Application, Verdict};
use chortle_testkit::solo::Solo;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{block, request};

const SEED: u64 = 20_261_121;

/// What a hostile mempool may hold: good, stale, early, repeated, cut, mutated and random bytes.
pub fn hostile(solo: &Solo, rng: &mut StdRng, count: usize) -> Vec<Bytes> {
    let mut txs: Vec<Bytes> = Vec::new();
    for _ in 0..count {
        let (from, to) = (rng.random_range(0..4), rng.random_range(0..4));
        let amount = if rng.random_bool(0.1) { u64::MAX >> 1 } else { rng.random_range(1..1_000_000_000) };
        let good = solo.transfer(from, rng.random_range(0..3), to, amount).unwrap();
        let tx = match rng.random_range(0..10) {
            0 => good.slice(..rng.random_range(0..good.len())),
            1 => {
                let mut bytes = good.to_vec();
                let at = rng.random_range(0..bytes.len());
                bytes[at] ^= 1 << rng.random_range(0..8);
                bytes.into()
            }
            2 => (0..rng.random_range(0..300)).map(|_| rng.random::<u8>()).collect::<Vec<_>>().into(),
            3 if !txs.is_empty() => txs[rng.random_range(0..txs.len())].clone(),
            4 => [good.as_ref(), &[0]].concat().into(),
            _ => good,
        };
        txs.push(tx);
    }
    txs
}

#[test]
fn an_own_proposal_is_always_accepted_and_never_too_large() {
    // Who proposes has run the block; who judges it here has not.
    let (solo, other) = (Solo::memory(4).unwrap(), Solo::memory(4).unwrap());
    let mut rng = StdRng::seed_from_u64(SEED);
    for round in 0..300 {
        let txs = hostile(&solo, &mut rng, 30);
        let bytes_max =
            if rng.random_bool(0.2) { rng.random_range(0..400) } else { rng.random_range(0..9_000) };
        let proposed = solo.chain.prepare(request(&solo, txs, bytes_max));
        // The protobuf field around each transaction counts: a tag and at most three bytes of length.
        let size: u64 = proposed.iter().map(|tx| tx.len() as u64 + 2 + u64::from(tx.len() > 127)).sum();
        assert!(size <= bytes_max, "seed {SEED} round {round}: {size} of {bytes_max} bytes");
        let proposed = block(&solo, proposed, 1);
        assert_eq!(other.chain.process(&proposed), Verdict::Accept, "seed {SEED} round {round}");
    }
}

#[test]
fn proposals_change_nothing() {
    let solo = Solo::memory(4).unwrap();
    solo.block(vec![solo.transfer(0, 0, 1, 5).unwrap()]).unwrap();
    let before = (solo.chain.info(), solo.chain.status().unwrap().app_hash);
    let txs = vec![solo.transfer(0, 1, 1, 5).unwrap(), solo.transfer(1, 0, 2, 5).unwrap()];
    for hash in 0..50 {
        let proposed = solo.chain.prepare(request(&solo, txs.clone(), 100_000));
        assert_eq!(proposed.len(), 2);
        assert_eq!(solo.chain.process(&block(&solo, proposed, hash)), Verdict::Accept);
    }
    assert_eq!((solo.chain.info(), solo.chain.status().unwrap().app_hash), before);
}

#[test]
fn a_block_that_was_never_proposed_here_runs_to_the_same_hash() {
    let (judged, unseen) = (Solo::memory(4).unwrap(), Solo::memory(4).unwrap());
    let txs = vec![judged.transfer(0, 0, 1, 5).unwrap(), judged.transfer(1, 0, 2, 5).unwrap()];
    let decided = block(&judged, txs, 9);
    assert_eq!(judged.chain.process(&decided), Verdict::Accept);
    let first = judged.chain.finalize(decided.clone()).unwrap();
    let second = unseen.chain.finalize(decided).unwrap();
    assert_eq!(first, second);
}

#[test]
fn fifty_undecided_rounds_leave_the_last_one_right() {
    let (solo, straight) = (Solo::memory(4).unwrap(), Solo::memory(4).unwrap());
    for round in 0..50u8 {
        let txs = vec![solo.transfer(usize::from(round % 3), 0, 3, u64::from(round) + 1).unwrap()];
        assert_eq!(solo.chain.process(&block(&solo, txs, round)), Verdict::Accept);
    }
    let decided = block(&solo, vec![solo.transfer(0, 0, 3, 1).unwrap()], 0);
    let late = solo.chain.finalize(decided.clone()).unwrap();
    assert_eq!(late, straight.chain.finalize(decided).unwrap());
}
