//! A single node inside the process: the same state machine without an engine, for development and tests.
//!
//! The driver reads no clock: callers give every block its time. (Phases are timed for benchmarks; no call
//! sees it.)

mod limits;
mod mempool;
mod validators;
mod votes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chortle_kernel::{Halt, hash::Sha256, vote_extension::VotePoint};
use ed25519_dalek::SigningKey;
use rustix::time::{ClockId, clock_gettime};

use crate::application::{
    Application, Block, BlockOutcome, CheckKind, CheckOutcome, CommitOutcome, ConsensusParams, ExtendedVote,
    Genesis, Header, LastCommit, Misbehavior, MisbehaviorKind, ProposalRequest, Verdict, Vote, VoteExtension,
    proposal_bytes,
};
pub use mempool::{Code, Error, MempoolLimits, Waiting};
use mempool::{Mempool, Room};
use validators::Validators;
pub(crate) use validators::signing_key;
pub use validators::{consensus_address, validator_key};
use votes::Keys;

/// Every block is decided in its first round.
const ROUND: u32 = 0;

/// Why no block came.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The application halts; so must the daemon.
    #[error("{0}")]
    Halt(#[from] Halt),
    /// Block times must grow.
    #[error("block time {time_unix_ms} is not after the last block's {last_time_unix_ms}")]
    TimeNotAfter {
        /// What was asked for.
        time_unix_ms: u64,
        /// The last block's time.
        last_time_unix_ms: u64,
    },
    /// The application chose more bytes than it was given.
    #[error("the proposal has {size_bytes} bytes, the limit is {size_bytes_max}")]
    ProposalTooLarge {
        /// Bytes of the chosen transactions.
        size_bytes: u64,
        /// The limit of the request.
        size_bytes_max: u64,
    },
    /// The application refused the block.
    #[error("the block at height {height} was rejected: {reason}")]
    Rejected {
        /// The block's height.
        height: u64,
        /// The application's sentence.
        reason: String,
    },
    /// The application refused what it had added to its own vote itself.
    #[error("the own vote extension at height {height} was rejected: {reason}")]
    ExtensionRejected {
        /// The block's height.
        height: u64,
        /// The application's sentence.
        reason: String,
    },
    /// Evidence that CometBFT would not put into a block.
    #[error("the evidence cannot be in the block at height {height}: {reason}")]
    Evidence {
        /// The block's height.
        height: u64,
        /// What is wrong.
        reason: String,
    },
    /// New limits at which CometBFT would stop.
    #[error("the limits that the block at height {height} answers are refused: {reason}")]
    Limits {
        /// The block's height.
        height: u64,
        /// What is wrong.
        reason: String,
    },
    /// One outcome per transaction is the rule.
    #[error("{txs} transactions were answered with {outcomes} outcomes")]
    OutcomeCount {
        /// Transactions in the block.
        txs: usize,
        /// Outcomes in the answer.
        outcomes: usize,
    },
}

/// What a phase took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// By the clock on the wall.
    pub wall: Duration,
    /// Of all cores.
    pub cpu: Duration,
}

/// How long each phase of a block took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// Choosing transactions; zero for blocks that the caller filled.
    pub prepare: Cost,
    /// Judging the proposal.
    pub process: Cost,
    /// Executing it.
    pub finalize: Cost,
    /// Making it durable.
    pub commit: Cost,
    /// Judging again what is left in the mempool.
    pub recheck: Cost,
}

/// A block that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Produced {
    /// Its height.
    pub height: u64,
    /// The block.
    pub block: Block,
    /// Its result.
    pub outcome: BlockOutcome,
    /// The answer to its commit.
    pub committed: CommitOutcome,
    /// What each phase took.
    pub phases: Phases,
}

/// What the driver holds besides the application's state: enough to go back to an earlier moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The mempool, first come first.
    pub mempool: Vec<Waiting>,
    /// Time of the last block; `None` before the first one.
    pub last_time_unix_ms: Option<u64>,
    engine: Engine,
}

/// What changes with each block.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Engine {
    validators: Validators,
    params: ConsensusParams,
    /// What the own validators added to their votes for the last block.
    extension: Bytes,
}

struct Chain {
    chain_id: String,
    initial_height: u64,
    keys: Keys,
    last_time_unix_ms: Option<u64>,
    engine: Engine,
}

