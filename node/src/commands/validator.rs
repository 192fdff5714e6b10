//! `chortled validator`: the consensus key, its proof of possession, its rotation.

use chortle_consensus::comet::home::Keys;
use chortle_kernel::Address;
use chortle_staking::ConsensusKey;
use clap::Subcommand;
use serde_json::json;

use super::{Shared, doctor, init};
use crate::failure::Failure;
use crate::home::Home;

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
    SwitchKey,
}

pub(super) fn run(shared: &Shared, args: &Args) -> Result<(), Failure> {
    let home = shared.node_home()?;
    home.require()?;
    let comet = home.comet();
    match &args.step {
        Step::Key { operator, json } => {
            let keys = comet.keys().map_err(Failure::unexpected)?;
            show(&home, &keys, *operator, *json, "create-validator --self-bond 1000LOL")
        }
        Step::NextKey { operator, json } => {
            let keys = comet.next_keys(Keys::generate).map_err(Failure::unexpected)?;
            show(&home, &keys, Some(*operator), *json, "rotate-key")
        }
        Step::SwitchKey => switch(&home),
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

fn switch(home: &Home) -> Result<(), Failure> {
    if let Some(pid) = doctor::running(home) {
        return Err(Failure::config(
            format!("the node runs, as process {pid}: it would go on with its old key"),
            "stop it, switch, and start it again",
        ));
    }
    let comet = home.comet();
    if !comet.next_validator_key().exists() {
        return Err(Failure::config(
            "there is no next key",
            "make it first: chortled validator next-key --operator OPERATOR",
        ));
    }
    let old = comet.switch_validator_key().map_err(Failure::unexpected)?;
    let keys = comet.keys().map_err(Failure::unexpected)?;
    println!("key      {}", ConsensusKey(keys.validator_key()));
    println!("the old one is kept in {}", old.display());
    Ok(())
}
