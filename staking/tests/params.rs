//! Claims about parameters that governance changes while the chain runs.

mod common;

use chortle_kernel::{EngineParams, Failure, Origin, engine::ENGINE};
use chortle_staking::{
    MODULE,
    state::{PARAMS, SET},
};
use common::Chain;
use serde_json::{Value, json};

fn set(chain: &mut Chain, changes: Value) -> Result<Option<EngineParams>, Failure> {
    let fields = changes.as_object().unwrap().clone();
    chain.act(Origin::Governance, |ctx| {
        ctx.attempt(|ctx| (MODULE.params[0].set)(ctx, &fields).map(|_| ctx.effects.engine()))
    })
}

#[test]
fn evidence_lives_as_long_as_stake_is_bound_after_a_change_too() {
    let mut chain = Chain::new();
    ENGINE.set(&mut chain.state, &EngineParams::default());
    let engine = set(&mut chain, json!({ "unbonding_ms": 3_600_000, "block_slowest_ms": 6_000 })).unwrap();
    let engine = engine.expect("the engine hears of it in the same block");
    assert_eq!((engine.evidence_age_ns_max, engine.evidence_age_blocks_max), (3_600_000_000_000, 600));
    assert_eq!(ENGINE.get(&chain.state).unwrap(), Some(engine));
    chain.check();
}

#[test]
fn what_ranks_validators_or_was_counted_stays_as_at_genesis() {
    let mut chain = Chain::new();
    let before = PARAMS.get(&chain.state).unwrap();
    for changes in [
        json!({ "power_unit": 2_000_000_000_u64, "seat_min": "20000000000" }),
        json!({ "seat_min": "90000000000" }),
        json!({ "window_blocks": 7 }),
        json!({ "tax_bps": 10_001 }),
        json!({ "block_slowest_ms": 1 }),
        json!({ "tax_bps": 5, "no_such_parameter": 1 }),
    ] {
        let Err(Failure::Reject(reject)) = set(&mut chain, changes.clone()) else {
            panic!("{changes} was taken");
        };
        assert_eq!(reject.name, "params_refused", "{changes}: {reject}");
        assert_eq!(PARAMS.get(&chain.state).unwrap(), before, "{changes} left a trace");
    }
}

#[test]
fn fewer_seats_hold_from_the_block_that_decides_it_also_if_no_stake_moves() {
    let mut chain = Chain::new();
    chain.run(3);
    let members = |chain: &Chain| SET.get(&chain.state).unwrap().unwrap().len();
    let before = members(&chain);
    assert!(before > 2);
    set(&mut chain, json!({ "validators_max": 2 })).unwrap();
    chain.run(1);
    assert_eq!(members(&chain), 2);
    set(&mut chain, json!({ "validators_max": 100 })).unwrap();
    chain.run(1);
    assert_eq!(members(&chain), before);
}
