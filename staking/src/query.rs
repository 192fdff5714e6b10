//! What can be read: one function for REST, command line and explorer.

use chortle_kernel::{
    Address, Amount, AssetId, Halt, Order, Page, PageArgs, Query, QueryError, QueryKind, ReadState, View,
    bounds::INTEGER_MAX,
};
use chortle_token::{self as token, types::Asset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    debt, delegation, escrow, math,
    state::{
        DELEGATION, DELEGATOR, FAULT, ISSUANCE, MISSED, PARAMS, REDELEGATION, SET, SIGNING, UNBONDING,
        VALIDATOR,
    },
    types::{Commission, ConsensusKey, Description, Fault, Params, Redelegation, Unbonding, Validator},
    validator, window,
};

/// Every read.
pub const QUERIES: &[QueryKind] = &[
    QueryKind::of::<Validators>(),
    QueryKind::of::<ValidatorOf>(),
    QueryKind::of::<Window>(),
    QueryKind::of::<Delegators>(),
    QueryKind::of::<Delegations>(),
    QueryKind::of::<Unbondings>(),
    QueryKind::of::<Redelegations>(),
    QueryKind::of::<Rewards>(),
    QueryKind::of::<Slashes>(),
    QueryKind::of::<Parameters>(),
    QueryKind::of::<Pool>(),
    QueryKind::of::<Apr>(),
];

