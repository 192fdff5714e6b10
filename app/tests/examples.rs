//! The examples of every message, run in one small world: what each touches is within the gas that it declares, and
//! what becomes of it is golden. A new message joins by its examples.
//!
//! `CHORTLE_BLESS=1 cargo test -p chortle-app --test examples` rewrites the file.

mod common;
#[path = "common/privileges.rs"]
mod privileges;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::{Arc, Mutex},
};

use chortle_app::{MODULES, genesis};
use chortle_kernel::block::Vote;
use chortle_kernel::{
    Address, AssetId, BlockInfo, Bytes, Call, Ctx, Effects, Entries, EventRecord, Failure, Halt, KeyRange,
    Message as _, Order, Origin, Place, ReadState, Router, State, gas::leaves_gas, gate::Pauses,
    merkle::Node, state::is_index_key, tx::RawMessage,
};
use chortle_staking::ConsensusKey;
use chortle_token::{protocol, state::NEXT_ASSET_ID};
use common::{CHAIN_ID, engine, lol, start};
use serde_json::{Value, json};

/// The accounts that examples name: the first receives, the second sends.
const RECIPIENT: Address = Address([7; 20]);
const SENDER: Address = Address([9; 20]);
/// The shared accounts that examples name: one that an example makes known, and one with a limit.
const SHARED: &str = "lol18jtdekze8hsc6tknh5kmrnkl8s25fgw528hpaf";
const LIMITED: &str = "lol1azqayeq0gnkyxxs9rq56tldhdwq6cshw76h06v";
const RULED: AssetId = AssetId(1_000_000_000);
/// More than any message may cost that dispatches others.
const GAS: u64 = 1 << 40;

/// Blocks and milliseconds after which limits, locks and airdrops of the world have ended.
const LATER: u64 = 10;

type Committed = BTreeMap<Vec<u8>, Vec<u8>>;

/// A committed state that notes which leaves are read: found by a key or met in a scan.
struct Recorder {
    base: Arc<Committed>,
    read: Mutex<BTreeSet<Vec<u8>>>,
}

impl ReadState for Recorder {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        self.read.lock().unwrap().insert(key.to_vec());
        ReadState::get(&*self.base, key)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Entries<'_> {
        let entries = self.base.scan(range, order);
        Box::new(entries.inspect(|entry| {
            self.read.lock().unwrap().extend(entry.iter().map(|(key, _)| key.clone()));
        }))
    }
}

/// What a run of a message left.
struct Ran {
    read: BTreeSet<Vec<u8>>,
    written: usize,
    /// Lines of indexes, beside the tree.
    lines: usize,
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    events: Vec<EventRecord>,
    /// The code that refused it.
    refused: Option<String>,
}

impl Ran {
    fn gas(&self) -> u64 {
        let count = |number: usize| u64::try_from(number).unwrap();
        leaves_gas(count(self.read.len() + self.lines), count(self.written))
    }

    /// For whoever must say what a message reads and writes.
    fn touched(&self) -> String {
        let show = |keys: &mut dyn Iterator<Item = &Vec<u8>>| {
            keys.map(|key| format!("\n  {}", key.escape_ascii())).collect::<String>()
        };
        format!("read{}\nwritten{}", show(&mut self.read.iter()), show(&mut self.writes.keys()))
    }
}

/// State and block that the examples meet.
struct World {
    state: Arc<Committed>,
    block: BlockInfo,
}

impl World {
    /// Sender and recipient have LOL and are validators.
    fn fresh() -> Self {
        let mut sections = genesis::default_sections(&MODULES);
        let account = |address| json!({ "address": address, "balance": "9000000000000000" });
        sections["token"]["accounts"] = [SENDER, RECIPIENT].map(account).to_vec().into();
        let validator = |(operator, key): (Address, u8)| {
            json!({
                "operator": operator, "key": format!("0x{}", hex::encode([key; 32])), "self_bond": "5000000000000",
                "commission_bps": 500, "ceiling_bps": 2_000, "step_bps": 100,
                "description": { "name": format!("validator {key}"), "uri": "" },
            })
        };
        sections["staking"]["validators"] = [(SENDER, 1), (RECIPIENT, 2)].map(validator).to_vec().into();
        sections["staking"]["params"]["self_bond_min"] = "4".into();
        let guardian = |account| json!({ "account": account, "pauses": 2 });
        sections["governance"]["guardians"]["guardians"] = [SENDER, RECIPIENT].map(guardian).to_vec().into();
        let body = json!({ "account": SENDER, "name": "grants", "cap": "5", "messages": [] });
        sections["governance"]["bodies"]["bodies"] = json!([body]);
        let mut state = State::over(Arc::new(BTreeMap::new()));
        let engine = engine();
        let start = genesis::Start { time_unix_ms: 1, ..start(&sections, &engine) };
        genesis::init(&MODULES, &start, &mut state).unwrap();
        let block =
            BlockInfo { chain_id: CHAIN_ID.into(), height: 7, time_unix_ms: 2, ..BlockInfo::default() };
        let mut world = Self { state: Arc::new(BTreeMap::new()), block };
        world.write(state.into_writes().into_iter().collect());
        world
    }

