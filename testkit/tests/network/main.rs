//! Claims about whole networks: real `chortled`, real CometBFT, real disks, real `kill -9`.
//!
//! One network at a time, so that deadlines mean something on a small machine.

mod attest;
mod chaos;
mod governance;
mod hostile;
mod load;
mod next;
mod quorum;
mod readiness;
mod signer;
mod staking;
mod stuck;
mod sync;
mod upgrade;
mod verify;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chortle_kernel::tx::{ChainRef, Replay};
use chortle_testkit::network::brisk;
use chortle_testkit::{Account, Network, Options};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

/// Time for what a healthy network does within seconds; machines may be busy.
const SOON: Duration = Duration::from_secs(90);

static TURN: Mutex<()> = Mutex::const_new(());

/// Waits until no other network runs.
async fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// A running network with funded accounts.
async fn network(validators: usize, accounts: &[Account]) -> Network {
    let funded = accounts.iter().map(|account| account.address).collect();
    Network::start(Options {
        validators,
        funded,
        tune: brisk,
        staking: Value::Null,
        governance: Value::Null,
        comet_binary: None,
        check_invariants: true,
    })
    .await
    .expect("the network starts")
}

fn now_unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970");
    u64::try_from(since.as_millis()).expect("a time of this age")
}

/// A transfer that needs no order: its expiry is its nonce.
fn unordered(network: &ChainRef, from: &Account, to: &Account, expiry_unix_ms: u64) -> Vec<u8> {
    from.transfer(network, Replay::Unordered, expiry_unix_ms, to.address, 1).expect("a transfer")
}
