//! What a transfer pays for pauses and permission, of all that it costs from its bytes on, in nanoseconds: with nothing
//! paused, and with as many pauses in force as there can be, none of them its own. It fails above two in a hundred.
//!
//! `ROUNDS` (41) is the number of runs that a median is taken of; a run is `TRANSFERS` (500) transfers in a block.

#[path = "../tests/common/mod.rs"]
mod common;

use std::{hint::black_box, process::ExitCode, time::Instant};

use chortle_app::MODULES;
use chortle_kernel::{
    AssetId, Origin, Router,
    gate::{PAUSES_MAX, Pause, Pauses, Scope},
};
use common::*;

/// Most of a transfer's time that the gate may take.
const PART_MAX: f64 = 0.02;
/// Judgements that are timed together: one alone is shorter than the clock tells.
const JUDGED: u32 = 10_000;

fn size(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// One transfer from bytes to receipt, in a block of many.
fn whole_ns(chain: &Chain, rounds: usize, transfers: usize) -> f64 {
    let txs: Vec<Vec<u8>> =
        (0..transfers).map(|nonce| transfer("alice", nonce.try_into().unwrap(), "bob", 1)).collect();
    let run = |_| {
        let mut run = chain.begin();
        let start = Instant::now();
        for tx in &txs {
            assert!(run.deliver(&verified(tx).unwrap()).unwrap().succeeded());
        }
        start.elapsed().as_nanos() as f64 / transfers as f64
    };
    median((0..rounds).map(run).collect())
}

/// Authority and pauses of one transfer, as ante and router ask: twice.
fn gate_ns(pauses: &Pauses, rounds: usize) -> f64 {
    let call = MODULES.decode(&pay("bob", 1), 0).unwrap();
    let origin = Origin::Account(address("alice"));
    let run = |_| {
        let start = Instant::now();
        for _ in 0..JUDGED {
            let (call, pauses) = (black_box(&call), black_box(pauses));
            call.ensure_running(pauses, TIME_MS).unwrap();
            call.ensure_authority(black_box(origin)).unwrap();
            call.ensure_running(pauses, TIME_MS).unwrap();
        }
        start.elapsed().as_nanos() as f64 / f64::from(JUDGED)
    };
    median((0..rounds).map(run).collect())
}

fn main() -> ExitCode {
    let (rounds, transfers) = (size("ROUNDS", 41), size("TRANSFERS", 500));
    let mut chain = Chain::new();
    let mut most = Pauses::NONE;
    println!("| in force | a transfer, ns | the gate, ns | part |\n|---|---:|---:|---:|");
    let mut worst = 0.0_f64;
    for name in ["nothing", "all that can be"] {
        let (whole, gate) = (whole_ns(&chain, rounds, transfers), gate_ns(&most, rounds));
        worst = worst.max(gate / whole);
        println!("| {name} | {whole:.0} | {gate:.0} | {:.2} % |", 100.0 * gate / whole);
        for asset in (1..).take(PAUSES_MAX - most.iter().count()) {
            let pause = Pause { scope: Scope::Asset { asset: AssetId(asset) }, until_unix_ms: 0 };
            most.begin(pause.clone(), TIME_MS).unwrap();
            chain.pause(pause);
        }
    }
    if worst > PART_MAX {
        eprintln!("the gate takes {:.2} % of a transfer; at most {:.0} %", 100.0 * worst, 100.0 * PART_MAX);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
