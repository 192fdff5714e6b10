//! Lock objects: tokens that their owner gets over time. They stand in the balance of `protocol::LOCKS`.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, State, ensure};

use crate::{
    accounts,
    error::Error,
    protocol, reflection, rules, send,
    state::{LOCK, LOCK_BY_ASSET, LOCK_BY_FUNDER, LOCK_BY_OWNER, NEXT_LOCK_ID},
};

pub mod event;
pub(crate) mod genesis;
pub(crate) mod invariant;
pub mod query;
mod schedule;

pub use schedule::{STEPS_MAX, Schedule, Step};

use event::{LockClaimed, LockCreated, LockRevoked};

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

    /// What its held tokens have earned since it was last settled, which it now is.
    fn settle(&mut self, index_now: u128) -> Result<Amount, Halt> {
        let due = reflection::due(self.held(), self.index, index_now)?;
        self.index = index_now;
        Ok(due)
    }

    fn coin(&self, amount: Amount) -> Coin {
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

/// Gas of creating a lock: the next number and two balances are read and written, the lock is written, and listed
/// three times beside the tree. Of a ruled asset, rules and pool are read and the pool is written.
pub fn gas(asset: AssetId) -> u64 {
    let ruled = u64::from(accounts::is_ruled(asset));
    rules::leaves_gas(ruled.saturating_mul(2).saturating_add(6), ruled.saturating_add(4))
}

/// The record of a lock, or `unknown_lock`.
pub fn find(state: &dyn ReadState, lock: u64) -> Result<Lock, Failure> {
    Ok(LOCK.get(state, &lock)?.ok_or(Error::UnknownLock { lock })?)
}

/// Moves a coin from the funder into a new lock, and tells it. For messages, templates and liquidity.
pub fn create(ctx: &mut Ctx<'_>, funder: &Address, new: NewLock) -> Result<u64, Failure> {
    let NewLock { owner, coin, schedule, revocable } = new;
    let now = ctx.block.time_unix_ms;
    let id = NEXT_LOCK_ID.get(ctx.state)?.unwrap_or(1);
    let next = id.checked_add(1).ok_or_else(|| Halt::new("lock numbers are used up"))?;

    ensure(!coin.amount.is_zero(), Error::ZeroAmount {})?;
    protocol::ensure_user_account(&owner)?;
    schedule.ensure_valid(coin.amount)?;
    let end_unix_ms = schedule.end_unix_ms();
    ensure(end_unix_ms > now, Error::ScheduleOver { end_unix_ms, now_unix_ms: now })?;

    accounts::transfer(ctx, funder, &protocol::LOCKS, coin)?;
    let lock = Lock {
        asset: coin.asset,
        owner,
        funder: *funder,
        amount: coin.amount,
        claimed: Amount::ZERO,
        schedule,
        revocable,
        revoked_unix_ms: None,
        index: reflection::index(ctx.state, coin.asset)?,
        created_height: ctx.block.height,
    };
    NEXT_LOCK_ID.set(ctx.state, &next);
    insert(ctx.state, id, &lock);
    ctx.emit(&LockCreated {
        lock: id,
        asset: lock.asset,
        owner,
        funder: lock.funder,
        amount: lock.amount,
        schedule: lock.schedule,
        revocable,
    });
    Ok(id)
}

/// Pays an owner what has vested and what the lock has earned. An emptied lock is removed.
pub fn claim(ctx: &mut Ctx<'_>, signer: &Address, id: u64) -> Result<(), Failure> {
    let mut lock = find(ctx.state, id)?;
    let now = reflection::index(ctx.state, lock.asset)?;

    ensure(lock.owner == *signer, Error::NotLockOwner { lock: id, owner: lock.owner })?;
    send::ensure_may_move(ctx, &lock.owner, lock.asset)?;
    let amount = lock.claimable(ctx.block.time_unix_ms);
    let earned = lock.settle(now)?;
    let next_unix_ms = lock.schedule.next_unix_ms(ctx.block.time_unix_ms);
    ensure(!amount.is_zero() || !earned.is_zero(), Error::NothingVested { lock: id, next_unix_ms })?;

    let claimed = lock.claimed.checked_add(amount);
    lock.claimed = claimed.ok_or_else(|| Halt::new(format!("lock {id} has paid more than it holds")))?;
    accounts::transfer(ctx, &protocol::LOCKS, &lock.owner, lock.coin(amount))?;
    reflection::pay(ctx, &lock.owner, lock.coin(earned))?;
    keep_or_remove(ctx.state, id, &lock);
    ctx.emit(&LockClaimed {
        lock: id,
        asset: lock.asset,
        owner: lock.owner,
        amount,
        earned,
        held: lock.held(),
    });
    Ok(())
}

/// Returns what has not vested to the funder. What has stays claimable; what the lock has earned goes to the owner.
pub fn revoke(ctx: &mut Ctx<'_>, signer: &Address, id: u64) -> Result<(), Failure> {
    let mut lock = find(ctx.state, id)?;
    let now = reflection::index(ctx.state, lock.asset)?;
    let time_unix_ms = ctx.block.time_unix_ms;

    ensure(lock.funder == *signer, Error::NotLockFunder { lock: id, funder: lock.funder })?;
    ensure(lock.revocable, Error::NotRevocable { lock: id })?;
    send::ensure_may_move(ctx, &lock.funder, lock.asset)?;
    let vested = lock.vested(time_unix_ms);
    let returned = lock.amount.checked_sub(vested).unwrap_or_default();
    ensure(!returned.is_zero(), Error::AllVested { lock: id })?;

    let earned = lock.settle(now)?;
    lock.amount = vested;
    lock.revoked_unix_ms = Some(time_unix_ms);
    accounts::transfer(ctx, &protocol::LOCKS, &lock.funder, lock.coin(returned))?;
    reflection::pay(ctx, &lock.owner, lock.coin(earned))?;
    keep_or_remove(ctx.state, id, &lock);
    ctx.emit(&LockRevoked {
        lock: id,
        asset: lock.asset,
        owner: lock.owner,
        funder: lock.funder,
        returned,
        earned,
        held: lock.held(),
    });
    Ok(())
}

/// Base units of an asset that are locked: the escrow's balance.
pub fn locked(state: &dyn ReadState, asset: AssetId) -> Result<Amount, Halt> {
    accounts::balance(state, &protocol::LOCKS, asset)
}

/// Writes a lock and its lines in the lists.
fn insert(state: &mut State, id: u64, lock: &Lock) {
    LOCK.set(state, &id, lock);
    LOCK_BY_OWNER.set(state, &(lock.owner, id), &());
    LOCK_BY_FUNDER.set(state, &(lock.funder, id), &());
    LOCK_BY_ASSET.set(state, &(lock.asset, id), &());
}

fn keep_or_remove(state: &mut State, id: u64, lock: &Lock) {
    if !lock.held().is_zero() {
        LOCK.set(state, &id, lock);
        return;
    }
    LOCK.remove(state, &id);
    LOCK_BY_OWNER.remove(state, &(lock.owner, id));
    LOCK_BY_FUNDER.remove(state, &(lock.funder, id));
    LOCK_BY_ASSET.remove(state, &(lock.asset, id));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{amount, who};

    fn lock() -> Lock {
        Lock {
            asset: AssetId(1),
            owner: who("bob"),
            funder: who("alice"),
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
        assert_eq!(lock.settle(9 << 64), Ok(amount(1_200)));
        assert_eq!(lock.settle(9 << 64), Ok(Amount::ZERO));
        assert!(lock.settle(8 << 64).is_err(), "an index never falls");
    }

    #[test]
    fn a_revoked_lock_has_vested_whole() {
        let revoked = Lock { amount: amount(500), revoked_unix_ms: Some(500), ..lock() };
        assert_eq!((revoked.vested(0), revoked.claimable(0)), (amount(500), amount(100)));
    }
}
