//! An unmodified wallet library of Ethereum signs for accounts of a dev node.

use std::{path::Path, process::Command};

use chortle_node::dev::accounts::{self, MNEMONIC};
use serde_json::{Value, json};

use crate::common::Node;

/// Runs viem: builds, signs and sends a message; `mutate` flips a bit of that byte of the body after signing.
async fn send(
    node: &Node,
    kind: &str,
    (module, message, body): (&str, &str, &Value),
    mutate: Option<u64>,
) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/wallets");
    assert!(folder.join("node_modules/viem").exists(), "viem is not here: run scripts/setup --for-tests");
    let secret = format!("0x{}", hex::encode(node.accounts[1].secret));
    let (url, body) = (node.url(""), body.to_string());
    let mut command = Command::new("node");
    command.arg("wallet.mjs").current_dir(folder).args([&url, &secret, kind, module, message, &body]);
    command.args(mutate.map(|at| at.to_string()));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    serde_json::from_str(&out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn viem_creates_transfers_and_delegates_and_nothing_signed_can_be_changed() {
    let node = Node::start().await;
    let validator = accounts::derive(MNEMONIC, accounts::COUNT + 1).unwrap().pop().unwrap().address;
    let create = json!({ "symbol": "DOGE", "name": "Doge", "decimals": 8, "supply": "150000000" });
    let transfer = json!({ "to": node.accounts[2].address, "coin": { "asset": "1", "amount": "50000000" } });
    let delegate = json!({ "validator": validator, "amount": "2500000000" });
    for kind in ["eip712", "eip191"] {
        for message in [
            ("token", "create_asset", &create),
            ("token", "transfer", &transfer),
            ("staking", "delegate", &delegate),
        ] {
            // A byte of the chain's name, of its genesis, of the sender and of the message: what is cheap to ask is
            // asked before the signature.
            for (byte, codes) in [
                (6, ["app.1"].as_slice()),
                (30, &["app.14"]),
                (60, &["app.6", "app.10"]),
                (137, &["tx.7", "tx.8"]),
            ] {
                let refused = send(&node, kind, message, Some(byte)).await;
                assert!(codes.contains(&refused["code"].as_str().unwrap_or("none")), "{byte}: {refused}");
            }
            let sent = send(&node, kind, message, None).await;
            let hash = sent["hash"].as_str().unwrap_or_else(|| panic!("{sent}"));
            let found = node.json(&format!("/v1/txs/{hash}")).await;
            assert_eq!(found["status"], "included", "{kind} {message:?}: {found}");
        }
    }
}
