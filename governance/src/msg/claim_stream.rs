use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, gas::leaves_gas, message, record};

use crate::stream;

record! {
    /// Pays the sender what a stream has come to.
    pub struct ClaimStream {
        /// Which stream.
        pub stream: u64,
    }
}

impl Message for ClaimStream {
    const TAG: u8 = 14;
    const NAME: &'static str = "claim_stream";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"stream":1}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the stream and two balances, and the totals of a ruled asset; reads its rules, and notes what
    /// the tax burns in the history of the supply. One that is over leaves a list.
    fn gas(&self) -> u64 {
        leaves_gas(10, 5)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let signer = ctx.signer()?;
        stream::claim(ctx, &signer, self.stream)
    }
}
