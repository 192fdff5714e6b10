//! Shared accounts that act: on a state with all modules, through the one router.

#[path = "../common/mod.rs"]
mod common;
mod model;
mod refused;
mod world;

use chortle_app::{MODULES, genesis};
use chortle_kernel::{Address, AssetId, Class, List, Router, gate::Scope};
use chortle_multisig::{
    msg::{Approve, Create, Execute},
    payload_of,
    query::Standing,
    state::{ACCOUNT, BY_MEMBER},
};
use common::{address, amount};
use serde_json::{Value, json};
use world::*;

const LOL: u64 = 1_000_000_000;
const ABC: [&str; 3] = ["alice", "bob", "dave"];

/// Two of three, of which one is nobody's money: dave.
fn two_of_three(delay_ms: u64) -> Create {
    founding(&each(&ABC), 2, delay_ms, vec![])
}

#[test]
fn an_account_is_paid_before_it_is_known_and_anyone_makes_it_known() {
    let (mut world, create) = (World::new(), two_of_three(0));
    let account = address_before(&create);
    world.fund(account, 5 * LOL);
    assert_eq!(world.propose("alice", account, vec![transfer("eve", 1)]), Err("unknown_account"));
    world.send("mallory", &of(&create)).unwrap();
    assert_eq!(world.send("alice", &of(&create)), Err("already_known"));
    assert_eq!(world.nlol(&account), 5 * LOL);
    for member in ABC {
        assert!(BY_MEMBER.has(world.read(), &(address(member), account)).unwrap());
    }
    // Who chooses anything else makes another account known.
    let other = Create { threshold: 1, ..create };
    world.send("mallory", &of(&other)).unwrap();
    assert_ne!(address_before(&other), account);
    assert_eq!(ACCOUNT.get(world.read(), &account).unwrap().unwrap().config.threshold, 2);
}

#[test]
fn what_enough_members_approve_happens_exactly_once() {
    let mut world = World::new();
    let account = world.shared(&two_of_three(0), 10 * LOL);
    let id = world.propose("alice", account, vec![transfer("eve", 2 * LOL), transfer("bob", LOL)]).unwrap();
    assert_eq!(world.execute("alice", account, id), Err("below_threshold"));
    world.approve("dave", account, id).unwrap();
    let execution = of(&world.execution(account, id));
    world.send("mallory", &execution).unwrap();
    assert_eq!((world.nlol(&address("eve")), world.nlol(&account)), (2 * LOL, 7 * LOL));
    assert_eq!(world.send("mallory", &execution), Err("unknown_proposal"));
    assert_eq!(world.approve("bob", account, id), Err("unknown_proposal"));
    assert_eq!(world.nlol(&account), 7 * LOL);
}

#[test]
fn weights_count_and_not_heads() {
    let mut world = World::new();
    let weights = [(address("alice"), u32::MAX), (address("bob"), 1), (address("dave"), 1)];
    let create = founding(&weights, u64::from(u32::MAX) + 1, 0, vec![]);
    let account = world.shared(&create, LOL);
    let id = world.propose("bob", account, vec![transfer("eve", 1)]).unwrap();
    world.approve("dave", account, id).unwrap();
    assert_eq!(world.execute("bob", account, id), Err("below_threshold"));
    world.approve("alice", account, id).unwrap();
    world.execute("bob", account, id).unwrap();
}

#[test]
fn the_delay_runs_from_when_the_threshold_was_met_and_begins_anew() {
    let mut world = World::new();
    let account = world.shared(&two_of_three(DAY_MS), LOL);
    let id = world.propose("alice", account, vec![transfer("eve", 1)]).unwrap();
    world.pass(5 * DAY_MS);
    world.approve("bob", account, id).unwrap();
    assert_eq!(world.execute("alice", account, id), Err("too_early"), "old, and only now approved");
    world.pass(DAY_MS - 1);
    world.approve("dave", account, id).unwrap();
    world.withdraw("bob", account, id).unwrap();
    assert_eq!(world.execute("alice", account, id), Err("too_early"));
    world.withdraw("dave", account, id).unwrap();
    world.pass(1);
    assert_eq!(world.execute("alice", account, id), Err("below_threshold"));
    world.approve("bob", account, id).unwrap();
    world.pass(DAY_MS - 1);
    assert_eq!(world.execute("alice", account, id), Err("too_early"), "it begins anew");
    world.pass(1);
    world.execute("alice", account, id).unwrap();
}

