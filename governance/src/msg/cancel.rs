use chortle_kernel::{Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record};

use crate::{error::Error, proposal, types::Stage};

record! {
    /// Takes a proposal of the sender back, in the first half of its vote at the latest. A part of every deposit is
    /// burnt.
    pub struct Cancel {
        /// Which proposal.
        pub proposal: u64,
    }
}

impl Message for Cancel {
    const TAG: u8 = 5;
    const NAME: &'static str = "cancel";
    const PAUSABLE: bool = false;
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(r#"{"proposal":2}"#)
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes record, load, due time, snapshot, and three lines of indexes; writes what clears
    /// up.
    fn gas(&self) -> u64 {
        leaves_gas(8, 5)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (sender, id, now) = (ctx.signer()?, self.proposal, ctx.block.time_unix_ms);
        let mut record = proposal::find(ctx.state, id)?;
        let proposer = record.proposer;
        ensure(sender == proposer, Error::NotProposer { proposal: id, proposer })?;
        if record.stage != Stage::Deposit {
            proposal::ensure_stage(id, &record, Stage::Voting)?;
            // Half of the time that it was given: an end that is put off gives none of it back.
            let (gone, whole) = (now.saturating_sub(record.voting_began_unix_ms), record.voting_ms());
            let early = now < record.voting_ends_unix_ms && gone < whole.saturating_sub(gone);
            ensure(early, Error::TooLateToCancel { proposal: id })?;
        }
        proposal::close(ctx, id, &mut record, (Stage::Cancelled, "its proposer took it back"))?;
        Ok(proposal::settle(ctx, id, &record, record.terms.cancel_burnt_bps)?)
    }
}
