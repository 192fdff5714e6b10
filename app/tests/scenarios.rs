//! What a transaction goes through, as claims.

mod common;

use chortle_kernel::{
    Bytes, List, Text,
    tx::{FeeSource, RawMessage, Replay, Sender, Tx},
};
use chortle_token::msg::{Burn, Transfer};
use common::*;

#[test]
fn a_transfer_moves_coins_and_pays_its_exact_gas() {
    let mut chain = Chain::new();
    let receipt = chain.send(transfer("alice", 0, "bob", 500)).unwrap();
    assert!(receipt.succeeded());
    assert_eq!(receipt.fee.base_units(), receipt.gas_used);
    assert_eq!(chain.nlol("bob"), START_NLOL + 500);
    assert_eq!(chain.nlol("alice"), START_NLOL - 500 - receipt.gas_used);
    assert_eq!(chain.nonce("alice"), 1);
}

#[test]
fn a_rejected_message_leaves_no_trace_but_fee_and_nonce() {
    let mut chain = Chain::new();
    let before = chain.state.clone();
    let both = vec![pay("bob", 500), pay("bob", START_NLOL)];
    let receipt = chain.send(sign(body("alice", 0, both), &["alice"])).unwrap();
    assert_eq!((receipt.codespace.as_str(), receipt.name.as_str()), ("token", "insufficient_balance"));
    assert!(receipt.events.is_empty());
    assert_eq!(chain.nlol("bob"), START_NLOL);
    assert_eq!(chain.nlol("alice"), START_NLOL - receipt.fee.base_units());
    assert_eq!(chain.nonce("alice"), 1);
    let changed: Vec<_> = chain.state.iter().filter(|(key, value)| before.get(*key) != Some(value)).collect();
    assert_eq!(changed.len(), 3, "alice, the fee account, the last block");
}

/// Bytes that are no transaction, or whose signatures are wrong.
fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let good = || body("alice", 0, vec![pay("bob", 1)]);
    vec![
        ("tx.2", vec![]),
        ("tx.2", vec![1, 2, 3]),
        ("tx.1", vec![1; 65_537]),
        ("tx.3", vec![9; 100]),
        ("tx.4", sign(body("alice", 0, vec![]), &["alice"])),
        ("tx.6", sign(good(), &[])),
        ("tx.6", sign(good(), &["alice", "alice"])),
        ("tx.7", sign(good(), &["bob"])),
        ("tx.8", {
            let mut bytes = transfer("alice", 0, "bob", 1);
            // The last byte of the signature: the four behind it count the proofs.
            let last = bytes.len() - 5;
            bytes[last] ^= 1;
            bytes
        }),
        ("tx.2", [transfer("alice", 0, "bob", 1), vec![0]].concat()),
    ]
}

/// Every refusal of the ante but a full block, with bytes that meet it.
fn refusals() -> Vec<(&'static str, Vec<u8>)> {
    let good = || body("alice", 0, vec![pay("bob", 1)]);
    let ahead = TIME_MS + 1_000;
    vec![
        ("app.1", {
            let mut body = good();
            body.chain.id = Text::parse("other-1").unwrap();
            sign(body, &["alice"])
        }),
        ("app.14", {
            let mut body = good();
            body.chain.genesis[0] ^= 1;
            sign(body, &["alice"])
        }),
        ("app.2", {
            let mut body = good();
            body.expiry_unix_ms = ahead;
            sign(body, &["alice"])
        }),
        ("app.2", {
            let mut body = good();
            body.replay = Replay::Unordered;
            sign(body, &["alice"])
        }),
        ("app.3", {
            let mut body = good();
            (body.replay, body.expiry_unix_ms) = (Replay::Unordered, ahead + 600_001);
            sign(body, &["alice"])
        }),
        ("app.6", transfer("alice", 1, "bob", 1)),
        ("app.7", {
            let mut body = good();
            body.fee.gas_limit = 1_000;
            sign(body, &["alice"])
        }),
        ("app.8", {
            let mut body = good();
            body.fee.gas_price_max = 0;
            sign(body, &["alice"])
        }),
        ("app.9", {
            let mut body = good();
            (body.fee.gas_price_max, body.fee.tip) = (u64::MAX, u64::MAX);
            sign(body, &["alice"])
        }),
        ("app.10", transfer("dave", 0, "bob", 1)),
        ("app.11", {
            let unknown = RawMessage { module: 200, tag: 0, body: Bytes::default() };
            sign(body("alice", 0, vec![unknown]), &["alice"])
        }),
        ("app.12", {
            let mut message = pay("bob", 1);
            message.body = Bytes::parse([&*message.body, &[0]].concat()).unwrap();
            sign(body("alice", 0, vec![message]), &["alice"])
        }),
    ]
}

