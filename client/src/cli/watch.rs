//! `chortle watch`: what happens, a line an event, across a node that goes away and comes back.

use std::{
    thread,
    time::{Duration, Instant},
};

use chortle_app::{MODULES, catalogue};
use chortle_kernel::{AssetId, Coin};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    output::{self, Format},
    send::Known,
    session::Session,
};
use crate::{
    Class, Code, Error, Result,
    amount::{self, Assets},
    stream::Event,
};

/// First pause before a node that went away is asked again; it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// A connection that held this long was a good one: the next pause is the first again.
const GOOD: Duration = Duration::from_secs(10);

/// What to watch.
#[derive(Subcommand)]
pub enum Command {
    /// What moves or names an account: its transactions and every event of it
    Account {
        /// A key's name, lol1… or 0x…; by default the sender
        who: Option<String>,
        #[command(flatten)]
        range: Range,
    },
    /// What happens to an asset
    Asset {
        /// LOL, 17 or DOGE#17
        asset: String,
        #[command(flatten)]
        range: Range,
    },
    /// What happens to a validator: delegations, slashes, jail
    Validator {
        /// Its operator: a key's name, lol1… or 0x…
        operator: String,
        #[command(flatten)]
        range: Range,
    },
    /// Every block
    Blocks {
        #[command(flatten)]
        range: Range,
    },
}

/// From where, and until when.
#[derive(Args, Clone, Debug)]
pub struct Range {
    /// Begin with this block instead of the next
    #[arg(long, value_name = "HEIGHT", conflicts_with = "after")]
    from_block: Option<u64>,
    /// Go on right after the event with this id, such as 17.3
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// End after so many events; by default never
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
}

/// What is asked for, and what of it is shown.
struct Watch<'a> {
    session: &'a Session,
    pairs: Vec<(String, String)>,
    asset: Option<AssetId>,
    left: Option<u64>,
}

pub fn run(session: &Session, command: &Command) -> Result<()> {
    let pair = |name: &str, text: String| (name.to_owned(), text);
    let (pairs, asset, range) = match command {
        Command::Account { who, range } => {
            let who = session.sender(who.as_deref())?;
            (vec![pair("account", who.to_string())], None, range)
        }
        Command::Asset { asset, range } => {
            let asset = amount::parse_asset(asset, &Known(session))?;
            Known(session).describe(asset)?;
            let modules: Vec<_> = MODULES.modules().map(|module| module.name).collect();
            (vec![pair("topics", modules.join(","))], Some(asset), range)
        }
        Command::Validator { operator, range } => {
            let who = session.store.resolve(operator)?.to_string();
            let mut queries = catalogue::queries(&MODULES);
            let (module, kind) = queries
                .find(|(_, kind)| kind.name == "validator")
                .ok_or_else(|| Error::usage("this chain has no validators"))?;
            let parts =
                kind.path.split('/').map(|part| if part.starts_with('{') { who.as_str() } else { part });
            session.rest()?.get(&parts.collect::<Vec<_>>(), &[]).map_err(|error| {
                match error.is_not_found() {
                    true => error.hint(format!("find the operator: chortle query {module} validators")),
                    false => error,
                }
            })?;
            (vec![pair("topics", module.to_owned()), pair("account", who)], None, range)
        }
        Command::Blocks { range } => (vec![pair("topics", "block".to_owned())], None, range),
    };
    if range.count == Some(0) {
        return Ok(());
    }
    let begin = begin(session, range)?;
    Watch { session, pairs, asset, left: range.count }.follow(begin)
}

/// The id that the first event comes after. Without one a stream that breaks before its first event would have no
/// place to go on from.
fn begin(session: &Session, range: &Range) -> Result<String> {
    if let Some(id) = &range.after {
        return Ok(id.clone());
    }
    let tip = session.rest()?.status()?.height;
    match range.from_block {
        Some(height) if height > tip.saturating_add(1) => {
            Err(Error::usage(format!("there is no block {height} yet; the last one is {tip}"))
                .hint("leave --from-block out to begin with the next block"))
        }
        Some(height) => Ok(end_of(height.saturating_sub(1))),
        None => Ok(end_of(tip)),
    }
}

/// An id after every event of a block.
fn end_of(height: u64) -> String {
    format!("{height}.{}", u64::MAX)
}

