//! What holds of names after every block.

use chortle_kernel::{Invariant, Order, ReadState};

use crate::{skeleton::skeleton, state::RESERVED};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[Invariant {
    name: "reservations_stand_by_their_skeletons",
    check: reservations_stand_by_their_skeletons,
}];

fn reservations_stand_by_their_skeletons(state: &dyn ReadState) -> Result<(), String> {
    for row in RESERVED.iter(state, Order::Ascending) {
        let (key, text) = row?;
        if skeleton(&text) != key {
            return Err(format!("'{}' is reserved under another skeleton", &*text));
        }
    }
    Ok(())
}
