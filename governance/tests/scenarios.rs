//! What governance promises, one claim at a time.

mod common;

use chortle_governance::{
    msg,
    state::{self, BALLOT, DEPOSIT},
    types::Stage,
};
use chortle_kernel::{Order, Text};
use common::*;

const YES: [u64; 4] = [10_000, 0, 0, 0];
const NO: [u64; 4] = [0, 10_000, 0, 0];
const ABSTAIN: [u64; 4] = [0, 0, 10_000, 0];
const VETO: [u64; 4] = [0, 0, 0, 10_000];

#[test]
fn voting_begins_in_the_block_after_the_deposit_is_whole() {
    let mut chain = Chain::new();
    let id = chain.text("u0", WHOLE / 10);
    chain.next();
    assert_eq!(chain.proposal(id).stage, Stage::Deposit);
    chain.send("u1", &msg::Deposit { proposal: id, amount: amount(WHOLE - WHOLE / 10) }).unwrap();
    assert_eq!(chain.vote("v0", id, YES), Err("wrong_stage"));
    chain.next();
    let proposal = chain.proposal(id);
    assert_eq!((proposal.stage, proposal.snapshot_height), (Stage::Voting, chain.block.height));
    assert_eq!(proposal.power.base_units(), 400 * LOL);
}

#[test]
fn a_deposit_that_is_never_whole_is_burnt() {
    let mut chain = Chain::new();
    let (before, supply) = (chain.nlol("u0"), chain.supply());
    let id = chain.text("u0", WHOLE / 10);
    chain.pass(49_000);
    assert_eq!(chain.proposal(id).stage, Stage::Deposit);
    chain.pass(1_000);
    assert_eq!(chain.proposal(id).stage, Stage::Lapsed);
    assert_eq!(chain.nlol("u0"), before - WHOLE / 10);
    assert_eq!(chain.supply(), supply - WHOLE / 10);
}

#[test]
fn what_is_voted_down_gets_its_deposits_back_and_what_is_vetoed_or_spam_does_not() {
    for (votes, stage, returned) in [
        // Four validators of 100 LOL: half yes, half no.
        ([YES, YES, NO, NO], Stage::Rejected, true),
        ([YES, ABSTAIN, ABSTAIN, ABSTAIN], Stage::Executed, true),
        ([ABSTAIN; 4], Stage::Rejected, true),
        ([YES, YES, VETO, VETO], Stage::Vetoed, false),
        // More than four fifths against it.
        ([NO; 4], Stage::Rejected, false),
    ] {
        let mut chain = Chain::new();
        let (before, id) = (chain.nlol("u5"), chain.voting());
        for (validator, vote) in VALIDATORS.into_iter().zip(votes) {
            chain.vote(validator, id, vote).unwrap();
        }
        chain.pass(VOTING_MS);
        assert_eq!(chain.proposal(id).stage, stage, "{votes:?}");
        let back = if returned { before } else { before - WHOLE };
        assert_eq!(chain.nlol("u5"), back, "{votes:?}");
        assert_eq!(DEPOSIT.iter(&chain.state, Order::Ascending).count(), 0);
        assert_eq!(BALLOT.iter(&chain.state, Order::Ascending).count(), 0, "ballots are forgotten");
    }
}

#[test]
fn a_tiny_turnout_decides_nothing() {
    let mut chain = Chain::new();
    let id = chain.voting();
    chain.yes("v0", id);
    chain.pass(VOTING_MS);
    // A quarter of the stake; a third and a little is the quorum.
    assert_eq!(chain.proposal(id).stage, Stage::Rejected);
}

#[test]
fn the_proposer_takes_it_back_in_the_first_half_at_a_cost() {
    let mut chain = Chain::new();
    let before = chain.nlol("u5");
    let id = chain.voting();
    assert_eq!(chain.send("u0", &msg::Cancel { proposal: id }), Err("not_proposer"));
    chain.pass(VOTING_MS / 2 - 1_000);
    chain.send("u5", &msg::Cancel { proposal: id }).unwrap();
    assert_eq!(chain.proposal(id).stage, Stage::Cancelled);
    assert_eq!(chain.vote("v0", id, YES), Err("wrong_stage"));
    chain.next();
    assert_eq!(chain.nlol("u5"), before - WHOLE / 2);

    let late = chain.voting();
    chain.pass(VOTING_MS / 2);
    assert_eq!(chain.send("u5", &msg::Cancel { proposal: late }), Err("too_late_to_cancel"));
}

