//! Proposals that act: on the chain with all its modules, through the one router.

mod chain;
mod claims;
#[path = "../common/mod.rs"]
mod common;
mod communities;
mod param_history;
mod tracks;

use chain::*;
use chortle_app::{MODULES, genesis, state::PARAMS};
use chortle_governance::{msg, types::Stage};
use chortle_kernel::{Class, List, Text, gate::Pauses, tx::RawMessage};
use common::{address, amount};
use serde_json::json;

fn gas_price(chain: &Chain) -> u64 {
    PARAMS.get(&chain.state).unwrap().unwrap().gas_price_min
}

fn price(to: u64) -> RawMessage {
    set_params("app/params", &json!({ "gas_price_min": to }))
}

#[test]
fn a_parameter_changes_after_its_delay_and_not_before() {
    let mut chain = Chain::new();
    let id = chain.pass_vote(vec![price(3)]);
    let proposal = chain.proposal(id);
    assert_eq!((proposal.stage, proposal.class), (Stage::Queued, Class::Params));
    assert_eq!(proposal.eta_unix_ms, chain.time_unix_ms + PARAMS_DELAY_MS);
    chain.pass(PARAMS_DELAY_MS - 1_000);
    assert_eq!((chain.stage(id), gas_price(&chain)), (Stage::Queued, 1));
    chain.pass(1_000);
    assert_eq!((chain.stage(id), gas_price(&chain)), (Stage::Executed, 3));
    chain.pass(PARAMS_DELAY_MS);
    assert_eq!(chain.stage(id), Stage::Executed, "once");
}

#[test]
fn a_proposal_acts_whole_or_not_at_all_and_its_failure_harms_nobody() {
    let mut chain = Chain::new();
    // Two payments of 30 LOL each pass by themselves today; the treasury has 50.
    let treasury = chortle_token::protocol::TREASURY;
    let first = chain.pass_vote(vec![price(2), spend("bob", 30 * LOL)]);
    let second = chain.pass_vote(vec![price(5), spend("bob", 30 * LOL)]);
    let third = chain.pass_vote(vec![price(4)]);
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!(
        [first, second, third].map(|id| chain.stage(id)),
        [Stage::Executed, Stage::Failed, Stage::Executed]
    );
    assert_eq!(gas_price(&chain), 4);
    assert_eq!(chain.nlol(&treasury), 20 * LOL);
    let failure = chain.proposal(second).failure.unwrap();
    assert_eq!(failure, "token.1");
    let changes = chain.events.iter().filter(|event| event.kind == "app.param_changed");
    assert_eq!(changes.count(), 1, "what failed told nothing but that it failed");
}

#[test]
fn what_would_fail_today_is_refused_when_it_is_made() {
    let mut chain = Chain::new();
    let log = |chain: &mut Chain, messages| chain.submit_as(&proposal(messages)).unwrap_err();
    for (messages, expected) in [
        (vec![spend("carol", 51 * LOL)], "would_fail"),
        (vec![set_params("app/params", &json!({ "hook_gas_max": 0 }))], "would_fail"),
        (vec![set_params("app/params", &json!({ "gas_price_min": 100_001 }))], "would_fail"),
        (vec![set_params("app/engine", &json!({ "block_gas_max": 0 }))], "would_fail"),
        (vec![set_params("staking/params", &json!({ "validators_max": 0 }))], "would_fail"),
        (vec![set_params("staking/params", &json!({ "unbonding_ms": 0 }))], "would_fail"),
        (vec![set_params("governance/params", &json!({ "quorum_bps": 1_999 }))], "would_fail"),
        (vec![set_params("governance/params", &json!({ "threshold_bps": 4_999 }))], "would_fail"),
        (vec![set_params("governance/params", &json!({ "params_delay_ms": 9_999 }))], "would_fail"),
        (vec![set_params("governance/params", &json!({ "gas_max": 1 }))], "would_fail"),
        (
            vec![set_params("governance/constitution", &json!({ "amendment_threshold_bps": 10_000 }))],
            "would_fail",
        ),
        (vec![set_params("governance/constitution", &json!({ "quorum_min_bps": 4_000 }))], "would_fail"),
        (vec![set_params("nobody/params", &json!({ "a": 1 }))], "would_fail"),
        (vec![price(2), spend("carol", 51 * LOL)], "would_fail"),
        (vec![pause(&json!({ "asset": { "asset": "0" } }))], "would_fail"),
    ] {
        let found = log(&mut chain, messages.clone());
        assert!(found.contains(expected), "{found}");
    }
    assert_eq!(gas_price(&chain), 1, "a rehearsal leaves nothing");
}

