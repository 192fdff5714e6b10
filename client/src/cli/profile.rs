//! The profile: what the user wrote down in `client.toml`, and the one way in which it is changed.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use chortle_kernel::tx::ChainRef;
use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Table, value};

use super::{options::Wait, output::Format};
use crate::{
    Code, Error, Result, disk,
    rest::{Rest, chain_of},
};

/// The profile's file name in the home folder.
pub const FILE: &str = "client.toml";
/// What can be set by one word.
pub const KEYS: [&str; 6] = ["node", "ca", "network", "from", "output", "wait"];
/// What can be set of a network, behind `networks.NAME.`.
pub const NETWORK_KEYS: [&str; 4] = ["node", "ca", "chain_id", "genesis_hash"];
/// Longest name of a network.
const NAME_MAX: usize = 32;

/// Defaults that the user wrote down.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// REST URL of the node.
    pub node: Option<String>,
    /// File of the authorities that are trusted behind `https`.
    pub ca: Option<PathBuf>,
    /// The network that is meant if nobody says otherwise.
    pub network: Option<String>,
    /// Key that sends.
    pub from: Option<String>,
    /// How results are written.
    pub output: Option<Format>,
    /// How far commands go.
    pub wait: Option<Wait>,
    /// Networks by name.
    #[serde(default)]
    pub networks: BTreeMap<String, Network>,
}

/// A network: where it is reached, and what its nodes must be of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// REST URL of a node.
    pub node: Option<String>,
    /// File of the authorities that are trusted behind `https`.
    pub ca: Option<PathBuf>,
    /// The chain's name.
    pub chain_id: Option<String>,
    /// The hash of its genesis.
    pub genesis_hash: Option<String>,
}

/// A network that a command goes to.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// REST URL of a node.
    pub node: String,
    /// File of the authorities that are trusted behind `https`.
    pub ca: Option<PathBuf>,
    /// What is pinned.
    pub chain: ChainRef,
}

impl Profile {
    /// Reads the profile of a home folder; there may be none.
    pub fn read(home: &Path) -> Result<Self> {
        let path = home.join(FILE);
        parse(&path, &text_of(&path)?)
    }

    /// The network of this name, whole.
    pub fn named(&self, name: &str) -> Result<Named> {
        let Some(network) = self.networks.get(name) else {
            let known: Vec<_> = self.networks.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let sentence = format!("there is no network '{name}' in the profile; it has {known}");
            return Err(Error::config(Code::UnknownNetwork, sentence)
                .hint(format!("add it: chortle config add-network {name} URL")));
        };
        let lacks = |key: &str| {
            let sentence = format!("the network '{name}' has no {key} in the profile");
            Error::config(Code::UnknownNetwork, sentence)
                .hint(format!("ask a node for it: chortle config add-network {name} URL"))
        };
        let node = network.node.clone().ok_or_else(|| lacks("node"))?;
        let chain_id = network.chain_id.as_deref().ok_or_else(|| lacks("chain_id"))?;
        let genesis_hash = network.genesis_hash.as_deref().ok_or_else(|| lacks("genesis_hash"))?;
        let chain = chain_of(chain_id, genesis_hash)?;
        Ok(Named { name: name.to_owned(), node, ca: network.ca.clone(), chain })
    }
}

fn text_of(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(wrong(path, &error.to_string())),
    }
}

fn parse(path: &Path, text: &str) -> Result<Profile> {
    toml::from_str(text).map_err(|error| wrong(path, &error.to_string()))
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::config(Code::BadProfile, format!("{}: {why}", path.display()))
        .hint(format!("it may set {}, and networks; see them with: chortle config list", KEYS.join(", ")))
}

/// Where a setting stands in the profile: its table, and its name there.
fn place(key: &str) -> Result<Vec<&str>> {
    let parts: Vec<&str> = key.split('.').collect();
    match parts.as_slice() {
        [key] if KEYS.contains(key) => Ok(parts),
        ["networks", name, key] if NETWORK_KEYS.contains(key) => {
            ensure_name(name)?;
            Ok(parts)
        }
        _ => Err(Error::usage(format!("there is no setting '{key}'")).hint(format!(
            "settings are {}, and of each network networks.NAME.{}",
            KEYS.join(", "),
            NETWORK_KEYS.join(", networks.NAME.")
        ))),
    }
}