#[test]
fn a_change_of_members_voids_every_open_proposal_and_every_approval() {
    let mut world = World::new();
    let account = world.shared(&two_of_three(0), LOL);
    let pay = || vec![transfer("eve", 1)];
    let (approved, waiting) =
        (world.propose("alice", account, pay()).unwrap(), world.propose("dave", account, pay()).unwrap());
    world.approve("dave", account, approved).unwrap();
    let replace = configure(&each(&["alice", "bob", "frank"]), 2, 0, vec![]);
    assert_eq!(world.send("alice", &of(&replace)), Err("unknown_account"), "only the account itself");
    world.decide(account, &["alice", "bob"], 0, vec![of(&replace)]).unwrap();

    for id in [approved, waiting] {
        assert_eq!(world.execute("alice", account, id), Err("proposal_void"));
        assert_eq!(world.approve("bob", account, id), Err("proposal_void"));
        assert_eq!(world.approve("dave", account, id), Err("proposal_void"));
        assert_eq!(world.withdraw("dave", account, id), Err("proposal_void"));
        world.cancel("mallory", account, id).unwrap();
    }
    assert_eq!(world.propose("dave", account, pay()), Err("not_member"));
    assert!(!BY_MEMBER.has(world.read(), &(address("dave"), account)).unwrap());
    world.decide(account, &["frank", "bob"], 0, pay()).unwrap();
}

#[test]
fn what_fails_leaves_nothing_and_can_be_tried_until_it_expires() {
    let mut world = World::new();
    let account = world.shared(&two_of_three(0), 5 * LOL);
    let twice = vec![transfer("eve", 3 * LOL), transfer("eve", 3 * LOL)];
    let id = world.propose("alice", account, twice.clone()).unwrap();
    world.approve("bob", account, id).unwrap();
    for _ in 0..2 {
        assert_eq!(world.execute("mallory", account, id), Err("insufficient_balance"));
        assert_eq!((world.nlol(&address("eve")), world.nlol(&account)), (0, 5 * LOL));
    }
    world.fund(account, LOL);
    world.execute("mallory", account, id).unwrap();
    assert_eq!((world.nlol(&address("eve")), world.nlol(&account)), (6 * LOL, 0));

    let late = world.propose("alice", account, twice).unwrap();
    world.approve("bob", account, late).unwrap();
    world.fund(account, 6 * LOL);
    world.pass(10 * DAY_MS - 1);
    world.withdraw("bob", account, late).unwrap();
    world.approve("bob", account, late).unwrap();
    world.pass(1);
    assert_eq!(world.execute("alice", account, late), Err("proposal_expired"));
    assert_eq!(world.approve("dave", account, late), Err("proposal_expired"));
    world.cancel("mallory", account, late).unwrap();
    assert_eq!(world.nlol(&account), 6 * LOL);
}

#[test]
fn a_proposal_cannot_run_itself_and_may_run_another() {
    let mut world = World::new();
    let account = world.shared(&two_of_three(0), 5 * LOL);
    let first = world.propose("alice", account, vec![transfer("eve", LOL)]).unwrap();
    world.approve("bob", account, first).unwrap();
    let run_first = of(&world.execution(account, first));
    world.decide(account, &["alice", "bob"], 0, vec![run_first.clone()]).unwrap();
    assert_eq!(world.nlol(&address("eve")), LOL);
    // What names its own number, as far as a hash lets it: the number alone.
    let own = world.propose("alice", account, vec![transfer("eve", LOL), run_first]).unwrap();
    world.approve("bob", account, own).unwrap();
    assert_eq!(world.execute("bob", account, own), Err("unknown_proposal"));
    assert_eq!(world.nlol(&address("eve")), LOL);
}

