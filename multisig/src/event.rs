//! What shared accounts tell.

use chortle_kernel::{Address, Amount, AssetId, events, merkle::Node};

use crate::types::Config;

events! {
    /// A shared account was made known.
    SharedAccountCreated = "multisig.created" {
        /// Its address.
        account: Address,
        /// What it begins with.
        config: Config,
    }
    /// A shared account changed who decides over it; open proposals are void.
    Configured = "multisig.configured" {
        /// Which.
        account: Address,
        /// Number of the configuration.
        version: u64,
        /// What it is now.
        config: Config,
    }
    /// A member proposed what an account is to send, and approves it.
    Proposed = "multisig.proposed" {
        /// Which account.
        account: Address,
        /// Number of the proposal.
        proposal: u64,
        /// Who.
        proposer: Address,
        /// What it is about.
        title: String,
        /// The hash of its messages.
        payload: Node,
        /// What the proposer's approval weighs.
        weight: u64,
        /// What it needs.
        threshold: u64,
        /// Until when.
        expires_unix_ms: u64,
    }
    /// A member approved a proposal.
    ApprovalGiven = "multisig.approved" {
        /// Of which account.
        account: Address,
        /// Which proposal.
        proposal: u64,
        /// Who.
        member: Address,
        /// What all approvals weigh.
        weight: u64,
        /// What they need.
        threshold: u64,
        /// From when on it can be executed; none while it is below the threshold.
        ready_unix_ms: Option<u64>,
    }
    /// A member withdrew its approval.
    Withdrawn = "multisig.withdrawn" {
        /// Of which account.
        account: Address,
        /// Which proposal.
        proposal: u64,
        /// Who.
        member: Address,
        /// What all approvals weigh.
        weight: u64,
        /// What they need.
        threshold: u64,
    }
    /// A proposal was executed: what its messages did comes after it.
    Executed = "multisig.executed" {
        /// Of which account.
        account: Address,
        /// Which proposal.
        proposal: u64,
        /// Who sent for it.
        executor: Address,
        /// The hash of its messages.
        payload: Node,
    }
    /// A proposal was taken back, or removed because it was void or expired.
    Cancelled = "multisig.cancelled" {
        /// Of which account.
        account: Address,
        /// Which proposal.
        proposal: u64,
        /// Who.
        by: Address,
        /// Why: `taken back`, `void` or `expired`.
        why: String,
    }
    /// A member sent something by itself, within its limit; `token.transferred` comes before it.
    MemberSpent = "multisig.spent" {
        /// Of which account.
        account: Address,
        /// Who.
        member: Address,
        /// To whom.
        to: Address,
        /// Which asset.
        asset: AssetId,
        /// How much left the account.
        amount: Amount,
        /// What the member can send at once after it.
        left: Amount,
    }
}
