//! The block pipeline: one for PrepareProposal, ProcessProposal, FinalizeBlock and the mempool's check.

use std::sync::Arc;

use chortle_kernel::{
    BlockInfo, Ctx, EventRecord, Failure, Halt, Order, Origin, ReadState, Reject, State,
    block::ValidatorPower, ensure, state::Writes,
};

use crate::{
    ante,
    error::Error,
    modules,
    params::{LastBlock, Params},
    record::Receipt,
    router, state,
    verify::Verified,
};

/// Most expired nonces that one block forgets; the rest waits for the next, and is refused as expired meanwhile.
pub const UNORDERED_FORGOTTEN_MAX: usize = 2_000;

/// A block in the making: what was done so far, on top of a committed state.
pub struct BlockRun {
    state: State,
    block: BlockInfo,
    params: Params,
    gas_left: u64,
    events: Vec<EventRecord>,
    validator_updates: Vec<ValidatorPower>,
}

/// A block that ran.
pub struct BlockResult {
    /// What it writes.
    pub writes: Writes,
    /// What the protocol itself did.
    pub events: Vec<EventRecord>,
    /// Changes of the validator set, sorted by key, each key once.
    pub validator_updates: Vec<ValidatorPower>,
}

impl BlockRun {
    /// Begins a block: begin hooks run in the order of the modules.
    pub fn begin(base: Arc<dyn ReadState>, block: BlockInfo) -> Result<Self, Halt> {
        let mut run = Self::open(base, block)?;
        let this = run.this_block()?;
        state::LAST_BLOCK.set(&mut run.state, &this);
        run.forget_expired()?;
        run.hooks(modules::modules().map(|module| move |ctx: &mut Ctx<'_>| module.begin_block(ctx)))?;
        Ok(run)
    }

    /// Opens the mempool's view of the next block, without hooks: for [`BlockRun::admit`].
    pub fn open(base: Arc<dyn ReadState>, mut block: BlockInfo) -> Result<Self, Halt> {
        let state = State::over(base);
        let missing = || Halt::new("the state has no genesis: initialise the home again");
        block.chain_id = state::CHAIN_ID.get(&state)?.ok_or_else(missing)?;
        let params = state::PARAMS.get(&state)?.ok_or_else(missing)?;
        let gas_left = state::BLOCK_GAS_MAX.get(&state)?.ok_or_else(missing)?;
        let mut run =
            Self { state, block, params, gas_left, events: Vec::new(), validator_updates: Vec::new() };
        let epoch = run.this_block()?.epoch;
        run.block.epoch = epoch;
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
        let (gas, gas_left) = (tx.gas, self.gas_left);
        ensure(gas <= gas_left, Error::BlockFull { gas, gas_left })?;
        ante::admit(&mut self.state, &self.block, &self.params, tx)?;
        self.state.release();
        Ok(())
    }

    /// Runs a transaction. A reject means that it was not admitted and left no trace; a rejected message is a
    /// receipt, with nonce and fee taken.
    pub fn deliver(&mut self, tx: &Verified) -> Result<Receipt, Failure> {
        let (gas, gas_left) = (tx.gas, self.gas_left);
        let left = gas_left.checked_sub(gas).ok_or(Reject::from(Error::BlockFull { gas, gas_left }))?;
        let fee = ante::admit(&mut self.state, &self.block, &self.params, tx)?;
        self.gas_left = left;
        let mut receipt =
            Receipt { gas_limit: tx.tx.body.fee.gas_limit, gas_used: gas, fee, ..Receipt::default() };
        let mut ctx = Ctx {
            state: &mut self.state,
            block: &self.block,
            origin: Origin::Account(tx.tx.body.sender),
            events: &mut receipt.events,
            validator_updates: &mut self.validator_updates,
        };
        match router::run(&mut ctx, &tx.messages) {
            Ok(()) => {}
            Err(Failure::Reject(reject)) => receipt.refuse(reject),
            Err(Failure::Halt(halt)) => return Err(halt.into()),
        }
        self.state.release();
        Ok(receipt)
    }

    /// Ends the block: end hooks run in reverse order.
    pub fn end(mut self) -> Result<BlockResult, Halt> {
        self.hooks(modules::modules().rev().map(|module| move |ctx: &mut Ctx<'_>| module.end_block(ctx)))?;
        self.validator_updates.sort();
        check_updates(&self.validator_updates)?;
        Ok(BlockResult {
            writes: self.state.into_writes(),
            events: self.events,
            validator_updates: self.validator_updates,
        })
    }

    fn hooks(
        &mut self,
        hooks: impl Iterator<Item = impl FnOnce(&mut Ctx<'_>) -> Result<(), Halt>>,
    ) -> Result<(), Halt> {
        let mut ctx = Ctx {
            state: &mut self.state,
            block: &self.block,
            origin: Origin::Protocol,
            events: &mut self.events,
            validator_updates: &mut self.validator_updates,
        };
        for hook in hooks {
            hook(&mut ctx)?;
        }
        self.state.release();
        Ok(())
    }

    fn forget_expired(&mut self) -> Result<(), Halt> {
        let now = self.block.time_unix_ms;
        let expired: Vec<_> = state::UNORDERED
            .iter(&self.state, Order::Ascending)
            .take_while(|row| !matches!(row, Ok(((expiry, _), ())) if *expiry >= now))
            .take(UNORDERED_FORGOTTEN_MAX)
            .collect::<Result<_, _>>()?;
        for (nonce, ()) in &expired {
            state::UNORDERED.remove(&mut self.state, nonce);
        }
        Ok(())
    }
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
