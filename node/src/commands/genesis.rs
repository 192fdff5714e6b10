//! `chortled genesis`.

use std::fs;
use std::path::PathBuf;

use chortle_app::genesis as sections;
use chortle_genesis::{Builder, Document};
use chortle_kernel::{Address, Amount, asset};
use chortle_store::{Identity, Options, Store};
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Shared, init};
use crate::failure::Failure;
use crate::home::{Home, cannot, read_genesis, write};

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
    /// Adds a validator: this home's own, or one by its key.
    AddValidator {
        /// Its name, for people.
        #[arg(long, default_value = "validator")]
        name: String,
        /// Its consensus key in base64; this home's own if absent.
        #[arg(long)]
        key: Option<String>,
        /// Its voting power.
        #[arg(long, default_value_t = 10)]
        power: u64,
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

pub(super) fn run(shared: &Shared, args: Args) -> Result<(), Failure> {
    let home = shared.node_home()?;
    let read = |file: Option<PathBuf>| match file {
        Some(file) => read_genesis(&file),
        None => home.read_genesis(),
    };
    match args.step {
        Step::AddAccount { address, amount } => {
            let balance = parse_lol(&amount)?;
            edit(&home, |builder| add_account(builder, address, balance))?;
            println!("{address} has {} LOL", balance.to_decimal(asset::NATIVE_DECIMALS));
            Ok(())
        }
        Step::AddValidator { name, key, power } => {
            let key = match key {
                Some(key) => key,
                None => init::validator_key_base64(&home.comet().keys().map_err(Failure::unexpected)?),
            };
            edit(&home, |builder| builder.add_validator(&name, &key, power).map_err(refused))?;
            println!("validator {name} has power {power}");
            Ok(())
        }
        Step::Collect { files } => {
            let others = files.iter().map(|file| read_genesis(file)).collect::<Result<Vec<_>, _>>()?;
            edit(&home, |builder| collect(builder, &others))?;
            let document = home.read_genesis()?;
            println!("{} validators; hash {}", document.validators.len(), hex::encode(document.hash()));
            Ok(())
        }
        Step::Validate { file } => {
            let document = read(file)?;
            println!("the genesis of {} holds; hash {}", document.chain_id, hex::encode(document.hash()));
            Ok(())
        }
        Step::Hash { file } => {
            println!("{}", hex::encode(read(file)?.hash()));
            Ok(())
        }
        Step::ExportImport { file } => {
            let root = export_import(&read(file)?)?;
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
    write(&next, &builder.build().to_json())?;
    if let Err(failure) = read_genesis(&next) {
        fs::remove_file(&next).map_err(|error| cannot(&next, &error))?;
        return Err(failure);
    }
    fs::rename(&next, &path).map_err(|error| cannot(&path, &error))
}

/// Gives an account of a document LOL.
fn add_account(builder: &mut Builder, address: Address, balance: Amount) -> Result<(), Failure> {
    let entry = json!({ "address": address, "balance": balance });
    builder.add_entry("token", "accounts", "address", entry).map_err(refused)
}

fn collect(builder: &mut Builder, others: &[Document]) -> Result<(), Failure> {
    builder.collect(others).map_err(refused)?;
    let known = |builder: &Builder, entry: &Value| {
        let document = builder.clone().build();
        let accounts = document.app_state.get("token").and_then(|token| token.get("accounts"));
        accounts.and_then(Value::as_array).is_some_and(|accounts| accounts.contains(entry))
    };
    for other in others {
        let accounts = other.app_state.get("token").and_then(|token| token.get("accounts"));
        for entry in accounts.and_then(Value::as_array).into_iter().flatten() {
            if !known(builder, entry) {
                builder.add_entry("token", "accounts", "address", entry.clone()).map_err(refused)?;
            }
        }
    }
    Ok(())
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

fn export_import(document: &Document) -> Result<[u8; 32], Failure> {
    let first = state_of(document, &Value::Object(document.app_state.clone()))?;
    let exported = sections::export(&first.latest()).map_err(Failure::unexpected)?;
    let second = state_of(document, &exported)?;
    let root = |store: &Store| store.committed().map(|committed| committed.app_hash);
    match (root(&first), root(&second)) {
        (Some(before), Some(after)) if before == after => Ok(before),
        (before, after) => Err(Failure::unexpected(format!(
            "the export of this genesis gives another state: {before:?} before, {after:?} after"
        ))),
    }
}

fn state_of(document: &Document, app_state: &Value) -> Result<Store, Failure> {
    let store = Store::memory(Options::default()).map_err(Failure::unexpected)?;
    let mut state = chortle_kernel::State::over(std::sync::Arc::new(store.latest()));
    let block = chortle_kernel::BlockInfo { chain_id: document.chain_id.clone(), ..Default::default() };
    let gas_max = document.consensus_params.block.max_gas.0;
    sections::init(app_state, &block, gas_max, &mut state).map_err(Failure::unexpected)?;
    let identity = Identity { chain_id: document.chain_id.clone(), genesis_hash: document.hash() };
    store
        .init_genesis(&identity, document.initial_height.0, state.into_writes())
        .map_err(Failure::unexpected)?;
    Ok(store)
}
