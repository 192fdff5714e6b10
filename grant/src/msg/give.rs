use chortle_kernel::{
    Address, Coin, Ctx, Failure, List, Message, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    error::Error,
    grant::Terms,
    types::{BUDGETS_MAX, Covers, Kinds},
};

record! {
    /// Lets another account send kinds of message for the sender: within caps of what may leave his balance, so often,
    /// until a time. What is not named cannot be sent, of an asset without a cap nothing leaves, and the sender can
    /// revoke it at once.
    pub struct Give {
        /// Who may use it: any account but the sender's own and the protocol's.
        pub grantee: Address,
        /// Which kinds of message, such as token.transfer or staking.claim_rewards.
        pub kinds: Kinds,
        /// Most that may leave in all, asset by asset.
        #[serde(default)]
        pub caps: List<Coin, BUDGETS_MAX>,
        /// Most that may leave in each period, asset by asset.
        #[serde(default)]
        pub period_caps: List<Coin, BUDGETS_MAX>,
        /// How long a period is; the first begins now.
        #[serde(default)]
        pub period_ms: u64,
        /// For how many messages; no limit if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub uses: Option<u64>,
        /// From when on it is worth nothing, in milliseconds since 1970; never if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_unix_ms: Option<u64>,
    }
}

impl Give {
    fn terms(&self) -> Terms<'_> {
        Terms {
            grantee: self.grantee,
            covers: Covers::Messages,
            kinds: &self.kinds,
            caps: self.caps.to_vec(),
            period_caps: self.period_caps.to_vec(),
            period_ms: self.period_ms,
            uses: self.uses,
            expires_unix_ms: self.expires_unix_ms,
        }
    }
}

impl Message for Give {
    const TAG: u8 = 1;
    const NAME: &'static str = "give";

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"grantee":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","kinds":["token.transfer","staking.claim_rewards"],
            "caps":[{"asset":"0","amount":"5000000000"}],"period_caps":[{"asset":"0","amount":"1000000000"}],"period_ms":86400000,
            "uses":20,"expires_unix_ms":1900000000000}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        let none = Error::MalformedTerms { reason: "it names no kind of message".to_owned() };
        ensure(!self.kinds.is_empty(), none)?;
        self.terms().check()
    }

    /// Reads number, count and the assets that it caps; writes number, count and the grant, and two lines beside the
    /// tree.
    fn gas(&self) -> u64 {
        let assets = self.caps.len().saturating_add(self.period_caps.len());
        leaves_gas(u64::try_from(assets).unwrap_or(u64::MAX).saturating_add(4), 3)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        self.terms().give(ctx)
    }
}
