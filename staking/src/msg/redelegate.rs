use chortle_kernel::{Address, Amount, Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{
    base::{self, corrupt},
    debt, delegation,
    error::Error,
    event, math, outflow, stake,
    state::{REDELEGATION, VALIDATOR},
    types::{Due, DueKind, Redelegation, Wide},
    validator,
};

record! {
    /// Moves a delegation to another validator at once. It answers for its source until the unbonding time is over.
    pub struct Redelegate {
        /// Operator of the validator that it leaves.
        pub source: Address,
        /// Operator of the validator that it joins.
        pub destination: Address,
        /// How much, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub amount: Amount,
    }
}

/// Adds an entry, merged with one of the same source and height.
fn note(ctx: &mut Ctx<'_>, pair: (Address, Address), entry: Redelegation) -> Result<(), Failure> {
    let mut moves = REDELEGATION.get(ctx.state, &pair)?.unwrap_or_default();
    let (height, completion) = (entry.created_height, entry.completion_unix_ms);
    outflow::add(ctx.state, &(entry.source, pair.1), height, entry.initial)?;
    let twin = |old: &&mut Redelegation| {
        (old.source, old.created_height, old.completion_unix_ms) == (entry.source, height, completion)
    };
    if let Some(old) = moves.iter_mut().find(twin) {
        let overflow = || base::corrupt("redelegation overflows");
        old.initial = old.initial.checked_add(entry.initial).ok_or_else(overflow)?;
        old.shares = Wide(old.shares.0.saturating_add(entry.shares.0));
    } else {
        let max = validator::params(ctx.state)?.entries_max;
        ensure(u64::try_from(moves.len()).unwrap_or(u64::MAX) < max, Error::TooManyEntries { max })?;
        moves.push(entry);
        let (delegator, validator) = pair;
        let record = VALIDATOR.get(ctx.state, &validator)?;
        let mut record = record.ok_or_else(|| corrupt("a delegation without validator"))?;
        record.moved = record.moved.saturating_add(1);
        VALIDATOR.set(ctx.state, &validator, &record);
        let due = Due { kind: DueKind::Redelegation, delegator, validator, created_height: height };
        stake::enqueue(ctx.state, completion, &due)?;
    }
    REDELEGATION.set(ctx.state, &pair, &moves);
    Ok(())
}

impl Message for Redelegate {
    const TAG: u8 = 9;
    const NAME: &'static str = "redelegate";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"amount":"5","destination":"lol1pyysjzgfpyysjzgfpyysjzgfpyysjzgfz3j8qm","source":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})?;
        ensure(self.source != self.destination, Error::SameValidator {})
    }

    /// Reads and writes both records, ranks, histories, delegations, entries, queue, sums, balances, and what a
    /// snapshot keeps.
    fn gas(&self) -> u64 {
        math::leaves_gas(36, 24)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (delegator, now) = (ctx.signer()?, ctx.block.time_unix_ms);
        let (source, destination) = (self.source, self.destination);
        let from = validator::validator(ctx.state, &source)?;
        let to = validator::validator(ctx.state, &destination)?;
        // Who is proven at fault, or waits for the sum of it, is left by way of an unbonding alone.
        ensure(!from.tombstoned, Error::Tombstoned { operator: source })?;
        ensure(!to.tombstoned, Error::Tombstoned { operator: destination })?;
        ensure(!to.jailed, Error::Jailed { operator: destination })?;
        debt::settle_redelegations(ctx, &delegator, &source)?;
        let received = REDELEGATION.get(ctx.state, &(delegator, source))?.unwrap_or_default();
        let completion = validator::completion(ctx.state, &source, &from, now)?;
        let amount = stake::unbond(ctx, &delegator, &source, self.amount, delegation::immature(&received))?;
        base::shift(ctx, &validator::pool(from.bonded), &validator::pool(to.bonded), amount)?;
        let shares = stake::bond(ctx, &delegator, &destination, amount)?;
        if let Some(completion_unix_ms) = completion {
            let created_height = ctx.block.height;
            let entry = Redelegation {
                source,
                created_height,
                completion_unix_ms,
                initial: amount,
                shares: Wide(shares),
                slashed_height: created_height,
            };
            note(ctx, (delegator, destination), entry)?;
        }
        ctx.emit(&event::Redelegated { delegator, source, destination, amount });
        Ok(())
    }
}
