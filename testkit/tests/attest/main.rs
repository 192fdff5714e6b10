//! Claims about what validators attest with their votes, on the whole chain in this process.

mod bad;
mod listed;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use chortle_app::Registry;
use chortle_consensus::{
    Application,
    application::{
        Block, BlockOutcome, CheckKind, CheckOutcome, CommitOutcome, EngineQuery, Genesis, GenesisOutcome,
        Info, ProposalRequest, QueryAnswer, Verdict, VoteExtension,
    },
    driver::{Driver, DriverError, MempoolLimits},
};
use chortle_kernel::{Amount, Halt};
use chortle_node::{genesis::plain_validator, state_machine::Chain};
use chortle_store::Store;
use chortle_testkit::{
    Account,
    attest::{self, Conduct},
    genesis::SELF_BOND_NLOL,
    solo::{BLOCK_MS, GENESIS_UNIX_MS, checked, staked_genesis},
};
use ed25519_dalek::SigningKey;

/// The chain between driver and state machine: it remembers what was asked for last, and can refuse to go on.
struct Engine {
    chain: Chain,
    asked: Mutex<Option<ProposalRequest>>,
    stops: AtomicBool,
}

impl Application for Engine {
    fn info(&self) -> Info {
        self.chain.info()
    }

    fn init_chain(&self, genesis: Genesis) -> Result<GenesisOutcome, Halt> {
        self.chain.init_chain(genesis)
    }

    fn check(&self, txs: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome> {
        self.chain.check(txs)
    }

    fn prepare(&self, request: ProposalRequest) -> Vec<Bytes> {
        *self.asked.lock().unwrap() = Some(request.clone());
        self.chain.prepare(request)
    }

    fn process(&self, block: &Block) -> Verdict {
        match self.stops.load(Ordering::Relaxed) {
            true => Verdict::Reject("the test stops here".to_owned()),
            false => self.chain.process(block),
        }
    }

    fn extend_vote(&self, block: &Block) -> Bytes {
        self.chain.extend_vote(block)
    }

    fn verify_vote_extension(&self, extension: &VoteExtension) -> Verdict {
        self.chain.verify_vote_extension(extension)
    }

    fn finalize(&self, block: Block) -> Result<BlockOutcome, Halt> {
        self.chain.finalize(block)
    }

    fn commit(&self) -> Result<CommitOutcome, Halt> {
        self.chain.commit()
    }

    fn query(&self, query: EngineQuery) -> QueryAnswer {
        self.chain.query(query)
    }
}

/// A chain of one validator with the module that attests.
struct Attesting {
    engine: Arc<Engine>,
    driver: Driver,
    accounts: Vec<Account>,
}

impl Attesting {
    fn identity(&self) -> chortle_kernel::tx::ChainRef {
        let status = self.engine.chain.status().unwrap();
        chortle_kernel::tx::ChainRef::of(&status.chain_id, status.genesis_hash).unwrap()
    }

    fn of(registry: &'static Registry) -> Self {
        Self::with_seconds(registry, 0)
    }

    /// As many more validators, of equal power, whose keys the driver holds as well.
    fn with_seconds(registry: &'static Registry, seconds: u8) -> Self {
        let store = Store::memory(chortle_store::Options::default()).unwrap();
        let chain = Chain::of(registry, store, checked()).unwrap();
        let engine = Engine { chain, asked: Mutex::new(None), stops: AtomicBool::new(false) };
        let (engine, accounts) = (Arc::new(engine), Account::many("attest", 2 + usize::from(seconds)));
        let mut genesis = staked_genesis(&accounts).unwrap();
        let mut sections: serde_json::Value = serde_json::from_slice(&genesis.app_state).unwrap();
        if registry.modules().any(|module| module.name == attest::NAME) {
            sections[attest::NAME] = serde_json::json!({});
        }
        let keys: Vec<_> = (1..=seconds).map(|seed| SigningKey::from_bytes(&[seed; 32])).collect();
        for (key, account) in keys.iter().zip(&accounts[2..]) {
            let self_bond = Amount::new(SELF_BOND_NLOL).unwrap();
            let entry = plain_validator(account.address, key.verifying_key().to_bytes(), "second", self_bond);
            let (list, entry) = entry.unwrap();
            sections[list.section][list.list].as_array_mut().unwrap().push(entry);
        }
        genesis.app_state = sections.to_string().into();
        let limits = MempoolLimits { txs_max: 100, size_bytes_max: 1 << 20 };
        let driver = Driver::start(engine.clone(), genesis, limits, None).unwrap();
        keys.into_iter().for_each(|key| driver.hold_key(key));
        Self { engine, driver, accounts }
    }

