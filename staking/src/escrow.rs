//! Accounts that staking owns.

use chortle_kernel::Address;

/// Stake of validators in the set.
pub const BONDED: Address = Address::protocol("bonded");
/// Stake of validators outside the set, and stake on its way out.
pub const UNBONDING: Address = Address::protocol("unbonding");
/// Rewards and commission that nobody claimed yet.
pub const REWARDS: Address = Address::protocol("rewards");
