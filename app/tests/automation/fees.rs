//! Fees that another has agreed to pay: in the ante, in the mempool as in a block.

use chortle_app::{BlockRun, Decoded, gas::GAS_SPONSOR};
use chortle_grant::state::GRANT;
use chortle_kernel::{
    Failure, Reject,
    gas::leaves_gas,
    gate::{Pause, Scope},
    state::is_index_key,
    tx::{FeeSource, RawMessage, Replay, TxBody},
};
use serde_json::{Value, json};

use crate::{
    chain::{Chain, GOLD, LOL, pay, raw, shown, use_grant},
    common::{address, sign, verified},
};

fn give(chain: &mut Chain, cap: u64, terms: Value) -> u64 {
    let mut body = json!({ "grantee": address("bob"), "cap": cap.to_string() });
    body.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
    let receipt = chain.ok("alice", vec![raw("grant", "give_fees", body)]);
    shown(&receipt.events[0])["grant"].as_u64().unwrap()
}

/// What a transaction of bob with these messages costs, if a grant pays.
fn cost(chain: &Chain, messages: Vec<RawMessage>) -> u64 {
    Decoded::parse(&chortle_app::MODULES, &chain.sponsored("bob", 1, messages)).unwrap().gas
}

fn deliver(chain: &mut Chain, tx: Vec<u8>) -> Result<u64, String> {
    match chain.block_after(1_000, &[tx]).pop().unwrap() {
        Ok(receipt) => Ok(receipt.fee.base_units()),
        Err(reject) => Err(reject.code()),
    }
}

fn small() -> Vec<RawMessage> {
    vec![pay("carol", 0, 1)]
}

#[test]
fn the_granter_pays_without_signing_and_the_sender_nothing() {
    let mut chain = Chain::new();
    let fee = cost(&chain, small());
    let grant = give(&mut chain, fee * 2, json!({}));
    let (alice, bob, fees) =
        (chain.nlol("alice"), chain.nlol("bob"), chain.units(&chortle_token::protocol::FEES, 0));
    let tx = chain.sponsored("bob", grant, small());
    assert_eq!(deliver(&mut chain, tx), Ok(fee));
    assert_eq!((chain.nlol("alice"), chain.nlol("bob")), (alice - fee, bob - 1));
    assert_eq!(chain.nonce("bob"), 1);
    // The next block shares fees out; what left alice went there.
    assert!(chain.units(&chortle_token::protocol::FEES, 0) <= fees + fee);

    // What is refused after it was admitted costs the granter all the same, as it would have cost the sender.
    let tx = chain.sponsored("bob", grant, vec![pay("carol", GOLD, 1)]);
    let refused = chain.block_after(1_000, &[tx]).pop().unwrap().unwrap();
    assert!(!refused.succeeded() && refused.fee.base_units() > 0);
    assert_eq!(chain.nlol("alice"), alice - fee - refused.fee.base_units());
}

