//! A ledger in memory: genesis, messages by name and JSON, everything checked on the way that a node would check.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use chortle_kernel::{
    Address, Amount, AnyMessage, AssetId, BlockInfo, Coin, Ctx, Effects, Entries, Entry, EventRecord,
    Failure, Halt, KeyRange, Order, Origin, QueryError, ReadState, Reject, State, View, state::is_index_key,
};
use chortle_kernel::{MessageKind, Module, gas::leaves_gas};
use chortle_token::{Genesis, GenesisAccount};
use serde_json::Value;

/// The ledger with what stands around it, in the order of the chain's list.
pub const MODULES: [&Module; 5] = [
    &chortle_naming::MODULE,
    &chortle_token::MODULE,
    &chortle_lock::MODULE,
    &chortle_airdrop::MODULE,
    &chortle_allowance::MODULE,
];

pub const LOL: u64 = 1_000_000_000;
pub const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// State before the first block.
struct Nothing;

impl ReadState for Nothing {
    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        Ok(None)
    }

    fn scan(&self, _: KeyRange, _: Order) -> Entries<'_> {
        Box::new(std::iter::empty())
    }
}

/// A committed state that notes which leaves are read.
struct Recorder {
    base: Arc<dyn ReadState>,
    read: Mutex<BTreeSet<Vec<u8>>>,
}

impl ReadState for Recorder {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        assert!(!is_index_key(key), "execution reads an index: {}", key.escape_ascii());
        self.read.lock().unwrap().insert(key.to_vec());
        self.base.get(key)
    }

    fn scan(&self, range: KeyRange, _: Order) -> Entries<'_> {
        panic!("execution scans from {}", range.from.escape_ascii())
    }
}

/// What a message touches: each leaf that it reads counts once, however often it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaves {
    pub read: u64,
    pub written: u64,
    /// Lines of indexes, beside the tree.
    pub lines: u64,
}

impl Leaves {
    /// Runs a message on top of a committed state, and counts.
    pub fn of(
        base: Arc<dyn ReadState>,
        block: &BlockInfo,
        origin: Origin,
        message: &dyn AnyMessage,
    ) -> Result<Self, Failure> {
        let recorder = Arc::new(Recorder { base, read: Mutex::default() });
        let mut state = State::over(Arc::clone(&recorder) as Arc<dyn ReadState>);
        message.execute(&mut Ctx::alone(&mut state, block, origin, &mut Effects::default()))?;
        let count = |number: usize| u64::try_from(number).unwrap();
        let lines = state.writes().keys().filter(|key| is_index_key(key)).count();
        let read = count(recorder.read.lock().unwrap().len());
        Ok(Self { read, written: count(state.writes().len() - lines), lines: count(lines) })
    }

    /// The gas of them alone.
    pub fn gas(&self) -> u64 {
        leaves_gas(self.read + self.lines, self.written)
    }
}

/// The account of a person, or of the protocol.
pub fn who(name: &str) -> Address {
    match PEOPLE.iter().position(|person| *person == name) {
        Some(index) => Address([0xa0 + u8::try_from(index).unwrap(); 20]),
        None if name == "locks" => Address::pooled(name),
        None => Address::protocol(name),
    }
}

pub fn amount(base_units: u64) -> Amount {
    Amount::new(base_units).unwrap()
}

pub fn coin(asset: u64, base_units: u64) -> Coin {
    Coin { asset: AssetId(asset), amount: amount(base_units) }
}

/// Writes `@alice` as her address, everywhere in a message.
pub fn with_addresses(value: Value) -> Value {
    match value {
        Value::String(text) => {
            Value::String(text.strip_prefix('@').map_or(text.clone(), |name| who(name).to_string()))
        }
        Value::Array(values) => values.into_iter().map(with_addresses).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, with_addresses(value))).collect()
        }
        other => other,
    }
}

/// Alice has 100 LOL, bob 50, carol 5; creating an asset costs 10.
pub fn funded() -> Genesis {
    let accounts = [("alice", 100), ("bob", 50), ("carol", 5)];
    Genesis {
        accounts: accounts
            .map(|(name, lol)| GenesisAccount { address: who(name), balance: amount(lol * LOL), nonce: 0 })
            .to_vec(),
        ..Genesis::default()
    }
}

