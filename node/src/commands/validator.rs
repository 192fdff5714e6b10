//! `chortled validator`: the consensus key, its proof of possession, its rotation.

use chortle_consensus::comet::home::Keys;
use chortle_kernel::Address;
use chortle_staking::ConsensusKey;
use clap::Subcommand;
use serde_json::json;

use super::{Shared, doctor, init};
use crate::failure::Failure;
use crate::home::Home;
use crate::signer;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Shows this home's consensus key, with the proof that an operator's transaction needs.
    Key {
        /// The operator's account, as lol1… or 0x…: makes the proof.
        #[arg(long)]
        operator: Option<Address>,
        /// Prints one line of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Makes the key that takes over by a rotation, and shows it with its proof.
    NextKey {
        /// The operator's account.
        #[arg(long)]
        operator: Address,
        /// Prints one line of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Puts the next key in the place of the present one, which is kept. The node must not run.
    SwitchKey {
        /// Takes the last switch back.
        #[arg(long, conflicts_with = "unrotated")]
        back: bool,
        /// Switches although the chain knows of no rotation to the next key: this node then signs for nobody.
        #[arg(long)]
        unrotated: bool,
    },
    /// Writes the record of what was signed where it is lost: nothing is signed up to a height. The node must not run.
    RecoverRecord {
        /// Some blocks above the height that the chain has, as another node says.
        #[arg(long, value_parser = super::whole::<u64>)]
        height: u64,
    },
}

pub(super) fn run(shared: &Shared, args: &Args) -> Result<(), Failure> {
    let home = shared.node_home()?;
    home.require()?;
    let comet = home.comet();
    match &args.step {
        Step::Key { operator, json } => {
            let keys = comet.keys().map_err(|error| signer::no_keys(&error))?;
            show(&home, &keys, *operator, *json, "create-validator --self-bond 1000LOL")
        }
        Step::NextKey { operator, json } => {
            let keys = comet.next_keys(Keys::generate).map_err(|error| signer::no_keys(&error))?;
            show(&home, &keys, Some(*operator), *json, "rotate-key")
        }
        Step::SwitchKey { back, unrotated } => {
            refuse_running(&home)?;
            if *back { switch_back(&home) } else { switch(shared, &home, *unrotated) }
        }
        Step::RecoverRecord { height } => {
            refuse_running(&home)?;
            let store = doctor::open_state(&home, &shared.settings(&home, &[])?)?;
            let committed = store.and_then(|store| store.committed()).map_or(0, |at| at.height);
            signer::recover_record(&home, *height, committed)?;
            println!("the key signs from height {} on", height.saturating_add(1));
            Ok(())
        }
    }
}

fn show(
    home: &Home,
    keys: &Keys,
    operator: Option<Address>,
    as_json: bool,
    message: &str,
) -> Result<(), Failure> {
    let key = ConsensusKey(keys.validator_key());
    let base64 = init::validator_key_base64(keys);
    let address = hex::encode_upper(key.address());
    let chain_id = home.read_genesis()?.chain_id;
    let proof = operator.map(|operator| {
        let digest = ConsensusKey::proof_digest(&chain_id, &operator);
        format!("0x{}", hex::encode(keys.sign_digest(&digest)))
    });
    if as_json {
        println!("{}", json!({ "key": key, "base64": base64, "address": address, "proof": proof }));
        return Ok(());
    }
    println!("key      {key}\nbase64   {base64}\naddress  {address}");
    if let Some(proof) = proof {
        println!("proof    {proof}");
        println!("\nnext: chortle tx staking {message} --key {key} --proof {proof}");
    }
    Ok(())
}

fn refuse_running(home: &Home) -> Result<(), Failure> {
    match doctor::running(home) {
        None => Ok(()),
        Some(pid) => Err(Failure::config(
            format!("the node runs, as process {pid}: it would go on with what it has read"),
            "stop it, do this again, and start it",
        )),
    }
}

fn switch(shared: &Shared, home: &Home, unrotated: bool) -> Result<(), Failure> {
    let comet = home.comet();
    if !comet.next_validator_key().exists() {
        return Err(Failure::config(
            "there is no next key",
            "make it first: chortled validator next-key --operator OPERATOR",
        ));
    }
    let next = comet.next_keys(Keys::generate).map_err(|error| signer::no_keys(&error))?;
    if !unrotated {
        refuse_unrotated(shared, home, &ConsensusKey(next.validator_key()))?;
    }
    let old = comet.switch_validator_key().map_err(Failure::unexpected)?;
    let keys = comet.keys().map_err(|error| signer::no_keys(&error))?;
    println!("key      {}", ConsensusKey(keys.validator_key()));
    println!(
        "the old one is kept in {}; `chortled validator switch-key --back` takes this back",
        old.display()
    );
    Ok(())
}

/// Refuses a key that no validator uses, as far as this home has come: a node that switches to it signs for nobody.
fn refuse_unrotated(shared: &Shared, home: &Home, next: &ConsensusKey) -> Result<(), Failure> {
    let store = doctor::open_state(home, &shared.settings(home, &[])?)?;
    let store = store.filter(|store| store.committed().is_some());
    let height = store.as_ref().and_then(|store| store.committed()).map_or(0, |at| at.height);
    if let Some(store) = &store
        && let signer::Known::InUse(_) = signer::known(&store.latest(), next)?
    {
        return Ok(());
    }
    Err(Failure::config(
        format!(
            "no validator has rotated to {next} by block {height}, the last one that this home has: \
            after the switch this node would sign for nobody"
        ),
        "rotate first: `chortled validator next-key` shows the command; if that is done, start the node until it has \
            that block; --unrotated switches all the same",
    ))
}

fn switch_back(home: &Home) -> Result<(), Failure> {
    let comet = home.comet();
    if comet.next_validator_key().exists() {
        return Err(Failure::config(
            format!(
                "{} is there: the present key would take its place",
                comet.next_validator_key().display()
            ),
            "move it away first",
        ));
    }
    if comet.old_validator_keys().map_err(|error| signer::no_keys(&error))?.is_empty() {
        return Err(Failure::config(
            "no switch has put a key aside in this home",
            "there is nothing to take back: the key that is here is the one it began with",
        ));
    }
    let next = comet.switch_validator_key_back().map_err(|error| signer::no_keys(&error))?;
    let keys = comet.keys().map_err(|error| signer::no_keys(&error))?;
    println!("key      {}", ConsensusKey(keys.validator_key()));
    println!("the other one is the next key again, in {}", next.display());
    Ok(())
}
