//! What holds after every block, by a scan of the whole ledger.

use std::collections::BTreeMap;

use chortle_kernel::{Address, Amount, AssetId, Halt, Invariant, Order, ReadState};

use crate::{
    accounts, airdrop, allowance, lock, naming, rules,
    state::{ACCOUNT, ASSET, BALANCE, BY_SKELETON, NEXT_ASSET_ID, SUPPLY},
    types::{Account, Asset},
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "supply_is_balances_and_escrows", check: supply_is_balances_and_escrows },
    Invariant { name: "supply_is_within_cap", check: supply_is_within_cap },
    Invariant { name: "no_zero_is_stored", check: no_zero_is_stored },
    Invariant { name: "next_id_is_above_every_id", check: next_id_is_above_every_id },
    Invariant { name: "renounced_assets_have_no_offer", check: renounced_assets_have_no_offer },
    Invariant { name: "skeletons_are_those_of_the_symbols", check: skeletons_are_those_of_the_symbols },
    Invariant { name: "locks_are_their_escrow", check: lock::invariant::locks_are_their_escrow },
    Invariant { name: "lists_of_locks_are_exact", check: lock::invariant::lists_of_locks_are_exact },
    Invariant {
        name: "allowances_are_positive_and_listed",
        check: allowance::invariant::allowances_are_positive_and_listed,
    },
    Invariant { name: "airdrops_are_their_escrow", check: airdrop::invariant::airdrops_are_their_escrow },
    Invariant { name: "bitmaps_are_the_claims", check: airdrop::invariant::bitmaps_are_the_claims },
    Invariant { name: "lists_of_airdrops_are_exact", check: airdrop::invariant::lists_of_airdrops_are_exact },
    Invariant {
        name: "names_are_listed_by_their_skeletons",
        check: naming::invariant::names_are_listed_by_their_skeletons,
    },
    Invariant {
        name: "reservations_and_badges_are_sound",
        check: naming::invariant::reservations_and_badges_are_sound,
    },
];

pub(crate) fn told(halt: Halt) -> String {
    halt.0
}

/// Whether the balances of an escrow are exactly what its objects hold.
pub(crate) fn escrow_is(
    state: &dyn ReadState,
    escrow: &Address,
    held: BTreeMap<AssetId, Amount>,
) -> Result<(), String> {
    for row in ASSET.iter(state, Order::Ascending) {
        let (asset, _) = row.map_err(told)?;
        let balance = accounts::balance(state, escrow, asset).map_err(told)?;
        let sum = held.get(&asset).copied().unwrap_or_default();
        if balance != sum {
            return Err(format!("asset {asset}: the escrow has {balance}, its objects hold {sum}"));
        }
    }
    Ok(())
}

fn sums(state: &dyn ReadState) -> Result<BTreeMap<AssetId, Amount>, String> {
    let mut sums = BTreeMap::new();
    let mut add = |asset: AssetId, amount: Amount| {
        let sum = sums.entry(asset).or_insert(Amount::ZERO);
        *sum = sum.checked_add(amount).ok_or_else(|| format!("balances of asset {asset} overflow"))?;
        Ok::<_, String>(())
    };
    for row in ACCOUNT.iter(state, Order::Ascending) {
        add(AssetId::NATIVE, row.map_err(told)?.1.balance)?;
    }
    for row in BALANCE.iter(state, Order::Ascending) {
        let ((_, asset), amount) = row.map_err(told)?;
        add(asset, amount)?;
    }
    Ok(sums)
}

fn supply_is_balances_and_escrows(state: &dyn ReadState) -> Result<(), String> {
    let mut sums = sums(state)?;
    for row in SUPPLY.iter(state, Order::Ascending) {
        let (asset, supply) = row.map_err(told)?;
        let sum = sums.remove(&asset).unwrap_or_default();
        if sum != supply {
            return Err(format!("asset {asset}: the supply is {supply}, the balances sum to {sum}"));
        }
    }
    match sums.first_key_value() {
        Some((asset, sum)) if !sum.is_zero() => {
            Err(format!("asset {asset}: {sum} base units without a supply"))
        }
        _ => Ok(()),
    }
}

fn supply_is_within_cap(state: &dyn ReadState) -> Result<(), String> {
    for row in SUPPLY.iter(state, Order::Ascending) {
        let (id, supply) = row.map_err(told)?;
        let asset = ASSET.get(state, &id).map_err(told)?;
        let cap = asset.ok_or_else(|| format!("asset {id} has a supply and no record"))?.cap;
        if supply > cap {
            return Err(format!("asset {id}: the supply of {supply} is above the cap of {cap}"));
        }
    }
    Ok(())
}

fn no_zero_is_stored(state: &dyn ReadState) -> Result<(), String> {
    for row in ACCOUNT.iter(state, Order::Ascending) {
        let (address, account) = row.map_err(told)?;
        if account == Account::default() {
            return Err(format!("an empty account of {address} is stored"));
        }
    }
    for row in BALANCE.iter(state, Order::Ascending) {
        let ((address, asset), amount) = row.map_err(told)?;
        if amount.is_zero() || asset == AssetId::NATIVE {
            return Err(format!("a balance of {amount} of asset {asset} is stored for {address}"));
        }
    }
    Ok(())
}

fn next_id_is_above_every_id(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_ASSET_ID.get(state).map_err(told)?.ok_or("there is no next number")?;
    let native = ASSET.get(state, &AssetId::NATIVE).map_err(told)?;
    if native != Some(Asset::native()) {
        return Err("the record of LOL is not the native one".to_owned());
    }
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, _) = row.map_err(told)?;
        if id >= next {
            return Err(format!("asset {id} is not below the next number {next}"));
        }
        if !SUPPLY.has(state, &id).map_err(told)? {
            return Err(format!("asset {id} has no supply"));
        }
    }
    Ok(())
}

fn renounced_assets_have_no_offer(state: &dyn ReadState) -> Result<(), String> {
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, asset) = row.map_err(told)?;
        if asset.admin.is_none() && asset.pending_admin.is_some() {
            return Err(format!("asset {id} has no admin, yet offers the role"));
        }
    }
    Ok(())
}

fn skeletons_are_those_of_the_symbols(state: &dyn ReadState) -> Result<(), String> {
    let mut assets = 0_u64;
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, asset) = row.map_err(told)?;
        assets = assets.saturating_add(1);
        let indexed = BY_SKELETON.get(state, &(rules::skeleton(&asset.symbol), id)).map_err(told)?;
        if indexed != Some(asset.created_height) {
            return Err(format!("asset {id} is missing or stale in the index of skeletons"));
        }
    }
    let indexed = BY_SKELETON.iter(state, Order::Ascending).count();
    match u64::try_from(indexed) {
        Ok(indexed) if indexed == assets => Ok(()),
        _ => Err(format!("{indexed} skeletons of {assets} assets")),
    }
}