#[test]
fn gas_is_bounded_and_paid_for_by_who_submits() {
    let mut chain = Chain::new();
    let many = proposal(vec![price(2); 16]);
    chain.submit_as(&many).unwrap();
    let log = chain.submit_as(&proposal(vec![price(2); 4])).map(|id| chain.proposal(id).terms.gas_max);
    assert_eq!(log, Ok(10_000_000));
    let heavy = json!({ "title": "t", "summary": "", "messages": vec![price(2); 16], "deposit": (10 * LOL).to_string() });
    let nested = raw("governance", "submit", heavy);
    let found = chain.submit_as(&proposal(vec![nested.clone(), nested])).unwrap_err();
    assert!(found.contains("too_much_gas"), "{found}");
}

#[test]
fn nested_proposals_end_at_their_depth_and_count_with_the_strictest_inside() {
    let mut chain = Chain::new();
    let within = |messages: Vec<RawMessage>| {
        raw(
            "governance",
            "submit",
            json!({ "title": "t", "summary": "", "messages": messages, "deposit": "1" }),
        )
    };
    let rules = set_params("governance/params", &json!({ "quorum_bps": 3_000 }));
    let mut nest = vec![rules];
    for _ in 0..4 {
        nest = vec![within(nest)];
    }
    let found = chain.submit_as(&proposal(nest)).unwrap_err();
    assert!(found.contains("too_deep"), "{found}");
}

#[test]
fn what_only_the_protocol_or_an_account_sends_is_not_for_governance_to_forge() {
    let mut chain = Chain::new();
    // A transfer by governance acts for its own account, which has nothing.
    let transfer =
        raw("token", "transfer", json!({ "to": address("carol"), "coin": { "asset": "0", "amount": "5" } }));
    let found = chain.submit_as(&proposal(vec![transfer])).unwrap_err();
    assert!(found.contains("would_fail") && found.contains("token.1"), "{found}");
    for name in ["begin_pause", "end_pause", "spend"] {
        let (_, kind) = MODULES.tags("governance", name).unwrap();
        let body = chortle_kernel::Bytes::parse((kind.examples)().remove(0)).unwrap();
        let tx = chain.tx("carol", vec![RawMessage { module: 7, tag: kind.tag, body }]);
        let found = chain.deliver(tx).unwrap_err();
        assert!(found.contains("unauthorized"), "{name}: {found}");
    }
}

#[test]
fn the_rules_of_governance_wait_for_the_longest_delay_and_need_two_thirds() {
    let mut chain = Chain::new();
    let rules = set_params("governance/params", &json!({ "treasury_delay_ms": 10_000 }));
    let id = chain.submit(vec![rules.clone()]);
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    chain.vote("bob", id, 0);
    chain.pass(VOTING_MS);
    assert_eq!(chain.stage(id), Stage::Rejected, "60 % are not two thirds");

    let id = chain.pass_vote(vec![rules]);
    assert_eq!(chain.proposal(id).eta_unix_ms, chain.time_unix_ms + ACT_DELAY_MS);
    // What was queued under the old delay keeps it.
    let queued = chain.pass_vote(vec![spend("carol", LOL)]);
    let eta = chain.proposal(queued).eta_unix_ms;
    assert_eq!(eta, chain.time_unix_ms + TREASURY_DELAY_MS);
    chain.pass(ACT_DELAY_MS - VOTING_MS);
    assert_eq!(chain.stage(id), Stage::Executed);
    assert_eq!(chain.proposal(queued).eta_unix_ms, eta);
    let short = chain.pass_vote(vec![spend("carol", LOL)]);
    assert_eq!(chain.proposal(short).eta_unix_ms, chain.time_unix_ms + 10_000);
}

