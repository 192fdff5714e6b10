//! Validators, delegations and what is on its way out.

use std::{borrow::Cow, fmt};

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, Bytes, Text, block::ConsensusAddress, hash, record};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An ed25519 consensus key; JSON shows it as `0x…`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct ConsensusKey(pub [u8; 32]);

impl ConsensusKey {
    /// The engine's address of the key: the first 20 bytes of its SHA-256.
    pub fn address(&self) -> ConsensusAddress {
        let mut address = [0; 20];
        address.iter_mut().zip(hash::sha256(&self.0)).for_each(|(to, from)| *to = from);
        address
    }

    /// What the key signs to prove that its holder gives it to this operator on this chain.
    pub fn proof_digest(chain_id: &str, operator: &Address) -> hash::Hash {
        let bytes = [chain_id.as_bytes(), &[0], &operator.0].concat();
        hash::tagged("chortle/staking/consensus_key", &bytes)
    }
}

impl fmt::Debug for ConsensusKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ConsensusKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl Serialize for ConsensusKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConsensusKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = <Bytes<32> as Deserialize<'de>>::deserialize(deserializer)?;
        <[u8; 32]>::try_from(&*bytes).map(Self).map_err(|_| de::Error::custom("a consensus key has 32 bytes"))
    }
}

impl JsonSchema for ConsensusKey {
    fn schema_name() -> Cow<'static, str> {
        "ConsensusKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "hex", "pattern": "^0x[0-9a-fA-F]{64}$",
            "description": "An ed25519 consensus key",
        })
    }
}

/// A wide integer (shares, an index); JSON shows it as a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Wide(pub u128);

impl Serialize for Wide {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Wide {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str> as Deserialize<'de>>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

impl JsonSchema for Wide {
    fn schema_name() -> Cow<'static, str> {
        "Wide".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{1,39}$" })
    }
}

record! {
    /// What a validator tells about itself.
    pub struct Description {
        /// Name for people; not unique.
        pub name: Text<64>,
        /// Where to read more, if anywhere.
        pub uri: Text<200>,
    }
}

record! {
    /// What a validator takes of its delegators' rewards.
    pub struct Commission {
        /// Rate, in basis points.
        pub rate_bps: u64,
        /// Highest rate ever: fixed at creation.
        pub ceiling_bps: u64,
        /// Largest rise at a time: fixed at creation.
        pub step_bps: u64,
        /// A rate that was announced.
        pub announced_bps: Option<u64>,
        /// From which epoch it holds.
        pub announced_epoch: u64,
        /// When it was last changed; 0 for never.
        pub changed_unix_ms: u64,
    }
}

impl Commission {
    /// The rate in an epoch.
    pub fn rate_in(&self, epoch: u64) -> u64 {
        self.announced_bps.filter(|_| epoch >= self.announced_epoch).unwrap_or(self.rate_bps)
    }
}

record! {
    /// A validator, under its operator's account.
    pub struct Validator {
        /// Consensus key in use.
        pub key: ConsensusKey,
        /// What it tells about itself.
        pub description: Description,
        /// What it takes.
        pub commission: Commission,
        /// Least stake of its own, in nlol; below it is jailed.
        pub self_bond_min: Amount,
        /// Stake, in nlol.
        pub tokens: Amount,
        /// Shares of that stake.
        pub shares: Wide,
        /// Delegators with shares.
        pub delegators: u64,
        /// What stake that moved here owes for faults of its sources and has not paid: it has no power.
        pub owed: Amount,
        /// Entries of stake that moved here and still answer for their sources.
        pub moved: u64,
        /// Whether it is in the set.
        pub bonded: bool,
        /// Once it left the set: until when its stake is still bound.
        pub unbonding_until_unix_ms: u64,
        /// Whether it is out of the set until it unjails.
        pub jailed: bool,
        /// Before this it cannot unjail.
        pub jailed_until_unix_ms: u64,
        /// Whether it is out for good.
        pub tombstoned: bool,
        /// When its key was last rotated; 0 for never.
        pub rotated_unix_ms: u64,
        /// Heights of its slashes for evidence: at most the fault and its top-up.
        pub graves: Vec<u64>,
        /// Height that created it.
        pub created_height: u64,
    }
}

record! {
    /// What a validator's shares earned. A leaf of its own, since it changes with each block.
    pub struct Earnings {
        /// Rewards per share, in fixed point.
        pub index: Wide,
        /// What the last allocation could not divide.
        pub carry: Wide,
        /// Commission that waits for its operator.
        pub commission: Amount,
    }
}

impl Default for Earnings {
    fn default() -> Self {
        Self { index: Wide(0), carry: Wide(0), commission: Amount::ZERO }
    }
}

record! {
    /// A delegator's part of a validator.
    pub struct Delegation {
        /// Shares.
        pub shares: Wide,
        /// The validator's index when rewards were last settled.
        pub index: Wide,
        /// Settled rewards that wait for a claim.
        pub pending: Amount,
    }
}

record! {
    /// Stake on its way out: one entry per height.
    pub struct Unbonding {
        /// Height that began it.
        pub created_height: u64,
        /// When it is paid.
        pub completion_unix_ms: u64,
        /// Its number in the queue.
        pub number: u64,
        /// What began, in nlol; slashes are parts of it.
        pub initial: Amount,
        /// What is left.
        pub balance: Amount,
        /// Slashes up to this height are taken.
        pub slashed_height: u64,
    }
}

record! {
    /// Stake that moved here from another validator, and still answers for it.
    pub struct Redelegation {
        /// From whom.
        pub source: Address,
        /// Height that moved it.
        pub created_height: u64,
        /// When it stops answering for its source.
        pub completion_unix_ms: u64,
        /// What moved, in nlol.
        pub initial: Amount,
        /// Shares that it bought here.
        pub shares: Wide,
        /// Slashes up to this height are taken.
        pub slashed_height: u64,
    }
}

record! {
    /// What falls due.
    #[derive(Copy)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum DueKind {
        /// An unbonding is paid.
        Unbonding = 0,
        /// A redelegation stops answering for its source.
        Redelegation = 1,
    }
}

