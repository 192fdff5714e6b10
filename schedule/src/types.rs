//! What a schedule is. Pure.

use chortle_kernel::{Address, Amount, List, record, tx::RawMessage};

/// Holds what schedules have paid ahead, and their deposits.
pub const SCHEDULES: Address = Address::protocol("schedules");
/// Most messages of a schedule.
pub const MESSAGES_MAX: usize = 16;
/// Most bytes of their bodies together.
pub const BYTES_MAX: usize = 8_192;
/// Most runs of a schedule.
pub const TIMES_MAX: u64 = 100_000;
/// Shortest time between two runs by the clock: blocks are hardly faster.
pub const EVERY_MS_MIN: u64 = 1_000;
/// A day.
pub const DAY_MS: u64 = 24 * 3_600 * 1_000;

record! {
    /// What a schedule goes by.
    #[derive(Copy, PartialOrd, Ord)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum Clock {
        /// Block time, in milliseconds.
        Time = 0,
        /// Height, in blocks.
        Height = 1,
    }
}

record! {
    /// Where a schedule waits.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum Queue {
        /// For this block time, in milliseconds since 1970.
        Time(u64),
        /// For this height.
        Height(u64),
        /// It is due, and has its turn in this round.
        Ready(u64),
    }
}

impl Queue {
    /// Where what is due at a time or a height waits for it.
    pub fn at(clock: Clock, at: u64) -> Self {
        match clock {
            Clock::Time => Self::Time(at),
            Clock::Height => Self::Height(at),
        }
    }
}

record! {
    /// A schedule, without its messages.
    pub struct Schedule {
        /// Whose messages run.
        pub owner: Address,
        /// What it goes by.
        pub clock: Clock,
        /// When its next run is due: a block time in milliseconds since 1970, or a height.
        pub next: u64,
        /// How long after that the one after it is, in milliseconds or blocks; 0 if there is none.
        pub every: u64,
        /// How many runs are left; those that were missed count as one run, and as many off this.
        pub times_left: u64,
        /// Gas that a run is charged for.
        pub gas: u64,
        /// Most nlol per gas.
        pub gas_price_max: u64,
        /// What it has in escrow: what its runs may cost, and the deposit.
        pub escrowed: Amount,
        /// The part of that which no run takes.
        pub deposit: Amount,
        /// Where it waits.
        pub place: Queue,
        /// Until when what a pause stops is tried again; 0 if nothing stopped its next run.
        pub until_unix_ms: u64,
        /// How often it ran.
        pub runs: u64,
        /// The code of what refused its last run, if that failed; the event has the sentence.
        pub failure: Option<String>,
    }
}

impl Schedule {
    /// How many runs are due at a time and height that its next one has reached: those that were missed, as one.
    pub fn ticks(&self, time_unix_ms: u64, height: u64) -> u64 {
        let now = match self.clock {
            Clock::Time => time_unix_ms,
            Clock::Height => height,
        };
        let missed = now.saturating_sub(self.next).checked_div(self.every).unwrap_or_default();
        missed.saturating_add(1).min(self.times_left)
    }
}

record! {
    /// What a schedule runs, in order, all or nothing: never changed.
    pub struct Content {
        /// The messages.
        pub messages: List<RawMessage, MESSAGES_MAX>,
    }
}

record! {
    /// An account that has schedules.
    #[derive(Copy, Default)]
    pub struct Owner {
        /// How many.
        pub open: u64,
        /// The last round in which one of them has, or had, its turn.
        pub round: u64,
    }
}

record! {
    /// What governance can set of schedules.
    #[derive(Copy)]
    #[schemars(rename = "ScheduleParams")]
    pub struct Params {
        /// Most gas of all runs of one block.
        pub block_gas_max: u64,
        /// Most gas of one run.
        pub run_gas_max: u64,
        /// What lies in escrow beside the gas while a schedule is open, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub deposit: Amount,
        /// Most schedules of an account.
        pub owner_max: u64,
        /// Most schedules in all.
        pub open_max: u64,
        /// How far ahead the last run may be, in milliseconds.
        pub ahead_ms: u64,
        /// The same, in blocks.
        pub ahead_blocks: u64,
        /// For how long a run is tried again that a pause stops.
        pub window_ms: u64,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            block_gas_max: 20_000_000,
            run_gas_max: 10_000_000,
            deposit: Amount::new(1_000_000_000).unwrap_or(Amount::MAX),
            owner_max: 64,
            open_max: 1_000_000,
            ahead_ms: DAY_MS.saturating_mul(400),
            ahead_blocks: 40_000_000,
            window_ms: DAY_MS.saturating_mul(14),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(clock: Clock, every: u64, times_left: u64) -> Schedule {
        Schedule {
            owner: Address([1; 20]),
            clock,
            next: 1_000,
            every,
            times_left,
            gas: 1,
            gas_price_max: 1,
            escrowed: Amount::ZERO,
            deposit: Amount::ZERO,
            place: Queue::Ready(1),
            until_unix_ms: 0,
            runs: 0,
            failure: None,
        }
    }

    #[test]
    fn runs_that_were_missed_are_one_and_never_more_than_are_left() {
        for (every, left, now, expected) in [
            (0, 1, 1_000, 1),
            (0, 1, 9_999_999, 1),
            (100, 5, 1_000, 1),
            (100, 5, 1_099, 1),
            (100, 5, 1_100, 2),
            (100, 5, 1_399, 4),
            (100, 5, u64::MAX, 5),
        ] {
            let (by_time, by_height) =
                (schedule(Clock::Time, every, left), schedule(Clock::Height, every, left));
            assert_eq!(
                [by_time.ticks(now, 0), by_height.ticks(0, now)],
                [expected; 2],
                "{every} {left} {now}"
            );
        }
    }
}
