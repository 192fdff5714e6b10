//! What validators add to their votes: the canonical bytes, the driver's heights, its limits.

mod support;

use std::sync::Arc;

use bytes::Bytes;
use chortle_consensus::application::*;
use chortle_consensus::driver::{Driver, DriverError, MempoolLimits, consensus_address, validator_key};
use chortle_consensus::grammar::{Recorded, Step};
use chortle_kernel::vote_extension::{VotePoint, sign_bytes};
use cometbft_proto::types::v1::CanonicalVoteExtension;
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use prost012::Message;
use support::{KeyValue, extension, genesis};

const START_MS: u64 = 1_760_000_001_000;

fn genesis_with(change: impl FnOnce(&mut Genesis)) -> Genesis {
    let mut genesis = genesis();
    change(&mut genesis);
    genesis
}

fn start(application: Arc<dyn Application>, genesis: Genesis) -> Driver {
    Driver::start(application, genesis, MempoolLimits::default(), None).expect("a start")
}

fn at(height: u64) -> VotePoint<'static> {
    VotePoint { chain_id: "test-1", height, round: 0 }
}

proptest! {
    #[test]
    fn the_signed_bytes_are_those_of_cometbfts_protobuf(
        extension in prop::collection::vec(any::<u8>(), 0..400),
        height in 0..=i64::MAX,
        round in 0..=i32::MAX,
        chain_id in "[a-zA-Z0-9_.-]{0,50}",
    ) {
        let proto = CanonicalVoteExtension {
            extension: extension.clone(),
            height,
            round: i64::from(round),
            chain_id: chain_id.clone(),
        };
        let at = VotePoint { chain_id: &chain_id, height: height.unsigned_abs(), round: round.unsigned_abs() };
        prop_assert_eq!(sign_bytes(&extension, at), proto.encode_length_delimited_to_vec());
    }
}

#[test]
fn votes_are_extended_from_the_height_on_and_handed_on_one_later() {
    for on in [0, 1, 3, 9] {
        let application = Arc::new(KeyValue::default());
        let recorded = Arc::new(Recorded::new(application.clone()));
        let genesis = genesis_with(|genesis| genesis.params.vote_extensions_height = on);
        let driver = start(recorded.clone(), genesis);
        for height in 1..=6 {
            driver.produce_block(START_MS + height).expect("a block");
        }
        assert_eq!(recorded.violations(), [], "on from {on}");
        for request in application.requests() {
            let (height, votes) = (request.header.height, &request.extended_votes);
            let plain: Vec<_> = votes.iter().map(ExtendedVote::vote).collect();
            assert_eq!(plain, request.header.last_commit.votes);
            assert_eq!(votes.len(), usize::from(height > 1), "nobody voted before the first block");
            for vote in votes {
                let extended = on != 0 && on < height;
                assert_eq!(vote.verify(&validator_key(), at(height - 1)), extended, "on from {on}, {height}");
                let expected = if extended { extension(height - 1) } else { Bytes::new() };
                assert_eq!(vote.extension, expected);
                assert_eq!(vote.signature.len(), if extended { 64 } else { 0 });
            }
        }
        let asked = |step: &Step| matches!(step, Step::ExtendVote(_) | Step::VerifyVoteExtension(_));
        let asked: Vec<_> = recorded.trace().into_iter().filter(asked).collect();
        let heights = (1..=6).filter(|height| on != 0 && on <= *height);
        let expected: Vec<_> = heights
            .flat_map(|height| [Step::ExtendVote(height), Step::VerifyVoteExtension(height)])
            .collect();
        assert_eq!(asked, expected, "on from {on}");
    }
}

#[test]
fn after_a_restore_the_same_votes_come_again() {
    let application = Arc::new(KeyValue::default());
    let genesis = genesis_with(|genesis| genesis.params.vote_extensions_height = 1);
    let driver = start(application.clone(), genesis);
    driver.produce_block(START_MS).expect("a block");
    let (snapshot, state) = (driver.snapshot(), application.state());
    driver.produce_block(START_MS + 1).expect("a block");
    driver.produce_block(START_MS + 2).expect("a block");
    application.restore(state);
    driver.restore(snapshot);
    driver.produce_block(START_MS + 1).expect("a block");
    let requests = application.requests();
    assert_eq!(requests[1], requests[3]);
    assert_eq!(requests[3].extended_votes[0].extension, extension(1));
}

