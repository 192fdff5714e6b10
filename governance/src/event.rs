//! What governance tells.

use chortle_kernel::{Address, Amount, AssetId, Class, events, gate::Scope};

use crate::types::{Stage, Weights};

events! {
    /// A proposal was made; `governance.deposited` comes after it.
    Submitted = "governance.submitted" {
        /// Its number.
        proposal: u64,
        /// By whom.
        proposer: Address,
        /// The asset whose holders vote on it; none for the chain.
        community: Option<AssetId>,
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
        /// Height whose stake, or whose balances, vote.
        snapshot_height: u64,
        /// All power at that height: nlol of stake in the set, or base units of what holders have.
        power: Amount,
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
        /// That power, as the tally counts it: its own, what it brings, and what a validator inherits.
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
        /// The guardian who began it; none for governance.
        guardian: Option<Address>,
    }
    /// A guardian wants a pause ended; once enough do, `governance.pause_ended` comes before it.
    LiftWanted = "governance.lift_wanted" {
        /// Of what.
        scope: Scope,
        /// Who.
        guardian: Address,
        /// How many want it now.
        found: u64,
        /// How many must.
        needed: u64,
    }
    /// A pause was ended.
    PauseEnded = "governance.pause_ended" {
        /// Of what.
        scope: Scope,
    }
    /// A stream was opened; `token.transferred` from the treasury to the account `streams` comes before it.
    StreamOpened = "governance.stream_opened" {
        /// Its number.
        stream: u64,
        /// Who gets it.
        to: Address,
        /// Of which asset.
        asset: AssetId,
        /// How much in all, in base units.
        amount: Amount,
        /// From when on it grows.
        from_unix_ms: u64,
        /// When it is whole.
        until_unix_ms: u64,
    }
    /// A stream paid; what the ledger tells of it comes before it.
    StreamPaid = "governance.stream_paid" {
        /// Which.
        stream: u64,
        /// To whom.
        to: Address,
        /// Of which asset.
        asset: AssetId,
        /// How much, in base units.
        amount: Amount,
        /// What the asset's rules left of it.
        arrived: Amount,
    }
    /// A stream was closed; `token.transferred` to the treasury comes before it.
    StreamClosed = "governance.stream_closed" {
        /// Which.
        stream: u64,
        /// Of which asset.
        asset: AssetId,
        /// What went back to the treasury, in base units.
        returned: Amount,
        /// What its recipient can still claim.
        left: Amount,
    }
    /// The chain's treasury paid; `token.transferred` comes before it.
    Spent = "governance.spent" {
        /// To whom.
        to: Address,
        /// Of which asset.
        asset: AssetId,
        /// How much, in base units.
        amount: Amount,
    }
}
