//! Nodes are killed at random moments while transfers come in.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chortle_kernel::hash::sha256;
use chortle_testkit::process::wait_until;
use chortle_testkit::{Account, Network, http};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::{SOON, network, now_unix_ms, turn, unordered};

/// Kills of one run, and what it does after them.
const KILLS: usize = 14;
/// Transactions that are acknowledged between two kills, at least.
const ACKNOWLEDGED_EACH: usize = 2;
/// Seed of the moments, the victims and the ways to die.
const SEED: u64 = 7;

/// A transaction's hash, and the height that a node reported for it.
type Acknowledged = Arc<Mutex<BTreeMap<String, u64>>>;

/// Transactions that are asked about in each round: more than are submitted, so that each soon has its turn.
const ASKED: usize = 12;

/// Submits transfers to whichever node answers, and asks every node about what was submitted, until told to stop.
async fn transfer_and_ask(
    servers: Vec<SocketAddr>,
    identity: chortle_kernel::tx::ChainRef,
    accounts: Vec<Account>,
    acknowledged: Acknowledged,
    submitted: Arc<AtomicUsize>,
    ends: Arc<AtomicBool>,
) {
    // Asked about in turn. One that was only in the memory of a killed node never comes, and stays in the row.
    let mut waiting: VecDeque<String> = VecDeque::new();
    let mut expiry_unix_ms = 0;
    for round in 0_usize.. {
        if ends.load(Ordering::Relaxed) {
            return;
        }
        let (from, to) = (&accounts[round % accounts.len()], &accounts[(round + 1) % accounts.len()]);
        // Four minutes ahead, each a millisecond of its own.
        expiry_unix_ms = (now_unix_ms() + 240_000).max(expiry_unix_ms + 1);
        let tx = unordered(&identity, from, to, expiry_unix_ms);
        let hash = hex::encode(sha256(&tx));
        let body = json!({ "tx": hex::encode(&tx) }).to_string();
        let server = servers[round % servers.len()];
        let accepted = http::once(server, "POST", "/v1/txs", body.as_bytes()).await;
        if accepted.is_ok_and(|answer| answer.status == 202) {
            submitted.fetch_add(1, Ordering::Relaxed);
            waiting.push_back(hash);
        }
        let server = servers[(round + 1) % servers.len()];
        for _ in 0..ASKED.min(waiting.len()) {
            let Some(hash) = waiting.pop_front() else { break };
            let Ok(found) = http::get(server, &format!("/v1/txs/{hash}")).await else {
                waiting.push_front(hash);
                break;
            };
            if found["status"] == "included" {
                let height = found["height"].as_u64().expect("an included transaction has a height");
                acknowledged.lock().expect("nobody panics here").insert(hash, height);
            } else {
                waiting.push_back(hash);
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Every kill comes once more has been acknowledged than before the last: that is what it could lose. So a slow machine
/// makes the run longer, and not emptier.
async fn kill_at_random(network: &mut Network, random: &mut StdRng, acknowledged: &Acknowledged) {
    let known = || acknowledged.lock().expect("nobody panics here").len();
    for kill in 0..KILLS {
        let before = known();
        let more = async || known() >= before + ACKNOWLEDGED_EACH;
        wait_until("more is acknowledged before the next kill", SOON, more)
            .await
            .expect("the network goes on");
        tokio::time::sleep(Duration::from_millis(random.random_range(200..1_500))).await;
        let victim = random.random_range(0..network.nodes.len());
        // Twice, everybody at once, as when a building loses power.
        let victims: Vec<usize> =
            if kill % 7 == 6 { (0..network.nodes.len()).collect() } else { vec![victim] };
        let way = random.random_range(0..3);
        for victim in victims.iter().copied() {
            let node = network.node_mut(victim).expect("the victim exists");
            match way {
                0 => node.kill_app().await.expect("chortled dies"),
                1 => node.kill_comet().expect("CometBFT dies"),
                _ => node.kill_both().await.expect("both die"),
            }
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..1_000))).await;
        for victim in victims {
            let node = network.node_mut(victim).expect("the victim exists");
            if !node.is_running() {
                node.start().expect("chortled starts again");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_transaction_is_lost_when_nodes_are_killed() {
    let _turn = turn().await;
    let accounts = Account::many("chaos", 100);
    let mut network = network(4, &accounts).await;
    let (acknowledged, submitted) = (Acknowledged::default(), Arc::new(AtomicUsize::new(0)));
    let ends = Arc::new(AtomicBool::new(false));
    let servers = network.nodes.iter().map(|node| node.addresses.rest).collect();
    let load = tokio::spawn(transfer_and_ask(
        servers,
        network.identity.clone(),
        accounts,
        Arc::clone(&acknowledged),
        Arc::clone(&submitted),
        Arc::clone(&ends),
    ));
    kill_at_random(&mut network, &mut StdRng::seed_from_u64(SEED), &acknowledged).await;
    network.wait_for_progress(3, SOON).await.expect("the network goes on after the last kill");
    ends.store(true, Ordering::Relaxed);
    load.await.expect("the load ends");
    let height = network.wait_for_progress(2, SOON).await.expect("the network goes on");

    network.agree_up_to(height).await.expect("every node has the same blocks and the same roots");
    let acknowledged = acknowledged.lock().expect("nobody panicked").clone();
    assert!(acknowledged.len() >= KILLS * ACKNOWLEDGED_EACH, "{} of {submitted:?}", acknowledged.len());
    for (hash, height) in &acknowledged {
        for node in &network.nodes {
            let found = node.rest(&format!("/v1/txs/{hash}")).await.expect("the node answers");
            assert_eq!(found["status"], "included", "{hash} on {}: {found}", node.name);
            assert_eq!(found["height"].as_u64(), Some(*height), "{hash} on {}", node.name);
        }
    }
}
