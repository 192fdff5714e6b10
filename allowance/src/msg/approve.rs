use chortle_kernel::{
    Address, Amount, Coin, Ctx, Failure, Message, Reject, ensure, gas::leaves_gas, message, record,
};
use chortle_token as token;

use crate::{
    allowance::{find, set},
    error::Error,
    event::Approved,
    types::Allowance,
};

record! {
    /// Lets a spender send up to an amount of one of the sender's assets, until a time. It replaces what was allowed.
    pub struct Approve {
        /// Who may send: any account but the sender's own and the protocol's.
        pub spender: Address,
        /// What, and how much of it in all from now on; zero revokes.
        pub coin: Coin,
        /// From when on it counts as nothing, in milliseconds since 1970; never if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_unix_ms: Option<u64>,
        /// What can be spent before this message, as the sender knows it. If a spend came in between, nothing is
        /// changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(extend("x-unit" = "coin.asset"))]
        pub expected: Option<Amount>,
    }
}

impl Message for Approve {
    const TAG: u8 = 1;
    const NAME: &'static str = "approve";

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"coin":{"amount":"5","asset":"17"},"expires_unix_ms":9,"spender":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        token::protocol::ensure_user_account(&self.spender)
    }

    /// Reads the asset and the allowance; writes the allowance and its line beside the tree.
    fn gas(&self) -> u64 {
        leaves_gas(3, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let owner = ctx.signer()?;
        let Self { spender, coin: Coin { asset, amount }, expires_unix_ms, expected } = self.clone();
        let now_unix_ms = ctx.block.time_unix_ms;
        token::asset(ctx.state, asset)?;
        let before = find(ctx.state, &owner, &spender, asset)?;

        ensure(owner != spender, Error::SelfApproval { account: owner })?;
        let left = before.map_or(Amount::ZERO, |allowance| allowance.left(now_unix_ms));
        ensure(expected.is_none_or(|expected| expected == left), Error::AllowanceChanged { left })?;
        ensure(!amount.is_zero() || before.is_some(), Error::NoAllowance { owner, spender, asset })?;
        if let Some(expires_unix_ms) = expires_unix_ms {
            ensure(expires_unix_ms > now_unix_ms, Error::ExpiryPast { expires_unix_ms, now_unix_ms })?;
        }

        set(ctx.state, &owner, &spender, asset, &Allowance { amount, expires_unix_ms });
        ctx.emit(&Approved { owner, spender, asset, amount, expires_unix_ms });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chortle_kernel::AssetId;

    #[test]
    fn the_protocol_needs_no_allowance() {
        let coin = Coin { asset: AssetId(1), amount: Amount::ZERO };
        for (spender, expected) in
            [(Address([2; 20]), None), (Address::pooled("locks"), Some("protocol_account"))]
        {
            let approve = Approve { spender, coin, expires_unix_ms: None, expected: None };
            assert_eq!(approve.check().err().map(|reject| reject.name), expected, "{spender}");
        }
    }
}
