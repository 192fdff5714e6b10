//! What each message declares against what it takes: nanoseconds in memory, measured, and the leaves of the state
//! tree that it writes, at what a leaf costs. It fails if gas per nanosecond of one message is more than ten times
//! another's.
//!
//! `HOLDERS` (100,000) is the size of the ledger, `ROUNDS` (2,001) the number of runs that a median is taken of,
//! `TREE_NS_PER_LEAF` (30,000) what the tree takes for a leaf, as `testkit/benches/blocks.rs` measures it at a million
//! accounts.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/every/mod.rs"]
mod every;

use std::{process::ExitCode, sync::Arc, time::Instant};

use chortle_kernel::{Ctx, Effects, State};
use common::Leaves;
use every::{Case, World, cases};

/// Most that one message's gas per nanosecond may differ from another's.
const SPREAD_MAX: f64 = 10.0;

fn size(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The median of many runs, each on a state of its own over the same committed one.
fn median_ns(world: &World, case: &Case, rounds: u64) -> u64 {
    let run = |_| {
        let mut state = State::over(Arc::clone(&world.base));
        let mut effects = Effects::default();
        let mut ctx = Ctx::alone(&mut state, &world.block, case.origin, &mut effects);
        let start = Instant::now();
        case.message.execute(&mut ctx).unwrap();
        u64::try_from(start.elapsed().as_nanos()).unwrap()
    };
    let mut times: Vec<u64> = (0..rounds).map(run).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn main() -> ExitCode {
    let (holders, rounds) = (size("HOLDERS", 100_000), size("ROUNDS", 2_001));
    let tree_ns = size("TREE_NS_PER_LEAF", 30_000);
    let world = World::new(holders);
    println!("{holders} holders, a leaf of the tree at {tree_ns} ns\n");
    println!("| Message | Gas | ns in memory | Read | Written | Lines | ns modelled | Gas per ns |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let mut ratios = Vec::new();
    for case in cases() {
        let leaves = Leaves::of(Arc::clone(&world.base), &world.block, case.origin, &*case.message).unwrap();
        let (gas, memory_ns) = (case.message.gas(), median_ns(&world, &case, rounds));
        let modelled_ns = memory_ns + leaves.written * tree_ns;
        let ratio = gas as f64 / modelled_ns as f64;
        let name = [case.verb, case.shape].join(" ");
        let name = name.trim_end();
        let Leaves { read, written, lines } = leaves;
        println!(
            "| {name} | {gas} | {memory_ns} | {read} | {written} | {lines} | {modelled_ns} | {ratio:.2} |"
        );
        ratios.push((ratio, name.to_owned()));
    }
    ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ((least, cheap), (most, dear)) = (&ratios[0], &ratios[ratios.len() - 1]);
    let spread = most / least;
    println!("\nleast {least:.2} ({cheap}), most {most:.2} ({dear}), quotient {spread:.2}");
    if spread > SPREAD_MAX {
        eprintln!("the quotient is above {SPREAD_MAX}: a gas formula is out of line");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
