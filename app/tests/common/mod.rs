//! A chain in memory: genesis, accounts with keys, transactions, blocks.
#![allow(dead_code)]

use chortle_app::MODULES;
use std::{collections::BTreeMap, sync::Arc};

use chortle_app::{BlockRun, Decoded, Parent, Receipt, Verified, genesis, invariant, verify::verify};
use chortle_kernel::{
    Address, Amount, AssetId, BlockInfo, Bytes, Coin, Ctx, Effects, EngineParams, Failure, Header, List,
    Message, Origin, Reject, State, Text, codec,
    gate::Pause,
    signature::Authenticator,
    tx::{ChainRef, Fee, FeeSource, RawMessage, Replay, Sender, Tx, TxBody, VERSION},
};
use chortle_token::msg::Transfer;
use ed25519_zebra::SigningKey;

pub const CHAIN_ID: &str = "chortle-test-1";
/// What each of the three accounts has at genesis: 1,000 LOL.
pub const START_NLOL: u64 = 1_000_000_000_000;
pub const TIME_MS: u64 = 1_800_000_000_000;

pub fn key(name: &str) -> SigningKey {
    SigningKey::from(chortle_kernel::hash::tagged("test key", name.as_bytes()))
}

pub fn address(name: &str) -> Address {
    Address::of_ed25519(&key(name).verification_key().into())
}

pub fn amount(base_units: u64) -> Amount {
    Amount::new(base_units).unwrap()
}

pub fn lol(nlol: u64) -> Coin {
    Coin { asset: AssetId::NATIVE, amount: amount(nlol) }
}

pub fn raw<M: Message>(module: &str, message: &M) -> RawMessage {
    let (module, kind) = MODULES.tags(module, M::NAME).unwrap();
    RawMessage { module, tag: kind.tag, body: Bytes::parse(codec::encode(message)).unwrap() }
}

pub fn pay(to: &str, nlol: u64) -> RawMessage {
    raw("token", &Transfer { to: address(to), coin: lol(nlol) })
}

/// An unsigned body with room to pay for anything.
pub fn body(from: &str, sequence: u64, messages: Vec<RawMessage>) -> TxBody {
    TxBody {
        version: VERSION,
        chain: ChainRef::of(CHAIN_ID, genesis_hash()).unwrap(),
        sender: Sender::Account(address(from)),
        replay: Replay::Sequence(sequence),
        expiry_unix_ms: 0,
        fee: Fee { gas_limit: 10_000_000, gas_price_max: 10, tip: 0, asset: AssetId::NATIVE },
        fee_source: FeeSource::Sender,
        messages: List::parse(messages).unwrap(),
        memo: Text::default(),
    }
}

/// Signed by these, in order.
pub fn sign(body: TxBody, signers: &[&str]) -> Vec<u8> {
    let digest = body.sign_digest();
    let signatures: Vec<_> = signers
        .iter()
        .map(|name| {
            let key = key(name);
            Authenticator::Ed25519 {
                key: key.verification_key().into(),
                signature: key.sign(&digest).to_bytes(),
            }
        })
        .collect();
    Tx { body, signatures: List::parse(signatures).unwrap(), proofs: List::default() }.encode()
}

pub fn transfer(from: &str, sequence: u64, to: &str, nlol: u64) -> Vec<u8> {
    sign(body(from, sequence, vec![pay(to, nlol)]), &[from])
}

pub fn verified(bytes: &[u8]) -> Result<Verified, Reject> {
    verify(vec![Decoded::parse(&chortle_app::MODULES, bytes)?])
        .pop()
        .unwrap()
        .map_err(|unproven| unproven.reject)
}

/// What the test chain starts from.
pub fn start<'a>(sections: &'a serde_json::Value, engine: &'a EngineParams) -> genesis::Start<'a> {
    genesis::Start {
        chain_id: CHAIN_ID,
        initial_height: 1,
        time_unix_ms: TIME_MS,
        engine,
        validators: &[],
        sections,
    }
}

