//! What the commands of shared accounts ask of the chain.

use chortle_app::json::untold;
use chortle_kernel::{Address, merkle::Node, tx::RawMessage};
use chortle_multisig::{address_of, msg::Create, payload_of, seed_of, types::Member};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Code, Error, Result, cli::session::Session};

/// The module that all of it is about.
pub const MODULE: &str = "multisig";

/// A shared account, as the node shows it.
#[derive(Deserialize)]
pub struct Shown {
    pub members: Vec<Member>,
    pub threshold: u64,
    pub total: u64,
    pub delay_ms: u64,
    pub version: u64,
    pub limits: Vec<ShownLimit>,
}

/// What a member may send by itself, as the node shows it.
#[derive(Deserialize)]
pub struct ShownLimit {
    #[serde(flatten)]
    pub limit: BareLimit,
    pub coin_display: String,
    pub left_display: String,
}

/// The limit alone; what else the node says of it is left aside.
#[derive(Clone, Copy, Deserialize)]
pub struct BareLimit {
    pub member: Address,
    pub coin: chortle_kernel::Coin,
    pub period_ms: u64,
}

/// An open proposal, as the node shows it.
#[derive(Deserialize)]
pub struct Proposed {
    pub proposal: u64,
    pub title: String,
    pub proposer: Address,
    pub standing: String,
    pub approvals: Vec<Address>,
    pub weight: u64,
    pub threshold: u64,
    pub ready_unix_ms: Option<u64>,
    pub expires_unix_ms: u64,
    pub payload: Node,
    pub messages: Vec<RawMessage>,
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(untold(value)).map_err(|error| {
        let sentence = format!("the node's answer makes no sense here: {error}");
        Error::unexpected(Code::StrangeAnswer, sentence).hint("is it of the same version as this program?")
    })
}

/// A shared account.
pub fn account(session: &Session, account: &Address) -> Result<Shown> {
    let answer = session.rest()?.get(&["shared_accounts", &account.to_string()], &[]);
    read(answer.map_err(|error| match error.is_not_found() {
        true => {
            error.hint("make it known with chortle account create, with exactly what its address was made of")
        }
        false => error,
    })?)
}

/// Its open proposals, the newest first.
pub fn proposals(session: &Session, account: &Address) -> Result<Vec<Proposed>> {
    let pairs = [("limit".to_owned(), "100".to_owned())];
    let mut page = session.rest()?.get(&["shared_accounts", &account.to_string(), "proposals"], &pairs)?;
    read(page["items"].take())
}

/// One of them. What it says must be what its hash says: a node cannot show one thing and have another approved.
pub fn proposal(session: &Session, account: &Address, number: u64) -> Result<Proposed> {
    let (account, number) = (account.to_string(), number.to_string());
    let answer = session.rest()?.get(&["shared_accounts", &account, "proposals", &number], &[]);
    let found: Proposed = read(answer.map_err(|error| match error.is_not_found() {
        true => error.hint(format!("see what is open with: chortle account show {account}")),
        false => error,
    })?)?;
    if payload_of(&found.messages) != found.payload {
        let sentence = format!("the node shows other messages of proposal {number} than its hash stands for");
        return Err(Error::unexpected(Code::StrangeAnswer, sentence)
            .hint("ask another node with --node; sign nothing that this one shows"));
    }
    Ok(found)
}

/// The shared accounts of a member.
pub fn accounts_of(session: &Session, member: &Address) -> Result<Value> {
    session.rest()?.get(&["accounts", &member.to_string(), "shared_accounts"], &[])
}

/// The address that an account has before anyone makes it known.
pub fn address(body: &Value) -> Result<Address> {
    let create: Create =
        serde_json::from_value(body.clone()).map_err(|error| Error::usage(error.to_string()))?;
    let config = create.config();
    config.ensure_sound()?;
    Ok(address_of(&seed_of(&config, create.salt)))
}

/// The body of a message about a proposal.
pub fn about(account: &Address, number: u64) -> Value {
    json!({ "account": account, "proposal": number })
}