#[test]
fn a_fee_grant_pays_for_what_it_says_and_refuses_all_else_before_anything_is_taken() {
    let mut chain = Chain::new();
    let fee = cost(&chain, small());
    let expires = chain.time_unix_ms + 500_000;
    let kinds = json!(["token.transfer", "token.burn", "grant.use_grant"]);
    let grant = give(
        &mut chain,
        fee * 3,
        json!({
            "kinds": kinds, "period_cap": (fee * 2).to_string(), "period_ms": 100_000, "uses": 3, "expires_unix_ms": expires,
        }),
    );
    let of_messages = json!({ "grantee": address("bob"), "kinds": ["token.mint"] });
    chain.ok("alice", vec![raw("grant", "give", of_messages)]);
    let collect = raw("token", "collect", json!({ "asset": "1000000000" }));
    let mint = raw("token", "mint", json!({ "to": address("bob"), "coin": { "asset": "1", "amount": "1" } }));
    let body = |chain: &Chain, from: &str, grant, messages| TxBody {
        fee_source: FeeSource::Sponsor(grant),
        ..chain.body(from, messages)
    };
    for (what, from, number, messages, code) in [
        ("of another account", "carol", grant, small(), "grant.13"),
        ("of its own granter", "alice", grant, vec![pay("carol", 0, 1)], "grant.13"),
        ("that nobody gave", "bob", grant + 7, small(), "grant.7"),
        ("of messages", "bob", grant + 1, small(), "grant.15"),
        ("of another kind", "bob", grant, vec![collect.clone()], "grant.9"),
        (
            "of another kind beside a right one",
            "bob",
            grant,
            vec![pay("carol", 0, 1), collect.clone()],
            "grant.9",
        ),
        (
            "of another kind inside a right one",
            "bob",
            grant,
            vec![use_grant(grant + 1, vec![mint])],
            "grant.9",
        ),
    ] {
        let tx = sign(body(&chain, from, number, messages), &[from]);
        let before = (
            chain.nlol("alice"),
            chain.nlol("bob"),
            chain.nonce(from),
            GRANT.get(&chain.state, &grant).unwrap(),
        );
        assert_eq!(deliver(&mut chain, tx).unwrap_err(), code, "a grant {what}");
        let after = (
            chain.nlol("alice"),
            chain.nlol("bob"),
            chain.nonce(from),
            GRANT.get(&chain.state, &grant).unwrap(),
        );
        assert_eq!(before, after, "a grant {what}: nothing is taken");
    }
    assert_eq!(chain.send("bob", vec![use_grant(grant, small())]).unwrap_err(), "grant.16");
}

#[test]
fn uses_periods_and_expiry_of_a_fee_grant_hold_to_the_last() {
    let mut chain = Chain::new();
    let (fee, expires) = (cost(&chain, small()), chain.time_unix_ms + 500_000);
    let terms = json!({
        "period_cap": (fee * 2).to_string(), "period_ms": 100_000, "uses": 3, "expires_unix_ms": expires,
    });
    let grant = give(&mut chain, fee * 3, terms);
    let given = chortle_grant::state::GRANT.get(&chain.state, &grant).unwrap().unwrap().given_unix_ms;
    let pay_at = |chain: &mut Chain, time: u64| {
        chain.time_unix_ms = time - 1_000;
        let tx = chain.sponsored("bob", grant, small());
        deliver(chain, tx)
    };
    assert_eq!(pay_at(&mut chain, given + 50_000), Ok(fee));
    assert_eq!(pay_at(&mut chain, given + 60_000), Ok(fee));
    assert_eq!(pay_at(&mut chain, given + 99_999), Err("grant.11".into()), "the period");
    let mut late = chain.clone();
    assert_eq!(pay_at(&mut late, expires), Err("grant.12".into()));
    assert_eq!(pay_at(&mut chain, given + 100_000), Ok(fee));
    assert_eq!(pay_at(&mut chain, given + 400_000), Err("grant.7".into()), "used up");
}

#[test]
fn the_last_use_of_a_fee_grant_writes_no_more_than_it_is_charged_for() {
    let mut chain = Chain::new();
    let fee = cost(&chain, small());
    let grant = give(&mut chain, fee, json!({ "uses": 1 }));
    let leaves = |tx: &[u8]| {
        let mut run = BlockRun::next(&chain.parent(), chain.time_unix_ms).unwrap();
        run.admit(&verified(tx).unwrap()).unwrap();
        run.state().writes().keys().filter(|key| !is_index_key(key)).count() as u64
    };
    let own = leaves(&chain.tx("bob", small()));
    let more = leaves(&chain.sponsored("bob", grant, small())) - own;
    assert_eq!(more, 3, "the grant, the count of its granter, and his account");
    assert!(leaves_gas(0, more) <= GAS_SPONSOR);
}