macro_rules! answer {
    ($(#[$meta:meta])* $name:ident { $($(#[$fm:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
        pub struct $name { $($(#[$fm])* pub $field: $ty,)* }
    };
}

answer! {
    /// A validator.
    ValidatorAnswer {
        /// Operator.
        operator: Address,
        /// `bonded`, `unbonding`, `unbonded`, `jailed` or `tombstoned`.
        status: String,
        /// Consensus key in use.
        key: ConsensusKey,
        /// The key's address in blocks and commits, in hexadecimal.
        consensus_address: String,
        /// What it tells about itself.
        description: Description,
        /// What it takes.
        commission: Commission,
        /// The rate in force, in basis points.
        commission_now_bps: u64,
        /// Stake, in nlol.
        tokens: Amount,
        /// Stake, for people.
        display: String,
        /// Power in the set; 0 outside it.
        power: u64,
        /// Its operator's own stake.
        self_bond: Amount,
        /// The least of it.
        self_bond_min: Amount,
        /// Delegators.
        delegators: u64,
        /// Blocks signed of the window, in basis points; absent outside the set.
        uptime_bps: Option<u64>,
        /// Until when it cannot unjail; none if nothing holds it, or if it is tombstoned.
        jailed_until_unix_ms: Option<u64>,
        /// Commission that waits for its operator.
        commission_pending: Amount,
        /// Its slashes, latest last; at most 10.
        slashes: Vec<SlashAnswer>,
    }
}

answer! {
    /// A validator, as a line of the list.
    ValidatorRow {
        /// What it calls itself.
        name: String,
        /// `bonded`, `unbonding`, `unbonded`, `jailed` or `tombstoned`.
        status: String,
        /// Stake, for people.
        display: String,
        /// Operator.
        operator: Address,
        /// Consensus key in use.
        key: ConsensusKey,
        /// The key's address in blocks and commits, in hexadecimal.
        consensus_address: String,
        /// Stake, in nlol.
        tokens: Amount,
        /// Power in the set; 0 outside it.
        power: u64,
        /// The commission in force, in basis points.
        commission_bps: u64,
        /// Blocks signed of the window, in basis points; absent outside the set.
        uptime_bps: Option<u64>,
        /// Delegators.
        delegators: u64,
    }
}

answer! {
    /// A slash.
    SlashAnswer {
        /// Height that decided it.
        height: u64,
        /// Why, and how much.
        fault: Fault,
    }
}

answer! {
    /// A delegation.
    DelegationAnswer {
        /// By whom.
        delegator: Address,
        /// To whom.
        validator: Address,
        /// What it is worth, in nlol.
        tokens: Amount,
        /// What it is worth, for people.
        display: String,
        /// Shares.
        shares: crate::types::Wide,
        /// Rewards that wait for a claim, in nlol.
        rewards: Amount,
        /// Rewards that wait for a claim, for people.
        rewards_display: String,
    }
}

answer! {
    /// A pair's entries on their way out.
    UnbondingAnswer {
        /// To whom they are paid.
        delegator: Address,
        /// From whom.
        validator: Address,
        /// The entries.
        entries: Vec<Unbonding>,
    }
}

answer! {
    /// A pair's entries that moved here.
    RedelegationAnswer {
        /// Whose.
        delegator: Address,
        /// Where they are.
        destination: Address,
        /// The entries.
        entries: Vec<Redelegation>,
    }
}

answer! {
    /// A signing window.
    WindowAnswer {
        /// Operator.
        operator: Address,
        /// Height from which it is watched; 0 while it is not.
        start_height: u64,
        /// Blocks of the window.
        window_blocks: u64,
        /// Misses in it.
        missed: u64,
        /// One bit a block by `height mod window`, lowest bit first, in hexadecimal; a set bit is a miss.
        bits: String,
    }
}

answer! {
    /// The pools.
    PoolAnswer {
        /// Stake of validators in the set.
        bonded: Amount,
        /// Stake outside it and on its way out.
        unbonding: Amount,
        /// Rewards that wait for claims.
        rewards: Amount,
        /// LOL that exists.
        supply: Amount,
    }
}

answer! {
    /// What staking earns in a year by issuance alone, with the inputs of its formula.
    AprAnswer {
        /// `issuance · (1 - tax) · supply / bonded`, in basis points, rounded down; before commission and fees. Where
        /// next to nothing is bonded, 2^53-1 stands for all that is more.
        apr_bps: u64,
        /// Issuance in parts per 10^12 of the supply a year.
        issuance_rate: u64,
        /// The treasury's part, in basis points.
        tax_bps: u64,
        /// LOL that exists.
        supply: Amount,
        /// Stake of validators in the set.
        bonded: Amount,
        /// The formula in words.
        formula: String,
    }
}

fn status(validator: &Validator, now_unix_ms: u64) -> &'static str {
    match validator {
        Validator { tombstoned: true, .. } => "tombstoned",
        Validator { jailed: true, .. } => "jailed",
        Validator { bonded: true, .. } => "bonded",
        Validator { unbonding_until_unix_ms, .. } if *unbonding_until_unix_ms > now_unix_ms => "unbonding",
        _ => "unbonded",
    }
}

fn jailed_until(validator: &Validator) -> Option<u64> {
    Some(validator.jailed_until_unix_ms).filter(|_| validator.jailed && !validator.tombstoned)
}

const SLASHES_SHOWN: usize = 10;

fn shown(key: &ConsensusKey) -> String {
    format!("0x{}", hex::encode(key.address()))
}

fn display(amount: Amount) -> String {
    Asset::native().display(AssetId::NATIVE, amount)
}

fn uptime_bps(state: &dyn ReadState, operator: &Address) -> Result<Option<u64>, Halt> {
    let window = PARAMS.get(state)?.unwrap_or_default().window_blocks;
    let uptime = |missed: u64| {
        window.saturating_sub(missed).saturating_mul(math::ONE_BPS).checked_div(window).unwrap_or(0)
    };
    Ok(SIGNING.get(state, operator)?.map(|signing| uptime(signing.missed)))
}

fn power(state: &dyn ReadState, operator: &Address) -> Result<u64, Halt> {
    let set = SET.get(state)?.unwrap_or_default();
    Ok(set.iter().find(|member| member.operator == *operator).map_or(0, |member| member.power))
}

fn row(view: View<'_>, operator: &Address, validator: &Validator) -> Result<ValidatorRow, Halt> {
    Ok(ValidatorRow {
        name: validator.description.name.to_string(),
        status: status(validator, view.time_unix_ms).to_owned(),
        display: display(validator.tokens),
        operator: *operator,
        key: validator.key,
        consensus_address: shown(&validator.key),
        tokens: validator.tokens,
        power: power(view.state, operator)?,
        commission_bps: validator.commission.rate_in(view.epoch),
        uptime_bps: uptime_bps(view.state, operator)?,
        delegators: validator.delegators,
    })
}

fn show(view: View<'_>, operator: &Address, validator: Validator) -> Result<ValidatorAnswer, Halt> {
    let state = view.state;
    let own = delegation::peek(state, operator, operator)?;
    let mut slashes: Vec<SlashAnswer> = FAULT
        .iter_under(state, operator, None, Order::Descending)
        .take(SLASHES_SHOWN)
        .map(|row| row.map(|((_, height, _), fault)| SlashAnswer { height, fault }))
        .collect::<Result<_, _>>()?;
    slashes.reverse();
    Ok(ValidatorAnswer {
        operator: *operator,
        status: status(&validator, view.time_unix_ms).to_owned(),
        key: validator.key,
        consensus_address: shown(&validator.key),
        commission_now_bps: validator.commission.rate_in(view.epoch),
        tokens: validator.tokens,
        display: display(validator.tokens),
        power: power(state, operator)?,
        self_bond: math::tokens_of_floor(own.shares.0, validator.tokens, validator.shares.0),
        self_bond_min: validator.self_bond_min,
        delegators: validator.delegators,
        uptime_bps: uptime_bps(state, operator)?,
        jailed_until_unix_ms: jailed_until(&validator),
        commission_pending: validator::earnings(state, operator)?.commission,
        slashes,
        description: validator.description,
        commission: validator.commission,
    })
}

fn show_delegation(
    state: &dyn ReadState,
    delegator: Address,
    validator: Address,
) -> Result<DelegationAnswer, Halt> {
    let held = delegation::peek(state, &delegator, &validator)?;
    let of = VALIDATOR.get(state, &validator)?;
    let tokens =
        of.map(|of| math::tokens_of_floor(held.shares.0, of.tokens, of.shares.0)).unwrap_or_default();
    Ok(DelegationAnswer {
        delegator,
        validator,
        tokens,
        display: display(tokens),
        shares: held.shares,
        rewards: held.pending,
        rewards_display: display(held.pending),
    })
}

fn find(state: &dyn ReadState, operator: &Address) -> Result<Validator, QueryError> {
    VALIDATOR
        .get(state, operator)?
        .ok_or_else(|| QueryError::NotFound(format!("{operator} operates no validator")))
}

/// Lists the validators by operator.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Validators {
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Validators {
    const NAME: &'static str = "validators";
    const PATH: &'static str = "staking/validators";
    type Answer = Page<ValidatorRow>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let rows = VALIDATOR.iter_after(view.state, self.page.after(view)?.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |operator, validator| {
            Ok(row(view, operator, &validator)?)
        })
    }
}

/// Shows a validator.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidatorOf {
    /// The validator's operator.
    pub validator: Address,
}

impl Query for ValidatorOf {
    const NAME: &'static str = "validator";
    const PATH: &'static str = "staking/validators/{validator}";
    type Answer = ValidatorAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        Ok(show(view, &self.validator, find(view.state, &self.validator)?)?)
    }
}

