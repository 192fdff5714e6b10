//! Guardians, the third, bodies and streams, on the chain with all its modules.
//!
//! Ways around a cap of spending, held by one property: many small proposals, several payments in one, another
//! account for the payment, a contested proposal, the end of a period, an export.

use chortle_app::{MODULES, genesis};
use chortle_governance::{
    msg,
    state::CONTENT,
    types::{STREAMS, Stage},
};
use chortle_kernel::{Class, List, gate::Pauses, tx::RawMessage};
use chortle_token::protocol::TREASURY;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    chain::*,
    common::{self, address, pay},
};

const DAY_MS: u64 = 24 * 3_600 * 1_000;
const OPTIMISTIC_MS: u64 = 15_000;
/// What carol's body may spend in a day.
const CAP: u64 = 10 * LOL;

/// The chain, with carol a guardian and a body.
fn chain() -> Chain {
    let mut sections = sections();
    let governance = &mut sections["governance"];
    let carol = address("carol");
    governance["guardians"]["guardians"] = json!([{ "account": carol, "pauses": 4 }]);
    governance["bodies"] = json!({
        "bodies": [{
            "account": carol, "name": "grants", "cap": CAP.to_string(),
            "messages": ["naming.reserve_symbol", "app.set_params"],
        }],
        "body_period_ms": DAY_MS, "optimistic_voting_ms": OPTIMISTIC_MS, "against_bps": 1_000,
    });
    Chain::from(&sections, 0, common::TIME_MS)
}

fn message_scope(module: &str, message: &str) -> Value {
    json!({ "message": { "module": module, "message": message } })
}

fn guard(scope: &Value, duration_ms: u64) -> RawMessage {
    raw("governance", "guard", json!({ "scope": scope, "duration_ms": duration_ms, "reason": "it drains" }))
}

fn optimistic(messages: Vec<RawMessage>) -> msg::Submit {
    msg::Submit { optimistic: true, ..proposal(messages) }
}

fn create() -> RawMessage {
    let body = json!({ "symbol": "CAT", "name": "Cat", "decimals": 2, "supply": "5" });
    raw("token", "create_asset", body)
}

fn deliver(chain: &mut Chain, from: &str, message: RawMessage) -> Result<(), String> {
    let tx = chain.tx(from, vec![message]);
    chain.deliver(tx)
}

/// Bob, who has two fifths of all power, wants something paused. Answers the proposal.
fn wanted_by_two_fifths(chain: &mut Chain, scopes: &[Value]) -> u64 {
    let id = chain.submit(scopes.iter().map(pause).collect());
    chain.block(&[]);
    chain.vote("bob", id, 10_000);
    chain.block(&[]);
    id
}

#[test]
fn more_than_a_third_of_all_power_pauses_launches_at_once_and_nothing_else() {
    let (launch, create_asset) = (message_scope("lock", "launch"), message_scope("token", "create_asset"));
    let transfer = message_scope("token", "transfer");
    let mut chain = Chain::new();
    for others in [vec![transfer.clone()], vec![launch.clone(), transfer.clone()], vec![]] {
        let id = wanted_by_two_fifths(&mut chain, &others);
        assert_eq!(chain.stage(id), Stage::Voting, "{others:?}");
    }
    let id = wanted_by_two_fifths(&mut chain, &[launch, create_asset]);
    assert_eq!(chain.stage(id), Stage::Executed);
    assert!(deliver(&mut chain, "carol", create()).unwrap_err().contains("paused"));
    deliver(&mut chain, "carol", pay("bob", 5)).unwrap();
    chain.pass(3_000_000);
    deliver(&mut chain, "carol", create()).unwrap();
}

