//! Staking done naively, from its specification: flat lists that are scanned, every unbonding slashed the moment a
//! fault is decided, every reward given to every delegator in fixed point. Where it must know how the chain rounds,
//! it does so as the README says; amounts that depend on rounded rewards (claims, restakes) it is told, and holds them
//! to what it would have paid.

use std::{collections::BTreeMap, sync::Arc};

use chortle_kernel::{
    Address,
    block::{Misbehavior, Vote},
};
use chortle_staking::{ConsensusKey, Params};

mod hooks;

/// Fixed point of exact rewards.
pub const Q: u128 = 1 << 20;

pub type Done<T = ()> = Result<T, &'static str>;

fn amount(of: chortle_kernel::Amount) -> u128 {
    u128::from(of.base_units())
}

#[derive(Clone, Debug, Default)]
pub struct Val {
    pub tokens: u128,
    pub shares: u128,
    pub bonded: bool,
    pub until: u64,
    pub jailed: bool,
    pub jailed_until: u64,
    pub tombstoned: bool,
    pub self_min: u128,
    pub rate: u64,
    pub rise: Option<(u64, u64)>,
    pub keys: Vec<(ConsensusKey, [u8; 20])>,
    pub rotated: u64,
    pub start: Option<u64>,
    pub signed: Vec<bool>,
    /// When the rate last changed.
    pub changed: u64,
    /// Rewards index of a share, with what its divisions left.
    pub index: (u128, u128),
    pub commission: u128,
}

#[derive(Clone, Debug, Default)]
pub struct Pair {
    pub shares: u128,
    /// Exact rewards that were not paid yet.
    pub earned: u128,
    /// How often the chain may have rounded down since the last payment.
    pub rounded: u128,
    pub restake: bool,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub pair: (Address, Address),
    pub created: u64,
    pub completion: u64,
    pub initial: u128,
    pub balance: u128,
}

#[derive(Clone, Debug)]
pub struct Move {
    pub pair: (Address, Address),
    pub source: Address,
    pub created: u64,
    pub completion: u64,
    pub initial: u128,
    pub shares: u128,
    /// What is owed, with the index of the destination when it was decided.
    pub debts: Vec<(u128, u128)>,
}

impl Move {
    pub fn owes(&self) -> u128 {
        self.debts.iter().map(|(sum, _)| sum).sum()
    }
}

#[derive(Clone, Debug)]
pub struct Row {
    pub time: u64,
    pub number: u64,
    pub moved: bool,
    pub pair: (Address, Address),
    pub created: u64,
    pub held: Option<Address>,
}

#[derive(Clone, Debug)]
pub struct Offence {
    pub operator: Address,
    pub power: u128,
    pub total: u128,
    pub epoch: u64,
    pub closed: bool,
    pub stake: u128,
    pub from: u64,
    pub decided: u64,
}

#[derive(Clone)]
pub struct Model {
    pub params: Params,
    pub vals: BTreeMap<Address, Val>,
    pub pairs: BTreeMap<(Address, Address), Pair>,
    pub entries: Vec<Entry>,
    pub moves: Vec<Move>,
    pub rows: Vec<Row>,
    pub number: u64,
    pub balances: BTreeMap<Address, u128>,
    pub burnt: u128,
    /// What was ever issued, burnt or not.
    pub supply: u128,
    /// Issuance a year, as a part of the supply.
    pub rate: Option<f64>,
    pub issued_at: u64,
    pub treasury: u128,
    pub rewards: u128,
    pub offences: Vec<Offence>,
    /// Stake of each validator at the end of each height.
    pub history: Arc<BTreeMap<Address, Vec<u128>>>,
    pub set: BTreeMap<Address, (ConsensusKey, u64)>,
    pub height: u64,
    pub now: u64,
    pub epoch: u64,
}

impl Model {
    pub fn val(&self, operator: &Address) -> &Val {
        &self.vals[operator]
    }

    fn val_mut(&mut self, operator: &Address) -> &mut Val {
        self.vals.get_mut(operator).unwrap()
    }

    pub fn shares(&self, pair: &(Address, Address)) -> u128 {
        self.pairs.get(pair).map_or(0, |pair| pair.shares)
    }

