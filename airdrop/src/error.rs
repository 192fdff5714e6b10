//! What the module refuses, in order of precedence.

use chortle_kernel::{Address, Amount};

chortle_kernel::error_codes! {
    /// What airdrops refuse.
    pub enum Error in "airdrop" {
        1 leaves_out_of_range LeavesOutOfRange { leaves: u32, max: u32 } =>
            "{leaves} recipients; an airdrop has 1 to {max}",
        2 deadline_past DeadlinePast { deadline_unix_ms: u64, now_unix_ms: u64 } =>
            "the deadline is {deadline_unix_ms} and it is {now_unix_ms}: nobody could claim",
        3 salt_used SaltUsed { salt: u64, airdrop: u64 } =>
            "salt {salt} served airdrop {airdrop}: hash the list anew with another",
        4 unknown_airdrop UnknownAirdrop { airdrop: u64 } => "there is no airdrop {airdrop}",
        5 airdrop_over AirdropOver { airdrop: u64, deadline_unix_ms: u64 } =>
            "airdrop {airdrop} could be claimed until {deadline_unix_ms}",
        6 airdrop_running AirdropRunning { airdrop: u64, deadline_unix_ms: u64 } =>
            "airdrop {airdrop} can be claimed until {deadline_unix_ms}, and three epochs after a pause of its asset",
        7 airdrop_ended AirdropEnded { airdrop: u64 } =>
            "airdrop {airdrop} has ended: the remainder is with its sponsor",
        8 leaf_out_of_range LeafOutOfRange { airdrop: u64, index: u32, leaves: u32 } =>
            "airdrop {airdrop} has {leaves} recipients: there is no place {index}",
        9 bad_proof BadProof { airdrop: u64, index: u32, account: Address } =>
            "the proof does not show {account} with this amount at place {index} of airdrop {airdrop}",
        10 already_claimed AlreadyClaimed { airdrop: u64, index: u32 } =>
            "place {index} of airdrop {airdrop} was paid already",
        11 above_total AboveTotal { airdrop: u64, left: Amount } =>
            "airdrop {airdrop} has {left} base units left: its list sums to more than was paid in",
        12 wrong_key WrongKey { sponsor: Address, salt: u64, key: String, found: String } =>
            "the list was hashed with key {found}; that of {sponsor} with salt {salt} on this chain is {key}: \
            nobody could claim, so hash it anew",
    }
}
