use chortle_kernel::{
    Amount, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{error::Error, proposal, rules::part_ceil, types::Stage};

record! {
    /// Adds to the deposit of a proposal. Voting begins in the block after it is whole.
    pub struct Deposit {
        /// Which proposal.
        pub proposal: u64,
        /// How much, in nlol: what is missing at most.
        #[schemars(extend("x-unit" = "nlol"))]
        pub amount: Amount,
    }
}

impl Message for Deposit {
    const TAG: u8 = 2;
    const NAME: &'static str = "deposit";
    const PAUSABLE: bool = false;
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(r#"{"proposal":2,"amount":"5000000000"}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        let (least, found) = (Amount::new(1).unwrap_or_default(), self.amount);
        ensure(!found.is_zero(), Error::DepositTooSmall { least, found })
    }

    /// Reads and writes record, due time, deposit and two balances.
    fn gas(&self) -> u64 {
        leaves_gas(7, 6)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (depositor, id, found) = (ctx.signer()?, self.proposal, self.amount);
        let (params, _) = proposal::rules(ctx.state)?;
        let mut record = proposal::find(ctx.state, id)?;
        proposal::ensure_stage(id, &record, Stage::Deposit)?;
        let missing = record.deposit_min.checked_sub(record.deposit).unwrap_or_default();
        let least = part_ceil(record.deposit_min, params.deposit_part_bps).min(missing);
        ensure(found <= missing, Error::DepositTooLarge { missing, found })?;
        ensure(found >= least, Error::DepositTooSmall { least, found })?;
        proposal::take_deposit(ctx, id, &mut record, depositor, found)
    }
}
