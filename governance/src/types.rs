//! What a proposal is, and how it is voted on.

use chortle_kernel::{Address, Amount, AssetId, Class, List, Text, gate::Scope, record, tx::RawMessage};

/// Holds what was deposited for proposals that are open.
pub const DEPOSITS: Address = Address::protocol("deposits");
/// Holds what streams have yet to pay.
pub const STREAMS: Address = Address::protocol("streams");
/// Longest title, in bytes.
pub const TITLE_MAX: usize = 140;
/// Longest summary, in bytes.
pub const SUMMARY_MAX: usize = 8_192;
/// Most messages of a proposal.
pub const MESSAGES_MAX: usize = 16;
/// Most guardians.
pub const GUARDIANS_MAX: usize = 16;
/// Most scopes that a third of all power pauses.
pub const THIRD_MAX: usize = 16;
/// Most bodies.
pub const BODIES_MAX: usize = 16;
/// Most kinds of message that a body may propose beside spending.
pub const BODY_MESSAGES_MAX: usize = 8;
/// Basis points of one.
pub const ONE_BPS: u64 = 10_000;
/// A day.
pub const DAY_MS: u64 = 24 * 3_600 * 1_000;

record! {
    /// Where a proposal stands.
    #[derive(Copy, PartialOrd, Ord)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum Stage {
        /// It waits for its deposit; voting begins with the block after it is whole.
        Deposit = 0,
        /// It is voted on.
        Voting = 1,
        /// It passed and waits for its time.
        Queued = 2,
        /// What it says was done.
        Executed = 3,
        /// What it says was refused, and left nothing.
        Failed = 4,
        /// Its proposer, or the council, took it back.
        Cancelled = 5,
        /// It passed and could not be tried in its window.
        Expired = 6,
        /// It did not pass.
        Rejected = 7,
        /// It was voted down as harmful.
        Vetoed = 8,
        /// Its deposit was never whole.
        Lapsed = 9,
    }
}

impl Stage {
    /// Every stage, in order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Deposit,
        Self::Voting,
        Self::Queued,
        Self::Executed,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
        Self::Rejected,
        Self::Vetoed,
        Self::Lapsed,
    ];

    /// Its number, in keys.
    pub fn number(self) -> u32 {
        u32::from(self as u8)
    }

    /// Whether it counts as load: it can still be voted on.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Deposit | Self::Voting)
    }
}

record! {
    /// By what a proposal is judged: fixed when it is submitted, so no later change of the rules touches it.
    #[derive(Copy)]
    pub struct Terms {
        /// Least turnout, in basis points of all power.
        pub quorum_bps: u64,
        /// More than this part of the votes that do not abstain must say yes.
        pub threshold_bps: u64,
        /// More than this part of the turnout vetoes.
        pub veto_bps: u64,
        /// How long voting lasts.
        pub voting_ms: u64,
        /// How long it waits after it passed.
        pub delay_ms: u64,
        /// For how long it can be executed then.
        pub window_ms: u64,
        /// Most gas that its messages may take.
        pub gas_max: u64,
        /// A vote that turns the outcome in the last so many milliseconds puts the end off until so many later.
        pub late_ms: u64,
        /// Above this part of the votes that do not abstain being against it, the deposits are burnt.
        pub spam_bps: u64,
        /// Part of the deposits that is burnt if the proposer takes it back.
        pub cancel_burnt_bps: u64,
    }
}

record! {
    /// The stricter terms of the first, short vote.
    #[derive(Copy)]
    pub struct Expedited {
        /// Least turnout, in basis points of all power.
        pub quorum_bps: u64,
        /// More than this part of the votes that do not abstain must say yes.
        pub threshold_bps: u64,
        /// How long that vote lasts.
        pub voting_ms: u64,
    }
}

record! {
    /// The first vote of an optimistic proposal: it passes unless too much of the stake says no.
    #[derive(Copy)]
    pub struct Optimistic {
        /// More than this part of the stake in the set being against it makes it a proposal like any other.
        pub against_bps: u64,
        /// How long that vote lasts.
        pub voting_ms: u64,
    }
}

record! {
    /// What more than a third of all power can do with a proposal.
    #[derive(Copy, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Third {
        /// Nothing: it is for a majority.
        #[default]
        Nothing,
        /// Have it done at once: it does nothing but pause what the rules of guardians name.
        May,
        /// It has said so: what it pauses is held to the limits of guardians.
        Acts,
    }
}

