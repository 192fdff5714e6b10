//! Running messages: for whom a module dispatches, in which order a call is judged, and what begins and ends a pause.

use crate::{
    Address, AssetId, Failure, Halt, Reject,
    ctx::{AnyMessage, Call, Carried, Ctx, Place, Router, Runs},
    ensure,
    gate::{Authority, Error, Origin, PAUSES, Pause, Pauses, Scope},
    tx::RawMessage,
};

/// Deepest chain of dispatches: a proposal that runs a shared account's message that runs a transfer.
pub const DEPTH_MAX: u8 = 4;

/// What a rehearsal runs under.
static NOTHING_PAUSED: Pauses = Pauses::NONE;

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
    /// For the holders of an asset, whose proposal passed: only with [`Powers::governance`].
    Community(AssetId),
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
            Self::Governance => Err(refuse(Authority::Governance.name().to_owned()).into()),
            Self::Community(asset) if powers.governance => Ok(Origin::Community(asset)),
            Self::Community(asset) => Err(refuse(format!("the holders of asset {asset}")).into()),
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
        let (origin, router) = (acting.origin(self)?, self.place.router);
        let depth = self.depth_below()?;
        let calls = self.decode(messages)?;
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

    /// Decodes and checks messages, as [`Ctx::dispatch`] would.
    pub fn decode(&self, messages: &[RawMessage]) -> Result<Vec<Call>, Reject> {
        let depth = self.depth_below()?;
        messages.iter().map(|raw| self.place.router.decode(raw, depth)).collect()
    }

    /// Dispatches messages as if nothing were paused, and unwinds all of it: what refuses them today, if anything does.
    pub fn rehearse(
        &mut self,
        acting: Acting<'_>,
        messages: &[RawMessage],
        gas_max: u64,
    ) -> Result<Result<(), Reject>, Halt> {
        let place = Place { pauses: &NOTHING_PAUSED, ..self.place };
        let mut inner = self.acting(self.origin, place);
        let rehearsed: Result<(), Result<(), Failure>> = inner.attempt(|ctx| {
            // The failure that unwinds it carries the answer.
            Err(ctx.dispatch(acting, messages, gas_max))
        });
        match rehearsed {
            Ok(()) | Err(Ok(())) => Ok(Ok(())),
            Err(Err(Failure::Reject(reject))) => Ok(Err(reject)),
            Err(Err(Failure::Halt(halt))) => Err(halt),
        }
    }

    fn depth_below(&self) -> Result<u8, Reject> {
        let depth = self.place.depth.checked_add(1).filter(|depth| *depth <= DEPTH_MAX);
        depth.ok_or(Error::TooDeep { max: DEPTH_MAX }.into())
    }
}

