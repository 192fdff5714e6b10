//! People and amounts for the tests of single files.

use chortle_kernel::{Address, Amount, AssetId, Coin};

/// The account of a person, or of the protocol.
pub(crate) fn who(name: &str) -> Address {
    match ["alice", "bob", "carol", "dave"].iter().position(|person| *person == name) {
        Some(index) => Address([0xa0 + u8::try_from(index).unwrap(); 20]),
        None => Address::protocol(name),
    }
}

pub(crate) fn amount(base_units: u64) -> Amount {
    Amount::new(base_units).unwrap()
}

pub(crate) fn coin(asset: u64, base_units: u64) -> Coin {
    Coin { asset: AssetId(asset), amount: amount(base_units) }
}
