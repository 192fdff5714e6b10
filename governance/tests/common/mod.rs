//! A chain with token, staking and governance alone, block by block. Every invariant and escrow is checked after every
//! block. What reaches other modules is tested with all of them, in `app/tests/governance`.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::{collections::BTreeMap, sync::Arc};

use chortle_governance::{
    Params, msg, state,
    types::{Ballot, Proposal, Stage, Tally},
};
use chortle_kernel::{
    Address, Amount, AssetId, BlockInfo, Coin, Ctx, Effects, EventRecord, Failure, List, Message, Module,
    Origin, Reject, State, Text, hash,
};
use chortle_staking::{ConsensusKey, msg as staking};
use chortle_token::{msg as token, state as token_state};
use ed25519_zebra::{SigningKey, VerificationKey};
use serde_json::{Value, json};

pub const LOL: u64 = 1_000_000_000;
pub const START: u64 = 1_800_000_000_000;
pub const VALIDATORS: [&str; 4] = ["v0", "v1", "v2", "v3"];
pub const USERS: [&str; 6] = ["u0", "u1", "u2", "u3", "u4", "u5"];
/// What a whole deposit is on these chains.
pub const WHOLE: u64 = 100 * LOL;
/// How long voting lasts on them.
pub const VOTING_MS: u64 = 100_000;

const MODULES: [&Module; 3] = [&chortle_token::MODULE, &chortle_staking::MODULE, &chortle_governance::MODULE];

pub fn who(name: &str) -> Address {
    Address::of_ed25519(&hash::sha256(name.as_bytes()))
}

pub fn amount(nlol: u64) -> Amount {
    Amount::new(nlol).unwrap()
}

fn key(name: &str) -> ConsensusKey {
    ConsensusKey(VerificationKey::from(&SigningKey::from(hash::tagged("consensus", name.as_bytes()))).into())
}

fn staking_section() -> Value {
    let mut section = (chortle_staking::MODULE.genesis.default)();
    section["params"]["seat_min"] = LOL.to_string().into();
    section["params"]["unbonding_ms"] = 20_000.into();
    let row = |name: &&str| {
        json!({
            "operator": who(name), "key": key(name), "self_bond": (100 * LOL).to_string(),
            "commission_bps": 1_000, "ceiling_bps": 5_000, "step_bps": 100,
            "description": { "name": name, "uri": "" },
        })
    };
    section["validators"] = VALIDATORS.iter().map(row).collect();
    section
}

fn governance_section(set: impl Fn(&mut Value)) -> Value {
    let mut section = (chortle_governance::MODULE.genesis.default)();
    section["constitution"]["voting_min_ms"] = 1.into();
    section["constitution"]["delay_min_ms"] = 0.into();
    let params = &mut section["params"];
    params["deposit_base"] = WHOLE.to_string().into();
    for (name, value) in [
        ("deposit_ms", 50_000),
        ("voting_ms", VOTING_MS),
        ("expedited_voting_ms", 20_000),
        ("late_ms", 10_000),
        ("params_delay_ms", 30_000),
        ("treasury_delay_ms", 40_000),
        ("act_delay_ms", 60_000),
        ("window_ms", 100_000),
    ] {
        params[name] = value.into();
    }
    set(params);
    section
}

pub struct Chain {
    pub state: State,
    pub block: BlockInfo,
    /// Events since the last block began.
    pub events: Vec<EventRecord>,
}

impl Chain {
    pub fn new() -> Self {
        Self::set(|_| {})
    }

    /// A chain whose rules of governance are changed by `set`.
    pub fn set(set: impl Fn(&mut Value)) -> Self {
        let row = |name: &&str| json!({ "address": who(name), "balance": (1_000 * LOL).to_string() });
        let mut token = (chortle_token::MODULE.genesis.default)();
        token["accounts"] = VALIDATORS.iter().chain(&USERS).map(row).collect();
        let block = BlockInfo { chain_id: "c".into(), time_unix_ms: START, ..BlockInfo::default() };
        let mut chain = Self::from(&[token, staking_section(), governance_section(set)], &block);
        chain.next();
        chain
    }

