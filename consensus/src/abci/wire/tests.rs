//! Every field that can be wrong is refused with its name.

use bytes::{Bytes, BytesMut};
use cometbft_proto::abci::v1beta3::{self, request::Value};
use cometbft_proto::crypto::v1::{PublicKey, public_key};
use proptest::prelude::*;
use prost012::Message;

use super::*;
use crate::application::*;

fn block() -> v1beta3::RequestFinalizeBlock {
    let vote = Vote { validator: [3; 20], power: 10, signed: true };
    let misbehavior = Misbehavior {
        kind: MisbehaviorKind::LightClientAttack,
        validator: [3; 20],
        power: 10,
        height: 1,
        time_unix_ms: 1,
        total_power: 10,
    };
    block::decided_to_wire(&Block {
        header: Header {
            height: 2,
            time_unix_ms: 1_000,
            proposer: [3; 20],
            next_validators_hash: vec![1; 32],
            last_commit: LastCommit { round: 0, votes: vec![vote] },
            misbehavior: vec![misbehavior],
        },
        hash: vec![2; 32],
        txs: vec![Bytes::from_static(b"tx")],
    })
}

fn genesis() -> v1beta3::RequestInitChain {
    chain::genesis_to_wire(&Genesis {
        time_unix_ms: 1_000,
        chain_id: "test".to_owned(),
        initial_height: 1,
        params: ConsensusParams {
            block_bytes_max: 1,
            block_gas_max: 2,
            evidence_age_blocks_max: 3,
            evidence_age_ns_max: 4_000_000_005,
            evidence_bytes_max: 6,
            vote_extensions_height: 7,
        },
        validators: vec![ValidatorPower { key: [1; 32], power: 1 }],
        app_state: Bytes::new(),
    })
}

fn refusal(value: Value) -> String {
    let frame = v1beta3::Request { value: Some(value) }.encode_to_vec();
    decode_call(Bytes::from(frame)).expect_err("a refusal").0
}

#[test]
fn each_wrong_field_of_a_block_is_refused_by_name() {
    type Damage = fn(&mut v1beta3::RequestFinalizeBlock);
    let damages: [(Damage, &str); 15] = [
        (|block| block.height = 0, "the block's height is 0"),
        (|block| block.height = -1, "the block's height is -1"),
        (|block| block.time = None, "the block's time is missing"),
        (|block| block.time.as_mut().expect("set").seconds = -1, "the block's time is -1"),
        (|block| block.time.as_mut().expect("set").nanos = -1, "-1 nanoseconds"),
        (|block| block.time.as_mut().expect("set").seconds = i64::MAX, "too far to count"),
        (|block| block.hash = Bytes::from_static(&[1; 31]), "the block's hash has 31 bytes"),
        (
            |block| block.proposer_address = Bytes::from_static(&[1; 21]),
            "the proposer's address has 21 bytes",
        ),
        (|block| block.next_validators_hash = Bytes::new(), "the next validators' hash has 0 bytes"),
        (|block| block.decided_last_commit = None, "the last commit is missing"),
        (|block| block.decided_last_commit.as_mut().expect("set").round = -1, "the commit's round is -1"),
        (
            |block| block.decided_last_commit.as_mut().expect("set").votes[0].validator = None,
            "a voter is missing",
        ),
        (
            |block| block.decided_last_commit.as_mut().expect("set").votes[0].block_id_flag = 9,
            "unknown flag 9",
        ),
        (
            |block| block.misbehavior[0].validator.as_mut().expect("set").power = -5,
            "the offender's power is -5",
        ),
        (|block| block.misbehavior[0].total_voting_power = -5, "the total power at the offence is -5"),
    ];
    for (damage, reason) in damages {
        let mut damaged = block();
        damage(&mut damaged);
        let refusal = refusal(Value::FinalizeBlock(damaged));
        assert!(refusal.contains(reason), "{refusal}");
    }
}

fn proposal() -> v1beta3::RequestPrepareProposal {
    let vote = |validator: u8, extension: &[u8]| ExtendedVote {
        validator: [validator; 20],
        power: 10,
        signed: true,
        extension: extension.to_vec(),
        signature: vec![validator; 64],
    };
    let silent = ExtendedVote { signed: false, signature: Vec::new(), ..vote(5, b"") };
    let extended_votes = vec![vote(3, b"extension"), vote(4, b""), silent];
    block::proposal_request_to_wire(&ProposalRequest {
        header: Header {
            height: 2,
            time_unix_ms: 1_000,
            proposer: [3; 20],
            next_validators_hash: vec![1; 32],
            last_commit: LastCommit {
                round: 4,
                votes: extended_votes.iter().map(ExtendedVote::vote).collect(),
            },
            misbehavior: Vec::new(),
        },
        extended_votes,
        txs: vec![Bytes::from_static(b"tx")],
        bytes_max: 100,
    })
}

