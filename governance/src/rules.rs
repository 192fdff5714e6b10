//! Pure arithmetic: how a vote is split, when a tally passes, what a deposit must be. Comparisons multiply; nothing is
//! divided.

use chortle_kernel::{Address, Amount, Class, Halt};

use crate::types::{Constitution, Expedited, ONE_BPS, Optimistic, Params, Proposal, Tally, Terms, Weights};

/// What a tally comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passes.
    Passed,
    /// Nobody has stake.
    NoPower,
    /// Too few voted.
    NoQuorum,
    /// All who voted abstained.
    AllAbstained,
    /// Too many called it harmful.
    Vetoed,
    /// Not enough said yes.
    Rejected,
}

fn wide(amount: Amount) -> u128 {
    u128::from(amount.base_units())
}

/// `a · x` against `b · y`: products of two `u64` never overflow.
fn scaled(amount: u128, by: u64) -> u128 {
    amount.saturating_mul(u128::from(by))
}

impl Tally {
    /// All that voted.
    pub fn turnout(&self) -> u128 {
        [self.yes, self.no, self.abstain, self.veto].into_iter().map(wide).fold(0, u128::saturating_add)
    }

    /// All that voted and did not abstain.
    pub fn opinions(&self) -> u128 {
        [self.yes, self.no, self.veto].into_iter().map(wide).fold(0, u128::saturating_add)
    }

    fn zip(self, other: Self, step: impl Fn(Amount, Amount) -> Option<Amount>) -> Option<Self> {
        Some(Self {
            yes: step(self.yes, other.yes)?,
            no: step(self.no, other.no)?,
            abstain: step(self.abstain, other.abstain)?,
            veto: step(self.veto, other.veto)?,
        })
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, Halt> {
        self.zip(other, Amount::checked_add).ok_or_else(|| Halt::new("governance: a tally overflows"))
    }

    /// The difference.
    pub fn less(self, other: Self) -> Result<Self, Halt> {
        self.zip(other, Amount::checked_sub)
            .ok_or_else(|| Halt::new("governance: a tally is below its votes"))
    }

    /// The part that is against it.
    fn against(&self) -> u128 {
        wide(self.no).saturating_add(wide(self.veto))
    }

    /// Whether so many are against it that it is spam: with a quorum only.
    pub fn is_spam(&self, power: Amount, quorum_bps: u64, spam_bps: u64) -> bool {
        self.has_quorum(power, quorum_bps)
            && scaled(self.against(), ONE_BPS) > scaled(self.opinions(), spam_bps)
    }

    /// Whether enough voted.
    pub fn has_quorum(&self, power: Amount, quorum_bps: u64) -> bool {
        scaled(self.turnout(), ONE_BPS) >= scaled(wide(power), quorum_bps)
    }

    /// Whether more than two thirds of all power say yes.
    pub fn is_emergency(&self, power: Amount) -> bool {
        scaled(wide(self.yes), 3) > scaled(wide(power), 2)
    }

    /// Whether more than a third of all power says yes, and more than say no.
    pub fn is_third(&self, power: Amount) -> bool {
        scaled(wide(self.yes), 3) > wide(power) && wide(self.yes) > self.against()
    }

    /// Whether more than a part of all power is against it.
    fn is_opposed(&self, power: Amount, against_bps: u64) -> bool {
        scaled(self.against(), ONE_BPS) > scaled(wide(power), against_bps)
    }
}

/// The test of a tally, in its order: power, quorum, opinions, veto, threshold.
pub fn judge(tally: &Tally, power: Amount, terms: &Terms) -> Outcome {
    let (turnout, opinions) = (tally.turnout(), tally.opinions());
    if power.is_zero() {
        Outcome::NoPower
    } else if !tally.has_quorum(power, terms.quorum_bps) {
        Outcome::NoQuorum
    } else if opinions == 0 {
        Outcome::AllAbstained
    } else if scaled(wide(tally.veto), ONE_BPS) > scaled(turnout, terms.veto_bps) {
        Outcome::Vetoed
    } else if scaled(wide(tally.yes), ONE_BPS) > scaled(opinions, terms.threshold_bps) {
        Outcome::Passed
    } else {
        Outcome::Rejected
    }
}

/// What a proposal's tally comes to, by the vote that it is in. An optimistic one passes with no votes at all, but not
/// where nobody has stake to be against it with.
pub fn outcome(record: &Proposal, tally: &Tally) -> Outcome {
    match record.optimistic {
        Some(_) if record.power.is_zero() => Outcome::NoPower,
        Some(Optimistic { against_bps, .. }) if tally.is_opposed(record.power, against_bps) => {
            Outcome::Rejected
        }
        Some(_) => Outcome::Passed,
        None => judge(tally, record.power, &record.terms.with(record.expedited)),
    }
}

/// Whether a proposal does nothing but begin or end pauses, and more than two thirds of all power want it.
pub fn is_emergency(record: &Proposal, tally: &Tally) -> bool {
    record.community.is_none() && record.class <= Class::Pause && tally.is_emergency(record.power)
}

impl Proposal {
    /// How long the vote that runs lasts, unless its end is put off.
    pub fn voting_ms(&self) -> u64 {
        let standard = self.terms.with(self.expedited).voting_ms;
        self.optimistic.map_or(standard, |optimistic| optimistic.voting_ms)
    }
}

impl Terms {
    /// The terms of the first vote of an expedited proposal.
    pub fn with(self, expedited: Option<Expedited>) -> Self {
        match expedited {
            Some(Expedited { quorum_bps, threshold_bps, voting_ms }) => Self {
                voting_ms,
                quorum_bps: self.quorum_bps.max(quorum_bps),
                threshold_bps: self.threshold_bps.max(threshold_bps),
                ..self
            },
            None => self,
        }
    }

