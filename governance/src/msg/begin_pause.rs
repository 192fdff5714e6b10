use chortle_kernel::{
    Authority, Class, Ctx, Failure, Message, Reject, Router, Text, dispatch, ensure,
    gas::leaves_gas,
    gate::{Pause, Scope},
    message, record,
};

use super::PAUSES_LEAVES;
use crate::{error::Error, event::PauseBegan, guard};

/// Longest pause: three days.
pub const PAUSE_MS_MAX: u64 = 72 * 3_600 * 1_000;

record! {
    /// Pauses a module, a kind of message or an asset, for three days at most: then it ends by itself.
    pub struct BeginPause {
        /// What is paused.
        pub scope: Scope,
        /// For how long, in milliseconds from the block that executes it.
        pub duration_ms: u64,
        /// Why.
        pub reason: Text<200>,
    }
}

impl Message for BeginPause {
    const TAG: u8 = 7;
    const NAME: &'static str = "begin_pause";
    const AUTHORITY: Authority = Authority::Governance;
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"scope":{"message":{"module":"lock","message":"launch"}},"duration_ms":3600000,"reason":"launches drain"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        let max_ms = PAUSE_MS_MAX;
        ensure((1..=max_ms).contains(&self.duration_ms), Error::PauseTooLong { max_ms })
    }

    /// Reads and writes what is paused, and what guardians stopped.
    fn gas(&self) -> u64 {
        leaves_gas(PAUSES_LEAVES, PAUSES_LEAVES)
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Pause
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let now = ctx.block.time_unix_ms;
        let until_unix_ms = now.saturating_add(self.duration_ms);
        guard::close(ctx.state, &self.scope, now)?;
        dispatch::begin_pause(ctx, Pause { scope: self.scope.clone(), until_unix_ms })?;
        let (scope, reason) = (self.scope.clone(), self.reason.to_string());
        ctx.emit(&PauseBegan { scope, until_unix_ms, reason, guardian: None });
        Ok(())
    }
}
