//! The same blocks give the same bytes in another process with another number of threads.
//!
//! The test runs itself as a child with `CHORTLE_DETERMINISM_CHILD` set: the child prints a hash of everything.

use std::process::Command;

use bytes::Bytes;
use chortle_kernel::hash;
use chortle_testkit::solo::Solo;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const CHILD: &str = "CHORTLE_DETERMINISM_CHILD";
const SEED: u64 = 4_242;
const BLOCKS: u64 = 40;

/// Plays seeded blocks and answers one hash over every root, record and result.
fn play() -> String {
    let solo = Solo::memory(50).unwrap();
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut sequences = vec![0u64; solo.accounts.len()];
    let mut transcript = Vec::new();
    for height in 1..=BLOCKS {
        let mut txs: Vec<Bytes> = Vec::new();
        for _ in 0..rng.random_range(0..120) {
            let (from, to) = (rng.random_range(0..50), rng.random_range(0..50));
            let amount = if rng.random_bool(0.1) { u64::MAX >> 1 } else { rng.random_range(1..1_000_000) };
            txs.push(solo.transfer(from, sequences[from], to, amount).unwrap());
            sequences[from] += 1;
        }
        let produced = solo.block(txs).unwrap();
        transcript.extend_from_slice(&produced.outcome.app_hash);
        transcript.extend_from_slice(format!("{:?}", produced.outcome.txs).as_bytes());
        let results = solo.chain.store().block_results(height).unwrap();
        transcript.extend_from_slice(format!("{results:?}").as_bytes());
    }
    hex::encode(hash::sha256(&transcript))
}

#[test]
fn two_processes_with_different_threads_agree_on_every_byte() {
    if std::env::var_os(CHILD).is_some() {
        println!("transcript {}", play());
        return;
    }
    let run = |threads: &str, zone: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "determinism::two_processes_with_different_threads_agree_on_every_byte",
                "--nocapture",
            ])
            .env(CHILD, "1")
            .env("RAYON_NUM_THREADS", threads)
            .env("TZ", zone)
            .env("LC_ALL", if threads == "1" { "C" } else { "tr_TR.UTF-8" })
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find_map(|line| line.split("transcript ").nth(1)).map(str::to_owned);
        line.unwrap_or_else(|| panic!("no transcript in {text}"))
    };
    let (one, seven) = (run("1", "UTC"), run("7", "Asia/Kathmandu"));
    assert_eq!(one, seven, "seed {SEED}");
    assert_eq!(one, play(), "seed {SEED}");
}
