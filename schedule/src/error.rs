//! What the module refuses, in order of precedence.

use chortle_kernel::Address;

chortle_kernel::error_codes! {
    /// What schedules refuse.
    pub enum Error in "schedule" {
        1 malformed_times MalformedTimes { reason: String } => "that is no time to run at: {reason}"
            => "change the times as the reason says",
        2 nothing_to_run NothingToRun {} => "the schedule has no message: give at least one",
        3 too_long TooLong { bytes: u64, max: u64 } =>
            "the messages have {bytes} bytes together; at most {max}: split the schedule",
        4 only_accounts OnlyAccounts {} => "only an account schedules messages, no module and no governance"
            => "let an account send it",
        5 not_ahead NotAhead { at: u64, now: u64 } =>
            "the first run is at {at}, and this block is at {now}: choose a later time or height",
        6 too_far TooFar { at: u64, latest: u64 } =>
            "the last run is at {at}; at most {latest} is so far ahead as can be: run fewer times, or sooner",
        7 too_much_gas TooMuchGas { gas: u64, max: u64 } => "a run takes {gas} gas; at most {max}: split the schedule",
        8 price_too_low PriceTooLow { found: u64, price: u64 } =>
            "gas costs {price} nlol, and the schedule pays {found} at most"
            => "schedule it anew with a higher price; what a run does not need comes back",
        9 too_dear TooDear {} => "what its runs may cost is above every balance: run fewer times, or pay less for gas",
        10 too_many TooMany { max: u64 } => "an account has at most {max} schedules at a time"
            => "cancel one that nobody needs any more",
        11 too_many_in_all TooManyInAll { max: u64 } => "the chain has {max} schedules, and no room for more"
            => "wait until others have run",
        12 unknown_schedule UnknownSchedule { schedule: u64 } =>
            "there is no schedule {schedule}: over, cancelled, or never made"
            => "look at GET /v1/accounts/{address}/schedules",
        13 not_owner NotOwner { schedule: u64, owner: Address } => "the owner of schedule {schedule} is {owner}"
            => "let the owner send it",
        14 no_schedules NoSchedules {} => "this chain was started without schedules"
            => "start it with a section 'schedule' in its genesis",
    }
}
