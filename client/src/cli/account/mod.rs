//! `chortle account`: accounts of several members, from their address to what they send.

mod shared;
mod show;
mod terms;
mod words;

use std::{path::PathBuf, time::Duration};

use chortle_kernel::{Address, tx::RawMessage};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use self::{
    shared::{MODULE, about},
    words::Words,
};
use super::{
    options::{Caution, Common, Envelope, Sending, Sent},
    output, parsed, send,
    session::Session,
};
use crate::{
    Error, Result, amount, build,
    time::{self, parse_span},
};

#[derive(Subcommand)]
pub enum Command {
    /// Make an account of several members known; all of it is in its address, so anybody may
    Create(Box<Create>),
    /// Show an account with its open proposals, or one of them: what it says, who approves, what comes next
    Show {
        /// A key's name or an address
        account: String,
        /// Number of a proposal
        proposal: Option<u64>,
    },
    /// List the accounts of a member
    List {
        /// A key's name or an address; by default the sender's
        who: Option<String>,
    },
    /// Propose what an account is to send: the words of chortle tx stand behind the account, with THEN between two
    /// messages
    Propose(Box<Propose>),
    /// Propose other members, weights, threshold, delay or limits; what is not said stays
    Change(Box<Change>),
    /// Approve a proposal, after seeing what it says
    Approve {
        /// A key's name or an address
        account: String,
        /// Number of the proposal
        proposal: u64,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Withdraw your approval
    Withdraw {
        /// A key's name or an address
        account: String,
        /// Number of the proposal
        proposal: u64,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Have an account send what was approved, once its delay has passed; anybody may, and pays the fee
    Execute {
        /// A key's name or an address
        account: String,
        /// Number of the proposal
        proposal: u64,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Take your proposal back, or remove one that is void or expired
    Cancel {
        /// A key's name or an address
        account: String,
        /// Number of the proposal
        proposal: u64,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Send out of an account within your own limit, without the others
    Spend {
        /// A key's name or an address
        account: String,
        /// Who gets it: a key's name or an address
        to: String,
        /// How much: 1.5LOL, 10DOGE#17
        coin: String,
        #[command(flatten)]
        sent: Box<Sent>,
    },
    /// Show what members may send by themselves, and what is left of it
    Limits {
        /// A key's name or an address
        account: String,
    },
}

/// Who decides over an account, and how.
#[derive(Args)]
pub struct Terms {
    /// A member: WHO, or WHO=WEIGHT; may be repeated
    #[arg(long = "member", value_name = "WHO=WEIGHT")]
    members: Vec<String>,
    /// The weight that an approved proposal has at least
    #[arg(long, value_name = "WEIGHT")]
    threshold: Option<u64>,
    /// How long a proposal waits once it has that weight, such as 1d; at most 90d
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    delay: Option<Duration>,
    /// What a member may send alone: 'WHO=COIN per TIME'; may be repeated
    #[arg(long = "limit", value_name = "LIMIT")]
    limits: Vec<String>,
}

#[derive(Args)]
pub struct Create {
    #[command(flatten)]
    terms: Terms,
    /// Tells apart accounts that are otherwise the same
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    salt: u64,
    /// Write the address, and send nothing: it can be paid before the account is known
    #[arg(long)]
    address: bool,
    #[command(flatten)]
    sent: Sent,
}

#[derive(Args)]
pub struct Propose {
    /// A key's name or an address
    account: String,
    /// What it is about, in a line
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    title: String,
    /// How long it can be approved and executed, beyond the account's delay; at most 90d
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "7d")]
    lasts: Duration,
    /// Take the messages from a JSON list: [{"module", "message", "body"}, …]
    #[arg(long, value_name = "FILE", conflicts_with = "words")]
    messages: Option<PathBuf>,
    #[command(flatten)]
    sent: Sent,
    /// The message as behind chortle tx, with its options: token transfer --to bob --coin 5LOL --from alice
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "MESSAGE")]
    words: Vec<String>,
}

#[derive(Args)]
pub struct Change {
    /// A key's name or an address
    account: String,
    #[command(flatten)]
    terms: Terms,
    /// Take every limit away that is not given anew
    #[arg(long)]
    no_limits: bool,
    /// How long it can be approved and executed, beyond the account's delay; at most 90d
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "7d")]
    lasts: Duration,
    #[command(flatten)]
    sent: Sent,
}

impl Command {
    /// What stands behind the words of a message of home, node and output: they are meant for all of the command.
    pub fn common(&self, whole: &clap::Command) -> Result<Option<Common>> {
        match self {
            Self::Propose(propose) if !propose.words.is_empty() => {
                Words::read(&propose.words, whole)?.common()
            }
            _ => Ok(None),
        }
    }
}

pub fn run(session: &Session, command: &Command, whole: &clap::Command) -> Result<()> {
    let resolve = |account: &str| session.store.resolve(account);
    let of = |account: &str, number: u64| Ok::<_, Error>(about(&resolve(account)?, number));
    match command {
        Command::Create(create) => make(session, create),
        Command::Show { account, proposal: None } => show::account(session, &resolve(account)?),
        Command::Show { account, proposal: Some(number) } => {
            show::proposal(session, &resolve(account)?, *number)
        }
        Command::List { who } => {
            let accounts = shared::accounts_of(session, &session.sender(who.as_deref())?)?;
            output::result(session.format, &accounts)
        }
        Command::Propose(propose) => propose_words(session, propose, whole),
        Command::Change(change) => propose_change(session, change),
        Command::Approve { account, proposal, sent } => approve(session, &resolve(account)?, *proposal, sent),
        Command::Withdraw { account, proposal, sent } => {
            give(session, "withdraw", of(account, *proposal)?, sent)
        }
        Command::Execute { account, proposal, sent } => execute(session, &resolve(account)?, *proposal, sent),
        Command::Cancel { account, proposal, sent } => give(session, "cancel", of(account, *proposal)?, sent),
        Command::Spend { account, to, coin, sent } => {
            let coin = amount::parse_coin(coin, &send::Known(session))?;
            let body = json!({ "account": resolve(account)?, "to": resolve(to)?, "coin": coin });
            give(session, "spend", body, sent)
        }
        Command::Limits { account } => show::limits_of(session, &resolve(account)?),
    }
}