    /// What a pair's shares are worth.
    pub fn worth(&self, pair: &(Address, Address)) -> u128 {
        let val = self.val(&pair.1);
        (self.shares(pair) * val.tokens).checked_div(val.shares).unwrap_or(0)
    }

    fn open(&self, operator: &Address) -> bool {
        self.offences.iter().any(|offence| offence.operator == *operator && !offence.closed)
    }

    fn credit(&mut self, account: &Address, sum: u128) {
        *self.balances.entry(*account).or_default() += sum;
    }

    fn jail_if_short(&mut self, pair: &(Address, Address)) {
        let (worth, until) = (self.worth(pair), self.now + self.params.downtime_jail_ms);
        let val = self.val_mut(&pair.1);
        if pair.0 == pair.1 && worth < val.self_min && !val.jailed {
            (val.jailed, val.jailed_until) = (true, until);
        }
    }

    /// What a pair's moved stake owes for its sources: from what is leaving, then from its shares.
    pub fn collect(&mut self, pair: &(Address, Address)) {
        self.pairs.entry(*pair).or_default().rounded += 1;
        for index in 0..self.moves.len() {
            if self.moves[index].pair != *pair {
                continue;
            }
            for (debt, since) in std::mem::take(&mut self.moves[index].debts) {
                self.collect_one(pair, index, debt, since);
            }
        }
    }

    fn collect_one(&mut self, pair: &(Address, Address), index: usize, debt: u128, since: u128) {
        let (mut rest, created) = (debt, self.moves[index].created);
        for entry in self.entries.iter_mut().filter(|entry| entry.pair == *pair && entry.created >= created) {
            let part = rest.min(entry.balance);
            entry.balance -= part;
            self.burnt += part;
            rest -= part;
        }
        let (tokens, shares) = (self.val(&pair.1).tokens, self.val(&pair.1).shares);
        let out = (rest * shares).checked_div(tokens).unwrap_or(0).min(self.shares(pair));
        if out == 0 {
            return;
        }
        // What the shares earned since they were owed is the treasury's.
        let gone = ((self.val(&pair.1).index.0 - since) * out) >> 64;
        let due = self.pairs.get_mut(pair).unwrap();
        due.earned -= (gone * Q).min(due.earned);
        due.rounded += 1;
        self.rewards -= gone;
        self.treasury += gone;
        let taken = if out == shares { tokens } else { out * tokens / shares };
        self.pairs.get_mut(pair).unwrap().shares -= out;
        let val = self.val_mut(&pair.1);
        val.shares -= out;
        val.tokens -= taken;
        self.burnt += taken;
        self.moves[index].shares = self.moves[index].shares.saturating_sub(out);
        self.jail_if_short(pair);
    }

    /// Stake that moved there and owes.
    pub fn owed(&self, operator: &Address) -> u128 {
        self.moves.iter().filter(|entry| entry.pair.1 == *operator).map(Move::owes).sum()
    }

    fn bond(&mut self, pair: &(Address, Address), sum: u128) -> Done<u128> {
        self.collect(pair);
        let val = self.val_mut(&pair.1);
        let bought = match (val.shares, val.tokens) {
            (0, _) => sum * 1_000_000,
            (_, 0) => return Err("worthless"),
            (shares, tokens) => sum * shares / tokens,
        };
        if bought == 0 {
            return Err("dust");
        }
        val.shares += bought;
        val.tokens += sum;
        self.pairs.get_mut(pair).unwrap().shares += bought;
        Ok(bought)
    }

    fn unbond(&mut self, pair: &(Address, Address), sum: u128, keep: u128) -> Done {
        self.collect(pair);
        let (held, have) = (self.shares(pair), self.worth(pair));
        if held == 0 {
            return Err("no_delegation");
        }
        if sum > have {
            return Err("above_delegation");
        }
        let val = self.val_mut(&pair.1);
        let out = if sum == have { held } else { (sum * val.shares).div_ceil(val.tokens).min(held) };
        if keep > 0 && out > held.saturating_sub(keep) {
            return Err("immature");
        }
        val.shares -= out;
        val.tokens -= sum;
        self.pairs.get_mut(pair).unwrap().shares -= out;
        self.jail_if_short(pair);
        Ok(())
    }

    /// When what leaves now is free.
    fn completion(&self, operator: &Address) -> Option<u64> {
        let val = self.val(operator);
        if val.bonded {
            Some(self.now + self.params.unbonding_ms)
        } else if val.until > self.now || self.open(operator) {
            Some(val.until.max(self.now))
        } else {
            None
        }
    }