impl Watch<'_> {
    fn follow(mut self, begin: String) -> Result<()> {
        let rest = self.session.rest()?;
        let chain = rest.status()?.chain()?;
        let (mut last, mut pause, mut away) = (begin, PAUSE_FIRST, false);
        let mut opened = false;
        loop {
            let asked = Instant::now();
            let why = match rest.stream(&self.pairs, &last) {
                Err(error) if !opened || !passes(&error) => return Err(error),
                Err(error) => error.sentence,
                Ok(mut stream) => {
                    if away {
                        let found = rest.status().and_then(|status| status.chain());
                        if found.is_ok_and(|found| found != chain) {
                            return Err(Error::unexpected(
                                Code::WrongNetwork,
                                "the node is of another chain now",
                            )
                            .hint("watch again, if that is the chain you mean"));
                        }
                        output::note("the node is back");
                    }
                    (opened, away) = (true, false);
                    loop {
                        match stream.next_event() {
                            Ok(Some(event)) => {
                                last = passed(&event).or(stream.last_id.clone()).unwrap_or(last);
                                stream.last_id = Some(last.clone());
                                if self.show(&event)? {
                                    return Ok(());
                                }
                            }
                            Ok(None) => break "it ended the stream".to_owned(),
                            Err(error) => {
                                last = stream.last_id.unwrap_or(last);
                                break error.to_string();
                            }
                        }
                    }
                }
            };
            if asked.elapsed() >= GOOD {
                pause = PAUSE_FIRST;
            }
            if !away {
                away = true;
                output::note(&format!("the node is away ({why}); going on after {last} once it is back"));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Shows an event, if it is wanted; answers whether it was the last one.
    fn show(&mut self, event: &Event) -> Result<bool> {
        if event.id.is_none() && self.session.format == Format::Table {
            output::note(&format!("{}: {}", event.kind, text(&event.data["detail"])));
            return Ok(false);
        }
        if event.id.is_some() && self.asset.is_some_and(|asset| !names(&event.data, asset)) {
            return Ok(false);
        }
        match self.session.format {
            Format::Json => output::raw(&format!("{}\n", line(event)))?,
            Format::Table => output::line(&self.words(event))?,
        }
        if event.id.is_some() {
            self.left = self.left.map(|left| left.saturating_sub(1));
        }
        Ok(self.left == Some(0))
    }

    /// An event for people: where, what, and its fields in words.
    fn words(&self, event: &Event) -> String {
        let id = event.id.as_deref().unwrap_or_default();
        let data = &event.data;
        let what = match event.kind.as_str() {
            "block" => format!("{} transactions={}", text(&data["time"]), text(&data["txs"])),
            "tx" => format!(
                "{} {} from {}",
                text(&data["hash"]),
                text(&data["status"]),
                self.word(&data["tx"]["sender"])
            ),
            _ => self.fields(&data["event"]["fields"]),
        };
        format!("{id}  {}  {what}", event.kind)
    }

    fn fields(&self, fields: &Value) -> String {
        let Some(all) = fields.as_object() else { return self.word(fields) };
        // An amount beside an asset is of it.
        let asset = all.get("asset").and_then(asset_of);
        let shown = all.iter().map(|(name, value)| {
            let amount = asset.filter(|_| name == "amount").and_then(|asset| self.coin(asset, value));
            format!("{name}={}", amount.unwrap_or_else(|| self.word(value)))
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    fn word(&self, value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let asset = fields.get("asset").and_then(asset_of).filter(|_| fields.len() == 2);
                let coin = asset.and_then(|asset| self.coin(asset, fields.get("amount")?));
                coin.unwrap_or_else(|| value.to_string())
            }
            Value::String(text) => {
                let name = text.parse().ok().and_then(|address| self.session.names()(&address));
                name.unwrap_or_else(|| text.clone())
            }
            other => other.to_string(),
        }
    }

    fn coin(&self, asset: AssetId, amount: &Value) -> Option<String> {
        let amount = amount.as_str()?.parse().ok()?;
        Some(Known(self.session).describe(asset).ok()?.display(Coin { asset, amount }))
    }
}

/// Whether a refusal passes by itself, so that the stream can go on.
fn passes(error: &Error) -> bool {
    error.class == Class::Unexpected && !error.is(Code::UntrustedNode.row())
}

/// Where the stream itself says that it goes on.
fn passed(event: &Event) -> Option<String> {
    let height = match event.kind.as_str() {
        "lagged" => "to_height",
        "reverted" => "height",
        _ => return None,
    };
    event.data[height].as_u64().map(end_of).filter(|_| event.id.is_none())
}

/// An event for programs, in one line.
fn line(event: &Event) -> Value {
    json!({ "id": event.id, "kind": event.kind, "data": event.data })
}

/// Whether an event says anything of an asset.
fn names(value: &Value, asset: AssetId) -> bool {
    match value {
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| (name == "asset" && asset_of(value) == Some(asset)) || names(value, asset)),
        Value::Array(items) => items.iter().any(|item| names(item, asset)),
        _ => false,
    }
}

fn asset_of(value: &Value) -> Option<AssetId> {
    value.as_str()?.parse().ok()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
