//! The ABCI server against a scripted engine: order, batches, garbage, halts.

mod support;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chortle_consensus::abci::call::{Call, Reply};
use chortle_consensus::abci::{Address, Limits, Server, wire};
use chortle_consensus::application::*;
use chortle_consensus::driver::validator_key;
use chortle_consensus::grammar::Recorded;
use chortle_consensus::script::{Connection, ScriptError, ScriptedChain, framed};
use chortle_kernel::vote_extension::VotePoint;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use support::{KeyValue, extension, genesis};

const DEADLINE: Duration = Duration::from_secs(30);

async fn tcp_server(application: Arc<dyn Application>) -> Server {
    let address = "tcp://127.0.0.1:0".parse().expect("an address");
    Server::start(address, application, Limits::default()).await.expect("the server starts")
}

async fn open(server: &Server) -> Connection {
    Connection::open(server.address()).await.expect("a connection")
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_pipelined_checks_are_answered_in_order_and_judged_in_batches() {
    let application = Arc::new(KeyValue::slow(Duration::from_millis(5)));
    let server = tcp_server(application.clone()).await;
    let mut calls = Vec::new();
    for index in 0..10_000_usize {
        let tx = Bytes::from(format!("k={}", "v".repeat(index % 97)));
        calls.push(Call::Check(tx, CheckKind::New));
        if index % 31 == 0 {
            calls.push(Call::Flush);
        }
    }
    let replies = tokio::time::timeout(DEADLINE, open(&server).await.pipeline(&calls)).await;
    let replies = replies.expect("in time").expect("replies");
    for (call, reply) in calls.iter().zip(&replies) {
        match (call, reply) {
            (Call::Flush, Reply::Flush) => {}
            (Call::Check(tx, _), Reply::Check(outcome)) => assert_eq!(outcome.gas, tx.len() as u64),
            other => panic!("out of order: {other:?}"),
        }
    }
    let batches = application.batches();
    assert_eq!(batches.iter().sum::<usize>(), 10_000);
    assert!(batches.len() < 1_000, "{} batches: requests that wait together go together", batches.len());
    assert!(batches.iter().all(|size| *size <= Limits::default().batch_calls_max));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_played_over_a_unix_socket() {
    let folder = tempfile::tempdir().expect("temp folder");
    let application = Arc::new(KeyValue::default());
    let address = Address::Unix(folder.path().join("abci.sock"));
    let server =
        Server::start(address.clone(), application.clone(), Limits::default()).await.expect("starts");
    let mut engine = open(&server).await;
    let mut chain = ScriptedChain::start(&mut engine, genesis()).await.expect("a start");
    for height in 1..=5 {
        let txs = vec![Bytes::from(format!("height={height}")), Bytes::from_static(b"no pair")];
        let outcome = chain.play(&mut engine, txs, 1_000).await.expect("a block");
        assert_eq!(outcome.txs.iter().map(|tx| tx.code).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(outcome.app_hash, application.state().hash());
    }
    let taken = Server::start(address.clone(), application.clone(), Limits::default()).await.err();
    assert!(taken.expect("the socket is in use").to_string().contains("another process serves this socket"));
    server.stop().await;
    // What a killed process leaves behind is no hindrance.
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("abci.sock")).expect("a stale socket"));
    Server::start(address, application, Limits::default()).await.expect("starts again").stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scripted_chain_extends_its_votes_over_the_socket_byte_for_byte() {
    let application = Arc::new(KeyValue::default());
    let recorded = Arc::new(Recorded::new(application.clone()));
    let server = tcp_server(recorded.clone()).await;
    let mut engine = open(&server).await;
    let mut start = genesis();
    start.params.vote_extensions_height = 2;
    let mut chain = ScriptedChain::start(&mut engine, start).await.expect("a start");
    let mut sent = Vec::new();
    for _ in 1..=4 {
        sent.push(chain.proposal_request(Vec::new(), 1_000));
        chain.play(&mut engine, Vec::new(), 1_000).await.expect("a block");
    }
    assert_eq!(application.requests(), sent, "what went in at one end comes out at the other");
    let extensions: Vec<_> = sent.iter().flat_map(|request| &request.extended_votes).collect();
    assert_eq!(extensions.len(), 2, "from height 2 on, handed on one later");
    for (vote, height) in extensions.into_iter().zip(2..) {
        assert_eq!(vote.extension, extension(height));
        let at = VotePoint { chain_id: "test-1", height, round: 0 };
        assert!(vote.verify(&validator_key(), at), "{vote:?}");
    }
    assert_eq!(recorded.violations(), []);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_sync_is_declined() {
    let server = tcp_server(Arc::new(KeyValue::default())).await;
    let mut engine = open(&server).await;
    let asked = [Call::ListSnapshots, Call::OfferSnapshot, Call::LoadSnapshotChunk, Call::ApplySnapshotChunk];
    let replies = engine.pipeline(&asked).await.expect("replies");
    let declined =
        [Reply::ListSnapshots, Reply::OfferSnapshot, Reply::LoadSnapshotChunk, Reply::ApplySnapshotChunk];
    assert_eq!(replies, declined);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_and_a_panic_become_exceptions_and_stop_consensus_only() {
    for (tx, sentence) in [("halt", "a transaction halts the test"), ("panic", "the application panicked in")]
    {
        let server = tcp_server(Arc::new(KeyValue::default())).await;
        let mut engine = open(&server).await;
        let chain = ScriptedChain::start(&mut engine, genesis()).await.expect("a start");
        let reply = engine.call(&Call::Finalize(chain.block(vec![Bytes::from(tx)]))).await.expect("a reply");
        let Reply::Exception(text) = reply else { panic!("{reply:?}") };
        assert!(text.contains(sentence), "{text}");
        assert_eq!(server.wait_for_halt().await.0, text);
        let reply = engine.call(&Call::Finalize(chain.block(Vec::new()))).await.expect("a reply");
        assert_eq!(reply, Reply::Exception(text), "no block after a halt");
        assert!(matches!(engine.call(&Call::Info).await.expect("a reply"), Reply::Info(_)));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_check_or_a_query_costs_its_own_request_and_nobody_elses() {
    let server = tcp_server(Arc::new(KeyValue::slow(Duration::from_millis(5)))).await;
    let (mut attacker, mut honest) = (open(&server).await, open(&server).await);
    let mut attack = Vec::new();
    for index in 0..300 {
        let tx = if index % 3 == 0 { "panic in CheckTx".to_owned() } else { format!("k={index}") };
        attack.push(Call::Check(Bytes::from(tx), CheckKind::New));
    }
    let query = |path: &str| EngineQuery { path: path.into(), data: Bytes::new(), height: 0, prove: false };
    attack.push(Call::Query(query("/panic")));
    let replies = attacker.pipeline(&attack).await.expect("each is answered");
    for (call, reply) in attack.iter().zip(&replies) {
        match (call, reply) {
            (Call::Check(tx, _), Reply::Check(outcome)) if tx.as_ref() == b"panic in CheckTx" => {
                assert_eq!((outcome.code, outcome.codespace.as_str()), (2, "abci"));
                assert!(outcome.log.contains("report it") && !outcome.log.contains("told"), "{outcome:?}");
            }
            (Call::Check(..), Reply::Check(outcome)) => {
                assert_eq!(outcome.code, 0, "a neighbour pays nothing")
            }
            (Call::Query(_), Reply::Query(answer)) => {
                assert_eq!((answer.code, answer.codespace.as_str()), (2, "abci"));
            }
            other => panic!("out of order: {other:?}"),
        }
    }
    let mut chain = ScriptedChain::start(&mut honest, genesis()).await.expect("a start");
    chain.play(&mut honest, vec![Bytes::from_static(b"a=1")], 1_000).await.expect("blocks go on");
    assert!(server.halted().borrow().is_none());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_info_is_an_exception_and_no_halt() {
    let application = Arc::new(KeyValue::default());
    let server = tcp_server(application.clone()).await;
    let mut engine = open(&server).await;
    application.panic_at_info();
    let Reply::Exception(text) = engine.call(&Call::Info).await.expect("a reply") else { panic!("served") };
    assert!(text.contains("panicked in Info"), "{text}");
    assert!(matches!(engine.call(&Call::Info).await.expect("a reply"), Reply::Info(_)));
    assert!(server.halted().borrow().is_none());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_at_a_proposal_or_an_extension_is_a_verdict() {
    let server = tcp_server(Arc::new(KeyValue::default())).await;
    let mut engine = open(&server).await;
    let mut chain = ScriptedChain::start(&mut engine, genesis()).await.expect("a start");
    let block = |phase: &str| chain.block(vec![Bytes::from(format!("panic in {phase}"))]);
    let extension = VoteExtension {
        block_hash: vec![5; 32],
        validator: [3; 20],
        height: 1,
        extension: Bytes::from_static(b"panic in VerifyVoteExtension"),
    };
    let request = chain.proposal_request(block("PrepareProposal").txs, 1_000);
    let attacks = [
        (Call::Prepare(request), Reply::Prepare(Vec::new())),
        (Call::Process(block("ProcessProposal")), Reply::Process(false)),
        (Call::ExtendVote(block("ExtendVote")), Reply::ExtendVote(Bytes::new())),
        (Call::VerifyVoteExtension(extension), Reply::VerifyVoteExtension(false)),
    ];
    for (call, expected) in attacks {
        assert_eq!(engine.call(&call).await.expect("a reply"), expected);
    }
    assert!(server.halted().borrow().is_none());
    chain.play(&mut engine, vec![Bytes::from_static(b"a=1")], 1_000).await.expect("blocks go on");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_giant_closes_its_own_connection_only() {
    let server = tcp_server(Arc::new(KeyValue::default())).await;
    let (mut bad, mut good) = (open(&server).await, open(&server).await);
    bad.send_raw(&[0xff, 0xff, 0xff, 0xff, 0x0f]).await.expect("sent");
    let Reply::Exception(text) = bad.receive().await.expect("an Exception") else { panic!("no Exception") };
    assert!(text.contains("the cap is"), "{text}");
    assert!(matches!(bad.receive().await, Err(ScriptError::Closed)));
    assert!(matches!(good.call(&Call::Info).await.expect("a reply"), Reply::Info(_)));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_bad_query_is_refused_without_an_exception() {
    let server = tcp_server(Arc::new(KeyValue::default())).await;
    let mut engine = open(&server).await;
    // Query { path: one byte that is no UTF-8 }.
    engine.send_frame(&[0x32, 0x03, 0x12, 0x01, 0xff]).await.expect("sent");
    let Reply::Query(answer) = engine.receive().await.expect("a reply") else { panic!("no query answer") };
    assert_eq!((answer.code, answer.codespace.as_str()), (1, "abci"));
    server.stop().await;
}

/// A full extension, an empty one, and somebody who did not vote.
fn extended_votes() -> Vec<ExtendedVote> {
    let vote = |validator: u8, extension: &[u8]| ExtendedVote {
        validator: [validator; 20],
        power: 10,
        signed: true,
        extension: extension.to_vec(),
        signature: vec![validator; 64],
    };
    let silent = ExtendedVote { signed: false, signature: Vec::new(), ..vote(5, b"") };
    vec![vote(3, b"extension"), vote(4, b""), silent]
}

/// One call of every kind.
fn corpus() -> Vec<Call> {
    let mut chain = ScriptedChain::at(1, 1_760_000_001_000);
    let mut block = chain.block(vec![Bytes::from_static(b"a=1"), Bytes::from_static(b"b=2")]);
    block.header.last_commit.votes.push(Vote { validator: [3; 20], power: 10, signed: true });
    block.header.misbehavior.push(Misbehavior {
        kind: MisbehaviorKind::DuplicateVote,
        validator: [3; 20],
        power: 10,
        height: 1,
        time_unix_ms: 1_760_000_000_500,
        total_power: 10,
    });
    chain.height = 2;
    let mut start = genesis();
    start.validators.push(ValidatorPower { key: [4; 32], power: 10 });
    let vote = VoteExtension {
        block_hash: vec![5; 32],
        validator: [3; 20],
        height: 1,
        extension: Bytes::from_static(b"extension"),
    };
    let mut request = chain.proposal_request(vec![Bytes::from_static(b"a=1")], 1_000);
    request.extended_votes = extended_votes();
    request.header.last_commit.votes = request.extended_votes.iter().map(ExtendedVote::vote).collect();
    let query = EngineQuery { path: "/store".into(), data: Bytes::from_static(b"a"), height: 1, prove: true };
    vec![
        Call::Echo("hello".into()),
        Call::Flush,
        Call::Info,
        Call::InitChain(start),
        Call::Query(query),
        Call::Check(Bytes::from_static(b"a=1"), CheckKind::Recheck),
        Call::Prepare(request),
        Call::Process(block.clone()),
        Call::ExtendVote(block.clone()),
        Call::VerifyVoteExtension(vote),
        Call::Finalize(block),
        Call::ListSnapshots,
        Call::OfferSnapshot,
        Call::LoadSnapshotChunk,
        Call::ApplySnapshotChunk,
    ]
}

/// Damages a payload in one of several ways.
fn damaged(payload: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..bytes.len().max(1));
        match random.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = random.random(),
            2 => bytes.truncate(at),
            3 => bytes.extend((0..random.random_range(1..20)).map(|_| random.random::<u8>())),
            4 if at < bytes.len() => bytes.splice(at..at, [0xff; 10]).for_each(drop),
            _ => bytes = (0..random.random_range(0..60)).map(|_| random.random()).collect(),
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_thousand_damaged_frames_are_each_answered_and_the_server_lives() {
    let mut random = StdRng::seed_from_u64(0xC0FFEE);
    let payloads: Vec<Bytes> = corpus().iter().map(wire::encode_call).collect();
    let mut server = tcp_server(Arc::new(KeyValue::default())).await;
    let mut engine = open(&server).await;
    let (mut refused, mut answered) = (0, 0);
    for round in 0..12_000_usize {
        if server.halted().borrow().is_some() {
            // A damaged frame became a Commit out of order: a fresh state machine keeps the test sharp.
            server.stop().await;
            server = tcp_server(Arc::new(KeyValue::default())).await;
            engine = open(&server).await;
        }
        engine.send_frame(&damaged(&payloads[round % payloads.len()], &mut random)).await.expect("sent");
        let reply = tokio::time::timeout(DEADLINE, engine.receive()).await.expect("an answer in time");
        match reply.expect("a framed request is answered and the connection lives") {
            Reply::Exception(_) => refused += 1,
            _ => answered += 1,
        }
    }
    assert!(refused > 1_000 && answered > 1_000, "{refused} refused, {answered} answered");
    assert!(matches!(open(&server).await.call(&Call::Info).await.expect("a reply"), Reply::Info(_)));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_garbage_on_the_socket_harms_no_other_connection() {
    let mut random = StdRng::seed_from_u64(7);
    let server = tcp_server(Arc::new(KeyValue::default())).await;
    let mut witness = open(&server).await;
    for round in 0..2_000_usize {
        let mut garbage: Vec<u8> = (0..random.random_range(1..400)).map(|_| random.random()).collect();
        if round % 3 == 0 {
            // A good frame first, then a cut one.
            garbage.splice(0..0, framed(&wire::encode_call(&Call::Info))).for_each(drop);
        }
        let mut engine = open(&server).await;
        // The server may close while the garbage still arrives.
        let _ = engine.send_raw(&garbage).await;
        drop(engine);
        if round % 50 == 0 {
            let reply = tokio::time::timeout(DEADLINE, witness.call(&Call::Info)).await.expect("in time");
            assert!(matches!(reply.expect("a reply"), Reply::Info(_)));
        }
    }
    assert!(matches!(open(&server).await.call(&Call::Info).await.expect("a reply"), Reply::Info(_)));
    server.stop().await;
}

#[test]
fn a_transaction_is_counted_as_the_wire_counts_it() {
    for size in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
        let tx = vec![0; size];
        assert_eq!(proposal_bytes(&tx), 1 + framed(&tx).len() as u64, "{size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_never_exceeds_its_limit_on_the_wire() {
    let server = tcp_server(Arc::new(KeyValue::greedy())).await;
    let mut engine = open(&server).await;
    let chain = ScriptedChain::at(1, 1);
    let txs: Vec<Bytes> = (0..10).map(|_| Bytes::from(vec![7; 98])).collect();
    for (bytes_max, count) in [(0, 0), (99, 0), (100, 1), (999, 9), (1_000, 10)] {
        let reply = engine.call(&Call::Prepare(chain.proposal_request(txs.clone(), bytes_max))).await;
        assert_eq!(reply.expect("a reply"), Reply::Prepare(txs[..count].to_vec()), "{bytes_max}");
    }
    server.stop().await;
}

#[test]
fn every_call_survives_the_wire() {
    for call in corpus().into_iter().chain([Call::Commit]) {
        assert_eq!(wire::decode_call(wire::encode_call(&call)).as_ref(), Ok(&call), "{}", call.name());
    }
}

#[test]
fn every_single_bit_flip_of_every_call_is_judged_without_panic() {
    let mut refused = 0;
    for payload in corpus().iter().map(wire::encode_call) {
        for bit in 0..payload.len() * 8 {
            let mut flipped = payload.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused += usize::from(wire::decode_call(Bytes::from(flipped)).is_err());
        }
        for end in 0..payload.len() {
            refused += usize::from(wire::decode_call(payload.slice(..end)).is_err());
        }
    }
    assert!(refused > 2_000, "{refused}");
}
