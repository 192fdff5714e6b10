use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{error::Error, event, math, validator};

record! {
    /// Announces a commission: a rise holds two epochs ahead, anything else at once, and ends a rise that waits.
    pub struct AnnounceCommission {
        /// Rate, in basis points.
        pub rate_bps: u64,
    }
}

/// Epochs between an announcement and its effect.
const EPOCHS_AHEAD: u64 = 2;
/// From one change to the next, a day: also for cuts, so that a low rate cannot come and go around a block.
const REST_MS: u64 = 86_400_000;

impl Message for AnnounceCommission {
    const TAG: u8 = 3;
    const NAME: &'static str = "announce_commission";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"rate_bps":600}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads record and parameters; writes the record.
    fn gas(&self) -> u64 {
        math::leaves_gas(4, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let operator = ctx.signer()?;
        let mut validator = validator::validator(ctx.state, &operator)?;
        let min = validator::params(ctx.state)?.commission_min_bps;
        let commission = &mut validator.commission;
        let (found, ceiling, today) = (self.rate_bps, commission.ceiling_bps, ctx.block.epoch);
        ensure(found <= ceiling, Error::CommissionAboveCeiling { found, ceiling })?;
        ensure(found >= min, Error::CommissionBelowMin { found, min })?;
        let now = commission.rate_in(today);
        let (rise, step) = (found.saturating_sub(now), commission.step_bps);
        ensure(rise <= step, Error::CommissionStep { rise, step })?;
        let epoch = commission.announced_epoch;
        let waits = commission.announced_bps.is_some() && today < epoch;
        ensure(rise == 0 || !waits, Error::CommissionAnnounced { epoch })?;
        let until_unix_ms = commission.changed_unix_ms.saturating_add(REST_MS);
        let rested = commission.changed_unix_ms == 0 || ctx.block.time_unix_ms >= until_unix_ms;
        ensure(rested, Error::CommissionChangedLately { until_unix_ms })?;
        commission.changed_unix_ms = ctx.block.time_unix_ms;
        let epoch = if rise == 0 { today } else { today.saturating_add(EPOCHS_AHEAD) };
        commission.rate_bps = if rise == 0 { found } else { now };
        commission.announced_bps = Some(found).filter(|_| rise > 0);
        commission.announced_epoch = epoch;
        validator::save(ctx.state, ctx.block, &operator, &validator)?;
        ctx.emit(&event::CommissionAnnounced { operator, rate_bps: found, epoch });
        Ok(())
    }
}
