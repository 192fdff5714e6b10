use chortle_kernel::{Ctx, Failure, List, Message, Reject, ensure, gas::leaves_gas, message, record};

use crate::{
    account,
    config::{address_of, seed_of},
    error::Error,
    event::SharedAccountCreated,
    state::ACCOUNT,
    types::{Account, Config, LIMITS_MAX, Limit, MEMBERS_MAX, Member},
};

record! {
    /// Makes a shared account known, so that its members can use it. All of it is in its address, which can be paid
    /// before, so anyone may send this.
    pub struct Create {
        /// Who decides over it, each with a weight.
        pub members: List<Member, MEMBERS_MAX>,
        /// The weight that an approved proposal has at least: 1 to the sum of all.
        pub threshold: u64,
        /// How long a proposal waits once it has that weight, in milliseconds; at most 90 days.
        #[serde(default)]
        pub delay_ms: u64,
        /// What members may send by themselves, if anything.
        #[serde(default)]
        pub limits: List<Limit, LIMITS_MAX>,
        /// Tells apart accounts that are otherwise the same.
        #[serde(default)]
        pub salt: u64,
    }
}

impl Create {
    /// What the account begins with.
    pub fn config(&self) -> Config {
        let Self { members, threshold, delay_ms, limits, .. } = self.clone();
        Config { members, threshold, delay_ms, limits }.sorted()
    }
}

impl Message for Create {
    const TAG: u8 = 1;
    const NAME: &'static str = "create";

    fn examples() -> Vec<Self> {
        message::example(concat!(
            r#"{"members":[{"account":"lol1pyysjzgfpyysjzgfpyysjzgfpyysjzgfz3j8qm","weight":1},"#,
            r#"{"account":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","weight":1}],"threshold":2}"#,
        ))
        .into_iter()
        .chain(message::example(concat!(
            r#"{"members":[{"account":"lol1pyysjzgfpyysjzgfpyysjzgfpyysjzgfz3j8qm","weight":1},"#,
            r#"{"account":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","weight":2}],"threshold":3,"delay_ms":86400000,"#,
            r#""limits":[{"member":"lol1pyysjzgfpyysjzgfpyysjzgfpyysjzgfz3j8qm","coin":{"asset":"0","amount":"5000000000"},"#,
            r#""period_ms":604800000}],"salt":1}"#,
        )))
        .collect()
    }

    fn check(&self) -> Result<(), Reject> {
        self.config().ensure_sound()
    }

    /// Reads and writes the account; reads the assets of its limits; writes a line for each member.
    fn gas(&self) -> u64 {
        let lines = self.members.len().saturating_add(self.limits.len());
        leaves_gas(u64::try_from(lines).unwrap_or(u64::MAX).saturating_add(1), 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let config = self.config();
        let seed = seed_of(&config, self.salt);
        let account = address_of(&seed);
        ensure(!ACCOUNT.has(ctx.state, &account)?, Error::AlreadyKnown { account })?;
        account::ensure_assets(ctx.state, &config)?;

        let record = Account { seed, version: 1, config: config.clone() };
        account::save(ctx.state, &account, &record, None);
        ctx.emit(&SharedAccountCreated { account, config });
        Ok(())
    }
}