fn extended_vote(extended: bool) -> impl Strategy<Value = ExtendedVote> {
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    let parts = (any::<[u8; 20]>(), 0..=i64::MAX, any::<bool>(), bytes, any::<[u8; 32]>());
    parts.prop_map(move |(validator, power, signed, extension, half)| {
        let (extension, signature) =
            if signed && extended { (extension, [half; 2].concat()) } else { (Vec::new(), Vec::new()) };
        ExtendedVote { validator, power: power.unsigned_abs(), signed, extension, signature }
    })
}

proptest! {
    #[test]
    fn votes_with_and_without_extensions_survive_the_wire_byte_for_byte(
        extended_votes in any::<bool>().prop_flat_map(|on| prop::collection::vec(extended_vote(on), 0..20)),
        round in 0..=i32::MAX,
    ) {
        let votes = extended_votes.iter().map(ExtendedVote::vote).collect();
        let request = ProposalRequest {
            header: Header {
                height: 2,
                time_unix_ms: 1_000,
                proposer: [3; 20],
                next_validators_hash: vec![1; 32],
                last_commit: LastCommit { round: round.unsigned_abs(), votes },
                misbehavior: Vec::new(),
            },
            extended_votes,
            txs: Vec::new(),
            bytes_max: 0,
        };
        let frame = encode_call(&Call::Prepare(request.clone()));
        let decoded = decode_call(frame.clone());
        prop_assert_eq!(decoded.as_ref(), Ok(&Call::Prepare(request)));
        prop_assert_eq!(encode_call(&decoded.expect("as above")), frame);
    }
}

#[test]
fn each_malformed_extended_commit_is_refused_with_a_sentence() {
    type Damage = fn(&mut v1beta3::ExtendedCommitInfo);
    let damages: [(Damage, &str); 9] = [
        (|commit| commit.round = -1, "the commit's round is -1"),
        (|commit| commit.votes[0].validator = None, "a voter is missing"),
        (|commit| commit.votes[0].block_id_flag = 0, "unknown flag 0"),
        (|commit| commit.votes[0].validator.as_mut().expect("set").power = -1, "a voter's power is -1"),
        (
            |commit| commit.votes[0].extension_signature = Bytes::new(),
            "the vote extension of 0303030303030303030303030303030303030303 is not signed",
        ),
        (
            |commit| commit.votes[1].extension_signature = Bytes::new(),
            "1 of the 2 votes for the block have a signed extension: all must have one, or none",
        ),
        (|commit| commit.votes[1].extension_signature.truncate(63), "has 63 bytes: it must have 64"),
        (
            |commit| commit.votes[2].vote_extension = Bytes::from_static(b"late"),
            "0505050505050505050505050505050505050505, who did not vote for the block",
        ),
        (
            |commit| commit.votes[2].extension_signature = Bytes::from_static(&[1; 64]),
            "who did not vote for the block",
        ),
    ];
    for (damage, reason) in damages {
        let mut damaged = proposal();
        damage(damaged.local_last_commit.as_mut().expect("set"));
        let refusal = refusal(Value::PrepareProposal(damaged));
        assert!(refusal.contains(reason), "{refusal}");
    }
    let frame = v1beta3::Request { value: Some(Value::PrepareProposal(proposal())) }.encode_to_vec();
    assert!(decode_call(Bytes::from(frame)).is_ok(), "the undamaged one is taken");
}

#[test]
fn each_wrong_field_of_a_genesis_is_refused_by_name() {
    type Damage = fn(&mut v1beta3::RequestInitChain);
    let damages: [(Damage, &str); 7] = [
        (|genesis| genesis.initial_height = 0, "the initial height is 0"),
        (|genesis| genesis.consensus_params = None, "the consensus parameters of InitChain is missing"),
        (|genesis| genesis.validators[0].power = -1, "a validator's power is -1"),
        (|genesis| genesis.validators[0].pub_key = None, "a validator's key is missing"),
        (
            |genesis| {
                let sum = Some(public_key::Sum::Secp256k1(vec![2; 33]));
                genesis.validators[0].pub_key = Some(PublicKey { sum });
            },
            "a validator's key is of type secp256k1",
        ),
        (
            |genesis| {
                let sum = Some(public_key::Sum::Ed25519(vec![2; 31]));
                genesis.validators[0].pub_key = Some(PublicKey { sum });
            },
            "ed25519 key has 31 bytes",
        ),
        (
            |genesis| {
                let params = genesis.consensus_params.as_mut().expect("set");
                params.validator.as_mut().expect("set").pub_key_types.push("bls12_381".to_owned());
            },
            "keys of type bls12_381 are allowed",
        ),
    ];
    for (damage, reason) in damages {
        let mut damaged = genesis();
        damage(&mut damaged);
        let refusal = refusal(Value::InitChain(damaged));
        assert!(refusal.contains(reason), "{refusal}");
    }
}

