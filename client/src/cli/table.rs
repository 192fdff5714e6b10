//! Answers as people read them: one block of fields, or a table within the terminal's width; shares as percentages,
//! moments as dates. `--output json` has every field as the node said it.

use std::{collections::BTreeSet, env};

use comfy_table::{Table, presets};
use serde_json::{Map, Value};

use crate::time;

/// An answer as text.
pub struct Shown {
    /// What is read.
    pub text: String,
    /// Columns that did not fit.
    pub left_out: Vec<String>,
}

/// Blanks between two columns.
const GAP: usize = 2;

/// The width to keep to: what `COLUMNS` says, else the terminal's; in a pipe there is none.
pub fn width() -> Option<usize> {
    let said = env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|width| *width > 0);
    said.or_else(|| Table::new().width().map(usize::from))
}

/// Lays out an answer.
pub fn render(value: &Value, width: Option<usize>) -> Shown {
    match value {
        Value::Array(items) => rows(items, width),
        Value::Object(fields) => match fields.get("items") {
            Some(Value::Array(items)) => {
                let mut shown = rows(items, width);
                if let Some(next) = fields.get("next").and_then(Value::as_str) {
                    shown.text.push_str(&format!("next page: --cursor {next}\n"));
                }
                shown
            }
            _ => whole(block(fields)),
        },
        other => whole(format!("{}\n", cell(other))),
    }
}

/// Text that others wrote must not steer the terminal.
pub fn printable(text: &str) -> String {
    let safe = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(safe).collect()
}

/// What people look for first; everything else follows by name.
const FIRST: &[&str] = &[
    "name",
    "proposal",
    "stage",
    "title",
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
    "operator",
];

fn whole(text: String) -> Shown {
    Shown { text, left_out: Vec::new() }
}

/// A block of fields; the terminal breaks what is long, so that it can be copied in one piece.
fn block(fields: &Map<String, Value>) -> String {
    let mut table = plain();
    for name in ordered(fields.keys()) {
        table.add_row([label(name), named(name, &fields[name])]);
    }
    format!("{}\n", trimmed(&table))
}

/// Names in the order of reading. A moment that stands there as a date already is not said twice.
fn ordered<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let all: BTreeSet<&str> = names.map(String::as_str).collect();
    let twice = |name: &str| name.strip_suffix(UNIX_MS).is_some_and(|moment| all.contains(moment));
    let mut names: Vec<&str> = all.iter().copied().filter(|name| !twice(name)).collect();
    names.sort_by_key(|name| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    names
}

fn rows(items: &[Value], width: Option<usize>) -> Shown {
    let of_fields: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
    if of_fields.is_empty() || of_fields.len() < items.len() {
        let lines: Vec<String> = items.iter().map(cell).collect();
        return whole(if lines.is_empty() { "nothing\n".to_owned() } else { lines.join("\n") + "\n" });
    }
    let names = ordered(of_fields.iter().flat_map(|fields| fields.keys()));
    let all = tabled(&names, &of_fields);
    let widths: Vec<usize> = all.column_max_content_widths().into_iter().map(usize::from).collect();
    let fits = fitting(&widths, width);
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for (place, name) in names.iter().enumerate() {
        if fits.contains(&place) { kept.push(*name) } else { left_out.push(label(name)) }
    }
    let table = if left_out.is_empty() { all } else { tabled(&kept, &of_fields) };
    Shown { text: format!("{}\n", trimmed(&table)), left_out }
}

/// Which columns are shown: the first always, and then each, in the order of reading, that still fits. A column is
/// whole or absent: half an address could be taken for another's.
fn fitting(widths: &[usize], width: Option<usize>) -> BTreeSet<usize> {
    let mut used: usize = 0;
    let mut fits = BTreeSet::new();
    for (place, column) in widths.iter().enumerate() {
        let next = if place == 0 { *column } else { used + GAP + column };
        if place == 0 || width.is_none_or(|width| next <= width) {
            used = next;
            fits.insert(place);
        }
    }
    fits
}

