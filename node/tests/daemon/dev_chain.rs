use bytes::Bytes;
use chortle_node::dev::{DevChain, DevError, Mode};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::json;

use crate::common::{Node, accounts, chain, transfer};

/// Everything that can be seen of a dev chain, its clock's reading aside.
fn seen(dev: &DevChain) -> String {
    let status = dev.chain().status().expect("a status");
    let blocks: Vec<_> = (1..=status.height)
        .map(|height| dev.chain().store().block_results(height).expect("a block"))
        .collect();
    let nonces: Vec<_> = dev.waiting();
    let pending: Vec<_> =
        nonces.iter().map(|tx| dev.chain().pending(&chortle_kernel::tx::id(tx)).is_some()).collect();
    format!("{status:?} {blocks:?} {nonces:?} {pending:?} {:?} {:?}", dev.mode(), dev.clock())
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Transfer { from: usize, to: usize, amount: u64 },
    Mine(u64),
    Advance(u64),
    Mode(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3usize, 0..3usize, 1..1_000u64).prop_map(|(from, to, amount)| Step::Transfer { from, to, amount }),
        1 => (1..4u64).prop_map(Step::Mine),
        1 => (1..10_000_000u64).prop_map(Step::Advance),
        1 => any::<bool>().prop_map(Step::Mode),
    ]
}

fn run(dev: &DevChain, steps: &[Step]) {
    let accounts = accounts(dev);
    for step in steps {
        match *step {
            Step::Transfer { from, to, amount } => {
                // The chain's own view of the next sequence, with what waits counted in.
                let state = dev.chain().view(None).expect("a view");
                let sender = accounts[from].address;
                let nonce = chortle_token::account(state.state.as_ref(), &sender).expect("an account").nonce;
                let of_sender = |tx: &Bytes| {
                    chortle_kernel::tx::Tx::decode(tx).is_ok_and(|tx| tx.body.account() == Some(sender))
                };
                let waiting = dev.waiting().iter().filter(|tx| of_sender(tx)).count() as u64;
                let tx = transfer(&accounts[from], accounts[to].address, amount, nonce + waiting);
                dev.take(tx.into()).expect("a good transaction");
            }
            Step::Mine(blocks) => drop(dev.mine(blocks).expect("blocks")),
            Step::Advance(ms) => drop(dev.advance(ms).expect("later")),
            Step::Mode(instant) => {
                dev.set_mode(if instant { Mode::Instant } else { Mode::Manual }).expect("a mode");
            }
        }
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 24,
        rng_seed: RngSeed::Fixed(3),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn snapshot_then_anything_then_revert_is_the_identity(
        before in proptest::collection::vec(step(), 0..12),
        between in proptest::collection::vec(step(), 0..12),
        after in proptest::collection::vec(step(), 0..6),
    ) {
        let dev = chain(Mode::Manual);
        run(&dev, &before);
        let then = seen(&dev);
        let snapshot = dev.snapshot().expect("in memory");
        run(&dev, &between);
        dev.revert(snapshot).expect("it is there");
        prop_assert_eq!(seen(&dev), then);
        // And the chain goes on from there.
        run(&dev, &after);
        dev.mine(1).expect("a block");
        prop_assert!(dev.waiting().is_empty());
    }
}

#[test]
fn a_revert_uses_up_its_snapshot_and_all_later_ones() {
    let dev = chain(Mode::Instant);
    let first = dev.snapshot().unwrap();
    dev.mine(2).unwrap();
    let second = dev.snapshot().unwrap();
    assert_eq!(dev.revert(first).unwrap(), 0);
    assert_eq!(dev.revert(first).unwrap_err(), DevError::NoSnapshot(first));
    assert_eq!(dev.revert(second).unwrap_err(), DevError::NoSnapshot(second));
}

#[tokio::test(flavor = "multi_thread")]
async fn time_travels_forward_and_blocks_follow() {
    let node = Node::start().await;
    let year_ms = 365 * 86_400_000_u64;
    let before = node.post_ok("/v1/dev/mine", &json!({})).await;
    assert_eq!(before["height"], 1);
    let start = node.json("/v1/status").await["time_unix_ms"].as_u64().unwrap();
    let moved = node.post_ok("/v1/dev/time", &json!({ "advance_ms": year_ms })).await;
    assert_eq!(moved["height"], 2);
    let then = node.json("/v1/status").await["time_unix_ms"].as_u64().unwrap();
    assert!((year_ms..year_ms + 60_000).contains(&(then - start)), "{}", then - start);
    node.submit(&node.transfer(0, node.accounts[1].address, 1, 0)).await;
    assert!(node.json("/v1/status").await["time_unix_ms"].as_u64().unwrap() > then);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_has_its_receipt_within_50_ms() {
    let node = Node::start().await;
    let bob = node.accounts[1].address;
    node.submit(&node.transfer(0, bob, 1, 0)).await;
    let mut times = Vec::new();
    for sequence in 1..101 {
        let bytes = node.transfer(0, bob, 1, sequence);
        let started = std::time::Instant::now();
        assert_eq!(node.submit(&bytes).await["status"], "included");
        times.push(started.elapsed());
    }
    // The quickest is what the node takes by itself: whatever else a machine does makes none quicker.
    assert!(times.iter().min().is_some_and(|quickest| quickest.as_millis() < 50), "{times:?}");
}
