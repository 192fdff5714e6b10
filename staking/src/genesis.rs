//! The section `staking` of the genesis document.

use chortle_kernel::{
    Address, Amount, Bytes, Ctx, EvidenceAge, Failure, GenesisError, GenesisField, GenesisForm, GenesisList,
    GenesisSection, Given, Halt, Message, Order, ReadState, State, block::ValidatorPower,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    block, history,
    msg::{CreateValidator, create, take_stake},
    params, set,
    state::{self, BY_POWER, CHANGED, DELEGATOR, ISSUANCE, PARAMS, SET},
    types::{
        ConsensusKey, Delegation, Description, Due, Earnings, Fault, Issuance, Member, Offence, Params,
        Redelegation, Signing, Snapshot, Standing, Unbonding, Validator, Wide,
    },
    validator,
};

/// A validator of a fresh chain. Its self-bond is taken from the operator's LOL in section `token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisValidator {
    /// Operator.
    pub operator: Address,
    /// Consensus key.
    pub key: ConsensusKey,
    /// Stake of its own, in nlol.
    pub self_bond: Amount,
    /// Least stake of its own; the chain's least if absent.
    #[serde(default)]
    pub self_bond_min: Option<Amount>,
    /// Commission, in basis points.
    pub commission_bps: u64,
    /// Highest commission ever.
    pub ceiling_bps: u64,
    /// Largest rise at a time.
    pub step_bps: u64,
    /// What it tells about itself.
    pub description: Description,
}

/// A delegation of a fresh chain, taken from the delegator's LOL in section `token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisDelegation {
    /// By whom.
    pub delegator: Address,
    /// To whom.
    pub validator: Address,
    /// How much, in nlol.
    pub amount: Amount,
}

/// Where forgetting stopped; at the beginning if nowhere yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The row before.
    pub after: Option<(Address, Address, u64)>,
}

