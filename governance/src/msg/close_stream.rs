use chortle_kernel::{
    Authority, Class, Ctx, Failure, Message, Reject, Router, gas::leaves_gas, message, record,
};

use crate::stream;

record! {
    /// Ends a stream now: what it has not come to goes back to the treasury, what it has stays to be claimed. For
    /// governance.
    pub struct CloseStream {
        /// Which stream.
        pub stream: u64,
    }
}

impl Message for CloseStream {
    const TAG: u8 = 13;
    const NAME: &'static str = "close_stream";
    const AUTHORITY: Authority = Authority::Governance;

    fn examples() -> Vec<Self> {
        message::example(r#"{"stream":1}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the stream and two balances, and the totals of a ruled asset; one that is over leaves a list.
    fn gas(&self) -> u64 {
        leaves_gas(9, 4)
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Treasury
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        stream::close(ctx, self.stream)
    }
}