#[test]
fn a_member_may_be_a_shared_account_that_acts_through_its_own_proposals() {
    let mut world = World::new();
    let inner = world.shared(&founding(&each(&["bob", "dave"]), 2, 0, vec![]), LOL);
    let outer = world.shared(&founding(&[(address("alice"), 1), (inner, 1)], 2, 0, vec![]), 5 * LOL);
    let id = world.propose("alice", outer, vec![transfer("eve", LOL)]).unwrap();
    let approval = of(&world.approval(outer, id));
    assert_eq!(world.send("bob", &approval), Err("not_member"), "bob alone is not the account");
    // One proposal of the inner account approves the outer one's and has it executed.
    let execution = of(&world.execution(outer, id));
    world.decide(inner, &["bob", "dave"], 0, vec![approval, execution]).unwrap();
    assert_eq!(world.nlol(&address("eve")), LOL);
}

fn text<const MAX: usize>(text: &str) -> chortle_kernel::Text<MAX> {
    chortle_kernel::Text::parse(text).unwrap()
}

#[test]
fn a_pause_stops_what_it_names_and_nothing_is_lost() {
    let mut world = World::new();
    let account = world.shared(&founding(&each(&ABC), 2, 0, vec![limit("alice", 0, LOL, DAY_MS)]), 5 * LOL);
    let id = world.propose("alice", account, vec![transfer("eve", 1)]).unwrap();
    world.approve("bob", account, id).unwrap();
    let transfers = Scope::Message { module: text("token"), message: text("transfer") };
    world.pause(transfers.clone());
    assert_eq!(world.execute("alice", account, id), Err("paused"));
    world.unpause(&transfers);
    let module = Scope::Module { module: text("multisig") };
    world.pause(module.clone());
    assert_eq!(world.execute("alice", account, id), Err("paused"));
    assert_eq!(world.spend("alice", account, "eve", 1), Err("paused"));
    world.withdraw("bob", account, id).unwrap();
    world.cancel("alice", account, id).unwrap();
    world.unpause(&module);
    world.decide(account, &["alice", "bob"], 0, vec![transfer("eve", 1)]).unwrap();
}

#[test]
fn a_member_sends_within_its_limit_and_not_beyond_by_any_asset_or_member() {
    let mut world = World::new();
    let limits = vec![limit("alice", 0, 10 * LOL, DAY_MS)];
    let account = world.shared(&founding(&each(&ABC), 3, 0, limits), 100 * LOL);
    world.spend("alice", account, "eve", 4 * LOL).unwrap();
    world.pass(DAY_MS / 2);
    assert_eq!(world.spend("alice", account, "alice", 6 * LOL + 1), Err("above_limit"));
    world.spend("alice", account, "alice", 6 * LOL).unwrap();
    assert_eq!(world.spend("alice", account, "eve", 1), Err("above_limit"));
    assert_eq!(world.spend("bob", account, "eve", 1), Err("no_limit"));
    assert_eq!(world.spend("mallory", account, "eve", 1), Err("not_member"));
    let shared = format!("{account}");
    let back =
        message("multisig", "spend", json!({ "account": shared, "to": address("eve"), "coin": coin(9, 1) }));
    assert_eq!(world.send("alice", &back), Err("no_limit"));
    // A day and a sixteenth after the first four they are free again; the six are not.
    world.pass(DAY_MS / 2 + DAY_MS / 16);
    assert_eq!(world.spend("alice", account, "eve", 4 * LOL + 1), Err("above_limit"));
    world.spend("alice", account, "eve", 4 * LOL).unwrap();

    // A change that keeps the limit keeps what was sent; one that leaves it out ends it.
    let lower = configure(&each(&ABC), 3, 0, vec![limit("alice", 0, 11 * LOL, DAY_MS)]);
    world.decide(account, &ABC, 0, vec![of(&lower)]).unwrap();
    world.spend("alice", account, "eve", LOL).unwrap();
    assert_eq!(world.spend("alice", account, "eve", 1), Err("above_limit"));
    world.decide(account, &ABC, 0, vec![of(&configure(&each(&ABC), 3, 0, vec![]))]).unwrap();
    assert_eq!(world.spend("alice", account, "eve", 1), Err("no_limit"));
}

