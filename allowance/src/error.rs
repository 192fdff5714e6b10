//! What the module refuses, in order of precedence.

use chortle_kernel::{Address, Amount, AssetId};

chortle_kernel::error_codes! {
    /// What allowances refuse.
    pub enum Error in "allowance" {
        1 self_approval SelfApproval { account: Address } => "{account} needs no allowance of its own tokens"
            => "send them with transfer",
        2 allowance_changed AllowanceChanged { left: Amount } =>
            "the allowance is {left} base units by now, not what was expected: look again",
        3 no_allowance NoAllowance { owner: Address, spender: Address, asset: AssetId } =>
            "{owner} allows {spender} nothing of asset {asset}"
            => "let the owner approve it first",
        4 allowance_expired AllowanceExpired { owner: Address, expires_unix_ms: u64 } =>
            "the allowance of {owner} expired at {expires_unix_ms}"
            => "let the owner approve it again",
        5 above_allowance AboveAllowance { owner: Address, left: Amount } =>
            "{owner} allows {left} base units more"
            => "send less, or let the owner allow more",
        6 expiry_past ExpiryPast { expires_unix_ms: u64, now_unix_ms: u64 } =>
            "the allowance would expire at {expires_unix_ms} and it is {now_unix_ms}"
            => "choose a later time",
    }
}
