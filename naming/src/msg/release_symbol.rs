use chortle_kernel::{
    Authority, Class, Ctx, Failure, Message, Reject, Router, gas::leaves_gas, message, record,
};

use crate::{
    error::Error, event::SymbolReleased, names::skeleton_gas, skeleton::skeleton, state::RESERVED, text,
    types::Reserved,
};

record! {
    /// Releases what was reserved and looks like this symbol or name. For governance.
    pub struct ReleaseSymbol {
        /// A symbol or a name.
        pub symbol: Reserved,
    }
}

impl Message for ReleaseSymbol {
    const TAG: u8 = 2;
    const NAME: &'static str = "release_symbol";
    const AUTHORITY: Authority = Authority::Governance;

    fn examples() -> Vec<Self> {
        message::example(r#"{"symbol":"SILVER"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        text::ensure_name(&self.symbol)
    }

    /// Reads and writes one line, under a skeleton.
    fn gas(&self) -> u64 {
        leaves_gas(1, 1).saturating_add(skeleton_gas(&self.symbol))
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Params
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let skeleton = skeleton(&self.symbol);
        let before = RESERVED.get(ctx.state, &skeleton)?;

        let symbol = before.ok_or_else(|| Error::NotReserved { symbol: self.symbol.to_string() })?;

        RESERVED.remove(ctx.state, &skeleton);
        ctx.emit(&SymbolReleased { symbol });
        Ok(())
    }
}
