//! An open-loop load generator: every transaction is due at a time of its own, and its latency counts from then, so a
//! stall of the chain is in the numbers of all that were due meanwhile.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::json;

use crate::http::{self, Connection};
use crate::node::number;
use crate::report::{Report, percentile};
use crate::{observe, process};

/// Most transactions in one request; what is due while an answer is awaited goes together.
const BATCH_MAX: usize = 100;
/// Transactions in the first request of a connection.
const BATCH_FIRST: usize = 10;
/// CometBFT cuts off an answer that it has worked on for ten seconds, and nobody learns what became of the batch. So a
/// batch is what should take this long, by the last one.
const BATCH_WITHIN: Duration = Duration::from_secs(2);
/// Pause between two questions for the height: the error of a latency.
const WATCH: Duration = Duration::from_millis(5);
/// Pause before a broken connection is opened again.
const RECONNECT: Duration = Duration::from_millis(100);

/// What to load.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name in the report.
    pub name: String,
    /// RPC of each node.
    pub rpcs: Vec<SocketAddr>,
    /// Names and ids of its processes.
    pub processes: Vec<(String, u32)>,
}

/// How to load it.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Transactions that are due each second.
    pub rate_per_s: f64,
    /// Connections, spread over the nodes.
    pub connections: usize,
    /// Transaction *i* travels with all others of lane *i mod lanes*, in order: one lane per account.
    pub lanes: usize,
    /// How long to wait for the last transactions after the last was sent.
    pub patience: Duration,
}

#[derive(Default)]
struct Sent {
    accepted: usize,
    errors: BTreeMap<String, usize>,
}

/// Sends the transactions, waits until the mempool is empty, and reports.
pub async fn run(target: &Target, txs: &[Vec<u8>], load: Load) -> anyhow::Result<Report> {
    let tx_bytes = txs.first().map_or(0, Vec::len);
    let rpc = *target.rpcs.first().context("the target has no node")?;
    let first_height = height(rpc).await?;
    let due = |index: usize| Duration::from_secs_f64(index as f64 / load.rate_per_s);
    let shots: Vec<(Duration, Arc<str>)> =
        txs.iter().enumerate().map(|(index, tx)| (due(index), BASE64.encode(tx).into())).collect();
    let mut lanes: Vec<Vec<(Duration, Arc<str>)>> = vec![Vec::new(); load.connections.max(1)];
    for (index, shot) in shots.iter().enumerate() {
        let lane = index % load.lanes.max(1) % lanes.len();
        lanes.get_mut(lane).context("a lane for each connection")?.push(shot.clone());
    }
    let cpu_before = processor_time(target);
    let started = Instant::now() + Duration::from_millis(100);
    let finished = Arc::new(AtomicBool::new(false));
    let watcher = tokio::spawn(watch(rpc, first_height, Arc::clone(&finished)));
    let workers: Vec<_> = lanes
        .into_iter()
        .enumerate()
        .filter_map(|(index, shots)| Some((*target.rpcs.get(index % target.rpcs.len())?, shots)))
        .map(|(rpc, shots)| tokio::spawn(send(rpc, started, shots)))
        .collect();
    let mut sent = Sent::default();
    for worker in workers {
        let one = worker.await?;
        sent.accepted += one.accepted;
        for (reason, count) in one.errors {
            *sent.errors.entry(reason).or_default() += count;
        }
    }
    drain(target, load.patience).await?;
    finished.store(true, Ordering::Relaxed);
    let seen = watcher.await??;
    let cpu = cpu_since(target, &cpu_before);
    let due: HashMap<Arc<str>, Duration> = shots.into_iter().map(|(due, tx)| (tx, due)).collect();
    let mut report = Report {
        target: target.name.clone(),
        validators: target.rpcs.len(),
        tx_bytes,
        offered_per_s: load.rate_per_s,
        offered: txs.len(),
        accepted: sent.accepted,
        committed: 0,
        failed: 0,
        committed_per_s: 0.0,
        blocks: 0,
        p50_ms: 0.0,
        p95_ms: 0.0,
        p99_ms: 0.0,
        errors: sent.errors,
        cpu_us_per_tx: BTreeMap::new(),
    };
    count(rpc, started, &seen, &due, &mut report).await?;
    let committed = report.committed.max(1) as f64;
    report.cpu_us_per_tx = cpu.into_iter().map(|(name, seconds)| (name, seconds * 1e6 / committed)).collect();
    Ok(report)
}

