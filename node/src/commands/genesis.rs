//! `chortled genesis`.

use std::path::PathBuf;

use chortle_app::{MODULES, Registry, genesis as sections};
use chortle_genesis::{Builder, Document};
use chortle_kernel::{GenesisField, GenesisList, Given};
use chortle_store::{Identity, Options, Store};
use clap::{Arg, ArgMatches, Command, FromArgMatches, Subcommand};
use serde_json::Value;

use super::{Shared, init};
use crate::failure::Failure;
use crate::genesis;
use crate::home::{Home, read_genesis, rehearse_genesis, write};
use crate::signer;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    step: Step,
}

/// Adding to a list of a module, or one of the steps that every chain has.
enum Step {
    Add(&'static GenesisList, ArgMatches),
    Fixed(Fixed),
}

#[derive(Subcommand)]
enum Fixed {
    /// Joins the entries that other people added to their documents of the same chain.
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

fn command_of(list: &GenesisList) -> Command {
    let command = Command::new(format!("add-{}", list.entry)).about(list.help);
    list.fields.iter().fold(command, |command, field| {
        let arg =
            Arg::new(field.name).help(field.help).value_name(field.name.to_uppercase().replace('-', "_"));
        command.arg(match field.given {
            Given::InPlace => arg.required(true),
            Given::Flag => arg.long(field.name).required(true),
            Given::FlagOr(default) => arg.long(field.name).default_value(default),
            Given::FlagOrOwn => arg.long(field.name),
        })
    })
}

impl FromArgMatches for Step {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let list_of = |name: &str| {
            let mut lists = sections::lists(&MODULES).map(|(_, list)| list);
            lists.find(|list| name.strip_prefix("add-") == Some(list.entry))
        };
        match matches.subcommand().and_then(|(name, inner)| Some((list_of(name)?, inner))) {
            Some((list, inner)) => Ok(Self::Add(list, inner.clone())),
            None => Fixed::from_arg_matches(matches).map(Self::Fixed),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Step {
    fn augment_subcommands(command: Command) -> Command {
        let lists = sections::lists(&MODULES).map(|(_, list)| command_of(list));
        Fixed::augment_subcommands(command.subcommands(lists))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name.starts_with("add-") || Fixed::has_subcommand(name)
    }
}

/// Adds an entry to a list, and tells it.
fn add(home: &Home, list: &GenesisList, given: &ArgMatches) -> Result<(), Failure> {
    let found = genesis::lists(home.registry()).find(|(_, other)| other.entry == list.entry);
    let (place, list) = found.ok_or_else(|| Failure::usage("this chain has no such list", "leave it out"))?;
    home.require()?;
    let needs_own = |field: &GenesisField| {
        matches!(field.given, Given::FlagOrOwn) && given.get_one::<String>(field.name).is_none()
    };
    if list.fields.iter().any(needs_own) {
        home.comet().keys().map_err(|error| signer::no_keys(&error))?;
    }
    let own = || {
        let keys = home.comet().keys().map_err(|error| error.to_string())?;
        Ok(init::validator_key_base64(&keys))
    };
    let (entry, told) =
        genesis::entry(list, |name| given.get_one::<String>(name).cloned(), own).map_err(|error| {
            Failure::usage(error, format!("`chortled genesis add-{} --help` shows what it takes", list.entry))
        })?;
    edit(home, |builder| builder.add_entry(&place, entry).map_err(refused))?;
    println!("{told}");
    Ok(())
}

pub(super) fn run(shared: &Shared, args: Args) -> Result<(), Failure> {
    let home = shared.node_home()?;
    let read = |file: Option<PathBuf>| match file {
        Some(file) => read_genesis(home.registry(), &file),
        None => home.read_genesis(),
    };
    let step = match args.step {
        Step::Add(list, given) => return add(&home, list, &given),
        Step::Fixed(step) => step,
    };
    match step {
        Fixed::Collect { files } => {
            let others = files
                .iter()
                .map(|file| read_genesis(home.registry(), file))
                .collect::<Result<Vec<_>, _>>()?;
            let lists: Vec<_> = genesis::lists(home.registry()).map(|(place, _)| place).collect();
            edit(&home, |builder| builder.collect(&others, &lists).map_err(refused))?;
            let document = home.read_genesis()?;
            let count = genesis::validator_count(home.registry(), &document);
            println!("{count} validators; hash {}", hex::encode(document.hash()));
            Ok(())
        }
        Fixed::Validate { file } => {
            if file.is_none() {
                home.require()?;
            }
            let document = rehearse_genesis(home.registry(), &file.unwrap_or_else(|| home.genesis()))?;
            println!("the genesis of {} holds; hash {}", document.chain_id, hex::encode(document.hash()));
            Ok(())
        }
        Fixed::Hash { file } => {
            println!("{}", hex::encode(read(file)?.hash()));
            Ok(())
        }
        Fixed::ExportImport { file } => {
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
    let text = builder.build().to_json();
    let rehearsed = Document::validate(&text, |document| genesis::rehearse(home.registry(), document));
    rehearsed.map_err(|problem| {
        Failure::config(
            format!("with this the document would not hold: {}", problem.sentence),
            format!("nothing was changed; {} is as it was", home.genesis().display()),
        )
    })?;
    write(&home.genesis(), &text)
}

fn refused(error: chortle_genesis::BuildError) -> Failure {
    Failure::config(error.to_string(), "nothing was changed; the document is config/genesis.json of the home")
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
    let begun = sections::Start::of(document, |start| {
        sections::init(registry, &sections::Start { sections: app_state, ..*start }, &mut state)
    });
    begun.map_err(Failure::unexpected)?.map_err(Failure::unexpected)?;
    // An export says the same in other words, and words are what the hash of a genesis is of.
    chortle_app::state::GENESIS.remove(&mut state);
    let identity = Identity { chain_id: document.chain_id.clone(), genesis_hash: document.hash() };
    store
        .init_genesis(&identity, document.initial_height.0, state.into_writes())
        .map_err(Failure::unexpected)?;
    Ok(store)
}
