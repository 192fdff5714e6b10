use chortle_kernel::{
    Address, Amount, AssetId, Coin, Ctx, Failure, List, Message, Reach, Reject, ensure, message, record,
};

use crate::{error::Error, ledger, protocol};

/// Most recipients of one message: what one block can carry many times over.
pub const RECIPIENTS_MAX: usize = 256;

record! {
    /// One line of a [`MultiTransfer`].
    pub struct Recipient {
        /// Who gets it: any account but the sender's own and the protocol's.
        pub to: Address,
        /// How much, in base units.
        pub amount: Amount,
    }
}

record! {
    /// Sends amounts of one asset to up to 256 accounts: all of them, or none.
    pub struct MultiTransfer {
        /// Which asset.
        pub asset: AssetId,
        /// Who gets how much.
        pub recipients: List<Recipient, RECIPIENTS_MAX>,
    }
}

impl MultiTransfer {
    fn total(&self) -> Result<Amount, Error> {
        Amount::checked_sum(self.recipients.iter().map(|recipient| recipient.amount))
            .ok_or(Error::TotalTooLarge { max: Amount::MAX })
    }
}

impl Message for MultiTransfer {
    const TAG: u8 = 5;
    const NAME: &'static str = "multi_transfer";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"asset":"17","recipients":[{"amount":"1","to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}]}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.recipients.is_empty(), Error::NoRecipient {})?;
        for recipient in self.recipients.iter() {
            ensure(!recipient.amount.is_zero(), Error::ZeroAmount {})?;
            protocol::ensure_user_account(&recipient.to)?;
        }
        self.total()?;
        Ok(())
    }

    /// Reads and writes the sender's balance and each recipient's; with rules, reads them and reads and writes the
    /// totals beside.
    fn gas(&self) -> u64 {
        let recipients = u64::try_from(self.recipients.len()).unwrap_or(u64::MAX);
        ledger::gas(self.asset, recipients)
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let from = ctx.signer()?;
        let asset = self.asset;
        let to_self = self.recipients.iter().any(|recipient| recipient.to == from);
        ensure(!to_self, Error::SelfTransfer { account: from })?;

        let parts = self.recipients.iter().map(|recipient| (recipient.to, recipient.amount));
        ledger::send_to_many(ctx, &from, Coin { asset, amount: self.total()? }, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{amount, who};

    fn to_bob(amounts: &[u64]) -> MultiTransfer {
        let line = |units: &u64| Recipient { to: who("bob"), amount: amount(*units) };
        let recipients = List::parse(amounts.iter().map(line).collect::<Vec<_>>()).unwrap();
        MultiTransfer { asset: AssetId(1), recipients }
    }

    #[test]
    fn the_total_must_be_an_amount() {
        let max = Amount::MAX.base_units();
        assert!(to_bob(&[max - 1, 1]).check().is_ok());
        assert_eq!(to_bob(&[max, 1]).check().unwrap_err().name, "total_too_large");
        assert_eq!(to_bob(&[max; 256]).check().unwrap_err().name, "total_too_large");
    }

    #[test]
    fn each_recipient_costs_as_much_as_the_sender() {
        assert_eq!(to_bob(&[1]).gas(), chortle_kernel::gas::leaves_gas(2, 2));
        assert_eq!(to_bob(&[1; 256]).gas(), chortle_kernel::gas::leaves_gas(257, 257));
    }
}
