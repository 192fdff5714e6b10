//! `chortle config`: what is set, by what, and how it is changed.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::{output, profile, session::Session};
use crate::{Error, Result, rest::Rest, tls};

#[derive(Subcommand)]
pub enum Command {
    /// Show every setting, and where it came from; so does config alone
    List,
    /// Show what a setting is
    Get {
        /// Its name: node, ca, network, from, output, wait, or networks.NAME.node and so on
        key: String,
    },
    /// Write a setting into the profile
    Set {
        /// Its name: node, ca, network, from, output, wait, or networks.NAME.node and so on
        key: String,
        /// What it is from now on
        value: String,
    },
    /// End a setting of the profile, or all of a network: networks.NAME
    Unset {
        /// Its name
        key: String,
    },
    /// Name a network, and pin the chain that its node says it is of
    AddNetwork {
        /// The network's name, as --network will take it
        name: String,
        /// REST URL of a node
        #[arg(value_name = "URL")]
        url: String,
        /// The hash of the chain's genesis, from somebody you trust; a node of another chain is refused
        #[arg(long, value_name = "HASH")]
        genesis_hash: Option<String>,
    },
}

pub fn run(session: &Session, command: Option<&Command>) -> Result<()> {
    let home = session.home.as_path();
    match command {
        None | Some(Command::List) => output::result(session.format, &session.explain()),
        Some(Command::Get { key }) => get(session, key),
        Some(Command::Set { key, value }) => {
            let value = match key.rsplit('.').next() {
                Some("ca") => absolute(value)?,
                _ => value.clone(),
            };
            profile::set(home, &[(key.clone(), value.clone())])?;
            said(session, key, &value)
        }
        Some(Command::Unset { key }) => {
            if !profile::unset(home, key)? {
                return Err(Error::usage(format!("the profile does not set {key}"))
                    .hint("see what it sets: chortle config list"));
            }
            output::note(&format!("{key} is not set any more"));
            Ok(())
        }
        Some(Command::AddNetwork { name, url, genesis_hash }) => {
            add_network(session, name, url, genesis_hash.as_deref())
        }
    }
}

fn get(session: &Session, key: &str) -> Result<()> {
    let value = match session.effective(key) {
        Some(value) => Some(value),
        None => profile::get(&session.home, key)?,
    };
    let value = value.ok_or_else(|| {
        Error::usage(format!("{key} is not set")).hint(format!("set it: chortle config set {key} VALUE"))
    })?;
    said(session, key, &value)
}

fn said(session: &Session, key: &str, value: &str) -> Result<()> {
    match session.format {
        output::Format::Json => output::result(session.format, &json!({ "setting": key, "value": value })),
        output::Format::Table => output::result(session.format, &Value::from(value)),
    }
}

/// The path from wherever a command is run; a file that cannot be used is refused now.
fn absolute(path: &str) -> Result<String> {
    tls::of_file(Path::new(path))?;
    let whole = std::path::absolute(path).map_err(|error| Error::usage(format!("{path}: {error}")))?;
    let text = whole.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::usage(format!("{} is not UTF-8", whole.display())))
}

fn add_network(session: &Session, name: &str, url: &str, genesis_hash: Option<&str>) -> Result<()> {
    let ca = session.ca().map(|path| absolute(&path.display().to_string())).transpose()?;
    let status = Rest::trusting(url, ca.as_ref().map(PathBuf::from).as_deref())?.status()?;
    let found = status.chain()?;
    if let Some(expected) = genesis_hash {
        let expected = crate::rest::chain_of(&status.chain_id, expected)?;
        super::session::ensure_same(&found, &expected, url, name)?;
    }
    let settings = [
        ("node", Some(url.to_owned())),
        ("ca", ca),
        ("chain_id", Some(status.chain_id.clone())),
        ("genesis_hash", Some(status.genesis_hash.clone())),
    ];
    let settings: Vec<_> = settings
        .into_iter()
        .filter_map(|(key, value)| Some((format!("networks.{name}.{key}"), value?)))
        .collect();
    profile::set(&session.home, &settings)?;
    if genesis_hash.is_none() {
        output::note(
            "compare the genesis hash with what somebody you trust says it is: the node could have lied",
        );
    }
    output::note(&format!("use it with --network {name}, or always: chortle config set network {name}"));
    output::result(
        session.format,
        &json!({
            "network": name, "node": url, "chain_id": status.chain_id, "genesis_hash": status.genesis_hash,
        }),
    )
}
