//! The one place that writes: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use super::table::{self, printable};
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
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
        }
    }

    /// What suits where standard output leads to.
    pub fn fitting() -> Self {
        if io::stdout().is_terminal() { Self::Table } else { Self::Json }
    }
}

/// Writes one line for people.
pub fn line(text: &str) -> Result<()> {
    raw(&format!("{}\n", printable(text)))
}

/// Writes a result.
pub fn result(format: Format, value: &Value) -> Result<()> {
    match format {
        Format::Json => {
            let text = serde_json::to_string_pretty(value)
                .map_err(|error| Error::unexpected(Code::EncodingFailed, error.to_string()))?;
            raw(&format!("{text}\n"))
        }
        Format::Table => {
            let shown = table::render(value, table::width());
            raw(&shown.text)?;
            if !shown.left_out.is_empty() {
                note(&format!("left out by width: {}; --output json has all", shown.left_out.join(", ")));
            }
            Ok(())
        }
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