#[test]
fn the_constitution_needs_nine_tenths_and_nothing_of_it_is_hurried() {
    let mut chain = Chain::new();
    let constitution = set_params("governance/constitution", &json!({ "quorum_min_bps": 1_000 }));
    let hurried = msg::Submit { expedited: true, ..proposal(vec![price(2), constitution.clone()]) };
    assert!(chain.submit_as(&hurried).unwrap_err().contains("nothing_expedited"));
    for (bob, stage) in [(7_499, Stage::Rejected), (7_501, Stage::Queued)] {
        let id = chain.submit(vec![price(2), constitution.clone()]);
        assert_eq!(chain.proposal(id).class, Class::Constitution);
        chain.block(&[]);
        chain.vote("alice", id, 10_000);
        chain.vote("bob", id, bob);
        chain.pass(VOTING_MS);
        assert_eq!(chain.stage(id), stage, "{bob}");
    }
}

#[test]
fn the_council_stops_what_acts_and_not_the_change_that_replaces_it() {
    let mut chain = Chain::new();
    let stop = |proposal| msg::Stop { proposal, reason: Text::parse("it harms").unwrap() };
    let spending = chain.pass_vote(vec![spend("carol", LOL)]);
    assert!(chain.send("alice", "governance", &stop(spending)).unwrap_err().contains("not_council"));
    chain.send("carol", "governance", &stop(spending)).unwrap();
    assert_eq!(chain.stage(spending), Stage::Cancelled);

    let rules = set_params("governance/params", &json!({ "council": address("bob") }));
    let replacing = chain.pass_vote(vec![rules.clone()]);
    let found = chain.send("carol", "governance", &stop(replacing)).unwrap_err();
    assert!(found.contains("not_stoppable"), "{found}");
    // What hides a payment behind it can be stopped.
    let hiding = chain.pass_vote(vec![rules, spend("carol", LOL)]);
    chain.send("carol", "governance", &stop(hiding)).unwrap();
    chain.pass(ACT_DELAY_MS);
    assert_eq!(chain.stage(replacing), Stage::Executed);
    assert_eq!(chain.stage(hiding), Stage::Cancelled);
    assert_eq!(chain.nlol(&chortle_token::protocol::TREASURY), 50 * LOL);
}

#[test]
fn two_thirds_of_all_power_pause_at_once_and_the_pause_ends_by_itself() {
    let mut chain = Chain::new();
    let scope = json!({ "message": { "module": "token", "message": "transfer" } });
    let id = chain.submit(vec![pause(&scope)]);
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    assert_eq!(chain.stage(id), Stage::Voting, "60 % are not two thirds");
    chain.vote("bob", id, 10_000);
    chain.block(&[]);
    assert_eq!(chain.stage(id), Stage::Executed);
    let pay = |chain: &Chain| chain.tx("carol", vec![common::pay("bob", 5)]);
    let tx = pay(&chain);
    assert!(chain.deliver(tx).unwrap_err().contains("paused"));
    // It survives an export.
    let exported = genesis::export(&MODULES, &chain.state).unwrap();
    let mut other = Chain::from(&exported, chain.height, chain.time_unix_ms);
    let tx = pay(&other);
    assert!(other.deliver(tx).unwrap_err().contains("paused"));
    chain.pass(3_000_000);
    let tx = pay(&chain);
    chain.deliver(tx).unwrap();
}

