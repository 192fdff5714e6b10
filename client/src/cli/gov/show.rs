//! A proposal for people: what it says and does, where it stands, what comes next.

use chortle_app::{json::untold, words};
use chortle_governance::types::Terms;
use chortle_kernel::tx::RawMessage;
use serde::Deserialize;
use serde_json::Value;

use super::{
    super::{output, output::Format, send::Known, session::Session},
    changes::{First, judged, lol, param},
    node::{proposal, read},
};
use crate::{Error, Result, summary};

/// Shows a proposal.
pub fn show(session: &Session, number: u64) -> Result<()> {
    let shown = proposal(session, number)?;
    if session.format == Format::Json {
        return output::result(session.format, &shown);
    }
    let (record, content) = (&shown["record"], &shown["content"]);
    let mut card = format!("Proposal {number} · {}\n", text(&content["title"]));
    let mut line = |label: &str, value: &str| card.push_str(&format!("  {label:<10}{value}\n"));
    line("stage", &stands(session, record));
    line("proposer", &who(session, &record["proposer"]));
    if let Some(asset) = record["community"].as_str() {
        line("voters", &format!("holders of #{asset}"));
    }
    line("class", text(&record["class"]));
    line("deposit", &format!("{} of {}", lol(&record["deposit"]), lol(&record["deposit_min"])));
    if let Some(first) = First::deserialize(record).ok().and_then(|first| first.said()) {
        line("first by", &first);
    }
    if let Ok(terms) = Terms::deserialize(&record["terms"]) {
        line("judged by", &judged(&terms));
    }
    if let Some(code) = record["failure"].as_str() {
        line("failure", &failure(code));
    }
    for step in read(session, &["proposals", &number.to_string(), "timeline"], &[])?["steps"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let at = words::moment(step["time_unix_ms"].as_u64().unwrap_or(0));
        line(text(&step["stage"]), &format!("{at}, height {}", step["height"]));
    }
    line("next", &when_executed(session, number, record)?);
    for paragraph in text(&content["summary"]).lines() {
        card.push_str(&format!("  | {paragraph}\n"));
    }
    card.push_str(&messages(session, &content["messages"])?);
    output::card(&card)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An account of an answer.
fn who(session: &Session, account: &Value) -> String {
    let address = text(account);
    address.parse().map_or_else(|_| address.to_owned(), |address| session.called(&address))
}

/// A code with its sentence.
fn failure(code: &str) -> String {
    let row = crate::error::catalogue().find(|row| row.code() == code);
    row.map_or_else(|| code.to_owned(), |row| format!("{code}: {}", row.sentence))
}

/// Where it stands.
fn stands(session: &Session, record: &Value) -> String {
    let until = match text(&record["stage"]) {
        "deposit" => &record["due_unix_ms"],
        "voting" => &record["voting_ends_unix_ms"],
        "queued" => &record["eta_unix_ms"],
        over => return over.to_owned(),
    };
    let until = until.as_u64().unwrap_or(0);
    format!("{} until {}{}", text(&record["stage"]), words::moment(until), left(session, until))
}

/// How long until a moment, by the chain's clock.
pub fn left(session: &Session, until_unix_ms: u64) -> String {
    let now = session.now_unix_ms(false);
    let left = summary::time_left(until_unix_ms, now).filter(|_| until_unix_ms > now);
    left.map_or_else(String::new, |left| format!(" ({})", left.replace("expires in", "in")))
}

/// What its messages do, in the words that a wallet would sign.
fn messages(session: &Session, raws: &Value) -> Result<String> {
    let raws: Vec<RawMessage> = serde_json::from_value(untold(raws.clone()))
        .map_err(|error| Error::unexpected(crate::Code::StrangeAnswer, error.to_string()))?;
    match raws.is_empty() {
        true => Ok("It says something and does nothing.\n".to_owned()),
        false => summary::messages(&raws, &Known(session)),
    }
}

/// When a proposal is executed, or what became of it, in a sentence.
pub fn when_executed(session: &Session, number: u64, record: &Value) -> Result<String> {
    let moment = |name: &str| {
        let at = record[name].as_u64().unwrap_or(0);
        format!("{}{}", words::moment(at), left(session, at))
    };
    let waits = record["terms"]["delay_ms"].as_u64().unwrap_or(0);
    let then = match waits {
        0 => "at once".to_owned(),
        waits => format!("{} after that", words::span(waits)),
    };
    Ok(match text(&record["stage"]) {
        "deposit" => format!(
            "voting begins with the block after the deposit is whole, until {} at the latest: chortle gov deposit \
             {number} missing",
            moment("due_unix_ms")
        ),
        "voting" => format!(
            "voting ends {}; if it passes the chain executes it by itself {then}: chortle gov vote {number} yes",
            moment("voting_ends_unix_ms")
        ),
        "queued" => {
            format!("the chain executes it by itself at {}: there is nothing to send", moment("eta_unix_ms"))
        }
        "executed" => {
            format!("it was executed at {}", words::moment(record["closed_unix_ms"].as_u64().unwrap_or(0)))
        }
        "failed" => {
            format!("what it says was refused and changed nothing: {}", failure(text(&record["failure"])))
        }
        other => format!("it is {other} since {}: nothing will come of it", moment("closed_unix_ms")),
    })
}

/// The rules as a card.
pub fn rules(rules: &Value) -> String {
    let mut card = format!(
        "A proposal must deposit {} now; {} are open.\n",
        lol(&rules["deposit_min"]),
        rules["open"].as_u64().unwrap_or(0)
    );
    for (title, name, path) in [
        ("Rules", "params", "governance/params"),
        ("Floors under them", "constitution", "governance/constitution"),
    ] {
        card.push_str(&format!("{title} ({path})\n"));
        for (name, value) in rules[name].as_object().into_iter().flatten() {
            card.push_str(&format!("  {name:<26}{}\n", param(path, name, value)));
        }
    }
    card
}
