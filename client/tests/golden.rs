//! Golden files: the bytes of transactions, and the help of every command.

mod common;

use chortle_app::MODULES;
use chortle_client::{
    build::{self, Plan, SignedBy},
    cli,
    file::TxFile,
    keys::{KeyKind, Secret},
    signing,
};
use chortle_kernel::{
    Address, MessageKind, Module, codec,
    tx::{self, Replay},
};
use clap::Command;
use common::golden;
use serde_json::{Value, json};

fn secret(kind: KeyKind, seed: u8) -> Secret {
    Secret::parse(kind, &[seed; 32]).unwrap()
}

/// A message of every kind that the chain knows: the examples of the list.
fn samples() -> Vec<(&'static str, &'static str, Value)> {
    let of = |module: &'static Module, kind: &'static MessageKind| {
        let bodies = (kind.examples)().into_iter();
        bodies.map(move |bytes| (module.name, kind.name, (kind.decode)(&bytes).unwrap().to_json()))
    };
    let kinds = |module: &'static Module| module.messages.iter().flat_map(move |kind| of(module, kind));
    MODULES.modules().flat_map(kinds).collect()
}

fn plan(sender: Address, module: &str, message: &str, body: Value) -> Plan {
    Plan {
        chain: chortle_kernel::tx::ChainRef::of("chortle-golden-1", [7; 32]).unwrap(),
        sender,
        replay: Replay::Sequence(7),
        expiry_unix_ms: 0,
        gas_limit: None,
        gas_price_max: 2,
        tip: 0,
        fee_payer: None,
        fee_grant: None,
        messages: build::messages(vec![build::message(module, message, body).unwrap()]).unwrap(),
        memo: build::memo("gm").unwrap(),
        signed_by: vec![SignedBy::Secp256k1],
    }
}

#[test]
fn transactions_keep_their_bytes() {
    let (alice, bob) = (secret(KeyKind::Secp256k1, 1), secret(KeyKind::Ed25519, 2));
    let mut text = String::new();
    let mut write = |title: &str, plan: &Plan, signers: &[&Secret]| {
        let body = plan.body(&MODULES).unwrap();
        let signatures: Vec<_> = signers.iter().map(|secret| signing::sign(&body, secret)).collect();
        let (digest, gas) = (hex::encode(body.sign_digest()), body.fee.gas_limit);
        let tx = signing::assemble(body, &signatures).unwrap();
        let bytes = tx.encode();
        let decoded = chortle_app::Decoded::parse(&MODULES, &bytes).unwrap();
        assert_eq!(decoded.gas, gas, "{title}: the gas known before signing is what is charged");
        let (id, bytes) = (hex::encode(tx::id(&bytes)), hex::encode(&bytes));
        text.push_str(&format!(
            "{title}\n  gas    {gas}\n  digest {digest}\n  id     {id}\n  bytes  {bytes}\n"
        ));
    };
    for (module, name, body) in samples() {
        write(&format!("{module} {name}"), &plan(alice.address(), module, name, body), &[&alice]);
    }
    let burn = json!({ "coin": { "asset": "0", "amount": "1" } });
    let mut paid = plan(bob.address(), "token", "burn", burn);
    paid.replay = Replay::Unordered;
    paid.expiry_unix_ms = 1_700_000_000_000;
    paid.fee_payer = Some(alice.address());
    paid.signed_by = vec![SignedBy::Ed25519, SignedBy::Secp256k1];
    write("unordered, ed25519, another pays", &paid, &[&bob, &alice]);
    golden("transactions.txt", &text);
}

#[test]
fn a_transaction_file_keeps_its_form() {
    let alice = secret(KeyKind::Secp256k1, 1);
    let coin = json!({ "asset": "0", "amount": "1500000000" });
    let body = json!({ "to": secret(KeyKind::Ed25519, 2).address(), "coin": coin });
    let mut file = TxFile::unsigned(plan(alice.address(), "token", "transfer", body).body(&MODULES).unwrap());
    file.add(signing::sign(&file.body, &alice)).unwrap();
    let text = serde_json::to_string_pretty(&file.to_json().unwrap()).unwrap();
    assert_eq!(TxFile::parse(&text).unwrap(), file);
    assert_eq!(
        codec::decode::<chortle_kernel::tx::Tx>(&file.assemble().unwrap().encode()).unwrap().body,
        file.body
    );
    golden("transaction-file.json", &format!("{text}\n"));
}

#[test]
fn help_of_every_command() {
    let mut root = cli::root().term_width(100);
    root.build();
    let mut text = String::new();
    walk(&mut root, "chortle", &mut text);
    golden("help.txt", &text);
}

fn walk(command: &mut Command, path: &str, text: &mut String) {
    assert!(command.get_about().is_some(), "{path} says nothing of itself");
    let help = command.render_help().to_string();
    let trimmed: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!("\u{2500}\u{2500} {path}\n{}\n\n", trimmed.join("\n").trim_end()));
    for inner in command.get_subcommands_mut() {
        let path = format!("{path} {}", inner.get_name());
        walk(inner, &path, text);
    }
}
