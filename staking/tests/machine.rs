//! A chain with staking alone: faults, exits and random work, every invariant after every block.

use std::{collections::BTreeMap, sync::Arc};

use chortle_kernel::{
    Address, Amount, AssetId, BlockInfo, Ctx, Failure, Message, Module, Origin, State,
    block::{Misbehavior, MisbehaviorKind, ValidatorPower, Vote},
    hash,
};
use chortle_staking::{ConsensusKey, Staking, msg, state};
use chortle_token::Token;
use serde_json::json;

const LOL: u64 = 1_000_000_000;
const START: u64 = 1_800_000_000_000;

fn who(name: &str) -> Address {
    Address::of_ed25519(&hash::sha256(name.as_bytes()))
}

fn key(name: &str) -> ConsensusKey {
    ConsensusKey(hash::tagged("consensus", name.as_bytes()))
}

fn amount(nlol: u64) -> Amount {
    Amount::new(nlol).unwrap()
}

struct Chain {
    state: State,
    block: BlockInfo,
    powers: BTreeMap<[u8; 32], u64>,
    refused: BTreeMap<&'static str, u64>,
}

const VALIDATORS: [&str; 4] = ["v0", "v1", "v2", "v3"];
const USERS: [&str; 6] = ["u0", "u1", "u2", "u3", "u4", "u5"];

impl Chain {
    fn new() -> Self {
        let accounts: Vec<_> = VALIDATORS
            .iter()
            .chain(&USERS)
            .map(|name| json!({ "address": who(name), "balance": (1_000 * LOL).to_string() }))
            .collect();
        let mut token = Token.default_genesis();
        token["accounts"] = accounts.into();
        let mut staking = Staking.default_genesis();
        let params = &mut staking["params"];
        params["unbonding_ms"] = 20_000.into();
        params["window_blocks"] = 10.into();
        params["signed_min_bps"] = 5_000.into();
        params["downtime_jail_ms"] = 3_000.into();
        params["downtime_ppb"] = 10_000_000.into();
        params["restake_min"] = "1000".into();
        staking["validators"] = VALIDATORS
            .iter()
            .map(|name| {
                json!({
                    "operator": who(name), "key": key(name), "self_bond": (100 * LOL).to_string(),
                    "commission_bps": 1_000, "ceiling_bps": 5_000, "step_bps": 100,
                    "description": { "name": name, "uri": "" },
                })
            })
            .collect();
        Self::from(&token, &staking, START, 0)
    }

    fn from(token: &serde_json::Value, staking: &serde_json::Value, time_unix_ms: u64, height: u64) -> Self {
        let mut state = State::over(Arc::new(BTreeMap::new()));
        let block = BlockInfo { chain_id: "c".into(), height, time_unix_ms, ..BlockInfo::default() };
        let (mut events, mut updates) = (Vec::new(), Vec::new());
        let mut ctx = Ctx {
            state: &mut state,
            block: &block,
            origin: Origin::Protocol,
            events: &mut events,
            validator_updates: &mut updates,
        };
        Token.init_genesis(token, &mut ctx).unwrap();
        Staking.init_genesis(staking, &mut ctx).unwrap();
        let mut chain = Self { state, block, powers: BTreeMap::new(), refused: BTreeMap::new() };
        chain.apply(updates);
        chain.check();
        chain
    }

    fn apply(&mut self, updates: Vec<ValidatorPower>) {
        for ValidatorPower { key, power } in updates {
            if power == 0 {
                assert!(self.powers.remove(&key).is_some(), "a removal of somebody outside the set");
            } else {
                self.powers.insert(key, power);
            }
        }
        assert!(!self.powers.is_empty(), "an empty set");
    }

    fn check(&self) {
        for module in [&Token as &dyn Module, &Staking] {
            for invariant in module.invariants() {
                (invariant.check)(&self.state)
                    .unwrap_or_else(|found| panic!("{} at {}: {found}", invariant.name, self.block.height));
            }
        }
    }

