//! What the module refuses, in order of precedence.

use chortle_kernel::{Address, Amount, AssetId};

chortle_kernel::error_codes! {
    /// What grants refuse.
    pub enum Error in "grant" {
        1 malformed_terms MalformedTerms { reason: String } => "these are no terms of a grant: {reason}"
            => "change the terms as the reason says",
        2 not_grantable NotGrantable { kind: String } =>
            "{kind} is never sent for another: no cap could hold what it lets out, or there is no such kind"
            => "name other kinds; docs/messages.md lists all",
        3 own_grant OwnGrant {} => "an account needs no grant of its own: name another",
        4 only_accounts OnlyAccounts {} => "only an account gives and uses grants, no module and no governance"
            => "let an account send it",
        5 expiry_past ExpiryPast { expires_unix_ms: u64, now_unix_ms: u64 } =>
            "the grant expires at {expires_unix_ms} and it is {now_unix_ms}: choose a later time",
        6 too_many_grants TooManyGrants { max: u64 } => "an account gives at most {max} grants at a time"
            => "revoke one that nobody needs any more",
        7 unknown_grant UnknownGrant { grant: u64 } => "there is no grant {grant}: revoked, used up, or never given"
            => "look at GET /v1/accounts/{address}/received_grants",
        8 used_up UsedUp { grant: u64, left: u64 } => "grant {grant} has {left} uses left: fewer than these are"
            => "use it for fewer messages, or ask its granter for another",
        9 not_covered NotCovered { grant: u64, kind: String } => "grant {grant} does not name {kind}"
            => "leave that message out, or ask the granter for another grant",
        10 no_cap NoCap { grant: u64, asset: AssetId, amount: Amount } =>
            "{amount} base units of asset {asset} would leave the granter, and grant {grant} names no cap of that asset"
            => "ask the granter for a grant with a cap of that asset",
        11 above_cap AboveCap { grant: u64, asset: AssetId, amount: Amount, left: Amount } =>
            "{amount} base units of asset {asset} would leave the granter, and grant {grant} leaves {left}"
            => "take less, or wait for the next period if it has periods",
        12 expired Expired { grant: u64, expires_unix_ms: u64 } => "grant {grant} expired at {expires_unix_ms}"
            => "ask its granter for another",
        13 not_grantee NotGrantee { grant: u64, grantee: Address } => "grant {grant} is for {grantee}"
            => "let that account use it",
        14 not_party NotParty { grant: u64 } => "grant {grant} is neither of this account nor for it"
            => "let its granter revoke it",
        15 for_messages ForMessages { grant: u64 } => "grant {grant} lets its grantee send messages, and pays no fees"
            => "name a fee grant",
        16 for_fees ForFees { grant: u64 } => "grant {grant} pays fees, and no message runs by it"
            => "name a grant of messages",
        17 nothing_to_send NothingToSend {} => "no message is carried: give at least one",
    }
}
