//! What somebody tries who wants to win a vote that he would lose, or to pay less than it costs.

mod common;

use chortle_governance::{msg, types::Stage};
use common::*;

const YES: [u64; 4] = [10_000, 0, 0, 0];
const NO: [u64; 4] = [0, 10_000, 0, 0];
const ABSTAIN: [u64; 4] = [0, 0, 10_000, 0];
const VETO: [u64; 4] = [0, 0, 0, 10_000];
/// How long others have to answer a late turn on these chains.
const LATE_MS: u64 = 10_000;

fn left(chain: &Chain, id: u64) -> u64 {
    chain.proposal(id).voting_ends_unix_ms - chain.block.time_unix_ms
}

#[test]
fn a_harmless_late_turn_leaves_as_long_to_answer_the_next() {
    let mut chain = Chain::new();
    let id = chain.voting();
    chain.vote("v0", id, NO).unwrap();
    chain.pass(VOTING_MS - LATE_MS + 1_000);
    // Now there is a quorum, and still a no: the end moves by a blink.
    chain.vote("v1", id, ABSTAIN).unwrap();
    assert_eq!(left(&chain, id), LATE_MS);
    chain.pass(LATE_MS - 1_000);
    for voter in ["v2", "v3"] {
        chain.vote(voter, id, YES).unwrap();
    }
    assert_eq!(left(&chain, id), LATE_MS, "the turn that counts is answered like the first");
    chain.vote("v1", id, NO).unwrap();
    chain.pass(LATE_MS);
    assert_eq!(chain.proposal(id).stage, Stage::Rejected);
}

#[test]
fn turns_without_end_end_when_voting_has_lasted_twice_its_time() {
    let mut chain = Chain::new();
    let id = chain.voting();
    let began = chain.proposal(id).voting_began_unix_ms;
    chain.vote("v0", id, NO).unwrap();
    chain.vote("v1", id, YES).unwrap();
    chain.pass(VOTING_MS - 2_000);
    let mut turns = 0;
    while chain.proposal(id).stage == Stage::Voting {
        let word = if turns % 2 == 0 { YES } else { NO };
        chain.vote("v2", id, word).unwrap();
        turns += 1;
        chain.pass((left(&chain, id) - 1_000).max(1_000));
    }
    let lasted = chain.block.time_unix_ms - began;
    assert!(turns > 10 && (2 * VOTING_MS..=2 * VOTING_MS + 1_000).contains(&lasted), "{lasted}, {turns}");
}

#[test]
fn a_turn_in_the_short_vote_takes_nothing_from_the_long_one() {
    let mut chain = Chain::new();
    chain.send("u5", &msg::Submit { expedited: true, ..text(WHOLE) }).unwrap();
    let id = 1;
    chain.next();
    chain.vote("v0", id, NO).unwrap();
    chain.pass(20_000 - 2_000);
    chain.vote("v1", id, NO).unwrap();
    assert_eq!(left(&chain, id), LATE_MS, "half of the stake is the quorum of the short vote");
    chain.pass(LATE_MS);
    assert_eq!(chain.proposal(id).expedited, None);
    chain.pass(left(&chain, id) - 1_000);
    for voter in ["v1", "v2", "v3"] {
        chain.vote(voter, id, YES).unwrap();
    }
    assert_eq!(left(&chain, id), LATE_MS);
}

#[test]
fn milder_terms_that_turn_the_outcome_leave_time_to_answer() {
    let mut chain = Chain::set(|params| params["expedited_voting_ms"] = VOTING_MS.into());
    chain.send("u5", &msg::Submit { expedited: true, ..text(WHOLE) }).unwrap();
    let id = 1;
    chain.next();
    // Two thirds are too few for the short vote and enough for the long one, whose time is over as well.
    for (voter, word) in [("v0", YES), ("v1", YES), ("v2", NO)] {
        chain.vote(voter, id, word).unwrap();
    }
    chain.pass(VOTING_MS);
    assert_eq!((chain.proposal(id).stage, left(&chain, id)), (Stage::Voting, LATE_MS));
    chain.vote("v3", id, NO).unwrap();
    chain.pass(LATE_MS);
    assert_eq!(chain.proposal(id).stage, Stage::Rejected);
}