fn reserved() -> Vec<(&'static str, Vec<u8>)> {
    let good = || body("alice", 0, vec![pay("bob", 1)]);
    vec![
        ("tx.9", {
            let mut body = good();
            body.fee.asset = chortle_kernel::AssetId(17);
            sign(body, &["alice"])
        }),
        ("grant.7", {
            let mut body = good();
            body.fee_source = FeeSource::Sponsor(1);
            sign(body, &["alice"])
        }),
        ("tx.9", {
            let mut body = good();
            body.replay = Replay::Nullifiers(List::parse(vec![[1; 32]]).unwrap());
            sign(body, &["alice"])
        }),
        ("tx.9", {
            let mut body = good();
            body.sender = Sender::Proof;
            sign(body, &[])
        }),
        ("tx.9", {
            let proofs = List::parse(vec![Bytes::default()]).unwrap();
            Tx { proofs, ..Tx::decode(&transfer("alice", 0, "bob", 1)).unwrap() }.encode()
        }),
    ]
}

#[test]
fn what_is_not_admitted_leaves_no_trace_at_all() {
    for (code, bytes) in [malformed(), refusals(), reserved()].concat() {
        let (mut chain, mut idle) = (Chain::new(), Chain::new());
        let reject = chain.send(bytes).expect_err(code);
        assert_eq!(reject.code(), code, "{reject}");
        idle.block(&[]);
        assert_eq!(chain.state, idle.state, "{code}");
    }
}

#[test]
fn the_same_bytes_run_once() {
    let mut chain = Chain::new();
    let bytes = transfer("alice", 0, "bob", 1);
    let outcomes = chain.block(&[bytes.clone(), bytes.clone()]);
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1].as_ref().unwrap_err().code(), "app.5");
    assert_eq!(chain.send(bytes).unwrap_err().code(), "app.5");
}

#[test]
fn an_unordered_nonce_is_used_once_and_forgotten_after_its_expiry() {
    let mut chain = Chain::new();
    let unordered = |expiry_unix_ms: u64| {
        let mut body = body("alice", 0, vec![pay("bob", 1)]);
        (body.replay, body.expiry_unix_ms) = (Replay::Unordered, expiry_unix_ms);
        sign(body, &["alice"])
    };
    let (first, second) = (unordered(TIME_MS + 600_000), unordered(TIME_MS + 3_000));
    assert!(chain.send(first.clone()).unwrap().succeeded());
    assert!(chain.send(second.clone()).unwrap().succeeded());
    assert_eq!(chain.nonce("alice"), 0, "the sequence is untouched");
    assert_eq!(chain.send(first.clone()).unwrap_err().code(), "app.4");
    // The block at TIME_MS + 4,000 forgets the second nonce, and its transaction is expired by then.
    assert_eq!(chain.send(second).unwrap_err().code(), "app.2");
    let held = chortle_app::state::UNORDERED.iter(&chain.state, chortle_kernel::Order::Ascending).count();
    assert_eq!(held, 1);
    assert_eq!(chain.send(first).unwrap_err().code(), "app.4");
}

#[test]
fn a_block_forgets_as_many_nonces_as_a_block_can_admit() {
    let mut chain = Chain::new();
    let mut cheapest = body("alice", 0, vec![pay("bob", 1)]);
    (cheapest.replay, cheapest.expiry_unix_ms) = (Replay::Unordered, TIME_MS + 600_000);
    let gas = verified(&sign(cheapest, &["alice"])).unwrap().gas;
    let (least, room) = (chortle_app::gas::UNORDERED_LEAST, common::engine().block_gas_max);
    assert!(gas >= least, "{gas}: so a block admits at most {}", room / least);
    let most = usize::try_from(room / least).unwrap();
    let held = |chain: &Chain| {
        chortle_app::state::UNORDERED.iter(&chain.state, chortle_kernel::Order::Ascending).count()
    };
    let mut state = chortle_kernel::State::over(std::sync::Arc::new(chain.state.clone()));
    for expiry in 0..most + 7 {
        chortle_app::state::UNORDERED.set(&mut state, &(expiry as u64, address("alice")), &());
    }
    chain.state.extend(state.into_writes().into_iter().filter_map(|(key, value)| Some((key, value?))));
    chain.block(&[]);
    assert_eq!(held(&chain), 7);
    chain.block(&[]);
    assert_eq!(held(&chain), 0);
}

