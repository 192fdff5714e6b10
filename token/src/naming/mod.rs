//! Names and symbols that can be taken for others: skeletons, reservations, badges.

use std::collections::BTreeSet;

use chortle_kernel::{AssetId, Ctx, Failure, Halt, Order, Origin, ReadState, State};

use crate::{
    accounts::RULED_FIRST,
    error::Error,
    state::{ASSET, BY_NAME, BY_SKELETON, RESERVED, VERIFIED},
    types::{Asset, Name},
};

pub mod event;
pub(crate) mod genesis;
pub(crate) mod invariant;
pub mod query;
mod skeleton;

pub use skeleton::skeleton;

/// Gas of a byte of a text whose skeleton is taken. Letters differ: it is what the slowest takes, a percent sign.
const SKELETON_BYTE_GAS: u64 = 1_500;

/// Gas of the skeleton of a text.
pub fn skeleton_gas(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_mul(SKELETON_BYTE_GAS)
}

/// What governance reserves: as long as a name.
pub type Reserved = Name;

/// What a text looks like: as it is written, and in upper case where that looks like something else.
pub fn skeletons(text: &str) -> BTreeSet<String> {
    [skeleton(text), skeleton(&text.to_uppercase())].into()
}

/// The oldest asset whose name can be taken for this text. It reads an index: for queries.
pub fn oldest_by_name(state: &dyn ReadState, name: &str) -> Result<Option<Age>, Halt> {
    let mut found = Vec::new();
    for skeleton in skeletons(name) {
        // Plain and ruled numbers each count up: the first of each range is the oldest of its kind.
        for after in [None, Some((skeleton.clone(), last_plain()))] {
            let mut rows = BY_NAME.iter_under(state, &skeleton, after.as_ref(), Order::Ascending);
            if let Some(((_, id), ())) = rows.next().transpose()? {
                found.push(age(state, id)?);
            }
        }
    }
    Ok(found.into_iter().min())
}

/// The oldest asset whose symbol can be taken for this text.
pub fn oldest_by_symbol(state: &dyn ReadState, symbol: &str) -> Result<Option<Age>, Halt> {
    let skeleton = skeleton(symbol);
    let mut found = Vec::new();
    for after in [None, Some((skeleton.clone(), last_plain()))] {
        let mut rows = BY_SKELETON.iter_under(state, &skeleton, after.as_ref(), Order::Ascending);
        if let Some(((_, id), height)) = rows.next().transpose()? {
            found.push((height, id));
        }
    }
    Ok(found.into_iter().min())
}

/// Height of creation and number: the smaller is the older, and in one block the plain one.
pub type Age = (u64, AssetId);

fn age(state: &dyn ReadState, id: AssetId) -> Result<Age, Halt> {
    let height = ASSET.get(state, &id)?.map_or(0, |asset| asset.created_height);
    Ok((height, id))
}

fn last_plain() -> AssetId {
    AssetId(RULED_FIRST.0.saturating_sub(1))
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
    let own = (asset.created_height, id);
    Ok(found.into_iter().flatten().min().filter(|oldest| *oldest < own).map(|(_, oldest)| oldest))
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
