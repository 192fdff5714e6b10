//! A chain with people, a plain asset and a ruled one. Every invariant and escrow is checked after every block.

use std::{collections::BTreeMap, sync::Arc};

use chortle_app::{BlockRun, MODULES, Parent, Receipt, genesis, invariant};
use chortle_kernel::{
    Address, AssetId, Bytes, EventRecord, Failure, Header, List, Origin, Reject, State,
    tx::{ChainRef, FeeSource, RawMessage, TxBody},
};
use serde_json::{Value, json};

use crate::common::{self, address, engine, key, sign, verified};

pub const LOL: u64 = 1_000_000_000;
pub const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];
/// What each of them has.
pub const WHOLE: u64 = 10_000 * LOL;
/// The plain asset of alice.
pub const GOLD: u64 = 1;
/// Her ruled one.
pub const SHINE: u64 = 1_000_000_000;

#[derive(Clone)]
pub struct Chain {
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    pub height: u64,
    pub time_unix_ms: u64,
    pub genesis: [u8; 32],
    /// What the protocol did in the last block.
    pub events: Vec<EventRecord>,
    /// Fees that were paid, by sender.
    pub fees: BTreeMap<&'static str, u64>,
}

pub fn raw(module: &str, name: &str, body: Value) -> RawMessage {
    let (module, kind) = MODULES.tags(module, name).unwrap();
    let body = (kind.from_json)(body).unwrap_or_else(|why| panic!("{name}: {why}"));
    RawMessage { module, tag: kind.tag, body: Bytes::parse(body).unwrap() }
}

pub fn coin(asset: u64, units: u64) -> Value {
    json!({ "asset": asset.to_string(), "amount": units.to_string() })
}

pub fn pay(to: &str, asset: u64, units: u64) -> RawMessage {
    raw("token", "transfer", json!({ "to": address(to), "coin": coin(asset, units) }))
}

pub fn shown(event: &EventRecord) -> Value {
    (MODULES.event_kind(&event.kind).unwrap().to_json)(&event.body).unwrap()
}

/// Alice validates with 600 LOL, bob with 400; parameters are changed by `set`.
pub fn sections(set: impl Fn(&mut Value)) -> Value {
    let mut sections = common::sections();
    let account = |name: &&str| json!({ "address": address(name), "balance": WHOLE.to_string() });
    sections["token"]["accounts"] = PEOPLE.iter().map(account).collect::<Vec<_>>().into();
    let validator = |(name, bond): (&str, u64)| {
        let public = <[u8; 32]>::from(key(name).verification_key());
        json!({
            "operator": address(name), "key": format!("0x{}", hex::encode(public)),
            "self_bond": (bond * LOL).to_string(), "commission_bps": 1_000, "ceiling_bps": 5_000, "step_bps": 100,
            "description": { "name": name, "uri": "" },
        })
    };
    sections["staking"]["validators"] = [("dave", 600), ("erin", 400)].map(validator).to_vec().into();
    set(&mut sections);
    sections
}

impl Chain {
    pub fn new() -> Self {
        Self::set(|_| {})
    }

    pub fn set(set: impl Fn(&mut Value)) -> Self {
        let mut chain = Self::from(&sections(set), 0, common::TIME_MS);
        let plain = json!({
            "symbol": "GOLD", "name": "Golden", "decimals": 0, "supply": "1000000", "cap": "90000000", "minter": "admin",
        });
        let ruled = json!({
            "symbol": "SHINE", "name": "Shine", "decimals": 0, "supply": "1000000", "template": "reflection",
            "tax": { "reflect_bps": 100 },
        });
        chain.ok("alice", vec![raw("token", "create_asset", plain), raw("token", "create_asset", ruled)]);
        chain
    }

    /// A chain of these sections that goes on after a height.
    pub fn from(sections: &Value, height: u64, time_unix_ms: u64) -> Self {
        let engine = engine();
        let start =
            genesis::Start { initial_height: height + 1, time_unix_ms, ..common::start(sections, &engine) };
        let mut state = State::over(Arc::new(BTreeMap::new()));
        genesis::init(&MODULES, &start, &mut state).unwrap();
        let (genesis, fees) = (start.hash(), BTreeMap::new());
        let mut chain = Self { state: BTreeMap::new(), height, time_unix_ms, genesis, events: vec![], fees };
        chain.write(state.into_writes());
        chain
    }

