//! A chain with token and staking alone, driven as the engine drives it: what a block decides about the set signs two
//! heights later, and its votes are those of the block before. Every invariant is checked after every block.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::{collections::BTreeMap, sync::Arc};

use chortle_kernel::{
    Address, Amount, BlockInfo, Bytes, Ctx, Effects, EventRecord, Failure, Message, Origin, Reject, State,
    block::{Misbehavior, MisbehaviorKind, ValidatorPower, Vote},
    hash,
};
use chortle_staking::{ConsensusKey, Delegation, Params, Validator, msg, state};
use chortle_token::protocol;
use ed25519_zebra::{SigningKey, VerificationKey};
use serde_json::{Value, json};

pub const LOL: u64 = 1_000_000_000;
pub const START: u64 = 1_800_000_000_000;
pub const CHAIN_ID: &str = "c";
pub const VALIDATORS: [&str; 4] = ["v0", "v1", "v2", "v3"];
pub const USERS: [&str; 6] = ["u0", "u1", "u2", "u3", "u4", "u5"];

pub fn who(name: &str) -> Address {
    Address::of_ed25519(&hash::sha256(name.as_bytes()))
}

fn secret(name: &str) -> SigningKey {
    SigningKey::from(hash::tagged("consensus", name.as_bytes()))
}

pub fn key(name: &str) -> ConsensusKey {
    ConsensusKey(VerificationKey::from(&secret(name)).into())
}

/// A key's proof that its holder gives it to an operator.
pub fn proof(name: &str, operator: &Address) -> Bytes<64> {
    let signature: [u8; 64] = secret(name).sign(&ConsensusKey::proof_digest(CHAIN_ID, operator)).into();
    Bytes::parse(signature.to_vec()).unwrap()
}

pub fn amount(nlol: u64) -> Amount {
    Amount::new(nlol).unwrap()
}

type Powers = BTreeMap<[u8; 32], u64>;

pub struct Chain {
    pub state: State,
    pub block: BlockInfo,
    /// The set by the last block.
    pub powers: Powers,
    /// Sets by the height that decided them.
    pub decided: BTreeMap<u64, Powers>,
    /// Updates of the last block.
    pub updates: Vec<ValidatorPower>,
    /// Events since the last `begin_block`.
    pub events: Vec<EventRecord>,
    /// Whether every invariant is checked with each block.
    pub checked: bool,
    /// Blocks of an epoch.
    pub epoch_blocks: u64,
}

/// The section of a chain whose times are short, with validators of 100 LOL each.
pub fn section(validators: &[&str], set: impl Fn(&mut Value)) -> Value {
    let mut staking = (chortle_staking::MODULE.genesis.default)();
    let params = &mut staking["params"];
    params["seat_min"] = LOL.to_string().into();
    params["unbonding_ms"] = 20_000.into();
    params["window_blocks"] = 10.into();
    params["signed_min_bps"] = 5_000.into();
    params["downtime_jail_ms"] = 3_000.into();
    params["downtime_ppb"] = 10_000_000.into();
    params["restake_min"] = "1000".into();
    set(params);
    let row = |name: &&str| {
        json!({
            "operator": who(name), "key": key(name), "self_bond": (100 * LOL).to_string(),
            "commission_bps": 1_000, "ceiling_bps": 5_000, "step_bps": 100,
            "description": { "name": name, "uri": "" },
        })
    };
    staking["validators"] = validators.iter().map(row).collect();
    staking
}

impl Chain {
    pub fn new() -> Self {
        Self::set(&VALIDATORS, |_| {})
    }

    /// A chain of these validators whose parameters are changed by `set`.
    pub fn set(validators: &[&str], set: impl Fn(&mut Value)) -> Self {
        let row = |name: &&str| json!({ "address": who(name), "balance": (1_000 * LOL).to_string() });
        let mut token = (chortle_token::MODULE.genesis.default)();
        token["accounts"] = validators.iter().chain(&USERS).map(row).collect();
        Self::from(&token, &section(validators, set), &Self::start())
    }

    /// Where a chain begins that goes on from no other.
    pub fn start() -> BlockInfo {
        BlockInfo { time_unix_ms: START, ..BlockInfo::default() }
    }

    /// A chain of these sections that goes on with the height, time and epoch of a block.
    pub fn from(token: &Value, staking: &Value, last: &BlockInfo) -> Self {
        let BlockInfo { height, time_unix_ms, epoch, .. } = *last;
        let block =
            BlockInfo { chain_id: CHAIN_ID.into(), height, time_unix_ms, epoch, ..BlockInfo::default() };
        let mut chain = Self {
            state: State::over(Arc::new(BTreeMap::new())),
            block,
            powers: BTreeMap::new(),
            decided: BTreeMap::new(),
            updates: Vec::new(),
            events: Vec::new(),
            checked: true,
            epoch_blocks: 10,
        };
        chain.act(Origin::Protocol, |ctx| (chortle_token::MODULE.genesis.init)(token, ctx)).unwrap();
        chain.act(Origin::Protocol, |ctx| (chortle_staking::MODULE.genesis.init)(staking, ctx)).unwrap();
        chain.check();
        chain
    }

    /// What the engine does with updates, with its rules.
    fn apply(&mut self, updates: Vec<ValidatorPower>) {
        assert!(updates.windows(2).all(|two| two[0].key < two[1].key), "sorted by key, each key once");
        for ValidatorPower { key, power } in &updates {
            if *power == 0 {
                assert!(self.powers.remove(key).is_some(), "a removal of somebody outside the set");
            } else {
                self.powers.insert(*key, *power);
            }
        }
        let total = self.powers.values().fold(0u64, |sum, power| sum.checked_add(*power).unwrap());
        assert!(total <= i64::MAX as u64 / 8, "the total power is above what the engine accepts");
        if !updates.is_empty() {
            assert!(!self.powers.is_empty(), "an empty set");
            self.decided.insert(self.block.height, self.powers.clone());
            self.updates = updates;
        }
    }

