//! CometBFT's log lines, forwarded to ours.

use serde_json::{Map, Value};

/// Longest line that is forwarded whole; CometBFT can print a block.
const LINE_BYTES_MAX: usize = 4 * 1024;

/// Forwards one line with its level. A line that is no JSON object is a crash report: it is an error.
pub(super) fn forward(line: &str) {
    match serde_json::from_str::<Map<String, Value>>(line) {
        Ok(mut fields) => {
            let level = taken(&mut fields, "level");
            let message = taken(&mut fields, "_msg");
            let module = taken(&mut fields, "module");
            fields.remove("ts");
            let rest: Vec<_> =
                fields.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
            let rest = shortened(&rest.join(" ")).to_owned();
            match level.as_str() {
                "error" => tracing::error!(target: "cometbft", module, "{message} {rest}"),
                "warn" => tracing::warn!(target: "cometbft", module, "{message} {rest}"),
                "debug" => tracing::debug!(target: "cometbft", module, "{message} {rest}"),
                _ => tracing::info!(target: "cometbft", module, "{message} {rest}"),
            }
        }
        Err(_) => tracing::error!(target: "cometbft", "{}", shortened(line)),
    }
}

fn taken(fields: &mut Map<String, Value>, name: &str) -> String {
    fields.remove(name).map(|value| shown(&value)).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shortened(line: &str) -> &str {
    let end = (0..=LINE_BYTES_MAX.min(line.len())).rev().find(|end| line.is_char_boundary(*end));
    &line[..end.unwrap_or(0)]
}