/// Reads what each block held, and fills in the report.
async fn count(
    rpc: SocketAddr,
    started: Instant,
    seen: &BTreeMap<u64, Instant>,
    due: &HashMap<Arc<str>, Duration>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut latencies_ms = Vec::with_capacity(due.len());
    let mut last = started;
    for (height, visible) in seen {
        let mut held = 0;
        for (tx, code) in observe::transactions(rpc, *height).await? {
            let Some(due) = due.get(tx.as_str()) else { continue };
            held += 1;
            if code != 0 {
                report.failed += 1;
                continue;
            }
            report.committed += 1;
            latencies_ms.push(visible.saturating_duration_since(started + *due).as_secs_f64() * 1e3);
        }
        if held > 0 {
            report.blocks += 1;
            last = *visible;
        }
    }
    latencies_ms.sort_by(f64::total_cmp);
    let spent = last.saturating_duration_since(started).as_secs_f64();
    report.committed_per_s = if spent > 0.0 { report.committed as f64 / spent } else { 0.0 };
    report.p50_ms = percentile(&latencies_ms, 0.50);
    report.p95_ms = percentile(&latencies_ms, 0.95);
    report.p99_ms = percentile(&latencies_ms, 0.99);
    Ok(())
}

fn processor_time(target: &Target) -> Vec<f64> {
    target.processes.iter().map(|(_, pid)| process::cpu_seconds(*pid).unwrap_or(0.0)).collect()
}

fn cpu_since(target: &Target, before: &[f64]) -> BTreeMap<String, f64> {
    let mut by_name = BTreeMap::new();
    for (((name, _), before), after) in target.processes.iter().zip(before).zip(processor_time(target)) {
        *by_name.entry(name.clone()).or_insert(0.0) += after - before;
    }
    by_name
}

async fn height(rpc: SocketAddr) -> anyhow::Result<u64> {
    let info = http::call(rpc, "abci_info", json!({})).await?;
    Ok(number(&info["response"]["last_block_height"]))
}

/// Notes when the state machine shows each height.
async fn watch(
    rpc: SocketAddr,
    from: u64,
    finished: Arc<AtomicBool>,
) -> anyhow::Result<BTreeMap<u64, Instant>> {
    let mut connection = Connection::open(rpc).await?;
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "abci_info", "params": {} }).to_string();
    let (mut seen, mut last) = (BTreeMap::new(), from);
    loop {
        let ends = finished.load(Ordering::Relaxed);
        let answer = connection.request("POST", "/", body.as_bytes()).await?.json()?;
        let height = number(&answer["result"]["response"]["last_block_height"]);
        let now = Instant::now();
        seen.extend((last + 1..=height).map(|height| (height, now)));
        last = last.max(height);
        if ends {
            return Ok(seen);
        }
        tokio::time::sleep(WATCH).await;
    }
}

