//! Replay of transactions and of blocks, and what the mempool answers.

use bytes::Bytes;
use chortle_consensus::application::{Application, CheckKind};
use chortle_kernel::tx::Replay;
use chortle_testkit::Account;
use chortle_testkit::solo::{Solo, checked};

fn check(solo: &Solo, tx: &Bytes, kind: CheckKind) -> (u32, String) {
    let outcome = solo.chain.check(&[(tx.clone(), kind)]).remove(0);
    (outcome.code, outcome.codespace)
}

#[test]
fn a_committed_transaction_is_refused_by_the_mempool_and_by_blocks_even_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let tx = {
        let solo = Solo::on_disk(home.path(), 2, checked()).unwrap();
        let tx = solo.transfer(0, 0, 1, 5).unwrap();
        assert_eq!(check(&solo, &tx, CheckKind::New).0, 0);
        solo.block(vec![tx.clone()]).unwrap();
        assert_eq!(check(&solo, &tx, CheckKind::Recheck), (5, "app".to_owned()));
        tx
    };
    let solo = Solo::on_disk(home.path(), 2, checked()).unwrap();
    assert_eq!(solo.driver.height(), 1);
    assert_eq!(check(&solo, &tx, CheckKind::New), (5, "app".to_owned()));
    let outcome = solo.block(vec![tx]);
    assert!(outcome.is_err(), "no honest node votes for a replay");
}

#[test]
fn the_mempool_admits_a_sequence_in_order_and_not_twice() {
    let solo = Solo::memory(2).unwrap();
    let txs: Vec<_> = (0..3).map(|sequence| solo.transfer(0, sequence, 1, 5).unwrap()).collect();
    assert_eq!(check(&solo, &txs[1], CheckKind::New), (6, "app".to_owned()));
    for tx in &txs {
        assert_eq!(check(&solo, tx, CheckKind::New).0, 0);
    }
    assert_eq!(check(&solo, &txs[0], CheckKind::New), (5, "app".to_owned()));
    assert_eq!(solo.chain.status().unwrap().pending, 3);
}

#[test]
fn a_batch_of_checks_gives_the_verdicts_of_single_ones() {
    let (together, apart) = (Solo::memory(3).unwrap(), Solo::memory(3).unwrap());
    let mut txs: Vec<Bytes> =
        (0..60).map(|n| together.transfer(n % 3, n as u64 / 3, 0, 5).unwrap()).collect();
    for at in [7, 30] {
        let mut bytes = txs[at].to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        txs[at] = bytes.into();
    }
    let asked: Vec<_> = txs.iter().map(|tx| (tx.clone(), CheckKind::New)).collect();
    let batch = together.chain.check(&asked);
    let single: Vec<_> =
        asked.iter().map(|one| apart.chain.check(std::slice::from_ref(one)).remove(0)).collect();
    assert_eq!(batch, single);
    assert!(batch.iter().filter(|outcome| outcome.code != 0).count() >= 2);
}

/// What comes together is judged as if it came one by one: cheap refusals first, signatures of the rest, whatever is
/// wrong with whichever of them.
#[test]
fn any_batch_of_good_bad_early_late_and_doubled_ones_is_judged_like_single_ones() {
    let mut seed = 7_u64;
    let mut below = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % bound
    };
    let mut admitted = 0;
    for _ in 0..20 {
        let (together, apart) = (Solo::memory(4).unwrap(), Solo::memory(4).unwrap());
        let poor = Account::of_seed("poor", 0);
        let txs = (0..40).map(|_| {
            let replay = Replay::Sequence(below(4));
            let mut bytes = match below(5) {
                0 => poor.transfer(&together.identity, replay, 0, poor.address, below(9)).unwrap(),
                from => {
                    let from = &together.accounts[from as usize - 1];
                    from.transfer(&together.identity, replay, below(2), poor.address, below(3)).unwrap()
                }
            };
            if below(4) == 0 {
                // The last bytes are the count of proofs; before them ends the signature.
                let at = bytes.len() - 5 - below(2) as usize * 40;
                bytes[at] ^= 1;
            }
            (Bytes::from(bytes), CheckKind::New)
        });
        let asked: Vec<_> = txs.collect();
        let batch = together.chain.check(&asked);
        let single: Vec<_> =
            asked.iter().map(|one| apart.chain.check(std::slice::from_ref(one)).remove(0)).collect();
        assert_eq!(batch, single);
        let count = |code: u32| batch.iter().filter(|outcome| outcome.code == code).count();
        assert_eq!(together.chain.status().unwrap().pending, count(0));
        admitted += count(0);
    }
    assert!((20..400).contains(&admitted), "{admitted} of 800");
}

#[test]
fn genesis_may_come_twice_before_the_first_block_and_another_one_is_refused() {
    let solo = Solo::memory(2).unwrap();
    let genesis = chortle_testkit::solo::genesis(&solo.accounts);
    let first = solo.chain.init_chain(genesis.clone()).unwrap();
    assert_eq!(solo.chain.init_chain(genesis.clone()).unwrap(), first);
    let mut other = genesis;
    other.chain_id = "chortle-other-1".to_owned();
    assert!(solo.chain.init_chain(other).unwrap_err().0.contains("chortle-other-1"));
}

#[test]
fn a_decided_block_that_is_not_committed_leaves_nothing_on_disk() {
    let home = tempfile::tempdir().unwrap();
    let decided = {
        let solo = Solo::on_disk(home.path(), 2, checked()).unwrap();
        let decided = super::block(&solo, vec![solo.transfer(0, 0, 1, 5).unwrap()], 1);
        let outcome = solo.chain.finalize(decided.clone()).unwrap();
        (decided, outcome)
    };
    let solo = Solo::on_disk(home.path(), 2, checked()).unwrap();
    assert_eq!(solo.driver.height(), 0);
    assert_eq!(solo.chain.finalize(decided.0).unwrap(), decided.1);
    solo.chain.commit().unwrap();
    assert_eq!(solo.chain.info().app_hash, decided.1.app_hash);
}