#[test]
fn stake_votes_once_wherever_it_moves_and_later_stake_not_at_all() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 50 * LOL);
    chain.next();
    let id = chain.voting();
    chain.delegate("u1", "v1", 900 * LOL);
    assert_eq!(chain.vote("u1", id, YES), Err("no_power"));
    chain.vote("u0", id, NO).unwrap();
    // What moves takes no vote along, neither its own nor that of the validator that it joins or leaves.
    chain.redelegate("u0", "v0", "v1", 50 * LOL);
    chain.undelegate("v1", "v1", 30 * LOL);
    chain.next();
    chain.yes("v0", id);
    chain.yes("v1", id);
    assert_eq!(chain.tally(id), [200 * LOL, 50 * LOL, 0, 0]);
    chain.vote("u0", id, YES).unwrap();
    assert_eq!(chain.tally(id), [250 * LOL, 0, 0, 0]);
    chain.run(30);
    assert_eq!(chain.tally(id), [250 * LOL, 0, 0, 0]);
}

#[test]
fn stake_that_owes_for_a_slash_has_no_vote_before_it_has_paid() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 50 * LOL);
    chain.run(3);
    chain.redelegate("u0", "v0", "v1", 50 * LOL);
    chain.run(3);
    let key = chortle_staking::state::VALIDATOR.get(&chain.state, &who("v0")).unwrap().unwrap().key.address();
    let charge = chortle_staking::slash::Charge {
        kind: chortle_staking::types::FaultKind::DuplicateVote,
        height: chain.block.height - 3,
        fraction_ppb: 500_000_000,
    };
    let punish = |ctx: &mut chortle_kernel::Ctx<'_>| chortle_staking::slash::punish(ctx, &key, charge);
    assert!(chain.act(chortle_kernel::Origin::Protocol, punish).unwrap());
    chain.next();
    let id = chain.voting();
    // v0 is out of the set; 25 of the 50 that moved are owed.
    assert_eq!(chain.proposal(id).power.base_units(), 325 * LOL);
    chain.yes("v1", id);
    assert_eq!(chain.tally(id), [125 * LOL, 0, 0, 0]);
    chain.vote("u0", id, NO).unwrap();
    let [yes, no, ..] = chain.tally(id);
    assert_eq!(yes + no, 125 * LOL);
}

#[test]
fn who_bonds_in_the_block_in_which_voting_begins_does_not_vote_with_it() {
    let mut chain = Chain::new();
    let early = chain.text("u5", WHOLE);
    chain.delegate("u0", "v0", 10 * LOL);
    chain.next();
    chain.delegate("u0", "v0", 500 * LOL);
    chain.yes("u0", early);
    assert_eq!(chain.tally(early), [10 * LOL, 0, 0, 0]);
}

#[test]
fn a_delegator_overrides_its_validator_before_and_after_it_votes() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 60 * LOL);
    chain.delegate("u1", "v0", 40 * LOL);
    chain.next();
    let id = chain.voting();
    chain.vote("u0", id, NO).unwrap();
    chain.yes("v0", id);
    assert_eq!(chain.tally(id), [140 * LOL, 60 * LOL, 0, 0]);
    chain.vote("u1", id, [0, 5_000, 5_000, 0]).unwrap();
    assert_eq!(chain.tally(id), [100 * LOL, 80 * LOL, 20 * LOL, 0]);
    chain.vote("v0", id, VETO).unwrap();
    assert_eq!(chain.tally(id), [0, 80 * LOL, 20 * LOL, 100 * LOL]);
}

