use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Coin, Ctx, Failure, Message, Reject, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{accounts, error::Error, rules};

/// Ends some of what the sender holds, LOL included. It cannot be undone.
#[derive(
    Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Burn {
    /// What to end.
    pub coin: Coin,
}

impl Message for Burn {
    const TAG: u8 = 3;
    const NAME: &'static str = "burn";

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::ZeroAmount {})
    }

    /// Reads and writes balance and supply.
    fn gas(&self) -> u64 {
        rules::leaves_gas(2, 2)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let holder = ctx.signer()?;
        accounts::burn(ctx, &holder, self.coin)
    }
}