#[test]
fn more_than_half_of_the_guardians_lift_what_a_third_began_and_it_can_begin_again() {
    let mut sections = sections();
    let named = ["alice", "carol"].map(|name| json!({ "account": address(name), "pauses": 1 }));
    sections["governance"]["guardians"]["guardians"] = json!(named);
    let mut chain = Chain::from(&sections, 0, common::TIME_MS);
    let scope = message_scope("token", "create_asset");
    let lift = || raw("governance", "lift", json!({ "scope": scope }));
    assert!(deliver(&mut chain, "carol", lift()).unwrap_err().contains("not_guarded"));
    for round in 0..2 {
        let id = wanted_by_two_fifths(&mut chain, std::slice::from_ref(&scope));
        assert_eq!(chain.stage(id), Stage::Executed, "{round}");
        assert!(deliver(&mut chain, "bob", lift()).unwrap_err().contains("not_guardian"));
        deliver(&mut chain, "carol", lift()).unwrap();
        assert!(deliver(&mut chain, "carol", create()).unwrap_err().contains("paused"), "not by one alone");
        deliver(&mut chain, "alice", lift()).unwrap();
        assert!(Pauses::read(&chain.state).unwrap().is_empty());
    }
    deliver(&mut chain, "carol", create()).unwrap();
    // What a majority pauses no guardian lifts.
    let scope = message_scope("token", "transfer");
    let id = chain.submit(vec![pause(&scope)]);
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    chain.vote("bob", id, 10_000);
    chain.block(&[]);
    assert_eq!(chain.stage(id), Stage::Executed);
    let lift = raw("governance", "lift", json!({ "scope": scope }));
    assert!(deliver(&mut chain, "carol", lift).unwrap_err().contains("not_guarded"));
}

#[test]
fn a_third_against_more_does_nothing() {
    let mut chain = Chain::new();
    let id = chain.submit(vec![pause(&message_scope("lock", "launch"))]);
    chain.block(&[]);
    chain.vote("alice", id, 0);
    chain.vote("bob", id, 10_000);
    chain.block(&[]);
    assert_eq!(chain.stage(id), Stage::Voting);
    chain.pass(VOTING_MS);
    assert_eq!(chain.stage(id), Stage::Rejected);
}

#[test]
fn what_a_third_pauses_again_and_again_comes_to_an_end_and_what_a_majority_wants_does_not() {
    let launch = message_scope("lock", "launch");
    let mut chain = Chain::new();
    for round in 0..5 {
        let id = wanted_by_two_fifths(&mut chain, std::slice::from_ref(&launch));
        let stage = if round < 4 { Stage::Executed } else { Stage::Voting };
        assert_eq!(chain.stage(id), stage, "{round}");
    }
    // It goes on as any other, and two thirds have theirs at once.
    let id = chain.submit(vec![pause(&launch)]);
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    assert_eq!(chain.stage(id), Stage::Voting);
    chain.vote("bob", id, 10_000);
    chain.block(&[]);
    assert_eq!(chain.stage(id), Stage::Executed);
}

#[test]
fn what_a_guardian_stops_is_stopped_on_every_way_and_after_an_export_and_he_moves_nothing() {
    let mut chain = chain();
    let found = deliver(&mut chain, "bob", guard(&message_scope("token", "transfer"), 9_000)).unwrap_err();
    assert!(found.contains("not_guardian"), "{found}");
    let before = [address("alice"), address("bob"), TREASURY].map(|account| chain.nlol(&account));
    deliver(&mut chain, "carol", guard(&message_scope("token", "transfer"), 20_000)).unwrap();
    let found = deliver(&mut chain, "carol", guard(&json!({ "asset": { "asset": "0" } }), 9)).unwrap_err();
    assert!(found.contains("not_pausable"), "{found}");
    let exported = genesis::export(&MODULES, &chain.state).unwrap();
    let mut other = Chain::from(&exported, chain.height, chain.time_unix_ms);
    assert_eq!(genesis::export(&MODULES, &other.state).unwrap(), exported);
    for chain in [&mut chain, &mut other] {
        assert!(deliver(chain, "carol", pay("bob", 5)).unwrap_err().contains("paused"));
        let scope = message_scope("token", "transfer");
        let lift = raw("governance", "lift", json!({ "scope": scope }));
        deliver(chain, "carol", lift).unwrap();
        assert!(deliver(chain, "carol", pay("bob", 5)).unwrap_err().contains("paused"), "not by one alone");
        let spent = raw("governance", "spend", json!({ "to": address("carol"), "coin": common::lol(5) }));
        assert!(deliver(chain, "carol", spent).unwrap_err().contains("unauthorized"));
        let after = [address("alice"), address("bob"), TREASURY].map(|account| chain.nlol(&account));
        assert_eq!(after, before);
        chain.pass(20_000);
        deliver(chain, "carol", pay("bob", 5)).unwrap();
    }
}

