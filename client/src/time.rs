//! Times as people write them: spans such as `90s` or `30d`, moments such as `30d` from now or `2027-01-31`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chortle_genesis::{parse_rfc3339_ms, to_rfc3339};

/// Reads `500ms`, `30s`, `5m`, `1h`, `30d` or `2w`.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is not a time such as 30s, 5m, 12h or 30d");
    let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(wrong)
}

/// Reads a moment: a span from now on, a date, a date with a time in UTC, or milliseconds since 1970.
pub fn parse_moment(text: &str, now_unix_ms: &dyn Fn() -> u64) -> Result<u64, String> {
    if text == "now" {
        return Ok(now_unix_ms());
    }
    if let Ok(span) = parse_span(text) {
        return Ok(now_unix_ms().saturating_add(millis(span)));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| format!("'{text}' is more milliseconds than can be counted"));
    }
    let midnight = format!("{text}T00:00:00Z");
    parse_rfc3339_ms(if text.contains('T') { text } else { &midnight }).map_err(|_| {
        format!("'{text}' is not a time: write 30d for so long from now, 2027-01-31 or 2027-01-31T12:00:00Z")
    })
}

/// A span as it is written on the command line, in the largest unit that holds it whole: `21d`, `36h`, `1500ms`.
pub fn span(ms: u64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let found = units.iter().find(|(_, unit)| ms.is_multiple_of(*unit));
    found.map_or_else(|| format!("{ms}ms"), |(name, unit)| format!("{}{name}", ms / unit))
}

/// A span in milliseconds.
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// A moment for people.
pub fn shown(unix_ms: u64) -> String {
    to_rfc3339(unix_ms)
}

/// This machine's clock, in milliseconds since 1970.
pub fn now_unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_exact_or_refused() {
        assert_eq!(parse_span("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_span("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_span("2w"), Ok(Duration::from_secs(1_209_600)));
        for text in ["", "5", "s", "5x", "-5s", "1.5s", "99999999999999999999s", "18446744073709551615h"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_from_now_on_or_dates() {
        let now = || 1_000;
        for (text, expected) in [
            ("now", Some(1_000)),
            ("2s", Some(3_000)),
            ("1795228680123", Some(1_795_228_680_123)),
            ("1970-01-02", Some(86_400_000)),
            ("1970-01-01T00:00:01Z", Some(1_000)),
            ("1970-13-02", None),
            ("tomorrow", None),
            ("", None),
            ("-1", None),
        ] {
            assert_eq!(parse_moment(text, &now).ok(), expected, "{text}");
        }
    }
}