/// The single node. Share it in an `Arc`: submitting never waits for a block that executes.
pub struct Driver {
    application: Arc<dyn Application>,
    mempool: Mutex<Mempool>,
    chain: Mutex<Chain>,
}

impl Driver {
    /// Starts from the genesis, or goes on where the application stands.
    ///
    /// A genesis without validators gets the one whose key is [`validator_key`]. `last_time_unix_ms` is the
    /// time of the application's last block, if the caller knows it. A driver that goes on takes its limits from
    /// `genesis` as well, and has forgotten what was added to the votes for the last block: it hands on signed,
    /// empty extensions of them.
    pub fn start(
        application: Arc<dyn Application>,
        mut genesis: Genesis,
        limits: MempoolLimits,
        last_time_unix_ms: Option<u64>,
    ) -> Result<Self, Halt> {
        if genesis.validators.is_empty() {
            genesis.validators.push(validators::own());
        }
        let mut chosen = genesis.validators.clone();
        let (chain_id, initial_height) = (genesis.chain_id.clone(), genesis.initial_height);
        let params = genesis.params;
        if application.info().height == 0 {
            let outcome = application.init_chain(genesis)?;
            if !outcome.validators.is_empty() {
                chosen = outcome.validators;
            }
        }
        let engine = Engine { validators: Validators::new(chosen), params, extension: Bytes::new() };
        let keys = Keys::new(signing_key());
        let chain = Chain { chain_id, initial_height, keys, last_time_unix_ms, engine };
        let mempool = Mempool::new(limits, Room::of(&params));
        Ok(Self { application, mempool: Mutex::new(mempool), chain: Mutex::new(chain) })
    }

    /// Makes the validator of this key one of the driver's own, besides that of [`validator_key`]: its votes are
    /// extended too. Validators whose keys are elsewhere are taken to vote for every block, without an extension;
    /// CometBFT would not count such votes where extensions are on.
    pub fn hold_key(&self, key: SigningKey) {
        self.chain().keys.hold(key);
    }

    /// The last committed height.
    pub fn height(&self) -> u64 {
        self.application.info().height
    }

    /// Time of the last block, if there was one.
    pub fn last_time_unix_ms(&self) -> Option<u64> {
        self.chain().last_time_unix_ms
    }

    /// Judges a transaction and, if it is good, keeps it for the next block.
    pub fn submit(&self, tx: Bytes) -> CheckOutcome {
        let outcomes = self.submit_all(vec![tx]);
        outcomes.into_iter().next().unwrap_or_else(mempool::unanswered)
    }

    /// Judges transactions together and keeps the good ones, in order.
    pub fn submit_all(&self, txs: Vec<Bytes>) -> Vec<CheckOutcome> {
        let early: Vec<Option<CheckOutcome>> = {
            let mempool = self.mempool();
            txs.iter().map(|tx| mempool.refusal(tx)).collect()
        };
        let open = txs.iter().zip(&early).filter(|(_, refusal)| refusal.is_none());
        let asked: Vec<_> = open.map(|(tx, _)| (tx.clone(), CheckKind::New)).collect();
        let mut judged = self.application.check(&asked).into_iter();
        let mut mempool = self.mempool();
        let admit = |(tx, refusal): (Bytes, Option<CheckOutcome>)| {
            let outcome = refusal.or_else(|| judged.next()).unwrap_or_else(mempool::unanswered);
            let gas = outcome.gas;
            if outcome.code == 0 { mempool.add(Waiting { tx, gas }).unwrap_or(outcome) } else { outcome }
        };
        txs.into_iter().zip(early).map(admit).collect()
    }

    /// The waiting transactions, first come first.
    pub fn mempool_txs(&self) -> Vec<Bytes> {
        self.mempool().txs()
    }

    /// Makes a block of what waits: prepare, process, finalize, commit, then recheck what is left.
    pub fn produce_block(&self, time_unix_ms: u64) -> Result<Produced, DriverError> {
        let mut chain = self.chain();
        let header = self.header(&chain, time_unix_ms, Vec::new())?;
        let bytes_max = chain.engine.params.block_bytes_max;
        let extended_votes = extended_votes(&chain, &header);
        let txs = self.mempool().fitting();
        let request = ProposalRequest { header: header.clone(), extended_votes, txs, bytes_max };
        let (txs, prepare) = timed(|| self.application.prepare(request));
        let size_bytes = txs.iter().map(|tx| proposal_bytes(tx)).sum();
        if size_bytes > bytes_max {
            return Err(DriverError::ProposalTooLarge { size_bytes, size_bytes_max: bytes_max });
        }
        let mut produced = self.execute(&mut chain, header, txs)?;
        produced.phases.prepare = prepare;
        Ok(produced)
    }

