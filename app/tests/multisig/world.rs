//! All modules around one state: messages of anyone run through the one router, and every invariant is checked after
//! each.

use std::{collections::BTreeMap, sync::Arc};

use chortle_app::{MODULES, genesis, invariant};
use chortle_kernel::{
    Address, Amount, AssetId, BlockInfo, Coin, Ctx, Effects, EventRecord, Failure, List, Message, Origin,
    Place, ReadState, Reject, Router, State, Text,
    gate::{Pause, Pauses, Scope},
    tx::RawMessage,
};
use chortle_multisig::{
    address_of,
    msg::{Approve, Cancel, Configure, Create, Execute, Propose, Spend, Withdraw},
    payload_of, seed_of,
    state::{CONTENT, NEXT_ID, PROPOSAL},
    types::{Limit, Member, Proposal},
};
use serde_json::Value;

use crate::common::{self, address, amount, engine, raw, start};

pub const DAY_MS: u64 = 86_400_000;

pub struct World {
    pub state: State,
    pub block: BlockInfo,
    /// What happened since it was last taken.
    pub events: Vec<EventRecord>,
}

pub fn coin(asset: u64, units: u64) -> Coin {
    Coin { asset: AssetId(asset), amount: amount(units) }
}

pub fn transfer(to: &str, units: u64) -> RawMessage {
    common::pay(to, units)
}

/// A message by its names and its JSON form.
pub fn message(module: &str, name: &str, body: Value) -> RawMessage {
    let (tag, kind) = MODULES.tags(module, name).unwrap();
    let body = (kind.from_json)(body).unwrap();
    RawMessage { module: tag, tag: kind.tag, body: chortle_kernel::Bytes::parse(body).unwrap() }
}

pub fn of<M: Message>(message: &M) -> RawMessage {
    raw("multisig", message)
}

pub fn members(weights: &[(Address, u32)]) -> List<Member, 32> {
    let member = |(account, weight): &(Address, u32)| Member { account: *account, weight: *weight };
    List::parse(weights.iter().map(member).collect::<Vec<_>>()).unwrap()
}

pub fn limit(member: &str, asset: u64, units: u64, period_ms: u64) -> Limit {
    Limit { member: address(member), coin: coin(asset, units), period_ms }
}

pub fn founding(weights: &[(Address, u32)], threshold: u64, delay_ms: u64, limits: Vec<Limit>) -> Create {
    let limits = List::parse(limits).unwrap();
    Create { members: members(weights), threshold, delay_ms, limits, salt: 0 }
}

pub fn configure(weights: &[(Address, u32)], threshold: u64, delay_ms: u64, limits: Vec<Limit>) -> Configure {
    let limits = List::parse(limits).unwrap();
    Configure { members: members(weights), threshold, delay_ms, limits }
}

/// The address of an account before anyone makes it known.
pub fn address_before(create: &Create) -> Address {
    address_of(&seed_of(&create.config(), create.salt))
}

pub fn each(names: &[&str]) -> Vec<(Address, u32)> {
    names.iter().map(|name| (address(name), 1)).collect()
}

impl World {
    /// Alice, bob and carol have LOL.
    pub fn new() -> Self {
        Self::of(&common::sections())
    }

    pub fn of(sections: &Value) -> Self {
        let mut state = State::over(Arc::new(BTreeMap::new()));
        let engine = engine();
        genesis::init(&MODULES, &start(sections, &engine), &mut state).unwrap();
        let block = BlockInfo { height: 1, time_unix_ms: common::TIME_MS, ..BlockInfo::default() };
        let world = Self { state, block, events: Vec::new() };
        world.check();
        world
    }

    pub fn check(&self) {
        invariant::check(&MODULES, &self.state).unwrap();
    }

    pub fn now(&self) -> u64 {
        self.block.time_unix_ms
    }

    pub fn pass(&mut self, ms: u64) {
        self.block.time_unix_ms += ms;
        self.block.height += 1;
    }

    /// Runs a message as a transaction of its own would; what is refused leaves no trace.
    pub fn run(&mut self, from: Address, raw: &RawMessage) -> Result<(), Reject> {
        let call = MODULES.decode(raw, 0)?;
        let pauses = Pauses::read(&self.state).unwrap();
        call.ensure_running(&pauses, self.now())?;
        let place = Place::root(&MODULES, &pauses, call.gas().unwrap());
        let (mut effects, origin) = (Effects::default(), Origin::Account(from));
        let mut ctx = Ctx::new(&mut self.state, &self.block, origin, &mut effects, place);
        match ctx.attempt(|ctx| MODULES.run(ctx, &call)) {
            Ok(()) => self.events.extend(effects.take_events()),
            Err(Failure::Reject(reject)) => return Err(reject),
            Err(Failure::Halt(halt)) => panic!("{halt}"),
        }
        self.state.release();
        self.check();
        Ok(())
    }

