//! A list of recipients becomes an airdrop: the tree is built here, the chain sees its root, recipients bring proofs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chortle_airdrop::tree;
use chortle_kernel::{Address, Amount};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{input::read_text, output, send::Known, session::Session};
use crate::{
    Error, Result, amount,
    time::{self, parse_span},
};

#[derive(Subcommand)]
pub enum Command {
    /// Build the tree of a list of recipients; writes the plan as JSON, for you and for them
    Plan(Plan),
    /// Write the body of the message that opens the airdrop of a plan
    Open {
        /// The plan, or - for standard input
        plan: PathBuf,
    },
    /// Write the body of the message by which a recipient of a plan is paid
    Claim {
        /// The plan, or - for standard input
        plan: PathBuf,
        /// Whose part: a key's name or an address
        who: String,
        /// Number that the airdrop got when it was opened
        #[arg(long)]
        airdrop: u64,
    },
}

#[derive(Args)]
pub struct Plan {
    /// Lines of WHO,AMOUNT in whole units, or - for standard input; a key's name or an address
    list: PathBuf,
    /// What to give
    #[arg(long)]
    asset: String,
    /// Who pays: a key's name or an address
    #[arg(long)]
    sponsor: String,
    /// Tells two airdrops of one sponsor apart: each number serves once
    #[arg(long, default_value_t = 1)]
    salt: u64,
    /// How long recipients have; the remainder is the sponsor's again then
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "30d")]
    ends_in: Duration,
}

/// What a sponsor publishes.
#[derive(Serialize, Deserialize)]
struct Planned {
    chain_id: String,
    sponsor: Address,
    asset: String,
    salt: u64,
    deadline_unix_ms: u64,
    total: Amount,
    root: String,
    recipients: Vec<Recipient>,
}

#[derive(Serialize, Deserialize)]
struct Recipient {
    index: u32,
    account: Address,
    amount: Amount,
    proof: Vec<String>,
}

pub fn run(session: &Session, command: &Command) -> Result<()> {
    let shown = match command {
        Command::Plan(plan) => serde_json::to_value(make(session, plan)?)
            .map_err(|error| Error::unexpected("encoding_failed", error.to_string()))?,
        Command::Open { plan } => open(&read(plan)?),
        Command::Claim { plan, who, airdrop } => claim(&read(plan)?, &session.store.resolve(who)?, *airdrop)?,
    };
    // Bodies are for files and pipes, whatever people look at.
    output::result(output::Format::Json, &shown)
}

fn make(session: &Session, plan: &Plan) -> Result<Planned> {
    let assets = Known(session);
    let asset = amount::parse_asset(&plan.asset, &assets)?;
    let sponsor = session.store.resolve(&plan.sponsor)?;
    let text = read_text(&plan.list)?;
    let mut list: Vec<(Address, Amount)> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |reason: String| Error::usage(format!("line {}: {reason}", number + 1));
        let (who, units) = line.split_once(',').ok_or_else(|| wrong("not WHO,AMOUNT".to_owned()))?;
        let account = session.store.resolve(who.trim()).map_err(|error| wrong(error.sentence))?;
        let units = amount::parse_amount_of(units.trim(), asset, &assets);
        list.push((account, units.map_err(|error| wrong(error.sentence))?));
    }
    let status = session.rest()?.status()?;
    let key = tree::airdrop_key(&status.chain_id, &sponsor, plan.salt);
    let tree = tree::tree(&key, &list).map_err(Error::usage)?;
    let total = Amount::checked_sum(list.iter().map(|(_, amount)| *amount));
    let total = total.ok_or_else(|| Error::usage("the list sums to more than can exist"))?;
    let recipients = (0_u32..).zip(&list).map(|(index, (account, amount))| {
        let proof = tree.proof(index).unwrap_or_default().iter().map(ToString::to_string).collect();
        Recipient { index, account: *account, amount: *amount, proof }
    });
    Ok(Planned {
        chain_id: status.chain_id,
        sponsor,
        asset: asset.to_string(),
        salt: plan.salt,
        deadline_unix_ms: status.time_unix_ms.saturating_add(time::millis(plan.ends_in)),
        total,
        root: tree.root().to_string(),
        recipients: recipients.collect(),
    })
}

fn read(path: &Path) -> Result<Planned> {
    serde_json::from_str(&read_text(path)?)
        .map_err(|error| Error::usage(format!("{} is not a plan: {error}", path.display())))
}

fn open(plan: &Planned) -> Value {
    json!({
        "coin": { "asset": plan.asset, "amount": plan.total },
        "root": plan.root,
        "leaves": plan.recipients.len(),
        "salt": plan.salt,
        "deadline_unix_ms": plan.deadline_unix_ms,
    })
}

fn claim(plan: &Planned, account: &Address, airdrop: u64) -> Result<Value> {
    let found = plan.recipients.iter().find(|recipient| recipient.account == *account);
    let found = found.ok_or_else(|| Error::usage(format!("{account} is not on this list")))?;
    let Recipient { index, amount, proof, .. } = found;
    Ok(json!({
        "airdrop": airdrop, "index": index, "account": account, "amount": amount, "proof": proof,
    }))
}