record! {
    /// A proposal, without what it says.
    pub struct Proposal {
        /// Who made it.
        pub proposer: Address,
        /// The asset whose holders vote on it and whom it acts for; none for the chain.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub community: Option<AssetId>,
        /// Where it stands.
        pub stage: Stage,
        /// The strictest class of its messages.
        pub class: Class,
        /// By what it is judged.
        pub terms: Terms,
        /// By what it is judged first, if it asked for a short vote that has not ended.
        pub expedited: Option<Expedited>,
        /// By what it is judged first, if a body made it and nobody has yet made it a proposal like any other.
        pub optimistic: Option<Optimistic>,
        /// What more than a third of all power can do with it.
        pub third: Third,
        /// Whether the council may cancel it while it waits.
        pub stoppable: bool,
        /// What is deposited for it.
        pub deposit: Amount,
        /// What must be, for voting to begin.
        pub deposit_min: Amount,
        /// When it was submitted.
        pub submitted_unix_ms: u64,
        /// Height whose stake, or whose balances, vote; 0 before voting.
        pub snapshot_height: u64,
        /// All power at that height: nlol of stake in the set, or base units of what holders have.
        pub power: Amount,
        /// When voting began; 0 before.
        pub voting_began_unix_ms: u64,
        /// When voting ends or ended; 0 before.
        pub voting_ends_unix_ms: u64,
        /// Whether late votes have put the end off.
        pub extended: bool,
        /// When it may be executed; 0 unless it passed.
        pub eta_unix_ms: u64,
        /// When the protocol looks at it next; 0 if never.
        pub due_unix_ms: u64,
        /// When it left the last stage that waits for something; 0 before.
        pub closed_unix_ms: u64,
        /// The code of what refused its messages, if that is how it ended: `codespace.number`. The event has the
        /// sentence, whose words a later version may change; a code is the same for ever, and so is the app hash.
        pub failure: Option<String>,
    }
}

record! {
    /// What a proposal says: never changed.
    pub struct Content {
        /// In a line.
        pub title: Text<TITLE_MAX>,
        /// Why, and where to read more.
        pub summary: Text<SUMMARY_MAX>,
        /// What is done if it passes, in order, all or nothing.
        pub messages: List<RawMessage, MESSAGES_MAX>,
    }
}

record! {
    /// How a voter's power is spread, in basis points that sum to 10,000.
    #[derive(Copy)]
    pub struct Weights {
        /// For it.
        pub yes: u64,
        /// Against it.
        pub no: u64,
        /// Counts for the quorum alone.
        pub abstain: u64,
        /// Against it, and it does harm.
        pub veto: u64,
    }
}

record! {
    /// Votes by option: nlol of stake, or base units of the asset whose holders vote.
    #[derive(Copy, Default)]
    pub struct Tally {
        /// For it.
        pub yes: Amount,
        /// Against it.
        pub no: Amount,
        /// For the quorum alone.
        pub abstain: Amount,
        /// Against it, as harmful.
        pub veto: Amount,
    }
}

record! {
    /// What a ballot says.
    #[derive(Copy)]
    #[serde(rename_all = "snake_case")]
    pub enum Choice {
        /// The voter's own word.
        Own(Weights),
        /// That of a representative, who brought it.
        Follows(Address),
    }
}

record! {
    /// A voter's ballot. Its weight is all three parts; that of one that follows is with its representative.
    pub struct Ballot {
        /// What it says.
        pub choice: Choice,
        /// Power of the voter's own delegations, or of its own balance.
        pub own: Amount,
        /// Power of those who follow.
        pub brought: Amount,
        /// What a validator votes for its delegators: those who have no ballot.
        pub inherited: Amount,
    }
}

record! {
    /// When a proposal came to a stage.
    #[derive(Copy)]
    pub struct Reached {
        /// Height of the block.
        pub height: u64,
        /// Time of the block.
        pub time_unix_ms: u64,
    }
}

record! {
    /// What becomes of the deposits of a proposal that is closed.
    #[derive(Copy)]
    pub struct Settlement {
        /// The part of each deposit that is burnt, in basis points; the rest goes back.
        pub burnt_bps: u64,
    }
}

record! {
    /// An account that may pause.
    #[derive(Copy)]
    pub struct Guardian {
        /// Which.
        pub account: Address,
        /// How often in `guardian_period_ms`.
        pub pauses: u64,
    }
}

