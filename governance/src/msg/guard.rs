use chortle_kernel::{
    Ctx, Failure, Message, Reach, Reject, Text, ensure, gas::leaves_gas, gate::Scope, message, record,
};

use super::{PAUSE_MS_MAX, PAUSES_LEAVES};
use crate::{error::Error, guard};

record! {
    /// Pauses a module, a kind of message or an asset at once. For guardians, each so often in a period, and for so
    /// long in all that nothing stays stopped.
    pub struct Guard {
        /// What is paused.
        pub scope: Scope,
        /// For how long, in milliseconds from this block.
        pub duration_ms: u64,
        /// Why.
        pub reason: Text<200>,
    }
}

impl Message for Guard {
    const TAG: u8 = 10;
    const NAME: &'static str = "guard";
    const REACH: Reach = Reach::Right;
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"scope":{"asset":{"asset":"17"}},"duration_ms":3600000,"reason":"it is minted out of nothing"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        let max_ms = PAUSE_MS_MAX;
        ensure((1..=max_ms).contains(&self.duration_ms), Error::PauseTooLong { max_ms })?;
        chortle_naming::text::ensure_lines(&self.reason)
    }

    /// Reads the rules of guardians; reads and writes what they stopped and what is paused.
    fn gas(&self) -> u64 {
        leaves_gas(PAUSES_LEAVES.saturating_add(1), PAUSES_LEAVES)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let guardian = ctx.signer()?;
        guard::begin(ctx, guardian, &self.scope, (self.duration_ms, &self.reason))
    }
}
