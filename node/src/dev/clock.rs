//! The dev chain's clock: this machine's, moved by an offset.

use std::time::{SystemTime, UNIX_EPOCH};

/// Times beyond this, the year 9999, cannot be written as RFC 3339.
const TIME_UNIX_MS_MAX: u64 = 253_402_300_799_999;

/// A clock that can be moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    offset_ms: i64,
}

fn machine_unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Clock {
    /// Its time.
    pub fn now_unix_ms(self) -> u64 {
        machine_unix_ms().saturating_add_signed(self.offset_ms)
    }

    /// A block's time: now, and after the last block in any case.
    pub fn after(self, last_unix_ms: Option<u64>) -> u64 {
        let now = self.now_unix_ms();
        last_unix_ms.map_or(now, |last| now.max(last.saturating_add(1)))
    }

    /// This clock, moved forward.
    pub fn advanced(self, ms: u64) -> Result<Self, String> {
        self.set_to(self.now_unix_ms().saturating_add(ms))
    }

    /// This clock, set to a time.
    pub fn set_to(self, unix_ms: u64) -> Result<Self, String> {
        if unix_ms > TIME_UNIX_MS_MAX {
            return Err(format!("the clock ends with the year 9999, at {TIME_UNIX_MS_MAX} ms"));
        }
        let difference = i128::from(unix_ms) - i128::from(machine_unix_ms());
        let offset_ms = i64::try_from(difference).map_err(|error| error.to_string())?;
        Ok(Self { offset_ms })
    }
}
