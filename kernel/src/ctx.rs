//! What a message or a block hook works with: the context, the message that runs in it, and the router that it reaches
//! others by. The three name each other, so they stand in one file.

use serde_json::{Map, Value};

use crate::{
    Address, AssetId, Coin, Effects, Event, EventRecord, Failure, Halt, Header, Reject, State,
    block::{Misbehavior, ValidatorPower, Vote},
    effects::{Changed, ParamChange},
    engine::EngineParams,
    gate::{Authority, Class, Error, Origin, Pauses, Powers, Reach},
    hash::Hash,
    tx::{self, RawMessage},
};

/// The block that executes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockInfo {
    /// The chain's name.
    pub chain_id: String,
    /// The hash of the chain's genesis.
    pub genesis: Hash,
    /// Height of the block.
    pub height: u64,
    /// Time of the header, in milliseconds since 1970: the only clock.
    pub time_unix_ms: u64,
    /// Number of the epoch that the block is in: what is announced takes effect by epochs.
    pub epoch: u64,
    /// Consensus address of the proposer.
    pub proposer: [u8; 20],
    /// Votes on the previous block.
    pub votes: Vec<Vote>,
    /// Evidence in the block.
    pub misbehavior: Vec<Misbehavior>,
    /// Lowest price of gas in it, in nlol.
    pub gas_price: u64,
}

impl BlockInfo {
    /// The block under a header: what state knows of it is for `app` to add.
    pub fn of(header: Header, chain_id: String, genesis: Hash, gas_price: u64) -> Self {
        Self {
            chain_id,
            genesis,
            height: header.height,
            time_unix_ms: header.time_unix_ms,
            epoch: 0,
            proposer: header.proposer,
            votes: header.last_commit.votes,
            misbehavior: header.misbehavior,
            gas_price,
        }
    }
}

/// A decoded message of any type.
pub trait AnyMessage: Send + Sync {
    /// [`Message::check`].
    fn check(&self) -> Result<(), Reject>;
    /// [`Message::gas`].
    fn gas(&self) -> u64;
    /// [`Message::carried`].
    fn carried(&self) -> Carried<'_>;
    /// [`Message::assets`].
    fn assets(&self) -> Vec<AssetId>;
    /// [`Message::class`].
    fn class(&self, router: &dyn Router) -> Class;
    /// [`Message::community`].
    fn community(&self) -> Option<AssetId>;
    /// [`Message::execute`].
    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure>;
    /// The message as JSON, for people.
    fn to_json(&self) -> Value;
}

/// Messages that a message carries inside.
pub enum Carried<'a> {
    /// None.
    Nothing,
    /// Messages that run within it: their gas is part of its own.
    Now(&'a [RawMessage]),
    /// Messages that are kept and run later, on another budget: they must decode and check.
    Later(&'a [RawMessage]),
    /// Messages that are kept like [`Carried::Later`], and rehearsed now: what that takes is part of its own gas.
    Rehearsed(&'a [RawMessage]),
}

/// When what a message carries runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Runs {
    /// Within it.
    Now,
    /// Later, on another budget.
    #[default]
    Later,
    /// Later, and once within it for the sake of the answer.
    Rehearsed,
}

/// A decoded message with the list's rows that it belongs to.
pub struct Call {
    /// Name of its module.
    pub module: &'static str,
    /// Its verb.
    pub verb: &'static str,
    /// What that module may do.
    pub powers: Powers,
    /// Who may send it.
    pub authority: Authority,
    /// Whether a pause of its module or kind stops it.
    pub pausable: bool,
    /// What it can take from the account that it runs for.
    pub reach: Reach,
    /// What it weighs when governance sends it.
    pub class: Class,
    /// The message, checked.
    pub message: Box<dyn AnyMessage>,
    /// What it carries, decoded and checked.
    pub carried: Vec<Call>,
    /// When that runs.
    pub runs: Runs,
}

impl Call {
    /// Gas of the message and of all that runs within it; `None` above `u64`.
    pub fn gas(&self) -> Option<u64> {
        let inner = self.carried.iter().filter(|_| self.runs != Runs::Later);
        inner.map(Self::gas).try_fold(self.message.gas(), |sum, gas| sum.checked_add(gas?))
    }

    /// Whether this call, or one inside it at any depth, holds.
    pub fn any(&self, holds: &dyn Fn(&Self) -> bool) -> bool {
        holds(self) || self.carried.iter().any(|call| call.any(holds))
    }

    /// The class of this call and of every one inside it, at any depth.
    pub fn classes(&self) -> Vec<Class> {
        let inner = self.carried.iter().flat_map(Self::classes);
        std::iter::once(self.class).chain(inner).collect()
    }

    /// `module.verb`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.module, self.verb)
    }

    /// Refuses a message that is paused, or one inside it that would run now.
    pub fn ensure_running(&self, pauses: &Pauses, time_unix_ms: u64) -> Result<(), Reject> {
        if pauses.is_empty() {
            return Ok(());
        }
        if self.pausable
            && let Some(pause) = pauses.of_message(self.module, self.verb, time_unix_ms)
        {
            return Err(pause.refusal(self.name()).into());
        }
        for asset in self.message.assets() {
            if let Some(pause) = pauses.of_asset(asset, time_unix_ms) {
                return Err(pause.refusal(format!("asset {asset}")).into());
            }
        }
        let mut inner = self.carried.iter().filter(|_| self.runs == Runs::Now);
        inner.try_for_each(|call| call.ensure_running(pauses, time_unix_ms))
    }

    /// Refuses an origin that may not send it.
    pub fn ensure_authority(&self, origin: Origin) -> Result<(), Reject> {
        self.authority.ensure(origin, self.message.community(), || self.name())
    }
}

