//! A proposal as a person writes it: a file in TOML, whose values stand as on the command line. Every mistake in it is
//! told at once, with its line.
//!
//! ```toml
//! title = "Cheaper gas"
//! summary = "Why, and where to read more."
//! deposit = "500LOL"
//! expedited = true
//!
//! [params."app/params"]
//! gas_price_min = 2
//!
//! [[messages]]
//! module = "token"
//! message = "burn"
//! [messages.body]
//! coin = "5LOL"
//! ```
//!
//! The changes of parameters come first, a message for each set, then the messages in order.

use std::{cell::RefCell, ops::Range};

use chortle_app::{
    MODULES,
    own_module::{self, SetParams},
    shows::Shows,
};
use chortle_kernel::{Address, AssetId, Message as _, tx::RawMessage};
use serde_json::{Map, Value, json};
use toml_edit::{Document, Item, TableLike};

use crate::{
    Error, Result,
    amount::{self, Assets},
    build,
    flags::{self, Flag},
    schema::{self, Shape},
    values::{self, Resolver},
};

/// What names, amounts and times in a file are resolved with.
pub struct Known<'a> {
    /// A key's name or an address.
    pub address: &'a dyn Fn(&str) -> Result<Address>,
    /// Symbols and decimals.
    pub assets: &'a dyn Assets,
    /// Of what an amount is whose asset the message does not name, by module and message.
    pub base: &'a dyn Fn(&str, &str, &Value) -> Result<AssetId>,
    /// The time that spans are counted from.
    pub now_unix_ms: &'a dyn Fn() -> u64,
}

/// A proposal out of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// In a line.
    pub title: String,
    /// Why.
    pub summary: String,
    /// What comes with it, as it is written; none if the file does not say.
    pub deposit: Option<String>,
    /// Whether it asks for a short vote first.
    pub expedited: bool,
    /// Whether a body proposes it, so that it passes unless too many are against it.
    pub optimistic: bool,
    /// The asset whose holders vote on it and for whom it acts; the chain if none.
    pub community: Option<AssetId>,
    /// What is done if it passes.
    pub messages: Vec<RawMessage>,
}

/// What is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line; 1 if it is of the file as a whole.
    pub line: usize,
    /// The field: `messages[0].body.coin`; empty for the file as a whole.
    pub field: String,
    /// What is wrong.
    pub why: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Reads a file; the error has every mistake, by line.
pub fn parse(text: &str, known: &Known<'_>) -> std::result::Result<Draft, Vec<Mistake>> {
    let reader = Reader { text, known, mistakes: RefCell::default() };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            reader.wrong(error.span(), "", error.message().trim(), None);
            return Err(reader.mistakes.into_inner());
        }
    };
    let draft = reader.draft(document.as_table());
    let mut mistakes = reader.mistakes.into_inner();
    if mistakes.is_empty() {
        return Ok(draft);
    }
    mistakes.sort_by(|a, b| (a.line, &a.field).cmp(&(b.line, &b.field)));
    Err(mistakes)
}

/// What a file may say at its top.
const FIELDS: [&str; 8] =
    ["title", "summary", "deposit", "expedited", "optimistic", "community", "params", "messages"];
/// What a message in a file says.
const MESSAGE_FIELDS: [&str; 3] = ["module", "message", "body"];

struct Reader<'a> {
    text: &'a str,
    known: &'a Known<'a>,
    mistakes: RefCell<Vec<Mistake>>,
}

