//! Which of many hold, where asking for many together costs less than one by one.

/// Below this many, one by one costs no more.
const TOGETHER_MIN: usize = 4;
/// Each may be asked for together this often on average: enough to find any two bad ones. Where many are bad, halves
/// fail again and again, and the rest is asked one by one.
const ROUNDS_MAX: usize = 4;

/// One verdict each, in order. `all` says whether a span holds as a whole, `one` about a single one; they must agree.
/// k bad ones among n cost about k · log n spans.
pub(super) fn bisect<T>(
    items: &[T],
    all: impl FnMut(&[T]) -> bool,
    one: impl FnMut(&T) -> bool,
) -> Vec<bool> {
    let verdicts = Vec::with_capacity(items.len());
    let mut search = Search { all, one, left: items.len().saturating_mul(ROUNDS_MAX), verdicts };
    search.judge(items, false);
    search.verdicts
}

struct Search<All, One> {
    all: All,
    one: One,
    /// How many may yet be asked for together.
    left: usize,
    verdicts: Vec<bool>,
}

impl<All, One> Search<All, One> {
    /// Adds the verdicts of a span, and says whether all of it holds. `fails` says that it is known not to.
    fn judge<T>(&mut self, span: &[T], fails: bool) -> bool
    where
        All: FnMut(&[T]) -> bool,
        One: FnMut(&T) -> bool,
    {
        let asked = if fails { 0 } else { span.len() };
        let (Some(left), true) = (self.left.checked_sub(asked), span.len() >= TOGETHER_MIN) else {
            let before = self.verdicts.len();
            self.verdicts.extend(span.iter().map(&mut self.one));
            return self.verdicts.iter().skip(before).all(|holds| *holds);
        };
        self.left = left;
        if !fails && (self.all)(span) {
            self.verdicts.extend(span.iter().map(|_| true));
            return true;
        }
        let (first, second) = span.split_at_checked(span.len() / 2).unwrap_or((span, &[]));
        let first_holds = self.judge(first, false);
        // Something in this span fails: if it is not in the first half, it is in the second.
        self.judge(second, first_holds);
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The verdicts, how many spans were asked for, and how many single ones.
    fn searched(pattern: &[bool]) -> (Vec<bool>, usize, usize) {
        let (mut spans, mut singles) = (0, 0);
        let all = |span: &[bool]| {
            spans += 1;
            span.iter().all(|holds| *holds)
        };
        let one = |holds: &bool| {
            singles += 1;
            *holds
        };
        let verdicts = bisect(pattern, all, one);
        (verdicts, spans, singles)
    }

    #[test]
    fn every_pattern_of_up_to_twelve_has_the_verdicts_of_the_single_ones() {
        for count in 0..=12 {
            for bits in 0..1_u32 << count {
                let pattern: Vec<bool> = (0..count).map(|place| bits >> place & 1 == 0).collect();
                assert_eq!(searched(&pattern).0, pattern);
            }
        }
    }

    proptest! {
        #[test]
        fn some_bad_ones_among_many_cost_a_logarithm_each(
            count in 4_usize..600,
            places in proptest::collection::vec(any::<prop::sample::Index>(), 0..9),
        ) {
            let mut pattern = vec![true; count];
            places.iter().for_each(|place| *place.get_mut(&mut pattern) = false);
            let bad = pattern.iter().filter(|holds| !**holds).count();
            let (verdicts, spans, singles) = searched(&pattern);
            prop_assert_eq!(&verdicts, &pattern);
            let levels = count.ilog2() as usize;
            prop_assert!(spans <= 1 + 2 * bad * levels, "{} spans for {} bad of {}", spans, bad, count);
            if bad <= 2 {
                prop_assert!(singles <= bad * 2 * TOGETHER_MIN, "{} singles for {} bad of {}", singles, bad, count);
            }
        }

        #[test]
        fn whatever_is_bad_nothing_is_asked_for_more_than_so_often(
            pattern in proptest::collection::vec(any::<bool>(), 0..600),
        ) {
            let mut asked = 0;
            let all = |span: &[bool]| {
                asked += span.len();
                span.iter().all(|holds| *holds)
            };
            prop_assert_eq!(&bisect(&pattern, all, |holds| *holds), &pattern);
            prop_assert!(asked <= ROUNDS_MAX * pattern.len());
        }
    }
}
