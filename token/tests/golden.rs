//! Everything that other nodes, clients and stored data rely on, byte for byte: keys, encodings, codes, gas.
//!
//! `CHORTLE_BLESS=1` writes the file anew; a change of it breaks consensus and is a commit of its own.

mod common;

use std::fmt::Write;

use borsh::BorshSerialize;
use chortle_kernel::{Address, AssetId, Module};
use chortle_token::{
    Account, Asset, Params, Token,
    event::{AdminChanged, AdminOffered, AdminRenounced, AssetCreated, Burned, Minted, Transferred},
    protocol, state,
};
use common::{amount, who, with_addresses};
use serde_json::{Value, json};

fn sample(verb: &str) -> Value {
    let coin = json!({ "asset": "17", "amount": "150" });
    with_addresses(match verb {
        "create_asset" => json!({
            "symbol": "DOGE", "name": "Doge of the North", "decimals": 2,
            "metadata": { "uri": "ipfs://bafy", "sha256": format!("0x{}", "cd".repeat(32)) },
            "supply": "1000", "cap": "2000", "minter": "admin",
        }),
        "mint" | "transfer" => json!({ "to": "@bob", "coin": coin }),
        "burn" => json!({ "coin": coin }),
        "multi_transfer" => json!({ "asset": "17", "recipients": [
            { "to": "@bob", "amount": "1" }, { "to": "@carol", "amount": "2" },
        ] }),
        "offer_admin" => json!({ "asset": "17", "to": "@bob" }),
        "accept_admin" | "renounce_admin" => json!({ "asset": "17" }),
        other => panic!("no sample of {other}"),
    })
}

fn hex_of(value: &impl BorshSerialize) -> String {
    hex::encode(chortle_kernel::codec::encode(value))
}

fn messages(out: &mut String) {
    for kind in Token.messages() {
        let json = sample(kind.name);
        let bytes = (kind.from_json)(json.clone()).unwrap();
        let message = (kind.decode)(&bytes).unwrap();
        message.check().unwrap();
        assert_eq!(message.to_json(), json, "{}", kind.name);
        for cut in 0..bytes.len() {
            assert!((kind.decode)(&bytes[..cut]).is_err(), "{} cut at {cut}", kind.name);
        }
        assert!((kind.decode)(&[bytes.as_slice(), &[0]].concat()).is_err(), "{}", kind.name);
        writeln!(out, "message {} {} gas {}", kind.tag, kind.name, message.gas()).unwrap();
        writeln!(out, "  {}", hex::encode(bytes)).unwrap();
    }
}

fn events(out: &mut String) {
    let (alice, bob, asset) = (who("alice"), who("bob"), AssetId(17));
    let native = Asset::native();
    let samples = [
        hex_of(&AssetCreated {
            asset,
            creator: alice,
            symbol: native.symbol,
            name: native.name,
            decimals: native.decimals,
            cap: native.cap,
            minter: native.minter,
        }),
        hex_of(&Minted { asset, to: bob, amount: amount(150), supply: amount(1_150) }),
        hex_of(&Burned { asset, from: bob, amount: amount(150), supply: amount(1_000) }),
        hex_of(&Transferred { from: alice, to: bob, asset, amount: amount(150) }),
        hex_of(&AdminOffered { asset, admin: alice, to: Some(bob) }),
        hex_of(&AdminChanged { asset, from: alice, to: bob }),
        hex_of(&AdminRenounced { asset, admin: bob }),
    ];
    assert_eq!(samples.len(), Token.events().len());
    for (kind, sample) in Token.events().iter().zip(samples) {
        let json = (kind.to_json)(&hex::decode(&sample).unwrap()).expect(kind.kind);
        writeln!(out, "event {}\n  {sample}\n  {json}", kind.kind).unwrap();
    }
}

fn state_rows(out: &mut String) {
    for row in Token.keys() {
        writeln!(out, "key {}: {} -> {}", row.prefix, (row.key_type)(), (row.value_type)()).unwrap();
    }
    let address = who("alice");
    let mut show =
        |key: Vec<u8>, value: String| writeln!(out, "state {}\n  {value}", key.escape_ascii()).unwrap();
    show(state::ACCOUNT.key(&address), hex_of(&Account { nonce: 3, balance: amount(150) }));
    show(state::BALANCE.key(&(address, AssetId(17))), hex_of(&amount(150)));
    show(state::ASSET.key(&AssetId::NATIVE), hex_of(&Asset::native()));
    show(state::SUPPLY.key(&AssetId(17)), hex_of(&amount(150)));
    show(state::BY_SKELETON.key(&("DOGE".to_owned(), AssetId(17))), hex_of(&7_u64));
    show(state::NEXT_ASSET_ID.key(), hex_of(&AssetId(18)));
    show(state::PARAMS.key(), hex_of(&Params::default()));
}

#[test]
fn the_golden_file_holds() {
    let mut out = String::new();
    state_rows(&mut out);
    messages(&mut out);
    events(&mut out);
    for row in Token.errors() {
        writeln!(out, "error {}.{} {}", row.codespace, row.number, row.name).unwrap();
    }
    for query in Token.queries() {
        writeln!(out, "query {} /v1/{}", query.name, query.path).unwrap();
    }
    for (name, address) in protocol::ALL {
        writeln!(out, "protocol {name} {}", Address::to_string(address)).unwrap();
    }

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &out).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    for (line, (found, expected)) in out.lines().zip(golden.lines()).enumerate() {
        assert_eq!(found, expected, "line {} of golden.txt", line + 1);
    }
    assert_eq!(out.lines().count(), golden.lines().count(), "golden.txt has another length");
}
