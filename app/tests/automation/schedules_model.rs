//! Schedules against a model that knows nothing of queues and rounds: it looks at every schedule in every block.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    chain::{Chain, PEOPLE, Random, pay},
    schedules::{cancel, create, find},
};

const SEEDS: u64 = 5;
const STEPS: u64 = 120;
const BLOCK_GAS: u64 = 2_000_000;

#[derive(Clone)]
struct One {
    owner: &'static str,
    by_time: bool,
    next: u64,
    every: u64,
    left: u64,
    units: u64,
    gas: u64,
    escrow: u64,
    /// Its turn, if it is due and was seen.
    turn: Option<u64>,
}

#[derive(Default)]
struct Model {
    all: BTreeMap<u64, One>,
    balances: BTreeMap<&'static str, u64>,
    /// Turns that each account has had or has.
    turns: BTreeMap<&'static str, u64>,
    running: u64,
    next: u64,
}

impl Model {
    fn due(&mut self, time: u64, height: u64) -> Vec<(u64, u64, bool)> {
        for by_time in [true, false] {
            let now = if by_time { time } else { height };
            let mut seen: Vec<_> = self
                .all
                .iter()
                .filter(|(_, one)| one.turn.is_none() && one.by_time == by_time && one.next <= now)
                .map(|(id, one)| (one.next, *id, one.owner))
                .collect();
            seen.sort_unstable();
            for (_, id, owner) in seen.into_iter().take(64) {
                let turn = (self.turns.get(owner).copied().unwrap_or(0) + 1).max(self.running);
                self.turns.insert(owner, turn);
                self.all.get_mut(&id).unwrap().turn = Some(turn);
            }
        }
        let (mut room, mut ran) = (BLOCK_GAS, Vec::new());
        loop {
            let first = self.all.iter().filter_map(|(id, one)| Some((one.turn?, *id))).min();
            let Some((turn, id)) = first.filter(|(_, id)| self.all[id].gas <= room && ran.len() < 64) else {
                break;
            };
            self.running = turn;
            room -= self.all[&id].gas;
            ran.push(self.run(id, if self.all[&id].by_time { time } else { height }));
        }
        ran
    }

    fn run(&mut self, id: u64, now: u64) -> (u64, u64, bool) {
        let mut one = self.all.remove(&id).unwrap();
        let missed = (now - one.next).checked_div(one.every).unwrap_or(0);
        let ticks = (missed + 1).min(one.left);
        one.escrow -= one.gas;
        (one.left, one.next, one.turn) = (one.left - ticks, one.next + ticks * one.every, None);
        let owner = one.owner;
        if one.left == 0 {
            *self.balances.get_mut(owner).unwrap() += one.escrow;
            self.forget(owner);
        } else {
            self.all.insert(id, one.clone());
        }
        let balance = self.balances.get_mut(owner).unwrap();
        let pays = *balance >= one.units;
        if pays {
            *balance -= one.units;
            *self.balances.get_mut("carol").unwrap() += one.units;
        }
        (id, ticks, pays)
    }

    /// Answers whether it is his to cancel.
    fn cancel(&mut self, id: u64, by: &'static str) -> bool {
        let own = self.all.get(&id).is_some_and(|one| one.owner == by);
        if own {
            let one = self.all.remove(&id).unwrap();
            *self.balances.get_mut(by).unwrap() += one.escrow;
            self.forget(by);
        }
        own
    }

    fn add(&mut self, mut one: One, chain: &Chain) -> bool {
        let record = find(chain, self.next).unwrap();
        (one.gas, one.escrow) = (record.gas, record.escrowed.base_units());
        assert_eq!(one.escrow, one.gas * one.left + record.deposit.base_units());
        *self.balances.get_mut(one.owner).unwrap() -= one.escrow;
        self.all.insert(self.next, one);
        self.next += 1;
        true
    }

    fn forget(&mut self, owner: &str) {
        if self.all.values().all(|one| one.owner != owner) {
            self.turns.remove(owner);
        }
    }
}

