use chortle_kernel::{
    Address, Amount, AssetId, Coin, Ctx, Failure, Message, Reject, gas::leaves_gas, message, record,
};

use crate::{
    grant::Terms,
    types::{Covers, Kinds},
};

record! {
    /// Agrees to pay fees of another account: within a cap, for kinds of message, so often, until a time. That account
    /// names the grant's number where a transaction says who pays, and the sender signs nothing more.
    pub struct GiveFees {
        /// Whose fees: any account but the sender's own and the protocol's.
        pub grantee: Address,
        /// For transactions of these kinds of message alone; for all if none is named.
        #[serde(default)]
        pub kinds: Kinds,
        /// Most in all, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub cap: Amount,
        /// Most in each period, in nlol; no limit but that in all if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(extend("x-unit" = "nlol"))]
        pub period_cap: Option<Amount>,
        /// How long a period is; the first begins now.
        #[serde(default)]
        pub period_ms: u64,
        /// For how many transactions; no limit if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub uses: Option<u64>,
        /// From when on it is worth nothing, in milliseconds since 1970; never if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_unix_ms: Option<u64>,
    }
}

impl GiveFees {
    fn terms(&self) -> Terms<'_> {
        let lol = |amount: Amount| Coin { asset: AssetId::NATIVE, amount };
        Terms {
            grantee: self.grantee,
            covers: Covers::Fees,
            kinds: &self.kinds,
            caps: vec![lol(self.cap)],
            period_caps: self.period_cap.into_iter().map(lol).collect(),
            period_ms: self.period_ms,
            uses: self.uses,
            expires_unix_ms: self.expires_unix_ms,
        }
    }
}

impl Message for GiveFees {
    const TAG: u8 = 4;
    const NAME: &'static str = "give_fees";

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"grantee":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","kinds":["token.transfer"],"cap":"1000000000","period_cap":"10000000","period_ms":86400000,"expires_unix_ms":1900000000000}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        self.terms().check()
    }

    /// Reads number, count and the asset; writes number, count and the grant, and two lines beside the tree.
    fn gas(&self) -> u64 {
        leaves_gas(5, 3)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        self.terms().give(ctx)
    }
}