impl Reader<'_> {
    fn line(&self, span: Option<Range<usize>>) -> usize {
        let start = span.map_or(0, |span| span.start);
        let before = self.text.get(..start).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    fn wrong(&self, span: Option<Range<usize>>, field: &str, why: impl Into<String>, hint: Option<String>) {
        let mistake = Mistake { line: self.line(span), field: field.to_owned(), why: why.into(), hint };
        self.mistakes.borrow_mut().push(mistake);
    }

    /// Notes what is none of these names.
    fn unknown(&self, table: &dyn TableLike, above: &str, names: &[&str]) {
        for (name, item) in table.iter().filter(|(name, _)| !names.contains(name)) {
            let span = span_of(table, name, item);
            let hint = format!("here stand: {}", names.join(", "));
            self.wrong(span, &at(above, name), "there is no such field", Some(hint));
        }
    }

    fn text_of(&self, table: &dyn TableLike, above: &str, name: &str) -> Option<String> {
        let item = table.get(name)?;
        let found = item.as_str().map(str::to_owned);
        if found.is_none() {
            let hint = Some(format!("write it between quotes: {name} = \"…\""));
            self.wrong(span_of(table, name, item), &at(above, name), "this is no text", hint);
        }
        found
    }

    fn draft(&self, file: &dyn TableLike) -> Draft {
        self.unknown(file, "", &FIELDS);
        let title = self.text_of(file, "", "title");
        let missing = file.get("title").is_none();
        if missing || title.as_ref().is_some_and(|title| title.trim().is_empty()) {
            let span = file.get("title").and_then(Item::span);
            let hint = Some("say in a line what it is about: title = \"…\"".to_owned());
            self.wrong(span, "title", "the proposal has no title", hint);
        }
        let deposit = match file.get("deposit") {
            Some(_) => self.text_of(file, "", "deposit").inspect(|text| self.ensure_deposit(file, text)),
            None => None,
        };
        let [expedited, optimistic] = ["expedited", "optimistic"].map(|name| self.is_set(file, name));
        if expedited && optimistic {
            let span = file.get("optimistic").and_then(Item::span);
            let hint = Some("leave one of the two out".to_owned());
            self.wrong(span, "optimistic", "a proposal is expedited or optimistic, not both", hint);
        }
        Draft {
            title: title.unwrap_or_default(),
            summary: self.text_of(file, "", "summary").unwrap_or_default(),
            deposit,
            expedited,
            optimistic,
            community: self.community(file),
            messages: self.params(file).into_iter().chain(self.messages(file)).collect(),
        }
    }

    /// The asset whose holders vote, such as `GRIN#1000000002`.
    fn community(&self, file: &dyn TableLike) -> Option<AssetId> {
        let text = self.text_of(file, "", "community")?;
        let found = amount::parse_asset(&text, self.known.assets);
        found
            .inspect_err(|error| {
                let span = file.get("community").and_then(Item::span);
                let hint = Some("write the token as SYMBOL#number, or its number".to_owned());
                self.wrong(span, "community", &*error.sentence, hint);
            })
            .ok()
    }

    /// Whether something is said to be so; it is not if the file does not say.
    fn is_set(&self, file: &dyn TableLike, name: &str) -> bool {
        let Some(item) = file.get(name) else { return false };
        let found = item.as_bool();
        if found.is_none() {
            self.wrong(item.span(), name, "this is neither true nor false", None);
        }
        found.unwrap_or(false)
    }

    fn ensure_deposit(&self, file: &dyn TableLike, text: &str) {
        if [WHOLE, LEAST].contains(&text) {
            return;
        }
        if let Err(error) = amount::parse_amount_of(text, AssetId::NATIVE, self.known.assets) {
            let span = file.get("deposit").and_then(Item::span);
            let hint = Some("write such as 50LOL, or whole, or least".to_owned());
            self.wrong(span, "deposit", error.sentence, hint);
        }
    }

    /// The changes of parameters, a message for each set.
    fn params(&self, file: &dyn TableLike) -> Vec<RawMessage> {
        let Some(item) = file.get("params") else { return Vec::new() };
        let Some(sets) = item.as_table_like() else {
            let hint = "write [params.\"app/params\"], and the changes below it, a line each".to_owned();
            self.wrong(item.span(), "params", "this is no table", Some(hint));
            return Vec::new();
        };
        sets.iter().filter_map(|(path, item)| self.set(sets, path, item)).collect()
    }

    fn set(&self, sets: &dyn TableLike, path: &str, item: &Item) -> Option<RawMessage> {
        let (field, span) = (at("params", &format!("\"{path}\"")), span_of(sets, path, item));
        let Some(set) = MODULES.params(path) else {
            let known: Vec<_> =
                MODULES.modules().flat_map(|module| module.params).map(|set| set.path).collect();
            let hint = format!("sets of parameters are: {}", known.join(", "));
            self.wrong(span, &field, format!("there is no set of parameters '{path}'"), Some(hint));
            return None;
        };
        let Some(table) = item.as_table_like() else {
            self.wrong(span, &field, "this is no table of changes", None);
            return None;
        };
        if table.is_empty() {
            // A template names every set; one of which nothing is taken out of its comment stays as it is.
            return None;
        }
        // A change names what it changes, and nothing else.
        let fields = schema::describe(set.schema).1.into_iter();
        let fields: Vec<_> = fields.map(|field| schema::Field { required: false, ..field }).collect();
        let body = self.fields(
            Place { table, at: &field, span },
            &fields,
            &Shows::of_schema(set.schema),
            &|_: &Value| Err(Error::usage("say of which asset")),
        )?;
        let changes = json!({ "path": path, "changes": body.to_string() });
        self.built(
            Place { table, at: &field, span: span_of(sets, path, item) },
            own_module::NAME,
            SetParams::NAME,
            changes,
        )
    }

    fn messages(&self, file: &dyn TableLike) -> Vec<RawMessage> {
        let Some(item) = file.get("messages") else { return Vec::new() };
        let Some(list) = item.as_array_of_tables() else {
            let hint = "write [[messages]] above each message".to_owned();
            self.wrong(item.span(), "messages", "this is no list of messages", Some(hint));
            return Vec::new();
        };
        let one = |(place, table): (usize, &toml_edit::Table)| {
            self.message(Place { table, at: &format!("messages[{place}]"), span: table.span() })
        };
        list.iter().enumerate().filter_map(one).collect()
    }

    fn message(&self, place: Place<'_>) -> Option<RawMessage> {
        let Place { table, at: above, span } = place;
        self.unknown(table, above, &MESSAGE_FIELDS);
        for name in ["module", "message"].into_iter().filter(|name| table.get(name).is_none()) {
            let hint = Some("such as module = \"token\" and message = \"burn\"".to_owned());
            self.wrong(span.clone(), &at(above, name), "this is missing", hint);
        }
        let module = self.text_of(table, above, "module")?;
        let message = self.text_of(table, above, "message")?.replace('-', "_");
        let Some((_, kind)) = MODULES.tags(&module, &message) else {
            let hint = "see them with: chortle tx --help".to_owned();
            let why = format!("there is no message {module} {message}");
            self.wrong(table.get("message").and_then(Item::span), &at(above, "message"), why, Some(hint));
            return None;
        };
        let empty = toml_edit::Table::new();
        let (body, span) = match table.get("body") {
            None => (&empty as &dyn TableLike, span),
            Some(item) => match item.as_table_like() {
                Some(body) => (body, item.span().or(span)),
                None => {
                    self.wrong(item.span(), &at(above, "body"), "this is no table of fields", None);
                    return None;
                }
            },
        };
        let inside = at(above, "body");
        let fields = schema::describe(kind.schema).1;
        let base = |body: &Value| (self.known.base)(&module, &message, body);
        let of_body = Place { table: body, at: &inside, span: span.clone() };
        let json = self.fields(of_body, &fields, &Shows::of_schema(kind.schema), &base)?;
        self.built(Place { table: body, at: &inside, span }, &module, &message, json)
    }

    /// The message, if it holds as a whole.
    fn built(&self, place: Place<'_>, module: &str, message: &str, body: Value) -> Option<RawMessage> {
        match build::message(module, message, body) {
            Ok(raw) => Some(raw),
            Err(error) => {
                let why = error.sentence.trim_start_matches(&format!("{module} {message}: ")).to_owned();
                self.wrong(place.span, place.at, why, error.hint.map(String::from));
                None
            }
        }
    }

    /// The body out of a table of fields; none if anything in it is wrong.
    fn fields(
        &self,
        place: Place<'_>,
        fields: &[schema::Field],
        shows: &Shows,
        base: &dyn Fn(&Value) -> Result<AssetId>,
    ) -> Option<Value> {
        let before = self.mistakes.borrow().len();
        let flags = flags::flags(fields, shows, &[]);
        self.strange(&place, &mut Vec::new(), place.table, &flags);
        let given =
            |flag: &Flag| found(place.table, &flag.path).map_or_else(Vec::new, |item| texts(item, flag));
        let resolver = Resolver {
            address: self.known.address,
            assets: self.known.assets,
            shows,
            base,
            now_unix_ms: self.known.now_unix_ms,
        };
        // What is to be nothing has no value in TOML: it is called none.
        let is_none = |flag: &Flag| flag.shape == Shape::Address && given(flag) == ["none"];
        let (none, some): (Vec<Flag>, Vec<Flag>) = flags.into_iter().partition(is_none);
        let (mut body, mistakes) = values::body_and_mistakes(&some, &given, &resolver);
        for flag in &none {
            set_null(&mut body, &flag.path);
        }
        for (flag, error) in mistakes {
            let span = found(place.table, &flag.path).and_then(Item::span);
            self.wrong(
                span,
                &at(place.at, &flag.path.join(".")),
                error.sentence,
                error.hint.map(String::from),
            );
        }
        let missing = some.iter().filter(|flag| flag.required && given(flag).is_empty());
        for flag in missing {
            let (field, help) = (at(place.at, &flag.path.join(".")), flag.help.clone());
            self.wrong(place.span.clone(), &field, "this is missing", Some(help));
        }
        (self.mistakes.borrow().len() == before).then_some(body)
    }

    /// Notes every name in a table that leads to no field.
    fn strange(&self, place: &Place<'_>, above: &mut Vec<String>, table: &dyn TableLike, flags: &[Flag]) {
        for (name, item) in table.iter() {
            above.push(name.to_owned());
            if !flags.iter().any(|flag| flag.path == *above) {
                let leads = flags.iter().any(|flag| flag.path.starts_with(above));
                match item.as_table_like().filter(|_| leads) {
                    Some(inner) => self.strange(place, above, inner, flags),
                    None => {
                        let near = nearest(name, flags, above.len());
                        let field = at(place.at, &above.join("."));
                        self.wrong(span_of(table, name, item), &field, "there is no such field", near);
                    }
                }
            }
            above.pop();
        }
    }
}