    /// The same chain, exported and started anew.
    pub fn again(&self) -> Self {
        let exported = genesis::export(&MODULES, &self.state).unwrap();
        let again = Self::from(&exported, self.height, self.time_unix_ms);
        assert_eq!(
            genesis::export(&MODULES, &again.state).unwrap(),
            exported,
            "export then import is the identity"
        );
        let of = |chain: &Self| -> BTreeMap<Vec<u8>, Vec<u8>> {
            let ours = |key: &[u8]| {
                let key = key.strip_prefix(b"~").unwrap_or(key);
                key.starts_with(b"grant/") || key.starts_with(b"schedule/")
            };
            chain.state.iter().filter(|(key, _)| ours(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        assert_eq!(of(self), of(&again));
        Self { fees: self.fees.clone(), ..again }
    }

    fn write(&mut self, writes: chortle_kernel::state::Writes) {
        for (key, value) in writes {
            match value {
                Some(value) => drop(self.state.insert(key, value)),
                None => drop(self.state.remove(&key)),
            }
        }
        invariant::check(&MODULES, &self.state).unwrap();
    }

    /// Pauses something from the next block on, ends a pause or sets parameters, as governance would.
    pub fn as_governance(&mut self, act: impl FnOnce(&mut chortle_kernel::Ctx<'_>)) {
        let mut state = State::over(Arc::new(self.state.clone()));
        let (mut effects, block) = (chortle_kernel::Effects::default(), self.block_info());
        act(&mut chortle_kernel::Ctx::alone(&mut state, &block, Origin::Governance, &mut effects));
        chortle_app::param_history::record(&mut state, &block, effects.take_param_changes());
        self.write(state.into_writes());
    }

    /// Sets parameters from the next block on.
    pub fn set_params(&mut self, path: &str, fields: &Value) {
        let set = MODULES.params(path).unwrap().set;
        self.as_governance(|ctx| drop(set(ctx, fields.as_object().unwrap()).unwrap()));
    }

    fn block_info(&self) -> chortle_kernel::BlockInfo {
        let (height, time_unix_ms) = (self.height, self.time_unix_ms);
        chortle_kernel::BlockInfo { height, time_unix_ms, ..chortle_kernel::BlockInfo::default() }
    }

    pub fn parent(&self) -> Parent {
        Parent { registry: &MODULES, state: Arc::new(self.state.clone()) }
    }

    /// One block of these transactions, so much later; what is not admitted is an error.
    pub fn block_after(&mut self, ms: u64, txs: &[Vec<u8>]) -> Vec<Result<Receipt, Reject>> {
        self.height += 1;
        self.time_unix_ms += ms;
        let header = Header { height: self.height, time_unix_ms: self.time_unix_ms, ..Header::default() };
        let mut run = BlockRun::begin(&self.parent(), header).unwrap();
        let deliver = |bytes: &Vec<u8>| {
            run.deliver(&verified(bytes)?).map_err(|failure| match failure {
                Failure::Reject(reject) => reject,
                Failure::Halt(halt) => panic!("{halt}"),
            })
        };
        let outcomes = txs.iter().map(deliver).collect();
        let result = run.end().unwrap();
        self.events = result.events;
        self.write(result.writes);
        outcomes
    }

    pub fn pass(&mut self, ms: u64) {
        self.block_after(ms, &[]);
    }

    pub fn body(&self, from: &str, messages: Vec<RawMessage>) -> TxBody {
        let plain = common::body(from, self.nonce(from), messages);
        let fee = chortle_kernel::tx::Fee { gas_limit: 60_000_000, ..plain.fee };
        TxBody { chain: ChainRef::of(common::CHAIN_ID, self.genesis).unwrap(), fee, ..plain }
    }

    pub fn tx(&self, from: &str, messages: Vec<RawMessage>) -> Vec<u8> {
        sign(self.body(from, messages), &[from])
    }

    /// A transaction whose fee a grant pays.
    pub fn sponsored(&self, from: &str, grant: u64, messages: Vec<RawMessage>) -> Vec<u8> {
        sign(TxBody { fee_source: FeeSource::Sponsor(grant), ..self.body(from, messages) }, &[from])
    }

    /// A transaction in a block of its own; the code of what refuses it.
    pub fn send(&mut self, from: &'static str, messages: Vec<RawMessage>) -> Result<Receipt, String> {
        let tx = self.tx(from, messages);
        let outcome = self.block_after(1_000, &[tx]).pop().unwrap();
        if let Ok(receipt) = &outcome {
            *self.fees.entry(from).or_default() += receipt.fee.base_units();
        }
        match outcome {
            Ok(receipt) if receipt.succeeded() => Ok(receipt),
            Ok(receipt) => Err(format!("{}.{}", receipt.codespace, receipt.number)),
            Err(reject) => Err(reject.code()),
        }
    }

    /// The same of what must be taken.
    pub fn ok(&mut self, from: &'static str, messages: Vec<RawMessage>) -> Receipt {
        self.send(from, messages).unwrap_or_else(|code| panic!("{from}: {code}"))
    }

    pub fn nonce(&self, name: &str) -> u64 {
        chortle_token::account(&self.state, &address(name)).unwrap().nonce
    }

    pub fn units(&self, account: &Address, asset: u64) -> u64 {
        chortle_token::balance(&self.state, account, AssetId(asset)).unwrap().base_units()
    }

    pub fn nlol(&self, name: &str) -> u64 {
        self.units(&address(name), 0)
    }

    /// What the protocol told of this kind in the last block.
    pub fn told(&self, kind: &str) -> Vec<Value> {
        self.events.iter().filter(|event| event.kind == kind).map(shown).collect()
    }
}

/// A message that carries others.
pub fn use_grant(grant: u64, messages: Vec<RawMessage>) -> RawMessage {
    let messages: List<RawMessage, 16> = List::parse(messages).unwrap();
    raw("grant", "use_grant", json!({ "grant": grant, "messages": messages }))
}

/// A generator of numbers that look random and are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}