    /// The terms of a proposal whose messages have these classes: the strictest of each, whichever class it comes
    /// from.
    pub fn of(classes: &[Class], params: &Params, constitution: &Constitution) -> Self {
        let longest = params.params_delay_ms.max(params.treasury_delay_ms).max(params.act_delay_ms);
        let delay_ms = |class: &Class| match class {
            Class::Unpause | Class::Pause | Class::Text => 0,
            Class::Params => params.params_delay_ms,
            Class::Treasury => params.treasury_delay_ms,
            Class::Act => params.act_delay_ms,
            // A delay is changed under the longest that it could shorten.
            Class::Rules | Class::Constitution => longest,
        };
        let threshold_bps = |class: &Class| match class {
            Class::Rules => constitution.rules_threshold_bps,
            Class::Constitution => constitution.amendment_threshold_bps,
            _ => params.threshold_bps,
        };
        Self {
            quorum_bps: params.quorum_bps,
            threshold_bps: classes.iter().map(threshold_bps).max().unwrap_or(0).max(params.threshold_bps),
            veto_bps: params.veto_bps,
            voting_ms: params.voting_ms,
            delay_ms: classes.iter().map(delay_ms).max().unwrap_or(0),
            window_ms: params.window_ms,
            gas_max: params.gas_max,
            late_ms: params.late_ms,
            spam_bps: params.spam_bps,
            cancel_burnt_bps: params.cancel_burnt_bps,
        }
    }
}

impl Weights {
    /// Whether they sum to one.
    pub fn are_whole(&self) -> bool {
        let sum = [self.yes, self.no, self.abstain, self.veto].into_iter().try_fold(0u64, u64::checked_add);
        sum == Some(ONE_BPS)
    }

