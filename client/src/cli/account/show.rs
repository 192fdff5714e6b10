//! Shared accounts and their proposals, for people.

use chortle_kernel::{Address, tx::RawMessage};
use serde_json::{Value, json};

use super::{
    shared::{self, Proposed, Shown},
    terms,
};
use crate::{
    Result,
    cli::{
        output::{self, Format},
        send::Known,
        session::Session,
    },
    summary, time,
};

/// The messages in the words that a wallet shows.
pub fn says(session: &Session, messages: &[RawMessage]) -> Result<String> {
    summary::messages(messages, &Known(session))
}

/// An account with its open proposals.
pub fn account(session: &Session, account: &Address) -> Result<()> {
    let (shown, open) = (shared::account(session, account)?, shared::proposals(session, account)?);
    if session.format == Format::Json {
        let whole = session.rest()?.get(&["shared_accounts", &account.to_string()], &[])?;
        return output::result(session.format, &whole);
    }
    let mut lines = serde_json::Map::new();
    lines.insert("account".to_owned(), Value::from(session.called(account)));
    lines.insert("members".to_owned(), Value::Array(members(session, &shown)));
    lines.insert("threshold".to_owned(), Value::from(format!("{} of {}", shown.threshold, shown.total)));
    lines.insert("delay".to_owned(), Value::from(terms::span(shown.delay_ms)));
    lines.insert("version".to_owned(), Value::from(shown.version));
    if !shown.limits.is_empty() {
        lines.insert("limits".to_owned(), Value::Array(limits(session, &shown)));
    }
    if !open.is_empty() {
        lines.insert("proposals".to_owned(), open.iter().map(line).map(Value::from).collect());
    }
    output::result(session.format, &Value::Object(lines))
}

fn members(session: &Session, shown: &Shown) -> Vec<Value> {
    let one = |member: &chortle_kernel::Address, weight: u32| format!("{weight}  {}", session.called(member));
    shown.members.iter().map(|member| Value::from(one(&member.account, member.weight))).collect()
}

fn limits(session: &Session, shown: &Shown) -> Vec<Value> {
    let one = |limit: &shared::ShownLimit| {
        let who = session.called(&limit.limit.member);
        let span = terms::span(limit.limit.period_ms);
        format!("{who}: {} per {span}, {} left", limit.coin_display, limit.left_display)
    };
    shown.limits.iter().map(one).map(Value::from).collect()
}

/// What members may send by themselves.
pub fn limits_of(session: &Session, account: &Address) -> Result<()> {
    let whole = session.rest()?.get(&["shared_accounts", &account.to_string()], &[])?;
    if session.format == Format::Json {
        return output::result(session.format, &whole["limits"]);
    }
    let shown = shared::account(session, account)?;
    if shown.limits.is_empty() {
        output::note(
            "no member sends anything alone; propose a limit with: chortle account change ACCOUNT --limit",
        );
    }
    output::result(session.format, &Value::Array(limits(session, &shown)))
}

/// A proposal in a line.
fn line(proposal: &Proposed) -> String {
    let Proposed { proposal, title, standing, weight, threshold, .. } = proposal;
    let title = if title.is_empty() { String::new() } else { format!(" {title:?}") };
    format!("{proposal} {standing}, {weight} of {threshold}{title}")
}

/// A proposal: where it stands, what it says, what comes next.
pub fn proposal(session: &Session, account: &Address, number: u64) -> Result<()> {
    let found = shared::proposal(session, account, number)?;
    if session.format == Format::Json {
        let parts = ["shared_accounts", &account.to_string(), "proposals", &number.to_string()];
        return output::result(session.format, &session.rest()?.get(&parts, &[])?);
    }
    let approvals: Vec<String> = found.approvals.iter().map(|one| session.called(one)).collect();
    let mut shown = json!({
        "account": session.called(account),
        "standing": found.standing,
        "by": session.called(&found.proposer),
        "approved by": approvals,
        "weight": format!("{} of {}", found.weight, found.threshold),
        "expires": time::shown(found.expires_unix_ms),
        "payload": found.payload,
    });
    if !found.title.is_empty() {
        shown["title"] = Value::from(found.title.clone());
    }
    if let Some(ready) = found.ready_unix_ms {
        shown["ready"] = Value::from(time::shown(ready));
    }
    shown["says"] = says(session, &found.messages)?.lines().collect();
    output::result(session.format, &shown)?;
    output::note(&next(session, account, &found));
    Ok(())
}

/// What can be done with it now.
fn next(session: &Session, account: &Address, found: &Proposed) -> String {
    let (name, number) = (session.names()(account).unwrap_or_else(|| account.to_string()), found.proposal);
    let ready = found.ready_unix_ms.map(time::shown).unwrap_or_default();
    match found.standing.as_str() {
        "ready" => format!("anyone has it executed: chortle account execute {name} {number}"),
        "waiting" => format!("it waits until {ready}; then: chortle account execute {name} {number}"),
        "open" => format!("other members approve it: chortle account approve {name} {number}"),
        _ => format!("it is {}; anyone removes it: chortle account cancel {name} {number}", found.standing),
    }
}