    /// Makes a block of exactly these bytes, past the mempool and without asking the application to choose.
    pub fn run_block(&self, txs: Vec<Bytes>, time_unix_ms: u64) -> Result<Produced, DriverError> {
        self.run_block_with(txs, time_unix_ms, Vec::new())
    }

    /// As [`Driver::run_block`], with evidence in the block.
    pub fn run_block_with(
        &self,
        txs: Vec<Bytes>,
        time_unix_ms: u64,
        misbehavior: Vec<Misbehavior>,
    ) -> Result<Produced, DriverError> {
        let mut chain = self.chain();
        let header = self.header(&chain, time_unix_ms, misbehavior)?;
        self.execute(&mut chain, header, txs)
    }

    /// What to hand to [`Driver::restore`] later.
    pub fn snapshot(&self) -> Snapshot {
        let chain = self.chain();
        let (mempool, engine) = (self.mempool().waiting(), chain.engine.clone());
        Snapshot { mempool, last_time_unix_ms: chain.last_time_unix_ms, engine }
    }

    /// Goes back to a snapshot. The caller has brought the application's state back to the same moment.
    pub fn restore(&self, snapshot: Snapshot) {
        let mut chain = self.chain();
        chain.last_time_unix_ms = snapshot.last_time_unix_ms;
        chain.engine = snapshot.engine;
        self.mempool().replace(snapshot.mempool, Room::of(&chain.engine.params));
    }

    fn header(
        &self,
        chain: &Chain,
        time_unix_ms: u64,
        misbehavior: Vec<Misbehavior>,
    ) -> Result<Header, DriverError> {
        if let Some(last_time_unix_ms) = chain.last_time_unix_ms.filter(|last| time_unix_ms <= *last) {
            return Err(DriverError::TimeNotAfter { time_unix_ms, last_time_unix_ms });
        }
        let height = chain.initial_height.max(self.application.info().height.saturating_add(1));
        let Engine { validators, params, .. } = &chain.engine;
        let (last_height, last_time) = (height.saturating_sub(1), chain.last_time_unix_ms.unwrap_or(0));
        if let Some(reason) = limits::evidence_refusal(params, &misbehavior, last_height, last_time) {
            return Err(DriverError::Evidence { height, reason });
        }
        let votes = if height == chain.initial_height { Vec::new() } else { validators.votes() };
        Ok(Header {
            height,
            time_unix_ms,
            proposer: validators.proposer(),
            next_validators_hash: validators.next_hash(),
            last_commit: LastCommit { round: ROUND, votes },
            misbehavior,
        })
    }

    /// What the own validators add to their votes for a block. As with CometBFT, only who votes is asked.
    fn extension(&self, chain: &Chain, block: &Block) -> Result<Bytes, DriverError> {
        let height = block.header.height;
        let mut own = chain.engine.validators.voters();
        own.retain(|voter| chain.keys.holds(voter));
        if own.is_empty() || !chain.engine.params.vote_extensions_on(height) {
            return Ok(Bytes::new());
        }
        let extension = self.application.extend_vote(block);
        for validator in own {
            let (block_hash, extension) = (block.hash.clone(), extension.clone());
            let judged = VoteExtension { block_hash, validator, height, extension };
            if let Verdict::Reject(reason) = self.application.verify_vote_extension(&judged) {
                return Err(DriverError::ExtensionRejected { height, reason });
            }
        }
        Ok(extension)
    }

