//! Locks, allowances and airdrops against naive ones: random operations, equal answers and balances after each; and
//! arbitrary bytes against every decoder.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use chortle_airdrop::msg::{ClaimAirdrop, CreateAirdrop, EndAirdrop};
use chortle_airdrop::tree::{airdrop_key, tree as tree_of};
use chortle_allowance::msg::{Approve, TransferFrom};
use chortle_kernel::merkle::{Node, Tree};
use chortle_kernel::{List, Message, Module, Origin};
use chortle_lock::msg::{ClaimLock, CreateLock, RevokeLock};
use chortle_lock::{Schedule, Step};
use common::{Ledger, MODULES, PEOPLE, Random, amount, coin, funded, who};
use serde_json::json;

const SEQUENCES: u64 = 1_000;
const OPERATIONS: usize = 1_000;
const ASSETS: [u64; 2] = [0, 1];
const NAMES: [&str; 6] = ["alice", "bob", "carol", "dave", "locks", "airdrops"];

type Outcome = Result<(), &'static str>;
type Name = &'static str;

struct Lock {
    owner: Name,
    funder: Name,
    asset: u64,
    amount: u64,
    claimed: u64,
    schedule: Plan,
    revocable: bool,
    revoked: bool,
}

/// A schedule as plain numbers.
#[derive(Clone, Debug)]
enum Plan {
    Even(u64, u64, u64),
    Parts(Vec<(u64, u64)>),
}

struct Campaign {
    sponsor: Name,
    asset: u64,
    salt: u64,
    list: Vec<(Name, u64)>,
    paid: BTreeSet<usize>,
    left: u64,
    deadline: u64,
    ended: bool,
    tree: Tree,
}

#[derive(Default)]
struct Model {
    now: u64,
    balances: BTreeMap<(Name, u64), u64>,
    locks: Vec<Option<Lock>>,
    allowances: BTreeMap<(Name, Name, u64), (u64, Option<u64>)>,
    campaigns: Vec<Campaign>,
}

#[derive(Debug)]
enum Operation {
    Lock { owner: Name, asset: u64, units: u64, plan: Plan, revocable: bool },
    ClaimLock { lock: u64 },
    Revoke { lock: u64 },
    Approve { spender: Name, asset: u64, units: u64, expires: Option<u64>, expected: Option<u64> },
    Spend { owner: Name, to: Name, asset: u64, units: u64 },
    Drop { asset: u64, units: u64, salt: u64, list: Vec<(Name, u64)>, deadline: u64 },
    Claim { airdrop: u64, proof_of: u64, index: u32, account: Name, units: u64 },
    End { airdrop: u64 },
}

fn ensure(holds: bool, error: &'static str) -> Outcome {
    if holds { Ok(()) } else { Err(error) }
}

fn at(id: u64) -> usize {
    usize::try_from(id).unwrap().wrapping_sub(1)
}

impl Plan {
    fn end(&self) -> u64 {
        match self {
            Self::Even(_, _, end) => *end,
            Self::Parts(parts) => parts.iter().map(|(time, _)| *time).max().unwrap_or(0),
        }
    }

    fn vested(&self, units: u64, now: u64) -> u64 {
        match self {
            Self::Even(_, _, end) if now >= *end => units,
            Self::Even(_, cliff, _) if now < *cliff => 0,
            Self::Even(start, _, end) => {
                u64::try_from(u128::from(units) * u128::from(now - start) / u128::from(end - start)).unwrap()
            }
            Self::Parts(parts) => parts.iter().filter(|(time, _)| *time <= now).map(|(_, part)| part).sum(),
        }
    }

    fn check(&self, units: u64) -> Outcome {
        match self {
            Self::Even(start, cliff, end) => ensure(start <= cliff && cliff <= end, "schedule_out_of_order"),
            Self::Parts(parts) => {
                let ordered = parts.windows(2).all(|pair| pair[0].0 < pair[1].0);
                ensure(ordered && !parts.is_empty(), "schedule_out_of_order")?;
                ensure(parts.iter().all(|(_, part)| *part > 0), "zero_amount")?;
                ensure(parts.iter().map(|(_, part)| part).sum::<u64>() == units, "schedule_total")
            }
        }
    }

