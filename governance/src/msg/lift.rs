use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, gas::leaves_gas, gate::Scope, message, record};

use super::PAUSES_LEAVES;
use crate::{event::LiftWanted, guard};

record! {
    /// Says that a pause which a guardian, or a third of all power, began should end before its time. For guardians: it
    /// ends once more than half of them say so, and never by the word of one.
    pub struct Lift {
        /// What is paused.
        pub scope: Scope,
    }
}

impl Message for Lift {
    const TAG: u8 = 11;
    const NAME: &'static str = "lift";
    const REACH: Reach = Reach::Right;
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(r#"{"scope":{"asset":{"asset":"17"}}}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads the rules of guardians; reads and writes what they stopped and what is paused.
    fn gas(&self) -> u64 {
        leaves_gas(PAUSES_LEAVES.saturating_add(1), PAUSES_LEAVES)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (guardian, scope) = (ctx.signer()?, self.scope.clone());
        let (found, needed) = guard::lift(ctx, guardian, &scope)?;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        ctx.emit(&LiftWanted { scope, guardian, found: count(found), needed: count(needed) });
        Ok(())
    }
}