    pub fn check(&self) {
        for module in [&chortle_token::MODULE, &chortle_staking::MODULE] {
            for invariant in module.invariants {
                (invariant.check)(&self.state)
                    .unwrap_or_else(|found| panic!("{} at {}: {found}", invariant.name, self.block.height));
            }
        }
    }

    pub fn act<T>(&mut self, origin: Origin, f: impl FnOnce(&mut Ctx<'_>) -> T) -> T {
        let mut effects = Effects::default();
        let result = f(&mut Ctx::alone(&mut self.state, &self.block, origin, &mut effects));
        self.events.extend(effects.take_events());
        self.apply(effects.take_validator_updates());
        result
    }

    /// Sends a message; what is refused leaves no trace.
    pub fn send_or<M: Message>(&mut self, from: Address, message: &M) -> Result<(), Reject> {
        message.check()?;
        let (savepoint, events) = (self.state.savepoint(), self.events.len());
        let result = self.act(Origin::Account(from), |ctx| message.execute(ctx));
        result.map_err(|failure| {
            self.state.rollback(savepoint);
            self.events.truncate(events);
            match failure {
                Failure::Reject(reject) => reject,
                Failure::Halt(halt) => panic!("{halt}"),
            }
        })
    }

    pub fn send<M: Message>(&mut self, from: Address, message: &M) -> Result<(), &'static str> {
        self.send_or(from, message).map_err(|reject| reject.name)
    }

    /// The set that signs a height: what was decided two heights before.
    pub fn set_of(&self, height: u64) -> &Powers {
        let until = height.saturating_sub(2);
        let row = self.decided.range(..=until).next_back().or_else(|| self.decided.iter().next());
        row.unwrap().1
    }

    pub fn end(&mut self) {
        self.act(Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.end.unwrap()(ctx)).unwrap();
        self.state.release();
        if self.checked {
            self.check();
        }
    }

    /// Begins the next block; keys in `absent` did not sign the one before.
    pub fn begin(&mut self, absent: &[ConsensusKey], misbehavior: Vec<Misbehavior>) {
        self.block.height += 1;
        self.block.time_unix_ms += 1_000;
        self.block.epoch = self.block.height / self.epoch_blocks;
        self.block.misbehavior = misbehavior;
        let signers =
            if self.block.height > 1 { self.set_of(self.block.height - 1).clone() } else { Powers::new() };
        let vote = |(key, power): (&[u8; 32], &u64)| {
            let (key, power) = (ConsensusKey(*key), *power);
            Vote { validator: key.address(), power, signed: !absent.contains(&key) }
        };
        self.block.votes = signers.iter().map(vote).collect();
        self.events.clear();
        self.updates.clear();
        self.act(Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.begin.unwrap()(ctx)).unwrap();
        if self.checked {
            self.check();
        }
    }

    /// Ends the block and begins the next; `absent` does not sign.
    pub fn next(&mut self, absent: Option<&str>, misbehavior: Vec<Misbehavior>) {
        self.end();
        self.begin(&absent.map(key).into_iter().collect::<Vec<_>>(), misbehavior);
    }

    /// Evidence against a small part of the set, so that no top-up follows.
    pub fn evidence(&self, name: &str, height: u64) -> Misbehavior {
        Misbehavior {
            kind: MisbehaviorKind::DuplicateVote,
            validator: key(name).address(),
            power: 1,
            height,
            time_unix_ms: START + height * 1_000,
            total_power: 100,
        }
    }

    /// Evidence with a share of the set in percent.
    pub fn evidence_of(&self, name: &str, height: u64, percent: u64) -> Misbehavior {
        Misbehavior { power: percent, ..self.evidence(name, height) }
    }

    pub fn run(&mut self, blocks: u64) {
        (0..blocks).for_each(|_| self.next(None, vec![]));
    }

    pub fn params(&self) -> Params {
        state::PARAMS.get(&self.state).unwrap().unwrap()
    }

    pub fn balance(&self, account: &Address) -> u64 {
        chortle_token::native_balance(&self.state, account).unwrap().base_units()
    }

    pub fn nlol(&self, name: &str) -> u64 {
        self.balance(&who(name))
    }

    pub fn treasury(&self) -> u64 {
        self.balance(&protocol::TREASURY)
    }

    pub fn validator(&self, name: &str) -> Validator {
        state::VALIDATOR.get(&self.state, &who(name)).unwrap().unwrap()
    }

    pub fn tokens(&self, name: &str) -> u64 {
        self.validator(name).tokens.base_units()
    }

    pub fn held(&self, user: &str, at: &str) -> Option<Delegation> {
        state::DELEGATION.get(&self.state, &(who(user), who(at))).unwrap()
    }

    pub fn delegate(&mut self, user: &str, to: &str, nlol: u64) {
        self.send(who(user), &msg::Delegate { validator: who(to), amount: amount(nlol) }).unwrap();
    }

    pub fn undelegate(&mut self, user: &str, from: &str, nlol: u64) {
        self.send(who(user), &msg::Undelegate { validator: who(from), amount: amount(nlol) }).unwrap();
    }

    pub fn redelegate(&mut self, user: &str, from: &str, to: &str, nlol: u64) {
        let message = msg::Redelegate { source: who(from), destination: who(to), amount: amount(nlol) };
        self.send(who(user), &message).unwrap();
    }
}

/// A generator that a seed decides.
pub fn random(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}