/// Runs a call: authority, pause, gas, then the message within its module. What [`Router::run`] is made of.
pub fn run_call(ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Failure> {
    call.ensure_authority(ctx.origin)?;
    call.ensure_running(ctx.place.pauses, ctx.block.time_unix_ms)?;
    let (gas, gas_left) = (call.message.gas(), ctx.place.gas_left);
    ensure(gas <= gas_left, Error::OutOfGas { gas, gas_left })?;
    ctx.place.gas_left = gas_left.saturating_sub(gas);
    let mut inner = ctx.acting(ctx.origin, ctx.place.within(call.module, call.powers));
    let result = call.message.execute(&mut inner);
    ctx.place.gas_left = inner.place.gas_left;
    result
}

/// Decodes the body of one kind, and all that it carries through `router`. What [`Router::decode`] is made of.
pub fn decode_carried(
    router: &dyn Router,
    message: &dyn AnyMessage,
    depth: u8,
) -> Result<(Vec<Call>, Runs), Reject> {
    let (raws, runs) = match message.carried() {
        Carried::Nothing => return Ok((Vec::new(), Runs::Later)),
        Carried::Now(raws) => (raws, Runs::Now),
        Carried::Later(raws) => (raws, Runs::Later),
        Carried::Rehearsed(raws) => (raws, Runs::Rehearsed),
    };
    let inner = depth.checked_add(1).filter(|depth| *depth <= DEPTH_MAX);
    let inner = inner.ok_or(Reject::from(Error::TooDeep { max: DEPTH_MAX }))?;
    Ok((raws.iter().map(|raw| router.decode(raw, inner)).collect::<Result<_, _>>()?, runs))
}

/// Begins a pause, or changes when it ends. Only code with governance's authority calls it; the gate sees to that.
pub fn begin_pause(ctx: &mut Ctx<'_>, pause: Pause) -> Result<(), Failure> {
    let mut pauses = Pauses::read(ctx.state)?;
    pauses.begin(pause, ctx.block.time_unix_ms)?;
    PAUSES.set(ctx.state, &pauses);
    ctx.effects.note_pauses_changed();
    Ok(())
}

/// Ends a pause. Answers whether there was one.
pub fn end_pause(ctx: &mut Ctx<'_>, scope: &Scope) -> Result<bool, Halt> {
    let mut pauses = Pauses::read(ctx.state)?;
    let ended = pauses.end(scope);
    PAUSES.set(ctx.state, &pauses);
    ctx.effects.note_pauses_changed();
    Ok(ended)
}

impl Ctx<'_> {
    /// Refuses if an asset is paused: the ledger asks before it moves units.
    pub fn ensure_asset_moves(&self, asset: AssetId) -> Result<(), Reject> {
        match self.place.pauses.of_asset(asset, self.block.time_unix_ms) {
            None => Ok(()),
            Some(pause) => Err(pause.refusal(format!("asset {asset}")).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use super::*;
    use crate::{BlockInfo, Class, Effects, Origin, Powers, State};

    #[test]
    fn a_pause_that_begins_or_ends_is_told_to_what_comes_next() {
        let (mut state, block) = (State::over(Arc::new(BTreeMap::new())), BlockInfo::default());
        let mut effects = Effects::default();
        assert!(!effects.take_pauses_changed());
        let scope = Scope::Asset { asset: AssetId(7) };
        let mut ctx = Ctx::alone(&mut state, &block, Origin::Governance, &mut effects);
        begin_pause(&mut ctx, Pause { scope: scope.clone(), until_unix_ms: 0 }).unwrap();
        assert!(effects.take_pauses_changed());
        assert!(!effects.take_pauses_changed(), "once");
        let pauses = Pauses::read(&state).unwrap();
        let mut ctx = Ctx::alone(&mut state, &block, Origin::Governance, &mut effects);
        ctx.place.pauses = &pauses;
        assert_eq!(ctx.ensure_asset_moves(AssetId(7)).unwrap_err().name, "paused");
        assert_eq!(ctx.ensure_asset_moves(AssetId(8)), Ok(()));
        let mut ctx = Ctx::alone(&mut state, &block, Origin::Governance, &mut effects);
        assert!(end_pause(&mut ctx, &scope).unwrap());
        assert!(effects.take_pauses_changed());
        assert!(Pauses::read(&state).unwrap().is_empty());
    }

    #[test]
    fn a_module_is_nobody_that_its_powers_do_not_name() {
        let account = Address([7; 20]);
        let (mut state, block) = (State::over(Arc::new(BTreeMap::new())), BlockInfo::default());
        let mut effects = Effects::default();
        let mut acts = |acting: Acting<'_>, powers: Powers| {
            let mut ctx = Ctx::alone(&mut state, &block, Origin::Account(Address([1; 20])), &mut effects);
            ctx.place = ctx.place.within("jar", powers);
            acting.origin(&ctx).map_err(|reject| reject.name)
        };
        let derived = Origin::Account(Address::derived("jar", b"salt"));
        for powers in [Powers::NONE, Powers::ALL] {
            assert_eq!(acts(Acting::Same, powers), Ok(Origin::Account(Address([1; 20]))));
            assert_eq!(acts(Acting::Module, powers), Ok(Origin::Module("jar")));
            assert_eq!(acts(Acting::Derived(b"salt"), powers), Ok(derived));
        }
        let accounts = Powers { accounts: true, ..Powers::NONE };
        let governance = Powers { governance: true, ..Powers::NONE };
        assert_eq!(acts(Acting::Account(account), accounts), Ok(Origin::Account(account)));
        assert_eq!(acts(Acting::Account(account), governance), Err("not_entitled"));
        assert_eq!(acts(Acting::Governance, governance), Ok(Origin::Governance));
        assert_eq!(acts(Acting::Governance, accounts), Err("not_entitled"));
    }

    #[test]
    fn a_module_by_itself_reaches_no_other() {
        let (mut state, block) = (State::over(Arc::new(BTreeMap::new())), BlockInfo::default());
        let mut effects = Effects::default();
        let mut ctx = Ctx::alone(&mut state, &block, Origin::Governance, &mut effects);
        let router = ctx.router();
        let Err(Failure::Reject(reject)) = router.set_params(&mut ctx, "jar/params", &Default::default())
        else {
            panic!("parameters of nobody were set");
        };
        assert_eq!(reject.name, "no_router");
        assert_eq!((router.params_class("jar/params"), router.reach("jar", "open")), (Class::Params, None));
    }
}
