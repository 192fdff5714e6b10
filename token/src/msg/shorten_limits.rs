use chortle_kernel::{
    AssetId, Class, Ctx, Failure, Message, Reach, Reject, Router, ensure, gas::leaves_gas, message, record,
};

use crate::{
    admin, capability::Capability, error::Error, event::LimitsShortened, ledger, limits::Limits,
    state::RULES, types::Rules,
};

record! {
    /// Brings the ends of launch limits forward. No limit can be made longer or come back.
    pub struct ShortenLimits {
        /// Which asset.
        pub asset: AssetId,
        /// The first height at which holders may send.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub opens_height: Option<u64>,
        /// The first height without a largest transfer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub max_transfer_end_height: Option<u64>,
        /// The first height without a largest wallet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub max_wallet_end_height: Option<u64>,
        /// The first height without a cool-down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cool_down_end_height: Option<u64>,
        /// The first height without a launch tax: until then it falls faster.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub launch_tax_end_height: Option<u64>,
    }
}

impl ShortenLimits {
    fn shorten(&self, asset: AssetId, mut limits: Limits, height: u64) -> Result<Limits, Reject> {
        let opens = (limits.opens_height > 0).then_some(&mut limits.opens_height);
        bring_forward(asset, "opens", opens, self.opens_height, height)?;
        let end = limits.max_transfer.as_mut().map(|limit| &mut limit.end_height);
        bring_forward(asset, "max_transfer", end, self.max_transfer_end_height, height)?;
        let end = limits.max_wallet.as_mut().map(|limit| &mut limit.end_height);
        bring_forward(asset, "max_wallet", end, self.max_wallet_end_height, height)?;
        let end = limits.cool_down.as_mut().map(|limit| &mut limit.end_height);
        bring_forward(asset, "cool_down", end, self.cool_down_end_height, height)?;
        let end = limits.launch_tax.as_mut().map(|limit| &mut limit.end_height);
        bring_forward(asset, "launch_tax", end, self.launch_tax_end_height, height)?;
        Ok(limits)
    }
}

/// Moves an end to an earlier height that was asked for, if one was; a height in the past ends the limit now.
fn bring_forward(
    asset: AssetId,
    limit: &'static str,
    end: Option<&mut u64>,
    asked: Option<u64>,
    height: u64,
) -> Result<(), Reject> {
    let Some(asked) = asked else { return Ok(()) };
    let end = end.filter(|end| **end > height).ok_or(Error::NoSuchLimit { asset, limit })?;
    ensure(asked < *end, Error::LimitNotEarlier { limit, end_height: *end })?;
    *end = asked.max(height);
    Ok(())
}

impl Message for ShortenLimits {
    const TAG: u8 = 12;
    const NAME: &'static str = "shorten_limits";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"asset":"1000000000","max_wallet_end_height":7}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        let ends = [
            self.opens_height,
            self.max_transfer_end_height,
            self.max_wallet_end_height,
            self.cool_down_end_height,
            self.launch_tax_end_height,
        ];
        ensure(ends.iter().any(Option::is_some), Error::NothingChanges {})
    }

    /// Reads record and rules; writes the rules.
    fn gas(&self) -> u64 {
        leaves_gas(2, 1)
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Params
    }

    fn community(&self) -> Option<AssetId> {
        Some(self.asset)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let id = self.asset;
        let asset = ledger::asset(ctx.state, id)?;

        admin::ensure_capable_or_holders(ctx, id, &asset, Capability::Limits)?;
        let rules = ledger::rules_of(ctx.state, id)?;
        let limits = self.shorten(id, rules.limits, ctx.block.height)?;

        RULES.set(ctx.state, &id, &Rules { limits, ..rules });
        ctx.emit(&LimitsShortened { asset: id, limits });
        Ok(())
    }
}
