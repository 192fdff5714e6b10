//! Bodies and their track, on texts: what they spend is tested with all modules, in `app/tests/governance`.

mod common;

use chortle_governance::{
    msg, state,
    types::{Bodies, Body, Stage},
};
use chortle_kernel::{List, Params as _, Text};
use common::*;

const DAY_MS: u64 = 24 * 3_600 * 1_000;
const OPTIMISTIC_MS: u64 = 50_000;
const NO: [u64; 4] = [0, 10_000, 0, 0];

/// A chain on which u0 is a body.
fn chain() -> Chain {
    let mut chain = Chain::new();
    let (messages, name) = (List::default(), Text::parse("grants").unwrap());
    let body = Body { account: who("u0"), name, cap: amount(10), messages };
    let bodies = Bodies {
        bodies: List::parse(vec![body]).unwrap(),
        body_period_ms: DAY_MS,
        optimistic_voting_ms: OPTIMISTIC_MS,
        ..Bodies::default()
    };
    bodies.validate().unwrap();
    state::BODIES.set(&mut chain.state, &bodies);
    chain
}

fn optimistic() -> msg::Submit {
    msg::Submit { optimistic: true, ..text(WHOLE) }
}

fn submitted(chain: &mut Chain) -> u64 {
    let id = state::NEXT_ID.get(&chain.state).unwrap().unwrap_or(1);
    chain.send("u0", &optimistic()).unwrap();
    chain.next();
    id
}

#[test]
fn what_a_body_proposes_passes_in_silence_and_nobody_else_has_that_track() {
    let mut chain = chain();
    assert_eq!(chain.send("u1", &optimistic()), Err("not_body"));
    let both = msg::Submit { expedited: true, ..optimistic() };
    assert_eq!(chain.send("u0", &both), Err("two_tracks"));
    let id = submitted(&mut chain);
    chain.pass(OPTIMISTIC_MS - 1_000);
    assert_eq!(chain.proposal(id).stage, Stage::Voting);
    chain.next();
    assert_eq!(chain.proposal(id).stage, Stage::Executed);
}

#[test]
fn more_than_a_tenth_against_it_makes_it_a_proposal_like_any_other_with_its_votes() {
    // Of 400 LOL a tenth is 40: v0 votes with 100.
    for (no, contested) in [(4_000, false), (4_001, true)] {
        let mut chain = chain();
        let id = submitted(&mut chain);
        chain.vote("v0", id, [0, no, 10_000 - no, 0]).unwrap();
        chain.pass(OPTIMISTIC_MS);
        let proposal = chain.proposal(id);
        assert_eq!(proposal.stage, if contested { Stage::Voting } else { Stage::Executed }, "{no}");
        if !contested {
            continue;
        }
        assert_eq!(proposal.optimistic, None);
        assert_eq!(proposal.voting_ends_unix_ms, chain.block.time_unix_ms + VOTING_MS, "a whole vote");
        assert_eq!(chain.tally(id), [0, no * LOL / 100, (10_000 - no) * LOL / 100, 0]);
        // Silence decides nothing any more.
        chain.pass(VOTING_MS);
        assert_eq!(chain.proposal(id).stage, Stage::Rejected);
    }
}

#[test]
fn a_contested_proposal_passes_as_any_other_does() {
    let mut chain = chain();
    let id = submitted(&mut chain);
    chain.vote("v0", id, NO).unwrap();
    chain.pass(OPTIMISTIC_MS);
    chain.yes("v1", id);
    chain.yes("v2", id);
    chain.pass(VOTING_MS);
    assert_eq!(chain.proposal(id).stage, Stage::Executed);
}

#[test]
fn where_nobody_has_stake_nothing_passes_in_silence() {
    let mut chain = chain();
    let id = submitted(&mut chain);
    let mut proposal = chain.proposal(id);
    proposal.power = amount(0);
    state::PROPOSAL.set(&mut chain.state, &id, &proposal);
    chain.pass(OPTIMISTIC_MS);
    assert_eq!(chain.proposal(id).stage, Stage::Voting);
    chain.pass(VOTING_MS);
    assert_eq!(chain.proposal(id).stage, Stage::Rejected);
}

#[test]
fn a_body_proposes_so_often_in_a_period_and_an_export_forgets_none_of_it() {
    let mut chain = chain();
    chain.set_params(|params| params.deposit_step = 1_000);
    for _ in 0..32 {
        let cheap = msg::Submit { deposit: amount(WHOLE / 10), optimistic: true, ..text(WHOLE) };
        chain.send("u0", &cheap).unwrap();
    }
    let again = msg::Submit { deposit: amount(WHOLE / 10), ..optimistic() };
    assert_eq!(chain.send("u0", &again), Err("over_cap"));
    let exported = chain.export();
    let mut other = Chain::from(&exported, &chain.block);
    assert_eq!(other.send("u0", &again), Err("over_cap"));
    chain.pass(DAY_MS);
    chain.send("u0", &again).unwrap();
}
