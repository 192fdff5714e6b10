//! Accounts that staking owns, and what they hold by staking's own books.

use chortle_kernel::{Address, AssetId, Escrow, Halt, Order, ReadState};

use crate::{
    math,
    state::{UNBONDING as LEAVING, VALIDATOR},
};

/// Stake of validators in the set.
pub const BONDED: Address = Address::protocol("bonded");
/// Stake of validators outside the set, and stake on its way out.
pub const UNBONDING: Address = Address::protocol("unbonding");
/// Rewards and commission that nobody claimed yet.
pub const REWARDS: Address = Address::protocol("rewards");

/// Every account that staking owns. Of rewards the balance is the book: every rounding of a claim stays in it.
pub const ESCROWS: &[Escrow] = &[
    Escrow { name: "bonded", address: BONDED, pooled: false, held: Some(|state| lol(stake(state)?.0)) },
    Escrow { name: "unbonding", address: UNBONDING, pooled: false, held: Some(|state| lol(stake(state)?.1)) },
    Escrow { name: "rewards", address: REWARDS, pooled: false, held: None },
];

fn lol(nlol: u128) -> Result<Vec<(AssetId, u128)>, Halt> {
    Ok(vec![(AssetId::NATIVE, nlol)])
}

/// Stake in the set, and all other stake that is still here.
pub(crate) fn stake(state: &dyn ReadState) -> Result<(u128, u128), Halt> {
    let (mut bonded, mut other) = (0u128, 0u128);
    for row in VALIDATOR.iter(state, Order::Ascending) {
        let (_, validator) = row?;
        let sum = if validator.bonded { &mut bonded } else { &mut other };
        *sum = sum.saturating_add(math::wide(validator.tokens));
    }
    for row in LEAVING.iter(state, Order::Ascending) {
        for entry in row?.1 {
            other = other.saturating_add(math::wide(entry.balance));
        }
    }
    Ok((bonded, other))
}
