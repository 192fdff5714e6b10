//! What a grant is. Pure.

use chortle_kernel::{Address, Amount, AssetId, Call, Coin, List, Reject, Text, ensure, record};

use crate::error::Error;

/// Most kinds of message that a grant names.
pub const KINDS_MAX: usize = 16;
/// Longest name of a kind: module, dot, verb.
pub const KIND_BYTES_MAX: usize = 81;
/// Most assets that a grant caps.
pub const BUDGETS_MAX: usize = 8;
/// Most grants that an account has given at a time.
pub const GRANTS_MAX: u64 = 64;

/// A kind of message, as `module.verb`.
pub type Kind = Text<KIND_BYTES_MAX>;
/// Kinds of message.
pub type Kinds = List<Kind, KINDS_MAX>;

record! {
    /// What a grant is for.
    #[derive(Copy)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum Covers {
        /// Its grantee sends messages for its granter.
        Messages = 0,
        /// Its granter pays fees of its grantee.
        Fees = 1,
    }
}

record! {
    /// What may leave of an asset, and what has left.
    #[derive(Copy)]
    pub struct Budget {
        /// The asset.
        pub asset: AssetId,
        /// Most in all; no limit but that of the periods if absent.
        pub cap: Option<Amount>,
        /// Most in one period; no limit but that in all if absent.
        pub period_cap: Option<Amount>,
        /// What has left.
        pub spent: Amount,
        /// What has left in the period that was counted last.
        pub spent_in_period: Amount,
    }
}

impl Budget {
    /// What may still leave in the period that was counted last.
    pub fn left(&self) -> Amount {
        let of = |cap: Option<Amount>, spent| {
            cap.map_or(Amount::MAX, |cap| cap.checked_sub(spent).unwrap_or_default())
        };
        of(self.cap, self.spent).min(of(self.period_cap, self.spent_in_period))
    }

    fn spend(&mut self, amount: Amount) -> Option<()> {
        let within = amount <= self.left();
        self.spent = self.spent.checked_add(amount).filter(|_| within)?;
        self.spent_in_period = self.spent_in_period.checked_add(amount)?;
        Some(())
    }
}

record! {
    /// A grant.
    pub struct Grant {
        /// Who gave it: whose messages run, or who pays.
        pub granter: Address,
        /// Who may use it.
        pub grantee: Address,
        /// What it is for.
        pub covers: Covers,
        /// The kinds of message; of a grant of fees none names them all.
        pub kinds: Kinds,
        /// What may leave, asset by asset; of an asset that is not here nothing may.
        pub budgets: List<Budget, BUDGETS_MAX>,
        /// How many more messages, or transactions whose fee is paid; no limit if absent.
        pub uses_left: Option<u64>,
        /// From when on it is worth nothing; never if absent.
        pub expires_unix_ms: Option<u64>,
        /// Length of a period, in milliseconds; 0 if there is none.
        pub period_ms: u64,
        /// When it was given: the first period begins then.
        pub given_unix_ms: u64,
        /// Number of the period that was counted last.
        pub period: u64,
    }
}

impl Grant {
    /// Whether its time is over.
    pub fn is_expired(&self, now_unix_ms: u64) -> bool {
        self.expires_unix_ms.is_some_and(|expires_unix_ms| now_unix_ms >= expires_unix_ms)
    }

    /// Whether it names a kind, or is one of fees that names none.
    pub fn names(&self, call: &Call) -> bool {
        let all = self.covers == Covers::Fees && self.kinds.is_empty();
        all || self.kinds.iter().any(|kind| kind.split_once('.') == Some((call.module, call.verb)))
    }

    /// Refuses messages of other kinds than it names, those inside others included.
    pub fn ensure_covers(&self, id: u64, calls: &[Call]) -> Result<(), Reject> {
        for call in calls {
            ensure(self.names(call), Error::NotCovered { grant: id, kind: call.name() })?;
            self.ensure_covers(id, &call.carried)?;
        }
        Ok(())
    }

