//! A proposal's file: judged, shown by what it would change, submitted.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    super::{catalogue, input::read_text, options::Sent, output, output::Format, send, session::Session},
    changes::{self, Tried},
    node::{MODULE, deposit_of, execution, give, read},
};
use crate::{
    Error, Result, build,
    draft::{self, Draft, Mistake},
};

/// A file that holds by itself; everything that is wrong with it is told at once.
fn of_file(session: &Session, path: &Path) -> Result<Draft> {
    let text = read_text(path)?;
    let address = |text: &str| session.store.resolve(text);
    let base = |module: &str, name: &str, body: &Value| catalogue::base(session, module, name, body);
    let now_unix_ms = || session.now_unix_ms(false);
    let known = draft::Known {
        address: &address,
        assets: &send::Known(session),
        base: &base,
        now_unix_ms: &now_unix_ms,
    };
    draft::parse(&text, &known).map_err(|mistakes| {
        if session.format == Format::Json {
            // The list is for programs; the sentence below is for whoever reads their log.
            let list = json!({ "mistakes": mistakes.iter().map(of_mistake).collect::<Vec<_>>() });
            if let Err(error) = output::result(session.format, &list) {
                return error;
            }
        }
        refusal(path, &mistakes)
    })
}

fn of_mistake(mistake: &Mistake) -> Value {
    let Mistake { line, field, why, hint } = mistake;
    json!({ "line": line, "field": field, "why": why, "hint": hint })
}

fn refusal(path: &Path, mistakes: &[Mistake]) -> Error {
    let count = match mistakes.len() {
        1 => "a mistake".to_owned(),
        several => format!("{several} mistakes"),
    };
    let mut sentence = format!("{} has {count}", path.display());
    for Mistake { line, field, why, hint } in mistakes {
        let place = if field.is_empty() { String::new() } else { format!(", {field}") };
        let hint = hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
        sentence.push_str(&format!("\n  line {line}{place}: {why}{hint}"));
    }
    Error::usage(sentence).hint("mend the file; one to begin with: chortle gov template params")
}

/// What the draft would do today, and the rules by which it is judged.
fn tried<'d>(session: &Session, draft: &'d Draft) -> Result<Tried<'d>> {
    let rules = read(session, &["rules"], &[])?;
    let bodies = if draft.optimistic { read(session, &["bodies"], &[])? } else { Value::Null };
    let execution = execution(session, &draft.messages, draft.community)?;
    Ok(Tried { draft, execution, rules, bodies })
}

/// Says everything that is wrong with a file, and what it would change today.
pub fn validate(session: &Session, path: &Path) -> Result<()> {
    let draft = of_file(session, path)?;
    let tried = tried(session, &draft)?;
    changes::show(session, &tried)?;
    changes::refused(&tried)
}

/// Submits a file.
pub fn submit(session: &Session, path: &Path, deposit: Option<&str>, sent: &Sent) -> Result<()> {
    let draft = of_file(session, path)?;
    let tried = tried(session, &draft)?;
    let deposit = deposit_of(session, &tried.rules, deposit.or(draft.deposit.as_deref()))?;
    if sent.caution.dry_run {
        changes::show(session, &tried)?;
    }
    changes::refused(&tried)?;
    let body = json!({
        "title": draft.title,
        "summary": draft.summary,
        "messages": draft.messages,
        "deposit": deposit.to_string(),
        "expedited": draft.expedited,
        "community": draft.community,
        "optimistic": draft.optimistic,
    });
    match sent.caution.dry_run {
        // What the chain says of who sends it, and of what is deposited.
        true => send::foretell(session, &sent.envelope, vec![build::message(MODULE, "submit", body)?]),
        false => give(session, "submit", body, sent),
    }
}
