//! What the module refuses, in order of precedence.

use chortle_kernel::{Address, Amount, AssetId};

chortle_kernel::error_codes! {
    /// What shared accounts refuse.
    pub enum Error in "multisig" {
        1 duplicate_member DuplicateMember { member: Address } =>
            "{member} is a member twice: one address has one weight, however it is written"
            => "name it once, with all of its weight",
        2 no_weight NoWeight { member: Address } => "{member} has a weight of 0: give at least 1, or leave it out",
        3 threshold_out_of_range ThresholdOutOfRange { threshold: u64, total: u64 } =>
            "the threshold is {threshold} and all weights sum to {total}: choose 1 to {total}"
            => "choose a threshold that all members together reach",
        4 delay_too_long DelayTooLong { delay_ms: u64, max_ms: u64 } =>
            "the delay is {delay_ms} ms; at most {max_ms}, which is 90 days"
            => "choose a shorter delay: an account that waits longer is as good as lost",
        5 limit_of_stranger LimitOfStranger { member: Address } => "{member} has a limit and is no member"
            => "make it a member, or leave the limit out",
        6 duplicate_limit DuplicateLimit { member: Address, asset: AssetId } =>
            "{member} has two limits for asset {asset}: give one",
        7 empty_limit EmptyLimit { member: Address, asset: AssetId } =>
            "the limit of {member} for asset {asset} is 0: leave it out",
        8 period_out_of_range PeriodOutOfRange { period_ms: u64, min_ms: u64, max_ms: u64 } =>
            "the period of a limit is {period_ms} ms; choose {min_ms} to {max_ms}: a minute to 366 days",
        9 contains_itself ContainsItself { account: Address } =>
            "{account} would be a member of itself, or of a member of its own"
            => "leave out the member that it is below",
        10 nested_too_deep NestedTooDeep { depth: u8, accounts: usize } =>
            "the members' members lie deeper than {depth}, or are more than {accounts} accounts: name keys instead",
        11 already_known AlreadyKnown { account: Address } => "the shared account {account} is known already"
            => "nothing needs to be sent; use it",
        12 unknown_account UnknownAccount { account: Address } => "{account} is no shared account that is known"
            => "make it known with multisig create, with exactly the members, threshold, delay, limits and salt of its address",
        13 not_member NotMember { account: Address, sender: Address } => "{sender} is not a member of {account}"
            => "send it from a member; GET /v1/shared_accounts/{shared_account} lists them",
        14 nothing_proposed NothingProposed {} => "the proposal has no message: put at least one in",
        15 expiry_too_soon ExpiryTooSoon { expires_unix_ms: u64, earliest_unix_ms: u64 } =>
            "the proposal would expire at {expires_unix_ms}; with the account's delay it can run at \
            {earliest_unix_ms} at the earliest"
            => "choose a later expiry",
        16 expiry_too_late ExpiryTooLate { expires_unix_ms: u64, latest_unix_ms: u64 } =>
            "the proposal would expire at {expires_unix_ms}; at most {latest_unix_ms}: 90 days beyond the delay"
            => "choose an earlier expiry",
        17 too_many_open TooManyOpen { member: Address, max: u64 } =>
            "{member} has {max} proposals open: cancel one first, or wait until one is executed",
        18 unknown_proposal UnknownProposal { account: Address, proposal: u64 } =>
            "{account} has no open proposal {proposal}: executed, cancelled, or never made"
            => "look at GET /v1/shared_accounts/{shared_account}/proposals",
        19 proposal_void ProposalVoid { proposal: u64, made: u64, now: u64 } =>
            "proposal {proposal} was made under version {made} of the account and it has version {now} now: it is void"
            => "propose it again",
        20 proposal_expired ProposalExpired { proposal: u64, expired_unix_ms: u64 } =>
            "proposal {proposal} expired at {expired_unix_ms}"
            => "propose it again",
        21 other_payload OtherPayload { proposal: u64 } =>
            "these are not the messages of proposal {proposal}: look again at what it says"
            => "read the proposal anew; if it says what you meant, your node showed you another",
        22 approved_already ApprovedAlready { proposal: u64, member: Address } =>
            "{member} approves proposal {proposal} already"
            => "nothing needs to be sent",
        23 not_approved NotApproved { proposal: u64, member: Address } =>
            "{member} does not approve proposal {proposal}: there is nothing to withdraw",
        24 below_threshold BelowThreshold { proposal: u64, weight: u64, threshold: u64 } =>
            "proposal {proposal} has a weight of {weight} of {threshold}: more members must approve it",
        25 too_early TooEarly { proposal: u64, ready_unix_ms: u64 } =>
            "proposal {proposal} waits for the account's delay until {ready_unix_ms}"
            => "execute it then",
        26 not_proposer NotProposer { proposal: u64, proposer: Address } =>
            "proposal {proposal} is open and of {proposer}: only that member takes it back"
            => "withdraw your approval instead; once it is void or expired anyone removes it",
        27 no_limit NoLimit { account: Address, member: Address, asset: AssetId } =>
            "{account} lets {member} send nothing of asset {asset} alone"
            => "propose a transfer, which the others approve",
        28 above_limit AboveLimit { member: Address, left: Amount } =>
            "{member} can send {left} base units more alone for now"
            => "send less, wait, or propose a transfer",
    }
}
