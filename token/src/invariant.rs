//! What holds after every block, by a scan of the whole ledger.

use std::collections::BTreeMap;

use chortle_kernel::{Address, Amount, AssetId, Halt, Invariant, Order, ReadState};

use crate::{
    accounts, airdrop, allowance,
    book::{self, Standing},
    capability::Capability,
    history, lock, naming,
    pool::{Payout, Pool},
    protocol, reflection,
    state::{
        ACCOUNT, ASSET, BALANCE, BY_SKELETON, HOLDING, LOCK, NEXT_ASSET_ID, NEXT_RULED_ID, POOL, RULES,
        SUPPLY,
    },
    types::{Account, Asset, Holding},
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "supply_is_balances_and_escrows", check: supply_is_balances_and_escrows },
    Invariant { name: "supply_is_within_cap", check: supply_is_within_cap },
    Invariant { name: "no_zero_is_stored", check: no_zero_is_stored },
    Invariant { name: "next_id_is_above_every_id", check: next_id_is_above_every_id },
    Invariant { name: "renounced_assets_have_no_offer", check: renounced_assets_have_no_offer },
    Invariant { name: "skeletons_are_those_of_the_symbols", check: skeletons_are_those_of_the_symbols },
    Invariant { name: "eligible_supply_is_exact", check: eligible_supply_is_exact },
    Invariant { name: "pots_cover_what_is_due", check: pots_cover_what_is_due },
    Invariant { name: "rules_fit_their_assets", check: rules_fit_their_assets },
    Invariant {
        name: "accounts_of_the_protocol_have_no_flags",
        check: accounts_of_the_protocol_have_no_flags,
    },
    Invariant { name: "history_ends_with_the_supply", check: history::history_ends_with_the_supply },
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
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((_, asset), holding) = row.map_err(told)?;
        add(asset, holding.balance)?;
    }
    for row in POOL.iter(state, Order::Ascending) {
        let (asset, pool) = row.map_err(told)?;
        let own = if pool.payout == Payout::Own { pool.pot } else { Amount::ZERO };
        [pool.treasury, pool.liquidity, own].into_iter().try_for_each(|part| add(asset, part))?;
    }
    Ok(sums)
}

