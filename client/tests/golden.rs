//! Golden files: the bytes of transactions, and the help of every command.

mod common;

use chortle_client::{
    build::{self, Plan},
    cli,
    file::TxFile,
    keys::{KeyKind, Secret},
    signing,
};
use chortle_kernel::{
    Address, codec,
    tx::{self, Replay},
};
use clap::Command;
use common::golden;
use serde_json::{Value, json};

fn secret(kind: KeyKind, seed: u8) -> Secret {
    Secret::parse(kind, &[seed; 32]).unwrap()
}

/// A message of every kind that the chain knows.
fn samples(to: &Address) -> Vec<(&'static str, &'static str, Value)> {
    let coin = json!({ "asset": "17", "amount": "1500000" });
    let first = vec![
        (
            "token",
            "create_asset",
            json!({
                "symbol": "DOGE", "name": "Doge of the North", "decimals": 6, "supply": "1000000000000",
                "cap": "2000000000000", "minter": "admin",
                "metadata": { "uri": "ipfs://doge", "sha256": format!("0x{}", "ab".repeat(32)) },
            }),
        ),
        ("token", "mint", json!({ "to": to, "coin": coin })),
        ("token", "burn", json!({ "coin": coin })),
        ("token", "transfer", json!({ "to": to, "coin": { "asset": "0", "amount": "1500000000" } })),
        ("token", "multi_transfer", json!({ "asset": "17", "recipients": [{ "to": to, "amount": "1" }] })),
        ("token", "offer_admin", json!({ "asset": "17", "to": to })),
        ("token", "accept_admin", json!({ "asset": "17" })),
        ("token", "renounce_admin", json!({ "asset": "17" })),
    ];
    [first, ruled(to), objects(to), staking(to)].concat()
}

