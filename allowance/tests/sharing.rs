//! Taxes and redistribution against a naive ledger: loops over all holders, exact fractions, equal answers.

mod common;

use chortle_kernel::{Address, AssetId, Message, Origin};
use chortle_token::{msg, protocol, state, tax::Tax};
use common::{Ledger, Random, amount, coin, funded};
use serde_json::json;

const PEOPLE: usize = 5;
const ASSET: u64 = 1_000_000_000;
const SEQUENCES: u64 = 250;
const OPERATIONS: usize = 4_000;
const SUPPLY: u64 = 1 << 36;
/// The exact part of a holder is kept in this fraction of a unit.
const EXACT_BITS: u32 = 32;

type Outcome = Result<(), &'static str>;

fn person(index: usize) -> Address {
    common::PEOPLE.get(index).map_or(Address([0xa9; 20]), |name| common::who(name))
}

#[derive(Clone, Copy, Default)]
struct Holder {
    balance: u64,
    excluded: bool,
    frozen: bool,
    /// What it has earned and was not paid, in 1/2^64, by the rule.
    earned: u128,
    /// The same by exact shares, in 1/2^32.
    exact: i128,
    /// LOL that it is owed.
    owed_lol: u64,
    /// LOL that it got.
    paid_lol: u64,
}

#[derive(Clone)]
struct Model {
    holders: [Holder; PEOPLE],
    native: bool,
    carry: u128,
    pot: u64,
    treasury: u64,
    liquidity: u64,
    tax: [u16; 4],
    announced: Option<([u16; 4], u64)>,
    epoch: u64,
    floor: u64,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Transfer { from: usize, to: usize, amount: u64 },
    Burn { from: usize, amount: u64 },
    Mint { to: usize, amount: u64 },
    Distribute { from: usize, amount: u64 },
    DistributeTreasury { amount: u64 },
    SpendTreasury { to: usize, amount: u64 },
    Exclude { who: usize, excluded: bool },
    Freeze { who: usize, frozen: bool },
    SetTax { legs: [u16; 4] },
    Collect { who: usize },
    Force { from: usize, to: usize, amount: u64 },
    NextEpoch,
}

fn ensure(holds: bool, error: &'static str) -> Outcome {
    if holds { Ok(()) } else { Err(error) }
}

impl Model {
    fn new(native: bool) -> Self {
        let mut holders = [Holder::default(); PEOPLE];
        holders[0].balance = SUPPLY;
        let tax = if native { [0; 4] } else { [0, 0, 200, 0] };
        let (carry, pot, treasury, liquidity, announced) = (0, 0, 0, 0, None);
        Self { holders, native, carry, pot, treasury, liquidity, tax, announced, epoch: 0, floor: SUPPLY / 2 }
    }

    fn supply(&self) -> u64 {
        let held: u64 = self.holders.iter().map(|holder| holder.balance).sum();
        held + self.treasury + self.liquidity + if self.native { 0 } else { self.pot }
    }

    fn eligible(&self) -> u64 {
        self.holders.iter().filter(|holder| !holder.excluded).map(|holder| holder.balance).sum()
    }

    /// Pays a holder what it has earned in whole units; the rest waits. However often that is, what was paid and the
    /// exact share differ by less than one unit.
    fn touch(&mut self, index: usize) {
        let native = self.native;
        let holder = &mut self.holders[index];
        let paid = u64::try_from(holder.earned >> 64).unwrap();
        holder.earned -= u128::from(paid) << 64;
        holder.exact -= i128::from(paid) << EXACT_BITS;
        let one = 1_i128 << EXACT_BITS;
        assert!(holder.exact >= -one / 256, "{paid} is more than its share: {}", holder.exact);
        assert!(holder.exact < one + one / 256, "{paid} is less than its share: {}", holder.exact);
        if native {
            holder.owed_lol += paid;
        } else {
            holder.balance += paid;
            self.pot -= paid;
        }
    }

    /// Of so many that exist, a thousandth must earn, and nobody earns more than 2^20 by one unit.
    fn share(&mut self, amount: u64, supply: u64) -> bool {
        let eligible = u128::from(self.eligible());
        if eligible == 0 || eligible * 1_000 < supply.into() || u128::from(amount) > eligible << 20 {
            return false;
        }
        let divisible = (u128::from(amount) << 64) + self.carry;
        for holder in self.holders.iter_mut().filter(|holder| !holder.excluded) {
            let balance = u128::from(holder.balance);
            holder.earned += balance * (divisible / eligible);
            let exact = ((balance * u128::from(amount)) << EXACT_BITS) / eligible;
            holder.exact += i128::try_from(exact).unwrap();
        }
        self.carry = divisible % eligible;
        self.pot += amount;
        true
    }

