//! What a lock is. Pure.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Coin, Halt};
use chortle_token::totals::{self, Earned};

use crate::schedule::Schedule;

/// Holds what locks hold; it earns by redistribution, for their owners.
pub const LOCKS: Address = Address::pooled("locks");

/// A lock's record.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lock {
    /// Of which asset.
    pub asset: AssetId,
    /// Who gets it, and what it earns meanwhile.
    pub owner: Address,
    /// Who paid it in, and gets back what is revoked.
    pub funder: Address,
    /// All that vests, in base units; after a revocation what had vested by then.
    pub amount: Amount,
    /// What the owner has claimed of it.
    pub claimed: Amount,
    /// When it vests.
    pub schedule: Schedule,
    /// Whether the funder may take back what has not vested.
    pub revocable: bool,
    /// Time of the block that revoked it: all of `amount` had vested.
    pub revoked_unix_ms: Option<u64>,
    /// The asset's reflection index when the lock was last settled.
    pub index: u128,
    /// Height of the block that created it.
    pub created_height: u64,
}

impl Lock {
    /// What is still in escrow.
    pub fn held(&self) -> Amount {
        self.amount.checked_sub(self.claimed).unwrap_or_default()
    }

    /// All that has vested, claimed or not.
    pub fn vested(&self, now_unix_ms: u64) -> Amount {
        match self.revoked_unix_ms {
            Some(_) => self.amount,
            None => self.schedule.vested(self.amount, now_unix_ms),
        }
    }

    /// What has vested and is not claimed.
    pub fn claimable(&self, now_unix_ms: u64) -> Amount {
        self.vested(now_unix_ms).checked_sub(self.claimed).unwrap_or_default()
    }

    /// What its funder can take back.
    pub fn returnable(&self, now_unix_ms: u64) -> Amount {
        if !self.revocable {
            return Amount::ZERO;
        }
        self.amount.checked_sub(self.vested(now_unix_ms)).unwrap_or_default()
    }

    /// What nobody can have before a time, its owner and its funder included.
    pub fn locked_until(&self, unix_ms: u64) -> Amount {
        if self.revocable {
            return Amount::ZERO;
        }
        let vested = self.vested(unix_ms.saturating_sub(1));
        self.amount.checked_sub(vested).unwrap_or_default()
    }

    /// What its held tokens have earned since it was last settled, which it now is. All of it is its owner's, so that a
    /// lock keeps no fraction.
    pub(crate) fn settle(&mut self, index_now: u128) -> Result<Earned, Halt> {
        let due = totals::due(self.held(), self.index, index_now, 0)?;
        self.index = index_now;
        Ok(due)
    }

    pub(crate) fn coin(&self, amount: Amount) -> Coin {
        Coin { asset: self.asset, amount }
    }
}

/// What a new lock is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLock {
    /// Who gets it: any account but the protocol's.
    pub owner: Address,
    /// What is locked.
    pub coin: Coin,
    /// When it vests.
    pub schedule: Schedule,
    /// Whether the funder may take back what has not vested.
    pub revocable: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(units: u64) -> Amount {
        Amount::new(units).unwrap()
    }

    fn lock() -> Lock {
        Lock {
            asset: AssetId(1),
            owner: Address([2; 20]),
            funder: Address([1; 20]),
            amount: amount(1_000),
            claimed: amount(400),
            schedule: Schedule::Linear { start_unix_ms: 0, cliff_unix_ms: 0, end_unix_ms: 1_000 },
            revocable: true,
            revoked_unix_ms: None,
            index: 7 << 64,
            created_height: 1,
        }
    }

    #[test]
    fn a_lock_earns_on_what_it_holds_and_once() {
        let mut lock = lock();
        assert_eq!(lock.settle((9 << 64) + 1), Ok(Earned { units: amount(1_200), fraction: 600 }));
        assert_eq!(lock.settle((9 << 64) + 1), Ok(Earned::default()));
        assert!(lock.settle(8 << 64).is_err(), "an index never falls");
    }

    #[test]
    fn a_revoked_lock_has_vested_whole() {
        let revoked = Lock { amount: amount(500), revoked_unix_ms: Some(500), ..lock() };
        assert_eq!((revoked.vested(0), revoked.claimable(0)), (amount(500), amount(100)));
    }
}
