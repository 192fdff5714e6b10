//! The one place that writes: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal, Write};

use comfy_table::{Table, presets};
use serde_json::Value;

use crate::{Code, Error, Result};

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people; the default on a terminal.
    Table,
    /// For programs; the default in a pipe.
    Json,
}

impl Format {
    /// What suits where standard output leads to.
    pub fn fitting() -> Self {
        if io::stdout().is_terminal() { Self::Table } else { Self::Json }
    }
}

/// A table with this many columns or more is written as one block per row.
const COLUMNS_MAX: usize = 9;

/// Writes a result.
pub fn result(format: Format, value: &Value) -> Result<()> {
    match format {
        Format::Json => {
            let text = serde_json::to_string_pretty(value)
                .map_err(|error| Error::unexpected(Code::EncodingFailed, error.to_string()))?;
            raw(&format!("{text}\n"))
        }
        Format::Table => raw(&render(value)),
    }
}

/// Writes a card for people.
pub fn card(card: &str) -> Result<()> {
    raw(&printable(card))
}

/// Writes text on standard output as it is. A reader that has gone is no error of ours.
pub fn raw(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::unexpected(Code::Stdout, format!("cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a remark for people on standard error.
pub fn note(text: &str) {
    // Nobody is left to tell if standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{}", printable(text));
}

/// Writes a question for people on standard error, and reads the answer.
pub fn ask(question: &str) -> Result<String> {
    let _ = write!(io::stderr().lock(), "{question}");
    let _ = io::stderr().lock().flush();
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .map_err(|error| Error::unexpected(Code::Stdin, format!("cannot read the answer: {error}")))?;
    Ok(line.trim().to_owned())
}

/// Writes an error on standard error: JSON for programs, a sentence and a hint for people.
pub fn error(format: Format, error: &Error) {
    let text = match (format, serde_json::to_string(&serde_json::json!({ "error": error }))) {
        (Format::Json, Ok(text)) => text,
        _ => {
            let hint = error.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
            format!("error: {} [{}]{hint}", error.sentence, error.code)
        }
    };
    note(&text);
}

/// Text that others wrote must not steer the terminal.
fn printable(text: &str) -> String {
    let safe = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(safe).collect()
}

fn render(value: &Value) -> String {
    match value {
        Value::Array(items) => rows(items),
        Value::Object(fields) => match fields.get("items") {
            Some(Value::Array(items)) => {
                let next = fields.get("next").and_then(Value::as_str);
                let next = next.map(|next| format!("next page: --cursor {next}\n")).unwrap_or_default();
                rows(items) + &next
            }
            _ => {
                let mut table = plain();
                for name in ordered(fields) {
                    table.add_row([printable(name).replace('_', " "), cell(&fields[name])]);
                }
                format!("{}\n", trimmed(&table))
            }
        },
        other => format!("{}\n", cell(other)),
    }
}

/// What people look for first; everything else follows by name.
const FIRST: &[&str] = &[
    "name",
    "setting",
    "hash",
    "status",
    "account",
    "asset",
    "full_name",
    "display",
    "height",
    "time",
    "from",
    "message",
    "kind",
    "address",
    "address_hex",
    "before",
    "after",
    "value",
    "fee",
    "fee at most",
    "paid by",
];

fn ordered(fields: &serde_json::Map<String, Value>) -> Vec<&str> {
    let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
    names.sort_by_key(|name| (FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()), *name));
    names
}

fn rows(items: &[Value]) -> String {
    let Some(Value::Object(first)) = items.first() else {
        let lines: Vec<String> = items.iter().map(cell).collect();
        return if lines.is_empty() { "nothing\n".to_owned() } else { format!("{}\n", lines.join("\n")) };
    };
    if first.len() > COLUMNS_MAX {
        return items.iter().map(render).collect::<Vec<_>>().join("\n");
    }
    let mut table = plain();
    let names = ordered(first);
    table.set_header(names.iter().map(|name| printable(name).replace('_', " ").to_uppercase()));
    for item in items {
        table.add_row(names.iter().map(|name| cell(item.get(name).unwrap_or(&Value::Null))));
    }
    format!("{}\n", trimmed(&table))
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn trimmed(table: &Table) -> String {
    // The table pads every cell by one space.
    let line = |line: String| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned();
    let lines: Vec<String> = table.lines().map(line).collect();
    lines.join("\n")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => printable(text),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => {
            let shown = fields.iter().map(|(name, field)| format!("{}={}", printable(name), cell(field)));
            shown.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}