    /// What examples name is there: asset 17 and the first ruled one, a lock, an airdrop, an allowance, a delegation,
    /// a grant, a schedule.
    fn lived_in() -> Self {
        let mut world = Self::fresh();
        world.act(|ctx| {
            NEXT_ASSET_ID.set(ctx.state, &AssetId(17));
            Ok(())
        });
        let ruled = json!({
            "symbol": "SHINE", "name": "Shine", "decimals": 0, "supply": "1000000", "cap": "2000000",
            "template": "community",
            "capabilities":
                ["mint", "burn", "freeze", "tax", "limits", "metadata", "pause", "force_transfer"],
            "tax": { "burn_bps": 100, "reflect_bps": 100, "treasury_bps": 100, "liquidity_bps": 100 },
            "limits": { "max_wallet": { "amount": "2000000", "lasts_blocks": 5 } },
        });
        let plain = json!({
            "symbol": "GOLD", "name": "Golden", "decimals": 0, "supply": "10000000", "cap": "90000000",
            "minter": "admin",
        });
        world.send("token", "create_asset", plain);
        world.send("token", "create_asset", ruled);
        world.send("token", "transfer", json!({ "to": RECIPIENT, "coin": coin(RULED, 90_000) }));
        // Nothing is shared while wallets are limited.
        world.send_later("token", "distribute", json!({ "asset": RULED, "amount": "90000" }), LATER);
        let offered = json!({ "asset": "17", "to": RECIPIENT });
        world.send("token", "offer_admin", offered);
        world.objects();
        world
    }

    fn objects(&mut self) {
        let linear = json!({ "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": 4 });
        let coin = coin(AssetId(17), 100);
        let lock = json!({
            "owner": RECIPIENT, "coin": coin, "schedule": { "linear": linear }, "revocable": true,
        });
        self.send("lock", "create_lock", lock);
        let key = chortle_airdrop::tree::airdrop_key(CHAIN_ID, &SENDER, 9);
        let leaf = chortle_airdrop::tree::leaf(&key, 1, &RECIPIENT, common::amount(5));
        let root = Node([0xab; 32]);
        let airdrop = json!({
            "coin": coin, "root": Node::over(&root, &leaf).to_string(), "leaves": 2, "salt": 9,
            "key": Node(key).to_string(), "deadline_unix_ms": 9,
        });
        self.send("airdrop", "create_airdrop", airdrop);
        self.send("allowance", "approve", json!({ "spender": RECIPIENT, "coin": coin }));
        let bonded = json!({ "validator": RECIPIENT, "amount": "90000000000" });
        self.send("staking", "delegate", bonded);
        self.send("staking", "undelegate", json!({ "validator": RECIPIENT, "amount": "9000000000" }));
        self.shared();
        let granted = json!({ "grantee": RECIPIENT, "kinds": ["token.transfer"], "caps": [lol(900)] });
        self.send("grant", "give", granted);
        let transfer = json!({ "to": RECIPIENT, "coin": lol(5) });
        let (tag, kind) = MODULES.tags("token", "transfer").unwrap();
        let body = Bytes::parse((kind.from_json)(transfer).unwrap()).unwrap();
        let message = RawMessage { module: tag, tag: kind.tag, body };
        self.send(
            "schedule",
            "create",
            json!({ "messages": [message], "at_unix_ms": 99_000, "price_max": 1 }),
        );
        // What treasuries hold, and what holders of the protocol's own are due.
        self.act(|ctx| {
            let treasury = protocol::treasury_of(RULED);
            let units = chortle_kernel::Coin { asset: RULED, amount: common::amount(50) };
            chortle_token::deposit(ctx, &SENDER, &treasury, units, None)?;
            chortle_token::deposit(ctx, &SENDER, &protocol::FEES, lol(9_000_000_000), None)?;
            chortle_token::deposit(ctx, &SENDER, &protocol::TREASURY, lol(9_000), None)?;
            let stream = json!({ "to": RECIPIENT, "coin": lol(3), "from_unix_ms": 1, "until_unix_ms": 4 });
            serde_json::from_value::<chortle_governance::msg::OpenStream>(stream).unwrap().execute(ctx)
        });
        // A proposal that is voted on: what moves stake keeps what it was when that began.
        let proposal = json!({ "title": "First", "summary": "", "deposit": "500000000000" });
        self.send("governance", "submit", proposal);
        self.act(|ctx| {
            let mut due = MODULES.modules().filter_map(|module| module.hooks.due);
            Ok(due.try_for_each(|due| due(ctx))?)
        });
        let vote = |key: u8| Vote { validator: ConsensusKey([key; 32]).address(), power: 10, signed: true };
        self.block.votes = [1, 2].map(vote).to_vec();
        self.act(|ctx| {
            let mut begin = MODULES.modules().filter_map(|module| module.hooks.begin);
            Ok(begin.try_for_each(|begin| begin(ctx))?)
        });
    }

