//! The stages of a block, one after the other, on top of the state that the block before left.

use std::sync::Arc;

use chortle_kernel::{
    Amount, AssetId, Attestation, BlockInfo, Call, Ctx, Effects, EngineParams, EventRecord, Failure, Halt,
    Header, Order, Origin, Place, Reject, State, block::ValidatorPower, effects::ParamChange, ensure,
    gate::Pauses, tx::FeeSource,
};

use super::{BlockResult, Parent, inject::Holding, keys};
use crate::{
    ante,
    error::Error,
    gas,
    last_block::LastBlock,
    modules::{Registry, Row},
    own_module::AttestationRefused,
    param_history,
    params::Params,
    program,
    record::Receipt,
    router, state,
    upgrades::Upgrade,
    verify::{Decoded, Verified},
};

/// A block in the making: what was done so far, on top of a committed state.
pub struct BlockRun {
    registry: &'static Registry,
    state: State,
    block: BlockInfo,
    params: Params,
    gas_left: u64,
    hook_gas_left: u64,
    pauses: Pauses,
    /// What the protocol itself did; what a transaction did is in its receipt.
    events: Vec<EventRecord>,
    validator_updates: Vec<ValidatorPower>,
    engine: Option<EngineParams>,
    param_changes: Vec<ParamChange>,
}

impl BlockRun {
    /// Begins a block without attestations.
    pub fn begin(parent: &Parent, header: Header) -> Result<Self, Halt> {
        Self::begin_with(parent, header, None)
    }

