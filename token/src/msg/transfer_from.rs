use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Coin, Ctx, Failure, Halt, Message, Reject, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    allowance::{self, Allowance, event::AllowanceSpent},
    error::Error,
    protocol, rules, send,
};

/// Sends an amount of an owner's asset, out of what the owner allowed the sender to.
#[derive(
    Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct TransferFrom {
    /// Whose tokens.
    pub owner: Address,
    /// Who gets them: any account but the owner's and the protocol's; the sender's own too.
    pub to: Address,
    /// What to send.
    pub coin: Coin,
}

impl Message for TransferFrom {
    const TAG: u8 = 44;
    const NAME: &'static str = "transfer_from";

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::ZeroAmount {})?;
        ensure(self.owner != self.to, Error::SelfTransfer { account: self.owner })?;
        protocol::ensure_user_account(&self.to)
    }

    /// A send, and the allowance, read and written; a spent one leaves a list.
    fn gas(&self) -> u64 {
        send::gas(self.coin.asset, 1).saturating_add(rules::leaves_gas(2, 1))
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let spender = ctx.signer()?;
        let Self { owner, to, coin } = *self;
        let asset = coin.asset;
        let allowance = allowance::find(ctx.state, &owner, &spender, asset)?;

        let allowance = allowance.ok_or(Error::NoAllowance { owner, spender, asset })?;
        if let Some(expires_unix_ms) = allowance.expires_unix_ms {
            let expired = allowance.is_expired(ctx.block.time_unix_ms);
            ensure(!expired, Error::AllowanceExpired { owner, expires_unix_ms })?;
        }
        ensure(coin.amount <= allowance.amount, Error::AboveAllowance { owner, left: allowance.amount })?;

        send::send(ctx, &owner, &to, coin)?;
        let left = allowance.amount.checked_sub(coin.amount);
        let left = left.ok_or_else(|| Halt::new("an allowance was spent twice"))?;
        allowance::set(ctx.state, &owner, &spender, asset, &Allowance { amount: left, ..allowance });
        ctx.emit(&AllowanceSpent { owner, spender, asset, amount: coin.amount, left });
        Ok(())
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
            ("alice", 0, Some("zero_amount")),
            ("alice", 1, Some("self_transfer")),
            ("airdrops", 1, Some("protocol_account")),
        ] {
            let spend = TransferFrom { owner: who("alice"), to: who(to), coin: coin(1, units) };
            assert_eq!(spend.check().err().map(|reject| reject.name), expected, "{to} {units}");
        }
    }
}