    /// Counts as of a time: a new period has spent nothing.
    pub fn roll(&mut self, now_unix_ms: u64) {
        let passed = now_unix_ms.saturating_sub(self.given_unix_ms);
        let period = passed.checked_div(self.period_ms).unwrap_or_default();
        if period > self.period {
            self.period = period;
            let fresh = self.budgets.iter().map(|budget| Budget { spent_in_period: Amount::ZERO, ..*budget });
            self.budgets = List::parse(fresh.collect::<Vec<_>>()).unwrap_or_default();
        }
    }

    /// Takes so many uses, or refuses.
    pub fn take_uses(&mut self, id: u64, uses: u64) -> Result<(), Reject> {
        if let Some(left) = self.uses_left {
            let after = left.checked_sub(uses);
            self.uses_left = Some(after.ok_or(Error::UsedUp { grant: id, left })?);
        }
        Ok(())
    }

    /// Takes what left the granter off its cap, or refuses.
    pub fn spend(&mut self, id: u64, coin: Coin) -> Result<(), Reject> {
        let Coin { asset, amount } = coin;
        let mut budgets: Vec<Budget> = self.budgets.to_vec();
        let budget = budgets.iter_mut().find(|budget| budget.asset == asset);
        let budget = budget.ok_or(Error::NoCap { grant: id, asset, amount })?;
        let left = budget.left();
        budget.spend(amount).ok_or(Error::AboveCap { grant: id, asset, amount, left })?;
        self.budgets = List::parse(budgets).unwrap_or_default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(units: u64) -> Amount {
        Amount::new(units).unwrap()
    }

    fn grant(cap: Option<u64>, period_cap: Option<u64>) -> Grant {
        let budget = Budget {
            asset: AssetId(1),
            cap: cap.map(amount),
            period_cap: period_cap.map(amount),
            spent: Amount::ZERO,
            spent_in_period: Amount::ZERO,
        };
        Grant {
            granter: Address([1; 20]),
            grantee: Address([2; 20]),
            covers: Covers::Messages,
            kinds: Kinds::default(),
            budgets: List::parse(vec![budget]).unwrap(),
            uses_left: Some(3),
            expires_unix_ms: None,
            period_ms: 100,
            given_unix_ms: 1_000,
            period: 0,
        }
    }

    fn spend(grant: &mut Grant, units: u64) -> bool {
        let before = grant.clone();
        let spent = grant.spend(7, Coin { asset: AssetId(1), amount: amount(units) }).is_ok();
        assert!(spent || *grant == before, "a refusal takes nothing");
        spent
    }

    #[test]
    fn both_caps_hold_to_the_unit() {
        let mut grant = grant(Some(25), Some(10));
        assert!(!spend(&mut grant, 11) && spend(&mut grant, 10) && !spend(&mut grant, 1));
        grant.roll(1_099);
        assert!(!spend(&mut grant, 1), "the period has not ended");
        grant.roll(1_100);
        assert!(spend(&mut grant, 10));
        grant.roll(9_999_999);
        assert!(!spend(&mut grant, 6) && spend(&mut grant, 5) && !spend(&mut grant, 1), "25 in all");
        grant.roll(1_000);
        assert!(!spend(&mut grant, 1), "time never runs back");
    }

    #[test]
    fn an_asset_without_a_cap_does_not_leave_and_uses_end() {
        let mut grant = grant(Some(25), None);
        let other = Coin { asset: AssetId(2), amount: amount(1) };
        assert_eq!(grant.spend(7, other).unwrap_err().name, "no_cap");
        assert!(grant.take_uses(7, 2).is_ok());
        assert_eq!(grant.take_uses(7, 2).unwrap_err().name, "used_up");
        assert!(grant.take_uses(7, 1).is_ok());
    }
}
