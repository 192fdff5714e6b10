use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, gas::leaves_gas, message, record};

use crate::airdrop;

record! {
    /// Returns what nobody claimed of an airdrop to its sponsor, after the deadline. Anyone may send it.
    pub struct EndAirdrop {
        /// Number of the airdrop.
        pub airdrop: u64,
    }
}

impl Message for EndAirdrop {
    const TAG: u8 = 3;
    const NAME: &'static str = "end_airdrop";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"airdrop":1}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the record, two balances and the totals of a ruled asset; reads its rules.
    fn gas(&self) -> u64 {
        leaves_gas(5, 4)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        airdrop::end(ctx, self.airdrop)
    }
}
