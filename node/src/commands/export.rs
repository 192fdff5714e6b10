//! `chortled export`.

use chortle_app::genesis as sections;
use chortle_genesis::to_rfc3339;
use serde_json::Value;

use super::{Shared, start};
use crate::failure::Failure;
use crate::machine::Machine;
use crate::state_machine::{Chain, Options, ViewError};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The height to export; the last one if absent.
    #[arg(long, value_parser = super::whole::<u64>)]
    height: Option<u64>,
    /// Name of the chain that will start from it; this chain's own if absent.
    #[arg(long, value_parser = super::chain_id)]
    chain_id: Option<String>,
}

pub(super) fn run(shared: &Shared, args: &Args) -> Result<(), Failure> {
    let home = shared.node_home()?;
    home.require()?;
    let settings = shared.settings(&home, &[])?;
    let mut document = home.read_genesis()?;
    let store = start::open_store(&home, &settings, &Machine::prepare()?, &document)?;
    let chain = Chain::of(home.registry(), store, Options::default()).map_err(Failure::unexpected)?;
    let view = chain.view(args.height).map_err(|error| match error {
        ViewError::NoGenesis => Failure::config(
            "this home's chain has not begun: there is no state to export",
            "start the node; what the chain begins with is config/genesis.json",
        ),
        ViewError::NotRetained(_) => {
            Failure::config(error.to_string(), "name a --height that this node keeps")
        }
        ViewError::Halt(halt) => Failure::unexpected(halt),
    })?;
    let exported = sections::export(home.registry(), view.state.as_ref()).map_err(Failure::unexpected)?;
    let Value::Object(exported) = exported else {
        return Err(Failure::unexpected("the export is no object of sections"));
    };
    document.app_state = exported;
    // Heights go on: what the state says of them stays true.
    document.initial_height = view.height.saturating_add(1).into();
    if view.time_unix_ms > 0 {
        document.genesis_time = to_rfc3339(view.time_unix_ms);
    }
    if let Some(chain_id) = &args.chain_id {
        document.chain_id.clone_from(chain_id);
    }
    print!("{}", document.to_json());
    eprintln!("height {} of {}, root {}", view.height, document.chain_id, hex::encode(view.app_hash));
    Ok(())
}