record! {
    /// A row of the queue.
    pub struct Due {
        /// What falls due.
        pub kind: DueKind,
        /// Whose.
        pub delegator: Address,
        /// At which validator.
        pub validator: Address,
        /// Height that began it.
        pub created_height: u64,
    }
}

record! {
    /// Why a validator was slashed; its number is part of the key.
    #[derive(Copy)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum FaultKind {
        /// Missed too many blocks.
        Downtime = 0,
        /// Two votes for one height and round.
        DuplicateVote = 1,
        /// A signature under a false header.
        LightClientAttack = 2,
        /// Others were at fault at the same time.
        Correlated = 3,
        /// Broke a duty that another module gave it.
        Duty = 4,
    }
}

impl FaultKind {
    /// Kinds that end a validator.
    pub const GRAVE: [Self; 4] = [Self::DuplicateVote, Self::LightClientAttack, Self::Correlated, Self::Duty];

    /// Number in the key of the history.
    pub const fn number(self) -> u32 {
        match self {
            Self::Downtime => 0,
            Self::DuplicateVote => 1,
            Self::LightClientAttack => 2,
            Self::Correlated => 3,
            Self::Duty => 4,
        }
    }
}

record! {
    /// A slash: history, and what entries on their way out still owe.
    pub struct Fault {
        /// Why.
        pub kind: FaultKind,
        /// Height of the offence.
        pub fault_height: u64,
        /// Entries that began at this height or later owe.
        pub from_height: u64,
        /// The part that is owed, in parts per billion.
        pub fraction_ppb: u64,
        /// Height of the evidence: what began to leave from then on was slashed for it with the rest.
        pub evidence_height: u64,
        /// What that slash left, in parts per billion: such entries owe `fraction / left` of what they began with.
        pub left_ppb: u64,
        /// Stake at the offence.
        pub stake: Amount,
        /// What was taken from stake still bonded.
        pub taken: Amount,
        /// When it was decided.
        pub time_unix_ms: u64,
    }
}

record! {
    /// An offender in its correlation window.
    pub struct Offence {
        /// What was decided.
        pub fault: Fault,
        /// Its power, and the set's, at the offence.
        pub power: u64,
        /// The set's power at the offence.
        pub total_power: u64,
        /// Epoch of the decision.
        pub epoch: u64,
        /// Whether its window has closed; it still counts for later ones.
        pub closed: bool,
    }
}

record! {
    /// How a validator signs.
    pub struct Signing {
        /// Height from which it is watched; 0 while it is not.
        pub start_height: u64,
        /// Blocks that were watched before that.
        pub before: u64,
        /// Misses in the window.
        pub missed: u64,
    }
}

record! {
    /// A member of a set.
    pub struct Member {
        /// Consensus key.
        pub key: ConsensusKey,
        /// Power.
        pub power: u64,
        /// Whose.
        pub operator: Address,
    }
}

