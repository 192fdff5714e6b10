use chortle_kernel::{
    Address, Amount, AssetId, Authority, Class, Coin, Ctx, Failure, Message, Reject, Router, ensure,
    gas::leaves_gas, message, record,
};
use chortle_token::{self as token, protocol};

use crate::{error::Error, stream, types::Stream};

record! {
    /// Pays out of the chain's treasury over time: all of it is set aside at once, and grows evenly from the first time
    /// to the last.
    pub struct OpenStream {
        /// Who gets it: any account but the protocol's.
        pub to: Address,
        /// What, in all.
        pub coin: Coin,
        /// From when on it grows; a time that is past pays for what was done.
        pub from_unix_ms: u64,
        /// When it is whole.
        pub until_unix_ms: u64,
    }
}

impl Message for OpenStream {
    const TAG: u8 = 12;
    const NAME: &'static str = "open_stream";
    const AUTHORITY: Authority = Authority::Governance;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"to":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","coin":{"asset":"0","amount":"5"},"from_unix_ms":1,"until_unix_ms":1900000000000}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), Error::NothingPaid {})?;
        ensure(self.from_unix_ms < self.until_unix_ms, Error::StreamTimes {})?;
        protocol::ensure_user_account(&self.to)
    }

    /// What sending it takes; the next number is read and written, the stream is written and listed.
    fn gas(&self) -> u64 {
        token::send_gas(self.coin.asset, 1).saturating_add(leaves_gas(2, 2))
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn class(&self, _: &dyn Router) -> Class {
        Class::Treasury
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (Coin { asset, amount: total }, paid) = (self.coin, Amount::ZERO);
        let (from_unix_ms, until_unix_ms) = (self.from_unix_ms, self.until_unix_ms);
        stream::open(ctx, Stream { to: self.to, asset, total, paid, from_unix_ms, until_unix_ms })
    }
}
