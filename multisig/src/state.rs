//! The key table.

use chortle_kernel::{Address, AssetId, KeyRow, Map};

use crate::types::{Account, Content, Open, Proposal, Spent};

/// Every shared account that was made known; never removed.
pub const ACCOUNT: Map<Address, Account> = Map::new("multisig/account");
/// Number of an account's next proposal. Only grows; absent before the first.
pub const NEXT_ID: Map<Address, u64> = Map::new("multisig/next_id");
/// Proposals that are open, by account and number.
pub const PROPOSAL: Map<(Address, u64), Proposal> = Map::new("multisig/proposal");
/// What they say.
pub const CONTENT: Map<(Address, u64), Content> = Map::new("multisig/content");
/// How many proposals a member has open, by account and member; absent if none was ever made.
pub const OPEN: Map<(Address, Address), Open> = Map::new("multisig/open");
/// What a member sent by itself lately, by account, member and asset.
pub const SPENT: Map<(Address, Address, AssetId), Spent> = Map::new("multisig/spent");
/// Accounts by member: for queries.
pub const BY_MEMBER: Map<(Address, Address), ()> = Map::new("~multisig/by_member");

/// Every row.
pub const KEYS: &[KeyRow] =
    &[ACCOUNT.row(), NEXT_ID.row(), PROPOSAL.row(), CONTENT.row(), OPEN.row(), SPENT.row(), BY_MEMBER.row()];