    /// Begins a block: the upgrade that begins with it, begin hooks, what was attested, and what falls due, each in the
    /// order of the modules.
    pub(super) fn begin_with(
        parent: &Parent,
        header: Header,
        injected: Option<&Holding>,
    ) -> Result<Self, Halt> {
        // Before anything else: another program's block is neither made, nor judged, nor run.
        let begins = program::fitting(parent.registry, parent.state.as_ref(), header.height)?;
        let begins = begins.map_err(|unfit| Halt::new(unfit.to_string()))?;
        let mut run = Self::open(parent, header)?;
        if let Some(upgrade) = begins {
            run.upgrade(upgrade)?;
        }
        let this = run.this_block()?;
        state::LAST_BLOCK.set(&mut run.state, &this);
        run.forget_expired()?;
        keys::forget(&mut run.state, run.block.height)?;
        let rows = || parent.registry.rows().iter();
        run.hooks(rows(), |row| row.module.hooks.begin.map(|hook| move |ctx: &mut Ctx<'_>| hook(ctx)))?;
        if let Some(injected) = injected {
            run.hooks(rows(), |row| {
                let attestation = row.module.attestation?;
                Some(move |ctx: &mut Ctx<'_>| take_attested(ctx, row, &attestation, injected))
            })?;
        }
        run.hooks(rows(), |row| row.module.hooks.due.map(|hook| move |ctx: &mut Ctx<'_>| hook(ctx)))?;
        Ok(run)
    }

    /// Makes the new state, as part of this block, which goes by what it says from here on.
    fn upgrade(&mut self, upgrade: &Upgrade) -> Result<(), Halt> {
        let mut effects = Effects::default();
        let place = Place::root(self.registry, &self.pauses, self.hook_gas_left);
        let mut ctx = Ctx::new(&mut self.state, &self.block, Origin::Protocol, &mut effects, place);
        program::run(&mut ctx, upgrade)?;
        self.events.append(&mut effects.take_events());
        self.absorb(effects)?;
        self.state.release();
        self.pauses = Pauses::read(&self.state)?;
        if let Some(params) = state::PARAMS.get(&self.state)? {
            (self.hook_gas_left, self.block.gas_price) = (params.hook_gas_max, params.gas_price_min);
            self.params = params;
        }
        self.block.epoch = self.this_block()?.epoch;
        Ok(())
    }

    /// The mempool's view of the block after the parent, without hooks: for [`BlockRun::admit`]. That block's time is
    /// not known yet: it is taken to be now, or the last block's where that is ahead.
    pub fn next(parent: &Parent, now_unix_ms: u64) -> Result<Self, Halt> {
        let last = state::LAST_BLOCK.get(parent.state.as_ref())?.unwrap_or_default();
        let (height, time_unix_ms) = (last.height.saturating_add(1), last.time_unix_ms.max(now_unix_ms));
        Self::open(parent, Header { height, time_unix_ms, ..Header::default() })
    }

    fn open(parent: &Parent, header: Header) -> Result<Self, Halt> {
        let state = State::over(Arc::clone(&parent.state));
        let missing = || Halt::new("the state has no genesis: initialise the home again");
        let chain_id = state::CHAIN_ID.get(&state)?.ok_or_else(missing)?;
        let genesis = state::GENESIS.get(&state)?.ok_or_else(missing)?;
        let params = state::PARAMS.get(&state)?.ok_or_else(missing)?;
        let gas_left = state::ENGINE.get(&state)?.ok_or_else(missing)?.block_gas_max;
        let pauses = Pauses::read(&state)?;
        let mut run = Self {
            registry: parent.registry,
            state,
            block: BlockInfo::of(header, chain_id, genesis, params.gas_price_min),
            gas_left,
            hook_gas_left: params.hook_gas_max,
            params,
            pauses,
            events: Vec::new(),
            validator_updates: Vec::new(),
            engine: None,
            param_changes: Vec::new(),
        };
        run.block.epoch = run.this_block()?.epoch;
        Ok(run)
    }

    fn this_block(&self) -> Result<LastBlock, Halt> {
        let last = state::LAST_BLOCK.get(&self.state)?.unwrap_or_default();
        Ok(last.next(self.block.height, self.block.time_unix_ms, self.params.epoch_ms))
    }

    /// Moves the mempool's view of the next block forward in time; a block that runs has its header's time for good.
    pub fn advance_to(&mut self, time_unix_ms: u64) {
        self.block.time_unix_ms = self.block.time_unix_ms.max(time_unix_ms);
    }

    /// The state as it stands inside this block.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Fee parameters in force.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Gas that is left in the block.
    pub fn gas_left(&self) -> u64 {
        self.gas_left
    }

    /// Takes nonce and fee, as the mempool does, and runs no message.
    pub fn admit(&mut self, tx: &Verified) -> Result<(), Failure> {
        self.take(tx)?;
        self.state.release();
        Ok(())
    }

    /// What would refuse each of these, taken one after the other, if all their signatures held. Nothing of it stays:
    /// who cannot pay is told so before anyone pays for the proof of his signature.
    pub fn foresee<'t>(
        &mut self,
        txs: impl IntoIterator<Item = &'t Decoded>,
    ) -> Result<Vec<Option<Reject>>, Halt> {
        let savepoint = self.state.savepoint();
        let foreseen = txs.into_iter().map(|tx| match self.take(tx) {
            Ok(()) => Ok(None),
            Err(Failure::Reject(reject)) => Ok(Some(reject)),
            Err(Failure::Halt(halt)) => Err(halt),
        });
        let foreseen = foreseen.collect();
        self.state.rollback(savepoint);
        foreseen
    }

    fn take(&mut self, tx: &Decoded) -> Result<(), Failure> {
        let (gas, gas_left) = (tx.gas, self.gas_left);
        ensure(gas <= gas_left, Error::BlockFull { gas, gas_left })?;
        self.ensure_running(tx)?;
        self.pay(tx)?;
        Ok(())
    }

    /// Runs a transaction. A reject means that it was not admitted and left no trace; a rejected message is a
    /// receipt, with nonce and fee taken.
    pub fn deliver(&mut self, tx: &Verified) -> Result<Receipt, Failure> {
        let (gas, gas_left) = (tx.gas, self.gas_left);
        let left = gas_left.checked_sub(gas).ok_or(Reject::from(Error::BlockFull { gas, gas_left }))?;
        self.ensure_running(tx)?;
        let fee = self.pay(tx)?;
        self.gas_left = left;
        let mut receipt =
            Receipt { gas_limit: tx.tx.body.fee.gas_limit, gas_used: gas, fee, ..Receipt::default() };
        let mut effects = Effects::default();
        let place = Place::root(self.registry, &self.pauses, gas);
        let origin = Origin::Account(tx.sender()?);
        let mut ctx = Ctx::new(&mut self.state, &self.block, origin, &mut effects, place);
        match router::run(&mut ctx, &tx.calls) {
            Ok(()) => {}
            Err(Failure::Reject(reject)) => receipt.refuse(reject),
            Err(Failure::Halt(halt)) => return Err(halt.into()),
        }
        receipt.events = effects.take_events();
        self.absorb(effects)?;
        self.state.release();
        Ok(receipt)
    }

    /// Runs messages as governance, or holders of an asset, would today if they had passed, all or none, as if
    /// nothing were paused. Answers what refuses them, and what happened. It all stays in this run: whoever asks
    /// throws it away.
    pub fn govern(
        &mut self,
        calls: &[Call],
        gas: u64,
        community: Option<AssetId>,
    ) -> Result<(Option<Reject>, Vec<EventRecord>), Halt> {
        let origin = community.map_or(Origin::Governance, Origin::Community);
        let (mut effects, pauses) = (Effects::default(), Pauses::NONE);
        let place = Place::root(self.registry, &pauses, gas);
        let mut ctx = Ctx::new(&mut self.state, &self.block, origin, &mut effects, place);
        let refusal = match router::run(&mut ctx, calls) {
            Ok(()) => None,
            Err(Failure::Reject(reject)) => Some(reject),
            Err(Failure::Halt(halt)) => return Err(halt),
        };
        Ok((refusal, effects.take_events()))
    }

    /// Takes the nonce and the fee.
    fn pay(&mut self, tx: &Decoded) -> Result<Amount, Failure> {
        let sponsor = self.registry.sponsor().map(|(_, sponsor)| sponsor);
        let rules = ante::Rules { params: &self.params, sponsor };
        ante::admit(&mut self.state, &self.block, &rules, tx)
    }

    /// Refuses what is paused, before nonce and fee are taken.
    fn ensure_running(&self, tx: &Decoded) -> Result<(), Reject> {
        let now = self.block.time_unix_ms;
        if let (FeeSource::Sponsor(offer), Some((module, _))) =
            (tx.tx.body.fee_source, self.registry.sponsor())
            && let Some(pause) = self.pauses.of_message(module, "sponsor", now)
        {
            return Err(pause.refusal(format!("a fee paid by {module} {offer}")).into());
        }
        tx.calls.iter().try_for_each(|call| call.ensure_running(&self.pauses, now))
    }

    /// Takes over what is not events: the set, the engine's limits, parameters, pauses for what comes next.
    fn absorb(&mut self, mut effects: Effects) -> Result<(), Halt> {
        self.validator_updates.append(&mut effects.take_validator_updates());
        self.engine = effects.engine().or(self.engine);
        self.param_changes.append(&mut effects.take_param_changes());
        if effects.take_pauses_changed() {
            self.pauses = Pauses::read(&self.state)?;
        }
        Ok(())
    }

    /// Ends the block: end hooks run in reverse order.
    pub fn end(mut self) -> Result<BlockResult, Halt> {
        let rows = self.registry.rows().iter().rev();
        self.hooks(rows, |row| row.module.hooks.end.map(|hook| move |ctx: &mut Ctx<'_>| hook(ctx)))?;
        self.validator_updates.sort();
        check_updates(&self.validator_updates)?;
        keys::note(&mut self.state, &self.validator_updates, self.block.height)?;
        param_history::record(&mut self.state, &self.block, self.param_changes);
        Ok(BlockResult {
            writes: self.state.into_writes(),
            events: self.events,
            validator_updates: self.validator_updates,
            engine: self.engine,
        })
    }

    fn hooks<H: FnOnce(&mut Ctx<'_>) -> Result<(), Halt>>(
        &mut self,
        rows: impl Iterator<Item = &'static Row>,
        stage: impl Fn(&'static Row) -> Option<H>,
    ) -> Result<(), Halt> {
        for row in rows {
            let Some(hook) = stage(row) else { continue };
            let mut effects = Effects::default();
            let place = Place::root(self.registry, &self.pauses, self.hook_gas_left)
                .within(row.module.name, row.powers);
            let mut ctx = Ctx::new(&mut self.state, &self.block, Origin::Protocol, &mut effects, place);
            hook(&mut ctx)?;
            self.hook_gas_left = ctx.gas_left();
            self.events.append(&mut effects.take_events());
            self.absorb(effects)?;
        }
        self.state.release();
        Ok(())
    }

    /// Forgets nonces that expired, as many as a block can admit: they never pile up. The rest waits for the next
    /// block, and is refused as expired meanwhile.
    fn forget_expired(&mut self) -> Result<(), Halt> {
        let most = self.gas_left.checked_div(gas::UNORDERED_LEAST).unwrap_or_default();
        let now = self.block.time_unix_ms;
        let expired: Vec<_> = state::UNORDERED
            .iter(&self.state, Order::Ascending)
            .take_while(|row| !matches!(row, Ok(((expiry, _), ())) if *expiry >= now))
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .collect::<Result<_, _>>()?;
        for (nonce, ()) in &expired {
            state::UNORDERED.remove(&mut self.state, nonce);
        }
        Ok(())
    }
}

/// Hands a module what was attested under its tag. Malformed content never comes here, so a refusal is by the module's
/// own rules: it is kept as an event, and the block goes on.
fn take_attested(
    ctx: &mut Ctx<'_>,
    row: &Row,
    attestation: &Attestation,
    injected: &Holding,
) -> Result<(), Halt> {
    let attested = injected.under(row.tag);
    if let Err(reject) = ctx.try_keep(|ctx| (attestation.injected)(ctx, &attested))? {
        let code = format!("{}.{}", reject.codespace, reject.number);
        let module = row.module.name.to_owned();
        ctx.emit(&AttestationRefused { module, code, sentence: reject.sentence });
    }
    Ok(())
}

/// What CometBFT would refuse ends the chain on every node, so it must never leave this one.
fn check_updates(updates: &[ValidatorPower]) -> Result<(), Halt> {
    let power_max = u64::MAX >> 4; // MaxInt64 / 8
    let repeated = updates.iter().zip(updates.iter().skip(1)).any(|(a, b)| a.key == b.key);
    let too_strong = updates.iter().any(|update| update.power > power_max);
    if repeated || too_strong {
        return Err(Halt::new("the validator updates repeat a key or exceed the largest power"));
    }
    Ok(())
}
