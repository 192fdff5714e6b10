use chortle_kernel::{Address, AssetId, Coin, Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{error::Error, ledger, protocol};

record! {
    /// Sends an amount of one asset to one account.
    pub struct Transfer {
        /// Who gets it: any account but the sender's own and the protocol's.
        pub to: Address,
        /// What to send.
        pub coin: Coin,
    }
}

impl Message for Transfer {
    const TAG: u8 = 4;
    const NAME: &'static str = "transfer";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"coin":{"amount":"1500000000","asset":"0"},"to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::ZeroAmount {})?;
        protocol::ensure_user_account(&self.to)
    }

    /// Reads and writes two balances; with rules, reads them and reads and writes the totals beside.
    fn gas(&self) -> u64 {
        ledger::gas(self.coin.asset, 1)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let from = ctx.signer()?;
        ledger::send(ctx, &from, &self.to, self.coin).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{coin, who};

    #[test]
    fn zero_comes_before_the_recipient() {
        for (to, units, expected) in [
            ("bob", 1, None),
            ("bob", 0, Some("zero_amount")),
            ("treasury", 0, Some("zero_amount")),
            ("treasury", 1, Some("protocol_account")),
        ] {
            let transfer = Transfer { to: who(to), coin: coin(1, units) };
            assert_eq!(transfer.check().err().map(|reject| reject.name), expected, "{to} {units}");
        }
    }
}
