//! CometBFT's log lines, forwarded to ours.

use serde_json::{Map, Value};

/// Longest line that is forwarded whole; CometBFT can print a block.
const LINE_BYTES_MAX: usize = 4 * 1024;

/// How CometBFT begins the line that says that its consensus has panicked. Its process lives on, and makes no block any
/// more.
const CONSENSUS_FAILURE: &str = "CONSENSUS FAILURE";
/// How a program in Go begins the line that says why it ends.
const PANIC: &str = "panic: ";

/// What a line says of the child besides what it logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Its consensus has panicked, and why.
    ConsensusFailed(String),
    /// Its process panics, and why.
    Panicked(String),
    /// It could not do something, and says what.
    Failed(String),
}

/// Forwards one line with its level, and answers what it says of the child. A line that is no JSON object is a crash
/// report: it is an error.
pub(super) fn forward(line: &str) -> Option<Sign> {
    match serde_json::from_str::<Map<String, Value>>(line) {
        Ok(mut fields) => {
            let level = taken(&mut fields, "level");
            let message = taken(&mut fields, "_msg");
            let module = taken(&mut fields, "module");
            fields.remove("ts");
            let error = fields.get("err").or_else(|| fields.get("error")).map(shown).unwrap_or_default();
            let error = shortened(&error).to_owned();
            let sign = if message.starts_with(CONSENSUS_FAILURE) {
                Some(Sign::ConsensusFailed(error))
            } else {
                (level == "error").then(|| Sign::Failed(format!("{message} {error}").trim_end().to_owned()))
            };
            let rest: Vec<_> =
                fields.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
            let rest = shortened(&rest.join(" ")).to_owned();
            match level.as_str() {
                "error" => tracing::error!(target: "cometbft", module, "{message} {rest}"),
                "warn" => tracing::warn!(target: "cometbft", module, "{message} {rest}"),
                "debug" => tracing::debug!(target: "cometbft", module, "{message} {rest}"),
                _ => tracing::info!(target: "cometbft", module, "{message} {rest}"),
            }
            sign
        }
        Err(_) => {
            let line = shortened(line);
            tracing::error!(target: "cometbft", "{line}");
            // A configuration may ask for plain lines, whose words are in another order.
            if line.contains(CONSENSUS_FAILURE) {
                return Some(Sign::ConsensusFailed(line.to_owned()));
            }
            line.strip_prefix(PANIC).map(|cause| Sign::Panicked(cause.to_owned()))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_consensus_or_process_is_told_from_what_is_only_logged() {
        let failed = r#"{"level":"error","module":"consensus","err":"open data: no such file","stack":"goroutine 1",
            "_msg":"CONSENSUS FAILURE!!!"}"#;
        assert_eq!(forward(failed), Some(Sign::ConsensusFailed("open data: no such file".to_owned())));
        let panicked = "panic: failed to find latest round state";
        assert_eq!(forward(panicked), Some(Sign::Panicked("failed to find latest round state".to_owned())));
        let plain =
            "E[2026-01-02|03:04:05.678] CONSENSUS FAILURE!!!   module=consensus err=\"no space left\"";
        assert_eq!(forward(plain), Some(Sign::ConsensusFailed(plain.to_owned())));
        let error = r#"{"level":"error","module":"p2p","err":"CONSENSUS FAILURE","_msg":"dialing failed"}"#;
        assert_eq!(forward(error), Some(Sign::Failed("dialing failed CONSENSUS FAILURE".to_owned())));
        for other in [
            r#"{"level":"info","module":"consensus","_msg":"received proposal"}"#,
            "goroutine 1 [running]:",
            "",
        ] {
            assert_eq!(forward(other), None, "{other}");
        }
    }
}