/// The sections of the test chain: alice, bob and carol have [`START_NLOL`] each.
pub fn sections() -> serde_json::Value {
    let mut sections = genesis::default_sections(&chortle_app::MODULES);
    let accounts: Vec<_> = ["alice", "bob", "carol"]
        .iter()
        .map(|name| serde_json::json!({ "address": address(name), "balance": START_NLOL.to_string() }))
        .collect();
    sections["token"]["accounts"] = accounts.into();
    sections
}

/// The hash of the test chain's genesis.
pub fn genesis_hash() -> [u8; 32] {
    static HASH: std::sync::OnceLock<[u8; 32]> = std::sync::OnceLock::new();
    *HASH.get_or_init(|| start(&sections(), &engine()).hash())
}

/// Limits of the engine with room for every test.
pub fn engine() -> EngineParams {
    EngineParams {
        block_bytes_max: 1 << 20,
        block_gas_max: 100_000_000,
        evidence_age_blocks_max: 100_000,
        evidence_age_ns_max: 1_000_000_000_000,
        ..EngineParams::default()
    }
}

/// A state that grows by blocks; invariants run after each.
pub struct Chain {
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    pub height: u64,
    pub time_unix_ms: u64,
}

impl Chain {
    /// Alice, bob and carol have [`START_NLOL`] each.
    pub fn new() -> Self {
        let sections = sections();
        let mut state = State::over(Arc::new(BTreeMap::new()));
        genesis::init(&chortle_app::MODULES, &start(&sections, &engine()), &mut state).unwrap();
        let mut chain = Self { state: BTreeMap::new(), height: 0, time_unix_ms: TIME_MS };
        chain.write(state);
        chain
    }

    fn write(&mut self, state: State) {
        for (key, value) in state.into_writes() {
            match value {
                Some(value) => drop(self.state.insert(key, value)),
                None => drop(self.state.remove(&key)),
            }
        }
        invariant::check(&chortle_app::MODULES, &self.state).unwrap();
    }

    /// Pauses something from the next block on, as governance would.
    pub fn pause(&mut self, pause: Pause) {
        let mut state = State::over(Arc::new(self.state.clone()));
        let (block, mut effects) = (BlockInfo::default(), Effects::default());
        let mut ctx = Ctx::alone(&mut state, &block, Origin::Governance, &mut effects);
        chortle_kernel::dispatch::begin_pause(&mut ctx, pause).unwrap();
        self.write(state);
    }

    pub fn begin(&self) -> BlockRun {
        let header =
            Header { height: self.height + 1, time_unix_ms: self.time_unix_ms + 1_000, ..Header::default() };
        let parent = Parent { registry: &chortle_app::MODULES, state: Arc::new(self.state.clone()) };
        BlockRun::begin(&parent, header).unwrap()
    }

    /// One block; what is not admitted is an error and leaves no trace.
    pub fn block(&mut self, txs: &[Vec<u8>]) -> Vec<Result<Receipt, Reject>> {
        let mut run = self.begin();
        let outcomes = txs
            .iter()
            .map(|bytes| {
                run.deliver(&verified(bytes)?).map_err(|failure| match failure {
                    Failure::Reject(reject) => reject,
                    Failure::Halt(halt) => panic!("{halt}"),
                })
            })
            .collect();
        let result = run.end().unwrap();
        self.height += 1;
        self.time_unix_ms += 1_000;
        for (key, value) in result.writes {
            match value {
                Some(value) => drop(self.state.insert(key, value)),
                None => drop(self.state.remove(&key)),
            }
        }
        invariant::check(&chortle_app::MODULES, &self.state).unwrap();
        outcomes
    }

    /// One transaction in a block of its own.
    pub fn send(&mut self, bytes: Vec<u8>) -> Result<Receipt, Reject> {
        self.block(&[bytes]).pop().unwrap()
    }

    pub fn nlol(&self, name: &str) -> u64 {
        chortle_token::native_balance(&self.state, &address(name)).unwrap().base_units()
    }

    pub fn nonce(&self, name: &str) -> u64 {
        chortle_token::account(&self.state, &address(name)).unwrap().nonce
    }
}