/// Shows a validator's signing window as bits.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The validator's operator.
    pub validator: Address,
}

impl Query for Window {
    const NAME: &'static str = "window";
    const PATH: &'static str = "staking/validators/{validator}/window";
    type Answer = WindowAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let (state, operator) = (view.state, self.validator);
        find(state, &operator)?;
        let none = || QueryError::NotFound(format!("{operator} is not in the set: nothing is watched"));
        let signing = SIGNING.get(state, &operator)?.ok_or_else(none)?;
        let window_blocks = PARAMS.get(state)?.unwrap_or_default().window_blocks;
        let mut bits = String::new();
        let chunks = u32::try_from(window_blocks.div_ceil(window::CHUNK_BITS)).unwrap_or(u32::MAX);
        for chunk in 0..chunks {
            match MISSED.get(state, &(operator, chunk))? {
                Some(bytes) => bits.push_str(&hex::encode(&*bytes)),
                None => bits.push_str(&"00".repeat(128)),
            }
        }
        let bytes = usize::try_from(window_blocks.div_ceil(8)).unwrap_or(usize::MAX);
        bits.truncate(bytes.saturating_mul(2));
        let (start_height, missed) = (signing.start_height, signing.missed);
        Ok(WindowAnswer { operator, start_height, window_blocks, missed, bits })
    }
}

/// Lists the delegations to a validator.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Delegators {
    /// The validator's operator.
    pub validator: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Delegators {
    const NAME: &'static str = "delegators";
    const PATH: &'static str = "staking/validators/{validator}/delegations";
    type Answer = Page<DelegationAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|delegator: Address| (self.validator, delegator));
        let rows = DELEGATOR.iter_under(view.state, &self.validator, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, delegator), ())| (delegator, ())));
        Page::collect(view, rows, self.page.limit()?, |delegator, ()| {
            Ok(show_delegation(view.state, *delegator, self.validator)?)
        })
    }
}

/// Lists an account's delegations with their rewards.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Delegations {
    /// The account.
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Delegations {
    const NAME: &'static str = "delegations";
    const PATH: &'static str = "staking/delegations/{address}";
    type Answer = Page<DelegationAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|operator: Address| (self.address, operator));
        let rows = DELEGATION.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, operator), value)| (operator, value)));
        Page::collect(view, rows, self.page.limit()?, |operator, _| {
            Ok(show_delegation(view.state, self.address, *operator)?)
        })
    }
}

