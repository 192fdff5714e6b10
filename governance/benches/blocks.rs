//! What a block and a vote cost in memory, with little open and with much: medians, leaves written, and ratios. The
//! tree itself is not in it: a leaf costs as in `store/benches/tree.rs`, whatever writes it.
//!
//! `OPEN` (10,000) is the number of proposals that are voted on, `VOTERS` (100,000) of ballots on one of them, `ROUNDS`
//! (200) the runs that a median is taken of.

#[path = "../tests/common/mod.rs"]
mod common;

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use chortle_governance::{
    msg, state,
    types::{Stage, Tally},
};
use chortle_kernel::{
    Address, BlockInfo, Ctx, Effects, List, Message, Origin, ReadState, State, state::is_index_key,
};
use common::{Chain, LOL, VOTING_MS, amount, ballot, who};
use serde_json::json;

/// A committed state.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A state and the block that comes next.
type Base = (Arc<dyn ReadState>, BlockInfo);

fn size(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn committed(state: State) -> Rows {
    state.into_writes().into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn act<T>(state: &mut State, block: &BlockInfo, origin: Origin, act: impl FnOnce(&mut Ctx<'_>) -> T) -> T {
    act(&mut Ctx::alone(state, block, origin, &mut Effects::default()))
}

/// A chain with so many proposals that are voted on, of which the first `due` end with the next block.
fn open(proposals: u64, due: u64) -> Base {
    let mut chain = Chain::new();
    let id = chain.voting();
    let (record, block) = (chain.proposal(id), chain.block.clone());
    let next = BlockInfo { height: block.height + 1, time_unix_ms: block.time_unix_ms + 1_000, ..block };
    let content = state::CONTENT.get(&chain.state, &id).unwrap().unwrap();
    let tally = Tally { abstain: amount(1), ..Tally::default() };
    for number in 0..proposals {
        let id = id + number;
        let ends = if number < due { next.time_unix_ms } else { next.time_unix_ms + VOTING_MS + number };
        state::DUE.remove(&mut chain.state, &(record.due_unix_ms, id));
        state::DUE.set(&mut chain.state, &(ends, id), &());
        let record = chortle_governance::types::Proposal {
            stage: Stage::Voting,
            due_unix_ms: ends,
            voting_ends_unix_ms: ends,
            ..record.clone()
        };
        state::PROPOSAL.set(&mut chain.state, &id, &record);
        state::CONTENT.set(&mut chain.state, &id, &content);
        state::TALLY.set(&mut chain.state, &id, &tally);
    }
    state::OPEN.set(&mut chain.state, &proposals);
    state::NEXT_ID.set(&mut chain.state, &(id + proposals));
    let mut snapshot =
        chortle_staking::state::SNAPSHOT.get(&chain.state, &record.snapshot_height).unwrap().unwrap();
    snapshot.holders = proposals;
    chortle_staking::state::SNAPSHOT.set(&mut chain.state, &record.snapshot_height, &snapshot);
    (Arc::new(committed(chain.state)), next)
}

fn delegator(index: u64) -> Address {
    let mut bytes = [7; 20];
    bytes[..8].copy_from_slice(&index.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Address(bytes)
}

/// A chain with one proposal, on which all of so many delegators of v0 but the first have voted.
fn voted(voters: u64) -> Base {
    let fresh = Chain::new();
    let ([mut token, staking, governance], block) = (fresh.export(), fresh.block.clone());
    let row = |index| json!({ "address": delegator(index), "balance": (20 * LOL).to_string() });
    token["accounts"].as_array_mut().unwrap().extend((0..voters).map(row));
    let mut chain = Chain::from(&[token, staking, governance], &block);
    for index in 0..voters {
        let message = chortle_staking::msg::Delegate { validator: who("v0"), amount: amount(10 * LOL) };
        act(&mut chain.state, &chain.block, Origin::Account(delegator(index)), |ctx| message.execute(ctx))
            .unwrap();
    }
    chain.state.release();
    let id = chain.voting();
    for index in 1..voters {
        let vote = ballot(id, [5_000, 5_000, 0, 0], &[]);
        act(&mut chain.state, &chain.block, Origin::Account(delegator(index)), |ctx| vote.execute(ctx))
            .unwrap();
    }
    let block = chain.block.clone();
    (Arc::new(committed(chain.state)), block)
}

/// The median of many runs in microseconds, each on a state of its own over the same committed one; leaves written.
fn measure((base, block): &Base, origin: Origin, rounds: u64, run: impl Fn(&mut Ctx<'_>)) -> (f64, usize) {
    let mut leaves = 0;
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let mut state = State::over(Arc::clone(base));
            let start = Instant::now();
            act(&mut state, block, origin, &run);
            let elapsed = start.elapsed().as_secs_f64() * 1e6;
            leaves = state.writes().keys().filter(|key| !is_index_key(key)).count();
            elapsed
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], leaves)
}

fn print(name: &str, (us, leaves): (f64, usize), against: f64) {
    println!("{name:<56} {us:>12.1} µs {leaves:>7} leaves {:>9.2} ×", us / against);
}

fn main() {
    let (many, voters, rounds) = (size("OPEN", 10_000), size("VOTERS", 100_000), size("ROUNDS", 200));
    let hook = |ctx: &mut Ctx<'_>| chortle_governance::MODULE.hooks.due.unwrap()(ctx).unwrap();
    println!("a block of governance");
    for due in [0, 1, 32] {
        let few = open(due.max(10), due);
        let against = measure(&few, Origin::Protocol, rounds, hook);
        print(&format!("{due} due of {} open", due.max(10)), against, against.0);
        let full = open(many, due);
        print(
            &format!("{due} due of {many} open"),
            measure(&full, Origin::Protocol, rounds, hook),
            against.0,
        );
    }

    println!("a vote");
    let vote = |ctx: &mut Ctx<'_>| {
        let vote =
            msg::Vote { delegations: 4, holders: List::default(), ..ballot(1, [10_000, 0, 0, 0], &[]) };
        vote.execute(ctx).unwrap();
    };
    let few = open(10, 0);
    let validator = Origin::Account(who("v1"));
    let against = measure(&few, validator, rounds, vote);
    print("of a validator, 10 open", against, against.0);
    print(
        &format!("of a validator, {many} open"),
        measure(&open(many, 0), validator, rounds, vote),
        against.0,
    );
    let first = Origin::Account(delegator(0));
    let against = measure(&voted(10), first, rounds, vote);
    print("of a delegator, 10 voters", against, against.0);
    let full = voted(voters);
    print(&format!("of a delegator, {voters} voters"), measure(&full, first, rounds, vote), against.0);
    let second = Origin::Account(delegator(1));
    print("the same again, another way", measure(&full, second, rounds, vote), against.0);
}
