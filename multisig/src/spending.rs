//! What a member has sent by itself, and what is left of its limit. Pure.
//!
//! Sums are kept by sixteenths of the period. A sum counts until a whole period after its sixteenth has ended, so two
//! sends that are less than a period apart always count together, and what was sent is free again at most a sixteenth
//! late.

use chortle_kernel::{Amount, Halt, List};

use crate::{
    account::corrupt,
    types::{Limit, Spent, Sum},
};

/// Parts of a period.
const PARTS: u64 = 16;

/// When the part of a period ends that a time lies in.
fn part_end(unix_ms: u64, period_ms: u64) -> u64 {
    let part_ms = period_ms.div_ceil(PARTS).max(1);
    let begun = unix_ms.checked_div(part_ms).unwrap_or_default();
    begun.saturating_add(1).saturating_mul(part_ms)
}

impl Spent {
    /// What still counts at a time, by the parts of a limit's period as it is now.
    fn counted(&self, limit: &Limit, now_unix_ms: u64) -> Vec<Sum> {
        let still = |sum: &&Sum| sum.ends_unix_ms.saturating_add(limit.period_ms) > now_unix_ms;
        let mut counted: Vec<Sum> = Vec::new();
        for sum in self.sums.iter().filter(still) {
            // What was kept by the parts of another period counts to the end of one of this.
            let ends_unix_ms = part_end(sum.ends_unix_ms.saturating_sub(1), limit.period_ms);
            push(&mut counted, Sum { ends_unix_ms, ..*sum });
        }
        counted
    }

    /// What can be sent of a limit at a time.
    pub fn left(&self, limit: &Limit, now_unix_ms: u64) -> Amount {
        let counted = self.counted(limit, now_unix_ms);
        let sent = Amount::checked_sum(counted.iter().map(|sum| sum.amount)).unwrap_or(Amount::MAX);
        limit.coin.amount.checked_sub(sent).unwrap_or_default()
    }

    /// The same after so much more was sent.
    pub fn with(&self, limit: &Limit, amount: Amount, now_unix_ms: u64) -> Result<Self, Halt> {
        let mut counted = self.counted(limit, now_unix_ms);
        push(&mut counted, Sum { ends_unix_ms: part_end(now_unix_ms, limit.period_ms), amount });
        let sums = List::parse(counted).map_err(|_| corrupt("a period has more parts than there are"))?;
        Ok(Self { sums })
    }
}

/// Adds a sum that is not before the last.
fn push(sums: &mut Vec<Sum>, sum: Sum) {
    match sums.last_mut() {
        // Rounded against the sender: what cannot be added counts as all there is.
        Some(last) if last.ends_unix_ms >= sum.ends_unix_ms => {
            last.amount = last.amount.checked_add(sum.amount).unwrap_or(Amount::MAX);
        }
        _ => sums.push(sum),
    }
}

#[cfg(test)]
mod tests {
    use chortle_kernel::{Address, AssetId, Coin};
    use proptest::prelude::*;

    use super::*;
    use crate::types::{PERIOD_MS_MIN, SUMS_MAX};

    fn amount(units: u64) -> Amount {
        Amount::new(units).unwrap()
    }

    fn limit(units: u64, period_ms: u64) -> Limit {
        let coin = Coin { asset: AssetId::NATIVE, amount: amount(units) };
        Limit { member: Address([7; 20]), coin, period_ms }
    }

    #[test]
    fn what_was_sent_is_free_after_a_period_and_a_sixteenth_at_most() {
        let limit = limit(100, 160_000);
        let spent = Spent::default().with(&limit, amount(60), 1_000_000).unwrap();
        for (now, left) in [(1_000_000, 40), (1_160_000, 40), (1_169_999, 40), (1_170_000, 100)] {
            assert_eq!(spent.left(&limit, now), amount(left), "{now}");
        }
    }

    #[test]
    fn a_limit_that_was_lowered_counts_what_was_sent_before() {
        let spent = Spent::default().with(&limit(100, 160_000), amount(60), 1_000_000).unwrap();
        assert_eq!(spent.left(&limit(50, 160_000), 1_000_001), Amount::ZERO);
        assert_eq!(spent.left(&limit(70, 160_000), 1_000_001), amount(10));
        assert_eq!(spent.left(&limit(70, 1_600_000), 2_500_000), amount(10), "a longer period still sees it");
    }

    proptest! {
        /// A longer period cannot see what a shorter one has forgotten; the shortest sees all of its own.
        #[test]
        fn no_span_of_the_shortest_period_has_more_than_the_limit_whatever_the_periods_between(
            sends in prop::collection::vec((0u64..40_000, 1u64..60, prop::sample::select(vec![1, 3, 50])), 1..200),
        ) {
            let (mut now, mut spent, mut log) = (1_000_000u64, Spent::default(), Vec::<(u64, u64)>::new());
            for (later, units, periods) in sends {
                now += later;
                let limit = limit(100, PERIOD_MS_MIN * periods + periods - 1);
                let left = spent.left(&limit, now).base_units();
                let recent = log.iter().filter(|(at, _)| at + PERIOD_MS_MIN > now);
                let sum: u64 = recent.map(|(_, units)| units).sum();
                prop_assert!(sum + left <= 100);
                if units <= left {
                    spent = spent.with(&limit, amount(units), now).unwrap();
                    log.push((now, units));
                    prop_assert_eq!(spent.left(&limit, now).base_units(), left - units);
                }
                prop_assert!(spent.sums.len() <= SUMS_MAX);
            }
        }

        #[test]
        fn a_send_within_the_limit_is_refused_for_a_sixteenth_at_most(
            sends in prop::collection::vec((0u64..40_000, 1u64..60), 1..200), odd in 0u64..15,
        ) {
            let limit = limit(100, PERIOD_MS_MIN + odd);
            let (mut now, mut spent, mut log) = (1_000_000u64, Spent::default(), Vec::<(u64, u64)>::new());
            for (later, units) in sends {
                now += later;
                let sum = |span: u64| -> u64 {
                    log.iter().filter(|(at, _)| at + span > now).map(|(_, units)| units).sum()
                };
                let left = spent.left(&limit, now).base_units();
                prop_assert!(sum(limit.period_ms) + left <= 100);
                prop_assert!(left + sum(limit.period_ms + limit.period_ms.div_ceil(PARTS)) >= 100);
                if units <= left {
                    spent = spent.with(&limit, amount(units), now).unwrap();
                    log.push((now, units));
                }
            }
        }
    }
}
