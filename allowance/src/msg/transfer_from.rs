use chortle_kernel::{
    Address, AssetId, Coin, Ctx, Failure, Halt, Message, Reject, ensure, gas::leaves_gas, message, record,
};
use chortle_token as token;

use crate::{
    allowance::{find, set},
    error::Error,
    event::AllowanceSpent,
    types::Allowance,
};

record! {
    /// Sends an amount of an owner's asset, out of what the owner allowed the sender to.
    pub struct TransferFrom {
        /// Whose tokens.
        pub owner: Address,
        /// Who gets them: any account but the owner's and the protocol's; the sender's own too.
        pub to: Address,
        /// What to send.
        pub coin: Coin,
    }
}

impl Message for TransferFrom {
    const TAG: u8 = 2;
    const NAME: &'static str = "transfer_from";

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"coin":{"amount":"5","asset":"17"},"owner":"lol1pyysjzgfpyysjzgfpyysjzgfpyysjzgfz3j8qm","to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), token::Error::ZeroAmount {})?;
        ensure(self.owner != self.to, token::Error::SelfTransfer { account: self.owner })?;
        token::protocol::ensure_user_account(&self.to)
    }

    /// A send, and the allowance, read and written; a spent one leaves a list.
    fn gas(&self) -> u64 {
        token::send_gas(self.coin.asset, 1).saturating_add(leaves_gas(2, 1))
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let spender = ctx.signer()?;
        let Self { owner, to, coin } = *self;
        let asset = coin.asset;
        let allowance = find(ctx.state, &owner, &spender, asset)?;

        let allowance = allowance.ok_or(Error::NoAllowance { owner, spender, asset })?;
        if let Some(expires_unix_ms) = allowance.expires_unix_ms {
            let expired = allowance.is_expired(ctx.block.time_unix_ms);
            ensure(!expired, Error::AllowanceExpired { owner, expires_unix_ms })?;
        }
        ensure(coin.amount <= allowance.amount, Error::AboveAllowance { owner, left: allowance.amount })?;

        token::send(ctx, &owner, &to, coin)?;
        let left = allowance.amount.checked_sub(coin.amount);
        let left = left.ok_or_else(|| Halt::new("an allowance was spent twice"))?;
        set(ctx.state, &owner, &spender, asset, &Allowance { amount: left, ..allowance });
        ctx.emit(&AllowanceSpent { owner, spender, asset, amount: coin.amount, left });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chortle_kernel::{Amount, AssetId};

    #[test]
    fn zero_comes_before_the_recipient() {
        let (alice, bob) = (Address([1; 20]), Address([2; 20]));
        for (to, units, expected) in [
            (bob, 1, None),
            (alice, 0, Some("zero_amount")),
            (alice, 1, Some("self_transfer")),
            (Address::protocol("airdrops"), 1, Some("protocol_account")),
        ] {
            let coin = Coin { asset: AssetId(1), amount: Amount::new(units).unwrap() };
            let spend = TransferFrom { owner: alice, to, coin };
            assert_eq!(spend.check().err().map(|reject| reject.name), expected, "{to} {units}");
        }
    }
}
