//! When a lock vests. Pure.

use chortle_kernel::{Amount, List, Reject, ensure, record};

use crate::error::Error;

/// Most steps of one lock: five years by month, with room.
pub const STEPS_MAX: usize = 64;

record! {
    /// When a lock vests.
    #[serde(rename_all = "snake_case")]
    pub enum Schedule {
        /// Evenly from start to end, and nothing before the cliff. With all three equal everything vests at once, then.
        Linear {
            /// From when it is counted, in milliseconds since 1970.
            start_unix_ms: u64,
            /// When the first part can be claimed: not before the start, not after the end.
            cliff_unix_ms: u64,
            /// When all has vested.
            end_unix_ms: u64,
        },
        /// Part by part.
        Steps(List<Step, STEPS_MAX>),
    }
}

record! {
    /// A part of a lock.
    #[derive(Copy)]
    pub struct Step {
        /// When it vests, in milliseconds since 1970; each step after the one before.
        pub at_unix_ms: u64,
        /// How much of it, in base units.
        pub amount: Amount,
    }
}

impl Schedule {
    /// Refuses one whose times are out of order or whose parts do not sum to the whole.
    pub fn ensure_valid(&self, amount: Amount) -> Result<(), Reject> {
        match self {
            Self::Linear { start_unix_ms, cliff_unix_ms, end_unix_ms } => {
                let ordered = start_unix_ms <= cliff_unix_ms && cliff_unix_ms <= end_unix_ms;
                ensure(ordered, Error::ScheduleOutOfOrder {})
            }
            Self::Steps(steps) => {
                let ascend = steps
                    .iter()
                    .zip(steps.iter().skip(1))
                    .all(|(before, after)| before.at_unix_ms < after.at_unix_ms);
                ensure(!steps.is_empty() && ascend, Error::ScheduleOutOfOrder {})?;
                ensure(steps.iter().all(|step| !step.amount.is_zero()), chortle_token::Error::ZeroAmount {})?;
                let sum = Amount::checked_sum(steps.iter().map(|step| step.amount));
                ensure(sum == Some(amount), Error::ScheduleTotal { amount })
            }
        }
    }

    /// When all has vested.
    pub fn end_unix_ms(&self) -> u64 {
        match self {
            Self::Linear { end_unix_ms, .. } => *end_unix_ms,
            Self::Steps(steps) => steps.last().map_or(0, |step| step.at_unix_ms),
        }
    }

    /// How much of an amount has vested: rounded down before the end, all of it from then on.
    pub fn vested(&self, amount: Amount, now_unix_ms: u64) -> Amount {
        match self {
            Self::Linear { start_unix_ms, cliff_unix_ms, end_unix_ms } => {
                if now_unix_ms >= *end_unix_ms {
                    return amount;
                }
                if now_unix_ms < *cliff_unix_ms {
                    return Amount::ZERO;
                }
                let passed = now_unix_ms.saturating_sub(*start_unix_ms);
                let whole = end_unix_ms.saturating_sub(*start_unix_ms);
                amount.mul_div_floor(passed, whole).unwrap_or_default()
            }
            Self::Steps(steps) => {
                let past = steps.iter().take_while(|step| step.at_unix_ms <= now_unix_ms);
                Amount::checked_sum(past.map(|step| step.amount)).unwrap_or_default()
            }
        }
    }

    /// When more can vest than now: the cliff, the next step; now itself while it vests evenly.
    pub fn next_unix_ms(&self, now_unix_ms: u64) -> u64 {
        match self {
            Self::Linear { cliff_unix_ms, .. } => now_unix_ms.max(*cliff_unix_ms),
            Self::Steps(steps) => steps
                .iter()
                .map(|step| step.at_unix_ms)
                .find(|at_unix_ms| *at_unix_ms > now_unix_ms)
                .unwrap_or(now_unix_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(units: u64) -> Amount {
        Amount::new(units).unwrap()
    }

    fn linear(start_unix_ms: u64, cliff_unix_ms: u64, end_unix_ms: u64) -> Schedule {
        Schedule::Linear { start_unix_ms, cliff_unix_ms, end_unix_ms }
    }

    fn steps(parts: &[(u64, u64)]) -> Schedule {
        let steps =
            parts.iter().map(|(at_unix_ms, units)| Step { at_unix_ms: *at_unix_ms, amount: amount(*units) });
        Schedule::Steps(List::parse(steps.collect::<Vec<_>>()).unwrap())
    }

    #[test]
    fn nothing_vests_before_the_cliff_and_everything_at_the_end() {
        let schedule = linear(100, 150, 200);
        let vested = [0, 99, 149, 150, 175, 199, 200, u64::MAX];
        let vested = vested.map(|now| schedule.vested(amount(1_001), now).base_units());
        assert_eq!(vested, [0, 0, 0, 500, 750, 990, 1_001, 1_001]);
        let at_once = linear(100, 100, 100);
        assert_eq!([99, 100].map(|now| at_once.vested(amount(7), now).base_units()), [0, 7]);
    }

    #[test]
    fn steps_vest_one_by_one() {
        let schedule = steps(&[(10, 1), (20, 2), (30, 4)]);
        let vested = [0, 10, 19, 20, 30, 99].map(|now| schedule.vested(amount(7), now).base_units());
        assert_eq!(vested, [0, 1, 1, 3, 7, 7]);
        assert_eq!([0, 10, 30].map(|now| schedule.next_unix_ms(now)), [10, 20, 30]);
    }

    #[test]
    fn a_schedule_is_ordered_and_complete_or_refused() {
        let max = i64::MAX.unsigned_abs();
        for (schedule, expected) in [
            (linear(0, 0, 0), None),
            (linear(2, 1, 3), Some("schedule_out_of_order")),
            (linear(1, 4, 3), Some("schedule_out_of_order")),
            (steps(&[(1, 7)]), None),
            (steps(&[]), Some("schedule_out_of_order")),
            (steps(&[(1, 3), (1, 4)]), Some("schedule_out_of_order")),
            (steps(&[(1, 7), (2, 0)]), Some("zero_amount")),
            (steps(&[(1, 3), (2, 3)]), Some("schedule_total")),
            (steps(&[(1, max), (2, max), (3, 9)]), Some("schedule_total")),
        ] {
            let found = schedule.ensure_valid(amount(7)).err().map(|reject| reject.name);
            assert_eq!(found, expected, "{schedule:?}");
        }
    }

    proptest! {
        #[test]
        fn vesting_never_falls_and_never_exceeds(
            mut times in any::<[u64; 5]>(), units in 1..=i64::MAX.unsigned_abs(),
        ) {
            let [first, second] = [times[3].min(times[4]), times[3].max(times[4])];
            times[..3].sort_unstable();
            let schedule = linear(times[0], times[1], times[2]);
            let (early, late) = (schedule.vested(amount(units), first), schedule.vested(amount(units), second));
            prop_assert!(early <= late && late <= amount(units));
        }
    }
}