#[test]
fn a_representative_brings_power_once_and_an_own_vote_wins() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 60 * LOL);
    chain.delegate("u1", "v1", 40 * LOL);
    chain.represent("u0", Some("u3"));
    chain.represent("u1", Some("u3"));
    chain.next();
    let id = chain.voting();
    assert_eq!(chain.vote("u3", id, YES), Err("no_power"), "it has no stake of its own");
    chain.vote("u1", id, NO).unwrap();
    chain.send("u3", &ballot(id, YES, &["u0", "u1", "u2", "u0"])).unwrap();
    assert_eq!(chain.tally(id), [60 * LOL, 40 * LOL, 0, 0]);
    chain.yes("v0", id);
    assert_eq!(chain.tally(id), [160 * LOL, 40 * LOL, 0, 0]);
    chain.vote("u3", id, ABSTAIN).unwrap();
    assert_eq!(chain.tally(id), [100 * LOL, 40 * LOL, 60 * LOL, 0]);
    // Whom it names now does not matter any more, and its own word does.
    chain.represent("u0", None);
    assert_eq!(chain.tally(id), [100 * LOL, 40 * LOL, 60 * LOL, 0]);
    chain.vote("u0", id, VETO).unwrap();
    assert_eq!(chain.tally(id), [100 * LOL, 40 * LOL, 0, 60 * LOL]);
    assert_eq!(chain.ballot(id, "u3").unwrap().brought, amount(0));
}

#[test]
fn a_representative_for_one_class_speaks_on_no_other() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 60 * LOL);
    let class = |class| msg::SetRepresentative { representative: Some(who("v1")), class: Some(class) };
    chain.send("u0", &class(chortle_kernel::Class::Treasury)).unwrap();
    chain.next();
    let id = chain.voting();
    chain.send("v1", &ballot(id, YES, &["u0"])).unwrap();
    assert_eq!(chain.tally(id), [100 * LOL, 0, 0, 0]);
    chain.send("u0", &class(chortle_kernel::Class::Text)).unwrap();
    chain.send("v1", &ballot(id, YES, &["u0"])).unwrap();
    assert_eq!(chain.tally(id), [160 * LOL, 0, 0, 0]);
}

#[test]
fn a_validator_brings_its_own_delegator_without_counting_it_twice() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 60 * LOL);
    chain.represent("u0", Some("v0"));
    chain.next();
    let id = chain.voting();
    chain.yes("v0", id);
    chain.send("v0", &ballot(id, YES, &["u0"])).unwrap();
    assert_eq!(chain.tally(id), [160 * LOL, 0, 0, 0]);
    chain.vote("u0", id, NO).unwrap();
    assert_eq!(chain.tally(id), [100 * LOL, 60 * LOL, 0, 0]);
}

#[test]
fn a_late_turn_puts_the_end_off_and_the_answer_to_it_too() {
    let mut chain = Chain::new();
    let id = chain.voting();
    let ends = chain.proposal(id).voting_ends_unix_ms;
    chain.yes("v0", id);
    chain.pass(VOTING_MS - 2_000);
    // The quorum comes late: others get the time to answer.
    chain.yes("v1", id);
    let proposal = chain.proposal(id);
    assert_eq!((proposal.extended, proposal.voting_ends_unix_ms), (true, ends + 8_000));
    chain.pass(9_000);
    chain.vote("v2", id, NO).unwrap();
    chain.vote("v3", id, NO).unwrap();
    assert_eq!(chain.proposal(id).voting_ends_unix_ms, ends + 17_000);
    chain.pass(10_000);
    assert_eq!(chain.proposal(id).stage, Stage::Rejected);
}

#[test]
fn a_vote_ends_with_its_time_and_not_a_block_later() {
    let mut chain = Chain::new();
    let id = chain.voting();
    chain.pass(VOTING_MS - 1_000);
    chain.yes("v0", id);
    chain.block.time_unix_ms += 1_000;
    assert_eq!(chain.vote("v1", id, YES), Err("voting_over"));
}