pub struct Ledger {
    pub state: State,
    pub block: BlockInfo,
}

impl Ledger {
    pub fn new(genesis: &Genesis) -> Self {
        Self::at_epoch(genesis, 0)
    }

    pub fn at_epoch(genesis: &Genesis, epoch: u64) -> Self {
        let section = serde_json::to_value(genesis).unwrap();
        Self::of_sections(&BTreeMap::from([("token", section)]), epoch)
    }

    /// From these sections, and of the other modules the default ones.
    pub fn of_sections(sections: &BTreeMap<&str, Value>, epoch: u64) -> Self {
        let mut state = State::over(Arc::new(Nothing));
        let block = BlockInfo { chain_id: "test".to_owned(), height: 7, epoch, ..BlockInfo::default() };
        for module in MODULES {
            let section = sections.get(module.name).cloned().unwrap_or_else(module.genesis.default);
            let mut effects = Effects::default();
            let mut ctx = Ctx::alone(&mut state, &block, Origin::Protocol, &mut effects);
            (module.genesis.init)(&section, &mut ctx).unwrap();
        }
        state.release();
        Self { state, block }
    }

    /// Takes back every reservation of names.
    pub fn release_all(&mut self) {
        use chortle_naming::state::RESERVED;
        let keys: Vec<String> =
            RESERVED.iter(&self.state, Order::Ascending).map(|row| row.unwrap().0).collect();
        for key in keys {
            RESERVED.remove(&mut self.state, &key);
        }
        self.state.release();
    }