#[test]
fn governance_ends_at_once_what_a_guardian_began() {
    let mut chain = chain();
    let scope = json!({ "module": { "module": "token" } });
    deliver(&mut chain, "carol", guard(&scope, DAY_MS)).unwrap();
    let end = raw("governance", "end_pause", json!({ "scope": scope }));
    let id = chain.submit(vec![end]);
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    chain.vote("bob", id, 10_000);
    chain.block(&[]);
    assert_eq!(chain.stage(id), Stage::Executed);
    assert!(Pauses::read(&chain.state).unwrap().is_empty());
    deliver(&mut chain, "carol", pay("bob", 5)).unwrap();
}

#[test]
fn stake_comes_back_and_votes_end_whatever_is_paused() {
    let mut chain = chain();
    let unbonding_ms = 21 * DAY_MS;
    let validator = address("alice");
    let stake = |verb: &str| {
        let amount = (20 * LOL).to_string();
        raw("staking", verb, json!({ "validator": validator, "amount": amount }))
    };
    deliver(&mut chain, "carol", stake("delegate")).unwrap();
    deliver(&mut chain, "carol", stake("undelegate")).unwrap();
    chain.pass(unbonding_ms - 60_000);
    let scopes: Vec<RawMessage> = MODULES
        .modules()
        .filter(|module| !module.messages.is_empty())
        .map(|module| pause(&json!({ "module": { "module": module.name } })))
        .collect();
    let id = chain.submit(scopes);
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    chain.vote("bob", id, 10_000);
    chain.block(&[]);
    assert_eq!(chain.stage(id), Stage::Executed);
    assert!(deliver(&mut chain, "carol", stake("delegate")).unwrap_err().contains("paused"));
    let voting = chain.submit(vec![]);
    chain.block(&[]);
    let before = chain.nlol(&address("carol"));
    chain.pass(60_000);
    // What was unbonding, and the deposit of what nobody voted on.
    assert_eq!(chain.nlol(&address("carol")), before + 20 * LOL + WHOLE);
    assert_eq!(chain.stage(voting), Stage::Rejected, "nobody voted");
}

#[test]
fn a_body_spends_what_it_may_after_the_delay_unless_somebody_stops_it() {
    let mut chain = chain();
    let id = chain.submit_as(&optimistic(vec![spend("bob", 4 * LOL)])).unwrap();
    let stopped = chain.submit_as(&optimistic(vec![spend("bob", 4 * LOL)])).unwrap();
    assert_eq!(chain.proposal(id).class, Class::Treasury);
    chain.block(&[]);
    chain.pass(OPTIMISTIC_MS);
    assert_eq!(chain.stage(id), Stage::Queued);
    let stop = msg::Stop { proposal: stopped, reason: chortle_kernel::Text::default() };
    chain.send("carol", "governance", &stop).unwrap();
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!((chain.stage(id), chain.stage(stopped)), (Stage::Executed, Stage::Cancelled));
    assert_eq!(chain.nlol(&TREASURY), 46 * LOL);
}

