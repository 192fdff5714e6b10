use chortle_kernel::{
    Authority, Ctx, Failure, Message, Reject, Text,
    gas::{leaves_gas, leaves_of},
    message, record,
};

use crate::{
    plan,
    types::{
        BINARIES_MAX, Binaries, HASH_DIGITS, INFO_MAX, NAME_MAX, PLATFORM_MAX, Plan, ensure_binaries,
        ensure_info, ensure_name,
    },
};

/// Most bytes of a plan, with its lengths.
const PLAN_BYTES_MAX: usize = NAME_MAX + INFO_MAX + BINARIES_MAX * (PLATFORM_MAX + HASH_DIGITS + 8) + 20;

record! {
    /// Plans an upgrade: at a height the program that runs now stops, and the one with this hash goes on. For
    /// governance.
    pub struct ScheduleUpgrade {
        /// Its name, which no upgrade had before: that of the folder in which operators put the program.
        pub name: Text<NAME_MAX>,
        /// Height of the first block that the new program makes.
        pub height: u64,
        /// The new program, for each platform.
        pub binaries: Binaries,
        /// Where to read more.
        pub info: Text<INFO_MAX>,
    }
}

impl Message for ScheduleUpgrade {
    const TAG: u8 = 1;
    const NAME: &'static str = "schedule_upgrade";
    const AUTHORITY: Authority = Authority::Governance;
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"name":"v2","height":100000,"binaries":[{"platform":"linux/amd64","sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}],"info":"https://example.org/releases/v2"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure_name(&self.name)?;
        ensure_info(&self.info)?;
        ensure_binaries(&self.binaries)
    }

    /// Reads rules, plan and the name; writes the plan, which is longer than a leaf.
    fn gas(&self) -> u64 {
        leaves_gas(3, leaves_of(PLAN_BYTES_MAX))
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let Self { name, height, binaries, info } = self.clone();
        plan::schedule(ctx, Plan { name, height, binaries, info })
    }
}
