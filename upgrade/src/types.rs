//! What an upgrade is. Pure.

use std::collections::BTreeSet;

use chortle_kernel::{List, Reject, Text, ensure, record};

use crate::error::Error;

/// Longest name.
pub const NAME_MAX: usize = 32;
/// Longest name of a platform.
pub const PLATFORM_MAX: usize = 32;
/// Most platforms of an upgrade.
pub const BINARIES_MAX: usize = 8;
/// Longest text that goes with a plan.
pub const INFO_MAX: usize = 500;
/// A SHA-256, in digits.
pub const HASH_DIGITS: usize = 64;
/// How far ahead an upgrade may be: what is farther never comes.
pub const AHEAD_BLOCKS_MAX: u64 = 40_000_000;

record! {
    /// The program of an upgrade for a platform.
    pub struct Binary {
        /// System and processor, as `linux/amd64`.
        pub platform: Text<PLATFORM_MAX>,
        /// SHA-256 of the file, as `sha256sum` prints it.
        pub sha256: Text<HASH_DIGITS>,
    }
}

/// The programs of an upgrade.
pub type Binaries = List<Binary, BINARIES_MAX>;

record! {
    /// An upgrade that is to come.
    pub struct Plan {
        /// Its name: that of the folder in which operators put the program.
        pub name: Text<NAME_MAX>,
        /// Height of the first block that the new program makes.
        pub height: u64,
        /// The new program, for each platform.
        pub binaries: Binaries,
        /// Where to read more.
        pub info: Text<INFO_MAX>,
    }
}

record! {
    /// An upgrade that the chain has had.
    #[derive(Default)]
    pub struct Applied {
        /// Height of the first block by its rules; 0 if the chain was born with them.
        pub height: u64,
        /// The program, as its plan named it; none if there was no plan.
        pub binaries: Binaries,
    }
}

record! {
    /// What governance can set of upgrades.
    #[derive(Copy)]
    #[schemars(rename = "UpgradeParams")]
    pub struct Params {
        /// How many blocks at least lie between the block that plans an upgrade and its height.
        pub notice_blocks: u64,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self { notice_blocks: 1_000 }
    }
}

/// Refuses a name that is no plain folder, in our home and in cosmovisor's alike.
pub fn ensure_name(name: &str) -> Result<(), Reject> {
    let plain = |next: char| next.is_ascii_lowercase() || next.is_ascii_digit();
    let holds = name.len() <= NAME_MAX
        && name.starts_with(plain)
        && name.chars().all(|next| plain(next) || next == '-' || next == '.');
    ensure(holds, Error::MalformedName { name: name.to_owned() })
}

/// Refuses a list of programs that names none, one twice, or a hash that no file has.
pub fn ensure_binaries(binaries: &Binaries) -> Result<(), Reject> {
    ensure(!binaries.is_empty(), Error::NoBinary {})?;
    let mut seen = BTreeSet::new();
    for Binary { platform, sha256 } in binaries.iter() {
        let platform = platform.to_string();
        let plain = |part: &str| {
            !part.is_empty() && part.chars().all(|next| next.is_ascii_lowercase() || next.is_ascii_digit())
        };
        let named =
            platform.split_once('/').is_some_and(|(system, processor)| plain(system) && plain(processor));
        ensure(named, Error::MalformedPlatform { platform: platform.clone() })?;
        let digits = |next: char| next.is_ascii_digit() || matches!(next, 'a'..='f');
        let is_hash = sha256.len() == HASH_DIGITS && sha256.chars().all(digits);
        let is_file = sha256.chars().any(|digit| digit != '0');
        ensure(is_hash && is_file, Error::BadHash { platform: platform.clone() })?;
        ensure(seen.insert(platform.clone()), Error::PlatformTwice { platform })?;
    }
    Ok(())
}

/// Refuses text that could draw on a terminal.
pub fn ensure_info(info: &str) -> Result<(), Reject> {
    ensure(!info.chars().any(char::is_control), Error::BadInfo {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_plain_folder() {
        for name in ["v2", "2", "v2.1.0", "fair-launch", &"a".repeat(NAME_MAX)] {
            ensure_name(name).unwrap();
        }
        let long = "a".repeat(NAME_MAX + 1);
        for name in
            ["", ".", "..", ".hidden", "-rf", "V2", "v 2", "v/2", "../../etc", "v2%2f", "v2\n", "ｖ2", &long]
        {
            assert!(ensure_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn every_platform_has_one_hash_that_a_file_can_have() {
        let binary = |platform: &str, sha256: &str| Binary {
            platform: Text::parse(platform).unwrap(),
            sha256: Text::parse(sha256).unwrap(),
        };
        let of = |binaries: Vec<Binary>| {
            ensure_binaries(&List::parse(binaries).unwrap()).map_err(|reject| reject.number)
        };
        let (a, b) = ("a".repeat(64), "0b".repeat(32));
        assert_eq!(of(vec![binary("linux/amd64", &a), binary("darwin/arm64", &b)]), Ok(()));
        assert_eq!(of(vec![]), Err(3));
        for platform in ["", "linux", "linux/", "/amd64", "linux/amd64/v2", "Linux/amd64", "linux /amd64"] {
            assert_eq!(of(vec![binary(platform, &a)]), Err(4), "{platform}");
        }
        for hash in ["", &"A".repeat(64), &"a".repeat(63), &"0".repeat(64), &"g".repeat(64)] {
            assert_eq!(of(vec![binary("linux/amd64", hash)]), Err(5), "{hash}");
        }
        assert_eq!(of(vec![binary("linux/amd64", &a), binary("linux/amd64", &b)]), Err(6));
    }
}
