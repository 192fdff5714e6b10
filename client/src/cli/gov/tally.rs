//! How a vote stands: bars, tests, what is missing, what time is left; once, or until it ends.

use std::{
    io::{self, IsTerminal},
    thread,
    time::Duration,
};

use chortle_app::words;
use serde_json::{Value, json};

use super::{
    super::{output, output::Format, session::Session},
    changes::lol,
    node::{nlol, proposal, read},
    show::left,
};
use crate::{Class, Result};

/// Width of a bar.
const BAR: usize = 24;
/// Pause between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Clears a terminal and goes to its first place.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// Shows a tally, or follows it until voting ends.
pub fn run(session: &Session, number: u64, watch: bool) -> Result<()> {
    let mut last = String::new();
    loop {
        let frame = frame(session, number);
        let (shown, over) = match frame {
            // A node that is away for a moment ends no watch.
            Err(error) if watch && !last.is_empty() && error.class == Class::Unexpected => {
                output::note(&format!("the node is away: {}", error.sentence));
                (last.clone(), false)
            }
            other => other?,
        };
        if shown != last {
            if watch && session.format == Format::Table && io::stdout().is_terminal() {
                output::raw(CLEAR)?;
            }
            output::raw(&shown)?;
            last = shown;
        }
        if over || !watch {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
}

/// A picture of the vote, and whether it is over.
fn frame(session: &Session, number: u64) -> Result<(String, bool)> {
    let tally = read(session, &["proposals", &number.to_string(), "tally"], &[])?;
    let shown = proposal(session, number)?;
    let stage = shown["record"]["stage"].as_str().unwrap_or_default();
    let over = !["deposit", "voting"].contains(&stage);
    let text = match session.format {
        Format::Json => format!("{}\n", json!({ "proposal": number, "stage": stage, "tally": tally })),
        Format::Table => {
            let title = shown["content"]["title"].as_str().unwrap_or_default();
            let ends = tally["voting_ends_unix_ms"].as_u64().unwrap_or(0);
            let head = match stage {
                "deposit" => "waits for its deposit: there is no vote yet".to_owned(),
                "voting" => format!("voting ends {}{}", words::moment(ends), left(session, ends)),
                other => format!("{other}; voting ended {}", words::moment(ends)),
            };
            super::super::table::printable(&format!("Proposal {number} · {title}\n{head}\n{}", card(&tally)))
        }
    };
    Ok((text, over))
}

/// Power for people: LOL, or base units where holders of an asset vote.
fn powers(community: Option<&str>, amount: &Value) -> String {
    match community {
        Some(asset) => format!("{} base units of #{asset}", nlol(amount)),
        None => lol(amount),
    }
}

/// The votes and the tests.
fn card(tally: &Value) -> String {
    let (votes, power) = (&tally["tally"], nlol(&tally["power"]));
    let turnout = ["yes", "no", "abstain", "veto"].iter().map(|name| nlol(&votes[*name])).sum::<u64>();
    let community = tally["community"].as_str();
    let said = |amount: &Value| powers(community, amount);
    let mut card = String::new();
    for name in ["yes", "no", "abstain", "veto"] {
        card.push_str(&format!("  {name:<10}{}  {}\n", bar(nlol(&votes[name]), turnout), said(&votes[name])));
    }
    let whole = said(&tally["power"]);
    let whole =
        if community.is_some() { format!("{whole} that holders have") } else { format!("{whole} of stake") };
    card.push_str(&format!("  {:<10}{}  of {whole}\n", "turnout", bar(turnout, power)));
    for test in tally["tests"].as_array().into_iter().flatten().chain([&tally["at_once"]]) {
        if let Some(name) = test["test"].as_str() {
            card.push_str(&format!("  {}\n", tested(name, test, &said)));
        }
    }
    let outcome = tally["outcome"].as_str().unwrap_or_default().replace('_', " ");
    card.push_str(&format!("if voting ended now: {outcome}\n"));
    card
}

/// A test in a line.
fn tested(name: &str, test: &Value, said: &dyn Fn(&Value) -> String) -> String {
    let mark = if test["holds"] == true { "holds" } else { "fails" };
    let (found, bound, missing) = (said(&test["found"]), said(&test["bound"]), said(&test["missing"]));
    let lacks = |what: &str| match test["holds"] == true {
        true => String::new(),
        false => format!(": {missing} {what}"),
    };
    let (name, told) = match name {
        "power" => ("power", format!("{found} has a vote")),
        "quorum" => ("quorum", format!("{found} voted of at least {bound}{}", lacks("more must vote"))),
        "opinions" => ("opinions", format!("{found} voted and did not abstain")),
        "veto" => ("veto", format!("{found} of at most {bound}{}", lacks("are too many"))),
        "opposition" => ("against", format!("{found} of at most {bound}{}", lacks("are too many"))),
        "threshold" => {
            ("threshold", format!("{found} yes of at least {bound}{}", lacks("more yes would do")))
        }
        _ => (
            "at once",
            format!("{found} yes of {bound}, then it acts without waiting{}", lacks("are missing")),
        ),
    };
    format!("{name:<10}{mark}  {told}")
}

/// A part of a whole, as a bar and in percent.
fn bar(part: u64, whole: u64) -> String {
    let of = |scale: u64| (u128::from(part) * u128::from(scale)).checked_div(whole.into()).unwrap_or(0);
    let full = usize::try_from(of(BAR as u64)).unwrap_or(BAR).min(BAR);
    let bps = of(10_000);
    let percent = format!("{}.{:02} %", bps / 100, bps % 100);
    format!("{}{} {percent:>8}", "█".repeat(full), "░".repeat(BAR - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_never_longer_than_its_whole() {
        for (part, whole, said) in [(0, 0, "0.00 %"), (1, 3, "33.33 %"), (3, 3, "100.00 %"), (0, 9, "0.00 %")]
        {
            let bar = bar(part, whole);
            assert!(bar.ends_with(said), "{bar}");
            assert_eq!(bar.chars().filter(|one| "█░".contains(*one)).count(), BAR);
        }
    }

    #[test]
    fn what_is_missing_is_said_where_a_test_fails() {
        let test = |holds: bool| {
            let missing = if holds { "0" } else { "5000000000" };
            json!({ "test": "quorum", "holds": holds, "found": "1000000000", "bound": "6000000000", "missing": missing })
        };
        assert_eq!(
            tested("quorum", &test(false), &lol),
            "quorum    fails  1 LOL voted of at least 6 LOL: 5 LOL more must vote"
        );
        assert_eq!(tested("quorum", &test(true), &lol), "quorum    holds  1 LOL voted of at least 6 LOL");
        // It passes in silence: what is against it must not be too much.
        let against = tested("opposition", &test(false), &lol);
        assert_eq!(against, "against   fails  1 LOL of at most 6 LOL: 5 LOL are too many");
        // Holders of a token vote with units of it.
        let units = |amount: &Value| powers(Some("1000000002"), amount);
        let held =
            tested("quorum", &json!({ "holds": true, "found": "3", "bound": "2", "missing": "0" }), &units);
        let units = "3 base units of #1000000002 voted of at least 2 base units of #1000000002";
        assert_eq!(held, format!("quorum    holds  {units}"));
    }
}
