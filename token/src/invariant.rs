//! What holds after every block, by a scan of the whole ledger.

use std::collections::{BTreeMap, BTreeSet};

use chortle_kernel::{Address, Amount, AssetId, Invariant, Order, ReadState};
use chortle_naming::{
    self as naming,
    state::{BY_NAME, BY_SYMBOL},
};

use crate::{
    capability::Capability,
    history,
    ledger::{self, Standing},
    protocol, scan, snapshot,
    state::{
        ACCOUNT, ASSET, BALANCE, BALANCE_THEN, HOLDING, NEXT_ASSET_ID, NEXT_RULED_ID, RULES, SNAPSHOT,
        SUPPLY, SWEEP, TOTALS, VERIFIED,
    },
    totals::{Earned, Payout, Totals},
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
    Invariant { name: "names_are_listed_by_their_skeletons", check: names_are_listed_by_their_skeletons },
    Invariant { name: "verified_assets_exist", check: verified_assets_exist },
    Invariant { name: "what_holders_have_is_their_balances", check: what_holders_have_is_their_balances },
    Invariant { name: "snapshots_are_exact", check: snapshots_are_exact },
    Invariant { name: "balances_are_kept_for_a_vote_alone", check: balances_are_kept_for_a_vote_alone },
];

fn what_holders_have_is_their_balances(state: &dyn ReadState) -> Result<(), String> {
    let mut sums = BTreeMap::<AssetId, Amount>::new();
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((account, asset), holding) = row?;
        if !protocol::is_protocol(&account) {
            let sum = sums.entry(asset).or_insert(Amount::ZERO);
            *sum = sum.checked_add(holding.balance).ok_or("what holders have overflows")?;
        }
    }
    for row in TOTALS.iter(state, Order::Ascending) {
        let (id, totals) = row?;
        let sum = sums.remove(&id).unwrap_or_default();
        if sum != totals.held {
            return Err(format!("asset {id}: holders have {sum}, noted is {}", totals.held));
        }
    }
    Ok(())
}

/// At every height that a vote needs, the power of all accounts sums to that of the snapshot.
pub(crate) fn snapshots_are_exact(state: &dyn ReadState) -> Result<(), String> {
    let mut accounts = BTreeMap::<AssetId, BTreeSet<Address>>::new();
    if SNAPSHOT.iter(state, Order::Ascending).next().is_some() {
        for row in HOLDING.iter(state, Order::Ascending) {
            let ((account, asset), _) = row?;
            accounts.entry(asset).or_default().insert(account);
        }
        for row in BALANCE_THEN.iter(state, Order::Ascending) {
            let ((asset, account, _), _) = row?;
            accounts.entry(asset).or_default().insert(account);
        }
    }
    for row in SNAPSHOT.iter(state, Order::Ascending) {
        let ((asset, height), snapshot) = row?;
        let mut sum = Amount::ZERO;
        for account in accounts.get(&asset).into_iter().flatten() {
            let power = snapshot::power_at(state, account, asset, height)?;
            sum = sum.checked_add(power).ok_or("the power of holders overflows")?;
        }
        let governed = ASSET.get(state, &asset)?.is_some_and(|asset| asset.template.is_community());
        if sum != snapshot.power || snapshot.holders == 0 || !governed {
            return Err(format!(
                "holders of asset {asset} had {sum} at height {height}; {} of {} need {}",
                snapshot.holders, snapshot.power, asset
            ));
        }
    }
    for row in TOTALS.iter(state, Order::Ascending) {
        let (id, totals) = row?;
        let newest = snapshot::end(state, id, Order::Descending)?.unwrap_or(0);
        if newest != totals.snapshot_height {
            return Err(format!("asset {id}: {newest} votes, noted is {}", totals.snapshot_height));
        }
    }
    Ok(())
}

/// A row that no snapshot needs is one that is about to be swept.
fn balances_are_kept_for_a_vote_alone(state: &dyn ReadState) -> Result<(), String> {
    for row in BALANCE_THEN.iter(state, Order::Ascending) {
        let ((asset, account, height), _) = row?;
        let oldest = snapshot::end(state, asset, Order::Ascending)?;
        let needed = oldest.is_some_and(|oldest| oldest <= height);
        let swept = SWEEP.get(state, &asset)?;
        let ahead = swept.is_some_and(|sweep| sweep.after.is_none_or(|after| (account, height) > after));
        if !(needed || ahead) || protocol::is_protocol(&account) {
            return Err(format!("a balance of asset {asset} at {height} is kept for {account} and no vote"));
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
        add(AssetId::NATIVE, row?.1.balance)?;
    }
    for row in BALANCE.iter(state, Order::Ascending) {
        let ((_, asset), amount) = row?;
        add(asset, amount)?;
    }
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((_, asset), holding) = row?;
        add(asset, holding.balance)?;
    }
    for row in TOTALS.iter(state, Order::Ascending) {
        let (asset, totals) = row?;
        let own = if totals.payout == Payout::Own { totals.pot } else { Amount::ZERO };
        [totals.treasury, totals.liquidity, own].into_iter().try_for_each(|part| add(asset, part))?;
    }
    Ok(sums)
}

