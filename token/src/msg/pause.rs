use chortle_kernel::{
    AssetId, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    admin,
    capability::Capability,
    error::Error,
    event::PausedUntil,
    ledger,
    state::RULES,
    types::{PAUSE_EPOCHS_MAX, Rules},
};

record! {
    /// Stops all sends of an asset for a few epochs, or ends a pause. It ends by itself, and none follows within three
    /// epochs.
    pub struct Pause {
        /// Which asset.
        pub asset: AssetId,
        /// For how many epochs, this one included: 1 to 3; 0 ends a pause.
        pub epochs: u64,
    }
}

impl Message for Pause {
    const TAG: u8 = 16;
    const NAME: &'static str = "pause";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"1000000000","epochs":2}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        let (epochs, max) = (self.epochs, PAUSE_EPOCHS_MAX);
        ensure(epochs <= max, Error::PauseOutOfBounds { epochs, max })
    }

    /// Reads record and rules; writes the rules.
    fn gas(&self) -> u64 {
        leaves_gas(2, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let signer = ctx.signer()?;
        let (id, epoch) = (self.asset, ctx.block.epoch);
        let asset = ledger::asset(ctx.state, id)?;

        admin::ensure_capable(id, &asset, &signer, Capability::Pause)?;
        let rules = ledger::rules_of(ctx.state, id)?;
        let last = rules.paused_until_epoch;
        if self.epochs == 0 {
            ensure(last.is_some_and(|until| until > epoch), Error::NothingChanges {})?;
        } else if let Some(until) = last {
            let from_epoch = until.saturating_add(PAUSE_EPOCHS_MAX);
            ensure(epoch >= from_epoch, Error::PauseTooSoon { asset: id, from_epoch })?;
        }

        let until_epoch = epoch.saturating_add(self.epochs);
        RULES.set(ctx.state, &id, &Rules { paused_until_epoch: Some(until_epoch), ..rules });
        ctx.emit(&PausedUntil { asset: id, until_epoch });
        Ok(())
    }
}
