//! CheckTx over the unix socket: what the wire costs beside one ed25519 verification, in one run.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use chortle_consensus::abci::call::{Call, Reply};
use chortle_consensus::abci::{Address, Limits, Server};
use chortle_consensus::application::*;
use chortle_consensus::script::Connection;
use chortle_kernel::Halt;
use criterion::{Criterion, Throughput};
use ed25519_dalek::{Signer, SigningKey};
use ed25519_zebra::{Signature, VerificationKey};
use tokio::runtime::Runtime;

const TXS: usize = 2_000;
const TX_BYTES: usize = 200;
const ROUNDS: u32 = 7;

/// Judges by nothing, or by one signature per transaction.
struct Checker {
    verify: bool,
}

fn verified(tx: &[u8]) -> bool {
    let (Some(head), Some(signature)) = (tx.get(..96), tx.get(32..96)) else { return false };
    let key = VerificationKey::try_from(&head[..32]);
    let signature = Signature::try_from(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(&signature, &tx[96..]).is_ok())
}

impl Application for Checker {
    fn info(&self) -> Info {
        Info { version: String::new(), app_version: 0, height: 0, app_hash: Hash::default() }
    }
    fn init_chain(&self, _: Genesis) -> Result<GenesisOutcome, Halt> {
        Err(Halt::new("only checks are measured"))
    }
    fn check(&self, txs: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome> {
        let judge = |(tx, _): &(Bytes, CheckKind)| {
            let good = !self.verify || verified(tx);
            CheckOutcome { code: u32::from(!good), ..CheckOutcome::default() }
        };
        txs.iter().map(judge).collect()
    }
    fn prepare(&self, _: ProposalRequest) -> Vec<Bytes> {
        Vec::new()
    }
    fn process(&self, _: &Block) -> Verdict {
        Verdict::Accept
    }
    fn extend_vote(&self, _: &Block) -> Bytes {
        Bytes::new()
    }
    fn verify_vote_extension(&self, _: &VoteExtension) -> Verdict {
        Verdict::Accept
    }
    fn finalize(&self, _: Block) -> Result<BlockOutcome, Halt> {
        Err(Halt::new("only checks are measured"))
    }
    fn commit(&self) -> Result<CommitOutcome, Halt> {
        Err(Halt::new("only checks are measured"))
    }
    fn query(&self, _: EngineQuery) -> QueryAnswer {
        QueryAnswer::default()
    }
}

fn signed_txs() -> Vec<Bytes> {
    let key = SigningKey::from_bytes(&[9; 32]);
    let sign = |index: usize| {
        let mut body = vec![7_u8; TX_BYTES - 96];
        body[..8].copy_from_slice(&index.to_be_bytes());
        let signature = key.sign(&body).to_bytes();
        Bytes::from([&key.verifying_key().to_bytes()[..], &signature[..], &body].concat())
    };
    (0..TXS).map(sign).collect()
}

struct Rig {
    runtime: Runtime,
    connection: Connection,
    calls: Vec<Call>,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl Rig {
    fn new(txs: &[Bytes], verify: bool) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let folder = tempfile::tempdir().expect("a temp folder");
        let address = Address::Unix(folder.path().join("abci.sock"));
        let start = Server::start(address, Arc::new(Checker { verify }), Limits::default());
        let server = runtime.block_on(start).expect("the server starts");
        let connection = runtime.block_on(Connection::open(server.address())).expect("a connection");
        let calls = txs.iter().map(|tx| Call::Check(tx.clone(), CheckKind::New)).collect();
        Self { runtime, connection, calls, _server: server, _folder: folder }
    }

    fn round(&mut self) {
        let replies = self.runtime.block_on(self.connection.pipeline(&self.calls)).expect("replies");
        assert!(replies.iter().all(|reply| matches!(reply, Reply::Check(outcome) if outcome.code == 0)));
        black_box(replies);
    }
}

/// Median seconds of one transaction for each of the works, which take turns.
fn medians(works: &mut [&mut dyn FnMut()]) -> Vec<f64> {
    let mut samples = vec![Vec::new(); works.len()];
    for _ in 0..ROUNDS {
        for (work, samples) in works.iter_mut().zip(&mut samples) {
            let start = Instant::now();
            work();
            samples.push(start.elapsed().as_secs_f64() / TXS as f64);
        }
    }
    let median = |mut samples: Vec<f64>| {
        samples.sort_by(f64::total_cmp);
        samples[samples.len() / 2]
    };
    samples.into_iter().map(median).collect()
}

fn main() {
    let txs = signed_txs();
    let (mut idle, mut checking) = (Rig::new(&txs, false), Rig::new(&txs, true));
    let alone = || assert!(txs.iter().all(|tx| verified(black_box(tx))));

    let seconds = medians(&mut [&mut || alone(), &mut || idle.round(), &mut || checking.round()]);
    let [alone_s, idle_s, checking_s] = seconds[..] else { return };
    println!("one ed25519 check, no socket      {:8.2} us", alone_s * 1e6);
    println!("CheckTx over the socket, no-op    {:8.2} us   {:8.0}/s", idle_s * 1e6, 1.0 / idle_s);
    println!("CheckTx over the socket, checking {:8.2} us   {:8.0}/s", checking_s * 1e6, 1.0 / checking_s);
    println!("ratio checking / one check        {:8.3}", checking_s / alone_s);

    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("check_tx_over_unix_socket");
    group.throughput(Throughput::Elements(TXS as u64));
    group.bench_function("no_op", |bench| bench.iter(|| idle.round()));
    group.bench_function("one_signature", |bench| bench.iter(|| checking.round()));
    group.bench_function("one_signature_without_socket", |bench| bench.iter(alone));
    group.finish();
    criterion.final_summary();
}