fn supply_is_balances_and_escrows(state: &dyn ReadState) -> Result<(), String> {
    let mut sums = sums(state)?;
    for (asset, supply) in scan::supplies(state)? {
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
    for (id, supply) in scan::supplies(state)? {
        let asset = ASSET.get(state, &id)?;
        let cap = asset.ok_or_else(|| format!("asset {id} has a supply and no record"))?.cap;
        if supply > cap {
            return Err(format!("asset {id}: the supply of {supply} is above the cap of {cap}"));
        }
    }
    Ok(())
}

fn no_zero_is_stored(state: &dyn ReadState) -> Result<(), String> {
    for row in ACCOUNT.iter(state, Order::Ascending) {
        let (address, account) = row?;
        if account == Account::default() {
            return Err(format!("an empty account of {address} is stored"));
        }
    }
    for row in BALANCE.iter(state, Order::Ascending) {
        let ((address, asset), amount) = row?;
        if amount.is_zero() || asset == AssetId::NATIVE {
            return Err(format!("a balance of {amount} of asset {asset} is stored for {address}"));
        }
    }
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((address, asset), holding) = row?;
        if holding == Holding::default() || (holding.balance.is_zero() && holding.index != 0) {
            return Err(format!("a holding of nothing of asset {asset} is stored for {address}"));
        }
    }
    Ok(())
}

fn next_id_is_above_every_id(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_ASSET_ID.get(state)?.ok_or("there is no next number")?;
    let next_ruled = NEXT_RULED_ID.get(state)?.ok_or("there is no next ruled number")?;
    let native = ASSET.get(state, &AssetId::NATIVE)?;
    if native != Some(Asset::native()) {
        return Err("the record of LOL is not the native one".to_owned());
    }
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, _) = row?;
        let ruled = id.is_ruled();
        let next = if ruled { next_ruled } else { next };
        if id >= next {
            return Err(format!("asset {id} is not below the next number {next}"));
        }
        if SUPPLY.has(state, &id)? == ruled || TOTALS.has(state, &id)? != ruled {
            return Err(format!("asset {id} has no supply, or one in the wrong place"));
        }
    }
    Ok(())
}

fn renounced_assets_have_no_offer(state: &dyn ReadState) -> Result<(), String> {
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, asset) = row?;
        if asset.admin.is_none() && asset.pending_admin.is_some() {
            return Err(format!("asset {id} has no admin, yet offers the role"));
        }
    }
    Ok(())
}

fn skeletons_are_those_of_the_symbols(state: &dyn ReadState) -> Result<(), String> {
    let mut assets = 0_u64;
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, asset) = row?;
        assets = assets.saturating_add(1);
        let indexed = BY_SYMBOL.get(state, &(naming::skeleton(&asset.symbol), id))?;
        if indexed != Some(asset.created_height) {
            return Err(format!("asset {id} is missing or stale in the index of skeletons"));
        }
    }
    let indexed = BY_SYMBOL.iter(state, Order::Ascending).count();
    match u64::try_from(indexed) {
        Ok(indexed) if indexed == assets => Ok(()),
        _ => Err(format!("{indexed} skeletons of {assets} assets")),
    }
}

/// What holders of an asset earn by, holding by holding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earnings {
    /// Base units that earn.
    pub eligible: Amount,
    /// Those of them that earn for many, whom a module settles.
    pub pooled: Amount,
    /// What all others are due, in 1/2^64 of a unit.
    pub due: u128,
}

/// What holders of each asset earn by: for modules whose pooled accounts are paid from the same pot.
pub fn earnings(state: &dyn ReadState) -> Result<BTreeMap<AssetId, Earnings>, String> {
    let mut sums = BTreeMap::new();
    let overflow = |asset: AssetId| format!("what holders of asset {asset} earn overflows");
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((account, asset), holding) = row?;
        let totals: Totals = TOTALS.get(state, &asset)?.ok_or_else(|| overflow(asset))?;
        let sum: &mut Earnings = sums.entry(asset).or_default();
        let add = |to: Amount| to.checked_add(holding.balance).ok_or_else(|| overflow(asset));
        let standing = ledger::standing(asset, &totals, &account, &holding);
        if matches!(standing, Standing::Earning | Standing::Pooled) {
            sum.eligible = add(sum.eligible)?;
        }
        if standing == Standing::Pooled {
            sum.pooled = add(sum.pooled)?;
        }
        let due = match standing {
            Standing::Earning => totals.due(holding.balance, holding.index, holding.fraction)?,
            _ => Earned { units: Amount::ZERO, fraction: holding.fraction },
        };
        for part in [due, Earned { units: holding.owed, fraction: 0 }] {
            sum.due = sum.due.checked_add(part.exact()).ok_or_else(|| overflow(asset))?;
        }
    }
    Ok(sums)
}