#[test]
fn a_driver_that_goes_on_hands_on_signed_empty_extensions() {
    let application = Arc::new(KeyValue::default());
    let genesis = || genesis_with(|genesis| genesis.params.vote_extensions_height = 1);
    start(application.clone(), genesis()).produce_block(START_MS).expect("a block");
    start(application.clone(), genesis()).produce_block(START_MS + 1).expect("a block");
    let requests = application.requests();
    let vote = &requests[1].extended_votes[0];
    assert!(vote.extension.is_empty() && vote.verify(&validator_key(), at(1)), "{vote:?}");
}

#[test]
fn only_votes_of_held_keys_are_extended() {
    let (held, elsewhere) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
    let power = |key: [u8; 32], power: u64| ValidatorPower { key, power };
    let keys = [validator_key(), held.verifying_key().to_bytes(), elsewhere.verifying_key().to_bytes()];
    let genesis = genesis_with(|genesis| {
        genesis.params.vote_extensions_height = 1;
        genesis.validators = keys.iter().map(|key| power(*key, 10)).collect();
    });
    let application = Arc::new(KeyValue::default());
    let driver = start(application.clone(), genesis);
    driver.hold_key(held);
    driver.produce_block(START_MS).expect("a block");
    driver.produce_block(START_MS + 1).expect("a block");
    let votes = application.requests()[1].extended_votes.clone();
    assert!(votes.iter().all(|vote| vote.signed) && votes.len() == 3);
    for (key, signed) in keys.iter().zip([true, true, false]) {
        let vote = votes.iter().find(|vote| vote.validator == consensus_address(key)).expect("a vote");
        assert_eq!(vote.verify(key, at(1)), signed);
        assert_eq!(vote.signature.is_empty(), !signed);
    }
}

#[test]
fn an_application_that_refuses_its_own_extension_is_found_out() {
    let genesis = genesis_with(|genesis| genesis.params.vote_extensions_height = 1);
    let driver = start(Arc::new(KeyValue::distrustful()), genesis);
    let refused = driver.produce_block(START_MS).expect_err("refused");
    assert!(matches!(refused, DriverError::ExtensionRejected { height: 1, .. }), "{refused}");
    assert_eq!(driver.height(), 0);
}

#[test]
fn new_limits_of_bytes_and_gas_bind_the_next_block() {
    let application = Arc::new(KeyValue::default());
    let driver = start(application.clone(), genesis());
    // The test's gas is the length: 9 bytes and gas each, 11 bytes in the proposal.
    let txs = |from: u32| (from..from + 4).map(|number| Bytes::from(format!("{number:04}=abcd"))).collect();
    let small = ConsensusParams { evidence_bytes_max: 0, ..genesis().params };
    let table = [
        (ConsensusParams { block_bytes_max: 22, ..small }, 2),
        (ConsensusParams { block_bytes_max: 32, ..small }, 2),
        (ConsensusParams { block_gas_max: 27, ..small }, 3),
        (ConsensusParams { block_gas_max: 26, ..small }, 2),
    ];
    let mut number = 0;
    for (params, count) in table {
        driver.submit_all(txs(number));
        number += 4;
        application.answer_params(params);
        let before = driver.produce_block(START_MS + u64::from(number)).expect("a block");
        assert_eq!(before.outcome.params, Some(params));
        assert_eq!(application.requests().last().expect("a request").txs, before.block.txs);
        driver.submit_all(txs(number));
        number += 4;
        let block = driver.produce_block(START_MS + u64::from(number)).expect("a block");
        assert_eq!(block.block.txs.len(), count, "{params:?}");
        let request = application.requests().last().expect("a request").clone();
        assert_eq!((request.txs.len(), request.bytes_max), (count, params.block_bytes_max));
        application.answer_params(small);
        driver.produce_block(START_MS + u64::from(number) + 1).expect("a block");
        while !driver.mempool_txs().is_empty() {
            number += 4;
            driver.produce_block(START_MS + u64::from(number)).expect("a block");
        }
        number += 4;
    }
}

