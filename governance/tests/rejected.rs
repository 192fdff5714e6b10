//! A refusal for every error that a chain of governance alone can give; the others are in `app/tests/governance`.

mod common;

use chortle_governance::{Error, msg, state, types::Stage};
use chortle_kernel::{Address, Bytes, List, Message, Origin, Text, gate::Scope, tx::RawMessage};
use common::*;

const YES: [u64; 4] = [10_000, 0, 0, 0];

/// Everything in state: a refusal leaves it as it was.
fn writes(chain: &Chain) -> chortle_kernel::state::Writes {
    chain.state.writes().clone()
}

fn refused<M: Message>(chain: &mut Chain, from: &str, message: &M, name: &str) {
    let before = writes(chain);
    let found = chain.send(from, message).expect_err(name);
    assert_eq!(found, name);
    assert_eq!(writes(chain), before, "{name} left something");
}

#[test]
fn a_proposal_needs_a_title_and_a_deposit_within_bounds() {
    let mut chain = Chain::new();
    let nameless = msg::Submit { title: Text::parse("  ").unwrap(), ..text(WHOLE) };
    refused(&mut chain, "u0", &nameless, "no_title");
    for title in ["\u{202e}yaP", "\u{200b}"] {
        let unseen = msg::Submit { title: Text::parse(title).unwrap(), ..text(WHOLE) };
        assert!(chain.send("u0", &unseen).is_err(), "{title:?}");
    }
    // Nor is a summary or a reason that shows voters other than it says.
    let turned = msg::Submit { summary: Text::parse("It pays\nu0\u{202e}").unwrap(), ..text(WHOLE) };
    refused(&mut chain, "u0", &turned, "character_refused");
    let lines = msg::Submit { summary: Text::parse("One.\n\n- two\n").unwrap(), ..text(WHOLE) };
    lines.check().unwrap();
    let reason = || Text::parse("\u{1b}[2J").unwrap();
    assert!(msg::Stop { proposal: 1, reason: reason() }.check().is_err());
    let scope = Scope::Module { module: Text::parse("lock").unwrap() };
    assert!(msg::Guard { scope: scope.clone(), duration_ms: 1, reason: reason() }.check().is_err());
    assert!(msg::BeginPause { scope, duration_ms: 1, reason: reason() }.check().is_err());
    for title in
        ["Set gas_price_min to 2: votes get cheaper (twice)", "Pay 30 % of it to the auditors, now & then"]
    {
        let plain = msg::Submit { title: Text::parse(title).unwrap(), ..text(WHOLE) };
        plain.check().unwrap();
    }
    refused(&mut chain, "u0", &text(WHOLE / 10 - 1), "deposit_too_small");
    refused(&mut chain, "u0", &text(WHOLE + 1), "deposit_too_large");
    chain.set_params(|params| params.deposit_base = amount(90_000 * LOL));
    refused(&mut chain, "u0", &text(9_000 * LOL), "insufficient_balance");
}

#[test]
fn a_deposit_is_a_hundredth_at_least_and_what_is_missing_at_most() {
    let mut chain = Chain::new();
    let id = chain.text("u0", WHOLE / 10);
    let of = |nlol| msg::Deposit { proposal: id, amount: amount(nlol) };
    refused(&mut chain, "u1", &of(0), "deposit_too_small");
    refused(&mut chain, "u1", &of(WHOLE / 100 - 1), "deposit_too_small");
    refused(&mut chain, "u1", &of(WHOLE - WHOLE / 10 + 1), "deposit_too_large");
    refused(&mut chain, "u1", &msg::Deposit { proposal: 9, amount: amount(LOL) }, "unknown_proposal");
    chain.send("u1", &of(WHOLE - WHOLE / 10 - 1)).unwrap();
    chain.send("u2", &of(1)).unwrap();
    refused(&mut chain, "u1", &of(1), "deposit_too_large");
    chain.next();
    refused(&mut chain, "u1", &of(1), "wrong_stage");
}

#[test]
fn a_vote_is_whole_in_time_and_has_power() {
    let mut chain = Chain::new();
    let waiting = chain.text("u0", WHOLE / 10);
    let id = chain.voting();
    refused(&mut chain, "v0", &ballot(99, YES, &[]), "unknown_proposal");
    refused(&mut chain, "v0", &ballot(waiting, YES, &[]), "wrong_stage");
    for weights in [[0; 4], [9_999, 0, 0, 0], [10_000, 1, 0, 0], [u64::MAX, 10_001, 0, 0]] {
        refused(&mut chain, "v0", &ballot(id, weights, &[]), "weights_not_whole");
    }
    refused(&mut chain, "u0", &ballot(id, YES, &[]), "no_power");
    let many = msg::Vote { delegations: msg::DELEGATIONS_MAX + 1, ..ballot(id, YES, &[]) };
    refused(&mut chain, "v0", &many, "too_many_delegations");
    let none = msg::Vote { delegations: 0, ..ballot(id, YES, &[]) };
    refused(&mut chain, "v0", &none, "too_many_delegations");
    chain.pass(VOTING_MS - 1_000);
    chain.block.time_unix_ms += 1_000;
    refused(&mut chain, "v0", &ballot(id, YES, &[]), "voting_over");
}