    fn with<T>(&mut self, origin: Origin, f: impl FnOnce(&mut Ctx<'_>) -> T) -> T {
        let (mut events, mut updates) = (Vec::new(), Vec::new());
        let block = self.block.clone();
        let mut ctx = Ctx {
            state: &mut self.state,
            block: &block,
            origin,
            events: &mut events,
            validator_updates: &mut updates,
        };
        let result = f(&mut ctx);
        self.apply(updates);
        result
    }

    fn send<M: Message>(&mut self, from: Address, message: &M) -> Result<(), &'static str> {
        message.check().map_err(|reject| reject.name)?;
        let savepoint = self.state.savepoint();
        let result = self.with(Origin::Account(from), |ctx| message.execute(ctx));
        result.map_err(|failure| {
            self.state.rollback(savepoint);
            match failure {
                Failure::Reject(reject) => {
                    *self.refused.entry(reject.name).or_default() += 1;
                    reject.name
                }
                Failure::Halt(halt) => panic!("{halt}"),
            }
        })
    }

    /// Ends the block and begins the next; `absent` does not sign.
    fn next(&mut self, absent: Option<&str>, misbehavior: Vec<Misbehavior>) {
        self.with(Origin::Protocol, |ctx| Staking.end_block(ctx)).unwrap();
        self.state.release();
        self.check();
        self.block.height += 1;
        self.block.time_unix_ms += 1_000;
        self.block.epoch = self.block.height / 10;
        self.block.misbehavior = misbehavior;
        self.block.votes = self
            .powers
            .iter()
            .map(|(key, power)| {
                let validator = ConsensusKey(*key).address();
                let signed = absent.is_none_or(|name| self::key(name).address() != validator);
                Vote { validator, power: *power, signed }
            })
            .collect();
        self.with(Origin::Protocol, |ctx| Staking.begin_block(ctx)).unwrap();
        self.check();
    }

    fn evidence(&self, name: &str, height: u64) -> Misbehavior {
        Misbehavior {
            kind: MisbehaviorKind::DuplicateVote,
            validator: key(name).address(),
            power: 1,
            height,
            time_unix_ms: START + height * 1_000,
            total_power: 100,
        }
    }

    fn run(&mut self, blocks: u64) {
        (0..blocks).for_each(|_| self.next(None, vec![]));
    }

    fn nlol(&self, name: &str) -> u64 {
        chortle_token::native_balance(&self.state, &who(name)).unwrap().base_units()
    }

    fn tokens(&self, name: &str) -> u64 {
        state::VALIDATOR.get(&self.state, &who(name)).unwrap().unwrap().tokens.base_units()
    }

    fn delegate(&mut self, user: &str, to: &str, nlol: u64) {
        self.send(who(user), &msg::Delegate { validator: who(to), amount: amount(nlol) }).unwrap();
    }
}

#[test]
fn redelegation_cannot_dodge_a_slash() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    let message = msg::Redelegate { source: who("v0"), destination: who("v1"), amount: amount(100 * LOL) };
    chain.send(who("u0"), &message).unwrap();
    // And at once on its way out of the destination.
    let message = msg::Undelegate { validator: who("v1"), amount: amount(40 * LOL) };
    chain.send(who("u0"), &message).unwrap();
    chain.run(2);
    let evidence = chain.evidence("v0", fault);
    chain.next(None, vec![evidence.clone()]);
    chain.next(None, vec![evidence]);
    assert_eq!(chain.tokens("v0"), 95 * LOL, "5 % of the 100 that stayed");
    let before = chain.nlol("u0");
    chain.run(30);
    // 5 LOL of the fault are taken from what was leaving the destination.
    assert_eq!(chain.nlol("u0") - before, 35 * LOL);
    assert_eq!(chain.tokens("v1"), 160 * LOL);
}

#[test]
fn slashed_exactly_once() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    chain.run(5);
    let fault = chain.block.height;
    let message = msg::Undelegate { validator: who("v0"), amount: amount(100 * LOL) };
    chain.send(who("u0"), &message).unwrap();
    chain.next(None, vec![]);
    chain.delegate("u1", "v0", 50 * LOL);
    chain.next(None, vec![]);
    let before = chain.nlol("u0");
    for _ in 0..3 {
        let evidence = chain.evidence("v0", fault);
        chain.next(None, vec![evidence.clone(), evidence]);
    }
    assert_eq!(chain.tokens("v0"), 145 * LOL);
    chain.run(30);
    assert_eq!(chain.nlol("u0") - before, 95 * LOL);
    let unjail = chain.send(who("v0"), &msg::Unjail {});
    assert_eq!(unjail, Err("tombstoned"));
}

