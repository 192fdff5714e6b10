//! The load generator counts what the chain has, and the chain has what was sent.

use std::time::Duration;

use chortle_testkit::load::{self, Load};
use chortle_testkit::{Account, Network, Options, accounts, kvstore, lab};

use crate::turn;

const COUNT: usize = 2_000;
const LOAD: Load =
    Load { rate_per_s: 1_000.0, connections: 8, lanes: 200, patience: Duration::from_secs(60) };

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_offered_below_the_limit_is_committed_once() {
    let _turn = turn().await;
    let senders = Account::many("load", LOAD.lanes);
    let funded = senders.iter().map(|account| account.address).collect();
    let network = Network::start(Options {
        validators: 1,
        funded,
        staking: serde_json::Value::Null,
        governance: serde_json::Value::Null,
        tune: lab::settings,
        comet_binary: None,
        check_invariants: true,
    })
    .await
    .unwrap();
    let txs = accounts::transfers(&senders, &network.identity, COUNT).unwrap();
    let report = load::run(&network.target(), &txs, LOAD).await.unwrap();
    assert_eq!((report.accepted, report.committed, report.failed), (COUNT, COUNT, 0), "{}", report.line());
    assert!(report.p50_ms > 0.0 && report.p50_ms <= report.p99_ms, "{}", report.line());
    assert!(report.cpu_us_per_tx.values().all(|cpu| *cpu > 0.0), "{}", report.line());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_peer_is_loaded_by_the_same_generator() {
    let _turn = turn().await;
    let network = kvstore::Kvstore::start(1, lab::settings).await.unwrap();
    let report = load::run(&network.target(), &kvstore::transactions(COUNT, 250), LOAD).await.unwrap();
    assert_eq!((report.accepted, report.committed), (COUNT, COUNT), "{}", report.line());
    assert_eq!(report.tx_bytes, 250);
}
