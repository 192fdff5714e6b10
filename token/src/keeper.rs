//! Who pays out of an asset's treasury and liquidity account: its holders where they govern it, else its admin, who
//! announces it, and where nobody is admin the chain's governance.

use chortle_kernel::{Address, AssetId, Coin, Ctx, Failure, Origin, Reject, ensure, record};

use crate::{error::Error, ledger, protocol, types::Asset};

record! {
    /// An account of an asset that parts of its tax fill.
    #[derive(Copy)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum Leg {
        /// Its treasury.
        Treasury = 0,
        /// Where the liquidity part gathers.
        Liquidity = 1,
    }
}

impl Leg {
    /// Its account.
    pub fn account(self, asset: AssetId) -> Address {
        match self {
            Self::Treasury => protocol::treasury_of(asset),
            Self::Liquidity => protocol::liquidity_of(asset),
        }
    }
}

record! {
    /// A payment out of what an asset's tax gathered.
    #[derive(Copy)]
    pub struct Payment {
        /// Out of which account.
        pub leg: Leg,
        /// Who gets it: any account but the protocol's.
        pub to: Address,
        /// What: of the asset itself or of any other that the account holds.
        pub coin: Coin,
    }
}

record! {
    /// A payment that an admin announced.
    #[derive(Copy)]
    pub struct AnnouncedPayment {
        /// What.
        pub payment: Payment,
        /// By whom: it is void under another admin.
        pub by: Address,
        /// From which epoch on it can be made.
        pub epoch: u64,
    }
}

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