/// An asset of alice's that she hands to an account which waits a day.
fn administered(world: &mut World, account: Address) -> AssetId {
    let create = json!({
        "symbol": "SHINE", "name": "Shine", "decimals": 0, "supply": "1000000", "cap": "2000000",
        "template": "community", "capabilities": ["mint", "tax"],
        "tax": { "burn_bps": 100, "reflect_bps": 100 },
    });
    let asset = AssetId::RULED_FIRST;
    world.send("alice", &message("token", "create_asset", create)).unwrap();
    let offer = json!({ "asset": asset, "to": account });
    world.send("alice", &message("token", "offer_admin", offer)).unwrap();
    let accept = message("token", "accept_admin", json!({ "asset": asset }));
    world.decide(account, &["bob", "dave"], DAY_MS, vec![accept]).unwrap();
    asset
}

#[test]
fn an_asset_is_administered_by_several_and_only_after_a_delay() {
    let mut world = World::new();
    let account = world.shared(&two_of_three(DAY_MS), LOL);
    let asset = administered(&mut world, account);
    let mint = || {
        message(
            "token",
            "mint",
            json!({ "to": address("eve"), "coin": { "asset": asset, "amount": "5000" } }),
        )
    };
    let tax = || {
        let tax = json!({ "burn_bps": 50, "reflect_bps": 50, "treasury_bps": 0, "liquidity_bps": 0 });
        message("token", "set_tax", json!({ "asset": asset, "tax": tax }))
    };
    for alone in [mint(), tax()] {
        assert_eq!(world.send("alice", &alone), Err("not_admin"), "she gave it away");
        assert_eq!(world.send("bob", &alone), Err("not_admin"), "one member is not the account");
    }
    let before = chortle_token::supply(world.read(), asset).unwrap();
    world.decide(account, &["alice", "dave"], DAY_MS, vec![mint(), tax()]).unwrap();
    assert_eq!(world.units(&address("eve"), asset), amount(5_000));
    assert_eq!(
        chortle_token::supply(world.read(), asset).unwrap(),
        before.checked_add(amount(5_000)).unwrap()
    );
    let rules = chortle_token::state::RULES.get(world.read(), &asset).unwrap().unwrap();
    assert_eq!(rules.tax.at(0).burn_bps, 50);
    // Who sees it coming has the delay to leave: it is in the open from the first approval on.
    let seen = world.propose("bob", account, vec![mint()]).unwrap();
    world.approve("alice", account, seen).unwrap();
    let view = chortle_kernel::View { state: world.read(), height: 1, time_unix_ms: world.now(), epoch: 0 };
    let query = MODULES.modules().find(|module| module.name == "multisig").unwrap().queries;
    let query = query.iter().find(|query| query.name == "proposal").unwrap();
    let shown = (query.run)(json!({ "shared_account": account, "proposal": seen }), view).unwrap();
    assert_eq!(shown["standing"], serde_json::to_value(Standing::Waiting).unwrap());
    assert_eq!(shown["ready_unix_ms"], json!(world.now() + DAY_MS));
    assert_eq!(shown["messages"], serde_json::to_value([mint()]).unwrap());
}