    /// Does something under a savepoint: all of it with its events, or nothing.
    pub fn attempt(
        &mut self,
        origin: Origin,
        act: impl FnOnce(&mut Ctx<'_>) -> Result<(), Failure>,
    ) -> Result<Vec<EventRecord>, Reject> {
        let mut effects = Effects::default();
        let savepoint = self.state.savepoint();
        let done = act(&mut Ctx::alone(&mut self.state, &self.block, origin, &mut effects));
        match done {
            Ok(()) => self.state.release(),
            Err(Failure::Reject(reject)) => {
                self.state.rollback(savepoint);
                return Err(reject);
            }
            Err(Failure::Halt(halt)) => panic!("halt: {halt}"),
        }
        Ok(effects.take_events())
    }

    /// Runs a message through its JSON form and its encoding, as a client and a node would.
    pub fn send(&mut self, sender: &str, verb: &str, body: Value) -> Result<Vec<EventRecord>, Reject> {
        self.send_as(Origin::Account(who(sender)), verb, body)
    }

    /// The same of any origin.
    pub fn send_as(&mut self, origin: Origin, verb: &str, body: Value) -> Result<Vec<EventRecord>, Reject> {
        let (module, kind) = find(verb);
        let bytes = (kind.from_json)(with_addresses(body)).unwrap_or_else(|error| panic!("{verb}: {error}"));
        let message = (kind.decode)(&bytes).unwrap();
        message.check()?;
        kind.authority.ensure(origin, message.community(), || format!("{module}.{verb}"))?;
        let before = self.entries();
        let done = self.attempt(origin, |ctx| message.execute(ctx));
        if done.is_err() {
            assert_eq!(self.entries(), before, "a rejected {verb} left a trace");
        } else {
            let leaves = Leaves::of(Arc::new(before), &self.block, origin, &*message).unwrap();
            assert!(
                message.gas() >= leaves.gas(),
                "{verb} declares {} and touches {leaves:?}",
                message.gas()
            );
        }
        self.assert_invariants();
        done
    }

    /// [`Ledger::send`] without a look at the whole state before and after: for large ones.
    pub fn send_unchecked(&mut self, sender: &str, verb: &str, body: Value) {
        let (_, kind) = find(verb);
        let message = (kind.decode)(&(kind.from_json)(with_addresses(body)).unwrap()).unwrap();
        message.check().unwrap();
        self.attempt(Origin::Account(who(sender)), |ctx| message.execute(ctx)).unwrap();
    }

    pub fn assert_invariants(&self) {
        for module in MODULES {
            for invariant in module.invariants {
                if let Err(found) = (invariant.check)(&self.state) {
                    panic!("{}: {found}", invariant.name);
                }
            }
            for escrow in module.escrows {
                chortle_token::check_escrow(&self.state, escrow).unwrap();
            }
        }
    }

    /// Everything that is stored.
    pub fn entries(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let all = KeyRange { from: vec![0], to: vec![u8::MAX] };
        self.state.scan(all, Order::Ascending).map(Result::unwrap).collect()
    }

    /// The state as the store would keep it: with the lines of the indexes that entries stand for.
    pub fn stored(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let all = KeyRange { from: vec![0], to: vec![u8::MAX] };
        let mut stored: BTreeMap<_, _> = self.state.scan(all, Order::Ascending).map(Result::unwrap).collect();
        let entries = stored.len();
        let lines: Vec<Entry> = stored
            .iter()
            .filter_map(|(key, value)| chortle_token::MODULE.index_line(key, value).unwrap())
            .collect();
        let expected = entries + lines.len();
        stored.extend(lines);
        assert_eq!(stored.len(), expected, "two entries stand for one line");
        stored
    }

    /// The index of holders.
    pub fn ranks(&self) -> Vec<(AssetId, u64, Address)> {
        let stored = self.stored();
        let rows = chortle_token::state::HOLDERS.iter(&stored, Order::Ascending);
        rows.map(|row| row.unwrap().0).collect()
    }

    /// Refuses an index of holders that is not what the stored balances say.
    pub fn assert_ranks(&self) {
        use chortle_token::state::{BALANCE, HOLDING};
        let plain = BALANCE.iter(&self.state, Order::Ascending).map(Result::unwrap);
        let ruled = HOLDING.iter(&self.state, Order::Ascending).map(Result::unwrap);
        let held = plain.chain(ruled.map(|(key, holding)| (key, holding.balance)));
        let held = held.filter(|(_, balance)| !balance.is_zero());
        let rank = |((account, asset), balance): ((Address, AssetId), Amount)| {
            (asset, u64::MAX - balance.base_units(), account)
        };
        let mut expected: Vec<_> = held.map(rank).collect();
        expected.sort_unstable();
        assert_eq!(self.ranks(), expected);
    }

    pub fn balance(&self, name: &str, asset: u64) -> u64 {
        chortle_token::balance(&self.state, &who(name), AssetId(asset)).unwrap().base_units()
    }

    pub fn supply(&self, asset: u64) -> u64 {
        chortle_token::supply(&self.state, AssetId(asset)).unwrap().base_units()
    }

    pub fn query(&self, name: &str, args: Value) -> Result<Value, QueryError> {
        let query =
            MODULES.iter().flat_map(|module| module.queries).find(|query| query.name == name).unwrap();
        let stored = self.stored();
        let view = View {
            state: &stored,
            height: self.block.height,
            time_unix_ms: self.block.time_unix_ms,
            epoch: self.block.epoch,
        };
        (query.run)(with_addresses(args), view)
    }
}

/// The module and the kind of message of a verb.
pub fn find(verb: &str) -> (&'static str, &'static MessageKind) {
    let kinds = MODULES.iter().flat_map(|module| module.messages.iter().map(|kind| (module.name, kind)));
    kinds.into_iter().find(|(_, kind)| kind.name == verb).unwrap()
}

/// Moves what no message could: into an account of the protocol, or whole to a user.
pub fn hand_over(ctx: &mut Ctx<'_>, from: &Address, to: &Address, coin: Coin) -> Result<(), Failure> {
    if to.is_protocol() {
        return chortle_token::deposit(ctx, from, to, coin, Some(from));
    }
    let escrow = Address::protocol("on the way");
    chortle_token::deposit(ctx, from, &escrow, coin, Some(from))?;
    chortle_token::pay_out(ctx, &escrow, to, to, coin).map(drop)
}

/// The kinds of events, in order.
pub fn kinds(events: &[EventRecord]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

/// SplitMix64: a seed gives the same numbers everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(u64::try_from(from.len()).unwrap())).unwrap()]
    }
}