#[test]
fn no_limit_is_cometbfts_hard_limit() {
    let mut request = genesis();
    let block = request.consensus_params.as_mut().and_then(|params| params.block.as_mut()).expect("set");
    (block.max_bytes, block.max_gas) = (-1, -1);
    let frame = v1beta3::Request { value: Some(Value::InitChain(request)) }.encode_to_vec();
    let Ok(Call::InitChain(genesis)) = decode_call(Bytes::from(frame)) else { panic!("a genesis") };
    assert_eq!(genesis.params.block_bytes_max, 100 * 1024 * 1024);
    assert_eq!(genesis.params.block_gas_max, i64::MAX.unsigned_abs());
    assert_eq!(genesis.params.evidence_age_ns_max, 4_000_000_005);
}

#[test]
fn every_reply_survives_the_wire() {
    let outcome = BlockOutcome {
        txs: vec![TxOutcome { code: 3, data: Bytes::from_static(b"d"), gas_used: 9, ..TxOutcome::default() }],
        validator_updates: vec![ValidatorPower { key: [1; 32], power: 0 }],
        params: None,
        app_hash: [9; 32],
    };
    let limits = ConsensusParams {
        block_bytes_max: 1,
        block_gas_max: 2,
        evidence_age_blocks_max: 3,
        evidence_age_ns_max: 4_000_000_005,
        evidence_bytes_max: 6,
        vote_extensions_height: 7,
    };
    let changed = BlockOutcome { params: Some(limits), ..outcome.clone() };
    let proof = ProofOp {
        kind: "ics23:jmt".to_owned(),
        key: Bytes::from_static(b"k"),
        data: Bytes::from_static(b"p"),
    };
    let replies = [
        Reply::Exception("why".to_owned()),
        Reply::Echo("hi".to_owned()),
        Reply::Flush,
        Reply::Info(Info { version: "1".to_owned(), app_version: 2, height: 3, app_hash: [4; 32] }),
        Reply::InitChain(GenesisOutcome { app_hash: [1; 32], validators: outcome.validator_updates.clone() }),
        Reply::Query(QueryAnswer { height: 5, proof: vec![proof], ..QueryAnswer::default() }),
        Reply::Check(CheckOutcome { code: 1, codespace: "tx".to_owned(), log: "no".to_owned(), gas: 7 }),
        Reply::Prepare(vec![Bytes::from_static(b"tx")]),
        Reply::Process(true),
        Reply::Process(false),
        Reply::ExtendVote(Bytes::from_static(b"e")),
        Reply::VerifyVoteExtension(true),
        Reply::VerifyVoteExtension(false),
        Reply::Finalize(outcome),
        Reply::Finalize(changed),
        Reply::Commit(CommitOutcome { retain_height: 8 }),
        Reply::ListSnapshots,
        Reply::OfferSnapshot,
        Reply::LoadSnapshotChunk,
        Reply::ApplySnapshotChunk,
    ];
    for reply in replies {
        let mut stream = BytesMut::new();
        encode_reply(reply.clone(), &mut stream);
        let frame = crate::abci::frame::take(&mut stream, 1 << 20).expect("a frame").expect("whole");
        assert_eq!(decode_reply(frame), Ok(reply));
        assert!(stream.is_empty());
    }
}

#[test]
fn new_limits_are_the_engines_own_update_of_its_parameters() {
    let params = ConsensusParams {
        block_bytes_max: 1 << 20,
        block_gas_max: 2,
        evidence_age_blocks_max: 3,
        evidence_age_ns_max: 4_000_000_005,
        evidence_bytes_max: 6,
        vote_extensions_height: 7,
    };
    let outcome = BlockOutcome {
        txs: Vec::new(),
        validator_updates: Vec::new(),
        params: Some(params),
        app_hash: [9; 32],
    };
    let mut stream = BytesMut::new();
    encode_reply(Reply::Finalize(outcome), &mut stream);
    let frame = crate::abci::frame::take(&mut stream, 1 << 20).expect("a frame").expect("whole");
    let response = v1beta3::Response::decode(frame).expect("a response");
    let Some(v1beta3::response::Value::FinalizeBlock(block)) = response.value else { panic!("no block") };
    let update = block.consensus_param_updates.expect("an update");
    let (size, evidence) = (update.block.expect("of blocks"), update.evidence.expect("of evidence"));
    let age = evidence.max_age_duration.expect("an age");
    assert_eq!((size.max_bytes, size.max_gas), (1 << 20, 2));
    assert_eq!((evidence.max_age_num_blocks, age.seconds, age.nanos, evidence.max_bytes), (3, 4, 5, 6));
    assert_eq!(update.abci.expect("of ABCI").vote_extensions_enable_height, 7);
    assert_eq!(update.version, None, "the version of the rules is not the engine's to change");
}

#[test]
fn requests_of_later_versions_are_refused() {
    // InsertTx of v0.39: field 21.
    let frame = Bytes::from_static(&[0xaa, 0x01, 0x00]);
    let malformed = decode_call(frame.clone()).expect_err("unknown");
    assert!(
        matches!(super::refusal(&frame, &malformed), Reply::Exception(text) if text.contains("ABCI 2.0"))
    );
}
