//! The ledger against a naive one: random operations, equal answers, every invariant after each.

mod common;

use std::collections::BTreeMap;

use chortle_kernel::AssetId;
use chortle_token::{FeeOutcome, Genesis};
use common::{LOL, Ledger, PEOPLE, Random, amount, coin, funded, who};
use serde_json::{Value, json};

const SEQUENCES: u64 = 205;
const OPERATIONS: usize = 500;
const MAX: u128 = i64::MAX as u128;
const NAMES: [&str; 7] = ["alice", "bob", "carol", "dave", "fees", "treasury", "governance"];

type Outcome = Result<(), &'static str>;

/// An asset of the naive ledger.
#[derive(Clone)]
struct Record {
    cap: u128,
    mintable: bool,
    admin: Option<&'static str>,
    offered: Option<&'static str>,
}

/// The naive ledger: whole numbers in maps, nothing clever.
#[derive(Clone, Default)]
struct Model {
    balances: BTreeMap<(&'static str, u64), u128>,
    nonces: BTreeMap<&'static str, u64>,
    assets: Vec<Record>,
}

/// What a sequence does in one step.
#[derive(Clone, Debug)]
enum Operation {
    Create { mintable: bool, supply: u64, cap: Option<u64> },
    Mint { to: &'static str, asset: u64, amount: u64 },
    Burn { asset: u64, amount: u64 },
    Transfer { to: &'static str, asset: u64, amount: u64 },
    MultiTransfer { asset: u64, recipients: Vec<(&'static str, u64)> },
    Offer { asset: u64, to: Option<&'static str> },
    Accept { asset: u64 },
    Renounce { asset: u64 },
    Admit { nonce: Option<u64>, payer: &'static str, fee: u64 },
}

fn ensure(holds: bool, error: &'static str) -> Outcome {
    if holds { Ok(()) } else { Err(error) }
}

impl Model {
    fn funded() -> Self {
        let native = Record { cap: MAX, mintable: false, admin: None, offered: None };
        let balances = [("alice", 100), ("bob", 50), ("carol", 5)];
        let balances = balances.map(|(name, lol)| ((name, 0), u128::from(lol * LOL)));
        Self { balances: balances.into(), assets: vec![native], ..Self::default() }
    }

    fn balance(&self, name: &'static str, asset: u64) -> u128 {
        self.balances.get(&(name, asset)).copied().unwrap_or(0)
    }

    fn supply(&self, asset: u64) -> u128 {
        self.balances.iter().filter(|((_, of), _)| *of == asset).map(|(_, amount)| amount).sum()
    }

    fn asset(&mut self, asset: u64) -> Result<&mut Record, &'static str> {
        self.assets.get_mut(usize::try_from(asset).unwrap()).ok_or("unknown_asset")
    }

    fn shift(&mut self, from: &'static str, to: &'static str, asset: u64, amount: u64) -> Outcome {
        self.take(from, asset, amount)?;
        *self.balances.entry((to, asset)).or_default() += u128::from(amount);
        Ok(())
    }

    fn take(&mut self, from: &'static str, asset: u64, amount: u64) -> Outcome {
        self.asset(asset)?;
        let left = self.balance(from, asset).checked_sub(u128::from(amount));
        self.balances.insert((from, asset), left.ok_or("insufficient_balance")?);
        Ok(())
    }

    fn as_admin(&mut self, asset: u64, signer: &'static str) -> Result<&mut Record, &'static str> {
        let token = self.asset(asset)?;
        let admin = token.admin.ok_or("admin_renounced")?;
        ensure(admin == signer, "not_admin")?;
        Ok(token)
    }

    fn multi_transfer(
        &mut self,
        sender: &'static str,
        asset: u64,
        recipients: &[(&'static str, u64)],
    ) -> Outcome {
        ensure(!recipients.is_empty(), "no_recipient")?;
        for (to, amount) in recipients {
            ensure(*amount > 0, "zero_amount")?;
            ensure(PEOPLE.contains(to), "protocol_account")?;
        }
        let total: u128 = recipients.iter().map(|(_, amount)| u128::from(*amount)).sum();
        ensure(total <= MAX, "total_too_large")?;
        ensure(recipients.iter().all(|(to, _)| *to != sender), "self_transfer")?;
        recipients.iter().try_for_each(|(to, amount)| self.shift(sender, to, asset, *amount))
    }

    /// Does all of an operation, or nothing of it.
    fn attempt(&mut self, sender: &'static str, operation: &Operation) -> Outcome {
        let before = self.clone();
        let done = self.apply(sender, operation);
        if done.is_err() {
            *self = before;
        }
        done
    }

    fn apply(&mut self, sender: &'static str, operation: &Operation) -> Outcome {
        match operation {
            Operation::Create { mintable, supply, cap } => {
                let default = if *mintable { MAX } else { u128::from(*supply) };
                let cap = cap.map_or(default, u128::from);
                ensure(u128::from(*supply) <= cap, "supply_above_cap")?;
                ensure(cap > 0 && (*mintable || *supply > 0), "never_any_supply")?;
                self.shift(sender, "treasury", 0, 10 * LOL)?;
                let id = u64::try_from(self.assets.len()).unwrap();
                self.assets.push(Record { cap, mintable: *mintable, admin: Some(sender), offered: None });
                self.balances.insert((sender, id), u128::from(*supply));
                Ok(())
            }
            Operation::Mint { to, asset, amount } => {
                ensure(*amount > 0, "zero_amount")?;
                ensure(PEOPLE.contains(to), "protocol_account")?;
                ensure(self.asset(*asset)?.mintable, "not_mintable")?;
                let cap = self.as_admin(*asset, sender)?.cap;
                ensure(self.supply(*asset) + u128::from(*amount) <= cap, "above_cap")?;
                *self.balances.entry((*to, *asset)).or_default() += u128::from(*amount);
                Ok(())
            }
            Operation::Burn { asset, amount } => {
                ensure(*amount > 0, "zero_amount")?;
                self.take(sender, *asset, *amount)
            }
            Operation::Transfer { to, asset, amount } => {
                ensure(*amount > 0, "zero_amount")?;
                ensure(PEOPLE.contains(to), "protocol_account")?;
                ensure(*to != sender, "self_transfer")?;
                self.shift(sender, to, *asset, *amount)
            }
            Operation::MultiTransfer { asset, recipients } => self.multi_transfer(sender, *asset, recipients),
            Operation::Offer { asset, to } => {
                let token = self.as_admin(*asset, sender)?;
                ensure(*to != Some(sender), "already_admin")?;
                ensure(to.is_some() || token.offered.is_some(), "no_offer")?;
                token.offered = *to;
                Ok(())
            }
            Operation::Accept { asset } => {
                let token = self.asset(*asset)?;
                ensure(token.admin.is_some(), "admin_renounced")?;
                let offered = token.offered.ok_or("no_offer")?;
                ensure(offered == sender, "not_offered")?;
                (token.admin, token.offered) = (Some(sender), None);
                Ok(())
            }
            Operation::Renounce { asset } => {
                let token = self.as_admin(*asset, sender)?;
                (token.admin, token.offered) = (None, None);
                Ok(())
            }
            Operation::Admit { nonce, payer, fee } => {
                let next = self.nonces.get(sender).copied().unwrap_or(0);
                ensure(nonce.is_none_or(|given| given == next), "nonce")?;
                self.shift(payer, "fees", 0, *fee)?;
                self.nonces.insert(sender, next + u64::from(nonce.is_some()));
                Ok(())
            }
        }
    }
}

/// An amount that is often at an edge: nothing, one, all of a balance, one more, the maximum.
fn some_amount(random: &mut Random, model: &Model, sender: &'static str, asset: u64) -> u64 {
    let balance = u64::try_from(model.balance(sender, asset)).unwrap();
    match random.below(20) {
        0 => 0,
        1 => 1,
        2 => balance,
        3 => balance.saturating_add(1).min(i64::MAX.unsigned_abs()),
        4 => i64::MAX.unsigned_abs(),
        _ => 1 + random.below(balance / 4 + 1),
    }
}

/// Mostly an asset that the sender holds or is the admin of; at times any, at times none that exists.
fn some_asset(random: &mut Random, model: &Model, sender: &'static str, as_admin: bool) -> u64 {
    let own = |asset: &u64| {
        let record = &model.assets[usize::try_from(*asset).unwrap()];
        let role = record.admin == Some(sender) || record.offered == Some(sender);
        if as_admin { role } else { model.balance(sender, *asset) > 0 }
    };
    let assets = u64::try_from(model.assets.len()).unwrap();
    let own: Vec<u64> = (0..assets).filter(own).collect();
    if own.is_empty() || random.below(5) == 0 { random.below(assets + 1) } else { random.pick(&own) }
}

/// Mostly another person; at times the sender itself or the protocol.
fn some_recipient(random: &mut Random, sender: &'static str) -> &'static str {
    if random.below(16) == 0 {
        return random.pick(&NAMES);
    }
    let first = random.pick(&PEOPLE);
    if first == sender { random.pick(&PEOPLE) } else { first }
}

fn some_operation(random: &mut Random, model: &Model, sender: &'static str) -> Operation {
    let verb = random.below(100);
    let asset = some_asset(random, model, sender, matches!(verb, 4..16 | 68..87));
    let to = some_recipient(random, sender);
    let amount = some_amount(random, model, sender, asset);
    match verb {
        0..4 => {
            let supply = [0, 1, 1_000, 1 << 40][usize::try_from(random.below(4)).unwrap()];
            let cap = (random.below(2) == 0).then(|| random.below(1 << 41));
            Operation::Create { mintable: random.below(3) > 0, supply, cap }
        }
        4..16 => Operation::Mint { to, asset, amount },
        16..24 => Operation::Burn { asset, amount },
        24..56 => Operation::Transfer { to, asset, amount },
        56..68 => {
            let lines = random.below(5);
            let mut line = || {
                let to = some_recipient(random, sender);
                (to, some_amount(random, model, sender, asset) / 2)
            };
            let recipients = (0..lines).map(|_| line()).collect();
            Operation::MultiTransfer { asset, recipients }
        }
        68..78 => Operation::Offer { asset, to: (random.below(5) > 0).then_some(to) },
        78..86 => Operation::Accept { asset },
        86 if random.below(8) == 0 => Operation::Renounce { asset },
        _ => {
            let next = model.nonces.get(sender).copied().unwrap_or(0) + random.below(2);
            let payer = if random.below(4) == 0 { random.pick(&PEOPLE) } else { sender };
            let fee =
                [0, random.below(LOL), u64::try_from(model.balance(payer, 0)).unwrap() + random.below(2)];
            let nonce = (random.below(8) > 0).then_some(next);
            Operation::Admit {
                nonce,
                payer,
                fee: fee[usize::try_from(random.below(20)).unwrap().clamp(1, 3) % 3],
            }
        }
    }
}

fn run(ledger: &mut Ledger, sender: &'static str, operation: &Operation) -> Outcome {
    let coin_of = |asset: &u64, amount: &u64| serde_json::to_value(coin(*asset, *amount)).unwrap();
    let id = |asset: &u64| asset.to_string();
    let (verb, body): (_, Value) = match operation {
        Operation::Create { mintable, supply, cap } => {
            let minter = if *mintable { "admin" } else { "nobody" };
            let (supply, cap) = (supply.to_string(), cap.map(|cap| cap.to_string()));
            let body = json!({ "symbol": "DOGE", "name": "Doge", "decimals": 2, "supply": supply, "minter": minter });
            let mut body = body;
            body["cap"] = json!(cap);
            ("create_asset", body)
        }
        Operation::Mint { to, asset, amount } => {
            ("mint", json!({ "to": who(to), "coin": coin_of(asset, amount) }))
        }
        Operation::Burn { asset, amount } => ("burn", json!({ "coin": coin_of(asset, amount) })),
        Operation::Transfer { to, asset, amount } => {
            ("transfer", json!({ "to": who(to), "coin": coin_of(asset, amount) }))
        }
        Operation::MultiTransfer { asset, recipients } => {
            let line = |(to, units): &(&str, u64)| json!({ "to": who(to), "amount": amount(*units) });
            let recipients: Vec<_> = recipients.iter().map(line).collect();
            ("multi_transfer", json!({ "asset": id(asset), "recipients": recipients }))
        }
        Operation::Offer { asset, to } => ("offer_admin", json!({ "asset": id(asset), "to": to.map(who) })),
        Operation::Accept { asset } => ("accept_admin", json!({ "asset": id(asset) })),
        Operation::Renounce { asset } => ("renounce_admin", json!({ "asset": id(asset) })),
        Operation::Admit { nonce, payer, fee } => {
            let (state, fee) = (&mut ledger.state, amount(*fee));
            return match chortle_token::take_fee(state, &who(sender), *nonce, &who(payer), fee).unwrap() {
                FeeOutcome::Taken => Ok(()),
                FeeOutcome::Expected { .. } => Err("nonce"),
                FeeOutcome::Short { .. } => Err("insufficient_balance"),
            };
        }
    };
    ledger.send(sender, verb, body).map(drop).map_err(|reject| reject.name)
}

fn assert_equal(ledger: &Ledger, model: &Model) {
    for (index, token) in model.assets.iter().enumerate() {
        let asset = u64::try_from(index).unwrap();
        assert_eq!(u128::from(ledger.supply(asset)), model.supply(asset), "supply of {asset}");
        for name in NAMES {
            assert_eq!(u128::from(ledger.balance(name, asset)), model.balance(name, asset), "{name} {asset}");
        }
        let record = chortle_token::asset(&ledger.state, AssetId(asset)).unwrap();
        assert_eq!(record.admin, token.admin.map(who));
        assert_eq!(record.pending_admin, token.offered.map(who));
    }
    for (name, nonce) in &model.nonces {
        assert_eq!(chortle_token::account(&ledger.state, &who(name)).unwrap().nonce, *nonce);
    }
}

fn assert_export_is_identity(ledger: &Ledger) {
    let section = (chortle_token::MODULE.genesis.export)(&ledger.state).unwrap();
    (chortle_token::MODULE.genesis.validate)(&section).unwrap();
    let imported = Ledger::new(&Genesis::parse(&section).unwrap());
    assert_eq!(imported.entries(), ledger.entries());
    assert_eq!((chortle_token::MODULE.genesis.export)(&imported.state).unwrap(), section);
}

#[test]
fn the_ledger_and_a_naive_model_agree_on_every_operation() {
    let (mut accepted, mut rejected) = (0, BTreeMap::<&str, u64>::new());
    for seed in 0..SEQUENCES {
        let (mut random, mut ledger, mut model) = (Random(seed), Ledger::new(&funded()), Model::funded());
        for step in 0..OPERATIONS {
            let sender = random.pick(&PEOPLE);
            let operation = some_operation(&mut random, &model, sender);
            let expected = model.attempt(sender, &operation);
            let found = run(&mut ledger, sender, &operation);
            assert_eq!(found, expected, "seed {seed}, step {step}: {sender} {operation:?}");
            match found {
                Ok(()) => accepted += 1,
                Err(name) => *rejected.entry(name).or_default() += 1,
            }
            if matches!(operation, Operation::Admit { .. }) {
                // Every message is followed by a check of its own.
                ledger.assert_invariants();
            }
            assert_equal(&ledger, &model);
        }
        ledger.assert_ranks();
        assert_export_is_identity(&ledger);
    }
    println!("{accepted} accepted, rejected: {rejected:?}");
    assert!(accepted > SEQUENCES * 150, "only {accepted} operations were accepted");
    assert!(rejected.len() >= 15, "the sequences meet too few errors: {rejected:?}");
}
