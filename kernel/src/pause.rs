//! What is paused: a module, one kind of message, or an asset. Ante and router read it, and the ledger for assets.

use borsh::{BorshDeserialize, BorshSerialize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, Ctx, Halt, Item, ReadState, Reject, Text, gate};

/// Most pauses at a time: they are read with every block.
pub const PAUSES_MAX: usize = 64;

/// What a pause stops.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scope {
    /// Every message of a module that can be paused.
    Module {
        /// Name of the module.
        module: Text<32>,
    },
    /// One kind of message.
    Message {
        /// Name of its module.
        module: Text<32>,
        /// Its verb.
        message: Text<48>,
    },
    /// Every movement of an asset's units. LOL cannot be paused: fees are paid in it.
    Asset {
        /// The asset.
        asset: AssetId,
    },
}

/// A pause in force.
#[derive(
    Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// What it stops.
    pub scope: Scope,
    /// Block time at which it ends by itself, in milliseconds since 1970; 0 is never.
    pub until_unix_ms: u64,
}

/// Every pause in force, sorted by scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Pauses(Vec<Pause>);

/// The pauses of the chain.
pub const PAUSES: Item<Pauses> = Item::new("app/pauses");

impl Pauses {
    /// Nothing is paused.
    pub const NONE: Self = Self(Vec::new());

    /// Those in force, from state.
    pub fn read(state: &dyn ReadState) -> Result<Self, Halt> {
        Ok(PAUSES.get(state)?.unwrap_or_default())
    }

    /// In order of their scopes.
    pub fn iter(&self) -> impl Iterator<Item = &Pause> {
        self.0.iter()
    }

    /// Whether nothing at all is paused.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn in_force(&self, time_unix_ms: u64, stops: impl Fn(&Scope) -> bool) -> Option<&Pause> {
        let alive = |pause: &&Pause| pause.until_unix_ms == 0 || pause.until_unix_ms > time_unix_ms;
        self.0.iter().filter(alive).find(|pause| stops(&pause.scope))
    }

    /// The pause that stops a kind of message, if one does.
    pub fn of_message(&self, module: &str, message: &str, time_unix_ms: u64) -> Option<&Pause> {
        self.in_force(time_unix_ms, |scope| match scope {
            Scope::Module { module: paused } => **paused == *module,
            Scope::Message { module: of, message: paused } => **of == *module && **paused == *message,
            Scope::Asset { .. } => false,
        })
    }

    /// The pause that stops an asset, if one does.
    pub fn of_asset(&self, asset: AssetId, time_unix_ms: u64) -> Option<&Pause> {
        self.in_force(time_unix_ms, |scope| *scope == Scope::Asset { asset })
    }
}

/// Begins a pause, or changes when it ends. Only code with governance's authority calls it; the gate sees to that.
pub fn begin(ctx: &mut Ctx<'_>, pause: Pause) -> Result<(), crate::Failure> {
    let mut pauses = Pauses::read(ctx.state)?;
    if pause.scope == (Scope::Asset { asset: AssetId::NATIVE }) {
        return Err(gate::Error::NotPausable { what: "LOL".to_owned() }.into());
    }
    let now = ctx.block.time_unix_ms;
    pauses.0.retain(|old| old.scope != pause.scope && (old.until_unix_ms == 0 || old.until_unix_ms > now));
    crate::ensure(pauses.0.len() < PAUSES_MAX, gate::Error::TooManyPauses { max: PAUSES_MAX })?;
    pauses.0.push(pause);
    pauses.0.sort_by(|a, b| a.scope.cmp(&b.scope));
    PAUSES.set(ctx.state, &pauses);
    ctx.effects.note_pauses_changed();
    Ok(())
}

/// Ends a pause. Answers whether there was one.
pub fn end(ctx: &mut Ctx<'_>, scope: &Scope) -> Result<bool, Halt> {
    let mut pauses = Pauses::read(ctx.state)?;
    let before = pauses.0.len();
    pauses.0.retain(|pause| pause.scope != *scope);
    let ended = pauses.0.len() < before;
    PAUSES.set(ctx.state, &pauses);
    ctx.effects.note_pauses_changed();
    Ok(ended)
}

impl Ctx<'_> {
    /// Refuses if an asset is paused: the ledger asks before it moves units.
    pub fn ensure_asset_moves(&self, asset: AssetId) -> Result<(), Reject> {
        match self.place.pauses.of_asset(asset, self.block.time_unix_ms) {
            None => Ok(()),
            Some(pause) => Err(gate::Error::paused(format!("asset {asset}"), pause).into()),
        }
    }
}
