//! From messages to a transaction that is in a block: plan, show, confirm, sign, submit, wait.

use std::{
    io::{self, IsTerminal},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chortle_app::{MODULES, error::Code as Refused};
use chortle_kernel::{
    Address, Amount, AssetId, Coin, Fields,
    tx::{self, RawMessage, Replay, Tx, TxBody},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    options::{Caution, Envelope, Sending, Sent, Wait},
    output,
    output::Format,
    session::Session,
    turn,
};
use crate::{
    Class, Error, Result,
    amount::{AssetInfo, Assets},
    build::{self, Plan, SignedBy},
    keys::KeyKind,
    order::{self, Order},
    rest::TxStatus,
    summary,
};

/// How long an unordered transaction stays valid if nothing is said.
const UNORDERED_EXPIRY: Duration = Duration::from_secs(120);

/// Plans a transaction with what the node says.
pub fn plan(session: &Session, envelope: &Envelope, messages: Vec<RawMessage>) -> Result<Plan> {
    let rest = session.rest()?;
    let status = rest.status()?;
    let sender = session.sender(envelope.from.as_deref())?;
    let replay = match (envelope.unordered, envelope.sequence) {
        (true, _) => Replay::Unordered,
        (false, Some(sequence)) => Replay::Sequence(sequence),
        (false, None) => Replay::Sequence(rest.nonce(&sender)?),
    };
    let gas_price_max = match envelope.gas_price_max {
        Some(price) => price,
        // Only the chain's price and the tip are paid; the rest is room for a rise before the block.
        None => rest.gas_price_min()?.saturating_mul(2).saturating_add(envelope.tip),
    };
    let plan = Plan {
        chain: status.chain()?,
        sender,
        replay,
        expiry_unix_ms: expiry(envelope, Some(status.time_unix_ms)),
        gas_limit: None,
        gas_price_max,
        tip: envelope.tip,
        fee_payer: payer(session, envelope)?,
        fee_grant: envelope.fee_grant,
        messages: build::messages(messages)?,
        memo: build::memo(&envelope.memo)?,
        signed_by: Vec::new(),
    };
    Ok(with_kinds(session, plan))
}

/// Who pays the fee, if another than the sender.
pub fn payer(session: &Session, envelope: &Envelope) -> Result<Option<Address>> {
    envelope.fee_payer.as_deref().map(|text| session.store.resolve(text)).transpose()
}

/// Notes what the signers sign with, as far as their keys are here: the gas is then exact.
pub fn with_kinds(session: &Session, mut plan: Plan) -> Plan {
    let payer = plan.fee_payer.filter(|payer| *payer != plan.sender);
    let kind = |address: Address| session.key_of(&address).ok().and_then(|key| key.kind);
    let kinds = std::iter::once(plan.sender).chain(payer).map(|one| kind(one).unwrap_or(KeyKind::Secp256k1));
    plan.signed_by = kinds.map(SignedBy::from).collect();
    plan
}

/// When it expires, in milliseconds since 1970; 0 is never. A chain whose clock is ahead sets the pace.
pub fn expiry(envelope: &Envelope, chain_unix_ms: Option<u64>) -> u64 {
    let span = match (envelope.expires_in, envelope.unordered) {
        (Some(span), _) => span,
        (None, true) => UNORDERED_EXPIRY,
        (None, false) => return 0,
    };
    let span_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    now_unix_ms().max(chain_unix_ms.unwrap_or(0)).saturating_add(span_ms)
}

/// This machine's time, in milliseconds since 1970.
fn now_unix_ms() -> u64 {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    u64::try_from(now_ms).unwrap_or(u64::MAX)
}

/// The words of a body, and by this machine's clock how long it can still run.
pub fn words(session: &Session, body: &TxBody) -> Result<String> {
    let left = summary::time_left(body.expiry_unix_ms, now_unix_ms());
    let left = left.map_or_else(String::new, |left| format!("\nby this machine's clock: {left}"));
    Ok(summary::text(body, &Known(session))? + &left)
}

/// Does all of it.
pub fn send(
    session: &Session,
    envelope: &Envelope,
    caution: &Caution,
    sending: &Sending,
    messages: Vec<RawMessage>,
) -> Result<()> {
    if !caution.dry_run {
        ensure_agreed(caution.yes)?;
    }
    let plan = plan(session, envelope, messages)?;
    let unsigned = plan.unsigned(&MODULES)?.tx;
    if caution.dry_run {
        return dry_run(session, &unsigned);
    }
    let keys = unsigned.body.signers().map(|signer| session.key_of(&signer)).collect::<Result<Vec<_>>>()?;
    if !sending.no_preflight {
        preflight(session, &unsigned)?;
    }
    confirm(session, &unsigned.body, caution.yes)?;
    let secrets =
        keys.iter().map(|key| session.unlock(key).map(|opened| opened.secret)).collect::<Result<Vec<_>>>()?;
    let rest = session.rest()?;
    let turn = match plan.replay {
        Replay::Sequence(_) => Some(turn::wait(&session.home, &plan.chain, &plan.sender, sending.timeout)?),
        _ => None,
    };
    let order = Order {
        rest,
        plan,
        secrets: &secrets,
        numbered: envelope.sequence.is_some(),
        preflight: !sending.no_preflight,
        timeout: sending.timeout,
        note: &output::note,
    };
    let taken = order.take()?;
    drop(turn);
    if until(session, sending) == Wait::Submitted {
        return output::result(session.format, &taken.standing);
    }
    let (status, standing) = taken.follow(rest, sending.timeout)?;
    settled(session, status, &standing)
}

/// Sends one message, by its names.
pub fn give(session: &Session, (module, name): (&str, &str), body: Value, sent: &Sent) -> Result<()> {
    let Sent { envelope, caution, sending } = sent;
    send(session, envelope, caution, sending, vec![build::message(module, name, body)?])
}

/// What would refuse messages in the next block, if anything would.
pub fn foretell(session: &Session, envelope: &Envelope, messages: Vec<RawMessage>) -> Result<()> {
    preflight(session, &plan(session, envelope, messages)?.unsigned(&MODULES)?.tx)
}

/// What would be refused is refused before it costs a fee. Numbers are settled when it is handed in: what waits in a
/// mempool is not seen here.
fn preflight(session: &Session, unsigned: &Tx) -> Result<()> {
    let simulated = session.rest()?.simulate(&unsigned.encode());
    let refusal = match simulated {
        Ok(simulated) => refused(&simulated["receipt"]),
        Err(error) => Err(error),
    };
    match refusal {
        Err(error)
            if [Refused::SequenceTooLow, Refused::SequenceTooHigh]
                .iter()
                .any(|code| error.is(code.row())) =>
        {
            Ok(())
        }
        Err(error) if error.class == Class::Rejected && error.hint.is_none() => {
            Err(error.hint("nothing was sent, no fee is paid"))
        }
        other => other,
    }
}

/// Without a terminal nobody can be asked: then only `--yes` says that it is meant.
pub fn ensure_agreed(yes: bool) -> Result<()> {
    if yes || (io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(());
    }
    Err(Error::usage("there is no terminal to ask on whether this is meant")
        .hint("say so with --yes; see it first with --dry-run"))
}

/// Shows on a terminal what will be signed, and asks.
pub fn confirm(session: &Session, body: &TxBody, yes: bool) -> Result<()> {
    session.ensure_network(&body.chain)?;
    ensure_agreed(yes)?;
    if yes {
        return Ok(());
    }
    output::note(&words(session, body)?);
    match output::ask("Sign? [y/N] ")?.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Error::usage("not signed").hint("nothing was sent")),
    }
}

