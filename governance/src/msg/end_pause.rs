use chortle_kernel::{
    Authority, Class, Ctx, Failure, Message, Reject, Router, dispatch, ensure, gas::leaves_gas, gate::Scope,
    message, record,
};

use super::PAUSES_LEAVES;
use crate::{error::Error, event::PauseEnded, guard};

record! {
    /// Ends a pause before its time.
    pub struct EndPause {
        /// What is paused.
        pub scope: Scope,
    }
}

impl Message for EndPause {
    const TAG: u8 = 8;
    const NAME: &'static str = "end_pause";
    const AUTHORITY: Authority = Authority::Governance;
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(r#"{"scope":{"module":{"module":"lock"}}}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes what is paused, and what guardians stopped.
    fn gas(&self) -> u64 {
        leaves_gas(PAUSES_LEAVES, PAUSES_LEAVES)
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Unpause
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        ensure(dispatch::end_pause(ctx, &self.scope)?, Error::NothingPaused {})?;
        guard::close(ctx.state, &self.scope, ctx.block.time_unix_ms)?;
        ctx.emit(&PauseEnded { scope: self.scope.clone() });
        Ok(())
    }
}
