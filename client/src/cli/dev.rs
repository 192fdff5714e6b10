//! Drives a development chain, as `chortled dev` starts it: blocks, the clock, snapshots.

use clap::{Subcommand, value_parser};
use serde_json::json;

use super::{output, session::Session};
use crate::{Error, Result, time};

#[derive(Subcommand)]
pub enum Command {
    /// Make blocks, whether a transaction waits or not
    Mine {
        /// How many, 1 to 1000
        #[arg(default_value_t = 1, value_parser = value_parser!(u64).range(1..=1_000))]
        blocks: u64,
    },
    /// Move the clock forward, and make a block at that time
    Time {
        /// So long from the chain's time on, such as 30d; or a moment: 2030-01-31, 2030-01-31T12:00:00Z
        to: String,
    },
    /// Remember the chain as it stands; answers the snapshot's number
    Snapshot,
    /// Go back to a snapshot; what came after it is gone
    Revert {
        /// The number that `snapshot` answered
        snapshot: u64,
    },
    /// Say when blocks are made
    Mode {
        /// instant: as soon as a transaction waits; manual: when asked; or each time that so long is over: 500ms
        when: String,
    },
}

pub fn run(session: &Session, command: &Command) -> Result<()> {
    let (what, body) = match command {
        Command::Mine { blocks } => ("mine", json!({ "blocks": blocks })),
        Command::Time { to } => ("time", moved(to)?),
        Command::Snapshot => ("snapshot", json!({})),
        Command::Revert { snapshot } => ("revert", json!({ "snapshot": snapshot })),
        Command::Mode { when } => ("mode", mode(when)?),
    };
    let driven = session.rest()?.drive(what, &body).map_err(|error| match (command, error.is_not_found()) {
        (_, false) => error,
        (Command::Revert { .. }, true) => error.hint("write a number that chortle dev snapshot answered"),
        (_, true) => error.hint("only a development chain can be driven; start one with: chortled dev"),
    });
    output::result(session.format, &driven?)
}

/// A span goes by the chain's clock, which may be far ahead of this machine's.
fn moved(to: &str) -> Result<serde_json::Value> {
    if let Ok(span) = time::parse_span(to) {
        return Ok(json!({ "advance_ms": time::millis(span) }));
    }
    let moment = time::parse_moment(to, &time::now_unix_ms)
        .map_err(|why| Error::usage(why).hint("such as: chortle dev time 30d"))?;
    Ok(json!({ "set_unix_ms": moment }))
}

fn mode(when: &str) -> Result<serde_json::Value> {
    match when {
        "instant" | "manual" => Ok(json!(when)),
        span => {
            let span = time::parse_span(span).map_err(|_| {
                Error::usage(format!(
                    "'{when}' does not say when: write instant, manual, or a time such as 500ms"
                ))
                .hint("such as: chortle dev mode 500ms")
            })?;
            Ok(json!({ "interval_ms": time::millis(span) }))
        }
    }
}