record! {
    /// A height whose stake is remembered.
    #[derive(Copy)]
    pub struct Snapshot {
        /// Stake in the set, in nlol.
        pub bonded: Amount,
        /// How many ask for it.
        pub holders: u64,
    }
}

record! {
    /// How a validator stands.
    #[derive(Copy)]
    pub struct Standing {
        /// Stake, in nlol.
        pub tokens: Amount,
        /// Shares of that stake.
        pub shares: Wide,
        /// Whether it is in the set.
        pub bonded: bool,
    }
}

record! {
    /// The state of issuance.
    pub struct Issuance {
        /// Parts per 10^12 of the supply a year.
        pub rate: u64,
        /// When it was last issued.
        pub time_unix_ms: u64,
    }
}

record! {
    /// What governance can set.
    #[schemars(rename = "StakingParams")]
    pub struct Params {
        /// Most validators in the set.
        pub validators_max: u64,
        /// nlol per unit of voting power.
        pub power_unit: u64,
        /// Least stake of a validator in the set, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub seat_min: Amount,
        /// Largest share of the rewards of one validator, in basis points; votes have no cap.
        pub reward_cap_bps: u64,
        /// How long stake stays bound on its way out.
        pub unbonding_ms: u64,
        /// Slowest block that evidence reckons with: bounds its age in blocks.
        pub block_slowest_ms: u64,
        /// Most entries on their way out, a pair.
        pub entries_max: u64,
        /// Least stake of its own that a validator may name, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub self_bond_min: Amount,
        /// Lowest commission, in basis points.
        pub commission_min_bps: u64,
        /// What rotating a key costs, in nlol; burnt.
        #[schemars(extend("x-unit" = "nlol"))]
        pub rotation_fee: Amount,
        /// Blocks of the signing window.
        pub window_blocks: u64,
        /// Least part of the window to sign, in basis points.
        pub signed_min_bps: u64,
        /// How long a jail lasts at least.
        pub downtime_jail_ms: u64,
        /// What downtime costs, in parts per billion.
        pub downtime_ppb: u64,
        /// The least that evidence costs, in parts per billion.
        pub evidence_ppb: u64,
        /// Part of what is slashed that the treasury gets, in basis points; the rest is burnt.
        pub slash_treasury_bps: u64,
        /// Part of the fees that is burnt, in basis points.
        pub fee_burn_bps: u64,
        /// Part of the rewards for the treasury, in basis points.
        pub tax_bps: u64,
        /// Lowest issuance, in basis points of the supply a year.
        pub issuance_min_bps: u64,
        /// Highest issuance.
        pub issuance_max_bps: u64,
        /// How far issuance may move in a year.
        pub issuance_change_bps: u64,
        /// The bonded part of the supply that issuance steers to, in basis points.
        pub bonded_target_bps: u64,
        /// Entries that one block matures; the rest waits for the next.
        pub mature_per_block: u64,
        /// Delegations that one block restakes.
        pub restake_per_block: u64,
        /// Least rewards that are restaked, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub restake_min: Amount,
    }
}

/// Evidence must arrive while the stake behind it is still bound: a chain reckons with blocks at least this slow, six
/// times what the engine waits between two by default.
pub const BLOCK_SLOWEST_MS_MIN: u64 = 6_000;

impl Default for Params {
    fn default() -> Self {
        let lol = |lol: u64| Amount::new(lol.saturating_mul(1_000_000_000)).unwrap_or(Amount::MAX);
        Self {
            validators_max: 100,
            power_unit: 1_000_000_000,
            seat_min: lol(10),
            reward_cap_bps: 1_000,
            unbonding_ms: 21 * 24 * 3_600 * 1_000,
            block_slowest_ms: BLOCK_SLOWEST_MS_MIN,
            entries_max: 7,
            self_bond_min: lol(1),
            commission_min_bps: 0,
            rotation_fee: lol(1),
            window_blocks: 10_000,
            signed_min_bps: 500,
            downtime_jail_ms: 10 * 60 * 1_000,
            downtime_ppb: 100_000,
            evidence_ppb: 50_000_000,
            slash_treasury_bps: 0,
            fee_burn_bps: 5_000,
            tax_bps: 200,
            issuance_min_bps: 200,
            issuance_max_bps: 1_000,
            issuance_change_bps: 500,
            bonded_target_bps: 6_700,
            mature_per_block: 200,
            restake_per_block: 20,
            restake_min: lol(1),
        }
    }
}
