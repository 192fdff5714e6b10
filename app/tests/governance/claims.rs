//! Which test holds which row of what is known to go wrong with governance elsewhere. A row names at least one test,
//! and every test that is named is there.

use std::{fs, path::Path};

/// A row, what must not happen, and the tests that hold it: a file, and names in it.
type Claim = (&'static str, &'static str, &'static str, &'static [&'static str]);

const CLAIMS: &[Claim] = &[
    (
        "E1",
        "stake that is lent, moved or bonded late votes once, or not at all",
        "governance/tests/scenarios.rs",
        &[
            "stake_votes_once_wherever_it_moves_and_later_stake_not_at_all",
            "who_bonds_in_the_block_in_which_voting_begins_does_not_vote_with_it",
            "stake_that_owes_for_a_slash_has_no_vote_before_it_has_paid",
            "a_validator_brings_its_own_delegator_without_counting_it_twice",
        ],
    ),
    (
        "E1",
        "and so in every life of a chain",
        "governance/tests/model.rs",
        &["the_tally_is_that_of_a_count_of_all_ballots_over_a_copy_of_all_stake"],
    ),
    (
        "E1",
        "nor do units of a token that its holders govern: bought, moved, locked, allowed or minted late",
        "governance/tests/communities.rs",
        &[
            "holders_vote_with_what_they_had_wherever_it_went_since",
            "accounts_of_the_protocol_have_no_power_and_are_not_in_the_total",
            "a_vote_goes_on_through_an_export_in_its_middle",
        ],
    ),
    (
        "E1",
        "and no way leads around the vote of holders",
        "app/tests/governance/communities.rs",
        &[
            "units_vote_once_wherever_they_go",
            "no_way_leads_to_a_treasury_but_a_vote_of_its_holders",
            "no_message_of_another_kind_or_of_another_asset_is_for_holders_to_send",
            "a_pause_puts_off_what_holders_decided_and_does_not_lose_it",
            "an_export_in_the_middle_of_a_vote_changes_nothing_of_it",
        ],
    ),
    (
        "E1",
        "and so in every life of a token",
        "governance/tests/communities_model.rs",
        &["power_is_what_a_copy_of_all_balances_says"],
    ),
    (
        "E2",
        "a turn in the last block is answered, a tiny turnout decides nothing",
        "governance/tests/scenarios.rs",
        &[
            "a_late_turn_puts_the_end_off_and_the_answer_to_it_too",
            "a_tiny_turnout_decides_nothing",
            "a_vote_ends_with_its_time_and_not_a_block_later",
        ],
    ),
    (
        "E2",
        "nor by turns that harm nobody, without end, or of another track",
        "governance/tests/adversary.rs",
        &[
            "a_harmless_late_turn_leaves_as_long_to_answer_the_next",
            "turns_without_end_end_when_voting_has_lasted_twice_its_time",
            "a_turn_in_the_short_vote_takes_nothing_from_the_long_one",
            "milder_terms_that_turn_the_outcome_leave_time_to_answer",
        ],
    ),
    (
        "E2",
        "more no than yes never passes, whatever the rules say",
        "governance/src/rules.rs",
        &["more_no_than_yes_never_passes", "each_test_is_exact_at_its_edge_and_in_its_place"],
    ),
    (
        "E2",
        "floors are not voted below themselves",
        "app/tests/governance/main.rs",
        &[
            "the_constitution_needs_nine_tenths_and_nothing_of_it_is_hurried",
            "the_rules_of_governance_wait_for_the_longest_delay_and_need_two_thirds",
            "what_would_fail_today_is_refused_when_it_is_made",
        ],
    ),
    (
        "E3",
        "a block touches what is due, however much is open",
        "governance/tests/work.rs",
        &[
            "a_block_in_which_nothing_is_due_costs_the_same_however_much_is_open",
            "a_vote_costs_its_own_delegations_however_much_is_open",
        ],
    ),
    (
        "E3",
        "floods pay more and more, and are cleared away a few at a time",
        "governance/tests/scenarios.rs",
        &[
            "the_deposit_of_the_next_proposal_grows_with_the_load_and_falls_again",
            "a_block_looks_at_a_bounded_number_and_the_next_goes_on",
            "deposits_go_back_before_any_ballot_is_forgotten_and_both_a_few_at_a_time",
        ],
    ),
    (
        "E3",
        "what is nested, heavy or of another authority is refused",
        "app/tests/governance/main.rs",
        &[
            "nested_proposals_end_at_their_depth_and_count_with_the_strictest_inside",
            "gas_is_bounded_and_paid_for_by_who_submits",
            "what_only_the_protocol_or_an_account_sends_is_not_for_governance_to_forge",
        ],
    ),
    (
        "E4",
        "what waits is done once, never early, and not at all if it was stopped or its time is over",
        "app/tests/governance/main.rs",
        &[
            "a_parameter_changes_after_its_delay_and_not_before",
            "the_council_stops_what_acts_and_not_the_change_that_replaces_it",
            "what_was_not_tried_in_its_window_expires",
            "what_a_pause_stops_waits_and_is_done_when_it_ends",
            "an_export_with_everything_in_flight_goes_on",
        ],
    ),
    (
        "E4",
        "and it is what was voted on",
        "app/tests/governance/tracks.rs",
        &["what_was_voted_on_is_what_is_done"],
    ),
    (
        "E5",
        "a parameter that bricks the chain is refused when it is proposed",
        "app/tests/governance/main.rs",
        &["what_would_fail_today_is_refused_when_it_is_made"],
    ),
    (
        "E5",
        "and when its time comes; what repairs the chain stays payable",
        "app/tests/governance/tracks.rs",
        &[
            "what_no_longer_fits_is_refused_when_its_time_comes_and_changes_nothing",
            "what_repairs_the_chain_is_paid_for_at_the_highest_price_and_the_highest_load",
        ],
    ),
    (
        "E7",
        "what is paused is stopped on every way, and what mends things on none",
        "app/tests/gate.rs",
        &[
            "no_way_leads_around_a_pause",
            "no_pause_of_anything_stops_what_everybody_needs_to_mend_things",
            "a_pause_ends_by_itself_and_neither_lol_nor_what_governs_can_be_paused",
        ],
    ),
    (
        "E7",
        "no hand keeps anything stopped, alone, in turns, narrower and wider, or by way of an export",
        "governance/tests/guard.rs",
        &[
            "whatever_guardians_do_nothing_stays_stopped",
            "no_guardian_ends_a_pause_alone_and_more_than_half_of_them_do",
            "a_budget_comes_back_with_time_and_not_with_a_new_appointment_or_an_export",
            "guardians_leave_room_for_the_pauses_of_governance",
        ],
    ),
    (
        "E7",
        "who pauses moves no funds; what is bound comes back whatever is paused",
        "app/tests/governance/tracks.rs",
        &[
            "what_a_guardian_stops_is_stopped_on_every_way_and_after_an_export_and_he_moves_nothing",
            "stake_comes_back_and_votes_end_whatever_is_paused",
            "governance_ends_at_once_what_a_guardian_began",
        ],
    ),
    (
        "E7",
        "what fails leaves neither state nor events",
        "app/tests/governance/main.rs",
        &["a_proposal_acts_whole_or_not_at_all_and_its_failure_harms_nobody"],
    ),
];

#[test]
fn every_claim_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (row, claim, file, tests) in CLAIMS {
        let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!tests.is_empty(), "{row}: {claim}");
        for test in *tests {
            assert!(text.contains(&format!("fn {test}(")), "{row} ({claim}): {file} has no {test}");
        }
    }
    // E6 is of accounts that several keys share.
    for row in ["E1", "E2", "E3", "E4", "E5", "E7"] {
        assert!(CLAIMS.iter().any(|claim| claim.0 == row), "{row}");
    }
}