/// Everything that must be deposited before voting begins.
pub const WHOLE: &str = "whole";
/// The least that comes with a proposal.
pub const LEAST: &str = "least";

/// A table in a file.
struct Place<'t> {
    table: &'t dyn TableLike,
    at: &'t str,
    span: Option<Range<usize>>,
}

fn at(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}

/// Where a field stands: at its name.
fn span_of(table: &dyn TableLike, name: &str, item: &Item) -> Option<Range<usize>> {
    table.key(name).and_then(toml_edit::Key::span).or_else(|| item.span())
}

fn found<'t>(table: &'t dyn TableLike, path: &[String]) -> Option<&'t Item> {
    let (last, above) = path.split_last()?;
    let table = above.iter().try_fold(table, |table, name| table.get(name)?.as_table_like())?;
    table.get(last)
}

/// What stands there, as on the command line: a text for each of several.
fn texts(item: &Item, flag: &Flag) -> Vec<String> {
    let json = to_json(item);
    match json {
        Value::Array(items) if flag.repeats => items.iter().map(text).collect(),
        other => vec![text(&other)],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn to_json(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => value_json(value),
        Item::Table(table) => table_json(table),
        Item::ArrayOfTables(list) => list.iter().map(|table| table_json(table)).collect(),
    }
}

fn table_json(table: &dyn TableLike) -> Value {
    Value::Object(table.iter().map(|(name, item)| (name.to_owned(), to_json(item))).collect())
}

fn value_json(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => text.value().as_str().into(),
        toml_edit::Value::Integer(number) => (*number.value()).into(),
        toml_edit::Value::Float(number) => number.value().to_string().into(),
        toml_edit::Value::Boolean(flag) => (*flag.value()).into(),
        toml_edit::Value::Datetime(moment) => moment.value().to_string().into(),
        toml_edit::Value::Array(items) => items.iter().map(value_json).collect(),
        toml_edit::Value::InlineTable(table) => table_json(table),
    }
}

fn set_null(body: &mut Value, path: &[String]) {
    let mut slot = body;
    for name in path {
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        slot = &mut slot[name.as_str()];
    }
    *slot = Value::Null;
}

/// The fields that stand at this depth, the one that was meant first.
fn nearest(name: &str, flags: &[Flag], depth: usize) -> Option<String> {
    let mut names: Vec<&str> =
        flags.iter().filter_map(|flag| flag.path.get(depth - 1)).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let meant = names.iter().copied().min_by_key(|other| distance(name, other));
    let meant = meant.filter(|other| distance(name, other) <= name.len().div_ceil(3));
    Some(match meant {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("here stand: {}", names.join(", ")),
    })
}

/// How many letters apart two names are.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, one) in a.chars().enumerate() {
        let (mut left_above, mut left) = (i, i + 1);
        row[0] = left;
        for (j, other) in b.chars().enumerate() {
            let above = row[j + 1];
            left = (left_above + usize::from(one != other)).min(above + 1).min(left + 1);
            left_above = above;
            row[j + 1] = left;
        }
    }
    row[b.chars().count()]
}
