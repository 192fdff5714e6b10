//! What becomes of a lock. What locks hold stands in the balance of [`LOCKS`].

use chortle_kernel::{
    Address, Amount, AssetId, Ctx, Failure, Halt, ReadState, State, ensure, gas::leaves_gas,
};
use chortle_token::{self as token, totals::Earned};

use crate::{
    error::Error,
    event::{LockClaimed, LockCreated, LockRevoked},
    state::{BY_ASSET, BY_FUNDER, BY_OWNER, LOCK, NEXT_ID},
    types::{LOCKS, Lock, NewLock},
};

/// Gas of creating a lock: the next number and two balances are read and written, the lock is written, and listed
/// three times beside the tree. Of a ruled asset, rules and totals are read and the totals is written.
pub fn gas(asset: AssetId) -> u64 {
    let ruled = u64::from(asset.is_ruled());
    leaves_gas(ruled.saturating_mul(2).saturating_add(6), ruled.saturating_add(4))
}

/// The record of a lock, or `unknown_lock`.
pub fn find(state: &dyn ReadState, lock: u64) -> Result<Lock, Failure> {
    Ok(LOCK.get(state, &lock)?.ok_or(Error::UnknownLock { lock })?)
}

/// Moves a coin from the funder into a new lock, and tells it.
pub fn create(ctx: &mut Ctx<'_>, funder: &Address, new: NewLock) -> Result<u64, Failure> {
    ensure_lockable(ctx, &new)?;
    token::deposit(ctx, funder, &LOCKS, new.coin, Some(&new.owner))?;
    open(ctx, funder, new)
}

/// Refuses what cannot be locked now.
pub(crate) fn ensure_lockable(ctx: &Ctx<'_>, new: &NewLock) -> Result<(), Failure> {
    let (end_unix_ms, now_unix_ms) = (new.schedule.end_unix_ms(), ctx.block.time_unix_ms);
    ensure(!new.coin.amount.is_zero(), token::Error::ZeroAmount {})?;
    token::protocol::ensure_user_account(&new.owner)?;
    new.schedule.ensure_valid(new.coin.amount)?;
    Ok(ensure(end_unix_ms > now_unix_ms, Error::ScheduleOver { end_unix_ms, now_unix_ms })?)
}

/// Writes a new lock of what is in the escrow already, and tells it.
pub(crate) fn open(ctx: &mut Ctx<'_>, funder: &Address, new: NewLock) -> Result<u64, Failure> {
    let NewLock { owner, coin, schedule, revocable } = new;
    let id = NEXT_ID.get(ctx.state)?.unwrap_or(1);
    let next = id.checked_add(1).ok_or_else(|| Halt::new("lock numbers are used up"))?;
    let lock = Lock {
        asset: coin.asset,
        owner,
        funder: *funder,
        amount: coin.amount,
        claimed: Amount::ZERO,
        schedule,
        revocable,
        revoked_unix_ms: None,
        index: token::reflection_index(ctx.state, coin.asset)?,
        created_height: ctx.block.height,
    };
    NEXT_ID.set(ctx.state, &next);
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
    let now = token::reflection_index(ctx.state, lock.asset)?;

    ensure(lock.owner == *signer, Error::NotLockOwner { lock: id, owner: lock.owner })?;
    token::ensure_may_move(ctx, &lock.owner, lock.asset)?;
    let amount = lock.claimable(ctx.block.time_unix_ms);
    let earned = lock.settle(now)?;
    let next_unix_ms = lock.schedule.next_unix_ms(ctx.block.time_unix_ms);
    let earns = !earned.units.is_zero() && !is_excluded(ctx, &lock)?;
    ensure(!amount.is_zero() || earns, Error::NothingVested { lock: id, next_unix_ms })?;

    let claimed = lock.claimed.checked_add(amount);
    lock.claimed = claimed.ok_or_else(|| Halt::new(format!("lock {id} has paid more than it holds")))?;
    token::pay_out(ctx, &LOCKS, &lock.funder, &lock.owner, lock.coin(amount))?;
    let earned = pay_earned(ctx, &lock, earned)?;
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
    let now = token::reflection_index(ctx.state, lock.asset)?;
    let time_unix_ms = ctx.block.time_unix_ms;

    ensure(lock.funder == *signer, Error::NotLockFunder { lock: id, funder: lock.funder })?;
    ensure(lock.revocable, Error::NotRevocable { lock: id })?;
    let vested = lock.vested(time_unix_ms);
    let returned = lock.returnable(time_unix_ms);
    ensure(!returned.is_zero(), Error::AllVested { lock: id })?;

    let earned = lock.settle(now)?;
    lock.amount = vested;
    lock.revoked_unix_ms = Some(time_unix_ms);
    token::pay_out(ctx, &LOCKS, &lock.funder, &lock.funder, lock.coin(returned))?;
    let earned = pay_earned(ctx, &lock, earned)?;
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

fn is_excluded(ctx: &Ctx<'_>, lock: &Lock) -> Result<bool, Halt> {
    token::is_excluded(ctx.state, &lock.owner, lock.asset)
}

/// Pays an owner what a lock has earned. One whom the admin has excluded earns nothing by a lock either: it stays with
/// all others.
fn pay_earned(ctx: &mut Ctx<'_>, lock: &Lock, earned: Earned) -> Result<Amount, Failure> {
    if is_excluded(ctx, lock)? {
        token::return_earned(ctx, lock.asset, earned)?;
        return Ok(Amount::ZERO);
    }
    token::pay_earned(ctx, &lock.owner, lock.asset, earned)
}

/// Writes a lock and its lines in the lists.
pub(crate) fn insert(state: &mut State, id: u64, lock: &Lock) {
    LOCK.set(state, &id, lock);
    BY_OWNER.set(state, &(lock.owner, id), &());
    BY_FUNDER.set(state, &(lock.funder, id), &());
    BY_ASSET.set(state, &(lock.asset, id), &());
}

fn keep_or_remove(state: &mut State, id: u64, lock: &Lock) {
    if !lock.held().is_zero() {
        LOCK.set(state, &id, lock);
        return;
    }
    LOCK.remove(state, &id);
    BY_OWNER.remove(state, &(lock.owner, id));
    BY_FUNDER.remove(state, &(lock.funder, id));
    BY_ASSET.remove(state, &(lock.asset, id));
}
