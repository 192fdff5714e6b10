//! Who pays out of an asset's treasury and liquidity account: its holders where they govern it, else its admin, who
//! announces it, and where nobody is admin the chain's governance.

use chortle_kernel::{Address, AssetId, Ctx, Failure, Origin, Reject, ensure};

use crate::{
    error::Error,
    ledger,
    payment::{AnnouncedPayment, Payment},
    types::Asset,
};

/// Who pays out of the accounts of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// Its holders, by a proposal.
    Holders,
    /// Its admin, by an announcement.
    Admin(Address),
    /// The chain's governance.
    Governance,
}

impl Keeper {
    /// Of an asset.
    pub fn of(asset: &Asset) -> Self {
        match asset.admin {
            _ if asset.template.is_community() => Self::Holders,
            Some(admin) => Self::Admin(admin),
            None => Self::Governance,
        }
    }

    fn said(self) -> &'static str {
        match self {
            Self::Holders => "its holders, by a proposal",
            Self::Admin(_) => "its admin, who announces it",
            Self::Governance => "governance",
        }
    }

    /// As the refusal of everybody else.
    pub fn refuse(self, asset: AssetId) -> Reject {
        Error::NotKeeper { asset, keeper: self.said() }.into()
    }
}

/// Refuses whoever does not keep an asset's accounts by proposals: all but its holders, or governance.
pub(crate) fn ensure_proposed(ctx: &Ctx<'_>, id: AssetId) -> Result<(), Failure> {
    let keeper = Keeper::of(&ledger::asset(ctx.state, id)?);
    let right = match keeper {
        Keeper::Holders => ctx.origin == Origin::Community(id),
        Keeper::Admin(_) => false,
        Keeper::Governance => ctx.origin == Origin::Governance,
    };
    if right { Ok(()) } else { Err(keeper.refuse(id).into()) }
}

/// Pays what an admin announced, if its epoch has come.
pub(crate) fn pay(ctx: &mut Ctx<'_>, id: AssetId, announced: AnnouncedPayment) -> Result<(), Failure> {
    let AnnouncedPayment { payment: Payment { leg, to, coin }, epoch, .. } = announced;
    ensure(ctx.block.epoch >= epoch, Error::PaymentEarly { asset: id, epoch })?;
    ledger::pay_from(ctx, &leg.account(id), &to, coin)
}
