//! Lists of a genesis section that people add to, one entry at a time, each in a document of their own: as data, so
//! that commands need not know the module.

/// A list that people add to.
#[derive(Clone, Copy)]
pub struct GenesisList {
    /// Its name in the section: `accounts`.
    pub name: &'static str,
    /// What one entry is: `account` makes the command `genesis add-account`.
    pub entry: &'static str,
    /// What adding one does, for people.
    pub help: &'static str,
    /// Fields that together name an entry. Documents that are joined may repeat an entry, and not contradict one.
    pub key: &'static [&'static str],
    /// What a person says of an entry.
    pub fields: &'static [GenesisField],
    /// What is told when one was added, with fields by name in braces.
    pub told: &'static str,
}

/// Something that a person says of an entry.
#[derive(Clone, Copy)]
pub struct GenesisField {
    /// Name of the argument: `self-bond`.
    pub name: &'static str,
    /// Where it stands in the entry, as a JSON pointer: `/description/name`.
    pub pointer: &'static str,
    /// What it is for, for people.
    pub help: &'static str,
    /// How it is written.
    pub form: GenesisForm,
    /// How it is given.
    pub given: Given,
}

/// How a person writes a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenesisForm {
    /// As `lol1…` or `0x…`.
    Address,
    /// An amount of the native coin with its unit: `1000LOL`, `5nlol`.
    Native,
    /// A whole number.
    Number,
    /// Text for people.
    Text,
    /// A validator's public key in base64.
    ConsensusKey,
}

/// How a person gives a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// By its place, in the order of the fields.
    InPlace,
    /// By a flag.
    Flag,
    /// By a flag, or this if it is absent.
    FlagOr(&'static str),
    /// By a flag, or the node's own if it is absent.
    FlagOrOwn,
}