    fn take(&mut self, index: usize, amount: u64) -> Outcome {
        self.touch(index);
        let holder = &mut self.holders[index];
        holder.balance = holder.balance.checked_sub(amount).ok_or("insufficient_balance")?;
        Ok(())
    }

    fn tax(&self) -> [u16; 4] {
        match self.announced {
            Some((tax, epoch)) if epoch <= self.epoch => tax,
            _ => self.tax,
        }
    }

    /// The legs of a fee: unit by unit to the leg that is furthest below its share.
    fn legs(&self, amount: u64) -> [u64; 4] {
        let weights = self.tax().map(u128::from);
        let total: u128 = weights.iter().sum();
        if total == 0 {
            return [0; 4];
        }
        let fee = (u128::from(amount) * total).div_ceil(10_000);
        let mut legs = weights.map(|weight| fee * weight / total);
        let mut given = [false; 4];
        while legs.iter().sum::<u128>() < fee {
            let open = (0..4).filter(|leg| !given[*leg]);
            let best = open.min_by_key(|leg| (std::cmp::Reverse(fee * weights[*leg] % total), *leg)).unwrap();
            given[best] = true;
            legs[best] += 1;
        }
        let mut legs = legs.map(|leg| u64::try_from(leg).unwrap());
        legs[0] = legs[0].min(self.supply().saturating_sub(self.floor));
        legs
    }

    fn transfer(&mut self, from: usize, to: usize, amount: u64) -> Outcome {
        ensure(amount > 0, "zero_amount")?;
        ensure(from != to, "self_transfer")?;
        ensure(!self.holders[from].frozen && !self.holders[to].frozen, "frozen")?;
        let (legs, supply) = (self.legs(amount), self.supply());
        self.touch(to);
        self.take(from, amount)?;
        self.holders[to].balance += amount - legs.iter().sum::<u64>();
        self.pay_tax(legs, supply - legs[0]);
        Ok(())
    }

    fn pay_tax(&mut self, [_, reflect, treasury, liquidity]: [u64; 4], supply: u64) {
        if reflect > 0 && !self.share(reflect, supply) {
            self.treasury += reflect;
        }
        self.treasury += treasury;
        self.liquidity += liquidity;
    }

    fn set_tax(&mut self, legs: [u16; 4]) -> Outcome {
        ensure(legs.iter().map(|leg| u32::from(*leg)).sum::<u32>() <= 1_000, "tax_above_ceiling")?;
        ensure(!self.native || legs[1] == 0, "outside_template")?;
        let now = self.tax();
        let ahead = self.announced.is_some_and(|(_, epoch)| epoch > self.epoch);
        ensure(legs != now || ahead, "nothing_changes")?;
        if legs.iter().zip(now).all(|(new, old)| *new <= old) {
            (self.tax, self.announced) = (legs, None);
        } else {
            (self.tax, self.announced) = (now, Some((legs, self.epoch + 2)));
        }
        Ok(())
    }

    fn distribute(&mut self, from: usize, amount: u64) -> Outcome {
        ensure(amount > 0, "zero_amount")?;
        ensure(!self.holders[from].frozen, "frozen")?;
        let (supply, mut net) = (self.supply(), amount);
        if self.native {
            return ensure(self.share(amount, supply), "nobody_eligible");
        }
        let legs = self.legs(amount);
        self.take(from, amount)?;
        self.pay_tax(legs, supply - legs[0]);
        net -= legs.iter().sum::<u64>();
        ensure(self.share(net, supply - legs[0]), "nobody_eligible")
    }

