//! What a block costs: it touches what is due, however much is open, and a vote touches its own delegations.

mod common;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chortle_kernel::{Ctx, Effects, Entries, Halt, KeyRange, Message, Order, Origin, ReadState, State};
use common::*;

/// A committed state that counts what is read of it: found by a key or met in a scan.
struct Counting {
    base: BTreeMap<Vec<u8>, Vec<u8>>,
    read: AtomicUsize,
}

impl ReadState for Counting {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        self.read.fetch_add(1, Ordering::Relaxed);
        ReadState::get(&self.base, key)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Entries<'_> {
        Box::new(self.base.scan(range, order).inspect(|_| {
            self.read.fetch_add(1, Ordering::Relaxed);
        }))
    }
}

/// Rows that something reads and writes, on what a chain has committed.
fn work(chain: Chain, origin: Origin, act: impl FnOnce(&mut Ctx<'_>)) -> (usize, usize) {
    let written = chain.state.into_writes();
    let base = written.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let counting = Arc::new(Counting { base, read: AtomicUsize::new(0) });
    let mut state = State::over(Arc::clone(&counting) as Arc<dyn ReadState>);
    let mut block = chain.block;
    block.height += 1;
    block.time_unix_ms += 1_000;
    let mut effects = Effects::default();
    act(&mut Ctx::alone(&mut state, &block, origin, &mut effects));
    (counting.read.load(Ordering::Relaxed), state.into_writes().len())
}

/// A chain with so many proposals that are voted on, so many that wait for their deposit, and two voters on each vote.
fn busy(voting: u64, waiting: u64) -> Chain {
    let mut chain = Chain::set(|params| {
        params["deposit_step"] = 1_000_000.into();
        params["deposit_base"] = LOL.to_string().into();
        params["voting_ms"] = 1_000_000.into();
        params["deposit_ms"] = 1_000_000.into();
    });
    chain.delegate("u0", "v0", 10 * LOL);
    for _ in 0..voting {
        chain.text("u1", LOL);
    }
    for _ in 0..waiting {
        chain.text("u2", LOL / 10);
    }
    chain.run(1 + voting / 32);
    for id in 1..=voting {
        chain.yes("u0", id);
        chain.yes("v0", id);
    }
    chain
}

#[test]
fn a_block_in_which_nothing_is_due_costs_the_same_however_much_is_open() {
    let due = |ctx: &mut Ctx<'_>| chortle_governance::MODULE.hooks.due.unwrap()(ctx).unwrap();
    let [few, many] = [busy(1, 1), busy(100, 100)].map(|chain| work(chain, Origin::Protocol, due));
    assert_eq!(many, few);
    assert!(many.0 <= 4 && many.1 == 0, "{many:?}");
}

#[test]
fn a_vote_costs_its_own_delegations_however_much_is_open() {
    let vote = |ctx: &mut Ctx<'_>| ballot(1, [0, 10_000, 0, 0], &[]).execute(ctx).unwrap();
    let of = |name| move |chain| work(chain, Origin::Account(who(name)), vote);
    for voter in ["v1", "u0"] {
        let [few, many] = [busy(1, 0), busy(100, 100)].map(of(voter));
        assert_eq!(many, few, "{voter}");
        assert!(many.0 < 30 && many.1 < 8, "{voter}: {many:?}");
    }
}
