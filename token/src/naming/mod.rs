//! Names and symbols that can be taken for others: skeletons, reservations, badges.

use std::collections::BTreeSet;

use chortle_kernel::{AssetId, Ctx, Failure, Halt, Order, Origin, ReadState, State, ensure};

use crate::{
    error::Error,
    state::{BY_NAME, BY_SKELETON, RESERVED, VERIFIED},
    types::{Asset, Name},
};

pub mod event;
pub(crate) mod genesis;
pub(crate) mod invariant;
pub mod query;
mod skeleton;

pub use skeleton::skeleton;

/// Gas of a skeleton: microseconds of table look-ups for the longest name.
pub const SKELETON_GAS: u64 = 10_000;

/// What governance reserves: as long as a name.
pub type Reserved = Name;

/// What a text looks like: as it is written, and in upper case where that looks like something else.
pub fn skeletons(text: &str) -> BTreeSet<String> {
    [skeleton(text), skeleton(&text.to_uppercase())].into()
}

/// The oldest asset whose name can be taken for this text.
pub fn oldest_by_name(state: &dyn ReadState, name: &str) -> Result<Option<AssetId>, Halt> {
    let oldest = skeletons(name).into_iter().map(|skeleton| {
        let mut rows = BY_NAME.iter_under(state, &skeleton, None, Order::Ascending);
        rows.next().transpose().map(|row| row.map(|((_, id), ())| id))
    });
    Ok(oldest.collect::<Result<Vec<_>, Halt>>()?.into_iter().flatten().min())
}

/// The oldest asset whose symbol can be taken for this text.
pub fn oldest_by_symbol(state: &dyn ReadState, symbol: &str) -> Result<Option<AssetId>, Halt> {
    let mut rows = BY_SKELETON.iter_under(state, &skeleton(symbol), None, Order::Ascending);
    Ok(rows.next().transpose()?.map(|((_, id), _)| id))
}

/// The oldest asset whose symbol or name can be taken for the symbol or the name of this one, if it is older. It reads
/// an index: for queries.
pub fn collision(state: &dyn ReadState, id: AssetId, asset: &Asset) -> Result<Option<AssetId>, Halt> {
    let found = [
        oldest_by_symbol(state, &asset.symbol)?,
        oldest_by_name(state, &asset.name)?,
        oldest_by_symbol(state, &asset.name)?,
        oldest_by_name(state, &asset.symbol)?,
    ];
    Ok(found.into_iter().flatten().min().filter(|oldest| *oldest < id))
}

/// Whether governance has verified an asset.
pub fn is_verified(state: &dyn ReadState, id: AssetId) -> Result<bool, Halt> {
    VERIFIED.has(state, &id)
}

/// What is reserved and looks like this text, if anything is.
pub fn reservation(state: &dyn ReadState, text: &str) -> Result<Option<Reserved>, Halt> {
    for skeleton in skeletons(text) {
        if let Some(reserved) = RESERVED.get(state, &skeleton)? {
            return Ok(Some(reserved));
        }
    }
    Ok(None)
}

/// Refuses an asset that looks like what is reserved, unless governance creates it.
pub(crate) fn ensure_free(ctx: &Ctx<'_>, asset: &Asset) -> Result<(), Failure> {
    if ctx.origin == Origin::Governance {
        return Ok(());
    }
    for text in [&*asset.symbol, &*asset.name] {
        if let Some(reserved) = reservation(ctx.state, text)? {
            let (text, reserved) = (text.to_owned(), reserved.to_string());
            return Err(Error::LooksReserved { text, reserved }.into());
        }
    }
    Ok(())
}

/// Lists a new asset among the look-alikes of its name.
pub(crate) fn list_name(state: &mut State, id: AssetId, asset: &Asset) {
    for skeleton in skeletons(&asset.name) {
        BY_NAME.set(state, &(skeleton, id), &());
    }
}

/// Refuses everybody but governance.
pub(crate) fn ensure_governance(ctx: &Ctx<'_>) -> Result<(), chortle_kernel::Reject> {
    ensure(ctx.origin == Origin::Governance, Error::OnlyGovernance {})
}