fn supply_is_balances_and_escrows(state: &dyn ReadState) -> Result<(), String> {
    let mut sums = sums(state)?;
    for (asset, supply) in supplies(state)? {
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

/// Every supply: of LOL and plain assets, then of ruled ones.
pub(crate) fn supplies(state: &dyn ReadState) -> Result<Vec<(AssetId, Amount)>, String> {
    let ruled = POOL.iter(state, Order::Ascending).map(|row| row.map(|(id, pool)| (id, pool.supply)));
    SUPPLY.iter(state, Order::Ascending).chain(ruled).map(|row| row.map_err(told)).collect()
}

fn supply_is_within_cap(state: &dyn ReadState) -> Result<(), String> {
    for (id, supply) in supplies(state)? {
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
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((address, asset), holding) = row.map_err(told)?;
        if holding == Holding::default() || (holding.balance.is_zero() && holding.index != 0) {
            return Err(format!("a holding of nothing of asset {asset} is stored for {address}"));
        }
    }
    Ok(())
}

fn next_id_is_above_every_id(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_ASSET_ID.get(state).map_err(told)?.ok_or("there is no next number")?;
    let next_ruled = NEXT_RULED_ID.get(state).map_err(told)?.ok_or("there is no next ruled number")?;
    let native = ASSET.get(state, &AssetId::NATIVE).map_err(told)?;
    if native != Some(Asset::native()) {
        return Err("the record of LOL is not the native one".to_owned());
    }
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, _) = row.map_err(told)?;
        let ruled = accounts::is_ruled(id);
        let next = if ruled { next_ruled } else { next };
        if id >= next {
            return Err(format!("asset {id} is not below the next number {next}"));
        }
        if SUPPLY.has(state, &id).map_err(told)? == ruled || POOL.has(state, &id).map_err(told)? != ruled {
            return Err(format!("asset {id} has no supply, or one in the wrong place"));
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
        let indexed = BY_SKELETON.get(state, &(naming::skeleton(&asset.symbol), id)).map_err(told)?;
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

/// Eligible supply and what is due, holding by holding and lock by lock.
fn earnings(state: &dyn ReadState) -> Result<BTreeMap<AssetId, (Amount, Amount)>, String> {
    let mut sums = BTreeMap::new();
    let overflow = |asset: AssetId| format!("what holders of asset {asset} earn overflows");
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((account, asset), holding) = row.map_err(told)?;
        let pool: Pool = POOL.get(state, &asset).map_err(told)?.ok_or_else(|| overflow(asset))?;
        let (eligible, due): &mut (Amount, Amount) = sums.entry(asset).or_default();
        let standing = book::standing(asset, &pool, &account, &holding);
        if matches!(standing, Standing::Earning | Standing::Apart) {
            *eligible = eligible.checked_add(holding.balance).ok_or_else(|| overflow(asset))?;
        }
        *due = due.checked_add(holding.owed).ok_or_else(|| overflow(asset))?;
        if standing == Standing::Earning {
            let more = pool.due(holding.balance, holding.index).map_err(told)?;
            *due = due.checked_add(more).ok_or_else(|| overflow(asset))?;
        }
    }
    for row in LOCK.iter(state, Order::Ascending) {
        let (_, lock) = row.map_err(told)?;
        let index = reflection::index(state, lock.asset).map_err(told)?;
        let more = reflection::due(lock.held(), lock.index, index).map_err(told)?;
        let (_, due) = sums.entry(lock.asset).or_default();
        *due = due.checked_add(more).ok_or_else(|| overflow(lock.asset))?;
    }
    Ok(sums)
}

fn eligible_supply_is_exact(state: &dyn ReadState) -> Result<(), String> {
    let earnings = earnings(state)?;
    for row in POOL.iter(state, Order::Ascending) {
        let (id, pool) = row.map_err(told)?;
        let (eligible, _) = earnings.get(&id).copied().unwrap_or_default();
        if eligible != pool.eligible {
            return Err(format!(
                "asset {id}: {} are eligible, the holdings sum to {eligible}",
                pool.eligible
            ));
        }
    }
    Ok(())
}

fn pots_cover_what_is_due(state: &dyn ReadState) -> Result<(), String> {
    let earnings = earnings(state)?;
    for row in POOL.iter(state, Order::Ascending) {
        let (id, pool) = row.map_err(told)?;
        let (_, due) = earnings.get(&id).copied().unwrap_or_default();
        if due > pool.pot {
            return Err(format!("asset {id}: {due} is due and {} in the pot", pool.pot));
        }
        let held = accounts::native_balance(state, &protocol::rewards_of(id)).map_err(told)?;
        let pot = if pool.payout == Payout::Native { pool.pot } else { Amount::ZERO };
        if held != pot {
            return Err(format!("asset {id}: rewards of {held} nlol for a pot of {pot}"));
        }
    }
    Ok(())
}

fn rules_fit_their_assets(state: &dyn ReadState) -> Result<(), String> {
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, asset) = row.map_err(told)?;
        let beyond = asset.capabilities.without(asset.template.capabilities_allowed());
        if !beyond.is_empty() {
            return Err(format!("asset {id} has {beyond}, which its template does not allow"));
        }
        let Some(rules) = RULES.get(state, &id).map_err(told)? else {
            if accounts::is_ruled(id) {
                return Err(format!("asset {id} is ruled and has no rules"));
            }
            continue;
        };
        let taxes = [Some(rules.tax.before), rules.tax.announced.map(|announced| announced.tax)];
        for tax in taxes.into_iter().flatten() {
            tax.ensure_within_ceiling().map_err(|reject| format!("asset {id}: {reject}"))?;
        }
        let gates = (asset.can(Capability::Freeze), asset.can(Capability::AllowList));
        if gates != (rules.freezable, rules.listed) || !accounts::is_ruled(id) {
            return Err(format!("the rules of asset {id} are not those of its record"));
        }
        for account in asset.exclusions.iter() {
            let holding = HOLDING.get(state, &(*account, id)).map_err(told)?.unwrap_or_default();
            if !holding.excluded {
                return Err(format!("asset {id} excludes {account}, whose holding does not say so"));
            }
        }
    }
    Ok(())
}

fn accounts_of_the_protocol_have_no_flags(state: &dyn ReadState) -> Result<(), String> {
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((account, asset), holding) = row.map_err(told)?;
        if protocol::is_protocol(&account) && (holding.frozen || holding.allowed || holding.excluded) {
            return Err(format!("an admin of asset {asset} has touched {account}"));
        }
        let listed = |asset: Asset| asset.exclusions.contains(&account);
        if holding.excluded && !ASSET.get(state, &asset).map_err(told)?.is_some_and(listed) {
            return Err(format!("{account} is excluded from asset {asset} and not on its list"));
        }
    }
    Ok(())
}
