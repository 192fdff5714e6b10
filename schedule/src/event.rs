//! What schedules tell.

use chortle_kernel::{Address, Amount, events};

use crate::types::Clock;

events! {
    /// Messages were scheduled; `token.transferred` to the account `schedules` comes before it.
    Created = "schedule.created" {
        /// Its number.
        schedule: u64,
        /// Whose messages will run.
        owner: Address,
        /// What it goes by.
        clock: Clock,
        /// When its first run is due: a block time in milliseconds since 1970, or a height.
        next: u64,
        /// How long after that the one after it is; 0 if there is none.
        every: u64,
        /// How many runs.
        times: u64,
        /// What lies in escrow for them, in nlol, the deposit included.
        escrowed: Amount,
    }
    /// A schedule ran, or was refused. What its messages did is told after it, and nothing if they were refused.
    Ran = "schedule.ran" {
        /// Which.
        schedule: u64,
        /// For whom.
        owner: Address,
        /// How many runs were due: those that were missed are one.
        ticks: u64,
        /// What it paid for gas, in nlol.
        fee: Amount,
        /// How many runs are left.
        times_left: u64,
        /// The code of what refused it; null if it did what it says.
        failure: Option<String>,
        /// The same for people; empty if nothing did.
        why: String,
    }
    /// A schedule is over: its last run was due, or its owner cancelled it. `token.transferred` comes before it.
    Ended = "schedule.ended" {
        /// Which.
        schedule: u64,
        /// Whose.
        owner: Address,
        /// What came back, in nlol: the deposit, and what runs did not need.
        returned: Amount,
        /// Whether its owner cancelled it.
        cancelled: bool,
    }
}