    /// A shared account of the sender and the recipient with a limit for the sender, and LOL in the account that the
    /// first example makes known.
    fn shared(&mut self) {
        let member = |account, weight: u32| json!({ "account": account, "weight": weight });
        let limit = json!({ "member": SENDER, "coin": coin(AssetId::NATIVE, 5_000_000_000), "period_ms": 604_800_000 });
        let founding = json!({
            "members": [member(SENDER, 1), member(RECIPIENT, 2)], "threshold": 3, "delay_ms": 86_400_000, "limits": [limit],
            "salt": 1,
        });
        self.send("multisig", "create", founding);
        for account in [SHARED, LIMITED] {
            let lol = coin(AssetId::NATIVE, 9_000_000_000);
            self.send("token", "transfer", json!({ "to": account, "coin": lol }));
        }
    }

    fn write(&mut self, writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>) {
        let state = Arc::make_mut(&mut self.state);
        for (key, value) in writes {
            match value {
                Some(value) => drop(state.insert(key, value)),
                None => drop(state.remove(&key)),
            }
        }
    }

    fn act(&mut self, act: impl FnOnce(&mut Ctx<'_>) -> Result<(), Failure>) {
        let mut state = State::over(Arc::clone(&self.state) as Arc<dyn ReadState>);
        let mut effects = Effects::default();
        act(&mut Ctx::alone(&mut state, &self.block, Origin::Protocol, &mut effects)).unwrap();
        self.write(state.into_writes().into_iter().collect());
    }

    fn send(&mut self, module: &str, verb: &str, body: Value) {
        self.send_later(module, verb, body, 0);
    }

    fn send_later(&mut self, module: &str, verb: &str, body: Value, later: u64) {
        let (tag, kind) = MODULES.tags(module, verb).unwrap();
        let call = decoded(tag, kind.tag, (kind.from_json)(body).unwrap());
        let ran = self.run(&call, Origin::Account(SENDER), later);
        assert_eq!(ran.refused, None, "{module}.{verb}");
        self.write(ran.writes);
    }

    /// Runs a call of somebody, so many blocks of a millisecond later.
    fn run(&self, call: &Call, origin: Origin, later: u64) -> Ran {
        let recorder = Arc::new(Recorder { base: Arc::clone(&self.state), read: Mutex::default() });
        let mut state = State::over(Arc::clone(&recorder) as Arc<dyn ReadState>);
        let (height, time_unix_ms) = (self.block.height + later, self.block.time_unix_ms + later);
        let block = BlockInfo { height, time_unix_ms, ..self.block.clone() };
        let (mut effects, pauses) = (Effects::default(), Pauses::NONE);
        let place = Place::root(&MODULES, &pauses, GAS);
        let mut ctx = Ctx::new(&mut state, &block, origin, &mut effects, place);
        let refused = match MODULES.run(&mut ctx, call) {
            Ok(()) => None,
            Err(Failure::Reject(reject)) => Some(reject.code()),
            Err(Failure::Halt(halt)) => panic!("{}: {halt}", call.name()),
        };
        let writes: BTreeMap<_, _> = state.into_writes().into_iter().collect();
        let lines = writes.keys().filter(|key| is_index_key(key)).count();
        let (read, written) = (recorder.read.lock().unwrap().clone(), writes.len() - lines);
        Ran { read, written, lines, writes, events: effects.take_events(), refused }
    }

    /// The same, and what is taken stays: a proposal that one example makes is there for the next one's vote.
    fn go_on(&mut self, call: &Call) -> Ran {
        let ran = self.try_all(call);
        if ran.refused.is_none() {
            self.write(ran.writes.clone());
        }
        ran
    }

    /// The first way in which an example is taken, of all who might send it, now and later; else the first refusal.
    fn try_all(&self, call: &Call) -> Ran {
        let shared = Origin::Account(SHARED.parse().unwrap());
        let holders = Origin::Community(RULED);
        let senders =
            [Origin::Account(SENDER), Origin::Account(RECIPIENT), shared, Origin::Governance, holders];
        let ways = [0, LATER].into_iter().flat_map(|later| senders.map(|origin| (origin, later)));
        let mut refused = None;
        for (origin, later) in ways.filter(|(origin, _)| call.ensure_authority(*origin).is_ok()) {
            let ran = self.run(call, origin, later);
            let (declared, needed) = (call.gas().unwrap(), ran.gas());
            let touched = ran.touched();
            assert!(declared >= needed, "{} declares {declared}, needs {needed}: {touched}", call.name());
            if ran.refused.is_none() {
                return ran;
            }
            refused.get_or_insert(ran);
        }
        refused.unwrap_or_else(|| panic!("nobody may send {}", call.name()))
    }
}

fn coin(asset: AssetId, units: u64) -> Value {
    json!({ "asset": asset, "amount": units.to_string() })
}

fn decoded(module: u8, tag: u8, body: Vec<u8>) -> Call {
    MODULES.decode(&RawMessage { module, tag, body: Bytes::parse(body).unwrap() }, 0).unwrap()
}

#[test]
fn what_examples_touch_is_within_their_gas_and_what_becomes_of_them_is_golden() {
    let (world, mut after, mut found) = (World::lived_in(), World::lived_in(), String::new());
    for row in MODULES.rows() {
        for kind in row.module.messages {
            for example in (kind.examples)() {
                let call = decoded(row.tag, kind.tag, example);
                let (name, gas, ran) = (call.name(), call.gas().unwrap(), world.try_all(&call));
                let ran =
                    [ran, after.go_on(&call)].into_iter().min_by_key(|ran| ran.refused.is_some()).unwrap();
                let what = ran.refused.as_ref().map_or("taken".to_owned(), |code| format!("refused {code}"));
                writeln!(found, "{name} gas {gas}: {what}").unwrap();
                for event in ran.events.iter().filter(|_| ran.refused.is_none()) {
                    let kind = MODULES.event_kind(&event.kind).unwrap();
                    writeln!(found, "  {} {}", event.kind, hex::encode(&event.body)).unwrap();
                    writeln!(found, "    {}", (kind.to_json)(&event.body).unwrap()).unwrap();
                }
            }
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples.txt");
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, golden, "the golden file differs: if that is meant, bless it and say why");
}

/// What users have, asset by asset, and every set of parameters.
fn had(state: &dyn ReadState) -> (Vec<u64>, Vec<Option<Value>>) {
    let assets = [AssetId::NATIVE, AssetId(17), RULED];
    let accounts = [SENDER, RECIPIENT].iter().flat_map(|account| assets.map(|asset| (*account, asset)));
    let balance = |(account, asset)| chortle_token::balance(state, &account, asset).unwrap().base_units();
    let params =
        MODULES.modules().flat_map(|module| module.params).map(|params| (params.get)(state).unwrap());
    (accounts.map(balance).collect(), params.collect())
}

#[test]
fn no_message_takes_from_another_or_changes_a_rule_but_by_what_the_page_of_privileges_says() {
    let world = World::lived_in();
    let (balances, params) = had(&*world.state);
    let mut taken = BTreeSet::new();
    for row in MODULES.rows() {
        for kind in row.module.messages {
            for example in (kind.examples)() {
                let call = decoded(row.tag, kind.tag, example);
                let holders = Origin::Community(RULED);
                let origins =
                    [Origin::Account(SENDER), Origin::Account(RECIPIENT), Origin::Governance, holders];
                let may = |origin: &Origin| call.ensure_authority(*origin).is_ok();
                for (origin, later) in
                    origins.into_iter().filter(may).flat_map(|origin| [(origin, 0), (origin, LATER)])
                {
                    let ran = world.run(&call, origin, later);
                    if ran.refused.is_some() {
                        continue;
                    }
                    let mut after = World { state: Arc::clone(&world.state), block: world.block.clone() };
                    after.write(ran.writes);
                    let (left, rules) = had(&*after.state);
                    let name = call.name();
                    let governed = origin == Origin::Governance || origin == holders;
                    assert!(governed || rules == params, "{name} changed a rule");
                    let own = |index: usize| origin == Origin::Account([SENDER, RECIPIENT][index / 3]);
                    let less = (0..left.len()).any(|index| left[index] < balances[index] && !own(index));
                    assert!(!less || privileges::can_take(&name), "{name} takes from another");
                    if less {
                        taken.insert(name);
                    }
                }
            }
        }
    }
    // The look sees what it is for.
    assert!(taken.contains("token.force_transfer"), "{taken:?}");
}