#[test]
fn an_expedited_vote_needs_more_and_goes_on_with_its_votes_otherwise() {
    for (yes, stage) in [(&["v0", "v1"][..], Stage::Voting), (&["v0", "v1", "v2"][..], Stage::Executed)] {
        let mut chain = Chain::new();
        let id = chain.text("u5", WHOLE);
        chain.send("u5", &msg::Submit { expedited: true, ..text(WHOLE) }).unwrap();
        let id = id + 1;
        chain.next();
        yes.iter().for_each(|voter| chain.yes(voter, id));
        chain.vote("v3", id, NO).unwrap();
        chain.pass(20_000);
        assert_eq!(chain.proposal(id).stage, stage, "{yes:?}");
        if stage == Stage::Voting {
            let proposal = chain.proposal(id);
            assert_eq!(proposal.voting_ends_unix_ms, proposal.voting_began_unix_ms + VOTING_MS);
            assert_eq!(chain.tally(id), [200 * LOL, 100 * LOL, 0, 0]);
            chain.pass(VOTING_MS);
            assert_eq!(chain.proposal(id).stage, Stage::Executed);
        }
    }
}

#[test]
fn a_change_of_the_rules_leaves_what_was_submitted_alone() {
    let mut chain = Chain::new();
    let id = chain.voting();
    chain.set_params(|params| {
        params.quorum_bps = 9_000;
        params.voting_ms = 1;
    });
    chain.yes("v0", id);
    chain.yes("v1", id);
    chain.pass(VOTING_MS - 1_000);
    assert_eq!(chain.proposal(id).stage, Stage::Voting);
    chain.next();
    assert_eq!(chain.proposal(id).stage, Stage::Executed);
}

#[test]
fn a_change_of_the_rules_burns_no_more_and_puts_no_end_off_of_what_was_submitted() {
    let mut chain = Chain::new();
    let [before, supply] = [chain.nlol("u5"), chain.supply()];
    let id = chain.voting();
    chain.set_params(|params| params.cancel_burnt_bps = 10_000);
    chain.send("u5", &msg::Cancel { proposal: id }).unwrap();
    chain.next();
    assert_eq!(chain.nlol("u5"), before - WHOLE / 2, "half of it is burnt, as the rules were");
    assert!(chain.supply() >= supply - WHOLE / 2);

    // Seven tenths against it were no spam, and are none.
    let id = chain.voting();
    let held = chain.nlol("u5");
    chain.set_params(|params| params.spam_bps = 5_000);
    chain.vote("v0", id, [3_000, 7_000, 0, 0]).unwrap();
    chain.vote("v1", id, [3_000, 7_000, 0, 0]).unwrap();
    chain.pass(VOTING_MS);
    chain.next();
    assert_eq!((chain.proposal(id).stage, chain.nlol("u5")), (Stage::Rejected, held + WHOLE));

    let id = chain.voting();
    let ends = chain.proposal(id).voting_ends_unix_ms;
    chain.set_params(|params| params.late_ms = 0);
    chain.yes("v0", id);
    chain.pass(VOTING_MS - 2_000);
    chain.yes("v1", id);
    assert_eq!(chain.proposal(id).voting_ends_unix_ms, ends + 8_000);
    // What is submitted from now on goes by the rules of now.
    let next = chain.text("u4", WHOLE);
    let terms = chain.proposal(next).terms;
    assert_eq!((terms.late_ms, terms.spam_bps, terms.cancel_burnt_bps), (0, 5_000, 10_000));
}

#[test]
fn the_deposit_of_the_next_proposal_grows_with_the_load_and_falls_again() {
    let mut chain = Chain::set(|params| params["deposit_step"] = 2.into());
    chain.text("u0", WHOLE / 10);
    chain.text("u0", WHOLE / 10);
    assert_eq!(chain.send("u1", &text(WHOLE / 10)), Err("deposit_too_small"));
    chain.text("u1", WHOLE / 5);
    chain.pass(50_000);
    chain.text("u1", WHOLE / 10);
}

#[test]
fn a_block_looks_at_a_bounded_number_and_the_next_goes_on() {
    let mut chain = Chain::set(|params| params["deposit_step"] = 1_000_000.into());
    for _ in 0..40 {
        chain.text("u0", WHOLE / 10);
    }
    chain.pass(50_000);
    assert_eq!(state::OPEN.get(&chain.state).unwrap(), Some(8));
    chain.next();
    assert_eq!(state::OPEN.get(&chain.state).unwrap(), Some(0));
    chain.run(3);
    assert_eq!(state::SETTLING.iter(&chain.state, Order::Ascending).count(), 0);
}