/// Symbols and decimals from the node, if it answers.
pub struct Known<'a>(pub &'a Session);

impl Assets for Known<'_> {
    fn describe(&self, asset: AssetId) -> Result<AssetInfo> {
        if asset == AssetId::NATIVE { Ok(AssetInfo::native()) } else { self.0.rest()?.describe(asset) }
    }
}

fn dry_run(session: &Session, unsigned: &Tx) -> Result<()> {
    let rest = session.rest()?;
    let simulated = rest.simulate(&unsigned.encode())?;
    if session.format == Format::Json {
        output::result(session.format, &simulated)?;
    } else {
        output::result(session.format, &changes(session, &simulated))?;
        output::note(&format!("fee: {}; nothing was signed or sent", fee(&simulated["receipt"])));
    }
    refused(&simulated["receipt"])
}

/// The changes of balances for people: who, before, after.
pub fn changes(session: &Session, simulated: &Value) -> Value {
    let names = session.names();
    let shown = |change: &Value| {
        let address = change["address"].as_str().unwrap_or_default();
        let who =
            address.parse().ok().and_then(|address| names(&address)).unwrap_or_else(|| address.to_owned());
        let asset = change["asset"].as_str().and_then(|text| text.parse().ok()).unwrap_or(AssetId::NATIVE);
        let display = |name: &str| {
            let amount = change[name].as_str().and_then(|text| text.parse::<Amount>().ok());
            match (amount, Known(session).describe(asset)) {
                (Some(amount), Ok(info)) => info.display(Coin { asset, amount }),
                _ => change[name].to_string(),
            }
        };
        json!({ "account": who, "before": display("before"), "after": display("after") })
    };
    Value::Array(simulated["balance_changes"].as_array().into_iter().flatten().map(shown).collect())
}

fn fee(receipt: &Value) -> String {
    let amount = receipt["fee"].as_str().and_then(|text| text.parse::<Amount>().ok()).unwrap_or_default();
    AssetInfo::native().display(Coin { asset: AssetId::NATIVE, amount })
}