/// What runs messages: `app`'s list of modules.
pub trait Router: Sync {
    /// Decodes and checks a message and all that it carries; `depth` says how deep it stands already.
    fn decode(&self, raw: &RawMessage, depth: u8) -> Result<Call, Reject>;

    /// Runs a decoded message: authority, pause, gas, then the message itself. It leaves a trace even if it fails: the
    /// caller unwinds.
    fn run(&self, ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Failure>;

    /// Sets parameters under a path: all that are named, or none.
    fn set_params(
        &self,
        ctx: &mut Ctx<'_>,
        path: &str,
        fields: &Map<String, Value>,
    ) -> Result<Vec<Changed>, Failure>;

    /// What setting parameters under a path weighs.
    fn params_class(&self, path: &str) -> Class;

    /// What a kind of message can take, by the names of its module and its own; nothing if there is none.
    fn reach(&self, module: &str, verb: &str) -> Option<Reach>;
}

/// Reaches no module.
pub struct Closed;

impl Router for Closed {
    fn decode(&self, _: &RawMessage, _: u8) -> Result<Call, Reject> {
        Err(Error::NoRouter {}.into())
    }

    fn run(&self, _: &mut Ctx<'_>, _: &Call) -> Result<(), Failure> {
        Err(Error::NoRouter {}.into())
    }

    fn set_params(&self, _: &mut Ctx<'_>, _: &str, _: &Map<String, Value>) -> Result<Vec<Changed>, Failure> {
        Err(Error::NoRouter {}.into())
    }

    fn params_class(&self, _: &str) -> Class {
        Class::Params
    }

    fn reach(&self, _: &str, _: &str) -> Option<Reach> {
        None
    }
}

/// Where in the chain of calls a [`Ctx`] stands: which module runs, what it may do, and how much more may run. Only the
/// app makes one; modules go on from theirs.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub(crate) router: &'a dyn Router,
    pub(crate) pauses: &'a Pauses,
    pub(crate) module: &'static str,
    pub(crate) powers: Powers,
    pub(crate) depth: u8,
    pub(crate) gas_left: u64,
}

impl<'a> Place<'a> {
    /// The app, at the root of a chain of calls, with so much gas for what runs below.
    pub fn root(router: &'a dyn Router, pauses: &'a Pauses, gas_left: u64) -> Self {
        Self { router, pauses, module: "app", powers: Powers::NONE, depth: 0, gas_left }
    }

    /// The same place, within a module of the list.
    pub fn within(self, module: &'static str, powers: Powers) -> Self {
        Self { module, powers, ..self }
    }

    /// A module by itself, with every power, nothing paused and no other module to dispatch to: for the tests of one
    /// module.
    const ALONE: Self = Self {
        router: &Closed,
        pauses: &Pauses::NONE,
        module: "",
        powers: Powers::ALL,
        depth: 0,
        gas_left: 0,
    };
}

