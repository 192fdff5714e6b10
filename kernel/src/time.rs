//! Times as people read them: RFC 3339 in UTC, as CometBFT writes them, and milliseconds since 1970 inside. A pure
//! function of the number: no clock, no time zone.

use std::fmt;

const DAY_MS: u64 = 86_400_000;

/// Why a text is no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError(pub String);

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not a time such as 2026-01-31T12:00:00Z", self.0)
    }
}

impl std::error::Error for TimeError {}

/// Reads a UTC time; digits past the millisecond are cut off.
pub fn parse_rfc3339_ms(text: &str) -> Result<u64, TimeError> {
    parse(text).ok_or_else(|| TimeError(text.to_owned()))
}

fn parse(text: &str) -> Option<u64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
    let in_range =
        (1970..=9999).contains(&year) && (1..=12).contains(&month) && hour < 24 && minute < 60 && second < 60;
    let digits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !in_range || !digits || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let millis: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let days = days_before_year(year)?
        .checked_add(days_before_month(year, month)?)?
        .checked_add(day)?
        .checked_sub(1)?;
    let seconds = hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    days.checked_mul(DAY_MS)?.checked_add(seconds.checked_mul(1_000)?)?.checked_add(millis)
}

fn fields(text: &str, separator: char, widths: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(separator);
    let mut read = [0; 3];
    for (slot, width) in read.iter_mut().zip(widths) {
        let part = parts
            .next()
            .filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(read)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_before_year(year: u64) -> Option<u64> {
    (1970..year).try_fold(0u64, |days, past| days.checked_add(if is_leap(past) { 366 } else { 365 }))
}

fn days_before_month(year: u64, month: u64) -> Option<u64> {
    (1..month).try_fold(0u64, |days, past| days.checked_add(days_in_month(year, past)))
}

/// Days from the first of March of the year 0 to 1970.
const DAYS_TO_1970: u64 = 719_468;
/// Days of 400 years, after which the calendar repeats itself.
const ERA_DAYS: u64 = 146_097;

/// The year, month and day that lie so many days after 1970 began.
fn date(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that a leap day is the last of its year (Howard Hinnant's civil_from_days).
    let shifted = days.saturating_add(DAYS_TO_1970);
    let (era, day_of_era) = (shifted.div_euclid(ERA_DAYS), shifted.rem_euclid(ERA_DAYS));
    let year_of_era = day_of_era
        .saturating_add(day_of_era.div_euclid(36_524))
        .saturating_sub(day_of_era.div_euclid(1_460))
        .saturating_sub(day_of_era.div_euclid(146_096))
        .div_euclid(365);
    let days_before = year_of_era
        .saturating_mul(365)
        .saturating_add(year_of_era.div_euclid(4))
        .saturating_sub(year_of_era.div_euclid(100));
    let day_of_year = day_of_era.saturating_sub(days_before);
    let from_march = day_of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let to_month = from_march.saturating_mul(153).saturating_add(2).div_euclid(5);
    let month = if from_march < 10 { from_march.saturating_add(3) } else { from_march.saturating_sub(9) };
    let year = era.saturating_mul(400).saturating_add(year_of_era).saturating_add(u64::from(month <= 2));
    (year, month, day_of_year.saturating_sub(to_month).saturating_add(1))
}

/// Writes milliseconds since 1970 as a UTC time.
pub fn to_rfc3339(unix_ms: u64) -> String {
    let (year, month, day) = date(unix_ms.div_euclid(DAY_MS));
    let in_day = unix_ms.rem_euclid(DAY_MS);
    let (seconds, millis) = (in_day.div_euclid(1_000), in_day.rem_euclid(1_000));
    let (hour, minute, second) =
        (seconds.div_euclid(3_600), seconds.div_euclid(60).rem_euclid(60), seconds.rem_euclid(60));
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times_read_and_write() {
        for (text, unix_ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999),
            ("2026-11-21T02:38:00Z", 1_795_228_680_000),
            ("2100-03-01T00:00:00.001Z", 4_107_542_400_001),
        ] {
            assert_eq!(parse_rfc3339_ms(text), Ok(unix_ms), "{text}");
            assert_eq!(to_rfc3339(unix_ms), text);
        }
        assert_eq!(parse_rfc3339_ms("2026-11-21T02:38:00.123456789Z"), Ok(1_795_228_680_123));
    }

    #[test]
    fn every_day_of_eight_hundred_years_reads_back() {
        let mut last = (1970, 1, 0);
        for days in 0..2 * ERA_DAYS {
            let (year, month, day) = date(days);
            assert!((year, month, day) > last && (1..=days_in_month(year, month)).contains(&day), "{days}");
            last = (year, month, day);
            assert_eq!(parse_rfc3339_ms(&to_rfc3339(days * DAY_MS)), Ok(days * DAY_MS));
        }
    }

    #[test]
    fn the_last_time_of_all_is_written_at_once() {
        assert_eq!(to_rfc3339(u64::MAX), "584556019-04-03T14:25:51.615Z");
    }

    #[test]
    fn impossible_times_are_refused() {
        for text in [
            "",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01",
            "2026-01-01T00:00:00+01:00",
            "1969-12-31T23:59:59Z",
            "2026-01-01T00:00:00.Z",
            "2026-1-01T00:00:00Z",
        ] {
            assert!(parse_rfc3339_ms(text).is_err(), "{text}");
        }
    }
}