/// A schedule that is due some time after this block's time or height, and the message that makes it.
fn some_schedule(random: &mut Random, owner: &'static str, time: u64, height: u64) -> (One, Value) {
    let (by_time, times) = (random.below(2) == 0, 1 + random.below(4));
    let every = match (times, by_time) {
        (1, _) => 0,
        (_, true) => 1_000 + random.below(9_000),
        (_, false) => 1 + random.below(3),
    };
    let next = if by_time { time + 1 + random.below(20_000) } else { height + 1 + random.below(6) };
    // Now and then more than anybody has.
    let units = if random.below(5) == 0 { u64::MAX >> 2 } else { 1 + random.below(1_000) };
    let mut body = json!({ "messages": [pay("carol", 0, units)], "price_max": 1 });
    body[if by_time { "at_unix_ms" } else { "at_height" }] = next.into();
    if times > 1 {
        body[if by_time { "every_ms" } else { "every_blocks" }] = every.into();
        body["times"] = times.into();
    }
    (One { owner, by_time, next, every, left: times, units, gas: 0, escrow: 0, turn: None }, body)
}

#[test]
fn schedules_and_a_naive_model_agree_on_every_block() {
    let (mut runs, mut merged, mut refused, mut waited) = (0, 0, 0, 0);
    for seed in 0..SEEDS {
        let mut chain = Chain::set(|sections| {
            sections["schedule"]["params"]["run_gas_max"] = 2_000_000.into();
            sections["schedule"]["params"]["block_gas_max"] = BLOCK_GAS.into();
        });
        let (mut random, mut model) = (Random(seed), Model { next: 1, ..Model::default() });
        // Stake of dave and erin earns, and carol gets what is paid: the others schedule.
        model.balances = PEOPLE.iter().map(|name| (*name, chain.nlol(name))).collect();
        for step in 0..STEPS {
            let mut txs = Vec::new();
            let from = random.pick(&["alice", "bob"]);
            let (height, time) = (chain.height + 1, chain.time_unix_ms);
            let ms = [0, 1, 1_000, 7_000, 100_000][usize::try_from(random.below(5)).unwrap()];
            let (mut made, mut gone) = (None, None);
            match random.below(4) {
                0 if !model.all.is_empty() => {
                    let ids: Vec<u64> = model.all.keys().copied().collect();
                    let id = random.pick(&ids);
                    gone = Some(id);
                    txs.push(chain.tx(from, vec![cancel(id)]));
                }
                1 | 2 => {
                    let (one, body) = some_schedule(&mut random, from, time + ms, height);
                    made = Some(one);
                    txs.push(chain.tx(from, vec![create(body)]));
                }
                3 if random.below(6) == 0 => chain = chain.again(),
                _ => {}
            }
            let outcomes = chain.block_after(ms, &txs);
            let expected = model.due(chain.time_unix_ms, chain.height);
            let told = chain.told("schedule.ran");
            let found: Vec<_> = told
                .iter()
                .map(|ran| {
                    (
                        ran["schedule"].as_u64().unwrap(),
                        ran["ticks"].as_u64().unwrap(),
                        ran["failure"].is_null(),
                    )
                })
                .collect();
            assert_eq!(found, expected, "seed {seed}, step {step}");
            runs += found.len();
            merged += found.iter().filter(|(_, ticks, _)| *ticks > 1).count();
            refused += found.iter().filter(|(_, _, done)| !done).count();
            waited += model.all.values().filter(|one| one.turn.is_some()).count();
            for outcome in outcomes {
                let receipt = outcome.unwrap();
                *model.balances.get_mut(from).unwrap() -= receipt.fee.base_units();
                let done = match (gone, made.take()) {
                    (Some(id), _) => model.cancel(id, from),
                    (None, Some(one)) => model.add(one, &chain),
                    (None, None) => true,
                };
                assert_eq!(receipt.succeeded(), done, "seed {seed}, step {step}: {}", receipt.sentence);
            }
            for name in ["alice", "bob", "carol"] {
                assert_eq!(chain.nlol(name), model.balances[name], "seed {seed}, step {step}: {name}");
            }
        }
    }
    println!("{runs} runs, {merged} merged, {refused} refused, {waited} waited");
    assert!(runs > 250 && merged > 20 && refused > 20 && waited > 5, "{runs} {merged} {refused} {waited}");
}
