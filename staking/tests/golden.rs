//! Everything that other nodes, clients and stored data rely on, byte for byte: messages with their gas, events,
//! errors, keys, and a row of each key after a short life of a chain.
//!
//! `CHORTLE_BLESS=1` writes the file anew; a change of it breaks consensus and is a commit of its own.

mod common;

use std::{collections::BTreeMap, fmt::Write};

use chortle_kernel::{AssetId, Bytes, Coin, Message, Origin, block::Misbehavior};
use chortle_staking::{MODULE, msg, state};
use chortle_token::protocol;
use common::*;

fn message<M: Message + borsh::BorshSerialize>(out: &mut String, message: &M) {
    let bytes = hex::encode(borsh::to_vec(message).unwrap());
    writeln!(out, "message {} {} gas {} {bytes}", M::TAG, M::NAME, message.gas()).unwrap();
}

fn messages(out: &mut String, chain: &Chain) {
    let (validator, sum, description) = (who("v0"), amount(150), chain.validator("v0").description);
    let create = msg::CreateValidator {
        key: key("new"),
        proof: Bytes::parse(vec![7; 64]).unwrap(),
        self_bond: sum,
        self_bond_min: amount(2),
        commission_bps: 3,
        ceiling_bps: 4,
        step_bps: 5,
        description: description.clone(),
    };
    message(out, &create);
    message(out, &msg::EditValidator { description, self_bond_min: sum });
    message(out, &msg::AnnounceCommission { rate_bps: 150 });
    message(out, &msg::RotateKey { key: key("new"), proof: create.proof.clone() });
    message(out, &msg::Unjail {});
    message(out, &msg::Delegate { validator, amount: sum });
    message(out, &msg::Undelegate { validator, amount: sum });
    message(out, &msg::CancelUnbonding { validator, created_height: 9, amount: sum });
    message(out, &msg::Redelegate { source: validator, destination: who("v1"), amount: sum });
    message(out, &msg::SetRestake { validator, on: true });
    message(out, &msg::SetWithdrawAddress { to: who("u1") });
    message(out, &msg::ClaimRewards { validator: Some(validator), after: None });
    message(out, &msg::ClaimRewards { validator: None, after: Some(validator) });
    message(out, &msg::ClaimCommission {});
}

/// A chain with the first event of each kind.
struct Life {
    chain: Chain,
    events: BTreeMap<String, String>,
}

impl Life {
    fn note(&mut self) {
        for record in self.chain.events.drain(..) {
            self.events.entry(record.kind).or_insert_with(|| hex::encode(&record.body));
        }
    }

    fn step(&mut self, absent: &str, evidence: Vec<Misbehavior>) {
        self.note();
        self.chain.end();
        self.note();
        self.chain.begin(&[key(absent)], evidence);
        self.note();
    }
}

/// One of every kind of event and of row.
fn life() -> Life {
    let chain = Chain::set(&VALIDATORS, |params| params["restake_per_block"] = 1.into());
    let mut life = Life { chain, events: BTreeMap::new() };
    for user in USERS {
        life.chain.delegate(user, "v0", 20 * LOL);
        life.chain.send(who(user), &msg::SetRestake { validator: who("v0"), on: true }).unwrap();
    }
    (0..16).for_each(|_| life.step("v2", vec![]));
    let chain = &mut life.chain;
    let fault = chain.block.height;
    let description = chain.validator("v0").description;
    chain.send(who("v0"), &msg::EditValidator { description, self_bond_min: amount(2 * LOL) }).unwrap();
    let rotate = msg::RotateKey { key: key("v1 later"), proof: proof("v1 later", &who("v1")) };
    chain.send(who("v1"), &rotate).unwrap();
    chain.send(who("v1"), &msg::AnnounceCommission { rate_bps: 1_100 }).unwrap();
    chain.send(who("u0"), &msg::SetWithdrawAddress { to: who("u1") }).unwrap();
    chain.send(who("v2"), &msg::Unjail {}).unwrap();
    let created_height = chain.block.height;
    chain.undelegate("u0", "v0", 3 * LOL);
    chain
        .send(who("u0"), &msg::CancelUnbonding { validator: who("v0"), created_height, amount: amount(LOL) })
        .unwrap();
    chain.redelegate("u1", "v0", "v1", 5 * LOL);
    let create = msg::CreateValidator {
        key: key("u5"),
        proof: proof("u5", &who("u5")),
        self_bond: amount(2 * LOL),
        self_bond_min: amount(LOL),
        commission_bps: 0,
        ceiling_bps: 0,
        step_bps: 0,
        description: chain.validator("v0").description,
    };
    chain.send(who("u5"), &create).unwrap();
    let coin = Coin { asset: AssetId::NATIVE, amount: amount(LOL) };
    chain
        .act(Origin::Protocol, |ctx| chortle_token::transfer(ctx, &who("u4"), &protocol::FEES, coin))
        .unwrap();
    life.step("", vec![]);
    let chain = &mut life.chain;
    chain.send(who("u2"), &msg::ClaimRewards { validator: None, after: None }).unwrap();
    chain.send(who("v0"), &msg::ClaimCommission {}).unwrap();
    let evidence = chain.evidence_of("v0", fault, 10);
    life.step("", vec![evidence]);
    life.chain.delegate("u1", "v1", LOL);
    (0..22).for_each(|_| life.step("v3", vec![]));
    // And something of what stands there only while it lasts.
    life.chain.redelegate("v1", "v1", "u5", LOL);
    life.chain.undelegate("v1", "v1", LOL);
    let evidence = life.chain.evidence_of("v2", life.chain.block.height - 1, 10);
    life.step("v3", vec![evidence]);
    life
}

/// The first row of every key, as it is stored.
fn rows(out: &mut String, chain: &Chain) {
    let mut first: BTreeMap<&str, String> = BTreeMap::new();
    for (key, value) in chain.state.writes() {
        let of = |prefix: &str| key.starts_with(prefix.as_bytes());
        let row = state::KEYS.iter().filter(|row| of(row.prefix)).max_by_key(|row| row.prefix.len());
        let (Some(row), Some(value)) = (row, value) else { continue };
        let shown = || format!("{} = {}", hex::encode(&key[row.prefix.len()..]), hex::encode(value));
        first.entry(row.prefix).or_insert_with(shown);
    }
    first.iter().for_each(|(prefix, row)| writeln!(out, "row {prefix} {row}").unwrap());
}

#[test]
fn what_others_rely_on_is_the_golden_one() {
    let mut out = String::new();
    let Life { chain, events } = life();
    messages(&mut out, &chain);
    for row in MODULE.errors {
        writeln!(out, "error {} {}", row.number, row.name).unwrap();
    }
    for kind in MODULE.events {
        let body = events.get(kind.kind).unwrap_or_else(|| panic!("{} never came", kind.kind));
        writeln!(out, "event {} {body}", kind.kind).unwrap();
    }
    for row in state::KEYS {
        writeln!(out, "key {} : {} -> {}", row.prefix, (row.key_type)(), (row.value_type)()).unwrap();
    }
    rows(&mut out, &chain);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &out).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(out, golden, "the golden file differs: if that is meant, bless it in a commit of its own");
}