    fn honest() -> Self {
        Self::of(attest::registry(Conduct::Honest))
    }

    fn next_time_unix_ms(&self) -> u64 {
        self.driver.last_time_unix_ms().unwrap_or(GENESIS_UNIX_MS) + BLOCK_MS
    }

    fn block(&self) -> chortle_consensus::driver::Produced {
        self.driver.produce_block(self.next_time_unix_ms()).unwrap()
    }

    /// What the engine asks for next, with the chain still where it stood.
    fn asked(&self) -> ProposalRequest {
        self.engine.stops.store(true, Ordering::Relaxed);
        let stopped = self.driver.produce_block(self.next_time_unix_ms());
        assert!(matches!(stopped, Err(DriverError::Rejected { .. })), "{stopped:?}");
        self.engine.stops.store(false, Ordering::Relaxed);
        self.engine.asked.lock().unwrap().clone().unwrap()
    }

    fn agreed(&self) -> (Option<(u64, u64)>, u64) {
        let view = self.engine.chain.view(None).unwrap();
        let state = view.state.as_ref();
        (attest::AGREED.get(state).unwrap(), attest::COUNT.get(state).unwrap().unwrap_or(0))
    }
}

#[test]
fn every_block_but_the_first_carries_what_was_attested_for_the_one_before() {
    let chain = Attesting::honest();
    assert!(chain.block().block.txs.is_empty(), "nobody voted before the first block");
    let mut before = GENESIS_UNIX_MS;
    for height in 2..8 {
        let produced = chain.block();
        assert_eq!(produced.block.txs.len(), 1);
        assert_eq!(produced.block.txs[0][0], 0, "the injected part comes first");
        let outcome = &produced.outcome.txs[0];
        assert_eq!((outcome.code, outcome.gas_used), (0, 0));
        // The vote for the block before was extended from the state before that.
        assert_eq!(chain.agreed(), (Some((height - 2, before)), height - 1));
        before = GENESIS_UNIX_MS + (height - 1) * BLOCK_MS;
    }
}

#[test]
fn transactions_follow_what_was_attested() {
    let chain = Attesting::honest();
    chain.block();
    let (from, to) = (&chain.accounts[1], chain.accounts[0].address);
    let replay = chortle_kernel::tx::Replay::Sequence(0);
    let tx = from.transfer(&chain.identity(), replay, 0, to, 5).unwrap();
    assert_eq!(chain.driver.submit(tx.clone().into()).code, 0);
    let produced = chain.block();
    assert_eq!(produced.block.txs.len(), 2);
    assert_eq!(produced.block.txs[1], Bytes::from(tx));
    assert_eq!(produced.outcome.txs[1].code, 0, "{:?}", produced.outcome.txs[1]);
    let results = chain.engine.chain.block_txs(produced.height, 0, 9, usize::MAX).unwrap();
    assert_eq!(results.len(), 2, "both are block results");
}

#[test]
fn a_module_that_refuses_writes_nothing_and_the_block_goes_on() {
    let chain = Attesting::of(attest::registry(Conduct::Malformed));
    for _ in 0..3 {
        chain.block();
    }
    // What its own node finds malformed stays out of the vote, so nobody attests anything.
    assert_eq!(chain.agreed(), (None, 0));
    let events = chain.engine.chain.block_events(3).unwrap().unwrap();
    let kinds: Vec<_> = events.iter().map(|event| event.kind.to_string()).collect();
    assert!(kinds.iter().any(|kind| kind == "app.attestation_refused"), "{kinds:?}");
}

#[test]
fn a_chain_in_which_no_module_attests_carries_nothing() {
    let solo = chortle_testkit::solo::Solo::staked(1).unwrap();
    for _ in 0..3 {
        let produced = solo.driver.produce_block(solo.next_time_unix_ms()).unwrap();
        assert!(produced.block.txs.is_empty());
    }
}
