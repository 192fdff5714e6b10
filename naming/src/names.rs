//! Names and symbols that can be taken for others: skeletons, reservations, and the index of what looks alike.

use chortle_kernel::{AssetId, Ctx, Failure, Halt, Map, Order, Origin, ReadState, State};

use crate::{
    error::Error,
    skeleton::{skeleton, skeletons},
    state::{BY_NAME, BY_SYMBOL, RESERVED},
    types::Reserved,
};

/// Gas of a byte of a text whose skeleton is taken. Letters differ: it is what the slowest takes, a percent sign.
const SKELETON_BYTE_GAS: u64 = 1_500;

/// Gas of the skeleton of a text.
pub fn skeleton_gas(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_mul(SKELETON_BYTE_GAS)
}

/// Height of creation and number: the smaller is the older, and in one block the plain one.
pub type Age = (u64, AssetId);

/// The oldest asset under a skeleton. Plain and ruled numbers each count up: the first of each range is the oldest of
/// its kind.
fn oldest(
    state: &dyn ReadState,
    map: Map<(String, AssetId), u64>,
    skeleton: &str,
) -> Result<Option<Age>, Halt> {
    let skeleton = skeleton.to_owned();
    let mut found = Vec::new();
    for after in [None, Some((skeleton.clone(), AssetId::PLAIN_LAST))] {
        let mut rows = map.iter_under(state, &skeleton, after.as_ref(), Order::Ascending);
        if let Some(((_, id), height)) = rows.next().transpose()? {
            found.push((height, id));
        }
    }
    Ok(found.into_iter().min())
}

/// The oldest asset whose name can be taken for this text. It reads an index: for queries.
pub fn oldest_by_name(state: &dyn ReadState, name: &str) -> Result<Option<Age>, Halt> {
    let mut found = Vec::new();
    for skeleton in skeletons(name) {
        found.extend(oldest(state, BY_NAME, &skeleton)?);
    }
    Ok(found.into_iter().min())
}

/// The oldest asset whose symbol can be taken for this text.
pub fn oldest_by_symbol(state: &dyn ReadState, symbol: &str) -> Result<Option<Age>, Halt> {
    oldest(state, BY_SYMBOL, &skeleton(symbol))
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

/// Refuses a symbol or name that looks like what is reserved, unless governance creates it.
pub fn ensure_free(ctx: &Ctx<'_>, symbol: &str, name: &str) -> Result<(), Failure> {
    if ctx.origin == Origin::Governance {
        return Ok(());
    }
    for text in [symbol, name] {
        if let Some(reserved) = reservation(ctx.state, text)? {
            let (text, reserved) = (text.to_owned(), reserved.to_string());
            return Err(Error::LooksReserved { text, reserved }.into());
        }
    }
    Ok(())
}

/// Lists a new asset among the look-alikes of its symbol and name, with the height that created it.
pub fn list(state: &mut State, id: AssetId, symbol: &str, name: &str, height: u64) {
    BY_SYMBOL.set(state, &(skeleton(symbol), id), &height);
    for skeleton in skeletons(name) {
        BY_NAME.set(state, &(skeleton, id), &height);
    }
}
