//! Accounts: 20 bytes, shown as bech32 `lol1…` and as EIP-55 `0x…`; every input accepts both.

use std::{borrow::Cow, fmt, str::FromStr};

use bech32::{Bech32, Hrp};
use borsh::{BorshDeserialize, BorshSerialize};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{AssetId, hash};

/// Human-readable part of a bech32 address.
pub const HRP: &str = "lol";

/// How every account of the protocol begins. A key that hashes to it is as good as never found, and would own nothing
/// but an account that nobody can send to.
pub const PROTOCOL_MARKER: [u8; 8] = *b"chortle/";
/// Longest name of an account of the protocol, in bytes.
pub const PROTOCOL_NAME_MAX: usize = 11;
const OWNED: u8 = 0;
const POOLED: u8 = 1;
const COMMUNITY: u8 = b'c';

/// A 20-byte account address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Address(pub [u8; 20]);

impl Address {
    /// The account of a secp256k1 key, from its 64 uncompressed bytes: the same as on Ethereum.
    pub fn of_secp256k1(uncompressed: &[u8; 64]) -> Self {
        Self::last_20(hash::keccak256(uncompressed))
    }

    /// The account of an ed25519 key.
    pub fn of_ed25519(key: &[u8; 32]) -> Self {
        Self::last_20(hash::tagged("chortle/address/ed25519", key))
    }

    /// An account that the protocol owns, by its name of at most [`PROTOCOL_NAME_MAX`] bytes; no key signs for it.
    pub const fn protocol(name: &str) -> Self {
        Self::marked(OWNED, name)
    }

    /// One whose balance belongs to many whom its module settles: it earns by redistribution, for them.
    pub const fn pooled(name: &str) -> Self {
        Self::marked(POOLED, name)
    }

    /// An account that belongs to an asset, by a letter for its kind.
    pub const fn of_asset(kind: u8, asset: AssetId) -> Self {
        let [a, b, c, d, e, f, g, h] = PROTOCOL_MARKER;
        let [m, n, o, p, q, r, s, t] = asset.0.to_be_bytes();
        Self([a, b, c, d, e, f, g, h, kind, 0, 0, 0, m, n, o, p, q, r, s, t])
    }

    /// The account that the holders of an asset act for. It owns nothing.
    pub const fn community(asset: AssetId) -> Self {
        Self::of_asset(COMMUNITY, asset)
    }

    const fn marked(kind: u8, name: &str) -> Self {
        let [a, b, c, d, e, f, g, h] = PROTOCOL_MARKER;
        let mut letters = [0; PROTOCOL_NAME_MAX];
        let (mut to, mut from) = (letters.as_mut_slice(), name.as_bytes());
        while let ([slot, slots @ ..], [letter, more @ ..]) = (to, from) {
            *slot = *letter;
            (to, from) = (slots, more);
        }
        let [i, j, k, l, m, n, o, p, q, r, s] = letters;
        Self([a, b, c, d, e, f, g, h, kind, i, j, k, l, m, n, o, p, q, r, s])
    }

    /// Whether it is the protocol's: a check of its first bytes.
    pub fn is_protocol(&self) -> bool {
        self.0.starts_with(&PROTOCOL_MARKER)
    }

    /// Whether it is the protocol's and pooled.
    pub fn is_pooled(&self) -> bool {
        self.is_protocol() && self.kind() == POOLED
    }

    /// The letter of its kind, if it belongs to an asset.
    pub fn asset_kind(&self) -> Option<u8> {
        Some(self.kind()).filter(|kind| self.is_protocol() && ![OWNED, POOLED].contains(kind))
    }

    /// The asset that it belongs to, if it belongs to one.
    pub fn asset(&self) -> Option<AssetId> {
        let [.., m, n, o, p, q, r, s, t] = self.0;
        let asset = AssetId(u64::from_be_bytes([m, n, o, p, q, r, s, t]));
        self.asset_kind().map(|_| asset)
    }

