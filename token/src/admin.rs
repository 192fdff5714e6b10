//! The admin's role: who may act for an asset.

use chortle_kernel::{Address, AssetId, Reject, ensure};

use crate::{error::Error, types::Asset};

/// Refuses everybody but the admin.
pub(crate) fn ensure_admin(id: AssetId, asset: &Asset, signer: &Address) -> Result<(), Reject> {
    let admin = asset.admin.ok_or(Error::AdminRenounced { asset: id })?;
    ensure(admin == *signer, Error::NotAdmin { asset: id, admin })
}
