//! A Byzantine proposer: mutants of valid blocks are refused, or run without harm and alike on every node.

use chortle_consensus::application::{Application, Verdict};
use chortle_testkit::solo::Solo;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{block, coherence::hostile};

const SEED: u64 = 77;

#[test]
fn every_accepted_mutant_executes_and_every_block_gets_one_receipt_a_transaction() {
    let (one, other) = (Solo::memory(4).unwrap(), Solo::memory(4).unwrap());
    let mut rng = StdRng::seed_from_u64(SEED);
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..400 {
        let count = rng.random_range(0..6);
        let decided = block(&one, hostile(&one, &mut rng, count), 3);
        let verdict = one.chain.process(&decided);
        assert_eq!(
            verdict == Verdict::Accept,
            other.chain.process(&decided) == Verdict::Accept,
            "round {round}"
        );
        if verdict == Verdict::Accept {
            accepted += 1
        } else {
            refused += 1
        }
        // Even a block that this node would not have voted for must run if it was decided.
        let outcome = one.chain.finalize(decided.clone()).unwrap();
        assert_eq!(outcome.txs.len(), decided.txs.len(), "seed {SEED} round {round}");
        assert_eq!(outcome, other.chain.finalize(decided).unwrap(), "seed {SEED} round {round}");
        let clean = outcome.txs.iter().all(|tx| tx.gas_used > 0);
        assert_eq!(
            clean,
            verdict == Verdict::Accept,
            "seed {SEED} round {round}: only clean blocks are accepted"
        );
    }
    assert!(accepted > 20 && refused > 20, "{accepted} accepted, {refused} refused");
}
