//! A real CometBFT around the test's state machine.

mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chortle_consensus::Application;
use chortle_consensus::abci::{Limits, Server};
use chortle_consensus::application::{ConsensusParams, ExtendedVote, ProposalRequest};
use chortle_consensus::comet::EngineGenesis;
use chortle_consensus::comet::home::Settings;
use chortle_consensus::comet::light::{self, LightClient};
use chortle_consensus::comet::process::{State, Supervisor, SupervisorConfig, SupervisorError};
use chortle_consensus::grammar::{Grammar, Recorded, Step};
use chortle_kernel::vote_extension::VotePoint;
use rustix::process::{Pid, Signal, kill_process};
use support::{KeyValue, eventually, extension, height_reached, single_node};

async fn serve<A: Application>(root: &std::path::Path, application: &Arc<A>) -> Server {
    let address = chortle_consensus::abci::Address::Unix(root.join("abci.sock"));
    Server::start(address, application.clone(), Limits::default()).await.expect("the server starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_committed_and_read_back() {
    support::log();
    let root = tempfile::tempdir().expect("temp folder");
    let node = single_node(root.path(), |_, _| {});
    let application = Arc::new(KeyValue::default());
    let server = serve(root.path(), &application).await;
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts");
    height_reached(&node.rpc, 1).await;

    let answer = node.rpc.broadcast_tx_sync(b"name=chortle".to_vec()).await.expect("broadcast");
    assert!(answer.code.is_ok());
    let refused = node.rpc.broadcast_tx_sync(b"no pair".to_vec()).await.expect("broadcast");
    assert_eq!(refused.code.value(), 1);
    let many: Vec<Vec<u8>> = (0..1_200).map(|i| format!("key{i}={i}").into_bytes()).collect();
    let verdicts = node.rpc.broadcast_many(&many).await.expect("broadcast many");
    assert!(verdicts.len() == many.len() && verdicts.iter().all(|verdict| verdict.code == 0), "{verdicts:?}");
    let again = node.rpc.broadcast_many(&many[..1]).await.expect("broadcast again");
    assert_eq!(again[0].codespace, "cometbft", "known already: {again:?}");

    eventually("all transactions in blocks", || async { (application.state().txs == 1_201).then_some(()) })
        .await;
    let value = node.rpc.abci_query("/store", b"name".to_vec(), 0, false).await.expect("query");
    assert_eq!(value.value, b"chortle");
    let app_state = node.rpc.abci_query("/store", b"app_state".to_vec(), 0, false).await.expect("query");
    assert_eq!(app_state.value, b"{\"greeting\": \"hi\"}", "the application's section arrives byte by byte");
    assert!(application.batches().iter().any(|size| *size > 1), "checks came in batches");

    let blocks = application.blocks();
    let with_tx = blocks.iter().find(|block| block.txs.iter().any(|tx| tx.as_ref() == b"name=chortle"));
    let height = with_tx.expect("the block is there").header.height;
    let block = node.rpc.block(height).await.expect("block");
    assert_eq!(block.block_id.hash.as_bytes(), with_tx.expect("as above").hash);
    let results = node.rpc.block_results(height).await.expect("results");
    assert_eq!(results.txs_results.map(|results| results.len()), Some(block.block.data.len()));
    assert_eq!(node.rpc.genesis().await.expect("genesis")["chain_id"], "test-1");
    assert_eq!(node.rpc.net_info().await.expect("net info").n_peers, 0);

    supervisor.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_comet_is_restarted_and_the_chain_goes_on() {
    support::log();
    let root = tempfile::tempdir().expect("temp folder");
    let node = single_node(root.path(), |_, _| {});
    let application = Arc::new(KeyValue::default());
    let recorded = Arc::new(Recorded::new(application.clone()));
    let server = serve(root.path(), &recorded).await;
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts");
    for kill in 1..=3_u32 {
        height_reached(&node.rpc, application.state().height + 2).await;
        let pid = supervisor.pid().expect("a child runs");
        let pid = Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id");
        kill_process(pid, Signal::KILL).expect("the child is killed");
        eventually("a restart", || async { (supervisor.starts() > kill).then_some(()) }).await;
    }
    let height = application.state().height;
    height_reached(&node.rpc, height + 3).await;
    supervisor.stop().await;
    server.stop().await;
    assert_eq!(recorded.violations(), []);
}

/// With its data folder gone, CometBFT cannot write what it is about to sign: its consensus panics, its process and its
/// RPC live on. Time is told by a second CometBFT with the same pace on the same machine: whatever else that does, it
/// slows both.
#[tokio::test(flavor = "multi_thread")]
async fn a_comet_whose_consensus_died_is_seen_within_two_blocks_and_goes_on_when_it_can() {
    support::log();
    let pace =
        |settings: &mut Settings, _: &mut EngineGenesis| settings.timeout_commit = Duration::from_secs(1);
    let clock_root = tempfile::tempdir().expect("temp folder");
    let clock_node = single_node(clock_root.path(), pace);
    let clock = Arc::new(KeyValue::default());
    let clock_server = serve(clock_root.path(), &clock).await;
    let clock_supervisor = Supervisor::start(clock_node.config.clone()).expect("CometBFT starts");
    let root = tempfile::tempdir().expect("temp folder");
    let mut node = single_node(root.path(), pace);
    // It stays broken until it has been looked at.
    node.config.backoff = Duration::from_secs(5);
    let application = Arc::new(KeyValue::default());
    let server = serve(root.path(), &application).await;
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts");
    height_reached(&node.rpc, 3).await;
    height_reached(&clock_node.rpc, 1).await;
    let mut state = supervisor.state();
    let (data, away) = (node.home.root().join("data"), node.home.root().join("away"));
    std::fs::rename(&data, &away).expect("the folder is moved");
    let moved = clock.state().height;
    let broken = state.wait_for(|state| matches!(state, State::Broken { .. }));
    let broken = tokio::time::timeout(Duration::from_secs(60), broken).await.expect("seen").expect("watched");
    let State::Broken { cause } = broken.clone() else { unreachable!("as waited for") };
    assert!(cause.contains("comet/data"), "{cause}");
    let passed = clock.state().height - moved;
    // It notices at its next vote, which is a block time away at most.
    assert!(passed <= 1 + 2, "seen after {passed} blocks of another");
    drop(broken);
    if data.exists() {
        std::fs::remove_dir_all(&data).expect("what the dying process made is removed");
    }
    std::fs::rename(&away, &data).expect("the folder is put back");
    let height = application.state().height;
    height_reached(&node.rpc, height + 2).await;
    assert!(supervisor.starts() >= 2);
    assert!(matches!(*state.borrow(), State::Running { .. }));
    supervisor.stop().await;
    server.stop().await;
    clock_supervisor.stop().await;
    clock_server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_up_on_a_dead_consensus_names_its_cause() {
    use std::os::unix::fs::PermissionsExt;
    support::log();
    let root = tempfile::tempdir().expect("temp folder");
    let binary = root.path().join("cometbft");
    let line =
        r#"{"level":"error","module":"consensus","err":"no space left","_msg":"CONSENSUS FAILURE!!!"}"#;
    let script = format!("#!/bin/sh\necho '{line}'\necho other words >&2\nexec sleep 600\n");
    std::fs::write(&binary, script).expect("temp file");
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mut config = SupervisorConfig::new(binary, root.path().to_owned());
    (config.restarts_max, config.backoff) = (1, Duration::from_millis(50));
    let supervisor = Supervisor::start(config).expect("it starts");
    let failed = tokio::time::timeout(Duration::from_secs(60), supervisor.failed()).await.expect("an end");
    let failed = failed.expect("it cannot go on").to_string();
    assert!(failed.contains("because: no space left"), "{failed}");
    assert_eq!(supervisor.starts(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_replays_what_the_application_lost() {
    support::log();
    let root = tempfile::tempdir().expect("temp folder");
    let node = single_node(root.path(), |_, _| {});
    let application = Arc::new(KeyValue::default());
    let server = serve(root.path(), &application).await;
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts");
    height_reached(&node.rpc, 2).await;
    node.rpc.broadcast_tx_sync(b"a=1".to_vec()).await.expect("broadcast");
    height_reached(&node.rpc, application.state().height + 2).await;
    supervisor.stop().await;

    let before = application.state();
    application.lose_last_height();
    assert_eq!(application.state().height, before.height - 1);
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts again");
    height_reached(&node.rpc, before.height + 2).await;
    let blocks = application.blocks();
    let replayed: Vec<_> = blocks.iter().filter(|block| block.header.height == before.height).collect();
    assert_eq!(replayed.len(), 2, "the lost height was executed twice");
    assert_eq!(replayed[0], replayed[1], "with the same bytes");
    assert_eq!(application.state().values, before.values);
    supervisor.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_run_with_vote_extensions_obeys_the_grammar_and_its_mutants_do_not() {
    support::log();
    let root = tempfile::tempdir().expect("temp folder");
    let node = single_node(root.path(), |_, genesis| genesis.params.vote_extensions_height = 2);
    let state_machine = Arc::new(KeyValue::default());
    let application = Arc::new(Recorded::new(state_machine.clone()));
    let server = serve(root.path(), &application).await;
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts");
    height_reached(&node.rpc, 6).await;
    supervisor.stop().await;
    server.stop().await;
    assert_eq!(application.violations(), []);
    let key = node.home.keys().expect("keys").validator_key();
    extensions_are_signed_as_we_verify(&state_machine.requests(), &key);
    let trace = application.trace();
    Grammar::judge(trace.iter().copied()).expect("a real run is legal");
    assert!(trace.contains(&Step::ExtendVote(3)), "{trace:?}");

    let last = trace.iter().rposition(|step| *step == Step::Commit).expect("a commit");
    let mutant_is_refused = |what: &str, at: usize, change: &dyn Fn(&mut Vec<Step>)| {
        let mut mutant = trace.clone();
        change(&mut mutant);
        Grammar::judge(mutant).expect_err(&format!("{what} at step {at}, {:?}", trace[at]));
    };
    for (at, step) in trace.iter().enumerate().take(last) {
        match step {
            Step::Info { .. } => mutant_is_refused("removed", at, &|trace| drop(trace.drain(..=at))),
            Step::InitChain { .. } | Step::Finalize(_) | Step::Commit => {
                mutant_is_refused("removed", at, &|trace| {
                    trace.remove(at);
                });
                mutant_is_refused("doubled", at, &|trace| trace.insert(at, *step));
                if at > 0 && matches!(step, Step::Commit) {
                    mutant_is_refused("swapped", at, &|trace| trace.swap(at - 1, at));
                }
            }
            Step::Prepare(height) => {
                mutant_is_refused("lowered", at, &|trace| trace[at] = Step::Prepare(height - 1));
                mutant_is_refused("raised", at, &|trace| trace[at] = Step::Prepare(height + 1));
            }
            Step::Limits { .. } => panic!("this run changes no limits"),
            Step::Process(height) | Step::ExtendVote(height) | Step::VerifyVoteExtension(height) => {
                mutant_is_refused("raised", at, &|trace| trace[at] = Step::Process(height + 1));
            }
        }
    }
}

/// CometBFT's own signatures hold over our canonical bytes, and come at the heights that we expect.
fn extensions_are_signed_as_we_verify(requests: &[ProposalRequest], key: &[u8; 32]) {
    let mut extended = 0;
    for request in requests {
        let (height, last_commit) = (request.header.height, &request.header.last_commit);
        let plain: Vec<_> = request.extended_votes.iter().map(ExtendedVote::vote).collect();
        assert_eq!(plain, last_commit.votes);
        assert_eq!(plain.len(), usize::from(height > 1), "one validator votes for every block");
        for vote in &request.extended_votes {
            let at = VotePoint { chain_id: "test-1", height: height - 1, round: last_commit.round };
            assert_eq!(vote.verify(key, at), height > 2, "{height}: {vote:?}");
            let expected = if height > 2 { extension(height - 1) } else { Bytes::new() };
            assert_eq!(vote.extension, expected);
            extended += usize::from(height > 2);
        }
    }
    assert!(extended >= 3, "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_limits_reach_a_real_cometbft() {
    support::log();
    let root = tempfile::tempdir().expect("temp folder");
    let node = single_node(root.path(), |_, _| {});
    let application = Arc::new(KeyValue::default());
    let server = serve(root.path(), &application).await;
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts");
    height_reached(&node.rpc, 1).await;
    let height = application.state().height;
    let limits = ConsensusParams {
        block_bytes_max: 300_000,
        block_gas_max: 5_000,
        evidence_age_blocks_max: 77,
        evidence_age_ns_max: 78_000_000_000,
        evidence_bytes_max: 79_000,
        vote_extensions_height: height + 20,
    };
    application.answer_params(limits);
    height_reached(&node.rpc, height + 23).await;
    supervisor.stop().await;
    server.stop().await;
    let requests = application.requests();
    let last = requests.last().expect("a request");
    // What is left of the block for transactions, after the header and the commit.
    assert!((290_000..300_000).contains(&last.bytes_max), "{}", last.bytes_max);
    let extended =
        requests.iter().filter(|request| !request.extended_votes.iter().all(|v| v.signature.is_empty()));
    let first = extended.map(|request| request.header.height).min();
    assert_eq!(
        first,
        Some(height + 21),
        "votes are extended from the new height on, and handed on one later"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_reaches_the_daemon_with_its_sentence() {
    support::log();
    let root = tempfile::tempdir().expect("temp folder");
    let mut node = single_node(root.path(), |_, _| {});
    node.config.restarts_max = 1;
    let application = Arc::new(KeyValue::default());
    let server = serve(root.path(), &application).await;
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts");
    height_reached(&node.rpc, 1).await;
    node.rpc.broadcast_tx_sync(b"halt".to_vec()).await.expect("broadcast");
    let halt = tokio::time::timeout(Duration::from_secs(60), server.wait_for_halt()).await.expect("it halts");
    assert_eq!(halt.0, "a transaction halts the test");
    // CometBFT stops at the Exception, again after the restart, and the supervisor says so.
    let failed =
        tokio::time::timeout(Duration::from_secs(60), supervisor.failed()).await.expect("it gives up");
    let Some(SupervisorError::GaveUp { ends: 2, last_lines, .. }) = failed else { panic!("{failed:?}") };
    assert!(!last_lines.is_empty());
    server.stop().await;
}

/// Tells the second copy of this test program that it is the daemon, and where.
const DAEMON_FOLDER: &str = "CHORTLE_TEST_DAEMON_FOLDER";

#[test]
fn a_killed_daemon_leaves_no_child() {
    if let Some(folder) = std::env::var_os(DAEMON_FOLDER).map(PathBuf::from) {
        let config = SupervisorConfig::new(folder.join("cometbft"), folder);
        let _supervisor = Supervisor::start(config).expect("the child starts");
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let folder = tempfile::tempdir().expect("temp folder");
    let (binary, pid_file) = (folder.path().join("cometbft"), folder.path().join("pid"));
    let script = "#!/bin/sh\necho $$ > \"$3/new\" && mv \"$3/new\" \"$3/pid\" && exec sleep 60\n";
    std::fs::write(&binary, script).expect("a script");
    std::fs::set_permissions(&binary, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("permissions");
    let mut daemon = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "a_killed_daemon_leaves_no_child"])
        .env(DAEMON_FOLDER, folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("a daemon");
    let deadline = Instant::now() + Duration::from_secs(30);
    let pid = loop {
        assert!(Instant::now() < deadline, "the child never came up");
        if let Ok(pid) = std::fs::read_to_string(&pid_file) {
            break pid.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let stat = || std::fs::read_to_string(format!("/proc/{pid}/stat"));
    assert!(stat().is_ok(), "the child runs");
    daemon.kill().expect("the daemon is killed");
    daemon.wait().expect("the daemon is gone");
    // A zombie is dead: whoever inherited it has not looked yet.
    while stat().is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < deadline, "the child outlives the daemon");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named_at_start() {
    let root = tempfile::tempdir().expect("temp folder");
    let node = single_node(root.path(), |_, _| {});
    let (_, rpc) = node.config.ports[1].clone();
    let _taken = std::net::TcpListener::bind(rpc).expect("the port is free");
    let refusal = Supervisor::start(node.config).err().expect("the port is taken").to_string();
    assert!(refusal.contains(&rpc.to_string()) && refusal.contains("RPC"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_cannot_start_fails_loudly_with_its_last_words() {
    let root = tempfile::tempdir().expect("temp folder");
    let mut node = single_node(root.path(), |_, _| {});
    std::fs::write(node.home.genesis(), "{}").expect("a damaged genesis");
    (node.config.restarts_max, node.config.backoff) = (2, Duration::from_millis(10));
    let supervisor = Supervisor::start(node.config).expect("the first start");
    let failed =
        tokio::time::timeout(Duration::from_secs(60), supervisor.failed()).await.expect("it gives up");
    let text = failed.expect("a failure").to_string();
    assert!(text.contains("3 times in a row") && text.contains("genesis"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_light_client_trusts_real_headers_and_no_forged_one() {
    support::log();
    let root = tempfile::tempdir().expect("temp folder");
    let node = single_node(root.path(), |_, _| {});
    let application = Arc::new(KeyValue::default());
    let server = serve(root.path(), &application).await;
    let supervisor = Supervisor::start(node.config.clone()).expect("CometBFT starts");
    height_reached(&node.rpc, 8).await;

    let root_of_trust = node.rpc.commit(2).await.expect("commit").signed_header.header.hash();
    let hash: [u8; 32] = root_of_trust.as_bytes().try_into().expect("a SHA-256 hash");
    let period = Duration::from_secs(3_600);
    let wrong = LightClient::trust(node.rpc.clone(), 2, [1; 32], period).await;
    assert!(wrong.is_err_and(|error| error.to_string().contains("another chain or a fork")));
    let mut client = LightClient::trust(node.rpc.clone(), 2, hash, period).await.expect("the root of trust");
    let header = client.verify(6).await.expect("a real header").header.clone();
    assert_eq!(header.height.value(), 6);
    assert_eq!(header.app_hash.as_bytes().len(), 32);

    let real = light::fetch(&node.rpc, 7).await.expect("height 7");
    client.judge(&real).expect("a real header");
    let mut forged = real.clone();
    forged.signed_header.header.app_hash = tendermint::AppHash::try_from(vec![9; 32]).expect("a hash");
    client.judge(&forged).expect_err("a header that nobody signed");
    let mut stranger = real;
    let other = tendermint::PublicKey::from_raw_ed25519(&[5; 32]).expect("a key");
    let other = tendermint::validator::Info::new(other, tendermint::vote::Power::from(10_u32));
    stranger.validators = tendermint::validator::Set::new(vec![other], None);
    client.judge(&stranger).expect_err("validators that are not the chain's");
    supervisor.stop().await;
    server.stop().await;
}
