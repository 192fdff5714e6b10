//! What an admin may do: nine bits that only ever fall.

use std::{borrow::Cow, fmt};

use borsh::{BorshDeserialize, BorshSerialize, io};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One thing that can be done with an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// The admin makes more, up to the cap.
    Mint,
    /// Holders end some of what they hold.
    Burn,
    /// The admin stops single accounts from sending and receiving.
    Freeze,
    /// Only accounts on the admin's list send and receive.
    AllowList,
    /// The admin changes the tax and who earns by redistribution.
    Tax,
    /// The admin ends launch limits early.
    Limits,
    /// The admin changes picture and story.
    Metadata,
    /// The admin stops all sends for a few epochs.
    Pause,
    /// The admin moves what others hold.
    ForceTransfer,
}

impl Capability {
    /// Every one, by its bit.
    pub const ALL: [Self; 9] = [
        Self::Mint,
        Self::Burn,
        Self::Freeze,
        Self::AllowList,
        Self::Tax,
        Self::Limits,
        Self::Metadata,
        Self::Pause,
        Self::ForceTransfer,
    ];

    const fn bit(self) -> u16 {
        match self {
            Self::Mint => 1,
            Self::Burn => 2,
            Self::Freeze => 4,
            Self::AllowList => 8,
            Self::Tax => 16,
            Self::Limits => 32,
            Self::Metadata => 64,
            Self::Pause => 128,
            Self::ForceTransfer => 256,
        }
    }

    /// Whether holders who govern an asset use it as its admin does: it is about the asset, not about an account.
    pub const fn is_of_holders(self) -> bool {
        matches!(self, Self::Tax | Self::Limits | Self::Metadata)
    }

    /// Its word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mint => "mint",
            Self::Burn => "burn",
            Self::Freeze => "freeze",
            Self::AllowList => "allow_list",
            Self::Tax => "tax",
            Self::Limits => "limits",
            Self::Metadata => "metadata",
            Self::Pause => "pause",
            Self::ForceTransfer => "force_transfer",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of capabilities. Nothing adds to a set that is stored. JSON shows it as a list of words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize)]
pub struct Capabilities(u16);

impl Capabilities {
    /// None.
    pub const NONE: Self = Self(0);
    const KNOWN: u16 = 511;

    /// These.
    pub const fn of(list: &[Capability]) -> Self {
        let (mut bits, mut rest) = (0, list);
        while let [first, others @ ..] = rest {
            bits |= first.bit();
            rest = others;
        }
        Self(bits)
    }

    /// Whether one is in it.
    pub const fn has(self, one: Capability) -> bool {
        self.0 & one.bit() != 0
    }

    /// Whether there is none in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in one of them.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is left without the others.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Those in it, by bit.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |one| self.has(*one))
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Capability::name).collect();
        f.write_str(&names.join(", "))
    }
}

impl BorshDeserialize for Capabilities {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bits = u16::deserialize_reader(reader)?;
        if bits & !Self::KNOWN != 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a capability that does not exist"));
        }
        Ok(Self(bits))
    }
}

impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Capabilities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Vec::<Capability>::deserialize(deserializer)?;
        let mut set = Self::NONE;
        for one in list {
            if set.has(one) {
                return Err(de::Error::custom(format!("'{one}' is listed twice")));
            }
            set = set.or(Self::of(&[one]));
        }
        Ok(set)
    }
}

impl JsonSchema for Capabilities {
    fn schema_name() -> Cow<'static, str> {
        "Capabilities".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array", "uniqueItems": true, "maxItems": 9,
            "items": generator.subschema_for::<Capability>(),
            "description": "What can be done with the asset",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_reads_back_and_unknown_bits_do_not() {
        let set = Capabilities::of(&[Capability::ForceTransfer, Capability::Mint]);
        assert_eq!(serde_json::to_string(&set).unwrap(), "[\"mint\",\"force_transfer\"]");
        assert_eq!(serde_json::from_str::<Capabilities>("[\"force_transfer\",\"mint\"]").unwrap(), set);
        assert!(serde_json::from_str::<Capabilities>("[\"mint\",\"mint\"]").is_err());
        assert_eq!(chortle_kernel::codec::decode::<Capabilities>(&[1, 1]), Ok(set));
        assert!(chortle_kernel::codec::decode::<Capabilities>(&[0, 2]).is_err());
    }

    #[test]
    fn every_capability_has_a_bit_of_its_own() {
        let all = Capabilities::of(&Capability::ALL);
        assert_eq!(all.0, Capabilities::KNOWN);
        assert_eq!(all.iter().count(), 9);
        assert!(all.without(all).is_empty());
    }
}