#[test]
fn who_pays_for_another_costs_what_his_part_writes() {
    let of = |source: FeeSource, signers: &[&str]| {
        let mut body = body("alice", 0, vec![pay("bob", 1)]);
        body.fee_source = source;
        let bytes = sign(body, signers);
        verified(&bytes).unwrap().gas - 20 * bytes.len() as u64
    };
    let (own, other) =
        (of(FeeSource::Sender, &["alice"]), of(FeeSource::Account(address("carol")), &["alice", "carol"]));
    assert_eq!(other - own, chortle_app::gas::GAS_PER_ED25519 + chortle_kernel::gas::leaves_gas(1, 1));
    let offer = of(FeeSource::Sponsor(1), &["alice"]);
    assert_eq!(
        offer - own,
        chortle_kernel::gas::leaves_gas(5, 3),
        "the offer and its granter's count besides, two lines beside the tree, and no signature"
    );
}

#[test]
fn a_fee_payer_pays_and_must_sign() {
    let mut chain = Chain::new();
    let sponsored = || {
        let mut body = body("alice", 0, vec![pay("bob", 7)]);
        body.fee_source = FeeSource::Account(address("carol"));
        body
    };
    assert_eq!(chain.send(sign(sponsored(), &["alice"])).unwrap_err().code(), "tx.6");
    assert_eq!(chain.send(sign(sponsored(), &["alice", "bob"])).unwrap_err().code(), "tx.7");
    let refusal = chain.send(sign(sponsored(), &["carol", "alice"])).unwrap_err();
    let told = format!("signature 1 is of {} where that of {} belongs", address("carol"), address("alice"));
    assert!(refusal.code() == "tx.7" && refusal.sentence.contains(&told), "{}", refusal.sentence);
    let receipt = chain.send(sign(sponsored(), &["alice", "carol"])).unwrap();
    assert_eq!(chain.nlol("alice"), START_NLOL - 7);
    assert_eq!(chain.nlol("carol"), START_NLOL - receipt.fee.base_units());
}

#[test]
fn a_tip_is_paid_up_to_the_limit_and_no_further() {
    let mut chain = Chain::new();
    for (sequence, (gas_price_max, tip, price)) in
        [(1, 0, 1), (10, 2, 3), (2, 5, 2), (1, 9, 1)].into_iter().enumerate()
    {
        let mut body = body("alice", sequence as u64, vec![pay("bob", 1)]);
        (body.fee.gas_price_max, body.fee.tip) = (gas_price_max, tip);
        let receipt = chain.send(sign(body, &["alice"])).unwrap();
        assert_eq!(receipt.fee.base_units(), receipt.gas_used * price);
    }
}

#[test]
fn a_full_block_refuses_what_does_not_fit_and_goes_on() {
    let mut chain = Chain::new();
    let txs: Vec<_> = (0..600).map(|sequence| transfer("alice", sequence, "bob", 1)).collect();
    let outcomes = chain.block(&txs);
    let admitted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(admitted > 0 && admitted < 600);
    assert_eq!(outcomes[admitted].as_ref().unwrap_err().code(), "app.13");
    let gas: u64 = outcomes.iter().flatten().map(|receipt| receipt.gas_used).sum();
    assert!(gas <= 100_000_000);
}

#[test]
fn many_messages_run_in_order() {
    let mut chain = Chain::new();
    let there_and_burn = vec![
        raw("token", &Transfer { to: address("bob"), coin: lol(10) }),
        raw("token", &Burn { coin: lol(20) }),
    ];
    let receipt = chain.send(sign(body("alice", 0, there_and_burn), &["alice"])).unwrap();
    assert!(receipt.succeeded(), "{}", receipt.sentence);
    let kinds: Vec<_> = receipt.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["token.transferred", "token.burned"]);
}

#[test]
fn a_simulation_shows_what_would_change_and_changes_nothing() {
    let chain = Chain::new();
    let bytes = sign(body("alice", 0, vec![pay("bob", 5)]), &["alice"]);
    let decoded = chortle_app::Decoded::parse(&chortle_app::MODULES, &bytes).unwrap();
    let simulation = chortle_app::simulate::simulate(chain.begin(), &chain.state, decoded).unwrap();
    assert_eq!(simulation.changes.len(), 3);
    let bob = simulation.changes.iter().find(|change| change.address == address("bob")).unwrap();
    assert_eq!(bob.after.base_units() - bob.before.amount.base_units(), 5);
    assert_eq!(chain.nlol("bob"), START_NLOL);
}