    fn apply(&mut self, operation: Operation) -> Outcome {
        match operation {
            Operation::Transfer { from, to, amount } => self.transfer(from, to, amount),
            Operation::Burn { from, amount } => {
                ensure(amount > 0, "zero_amount")?;
                self.take(from, amount)
            }
            Operation::Mint { to, amount } => {
                ensure(amount > 0, "zero_amount")?;
                self.touch(to);
                self.holders[to].balance += amount;
                Ok(())
            }
            Operation::Distribute { from, amount } => self.distribute(from, amount),
            Operation::DistributeTreasury { amount } => {
                ensure(amount > 0, "zero_amount")?;
                ensure(!self.native, "not_shared")?;
                let supply = self.supply();
                self.treasury = self.treasury.checked_sub(amount).ok_or("insufficient_balance")?;
                ensure(self.share(amount, supply), "nobody_eligible")
            }
            Operation::SpendTreasury { to, amount } => {
                ensure(amount > 0, "zero_amount")?;
                self.treasury = self.treasury.checked_sub(amount).ok_or("insufficient_balance")?;
                self.touch(to);
                self.holders[to].balance += amount;
                Ok(())
            }
            Operation::Exclude { who, excluded } => {
                ensure(self.holders[who].excluded != excluded, "nothing_changes")?;
                self.touch(who);
                self.holders[who].excluded = excluded;
                Ok(())
            }
            Operation::Freeze { who, frozen } => {
                ensure(self.holders[who].frozen != frozen, "nothing_changes")?;
                self.holders[who].frozen = frozen;
                Ok(())
            }
            Operation::SetTax { legs } => self.set_tax(legs),
            Operation::Collect { who } => {
                let holder = &self.holders[who];
                ensure(holder.owed_lol > 0 || holder.earned >> 64 > 0, "nothing_changes")?;
                self.touch(who);
                let owed = std::mem::take(&mut self.holders[who].owed_lol);
                self.holders[who].paid_lol += owed;
                self.pot -= owed;
                Ok(())
            }
            Operation::Force { from, to, amount } => {
                ensure(amount > 0, "zero_amount")?;
                ensure(from != to, "self_transfer")?;
                self.take(from, amount)?;
                self.touch(to);
                self.holders[to].balance += amount;
                Ok(())
            }
            Operation::NextEpoch => {
                self.epoch += 1;
                Ok(())
            }
        }
    }
}

fn some_operation(random: &mut Random, model: &Model) -> Operation {
    let who = usize::try_from(random.below(5)).unwrap();
    let to = usize::try_from(random.below(5)).unwrap();
    let have = model.holders[who].balance + u64::try_from(model.holders[who].earned >> 64).unwrap();
    let amount = match random.below(24) {
        0 => 0,
        1..4 => 1 + random.below(20),
        4 => have,
        5 => have + 1,
        6 if !model.native => have - have.min(1),
        _ => 1 + random.below(have / 3 + 1),
    };
    let small = 1 + random.below(have / 50 + 2);
    match random.below(100) {
        0..55 => Operation::Transfer { from: who, to, amount },
        55..58 => Operation::Burn { from: who, amount: small },
        58..61 => Operation::Mint { to: who, amount: random.below(1 << 30) },
        61..68 => {
            Operation::Distribute { from: who, amount: if random.below(9) == 0 { amount } else { small } }
        }
        68..71 => Operation::DistributeTreasury { amount: random.below(model.treasury + 2) },
        71..74 => Operation::SpendTreasury { to: who, amount: random.below(model.treasury + 2) },
        74..81 => Operation::Exclude { who, excluded: random.below(2) == 0 },
        81..84 => Operation::Freeze { who, frozen: random.below(5) == 0 },
        84..89 => {
            let mut leg = || u16::try_from(random.below(5) * random.below(90)).unwrap();
            let legs = [leg(), leg(), leg(), leg()];
            Operation::SetTax { legs: if model.native { [legs[0], 0, legs[2], legs[3]] } else { legs } }
        }
        89..93 => Operation::Collect { who },
        93..96 => Operation::Force { from: who, to, amount },
        _ => Operation::NextEpoch,
    }
}

fn send(ledger: &mut Ledger, origin: Origin, message: &impl Message) -> Outcome {
    message.check().map_err(|reject| reject.name)?;
    ledger.attempt(origin, |ctx| message.execute(ctx)).map(drop).map_err(|reject| reject.name)
}

fn run(ledger: &mut Ledger, operation: Operation) -> Outcome {
    let asset = AssetId(ASSET);
    let by = |who: usize| Origin::Account(person(who));
    let keeper = Origin::Community(asset);
    match operation {
        Operation::Transfer { from, to, amount } => {
            send(ledger, by(from), &msg::Transfer { to: person(to), coin: coin(ASSET, amount) })
        }
        Operation::Burn { from, amount } => send(ledger, by(from), &msg::Burn { coin: coin(ASSET, amount) }),
        Operation::Mint { to, amount } => {
            send(ledger, by(0), &msg::Mint { to: person(to), coin: coin(ASSET, amount) })
        }
        Operation::Distribute { from, amount: units } => {
            send(ledger, by(from), &msg::Distribute { asset, amount: amount(units) })
        }
        Operation::DistributeTreasury { amount: units } => {
            send(ledger, keeper, &msg::DistributeTreasury { asset, amount: amount(units) })
        }
        Operation::SpendTreasury { to, amount } => {
            let spend = msg::SpendTreasury { asset, to: person(to), coin: coin(ASSET, amount) };
            send(ledger, keeper, &spend)
        }
        Operation::Exclude { who, excluded } => {
            send(ledger, by(0), &msg::Exclude { asset, account: person(who), excluded })
        }
        Operation::Freeze { who, frozen } => {
            send(ledger, by(0), &msg::Freeze { asset, account: person(who), frozen })
        }
        Operation::SetTax { legs } => {
            let [burn_bps, reflect_bps, treasury_bps, liquidity_bps] = legs;
            let tax = Tax { burn_bps, reflect_bps, treasury_bps, liquidity_bps, max_fee: None };
            send(ledger, by(0), &msg::SetTax { asset, tax })
        }
        Operation::Collect { who } => send(ledger, by(who), &msg::Collect { asset }),
        Operation::Force { from, to, amount } => {
            let coin = coin(ASSET, amount);
            send(ledger, by(0), &msg::ForceTransfer { from: person(from), to: person(to), coin })
        }
        Operation::NextEpoch => {
            ledger.block.epoch += 1;
            Ok(())
        }
    }
}