    fn schedule(&self) -> Schedule {
        match self {
            Self::Even(start_unix_ms, cliff_unix_ms, end_unix_ms) => Schedule::Linear {
                start_unix_ms: *start_unix_ms,
                cliff_unix_ms: *cliff_unix_ms,
                end_unix_ms: *end_unix_ms,
            },
            Self::Parts(parts) => {
                let step = |(time, part): &(u64, u64)| Step { at_unix_ms: *time, amount: amount(*part) };
                Schedule::Steps(List::parse(parts.iter().map(step).collect::<Vec<_>>()).unwrap())
            }
        }
    }
}

impl Lock {
    fn vested(&self, now: u64) -> u64 {
        if self.revoked { self.amount } else { self.schedule.vested(self.amount, now) }
    }
}

impl Model {
    fn balance(&self, name: Name, asset: u64) -> u64 {
        self.balances.get(&(name, asset)).copied().unwrap_or(0)
    }

    fn shift(&mut self, from: Name, to: Name, asset: u64, units: u64) -> Outcome {
        let left = self.balance(from, asset).checked_sub(units).ok_or("insufficient_balance")?;
        self.balances.insert((from, asset), left);
        *self.balances.entry((to, asset)).or_default() += units;
        Ok(())
    }

    fn lock(&mut self, id: u64) -> Result<&mut Lock, &'static str> {
        self.locks.get_mut(at(id)).and_then(Option::as_mut).ok_or("unknown_lock")
    }

    fn forget_if_empty(&mut self, id: u64) {
        if self.locks[at(id)].as_ref().is_some_and(|lock| lock.claimed == lock.amount) {
            self.locks[at(id)] = None;
        }
    }

    fn campaign(&mut self, id: u64) -> Result<&mut Campaign, &'static str> {
        self.campaigns.get_mut(at(id)).ok_or("unknown_airdrop")
    }

    /// Every branch ensures before it writes.
    fn apply(&mut self, sender: Name, operation: &Operation) -> Outcome {
        let now = self.now;
        match operation {
            Operation::Lock { owner, asset, units, plan, revocable } => {
                ensure(*units > 0, "zero_amount")?;
                ensure(PEOPLE.contains(owner), "protocol_account")?;
                plan.check(*units)?;
                ensure(plan.end() > now, "schedule_over")?;
                self.shift(sender, "locks", *asset, *units)?;
                self.locks.push(Some(Lock {
                    owner,
                    funder: sender,
                    asset: *asset,
                    amount: *units,
                    claimed: 0,
                    schedule: plan.clone(),
                    revocable: *revocable,
                    revoked: false,
                }));
                Ok(())
            }
            Operation::ClaimLock { lock: id } => {
                let lock = self.lock(*id)?;
                ensure(lock.owner == sender, "not_lock_owner")?;
                let (units, asset) = (lock.vested(now) - lock.claimed, lock.asset);
                ensure(units > 0, "nothing_vested")?;
                lock.claimed += units;
                self.forget_if_empty(*id);
                self.shift("locks", sender, asset, units)
            }
            Operation::Revoke { lock: id } => {
                let lock = self.lock(*id)?;
                ensure(lock.funder == sender, "not_lock_funder")?;
                ensure(lock.revocable, "not_revocable")?;
                let (back, asset) = (lock.amount - lock.vested(now), lock.asset);
                ensure(back > 0, "all_vested")?;
                lock.amount -= back;
                lock.revoked = true;
                self.forget_if_empty(*id);
                self.shift("locks", sender, asset, back)
            }
            Operation::Approve { spender, asset, units, expires, expected } => {
                ensure(PEOPLE.contains(spender), "protocol_account")?;
                ensure(*spender != sender, "self_approval")?;
                let before = self.allowances.get(&(sender, *spender, *asset)).copied();
                let live =
                    before.filter(|(_, end)| end.is_none_or(|end| now < end)).map_or(0, |(left, _)| left);
                ensure(expected.is_none_or(|expected| expected == live), "allowance_changed")?;
                ensure(*units > 0 || before.is_some(), "no_allowance")?;
                ensure(expires.is_none_or(|expires| expires > now), "expiry_past")?;
                self.allowances.insert((sender, *spender, *asset), (*units, *expires));
                self.allowances.retain(|_, (left, _)| *left > 0);
                Ok(())
            }
            Operation::Spend { owner, to, asset, units } => {
                ensure(*units > 0, "zero_amount")?;
                ensure(owner != to, "self_transfer")?;
                ensure(PEOPLE.contains(to), "protocol_account")?;
                let allowed = self.allowances.get(&(*owner, sender, *asset)).copied();
                let (left, expires) = allowed.ok_or("no_allowance")?;
                ensure(expires.is_none_or(|expires| now < expires), "allowance_expired")?;
                ensure(*units <= left, "above_allowance")?;
                self.shift(owner, to, *asset, *units)?;
                self.allowances.insert((owner, sender, *asset), (left - units, expires));
                self.allowances.retain(|_, (left, _)| *left > 0);
                Ok(())
            }
            _ => self.apply_airdrop(sender, operation),
        }
    }

    fn apply_airdrop(&mut self, sender: Name, operation: &Operation) -> Outcome {
        let now = self.now;
        match operation {
            Operation::Drop { asset, units, salt, list, deadline } => {
                ensure(*units > 0, "zero_amount")?;
                ensure(!list.is_empty(), "leaves_out_of_range")?;
                ensure(*deadline > now, "deadline_past")?;
                let used = self.campaigns.iter().any(|other| other.sponsor == sender && other.salt == *salt);
                ensure(!used, "salt_used")?;
                self.shift(sender, "airdrops", *asset, *units)?;
                let tree = tree(sender, *salt, list);
                self.campaigns.push(Campaign {
                    sponsor: sender,
                    asset: *asset,
                    salt: *salt,
                    list: list.clone(),
                    paid: BTreeSet::new(),
                    left: *units,
                    deadline: *deadline,
                    ended: false,
                    tree,
                });
                Ok(())
            }
            Operation::Claim { airdrop, proof_of, index, account, units } => {
                ensure(*units > 0, "zero_amount")?;
                ensure(PEOPLE.contains(account), "protocol_account")?;
                let place = usize::try_from(*index).unwrap();
                let lent = self.campaigns.get(at(*proof_of)).map_or(0, |campaign| campaign.list.len());
                let is_empty = lent == 1 || place >= lent;
                let campaign = self.campaign(*airdrop)?;
                ensure(now < campaign.deadline, "airdrop_over")?;
                ensure(place < campaign.list.len(), "leaf_out_of_range")?;
                // A tree of one leaf has an empty proof, which is that of every tree of one leaf.
                let proven = proof_of == airdrop || (campaign.list.len() == 1 && is_empty);
                ensure(campaign.list[place] == (*account, *units) && proven, "bad_proof")?;
                ensure(!campaign.paid.contains(&place), "already_claimed")?;
                campaign.left = campaign.left.checked_sub(*units).ok_or("above_total")?;
                campaign.paid.insert(place);
                let asset = campaign.asset;
                self.shift("airdrops", account, asset, *units)
            }
            Operation::End { airdrop } => {
                let campaign = self.campaign(*airdrop)?;
                ensure(!campaign.ended, "airdrop_ended")?;
                ensure(now >= campaign.deadline, "airdrop_running")?;
                campaign.ended = true;
                let (sponsor, asset, left) = (campaign.sponsor, campaign.asset, campaign.left);
                campaign.left = 0;
                self.shift("airdrops", sponsor, asset, left)
            }
            other => panic!("{other:?} is no airdrop"),
        }
    }
}

