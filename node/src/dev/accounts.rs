//! The accounts of a dev chain, from a phrase that the whole world knows. They guard nothing.

use bip32::{DerivationPath, XPrv};
use bip39::Mnemonic;
use chortle_kernel::Address;
use secp256k1::{PublicKey, SecretKey};

/// The phrase, the same as of the Ethereum tools, so that wallets already know its accounts.
pub const MNEMONIC: &str = "test test test test test test test test test test test junk";
/// How many accounts are funded.
pub const COUNT: u32 = 10;
/// What each holds, in nlol: 1,000,000 LOL.
pub const BALANCE: u64 = 1_000_000_000_000_000;

/// A funded account with its key. No `Debug`: habits for real keys and for these are the same.
pub struct DevAccount {
    /// Its address.
    pub address: Address,
    /// Its secp256k1 key.
    pub secret: [u8; 32],
}

/// Derives the accounts at `m/44'/60'/0'/0/i`.
pub fn derive(mnemonic: &str, count: u32) -> Result<Vec<DevAccount>, String> {
    let seed = Mnemonic::parse(mnemonic).map_err(|error| error.to_string())?.to_seed("");
    (0..count).map(|index| derive_one(&seed, index)).collect()
}

fn derive_one(seed: &[u8; 64], index: u32) -> Result<DevAccount, String> {
    let path: DerivationPath =
        format!("m/44'/60'/0'/0/{index}").parse().map_err(|error: bip32::Error| error.to_string())?;
    let key = XPrv::derive_from_path(seed, &path).map_err(|error| error.to_string())?;
    let secret: [u8; 32] = key.private_key().to_bytes().into();
    let public = SecretKey::from_secret_bytes(secret).map_err(|error| error.to_string())?;
    let uncompressed = PublicKey::from_secret_key(&public).serialize_uncompressed();
    let point = uncompressed.last_chunk().ok_or("a key has 65 bytes")?;
    Ok(DevAccount { address: Address::of_secp256k1(point), secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_accounts_are_the_ones_that_ethereum_tools_print() {
        let accounts = derive(MNEMONIC, 2).unwrap();
        assert_eq!(accounts[0].address.to_eip55(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assert_eq!(accounts[1].address.to_eip55(), "0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
        let first = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
        assert_eq!(hex::encode(accounts[0].secret), first);
    }
}
