use chortle_kernel::{
    Address, AssetId, Coin, Ctx, Failure, Message, Reject, ensure, gas::leaves_gas, message, record,
};
use chortle_token as token;

use crate::{account, error::Error, event::MemberSpent, state::SPENT};

record! {
    /// Sends an amount of one asset out of a shared account within the sender's own limit, without the other members.
    pub struct Spend {
        /// The account.
        pub account: Address,
        /// Who gets it: any account but the shared one and the protocol's; the sender's own too.
        pub to: Address,
        /// What to send.
        pub coin: Coin,
    }
}

impl Message for Spend {
    const TAG: u8 = 8;
    const NAME: &'static str = "spend";

    fn examples() -> Vec<Self> {
        message::example(concat!(
            r#"{"account":"lol1azqayeq0gnkyxxs9rq56tldhdwq6cshw76h06v","to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","#,
            r#""coin":{"asset":"0","amount":"1500000000"}}"#,
        ))
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), token::Error::ZeroAmount {})?;
        ensure(self.account != self.to, token::Error::SelfTransfer { account: self.account })?;
        token::protocol::ensure_user_account(&self.to)
    }

    /// A send, and the account, and what was sent lately, which is written.
    fn gas(&self) -> u64 {
        token::send_gas(self.coin.asset, 1).saturating_add(leaves_gas(2, 1))
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (member, now) = (ctx.signer()?, ctx.block.time_unix_ms);
        let Self { account, to, coin } = *self;
        let (asset, amount) = (coin.asset, coin.amount);
        let owner = account::find(ctx.state, &account)?;
        account::weight_of(&owner, &account, &member)?;
        let limit = owner.config.limit_of(&member, asset);
        let limit = limit.ok_or(Error::NoLimit { account, member, asset })?;
        let key = (account, member, asset);
        let spent = SPENT.get(ctx.state, &key)?.unwrap_or_default();
        let left = spent.left(limit, now);
        ensure(amount <= left, Error::AboveLimit { member, left })?;

        token::send(ctx, &account, &to, coin)?;
        let spent = spent.with(limit, amount, now)?;
        SPENT.set(ctx.state, &key, &spent);
        ctx.emit(&MemberSpent { account, member, to, asset, amount, left: spent.left(limit, now) });
        Ok(())
    }
}
