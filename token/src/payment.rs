//! A payment out of what the tax of an asset gathered. Pure.

use chortle_kernel::{Address, AssetId, Coin, record};

use crate::protocol;

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