    /// The name of what refuses it, if anything does.
    pub fn send(&mut self, from: &str, raw: &RawMessage) -> Result<(), &'static str> {
        let before = self.state.writes().clone();
        let sent = self.run(address(from), raw).map_err(|reject| reject.name);
        assert!(sent.is_ok() || before == *self.state.writes(), "a refusal left something");
        sent
    }

    /// Makes an account known and gives it LOL.
    pub fn shared(&mut self, create: &Create, nlol: u64) -> Address {
        let account = address_before(create);
        self.send("carol", &of(create)).unwrap();
        self.fund(account, nlol);
        account
    }

    pub fn fund(&mut self, account: Address, nlol: u64) {
        let gift = chortle_token::msg::Transfer { to: account, coin: coin(0, nlol) };
        self.send("carol", &raw("token", &gift)).unwrap();
    }

    /// A proposal that expires in ten days beyond the delay, at most.
    pub fn proposing(&self, account: Address, messages: Vec<RawMessage>) -> Propose {
        let owner = chortle_multisig::state::ACCOUNT.get(&self.state, &account).unwrap();
        let delay_ms = owner.map_or(0, |owner| owner.config.delay_ms);
        let (title, messages) = (Text::default(), List::parse(messages).unwrap());
        Propose { account, title, messages, expires_unix_ms: self.now() + delay_ms + 10 * DAY_MS }
    }

    pub fn propose(
        &mut self,
        from: &str,
        account: Address,
        messages: Vec<RawMessage>,
    ) -> Result<u64, &'static str> {
        let id = NEXT_ID.get(&self.state, &account).unwrap().unwrap_or(1);
        let propose = self.proposing(account, messages);
        self.send(from, &of(&propose)).map(|()| id)
    }

    pub fn approval(&self, account: Address, proposal: u64) -> Approve {
        let messages = self.content(account, proposal);
        Approve { account, proposal, payload: payload_of(&messages) }
    }

    pub fn approve(&mut self, from: &str, account: Address, proposal: u64) -> Result<(), &'static str> {
        let approve = self.approval(account, proposal);
        self.send(from, &of(&approve))
    }

    pub fn withdraw(&mut self, from: &str, account: Address, proposal: u64) -> Result<(), &'static str> {
        self.send(from, &of(&Withdraw { account, proposal }))
    }

    pub fn cancel(&mut self, from: &str, account: Address, proposal: u64) -> Result<(), &'static str> {
        self.send(from, &of(&Cancel { account, proposal }))
    }

    pub fn spend(&mut self, from: &str, account: Address, to: &str, units: u64) -> Result<(), &'static str> {
        self.send(from, &of(&Spend { account, to: address(to), coin: coin(0, units) }))
    }

    pub fn execution(&self, account: Address, proposal: u64) -> Execute {
        let messages = List::parse(self.content(account, proposal)).unwrap();
        Execute { account, proposal, messages }
    }

    pub fn execute(&mut self, from: &str, account: Address, proposal: u64) -> Result<(), &'static str> {
        let execute = self.execution(account, proposal);
        self.send(from, &of(&execute))
    }

    /// What an open proposal says; a transfer of nothing to nobody if there is none.
    pub fn content(&self, account: Address, proposal: u64) -> Vec<RawMessage> {
        let content = CONTENT.get(&self.state, &(account, proposal)).unwrap();
        content.map_or_else(|| vec![transfer("nobody", 1)], |content| content.messages.to_vec())
    }

    pub fn proposal(&self, account: Address, proposal: u64) -> Option<Proposal> {
        PROPOSAL.get(&self.state, &(account, proposal)).unwrap()
    }

    /// Proposed by the first, approved by the others, executed by an outsider once the delay has passed.
    pub fn decide(
        &mut self,
        account: Address,
        by: &[&str],
        delay_ms: u64,
        messages: Vec<RawMessage>,
    ) -> Result<(), &'static str> {
        let id = self.propose(by[0], account, messages)?;
        for member in &by[1..] {
            self.approve(member, account, id)?;
        }
        if delay_ms > 0 {
            assert_eq!(self.execute("mallory", account, id), Err("too_early"));
            self.pass(delay_ms - 1);
            assert_eq!(self.execute("mallory", account, id), Err("too_early"));
            self.pass(1);
        }
        self.execute("mallory", account, id)
    }

    pub fn nlol(&self, account: &Address) -> u64 {
        chortle_token::native_balance(&self.state, account).unwrap().base_units()
    }

    pub fn pause(&mut self, scope: Scope) {
        let mut effects = Effects::default();
        let mut ctx = Ctx::alone(&mut self.state, &self.block, Origin::Governance, &mut effects);
        chortle_kernel::dispatch::begin_pause(&mut ctx, Pause { scope, until_unix_ms: 0 }).unwrap();
    }

    pub fn unpause(&mut self, scope: &Scope) {
        let mut effects = Effects::default();
        let mut ctx = Ctx::alone(&mut self.state, &self.block, Origin::Governance, &mut effects);
        assert!(chortle_kernel::dispatch::end_pause(&mut ctx, scope).unwrap());
    }

    pub fn units(&self, account: &Address, asset: AssetId) -> Amount {
        chortle_token::balance(&self.state, account, asset).unwrap()
    }

    pub fn read(&self) -> &dyn ReadState {
        &self.state
    }
}
