use chortle_kernel::{
    AssetId, Coin, Ctx, Failure, Message, Reach, Reject, ensure,
    gas::leaves_gas,
    merkle::{LEAVES_MAX, Node},
    message, record,
};
use chortle_token as token;

use crate::{airdrop, error::Error, types::NewAirdrop};

record! {
    /// Promises tokens of the sender to a list of recipients, by the root of the list's tree. Each claims with a proof.
    pub struct CreateAirdrop {
        /// What is paid in: the sum of the list.
        pub coin: Coin,
        /// Root of the tree.
        pub root: Node,
        /// Recipients in the tree: 1 to 2^20.
        pub leaves: u32,
        /// The sender's number in the airdrop key that the list was hashed with; each serves once.
        pub salt: u64,
        /// That key: it must be the sender's, on this chain, with this number, or nobody could claim.
        pub key: Node,
        /// From when on nobody can claim, in milliseconds since 1970.
        pub deadline_unix_ms: u64,
    }
}

impl Message for CreateAirdrop {
    const TAG: u8 = 1;
    const NAME: &'static str = "create_airdrop";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(concat!(
            r#"{"coin":{"amount":"5","asset":"17"},"deadline_unix_ms":9,"key":"0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","leaves":2,"#,
            r#""root":"0xabababababababababababababababababababababababababababababababab","salt":1}"#,
        ))
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.coin.amount.is_zero(), token::Error::ZeroAmount {})?;
        let leaves = self.leaves;
        ensure((1..=LEAVES_MAX).contains(&leaves), Error::LeavesOutOfRange { leaves, max: LEAVES_MAX })
    }

    /// Reads the next number, the key and two balances; writes them and the record; lists it twice. Of a
    /// ruled asset, rules and totals are read and the totals is written.
    fn gas(&self) -> u64 {
        let ruled = u64::from(self.coin.asset.is_ruled());
        leaves_gas(ruled.saturating_mul(2).saturating_add(6), ruled.saturating_add(5))
    }

    fn assets(&self) -> Vec<AssetId> {
        vec![self.coin.asset]
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let sponsor = ctx.signer()?;
        let Self { coin, root, leaves, salt, key, deadline_unix_ms } = *self;
        airdrop::create(ctx, &sponsor, &NewAirdrop { coin, root, leaves, salt, key, deadline_unix_ms })
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chortle_kernel::{Amount, AssetId};

    #[test]
    fn a_list_has_one_to_2_to_the_20_recipients() {
        for (units, leaves, expected) in [
            (1, 1, None),
            (1, LEAVES_MAX, None),
            (0, 0, Some("zero_amount")),
            (1, 0, Some("leaves_out_of_range")),
            (1, LEAVES_MAX + 1, Some("leaves_out_of_range")),
        ] {
            let coin = Coin { asset: AssetId(1), amount: Amount::new(units).unwrap() };
            let create = CreateAirdrop {
                coin,
                root: Node::default(),
                leaves,
                salt: 0,
                key: Node::default(),
                deadline_unix_ms: 1,
            };
            assert_eq!(create.check().err().map(|reject| reject.name), expected, "{units} {leaves}");
        }
    }
}
