//! What one run of the command line works with: where each setting came from, the keys, the node.

use std::{
    cell::OnceCell,
    env,
    path::{Path, PathBuf},
};

use chortle_kernel::{Address, hash, tx::ChainRef};
use serde_json::{Value, json};

use super::{
    options::{Common, Wait},
    output::Format,
    profile::{self, Named, Profile},
};
use crate::{
    Code, Error, Result,
    keys::{Asker, KeyFile, Opened, Store},
    rest::Rest,
    time,
};

/// Where a node's REST server is if nobody says otherwise.
pub const DEFAULT_NODE: &str = "http://127.0.0.1:1317";
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
    /// The network that is meant, and its name; a command that asks no node needs not have it whole.
    network: Result<Option<Named>>,
    network_name: Option<String>,
    /// Whether the command or the environment names it.
    network_asked: bool,
    rest: OnceCell<Rest>,
}

impl Session {
    /// Settles every setting: flag, then environment, then profile, then default.
    pub fn open(common: Common) -> Result<Self> {
        let home = match common.home {
            Some(home) => home,
            None => default_home()?,
        };
        let profile = Profile::read(&home)?;
        let network_asked = common.network.is_some();
        let network_name = common.network.or_else(|| profile.network.clone());
        let network = network_name.as_deref().map(|name| profile.named(name)).transpose();
        Ok(Self {
            format: common.output.or(profile.output).unwrap_or_else(Format::fitting),
            store: Store::at(home.join("keys")),
            asker: Asker::new(common.password_file, common.password_stdin),
            node: common.node,
            ca: common.ca,
            network,
            network_name,
            network_asked,
            rest: OnceCell::new(),
            profile,
            home,
        })
    }

    /// The node's URL: what the command or the environment says, else the network's, else the profile's.
    pub fn node(&self) -> &str {
        let network = self.network().map(|network| network.node.as_str());
        self.node.as_deref().or(network).or(self.profile.node.as_deref()).unwrap_or(DEFAULT_NODE)
    }

    /// The network that is meant, if the profile has it whole.
    fn network(&self) -> Option<&Named> {
        self.network.as_ref().ok()?.as_ref()
    }

    /// The file of the authorities that are trusted behind `https`, if not this machine's.
    pub fn ca(&self) -> Option<&Path> {
        let network = self.network().and_then(|network| network.ca.as_deref());
        self.ca.as_deref().or(network).or(self.profile.ca.as_deref())
    }

    /// The node. One of another chain than the network that was named is refused before anything is asked of it.
    pub fn rest(&self) -> Result<&Rest> {
        if self.rest.get().is_none() {
            let rest = Rest::trusting(self.node(), self.ca())?;
            if self.network.as_ref().map_err(Error::clone)?.is_some() {
                self.ensure_network(&rest.status()?.chain()?)?;
            }
            // Just seen empty, and nothing else sets it.
            let _ = self.rest.set(rest);
        }
        self.rest.get().ok_or_else(|| Error::unexpected(Code::HttpClient, "no client was made"))
    }

    /// Refuses what is for another chain than the network that was named.
    pub fn ensure_network(&self, found: &ChainRef) -> Result<()> {
        match self.network.as_ref().map_err(Error::clone)? {
            Some(network) => ensure_same(found, &network.chain, self.node(), &network.name),
            None => Ok(()),
        }
    }

    /// Now, in milliseconds since 1970: the chain's clock, if it is ahead of this machine's and a node answers.
    pub fn now_unix_ms(&self, offline: bool) -> u64 {
        let chain = || self.rest().and_then(Rest::status).map_or(0, |status| status.time_unix_ms);
        time::now_unix_ms().max(if offline { 0 } else { chain() })
    }

    /// Every setting with where it came from.
    pub fn explain(&self) -> Value {
        let profile = &self.profile;
        let of_network = self.network().map(|network| format!("network {}", network.name));
        let from = |flag: bool, network: bool, profile: bool| match (flag, &of_network) {
            (true, _) => "flag or environment".to_owned(),
            (false, Some(name)) if network => name.clone(),
            _ if profile => "profile".to_owned(),
            _ => "default".to_owned(),
        };
        let row = |setting: &str, value: Value, from: String| -> Value {
            json!({ "setting": setting, "value": value, "from": from })
        };
        let word = |value: Option<String>| Value::from(value);
        let network_ca = self.network().is_some_and(|network| network.ca.is_some());
        let mut rows = vec![
            row("home", json!(self.home), "flag, environment or default".to_owned()),
            row("profile", json!(self.home.join(profile::FILE)), "home".to_owned()),
            row("node", json!(self.node()), from(self.node.is_some(), true, profile.node.is_some())),
            row("ca", json!(self.ca()), from(self.ca.is_some(), network_ca, profile.ca.is_some())),
            row(
                "network",
                word(self.network_name.clone()),
                from(self.network_asked, false, profile.network.is_some()),
            ),
            row("from", word(profile.from.clone()), from(false, false, profile.from.is_some())),
            row("output", word(self.effective("output")), from(false, false, profile.output.is_some())),
            row("wait", word(self.effective("wait")), from(false, false, profile.wait.is_some())),
        ];
        for (name, network) in &profile.networks {
            let of = |key: &str, value: Option<String>| {
                row(&format!("networks.{name}.{key}"), word(value), "profile".to_owned())
            };
            let ca = network.ca.as_ref().map(|path| path.display().to_string());
            rows.push(of("node", network.node.clone()));
            rows.extend(ca.map(|ca| of("ca", Some(ca))));
            rows.push(of("chain_id", network.chain_id.clone()));
            rows.push(of("genesis_hash", network.genesis_hash.clone()));
        }
        Value::Array(rows)
    }

    /// What a setting comes to for this command, if it is one that commands settle.
    pub fn effective(&self, key: &str) -> Option<String> {
        match key {
            "node" => Some(self.node().to_owned()),
            "ca" => self.ca().map(|path| path.display().to_string()),
            "network" => self.network_name.clone(),
            "output" => Some(self.profile.output.unwrap_or_else(Format::fitting).name().to_owned()),
            "wait" => Some(self.profile.wait.unwrap_or(Wait::Included).name().to_owned()),
            _ => None,
        }
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

    /// An account for people: by the name that this home has for it, with the address; else by the address.
    pub fn called(&self, address: &Address) -> String {
        self.names()(address).map_or_else(|| address.to_string(), |name| format!("{name} ({address})"))
    }
}

/// Refuses a chain that is not the one that is pinned under this name.
pub fn ensure_same(found: &ChainRef, pinned: &ChainRef, url: &str, name: &str) -> Result<()> {
    if found == pinned {
        return Ok(());
    }
    let shown = |chain: &ChainRef| format!("{} with genesis {}", &*chain.id, hash::to_hex(&chain.genesis));
    let sentence = format!("'{name}' is the chain {}; {url} is of {}", shown(pinned), shown(found));
    Err(Error::config(Code::WrongNetwork, sentence).hint(format!(
        "nothing was signed: check --node and --network; if the network was begun anew, add it again: \
         chortle config add-network {name} URL"
    )))
}

fn default_home() -> Result<PathBuf> {
    env::var_os("HOME").map(|home| PathBuf::from(home).join(".chortle")).ok_or_else(|| {
        Error::config(Code::NoHome, "the variable HOME is not set").hint("say where keys are with --home DIR")
    })
}
