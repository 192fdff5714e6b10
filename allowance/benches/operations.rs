//! What each operation costs in memory: nanoseconds, leaves of the state tree that it writes, entries of indexes,
//! gas. The tree itself is not in it: a leaf costs as in `store/benches/tree.rs`, whatever message writes it.
//!
//! `HOLDERS` (1,000,000) is the size of the ledger, `ROUNDS` (20,000) the number of runs that a median is taken of,
//! `ASSETS` (100,000) the number of the last asset that is created.

#[path = "../tests/common/mod.rs"]
mod common;

use std::{sync::Arc, time::Instant};

use chortle_kernel::{
    Address, AssetId, BlockInfo, Coin, Ctx, Effects, Message, Origin, ReadState, State, state::is_index_key,
};
use chortle_token::{Genesis, GenesisAccount, msg, state};
use common::{Ledger, amount, coin, who};
use serde_json::{Value, json};

const PLAIN: u64 = 1;
const REFLECTION: u64 = 1_000_000_000;
const COMMUNITY: u64 = 1_000_000_001;

fn size(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn holder(index: u64) -> Address {
    let mut bytes = [7; 20];
    bytes[..8].copy_from_slice(&index.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Address(bytes)
}

/// A committed state in which `holders` accounts hold LOL and each of three assets.
fn populated(holders: u64) -> Arc<dyn ReadState> {
    let account = |address| GenesisAccount { address, balance: amount(1 << 40), nonce: 0 };
    let mut genesis = Genesis { accounts: vec![account(who("alice"))], ..Genesis::default() };
    genesis.accounts.extend((0..holders).map(|index| account(holder(index))));
    let mut ledger = Ledger::new(&genesis);
    for template in ["fixed", "reflection", "community"] {
        let body = json!({
            "symbol": "DOGE", "name": "Doge", "decimals": 2, "supply": (1_u64 << 60).to_string(), "template": template,
        });
        ledger.send_unchecked("alice", "create_asset", body);
    }
    for index in 0..holders {
        for asset in [PLAIN, REFLECTION, COMMUNITY] {
            let act = |ctx: &mut Ctx<'_>| {
                chortle_token::transfer(ctx, &who("alice"), &holder(index), coin(asset, 1 << 30))
            };
            ledger.attempt(Origin::Protocol, act).unwrap();
        }
    }
    committed(ledger)
}

/// What a ledger has written, as a store would hold it.
fn committed(ledger: Ledger) -> Arc<dyn ReadState> {
    let writes = ledger.state.into_writes().into_iter().filter_map(|(key, value)| Some((key, value?)));
    Arc::new(writes.collect::<std::collections::BTreeMap<_, _>>())
}

fn create_asset(template: &str) -> Value {
    json!({ "symbol": "CAT", "name": "Cat", "decimals": 2, "supply": "1000", "template": template })
}

/// A committed state in which alice has created so many assets: all of one symbol and one name.
fn crowded(assets: u64) -> Arc<dyn ReadState> {
    let alice = GenesisAccount { address: who("alice"), balance: amount(1 << 60), nonce: 0 };
    let mut ledger = Ledger::new(&Genesis { accounts: vec![alice], ..Genesis::default() });
    for _ in 0..assets {
        ledger.send_unchecked("alice", "create_asset", create_asset("fixed"));
    }
    committed(ledger)
}

struct Row {
    median_ns: u128,
    leaves: usize,
    indexes: usize,
}

/// The median of many runs, each on a state of its own over the same committed one.
fn measure(base: &Arc<dyn ReadState>, rounds: u64, act: impl Fn(&mut Ctx<'_>, u64)) -> Row {
    let block = BlockInfo { height: 100, epoch: 5, ..BlockInfo::default() };
    let (mut leaves, mut indexes) = (0, 0);
    let mut times: Vec<u128> = (0..rounds)
        .map(|round| {
            let mut state = State::over(Arc::clone(base));
            let mut effects = Effects::default();
            let mut ctx = Ctx::alone(&mut state, &block, Origin::Account(who("alice")), &mut effects);
            let start = Instant::now();
            act(&mut ctx, round);
            let elapsed = start.elapsed().as_nanos();
            indexes = state.writes().keys().filter(|key| is_index_key(key)).count();
            leaves = state.writes().len() - indexes;
            elapsed
        })
        .collect();
    times.sort_unstable();
    Row { median_ns: times[times.len() / 2], leaves, indexes }
}

fn run(ctx: &mut Ctx<'_>, from: Address, message: &impl Message) {
    ctx.origin = Origin::Account(from);
    message.execute(ctx).unwrap();
}

fn print(name: &str, gas: u64, row: &Row) {
    println!("{name:<44} {:>8} {:>7} {:>8} {gas:>9}", row.median_ns, row.leaves, row.indexes);
}

/// A plain transfer as it was before there were rules and ranks: two balances, one event.
fn two_balances(ctx: &mut Ctx<'_>, from: Address, to: Address, coin: Coin) {
    for (account, gives) in [(from, true), (to, false)] {
        let key = (account, coin.asset);
        let before = state::BALANCE.get(ctx.state, &key).unwrap().unwrap_or_default();
        let after = if gives { before.checked_sub(coin.amount) } else { before.checked_add(coin.amount) };
        state::BALANCE.set(ctx.state, &key, &after.unwrap());
    }
    ctx.emit(&chortle_token::event::Transferred { from, to, asset: coin.asset, amount: coin.amount });
}

fn main() {
    let (holders, rounds) = (size("HOLDERS", 1_000_000), size("ROUNDS", 20_000));
    for holders in [1_000.min(holders), holders] {
        let base = populated(holders);
        println!("\n{holders} holders{:>39} {:>7} {:>8} {:>9}", "ns", "leaves", "indexes", "gas");
        let pair = |round: u64| (holder(round % holders), holder((round * 7_919 + 1) % holders));
        let row = measure(&base, rounds, |ctx, round| {
            let (from, to) = pair(round);
            two_balances(ctx, from, to, coin(PLAIN, 1_000));
        });
        print("two balances, as before rules", 130_000, &row);
        for (name, asset) in
            [("LOL", 0), ("plain", PLAIN), ("reflection", REFLECTION), ("community", COMMUNITY)]
        {
            let message = |to| msg::Transfer { to, coin: coin(asset, 1_000) };
            let row = measure(&base, rounds, |ctx, round| {
                let (from, to) = pair(round);
                run(ctx, from, &message(to));
            });
            print(&format!("transfer, {name}"), message(who("bob")).gas(), &row);
        }
        let asset = AssetId(REFLECTION);
        let distribute = msg::Distribute { asset, amount: amount(1 << 20) };
        let row = measure(&base, rounds, |ctx, round| run(ctx, pair(round).0, &distribute));
        print("distribute to all holders", distribute.gas(), &row);
        let exclude = |account| msg::Exclude { asset, account, excluded: true };
        let row = measure(&base, rounds, |ctx, round| run(ctx, who("alice"), &exclude(pair(round).0)));
        print("exclude", exclude(who("bob")).gas(), &row);
        let burn = msg::Burn { coin: coin(PLAIN, 5) };
        let row = measure(&base, rounds, |ctx, round| run(ctx, pair(round).0, &burn));
        print("burn, plain", burn.gas(), &row);
        for template in ["fixed", "reflection"] {
            let create: msg::CreateAsset = serde_json::from_value(create_asset(template)).unwrap();
            let row = measure(&base, rounds, |ctx, round| run(ctx, pair(round).0, &create));
            print(&format!("create_asset, {template}"), create.gas(), &row);
        }
    }
    println!();
    let create: msg::CreateAsset = serde_json::from_value(create_asset("fixed")).unwrap();
    for number in [1, size("ASSETS", 100_000)] {
        let base = crowded(number - 1);
        let row = measure(&base, rounds, |ctx, _| run(ctx, who("alice"), &create));
        print(&format!("create_asset, number {number}"), create.gas(), &row);
    }
}