#[test]
fn evidence_that_cannot_act_is_skipped() {
    let mut chain = Chain::new();
    chain.run(30);
    let stale = chain.evidence("v0", 1);
    let future = chain.evidence("v1", 1_000);
    let unknown = Misbehavior { validator: [9; 20], ..chain.evidence("v1", 20) };
    chain.next(None, vec![stale, future, unknown]);
    assert_eq!(chain.tokens("v0") + chain.tokens("v1"), 200 * LOL);
}

#[test]
fn a_stopped_validator_is_jailed_and_unjails() {
    let mut chain = Chain::new();
    (0..25).for_each(|_| chain.next(Some("v2"), vec![]));
    assert_eq!(chain.tokens("v2"), 99 * LOL);
    assert!(!chain.powers.contains_key(&key("v2").0));
    chain.run(4);
    chain.send(who("v2"), &msg::Unjail {}).unwrap();
    chain.run(2);
    assert!(chain.powers.contains_key(&key("v2").0));
}

#[test]
fn the_last_validator_stays_when_all_leave() {
    let mut chain = Chain::new();
    for name in VALIDATORS {
        let message = msg::Undelegate { validator: who(name), amount: amount(100 * LOL) };
        chain.send(who(name), &message).unwrap();
        chain.next(None, vec![]);
    }
    chain.run(30);
    assert!(!chain.powers.is_empty());
}

fn random(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}

fn step(chain: &mut Chain, seed: &mut u64) {
    let pick = |seed: &mut u64, names: &[&str]| who(names[random(seed, names.len() as u64) as usize]);
    let (from, v, w) = (pick(seed, &USERS), pick(seed, &VALIDATORS), pick(seed, &VALIDATORS));
    let from = if random(seed, 8) == 0 { v } else { from };
    let scale = [5, 1_000, 50 * LOL][random(seed, 3) as usize];
    let sum = amount(1 + random(seed, scale));
    let _ = match random(seed, 12) {
        0..=3 => chain.send(from, &msg::Delegate { validator: v, amount: sum }),
        4..=5 => chain.send(from, &msg::Undelegate { validator: v, amount: sum }),
        6..=7 => chain.send(from, &msg::Redelegate { source: v, destination: w, amount: sum }),
        8 => {
            let created_height = chain.block.height.saturating_sub(random(seed, 4));
            chain.send(from, &msg::CancelUnbonding { validator: v, created_height, amount: sum })
        }
        9 => chain.send(from, &msg::ClaimRewards { validator: None, after: None }),
        10 => chain.send(from, &msg::SetRestake { validator: v, on: true }),
        _ => chain.send(v, &msg::Unjail {}),
    };
}

/// Random work with downtime and evidence: no halt, every invariant after every block, exports import.
#[test]
fn random_work_keeps_every_invariant() {
    for sequence in 0..200u64 {
        let mut seed = 0x9e37_79b9_7f4a_7c15 ^ (sequence + 1);
        let mut chain = Chain::new();
        for _ in 0..500 {
            step(&mut chain, &mut seed);
            if random(&mut seed, 5) > 0 {
                continue;
            }
            let absent = Some(VALIDATORS[(chain.block.height / 12 % 4) as usize]);
            let evidence = if random(&mut seed, 60) == 0 {
                let name = VALIDATORS[1 + random(&mut seed, 3) as usize];
                vec![chain.evidence(name, chain.block.height.saturating_sub(random(&mut seed, 8)))]
            } else {
                vec![]
            };
            chain.next(absent, evidence);
        }
        chain.next(None, vec![]);
        chain.with(Origin::Protocol, |ctx| Staking.end_block(ctx)).unwrap();
        let (token, staking) =
            (Token.export_genesis(&chain.state).unwrap(), Staking.export_genesis(&chain.state).unwrap());
        let again = Chain::from(&token, &staking, chain.block.time_unix_ms, chain.block.height);
        assert_eq!(Staking.export_genesis(&again.state).unwrap(), staking, "sequence {sequence}");
        assert_eq!(again.powers, chain.powers, "sequence {sequence}");
        let supply = chortle_token::supply(&chain.state, AssetId::NATIVE).unwrap();
        assert!(!supply.is_zero());
    }
}
