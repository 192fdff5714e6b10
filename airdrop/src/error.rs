//! What the module refuses, in order of precedence.

use chortle_kernel::{Address, Amount};

chortle_kernel::error_codes! {
    /// What airdrops refuse.
    pub enum Error in "airdrop" {
        1 leaves_out_of_range LeavesOutOfRange { leaves: u32, max: u32 } =>
            "{leaves} recipients; an airdrop has 1 to {max}"
            => "split the list, or name someone",
        2 deadline_past DeadlinePast { deadline_unix_ms: u64, now_unix_ms: u64 } =>
            "the deadline is {deadline_unix_ms} and it is {now_unix_ms}: nobody could claim"
            => "choose a later deadline",
        3 salt_used SaltUsed { salt: u64, airdrop: u64 } =>
            "salt {salt} served airdrop {airdrop}: hash the list anew with another",
        4 unknown_airdrop UnknownAirdrop { airdrop: u64 } => "there is no airdrop {airdrop}"
            => "look at GET /v1/airdrops",
        5 airdrop_over AirdropOver { airdrop: u64, deadline_unix_ms: u64 } =>
            "airdrop {airdrop} could be claimed until {deadline_unix_ms}"
            => "nothing can be claimed any more; ask the sponsor",
        6 airdrop_running AirdropRunning { airdrop: u64, deadline_unix_ms: u64 } =>
            "airdrop {airdrop} can be claimed until {deadline_unix_ms}, and three epochs after a pause of its asset"
            => "end it after that",
        7 airdrop_ended AirdropEnded { airdrop: u64 } =>
            "airdrop {airdrop} has ended: the remainder is with its sponsor"
            => "nothing can be claimed any more; ask the sponsor",
        8 leaf_out_of_range LeafOutOfRange { airdrop: u64, index: u32, leaves: u32 } =>
            "airdrop {airdrop} has {leaves} recipients: there is no place {index}"
            => "take the place from the list that was published",
        9 bad_proof BadProof { airdrop: u64, index: u32, account: Address } =>
            "the proof does not show {account} with this amount at place {index} of airdrop {airdrop}"
            => "take account, amount, place and proof from the list as published, and check them with GET \
            /v1/airdrops/{airdrop}/check",
        10 already_claimed AlreadyClaimed { airdrop: u64, index: u32 } =>
            "place {index} of airdrop {airdrop} was paid already"
            => "nothing needs to be claimed again",
        11 above_total AboveTotal { airdrop: u64, left: Amount } =>
            "airdrop {airdrop} has {left} base units left: its list sums to more than was paid in"
            => "ask the sponsor for a right list",
        12 wrong_key WrongKey { sponsor: Address, salt: u64, key: String, found: String } =>
            "the list was hashed with key {found}; that of {sponsor} with salt {salt} on this chain is {key}: \
            nobody could claim, so hash it anew",
    }
}
