use chortle_kernel::{Address, AssetId, Coin, Ctx, Failure, Message, Reach, Reject, ensure, message, record};
use chortle_token as token;

use crate::{lock, schedule::Schedule, types::NewLock};

record! {
    /// Locks tokens of the sender for an owner, who gets them over time. They still reflect, for the owner.
    pub struct CreateLock {
        /// Who gets them: any account but the protocol's; the sender's own too.
        pub owner: Address,
        /// What to lock.
        pub coin: Coin,
        /// When it vests.
        #[schemars(extend("x-unit" = "coin.asset"))]
        pub schedule: Schedule,
        /// Whether the sender may take back what has not vested.
        #[serde(default)]
        pub revocable: bool,
    }
}

impl Message for CreateLock {
    const TAG: u8 = 1;
    const NAME: &'static str = "create_lock";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"coin":{"amount":"5","asset":"17"},"owner":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","schedule":{"linear":{"cliff_unix_ms":2,"end_unix_ms":3,"start_unix_ms":1}}}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), token::Error::ZeroAmount {})?;
        token::protocol::ensure_user_account(&self.owner)?;
        self.schedule.ensure_valid(self.coin.amount)
    }

    fn gas(&self) -> u64 {
        lock::gas(self.coin.asset)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let funder = ctx.signer()?;
        let Self { owner, coin, schedule, revocable } = self.clone();
        lock::create(ctx, &funder, NewLock { owner, coin, schedule, revocable }).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chortle_kernel::{Amount, AssetId};

    #[test]
    fn the_amount_comes_before_the_owner_and_the_owner_before_the_schedule() {
        let schedule = |cliff_unix_ms| Schedule::Linear { start_unix_ms: 1, cliff_unix_ms, end_unix_ms: 3 };
        let (bob, fees) = (Address([2; 20]), token::protocol::FEES);
        for (owner, units, cliff, expected) in [
            (bob, 1, 2, None),
            (fees, 0, 9, Some("zero_amount")),
            (fees, 1, 9, Some("protocol_account")),
            (bob, 1, 9, Some("schedule_out_of_order")),
        ] {
            let coin = Coin { asset: AssetId(1), amount: Amount::new(units).unwrap() };
            let lock = CreateLock { owner, coin, schedule: schedule(cliff), revocable: false };
            assert_eq!(lock.check().err().map(|reject| reject.name), expected, "{owner} {units} {cliff}");
        }
    }
}
