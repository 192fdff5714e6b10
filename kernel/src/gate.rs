//! The gate: what every message of every origin passes, whoever sends it: authority, pause, depth and gas.
//!
//! `app` implements [`Router`] over the list of modules; a module reaches it by [`Ctx::dispatch`] alone, so there is no
//! way around. See docs/adr/0015-gate.md.

use crate::{
    Address, Ctx, Failure, MessageKind, Module, ParamsKind, Reject,
    ctx::{Origin, Place},
    ensure,
    message::AnyMessage,
    pause::{Pause, Pauses},
    tx::RawMessage,
};

/// Deepest chain of dispatches: a proposal that runs a shared account's message that runs a transfer.
pub const DEPTH_MAX: u8 = 4;

crate::error_codes! {
    /// What the gate refuses.
    pub enum Error in "gate" {
        1 unauthorized Unauthorized { message: String, authority: String } =>
            "{message} is for {authority} alone: it cannot be sent by an account",
        2 paused Paused { what: String, until_unix_ms: u64 } =>
            "{what} is paused until {until_unix_ms} ms of block time (0: until governance ends it)",
        3 out_of_gas OutOfGas { gas: u64, gas_left: u64 } =>
            "the dispatched messages cost {gas} gas; {gas_left} is left for them",
        4 too_deep TooDeep { max: u8 } => "messages are nested deeper than {max}: send the inner ones by themselves",
        5 not_entitled NotEntitled { module: String, acting: String } =>
            "module {module} may not act for {acting}",
        6 no_router NoRouter {} => "no other module can be reached from here",
        7 not_pausable NotPausable { what: String } => "{what} cannot be paused: the chain could not be governed or paid",
        8 too_many_pauses TooManyPauses { max: usize } => "{max} pauses are in force already: end one first",
        9 no_params NoParams { path: String } => "no parameters under '{path}'",
        10 params_refused ParamsRefused { path: String, reason: String } => "{path} stays as it is: {reason}",
    }
}

impl Error {
    /// The refusal of what a pause stops.
    pub fn paused(what: String, pause: &Pause) -> Self {
        Self::Paused { what, until_unix_ms: pause.until_unix_ms }
    }
}

/// Who may send a kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Whoever signs, for his own account; modules and governance for theirs.
    Signer,
    /// Governance alone.
    Governance,
    /// The protocol itself: block hooks.
    Protocol,
}

impl Authority {
    /// As a sentence names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signer => "the signer",
            Self::Governance => "governance",
            Self::Protocol => "the protocol",
        }
    }

    /// Whether an origin has it.
    pub fn admits(self, origin: Origin) -> bool {
        match self {
            Self::Signer => origin != Origin::Protocol,
            Self::Governance => origin == Origin::Governance,
            Self::Protocol => origin == Origin::Protocol,
        }
    }
}

/// What the list of modules lets a module do beyond its own state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Powers {
    /// Change the validator set.
    pub validators: bool,
    /// Dispatch as governance.
    pub governance: bool,
    /// Dispatch as an account that consented earlier, without its signature on this transaction.
    pub accounts: bool,
}

impl Powers {
    /// Its own state and its own accounts.
    pub const NONE: Self = Self { validators: false, governance: false, accounts: false };
    /// Everything.
    pub const ALL: Self = Self { validators: true, governance: true, accounts: true };
}

/// Messages that a message carries inside.
pub enum Carried<'a> {
    /// None.
    Nothing,
    /// Messages that run within it: their gas is part of its own.
    Now(&'a [RawMessage]),
    /// Messages that are kept and run later, on another budget: they must decode and check.
    Later(&'a [RawMessage]),
}

/// A decoded message with the list's rows that it belongs to.
pub struct Call {
    /// Its module.
    pub module: &'static Module,
    /// What that module may do.
    pub powers: Powers,
    /// Its kind.
    pub kind: &'static MessageKind,
    /// The message, checked.
    pub message: Box<dyn AnyMessage>,
    /// What it carries, decoded and checked.
    pub carried: Vec<Call>,
    /// Whether what it carries runs within it.
    pub runs_carried: bool,
}

impl Call {
    /// Gas of the message and of all that runs within it; `None` above `u64`.
    pub fn gas(&self) -> Option<u64> {
        let inner = self.carried.iter().filter(|_| self.runs_carried);
        inner.map(Self::gas).try_fold(self.message.gas(), |sum, gas| sum.checked_add(gas?))
    }

    /// Whether this call, or one inside it at any depth, holds.
    pub fn any(&self, holds: &dyn Fn(&Self) -> bool) -> bool {
        holds(self) || self.carried.iter().any(|call| call.any(holds))
    }

    /// `module.verb`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.module.name, self.kind.name)
    }

    /// Refuses a message that is paused, or one inside it that would run now.
    pub fn ensure_running(&self, pauses: &Pauses, time_unix_ms: u64) -> Result<(), Reject> {
        if pauses.is_empty() {
            return Ok(());
        }
        if self.kind.pausable
            && let Some(pause) = pauses.of_message(self.module.name, self.kind.name, time_unix_ms)
        {
            return Err(Error::paused(self.name(), pause).into());
        }
        for asset in self.message.assets() {
            if let Some(pause) = pauses.of_asset(asset, time_unix_ms) {
                return Err(Error::paused(format!("asset {asset}"), pause).into());
            }
        }
        let inner = self.carried.iter().filter(|_| self.runs_carried);
        inner.map(|call| call.ensure_running(pauses, time_unix_ms)).collect()
    }

    /// Refuses an origin that may not send it.
    pub fn ensure_authority(&self, origin: Origin) -> Result<(), Reject> {
        self.kind.ensure_authority(self.module.name, origin)
    }
}

