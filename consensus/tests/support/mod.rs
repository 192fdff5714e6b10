//! A small state machine for tests: `key=value` writes, a counter of transactions, a hash over both.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chortle_consensus::application::*;
use chortle_consensus::comet::home::{Home, Keys, Settings};
use chortle_consensus::comet::rpc::Rpc;
use chortle_consensus::comet::{EngineGenesis, GenesisValidator, binary, process::SupervisorConfig};
use chortle_kernel::{Halt, hash::Sha256};

/// Committed state of [`KeyValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub height: u64,
    pub txs: u64,
    pub values: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl State {
    pub fn hash(&self) -> Hash {
        let mut hasher = Sha256::of(&self.txs.to_be_bytes());
        for (key, value) in &self.values {
            hasher.update(&(key.len() as u64).to_be_bytes());
            hasher.update(key);
            hasher.update(&(value.len() as u64).to_be_bytes());
            hasher.update(value);
        }
        hasher.finish()
    }
}

#[derive(Default)]
struct Inner {
    committed: State,
    staged: Option<State>,
    /// The state one height earlier, to lose the last commit.
    earlier: State,
    batches: Vec<usize>,
    blocks: Vec<Block>,
    requests: Vec<ProposalRequest>,
    /// What the next block answers as new limits.
    params: Option<ConsensusParams>,
}

/// The test's state machine. A transaction is `key=value`; `halt` halts, `panic` panics, `panic in CheckTx` does so
/// there, others are refused. It adds `extension HEIGHT` to its votes and takes nothing else.
#[derive(Default)]
pub struct KeyValue {
    inner: Mutex<Inner>,
    /// How long one call of `check` takes, to let requests gather.
    check_pause: Duration,
    /// Whether `prepare` ignores its limit.
    greedy: bool,
    /// Whether it refuses every vote extension, its own too.
    distrustful: bool,
    /// Whether the next `info` panics.
    info_panics: AtomicBool,
}

/// What [`KeyValue`] adds to its vote at a height.
pub fn extension(height: u64) -> Bytes {
    Bytes::from(format!("extension {height}"))
}

fn panic_if_told<'a>(phase: &str, mut txs: impl Iterator<Item = &'a Bytes>) {
    assert!(!txs.any(|tx| tx.as_ref() == format!("panic in {phase}").as_bytes()), "told to panic in {phase}");
}

impl KeyValue {
    /// One whose checks take this long.
    pub fn slow(check_pause: Duration) -> Self {
        Self { check_pause, ..Self::default() }
    }

    /// One that proposes all it is given.
    pub fn greedy() -> Self {
        Self { greedy: true, ..Self::default() }
    }

    /// One that refuses every vote extension.
    pub fn distrustful() -> Self {
        Self { distrustful: true, ..Self::default() }
    }

    /// The next `info` panics.
    pub fn panic_at_info(&self) {
        self.info_panics.store(true, Ordering::Relaxed);
    }

    /// New limits that the next block answers.
    pub fn answer_params(&self, params: ConsensusParams) {
        self.lock().params = Some(params);
    }

    /// Every request to fill a block, in order.
    pub fn requests(&self) -> Vec<ProposalRequest> {
        self.lock().requests.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn state(&self) -> State {
        self.lock().committed.clone()
    }

    /// Sizes of the batches that `check` was given.
    pub fn batches(&self) -> Vec<usize> {
        self.lock().batches.clone()
    }

    /// Every block that was finalized, in order, replays included.
    pub fn blocks(&self) -> Vec<Block> {
        self.lock().blocks.clone()
    }

    /// Forgets the last committed height, as after a crash that lost its write.
    pub fn lose_last_height(&self) {
        let mut inner = self.lock();
        inner.committed = inner.earlier.clone();
        inner.staged = None;
    }

    pub fn restore(&self, state: State) {
        let mut inner = self.lock();
        inner.committed = state;
        inner.staged = None;
    }
}

fn pair(tx: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = tx.iter().position(|byte| *byte == b'=')?;
    Some((&tx[..at], &tx[at + 1..]))
}

impl Application for KeyValue {
    fn info(&self) -> Info {
        assert!(!self.info_panics.swap(false, Ordering::Relaxed), "told to panic in Info");
        let inner = self.lock();
        let state = &inner.committed;
        Info { version: "test".into(), app_version: 1, height: state.height, app_hash: state.hash() }
    }

    fn init_chain(&self, genesis: Genesis) -> Result<GenesisOutcome, Halt> {
        let mut inner = self.lock();
        inner.committed = State::default();
        inner.committed.values.insert(b"app_state".to_vec(), genesis.app_state.to_vec());
        Ok(GenesisOutcome { app_hash: inner.committed.hash(), validators: Vec::new() })
    }