/// Waits until no mempool holds anything.
async fn drain(target: &Target, patience: Duration) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut empty_since = None;
    while started.elapsed() < patience {
        let mut waiting = 0;
        for rpc in &target.rpcs {
            let found = http::call(*rpc, "num_unconfirmed_txs", json!({})).await?;
            waiting += number(&found["total"]);
        }
        if waiting > 0 {
            empty_since = None;
        }
        // A block that left the mempool still has to be committed.
        let since = *empty_since.get_or_insert_with(Instant::now);
        if waiting == 0 && since.elapsed() > Duration::from_secs(1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

#[derive(Deserialize)]
struct RpcAnswer {
    result: Option<RpcResult>,
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcResult {
    code: u32,
    #[serde(default)]
    codespace: String,
}

#[derive(Deserialize)]
struct RpcError {
    #[serde(default)]
    data: String,
}

/// One connection: sends what is due, all that is due at once, in order.
async fn send(rpc: SocketAddr, started: Instant, shots: Vec<(Duration, Arc<str>)>) -> Sent {
    let mut sent = Sent::default();
    let mut connection = None;
    let mut rest = shots.as_slice();
    let mut batch_max = BATCH_FIRST;
    while let Some((due, _)) = rest.first() {
        tokio::time::sleep_until((started + *due).into()).await;
        let now = started.elapsed();
        let size = rest.iter().take(batch_max).take_while(|(due, _)| *due <= now).count().max(1);
        let (batch, later) = rest.split_at(size);
        rest = later;
        let asked = Instant::now();
        let answers = exchange(&mut connection, rpc, batch).await;
        batch_max = next_batch(size, asked.elapsed());
        let answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                connection = None;
                let reason = format!("connection: {}", error.root_cause());
                *sent.errors.entry(reason).or_default() += batch.len();
                tokio::time::sleep(RECONNECT).await;
                continue;
            }
        };
        for answer in answers {
            match refusal(answer) {
                None => sent.accepted += 1,
                Some(reason) => *sent.errors.entry(reason).or_default() += 1,
            }
        }
    }
    sent
}

/// How many go into the next request after one of this size took so long.
fn next_batch(size: usize, took: Duration) -> usize {
    let in_time = size as u128 * BATCH_WITHIN.as_micros() / took.as_micros().max(1);
    // One that was quick says little of a much larger one.
    usize::try_from(in_time).unwrap_or(BATCH_MAX).clamp(1, BATCH_MAX.min(4 * size))
}

async fn exchange(
    connection: &mut Option<Connection>,
    rpc: SocketAddr,
    batch: &[(Duration, Arc<str>)],
) -> anyhow::Result<Vec<RpcAnswer>> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(Connection::open(rpc).await?),
    };
    // Written by hand: base64 needs no escapes.
    let one = |(id, (_, tx)): (usize, &(Duration, Arc<str>))| {
        format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"broadcast_tx_sync","params":{{"tx":"{tx}"}}}}"#)
    };
    let requests: Vec<_> = batch.iter().enumerate().map(one).collect();
    let body = format!("[{}]", requests.join(","));
    let answer = open.request("POST", "/", body.as_bytes()).await?;
    // A batch of one is answered without the brackets.
    let answers = match answer.body.first() {
        Some(b'[') => serde_json::from_slice(&answer.body)?,
        _ => vec![serde_json::from_slice(&answer.body)?],
    };
    Ok(answers)
}

fn refusal(answer: RpcAnswer) -> Option<String> {
    match (answer.result, answer.error) {
        (Some(RpcResult { code: 0, .. }), None) => None,
        (Some(RpcResult { code, codespace }), None) => Some(format!("{codespace}.{code}")),
        // CometBFT says how full it is; the numbers would make each one a reason of its own.
        (_, Some(error)) => Some(error.data.split(':').next().unwrap_or_default().trim().to_owned()),
        (None, None) => Some("an answer without a result".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_grows_with_quick_answers_and_shrinks_before_one_is_cut_off() {
        let ms = Duration::from_millis;
        for (size, took, next) in [
            (10, ms(5), 40),
            (40, ms(20), 100),
            (100, ms(100), 100),
            (100, ms(4_000), 50),
            (50, ms(10_000), 10),
            (1, ms(60_000), 1),
            (1, ms(0), 4),
        ] {
            assert_eq!(next_batch(size, took), next, "{size} in {took:?}");
        }
    }
}
