//! What can be read: one function for REST, command line and explorer.

use chortle_kernel::QueryKind;

mod accounts;
mod asset;
mod history;
mod holders;
mod merge;
mod safety;

pub use accounts::{AccountRow, Accounts};
pub use asset::{
    AccountAnswer, AccountOf, AssetAnswer, BalanceAnswer, BalanceOf, Balances, DueAnswer, LookAlikes,
    NameLookAlikes, Parameters, RulesAnswer, Supply, SupplyAnswer, Token, Tokens, find, percent,
};
pub use history::{Created, SupplyHistory, SupplyPoint};
pub use holders::{HolderAnswer, Holders};
pub use safety::{CreatedAnswer, HolderFact, Proven, Safety, SafetyAnswer};

/// Every read.
pub const QUERIES: &[QueryKind] = &[
    QueryKind::of::<Tokens>(),
    QueryKind::of::<Token>(),
    QueryKind::of::<Supply>(),
    QueryKind::of::<LookAlikes>(),
    QueryKind::of::<Parameters>(),
    QueryKind::of::<AccountOf>(),
    QueryKind::of::<Accounts>(),
    QueryKind::of::<Balances>(),
    QueryKind::of::<BalanceOf>(),
    QueryKind::of::<Holders>(),
    QueryKind::of::<SupplyHistory>(),
    QueryKind::of::<Created>(),
    QueryKind::of::<Safety>(),
    QueryKind::of::<NameLookAlikes>(),
];
