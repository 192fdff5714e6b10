//! What holders of a ruled asset had at a height, for as long as a vote needs it: a balance is kept when it is first
//! touched after that height.
//!
//! Nothing is copied when a snapshot is taken. A balance at a snapshot is that of the first row at its height or later;
//! without one it is today's. Accounts of the protocol have no power.

use chortle_kernel::{Address, Amount, AssetId, Ctx, Halt, Order, ReadState, Reject, State, ensure};

use crate::{
    error::Error,
    protocol,
    state::{ASSET, BALANCE_THEN, HOLDING, SNAPSHOT, SWEEP, TOTALS},
    totals::Totals,
    types::{Snapshot, Sweep},
};

/// Rows that one block looks at for what no snapshot needs.
const SWEPT_MAX: usize = 64;

/// Refuses an asset whose holders do not govern it.
pub fn ensure_community(state: &dyn ReadState, asset: AssetId) -> Result<(), chortle_kernel::Failure> {
    let found = ASSET.get(state, &asset)?.ok_or(Reject::from(Error::UnknownAsset { asset }))?;
    Ok(ensure(found.template.is_community(), Error::NoCommunity { asset })?)
}

/// Remembers balances as they stand now, under this block's height. Answers what all users have. Whoever takes one
/// releases it. Call it from a hook: transactions of the same block come after it.
pub fn take(ctx: &mut Ctx<'_>, asset: AssetId) -> Result<Amount, Halt> {
    let height = ctx.block.height;
    let key = (asset, height);
    let mut totals = totals(ctx.state, asset)?;
    let mut snapshot = match SNAPSHOT.get(ctx.state, &key)? {
        Some(snapshot) => snapshot,
        None => Snapshot { power: totals.held, holders: 0 },
    };
    snapshot.holders = snapshot.holders.saturating_add(1);
    SNAPSHOT.set(ctx.state, &key, &snapshot);
    totals.snapshot_height = height;
    TOTALS.set(ctx.state, &asset, &totals);
    Ok(snapshot.power)
}

fn totals(state: &dyn ReadState, asset: AssetId) -> Result<Totals, Halt> {
    TOTALS
        .get(state, &asset)?
        .ok_or_else(|| Halt::new(format!("holders of asset {asset} vote and it has none")))
}

/// Says that one who took the snapshot of a height needs it no more.
pub fn release(state: &mut State, asset: AssetId, height: u64) -> Result<(), Halt> {
    let key = (asset, height);
    let Some(mut snapshot) = SNAPSHOT.get(state, &key)? else { return Ok(()) };
    snapshot.holders = snapshot.holders.saturating_sub(1);
    if snapshot.holders > 0 {
        SNAPSHOT.set(state, &key, &snapshot);
        return Ok(());
    }
    let was_oldest = end(state, asset, Order::Ascending)? == Some(height);
    SNAPSHOT.remove(state, &key);
    let mut totals = totals(state, asset)?;
    totals.snapshot_height = end(state, asset, Order::Descending)?.unwrap_or(0);
    TOTALS.set(state, &asset, &totals);
    if was_oldest {
        SWEEP.set(state, &asset, &Sweep::default());
    }
    Ok(())
}

/// The oldest height of an asset that is needed, or the newest.
pub(crate) fn end(state: &dyn ReadState, asset: AssetId, order: Order) -> Result<Option<u64>, Halt> {
    let row = SNAPSHOT.iter_under(state, &asset, None, order).next().transpose()?;
    Ok(row.map(|((_, height), _)| height))
}

fn kept(
    state: &dyn ReadState,
    asset: AssetId,
    account: &Address,
    height: u64,
) -> Result<Option<Amount>, Halt> {
    let before = height.checked_sub(1).map(|before| (asset, *account, before));
    let under = (asset, *account);
    let row = BALANCE_THEN.iter_under(state, &under, before.as_ref(), Order::Ascending).next().transpose()?;
    Ok(row.map(|(_, balance)| balance))
}

/// Keeps what an account had before it is touched, if a snapshot needs it. `newest` is what the totals say.
pub(crate) fn keep(
    state: &mut State,
    asset: AssetId,
    account: &Address,
    balance: Amount,
    newest: u64,
) -> Result<(), Halt> {
    if newest > 0 && !protocol::is_protocol(account) && kept(state, asset, account, newest)?.is_none() {
        BALANCE_THEN.set(state, &(asset, *account, newest), &balance);
    }
    Ok(())
}

/// What an account had of an asset at a snapshot, without what it was due.
pub fn power_at(
    state: &dyn ReadState,
    account: &Address,
    asset: AssetId,
    height: u64,
) -> Result<Amount, Halt> {
    if protocol::is_protocol(account) {
        return Ok(Amount::ZERO);
    }
    match kept(state, asset, account, height)? {
        Some(balance) => Ok(balance),
        None => Ok(HOLDING.get(state, &(*account, asset))?.map_or(Amount::ZERO, |holding| holding.balance)),
    }
}

/// Forgets rows that no snapshot needs, a few of one asset each block, while there are any.
pub(crate) fn sweep(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    let Some(row) = SWEEP.iter(ctx.state, Order::Ascending).next() else { return Ok(()) };
    let (asset, Sweep { after }) = row?;
    let oldest = end(ctx.state, asset, Order::Ascending)?.unwrap_or(u64::MAX);
    let after = after.map(|(account, height)| (asset, account, height));
    let rows = BALANCE_THEN.iter_under(ctx.state, &asset, after.as_ref(), Order::Ascending).take(SWEPT_MAX);
    let rows = rows.map(|row| row.map(|(key, _)| key)).collect::<Result<Vec<_>, Halt>>()?;
    for key in rows.iter().filter(|(_, _, height)| *height < oldest) {
        BALANCE_THEN.remove(ctx.state, key);
    }
    match rows.last().filter(|_| rows.len() == SWEPT_MAX) {
        Some((_, account, height)) => {
            SWEEP.set(ctx.state, &asset, &Sweep { after: Some((*account, *height)) });
        }
        None => SWEEP.remove(ctx.state, &asset),
    }
    Ok(())
}
