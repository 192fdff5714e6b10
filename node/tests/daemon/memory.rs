//! What strangers can make a node remember. The test plays the engine of a real process.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chortle_app::MODULES;
use chortle_consensus::abci::Address as Socket;
use chortle_consensus::abci::call::{Call, Reply};
use chortle_consensus::application::{CheckKind, Genesis};
use chortle_consensus::comet::http;
use chortle_consensus::script::{Connection, ScriptedChain};
use chortle_genesis::parse_rfc3339_ms;
use chortle_kernel::tx::{ChainRef, RawMessage, Replay, TX_BYTES_MAX};
use chortle_kernel::{Address, List};
use chortle_node::home::Home;
use serde_json::{Value, json};

use crate::command_line::program;
use crate::common::{Signer, body, sign, signers, transfer};
use crate::startup::{Running, home};

/// Large transactions that are sent: 29 MB, which grew a node by 52 MiB when it remembered them.
const TXS: u64 = 500;
/// Sent at once; a connection holds no more than it reads at once.
const AT_ONCE: usize = 50;

/// What the engine of a home hands over.
fn genesis(home: &Home) -> Genesis {
    let document = home.read_genesis().expect("a good document");
    Genesis {
        time_unix_ms: parse_rfc3339_ms(&document.genesis_time).expect("a time"),
        chain_id: document.chain_id.clone(),
        initial_height: document.initial_height.0,
        params: document.engine(),
        validators: Vec::new(),
        app_state: Value::Object(document.app_state).to_string().into(),
    }
}

/// A transaction about as large as one may be: eight messages with 256 recipients each.
fn large(from: &Signer, amount: u64) -> Bytes {
    let recipients: Vec<_> =
        (0..=255).map(|at| json!({ "to": Address([at; 20]), "amount": amount.to_string() })).collect();
    let fields = json!({ "asset": "0", "recipients": recipients });
    let mut body = body(from, "multi_transfer", fields, Replay::Sequence(0), 0);
    let message: &RawMessage = body.messages.first().expect("one");
    body.messages = List::parse(vec![message.clone(); 8]).expect("few");
    body.fee.gas_limit = 1_000_000_000;
    let tx = sign(from, body);
    assert!((TX_BYTES_MAX * 7 / 8..=TX_BYTES_MAX).contains(&tx.len()), "{}", tx.len());
    tx.into()
}

async fn check(connection: &mut Connection, txs: &[Bytes]) -> Vec<String> {
    let calls: Vec<_> = txs.iter().map(|tx| Call::Check(tx.clone(), CheckKind::New)).collect();
    let replies = connection.pipeline(&calls).await.expect("replies");
    let code = |reply: Reply| match reply {
        Reply::Check(outcome) => format!("{}.{}", outcome.codespace, outcome.code),
        other => panic!("no verdict: {other:?}"),
    };
    replies.into_iter().map(code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_who_cannot_pay_take_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let root = home(folder.path(), "memory-1");
    let home = Home::of(&MODULES, &root);
    let running = Running::start(&root);
    let mut connection = Connection::open(&Socket::Unix(root.join("abci.sock"))).await.unwrap();
    let mut chain = ScriptedChain::start(&mut connection, genesis(&home)).await.unwrap();
    chain.play(&mut connection, vec![], 1 << 20).await.unwrap();

    let settings = std::fs::read_to_string(home.settings()).unwrap();
    let rest = settings.parse::<toml::Table>().unwrap()["rest"]["address"].as_str().unwrap().to_owned();
    let asked = http::client().build().unwrap().get(format!("http://{rest}/v1/status")).send();
    let status: Value = asked.await.unwrap().json().await.unwrap();
    let hash = hex::decode(status["genesis_hash"].as_str().unwrap().trim_start_matches("0x")).unwrap();
    let signers = signers(&ChainRef::of("memory-1", hash.try_into().unwrap()).unwrap());

    let poor = &signers[5];
    let mut begun = None;
    for from in (0..TXS).step_by(AT_ONCE) {
        let txs: Vec<Bytes> = (from..from + AT_ONCE as u64).map(|amount| large(poor, amount + 1)).collect();
        let codes = check(&mut connection, &txs).await;
        assert!(codes.iter().all(|code| code == "app.10"), "{codes:?}");
        begun.get_or_insert(running.resident_bytes());
    }
    let grown = running.resident_bytes().saturating_sub(begun.unwrap());
    assert!(grown < 16 << 20, "{} MiB more after {TXS} transactions of nobody", grown >> 20);

    let rich = &signers[1];
    assert_eq!(check(&mut connection, &[transfer(rich, poor.address, 5, 0).into()]).await, [".0"]);
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_message_of_the_engine_is_not_paid_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let root = home(folder.path(), "large-1");
    // The allocator gives back at once what it otherwise keeps for a while, so that only what is in use is seen.
    let mut command = Command::new(program());
    command.args(["start", "--external-comet", "--home"]).arg(&root).env("MIMALLOC_PURGE_DELAY", "0");
    let running = Running::of(command.stdout(Stdio::null()).stderr(Stdio::null()), &root);
    let mut connection = Connection::open(&Socket::Unix(root.join("abci.sock"))).await.unwrap();
    let echo = |bytes: usize| Call::Echo("x".repeat(bytes));
    connection.call(&echo(10)).await.unwrap();
    let before = running.resident_bytes();
    connection.call(&echo(64 << 20)).await.unwrap();
    let asked = Instant::now();
    loop {
        // The connection stays open, and goes on as before.
        connection.call(&echo(10)).await.unwrap();
        let kept = running.resident_bytes().saturating_sub(before);
        if kept < 24 << 20 {
            break;
        }
        assert!(asked.elapsed() < Duration::from_secs(20), "{} MiB are kept of a message of 64", kept >> 20);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(running.stop(), Some(0));
}