#[test]
fn delegations_that_cannot_be_counted_are_named_and_not_dropped() {
    let mut chain = Chain::new();
    VALIDATORS.iter().for_each(|validator| chain.delegate("u0", validator, LOL));
    let id = chain.voting();
    chain.undelegate("u0", "v3", LOL);
    let of = |delegations| msg::Vote { delegations, ..ballot(id, YES, &[]) };
    refused(&mut chain, "u0", &of(3), "too_many_delegations");
    chain.send("u0", &of(4)).unwrap();
    assert_eq!(chain.tally(id), [4 * LOL, 0, 0, 0]);
}

#[test]
fn nobody_represents_himself() {
    let mut chain = Chain::new();
    let own = msg::SetRepresentative { representative: Some(who("u0")), class: None };
    refused(&mut chain, "u0", &own, "own_representative");
}

#[test]
fn what_is_over_is_neither_taken_back_nor_stopped() {
    let mut chain = Chain::new();
    let id = chain.voting();
    chain.send("u5", &msg::Cancel { proposal: id }).unwrap();
    assert_eq!(chain.proposal(id).stage, Stage::Cancelled);
    refused(&mut chain, "u5", &msg::Cancel { proposal: id }, "wrong_stage");
    refused(&mut chain, "u5", &msg::Cancel { proposal: 77 }, "unknown_proposal");
}

#[test]
fn a_pause_has_an_end_within_three_days() {
    let scope = Scope::Module { module: Text::parse("lock").unwrap() };
    for duration_ms in [0, msg::PAUSE_MS_MAX + 1, u64::MAX] {
        let pause = msg::BeginPause { scope: scope.clone(), duration_ms, reason: Text::default() };
        assert_eq!(pause.check().unwrap_err().name, "pause_too_long", "{duration_ms}");
    }
    let mut chain = Chain::new();
    let ended = chain.act(Origin::Governance, |ctx| msg::EndPause { scope }.execute(ctx));
    assert!(ended.unwrap_err().to_string().contains("nothing_paused"));
}

#[test]
fn a_payment_pays_somebody_something() {
    let coin = |nlol| chortle_kernel::Coin { asset: chortle_kernel::AssetId::NATIVE, amount: amount(nlol) };
    let nothing = msg::Spend { to: who("u0"), coin: coin(0) };
    assert_eq!(nothing.check().unwrap_err().name, "nothing_paid");
    let to = Address::protocol("bonded");
    assert_eq!(msg::Spend { to, coin: coin(5) }.check().unwrap_err().name, "protocol_account");
}

#[test]
fn a_chain_without_governance_says_so() {
    let mut chain = Chain::new();
    state::PARAMS.remove(&mut chain.state);
    refused(&mut chain, "u0", &text(WHOLE), "no_governance");
}

#[test]
fn messages_that_no_module_knows_are_refused() {
    let mut chain = Chain::new();
    let unknown = RawMessage { module: 250, tag: 1, body: Bytes::default() };
    let submit = msg::Submit { messages: List::parse(vec![unknown]).unwrap(), ..text(WHOLE) };
    refused(&mut chain, "u0", &submit, "no_router");
}

#[test]
fn every_code_is_reached_here_or_with_all_modules() {
    let here = [
        "no_title",
        "deposit_too_small",
        "deposit_too_large",
        "unknown_proposal",
        "wrong_stage",
        "voting_over",
        "weights_not_whole",
        "no_power",
        "too_many_delegations",
        "not_proposer",
        "too_late_to_cancel",
        "not_council",
        "own_representative",
        "pause_too_long",
        "nothing_paused",
        "no_governance",
        "nothing_paid",
    ];
    // In the files of guardians, streams, communities and the optimistic track.
    let beside = [
        "not_guardian",
        "pauses_spent",
        "stopped_too_long",
        "paused_already",
        "not_guarded",
        "lifted_already",
        "not_body",
        "over_cap",
        "two_tracks",
        "unknown_stream",
        "stream_times",
        "not_recipient",
        "nothing_earned",
        "nothing_to_close",
        "chain_alone",
        "stake_alone",
    ];
    let there = ["nothing_expedited", "too_much_gas", "would_fail", "not_stoppable", "body_cannot"];
    let found: Vec<&str> = Error::CATALOGUE.iter().map(|row| row.name).collect();
    let places = |name: &&str| [&here[..], &beside, &there].iter().filter(|list| list.contains(name)).count();
    assert!(found.iter().all(|name| places(name) == 1), "{found:?}");
    assert_eq!(found.len(), here.len() + beside.len() + there.len());
}