/// What runs messages: `app`'s list of modules.
pub trait Router: Sync {
    /// Decodes and checks a message and all that it carries; `depth` says how deep it stands already.
    fn decode(&self, raw: &RawMessage, depth: u8) -> Result<Call, Reject>;

    /// Runs a decoded message: authority, pause, gas, then the message itself. It leaves a trace even if it fails: the
    /// caller unwinds.
    fn run(&self, ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Failure>;

    /// A set of parameters by its path.
    fn params(&self, path: &str) -> Option<&'static ParamsKind>;
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

    fn params(&self, _: &str) -> Option<&'static ParamsKind> {
        None
    }
}

/// For whom a module dispatches. What a module may not be is refused, not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acting<'s> {
    /// For the origin of the message that runs: a wrapper.
    Same,
    /// For the module's own account.
    Module,
    /// For an account that the module holds for others, named by a salt: [`Address::derived`].
    Derived(&'s [u8]),
    /// For an account that consented earlier: only with [`Powers::accounts`].
    Account(Address),
    /// For governance: only with [`Powers::governance`].
    Governance,
}

impl Acting<'_> {
    fn origin(self, ctx: &Ctx<'_>) -> Result<Origin, Reject> {
        let (module, powers) = (ctx.place.module, ctx.place.powers);
        let refuse = |acting: String| Error::NotEntitled { module: module.to_owned(), acting };
        match self {
            Self::Same => Ok(ctx.origin),
            Self::Module => Ok(Origin::Module(module)),
            Self::Derived(salt) => Ok(Origin::Account(Address::derived(module, salt))),
            Self::Account(account) if powers.accounts => Ok(Origin::Account(account)),
            Self::Account(account) => Err(refuse(account.to_string()).into()),
            Self::Governance if powers.governance => Ok(Origin::Governance),
            Self::Governance => Err(refuse("governance".to_owned()).into()),
        }
    }
}

impl Ctx<'_> {
    /// Runs messages of any module through the router: all of them, or none. A reject leaves nothing of them behind but
    /// the gas; a caller that keeps it (a proposal that failed) matches on it and goes on.
    ///
    /// They cost at most `gas_max`, out of what this context has left.
    pub fn dispatch(
        &mut self,
        acting: Acting<'_>,
        messages: &[RawMessage],
        gas_max: u64,
    ) -> Result<(), Failure> {
        let origin = acting.origin(self)?;
        let depth = self.place.depth.checked_add(1).filter(|depth| *depth <= DEPTH_MAX);
        let depth = depth.ok_or(Reject::from(Error::TooDeep { max: DEPTH_MAX }))?;
        let router = self.place.router;
        let decode = |raw| router.decode(raw, depth);
        let calls = messages.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
        let gas_left = gas_max.min(self.place.gas_left);
        let gas = calls.iter().try_fold(0_u64, |sum, call| sum.checked_add(call.gas()?));
        let gas = gas.filter(|gas| *gas <= gas_left);
        let gas = gas.ok_or(Reject::from(Error::OutOfGas { gas: gas.unwrap_or(u64::MAX), gas_left }))?;
        self.place.gas_left = self.place.gas_left.saturating_sub(gas);
        let place = Place { depth, gas_left: gas, ..self.place };
        self.attempt(|ctx| {
            let mut inner = ctx.acting(origin, place);
            calls.iter().try_for_each(|call| router.run(&mut inner, call))
        })
    }
}

/// Runs a call: authority, pause, gas, then the message within its module. What [`Router::run`] is made of.
pub fn run_call(ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Failure> {
    call.ensure_authority(ctx.origin)?;
    call.ensure_running(ctx.place.pauses, ctx.block.time_unix_ms)?;
    let (gas, gas_left) = (call.message.gas(), ctx.place.gas_left);
    ensure(gas <= gas_left, Error::OutOfGas { gas, gas_left })?;
    ctx.place.gas_left = gas_left.saturating_sub(gas);
    let mut inner = ctx.acting(ctx.origin, ctx.place.within(call.module.name, call.powers));
    let result = call.message.execute(&mut inner);
    ctx.place.gas_left = inner.place.gas_left;
    result
}

/// Decodes the body of one kind, and all that it carries through `router`. What [`Router::decode`] is made of.
pub fn decode_carried(
    router: &dyn Router,
    message: &dyn AnyMessage,
    depth: u8,
) -> Result<(Vec<Call>, bool), Reject> {
    let (raws, now) = match message.carried() {
        Carried::Nothing => return Ok((Vec::new(), false)),
        Carried::Now(raws) => (raws, true),
        Carried::Later(raws) => (raws, false),
    };
    let inner = depth.checked_add(1).filter(|depth| *depth <= DEPTH_MAX);
    let inner = inner.ok_or(Reject::from(Error::TooDeep { max: DEPTH_MAX }))?;
    Ok((raws.iter().map(|raw| router.decode(raw, inner)).collect::<Result<_, _>>()?, now))
}
