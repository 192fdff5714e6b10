use chortle_kernel::{
    Authority, Class, Ctx, Failure, Message, Reject, Router, Text, gas::leaves_gas, message, record,
};

use crate::{
    plan,
    types::{NAME_MAX, ensure_name},
};

record! {
    /// Takes a planned upgrade away before its height: the program that runs now goes on. For governance.
    pub struct CancelUpgrade {
        /// Its name.
        pub name: Text<NAME_MAX>,
    }
}

impl Message for CancelUpgrade {
    const TAG: u8 = 2;
    const NAME: &'static str = "cancel_upgrade";
    const AUTHORITY: Authority = Authority::Governance;
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(r#"{"name":"v2"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        ensure_name(&self.name)
    }

    /// Reads and takes away the plan.
    fn gas(&self) -> u64 {
        leaves_gas(1, 1)
    }

    /// It keeps the rules as they are, and may have to come before a height that is near: it weighs what a pause
    /// weighs.
    fn class(&self, _: &dyn Router) -> Class {
        Class::Pause
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        plan::cancel(ctx, &self.name)
    }
}
