//! A refusal for every error, at propose and at execution alike; what no account can be has its own in the module.

use chortle_app::MODULES;
use chortle_kernel::{
    Bytes, List, Message, Router, Text, codec,
    dispatch::DEPTH_MAX,
    tx::{MESSAGES_MAX, RawMessage},
};
use chortle_multisig::{
    Error,
    msg::{Create, Execute, Propose},
    types::{LIFE_MS_MAX, OPEN_MAX},
};
use serde_json::json;

use crate::{common::address, world::*};

const ALICE_AND_BOB: [&str; 2] = ["alice", "bob"];

fn one_of_two() -> Create {
    founding(&each(&ALICE_AND_BOB), 1, 0, vec![])
}

#[test]
fn what_is_said_of_a_proposal_must_be_so() {
    let mut world = World::new();
    let account = world.shared(&founding(&each(&ALICE_AND_BOB), 2, 0, vec![]), 5);
    assert_eq!(world.propose("eve", account, vec![transfer("eve", 1)]), Err("not_member"));
    assert_eq!(world.propose("alice", account, vec![]), Err("nothing_proposed"));
    assert_eq!(world.propose("alice", address("bob"), vec![transfer("eve", 1)]), Err("unknown_account"));
    let id = world.propose("alice", account, vec![transfer("eve", 1)]).unwrap();
    assert_eq!(world.approve("alice", account, id), Err("approved_already"), "who proposes approves");
    assert_eq!(world.approve("eve", account, id), Err("not_member"));
    assert_eq!(world.withdraw("bob", account, id), Err("not_approved"));
    assert_eq!(world.execute("alice", account, id + 1), Err("unknown_proposal"));
    assert_eq!(world.cancel("bob", account, id), Err("not_proposer"));
    assert_eq!(world.cancel("alice", account, id + 1), Err("unknown_proposal"));
    world.cancel("alice", account, id).unwrap();
    assert_eq!(world.cancel("alice", account, id), Err("unknown_proposal"));

    let unseen = Propose {
        title: Text::parse("\u{202e}yaP").unwrap(),
        ..world.proposing(account, vec![transfer("eve", 1)])
    };
    assert!(unseen.check().is_err(), "a title that turns what stands around it");
}

#[test]
fn an_expiry_lies_beyond_the_delay_and_not_far() {
    let mut world = World::new();
    let account = world.shared(&founding(&each(&ALICE_AND_BOB), 2, DAY_MS, vec![]), 5);
    let earliest = world.now() + DAY_MS;
    let base = world.proposing(account, vec![transfer("eve", 1)]);
    for (expires_unix_ms, expected) in [
        (0, Err("expiry_too_soon")),
        (earliest, Err("expiry_too_soon")),
        (earliest + 1, Ok(())),
        (earliest + LIFE_MS_MAX, Ok(())),
        (earliest + LIFE_MS_MAX + 1, Err("expiry_too_late")),
    ] {
        let propose = Propose { expires_unix_ms, ..base.clone() };
        assert_eq!(world.send("alice", &of(&propose)), expected, "{expires_unix_ms}");
    }
}

#[test]
fn one_member_cannot_take_the_places_of_the_others() {
    let mut world = World::new();
    let account = world.shared(&one_of_two(), 50);
    let pay = || vec![transfer("eve", 1)];
    for _ in 0..OPEN_MAX {
        world.propose("alice", account, pay()).unwrap();
    }
    assert_eq!(world.propose("alice", account, pay()), Err("too_many_open"));
    world.propose("bob", account, pay()).unwrap();
    world.cancel("alice", account, 1).unwrap();
    world.propose("alice", account, pay()).unwrap();
    world.execute("eve", account, 2).unwrap();
    world.propose("alice", account, pay()).unwrap();
    assert_eq!(world.propose("alice", account, pay()), Err("too_many_open"));
    world.pass(11 * DAY_MS);
    assert_eq!(world.propose("alice", account, pay()), Err("too_many_open"), "what expired is still there");
    world.cancel("eve", account, 3).unwrap();
    world.propose("alice", account, pay()).unwrap();
}

#[test]
fn what_an_account_could_not_send_is_refused_when_it_is_proposed_and_when_it_is_executed() {
    let mut world = World::new();
    let account = world.shared(&one_of_two(), 50);
    let governing =
        message("app", "set_params", json!({ "path": "app/params", "changes": "{\"gas_price_min\":2}" }));
    let spending = message("governance", "spend", json!({ "to": address("eve"), "coin": coin(0, 1) }));
    let unknown = RawMessage { module: 250, tag: 1, body: Bytes::default() };
    let malformed = RawMessage { body: Bytes::parse(vec![1, 2, 3]).unwrap(), ..transfer("eve", 1) };
    let senseless = transfer("eve", 0);
    let hidden = Execute { account, proposal: 1, messages: List::parse(vec![governing.clone()]).unwrap() };
    for (raw, name) in [
        (governing, "unauthorized"),
        (spending, "unauthorized"),
        (of(&hidden), "unauthorized"),
        (unknown, "unknown_message"),
        (malformed, "malformed_message"),
        (senseless, "zero_amount"),
    ] {
        assert_eq!(world.propose("alice", account, vec![transfer("bob", 1), raw.clone()]), Err(name));
        let execute = Execute { account, proposal: 1, messages: List::parse(vec![raw]).unwrap() };
        let refused = world.send("alice", &of(&execute)).unwrap_err();
        assert!([name, "unknown_proposal"].contains(&refused), "{name}: {refused}");
    }
    // No proposal exists that carries one; were there one, its messages would run as the account.
    assert_eq!(world.proposal(account, 1), None);
}

