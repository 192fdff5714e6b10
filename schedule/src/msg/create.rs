use chortle_kernel::{
    Amount, Carried, Ctx, Failure, Halt, List, Message, Reject, ensure,
    gas::{leaves_gas, leaves_of},
    message, record,
    tx::RawMessage,
};
use chortle_token as token;

use crate::{
    error::Error,
    event::Created,
    schedule::{account, insert, lol, params, run_gas},
    state::{NEXT_ID, OPEN, OWNER},
    types::{
        BYTES_MAX, Clock, Content, EVERY_MS_MIN, MESSAGES_MAX, Params, Queue, SCHEDULES, Schedule, TIMES_MAX,
    },
};

record! {
    /// Runs messages for the sender at a block time or a height, once or again and again. Their gas is paid now, at the
    /// highest price that the sender would pay; a deposit and what the runs do not need come back with the last one.
    /// What may run is judged when it runs: if it is refused it costs its gas, and is not tried again.
    pub struct Create {
        /// What runs, in order, all or nothing.
        pub messages: List<RawMessage, MESSAGES_MAX>,
        /// Block time of the first run, in milliseconds since 1970. Give this or a height.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub at_unix_ms: Option<u64>,
        /// Height of the first run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub at_height: Option<u64>,
        /// How long after each run the next is, if the first is at a time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub every_ms: Option<u64>,
        /// How many blocks after each run the next is, if the first is at a height.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub every_blocks: Option<u64>,
        /// How many runs in all; one if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub times: Option<u64>,
        /// Most nlol per gas of a run. While the chain's price is above it nothing runs: a run that is due fails.
        pub price_max: u64,
    }
}

/// When a schedule runs.
struct Times {
    clock: Clock,
    first: u64,
    every: u64,
    times: u64,
}

impl Times {
    /// When the last run is.
    fn last(&self) -> u64 {
        self.first.saturating_add(self.every.saturating_mul(self.times.saturating_sub(1)))
    }

    fn ensure_ahead(&self, ctx: &Ctx<'_>, params: &Params) -> Result<(), Reject> {
        let (now, ahead) = match self.clock {
            Clock::Time => (ctx.block.time_unix_ms, params.ahead_ms),
            Clock::Height => (ctx.block.height, params.ahead_blocks),
        };
        let (at, latest) = (self.last(), now.saturating_add(ahead));
        ensure(self.first > now, Error::NotAhead { at: self.first, now })?;
        ensure(at <= latest, Error::TooFar { at, latest })
    }
}

impl Create {
    fn times(&self) -> Result<Times, Reject> {
        let malformed = |reason: &str| Error::MalformedTimes { reason: reason.to_owned() };
        let (clock, first, every, least) =
            match (self.at_unix_ms, self.at_height, self.every_ms, self.every_blocks) {
                (Some(at), None, every, None) => (Clock::Time, at, every, EVERY_MS_MIN),
                (None, Some(at), None, every) => (Clock::Height, at, every, 1),
                (Some(_), Some(_), ..) => {
                    return Err(malformed("it names a time and a height: name one").into());
                }
                (None, None, ..) => return Err(malformed("it names neither a time nor a height").into()),
                _ => return Err(malformed("times recur by the clock, and heights by blocks").into()),
            };
        let times = self.times.unwrap_or(1);
        ensure(
            (1..=TIMES_MAX).contains(&times),
            malformed("it runs once at least, and 100000 times at most"),
        )?;
        ensure(
            (times > 1) == every.is_some(),
            malformed("what runs again says how often, and after how long"),
        )?;
        ensure(every.is_none_or(|every| every >= least), malformed("its runs follow each other too fast"))?;
        Ok(Times { clock, first, every: every.unwrap_or_default(), times })
    }
}

impl Message for Create {
    const TAG: u8 = 1;
    const NAME: &'static str = "create";

    fn examples() -> Vec<Self> {
        [
            r#"{"messages":[{"module":1,"tag":4,"body":"0x07070707070707070707070707070707070707070000000000000000c800000000000000"}],"at_unix_ms":60000,"price_max":2}"#,
            r#"{"messages":[{"module":1,"tag":4,"body":"0x07070707070707070707070707070707070707070000000000000000c800000000000000"}],"at_height":700,"every_blocks":100,"times":5,"price_max":2}"#,
        ]
        .into_iter()
        .flat_map(message::example)
        .collect()
    }

    fn check(&self) -> Result<(), Reject> {
        let bytes = RawMessage::bytes_of(&self.messages);
        let size = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
        ensure(!self.messages.is_empty(), Error::NothingToRun {})?;
        ensure(bytes <= BYTES_MAX, Error::TooLong { bytes: size(bytes), max: size(BYTES_MAX) })?;
        self.times().map(drop)
    }

    /// Reads rules; reads and writes number, owner, how many there are, two balances; writes record, content, and where
    /// it waits. Content costs by its length, as leaves do.
    fn gas(&self) -> u64 {
        leaves_gas(8, 8).saturating_add(leaves_gas(0, leaves_of(RawMessage::bytes_of(&self.messages))))
    }

    fn carried(&self) -> Carried<'_> {
        Carried::Later(&self.messages)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (owner, times) = (account(ctx)?, self.times()?);
        let params = params(ctx.state)?;
        let of_owner = OWNER.get(ctx.state, &owner)?.unwrap_or_default();
        let open = OPEN.get(ctx.state)?.unwrap_or_default();
        let id = NEXT_ID.get(ctx.state)?.unwrap_or(1);
        let calls = ctx.decode(&self.messages)?;

        times.ensure_ahead(ctx, &params)?;
        calls.iter().try_for_each(|call| call.ensure_authority(ctx.origin))?;
        let gas = run_gas(&self.messages, &calls, params.run_gas_max)?;
        let (found, price) = (self.price_max, ctx.block.gas_price);
        ensure(found >= price, Error::PriceTooLow { found, price })?;
        ensure(of_owner.open < params.owner_max, Error::TooMany { max: params.owner_max })?;
        ensure(open < params.open_max, Error::TooManyInAll { max: params.open_max })?;
        let prepaid =
            gas.checked_mul(found).and_then(|one| one.checked_mul(times.times)).and_then(Amount::new);
        let escrowed = prepaid.and_then(|prepaid| prepaid.checked_add(params.deposit));
        let escrowed = escrowed.ok_or(Error::TooDear {})?;

        let next = id.checked_add(1).ok_or_else(|| Halt::new("numbers of schedules are used up"))?;
        NEXT_ID.set(ctx.state, &next);
        token::deposit(ctx, &owner, &SCHEDULES, lol(escrowed), Some(&owner))?;
        let Times { clock, first, every, times } = times;
        let schedule = Schedule {
            owner,
            clock,
            next: first,
            every,
            times_left: times,
            gas,
            gas_price_max: found,
            escrowed,
            deposit: params.deposit,
            place: Queue::at(clock, first),
            until_unix_ms: 0,
            runs: 0,
            failure: None,
        };
        insert(ctx.state, id, &schedule, &Content { messages: self.messages.clone() })?;
        ctx.emit(&Created { schedule: id, owner, clock, next: first, every, times, escrowed });
        Ok(())
    }
}
