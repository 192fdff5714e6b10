//! What holds of airdrops after every block.

use std::collections::BTreeMap;

use chortle_kernel::{Amount, AssetId, Order, ReadState};

use super::{CHUNK_LEAVES, genesis::ones};
use crate::{
    invariant::{escrow_is, told},
    protocol,
    state::{AIRDROP, AIRDROP_BITS, AIRDROP_BY_ASSET, AIRDROP_BY_KEY, AIRDROP_BY_SPONSOR, NEXT_AIRDROP_ID},
};

pub(crate) fn airdrops_are_their_escrow(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_AIRDROP_ID.get(state).map_err(told)?.unwrap_or(1);
    let mut held = BTreeMap::<AssetId, Amount>::new();
    for row in AIRDROP.iter(state, Order::Ascending) {
        let (id, airdrop) = row.map_err(told)?;
        if id >= next {
            return Err(format!("airdrop {id} is not below the next number {next}"));
        }
        if airdrop.claimed > airdrop.total {
            return Err(format!("airdrop {id} has paid more than was paid in"));
        }
        let sum = held.entry(airdrop.asset).or_default();
        *sum = sum.checked_add(airdrop.held()).ok_or("the airdrops overflow")?;
    }
    escrow_is(state, &protocol::AIRDROPS, held)
}

/// Each claim pays at least one base unit, so the paid leaves are at most the paid units, and both are zero or neither.
pub(crate) fn bitmaps_are_the_claims(state: &dyn ReadState) -> Result<(), String> {
    let mut paid = BTreeMap::<u64, u32>::new();
    for row in AIRDROP_BITS.iter(state, Order::Ascending) {
        let ((id, chunk), bits) = row.map_err(told)?;
        let leaves = AIRDROP.get(state, &id).map_err(told)?.map_or(0, |airdrop| airdrop.leaves);
        if ones(&bits) == 0 || chunk.saturating_mul(CHUNK_LEAVES) >= leaves {
            return Err(format!("chunk {chunk} of airdrop {id} is empty or beyond its leaves"));
        }
        let count = paid.entry(id).or_default();
        *count = count.saturating_add(ones(&bits));
    }
    for row in AIRDROP.iter(state, Order::Ascending) {
        let (id, airdrop) = row.map_err(told)?;
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

pub(crate) fn lists_of_airdrops_are_exact(state: &dyn ReadState) -> Result<(), String> {
    let mut airdrops = 0_usize;
    for row in AIRDROP.iter(state, Order::Ascending) {
        let (id, airdrop) = row.map_err(told)?;
        airdrops = airdrops.saturating_add(1);
        let listed = AIRDROP_BY_SPONSOR.has(state, &(airdrop.sponsor, id)).map_err(told)?
            && AIRDROP_BY_ASSET.has(state, &(airdrop.asset, id)).map_err(told)?
            && AIRDROP_BY_KEY.get(state, &airdrop.key).map_err(told)? == Some(id);
        if !listed {
            return Err(format!("airdrop {id} is missing in a list"));
        }
    }
    let lists = [
        AIRDROP_BY_SPONSOR.iter(state, Order::Ascending).count(),
        AIRDROP_BY_ASSET.iter(state, Order::Ascending).count(),
        AIRDROP_BY_KEY.iter(state, Order::Ascending).count(),
    ];
    match lists.iter().all(|count| *count == airdrops) {
        true => Ok(()),
        false => Err(format!("{lists:?} lines list {airdrops} airdrops")),
    }
}