#[test]
fn governance_goes_on_while_everything_is_paused_and_ends_a_pause_at_once() {
    let mut chain = Chain::new();
    let scopes =
        ["governance", "app", "token", "staking"].map(|module| json!({ "module": { "module": module } }));
    let id = chain.pass_vote(scopes.iter().map(pause).collect());
    assert_eq!(chain.stage(id), Stage::Executed);
    let end = |scope: &serde_json::Value| raw("governance", "end_pause", json!({ "scope": scope }));
    let id = chain.submit(scopes.iter().map(end).collect());
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    chain.vote("bob", id, 10_000);
    chain.block(&[]);
    assert_eq!(chain.stage(id), Stage::Executed);
    assert!(Pauses::read(&chain.state).unwrap().is_empty());
}

#[test]
fn what_a_pause_stops_waits_and_is_done_when_it_ends() {
    let mut chain = Chain::new();
    let payment = chain.pass_vote(vec![price(7), spend("carol", LOL)]);
    let scope = json!({ "module": { "module": "governance" } });
    let pausing = chain.pass_vote(vec![pause(&scope)]);
    assert_eq!(chain.stage(pausing), Stage::Executed);
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!((chain.stage(payment), gas_price(&chain)), (Stage::Queued, 1));
    chain.pass(3_600_000);
    assert_eq!((chain.stage(payment), gas_price(&chain)), (Stage::Executed, 7));
}

#[test]
fn what_was_not_tried_in_its_window_expires() {
    let mut chain = Chain::new();
    let id = chain.pass_vote(vec![spend("carol", LOL)]);
    // The chain stood still.
    chain.pass(TREASURY_DELAY_MS + WINDOW_MS + 1_000);
    assert_eq!(chain.stage(id), Stage::Expired);
    assert_eq!(chain.nlol(&chortle_token::protocol::TREASURY), 50 * LOL);
}

#[test]
fn a_block_executes_within_the_gas_of_hooks_and_the_next_goes_on() {
    let mut chain = Chain::new();
    let full = |to| vec![price(to); 16];
    let mut ids = Vec::new();
    for to in 2..12 {
        ids.push(
            chain
                .submit_as(&msg::Submit { messages: List::parse(full(to)).unwrap(), ..proposal(vec![]) })
                .unwrap(),
        );
    }
    chain.block(&[]);
    let fields = |id| json!({ "proposal": id, "yes": 10_000, "delegations": 2 });
    for voter in ["alice", "bob"] {
        let votes = ids.iter().map(|id| raw("governance", "vote", fields(*id))).collect();
        let tx = chain.tx(voter, votes);
        chain.deliver(tx).unwrap();
    }
    chain.pass(VOTING_MS);
    chain.pass(PARAMS_DELAY_MS);
    // Each takes 6.4 million; a block has 50.
    let done = |chain: &Chain| ids.iter().filter(|id| chain.stage(**id) == Stage::Executed).count();
    assert_eq!(done(&chain), 7);
    chain.block(&[]);
    assert_eq!(done(&chain), 10);
    assert_eq!(gas_price(&chain), 11);
}

#[test]
fn an_export_with_everything_in_flight_goes_on() {
    let mut chain = Chain::new();
    let queued = chain.pass_vote(vec![spend("carol", LOL)]);
    let voting = chain.submit(vec![price(2)]);
    chain.block(&[]);
    chain.vote("alice", voting, 10_000);
    let exported = genesis::export(&MODULES, &chain.state).unwrap();
    let mut other = Chain::from(&exported, chain.height, chain.time_unix_ms);
    assert_eq!(genesis::export(&MODULES, &other.state).unwrap(), exported);
    for chain in [&mut chain, &mut other] {
        chain.vote("bob", voting, 4_000);
        chain.pass(TREASURY_DELAY_MS);
        assert_eq!(chain.stage(queued), Stage::Executed);
        assert_eq!(chain.stage(voting), Stage::Queued);
        chain.pass(PARAMS_DELAY_MS);
        assert_eq!(chain.stage(voting), Stage::Executed);
    }
    assert_eq!(amount(chain.nlol(&address("carol"))), amount(other.nlol(&address("carol"))));
}