    /// Spreads power over the options: each gets its part rounded down, and what rounding leaves goes to the first
    /// with a part of no, veto, abstain, yes. Rounding never helps a proposal.
    pub fn split(&self, power: Amount) -> Tally {
        let part = |bps: u64| power.mul_div_floor(bps, ONE_BPS).unwrap_or_default();
        let mut tally = Tally {
            yes: part(self.yes),
            no: part(self.no),
            abstain: part(self.abstain),
            veto: part(self.veto),
        };
        let given = u64::try_from(tally.turnout()).ok().and_then(Amount::new).unwrap_or_default();
        let rest = power.checked_sub(given).unwrap_or_default();
        let slots = [
            (self.no, &mut tally.no),
            (self.veto, &mut tally.veto),
            (self.abstain, &mut tally.abstain),
            (self.yes, &mut tally.yes),
        ];
        if let Some((_, slot)) = slots.into_iter().find(|(bps, _)| *bps > 0) {
            *slot = slot.checked_add(rest).unwrap_or(*slot);
        }
        tally
    }
}

/// The deposit of the next proposal while so many are open: doubled with each step, up to a bound, so that flooding
/// costs more and more and a proposal that repairs something can always be paid for.
pub fn deposit_min(params: &Params, open: u64) -> Amount {
    let steps = open.checked_div(params.deposit_step).unwrap_or(0).min(params.deposit_doublings_max);
    let factor = u32::try_from(steps).ok().and_then(|steps| 1u64.checked_shl(steps)).unwrap_or(u64::MAX);
    params.deposit_base.base_units().checked_mul(factor).and_then(Amount::new).unwrap_or(Amount::MAX)
}

/// A part of an amount, rounded up: for charges.
pub fn part_ceil(amount: Amount, bps: u64) -> Amount {
    amount.mul_div_ceil(bps.min(ONE_BPS), ONE_BPS).unwrap_or(amount)
}

/// Whether an account is the council's.
pub fn is_council(params: &Params, who: &Address) -> bool {
    params.council.as_ref() == Some(who)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(units: u64) -> Amount {
        Amount::new(units).unwrap()
    }

    fn terms() -> Terms {
        Terms::of(&[], &Params::default(), &Constitution::default())
    }

    fn tally(yes: u64, no: u64, abstain: u64, veto: u64) -> Tally {
        Tally { yes: amount(yes), no: amount(no), abstain: amount(abstain), veto: amount(veto) }
    }

    #[test]
    fn each_test_is_exact_at_its_edge_and_in_its_place() {
        let power = 10_000;
        for (tally, power, expected) in [
            (tally(0, 0, 0, 0), 0, Outcome::NoPower),
            (tally(3_339, 0, 0, 0), power, Outcome::NoQuorum),
            (tally(3_340, 0, 0, 0), power, Outcome::Passed),
            (tally(0, 0, 3_340, 0), power, Outcome::AllAbstained),
            // A veto of exactly 33.4 % of the turnout does not veto.
            (tally(6_660, 0, 0, 3_340), power, Outcome::Passed),
            (tally(6_659, 0, 0, 3_341), power, Outcome::Vetoed),
            // Abstentions thin a veto out and leave the threshold alone.
            (tally(2_000, 1_999, 6_001, 0), power, Outcome::Passed),
            (tally(2_000, 2_000, 6_000, 0), power, Outcome::Rejected),
            (tally(0, 0, 0, 100), power, Outcome::NoQuorum),
        ] {
            assert_eq!(judge(&tally, amount(power), &terms()), expected, "{tally:?} of {power}");
        }
    }

    #[test]
    fn two_thirds_of_all_power_are_not_yet_an_emergency() {
        assert!(!tally(6_666, 0, 0, 0).is_emergency(amount(9_999)));
        assert!(tally(6_667, 0, 0, 0).is_emergency(amount(9_999)));
        assert!(!tally(0, 9_999, 0, 0).is_emergency(amount(9_999)));
    }

    #[test]
    fn a_third_is_more_than_a_third_and_more_than_those_against_it() {
        assert!(!tally(3_333, 0, 0, 0).is_third(amount(9_999)));
        assert!(tally(3_334, 0, 0, 0).is_third(amount(9_999)));
        assert!(tally(3_334, 3_000, 3_332, 333).is_third(amount(9_999)));
        assert!(!tally(3_334, 3_000, 0, 334).is_third(amount(9_999)));
        assert!(!tally(0, 0, 0, 0).is_third(amount(0)));
    }

    #[test]
    fn a_tenth_against_it_is_not_yet_too_much() {
        assert!(!tally(0, 600, 0, 400).is_opposed(amount(10_000), 1_000));
        assert!(tally(0, 600, 0, 401).is_opposed(amount(10_000), 1_000));
        assert!(!tally(9_000, 0, 1_000, 0).is_opposed(amount(10_000), 1_000));
    }

    #[test]
    fn a_proposal_has_the_strictest_terms_of_all_its_classes() {
        let params =
            Params { treasury_delay_ms: 9, act_delay_ms: 7, params_delay_ms: 5, ..Params::default() };
        let of = |classes: &[Class]| {
            let terms = Terms::of(classes, &params, &Constitution::default());
            (terms.delay_ms, terms.threshold_bps)
        };
        assert_eq!(of(&[]), (0, 5_000));
        assert_eq!(of(&[Class::Text, Class::Pause]), (0, 5_000));
        assert_eq!(of(&[Class::Act, Class::Treasury]), (9, 5_000));
        assert_eq!(of(&[Class::Rules]), (9, 6_670));
        assert_eq!(of(&[Class::Params, Class::Constitution, Class::Unpause]), (9, 9_000));
    }

    #[test]
    fn a_deposit_doubles_with_the_load_up_to_a_bound() {
        let params = Params { deposit_base: amount(100), ..Params::default() };
        let at = [0, 9, 10, 19, 20, 59, 60, 1_000_000].map(|open| deposit_min(&params, open).base_units());
        assert_eq!(at, [100, 100, 200, 200, 400, 3_200, 6_400, 6_400]);
        let dear = Params { deposit_base: Amount::MAX, ..params };
        assert_eq!(deposit_min(&dear, 50), Amount::MAX);
    }

    fn any_weights() -> impl Strategy<Value = Weights> {
        (0..=ONE_BPS, 0..=ONE_BPS, 0..=ONE_BPS).prop_map(|(a, b, c)| {
            let mut cuts = [a, b, c];
            cuts.sort_unstable();
            let [a, b, c] = cuts;
            Weights { yes: a, no: b - a, abstain: c - b, veto: ONE_BPS - c }
        })
    }

    proptest! {
        #[test]
        fn more_no_than_yes_never_passes(
            yes in 0u64..1 << 60, no in 0u64..1 << 60, abstain in 0u64..1 << 60, veto in 0u64..1 << 60,
            power in 0u64..1 << 62, threshold_bps in 5_000u64..10_000, quorum_bps in 0u64..10_000,
        ) {
            let found = tally(yes, no, abstain, veto);
            let terms = Terms { threshold_bps, quorum_bps, ..terms() };
            let passed = judge(&found, amount(power), &terms) == Outcome::Passed;
            prop_assert!(!(passed && u128::from(no) + u128::from(veto) >= u128::from(yes)));
        }

        #[test]
        fn a_split_is_whole_and_never_rounds_for_a_proposal(weights in any_weights(), power in 0u64..1 << 62) {
            let split = weights.split(amount(power));
            prop_assert_eq!(split.turnout(), u128::from(power));
            let exact = u128::from(power) * u128::from(weights.yes);
            if weights.yes < ONE_BPS {
                prop_assert!(wide(split.yes) * u128::from(ONE_BPS) <= exact);
            }
            let tally = [split.yes, split.no, split.abstain, split.veto];
            let bps = [weights.yes, weights.no, weights.abstain, weights.veto];
            for (bps, part) in bps.into_iter().zip(tally) {
                prop_assert!(bps > 0 || part.is_zero());
            }
        }
    }
}