fn ensure_name(name: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(plain) {
        return Ok(());
    }
    Err(Error::usage(format!("'{}' is not a name for a network", name.escape_debug()))
        .hint("use 1 to 32 of a-z, 0-9, - and _"))
}

/// A value that could never work is refused where it is written, not where it is needed.
fn checked(key: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(
            Error::usage(format!("{key} is empty")).hint(format!("end it: chortle config unset {key}"))
        );
    }
    match key.rsplit('.').next().unwrap_or(key) {
        "node" => Rest::ensure_url(text),
        "chain_id" => chain_of(text, &"0".repeat(64)).map(drop),
        "genesis_hash" => chain_of("any", text).map(drop),
        "network" => ensure_name(text),
        "output" => word::<Format>(key, text),
        "wait" => word::<Wait>(key, text),
        _ => Ok(()),
    }
}

/// Refuses what is none of the words of a setting.
fn word<T: clap::ValueEnum>(key: &str, text: &str) -> Result<()> {
    T::from_str(text, false).map(drop).map_err(|_| {
        let words = T::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value);
        let words: Vec<_> = words.map(|word| word.get_name().to_owned()).collect();
        Error::usage(format!("'{text}' is no value of {key}")).hint(format!("write {}", words.join(" or ")))
    })
}

/// What the profile itself says of a setting.
pub fn get(home: &Path, key: &str) -> Result<Option<String>> {
    let path = home.join(FILE);
    let place = place(key)?;
    Profile::read(home)?;
    let document = document(&path)?;
    let found = place.iter().try_fold(document.as_item(), |item, part| item.get(*part));
    Ok(found.and_then(Item::as_str).map(str::to_owned))
}

/// Writes settings down; what else the file says stays as it is, comments too.
pub fn set(home: &Path, settings: &[(String, String)]) -> Result<()> {
    let path = home.join(FILE);
    let mut document = document(&path)?;
    for (key, text) in settings {
        checked(key, text)?;
        let place = place(key)?;
        let (name, above) = place.split_last().unwrap_or((&"", &[]));
        let mut table = document.as_table_mut();
        for (depth, part) in above.iter().enumerate() {
            let mut inner = Table::new();
            // `[networks]` alone would be an empty line in the file.
            inner.set_implicit(depth == 0);
            let item = table.entry(part).or_insert(Item::Table(inner));
            table = item.as_table_mut().ok_or_else(|| wrong(&path, &format!("{part} is no table")))?;
        }
        match table.get_mut(name).and_then(Item::as_value_mut) {
            // A comment behind it belongs to the setting, not to what it was.
            Some(old) => {
                let decor = old.decor().clone();
                *old = text.as_str().into();
                *old.decor_mut() = decor;
            }
            None => drop(table.insert(name, value(text))),
        }
    }
    write(home, &path, &document)
}

/// Ends a setting, or all of a network by `networks.NAME`; answers whether there was one.
pub fn unset(home: &Path, key: &str) -> Result<bool> {
    let path = home.join(FILE);
    let parts: Vec<&str> = key.split('.').collect();
    let place = if let ["networks", name] = parts.as_slice() {
        ensure_name(name)?;
        parts
    } else {
        place(key)?
    };
    let mut document = document(&path)?;
    let (name, above) = place.split_last().unwrap_or((&"", &[]));
    let table =
        above.iter().try_fold(document.as_table_mut(), |table, part| table.get_mut(part)?.as_table_mut());
    let Some(_) = table.and_then(|table| table.remove(name)) else { return Ok(false) };
    write(home, &path, &document)?;
    Ok(true)
}

fn document(path: &Path) -> Result<DocumentMut> {
    text_of(path)?.parse().map_err(|error: toml_edit::TomlError| wrong(path, &error.to_string()))
}

/// Replaces the file as a whole, once it is known that it can be read.
fn write(home: &Path, path: &Path, document: &DocumentMut) -> Result<()> {
    let text = document.to_string();
    parse(path, &text)?;
    let written = disk::private_folder(home).and_then(|()| disk::replace(path, text.as_bytes()));
    written.map_err(|error| {
        Error::unexpected(Code::File, format!("cannot write {}: {error}", path.display()))
            .hint("see whether the folder is yours and has room")
    })
}
