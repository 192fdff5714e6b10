//! What one run of the command line works with: where each setting came from, the keys, the node.

use std::{
    cell::OnceCell,
    env, fs, io,
    path::{Path, PathBuf},
};

use chortle_kernel::Address;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    options::{Common, Wait},
    output::Format,
};
use crate::{
    Code, Error, Result,
    keys::{Asker, KeyFile, Opened, Store},
    rest::Rest,
    time,
};

/// Where a node's REST server is if nobody says otherwise.
pub const DEFAULT_NODE: &str = "http://127.0.0.1:1317";
/// The profile's file name in the home folder.
pub const PROFILE_FILE: &str = "client.toml";

/// Defaults that the user wrote down.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// REST URL of the node.
    pub node: Option<String>,
    /// File of the authorities that are trusted behind `https`.
    pub ca: Option<PathBuf>,
    /// Key that sends.
    pub from: Option<String>,
    /// How results are written.
    pub output: Option<Format>,
    /// How far commands go.
    pub wait: Option<Wait>,
}

/// One run.
pub struct Session {
    /// Folder of keys and profile.
    pub home: PathBuf,
    /// The user's defaults.
    pub profile: Profile,
    /// How results are written.
    pub format: Format,
    /// The keys.
    pub store: Store,
    /// Where passwords come from.
    pub asker: Asker,
    node: Option<String>,
    ca: Option<PathBuf>,
    rest: OnceCell<Rest>,
}

impl Session {
    /// Settles every setting: flag, then environment, then profile, then default.
    pub fn open(common: Common) -> Result<Self> {
        let home = match common.home {
            Some(home) => home,
            None => default_home()?,
        };
        let profile = read_profile(&home)?;
        Ok(Self {
            format: common.output.or(profile.output).unwrap_or_else(Format::fitting),
            store: Store::at(home.join("keys")),
            asker: Asker::new(common.password_file, common.password_stdin),
            node: common.node,
            ca: common.ca,
            rest: OnceCell::new(),
            profile,
            home,
        })
    }

    /// The node's URL.
    pub fn node(&self) -> &str {
        self.node.as_deref().or(self.profile.node.as_deref()).unwrap_or(DEFAULT_NODE)
    }

    /// The file of the authorities that are trusted behind `https`, if not this machine's.
    fn ca(&self) -> Option<&Path> {
        self.ca.as_deref().or(self.profile.ca.as_deref())
    }

    /// The node.
    pub fn rest(&self) -> Result<&Rest> {
        if self.rest.get().is_none() {
            // Just seen empty, and nothing else sets it.
            let _ = self.rest.set(Rest::trusting(self.node(), self.ca())?);
        }
        self.rest.get().ok_or_else(|| Error::unexpected(Code::HttpClient, "no client was made"))
    }

    /// Now, in milliseconds since 1970: the chain's clock, if it is ahead of this machine's and a node answers.
    pub fn now_unix_ms(&self, offline: bool) -> u64 {
        let chain = || self.rest().and_then(Rest::status).map_or(0, |status| status.time_unix_ms);
        time::now_unix_ms().max(if offline { 0 } else { chain() })
    }

    /// Every setting with where it came from.
    pub fn explain(&self) -> Value {
        let from = |flag: bool, profile: bool| match (flag, profile) {
            (true, _) => "flag or environment",
            (false, true) => "profile",
            (false, false) => "default",
        };
        let node_from = from(self.node.is_some(), self.profile.node.is_some());
        let from_from = from(false, self.profile.from.is_some());
        json!([
            { "setting": "home", "value": self.home, "from": "flag, environment or default" },
            { "setting": "profile", "value": self.home.join(PROFILE_FILE), "from": "home" },
            { "setting": "node", "value": self.node(), "from": node_from },
            { "setting": "ca", "value": self.ca(), "from": from(self.ca.is_some(), self.profile.ca.is_some()) },
            { "setting": "from", "value": self.profile.from, "from": from_from },
        ])
    }

    /// The sender: what the flag says, else the profile, else the only key that can sign.
    pub fn sender(&self, flag: Option<&str>) -> Result<Address> {
        if let Some(text) = flag.or(self.profile.from.as_deref()) {
            return self.store.resolve(text);
        }
        let keys: Vec<KeyFile> = self.store.list()?.into_iter().filter(KeyFile::can_sign).collect();
        match keys.as_slice() {
            [only] => Ok(only.address),
            [] => Err(Error::config(Code::NoKey, "there is no key to sign with")
                .hint("make one with: chortle keys add NAME; on a dev chain: chortle keys add-dev")),
            many => Err(Error::usage(format!("there are {} keys: say which one sends", many.len()))
                .hint("add --from NAME, or set `from` in the profile")),
        }
    }

    /// The key of an account.
    pub fn key_of(&self, address: &Address) -> Result<KeyFile> {
        let found = self.store.list()?.into_iter().find(|key| key.address == *address && key.can_sign());
        found.ok_or_else(|| {
            Error::config(Code::NoKey, format!("there is no key for {address} here"))
                .hint("see the keys with: chortle keys list; import one with: chortle keys import NAME")
        })
    }

    /// Opens a key, asking for the password if need be.
    pub fn unlock(&self, key: &KeyFile) -> Result<Opened> {
        let password = self.asker.password(&format!("Password of '{}': ", key.name))?;
        key.open(password)
    }

    /// The name of an account, if a key or an address of the store has it.
    pub fn names(&self) -> impl Fn(&Address) -> Option<String> + use<> {
        // Names only help reading; a broken store is reported where it is used.
        let keys = self.store.list().unwrap_or_default();
        move |address| keys.iter().find(|key| key.address == *address).map(|key| key.name.clone())
    }
}

fn default_home() -> Result<PathBuf> {
    env::var_os("HOME").map(|home| PathBuf::from(home).join(".chortle")).ok_or_else(|| {
        Error::config(Code::NoHome, "the variable HOME is not set").hint("say where keys are with --home DIR")
    })
}

fn read_profile(home: &Path) -> Result<Profile> {
    let path = home.join(PROFILE_FILE);
    let wrong = |why: String| {
        Error::config(Code::BadProfile, format!("{}: {why}", path.display()))
            .hint("it may set node, from, output and wait")
    };
    match fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).map_err(|error| wrong(error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Profile::default()),
        Err(error) => Err(wrong(error.to_string())),
    }
}
