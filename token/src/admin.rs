//! The admin's role: who may act for an asset, and with what.

use chortle_kernel::{Address, AssetId, Failure, Reject, State, ensure};

use crate::{
    capability::Capability,
    error::Error,
    ledger,
    state::RULES,
    types::{Asset, Rules},
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

/// Takes away the gates that nobody can work any more: what is frozen or unlisted must not stay so for ever.
pub(crate) fn open_gates(state: &mut State, id: AssetId, asset: &Asset) -> Result<(), Failure> {
    if !id.is_ruled() {
        return Ok(());
    }
    let rules = ledger::rules_of(state, id)?;
    let (freezable, listed) = (asset.can(Capability::Freeze), asset.can(Capability::AllowList));
    if (rules.freezable, rules.listed) != (freezable, listed) {
        RULES.set(state, &id, &Rules { freezable, listed, ..rules });
    }
    Ok(())
}
