//! Who runs when much is due at once: within the budget of a block, in order, and nobody in the way of anybody.

use chortle_kernel::Order;
use chortle_schedule::state::{OPEN, READY};
use serde_json::json;

use crate::{
    chain::{Chain, pay},
    schedules::{again, at, cancel, create, find},
};

/// The numbers of what ran in the last block, in order, and the gas that they were charged for at most.
fn ran(chain: &Chain) -> Vec<u64> {
    chain.told("schedule.ran").iter().map(|ran| ran["schedule"].as_u64().unwrap()).collect()
}

fn small(params: &mut serde_json::Value, block_gas_max: u64) {
    params["schedule"]["params"]["run_gas_max"] = 2_000_000.into();
    params["schedule"]["params"]["block_gas_max"] = block_gas_max.into();
}

#[test]
fn a_clock_that_jumps_runs_no_more_than_a_block_has_room_for_and_all_in_order() {
    let mut chain = Chain::set(|sections| small(sections, 5_000_000));
    let first = chain.time_unix_ms + 100_000;
    let mut due = Vec::new();
    for number in 0..30_u64 {
        // Later ones are filed first.
        let time = first + (30 - number) * 1_000;
        chain.ok("bob", vec![create(at(time, vec![pay("carol", 0, 1)]))]);
        due.push((time, number + 1));
    }
    due.sort_unstable();
    let gas = find(&chain, 1).unwrap().gas;
    let room = usize::try_from(5_000_000 / gas).unwrap();
    assert!((2..30).contains(&room), "{room}");
    let mut seen = Vec::new();
    chain.pass(1_000_000_000);
    while OPEN.get(&chain.state).unwrap().is_some() {
        assert_eq!(ran(&chain).len(), room.min(30 - seen.len()));
        seen.extend(ran(&chain));
        chain.pass(0);
    }
    seen.extend(ran(&chain));
    assert_eq!(seen, due.iter().map(|(_, id)| *id).collect::<Vec<_>>());
}

#[test]
fn whoever_has_much_waiting_waits_for_himself() {
    let mut chain = Chain::set(|sections| small(sections, 5_000_000));
    let due = chain.time_unix_ms + 1_000_000;
    for _ in 0..40 {
        chain.ok("bob", vec![create(at(due, vec![pay("carol", 0, 1)]))]);
    }
    for from in ["alice", "dave"] {
        chain.ok(from, vec![create(at(due + 5, vec![pay("carol", 0, 1)]))]);
    }
    let gas = find(&chain, 1).unwrap().gas;
    let room = usize::try_from(5_000_000 / gas).unwrap();
    chain.time_unix_ms = due;
    chain.pass(0);
    assert_eq!(ran(&chain), (1..=room as u64).collect::<Vec<_>>(), "nobody else is due");
    chain.pass(5);
    let order = ran(&chain);
    for late in [41, 42] {
        assert!(
            order.iter().position(|id| *id == late).is_some_and(|place| place < 3),
            "{late} in {order:?}"
        );
    }
    // A turn that its owner gives up is nobody's loss, and a restart keeps all the others.
    chain.ok("bob", vec![cancel(39)]);
    let mut again = chain.again();
    for chain in [&mut chain, &mut again] {
        let mut seen = Vec::new();
        for _ in 0..40 {
            chain.pass(0);
            seen.extend(ran(chain));
        }
        assert!(seen.windows(2).all(|two| two[0] < two[1]), "{seen:?}");
        assert_eq!(READY.iter(&chain.state, Order::Ascending).count(), 0);
    }
    assert_eq!(chain.state.get(b"schedule/round".as_slice()), again.state.get(b"schedule/round".as_slice()));
}

#[test]
fn rules_that_leave_no_room_refuse_in_turn_what_they_cannot_run() {
    let mut chain = Chain::new();
    let due = chain.time_unix_ms + 100_000;
    let many: Vec<_> = (0..16).map(|_| pay("carol", 0, 1)).collect();
    chain.ok("bob", vec![create(at(due, many))]);
    chain.ok("bob", vec![create(at(due, vec![pay("carol", 0, 1)]))]);
    let large = find(&chain, 1).unwrap().gas;
    chain.set_params("schedule/params", &json!({ "block_gas_max": large - 1, "run_gas_max": 2_000_000 }));
    chain.pass(1_000_000);
    let told = chain.told("schedule.ran");
    assert_eq!((&told[0]["failure"], told[1]["failure"].is_null()), (&"schedule.7".into(), true));
}

#[test]
fn what_a_schedule_touches_by_itself_is_within_the_gas_that_it_is_charged() {
    let mut chain = Chain::new();
    let due = chain.time_unix_ms + 100_000;
    let pays = || vec![pay("carol", 0, 1)];
    chain.ok("bob", vec![create(again(due, 50_000, 2, pays()))]);
    let gas = find(&chain, 1).unwrap().gas;
    let by_itself = gas - chortle_token::send_gas(chortle_kernel::AssetId::NATIVE, 1);
    assert_eq!(by_itself, chortle_kernel::gas::leaves_gas(13, 12));
    // Two runs: one after which it goes on, one that ends it. Bob's balance and carol's are the message's own.
    for ms in [100_000, 50_000] {
        let before = chain.state.clone();
        chain.pass(ms);
        assert_eq!(ran(&chain), [1]);
        let changed = before.keys().chain(chain.state.keys()).collect::<std::collections::BTreeSet<_>>();
        let changed = changed.into_iter().filter(|key| before.get(*key) != chain.state.get(*key));
        let of_it = changed.filter(|key| {
            let others: [&[u8]; 3] = [b"app/", b"staking/", b"~"];
            others.iter().all(|prefix| !key.starts_with(prefix))
        });
        let written = of_it.count();
        assert!((4..=14).contains(&written), "{written} leaves");
    }
}