#[test]
fn a_snapshot_remembers_the_limits() {
    let application = Arc::new(KeyValue::default());
    let driver = start(application.clone(), genesis());
    driver.produce_block(START_MS).expect("a block");
    let (snapshot, state) = (driver.snapshot(), application.state());
    application.answer_params(ConsensusParams {
        block_bytes_max: 5,
        evidence_bytes_max: 0,
        ..genesis().params
    });
    driver.produce_block(START_MS + 1).expect("a block");
    assert_eq!(driver.submit(Bytes::from_static(b"long=1")).code, 4, "no block could hold it");
    application.restore(state);
    driver.restore(snapshot);
    assert_eq!(driver.submit(Bytes::from_static(b"long=1")).code, 0);
    assert_eq!(driver.produce_block(START_MS + 1).expect("a block").block.txs.len(), 1);
}

#[test]
fn new_limits_of_evidence_bind_the_next_block() {
    let application = Arc::new(KeyValue::default());
    let driver = start(application.clone(), genesis());
    let offence = |height: u64, time_unix_ms: u64| Misbehavior {
        kind: MisbehaviorKind::DuplicateVote,
        validator: consensus_address(&validator_key()),
        power: 10,
        height,
        time_unix_ms,
        total_power: 10,
    };
    for height in 1..=4 {
        driver.produce_block(START_MS + height).expect("a block");
    }
    let early = || vec![offence(1, START_MS + 1)];
    driver.run_block_with(Vec::new(), START_MS + 5, early()).expect("young enough");
    let params = ConsensusParams {
        evidence_age_blocks_max: 2,
        evidence_age_ns_max: 3_000_000,
        evidence_bytes_max: 900,
        ..genesis().params
    };
    application.answer_params(params);
    driver.produce_block(START_MS + 6).expect("a block");
    let refused = driver.run_block_with(Vec::new(), START_MS + 7, early()).expect_err("too old");
    assert!(matches!(refused, DriverError::Evidence { height: 7, .. }), "{refused}");
    let young = || offence(3, START_MS + 3);
    let refused = driver.run_block_with(Vec::new(), START_MS + 7, vec![young(); 3]).expect_err("too much");
    assert!(refused.to_string().contains("3 pieces take 1332 bytes"), "{refused}");
    // Too old in blocks, but not in time: both bounds must be passed.
    driver.run_block_with(Vec::new(), START_MS + 7, vec![young(); 2]).expect("evidence enough");
}

#[test]
fn limits_at_which_cometbft_would_stop_stop_the_driver() {
    let switch = |height| ConsensusParams { vote_extensions_height: height, ..genesis().params };
    let table: [(u64, ConsensusParams, &str); 7] = [
        (0, ConsensusParams { block_bytes_max: 0, ..genesis().params }, "a block of 0 bytes"),
        (0, ConsensusParams { block_bytes_max: 200 << 20, ..genesis().params }, "a block of 209715200 bytes"),
        (0, ConsensusParams { evidence_bytes_max: 5 << 20, ..genesis().params }, "do not fit"),
        (0, ConsensusParams { evidence_age_blocks_max: 0, ..genesis().params }, "older than nothing"),
        (0, switch(1), "cannot be on from height 1"),
        (1, switch(0), "that stays"),
        (1, switch(9), "that stays"),
    ];
    for (on, params, reason) in table {
        let application = Arc::new(KeyValue::default());
        let genesis = genesis_with(|genesis| genesis.params.vote_extensions_height = on);
        let driver = start(application.clone(), genesis);
        application.answer_params(params);
        let refused = driver.produce_block(START_MS).expect_err("refused");
        assert!(matches!(refused, DriverError::Limits { height: 1, .. }), "{refused}");
        assert!(refused.to_string().contains(reason), "{refused}");
        assert_eq!(driver.height(), 0);
    }
}

#[test]
fn extensions_switched_on_by_a_block_are_on_from_their_height() {
    let application = Arc::new(KeyValue::default());
    let driver = start(application.clone(), genesis());
    application.answer_params(ConsensusParams { vote_extensions_height: 3, ..genesis().params });
    for height in 1..=5 {
        driver.produce_block(START_MS + height).expect("a block");
    }
    let requests = application.requests();
    let extended =
        requests.iter().map(|request| request.extended_votes.iter().any(|v| !v.signature.is_empty()));
    assert_eq!(extended.collect::<Vec<_>>(), [false, false, false, true, true]);
}