/// Lists what an account has on its way out, with what it owes for faults already taken off the balances.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Unbondings {
    /// The account.
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Unbondings {
    const NAME: &'static str = "unbondings";
    const PATH: &'static str = "staking/unbondings/{address}";
    type Answer = Page<UnbondingAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|operator: Address| (self.address, operator));
        let rows = UNBONDING.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, operator), value)| (operator, value)));
        Page::collect(view, rows, self.page.limit()?, |operator, mut entries| {
            for entry in &mut entries {
                let since = entry.slashed_height;
                let owed = debt::owed(view.state, operator, entry.created_height, since, entry.initial)?;
                entry.balance = entry.balance.checked_sub(owed).unwrap_or_default();
            }
            Ok(UnbondingAnswer { delegator: self.address, validator: *operator, entries })
        })
    }
}

/// Lists what an account moved and still answers for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Redelegations {
    /// The account.
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Redelegations {
    const NAME: &'static str = "redelegations";
    const PATH: &'static str = "staking/redelegations/{address}";
    type Answer = Page<RedelegationAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|operator: Address| (self.address, operator));
        let rows = REDELEGATION.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, operator), value)| (operator, value)));
        Page::collect(view, rows, self.page.limit()?, |operator, value| {
            Ok(RedelegationAnswer { delegator: self.address, destination: *operator, entries: value })
        })
    }
}

/// Shows the rewards of one delegation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rewards {
    /// The account.
    pub address: Address,
    /// The validator's operator.
    pub validator: Address,
}

impl Query for Rewards {
    const NAME: &'static str = "rewards";
    const PATH: &'static str = "staking/rewards/{address}/{validator}";
    type Answer = DelegationAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        Ok(show_delegation(view.state, self.address, self.validator)?)
    }
}

/// Lists a validator's slashes with their evidence, oldest first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Slashes {
    /// The validator's operator.
    pub validator: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Slashes {
    const NAME: &'static str = "slashes";
    const PATH: &'static str = "staking/validators/{validator}/slashes";
    type Answer = Page<SlashAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|(height, kind): (u64, u32)| (self.validator, height, kind));
        let rows = FAULT.iter_under(view.state, &self.validator, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, height, kind), fault)| ((height, kind), fault)));
        Page::collect(view, rows, self.page.limit()?, |(height, _), fault| {
            Ok(SlashAnswer { height: *height, fault })
        })
    }
}

/// Shows what governance can set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl Query for Parameters {
    const NAME: &'static str = "params";
    const PATH: &'static str = "params/staking";
    type Answer = Params;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        Ok(PARAMS.get(view.state)?.unwrap_or_default())
    }
}

/// Shows the pools of staking.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {}

impl Query for Pool {
    const NAME: &'static str = "pool";
    const PATH: &'static str = "staking/pool";
    type Answer = PoolAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let held = |account| token::native_balance(view.state, &account);
        Ok(PoolAnswer {
            bonded: held(escrow::BONDED)?,
            unbonding: held(escrow::UNBONDING)?,
            rewards: held(escrow::REWARDS)?,
            supply: token::supply(view.state, AssetId::NATIVE)?,
        })
    }
}

/// Shows what staking earns in a year, with the inputs of the formula.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Apr {}

impl Query for Apr {
    const NAME: &'static str = "apr";
    const PATH: &'static str = "staking/apr";
    type Answer = AprAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let params = PARAMS.get(view.state)?.unwrap_or_default();
        let issuance_rate = ISSUANCE.get(view.state)?.map_or(0, |issuance| issuance.rate);
        let supply = token::supply(view.state, AssetId::NATIVE)?;
        let bonded = token::native_balance(view.state, &escrow::BONDED)?;
        let kept =
            u128::from(math::ONE_BPS.saturating_sub(params.tax_bps)).saturating_mul(issuance_rate.into());
        let apr = math::mul_div_floor(kept, math::wide(supply), math::wide(bonded)).unwrap_or(0);
        let apr = apr.checked_div(u128::from(math::RATE_ONE)).unwrap_or(0);
        Ok(AprAnswer {
            apr_bps: u64::try_from(apr).unwrap_or(u64::MAX).min(INTEGER_MAX),
            issuance_rate,
            tax_bps: params.tax_bps,
            supply,
            bonded,
            formula: "issuance_rate / 10^12 * (1 - tax_bps / 10^4) * supply / bonded".to_owned(),
        })
    }
}