const LOL_EACH: u64 = 1 << 55;

fn start(native: bool) -> Ledger {
    let mut genesis = funded();
    genesis.accounts.clear();
    for index in 0..PEOPLE {
        let (address, balance) = (person(index), amount(LOL_EACH));
        genesis.accounts.push(chortle_token::GenesisAccount { address, balance, nonce: 0 });
    }
    let mut ledger = Ledger::new(&genesis);
    let capabilities = ["mint", "burn", "tax", "freeze", "force_transfer"];
    let mut body = json!({
        "symbol": "DOGE", "name": "Doge", "decimals": 2, "supply": SUPPLY.to_string(), "template": "community",
        "capabilities": capabilities, "burn_floor": (SUPPLY / 2).to_string(),
    });
    if native {
        (body["payout"], body["tax"]) = (json!("native"), json!({}));
    }
    ledger.send("alice", "create_asset", body).unwrap();
    ledger
}

fn assert_equal(ledger: &Ledger, model: &Model, given_lol: &[u64; PEOPLE]) {
    let asset = AssetId(ASSET);
    let pool = state::TOTALS.get(&ledger.state, &asset).unwrap().unwrap();
    let figures = [pool.supply, pool.treasury, pool.liquidity, pool.pot, pool.eligible];
    let expected = [model.supply(), model.treasury, model.liquidity, model.pot, model.eligible()];
    assert_eq!(figures.map(|figure| figure.base_units()), expected);
    let fee = 10 * common::LOL;
    for (index, holder) in model.holders.iter().enumerate() {
        let found = chortle_token::balance(&ledger.state, &person(index), asset).unwrap().base_units();
        let due = u64::try_from(holder.earned >> 64).unwrap();
        assert_eq!(found, holder.balance + if model.native { 0 } else { due }, "holder {index}");
        let lol = chortle_token::native_balance(&ledger.state, &person(index)).unwrap().base_units();
        let created = if index == 0 { fee } else { 0 };
        assert_eq!(lol, LOL_EACH - created - given_lol[index] + holder.paid_lol, "LOL of {index}");
    }
    let treasury = chortle_token::balance(&ledger.state, &protocol::treasury_of(asset), asset).unwrap();
    assert_eq!(treasury.base_units(), model.treasury);
}

fn agree(seeds: std::ops::Range<u64>, native: bool) -> usize {
    let mut accepted = 0;
    for seed in seeds {
        let (mut random, mut ledger, mut model) = (Random(seed), start(native), Model::new(native));
        let mut given_lol = [0; PEOPLE];
        for step in 0..OPERATIONS {
            let operation = some_operation(&mut random, &model);
            let mut after = model.clone();
            let expected = after.apply(operation);
            let found = run(&mut ledger, operation);
            assert_eq!(found, expected, "seed {seed}, step {step}: {operation:?}");
            if found.is_ok() {
                accepted += 1;
                model = after;
                if let (true, Operation::Distribute { from, amount }) = (native, operation) {
                    given_lol[from] += amount;
                }
            }
            if step % 16 == 0 {
                assert_equal(&ledger, &model, &given_lol);
                ledger.assert_invariants();
            }
        }
        ledger.assert_ranks();
    }
    accepted
}

#[test]
fn sharing_in_the_asset_agrees_with_loops_over_all_holders() {
    let accepted = agree(0..SEQUENCES - 50, false);
    assert!(accepted > 300_000, "only {accepted} operations were accepted");
}

#[test]
fn sharing_in_lol_agrees_with_loops_over_all_holders() {
    let accepted = agree(SEQUENCES - 50..SEQUENCES, true);
    assert!(accepted > 75_000, "only {accepted} operations were accepted");
}