fn tree(sponsor: Name, salt: u64, list: &[(Name, u64)]) -> Tree {
    let key = airdrop_key("test", &who(sponsor), salt);
    let list: Vec<_> = list.iter().map(|(name, units)| (who(name), amount(*units))).collect();
    tree_of(&key, &list).unwrap()
}

fn some_units(random: &mut Random, most: u64) -> u64 {
    match random.below(16) {
        0 => 0,
        1 => 1,
        2 => most,
        3 => most + 1,
        _ => 1 + random.below(most / 8 + 1),
    }
}

fn some_plan(random: &mut Random, now: u64, units: u64) -> Plan {
    let start = (now + random.below(60)).saturating_sub(20);
    if random.below(2) == 0 {
        let cliff = start + random.below(50);
        let end = (cliff + random.below(100)).saturating_sub(random.below(4));
        return Plan::Even(start, cliff, end);
    }
    let (mut left, mut time, mut parts) = (units, start, Vec::new());
    while left > 0 && parts.len() < 5 {
        let part = if parts.len() == 4 || random.below(3) == 0 { left } else { random.below(left + 1) };
        parts.push((time, part));
        left -= part;
        time += random.below(40);
    }
    if random.below(20) == 0 {
        parts.pop();
    }
    Plan::Parts(parts)
}

