//! What a proposal would change today, for people: old and new, in the units of each.

use chortle_app::{MODULES, shows::Show, words};
use chortle_governance::{
    Code, Constitution, Params,
    types::{Bodies, Expedited, ONE_BPS, Optimistic, Terms},
};
use chortle_kernel::{Amount, AssetId, Class, Coin};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{output, output::Format, send, session::Session};
use crate::{Class as ErrorClass, Error, Result, amount::AssetInfo, draft::Draft};

/// A draft, and what a node says of it today.
pub struct Tried<'d> {
    /// The draft.
    pub draft: &'d Draft,
    /// What its messages would do.
    pub execution: Value,
    /// The rules in force.
    pub rules: Value,
    /// The bodies, if the draft asks for their track.
    pub bodies: Value,
}

impl Tried<'_> {
    /// By what it would be judged first, if it asks for a shorter vote.
    fn first(&self) -> First {
        let params = Params::deserialize(&self.rules["params"]).ok().filter(|_| self.draft.expedited);
        let bodies = Bodies::deserialize(&self.bodies["rules"]).ok().filter(|_| self.draft.optimistic);
        First {
            expedited: params.map(|params| Expedited {
                quorum_bps: params.expedited_quorum_bps,
                threshold_bps: params.expedited_threshold_bps,
                voting_ms: params.expedited_voting_ms,
            }),
            optimistic: bodies.map(|bodies| Optimistic {
                against_bps: bodies.against_bps,
                voting_ms: bodies.optimistic_voting_ms,
            }),
        }
    }
}

/// Shows what a draft would do today; all of it for programs.
pub fn show(session: &Session, tried: &Tried<'_>) -> Result<()> {
    let Tried { draft, execution, rules, .. } = tried;
    let (terms, first) = (terms(execution, rules), tried.first());
    if session.format == Format::Json {
        let deposit =
            json!({ "whole": rules["deposit_min"], "first_bps": rules["params"]["deposit_first_bps"] });
        let shown = json!({
            "title": draft.title, "terms": terms, "expedited": first.expedited, "optimistic": first.optimistic,
            "deposit": deposit, "execution": execution,
        });
        return output::result(session.format, &shown);
    }
    let mut card = format!("{}\n", draft.title);
    let mut line = |label: &str, value: &str| card.push_str(&format!("  {label:<10}{value}\n"));
    line("class", &class(execution));
    if let Some(first) = first.said() {
        line("first by", &first);
    }
    if let Some(terms) = &terms {
        line("judged by", &judged(terms));
    }
    line("deposit", &format!("{} begins the vote", lol(&rules["deposit_min"])));
    let gas_max = &rules["params"]["gas_max"];
    line("gas", &format!("{} of at most {gas_max}", execution["gas"].as_str().unwrap_or("0")));
    output::card(&card)?;
    let rows = rows(session, execution);
    if rows.is_empty() {
        return output::line("executed today it would change nothing");
    }
    output::line("executed today it would change:")?;
    output::result(session.format, &Value::Array(rows))
}

/// Every value that would change, in words.
fn rows(session: &Session, execution: &Value) -> Vec<Value> {
    let row = |what: String, before: String, after: String| json!({ "name": what, "before": before, "after": after });
    let list = |name: &str| execution[name].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let params = list("params").into_iter().map(|change| {
        let (path, name) = (text(&change["path"]), text(&change["name"]));
        let shown = |value: &Value| param(&path, &name, value);
        row(format!("{path} {name}"), shown(&change["old"]), shown(&change["new"]))
    });
    let balances = send::changes(session, execution);
    let balances = balances.as_array().cloned().unwrap_or_default().into_iter().map(|change| {
        row(
            format!("balance of {}", text(&change["account"])),
            text(&change["before"]),
            text(&change["after"]),
        )
    });
    // Parameters and balances stand above by themselves; the rest is counted, so that nothing goes unsaid.
    let entries = list("rows").into_iter().filter(|found| MODULES.params(&text(&found["row"])).is_none());
    let entries = entries.map(|found| {
        let count = |name: &str| found[name].as_u64().unwrap_or(0);
        let added =
            format!("{} added, {} changed, {} removed", count("added"), count("changed"), count("removed"));
        row(format!("entries of {}", text(&found["row"])), "-".to_owned(), added)
    });
    params.chain(balances).chain(entries).collect()
}

