//! A block is executed once by whoever meets it first, and what was kept is what a fresh run gives.

use bytes::Bytes;
use chortle_consensus::application::{
    Application, Block, BlockOutcome, Misbehavior, MisbehaviorKind, Verdict, Vote,
};
use chortle_kernel::tx::Replay;
use chortle_testkit::Account;
use chortle_testkit::solo::Solo;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{header, request};

const ACCOUNTS: usize = 12;

/// What waits, with the account of each: transfers in order, some that overdraw, are too early, of nobody or cut short.
fn waiting(solo: &Solo, next: &[u64], rng: &mut StdRng) -> Vec<(usize, Bytes)> {
    let poor = Account::of_seed("poor", 0);
    let mut next = next.to_vec();
    let one = |_| {
        let (from, to) = (rng.random_range(0..ACCOUNTS), rng.random_range(0..ACCOUNTS));
        let amount = if rng.random_bool(0.2) { u64::MAX >> 1 } else { rng.random_range(1..1_000) };
        let tx: Bytes = match rng.random_range(0..8) {
            0 => poor.transfer(&solo.identity, Replay::Sequence(0), 0, poor.address, 1).unwrap().into(),
            1 => solo.transfer(from, next[from] + 9, to, amount).unwrap(),
            2 => solo.transfer(from, next[from], to, amount).unwrap().slice(..100),
            _ => {
                next[from] += 1;
                solo.transfer(from, next[from] - 1, to, amount).unwrap()
            }
        };
        (from, tx)
    };
    (0..40).map(one).collect()
}

fn decide(solo: &Solo, block: &Block) -> BlockOutcome {
    let outcome = solo.chain.finalize(block.clone()).unwrap();
    solo.chain.commit().unwrap();
    outcome
}

/// How often `work` makes a chain execute a block.
fn runs(solo: &Solo, work: impl FnOnce()) -> u64 {
    let before = solo.chain.runs();
    work();
    solo.chain.runs() - before
}

#[test]
fn proposer_follower_and_latecomer_execute_a_block_once_and_agree_on_every_byte() {
    let mut rng = StdRng::seed_from_u64(11);
    let [proposer, follower, latecomer] = [(); 3].map(|()| Solo::staked(ACCOUNTS).unwrap());
    let (mut admitted, mut next) = (0, vec![0; ACCOUNTS]);
    for height in 1..=10 {
        let waiting = waiting(&proposer, &next, &mut rng);
        let mut head = header(&proposer);
        (head.height, head.time_unix_ms) = (height, head.time_unix_ms + height * 1_000);
        let mut outcomes = Vec::new();
        let mut block = Block { header: head.clone(), hash: vec![9; 32], txs: Vec::new() };
        let ran = runs(&proposer, || {
            let txs = waiting.iter().map(|(_, tx)| tx.clone()).collect();
            let mut asked = request(&proposer, txs, 6_000);
            asked.header = head;
            block.txs = proposer.chain.prepare(asked);
            assert_eq!(proposer.chain.process(&block), Verdict::Accept);
            outcomes.push(decide(&proposer, &block));
        });
        assert_eq!(ran, 1, "to propose, to judge and to decide");
        let ran = runs(&follower, || {
            assert_eq!(follower.chain.process(&block), Verdict::Accept);
            assert_eq!(follower.chain.process(&block), Verdict::Accept, "again in a later round");
            outcomes.push(decide(&follower, &block));
        });
        assert_eq!(ran, 1, "to judge and to decide");
        assert_eq!(runs(&latecomer, || outcomes.push(decide(&latecomer, &block))), 1);
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
        let results = |solo: &Solo| format!("{:?}", solo.chain.store().block_results(height).unwrap());
        assert_eq!(results(&proposer), results(&latecomer));
        assert_eq!(results(&follower), results(&latecomer));
        for (from, tx) in &waiting {
            next[*from] += u64::from(block.txs.contains(tx));
        }
        admitted += block.txs.len();
    }
    assert!(admitted > 50, "{admitted} transactions in blocks");
}

type Change = fn(&mut Block);

#[test]
fn what_ran_for_other_inputs_is_never_taken() {
    let changes: [(&str, Change); 8] = [
        ("time", |block| block.header.time_unix_ms += 1),
        ("proposer", |block| block.header.proposer = [8; 20]),
        ("next set", |block| block.header.next_validators_hash = vec![3; 32]),
        ("round of the commit", |block| block.header.last_commit.round += 1),
        ("votes", |block| {
            block.header.last_commit.votes = vec![Vote { validator: [7; 20], power: 1, signed: false }];
        }),
        ("misbehaviour", |block| {
            block.header.misbehavior = vec![Misbehavior {
                kind: MisbehaviorKind::DuplicateVote,
                validator: [7; 20],
                power: 1,
                height: 1,
                time_unix_ms: block.header.time_unix_ms,
                total_power: 1,
            }];
        }),
        ("order", |block| block.txs.reverse()),
        ("entries", |block| drop(block.txs.pop())),
    ];
    for (what, change) in changes {
        let [solo, fresh] = [(); 2].map(|()| Solo::memory(ACCOUNTS).unwrap());
        let txs = (0..3).map(|from| solo.transfer(from, 0, 5, 7).unwrap()).collect();
        let mut block = Block { header: header(&solo), hash: vec![1; 32], txs };
        block.txs = solo.chain.prepare(request(&solo, block.txs.clone(), 1 << 20));
        assert_eq!(block.txs.len(), 3);
        // The hash stays, as if the engine's did not cover what changed.
        change(&mut block);
        let ran = runs(&solo, || assert_eq!(solo.chain.process(&block), Verdict::Accept, "{what}"));
        assert_eq!(ran, 1, "{what} differs: it runs again");
        change(&mut block);
        let last = block.clone();
        assert_eq!(decide(&solo, &last), decide(&fresh, &last), "{what}");
    }
}