/// A refusal in a receipt, as an error.
fn refused(receipt: &Value) -> Result<()> {
    match receipt["error"].as_object() {
        None => Ok(()),
        Some(error) => {
            let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
            let fields = error.get("fields").and_then(|fields| Fields::deserialize(fields).ok());
            let code = text("code").to_owned();
            let error = Error::of_node(Class::Rejected, code, text("name"), text("detail"));
            Err(error.fields(fields.unwrap_or_default()))
        }
    }
}

/// How far to go.
fn until(session: &Session, sending: &Sending) -> Wait {
    sending.wait.or(session.profile.wait).unwrap_or(Wait::Included)
}

/// Hands a file's transaction in, and waits as far as asked. The same file again is the same transaction.
pub fn submit(session: &Session, sending: &Sending, tx: &Tx) -> Result<()> {
    let bytes = tx.encode();
    let standing = session.rest()?.submit(&bytes, !sending.no_preflight)?;
    if until(session, sending) == Wait::Submitted {
        return output::result(session.format, &standing);
    }
    wait_for(session, &tx::id(&bytes), sending.timeout)
}

/// Waits for a transaction, and shows what became of it.
pub fn wait_for(session: &Session, id: &[u8; 32], timeout: Duration) -> Result<()> {
    let (status, standing) = session.rest()?.wait(id, timeout)?;
    settled(session, status, &standing)
}

/// Shows what became of it; a refusal is an error.
fn settled(session: &Session, status: TxStatus, standing: &Value) -> Result<()> {
    show(session, standing)?;
    match status {
        TxStatus::Failed => refused(&standing["receipt"]),
        TxStatus::Expired => Err(order::expired()),
        _ => Ok(()),
    }
}

/// Shows a transaction to somebody who may not have sent it: who did, what it asked for, and how it stands.
pub fn show_whole(session: &Session, standing: &Value) -> Result<()> {
    if session.format == Format::Json {
        return output::result(session.format, standing);
    }
    let mut shown = essence(standing);
    if let Some(tx) = standing.get("tx") {
        said(session, tx, &mut shown);
    }
    output::result(session.format, &Value::Object(shown))
}

/// Shows a transaction's standing: all of it for programs, the essence for people.
fn show(session: &Session, standing: &Value) -> Result<()> {
    match session.format {
        Format::Json => output::result(session.format, standing),
        Format::Table => output::result(session.format, &Value::Object(essence(standing))),
    }
}

fn essence(standing: &Value) -> serde_json::Map<String, Value> {
    let mut shown = serde_json::Map::new();
    for name in ["hash", "status", "height", "time"] {
        if let Some(value) = standing.get(name) {
            shown.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(receipt) = standing.get("receipt") {
        let gas = receipt["gas_used"].as_str().unwrap_or("0");
        shown.insert("fee".to_owned(), Value::from(format!("{} for {gas} gas", fee(receipt))));
        let event = |event: &Value| {
            format!("{} {}", event["kind"].as_str().unwrap_or_default(), plain(&event["fields"]))
        };
        let events = receipt["events"].as_array().into_iter().flatten();
        shown.insert("events".to_owned(), Value::Array(events.map(event).map(Value::from).collect()));
    }
    shown
}

/// Who sent it and what it asked for.
fn said(session: &Session, tx: &Value, shown: &mut serde_json::Map<String, Value>) {
    let names = session.names();
    let who = |account: &Value| {
        let address = account.as_str().unwrap_or_default();
        let name = address.parse().ok().and_then(|address| names(&address));
        Value::from(name.map_or_else(|| address.to_owned(), |name| format!("{name} ({address})")))
    };
    shown.insert("from".to_owned(), who(&tx["sender"]));
    if !tx["fee_payer"].is_null() && tx["fee_payer"] != tx["sender"] {
        shown.insert("paid by".to_owned(), who(&tx["fee_payer"]));
    }
    if let Some(grant) = tx["fee_grant"].as_u64() {
        shown.insert("paid by".to_owned(), Value::from(format!("fee grant {grant}")));
    }
    let message = |message: &Value| {
        let text =
            |name: &str| message[name].as_str().map_or_else(|| message[name].to_string(), str::to_owned);
        format!("{}.{} {}", text("module"), text("message"), plain(&message["body"]))
    };
    let messages = tx["messages"].as_array().into_iter().flatten();
    shown.insert("message".to_owned(), Value::Array(messages.map(message).map(Value::from).collect()));
    if let Some(memo) = tx["memo"].as_str().filter(|memo| !memo.is_empty()) {
        shown.insert("memo".to_owned(), Value::from(memo));
    }
}

fn plain(fields: &Value) -> String {
    let fields = fields.as_object().into_iter().flatten();
    let shown = fields.map(|(name, value)| match value.as_str() {
        Some(text) => format!("{name}={text}"),
        None => format!("{name}={value}"),
    });
    shown.collect::<Vec<_>>().join(" ")
}