    /// Its name, if it is the protocol's and no asset's.
    pub fn protocol_name(&self) -> Option<&str> {
        let [.., i, j, k, l, m, n, o, p, q, r, s] = &self.0;
        let named = self.is_protocol() && self.asset_kind().is_none();
        let length = [i, j, k, l, m, n, o, p, q, r, s].iter().take_while(|letter| ***letter != 0).count();
        let end = PROTOCOL_MARKER.len().checked_add(1)?.checked_add(length)?;
        let letters = self.0.get(PROTOCOL_MARKER.len().checked_add(1)?..end)?;
        std::str::from_utf8(letters).ok().filter(|_| named)
    }

    fn kind(&self) -> u8 {
        let [_, _, _, _, _, _, _, _, kind, ..] = self.0;
        kind
    }

    /// An account that a module holds for others under a name of its choice; no key can sign for it.
    pub fn derived(module: &str, salt: &[u8]) -> Self {
        let mut bytes = module.as_bytes().to_vec();
        bytes.push(0);
        bytes.extend_from_slice(salt);
        Self::last_20(hash::tagged("chortle/address/derived", &bytes))
    }

    fn last_20(hash: hash::Hash) -> Self {
        let mut bytes = [0; 20];
        bytes.iter_mut().zip(hash.iter().skip(12)).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    /// The Ethereum form with its EIP-55 checksum.
    pub fn to_eip55(&self) -> String {
        let lower = hex::encode(self.0);
        let checksum = hex::encode(hash::keccak256(lower.as_bytes()));
        let cased = lower
            .chars()
            .zip(checksum.chars())
            .map(|(digit, check)| if check >= '8' { digit.to_ascii_uppercase() } else { digit });
        "0x".chars().chain(cased).collect()
    }

    fn parse_hex(text: &str, digits: &str) -> Result<Self, String> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| {
            format!("'{text}' is not an address: 0x must be followed by 40 hexadecimal digits")
        })?;
        let address = Self(bytes);
        let mixed =
            digits.bytes().any(|b| b.is_ascii_uppercase()) && digits.bytes().any(|b| b.is_ascii_lowercase());
        if mixed && address.to_eip55() != text {
            // The text under a right checksum would be another account: what is wrong is a digit, not its case.
            return Err(format!(
                "'{text}' is not an address: it fails its checksum, so at least one character is wrong; \
                 copy it again from where it came"
            ));
        }
        Ok(address)
    }

    fn parse_bech32(text: &str) -> Result<Self, String> {
        let (hrp, data) = bech32::decode(text).map_err(|_| unreadable(text))?;
        if hrp.to_lowercase() != HRP {
            return Err(format!("'{text}' belongs to another chain: addresses here begin with {HRP}1"));
        }
        let address = <[u8; 20]>::try_from(data.as_slice())
            .map(Self)
            .map_err(|_| format!("'{text}' holds {} bytes; an address has 20", data.len()))?;
        // bech32m and bech32 share an alphabet; only the canonical text is an address.
        if address.to_string() == text { Ok(address) } else { Err(unreadable(text)) }
    }
}