fn tabled(names: &[&str], rows: &[&Map<String, Value>]) -> Table {
    let mut table = plain();
    table.set_header(names.iter().map(|name| label(name).to_uppercase()));
    for row in rows {
        table.add_row(names.iter().map(|name| named(name, row.get(*name).unwrap_or(&Value::Null))));
    }
    table
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

/// Names of moments end so.
const UNIX_MS: &str = "_unix_ms";
/// Names of shares in basis points end so.
const BPS: &str = "_bps";

/// A field's name without its unit, which the value shows.
fn stem(name: &str) -> &str {
    name.strip_suffix(UNIX_MS).or_else(|| name.strip_suffix(BPS)).unwrap_or(name)
}

fn label(name: &str) -> String {
    printable(stem(name)).replace('_', " ")
}

/// A value whose field's name tells its unit.
fn named(name: &str, value: &Value) -> String {
    let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    match number {
        Some(0) if name.ends_with(UNIX_MS) => "-".to_owned(),
        Some(unix_ms) if name.ends_with(UNIX_MS) => time::shown(unix_ms),
        Some(bps) if name.ends_with(BPS) => format!("{}.{:02} %", bps / 100, bps % 100),
        _ => cell(value),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => printable(text),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("\n"),
        // An amount within an answer says itself for people.
        Value::Object(fields) if fields.contains_key("display") => cell(&fields["display"]),
        Value::Object(fields) => {
            let shown = fields
                .iter()
                .map(|(name, field)| format!("{}={}", printable(stem(name)), named(name, field)));
            shown.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn validators() -> Value {
        let row = |name: &str| {
            json!({
                "name": name, "status": "bonded", "display": "500000 LOL", "commission_bps": 500,
                "consensus_address": "A".repeat(40), "delegators": 1, "key": format!("0x{}", "b".repeat(64)),
                "operator": format!("lol1{}", "c".repeat(39)), "power": 500_000, "tokens": "500000000000000",
                "uptime_bps": 10_000,
            })
        };
        json!({ "items": [row("node0"), row("node1")], "next": "0x01" })
    }

    #[test]
    fn a_list_of_many_columns_is_a_table_within_the_width() {
        for width in [20, 40, 80, 100, 120, 200] {
            let shown = render(&validators(), Some(width));
            let within = |line: &str| line.chars().count() <= width;
            assert!(shown.text.lines().take(3).all(within), "{width}\n{}", shown.text);
            assert_eq!(shown.text.lines().count(), 4, "a head, two rows, the next page\n{}", shown.text);
        }
        let shown = render(&validators(), Some(100));
        assert!(shown.text.starts_with("NAME   STATUS  DISPLAY     OPERATOR"), "{}", shown.text);
        assert_eq!(shown.left_out, ["consensus address", "key", "power", "tokens", "uptime"]);
    }

    #[test]
    fn in_a_pipe_nothing_is_left_out_and_the_first_column_never_is() {
        let shown = render(&validators(), None);
        assert_eq!((shown.left_out.len(), shown.text.lines().count()), (0, 4));
        assert!(render(&validators(), Some(1)).text.starts_with("NAME\nnode0\nnode1\n"));
    }

    #[test]
    fn shares_are_percentages_and_moments_are_dates() {
        let fields = json!({
            "apr_bps": 1_205, "expiry_unix_ms": "0", "until_unix_ms": 1_800_000_000_000_u64, "time": "then",
            "time_unix_ms": 7, "entries": [{ "completion_unix_ms": 86_400_000, "rate_bps": 5 }],
        });
        let text = render(&fields, None).text;
        for line in [
            "apr      12.05 %",
            "expiry   -",
            "until    2027-01-15T08:00:00Z",
            "time     then",
            "entries  completion=1970-01-02T00:00:00Z rate=0.05 %",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
        }
        assert_eq!(text.lines().count(), 5, "{text}");
    }

    #[test]
    fn an_amount_within_an_answer_is_read_as_people_write_it() {
        let due = json!({ "amount": "150", "asset": "17", "display": "1.5 DOGE#17" });
        assert_eq!(render(&json!({ "due": due }), None).text, "due  1.5 DOGE#17\n");
    }

    #[test]
    fn a_column_that_only_later_rows_have_is_there() {
        let text = render(&json!([{ "name": "a" }, { "name": "b", "note": "x" }]), None).text;
        assert_eq!(text, "NAME  NOTE\na     -\nb     x\n");
    }
}