    fn execute(&self, chain: &mut Chain, header: Header, txs: Vec<Bytes>) -> Result<Produced, DriverError> {
        let (height, time_unix_ms) = (header.height, header.time_unix_ms);
        let hash = block_hash(&header, &self.application.info().app_hash, &txs).to_vec();
        let block = Block { header, hash, txs };
        let mut phases = Phases::default();
        let (verdict, process) = timed(|| self.application.process(&block));
        if let Verdict::Reject(reason) = verdict {
            return Err(DriverError::Rejected { height, reason });
        }
        let extension = self.extension(chain, &block)?;
        let decided = block.clone();
        let (outcome, finalize) = timed(|| self.application.finalize(decided));
        let outcome = outcome?;
        if outcome.txs.len() != block.txs.len() {
            return Err(DriverError::OutcomeCount { txs: block.txs.len(), outcomes: outcome.txs.len() });
        }
        let params = outcome.params.unwrap_or(chain.engine.params);
        if let Some(reason) = limits::refusal(&chain.engine.params, &params, height) {
            return Err(DriverError::Limits { height, reason });
        }
        let (committed, commit) = timed(|| self.application.commit());
        let committed = committed?;
        chain.last_time_unix_ms = Some(time_unix_ms);
        chain.engine.validators.advance(&outcome.validator_updates);
        (chain.engine.params, chain.engine.extension) = (params, extension);
        self.mempool().resize(Room::of(&params));
        (phases.process, phases.finalize, phases.commit) = (process, finalize, commit);
        ((), phases.recheck) = timed(|| self.recheck(&block.txs));
        Ok(Produced { height, block, outcome, committed, phases })
    }

    /// Drops what the block holds and what no longer passes.
    fn recheck(&self, included: &[Bytes]) {
        let left = {
            let mut mempool = self.mempool();
            mempool.remove(included);
            mempool.txs()
        };
        let asked: Vec<_> = left.into_iter().map(|tx| (tx, CheckKind::Recheck)).collect();
        if asked.is_empty() {
            return;
        }
        let outcomes = self.application.check(&asked);
        let refused = asked.into_iter().zip(outcomes).filter(|(_, outcome)| outcome.code != 0);
        let refused: Vec<Bytes> = refused.map(|((tx, _), _)| tx).collect();
        self.mempool().remove(&refused);
    }

    // A panic of the application leaves both states whole: they change only after its calls have returned.
    fn mempool(&self) -> MutexGuard<'_, Mempool> {
        self.mempool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last commit as the next proposer sees it: with extensions if they were on at that height.
fn extended_votes(chain: &Chain, header: &Header) -> Vec<ExtendedVote> {
    let (votes, last_height) = (&header.last_commit.votes, header.height.saturating_sub(1));
    if !chain.engine.params.vote_extensions_on(last_height) {
        return votes.iter().map(votes::plain).collect();
    }
    let at = VotePoint { chain_id: &chain.chain_id, height: last_height, round: ROUND };
    chain.keys.extended(votes, &chain.engine.extension, at)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (start, before) = (Instant::now(), processor_time());
    let value = work();
    (value, Cost { wall: start.elapsed(), cpu: processor_time().saturating_sub(before) })
}

/// Processor time of this process so far, on all cores.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// SHA-256 over every field of the block in a fixed order, lengths included.
fn block_hash(header: &Header, last_app_hash: &[u8], txs: &[Bytes]) -> [u8; 32] {
    let mut hasher = Sha256::of(b"chortle/driver/block/1");
    hasher.update(&header.height.to_be_bytes());
    hasher.update(&header.time_unix_ms.to_be_bytes());
    hasher.update(&header.proposer);
    hash_bytes(&mut hasher, &header.next_validators_hash);
    hash_bytes(&mut hasher, last_app_hash);
    hasher.update(&header.last_commit.round.to_be_bytes());
    hash_count(&mut hasher, header.last_commit.votes.len());
    for Vote { validator, power, signed } in &header.last_commit.votes {
        hasher.update(validator);
        hasher.update(&power.to_be_bytes());
        hasher.update(&[u8::from(*signed)]);
    }
    hash_count(&mut hasher, header.misbehavior.len());
    for misbehavior in &header.misbehavior {
        hasher.update(&[match misbehavior.kind {
            MisbehaviorKind::Unknown => 0,
            MisbehaviorKind::DuplicateVote => 1,
            MisbehaviorKind::LightClientAttack => 2,
        }]);
        hasher.update(&misbehavior.validator);
        let numbers =
            [misbehavior.power, misbehavior.height, misbehavior.time_unix_ms, misbehavior.total_power];
        numbers.iter().for_each(|number| hasher.update(&number.to_be_bytes()));
    }
    hash_count(&mut hasher, txs.len());
    txs.iter().for_each(|tx| hash_bytes(&mut hasher, tx));
    hasher.finish()
}

fn hash_count(hasher: &mut Sha256, count: usize) {
    hasher.update(&(count as u64).to_be_bytes());
}

fn hash_bytes(hasher: &mut Sha256, bytes: &[u8]) {
    hash_count(hasher, bytes.len());
    hasher.update(bytes);
}