    fn immature(&self, pair: &(Address, Address)) -> u128 {
        self.moves.iter().filter(|entry| entry.pair == *pair).map(|entry| entry.shares).sum()
    }

    fn queue(&mut self, pair: (Address, Address), time: u64, moved: bool) {
        self.rows.push(Row { time, number: self.number, moved, pair, created: self.height, held: None });
        self.number += 1;
    }

    /// Runs `f`; if it is refused nothing has happened.
    fn whole(&mut self, f: impl FnOnce(&mut Self) -> Done) -> Done {
        let before = self.clone();
        let result = f(self);
        if result.is_err() {
            *self = before;
        }
        result
    }

    pub fn delegate(&mut self, from: Address, to: Address, sum: u128) -> Done {
        if self.val(&to).tombstoned {
            return Err("tombstoned");
        }
        if self.val(&to).jailed && from != to {
            return Err("jailed");
        }
        if self.balances[&from] < sum {
            return Err("insufficient_balance");
        }
        self.whole(|model| {
            model.bond(&(from, to), sum)?;
            *model.balances.get_mut(&from).unwrap() -= sum;
            Ok(())
        })
    }

    pub fn undelegate(&mut self, from: Address, at: Address, sum: u128) -> Done {
        let pair = (from, at);
        self.whole(|model| {
            model.collect(&pair);
            let keep = model.immature(&pair);
            let mut completion = model.completion(&at);
            model.unbond(&pair, sum, 0)?;
            if model.shares(&pair) < keep {
                let mine = model.moves.iter().filter(|entry| entry.pair == pair);
                completion = completion.max(mine.map(|entry| entry.completion).max());
            }
            let Some(completion) = completion else {
                model.credit(&from, sum);
                return Ok(());
            };
            let height = model.height;
            let mut mine = model.entries.iter_mut().filter(|entry| entry.pair == pair);
            if let Some(entry) = mine.find(|entry| (entry.created, entry.completion) == (height, completion))
            {
                entry.initial += sum;
                entry.balance += sum;
                return Ok(());
            }
            if model.entries.iter().filter(|entry| entry.pair == pair).count() as u64
                >= model.params.entries_max
            {
                return Err("too_many_entries");
            }
            model.entries.push(Entry { pair, created: height, completion, initial: sum, balance: sum });
            model.queue(pair, completion, false);
            Ok(())
        })
    }

    pub fn cancel(&mut self, from: Address, at: Address, created: u64, sum: u128) -> Done {
        let pair = (from, at);
        if self.val(&at).tombstoned {
            return Err("tombstoned");
        }
        if self.val(&at).jailed {
            return Err("jailed");
        }
        self.whole(|model| {
            model.collect(&pair);
            let now = model.now;
            let fits =
                |entry: &Entry| entry.pair == pair && entry.created == created && entry.completion > now;
            let index = model.entries.iter().position(fits).ok_or("no_unbonding")?;
            let entry = &mut model.entries[index];
            if entry.balance < sum {
                return Err("above_unbonding");
            }
            entry.balance -= sum;
            entry.initial -= sum;
            if entry.balance == 0 {
                let entry = model.entries.remove(index);
                let own = |row: &Row| {
                    !row.moved && (row.pair, row.created, row.time) == (pair, created, entry.completion)
                };
                model.rows.retain(|row| !own(row));
            }
            model.bond(&pair, sum).map(drop)
        })
    }

    pub fn redelegate(&mut self, from: Address, source: Address, to: Address, sum: u128) -> Done {
        if source == to {
            return Err("same_validator");
        }
        if self.val(&source).tombstoned || self.val(&to).tombstoned {
            return Err("tombstoned");
        }
        if self.val(&to).jailed {
            return Err("jailed");
        }
        self.whole(|model| {
            model.collect(&(from, source));
            let (keep, completion) = (model.immature(&(from, source)), model.completion(&source));
            model.unbond(&(from, source), sum, keep)?;
            let pair = (from, to);
            let shares = model.bond(&pair, sum)?;
            let Some(completion) = completion else { return Ok(()) };
            let created = model.height;
            let twin = |entry: &&mut Move| {
                entry.pair == pair
                    && (entry.source, entry.created, entry.completion) == (source, created, completion)
            };
            if let Some(entry) = model.moves.iter_mut().find(twin) {
                entry.initial += sum;
                entry.shares += shares;
                return Ok(());
            }
            if model.moves.iter().filter(|entry| entry.pair == pair).count() as u64
                >= model.params.entries_max
            {
                return Err("too_many_entries");
            }
            model.moves.push(Move { pair, source, created, completion, initial: sum, shares, debts: vec![] });
            model.queue(pair, completion, true);
            Ok(())
        })
    }

