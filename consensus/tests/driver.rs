//! The in-process driver over the test's state machine.

mod support;

use std::sync::Arc;

use bytes::Bytes;
use chortle_consensus::application::*;
use chortle_consensus::driver::{Driver, DriverError, MempoolLimits, Produced};
use chortle_consensus::grammar::{Grammar, Recorded};
use support::{KeyValue, genesis};

const START_MS: u64 = 1_760_000_001_000;

fn driver(application: Arc<dyn Application>) -> Driver {
    Driver::start(application, genesis(), MempoolLimits::default(), None).expect("a start")
}

fn tx(text: &str) -> Bytes {
    Bytes::from(text.to_owned())
}

fn untimed(produced: Produced) -> (u64, Block, BlockOutcome) {
    (produced.height, produced.block, produced.outcome)
}

fn run(application: Arc<dyn Application>) -> Vec<(u64, Block, BlockOutcome)> {
    let driver = driver(application);
    let mut blocks = Vec::new();
    for height in 1..=20_u64 {
        for index in 0..height {
            assert_eq!(driver.submit(tx(&format!("{height}={index}"))).code, 0);
        }
        blocks.push(untimed(driver.produce_block(START_MS + height).expect("a block")));
    }
    blocks
}

#[test]
fn two_runs_give_the_same_blocks_byte_for_byte() {
    let recorded = Arc::new(Recorded::new(Arc::new(KeyValue::default())));
    let blocks = run(recorded.clone());
    assert_eq!(blocks, run(Arc::new(KeyValue::default())));
    assert_eq!(recorded.violations(), []);
    Grammar::judge(recorded.trace()).expect("a legal trace");
    let hashes: std::collections::BTreeSet<_> = blocks.iter().map(|(_, block, _)| &block.hash).collect();
    assert_eq!(hashes.len(), 20, "every block has its own hash");
    assert!(blocks[0].1.header.last_commit.votes.is_empty(), "nobody voted before the first block");
    assert_eq!(blocks[1].1.header.last_commit.votes.len(), 1);
}

#[test]
fn the_mempool_keeps_order_refuses_twins_and_empties_into_blocks() {
    let driver = driver(Arc::new(KeyValue::default()));
    let outcomes = driver.submit_all(vec![tx("a=1"), tx("bad"), tx("b=2"), tx("a=1")]);
    assert_eq!(outcomes.iter().map(|outcome| outcome.code).collect::<Vec<_>>(), [0, 1, 0, 2]);
    assert_eq!(driver.mempool_txs(), [tx("a=1"), tx("b=2")]);
    let produced = driver.produce_block(START_MS).expect("a block");
    assert_eq!((produced.height, produced.block.txs), (1, vec![tx("a=1"), tx("b=2")]));
    assert!(driver.mempool_txs().is_empty());
    assert_eq!(driver.height(), 1);
}

#[test]
fn block_times_must_grow() {
    let driver = driver(Arc::new(KeyValue::default()));
    driver.produce_block(START_MS).expect("a block");
    let refusal = driver.produce_block(START_MS).expect_err("the same time");
    assert!(matches!(refusal, DriverError::TimeNotAfter { .. }), "{refusal}");
    assert_eq!(driver.height(), 1);
    driver.produce_block(START_MS + 86_400_000_000).expect("a thousand days later");
}

#[test]
fn a_rejected_block_and_a_halt_are_told_apart() {
    let driver = driver(Arc::new(KeyValue::default()));
    let rejected = driver.run_block(vec![tx("reject")], START_MS).expect_err("rejected");
    assert!(matches!(rejected, DriverError::Rejected { height: 1, .. }), "{rejected}");
    let halted = driver.run_block(vec![tx("halt")], START_MS).expect_err("halted");
    assert!(matches!(halted, DriverError::Halt(_)), "{halted}");
    assert_eq!(driver.height(), 0);
}

#[test]
fn after_a_restore_the_same_blocks_come_again() {
    let application = Arc::new(KeyValue::default());
    let driver = driver(application.clone());
    driver.submit(tx("a=1"));
    driver.produce_block(START_MS).expect("a block");
    driver.submit(tx("b=2"));
    let (snapshot, state) = (driver.snapshot(), application.state());
    let first = untimed(driver.produce_block(START_MS + 1).expect("a block"));
    driver.produce_block(START_MS + 2).expect("a block");

    application.restore(state);
    driver.restore(snapshot);
    assert_eq!(driver.mempool_txs(), [tx("b=2")]);
    assert_eq!(untimed(driver.produce_block(START_MS + 1).expect("a block")), first);
}

#[test]
fn raw_bytes_run_past_the_mempool() {
    let driver = driver(Arc::new(KeyValue::default()));
    let produced = driver.run_block(vec![tx("a=1"), tx("junk")], START_MS).expect("a block");
    assert_eq!(produced.outcome.txs.iter().map(|tx| tx.code).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(produced.phases.prepare.wall, std::time::Duration::ZERO);
}
