//! The admin's role: who may act for an asset, and with what.

use chortle_kernel::{Address, AssetId, Ctx, Failure, Origin, Reject, ensure, gas::leaves_gas};

use crate::{
    capability::Capability,
    error::Error,
    event::{ExcludedSet, TaxSet},
    ledger::{self, Book},
    state::{ASSET, RULES},
    tax::TaxPlan,
    types::{Asset, EXCLUSIONS_MAX, Rules},
};

/// Refuses everybody but the admin.
pub(crate) fn ensure_admin(id: AssetId, asset: &Asset, signer: &Address) -> Result<(), Reject> {
    let admin = asset.admin.ok_or(Error::AdminRenounced { asset: id })?;
    ensure(admin == *signer, Error::NotAdmin { asset: id, admin })
}

/// Refuses what the asset was not created for, and everybody but the admin.
pub(crate) fn ensure_capable(
    id: AssetId,
    asset: &Asset,
    signer: &Address,
    capability: Capability,
) -> Result<(), Reject> {
    let has = asset.capabilities.has(capability);
    ensure(has, Error::CapabilityMissing { asset: id, capability: capability.name() })?;
    ensure_admin(id, asset, signer)
}

/// Refuses everybody but the admin, and the holders where they govern the asset.
pub(crate) fn ensure_admin_or_holders(ctx: &Ctx<'_>, id: AssetId, asset: &Asset) -> Result<(), Reject> {
    if ctx.origin == Origin::Community(id) {
        return ensure(asset.template.is_community(), Error::NoCommunity { asset: id });
    }
    ensure_admin(id, asset, &ctx.signer()?)
}

/// The same of what needs a capability.
pub(crate) fn ensure_capable_or_holders(
    ctx: &Ctx<'_>,
    id: AssetId,
    asset: &Asset,
    capability: Capability,
) -> Result<(), Reject> {
    let has = asset.capabilities.has(capability);
    ensure(has, Error::CapabilityMissing { asset: id, capability: capability.name() })?;
    ensure_admin_or_holders(ctx, id, asset)
}

/// Writes an asset's record, and ends what nobody can end any more: what is frozen, unlisted or excluded must not stay
/// so for ever, and a tax that was announced and does not hold yet never will.
pub(crate) fn give_up(ctx: &mut Ctx<'_>, id: AssetId, mut asset: Asset) -> Result<(), Failure> {
    if id.is_ruled() {
        let (rules, epoch) = (ledger::rules_of(ctx.state, id)?, ctx.block.epoch);
        let (freezable, listed) = (asset.can(Capability::Freeze), asset.can(Capability::AllowList));
        let mut tax = rules.tax;
        if !asset.can(Capability::Tax) {
            include_all(ctx, id, &mut asset)?;
        }
        // What an admin announced goes with him; what holders announced stays while they can take it back.
        let before = ledger::asset(ctx.state, id)?;
        let given_up = |open: fn(&Asset, Capability) -> bool| {
            open(&before, Capability::Tax) && !open(&asset, Capability::Tax)
        };
        if (given_up(Asset::can) || given_up(Asset::is_open)) && tax.ahead(epoch).is_some() {
            tax = TaxPlan { before: tax.at(epoch), announced: None };
            ctx.emit(&TaxSet { asset: id, tax: tax.before, epoch });
        }
        let left = Rules { freezable, listed, tax, ..rules };
        if left != rules {
            RULES.set(ctx.state, &id, &left);
        }
    }
    ASSET.set(ctx.state, &id, &asset);
    Ok(())
}

/// Lets every account earn by redistribution again, from now on.
fn include_all(ctx: &mut Ctx<'_>, id: AssetId, asset: &mut Asset) -> Result<(), Failure> {
    let exclusions = std::mem::take(&mut asset.exclusions);
    if exclusions.is_empty() {
        return Ok(());
    }
    let mut book = Book::open(ctx.state, id)?;
    for account in exclusions.iter() {
        let mut held = book.load(ctx, account)?;
        book.set_excluded(&mut held, false)?;
        book.put(ctx.state, &held);
        ctx.emit(&ExcludedSet { asset: id, account: *account, excluded: false });
    }
    book.close(ctx.state);
    Ok(())
}

/// Gas of [`give_up`]: the record is read and written; of a ruled asset rules, totals and every excluded account's
/// holding.
pub(crate) fn give_up_gas(id: AssetId) -> u64 {
    let ruled = if id.is_ruled() { EXCLUSIONS_MAX.saturating_add(2) } else { 0 };
    let leaves = u64::try_from(ruled.saturating_add(1)).unwrap_or(u64::MAX);
    leaves_gas(leaves, leaves)
}