#[test]
fn governance_weighs_what_a_proposal_of_a_shared_account_carries() {
    let rules = json!({ "path": "governance/params", "changes": "{\"quorum_bps\":2000}" });
    let inner = message("app", "set_params", rules);
    let account = address_before(&two_of_three(0));
    let world = World::new();
    let propose = world.proposing(account, vec![inner.clone()]);
    let execute = Execute { account, proposal: 1, messages: List::parse(vec![inner]).unwrap() };
    for raw in [of(&propose), of(&execute)] {
        let call = MODULES.decode(&raw, 0).unwrap();
        assert_eq!(call.classes().into_iter().max(), Some(Class::Rules));
    }
}

#[test]
fn an_export_carries_what_is_open_approved_void_and_sent() {
    let mut world = World::new();
    let limits = || vec![limit("alice", 0, 10 * LOL, DAY_MS), limit("bob", 0, LOL, DAY_MS)];
    let account = world.shared(&founding(&each(&ABC), 2, DAY_MS, limits()), 100 * LOL);
    world.spend("alice", account, "eve", 7 * LOL).unwrap();
    world.propose("dave", account, vec![transfer("eve", 1)]).unwrap();
    world
        .decide(account, &["alice", "bob"], DAY_MS, vec![of(&configure(&each(&ABC), 2, DAY_MS, limits()))])
        .unwrap();
    let open = world.propose("alice", account, vec![transfer("eve", 1)]).unwrap();
    world.approve("bob", account, open).unwrap();
    world.spend("alice", account, "eve", 2 * LOL).unwrap();

    let exported = genesis::export(&MODULES, &world.state).unwrap();
    let mut again = World::of(&exported);
    again.block = world.block.clone();
    assert_eq!(genesis::export(&MODULES, &again.state).unwrap(), exported);
    assert_eq!(again.spend("alice", account, "eve", 8 * LOL + 1), Err("above_limit"));
    assert_eq!(again.execute("eve", account, 1), Err("proposal_void"));
    assert_eq!(again.execute("eve", account, open), Err("too_early"));
    again.pass(DAY_MS);
    again.execute("eve", account, open).unwrap();

    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut sections = exported.clone();
        change(&mut sections["multisig"]);
        let engine = common::engine();
        genesis::rehearse(&MODULES, &common::start(&sections, &engine)).unwrap_err()
    };
    for change in [
        &(|section: &mut Value| section["accounts"][0]["config"]["threshold"] = 0.into())
            as &dyn Fn(&mut Value),
        &|section| section["accounts"][0]["config"]["threshold"] = 4.into(),
        &|section| section["accounts"][0]["seed"] = json!(format!("0x{}", "07".repeat(32))),
        &|section| {
            section["accounts"][0]["config"]["members"][1] =
                section["accounts"][0]["config"]["members"][0].clone()
        },
        &|section| section["proposals"][1]["record"]["weight"] = 3.into(),
        &|section| section["proposals"][1]["record"]["approvals"][0] = json!(address("mallory")),
        &|section| section["proposals"][0]["content"]["messages"] = json!([transfer("mallory", 9)]),
        &|section| section["spent"][0][0][1] = json!(address("dave")),
        &|section| section["open"] = json!([]),
    ] {
        let refused = wrong(change);
        assert!(refused.pointer.starts_with("/multisig"), "{}: {}", refused.pointer, refused.sentence);
    }
}

#[test]
fn an_approval_is_of_what_the_member_saw() {
    let mut world = World::new();
    let account = world.shared(&two_of_three(0), 5 * LOL);
    let id = world.propose("alice", account, vec![transfer("eve", LOL)]).unwrap();
    let shown = payload_of(&[transfer("bob", LOL)]);
    assert_eq!(
        world.send("bob", &of(&Approve { account, proposal: id, payload: shown })),
        Err("other_payload")
    );
    world.approve("bob", account, id).unwrap();
    for messages in [vec![transfer("mallory", LOL)], vec![transfer("eve", LOL), transfer("eve", 1)]] {
        let altered = Execute { account, proposal: id, messages: List::parse(messages).unwrap() };
        assert_eq!(world.send("mallory", &of(&altered)), Err("other_payload"));
    }
    world.execute("mallory", account, id).unwrap();
}
