//! Fees that a granter pays without signing for each: the ante asks here, with every check of a transaction.

use chortle_kernel::{Address, AssetId, BlockInfo, Coin, Failure, Sponsored, State};

use crate::{
    grant::{keep_or_remove, usable},
    types::Covers,
};

/// Takes a fee off a grant, and answers who pays it.
pub fn take(state: &mut State, block: &BlockInfo, asked: &Sponsored<'_>) -> Result<Address, Failure> {
    let id = asked.offer;
    let mut grant = usable(state, id, &asked.sender, Covers::Fees, block.time_unix_ms)?;
    grant.ensure_covers(id, asked.calls)?;
    grant.take_uses(id, 1)?;
    grant.spend(id, Coin { asset: AssetId::NATIVE, amount: asked.fee })?;
    keep_or_remove(state, id, &grant)?;
    Ok(grant.granter)
}