fn ruled(to: &Address) -> Vec<(&'static str, &'static str, Value)> {
    let coin = json!({ "asset": "1000000000", "amount": "5" });
    let of = |more: Value| {
        let mut body = json!({ "asset": "1000000000" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let tax = json!({ "burn_bps": 1, "reflect_bps": 2, "treasury_bps": 3, "liquidity_bps": 4 });
    vec![
        ("token", "seal", of(json!({ "capabilities": ["mint"] }))),
        ("token", "lower_cap", of(json!({ "cap": "9" }))),
        ("token", "set_tax", of(json!({ "tax": tax }))),
        ("token", "shorten_limits", of(json!({ "max_wallet_end_height": 7 }))),
        ("token", "set_metadata", of(json!({ "metadata": { "uri": "ar://doge" } }))),
        ("token", "freeze", of(json!({ "account": to, "frozen": true }))),
        ("token", "allow", of(json!({ "account": to, "allowed": true }))),
        ("token", "pause", of(json!({ "epochs": 2 }))),
        ("token", "force_transfer", json!({ "from": to, "to": Address([9; 20]), "coin": coin })),
        ("token", "exclude", of(json!({ "account": to, "excluded": true }))),
        ("token", "distribute", of(json!({ "amount": "5" }))),
        ("token", "collect", of(json!({}))),
        ("token", "spend_treasury", of(json!({ "to": to, "coin": coin }))),
        ("token", "distribute_treasury", of(json!({ "amount": "5" }))),
    ]
}

fn objects(to: &Address) -> Vec<(&'static str, &'static str, Value)> {
    let coin = json!({ "asset": "17", "amount": "5" });
    let linear = json!({ "linear": { "start_unix_ms": 1, "cliff_unix_ms": 2, "end_unix_ms": 3 } });
    let hash = format!("0x{}", "ab".repeat(32));
    let airdrop = json!({ "coin": coin, "root": hash, "leaves": 2, "salt": 1, "deadline_unix_ms": 9 });
    let claim = json!({ "airdrop": 1, "index": 1, "account": to, "amount": "5", "proof": [hash] });
    vec![
        ("lock", "create_lock", json!({ "owner": to, "coin": coin, "schedule": linear })),
        ("lock", "claim_lock", json!({ "lock": 1 })),
        ("lock", "revoke_lock", json!({ "lock": 1 })),
        (
            "lock",
            "launch",
            json!({
                "asset": { "symbol": "TEAM", "name": "Team", "decimals": 0, "supply": "9", "template": "fixed" },
                "locks": [{ "owner": to, "amount": "5", "schedule": { "linear": {
                    "start_unix_ms": 1, "cliff_unix_ms": 2, "end_unix_ms": 3,
                } } }],
            }),
        ),
        ("app", "set_params", json!({ "path": "app/params", "changes": "{\"gas_price_min\":2}" })),
        ("allowance", "approve", json!({ "spender": to, "coin": coin, "expires_unix_ms": 9 })),
        ("allowance", "transfer_from", json!({ "owner": Address([9; 20]), "to": to, "coin": coin })),
        ("airdrop", "create_airdrop", airdrop),
        ("airdrop", "claim_airdrop", claim),
        ("airdrop", "end_airdrop", json!({ "airdrop": 1 })),
        ("naming", "reserve_symbol", json!({ "symbol": "SILVER" })),
        ("naming", "release_symbol", json!({ "symbol": "SILVER" })),
        ("token", "verify_asset", json!({ "asset": "17", "verified": true })),
    ]
}

fn staking(to: &Address) -> Vec<(&'static str, &'static str, Value)> {
    let (key, proof) = (format!("0x{}", "cd".repeat(32)), format!("0x{}", "ef".repeat(64)));
    let about = json!({ "name": "north", "uri": "https://north.example" });
    let other = Address([9; 20]);
    let create = json!({
        "key": key, "proof": proof, "self_bond": "5", "self_bond_min": "4", "commission_bps": 500,
        "ceiling_bps": 2_000, "step_bps": 100, "description": about,
    });
    let cancel = json!({ "validator": to, "created_height": 7, "amount": "5" });
    vec![
        ("staking", "create_validator", create),
        ("staking", "edit_validator", json!({ "description": about, "self_bond_min": "5" })),
        ("staking", "announce_commission", json!({ "rate_bps": 600 })),
        ("staking", "rotate_key", json!({ "key": key, "proof": proof })),
        ("staking", "unjail", json!({})),
        ("staking", "delegate", json!({ "validator": to, "amount": "5" })),
        ("staking", "undelegate", json!({ "validator": to, "amount": "5" })),
        ("staking", "cancel_unbonding", cancel),
        ("staking", "redelegate", json!({ "source": to, "destination": other, "amount": "5" })),
        ("staking", "set_restake", json!({ "validator": to, "on": true })),
        ("staking", "set_withdraw_address", json!({ "to": to })),
        ("staking", "claim_rewards", json!({ "validator": to })),
        ("staking", "claim_commission", json!({})),
    ]
}

fn plan(sender: Address, module: &str, message: &str, body: Value) -> Plan {
    Plan {
        chain: chortle_kernel::tx::ChainRef::of("chortle-golden-1", [7; 32]).unwrap(),
        sender,
        replay: Replay::Sequence(7),
        expiry_unix_ms: 0,
        gas_price_max: 2,
        tip: 0,
        fee_payer: None,
        messages: vec![build::message(module, message, body).unwrap()],
        memo: "gm".to_owned(),
        signer_kinds: vec![KeyKind::Secp256k1],
    }
}

#[test]
fn transactions_keep_their_bytes() {
    let (alice, bob) = (secret(KeyKind::Secp256k1, 1), secret(KeyKind::Ed25519, 2));
    let mut text = String::new();
    let mut write = |title: &str, plan: &Plan, signers: &[&Secret]| {
        let body = plan.body().unwrap();
        let signatures: Vec<_> = signers.iter().map(|secret| signing::sign(&body, secret)).collect();
        let (digest, gas) = (hex::encode(body.sign_digest()), body.fee.gas_limit);
        let tx = signing::assemble(body, &signatures).unwrap();
        let bytes = tx.encode();
        let decoded = chortle_app::Decoded::parse(&chortle_app::MODULES, &bytes).unwrap();
        assert_eq!(decoded.gas, gas, "{title}: the gas known before signing is what is charged");
        let (id, bytes) = (hex::encode(tx::id(&bytes)), hex::encode(&bytes));
        text.push_str(&format!(
            "{title}\n  gas    {gas}\n  digest {digest}\n  id     {id}\n  bytes  {bytes}\n"
        ));
    };
    let known: Vec<_> = samples(&bob.address());
    for module in chortle_app::MODULES.modules() {
        for kind in module.messages {
            let found = known.iter().find(|(owner, name, _)| (*owner, *name) == (module.name, kind.name));
            let (owner, name, body) =
                found.unwrap_or_else(|| panic!("no sample of {} {}", module.name, kind.name));
            write(&format!("{owner} {name}"), &plan(alice.address(), owner, name, body.clone()), &[&alice]);
        }
    }
    let burn = json!({ "coin": { "asset": "0", "amount": "1" } });
    let mut paid = plan(bob.address(), "token", "burn", burn);
    paid.replay = Replay::Unordered;
    paid.expiry_unix_ms = 1_700_000_000_000;
    paid.fee_payer = Some(alice.address());
    paid.signer_kinds = vec![KeyKind::Ed25519, KeyKind::Secp256k1];
    write("unordered, ed25519, another pays", &paid, &[&bob, &alice]);
    golden("transactions.txt", &text);
}

#[test]
fn a_transaction_file_keeps_its_form() {
    let alice = secret(KeyKind::Secp256k1, 1);
    let coin = json!({ "asset": "0", "amount": "1500000000" });
    let body = json!({ "to": secret(KeyKind::Ed25519, 2).address(), "coin": coin });
    let mut file = TxFile::unsigned(plan(alice.address(), "token", "transfer", body).body().unwrap());
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
