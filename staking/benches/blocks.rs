//! What blocks and claims cost in memory, with ten delegators and with many: medians, leaves written, and ratios.
//! The tree itself is not in it: a leaf costs as in `store/benches/tree.rs`, whatever writes it.
//!
//! `DELEGATORS` (100,000) is the number of delegators, `LEAVING` (10,000) of unbondings that mature together, `ROUNDS`
//! (200) the runs that a median is taken of.
//!
//! On a shared 2-core machine, 10 delegators against 100,000 of whom 10,000 are leaving: an empty end of a block 2.8 µs
//! against 4.2 µs; a full budget of 200 unbondings 4.4 ms (605 leaves), all 10,000 paid in 50 blocks of at most 5.1 ms,
//! where one block without a budget takes 321 ms; begin of a block with ten votes 40 µs against 47 µs, with a slash 50
//! µs against 59 µs; a claim 2.3 µs against 6.9 µs, three leaves both. What grows is the map that stands for the disk.

#[path = "../tests/common/mod.rs"]
mod common;

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use chortle_kernel::{
    Address, BlockInfo, Ctx, Effects, Message, Order, Origin, ReadState, State,
    block::{Misbehavior, MisbehaviorKind, Vote},
    state::is_index_key,
};
use chortle_staking::{msg, state};
use chortle_token::protocol;
use common::{CHAIN_ID, LOL, START, amount, key, section, who};
use serde_json::json;

const NAMES: [&str; 10] = ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9"];
const UNBONDING_MS: u64 = 1_000_000;

/// A committed state.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