    /// A chain of these sections that goes on after a block.
    pub fn from(sections: &[Value; 3], last: &BlockInfo) -> Self {
        let state = State::over(Arc::new(BTreeMap::new()));
        let mut chain = Self { state, block: last.clone(), events: Vec::new() };
        for (module, section) in MODULES.iter().zip(sections) {
            chain.act(Origin::Protocol, |ctx| (module.genesis.init)(section, ctx)).unwrap();
        }
        chain.check();
        chain
    }

    /// The sections that would give this state.
    pub fn export(&self) -> [Value; 3] {
        MODULES.map(|module| (module.genesis.export)(&self.state).unwrap())
    }

    pub fn check(&self) {
        for module in MODULES {
            for invariant in module.invariants {
                (invariant.check)(&self.state)
                    .unwrap_or_else(|found| panic!("{} at {}: {found}", invariant.name, self.block.height));
            }
            for escrow in module.escrows {
                chortle_token::check_escrow(&self.state, escrow).unwrap();
            }
        }
    }

    pub fn act<T>(&mut self, origin: Origin, f: impl FnOnce(&mut Ctx<'_>) -> T) -> T {
        let mut effects = Effects::default();
        let result = f(&mut Ctx::alone(&mut self.state, &self.block, origin, &mut effects));
        self.events.extend(effects.take_events());
        result
    }

    /// Ends the block and begins the next.
    pub fn next(&mut self) {
        self.act(Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.end.unwrap()(ctx)).unwrap();
        self.state.release();
        self.check();
        self.block.height += 1;
        self.block.time_unix_ms += 1_000;
        self.events.clear();
        self.act(Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.begin.unwrap()(ctx)).unwrap();
        self.act(Origin::Protocol, |ctx| chortle_token::MODULE.hooks.due.unwrap()(ctx)).unwrap();
        self.act(Origin::Protocol, |ctx| chortle_governance::MODULE.hooks.due.unwrap()(ctx)).unwrap();
        self.check();
    }

    pub fn run(&mut self, blocks: u64) {
        (0..blocks).for_each(|_| self.next());
    }

    /// Lets time pass in one block.
    pub fn pass(&mut self, ms: u64) {
        self.block.time_unix_ms += ms.saturating_sub(1_000);
        self.next();
    }

    /// Sends a message; what is refused leaves no trace.
    pub fn send_or<M: Message>(&mut self, from: &str, message: &M) -> Result<(), Reject> {
        message.check()?;
        let (savepoint, events) = (self.state.savepoint(), self.events.len());
        let result = self.act(Origin::Account(who(from)), |ctx| message.execute(ctx));
        result.map_err(|failure| {
            self.state.rollback(savepoint);
            self.events.truncate(events);
            match failure {
                Failure::Reject(reject) => reject,
                Failure::Halt(halt) => panic!("{halt}"),
            }
        })
    }

    pub fn send<M: Message>(&mut self, from: &str, message: &M) -> Result<(), &'static str> {
        self.send_or(from, message).map_err(|reject| reject.name)
    }

    /// A text of `from` with so much deposit. Answers its number.
    pub fn text(&mut self, from: &str, deposit: u64) -> u64 {
        let id = state::NEXT_ID.get(&self.state).unwrap().unwrap_or(1);
        self.send(from, &text(deposit)).unwrap();
        id
    }

    /// A text that is voted on.
    pub fn voting(&mut self) -> u64 {
        let id = self.text("u5", WHOLE);
        self.next();
        assert_eq!(self.proposal(id).stage, Stage::Voting);
        id
    }

