//! A list of recipients becomes an airdrop: the tree is built here, the chain sees its root, recipients bring proofs.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use chortle_airdrop::tree;
use chortle_kernel::{
    Address, Amount, hash,
    merkle::{Node, Tree},
    tx::RawMessage,
};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    input::read_list,
    options::{Caution, Envelope, Sending},
    output,
    send::{self, Known},
    session::Session,
};
use crate::{
    Code, Error, Result, amount, build,
    time::{self, parse_span},
};

#[derive(Subcommand)]
pub enum Command {
    /// Hash a list of recipients into a tree; writes the plan as JSON, for you and for them
    Plan(Plan),
    /// Open the airdrop of a plan: its sponsor pays in
    Open {
        /// The plan, or - for standard input
        plan: PathBuf,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Claim a recipient's part of a plan, with its proof; anybody may send it
    Claim {
        /// The plan, or - for standard input
        plan: PathBuf,
        /// Whose part: a key's name or an address
        who: String,
        /// Number that the airdrop got when it was opened
        #[arg(long)]
        airdrop: u64,
        #[command(flatten)]
        sent: Box<Sent>,
    },
}

/// How the message is sent, or written.
#[derive(Args)]
pub struct Sent {
    /// Write the message's body as JSON, and send nothing
    #[arg(long)]
    body: bool,
    #[command(flatten)]
    envelope: Envelope,
    #[command(flatten)]
    caution: Caution,
    #[command(flatten)]
    sending: Sending,
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

/// What a sponsor publishes. Proofs follow from the list.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    chain_id: String,
    sponsor: Address,
    asset: String,
    salt: u64,
    key: Node,
    deadline_unix_ms: u64,
    total: Amount,
    root: Node,
    recipients: Vec<Recipient>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipient {
    account: Address,
    amount: Amount,
}

pub fn run(session: &Session, command: &Command) -> Result<()> {
    match command {
        Command::Plan(plan) => {
            let planned = serde_json::to_value(make(session, plan)?)
                .map_err(|error| Error::unexpected(Code::EncodingFailed, error.to_string()))?;
            // Plans are for files and pipes, whatever people look at.
            output::result(output::Format::Json, &planned)
        }
        Command::Open { plan, sent } => {
            let (planned, _) = read(plan)?;
            let envelope =
                Envelope { from: Some(sponsor(session, &planned, sent)?), ..sent.envelope.clone() };
            give(session, "create_airdrop", open(&planned), &envelope, sent)
        }
        Command::Claim { plan, who, airdrop, sent } => {
            let (planned, tree) = read(plan)?;
            let body = claim(&planned, &tree, &session.store.resolve(who)?, *airdrop)?;
            give(session, "claim_airdrop", body, &sent.envelope, sent)
        }
    }
}

/// Sends the message, or writes its body.
fn give(session: &Session, message: &str, body: Value, envelope: &Envelope, sent: &Sent) -> Result<()> {
    if sent.body {
        return output::result(output::Format::Json, &body);
    }
    let message: RawMessage = build::message("airdrop", message, body)?;
    send::send(session, envelope, &sent.caution, &sent.sending, vec![message])
}

/// The sponsor of the plan; another than the one that is asked for would lock its tokens up for nobody.
fn sponsor(session: &Session, plan: &Planned, sent: &Sent) -> Result<String> {
    let differs = |what: &str, found: String, expected: String| {
        Error::usage(format!("the plan is for {what} {expected}, not {found}"))
            .hint("plan it again: what it was hashed with cannot be changed")
    };
    if let Some(from) = &sent.envelope.from {
        let found = session.store.resolve(from)?;
        if found != plan.sponsor {
            return Err(differs("sponsor", found.to_string(), plan.sponsor.to_string()));
        }
    }
    if !sent.body {
        let found = session.rest()?.status()?.chain_id;
        if found != plan.chain_id {
            return Err(differs("chain", found, plan.chain_id.clone()));
        }
    }
    Ok(plan.sponsor.to_string())
}

fn make(session: &Session, plan: &Plan) -> Result<Planned> {
    let assets = Known(session);
    let asset = amount::parse_asset(&plan.asset, &assets)?;
    let sponsor = session.store.resolve(&plan.sponsor)?;
    let text = read_list(&plan.list)?;
    let (mut list, mut lines): (Vec<(Address, Amount)>, _) = (Vec::new(), BTreeMap::new());
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |reason: String| Error::usage(format!("line {number}: {reason}"));
        let (who, units) = line.split_once(',').ok_or_else(|| wrong("not WHO,AMOUNT".to_owned()))?;
        let account = session.store.resolve(who.trim()).map_err(|error| wrong(error.sentence))?;
        if let Some(first) = lines.insert(account, number) {
            let sentence = format!("'{}' is the account of line {first}: {account}", who.trim());
            return Err(wrong(sentence).hint("write one line for each account: it can claim once"));
        }
        let units = amount::parse_amount_of(units.trim(), asset, &assets);
        list.push((account, units.map_err(|error| wrong(error.sentence))?));
    }
    let status = session.rest()?.status()?;
    let key = tree::airdrop_key(&status.chain_id, &sponsor, plan.salt);
    let tree = tree::tree(&key, &list).map_err(Error::usage)?;
    Ok(Planned {
        chain_id: status.chain_id,
        sponsor,
        asset: asset.to_string(),
        salt: plan.salt,
        key: Node(key),
        deadline_unix_ms: status
            .time_unix_ms
            .max(time::now_unix_ms())
            .saturating_add(time::millis(plan.ends_in)),
        total: total(&list)?,
        root: tree.root(),
        recipients: list.into_iter().map(|(account, amount)| Recipient { account, amount }).collect(),
    })
}

fn total(list: &[(Address, Amount)]) -> Result<Amount> {
    let total = Amount::checked_sum(list.iter().map(|(_, amount)| *amount));
    total.ok_or_else(|| Error::usage("the list sums to more than can exist"))
}

/// A plan whose parts agree with each other, and its tree.
fn read(path: &Path) -> Result<(Planned, Tree)> {
    let wrong = |why: String| {
        Error::usage(format!("{} is not a plan: {why}", path.display()))
            .hint("make one with: chortle airdrop plan LIST --asset ASSET --sponsor NAME")
    };
    let plan: Planned = serde_json::from_str(&read_list(path)?).map_err(|error| wrong(error.to_string()))?;
    let list: Vec<_> = plan.recipients.iter().map(|one| (one.account, one.amount)).collect();
    let key: hash::Hash = tree::airdrop_key(&plan.chain_id, &plan.sponsor, plan.salt);
    let tree = tree::tree(&key, &list).map_err(wrong)?;
    if Node(key) != plan.key || tree.root() != plan.root || total(&list)? != plan.total {
        return Err(wrong("its list, key, root and total do not agree: somebody changed it".to_owned()));
    }
    Ok((plan, tree))
}

fn open(plan: &Planned) -> Value {
    json!({
        "coin": { "asset": plan.asset, "amount": plan.total },
        "root": plan.root,
        "leaves": plan.recipients.len(),
        "salt": plan.salt,
        "key": plan.key,
        "deadline_unix_ms": plan.deadline_unix_ms,
    })
}

fn claim(plan: &Planned, tree: &Tree, account: &Address, airdrop: u64) -> Result<Value> {
    let found = (0_u32..).zip(&plan.recipients).find(|(_, recipient)| recipient.account == *account);
    let (index, recipient) = found.ok_or_else(|| Error::usage(format!("{account} is not on this list")))?;
    let proof = tree.proof(index).unwrap_or_default();
    Ok(json!({
        "airdrop": airdrop, "index": index, "account": account, "amount": recipient.amount, "proof": proof,
    }))
}
