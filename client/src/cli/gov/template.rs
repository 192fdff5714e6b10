//! A proposal to begin with: a file that holds as it stands, with what each line means and today's values.

use std::fmt::Write as _;

use chortle_app::{
    MODULES,
    shows::{Show, Shows},
};
use chortle_kernel::{Amount, AssetId, Authority, Coin, MessageKind, Module};
use clap::ValueEnum;
use serde_json::{Value, json};

use super::{
    super::{output, send::Known, session::Session},
    changes::lol,
    node::{MODULE, read},
};
use crate::{
    Error, Result,
    amount::Assets,
    schema::{self, Field, Shape},
};

/// What a proposal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Says something and does nothing
    Text,
    /// Changes parameters
    Params,
    /// Pays out of the treasury
    Spend,
    /// Pauses a message, a module or an asset
    Pause,
    /// Ends a pause
    Unpause,
    /// Plans an upgrade of the program
    SoftwareUpgrade,
    /// Sends any message as governance
    Message,
}

/// Widest comment.
const COLUMNS: usize = 100;

/// Writes a template on standard output.
pub fn write(session: &Session, kind: Kind, what: Option<&str>) -> Result<()> {
    let rules = read(session, &["rules"], &[])?;
    let mut page = head(kind, &rules);
    let own = |name: &str| MODULES.tags(MODULE, name).map(|(_, kind)| (MODULE, kind));
    match (kind, what) {
        (Kind::Params, _) => params(session, what, &mut page)?,
        (Kind::Message, None) => {
            return Err(Error::usage("say which message").hint(
                "such as: chortle gov template message staking.unjail; all stand under: chortle tx --help",
            ));
        }
        (Kind::Message, Some(name)) => page.push_str(&message(session, named(name)?)),
        (_, Some(what)) => {
            return Err(Error::usage(format!("'{what}' means nothing to this template"))
                .hint("only params and message take a second word"));
        }
        (Kind::Text, None) => {}
        (Kind::Spend, None) => page.extend(own("spend").map(|found| message(session, found))),
        (Kind::Pause, None) => page.extend(own("begin_pause").map(|found| message(session, found))),
        (Kind::Unpause, None) => page.extend(own("end_pause").map(|found| message(session, found))),
        (Kind::SoftwareUpgrade, None) => page.push_str(&message(session, governed("schedule_upgrade")?)),
    }
    output::raw(&page)
}

/// The message of this verb that governance sends, in whichever module.
fn governed(verb: &str) -> Result<(&'static str, &'static MessageKind)> {
    let is_it = |kind: &&MessageKind| kind.name == verb && kind.authority == Authority::Governance;
    let of = |module: &'static Module| Some((module.name, module.messages.iter().find(is_it)?));
    MODULES.modules().find_map(of).ok_or_else(|| {
        Error::usage(format!("this program knows no message '{verb}'"))
            .hint("a later version may; what there is stands under: chortle tx --help")
    })
}

fn named(name: &str) -> Result<(&'static str, &'static MessageKind)> {
    let (module, verb) = name.split_once(['.', ' ', '/']).unwrap_or((name, ""));
    let found = MODULES.modules().find(|one| one.name == module);
    let kind = found.and_then(|one| one.messages.iter().find(|kind| kind.name == verb.replace('-', "_")));
    found.zip(kind).map(|(module, kind)| (module.name, kind)).ok_or_else(|| {
        Error::usage(format!("there is no message '{name}'"))
            .hint("write MODULE.MESSAGE, such as staking.unjail; all stand under: chortle tx --help")
    })
}