fn some_operation(random: &mut Random, model: &Model, sender: Name) -> Operation {
    let asset = random.pick(&ASSETS);
    let person = if random.below(20) == 0 { random.pick(&NAMES) } else { random.pick(&PEOPLE) };
    let most = model.balance(sender, asset);
    let lock = 1 + random.below(u64::try_from(model.locks.len()).unwrap() + 1);
    let airdrops = u64::try_from(model.campaigns.len()).unwrap();
    // Mostly a young one, which may still run.
    let airdrop = if random.below(3) == 0 { 1 + random.below(airdrops + 1) } else { airdrops.max(1) };
    match random.below(100) {
        0..14 => {
            let units = some_units(random, most);
            let plan = some_plan(random, model.now, units);
            Operation::Lock { owner: person, asset, units, plan, revocable: random.below(2) == 0 }
        }
        14..34 => Operation::ClaimLock { lock },
        34..42 => Operation::Revoke { lock },
        42..54 => {
            let before = model.allowances.get(&(sender, person, asset)).map_or(0, |(left, _)| *left);
            let expires = (random.below(2) == 0).then(|| model.now + random.below(80));
            let expected = (random.below(3) == 0).then(|| before + random.below(8) / 7);
            let units = if random.below(6) == 0 { 0 } else { some_units(random, most) };
            Operation::Approve { spender: person, asset, units, expires, expected }
        }
        54..70 => {
            let owner = random.pick(&PEOPLE);
            let left = model.allowances.get(&(owner, sender, asset)).map_or(5, |(left, _)| *left);
            Operation::Spend { owner, to: person, asset, units: some_units(random, left) }
        }
        70..76 => {
            let list: Vec<_> =
                (0..random.below(7)).map(|_| (random.pick(&PEOPLE), 1 + random.below(50))).collect();
            let sum: u64 = list.iter().map(|(_, units)| units).sum();
            let units = if random.below(3) == 0 { sum / 2 } else { sum };
            let (salt, deadline) = (random.below(40), model.now + random.below(90));
            Operation::Drop { asset, units, salt, list, deadline }
        }
        76..94 => some_claim(random, model, airdrop, person),
        _ => Operation::End { airdrop },
    }
}

