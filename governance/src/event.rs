//! What governance tells.

use chortle_kernel::{Address, Amount, Class, events, gate::Scope};

use crate::types::{Stage, Weights};

events! {
    /// A proposal was made; `governance.deposited` comes after it.
    Submitted = "governance.submitted" {
        /// Its number.
        proposal: u64,
        /// By whom.
        proposer: Address,
        /// The strictest class of its messages.
        class: Class,
        /// What must be deposited for voting to begin, in nlol.
        deposit_min: Amount,
        /// Until when.
        until_unix_ms: u64,
    }
    /// LOL was deposited for a proposal; `token.transferred` to the account `deposits` comes before it.
    Deposited = "governance.deposited" {
        /// Which.
        proposal: u64,
        /// By whom.
        depositor: Address,
        /// How much, in nlol.
        amount: Amount,
        /// What is deposited now.
        deposit: Amount,
    }
    /// Voting began.
    VotingBegan = "governance.voting_began" {
        /// On which.
        proposal: u64,
        /// Height whose stake votes.
        snapshot_height: u64,
        /// Stake in the set at that height, in nlol.
        bonded: Amount,
        /// When it ends.
        ends_unix_ms: u64,
    }
    /// An account voted, or changed its vote.
    Voted = "governance.voted" {
        /// On which.
        proposal: u64,
        /// Who.
        voter: Address,
        /// How it spreads its power.
        weights: Weights,
        /// That power, in nlol: its own, what it brings, and what a validator inherits.
        power: Amount,
    }
    /// A representative brought the power of an account that named it.
    Brought = "governance.brought" {
        /// To which.
        proposal: u64,
        /// Who.
        representative: Address,
        /// Whose power.
        holder: Address,
        /// How much, in nlol.
        power: Amount,
    }
    /// A late vote turned the outcome, or a short vote became a long one: voting ends later.
    Extended = "governance.extended" {
        /// On which.
        proposal: u64,
        /// When it ends.
        ends_unix_ms: u64,
    }
    /// A proposal passed and waits.
    Queued = "governance.queued" {
        /// Which.
        proposal: u64,
        /// When it may be executed.
        eta_unix_ms: u64,
    }
    /// A proposal came to its end.
    Closed = "governance.closed" {
        /// Which.
        proposal: u64,
        /// How.
        stage: Stage,
        /// What decided it, for people.
        why: String,
    }
    /// A deposit was paid back, or burnt, or some of each; `token.transferred` and `token.burned` come before it.
    DepositSettled = "governance.deposit_settled" {
        /// For which.
        proposal: u64,
        /// Whose.
        depositor: Address,
        /// What went back, in nlol.
        returned: Amount,
        /// What was burnt.
        burnt: Amount,
    }
    /// An account named a representative, or none.
    RepresentativeSet = "governance.representative_set" {
        /// Who.
        account: Address,
        /// For which class; none for every class without one of its own.
        class: Option<Class>,
        /// Whom; none for nobody.
        representative: Option<Address>,
    }
    /// A pause began.
    PauseBegan = "governance.pause_began" {
        /// Of what.
        scope: Scope,
        /// When it ends by itself.
        until_unix_ms: u64,
        /// Why.
        reason: String,
    }
    /// A pause was ended.
    PauseEnded = "governance.pause_ended" {
        /// Of what.
        scope: Scope,
    }
    /// The chain's treasury paid; `token.transferred` comes before it.
    Spent = "governance.spent" {
        /// To whom.
        to: Address,
        /// Of which asset.
        asset: chortle_kernel::AssetId,
        /// How much, in base units.
        amount: Amount,
    }
}
