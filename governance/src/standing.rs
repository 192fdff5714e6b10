//! How a tally stands in each test that it must pass, and what it lacks. What decides is [`crate::rules::judge`]; a
//! test here holds the two to each other.

use chortle_kernel::{Amount, record};

use crate::types::{ONE_BPS, Optimistic, Proposal, Tally, Terms};

record! {
    /// A test of a tally.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum Name {
        /// Somebody has power.
        Power,
        /// Enough voted.
        Quorum,
        /// Somebody who voted did not abstain.
        Opinions,
        /// Not too many call it harmful.
        Veto,
        /// Enough of those who do not abstain say yes.
        Threshold,
        /// Not too many are against one that passes without votes.
        Opposition,
        /// So many say yes that it need not wait for the end of voting.
        AtOnce,
    }
}

record! {
    /// How a tally stands in a test, in nlol or in base units of the asset whose holders vote.
    #[derive(Copy)]
    #[schemars(rename = "TallyTest")]
    pub struct Test {
        /// Which.
        pub test: Name,
        /// Whether it holds now.
        pub holds: bool,
        /// What counts: stake, turnout, votes that do not abstain, vetoes, or yes.
        pub found: Amount,
        /// The least that it must be; for vetoes and opposition the most that it may be.
        pub bound: Amount,
        /// What is missing: more turnout, or more yes if nobody else votes; of vetoes and opposition, what is too much.
        pub missing: Amount,
    }
}

fn wide(amount: Amount) -> u128 {
    amount.base_units().into()
}

fn narrow(units: u128) -> Amount {
    u64::try_from(units).ok().and_then(Amount::new).unwrap_or(Amount::MAX)
}

fn at_least(test: Name, found: u128, bound: u128) -> Test {
    let missing = narrow(bound.saturating_sub(found));
    Test { test, holds: found >= bound, found: narrow(found), bound: narrow(bound), missing }
}

/// A part of a whole, rounded down.
fn part(whole: u128, numerator: u64, denominator: u64) -> u128 {
    whole.saturating_mul(numerator.into()).checked_div(denominator.into()).unwrap_or(0)
}

/// The least that is more than a part of a whole.
fn more_than(whole: u128, numerator: u64, denominator: u64) -> u128 {
    part(whole, numerator, denominator).saturating_add(1)
}

/// How much more yes passes the threshold if nobody says anything else.
fn yes_missing(yes: u128, opinions: u128, threshold_bps: u64) -> u128 {
    let (one, threshold) = (u128::from(ONE_BPS), u128::from(threshold_bps));
    let lacks = opinions.saturating_mul(threshold).checked_sub(yes.saturating_mul(one));
    // (yes + x) · 10000 > threshold · (opinions + x)
    let of_each = one.saturating_sub(threshold);
    lacks.map_or(0, |lacks| lacks.checked_div(of_each).map_or(u128::MAX, |least| least.saturating_add(1)))
}

/// Every test of the vote that a proposal is in, in the order in which they decide.
pub fn tests(record: &Proposal, tally: &Tally) -> Vec<Test> {
    let power = record.power;
    let Some(Optimistic { against_bps, .. }) = record.optimistic else {
        return of_terms(tally, power, &record.terms.with(record.expedited));
    };
    let against = wide(tally.no).saturating_add(wide(tally.veto));
    let most = part(wide(power), against_bps, ONE_BPS);
    let opposition = Test {
        test: Name::Opposition,
        holds: against <= most,
        found: narrow(against),
        bound: narrow(most),
        missing: narrow(against.saturating_sub(most)),
    };
    vec![at_least(Name::Power, wide(power), 1), opposition]
}

fn of_terms(tally: &Tally, power: Amount, terms: &Terms) -> Vec<Test> {
    let (stake, turnout, opinions) = (wide(power), tally.turnout(), tally.opinions());
    let quorum = stake.saturating_mul(terms.quorum_bps.into()).div_ceil(ONE_BPS.into());
    let (veto, vetoes) = (wide(tally.veto), part(turnout, terms.veto_bps, ONE_BPS));
    let yes = wide(tally.yes);
    vec![
        at_least(Name::Power, stake, 1),
        at_least(Name::Quorum, turnout, quorum),
        at_least(Name::Opinions, opinions, 1),
        Test {
            test: Name::Veto,
            holds: veto <= vetoes,
            found: tally.veto,
            bound: narrow(vetoes),
            missing: narrow(veto.saturating_sub(vetoes)),
        },
        Test {
            missing: narrow(yes_missing(yes, opinions, terms.threshold_bps)),
            ..at_least(Name::Threshold, yes, more_than(opinions, terms.threshold_bps, ONE_BPS))
        },
    ]
}

/// The test of a pause that two thirds of all power want: with it nobody waits for the end of voting.
pub fn at_once(tally: &Tally, power: Amount) -> Test {
    at_least(Name::AtOnce, wide(tally.yes), more_than(wide(power), 2, 3))
}

#[cfg(test)]
mod tests_of_tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        rules::{Outcome, judge},
        types::{Constitution, Params},
    };

    fn amount(units: u64) -> Amount {
        Amount::new(units).unwrap()
    }

    fn passes(tally: &Tally, power: Amount, terms: &Terms) -> bool {
        judge(tally, power, terms) == Outcome::Passed
    }

    proptest! {
        #[test]
        fn a_proposal_passes_exactly_if_every_test_holds(
            yes in 0u64..5_000, no in 0u64..5_000, abstain in 0u64..5_000, veto in 0u64..5_000,
            rest in 0u64..20_000, threshold_bps in 5_000u64..9_900, quorum_bps in 1u64..9_000,
        ) {
            let tally =
                Tally { yes: amount(yes), no: amount(no), abstain: amount(abstain), veto: amount(veto) };
            let power = amount(yes + no + abstain + veto + rest);
            let terms = Terms::of(&[], &Params::default(), &Constitution::default());
            let terms = Terms { threshold_bps, quorum_bps, ..terms };
            let found = of_terms(&tally, power, &terms);
            prop_assert_eq!(found.iter().all(|test| test.holds), passes(&tally, power, &terms));
            prop_assert_eq!(at_once(&tally, power).holds, tally.is_emergency(power));
        }

        /// What is missing is enough, and a unit less is not.
        #[test]
        fn what_is_missing_is_the_least_that_helps(
            yes in 0u64..5_000, no in 0u64..5_000, threshold_bps in 5_000u64..9_900,
        ) {
            let terms = Terms::of(&[], &Params::default(), &Constitution::default());
            let terms = Terms { threshold_bps, quorum_bps: 1, ..terms };
            let with = |more: u64| Tally { yes: amount(yes + more), no: amount(no), ..Tally::default() };
            let power = amount(1 << 40);
            let of = |tally: &Tally| of_terms(tally, power, &terms).pop().unwrap();
            let missing = of(&with(0)).missing.base_units();
            prop_assert!(of(&with(missing)).holds);
            prop_assert!(missing == 0 || !of(&with(missing - 1)).holds);
            prop_assert_eq!(missing == 0, of(&with(0)).holds);
        }
    }
}