#[test]
fn what_is_too_large_does_not_decode() {
    let world = World::new();
    let many = u32::try_from(MESSAGES_MAX + 1).unwrap();
    let propose = world.proposing(address("alice"), vec![]);
    let transfers = codec::encode(&transfer("eve", 1)).repeat(MESSAGES_MAX + 1);
    let body = [
        &address("alice").0[..],
        &0_u32.to_le_bytes(),
        &many.to_le_bytes(),
        &transfers,
        &propose.expires_unix_ms.to_le_bytes(),
    ];
    let raw = RawMessage { body: Bytes::parse(body.concat()).unwrap(), ..of(&propose) };
    assert_eq!(MODULES.decode(&raw, 0).err().unwrap().name, "malformed_message");
    let one_less = codec::encode(&transfer("eve", 1)).repeat(MESSAGES_MAX);
    let fits = [body[0], body[1], &(many - 1).to_le_bytes(), &one_less, body[4]];
    MODULES.decode(&RawMessage { body: Bytes::parse(fits.concat()).unwrap(), ..raw }, 0).unwrap();
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    let mut world = World::new();
    let account = world.shared(&one_of_two(), 50);
    let around = |inner: RawMessage| {
        of(&Execute { account, proposal: 9, messages: List::parse(vec![inner]).unwrap() })
    };
    let nested = |levels: u8| (0..levels).fold(transfer("eve", 1), |inner, _| around(inner));
    assert_eq!(world.propose("alice", account, vec![nested(DEPTH_MAX)]), Err("too_deep"));
    world.propose("alice", account, vec![nested(DEPTH_MAX - 1)]).unwrap();
    assert_eq!(world.send("alice", &nested(DEPTH_MAX + 1)), Err("too_deep"));
    assert_eq!(world.send("alice", &nested(DEPTH_MAX)), Err("unknown_proposal"));
}

#[test]
fn no_account_is_below_itself() {
    let mut world = World::new();
    let first = world.shared(&one_of_two(), 50);
    let second = world.shared(&founding(&[(first, 1), (address("bob"), 1)], 1, 0, vec![]), 50);
    let third = world.shared(&founding(&[(second, 1), (address("bob"), 1)], 1, 0, vec![]), 50);
    for below in [first, second, third] {
        let circle = configure(&[(below, 1), (address("bob"), 1)], 1, 0, vec![]);
        assert_eq!(world.decide(first, &["bob"], 0, vec![of(&circle)]), Err("contains_itself"));
    }
    let apart = configure(&[(first, 1), (address("bob"), 2)], 1, 0, vec![]);
    world.decide(third, &["bob"], 0, vec![of(&apart)]).unwrap();
}

#[test]
fn members_of_members_are_looked_at_four_deep_and_no_more_than_128() {
    let mut world = World::new();
    let mut lowest = world.shared(&one_of_two(), 50);
    let top = world.shared(&Create { salt: 7, ..one_of_two() }, 50);
    for level in 2..=DEPTH_MAX {
        let above = configure(&[(lowest, 1), (address("bob"), 1)], 1, 0, vec![]);
        let taken = world.decide(top, &["bob"], 0, vec![of(&above)]);
        assert_eq!(taken, if level <= DEPTH_MAX { Ok(()) } else { Err("nested_too_deep") }, "{level}");
        lowest = world.shared(&founding(&[(lowest, 1), (address("bob"), 1)], 1, 0, vec![]), 50);
    }
    let above = configure(&[(lowest, 1), (address("bob"), 1)], 1, 0, vec![]);
    assert_eq!(world.decide(top, &["bob"], 0, vec![of(&above)]), Err("nested_too_deep"));

    let wide: Vec<_> = (0..4_u8)
        .map(|wing| {
            let members: Vec<_> =
                (0..32_u8).map(|one| (chortle_kernel::Address([wing * 32 + one + 1; 20]), 1)).collect();
            (world.shared(&founding(&members, 1, 0, vec![]), 1), 1)
        })
        .collect();
    let above = configure(&[&wide[..], &each(&["bob"])].concat(), 1, 0, vec![]);
    assert_eq!(world.decide(top, &["bob"], 0, vec![of(&above)]), Err("nested_too_deep"));
    let above = configure(&[&wide[..3], &each(&["bob"])].concat(), 1, 0, vec![]);
    world.decide(top, &["bob"], 0, vec![of(&above)]).unwrap();
}

#[test]
fn a_limit_is_of_an_asset_that_is_there() {
    let mut world = World::new();
    let create = founding(&each(&ALICE_AND_BOB), 2, 0, vec![limit("alice", 44, 1, DAY_MS)]);
    assert_eq!(world.send("alice", &of(&create)), Err("unknown_asset"));
    let account = world.shared(&one_of_two(), 5);
    assert_eq!(world.spend("alice", account, "eve", 0), Err("zero_amount"));
    let itself = chortle_multisig::msg::Spend { account, to: account, coin: coin(0, 1) };
    assert_eq!(world.send("alice", &of(&itself)), Err("self_transfer"));
    assert_eq!(world.spend("alice", address("bob"), "eve", 1), Err("unknown_account"));
}

#[test]
fn every_code_is_reached_here_or_in_the_module() {
    let in_the_module = [
        "duplicate_member",
        "no_weight",
        "threshold_out_of_range",
        "delay_too_long",
        "limit_of_stranger",
        "duplicate_limit",
        "empty_limit",
        "period_out_of_range",
    ];
    let here = concat!(include_str!("refused.rs"), include_str!("main.rs"));
    for row in Error::CATALOGUE.iter().filter(|row| !in_the_module.contains(&row.name)) {
        assert!(here.contains(&format!("Err(\"{}\")", row.name)), "{} is never refused", row.name);
    }
    assert!(in_the_module.iter().all(|name| Error::CATALOGUE.iter().any(|row| row.name == *name)));
}
