//! What holds of names after every block.

use chortle_kernel::{Order, ReadState};

use super::{skeleton, skeletons};
use crate::{
    invariant::told,
    state::{ASSET, BY_NAME, RESERVED, VERIFIED},
};

pub(crate) fn names_are_listed_by_their_skeletons(state: &dyn ReadState) -> Result<(), String> {
    let mut lines = 0_usize;
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, asset) = row.map_err(told)?;
        for skeleton in skeletons(&asset.name) {
            lines = lines.saturating_add(1);
            if !BY_NAME.has(state, &(skeleton, id)).map_err(told)? {
                return Err(format!("asset {id} is missing in the list of names"));
            }
        }
    }
    let listed = BY_NAME.iter(state, Order::Ascending).count();
    match listed == lines {
        true => Ok(()),
        false => Err(format!("{listed} lines for {lines} skeletons of names")),
    }
}

pub(crate) fn reservations_and_badges_are_sound(state: &dyn ReadState) -> Result<(), String> {
    for row in RESERVED.iter(state, Order::Ascending) {
        let (key, text) = row.map_err(told)?;
        if skeleton(&text) != key {
            return Err(format!("'{}' is reserved under another skeleton", &*text));
        }
    }
    for row in VERIFIED.iter(state, Order::Ascending) {
        let (id, ()) = row.map_err(told)?;
        if !ASSET.has(state, &id).map_err(told)? {
            return Err(format!("asset {id} is verified and does not exist"));
        }
    }
    Ok(())
}