fn some_claim(random: &mut Random, model: &Model, airdrop: u64, person: Name) -> Operation {
    let proof_of = if random.below(8) == 0 { 1 + random.below(airdrop) } else { airdrop };
    let list = model.campaigns.get(at(airdrop)).map(|campaign| campaign.list.clone()).unwrap_or_default();
    let index = random.below(u64::try_from(list.len()).unwrap() + 1);
    let line = list.get(usize::try_from(index).unwrap()).copied();
    let (mut account, mut units) = line.unwrap_or((person, 5));
    match random.below(12) {
        0 => account = person,
        1 => units += 1,
        2 => units = 0,
        _ => {}
    }
    Operation::Claim { airdrop, proof_of, index: u32::try_from(index).unwrap(), account, units }
}

/// Checks and executes, as a node does after decoding.
fn done(ledger: &mut Ledger, sender: Name, message: &impl Message) -> Outcome {
    message.check().map_err(|reject| reject.name)?;
    let done = ledger.attempt(Origin::Account(who(sender)), |ctx| message.execute(ctx));
    done.map(drop).map_err(|reject| reject.name)
}

fn run(ledger: &mut Ledger, model: &Model, sender: Name, operation: &Operation) -> Outcome {
    match operation {
        Operation::Lock { owner, asset, units, plan, revocable } => {
            let (owner, coin, schedule) = (who(owner), coin(*asset, *units), plan.schedule());
            done(ledger, sender, &CreateLock { owner, coin, schedule, revocable: *revocable })
        }
        Operation::ClaimLock { lock } => done(ledger, sender, &ClaimLock { lock: *lock }),
        Operation::Revoke { lock } => done(ledger, sender, &RevokeLock { lock: *lock }),
        Operation::Approve { spender, asset, units, expires, expected } => {
            let (spender, coin, expected) = (who(spender), coin(*asset, *units), expected.map(amount));
            done(ledger, sender, &Approve { spender, coin, expires_unix_ms: *expires, expected })
        }
        Operation::Spend { owner, to, asset, units } => {
            let (owner, to, coin) = (who(owner), who(to), coin(*asset, *units));
            done(ledger, sender, &TransferFrom { owner, to, coin })
        }
        Operation::Drop { asset, units, salt, list, deadline } => {
            let root = if list.is_empty() { Default::default() } else { tree(sender, *salt, list).root() };
            let (coin, leaves) = (coin(*asset, *units), u32::try_from(list.len()).unwrap());
            let key = Node(airdrop_key("test", &who(sender), *salt));
            let message = CreateAirdrop { coin, root, leaves, salt: *salt, key, deadline_unix_ms: *deadline };
            done(ledger, sender, &message)
        }
        Operation::Claim { airdrop, proof_of, index, account, units } => {
            let proof = model.campaigns.get(at(*proof_of)).and_then(|campaign| campaign.tree.proof(*index));
            let (account, amount) = (who(account), amount(*units));
            let proof = List::parse(proof.unwrap_or_default()).unwrap();
            done(ledger, sender, &ClaimAirdrop { airdrop: *airdrop, index: *index, account, amount, proof })
        }
        Operation::End { airdrop } => done(ledger, sender, &EndAirdrop { airdrop: *airdrop }),
    }
}

/// Everybody has some of LOL and of asset 1.
fn begin() -> (Ledger, Model) {
    let mut ledger = Ledger::new(&funded());
    let gold =
        json!({ "symbol": "GOLD", "name": "Gold", "decimals": 0, "supply": "4000", "minter": "nobody" });
    ledger.send("alice", "create_asset", gold).unwrap();
    for to in ["@bob", "@carol", "@dave"] {
        let body = json!({ "to": to, "coin": { "asset": "1", "amount": "1000" } });
        ledger.send("alice", "transfer", body).unwrap();
    }
    let mut model = Model::default();
    for name in PEOPLE {
        for asset in ASSETS {
            model.balances.insert((name, asset), ledger.balance(name, asset));
        }
    }
    (ledger, model)
}

fn assert_equal(ledger: &Ledger, model: &Model) {
    for name in NAMES {
        for asset in ASSETS {
            assert_eq!(ledger.balance(name, asset), model.balance(name, asset), "{name} {asset}");
        }
    }
}

