//! `chortle gov`: proposals, from a file to what they did.

mod changes;
mod draft;
mod node;
mod show;
mod tally;
mod template;
mod vote;

use std::path::PathBuf;

use chortle_kernel::{AssetId, Class};
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use self::{
    node::{give, nlol, proposal, read},
    template::Kind,
    vote::Bringing,
};
use super::{
    options::Sent,
    output::{self, Format},
    send,
    session::Session,
};
use crate::{Error, Result, amount};

#[derive(Subcommand)]
pub enum Command {
    /// Write a proposal to begin with: comments, and today's values of parameters
    Template {
        /// What it does
        #[arg(value_enum)]
        kind: Kind,
        /// Of params the set, such as app/params; of message its name, such as staking.unjail
        what: Option<String>,
    },
    /// Say everything that is wrong with a file, and what it would change today; costs nothing
    Validate {
        /// The proposal, or - for standard input
        file: PathBuf,
    },
    /// Submit a file with a deposit
    Submit {
        /// The proposal, or - for standard input
        file: PathBuf,
        /// An amount of LOL, whole (voting begins at once) or least; by default the file's, else whole
        #[arg(long, value_name = "AMOUNT")]
        deposit: Option<String>,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// List proposals, the newest first
    List {
        /// Only those that stand here
        #[arg(long, value_enum)]
        stage: Option<Stage>,
        /// Only those of an account: a key's name or an address
        #[arg(long, value_name = "WHO", conflicts_with = "stage")]
        by: Option<String>,
        /// Most of them, 1 to 100
        #[arg(long, value_name = "NUMBER")]
        limit: Option<u32>,
        /// Where the page before ended
        #[arg(long, value_name = "CURSOR")]
        cursor: Option<String>,
    },
    /// Show a proposal: what it says and does, where it stands, what comes next
    Show {
        /// Its number
        proposal: u64,
    },
    /// Add to the deposit of a proposal
    Deposit {
        /// Its number
        proposal: u64,
        /// An amount of LOL, or missing: all that voting waits for
        amount: String,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Vote, or vote anew: a later vote replaces the earlier one
    Vote {
        /// The proposal's number
        proposal: u64,
        /// yes, no, abstain or veto; or parts that sum to 100, such as yes=60,no=40
        choice: String,
        #[command(flatten)]
        bringing: Bringing,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Show how a vote stands: every test it must pass, what is missing, the time that is left
    Tally {
        /// The proposal's number
        proposal: u64,
        /// Follow it until voting ends
        #[arg(long)]
        watch: bool,
    },
    /// Name who may bring your power to votes in which you do not vote yourself; it moves no stake
    DelegateVote {
        /// A key's name or an address
        address: String,
        /// Only for proposals of this class
        #[arg(long, value_parser = class)]
        class: Option<Class>,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Take that back
    UndelegateVote {
        /// Only for proposals of this class
        #[arg(long, value_parser = class)]
        class: Option<Class>,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Say when a proposal is executed: the chain does it by itself, nobody sends anything
    Execute {
        /// The proposal's number
        proposal: u64,
    },
    /// Take your proposal back, in the first half of its vote at the latest; a part of the deposits is burnt
    Cancel {
        /// Its number
        proposal: u64,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Show the rules: deposits, times, quorums, thresholds, delays
    Rules,
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Waits for its deposit
    Deposit,
    /// Is voted on
    Voting,
    /// Passed and waits for its time
    Queued,
    /// What it says was done
    Executed,
    /// What it says was refused
    Failed,
    /// Was taken back, or stopped
    Cancelled,
    /// Passed and could not be tried
    Expired,
    /// Did not pass
    Rejected,
    /// Was voted down as harmful
    Vetoed,
    /// Its deposit was never whole
    Lapsed,
}

/// A class by its name.
fn class(text: &str) -> std::result::Result<Class, String> {
    let names = || Class::ALL.iter().filter_map(|class| serde_json::to_value(class).ok());
    let found = names().position(|name| name == text);
    found.and_then(|place| Class::ALL.get(place).copied()).ok_or_else(|| {
        let names: Vec<_> = names().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        format!("classes are {}", names.join(", "))
    })
}

pub fn run(session: &Session, command: &Command) -> Result<()> {
    match command {
        Command::Template { kind, what } => template::write(session, *kind, what.as_deref()),
        Command::Validate { file } => draft::validate(session, file),
        Command::Submit { file, deposit, sent } => draft::submit(session, file, deposit.as_deref(), sent),
        Command::List { stage, by, limit, cursor } => {
            list(session, *stage, by.as_deref(), (*limit, cursor.as_deref()))
        }
        Command::Show { proposal } => show::show(session, *proposal),
        Command::Deposit { proposal, amount, sent } => deposit(session, *proposal, amount, sent),
        Command::Vote { proposal, choice, bringing, sent } => {
            vote::vote(session, *proposal, choice, bringing, sent)
        }
        Command::Tally { proposal, watch } => tally::run(session, *proposal, *watch),
        Command::DelegateVote { address, class, sent } => {
            let representative = session.store.resolve(address)?;
            represent(session, json!({ "representative": representative, "class": class }), sent)
        }
        Command::UndelegateVote { class, sent } => {
            represent(session, json!({ "representative": null, "class": class }), sent)
        }
        Command::Execute { proposal } => execute(session, *proposal),
        Command::Cancel { proposal, sent } => give(session, "cancel", json!({ "proposal": proposal }), sent),
        Command::Rules => rules(session),
    }
}

fn represent(session: &Session, body: Value, sent: &Sent) -> Result<()> {
    give(session, "set_representative", body, sent)
}

fn deposit(session: &Session, number: u64, amount: &str, sent: &Sent) -> Result<()> {
    let amount = if amount == "missing" {
        let record = proposal(session, number)?["record"].take();
        if record["stage"] != "deposit" {
            return Err(Error::usage(format!("proposal {number} waits for no deposit"))
                .hint(format!("see where it stands: chortle gov show {number}")));
        }
        nlol(&record["deposit_min"]).saturating_sub(nlol(&record["deposit"])).to_string()
    } else {
        let assets = send::Known(session);
        let parsed = amount::parse_amount_of(amount, AssetId::NATIVE, &assets);
        parsed.map_err(|error| error.hint("write such as 50LOL, or missing"))?.to_string()
    };
    give(session, "deposit", json!({ "proposal": number, "amount": amount }), sent)
}

fn list(
    session: &Session,
    stage: Option<Stage>,
    by: Option<&str>,
    (limit, cursor): (Option<u32>, Option<&str>),
) -> Result<()> {
    let pair = |name: &str, text: String| (name.to_owned(), text);
    let mut pairs = Vec::new();
    let word = stage.and_then(|stage| stage.to_possible_value()).map(|word| word.get_name().to_owned());
    pairs.extend(word.map(|word| pair("stage", word)));
    pairs.extend(limit.map(|limit| pair("limit", limit.to_string())));
    pairs.extend(cursor.map(|cursor| pair("cursor", cursor.to_owned())));
    let page = match by {
        Some(who) => {
            let who = session.store.resolve(who)?.to_string();
            session.rest()?.get(&["accounts", &who, "proposals"], &pairs)?
        }
        None => read(session, &["proposals"], &pairs)?,
    };
    output::result(session.format, &page)
}

/// Nobody sends anything: the command says what will happen, and when.
fn execute(session: &Session, number: u64) -> Result<()> {
    let shown = proposal(session, number)?;
    let said = show::when_executed(session, number, &shown["record"])?;
    match session.format {
        Format::Json => output::result(
            session.format,
            &json!({
                "proposal": number, "stage": shown["record"]["stage"],
                "eta_unix_ms": shown["record"]["eta_unix_ms"], "said": said,
            }),
        ),
        Format::Table => output::line(&said),
    }
}

fn rules(session: &Session) -> Result<()> {
    let rules = read(session, &["rules"], &[])?;
    match session.format {
        Format::Json => output::result(session.format, &rules),
        Format::Table => output::card(&show::rules(&rules)),
    }
}
