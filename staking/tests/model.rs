//! The chain against a naive model of its specification: random work with faults of every kind.
//!
//! Exact: what every message answers, stakes, shares, statuses, sets with their powers, what is on its way out, LOL of
//! every account, treasury, the pool of rewards, and at the end the supply. Within the named tolerance: rewards, which
//! the chain pays rounded down, by less than one base unit for each settlement since the last payment and never above
//! what is exactly due.

mod common;
mod naive;

use std::{collections::BTreeMap, sync::Arc};

use borsh::BorshDeserialize;
use chortle_kernel::{
    Address, AssetId, Coin, Event, Order, Origin, Query, View,
    block::{Misbehavior, MisbehaviorKind},
};
use chortle_staking::{ConsensusKey, event, msg, query, state};
use chortle_token::protocol;
use common::*;
use naive::{Begin, Model, Pair, Val};

const NAMES: [&str; 6] = ["v0", "v1", "v2", "v3", "v4", "v5"];
/// Messages of a sequence.
const MESSAGES: u64 = 500;
/// Sequences of both halves.
const SEQUENCES: u64 = 2_000;

/// What the chain and the model answer to one message.
type Answers = (Result<(), &'static str>, Result<(), &'static str>);

struct Run {
    chain: Chain,
    model: Model,
    people: Vec<Address>,
    operators: Vec<Address>,
    seed: u64,
    rotations: u64,
    /// When each height was.
    times: BTreeMap<u64, u64>,
    /// What came to pass, counted: `ok`, names of refusals, kinds of slashes, and what else must not be missing.
    seen: BTreeMap<String, u64>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut chain = Chain::set(&NAMES, |params| {
            params["validators_max"] = 4.into();
            params["power_unit"] = 1_000_000.into();
            params["seat_min"] = "1000000".into();
            params["unbonding_ms"] = 12_000.into();
            params["entries_max"] = 2.into();
            params["mature_per_block"] = 4.into();
            params["restake_per_block"] = 1_000.into();
        });
        chain.checked = false;
        let (operators, users) = (NAMES.map(who).to_vec(), USERS.map(who).to_vec());
        let people: Vec<Address> = users.iter().chain(&operators).copied().collect();
        let stake = u128::from(100 * LOL);
        let val = |name: &&str| Val {
            tokens: stake,
            shares: stake * 1_000_000,
            self_min: u128::from(LOL),
            rate: 1_000,
            keys: vec![(key(name), key(name).address())],
            ..Val::default()
        };
        let own = Pair { shares: stake * 1_000_000, ..Pair::default() };
        let mut model = Model {
            params: chain.params(),
            vals: NAMES.iter().map(|name| (who(name), val(name))).collect(),
            pairs: operators.iter().map(|operator| ((*operator, *operator), own.clone())).collect(),
            entries: Vec::new(),
            moves: Vec::new(),
            rows: Vec::new(),
            number: 0,
            balances: people.iter().map(|who| (*who, u128::from(chain.balance(who)))).collect(),
            burnt: 0,
            supply: people.len() as u128 * u128::from(1_000 * LOL),
            rate: None,
            issued_at: START,
            treasury: 0,
            rewards: 0,
            offences: Vec::new(),
            history: Arc::new(operators.iter().map(|operator| (*operator, Vec::new())).collect()),
            set: BTreeMap::new(),
            height: 0,
            now: START,
            epoch: 0,
        };
        model.end(&[]);
        // Genesis decides the set of the height before the first; that height's block then ends once more.
        Arc::make_mut(&mut model.history).values_mut().for_each(Vec::clear);
        Self {
            chain,
            model,
            people,
            operators,
            seed,
            rotations: 0,
            times: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    fn below(&mut self, below: u64) -> u64 {
        random(&mut self.seed, below)
    }

    fn one(&mut self, of: &[Address]) -> Address {
        of[self.below(of.len() as u64) as usize]
    }

    fn sum(&mut self, pair: &(Address, Address)) -> u64 {
        let worth = u64::try_from(self.model.worth(pair)).unwrap();
        match self.below(6) {
            0 => 1 + self.below(5),
            1 => worth.max(1),
            2 => worth + 1,
            3 => 1 + worth / 2,
            _ => 1 + self.below(30 * LOL),
        }
    }

    fn supply(&self) -> u128 {
        chortle_token::supply(&self.chain.state, AssetId::NATIVE).unwrap().base_units().into()
    }

    fn count(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    /// One message, to both; they answer alike. False if there was nothing to send.
    fn step(&mut self) -> bool {
        let (operators, people) = (self.operators.clone(), self.people.clone());
        let jailed = self.below(4) == 0;
        let of_use = |operator: &&Address| {
            let val = self.model.val(operator);
            !val.tombstoned && (jailed || !val.jailed)
        };
        let live: Vec<Address> = operators.iter().filter(of_use).copied().collect();
        let pairs: Vec<_> =
            self.model.pairs.iter().filter(|(_, pair)| pair.shares > 0).map(|(key, _)| *key).collect();
        let usual = if live.is_empty() || self.below(12) == 0 { &operators } else { &live };
        let (mut from, mut at, to) = (self.one(&people), self.one(usual), self.one(usual));
        if self.below(5) > 0 && !pairs.is_empty() {
            (from, at) = pairs[self.below(pairs.len() as u64) as usize];
        }
        let nlol = self.sum(&(from, at));
        let (sum, wide) = (amount(nlol), u128::from(nlol));
        let (got, expected) = match self.below(24) {
            0..=6 => (
                self.chain.send(from, &msg::Delegate { validator: at, amount: sum }),
                self.model.delegate(from, at, wide),
            ),
            7..=10 => (
                self.chain.send(from, &msg::Undelegate { validator: at, amount: sum }),
                self.model.undelegate(from, at, wide),
            ),
            11..=14 => (
                self.chain.send(from, &msg::Redelegate { source: at, destination: to, amount: sum }),
                self.model.redelegate(from, at, to, wide),
            ),
            15 | 16 => match self.cancel() {
                Some(answers) => answers,
                None => return false,
            },
            17 => {
                self.claim(from, at);
                return true;
            }
            18 => {
                if self.model.shares(&(from, at)) == 0 {
                    return false;
                }
                let on = self.below(3) > 0;
                self.model.set_restake((from, at), on);
                (self.chain.send(from, &msg::SetRestake { validator: at, on }), Ok(()))
            }
            19 | 20 => (self.chain.send(at, &msg::Unjail {}), self.model.unjail(at)),
            21 => {
                let rate_bps = self.below(1_300);
                let message = msg::AnnounceCommission { rate_bps };
                (self.chain.send(at, &message), self.model.announce(at, rate_bps))
            }
            22 => (self.chain.send(at, &msg::ClaimCommission {}), self.model.claim_commission(at)),
            _ => match self.rotate(at) {
                Some(answers) => answers,
                None => return false,
            },
        };
        assert_eq!(got, expected, "{from} {at} {to} {nlol} at {}", self.chain.block.height);
        self.count(got.err().unwrap_or("ok"));
        true
    }

    fn cancel(&mut self) -> Option<Answers> {
        let entries = self.model.entries.iter();
        let entries: Vec<_> = entries.map(|entry| (entry.pair, entry.created, entry.balance)).collect();
        let ((from, validator), created_height, left) = entries.get(self.below(8) as usize).copied()?;
        let wide = [1, left / 2 + 1, left, left + 1][self.below(4) as usize].max(1);
        let amount = amount(u64::try_from(wide).unwrap());
        let message = msg::CancelUnbonding { validator, created_height, amount };
        Some((self.chain.send(from, &message), self.model.cancel(from, validator, created_height, wide)))
    }

    fn rotate(&mut self, at: Address) -> Option<Answers> {
        if self.below(12) > 0 {
            return None;
        }
        self.rotations += 1;
        let name = format!("{at} {}", self.rotations);
        let message = msg::RotateKey { key: key(&name), proof: proof(&name, &at) };
        Some((self.chain.send(at, &message), self.model.rotate(at, key(&name))))
    }

    fn claim(&mut self, from: Address, at: Address) {
        let before = self.chain.balance(&from);
        if self.chain.send(from, &msg::ClaimRewards { validator: Some(at), after: None }).is_ok() {
            let paid = u128::from(self.chain.balance(&from) - before);
            self.model.collect(&(from, at));
            self.model.pay(&(from, at), paid);
            *self.model.balances.get_mut(&from).unwrap() += paid;
        } else {
            self.model.pay(&(from, at), 0);
        }
    }

    /// Evidence of a member of a recent set, by the key that it had.
    fn evidence(&mut self, next: u64) -> Option<Misbehavior> {
        let height = next.checked_sub(self.below(16)).filter(|height| (2..=next).contains(height))?;
        let set: Vec<(ConsensusKey, u64)> =
            self.chain.set_of(height).iter().map(|(key, power)| (ConsensusKey(*key), *power)).collect();
        let (key, power) = set[self.below(set.len() as u64) as usize];
        let kind =
            [MisbehaviorKind::DuplicateVote, MisbehaviorKind::LightClientAttack][self.below(2) as usize];
        let total_power = set.iter().map(|(_, power)| power).sum();
        // Attackers of a part of the set: small ones are topped up too.
        let power = [power, power / 4, total_power / 10][self.below(3) as usize];
        let time_unix_ms = self.times[&height];
        Some(Misbehavior { kind, validator: key.address(), power, height, time_unix_ms, total_power })
    }

    fn end(&mut self) {
        self.chain.events.clear();
        self.chain.end();
        let restaked: Vec<_> = self
            .chain
            .events
            .iter()
            .filter(|record| record.kind == event::Restaked::KIND)
            .map(|record| event::Restaked::try_from_slice(&record.body).unwrap())
            .map(|told| ((told.delegator, told.operator), u128::from(told.amount.base_units())))
            .collect();
        self.model.end(&restaked);
        self.compare();
    }

    fn begin(&mut self, faults: bool) {
        let next = self.chain.block.height + 1;
        // Blocks take what they take: a moment, a second, or once in a while long enough for all to fall due, or a day.
        let took = match self.below(200) {
            0 => 90_000_000,
            1..=4 => 15_000,
            _ => 1 + self.below(2_000),
        };
        let time = self.chain.block.time_unix_ms + took;
        self.times.insert(next, time);
        let mut misbehavior = Vec::new();
        while faults && misbehavior.len() < 3 && self.below(50) == 0 {
            misbehavior.extend(self.evidence(next));
        }
        // One validator at a time stops for a while.
        let stopped = self.model.val(&self.operators[(next / 15 % 6) as usize]).key();
        let absent = if faults { vec![stopped] } else { vec![] };
        let fees = if next > 2 { self.below(LOL / 50) } else { 0 };
        let coin = Coin { asset: AssetId::NATIVE, amount: amount(fees) };
        let payer = self.people[0];
        let paid = self.chain.balance(&payer) >= fees;
        if paid {
            self.chain
                .act(Origin::Protocol, |ctx| chortle_token::transfer(ctx, &payer, &protocol::FEES, coin))
                .unwrap();
            *self.model.balances.get_mut(&payer).unwrap() -= u128::from(fees);
        }
        self.chain.block.time_unix_ms = time - 1_000;
        let shared =
            |chain: &Chain| u128::from(chain.treasury() + chain.balance(&chortle_staking::escrow::REWARDS));
        let before = (self.supply(), shared(&self.chain));
        self.chain.begin(&absent, misbehavior);
        let block = &self.chain.block;
        (self.model.height, self.model.now, self.model.epoch) =
            (block.height, block.time_unix_ms, block.epoch);
        let fees = if paid { u128::from(fees) } else { 0 };
        // The hook shares all that the fees are after the burn, so what came on top was issued.
        let burn = fees * u128::from(self.model.params.fee_burn_bps) / 10_000;
        let shared = shared(&self.chain) - before.1;
        let issued = if block.votes.is_empty() { 0 } else { shared - (fees - burn) };
        self.model.issue(issued, before.0, &block.votes);
        self.model.begin(&Begin { votes: &block.votes, misbehavior: &block.misbehavior, fees, issued });
    }

    fn compare(&self) {
        let (chain, model, height) = (&self.chain, &self.model, self.chain.block.height);
        for (operator, expected) in &model.vals {
            let found = state::VALIDATOR.get(&chain.state, operator).unwrap().unwrap();
            let stake = (
                u128::from(found.tokens.base_units()),
                found.shares.0,
                found.bonded,
                found.jailed,
                found.tombstoned,
            );
            let wanted =
                (expected.tokens, expected.shares, expected.bonded, expected.jailed, expected.tombstoned);
            assert_eq!(stake, wanted, "{operator} at {height}");
            let times = (found.unbonding_until_unix_ms, found.jailed_until_unix_ms, found.key);
            assert_eq!(
                times,
                (expected.until, expected.jailed_until, expected.key()),
                "{operator} at {height}"
            );
        }
        let members = model.set.values().map(|(key, _)| &key.0);
        assert!(
            chain.powers.keys().eq(std::collections::BTreeSet::from_iter(members)),
            "the set of {height}"
        );
        for (operator, (key, power)) in &model.set {
            // While moved stake stands there, what rounding left of its debts may cost one unit.
            let off = u64::from(model.moves.iter().any(|entry| entry.pair.1 == *operator));
            assert!(
                (chain.powers[&key.0]..=chain.powers[&key.0] + off).contains(power),
                "{operator} at {height}"
            );
        }
        for (account, expected) in &model.balances {
            assert_eq!(u128::from(chain.balance(account)), *expected, "LOL of {account} at {height}");
        }
        assert_eq!(u128::from(chain.treasury()), model.treasury, "treasury at {height}");
        assert_eq!(
            u128::from(chain.balance(&chortle_staking::escrow::REWARDS)),
            model.rewards,
            "rewards at {height}"
        );
    }

    /// What is costlier to compare: delegations, and what is on its way out, as queries show it.
    fn compare_rows(&self) {
        self.chain.check();
        for row in state::DELEGATION.iter(&self.chain.state, Order::Ascending) {
            let (pair, held) = row.unwrap();
            assert_eq!(held.shares.0, self.model.shares(&pair), "{pair:?}");
        }
        let block = &self.chain.block;
        let (height, time_unix_ms, epoch) = (block.height, block.time_unix_ms, block.epoch);
        for address in &self.people {
            let view = View { state: &self.chain.state, height, time_unix_ms, epoch };
            let ask: query::Unbondings =
                serde_json::from_value(serde_json::json!({ "address": address })).unwrap();
            for shown in ask.run(view).unwrap().items {
                let pair = (shown.delegator, shown.validator);
                let debts = self.model.moves.iter().any(|entry| entry.pair == pair && entry.owes() > 0);
                let mine = self.model.entries.iter().filter(|entry| entry.pair == pair);
                let wanted: Vec<_> =
                    mine.map(|entry| (entry.created, entry.initial, entry.balance)).collect();
                let found: Vec<_> = shown
                    .entries
                    .iter()
                    .map(|entry| {
                        (
                            entry.created_height,
                            entry.initial.base_units().into(),
                            entry.balance.base_units().into(),
                        )
                    })
                    .collect();
                assert!(debts || wanted == found, "{pair:?} at {height}: {wanted:?}, shown {found:?}");
            }
        }
    }

    /// Counts what the hooks of a block did.
    fn note(&mut self) {
        let told: Vec<String> = self
            .chain
            .events
            .iter()
            .filter_map(|record| {
                let slashed = event::Slashed::try_from_slice(&record.body).ok();
                let slashed = slashed.filter(|_| record.kind == event::Slashed::KIND);
                slashed.map(|told| format!("{:?}", told.kind))
            })
            .collect();
        told.iter().for_each(|what| self.count(what));
        let (debts, held) = (&self.model.moves, &self.model.rows);
        let (debts, held) =
            (debts.iter().any(|entry| entry.owes() > 0), held.iter().any(|row| row.held.is_some()));
        let late = self.model.rows.iter().any(|row| row.held.is_none() && row.time < self.model.now);
        for (what, holds) in [("debts", debts), ("held", held), ("carried over", late)] {
            (0..u64::from(holds)).for_each(|_| self.count(what));
        }
    }

    fn sequence(mut self) -> BTreeMap<String, u64> {
        let (mut sent, mut blocks) = (0, 0);
        while sent < MESSAGES {
            sent += u64::from(self.step());
            if self.below(6) > 0 {
                continue;
            }
            self.end();
            blocks += 1;
            if blocks % 20 == 0 {
                self.compare_rows();
            }
            self.begin(true);
            self.note();
        }
        // Everything is paid and every window closes: nothing is owed, and what was burnt is what is gone.
        for _ in 0..60 {
            self.end();
            self.begin(false);
        }
        self.end();
        self.compare_rows();
        assert!(self.model.entries.is_empty() && self.model.moves.is_empty() && self.model.rows.is_empty());
        assert_eq!(
            self.supply() + self.model.burnt,
            self.model.supply,
            "what was issued, less what was burnt"
        );
        self.seen
    }
}

fn sequences(numbers: std::ops::Range<u64>) {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for number in numbers {
        let seed = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number + 1) | 1;
        let run = std::panic::catch_unwind(|| Run::new(seed).sequence());
        let run = run.unwrap_or_else(|_| panic!("sequence {number}, seed {seed:#x}"));
        run.into_iter().for_each(|(what, count)| *seen.entry(what).or_default() += count);
    }
    let must = [
        "ok",
        "DuplicateVote",
        "LightClientAttack",
        "Correlated",
        "Downtime",
        "debts",
        "held",
        "carried over",
        "immature",
        "above_delegation",
        "above_unbonding",
        "too_many_entries",
        "tombstoned",
        "jailed",
        "jailed_until",
        "self_bond_below_min",
        "commission_announced",
        "commission_changed_lately",
        "rotated_lately",
    ];
    for what in must {
        assert!(seen.contains_key(what), "never seen: {what}; {seen:?}");
    }
}

// Two halves of 1,000 sequences each, so that two cores share the million messages.
#[test]
fn random_work_agrees_with_the_model() {
    sequences(0..SEQUENCES / 2);
}

#[test]
fn random_work_agrees_with_the_model_again() {
    sequences(1_000_000..1_000_000 + SEQUENCES / 2);
}
