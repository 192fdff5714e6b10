//! `chortle query … --verify` believes a node by proof alone, and refuses one that lies.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};

use chortle_testkit::node::program;
use chortle_testkit::{Account, http};
use serde_json::{Value, json};

use crate::{SOON, network, turn};

/// Changes the answer to a path.
type Forge = fn(&str, &mut Value);

/// A proxy on a free port that changes what a node answers.
fn liar(node: SocketAddr, forge: Forge) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            lie(client, node, forge);
        }
    });
    address
}

fn lie(mut client: TcpStream, node: SocketAddr, forge: Forge) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let Some(path) = head.split(' ').nth(1) else { return };
    let mut upstream = TcpStream::connect(node).expect("the node listens");
    write!(upstream, "GET {path} HTTP/1.1\r\nhost: {node}\r\nconnection: close\r\n\r\n")
        .expect("it takes a request");
    let mut answer = String::new();
    upstream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.lines().next().expect("a status");
    let mut body: Value = serde_json::from_str(body).expect("JSON");
    forge(path, &mut body);
    let body = body.to_string();
    let length = body.len();
    let _ = write!(
        client,
        "{status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
}

fn honest(_: &str, _: &mut Value) {}

fn of_a_balance(path: &str, body: &mut Value) {
    if path.starts_with("/v1/accounts/") {
        body["answer"]["amount"] = json!("1");
    }
}

fn of_a_value(path: &str, body: &mut Value) {
    if path.starts_with("/v1/accounts/") {
        let value = &mut body["proof"]["entries"][0]["value"];
        *value = json!(format!("{}00", value.as_str().expect("an account")));
    }
}

fn of_a_header(path: &str, body: &mut Value) {
    if path.starts_with("/v1/headers/") && !path.ends_with("/1") {
        body["signed_header"]["header"]["app_hash"] = json!("AB".repeat(32));
    }
}

fn of_a_set(path: &str, body: &mut Value) {
    if path.starts_with("/v1/headers/") {
        let power = &mut body["validators"][0]["power"];
        *power = json!("99999");
    }
}

/// Another genesis: one account has a nlol more.
fn of_the_genesis(path: &str, body: &mut Value) {
    if path.starts_with("/v1/genesis") {
        let balance = &mut body["app_state"]["token"]["accounts"][0]["balance"];
        let nlol: u64 = balance.as_str().expect("an amount").parse().expect("a number");
        *balance = json!((nlol + 1).to_string());
    }
}

fn ask(node: SocketAddr, home: &std::path::Path, who: &str, trust: &[&str]) -> Output {
    Command::new(program("CHORTLE", "chortle").expect("chortle is built"))
        .args(["query", "token", "balance", who, "0", "--verify", "--output", "json"])
        .args(trust)
        .env("CHORTLE_HOME", home)
        .env("CHORTLE_NODE", format!("http://{node}"))
        .output()
        .expect("chortle runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_believes_proofs_from_genesis_on_and_no_forged_answer() {
    let _turn = turn().await;
    let accounts = Account::many("verify", 1);
    let network = network(4, &accounts).await;
    network.wait_for_progress(5, SOON).await.expect("blocks go on");
    let node = network.nodes[0].addresses.rest;
    let folder = tempfile::tempdir().expect("a folder");
    let genesis = folder.path().join("genesis.json");
    let text = http::once(node, "GET", "/v1/genesis", b"").await.expect("the genesis");
    std::fs::write(&genesis, &text.body).expect("room");
    let genesis = genesis.display().to_string();
    let who = accounts[0].address.to_string();
    let from_genesis = ["--genesis", genesis.as_str()];
    for (forge, holds) in [
        (honest as Forge, true),
        (of_a_balance, false),
        (of_a_value, false),
        (of_a_header, false),
        (of_a_set, false),
    ] {
        let proxy = liar(node, forge);
        let home = tempfile::tempdir().expect("a folder");
        let (told, said) = outcome(&ask(proxy, home.path(), &who, &from_genesis));
        assert_eq!(told.is_some(), holds, "{said}");
        assert_eq!(said.contains("client.39"), !holds, "{said}");
        if !holds {
            continue;
        }
        let told = told.expect("an answer");
        assert_ne!(told["amount"], "0", "{told}");
        assert!(said.contains("verified"), "{said}");
        // From now on the home knows a header; without one, nothing is believed.
        let (told, said) = outcome(&ask(node, home.path(), &who, &[]));
        assert!(told.is_some(), "{said}");
        let nobody = Account::of_seed("nobody", 0).address.to_string();
        let (told, said) = outcome(&ask(node, home.path(), &nobody, &[]));
        assert!(told.is_some(), "absence is proven, too: {said}");
        let empty = tempfile::tempdir().expect("a folder");
        let (told, said) = outcome(&ask(node, empty.path(), &who, &[]));
        assert!(told.is_none() && said.contains("--trust"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_genesis_that_is_pinned_by_its_hash_is_fetched_and_no_other_is_taken_for_it() {
    let _turn = turn().await;
    let accounts = Account::many("pinned", 1);
    let network = network(1, &accounts).await;
    network.wait_for_progress(4, SOON).await.expect("blocks go on");
    let node = network.nodes[0].addresses.rest;
    let status = network.nodes[0].rest("/v1/status").await.expect("a status");
    let hash = status["genesis_hash"].as_str().expect("a hash").to_owned();
    let bare = hash.trim_start_matches("0x");
    let other = "00".repeat(32);
    let who = accounts[0].address.to_string();
    for (asked, pinned, refusal) in [
        (node, hash.as_str(), None),
        (node, bare, None),
        (node, other.as_str(), Some("genesis document has the hash")),
        (liar(node, of_the_genesis), hash.as_str(), Some("genesis document has the hash")),
        (liar(node, of_a_set), hash.as_str(), Some("not believed")),
        (node, "0x12", Some("64 hexadecimal digits")),
        (node, "missing.json", Some("64 hexadecimal digits")),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let (told, said) = outcome(&ask(asked, home.path(), &who, &["--genesis", pinned]));
        assert_eq!(told.is_some(), refusal.is_none(), "{pinned}: {said}");
        assert!(refusal.is_none_or(|words| said.contains(words)), "{pinned}: {said}");
        // Only what was believed is remembered.
        let (again, said) = outcome(&ask(node, home.path(), &who, &[]));
        assert_eq!(again.is_some(), refusal.is_none(), "{pinned}: {said}");
    }
}

fn outcome(output: &Output) -> (Option<Value>, String) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success().then(|| serde_json::from_slice(&output.stdout).expect("JSON")), said)
}