    fn check(&self, txs: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome> {
        std::thread::sleep(self.check_pause);
        self.lock().batches.push(txs.len());
        panic_if_told("CheckTx", txs.iter().map(|(tx, _)| tx));
        let judge = |(tx, _): &(Bytes, CheckKind)| {
            let good = pair(tx).is_some() || tx.starts_with(b"halt") || tx.starts_with(b"panic");
            // The gas repeats the length, so that a test sees which answer belongs to which request.
            CheckOutcome {
                code: u32::from(!good),
                codespace: "test".into(),
                log: "".into(),
                gas: tx.len() as u64,
            }
        };
        txs.iter().map(judge).collect()
    }

    fn prepare(&self, request: ProposalRequest) -> Vec<Bytes> {
        self.lock().requests.push(request.clone());
        panic_if_told("PrepareProposal", request.txs.iter());
        let mut room = if self.greedy { u64::MAX } else { request.bytes_max };
        let fits = |tx: &Bytes| {
            let size = proposal_bytes(tx);
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        };
        request.txs.into_iter().take_while(fits).collect()
    }

    fn process(&self, block: &Block) -> Verdict {
        panic_if_told("ProcessProposal", block.txs.iter());
        if block.txs.iter().any(|tx| tx.as_ref() == b"reject") {
            return Verdict::Reject("a transaction asks for it".into());
        }
        Verdict::Accept
    }

    fn extend_vote(&self, block: &Block) -> Bytes {
        panic_if_told("ExtendVote", block.txs.iter());
        extension(block.header.height)
    }

    fn verify_vote_extension(&self, vote: &VoteExtension) -> Verdict {
        panic_if_told("VerifyVoteExtension", [&vote.extension].into_iter());
        if vote.extension == extension(vote.height) && !self.distrustful {
            return Verdict::Accept;
        }
        Verdict::Reject("not ours".into())
    }

    fn finalize(&self, block: Block) -> Result<BlockOutcome, Halt> {
        let mut inner = self.lock();
        let mut state = inner.committed.clone();
        state.height = block.header.height;
        let mut outcomes = Vec::new();
        for tx in &block.txs {
            match tx.as_ref() {
                b"halt" => return Err(Halt::new("a transaction halts the test")),
                b"panic" => panic!("a transaction panics the test"),
                _ => {}
            }
            let mut outcome = TxOutcome { code: 1, ..TxOutcome::default() };
            if let Some((key, value)) = pair(tx) {
                state.values.insert(key.to_vec(), value.to_vec());
                outcome.code = 0;
            }
            state.txs += 1;
            outcomes.push(outcome);
        }
        let app_hash = state.hash();
        inner.staged = Some(state);
        inner.blocks.push(block);
        let params = inner.params.take();
        Ok(BlockOutcome { txs: outcomes, validator_updates: Vec::new(), params, app_hash })
    }

    fn commit(&self) -> Result<CommitOutcome, Halt> {
        let mut inner = self.lock();
        let staged = inner.staged.take().ok_or_else(|| Halt::new("commit without a finalized block"))?;
        inner.earlier = std::mem::replace(&mut inner.committed, staged);
        Ok(CommitOutcome { retain_height: 0 })
    }

    fn query(&self, query: EngineQuery) -> QueryAnswer {
        assert_ne!(query.path, "/panic", "told to panic in Query");
        let inner = self.lock();
        let value = inner.committed.values.get(query.data.as_ref()).cloned().unwrap_or_default();
        QueryAnswer {
            key: query.data,
            value: value.into(),
            height: inner.committed.height,
            ..Default::default()
        }
    }
}

/// Limits as a genesis document has them.
pub fn params() -> ConsensusParams {
    ConsensusParams {
        block_bytes_max: 4 * 1024 * 1024,
        block_gas_max: 1_000_000_000,
        evidence_age_blocks_max: 100_000,
        evidence_age_ns_max: 172_800_000_000_000,
        evidence_bytes_max: 1_048_576,
        vote_extensions_height: 0,
    }
}

/// A genesis as the driver takes it.
pub fn genesis() -> Genesis {
    Genesis {
        time_unix_ms: 1_760_000_000_000,
        chain_id: "test-1".into(),
        initial_height: 1,
        params: params(),
        validators: Vec::new(),
        app_state: Bytes::from_static(b"{}"),
    }
}

/// A port that is this process's until it ends.
pub fn free_port() -> SocketAddr {
    let [port] = chortle_consensus::comet::ports::free().expect("a free port");
    port
}

/// A real single node's home and how to run it.
pub struct Comet {
    pub config: SupervisorConfig,
    pub rpc: Rpc,
    pub home: Home,
}

/// Writes the home of a single validator that asks the application at `settings.proxy_app`.
pub fn single_node(root: &Path, change: impl FnOnce(&mut Settings, &mut EngineGenesis)) -> Comet {
    let home = Home::at(root.join("comet"));
    let keys = home.init_keys(Keys::generate).expect("keys");
    let proxy_app = chortle_consensus::abci::Address::Unix(root.join("abci.sock"));
    let mut settings = Settings::new(proxy_app, free_port(), free_port());
    settings.timeout_commit = Duration::from_millis(50);
    let mut genesis = EngineGenesis {
        time_unix_ms: 1_760_000_000_000,
        chain_id: "test-1".into(),
        initial_height: 1,
        params: params(),
        validators: vec![GenesisValidator { key: keys.validator_key(), power: 10, name: "one".into() }],
        app_state: serde_json::value::RawValue::from_string("{\"greeting\": \"hi\"}".into()).expect("JSON"),
    };
    change(&mut settings, &mut genesis);
    home.write_config(&settings).expect("configuration");
    home.write_genesis(&genesis).expect("genesis");
    let binary = binary::find().expect("the pinned CometBFT");
    let mut config = SupervisorConfig::new(binary, home.root().to_owned());
    config.ports = vec![("p2p".into(), settings.p2p), ("RPC".into(), settings.rpc)];
    config.backoff = Duration::from_millis(100);
    let rpc = Rpc::new(format!("http://{}", settings.rpc)).expect("a client");
    Comet { config, rpc, home }
}

/// Asks again and again until there is an answer; fails after 60 s.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within 60 s: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the chain has this height.
pub async fn height_reached(rpc: &Rpc, height: u64) {
    eventually(&format!("height {height}"), || async move {
        let status = rpc.status().await.ok()?;
        (status.sync_info.latest_block_height.value() >= height).then_some(())
    })
    .await;
}

/// Shows the log of a failing test: `RUST_LOG=info cargo test …`.
pub fn log() {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    // A second test in the same process finds the log set up.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
}