/// Characters of an address: `lol1` and 38 more.
const TEXT_LEN: usize = 42;
/// What stands behind `lol1`.
const ALPHABET: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Why a text is no address, and what to do: what a person sees first is said first.
fn unreadable(text: &str) -> String {
    let start = format!("'{text}' is not an address:");
    let Some(data) = text.strip_prefix(HRP).and_then(|rest| rest.strip_prefix('1')) else {
        let capitals = text.to_ascii_lowercase().starts_with(&format!("{HRP}1"));
        return format!("{start} write {}", if capitals { "it in small letters" } else { "lol1… or 0x…" });
    };
    if let Some(wrong) = data.chars().find(|one| !ALPHABET.contains(*one)) {
        return format!(
            "{start} '{}' is in none; behind {HRP}1 stand digits and small letters, but no 1, b, i and o: copy it again",
            wrong.escape_default()
        );
    }
    if text.len() != TEXT_LEN {
        return format!("{start} it has {} characters, an address has {TEXT_LEN}: copy it whole", text.len());
    }
    format!("{start} its checksum fails, so a character is wrong: copy it again")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_lower_to_fmt::<Bech32, _>(f, Hrp::parse_unchecked(HRP), &self.0)
            .map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("0x") {
            Some(digits) => Self::parse_hex(text, digits),
            None => Self::parse_bech32(text),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "address", "pattern": "^(lol1[02-9ac-hj-np-z]{38}|0x[0-9a-fA-F]{40})$",
            "description": "An account, as lol1… or 0x…",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mistyped_address_is_refused_and_no_other_is_offered() {
        let right = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
        let wrong = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92267";
        assert!(right.parse::<Address>().is_ok());
        let refusal = wrong.parse::<Address>().unwrap_err();
        assert_eq!(refusal.matches("0x").count(), 1, "only what was written: {refusal}");
        assert!(!refusal.contains("lol1"), "{refusal}");
    }

    #[test]
    fn eip55_follows_the_published_examples() {
        for text in
            ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"]
        {
            assert_eq!(text.parse::<Address>().unwrap().to_eip55(), text);
        }
        assert!("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse::<Address>().is_err());
    }

    #[test]
    fn a_text_that_is_no_address_says_why_and_what_to_do() {
        let good = Address([7; 20]).to_string();
        let swapped = good.replacen("lol1", "lol1q", 1).chars().take(TEXT_LEN).collect::<String>();
        for (text, why) in [
            ("lol1nonsense", "'o' is in none"),
            ("lol1qqqq", "it has 8 characters, an address has 42: copy it whole"),
            (swapped.as_str(), "its checksum fails"),
            ("alice", "write lol1… or 0x…"),
            ("", "write lol1… or 0x…"),
            (good.to_uppercase().as_str(), "write it in small letters"),
            ("lol1\u{e9}", r"'\u{e9}' is in none"),
        ] {
            let said = text.parse::<Address>().unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn an_address_of_another_chain_is_refused() {
        let cosmos = bech32::encode::<Bech32>(Hrp::parse("cosmos").unwrap(), &[7; 20]).unwrap();
        assert!(cosmos.parse::<Address>().unwrap_err().contains("another chain"));
        let long = bech32::encode::<Bech32>(Hrp::parse("lol").unwrap(), &[7; 32]).unwrap();
        assert!(long.parse::<Address>().is_err());
        let other_checksum = bech32::encode::<bech32::Bech32m>(Hrp::parse("lol").unwrap(), &[7; 20]).unwrap();
        assert!(other_checksum.parse::<Address>().is_err());
    }

    #[test]
    fn an_account_of_the_protocol_says_so_itself() {
        const FEES: Address = Address::protocol("fees");
        let (locks, asset) = (Address::pooled("locks"), Address::of_asset(b't', AssetId(7)));
        assert_eq!(FEES.protocol_name(), Some("fees"));
        assert_eq!((locks.protocol_name(), locks.is_pooled()), (Some("locks"), true));
        assert_eq!((asset.protocol_name(), asset.asset_kind()), (None, Some(b't')));
        assert!(FEES.is_protocol() && asset.is_protocol() && !FEES.is_pooled() && !asset.is_pooled());
        assert_eq!(Address::protocol("elevenbytes").protocol_name(), Some("elevenbytes"));
        assert_ne!(Address::protocol("locks"), locks);
        assert_eq!((Address([7; 20]).is_protocol(), Address([7; 20]).protocol_name()), (false, None));
    }

    proptest! {
        #[test]
        fn both_forms_read_back(bytes: [u8; 20]) {
            let address = Address(bytes);
            prop_assert_eq!(address.to_string().parse(), Ok(address));
            prop_assert_eq!(address.to_eip55().parse(), Ok(address));
            prop_assert_eq!(address.to_eip55().to_lowercase().parse(), Ok(address));
        }
    }
}
