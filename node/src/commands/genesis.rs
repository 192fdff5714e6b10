//! `chortled genesis`.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use chortle_app::{Registry, genesis as sections};
use chortle_genesis::{Builder, Document};
use chortle_kernel::{Address, Amount, Text, asset};
use chortle_staking::{ConsensusKey, GenesisDelegation, GenesisValidator, types::Description};
use chortle_store::{Identity, Options, Store};
use clap::Subcommand;
use serde_json::Value;

use super::Shared;
use crate::failure::Failure;
use crate::genesis;
use crate::home::{Home, cannot, read_genesis, rehearse_genesis, write};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Gives an account LOL.
    AddAccount {
        /// The account, as lol1… or 0x….
        address: Address,
        /// How much, such as 1000LOL or 5nlol.
        amount: String,
    },
    /// Adds a validator with stake of its own: this home's, or one by its key.
    AddValidator(Founder),
    /// Delegates LOL of an account to a validator.
    AddDelegation {
        /// Whose LOL, as lol1… or 0x….
        delegator: Address,
        /// The validator's operator.
        validator: Address,
        /// How much, such as 1000LOL or 5nlol.
        amount: String,
    },
    /// Joins the validators and accounts of other people's documents of the same chain.
    Collect {
        /// Their documents.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Judges a document; a fault names its line.
    Validate {
        /// The document; this home's own if absent.
        file: Option<PathBuf>,
    },
    /// Shows what names the document: everyone must see the same.
    Hash {
        /// The document; this home's own if absent.
        file: Option<PathBuf>,
    },
    /// Checks that the state of a document, exported, is the same state again.
    ExportImport {
        /// The document; this home's own if absent.
        file: Option<PathBuf>,
    },
}

#[derive(clap::Args)]
struct Founder {
    /// Its operator's account, as lol1… or 0x…: it needs the self-bond in LOL.
    #[arg(long)]
    operator: Address,
    /// Stake of its own, such as 1000LOL.
    #[arg(long)]
    self_bond: String,
    /// Its name, for people.
    #[arg(long, default_value = "validator")]
    name: String,
    /// Where to read more.
    #[arg(long, default_value = "")]
    uri: String,
    /// Its consensus key in base64; this home's own if absent.
    #[arg(long)]
    key: Option<String>,
    /// What it takes of its delegators' rewards, in basis points.
    #[arg(long, default_value_t = 500)]
    commission_bps: u64,
    /// The highest commission that it will ever take.
    #[arg(long, default_value_t = 2_000)]
    ceiling_bps: u64,
    /// The largest rise of its commission at a time.
    #[arg(long, default_value_t = 100)]
    step_bps: u64,
}

impl Founder {
    fn entry(&self, home: &Home) -> Result<GenesisValidator, Failure> {
        let own = || Ok(home.comet().keys().map_err(Failure::unexpected)?.validator_key());
        let key = self.key.as_deref().map_or_else(own, parse_key)?;
        let text =
            |what: &str, text: &str| Failure::usage(format!("{text}: the {what} is too long"), "shorten it");
        Ok(GenesisValidator {
            operator: self.operator,
            key: ConsensusKey(key),
            self_bond: parse_lol(&self.self_bond)?,
            self_bond_min: None,
            commission_bps: self.commission_bps,
            ceiling_bps: self.ceiling_bps,
            step_bps: self.step_bps,
            description: Description {
                name: Text::parse(self.name.clone()).map_err(|_| text("name", &self.name))?,
                uri: Text::parse(self.uri.clone()).map_err(|_| text("URI", &self.uri))?,
            },
        })
    }
}

fn parse_key(text: &str) -> Result<[u8; 32], Failure> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        Failure::usage(
            format!("'{text}' is no consensus key"),
            "`chortled init` prints a node's key in base64",
        )
    })
}