macro_rules! section {
    ($($(#[$meta:meta])* $field:ident: ($key:ty, $value:ty) = $map:ident,)*) => {
        /// The rows of a running chain, as an export writes them.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Running {
            /// The set that was sent last.
            pub set: Vec<Member>,
            /// The state of issuance.
            pub issuance: Option<Issuance>,
            /// Number of the next row of the queue.
            pub queue_next: u64,
            /// Where restaking stopped.
            pub restake_after: Option<(Address, Address)>,
            /// Where forgetting what no snapshot needs stopped; absent if there is nothing to forget.
            #[serde(default)]
            pub sweep_after: Option<Sweep>,
            $($(#[$meta])* pub $field: Vec<($key, $value)>,)*
        }

        /// Keys that an export carries; all others follow from these.
        #[cfg(test)]
        const EXPORTED: &[&str] = &[
            PARAMS.row().prefix,
            SET.row().prefix,
            ISSUANCE.row().prefix,
            state::QUEUE_NEXT.row().prefix,
            state::RESTAKE_AFTER.row().prefix,
            state::SWEEP_AFTER.row().prefix,
            $(state::$map.row().prefix,)*
        ];

        impl Running {
            fn write(&self, state: &mut State) {
                $(for (key, value) in &self.$field {
                    state::$map.set(state, key, value);
                })*
            }

            fn read(state: &dyn ReadState) -> Result<Self, Halt> {
                Ok(Self {
                    set: SET.get(state)?.unwrap_or_default(),
                    issuance: ISSUANCE.get(state)?,
                    queue_next: state::QUEUE_NEXT.get(state)?.unwrap_or(0),
                    restake_after: state::RESTAKE_AFTER.get(state)?,
                    sweep_after: state::SWEEP_AFTER.get(state)?.map(|after| Sweep { after }),
                    $($field: state::$map.iter(state, Order::Ascending).collect::<Result<_, _>>()?,)*
                })
            }
        }
    };
}

section! {
    /// Validators by operator.
    validators: (Address, Validator) = VALIDATOR,
    /// Operators by consensus address.
    keys: ([u8; 20], Address) = BY_KEY,
    /// What shares earned.
    earnings: (Address, Earnings) = EARNINGS,
    /// Delegations by delegator and operator.
    delegations: ((Address, Address), Delegation) = DELEGATION,
    /// Delegations that restake.
    restake: ((Address, Address), ()) = RESTAKE,
    /// Where rewards go.
    withdraw: (Address, Address) = WITHDRAW,
    /// Stake on its way out.
    unbondings: ((Address, Address), Vec<Unbonding>) = UNBONDING,
    /// Stake that moved.
    redelegations: ((Address, Address), Vec<Redelegation>) = REDELEGATION,
    /// Sums of what left.
    outflow: (((Address, Address), u32, u64), Amount) = OUTFLOW,
    /// Rewards indices at slashes.
    index_at: (((Address, Address), u64), Wide) = INDEX_AT,
    /// What falls due.
    queue: ((u64, u64), Due) = QUEUE,
    /// What waits for the end of a correlation window.
    held: ((Address, u64), Due) = HELD,
    /// Stake by height.
    stake_at: ((Address, u64), Amount) = STAKE_AT,
    /// Slashes.
    faults: ((Address, u64, u32), Fault) = FAULT,
    /// Open offences.
    offences: (Address, Offence) = OFFENCE,
    /// How validators sign.
    signing: (Address, Signing) = SIGNING,
    /// Misses.
    missed: ((Address, u32), Bytes<128>) = MISSED,
    /// Heights whose stake is remembered.
    #[serde(default)]
    snapshots: (u64, Snapshot) = SNAPSHOT,
    /// Shares as they stood at snapshots.
    #[serde(default)]
    shares_then: ((Address, Address, u64), Wide) = SHARES_THEN,
    /// Validators as they stood at snapshots.
    #[serde(default)]
    validators_then: ((Address, u64), Standing) = VALIDATOR_THEN,
}

/// The section: a fresh chain names validators, an export names rows. Empty lists of both mean no staking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What governance can set.
    pub params: Params,
    /// Validators of a fresh chain.
    pub validators: Vec<GenesisValidator>,
    /// Delegations of a fresh chain.
    pub delegations: Vec<GenesisDelegation>,
    /// A running chain's rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
}

fn wish(validator: &GenesisValidator, params: &Params) -> CreateValidator {
    CreateValidator {
        key: validator.key,
        proof: Bytes::default(),
        self_bond: validator.self_bond,
        self_bond_min: validator.self_bond_min.unwrap_or(params.self_bond_min),
        commission_bps: validator.commission_bps,
        ceiling_bps: validator.ceiling_bps,
        step_bps: validator.step_bps,
        description: validator.description.clone(),
    }
}

fn refused(pointer: String) -> impl Fn(Failure) -> GenesisError {
    move |failure| GenesisError::at(pointer.clone(), failure.to_string())
}

/// A field of these lists.
const fn field(
    name: &'static str,
    pointer: &'static str,
    form: GenesisForm,
    given: Given,
    help: &'static str,
) -> GenesisField {
    GenesisField { name, pointer, help, form, given }
}

const VALIDATORS: GenesisList = GenesisList {
    name: "validators",
    entry: "validator",
    help: "Adds a validator with stake of its own: this home's, or one by its key",
    key: &["operator"],
    fields: &[
        field(
            "operator",
            "/operator",
            GenesisForm::Address,
            Given::Flag,
            "Its operator's account, as lol1… or 0x…: it needs the self-bond in LOL",
        ),
        field(
            "self-bond",
            "/self_bond",
            GenesisForm::Native,
            Given::Flag,
            "Stake of its own, such as 1000LOL",
        ),
        field(
            "name",
            "/description/name",
            GenesisForm::Text,
            Given::FlagOr("validator"),
            "Its name, for people",
        ),
        field("uri", "/description/uri", GenesisForm::Text, Given::FlagOr(""), "Where to read more"),
        field(
            "key",
            "/key",
            GenesisForm::ConsensusKey,
            Given::FlagOrOwn,
            "Its consensus key in base64; this home's own if absent",
        ),
        field(
            "commission-bps",
            "/commission_bps",
            GenesisForm::Number,
            Given::FlagOr("500"),
            "What it takes of its delegators' rewards, in basis points",
        ),
        field(
            "ceiling-bps",
            "/ceiling_bps",
            GenesisForm::Number,
            Given::FlagOr("2000"),
            "The highest commission that it will ever take",
        ),
        field(
            "step-bps",
            "/step_bps",
            GenesisForm::Number,
            Given::FlagOr("100"),
            "The largest rise of its commission at a time",
        ),
    ],
    told: "validator {name} of {operator} bonds {self-bond}",
};

const DELEGATIONS: GenesisList = GenesisList {
    name: "delegations",
    entry: "delegation",
    help: "Delegates LOL of an account to a validator",
    key: &["delegator", "validator"],
    fields: &[
        field("delegator", "/delegator", GenesisForm::Address, Given::InPlace, "Whose LOL, as lol1… or 0x…"),
        field("validator", "/validator", GenesisForm::Address, Given::InPlace, "The validator's operator"),
        field("amount", "/amount", GenesisForm::Native, Given::InPlace, "How much, such as 1000LOL or 5nlol"),
    ],
    told: "{delegator} delegates {amount}",
};

impl GenesisSection for Genesis {
    const LISTS: &'static [GenesisList] = &[VALIDATORS, DELEGATIONS];

    fn validators(&self) -> usize {
        self.validators.len().saturating_add(self.running.as_ref().map_or(0, |running| running.set.len()))
    }

    fn validate(&self) -> Result<(), GenesisError> {
        self.validate()
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        self.init(ctx)
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        Self::export(state)
    }

    fn evidence_age(&self) -> Option<EvidenceAge> {
        let blocks = history::evidence_blocks_max(&self.params);
        self.is_staked().then_some(EvidenceAge { ms: self.params.unbonding_ms, blocks })
    }
}

impl Genesis {
    /// Whether a chain of this section has staking: it names validators, or goes on.
    pub fn is_staked(&self) -> bool {
        self.running.is_some() || !self.validators.is_empty() || !self.delegations.is_empty()
    }

    /// Refuses what can be seen to be wrong without the other sections.
    pub fn validate(&self) -> Result<(), GenesisError> {
        let params = &self.params;
        let within =
            |error: GenesisError| GenesisError::at(format!("/params{}", error.pointer), error.sentence);
        params::validate(params).map_err(within)?;
        if self.running.is_some() && !(self.validators.is_empty() && self.delegations.is_empty()) {
            return Err(GenesisError::at(
                "/running",
                "an export has rows alone: no validators of a fresh chain",
            ));
        }
        for (index, validator) in self.validators.iter().enumerate() {
            let pointer = format!("/validators/{index}");
            wish(validator, params).check().map_err(|reject| refused(pointer)(reject.into()))?;
        }
        Ok(())
    }

    /// Writes the section and sends the first set.
    pub fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        match &self.running {
            Some(running) => self.resume(ctx, running),
            None if !self.is_staked() => Ok(()),
            None => self.found(ctx),
        }
    }

    fn found(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        PARAMS.set(ctx.state, &self.params);
        let time_unix_ms = ctx.block.time_unix_ms;
        let rate = block::controller(&self.params).next_rate(0, Amount::MAX, Amount::MAX, 0);
        ISSUANCE.set(ctx.state, &Issuance { rate, time_unix_ms });
        for (index, validator) in self.validators.iter().enumerate() {
            let pointer = format!("/validators/{index}");
            create(ctx, &validator.operator, &wish(validator, &self.params)).map_err(refused(pointer))?;
        }
        for (index, GenesisDelegation { delegator, validator, amount }) in self.delegations.iter().enumerate()
        {
            let pointer = format!("/delegations/{index}");
            let taken = validator::validator(ctx.state, validator)
                .and_then(|record| take_stake(ctx, delegator, validator, *amount, record.bonded));
            taken.map_err(refused(pointer))?;
        }
        set::update_set(ctx, &self.params).map_err(|halt| GenesisError::at("", halt.0))?;
        if ctx.effects.validator_updates().is_empty() {
            return Err(GenesisError::at("/validators", "nobody has enough stake for one unit of power"));
        }
        Ok(())
    }

    fn resume(&self, ctx: &mut Ctx<'_>, running: &Running) -> Result<(), GenesisError> {
        let (state, params) = (&mut *ctx.state, &self.params);
        PARAMS.set(state, params);
        running.write(state);
        SET.set(state, &running.set);
        if let Some(issuance) = &running.issuance {
            ISSUANCE.set(state, issuance);
        }
        if running.queue_next > 0 {
            state::QUEUE_NEXT.set(state, &running.queue_next);
        }
        if let Some(after) = &running.restake_after {
            state::RESTAKE_AFTER.set(state, after);
        }
        if let Some(sweep) = &running.sweep_after {
            state::SWEEP_AFTER.set(state, &sweep.after);
        }
        for ((delegator, operator), held) in &running.delegations {
            if held.shares.0 > 0 {
                DELEGATOR.set(state, &(*operator, *delegator), &());
            }
        }
        for (operator, validator) in &running.validators {
            let power = validator::power(validator, params);
            if power > 0 {
                BY_POWER.set(state, &(u64::MAX.saturating_sub(power), *operator), &validator.key.0);
            }
        }
        CHANGED.remove(state);
        for invariant in crate::invariant::INVARIANTS {
            (invariant.check)(state)
                .map_err(|found| GenesisError::at("/running", format!("{}: {found}", invariant.name)))?;
        }
        for member in &running.set {
            ctx.set_validator_power(ValidatorPower { key: member.key.0, power: member.power })
                .map_err(|halt| GenesisError::at("", halt.0))?;
        }
        Ok(())
    }

    /// The section that would give this state.
    pub fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let Some(params) = PARAMS.get(state)? else { return Ok(Self::default()) };
        Ok(Self { params, running: Some(Running::read(state)?), ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys that an import writes from the others.
    const DERIVED: [&str; 3] = [BY_POWER.row().prefix, DELEGATOR.row().prefix, CHANGED.row().prefix];

    #[test]
    fn every_key_is_exported_or_derived() {
        for row in state::KEYS {
            let places = EXPORTED.iter().chain(&DERIVED).filter(|prefix| **prefix == row.prefix).count();
            assert_eq!(
                places, 1,
                "{} is in the export and in what follows from it {places} times",
                row.prefix
            );
        }
        assert_eq!(state::KEYS.len(), EXPORTED.len() + DERIVED.len());
    }
}
