//! What the module refuses, in order of precedence.

use chortle_kernel::{Address, Amount};

chortle_kernel::error_codes! {
    /// What locks refuse.
    pub enum Error in "lock" {
        1 schedule_out_of_order ScheduleOutOfOrder {} =>
            "the schedule's times are out of order: start, cliff, end; or steps, each after the one before"
            => "give start, cliff and end in rising order, or rising steps",
        2 schedule_total ScheduleTotal { amount: Amount } =>
            "the steps do not sum to the {amount} base units that are locked"
            => "make the steps sum to the amount",
        3 schedule_over ScheduleOver { end_unix_ms: u64, now_unix_ms: u64 } =>
            "the schedule ends at {end_unix_ms} and it is {now_unix_ms}: nothing would be locked"
            => "choose a later end",
        4 unknown_lock UnknownLock { lock: u64 } => "there is no lock {lock}: emptied, or never"
            => "look at the account's locks, GET /v1/accounts/{address}/locks",
        5 not_lock_owner NotLockOwner { lock: u64, owner: Address } => "the owner of lock {lock} is {owner}"
            => "let the owner send it",
        6 not_lock_funder NotLockFunder { lock: u64, funder: Address } =>
            "the funder of lock {lock} is {funder}"
            => "let the funder send it",
        7 not_revocable NotRevocable { lock: u64 } => "lock {lock} cannot be revoked: it was created so"
            => "nothing can be done; its owner gets all of it in time",
        8 nothing_vested NothingVested { lock: u64, next_unix_ms: u64 } =>
            "nothing of lock {lock} can be claimed now; the next part vests at {next_unix_ms}"
            => "claim again when it has",
        9 all_vested AllVested { lock: u64 } => "all of lock {lock} has vested: nothing is left to revoke"
            => "nothing needs to be sent",
        10 no_locks NoLocks {} => "nothing is locked: create the asset with token create-asset",
        11 too_little_vested TooLittleVested { locked: Amount, least: Amount } =>
            "{locked} base units are locked for 30 days without revocation; a 'vested' asset locks at least {least}"
            => "lock more, or choose another template",
    }
}