/// State, block and origin, for one message or one hook.
pub struct Ctx<'a> {
    /// The state, under a savepoint.
    pub state: &'a mut State,
    /// The block that executes.
    pub block: &'a BlockInfo,
    /// On whose behalf.
    pub origin: Origin,
    /// What happens beside state.
    pub effects: &'a mut Effects,
    /// Where in the chain of calls.
    pub(crate) place: Place<'a>,
}

impl<'a> Ctx<'a> {
    /// A context at a place: for the app.
    pub fn new(
        state: &'a mut State,
        block: &'a BlockInfo,
        origin: Origin,
        effects: &'a mut Effects,
        place: Place<'a>,
    ) -> Self {
        Self { state, block, origin, effects, place }
    }

    /// A context of a module by itself, with every power: for the tests of one module.
    pub fn alone(
        state: &'a mut State,
        block: &'a BlockInfo,
        origin: Origin,
        effects: &'a mut Effects,
    ) -> Self {
        Self { state, block, origin, effects, place: Place::ALONE }
    }

    /// The same state, block and effects on behalf of another, elsewhere in the chain of calls.
    pub(crate) fn acting(&mut self, origin: Origin, place: Place<'a>) -> Ctx<'_> {
        Ctx { state: self.state, block: self.block, origin, effects: self.effects, place }
    }

    /// What is paused.
    pub fn pauses(&self) -> &'a Pauses {
        self.place.pauses
    }

    /// What runs messages that are dispatched.
    pub fn router(&self) -> &'a dyn Router {
        self.place.router
    }

    /// Gas that is left for what is dispatched.
    pub fn gas_left(&self) -> u64 {
        self.place.gas_left
    }

    /// The account that the message acts for; a module, governance and a community act for protocol accounts of
    /// their own.
    pub fn signer(&self) -> Result<Address, Reject> {
        match self.origin {
            Origin::Account(address) => Ok(address),
            Origin::Module(name) => Ok(Address::protocol(name)),
            Origin::Governance => Ok(Address::protocol(Authority::Governance.name())),
            Origin::Community(asset) => Ok(Address::community(asset)),
            Origin::Protocol => Err(tx::Error::NoSigner {}.into()),
        }
    }

    /// Tells what happened.
    pub fn emit<E: Event>(&mut self, event: &E) {
        self.effects.push_event(EventRecord::of(event));
    }

    /// Notes that units leave an account: the ledger does, whenever they do.
    pub fn note_outflow(&mut self, from: &Address, coin: Coin) {
        self.effects.push_outflow(*from, coin);
    }

    /// Notes parameters that changed, as [`crate::params::replace`] does. What writes a set past it, as a change of its
    /// form must, says so itself: a parameter's history has every change.
    pub fn note_params(&mut self, path: &str, changed: &[Changed]) {
        for changed in changed.iter().cloned() {
            let change = ParamChange { path: path.to_owned(), changed, proposal: None };
            self.effects.push_param_change(change);
        }
    }

    /// Does something that a proposal says: parameters that it changes are noted as that proposal's.
    pub fn for_proposal<T, E>(
        &mut self,
        proposal: u64,
        act: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let since = self.effects.param_changes().len();
        let done = act(self);
        self.effects.name_proposal(since, proposal);
        done
    }

    /// Changes a validator's power in the set; 0 removes it. Two changes of one key in a block halt the chain.
    pub fn set_validator_power(&mut self, update: ValidatorPower) -> Result<(), Halt> {
        if !self.place.powers.validators {
            let module = self.place.module;
            return Err(Halt::new(format!("module {module} changes the validator set and may not")));
        }
        self.effects.push_validator_update(update);
        Ok(())
    }

    /// Hands the engine new limits.
    pub fn set_engine(&mut self, engine: EngineParams) {
        self.effects.set_engine(engine);
    }

    /// Does something whole or not at all: a failure unwinds its writes and effects, and is the caller's to keep.
    pub fn attempt<T, E>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let (savepoint, mark) = (self.state.savepoint(), self.effects.mark());
        let result = act(self);
        if result.is_err() {
            self.state.rollback(savepoint);
            self.effects.unwind(mark);
        }
        result
    }

    /// [`Ctx::attempt`], with the two failures told apart: a reject is the answer, a halt goes on up.
    pub fn try_keep<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<Result<T, Reject>, Halt> {
        match self.attempt(act) {
            Ok(done) => Ok(Ok(done)),
            Err(Failure::Reject(reject)) => Ok(Err(reject)),
            Err(Failure::Halt(halt)) => Err(halt),
        }
    }
}
