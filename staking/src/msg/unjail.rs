use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{error::Error, event, math, stake, validator};

record! {
    /// Brings the sender's validator back once its time in jail is over and its self-bond is whole.
    pub struct Unjail {}
}

impl Message for Unjail {
    const TAG: u8 = 5;
    const NAME: &'static str = "unjail";
    const REACH: Reach = Reach::Right;
    // Whoever can sign again must be able to come back, whatever is paused.
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(r#"{}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads record, delegation, earnings, parameters; writes record and rank.
    fn gas(&self) -> u64 {
        math::leaves_gas(8, 3)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let operator = ctx.signer()?;
        validator::validator(ctx.state, &operator)?;
        let (mut validator, found) = stake::self_bond(ctx, &operator)?;
        ensure(!validator.tombstoned, Error::Tombstoned { operator })?;
        ensure(validator.jailed, Error::NotJailed { operator })?;
        let until_unix_ms = validator.jailed_until_unix_ms;
        ensure(ctx.block.time_unix_ms >= until_unix_ms, Error::JailedUntil { until_unix_ms })?;
        let min = validator.self_bond_min;
        ensure(found >= min, Error::SelfBondBelowMin { found, min })?;
        validator.jailed = false;
        validator::save(ctx.state, ctx.block, &operator, &validator)?;
        ctx.emit(&event::Unjailed { operator });
        Ok(())
    }
}