    pub fn vote(
        &mut self,
        from: &str,
        id: u64,
        [yes, no, abstain, veto]: [u64; 4],
    ) -> Result<(), &'static str> {
        self.send(from, &ballot(id, [yes, no, abstain, veto], &[]))
    }

    pub fn yes(&mut self, from: &str, id: u64) {
        self.vote(from, id, [10_000, 0, 0, 0]).unwrap();
    }

    pub fn proposal(&self, id: u64) -> Proposal {
        state::PROPOSAL.get(&self.state, &id).unwrap().unwrap()
    }

    pub fn tally(&self, id: u64) -> [u64; 4] {
        let Tally { yes, no, abstain, veto } = state::TALLY.get(&self.state, &id).unwrap().unwrap();
        [yes, no, abstain, veto].map(Amount::base_units)
    }

    pub fn ballot(&self, id: u64, voter: &str) -> Option<Ballot> {
        state::BALLOT.get(&self.state, &(id, who(voter))).unwrap()
    }

    pub fn params(&self) -> Params {
        state::PARAMS.get(&self.state).unwrap().unwrap()
    }

    pub fn set_params(&mut self, change: impl FnOnce(&mut Params)) {
        let mut params = self.params();
        change(&mut params);
        state::PARAMS.set(&mut self.state, &params);
    }

    pub fn nlol(&self, name: &str) -> u64 {
        chortle_token::native_balance(&self.state, &who(name)).unwrap().base_units()
    }

    pub fn supply(&self) -> u64 {
        chortle_token::supply(&self.state, AssetId::NATIVE).unwrap().base_units()
    }

    pub fn delegate(&mut self, user: &str, to: &str, nlol: u64) {
        self.send(user, &staking::Delegate { validator: who(to), amount: amount(nlol) }).unwrap();
    }

    pub fn undelegate(&mut self, user: &str, from: &str, nlol: u64) {
        self.send(user, &staking::Undelegate { validator: who(from), amount: amount(nlol) }).unwrap();
    }

    pub fn redelegate(&mut self, user: &str, from: &str, to: &str, nlol: u64) {
        let message = staking::Redelegate { source: who(from), destination: who(to), amount: amount(nlol) };
        self.send(user, &message).unwrap();
    }

    /// A token of `u0` that its holders govern: 1,000,000 base units each for u0 to u3, of whom the admin is u0; with
    /// capabilities beside `burn` and `tax`.
    pub fn community(&mut self, capabilities: &[&str]) -> AssetId {
        let asset = token_state::NEXT_RULED_ID.get(&self.state).unwrap().unwrap();
        let capabilities: Vec<&str> = ["burn", "tax"].iter().chain(capabilities).copied().collect();
        let parts = ["u1", "u2", "u3"].map(|user| json!({ "to": who(user), "amount": "1000000" }));
        let create: token::CreateAsset = serde_json::from_value(json!({
            "symbol": "LAUGH", "name": "Laugh together", "decimals": 0, "supply": "4000000", "cap": "9000000",
            "minter": if capabilities.contains(&"mint") { "admin" } else { "nobody" }, "template": "community",
            "capabilities": capabilities, "distribution": parts,
            "tax": { "burn_bps": 50, "reflect_bps": 100, "treasury_bps": 150, "liquidity_bps": 50 },
        }))
        .unwrap();
        self.send("u0", &create).unwrap();
        asset
    }

    /// A text of an asset's holders that is voted on.
    pub fn voting_of(&mut self, asset: AssetId) -> u64 {
        let id = state::NEXT_ID.get(&self.state).unwrap().unwrap_or(1);
        self.send("u5", &msg::Submit { community: Some(asset), ..text(WHOLE) }).unwrap();
        self.next();
        assert_eq!(self.proposal(id).stage, Stage::Voting);
        id
    }

    pub fn give(&mut self, from: &str, to: &str, asset: AssetId, units: u64) -> Result<(), &'static str> {
        self.send(from, &token::Transfer { to: who(to), coin: Coin { asset, amount: amount(units) } })
    }

    /// What an account has of a ruled asset as stored: what votes.
    pub fn units(&self, user: &str, asset: AssetId) -> u64 {
        let holding = token_state::HOLDING.get(&self.state, &(who(user), asset)).unwrap();
        holding.unwrap_or_default().balance.base_units()
    }

    pub fn represent(&mut self, user: &str, by: Option<&str>) {
        let message = msg::SetRepresentative { representative: by.map(who), class: None };
        self.send(user, &message).unwrap();
    }
}

pub fn text(deposit: u64) -> msg::Submit {
    msg::Submit {
        title: Text::parse("A title").unwrap(),
        summary: Text::parse("A summary").unwrap(),
        messages: List::default(),
        deposit: amount(deposit),
        expedited: false,
        optimistic: false,
        community: None,
    }
}

pub fn ballot(proposal: u64, [yes, no, abstain, veto]: [u64; 4], holders: &[&str]) -> msg::Vote {
    let holders: Vec<Address> = holders.iter().map(|name| who(name)).collect();
    let holders = List::parse(holders).unwrap();
    msg::Vote { proposal, yes, no, abstain, veto, delegations: 16, holders }
}
