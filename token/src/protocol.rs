//! Accounts that the protocol owns: no key signs for them, no user can send to them, no admin touches them.
//!
//! A later module adds its line to [`ALL`]; the addresses are written out so that a transfer compares bytes instead
//! of hashing names, and a test holds them to [`Address::protocol`].

use chortle_kernel::{Address, Reject};

use crate::error::Error;

/// Collects fees until staking distributes them.
pub const FEES: Address = Address([
    0xa6, 0x5c, 0x92, 0x7b, 0xef, 0xdd, 0x4c, 0x0e, 0xb8, 0x91, 0x71, 0xd8, 0x79, 0xf8, 0xe6, 0x75, 0x04,
    0xbb, 0x36, 0xe4,
]);
/// What the chain owns and governance spends.
pub const TREASURY: Address = Address([
    0x0e, 0x44, 0x04, 0x07, 0xbc, 0x00, 0xeb, 0x66, 0x39, 0x42, 0x9e, 0x94, 0x2e, 0xd2, 0x4f, 0x39, 0xc4,
    0x35, 0x7f, 0x22,
]);
/// On whose behalf passed proposals run.
pub const GOVERNANCE: Address = Address([
    0x0b, 0x8a, 0x9d, 0xb8, 0xc9, 0x6d, 0xeb, 0xe7, 0x6a, 0xfb, 0x4f, 0x3d, 0xeb, 0x44, 0x6e, 0xc7, 0xf8,
    0x83, 0xd6, 0x39,
]);
/// Stake of validators in the set.
pub const BONDED: Address = Address([
    0xc1, 0x4c, 0x46, 0x6f, 0x53, 0xbf, 0x9e, 0x59, 0x3f, 0x41, 0x49, 0x5e, 0x6d, 0xdc, 0x37, 0x96, 0x7a,
    0x64, 0x29, 0xce,
]);
/// Stake of validators outside the set, and stake on its way out.
pub const UNBONDING: Address = Address([
    0x24, 0xcd, 0x56, 0x2e, 0x21, 0xc7, 0x42, 0x9f, 0x49, 0x6e, 0x25, 0x1a, 0x3d, 0x2c, 0x69, 0x37, 0x5d,
    0xfc, 0x04, 0x27,
]);
/// Rewards and commission that nobody claimed yet.
pub const REWARDS: Address = Address([
    0xf9, 0x1c, 0x90, 0xb4, 0x9f, 0x65, 0x22, 0x5f, 0xa5, 0x68, 0xb5, 0x3a, 0xda, 0x1f, 0x1b, 0xbb, 0x63,
    0xc5, 0xbc, 0x14,
]);

/// Every protocol account with its name.
pub const ALL: &[(&str, Address)] = &[
    ("fees", FEES),
    ("treasury", TREASURY),
    ("governance", GOVERNANCE),
    ("bonded", BONDED),
    ("unbonding", UNBONDING),
    ("rewards", REWARDS),
];

/// The name of a protocol account, if it is one.
pub fn name(address: &Address) -> Option<&'static str> {
    ALL.iter().find(|(_, account)| account == address).map(|(name, _)| *name)
}

/// Refuses a protocol account where a user names a recipient.
pub fn ensure_user_account(address: &Address) -> Result<(), Reject> {
    match name(address) {
        Some(name) => Err(Error::ProtocolAccount { account: *address, name }.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_addresses_are_those_of_the_names() {
        for (name, address) in ALL {
            assert_eq!(Address::protocol(name), *address, "{name} is {:#04x?}", Address::protocol(name).0);
        }
    }
}
