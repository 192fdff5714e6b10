use chortle_kernel::{
    Authority, Class, Ctx, Failure, Message, Reject, Router, gas::leaves_gas, message, record,
};

use crate::{
    error::Error, event::SymbolReserved, names::skeleton_gas, skeleton::skeleton, state::RESERVED, text,
    types::Reserved,
};

record! {
    /// Reserves a symbol or name: only governance can create what looks like it. For governance.
    pub struct ReserveSymbol {
        /// A symbol or a name.
        pub symbol: Reserved,
    }
}

impl Message for ReserveSymbol {
    const TAG: u8 = 1;
    const NAME: &'static str = "reserve_symbol";
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

        if let Some(reserved) = before {
            return Err(Error::AlreadyReserved { reserved: reserved.to_string() }.into());
        }

        RESERVED.set(ctx.state, &skeleton, &self.symbol);
        ctx.emit(&SymbolReserved { symbol: self.symbol.clone() });
        Ok(())
    }
}