/// What the lists say, every now and then.
fn assert_lists_equal(ledger: &Ledger, model: &Model) {
    ledger.assert_invariants();
    for ((owner, spender, asset), (left, expires)) in &model.allowances {
        let args = json!({ "address": who(owner), "spender": who(spender), "asset": asset.to_string() });
        let shown = ledger.query("allowance", args).unwrap();
        assert_eq!(shown["amount"], json!(left.to_string()));
        assert_eq!(shown["expires_unix_ms"], json!(expires));
    }
    for (id, lock) in (1_u64..).zip(&model.locks) {
        let shown = ledger.query("lock", json!({ "lock": id })).ok();
        assert_eq!(shown.is_some(), lock.is_some(), "lock {id}");
        if let (Some(shown), Some(lock)) = (shown, lock) {
            assert_eq!(shown["held"], json!((lock.amount - lock.claimed).to_string()));
            assert_eq!(shown["claimable"], json!((lock.vested(model.now) - lock.claimed).to_string()));
        }
    }
    for (id, campaign) in (1_u64..).zip(&model.campaigns) {
        let shown = ledger.query("airdrop", json!({ "airdrop": id })).unwrap();
        assert_eq!(shown["held"], json!(campaign.left.to_string()));
        assert_eq!(shown["claims"], json!(campaign.paid.len()));
    }
}

#[test]
fn locks_allowances_and_airdrops_agree_with_naive_ones_on_every_operation() {
    let (mut accepted, mut rejected) = (0_u64, BTreeMap::<&str, u64>::new());
    for seed in 0..SEQUENCES {
        let mut random = Random(seed);
        let (mut ledger, mut model) = begin();
        for step in 0..OPERATIONS {
            model.now += random.below(4);
            ledger.block.time_unix_ms = model.now;
            let sender = random.pick(&PEOPLE);
            let operation = some_operation(&mut random, &model, sender);
            let found = run(&mut ledger, &model, sender, &operation);
            let expected = model.apply(sender, &operation);
            assert_eq!(found, expected, "seed {seed}, step {step}: {sender} {operation:?}");
            match found {
                Ok(()) => accepted += 1,
                Err(name) => *rejected.entry(name).or_default() += 1,
            }
            assert_equal(&ledger, &model);
            if step % 100 == 99 {
                ledger.assert_invariants();
            }
        }
        if seed % 20 == 0 {
            assert_lists_equal(&ledger, &model);
            let export = |module: &Module| (module.name, (module.genesis.export)(&ledger.state).unwrap());
            let imported = Ledger::of_sections(&MODULES.map(export).into(), 0);
            assert_eq!(imported.entries(), ledger.entries());
        }
    }
    println!("{accepted} accepted, rejected: {rejected:?}");
    assert!(accepted > SEQUENCES * 150, "only {accepted} operations were accepted");
    assert!(rejected.len() >= 24, "the sequences meet too few errors: {rejected:?}");
}

#[test]
fn arbitrary_bytes_never_panic_and_what_decodes_encodes_back() {
    let mut random = Random(7);
    let mut decoded = 0;
    for kind in chortle_token::MODULE.messages {
        for _ in 0..40_000 {
            let length = random.below(90);
            // Small bytes are lengths, tags and presence marks, so some of it decodes.
            let byte = |random: &mut Random| {
                let wide = random.below(4) == 0;
                u8::try_from(random.below(if wide { 256 } else { 3 })).unwrap()
            };
            let bytes: Vec<u8> = (0..length).map(|_| byte(&mut random)).collect();
            let Ok(message) = (kind.decode)(&bytes) else { continue };
            decoded += 1;
            let _ = (message.check(), message.gas());
            let again = (kind.from_json)(message.to_json()).unwrap();
            assert_eq!(again, bytes, "{}", kind.name);
        }
    }
    assert!(decoded > 1_000, "only {decoded} bodies decoded");
}