/// Sends a message of the module.
fn give(session: &Session, name: &str, body: Value, sent: &Sent) -> Result<()> {
    send::give(session, (MODULE, name), body, sent)
}

fn all(
    session: &Session,
    texts: &[String],
    one: impl Fn(&Session, &str) -> Result<Value>,
) -> Result<Vec<Value>> {
    texts.iter().map(|text| one(session, text)).collect()
}

fn make(session: &Session, create: &Create) -> Result<()> {
    let Terms { members, threshold, delay, limits } = &create.terms;
    let missing = |what: &str| {
        Error::usage(format!("an account needs {what}"))
            .hint("such as: chortle account create --member alice --member bob --threshold 2")
    };
    if members.is_empty() {
        return Err(missing("members: give each with --member"));
    }
    let body = json!({
        "members": all(session, members, terms::member)?,
        "threshold": threshold.ok_or_else(|| missing("a threshold: give it with --threshold"))?,
        "delay_ms": delay.map_or(0, time::millis),
        "limits": all(session, limits, terms::limit)?,
        "salt": create.salt,
    });
    let account = shared::address(&body)?;
    if create.address {
        return output::result(session.format, &json!({ "account": account }));
    }
    output::note(&format!("the account is {account}; name it: chortle keys import NAME --address {account}"));
    give(session, "create", body, &create.sent)
}

/// Proposes messages, whose delay the account sets.
fn propose(
    session: &Session,
    account: &Address,
    (title, lasts): (&str, Duration),
    messages: Vec<RawMessage>,
    (envelope, caution, sending): (&Envelope, &Caution, &Sending),
) -> Result<()> {
    let delay_ms = shared::account(session, account)?.delay_ms;
    let now = session.now_unix_ms(false);
    let expires_unix_ms = now.saturating_add(delay_ms).saturating_add(time::millis(lasts));
    output::note(&format!("{account} would send:\n{}", show::says(session, &messages)?.trim_end()));
    let body = json!({
        "account": account, "title": title, "messages": messages, "expires_unix_ms": expires_unix_ms,
    });
    send::send(session, envelope, caution, sending, vec![build::message(MODULE, "propose", body)?])
}

fn propose_words(session: &Session, args: &Propose, whole: &clap::Command) -> Result<()> {
    let (account, about) = (session.store.resolve(&args.account)?, (args.title.as_str(), args.lasts));
    let Sent { envelope, caution, sending } = &args.sent;
    match &args.messages {
        Some(file) => propose(session, &account, about, words::of_file(file)?, (envelope, caution, sending)),
        None if args.words.is_empty() => Err(Error::usage("say what the account is to send")
            .hint("such as: chortle account propose ACCOUNT token transfer --to bob --coin 5LOL")),
        None => {
            let words = Words::read(&args.words, whole)?;
            let messages = words.messages(session)?;
            let last = words.last().ok_or_else(|| Error::usage("say what the account is to send"))?;
            let (envelope, caution, sending) = (parsed(last)?, parsed(last)?, parsed(last)?);
            propose(session, &account, about, messages, (&envelope, &caution, &sending))
        }
    }
}

fn propose_change(session: &Session, change: &Change) -> Result<()> {
    let account = session.store.resolve(&change.account)?;
    let now = shared::account(session, &account)?;
    let Terms { members, threshold, delay, limits } = &change.terms;
    let members =
        if members.is_empty() { json!(now.members) } else { json!(all(session, members, terms::member)?) };
    let given = all(session, limits, terms::limit)?;
    let limits = if given.is_empty() && !change.no_limits { terms::limits_of(&now) } else { given };
    let body = json!({
        "members": members,
        "threshold": threshold.unwrap_or(now.threshold),
        "delay_ms": delay.map_or(now.delay_ms, time::millis),
        "limits": limits,
    });
    let message = build::message(MODULE, "configure", body)?;
    let Sent { envelope, caution, sending } = &change.sent;
    propose(session, &account, ("", change.lasts), vec![message], (envelope, caution, sending))
}

/// What is approved is shown first, and named by the hash of what was shown.
fn approve(session: &Session, account: &Address, number: u64, sent: &Sent) -> Result<()> {
    let found = shared::proposal(session, account, number)?;
    let says = show::says(session, &found.messages)?;
    output::note(&format!("proposal {number} of {account}:\n{}", says.trim_end()));
    let body = json!({ "account": account, "proposal": number, "payload": found.payload });
    give(session, "approve", body, sent)
}

fn execute(session: &Session, account: &Address, number: u64, sent: &Sent) -> Result<()> {
    let found = shared::proposal(session, account, number)?;
    let body = json!({ "account": account, "proposal": number, "messages": found.messages });
    give(session, "execute", body, sent)
}
