//! What a grant lets out, and every way around it.

use chortle_app::MODULES;
use chortle_kernel::{Bytes, Reach, Router as _, tx::RawMessage};
use serde_json::{Value, json};

use crate::{
    chain::{Chain, GOLD, LOL, SHINE, coin, pay, raw, shown, use_grant},
    common::address,
};

/// A grant of alice for bob with these terms besides. Answers its number.
fn give(chain: &mut Chain, kinds: &[&str], terms: Value) -> Result<u64, String> {
    let mut body = json!({ "grantee": address("bob"), "kinds": kinds });
    body.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
    let receipt = chain.send("alice", vec![raw("grant", "give", body)])?;
    let given = receipt.events.iter().find(|event| event.kind == "grant.given").unwrap();
    Ok(shown(given)["grant"].as_u64().unwrap())
}

fn caps(caps: &[(u64, u64)]) -> Value {
    json!({ "caps": caps.iter().map(|(asset, units)| coin(*asset, *units)).collect::<Vec<_>>() })
}

const EVERY_ASSET: [(u64, u64); 3] = [(0, 5_000 * LOL), (GOLD, 500_000), (SHINE, 500_000)];

/// What bob lets alice's account do, and what of it leaves her: a way out with the kinds that it takes, and the asset.
fn ways_out() -> Vec<(&'static str, &'static [&'static str], u64, Vec<RawMessage>)> {
    let linear = json!({ "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": 1_900_000_000_000_u64 });
    let lock = |asset| {
        let schedule = json!({ "linear": linear });
        raw(
            "lock",
            "create_lock",
            json!({ "owner": address("bob"), "coin": coin(asset, 100), "schedule": schedule }),
        )
    };
    let many = |asset: u64| {
        let recipient = |to: &str| json!({ "to": address(to), "amount": "50" });
        let recipients = [recipient("bob"), recipient("carol")];
        raw("token", "multi_transfer", json!({ "asset": asset.to_string(), "recipients": recipients }))
    };
    let delegate =
        raw("staking", "delegate", json!({ "validator": address("dave"), "amount": (5 * LOL).to_string() }));
    let airdrop = {
        let key = chortle_airdrop::tree::airdrop_key(crate::common::CHAIN_ID, &address("alice"), 3);
        let list = chortle_airdrop::tree::tree(&key, &[(address("bob"), crate::common::amount(40))]).unwrap();
        raw(
            "airdrop",
            "create_airdrop",
            json!({
                "coin": coin(GOLD, 40), "root": list.root().to_string(), "leaves": 1, "salt": 3,
                "key": chortle_kernel::merkle::Node(key).to_string(), "deadline_unix_ms": 1_900_000_000_000_u64,
            }),
        )
    };
    let created = json!({
        "symbol": "COPPER", "name": "Copper", "decimals": 0, "supply": "9", "minter": "nobody",
    });
    vec![
        ("a transfer", &["token.transfer"], 0, vec![pay("bob", 0, 77)]),
        ("a transfer of a plain asset", &["token.transfer"], GOLD, vec![pay("carol", GOLD, 77)]),
        ("a transfer of a ruled asset", &["token.transfer"], SHINE, vec![pay("carol", SHINE, 77)]),
        (
            "several transfers",
            &["token.transfer"],
            0,
            vec![pay("bob", 0, 5), pay("carol", 0, 6), pay("bob", 0, 7)],
        ),
        ("a transfer to many", &["token.multi_transfer"], GOLD, vec![many(GOLD)]),
        ("a ruled transfer to many", &["token.multi_transfer"], SHINE, vec![many(SHINE)]),
        ("a burn", &["token.burn"], GOLD, vec![raw("token", "burn", json!({ "coin": coin(GOLD, 9) }))]),
        (
            "a gift to all holders",
            &["token.distribute"],
            SHINE,
            vec![raw("token", "distribute", json!({ "asset": SHINE.to_string(), "amount": "90" }))],
        ),
        ("a lock", &["lock.create_lock"], GOLD, vec![lock(GOLD)]),
        ("a lock of LOL", &["lock.create_lock"], 0, vec![lock(0)]),
        ("an airdrop", &["airdrop.create_airdrop"], GOLD, vec![airdrop]),
        ("stake", &["staking.delegate"], 0, vec![delegate.clone()]),
        ("what an asset costs", &["token.create_asset"], 0, vec![raw("token", "create_asset", created)]),
        (
            "stake, and a transfer of what it frees",
            &["staking.delegate", "staking.undelegate", "token.transfer"],
            0,
            vec![delegate, pay("bob", 0, 9)],
        ),
    ]
}

/// What left alice by a use, of the asset that the way is about.
fn outflow(chain: &mut Chain, grant: u64, asset: u64, messages: Vec<RawMessage>) -> u64 {
    let receipt = chain.ok("bob", vec![use_grant(grant, messages)]);
    let used = shown(receipt.events.iter().find(|event| event.kind == "grant.used").unwrap());
    let asset = asset.to_string();
    let spent = used["spent"].as_array().unwrap().iter();
    let of = spent
        .filter(|coin| coin["asset"].as_str() == Some(asset.as_str()))
        .map(|coin| coin["amount"].as_str().unwrap());
    of.map(|amount| amount.parse::<u64>().unwrap()).sum()
}

#[test]
fn the_cap_holds_to_the_unit_on_every_way_by_which_value_leaves() {
    let start = Chain::new();
    for (way, kinds, asset, messages) in ways_out() {
        let mut chain = start.clone();
        let open = give(&mut chain, kinds, caps(&EVERY_ASSET)).unwrap();
        let before = chain.units(&address("alice"), asset);
        let needs = outflow(&mut chain, open, asset, messages.clone());
        let lost = before - chain.units(&address("alice"), asset);
        assert!(needs > 0 && needs >= lost, "{way}: {needs} counted, {lost} lost");

        let others: Vec<_> = EVERY_ASSET.into_iter().filter(|(other, _)| *other != asset).collect();
        for (cap, expected) in
            [(None, Some("grant.10")), (Some(needs - 1), Some("grant.11")), (Some(needs), None)]
        {
            let mut chain = start.clone();
            let all: Vec<_> = others.iter().copied().chain(cap.map(|cap| (asset, cap))).collect();
            let grant = give(&mut chain, kinds, caps(&all)).unwrap();
            let before = chain.units(&address("alice"), asset);
            let used = chain.send("bob", vec![use_grant(grant, messages.clone())]);
            assert_eq!(used.err().as_deref(), expected, "{way} with a cap of {cap:?}");
            let lost = before - chain.units(&address("alice"), asset);
            assert!(lost <= cap.unwrap_or(0), "{way}: {lost} left with a cap of {cap:?}");
            if expected.is_none() {
                // Neither one more message nor one more use, whatever is carried beside it.
                let again = chain.send("bob", vec![use_grant(grant, vec![pay("bob", asset, 1)])]);
                assert!(again.is_err(), "{way}: the cap is used up");
            }
        }
    }
}

#[test]
fn splitting_a_payment_over_messages_uses_and_transactions_goes_around_no_cap() {
    let mut chain = Chain::new();
    let grant = give(&mut chain, &["token.transfer"], caps(&[(GOLD, 100)])).unwrap();
    let ten = || pay("bob", GOLD, 10);
    let split = |uses: usize, each: usize| vec![use_grant(grant, vec![ten(); each]); uses];
    assert_eq!(chain.send("bob", split(2, 6)).unwrap_err(), "grant.11", "twelve in one transaction");
    chain.ok("bob", split(3, 3));
    let txs: Vec<_> = (0..3)
        .map(|ahead| {
            let body = chain.body("bob", split(1, 1));
            let replay = chortle_kernel::tx::Replay::Sequence(chain.nonce("bob") + ahead);
            crate::common::sign(chortle_kernel::tx::TxBody { replay, ..body }, &["bob"])
        })
        .collect();
    let outcomes = chain.block_after(1_000, &txs);
    let taken = outcomes.iter().filter(|outcome| outcome.as_ref().unwrap().succeeded()).count();
    assert_eq!(taken, 1, "the tenth, and neither of those after it in the block");
    assert_eq!(chain.units(&address("bob"), GOLD), 100);
}

#[test]
fn what_comes_in_by_one_message_hides_nothing_that_leaves_by_the_next() {
    let mut chain = Chain::new();
    let cancelled =
        raw("staking", "delegate", json!({ "validator": address("dave"), "amount": (50 * LOL).to_string() }));
    chain.ok("alice", vec![cancelled, pay("bob", GOLD, 500)]);
    // Bob pays alice and takes it back by her grant, in one transaction and inside the same use by a claim of hers.
    let grant = give(&mut chain, &["token.transfer", "lock.claim_lock"], caps(&[(GOLD, 10)])).unwrap();
    let linear = json!({ "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": chain.time_unix_ms + 1_500 });
    let lock =
        json!({ "owner": address("alice"), "coin": coin(GOLD, 300), "schedule": { "linear": linear } });
    chain.ok("bob", vec![raw("lock", "create_lock", lock)]);
    chain.pass(5_000);
    let claim = raw("lock", "claim_lock", json!({ "lock": 1 }));
    let refused = chain.send("bob", vec![use_grant(grant, vec![claim.clone(), pay("bob", GOLD, 300)])]);
    assert_eq!(refused.unwrap_err(), "grant.11", "her balance would not have shrunk");
    chain.ok("bob", vec![use_grant(grant, vec![claim, pay("bob", GOLD, 10)])]);
    assert_eq!(
        chain
            .send("bob", vec![pay("alice", GOLD, 9), use_grant(grant, vec![pay("bob", GOLD, 9)])])
            .unwrap_err(),
        "grant.11"
    );
}

/// Names of what a message may not be sent for another for, each with the way around that it would be.
const NEVER: [(&str, &str); 9] = [
    ("grant.give", "a grant that grants"),
    ("grant.use_grant", "a grant of somebody else's grants"),
    ("grant.give_fees", "fees without a cap of this grant"),
    ("grant.revoke", "the granter's other grants"),
    ("schedule.create", "messages that run when nobody counts"),
    ("schedule.cancel", "what the granter has planned"),
    ("allowance.approve", "units that another moves later"),
    ("allowance.transfer_from", "units of a third account, which no cap of the granter's counts"),
    ("staking.set_withdraw_address", "rewards that go elsewhere from then on"),
];

#[test]
fn nothing_that_could_widen_a_grant_can_be_granted() {
    let mut chain = Chain::new();
    for (kind, why) in NEVER {
        assert_eq!(give(&mut chain, &[kind], json!({})).unwrap_err(), "grant.2", "{kind}: {why}");
        assert_eq!(
            give(&mut chain, &["token.transfer", kind], json!({})).unwrap_err(),
            "grant.2",
            "{kind}, second"
        );
    }
    for kind in ["token", "token.", ".transfer", "token.*", "*", "token.transfers", "Token.transfer", ""] {
        assert_eq!(give(&mut chain, &[kind], json!({})).unwrap_err(), "grant.2", "{kind}");
    }
    for row in MODULES.rows() {
        for kind in row.module.messages {
            let name = format!("{}.{}", row.module.name, kind.name);
            let carries = (kind.examples)().into_iter().any(|body| {
                let raw = RawMessage { module: row.tag, tag: kind.tag, body: Bytes::parse(body).unwrap() };
                !MODULES.decode(&raw, 0).unwrap().carried.is_empty()
            });
            assert!(!carries || kind.reach == Reach::Whole, "{name} carries messages: no grant can cover it");
            let for_accounts = kind.authority == chortle_kernel::Authority::Signer;
            assert!(for_accounts || kind.reach == Reach::Whole, "{name} is nobody's to grant");
        }
    }
}

#[test]
fn what_is_carried_inside_is_judged_like_what_carries_it() {
    let mut chain = Chain::new();
    let grant = give(&mut chain, &["token.transfer"], caps(&[(0, LOL)])).unwrap();
    let again = json!({ "grantee": address("carol"), "kinds": ["token.transfer"], "caps": [coin(0, LOL)] });
    let fees = json!({ "grantee": address("bob"), "cap": LOL.to_string() });
    let later = json!({ "messages": [pay("bob", 0, 1)], "at_height": 90_000, "price_max": 1 });
    let proposal = json!({ "title": "T", "summary": "", "messages": [], "deposit": "1" });
    for inner in [
        raw("grant", "give", again),
        raw("grant", "give_fees", fees),
        raw("grant", "revoke", json!({ "grant": grant })),
        use_grant(grant, vec![pay("bob", 0, 1)]),
        raw("schedule", "create", later),
        raw("governance", "submit", proposal),
        raw("token", "burn", json!({ "coin": coin(0, 1) })),
        raw(
            "staking",
            "rotate_key",
            json!({ "key": format!("0x{}", "07".repeat(32)), "proof": format!("0x{}", "07".repeat(64)) }),
        ),
    ] {
        let name = MODULES.decode(&inner, 0).unwrap().name();
        for messages in [vec![inner.clone()], vec![pay("bob", 0, 1), inner.clone()]] {
            assert_eq!(chain.send("bob", vec![use_grant(grant, messages)]).unwrap_err(), "grant.9", "{name}");
        }
    }
}

#[test]
fn a_right_is_granted_by_its_name_alone() {
    let mut chain = Chain::new();
    let mint = || raw("token", "mint", json!({ "to": address("bob"), "coin": coin(GOLD, 5) }));
    let other = give(&mut chain, &["token.transfer"], caps(&EVERY_ASSET)).unwrap();
    assert_eq!(chain.send("bob", vec![use_grant(other, vec![mint()])]).unwrap_err(), "grant.9");
    let named = give(&mut chain, &["token.mint"], json!({})).unwrap();
    chain.ok("bob", vec![use_grant(named, vec![mint()])]);
    assert_eq!(chain.units(&address("bob"), GOLD), 5);
    let offer = raw("token", "offer_admin", json!({ "asset": GOLD.to_string(), "to": address("bob") }));
    assert_eq!(chain.send("bob", vec![use_grant(named, vec![offer])]).unwrap_err(), "grant.9");
}

#[test]
fn a_grant_is_of_one_account_for_one_account_and_ends_at_once() {
    let mut chain = Chain::new();
    let one = || vec![pay("carol", GOLD, 1)];
    let grant = give(&mut chain, &["token.transfer"], caps(&[(GOLD, 100)])).unwrap();
    assert_eq!(chain.send("carol", vec![use_grant(grant, one())]).unwrap_err(), "grant.13");
    assert_eq!(chain.send("alice", vec![use_grant(grant, one())]).unwrap_err(), "grant.13");
    assert_eq!(chain.send("bob", vec![use_grant(grant + 1, one())]).unwrap_err(), "grant.7");
    assert_eq!(chain.send("bob", vec![use_grant(grant, vec![])]).unwrap_err(), "grant.17");
    let revoke = |grant: u64| raw("grant", "revoke", json!({ "grant": grant }));
    assert_eq!(chain.send("carol", vec![revoke(grant)]).unwrap_err(), "grant.14");
    chain.ok("bob", vec![use_grant(grant, one())]);
    // In one block: what stands behind the revocation finds nothing.
    let txs = [chain.tx("alice", vec![revoke(grant)]), chain.tx("bob", vec![use_grant(grant, one())])];
    let outcomes = chain.block_after(1_000, &txs);
    assert!(outcomes[0].as_ref().unwrap().succeeded());
    assert_eq!(outcomes[1].as_ref().unwrap().name, "unknown_grant");
    let grant = give(&mut chain, &["token.transfer"], caps(&[(GOLD, 100)])).unwrap();
    chain.ok("bob", vec![revoke(grant)]);
    assert_eq!(
        chain.send("bob", vec![use_grant(grant, one())]).unwrap_err(),
        "grant.7",
        "a grantee may renounce"
    );
}

#[test]
fn uses_periods_and_expiry_hold_to_the_last() {
    let mut chain = Chain::new();
    let expires = chain.time_unix_ms + 1_000_000;
    let terms = json!({
        "period_caps": [coin(GOLD, 10)], "period_ms": 100_000, "uses": 6, "expires_unix_ms": expires,
    });
    let grant = give(&mut chain, &["token.transfer"], terms).unwrap();
    let given = chain.time_unix_ms;
    let take = |units: u64| vec![use_grant(grant, vec![pay("bob", GOLD, units)])];
    chain.ok("bob", take(10));
    chain.time_unix_ms = given + 99_999 - 1_000;
    assert_eq!(chain.send("bob", take(1)).unwrap_err(), "grant.11", "to the last millisecond of the period");
    chain.time_unix_ms = given + 100_000 - 1_000;
    chain.ok("bob", take(10));
    chain.time_unix_ms = given + 900_000;
    let restarted = chain.again();
    for chain in [&mut chain, &mut restarted.clone()] {
        let at = |chain: &mut Chain, time: u64| chain.time_unix_ms = time - 1_000;
        let three = vec![pay("bob", GOLD, 1); 3];
        chain.ok("bob", vec![use_grant(grant, three)]);
        assert_eq!(
            chain.send("bob", vec![use_grant(grant, vec![pay("bob", GOLD, 1); 2])]).unwrap_err(),
            "grant.8"
        );
        let mut over = chain.clone();
        at(&mut over, expires);
        assert_eq!(over.send("bob", take(1)).unwrap_err(), "grant.12");
        at(chain, expires - 1);
        chain.ok("bob", take(1));
        assert_eq!(chain.send("bob", take(1)).unwrap_err(), "grant.7", "one that is used up is gone");
    }
}

#[test]
fn a_use_that_is_refused_takes_nothing_and_says_why() {
    let mut chain = Chain::new();
    let grant =
        give(&mut chain, &["token.transfer"], json!({ "caps": [coin(GOLD, 9_000_000)], "uses": 3 })).unwrap();
    let row = |chain: &Chain| chortle_grant::state::GRANT.get(&chain.state, &grant).unwrap().unwrap();
    let before = row(&chain);
    let too_much = vec![pay("bob", GOLD, 5), pay("bob", GOLD, 2_000_000)];
    assert_eq!(chain.send("bob", vec![use_grant(grant, too_much)]).unwrap_err(), "token.1");
    assert_eq!(row(&chain), before);
    assert_eq!(chain.units(&address("bob"), GOLD), 0);
}

#[test]
fn terms_that_nobody_could_keep_are_refused() {
    let mut chain = Chain::new();
    let now = chain.time_unix_ms;
    for (terms, code) in [
        (json!({ "kinds": [] }), "grant.1"),
        (json!({ "kinds": ["token.burn", "token.burn"] }), "grant.1"),
        (json!({ "caps": [coin(0, 1), coin(0, 2)] }), "grant.1"),
        (json!({ "uses": 0 }), "grant.1"),
        (json!({ "period_caps": [coin(0, 1)] }), "grant.1"),
        (json!({ "period_ms": 5 }), "grant.1"),
        (json!({ "expires_unix_ms": now }), "grant.5"),
        (json!({ "grantee": address("alice") }), "grant.3"),
        (json!({ "grantee": chortle_token::protocol::FEES }), "token.15"),
        (json!({ "caps": [coin(77, 1)] }), "token.14"),
    ] {
        let found = give(&mut chain, &["token.burn"], terms.clone());
        assert_eq!(found.unwrap_err(), code, "{terms}");
    }
    for _ in 0..chortle_grant::types::GRANTS_MAX {
        give(&mut chain, &["token.burn"], json!({})).unwrap();
    }
    assert_eq!(give(&mut chain, &["token.burn"], json!({})).unwrap_err(), "grant.6");
    chain.ok("alice", vec![raw("grant", "revoke", json!({ "grant": 5 }))]);
    give(&mut chain, &["token.burn"], json!({})).unwrap();
}
