//! Answers that people would rather see as a card than as a list of fields.

use std::fmt::Write;

use chortle_kernel::Amount;
use serde_json::Value;

/// Width of a bar.
const BAR: usize = 20;

/// The card of an answer, if there is one for this query.
pub fn of(module: &str, query: &str, answer: &Value) -> Option<String> {
    match (module, query) {
        ("token", "safety") => Some(safety(answer)),
        _ => None,
    }
}

/// What a buyer should know, in the order of what hurts most.
fn safety(answer: &Value) -> String {
    let mut card = format!("{} · {}\n", text(&answer["full_name"]), text(&answer["template"]["value"]));
    for (fact, label) in [
        ("mintable", "more can be minted"),
        ("freezable", "accounts can be frozen"),
        ("force_transfer", "holdings can be taken"),
        ("pausable", "sends can be stopped"),
        ("allow_list", "only for listed accounts"),
    ] {
        let holds = answer[fact]["value"].as_bool().unwrap_or(true);
        line(&mut card, label, if holds { "YES" } else { "no" });
    }
    line(&mut card, "tax now, at most", &tax(answer));
    line(&mut card, "launch limits", &limits(&answer["limits"]["value"]));
    let frozen = answer["metadata_frozen"]["value"].as_bool().unwrap_or(false);
    line(&mut card, "picture and story", if frozen { "fixed" } else { "can change" });
    let decimals = answer["decimals"].as_u64().and_then(|decimals| u8::try_from(decimals).ok()).unwrap_or(0);
    let whole = |fact: &str| {
        let units = text(&answer[fact]["value"]).parse().ok().and_then(Amount::new).unwrap_or_default();
        units.to_decimal(decimals)
    };
    line(&mut card, "supply, cap", &format!("{}, {}", whole("supply"), whole("cap")));
    line(&mut card, "ten largest holders", &share(&text(&answer["largest_holders_percent"])));
    let admin = &answer["admin"]["value"];
    line(&mut card, "admin", &if admin.is_null() { "nobody, for ever".to_owned() } else { text(admin) });
    line(&mut card, "creator", &text(&answer["creator"]["value"]));
    for other in answer["creators_other_assets"].as_array().into_iter().flatten() {
        let renounced = if other["renounced"].as_bool().unwrap_or(false) { "renounced, " } else { "" };
        let (name, largest) = (text(&other["full_name"]), text(&other["largest_holder_percent"]));
        line(&mut card, "  also created", &format!("{name}: {renounced}largest holder {largest} %"));
    }
    card.push_str("every fact with the state key that proves it: --output json\n");
    card
}

fn line(card: &mut String, label: &str, value: &str) {
    // Writing into a string does not fail.
    let _ = writeln!(card, "  {label:<26}{value}");
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

fn tax(answer: &Value) -> String {
    let percent = |fact: &str| {
        let bps = answer[fact]["value"].as_u64().unwrap_or(0);
        format!("{}.{:02} %", bps / 100, bps % 100)
    };
    let announced = &answer["tax_announced"]["value"];
    let ahead = match announced["epoch"].as_u64() {
        Some(epoch) => format!("; another from epoch {epoch} on"),
        None => String::new(),
    };
    format!("{}, {}{ahead}", percent("tax_now_bps"), percent("tax_max_bps"))
}

fn limits(limits: &Value) -> String {
    let Some(fields) = limits.as_object() else { return "none, ever".to_owned() };
    let shown: Vec<String> = fields
        .iter()
        .filter(|(_, limit)| !limit.is_null() && limit.as_u64() != Some(0))
        .map(|(name, limit)| {
            let end = limit["end_height"].as_u64().map(|end| format!(" until height {end}"));
            let name = name.replace('_', " ");
            match (&limit["amount"], end) {
                (Value::String(amount), Some(end)) => format!("{name} {amount}{end}"),
                (_, Some(end)) => format!("{name}{end}"),
                _ => format!("{name} {}", text(limit)),
            }
        })
        .collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join("; ") }
}

/// A percentage with a bar.
fn share(percent: &str) -> String {
    let whole = percent.split('.').next().and_then(|whole| whole.parse::<usize>().ok()).unwrap_or(0).min(100);
    let full = (whole * BAR).div_ceil(100);
    format!("{}{} {percent} %", "█".repeat(full), "░".repeat(BAR - full))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fact_that_is_missing_is_never_shown_as_good_news() {
        let card = of("token", "safety", &json!({})).unwrap();
        assert_eq!(card.matches("YES").count(), 5, "{card}");
        assert!(card.contains("can change"), "{card}");
    }

    #[test]
    fn a_share_is_a_bar() {
        assert_eq!(share("0.0000"), format!("{} 0.0000 %", "░".repeat(20)));
        assert_eq!(share("50.1000"), format!("{}{} 50.1000 %", "█".repeat(10), "░".repeat(10)));
        assert_eq!(share("100.0000"), format!("{} 100.0000 %", "█".repeat(20)));
    }
}
