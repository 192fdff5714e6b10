use chortle_kernel::{Ctx, Failure, Halt, List, Message, Reject, gas::leaves_gas, message, record};

use crate::{
    account::{self, BELOW_MAX},
    event::Configured,
    types::{Account, Config, LIMITS_MAX, Limit, MEMBERS_MAX, Member},
};

record! {
    /// Changes who decides over a shared account, all of it at once; its open proposals are void. The account itself
    /// sends it, by a proposal that its members approve.
    pub struct Configure {
        /// Who decides over it, each with a weight.
        pub members: List<Member, MEMBERS_MAX>,
        /// The weight that an approved proposal has at least: 1 to the sum of all.
        pub threshold: u64,
        /// How long a proposal waits once it has that weight, in milliseconds; at most 90 days.
        #[serde(default)]
        pub delay_ms: u64,
        /// What members may send by themselves, if anything. What they sent lately still counts.
        #[serde(default)]
        pub limits: List<Limit, LIMITS_MAX>,
    }
}

impl Configure {
    fn config(&self) -> Config {
        let Self { members, threshold, delay_ms, limits } = self.clone();
        Config { members, threshold, delay_ms, limits }.sorted()
    }
}

impl Message for Configure {
    const TAG: u8 = 2;
    const NAME: &'static str = "configure";

    fn examples() -> Vec<Self> {
        message::example(concat!(
            r#"{"members":[{"account":"lol1pyysjzgfpyysjzgfpyysjzgfpyysjzgfz3j8qm","weight":1},"#,
            r#"{"account":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","weight":1}],"threshold":2,"#,
            r#""limits":[{"member":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","coin":{"asset":"17","amount":"5"},"#,
            r#""period_ms":86400000}]}"#,
        ))
    }

    fn check(&self) -> Result<(), Reject> {
        self.config().ensure_sound()
    }

    /// Reads and writes the account; reads accounts below it and assets; writes a line for each member, of before
    /// too, and forgets what was sent under limits that are gone.
    fn gas(&self) -> u64 {
        let counted = [BELOW_MAX, MEMBERS_MAX, self.members.len(), self.limits.len(), 1];
        let reads = counted.into_iter().fold(0, usize::saturating_add);
        let writes = LIMITS_MAX.saturating_add(1);
        leaves_gas(u64::try_from(reads).unwrap_or(u64::MAX), u64::try_from(writes).unwrap_or(u64::MAX))
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (account, config) = (ctx.signer()?, self.config());
        let before = account::find(ctx.state, &account)?;
        account::ensure_no_circle(ctx.state, &account, &config.members)?;
        account::ensure_assets(ctx.state, &config)?;

        let version = before.version.checked_add(1).ok_or_else(|| Halt::new("versions are used up"))?;
        account::forget_spent(ctx.state, &account, &before.config, &config);
        let record = Account { version, config: config.clone(), ..before.clone() };
        account::save(ctx.state, &account, &record, Some(&before));
        ctx.emit(&Configured { account, version, config });
        Ok(())
    }
}