#[test]
fn what_waits_in_a_mempool_has_taken_its_part_of_a_grant() {
    let mut chain = Chain::new();
    let fee = cost(&chain, small());
    let grant = give(&mut chain, fee * 5 / 2, json!({}));
    let poor = give(&mut chain, 20_000 * LOL, json!({}));
    let nth = |chain: &Chain, ahead: u64, number: u64| {
        let replay = Replay::Sequence(chain.nonce("bob") + ahead);
        sign(
            TxBody { replay, fee_source: FeeSource::Sponsor(number), ..chain.body("bob", small()) },
            &["bob"],
        )
    };
    let mut mempool = BlockRun::next(&chain.parent(), chain.time_unix_ms).unwrap();
    let code = |outcome: Result<(), Failure>| match outcome {
        Ok(()) => "taken".to_owned(),
        Err(Failure::Reject(reject)) => Reject::code(&reject),
        Err(Failure::Halt(halt)) => panic!("{halt}"),
    };
    let mut admit = |tx: &[u8]| code(mempool.admit(&verified(tx).unwrap()));
    assert_eq!(
        [0, 1, 2, 2].map(|ahead| admit(&nth(&chain, ahead, grant))),
        ["taken", "taken", "grant.11", "grant.11"]
    );

    // What is foreseen, before signatures are proven, is the same.
    let fresh = BlockRun::next(&chain.parent(), chain.time_unix_ms);
    let decoded: Vec<_> = (0..3)
        .map(|ahead| Decoded::parse(&chortle_app::MODULES, &nth(&chain, ahead, grant)).unwrap())
        .collect();
    let foreseen = fresh.unwrap().foresee(&decoded).unwrap();
    let codes: Vec<_> = foreseen.iter().map(|one| one.as_ref().map(Reject::code)).collect();
    assert_eq!(codes, [None, None, Some("grant.11".to_owned())]);

    // A granter who has nothing left pays nothing, and his grant keeps what it has.
    let rest = chain.nlol("alice");
    let gone = rest - 3 * fee;
    chain.ok("alice", vec![pay("carol", 0, gone)]);
    let all = chain.nlol("alice");
    assert!(all < 4 * fee);
    let before = GRANT.get(&chain.state, &poor).unwrap();
    let mut left = all / fee;
    loop {
        let tx = chain.sponsored("bob", poor, small());
        match deliver(&mut chain, tx) {
            Ok(_) => left = left.checked_sub(1).unwrap(),
            Err(code) => break assert_eq!(code, "app.10"),
        }
    }
    assert_eq!(left, 0);
    let spent = GRANT.get(&chain.state, &poor).unwrap().unwrap().budgets[0].spent.base_units();
    assert_eq!(spent, all / fee * fee, "{before:?}");
}

#[test]
fn a_pause_of_the_module_stops_fee_grants_and_not_their_end() {
    let mut chain = Chain::new();
    let grant = give(&mut chain, LOL, json!({}));
    let module = Scope::Module { module: chortle_kernel::Text::parse("grant").unwrap() };
    let pause = Pause { scope: module.clone(), until_unix_ms: 0 };
    chain.as_governance(|ctx| chortle_kernel::dispatch::begin_pause(ctx, pause).unwrap());
    let tx = chain.sponsored("bob", grant, small());
    assert_eq!(deliver(&mut chain, tx).unwrap_err(), "gate.2");
    let mut running = chain.clone();
    running.as_governance(|ctx| assert!(chortle_kernel::dispatch::end_pause(ctx, &module).unwrap()));
    let tx = running.sponsored("bob", grant, small());
    assert!(deliver(&mut running, tx).is_ok());
    chain.ok("alice", vec![raw("grant", "revoke", json!({ "grant": grant }))]);
}

#[test]
fn a_sponsor_signs_nothing_and_nobody_else_signs_for_him() {
    let mut chain = Chain::new();
    let grant = give(&mut chain, LOL, json!({}));
    let body = TxBody { fee_source: FeeSource::Sponsor(grant), ..chain.body("bob", small()) };
    assert_eq!(verified(&sign(body.clone(), &["bob", "alice"])).err().unwrap().code(), "tx.6");
    assert_eq!(verified(&sign(body.clone(), &["carol"])).err().unwrap().code(), "tx.7");
    let mut restarted = chain.again();
    let tx = TxBody { chain: restarted.body("bob", small()).chain, ..body };
    assert!(deliver(&mut restarted, sign(tx, &["bob"])).is_ok(), "an imported grant pays");
}
