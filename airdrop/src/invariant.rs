//! What holds of airdrops after every block; what they hold is their escrow's, which `app` compares.

use std::collections::BTreeMap;

use chortle_kernel::{AssetId, Halt, Invariant, Order, ReadState};

use crate::{
    genesis::ones,
    state::{AIRDROP, BITS, BY_ASSET, BY_KEY, BY_SPONSOR, NEXT_ID},
    types::CHUNK_LEAVES,
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "airdrops_are_sound", check: airdrops_are_sound },
    Invariant { name: "bitmaps_are_the_claims", check: bitmaps_are_the_claims },
    Invariant { name: "lists_of_airdrops_are_exact", check: lists_of_airdrops_are_exact },
];

/// What all airdrops hold.
pub(crate) fn held(state: &dyn ReadState) -> Result<Vec<(AssetId, u128)>, Halt> {
    let mut held = BTreeMap::<AssetId, u128>::new();
    for row in AIRDROP.iter(state, Order::Ascending) {
        let (_, airdrop) = row?;
        let sum = held.entry(airdrop.asset).or_default();
        *sum = sum.saturating_add(airdrop.held().base_units().into());
    }
    Ok(held.into_iter().collect())
}

fn airdrops_are_sound(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_ID.get(state)?.unwrap_or(1);
    for row in AIRDROP.iter(state, Order::Ascending) {
        let (id, airdrop) = row?;
        if id >= next {
            return Err(format!("airdrop {id} is not below the next number {next}"));
        }
        if airdrop.claimed > airdrop.total {
            return Err(format!("airdrop {id} has paid more than was paid in"));
        }
    }
    Ok(())
}

/// Each claim pays at least one base unit, so the paid leaves are at most the paid units, and both are zero or neither.
fn bitmaps_are_the_claims(state: &dyn ReadState) -> Result<(), String> {
    let mut paid = BTreeMap::<u64, u32>::new();
    for row in BITS.iter(state, Order::Ascending) {
        let ((id, chunk), bits) = row?;
        let leaves = AIRDROP.get(state, &id)?.map_or(0, |airdrop| airdrop.leaves);
        if ones(&bits) == 0 || chunk.saturating_mul(CHUNK_LEAVES) >= leaves {
            return Err(format!("chunk {chunk} of airdrop {id} is empty or beyond its leaves"));
        }
        let count = paid.entry(id).or_default();
        *count = count.saturating_add(ones(&bits));
    }
    for row in AIRDROP.iter(state, Order::Ascending) {
        let (id, airdrop) = row?;
        let paid = paid.get(&id).copied().unwrap_or_default();
        if paid != airdrop.claims || paid > airdrop.leaves {
            return Err(format!("airdrop {id} counts {} claims, its bitmap {paid}", airdrop.claims));
        }
        let fits =
            u64::from(paid) <= airdrop.claimed.base_units() && (paid == 0) == airdrop.claimed.is_zero();
        if !fits {
            return Err(format!("airdrop {id} paid {} to {paid} recipients", airdrop.claimed));
        }
    }
    Ok(())
}

fn lists_of_airdrops_are_exact(state: &dyn ReadState) -> Result<(), String> {
    let mut airdrops = 0_usize;
    for row in AIRDROP.iter(state, Order::Ascending) {
        let (id, airdrop) = row?;
        airdrops = airdrops.saturating_add(1);
        let listed = BY_SPONSOR.has(state, &(airdrop.sponsor, id))?
            && BY_ASSET.has(state, &(airdrop.asset, id))?
            && BY_KEY.get(state, &airdrop.key)? == Some(id);
        if !listed {
            return Err(format!("airdrop {id} is missing in a list"));
        }
    }
    let lists = [
        BY_SPONSOR.iter(state, Order::Ascending).count(),
        BY_ASSET.iter(state, Order::Ascending).count(),
        BY_KEY.iter(state, Order::Ascending).count(),
    ];
    match lists.iter().all(|count| *count == airdrops) {
        true => Ok(()),
        false => Err(format!("{lists:?} lines list {airdrops} airdrops")),
    }
}