#[test]
fn an_end_that_is_put_off_gives_no_time_to_take_it_back() {
    let mut chain = Chain::set(|params| params["late_ms"] = VOTING_MS.into());
    let id = chain.voting();
    chain.yes("v0", id);
    chain.yes("v1", id);
    chain.pass(VOTING_MS - 1_000);
    chain.vote("v2", id, VETO).unwrap();
    chain.vote("v3", id, VETO).unwrap();
    assert!(left(&chain, id) > VOTING_MS / 2);
    // Vetoed it loses all deposits; taken back, half of them.
    assert_eq!(chain.send("u5", &msg::Cancel { proposal: id }), Err("too_late_to_cancel"));
}

#[test]
fn a_vote_cast_piece_by_piece_weighs_no_more_than_at_once() {
    let mut chain = Chain::new();
    for (user, nlol) in [("u0", 7), ("u1", 1_001), ("u2", LOL + 3)] {
        chain.delegate(user, "v0", nlol);
    }
    chain.next();
    let (whole, parts) = (chain.text("u5", WHOLE), chain.text("u4", WHOLE));
    chain.next();
    // The same word of the same stake: said once, and by way of every other word, follower and validator first.
    let word = [3_333, 3_333, 1, 3_333];
    for voter in ["u0", "u1", "u2", "v0"] {
        chain.vote(voter, whole, word).unwrap();
    }
    for voter in ["u0", "u1", "u2"] {
        chain.represent(voter, Some("v0"));
    }
    chain.vote("v0", parts, YES).unwrap();
    chain.send("v0", &ballot(parts, NO, &["u0", "u1"])).unwrap();
    chain.send("v0", &ballot(parts, VETO, &["u0", "u1", "u2"])).unwrap();
    for word in [YES, ABSTAIN, word] {
        for voter in ["u2", "v0", "u0", "u1"] {
            chain.vote(voter, parts, word).unwrap();
        }
    }
    assert_eq!(chain.tally(parts), chain.tally(whole));
}

#[test]
fn deposits_are_paid_back_or_burnt_to_the_unit_whatever_ends_a_proposal() {
    for (end, burnt) in [("lapse", 10_000), ("cancel", 5_000), ("veto", 10_000), ("reject", 0), ("pass", 0)] {
        let mut chain = Chain::set(|params| params["deposit_base"] = (LOL + 7).to_string().into());
        let (before, supply) = (chain.nlol("u0") + chain.nlol("u1"), chain.supply());
        let id = chain.text("u0", LOL / 10 + 1);
        let rest = LOL + 7 - (LOL / 10 + 1);
        let added = if end == "lapse" { rest - 3 } else { rest };
        chain.send("u1", &msg::Deposit { proposal: id, amount: amount(added) }).unwrap();
        chain.next();
        let words = match end {
            "veto" => [VETO; 4],
            "reject" => [YES, NO, NO, YES],
            _ => [YES; 4],
        };
        if end == "cancel" {
            chain.send("u0", &msg::Cancel { proposal: id }).unwrap();
        } else if end != "lapse" {
            VALIDATORS.into_iter().zip(words).for_each(|(voter, word)| chain.vote(voter, id, word).unwrap());
        }
        chain.pass(VOTING_MS);
        chain.next();
        let paid = [LOL / 10 + 1, added];
        let expected: u64 = paid.iter().map(|paid| (paid * burnt).div_ceil(10_000)).sum();
        let lost = before - chain.nlol("u0") - chain.nlol("u1");
        assert_eq!((lost, supply - chain.supply()), (expected, expected), "{end}");
    }
}