fn comment(page: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > COLUMNS {
            page.push_str(&line);
            page.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    page.push_str(&line);
    page.push('\n');
}

fn head(kind: Kind, rules: &Value) -> String {
    let mut page = String::new();
    comment(
        &mut page,
        "A proposal. Mend it, then: chortle gov validate FILE, chortle gov submit FILE --dry-run, chortle gov submit FILE.",
    );
    page.push('\n');
    let title = match kind {
        Kind::Text => "Thank the testers",
        Kind::Params => "Change a parameter",
        Kind::Spend => "Pay for an audit",
        Kind::Pause => "Pause what drains",
        Kind::Unpause => "End a pause",
        Kind::SoftwareUpgrade => "Upgrade the program",
        Kind::Message => "Do one thing",
    };
    comment(&mut page, "In a line, at most 140 bytes.");
    let _ = writeln!(page, "title = {}", quoted(title));
    comment(&mut page, "Why, and where to read more; at most 8192 bytes.");
    page.push_str(
        "summary = \"\"\"\nWhat is wrong today, what this changes, what speaks against it.\n\"\"\"\n",
    );
    let whole = lol(&rules["deposit_min"]);
    let first = rules["params"]["deposit_first_bps"].as_u64().unwrap_or(0);
    comment(
        &mut page,
        &format!(
            "What you deposit: whole begins the vote with the next block, {whole} today; least is {} of it, and others may \
         add. It comes back unless the proposal is vetoed, is spam, or never reaches a vote.",
            chortle_app::words::part(first)
        ),
    );
    page.push_str("deposit = \"whole\"\n");
    comment(
        &mut page,
        "A short vote first, with a higher quorum and threshold; never for the rules of governance.",
    );
    page.push_str("expedited = false\n");
    comment(
        &mut page,
        "With a line such as community = \"GRIN#1000000002\" the holders of that token vote on it, and it acts for them.",
    );
    comment(
        &mut page,
        "For bodies alone, and what theirs is to propose: it passes unless too many are against it. Who they are: chortle \
         query governance bodies.",
    );
    page.push_str("optimistic = false\n");
    page
}

/// Sets of parameters with today's values, each line to be taken out of its comment; all sets, or one.
fn params(session: &Session, path: Option<&str>, page: &mut String) -> Result<()> {
    let sets = session.rest()?.get(&["params"], &[])?;
    let sets = sets.as_array().cloned().unwrap_or_default();
    let wanted: Vec<&Value> =
        sets.iter().filter(|set| path.is_none_or(|path| set["path"].as_str() == Some(path))).collect();
    if wanted.is_empty() {
        let known: Vec<_> = sets.iter().filter_map(|set| set["path"].as_str()).collect();
        return Err(Error::usage(format!("there is no set of parameters '{}'", path.unwrap_or_default()))
            .hint(format!("sets are: {}", known.join(", "))));
    }
    page.push('\n');
    comment(
        page,
        "Today's values, as comments: take the # away where you want another. What stays a comment stays as it is.",
    );
    for set in wanted {
        let path = set["path"].as_str().unwrap_or_default();
        let Some(kind) = MODULES.params(path) else { continue };
        let (shows, fields) = (Shows::of_schema(kind.schema), schema::describe(kind.schema).1);
        let _ = writeln!(page, "\n[params.{}]", quoted(path));
        for field in fields {
            comment(page, &field.help);
            let value = &set["values"][&field.name];
            let _ = writeln!(page, "# {} = {}", field.name, value_of(&field, &shows, value, session));
        }
    }
    Ok(())
}

/// A message with every field: what must be there filled as in its example, the rest as comments.
fn message(session: &Session, (module, kind): (&'static str, &'static MessageKind)) -> String {
    let (help, fields) = schema::describe(kind.schema);
    let example = (kind.examples)().first().and_then(|bytes| Some((kind.decode)(bytes).ok()?.to_json()));
    let example = example.unwrap_or_else(|| json!({}));
    let shows = Shows::of_schema(kind.schema);
    let mut page = String::from("\n");
    comment(&mut page, &help);
    let _ = writeln!(page, "[[messages]]\nmodule = {}\nmessage = {}\n", quoted(module), quoted(kind.name));
    page.push_str("[messages.body]\n");
    for field in fields {
        comment(&mut page, &field.help);
        let value = value_of(&field, &shows, &example[&field.name], session);
        let mark = if field.required { "" } else { "# " };
        let _ = writeln!(page, "{mark}{} = {value}", field.name);
    }
    page
}

/// A value as people write it in a file.
fn value_of(field: &Field, shows: &Shows, value: &Value, session: &Session) -> String {
    let name = field.name.as_str();
    match (&field.shape, value) {
        (_, Value::Null) => quoted("none"),
        (Shape::Coin, Value::Object(_)) => serde_json::from_value(value.clone())
            .map_or_else(|_| toml(value), |coin: Coin| quoted(&coin_text(session, coin))),
        (Shape::Amount, Value::String(units)) if shows.of(name) == Some(&Show::Native) => {
            let amount = units.parse::<Amount>().unwrap_or_default();
            quoted(&coin_text(session, Coin { asset: AssetId::NATIVE, amount }))
        }
        (Shape::Integer, Value::Number(number)) => {
            let number = number.as_u64().unwrap_or(0);
            match name {
                _ if name.ends_with("_unix_ms") => quoted(&crate::time::shown(number)),
                _ if name.ends_with("_ms") && number > 0 => quoted(&crate::time::span(number)),
                _ if name.ends_with("_bps") => quoted(&chortle_app::words::part(number).replace(' ', "")),
                _ => number.to_string(),
            }
        }
        _ => toml(value),
    }
}

/// A coin as the command line reads it: in the units of its asset, where they are known.
fn coin_text(session: &Session, coin: Coin) -> String {
    let shown = Known(session).describe(coin.asset).map(|info| info.display(coin));
    match shown {
        Ok(shown) => shown.replacen(' ', "", usize::from(coin.asset == AssetId::NATIVE)),
        Err(_) => "10LOL".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

/// JSON as TOML in one line.
fn toml(value: &Value) -> String {
    match value {
        Value::Null => quoted("none"),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(name, field)| format!("{name} = {}", toml(field))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}