/// The value of a parameter in its unit.
pub fn param(path: &str, name: &str, value: &Value) -> String {
    let show = MODULES.shows_of_params(path).and_then(|shows| shows.of(name));
    match (show, value) {
        (Some(Show::Native), Value::String(_)) => lol(value),
        (_, Value::Number(number)) => {
            let told = number.as_u64().and_then(|number| words::number(name, number));
            told.unwrap_or_else(|| number.to_string())
        }
        (_, Value::Null) => "none".to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// An amount of LOL as the node writes it.
pub fn lol(value: &Value) -> String {
    let amount = value.as_str().and_then(|text| text.parse::<Amount>().ok()).unwrap_or_default();
    AssetInfo::native().display(Coin { asset: AssetId::NATIVE, amount })
}

fn classes(execution: &Value) -> Vec<Class> {
    Vec::<Class>::deserialize(&execution["classes"]).unwrap_or_default()
}

/// The strictest class of all messages.
fn class(execution: &Value) -> String {
    let strictest = classes(execution).into_iter().max().unwrap_or(Class::Text);
    serde_json::to_value(strictest).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// By what it would be judged: the strictest of all its messages, as the chain has it.
fn terms(execution: &Value, rules: &Value) -> Option<Terms> {
    let params = Params::deserialize(&rules["params"]).ok()?;
    let constitution = Constitution::deserialize(&rules["constitution"]).ok()?;
    Some(Terms::of(&classes(execution), &params, &constitution))
}

/// Terms in a line.
pub fn judged(terms: &Terms) -> String {
    let waits = match terms.delay_ms {
        0 => "acts at once".to_owned(),
        delay => format!("waits {}", words::span(delay)),
    };
    format!(
        "quorum {}, more than {} yes, at most {} veto; voting {}, then it {waits}",
        words::part(terms.quorum_bps),
        words::part(terms.threshold_bps.min(ONE_BPS)),
        words::part(terms.veto_bps),
        words::span(terms.voting_ms),
    )
}

/// The shorter vote that comes first, if one does; then it goes on as any other.
#[derive(Clone, Copy, Default, Deserialize)]
pub struct First {
    expedited: Option<Expedited>,
    optimistic: Option<Optimistic>,
}

impl First {
    /// It in a line.
    pub fn said(&self) -> Option<String> {
        let expedited = self.expedited.map(|first| {
            format!(
                "quorum {}, more than {} yes; voting {}",
                words::part(first.quorum_bps),
                words::part(first.threshold_bps),
                words::span(first.voting_ms),
            )
        });
        let optimistic = self.optimistic.map(|first| {
            format!(
                "passes unless more than {} of all stake is against it; voting {}",
                words::part(first.against_bps),
                words::span(first.voting_ms),
            )
        });
        expedited.or(optimistic)
    }
}

/// What would refuse it whoever sends it: its messages today, their gas, or the vote that it asks for.
pub fn refused(tried: &Tried<'_>) -> Result<()> {
    let Tried { draft, execution, rules, bodies } = tried;
    let hint = "nothing was sent, no fee is paid";
    if let Some(error) = execution["error"].as_object() {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let (code, name) = (text("code").to_owned(), text("name"));
        let sentence = format!("executed today the proposal would be refused: {}", text("detail"));
        return Err(Error::of_node(ErrorClass::Rejected, code, name, sentence).hint(hint));
    }
    let gas: u64 = execution["gas"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
    let max = rules["params"]["gas_max"].as_u64().unwrap_or(u64::MAX);
    if gas > max {
        let sentence = format!("the proposal's messages take {gas} gas; at most {max}: split it");
        return Err(Error::rejected(Code::TooMuchGas, sentence).hint(hint));
    }
    if draft.expedited && classes(execution).iter().any(|class| *class >= Class::Rules) {
        let sentence = "a change of the rules of governance is never voted on in a hurry";
        return Err(
            Error::rejected(Code::NothingExpedited, sentence).hint("leave 'expedited' out of the file")
        );
    }
    let nobody = bodies["rules"]["bodies"].as_array().is_some_and(Vec::is_empty);
    if draft.optimistic && nobody {
        let sentence = "only a body proposes by the optimistic track, and this chain has none";
        return Err(Error::rejected(Code::NotBody, sentence).hint("leave 'optimistic' out of the file"));
    }
    Ok(())
}