fn eligible_supply_is_exact(state: &dyn ReadState) -> Result<(), String> {
    let earnings = earnings(state)?;
    for row in TOTALS.iter(state, Order::Ascending) {
        let (id, totals) = row?;
        let Earnings { eligible, .. } = earnings.get(&id).copied().unwrap_or_default();
        if eligible != totals.eligible {
            return Err(format!(
                "asset {id}: {} are eligible, the holdings sum to {eligible}",
                totals.eligible
            ));
        }
    }
    Ok(())
}

fn pots_cover_what_is_due(state: &dyn ReadState) -> Result<(), String> {
    let earnings = earnings(state)?;
    for row in TOTALS.iter(state, Order::Ascending) {
        let (id, totals) = row?;
        let Earnings { pooled, due, .. } = earnings.get(&id).copied().unwrap_or_default();
        let pot = Earned { units: totals.pot, fraction: 0 }.exact();
        let left = due.checked_add(totals.carry).and_then(|given| pot.checked_sub(given));
        // To the last part of a unit, where no module settles owners of its own.
        if left.is_none_or(|left| left != 0 && pooled.is_zero()) {
            let carry = totals.carry;
            return Err(format!("asset {id}: {due} is due, {carry} nobody's, and {pot} in the pot"));
        }
        let held = ledger::native_balance(state, &protocol::rewards_of(id))?;
        let pot = if totals.payout == Payout::Native { totals.pot } else { Amount::ZERO };
        if held != pot {
            return Err(format!("asset {id}: rewards of {held} nlol for a pot of {pot}"));
        }
    }
    Ok(())
}

fn rules_fit_their_assets(state: &dyn ReadState) -> Result<(), String> {
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, asset) = row?;
        let beyond = asset.capabilities.without(asset.template.capabilities_allowed());
        if !beyond.is_empty() {
            return Err(format!("asset {id} has {beyond}, which its template does not allow"));
        }
        let Some(rules) = RULES.get(state, &id)? else {
            if id.is_ruled() {
                return Err(format!("asset {id} is ruled and has no rules"));
            }
            continue;
        };
        let taxes = [Some(rules.tax.before), rules.tax.announced.map(|announced| announced.tax)];
        for tax in taxes.into_iter().flatten() {
            tax.ensure_within_ceiling().map_err(|reject| format!("asset {id}: {reject}"))?;
        }
        if rules.limits.launch_tax.is_some_and(|launch| !launch.is_within_bounds()) {
            return Err(format!("asset {id} has a launch tax that no creator could have chosen"));
        }
        let gates = (asset.can(Capability::Freeze), asset.can(Capability::AllowList));
        if gates != (rules.freezable, rules.listed) || !id.is_ruled() {
            return Err(format!("the rules of asset {id} are not those of its record"));
        }
        for account in asset.exclusions.iter() {
            let holding = HOLDING.get(state, &(*account, id))?.unwrap_or_default();
            if !holding.excluded {
                return Err(format!("asset {id} excludes {account}, whose holding does not say so"));
            }
        }
    }
    Ok(())
}

fn accounts_of_the_protocol_have_no_flags(state: &dyn ReadState) -> Result<(), String> {
    for row in HOLDING.iter(state, Order::Ascending) {
        let ((account, asset), holding) = row?;
        if protocol::is_protocol(&account) && (holding.frozen || holding.allowed || holding.excluded) {
            return Err(format!("an admin of asset {asset} has touched {account}"));
        }
        let listed = |asset: Asset| asset.exclusions.contains(&account);
        if holding.excluded && !ASSET.get(state, &asset)?.is_some_and(listed) {
            return Err(format!("{account} is excluded from asset {asset} and not on its list"));
        }
    }
    Ok(())
}

fn names_are_listed_by_their_skeletons(state: &dyn ReadState) -> Result<(), String> {
    let mut lines = 0_usize;
    for row in ASSET.iter(state, Order::Ascending) {
        let (id, asset) = row?;
        for skeleton in naming::skeletons(&asset.name) {
            lines = lines.saturating_add(1);
            if BY_NAME.get(state, &(skeleton, id))? != Some(asset.created_height) {
                return Err(format!("asset {id} is missing or stale in the list of names"));
            }
        }
    }
    let listed = BY_NAME.iter(state, Order::Ascending).count();
    match listed == lines {
        true => Ok(()),
        false => Err(format!("{listed} lines for {lines} skeletons of names")),
    }
}

fn verified_assets_exist(state: &dyn ReadState) -> Result<(), String> {
    for row in VERIFIED.iter(state, Order::Ascending) {
        let (id, ()) = row?;
        if !ASSET.has(state, &id)? {
            return Err(format!("asset {id} is verified and does not exist"));
        }
    }
    Ok(())
}
