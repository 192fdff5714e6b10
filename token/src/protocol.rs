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

/// Holds what locks hold.
pub const LOCKS: Address = Address([
    0xf6, 0xe3, 0x11, 0x16, 0xf7, 0x39, 0x62, 0xe3, 0x8b, 0xde, 0x1c, 0x2b, 0x09, 0xa2, 0x86, 0xe5, 0xbe,
    0x0f, 0xc3, 0xf9,
]);
/// Holds what airdrops have promised.
pub const AIRDROPS: Address = Address([
    0x9e, 0x98, 0xcb, 0x90, 0x82, 0xe7, 0xd8, 0x99, 0x25, 0x7a, 0x0f, 0x48, 0xc2, 0xb4, 0xfc, 0xde, 0x57,
    0x3b, 0x5d, 0x1e,
]);

/// Every protocol account with its name.
pub const ALL: &[(&str, Address)] = &[
    ("fees", FEES),
    ("treasury", TREASURY),
    ("governance", GOVERNANCE),
    ("locks", LOCKS),
    ("airdrops", AIRDROPS),
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