#[test]
fn a_body_proposes_nothing_but_payments_of_lol_and_what_its_line_names() {
    let mut chain = chain();
    let reserve = raw("naming", "reserve_symbol", json!({ "symbol": "LOLA" }));
    chain.submit_as(&optimistic(vec![reserve])).unwrap();
    let price = set_params("app/params", &json!({ "gas_price_min": 2 }));
    chain.submit_as(&optimistic(vec![price])).unwrap();
    let rules = set_params("governance/params", &json!({ "quorum_bps": 3_000 }));
    let bodies = set_params("governance/bodies", &json!({ "against_bps": 3_000 }));
    let stream = json!({
        "to": address("bob"), "coin": common::lol(5), "from_unix_ms": 1, "until_unix_ms": 2,
    });
    let inner = json!({ "title": "t", "summary": "", "messages": [], "deposit": LOL.to_string() });
    for message in [
        rules,
        bodies,
        raw("governance", "open_stream", stream),
        pause(&message_scope("token", "transfer")),
        raw("governance", "submit", inner),
    ] {
        let found = chain.submit_as(&optimistic(vec![message])).unwrap_err();
        assert!(found.contains("body_cannot") || found.contains("would_fail"), "{found}");
    }
    let named = set_params(
        "governance/bodies",
        &json!({ "bodies": [{
            "account": address("bob"), "name": "", "cap": "5", "messages": ["governance.spend"],
        }] }),
    );
    assert!(chain.submit_as(&proposal(vec![named])).unwrap_err().contains("would_fail"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_body_never_spends_more_in_a_period_than_its_cap(
        steps in prop::collection::vec((prop::collection::vec(1..7 * LOL, 1..4), 0..DAY_MS, any::<bool>()), 1..10),
    ) {
        let mut chain = chain();
        let mut proposed: Vec<(u64, u64)> = Vec::new();
        for (payments, wait, export) in steps {
            let messages = payments.iter().zip(["alice", "bob", "carol"]).map(|(nlol, to)| spend(to, *nlol));
            let now = chain.time_unix_ms + 1_000;
            let amount: u64 = payments.iter().sum();
            let lately = proposed.iter().filter(|(at, _)| at + DAY_MS > now).map(|(_, nlol)| nlol);
            let fits = lately.sum::<u64>() + amount <= CAP;
            let submit = msg::Submit { deposit: common::amount(WHOLE / 10), ..optimistic(messages.collect()) };
            let submitted = chain.submit_as(&submit);
            // The treasury has 50: what it could not pay is refused by the rehearsal.
            prop_assert_eq!(submitted.is_ok(), fits, "{:?}", submitted);
            if fits {
                proposed.push((now, amount));
            }
            if export {
                let exported = genesis::export(&MODULES, &chain.state).unwrap();
                chain = Chain::from(&exported, chain.height, chain.time_unix_ms);
                prop_assert_eq!(genesis::export(&MODULES, &chain.state).unwrap(), exported);
            }
            chain.pass(wait);
        }
    }
}

#[test]
fn a_stream_is_opened_and_closed_by_votes_and_claimed_by_its_recipient() {
    let mut chain = Chain::new();
    let begins = chain.time_unix_ms;
    let body = json!({
        "to": address("carol"), "coin": common::lol(10 * LOL), "from_unix_ms": begins,
        "until_unix_ms": begins + 1_000_000,
    });
    let id = chain.pass_vote(vec![raw("governance", "open_stream", body)]);
    assert_eq!(chain.proposal(id).class, Class::Treasury);
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!((chain.nlol(&TREASURY), chain.nlol(&STREAMS)), (40 * LOL, 10 * LOL));
    let claim = || raw("governance", "claim_stream", json!({ "stream": 1 }));
    assert!(deliver(&mut chain, "bob", claim()).unwrap_err().contains("not_recipient"));
    deliver(&mut chain, "carol", claim()).unwrap();
    let earned = |chain: &Chain| 10 * LOL * (chain.time_unix_ms - begins) / 1_000_000;
    assert_eq!(chain.nlol(&STREAMS), 10 * LOL - earned(&chain));
    let closing = chain.pass_vote(vec![raw("governance", "close_stream", json!({ "stream": 1 }))]);
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!(chain.stage(closing), Stage::Executed);
    assert_eq!(chain.nlol(&TREASURY), 50 * LOL - earned(&chain));
    deliver(&mut chain, "carol", claim()).unwrap();
    assert_eq!(chain.nlol(&STREAMS), 0);
}

#[test]
fn what_was_voted_on_is_what_is_done() {
    let mut chain = Chain::new();
    let messages = vec![spend("carol", LOL)];
    let id = chain.submit(messages.clone());
    let content = CONTENT.get(&chain.state, &id).unwrap().unwrap();
    assert_eq!(content.messages, List::parse(messages).unwrap());
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    chain.vote("bob", id, 10_000);
    chain.pass(VOTING_MS);
    // Between the vote and its time the chain is begun anew from an export.
    let exported = genesis::export(&MODULES, &chain.state).unwrap();
    let mut chain = Chain::from(&exported, chain.height, chain.time_unix_ms);
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!(chain.stage(id), Stage::Executed);
    assert_eq!(CONTENT.get(&chain.state, &id).unwrap().unwrap(), content);
    assert_eq!(chain.nlol(&TREASURY), 49 * LOL);
}

#[test]
fn what_no_longer_fits_is_refused_when_its_time_comes_and_changes_nothing() {
    let mut chain = Chain::new();
    let floor = set_params("governance/constitution", &json!({ "quorum_min_bps": 3_200 }));
    let raised = chain.pass_vote(vec![floor]);
    let low = chain.pass_vote(vec![
        set_params("governance/params", &json!({ "spam_bps": 9_000 })),
        set_params("governance/params", &json!({ "quorum_bps": 3_100 })),
    ]);
    chain.pass(ACT_DELAY_MS);
    assert_eq!((chain.stage(raised), chain.stage(low)), (Stage::Executed, Stage::Failed));
    assert_eq!(chain.proposal(low).failure.as_deref(), Some("gate.10"));
    let params = chortle_governance::state::PARAMS.get(&chain.state).unwrap().unwrap();
    assert_eq!((params.spam_bps, params.quorum_bps), (8_000, 3_340));
}

#[test]
fn what_repairs_the_chain_is_paid_for_at_the_highest_price_and_the_highest_load() {
    // Alice and bob have 5,000 LOL each: what a proposal and two votes cost at the dearest is far below.
    let mut sections = sections();
    sections["app"]["params"]["gas_price_min"] = 100_000.into();
    let mut chain = Chain::from(&sections, 0, common::TIME_MS);
    let cheap = set_params("app/params", &json!({ "gas_price_min": 1 }));
    let dear = |chain: &Chain, from: &str, message: RawMessage| {
        let nonce = chortle_token::account(&chain.state, &address(from)).unwrap().nonce;
        let plain = common::body(from, nonce, vec![message]);
        let gas_price_max = 100_000;
        let fee = chortle_kernel::tx::Fee { gas_limit: 8_000_000, gas_price_max, ..plain.fee };
        let chain_ref = chortle_kernel::tx::ChainRef::of(common::CHAIN_ID, chain.genesis).unwrap();
        common::sign(chortle_kernel::tx::TxBody { chain: chain_ref, fee, ..plain }, &[from])
    };
    let submit = dear(&chain, "carol", common::raw("governance", &proposal(vec![cheap])));
    chain.deliver(submit).unwrap();
    chain.block(&[]);
    for voter in ["alice", "bob"] {
        let vote = raw("governance", "vote", json!({ "proposal": 1, "yes": 10_000 }));
        let vote = dear(&chain, voter, vote);
        chain.deliver(vote).unwrap();
    }
    chain.pass(VOTING_MS);
    chain.pass(PARAMS_DELAY_MS);
    assert_eq!(chain.stage(1), Stage::Executed);
    deliver(&mut chain, "carol", pay("bob", 5)).unwrap();
}
