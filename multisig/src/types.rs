//! What a shared account is, and what a proposal is. Pure.

use chortle_kernel::{Address, Amount, Coin, List, Text, merkle::Node, record, tx::RawMessage};

/// The module: its accounts are held under this name.
pub const NAME: &str = "multisig";
/// Most members of an account.
pub const MEMBERS_MAX: usize = 32;
/// Most limits of an account.
pub const LIMITS_MAX: usize = 32;
/// Most messages of a proposal.
pub const MESSAGES_MAX: usize = 16;
/// Longest title of a proposal, in bytes.
pub const TITLE_MAX: usize = 140;
/// Most proposals that one member has open.
pub const OPEN_MAX: u64 = 8;
/// A day.
pub const DAY_MS: u64 = 24 * 3_600 * 1_000;
/// Longest delay: an account that waits longer is as good as lost.
pub const DELAY_MS_MAX: u64 = 90 * DAY_MS;
/// How long a proposal can wait beyond the account's delay.
pub const LIFE_MS_MAX: u64 = 90 * DAY_MS;
/// Shortest period of a limit.
pub const PERIOD_MS_MIN: u64 = 60 * 1_000;
/// Longest period of a limit.
pub const PERIOD_MS_MAX: u64 = 366 * DAY_MS;
/// Sums that are kept of a period: what was sent in a sixteenth of it, and two more for the edges.
pub const SUMS_MAX: usize = 18;

record! {
    /// Who has a say in an account.
    #[derive(Copy)]
    #[schemars(rename = "SharedMember")]
    pub struct Member {
        /// Who: any account but the protocol's and the shared one itself.
        pub account: Address,
        /// How much the member's approval weighs: at least 1.
        pub weight: u32,
    }
}

record! {
    /// What a member may send by itself.
    #[derive(Copy)]
    #[schemars(rename = "SharedLimit")]
    pub struct Limit {
        /// Which member.
        pub member: Address,
        /// What, and how much of it in any span of the period.
        pub coin: Coin,
        /// The period: a minute to 366 days.
        pub period_ms: u64,
    }
}

record! {
    /// Who decides over an account, and how.
    #[schemars(rename = "SharedConfig")]
    pub struct Config {
        /// Members, by address.
        pub members: List<Member, MEMBERS_MAX>,
        /// The weight that an approved proposal has at least.
        pub threshold: u64,
        /// How long a proposal waits once it has that weight.
        pub delay_ms: u64,
        /// What members may send by themselves, by member and asset.
        pub limits: List<Limit, LIMITS_MAX>,
    }
}

record! {
    /// A shared account.
    #[schemars(rename = "SharedRecord")]
    pub struct Account {
        /// The hash of what it began with: its address follows from it.
        pub seed: Node,
        /// Counts its configurations from 1.
        pub version: u64,
        /// The one in force.
        pub config: Config,
    }
}

record! {
    /// A proposal that is open, without what it says.
    #[schemars(rename = "SharedProposalRecord")]
    pub struct Proposal {
        /// Who made it.
        pub proposer: Address,
        /// The version of the configuration that it was made under; with the next it is void.
        pub version: u64,
        /// The hash of its messages.
        pub payload: Node,
        /// Who approves, by address.
        pub approvals: List<Address, MEMBERS_MAX>,
        /// What they weigh together.
        pub weight: u64,
        /// When that reached the threshold; none while it is below.
        pub met_unix_ms: Option<u64>,
        /// From when on nobody can approve or execute it.
        pub expires_unix_ms: u64,
    }
}

record! {
    /// What a proposal says: never changed.
    #[schemars(rename = "SharedContent")]
    pub struct Content {
        /// What it is about, in a line; may be empty.
        pub title: Text<TITLE_MAX>,
        /// What the account sends, in order, all or nothing.
        pub messages: List<RawMessage, MESSAGES_MAX>,
    }
}

record! {
    /// How many proposals a member has open.
    #[derive(Copy, Default)]
    #[schemars(rename = "SharedOpen")]
    pub struct Open {
        /// Under which version; of an older one nothing counts.
        pub version: u64,
        /// How many.
        pub count: u64,
    }
}

record! {
    /// What a member sent by itself in a part of a period.
    #[derive(Copy)]
    #[schemars(rename = "SharedSum")]
    pub struct Sum {
        /// When that part ends: it counts until a period later.
        pub ends_unix_ms: u64,
        /// How much.
        pub amount: Amount,
    }
}

record! {
    /// What a member sent by itself, the oldest first.
    #[derive(Default)]
    #[schemars(rename = "SharedSpent")]
    pub struct Spent {
        /// By parts of the period.
        pub sums: List<Sum, SUMS_MAX>,
    }
}