record! {
    /// Who may pause at once, and for how long.
    pub struct Guardians {
        /// Who.
        pub guardians: List<Guardian, GUARDIANS_MAX>,
        /// In which time a guardian has its number of pauses.
        pub guardian_period_ms: u64,
        /// How long one guardian may stop anything, before the cool-down is over.
        pub hand_ms_max: u64,
        /// How long all guardians together may.
        pub pause_ms_max: u64,
        /// How long what was stopped for all that time runs before it can be stopped again.
        pub cool_down_ms: u64,
        /// What more than a third of all power pauses at once: such power could halt the chain anyway.
        pub third: List<Scope, THIRD_MAX>,
        /// How often in `guardian_period_ms` it can.
        pub third_pauses: u64,
    }
}

impl Guardians {
    /// Whether an account is one of them.
    pub fn has(&self, account: &Address) -> bool {
        self.guardians.iter().any(|guardian| guardian.account == *account)
    }

    /// How many of them end a pause before its time: more than half, and never one alone.
    pub fn majority(&self) -> usize {
        self.guardians.len().div_euclid(2).saturating_add(1).max(2)
    }

    /// In no stretch of this time is anything stopped for longer than `pause_ms_max`.
    pub fn window_ms(&self) -> u64 {
        self.pause_ms_max.saturating_add(self.cool_down_ms)
    }
}

/// What begins a life as an asset on the market.
fn launches() -> List<Scope, THIRD_MAX> {
    let scope = |(module, message)| {
        Some(Scope::Message { module: Text::parse(module).ok()?, message: Text::parse(message).ok()? })
    };
    let scopes = [("token", "create_asset"), ("lock", "launch")].into_iter().filter_map(scope);
    List::parse(scopes.collect::<Vec<_>>()).unwrap_or_default()
}

impl Default for Guardians {
    fn default() -> Self {
        Self {
            guardians: List::default(),
            guardian_period_ms: DAY_MS.saturating_mul(30),
            hand_ms_max: DAY_MS,
            pause_ms_max: DAY_MS.saturating_mul(3),
            cool_down_ms: DAY_MS.saturating_mul(7),
            third: launches(),
            third_pauses: 4,
        }
    }
}

record! {
    /// A pause that a guardian began, or a third of all power; kept while any limit counts it.
    pub struct Guarded {
        /// What it stops.
        pub scope: Scope,
        /// Which guardian began it; none if a third of all power did.
        pub guardian: Option<Address>,
        /// When it began.
        pub began_unix_ms: u64,
        /// When it ends, or ended.
        pub until_unix_ms: u64,
        /// Guardians that want it ended before its time.
        pub lifts: List<Address, GUARDIANS_MAX>,
    }
}

record! {
    /// An account that can propose by the optimistic track.
    pub struct Body {
        /// Which.
        pub account: Address,
        /// What it is, in a line.
        pub name: Text<64>,
        /// How much LOL of the treasury its proposals of a period may spend in all, in nlol.
        pub cap: Amount,
        /// Which messages it may propose beside spending, as `module.verb`.
        pub messages: List<Text<96>, BODY_MESSAGES_MAX>,
    }
}

record! {
    /// Who can propose by the optimistic track, and how that is voted on.
    pub struct Bodies {
        /// Who.
        pub bodies: List<Body, BODIES_MAX>,
        /// In which time a cap holds.
        pub body_period_ms: u64,
        /// How long the first vote lasts.
        pub optimistic_voting_ms: u64,
        /// More than this part of the stake in the set being against it makes it a proposal like any other.
        pub against_bps: u64,
    }
}

impl Default for Bodies {
    fn default() -> Self {
        Self {
            bodies: List::default(),
            body_period_ms: DAY_MS.saturating_mul(30),
            optimistic_voting_ms: DAY_MS.saturating_mul(7),
            against_bps: 1_000,
        }
    }
}

record! {
    /// What a proposal of a body counts for, for as long as a period is.
    #[derive(Copy)]
    pub struct Used {
        /// When it was made.
        pub time_unix_ms: u64,
        /// What it would spend, in nlol.
        pub amount: Amount,
    }
}

