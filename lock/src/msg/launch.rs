use chortle_kernel::{
    Address, Amount, Coin, Ctx, Failure, List, Message, Reach, Reject, ensure, gas::leaves_gas, message,
    record,
};
use chortle_token::{self as token, msg::CreateAsset, template::Template};

use crate::{
    error::Error,
    lock,
    schedule::Schedule,
    types::{LOCKS, NewLock},
};

/// Most locks of a launch.
pub const LOCKS_MAX: usize = 64;
/// A `vested` asset locks at least this part of its supply, for ever out of the creator's reach …
pub const VESTED_SUPPLY_DIVISOR: u64 = 10;
/// … and for at least so long: 30 days.
pub const VESTED_MS_MIN: u64 = 2_592_000_000;

record! {
    /// A part of a first supply that its owner gets over time.
    pub struct LockedPart {
        /// Who gets it: any account but the protocol's.
        pub owner: Address,
        /// How much, in base units.
        #[schemars(extend("x-unit" = "created"))]
        pub amount: Amount,
        /// When it vests.
        #[schemars(extend("x-unit" = "created"))]
        pub schedule: Schedule,
        /// Whether the creator may take back what has not vested.
        #[serde(default)]
        pub revocable: bool,
    }
}

record! {
    /// Creates an asset of which parts are locked from the first block on. Needed for the template `vested`, which
    /// locks at least a tenth of its supply for at least 30 days and cannot be revoked.
    pub struct Launch {
        /// The asset, as `token create-asset` takes it.
        pub asset: CreateAsset,
        /// The parts of its supply that are locked; the creator is their funder.
        pub locks: List<LockedPart, LOCKS_MAX>,
    }
}

impl Launch {
    fn locked(&self) -> Amount {
        Amount::checked_sum(self.locks.iter().map(|part| part.amount)).unwrap_or(Amount::MAX)
    }

    /// What is locked for good until a time.
    fn locked_beyond(&self, unix_ms: u64) -> Amount {
        let parts = self.locks.iter().filter(|part| !part.revocable);
        let unvested = parts.map(|part| {
            part.amount.checked_sub(part.schedule.vested(part.amount, unix_ms)).unwrap_or_default()
        });
        Amount::checked_sum(unvested).unwrap_or(Amount::MAX)
    }

    fn ensure_vested(&self, now_unix_ms: u64) -> Result<(), Reject> {
        if self.asset.template() != Template::Vested {
            return Ok(());
        }
        let least = self.asset.supply.mul_div_ceil(1, VESTED_SUPPLY_DIVISOR).unwrap_or(Amount::MAX);
        let locked = self.locked_beyond(now_unix_ms.saturating_add(VESTED_MS_MIN).saturating_sub(1));
        ensure(locked >= least, Error::TooLittleVested { locked, least })
    }
}

impl Message for Launch {
    const TAG: u8 = 4;
    const NAME: &'static str = "launch";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"asset":{"decimals":0,"name":"Team","supply":"9","symbol":"TEAM","template":"fixed"},
            "locks":[{"amount":"5","owner":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr",
            "schedule":{"linear":{"cliff_unix_ms":2,"end_unix_ms":3,"start_unix_ms":1}}}]}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.locks.is_empty(), Error::NoLocks {})?;
        for part in self.locks.iter() {
            ensure(!part.amount.is_zero(), token::Error::ZeroAmount {})?;
            token::protocol::ensure_user_account(&part.owner)?;
            part.schedule.ensure_valid(part.amount)?;
        }
        self.asset.check_with(self.locked())
    }

    /// The asset's; all locks together read and write their next number and their escrow, and each is written and
    /// listed three times.
    fn gas(&self) -> u64 {
        let locks = u64::try_from(self.locks.len()).unwrap_or(u64::MAX);
        let reads = locks.saturating_mul(3).saturating_add(3);
        self.asset.gas().saturating_add(leaves_gas(reads, locks.saturating_add(2)))
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let creator = ctx.signer()?;
        self.ensure_vested(ctx.block.time_unix_ms)?;
        let asset = self.asset.create(ctx, &creator, self.locked())?;
        for LockedPart { owner, amount, schedule, revocable } in self.locks.iter() {
            let coin = Coin { asset, amount: *amount };
            let new = NewLock { owner: *owner, coin, schedule: schedule.clone(), revocable: *revocable };
            lock::ensure_lockable(ctx, &new)?;
            token::mint(ctx, &LOCKS, coin)?;
            lock::open(ctx, &creator, new)?;
        }
        Ok(())
    }
}
