//! Fields of a message or a read as flags: their names, what they are for, what stands behind them.

use chortle_app::shows::{Show, Shows};

use crate::schema::{Field, Shape};

/// A flag for one field, which may be nested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name without the dashes.
    pub long: String,
    /// Its name as JSON has it, where that is another: understood, not shown.
    pub alias: Option<String>,
    /// The names that lead to the field in JSON.
    pub path: Vec<String>,
    /// What it is for.
    pub help: String,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it may be given many times.
    pub repeats: bool,
    /// What stands behind it.
    pub shape: Shape,
}

/// The flags of a body's fields; `taken` are names that mean something else already.
pub fn flags(fields: &[Field], shows: &Shows, taken: &[String]) -> Vec<Flag> {
    let mut found = Vec::new();
    collect(fields, &[], true, shows, &mut found);
    for flag in &mut found {
        if taken.contains(&flag.long) {
            flag.long = format!("message-{}", flag.long);
        }
    }
    found
}

fn collect(fields: &[Field], above: &[String], required: bool, shows: &Shows, found: &mut Vec<Flag>) {
    for field in fields {
        let path: Vec<String> = above.iter().chain([&field.name]).cloned().collect();
        let required = required && field.required;
        if let Shape::Object(inner) = &field.shape {
            collect(inner, &path, required, shows, found);
            continue;
        }
        let mut long = path.join("-").replace('_', "-");
        let (shape, repeats) = match &field.shape {
            Shape::List(item) => {
                long = singular(&long);
                ((**item).clone(), true)
            }
            shape => (shape.clone(), false),
        };
        // A moment is written as people write it, so its flag does not name milliseconds.
        let alias = long.strip_suffix("-unix-ms").map(str::to_owned);
        let (long, alias) = match alias {
            Some(short) => (short, Some(long)),
            None => (long, None),
        };
        let show = shows.of(&shown_path(&path, repeats));
        let help = format!("{}{}", on_the_line(&field.help), note(&field.name, &shape, show));
        found.push(Flag { long, alias, path, help, required, repeats, shape });
    }
}

/// The path of a field as [`Shows`] writes it.
pub(crate) fn shown_path(path: &[String], repeats: bool) -> String {
    path.join(".") + if repeats { "[]" } else { "" }
}

/// The doc comment speaks of JSON; on the command line amounts and times are written as people write them.
fn on_the_line(help: &str) -> String {
    let mut help = help.trim_end_matches('.').to_owned();
    for of_json in [", in base units", ", in nlol", ", in milliseconds since 1970"] {
        help = help.replace(of_json, "");
    }
    help
}

/// One of many: `recipients` is given as `recipient`, `capabilities` as `capability`.
fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("sses") {
        return format!("{stem}ss");
    }
    match (name.strip_suffix("ies"), name.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => name.to_owned(),
    }
}

/// How a value is written on the command line, where that differs from JSON.
fn note(name: &str, shape: &Shape, show: Option<&Show>) -> &'static str {
    match (shape, show) {
        (Shape::Amount, Some(Show::Native)) => ". In LOL: 1.5, 1.5LOL or 1500000000nlol",
        (Shape::Amount, Some(Show::Created)) => ". In whole units of the new asset, such as 1000000 or 0.5",
        (Shape::Amount, Some(Show::Base)) => ". With its unit, such as 5LOL or 10DOGE#17",
        (Shape::Amount, _) => ". In whole units of the asset, such as 1000000 or 0.5",
        (Shape::Coin, _) => ", such as 1.5LOL or 10DOGE#17",
        (Shape::Schedule(_), _) => SCHEDULE,
        (Shape::Object(fields), _) if is_message(fields) => MESSAGE,
        (Shape::Object(fields), _) if pair(fields).is_some() => match schedule(fields) {
            Some(_) => ". Written WHO=AMOUNT SCHEDULE, such as \"lol1…=1.5 over 90d\"; may be repeated",
            None => ". Written WHO=AMOUNT, such as lol1…=1.5; may be repeated",
        },
        (Shape::Integer, _) if name.ends_with("_unix_ms") => ": 30d from now, or such as 2027-01-31",
        (Shape::Integer, _) if name.ends_with("_bps") => ". In hundredths of a percent, or such as 2.5%",
        (Shape::Integer, _) if name.ends_with("_ms") => ". Such as 30d, or in milliseconds",
        _ => "",
    }
}

/// How a schedule is written.
const SCHEDULE: &str = ". Written \"over 90d\", \"over 365d cliff 90d\", \"from 2027-01-31 over 365d\", or in \
                        steps WHEN=AMOUNT, such as \"30d=1000 60d=500\"";

/// How a message that another carries is written.
const MESSAGE: &str = ". Written as its own command, such as \"token transfer --to bob --coin 5LOL\", or as JSON by its \
                       names, such as {\"module\": \"app\", \"message\": \"set_params\", \"body\": {…}}, or \
                       @FILE with either; may be repeated";

/// Whether an object is a message as the envelope carries it.
pub fn is_message(fields: &[Field]) -> bool {
    let mut names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    names == ["body", "module", "tag"]
}

/// A placeholder for the value in help texts.
pub fn value_name(shape: &Shape) -> String {
    let name = match shape {
        Shape::Address => "ADDRESS",
        Shape::Amount => "AMOUNT",
        Shape::Asset => "ASSET",
        Shape::Coin => "COIN",
        Shape::Hex => "HEX",
        Shape::Text => "TEXT",
        Shape::Integer => "NUMBER",
        Shape::Boolean => "BOOL",
        Shape::Choice(_) => "WORD",
        Shape::Schedule(_) => "SCHEDULE",
        Shape::Object(fields) if pair(fields).is_some() => "WHO=AMOUNT",
        Shape::Object(fields) if is_message(fields) => "MESSAGE",
        Shape::Object(_) | Shape::List(_) | Shape::Json => "JSON",
    };
    name.to_owned()
}

/// An account and what it gets: the one pair that is written `WHO=AMOUNT`.
pub(crate) fn pair(fields: &[Field]) -> Option<(&Field, &Field)> {
    let who = fields.iter().find(|field| field.shape == Shape::Address)?;
    let what = fields.iter().find(|field| matches!(field.shape, Shape::Amount | Shape::Coin))?;
    let others = fields.iter().filter(|field| !std::ptr::eq(*field, who) && !std::ptr::eq(*field, what));
    let plain = |field: &Field| matches!(field.shape, Shape::Schedule(_) | Shape::Boolean);
    others.into_iter().all(plain).then_some((who, what))
}

/// Whether a value is such a pair.
pub fn is_pair(shape: &Shape) -> bool {
    matches!(shape, Shape::Object(fields) if pair(fields).is_some())
}

/// The schedule beside such a pair.
pub(crate) fn schedule(fields: &[Field]) -> Option<&Field> {
    fields.iter().find(|field| matches!(field.shape, Shape::Schedule(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn a_field_named_like_a_common_option_is_prefixed() {
        let (_, kind) = chortle_app::MODULES.tags("token", "transfer").unwrap();
        let flags = flags(&schema::describe(kind.schema).1, &Shows::default(), &["to".to_owned()]);
        assert!(flags.iter().any(|flag| flag.long == "message-to"));
    }
}