    pub fn unjail(&mut self, operator: Address) -> Done {
        self.whole(|model| {
            model.collect(&(operator, operator));
            let (now, worth) = (model.now, model.worth(&(operator, operator)));
            let val = model.val_mut(&operator);
            match () {
                () if val.tombstoned => Err("tombstoned"),
                () if !val.jailed => Err("not_jailed"),
                () if now < val.jailed_until => Err("jailed_until"),
                () if worth < val.self_min => Err("self_bond_below_min"),
                () => {
                    val.jailed = false;
                    Ok(())
                }
            }
        })
    }

    pub fn announce(&mut self, operator: Address, rate: u64) -> Done {
        let (epoch, time) = (self.epoch, self.now);
        let val = self.val_mut(&operator);
        let now = val.rate_in(epoch);
        if rate > 5_000 {
            return Err("commission_above_ceiling");
        }
        if rate > now + 100 {
            return Err("commission_step");
        }
        if rate > now && val.rise.is_some_and(|(_, from)| epoch < from) {
            return Err("commission_announced");
        }
        if val.changed != 0 && time < val.changed + 86_400_000 {
            return Err("commission_changed_lately");
        }
        val.changed = time;
        if rate <= now {
            (val.rate, val.rise) = (rate, None);
        } else {
            (val.rate, val.rise) = (now, Some((rate, epoch + 2)));
        }
        Ok(())
    }

    pub fn rotate(&mut self, operator: Address, key: ConsensusKey) -> Done {
        let (now, fee, unbonding) = (self.now, amount(self.params.rotation_fee), self.params.unbonding_ms);
        if self.val(&operator).tombstoned {
            return Err("tombstoned");
        }
        let rotated = self.val(&operator).rotated;
        if rotated != 0 && now < rotated + unbonding {
            return Err("rotated_lately");
        }
        if self.balances[&operator] < fee {
            return Err("insufficient_balance");
        }
        *self.balances.get_mut(&operator).unwrap() -= fee;
        self.burnt += fee;
        let val = self.val_mut(&operator);
        val.rotated = now;
        val.keys.push((key, key.address()));
        Ok(())
    }

    pub fn set_restake(&mut self, pair: (Address, Address), on: bool) {
        self.pairs.get_mut(&pair).unwrap().restake = on;
    }

    /// Holds a payment of rewards to what is exactly due: never above it, and short by the roundings alone.
    pub fn pay(&mut self, pair: &(Address, Address), paid: u128) {
        let due = self.pairs.entry(*pair).or_default();
        due.rounded += 1;
        let exact = due.earned;
        assert!(paid * Q <= exact + Q / 100, "{pair:?} is paid {paid}; exactly {}/{Q} are due", exact);
        assert!((paid + due.rounded + 1) * Q >= exact, "{pair:?} is paid {paid}, due {}", exact / Q);
        due.earned = exact.saturating_sub(paid * Q);
        self.rewards -= paid;
    }

    pub fn claim_commission(&mut self, operator: Address) -> Done {
        let sum = std::mem::take(&mut self.val_mut(&operator).commission);
        if sum == 0 {
            return Err("nothing_to_claim");
        }
        self.rewards -= sum;
        self.credit(&operator, sum);
        Ok(())
    }
}

impl Val {
    pub fn rate_in(&self, epoch: u64) -> u64 {
        self.rise.filter(|(_, from)| epoch >= *from).map_or(self.rate, |(rate, _)| rate)
    }

    pub fn key(&self) -> ConsensusKey {
        self.keys.last().unwrap().0
    }
}

/// What a block tells its begin.
pub struct Begin<'a> {
    pub votes: &'a [Vote],
    pub misbehavior: &'a [Misbehavior],
    pub fees: u128,
    pub issued: u128,
}