record! {
    /// A payment that grows with time. What it has yet to pay is in the escrow.
    #[derive(Copy)]
    pub struct Stream {
        /// Who gets it.
        pub to: Address,
        /// Of which asset.
        pub asset: AssetId,
        /// All that it pays.
        pub total: Amount,
        /// What it has paid.
        pub paid: Amount,
        /// From when on it grows.
        pub from_unix_ms: u64,
        /// When it is whole.
        pub until_unix_ms: u64,
    }
}

record! {
    /// What governance can set of governance.
    #[schemars(rename = "GovernanceParams")]
    pub struct Params {
        /// Deposit with which voting begins while few proposals are open, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub deposit_base: Amount,
        /// With each so many open proposals the deposit of the next doubles.
        pub deposit_step: u64,
        /// How often it doubles at most.
        pub deposit_doublings_max: u64,
        /// Least part of the deposit that comes with the proposal, in basis points.
        pub deposit_first_bps: u64,
        /// Least part that one deposit adds, in basis points; what is missing may be less.
        pub deposit_part_bps: u64,
        /// How long a proposal waits for its deposit.
        pub deposit_ms: u64,
        /// Part of the deposits that is burnt if the proposer takes it back, in basis points.
        pub cancel_burnt_bps: u64,
        /// Above this part of the votes that do not abstain being against it, the deposits are burnt, in basis points.
        pub spam_bps: u64,
        /// How long voting lasts.
        pub voting_ms: u64,
        /// How long the first vote of an expedited proposal lasts.
        pub expedited_voting_ms: u64,
        /// A vote that turns the outcome in the last so many milliseconds puts the end off until so many later, until
        /// voting has lasted twice its time.
        pub late_ms: u64,
        /// Least turnout, in basis points of all power.
        pub quorum_bps: u64,
        /// Least turnout of the first vote of an expedited proposal.
        pub expedited_quorum_bps: u64,
        /// More than this part of the votes that do not abstain must say yes.
        pub threshold_bps: u64,
        /// The same for the first vote of an expedited proposal.
        pub expedited_threshold_bps: u64,
        /// More than this part of the turnout vetoes.
        pub veto_bps: u64,
        /// How long a change of parameters waits after it passed.
        pub params_delay_ms: u64,
        /// How long a payment of a treasury waits.
        pub treasury_delay_ms: u64,
        /// How long any other act waits.
        pub act_delay_ms: u64,
        /// For how long what passed can be executed once its time has come.
        pub window_ms: u64,
        /// Most gas of a proposal's messages.
        pub gas_max: u64,
        /// Who may cancel what waits, if anyone; never alter it.
        pub council: Option<Address>,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            deposit_base: Amount::new(500_000_000_000).unwrap_or(Amount::MAX),
            deposit_step: 10,
            deposit_doublings_max: 6,
            deposit_first_bps: 1_000,
            deposit_part_bps: 100,
            deposit_ms: DAY_MS.saturating_mul(14),
            cancel_burnt_bps: 5_000,
            spam_bps: 8_000,
            voting_ms: DAY_MS.saturating_mul(7),
            expedited_voting_ms: DAY_MS,
            late_ms: DAY_MS.saturating_div(2),
            quorum_bps: 3_340,
            expedited_quorum_bps: 5_000,
            threshold_bps: 5_000,
            expedited_threshold_bps: 6_670,
            veto_bps: 3_340,
            params_delay_ms: DAY_MS.saturating_mul(2),
            treasury_delay_ms: DAY_MS.saturating_mul(2),
            act_delay_ms: DAY_MS.saturating_mul(7),
            window_ms: DAY_MS.saturating_mul(14),
            gas_max: 10_000_000,
            council: None,
        }
    }
}

record! {
    /// The floors under the rules of governance; they fall by a constitution vote alone.
    #[derive(Copy)]
    pub struct Constitution {
        /// More than this part of the votes that do not abstain changes the constitution.
        pub amendment_threshold_bps: u64,
        /// The same for the rules of governance.
        pub rules_threshold_bps: u64,
        /// Least quorum that the rules may name.
        pub quorum_min_bps: u64,
        /// Least time of voting that the rules may name.
        pub voting_min_ms: u64,
        /// Least delay that the rules may name for any class that has one.
        pub delay_min_ms: u64,
    }
}

impl Default for Constitution {
    fn default() -> Self {
        Self {
            amendment_threshold_bps: 9_000,
            rules_threshold_bps: 6_670,
            quorum_min_bps: 2_000,
            voting_min_ms: DAY_MS,
            delay_min_ms: DAY_MS,
        }
    }
}
