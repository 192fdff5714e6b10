//! Numbers whose unit their name tells, in words: moments, spans, parts. Pure functions of the number: what a wallet
//! signs has them.

use chortle_kernel::{Amount, time::to_rfc3339};

/// A time, to the millisecond if it has any: `2027-01-15 08:01:00 UTC`.
pub fn moment(unix_ms: u64) -> String {
    to_rfc3339(unix_ms).replace('T', " ").replace('Z', " UTC")
}

/// A span in the largest unit that holds it whole: `21 d`, `36 h`, `1500 ms`.
pub fn span(ms: u64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)];
    let found = units.into_iter().find(|(_, unit)| ms > 0 && ms.is_multiple_of(*unit));
    let (name, unit) = found.unwrap_or(("ms", 1));
    format!("{} {name}", ms.checked_div(unit).unwrap_or(ms))
}

/// Basis points as a percentage: `33.4 %`.
pub fn part(bps: u64) -> String {
    // Two decimals, without zeros behind: an amount of two decimals is written so.
    Amount::new(bps).map_or_else(|| bps.to_string(), |bps| format!("{} %", bps.to_decimal(2)))
}

/// What a number of this name or path means, if the name says so and the words say more than the number.
pub fn number(path: &str, number: u64) -> Option<String> {
    let name = path.trim_end_matches("[]");
    if name.ends_with("_unix_ms") {
        return (number > 0).then(|| moment(number));
    }
    if name.ends_with("_ms") {
        return (number > 0 && number.is_multiple_of(1_000)).then(|| span(number));
    }
    name.ends_with("_bps").then(|| part(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_says_what_its_name_means() {
        for (path, found, said) in [
            ("changes.unbonding_ms", 1_814_400_000, Some("21 d")),
            ("duration_ms", 129_600_000, Some("36 h")),
            ("duration_ms", 90_000, Some("90 s")),
            ("duration_ms", 1_500, None),
            ("duration_ms", 0, None),
            ("deadline_unix_ms", 1_800_000_000_000, Some("2027-01-15 08:00:00 UTC")),
            ("steps[].at_unix_ms", 0, None),
            ("quorum_bps", 3_340, Some("33.4 %")),
            ("quorum_bps", 5, Some("0.05 %")),
            ("quorum_bps", 10_000, Some("100 %")),
            ("burn_bps[]", 100, Some("1 %")),
            ("window_blocks", 1_000, None),
            ("msbps", 1_000, None),
        ] {
            assert_eq!(number(path, found).as_deref(), said, "{path} {found}");
        }
    }
}