fn size(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn delegator(index: u64) -> Address {
    let mut bytes = [7; 20];
    bytes[..8].copy_from_slice(&index.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Address(bytes)
}

fn at(height: u64, time_unix_ms: u64) -> BlockInfo {
    let vote = |name: &&str| Vote { validator: key(name).address(), power: 100, signed: true };
    let votes = if height > 1 { NAMES.iter().map(vote).collect() } else { Vec::new() };
    BlockInfo { chain_id: CHAIN_ID.into(), height, time_unix_ms, votes, ..BlockInfo::default() }
}

fn act<T>(state: &mut State, block: &BlockInfo, origin: Origin, act: impl FnOnce(&mut Ctx<'_>) -> T) -> T {
    act(&mut Ctx::alone(state, block, origin, &mut Effects::default()))
}

fn committed(state: State) -> Rows {
    state.into_writes().into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// A chain where `delegators` have 10 LOL at v0 each, and `leaving` of them began to take 1 LOL out in block 1.
fn populated(delegators: u64, leaving: u64, budget: u64) -> Rows {
    let operators = NAMES.iter().map(|name| (who(name), 1_000 * LOL));
    let users = (0..delegators).map(|index| (delegator(index), 100 * LOL));
    let row = |(address, nlol): (Address, u64)| json!({ "address": address, "balance": nlol.to_string() });
    let mut token = (chortle_token::MODULE.genesis.default)();
    token["accounts"] = operators.chain(users).map(row).collect();
    let mut staking = section(&NAMES, |params| {
        params["unbonding_ms"] = UNBONDING_MS.into();
        params["window_blocks"] = 10_000.into();
        params["mature_per_block"] = budget.into();
    });
    let ten = (10 * LOL).to_string();
    staking["delegations"] = (0..delegators)
        .map(|index| json!({ "delegator": delegator(index), "validator": who("v0"), "amount": ten }))
        .collect();
    let mut state = State::over(Arc::new(BTreeMap::new()));
    let genesis = at(0, START);
    act(&mut state, &genesis, Origin::Protocol, |ctx| (chortle_token::MODULE.genesis.init)(&token, ctx))
        .unwrap();
    act(&mut state, &genesis, Origin::Protocol, |ctx| (chortle_staking::MODULE.genesis.init)(&staking, ctx))
        .unwrap();
    let first = at(1, START + 1_000);
    for index in 0..leaving {
        let message = msg::Undelegate { validator: who("v0"), amount: amount(LOL) };
        act(&mut state, &first, Origin::Account(delegator(index)), |ctx| message.execute(ctx)).unwrap();
    }
    // One block of rewards, so that there is something to claim.
    let fees = chortle_kernel::Coin { asset: chortle_kernel::AssetId::NATIVE, amount: amount(100 * LOL) };
    let pay = |ctx: &mut Ctx<'_>| chortle_token::transfer(ctx, &who("v9"), &protocol::FEES, fees);
    act(&mut state, &first, Origin::Protocol, pay).unwrap();
    act(&mut state, &first, Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.end.unwrap()(ctx)).unwrap();
    act(&mut state, &at(2, START + 2_000), Origin::Protocol, |ctx| {
        chortle_staking::MODULE.hooks.begin.unwrap()(ctx)
    })
    .unwrap();
    act(&mut state, &at(2, START + 2_000), Origin::Protocol, |ctx| {
        chortle_staking::MODULE.hooks.end.unwrap()(ctx)
    })
    .unwrap();
    committed(state)
}

/// The median of many runs in microseconds, each on a state of its own over the same committed one; leaves written.
fn measure(
    base: &Arc<dyn ReadState>,
    block: &BlockInfo,
    rounds: u64,
    run: impl Fn(&mut Ctx<'_>, u64),
) -> (f64, usize) {
    let mut leaves = 0;
    let mut times: Vec<f64> = (0..rounds)
        .map(|round| {
            let mut state = State::over(Arc::clone(base));
            let start = Instant::now();
            act(&mut state, block, Origin::Protocol, |ctx| run(ctx, round));
            let elapsed = start.elapsed().as_secs_f64() * 1e6;
            leaves = state.writes().keys().filter(|key| !is_index_key(key)).count();
            elapsed
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], leaves)
}

fn print(name: &str, (us, leaves): (f64, usize), against: f64) {
    println!("{name:<64} {us:>12.1} µs {leaves:>7} leaves {:>9.2} ×", us / against);
}

fn end(ctx: &mut Ctx<'_>, _: u64) {
    chortle_staking::MODULE.hooks.end.unwrap()(ctx).unwrap();
}

fn begin(ctx: &mut Ctx<'_>, _: u64) {
    chortle_staking::MODULE.hooks.begin.unwrap()(ctx).unwrap();
}

/// Blocks until everything due is paid, each committed, and the slowest of them.
fn drained(mut rows: Rows) -> (u64, f64) {
    let (mut blocks, mut worst) = (0, 0.0_f64);
    loop {
        let base = Arc::new(rows);
        let mut state = State::over(Arc::clone(&base) as Arc<dyn ReadState>);
        if state::QUEUE.iter(&state, Order::Ascending).next().is_none() {
            return (blocks, worst);
        }
        let block = at(10 + blocks, START + 2 * UNBONDING_MS + blocks * 1_000);
        let start = Instant::now();
        act(&mut state, &block, Origin::Protocol, |ctx| chortle_staking::MODULE.hooks.end.unwrap()(ctx))
            .unwrap();
        worst = worst.max(start.elapsed().as_secs_f64() * 1e6);
        let writes = state.into_writes();
        rows = Arc::into_inner(base).unwrap();
        for (key, value) in writes {
            match value {
                Some(value) => drop(rows.insert(key, value)),
                None => drop(rows.remove(&key)),
            }
        }
        blocks += 1;
    }
}

fn main() {
    let (many, leaving, rounds) = (size("DELEGATORS", 100_000), size("LEAVING", 10_000), size("ROUNDS", 200));
    let (quiet, due) = (at(10, START + 10_000), at(10, START + 2 * UNBONDING_MS));
    let share = |rows: Rows| Arc::new(rows) as Arc<dyn ReadState>;
    let rows = populated(many, leaving, 200);
    let (few, full) = (share(populated(10, 10, 200)), share(rows.clone()));
    let whole = share(populated(many, leaving, leaving));

    println!("end of a block");
    let empty = measure(&few, &quiet, rounds, end);
    print("nothing due, 10 delegators", empty, empty.0);
    print(
        &format!("nothing due, {many} delegators, {leaving} leaving"),
        measure(&full, &quiet, rounds, end),
        empty.0,
    );
    print("10 due, 10 delegators", measure(&few, &due, rounds, end), empty.0);
    let budget = measure(&full, &due, rounds, end);
    print(&format!("{leaving} due, budget of 200"), budget, empty.0);
    print(&format!("{leaving} due, no budget"), measure(&whole, &due, 5.min(rounds), end), empty.0);
    // The allocator tidies up after the large runs above before the clock of the next one runs.
    measure(&full, &due, 1, end);
    let (blocks, worst) = drained(rows);
    println!(
        "all {leaving} are paid in {blocks} blocks, the slowest {worst:.1} µs, {:.2} × the budget's median",
        worst / budget.0
    );

    println!("begin of a block: issuance, rewards, ten votes");
    let small = measure(&few, &quiet, rounds, begin);
    print("10 delegators", small, small.0);
    print(&format!("{many} delegators"), measure(&full, &quiet, rounds, begin), small.0);
    let guilty = Misbehavior {
        kind: MisbehaviorKind::DuplicateVote,
        validator: key("v0").address(),
        power: 100,
        height: 1,
        time_unix_ms: START + 1_000,
        total_power: 1_000,
    };
    let fault = BlockInfo { misbehavior: vec![guilty], ..quiet.clone() };
    let slash = measure(&few, &fault, rounds, begin);
    print("and a slash, 10 leaving", slash, slash.0);
    print(&format!("and a slash, {leaving} leaving"), measure(&full, &fault, rounds, begin), slash.0);

    println!("claim of rewards");
    let claim = |delegators: u64| {
        move |ctx: &mut Ctx<'_>, round: u64| {
            ctx.origin = Origin::Account(delegator(round % delegators));
            msg::ClaimRewards { validator: Some(who("v0")), after: None }.execute(ctx).unwrap();
        }
    };
    let one = measure(&few, &quiet, 20 * rounds, claim(10));
    print("10 delegators", one, one.0);
    print(&format!("{many} delegators"), measure(&full, &quiet, 20 * rounds, claim(many)), one.0);
}
