use std::collections::BTreeMap;

use chortle_kernel::{
    Acting, Address, Amount, AssetId, Carried, Coin, Ctx, Failure, List, Message, Reject, ensure,
    gas::leaves_gas,
    message, record,
    tx::{MESSAGES_MAX, RawMessage},
};

use crate::{
    error::Error,
    event::GrantUsed,
    grant::{account, find, keep_or_remove, usable},
    state::GRANT,
    types::Covers,
};

record! {
    /// Sends messages for an account that has granted it: all of them, or none.
    pub struct UseGrant {
        /// By which grant.
        pub grant: u64,
        /// What its granter's account sends, in order.
        pub messages: List<RawMessage, MESSAGES_MAX>,
    }
}

impl Message for UseGrant {
    const TAG: u8 = 2;
    const NAME: &'static str = "use_grant";

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"grant":1,"messages":[{"module":1,"tag":4,"body":"0x07070707070707070707070707070707070707070000000000000000c800000000000000"}]}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.messages.is_empty(), Error::NothingToSend {})
    }

    /// Reads and writes the grant; its last use takes it out of its granter's count. What it carries costs beside it.
    fn gas(&self) -> u64 {
        leaves_gas(4, 2)
    }

    fn carried(&self) -> Carried<'_> {
        Carried::Now(&self.messages)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (grantee, id) = (account(ctx)?, self.grant);
        let mut grant = usable(ctx.state, id, &grantee, Covers::Messages, ctx.block.time_unix_ms)?;
        let messages = u64::try_from(self.messages.len()).unwrap_or(u64::MAX);
        grant.ensure_covers(id, &ctx.decode(&self.messages)?)?;
        grant.take_uses(id, messages)?;

        // Its uses are taken before anything runs by it, and its caps after: what ran may have used it too.
        GRANT.set(ctx.state, &id, &grant);
        let granter = grant.granter;
        let before = ctx.effects.outflows().len();
        ctx.dispatch(Acting::Account(granter), &self.messages, u64::MAX)?;
        let spent = outflow(ctx, &granter, before);
        let mut grant = find(ctx.state, id)?;
        for coin in &spent {
            grant.spend(id, *coin)?;
        }
        keep_or_remove(ctx.state, id, &grant)?;
        let uses_left = grant.uses_left;
        ctx.emit(&GrantUsed { grant: id, granter, grantee, messages, spent, uses_left });
        Ok(())
    }
}

/// All that left an account since a point, asset by asset, whatever came back: what it gets by one message it cannot
/// lose by the next.
fn outflow(ctx: &Ctx<'_>, account: &Address, since: usize) -> Vec<Coin> {
    let mut sums = BTreeMap::<AssetId, Amount>::new();
    let notes = ctx.effects.outflows().iter().skip(since);
    for (_, coin) in notes.filter(|(from, coin)| from == account && !coin.amount.is_zero()) {
        let sum = sums.entry(coin.asset).or_default();
        // What is more than exists in all is above every cap.
        *sum = sum.checked_add(coin.amount).unwrap_or(Amount::MAX);
    }
    sums.into_iter().map(|(asset, amount)| Coin { asset, amount }).collect()
}