#[test]
fn snapshots_are_forgotten_with_the_last_vote_that_needs_them() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 60 * LOL);
    let id = chain.voting();
    chain.undelegate("u0", "v0", 60 * LOL);
    chain.next();
    let kept = || chortle_staking::state::SHARES_THEN;
    assert_eq!(kept().iter(&chain.state, Order::Ascending).count(), 1);
    chain.yes("u0", id);
    assert_eq!(chain.tally(id), [60 * LOL, 0, 0, 0], "it had it when voting began");
    chain.pass(VOTING_MS);
    chain.run(2);
    assert_eq!(kept().iter(&chain.state, Order::Ascending).count(), 0);
    assert_eq!(chortle_staking::state::SNAPSHOT.iter(&chain.state, Order::Ascending).count(), 0);
}

#[test]
fn an_export_goes_on_as_the_chain_does() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 60 * LOL);
    chain.represent("u1", Some("v2"));
    chain.next();
    let id = chain.voting();
    chain.text("u2", WHOLE / 10);
    chain.vote("u0", id, [3_333, 3_333, 3_334, 0]).unwrap();
    chain.yes("v0", id);
    chain.undelegate("u0", "v0", 60 * LOL);
    let cancelled = chain.text("u4", WHOLE / 10);
    chain.send("u4", &msg::Cancel { proposal: cancelled }).unwrap();
    chain
        .act(chortle_kernel::Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.end.unwrap()(ctx))
        .unwrap();

    let exported = chain.export();
    let mut other = Chain::from(&exported, &chain.block);
    assert_eq!(other.export(), exported);
    for chain in [&mut chain, &mut other] {
        chain.next();
        chain.vote("u0", id, NO).unwrap();
        chain.yes("v1", id);
        chain.pass(VOTING_MS);
    }
    assert_eq!(other.export(), chain.export());
}

#[test]
fn the_council_stops_what_waits_and_nobody_else_does() {
    let mut chain = Chain::new();
    let id = chain.voting();
    VALIDATORS.iter().for_each(|voter| chain.yes(voter, id));
    let stop = msg::Stop { proposal: id, reason: Text::parse("it harms").unwrap() };
    assert_eq!(chain.send("u0", &stop), Err("not_council"));
    chain.set_params(|params| params.council = Some(who("u0")));
    assert_eq!(chain.send("u0", &stop), Err("wrong_stage"));
    // A text waits for nothing: only what acts can be stopped (app/tests/governance).
    chain.pass(VOTING_MS);
    assert_eq!(chain.proposal(id).stage, Stage::Executed);
    assert_eq!(chain.send("u0", &stop), Err("wrong_stage"));
}

#[test]
fn deposits_go_back_before_any_ballot_is_forgotten_and_both_a_few_at_a_time() {
    let mut chain = Chain::new();
    let id = chain.text("u5", WHOLE / 10);
    // A hundred depositors stand behind one proposal at most.
    for number in 0..90 {
        let name = format!("depositor {number}");
        let (asset, sum) = (chortle_kernel::AssetId::NATIVE, amount(2 * LOL));
        chain
            .act(chortle_kernel::Origin::Protocol, |ctx| {
                let coin = chortle_kernel::Coin { asset, amount: sum };
                chortle_token::send(ctx, &who("u4"), &who(&name), coin)
            })
            .unwrap();
        chain.send(&name, &msg::Deposit { proposal: id, amount: amount(LOL) }).unwrap();
    }
    let other = chain.voting();
    VALIDATORS.iter().for_each(|voter| chain.yes(voter, other));
    chain.pass(VOTING_MS);
    // 64 of 92 deposits are settled with the first block.
    assert_eq!(DEPOSIT.iter(&chain.state, Order::Ascending).count(), 92 - 64);
    assert_eq!(BALLOT.iter(&chain.state, Order::Ascending).count(), 4);
    chain.next();
    assert_eq!(DEPOSIT.iter(&chain.state, Order::Ascending).count(), 0);
    chain.next();
    assert_eq!(state::SETTLING.iter(&chain.state, Order::Ascending).count(), 0);
    assert_eq!(chain.nlol("depositor 7"), 2 * LOL);
}