pub(super) fn run(shared: &Shared, args: Args) -> Result<(), Failure> {
    let home = shared.node_home()?;
    let read = |file: Option<PathBuf>| match file {
        Some(file) => read_genesis(home.registry(), &file),
        None => home.read_genesis(),
    };
    match args.step {
        Step::AddAccount { address, amount } => {
            let balance = parse_lol(&amount)?;
            edit(&home, |builder| genesis::add_account(builder, address, balance).map_err(refused))?;
            println!("{address} has {} LOL", balance.to_decimal(asset::NATIVE_DECIMALS));
            Ok(())
        }
        Step::AddValidator(founder) => {
            let entry = founder.entry(&home)?;
            edit(&home, |builder| genesis::add_validator(builder, &entry).map_err(refused))?;
            let bond = entry.self_bond.to_decimal(asset::NATIVE_DECIMALS);
            println!("validator {} of {} bonds {bond} LOL", founder.name, founder.operator);
            Ok(())
        }
        Step::AddDelegation { delegator, validator, amount } => {
            let amount = parse_lol(&amount)?;
            let entry = GenesisDelegation { delegator, validator, amount };
            edit(&home, |builder| genesis::add_delegation(builder, &entry).map_err(refused))?;
            println!("{delegator} delegates {} LOL", amount.to_decimal(asset::NATIVE_DECIMALS));
            Ok(())
        }
        Step::Collect { files } => {
            let others = files
                .iter()
                .map(|file| read_genesis(home.registry(), file))
                .collect::<Result<Vec<_>, _>>()?;
            let lists = [genesis::ACCOUNTS, genesis::VALIDATORS, genesis::DELEGATIONS];
            edit(&home, |builder| builder.collect(&others, &lists).map_err(refused))?;
            let document = home.read_genesis()?;
            let count = genesis::validator_count(&document);
            println!("{count} validators; hash {}", hex::encode(document.hash()));
            Ok(())
        }
        Step::Validate { file } => {
            let document = rehearse_genesis(home.registry(), &file.unwrap_or_else(|| home.genesis()))?;
            println!("the genesis of {} holds; hash {}", document.chain_id, hex::encode(document.hash()));
            Ok(())
        }
        Step::Hash { file } => {
            println!("{}", hex::encode(read(file)?.hash()));
            Ok(())
        }
        Step::ExportImport { file } => {
            let root = export_import(home.registry(), &read(file)?)?;
            println!("export and import agree; root {}", hex::encode(root));
            Ok(())
        }
    }
}

/// Changes this home's document; one that no longer holds is not written.
fn edit(home: &Home, change: impl FnOnce(&mut Builder) -> Result<(), Failure>) -> Result<(), Failure> {
    if home.genesis_mark().exists() {
        return Err(Failure::config(
            "this home has run already: its genesis is history",
            "change a running chain by governance, or start a new chain in an empty home",
        ));
    }
    let mut builder = Builder::from(home.read_genesis()?);
    change(&mut builder)?;
    let path = home.genesis();
    let next = path.with_extension("json.new");
    let text = builder.build().to_json();
    write(&next, &text)?;
    let rehearsed = rehearse_genesis(home.registry(), &next);
    fs::remove_file(&next).map_err(|error| cannot(&next, &error))?;
    rehearsed?;
    write(&path, &text)
}

fn refused(error: chortle_genesis::BuildError) -> Failure {
    Failure::config(error.to_string(), "`chortled genesis validate` shows what the document holds")
}

/// Exact, or refused.
fn parse_lol(text: &str) -> Result<Amount, Failure> {
    let (number, decimals) = match (text.strip_suffix("nlol"), text.strip_suffix("LOL")) {
        (Some(number), _) => (number, 0),
        (None, Some(number)) => (number, asset::NATIVE_DECIMALS),
        (None, None) => {
            return Err(Failure::usage(format!("'{text}' has no unit"), "write 1000LOL or 5nlol"));
        }
    };
    Amount::parse_decimal(number.trim_end(), decimals)
        .map_err(|error| Failure::usage(error, "write 1000LOL or 5nlol"))
}

fn export_import(registry: &'static Registry, document: &Document) -> Result<[u8; 32], Failure> {
    let first = state_of(registry, document, &Value::Object(document.app_state.clone()))?;
    let exported = sections::export(registry, &first.latest()).map_err(Failure::unexpected)?;
    let second = state_of(registry, document, &exported)?;
    let root = |store: &Store| store.committed().map(|committed| committed.app_hash);
    match (root(&first), root(&second)) {
        (Some(before), Some(after)) if before == after => Ok(before),
        (before, after) => Err(Failure::unexpected(format!(
            "the export of this genesis gives another state: {before:?} before, {after:?} after"
        ))),
    }
}

fn state_of(registry: &'static Registry, document: &Document, app_state: &Value) -> Result<Store, Failure> {
    let store = Store::memory(Options::default()).map_err(Failure::unexpected)?;
    let mut state = chortle_kernel::State::over(std::sync::Arc::new(store.latest()));
    let start = sections::Start {
        chain_id: &document.chain_id,
        initial_height: document.initial_height.0,
        time_unix_ms: 0,
        engine: &genesis::engine(document),
        validators: &[],
        sections: app_state,
    };
    sections::init(registry, &start, &mut state).map_err(Failure::unexpected)?;
    // An export says the same in other words, and words are what the hash of a genesis is of.
    chortle_app::state::GENESIS.remove(&mut state);
    let identity = Identity { chain_id: document.chain_id.clone(), genesis_hash: document.hash() };
    store
        .init_genesis(&identity, document.initial_height.0, state.into_writes())
        .map_err(Failure::unexpected)?;
    Ok(store)
}
