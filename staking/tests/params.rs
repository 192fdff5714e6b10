//! Claims about the section of genesis, and about parameters that governance changes while the chain runs.

mod common;

use chortle_kernel::{BlockInfo, EngineParams, Failure, GenesisError, Order, Origin, State, engine::ENGINE};
use chortle_staking::{
    MODULE,
    state::{BY_POWER, DELEGATOR, PARAMS, QUEUE_NEXT, RESTAKE_AFTER, SET, SWEEP_AFTER},
};
use common::{Chain, LOL, START, VALIDATORS, section, who};
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

fn validated(field: &str, value: &Value) -> Result<(), GenesisError> {
    let mut section = (MODULE.genesis.default)();
    // A seat of the least unit of power, so that one field alone is at its bound.
    section["params"]["seat_min"] = json!(i64::MAX.to_string());
    section["params"][field] = value.clone();
    (MODULE.genesis.validate)(&section)
}

#[test]
fn every_parameter_holds_to_the_unit() {
    let year = chortle_staking::math::YEAR_MS;
    let rows = [
        ("validators_max", 1, 500),
        ("reward_cap_bps", 1, 10_000),
        ("unbonding_ms", 1, year),
        ("block_slowest_ms", 6_000, 600_000),
        ("entries_max", 1, 64),
        ("window_blocks", 1, 200_000),
        ("downtime_jail_ms", 1, year),
        ("mature_per_block", 1, 2_000),
        ("restake_per_block", 0, 1_000),
        ("signed_min_bps", 0, 10_000),
        ("slash_treasury_bps", 0, 10_000),
        ("fee_burn_bps", 0, 10_000),
        ("tax_bps", 0, 10_000),
        ("bonded_target_bps", 1, 10_000),
        ("commission_min_bps", 0, 10_000),
        ("downtime_ppb", 0, 1_000_000_000),
        ("evidence_ppb", 0, 1_000_000_000),
        ("issuance_min_bps", 0, 1_000),
        ("issuance_max_bps", 200, 100_000),
    ];
    for (field, least, most) in rows {
        for value in [least, most] {
            assert_eq!(validated(field, &json!(value)), Ok(()), "{field} of {value}");
        }
        for value in [least.checked_sub(1), Some(most + 1)].into_iter().flatten() {
            let pointer = if field == "issuance_min_bps" { "issuance_max_bps" } else { field };
            let error = validated(field, &json!(value)).expect_err(field);
            assert_eq!(error.pointer, format!("/params/{pointer}"), "{field} of {value}: {error}");
        }
    }
    assert_eq!(validated("power_unit", &json!(1_024)), Ok(()));
    assert_eq!(validated("power_unit", &json!(1_023)).unwrap_err().pointer, "/params/power_unit");
    let unit = 1_000_000_000_u64;
    assert_eq!(validated("seat_min", &json!(unit.to_string())), Ok(()));
    let error = validated("seat_min", &json!((unit - 1).to_string())).unwrap_err();
    assert_eq!(error.pointer, "/params/seat_min", "a seat of less than one unit of power");
}

#[test]
fn the_engine_hears_only_of_what_changed_for_it() {
    let mut chain = Chain::new();
    ENGINE.set(&mut chain.state, &EngineParams::default());
    set(&mut chain, json!({ "unbonding_ms": 3_600_000 })).unwrap().expect("told once");
    assert_eq!(set(&mut chain, json!({ "tax_bps": 5 })).unwrap(), None);
    assert_eq!(chain.params().tax_bps, 5);
}

/// A chain of this section, whose token section is the usual one.
fn founded(staking: &Value, last: &BlockInfo) -> Result<(), GenesisError> {
    let mut chain = Chain::from(&token(), &(MODULE.genesis.default)(), last);
    chain.act(Origin::Protocol, |ctx| (MODULE.genesis.init)(staking, ctx))
}

fn token() -> Value {
    let rows =
        VALIDATORS.iter().map(|name| json!({ "address": who(name), "balance": (1_000 * LOL).to_string() }));
    let mut token = (chortle_token::MODULE.genesis.default)();
    token["accounts"] = rows.collect();
    token
}

#[test]
fn what_a_fresh_chain_cannot_begin_with_is_refused_at_its_place() {
    let refused = |change: fn(&mut Value)| {
        let mut section = section(&VALIDATORS, |_| {});
        change(&mut section);
        founded(&section, &Chain::start()).unwrap_err().pointer
    };
    assert_eq!(founded(&section(&VALIDATORS, |_| {}), &Chain::start()), Ok(()));
    assert_eq!(refused(|section| section["validators"][1]["commission_bps"] = json!(5_001)), "/validators/1");
    assert_eq!(
        refused(|section| section["validators"][2]["self_bond"] = json!((1_001 * LOL).to_string())),
        "/validators/2"
    );
    assert_eq!(
        refused(|section| {
            let to = |name: &str| json!({ "delegator": who("v3"), "validator": who(name), "amount": "7" });
            section["delegations"] = json!([to("v0"), to("nobody")]);
        }),
        "/delegations/1"
    );
    assert_eq!(
        refused(|section| section["params"]["seat_min"] = json!((101 * LOL).to_string())),
        "/validators",
        "nobody has a seat"
    );
    let delegations = json!([{ "delegator": who("v3"), "validator": who("v0"), "amount": "7" }]);
    assert_eq!(
        founded(&json!({ "delegations": delegations }), &Chain::start()).unwrap_err().pointer,
        "/delegations/0",
        "delegations alone ask for staking, and have nobody to go to"
    );
}

#[test]
fn an_export_goes_on_alone_and_only_if_it_is_sound() {
    let mut chain = Chain::new();
    chain.delegate("u0", "v0", 100 * LOL);
    // v2 is jailed and has no rank; u0 has left, and rewards to claim.
    (0..25).for_each(|_| chain.next(Some("v2"), vec![]));
    chain.undelegate("u0", "v0", 100 * LOL);
    chain.end();
    let token = (chortle_token::MODULE.genesis.export)(&chain.state).unwrap();
    let exported = (MODULE.genesis.export)(&chain.state).unwrap();
    let resumed = |staking: &Value| {
        let none = (chortle_token::MODULE.genesis.default)();
        let mut chain = Chain::from(&none, &(MODULE.genesis.default)(), &chain.block);
        chain.act(Origin::Protocol, |ctx| (chortle_token::MODULE.genesis.init)(&token, ctx)).unwrap();
        chain.act(Origin::Protocol, |ctx| (MODULE.genesis.init)(staking, ctx)).map(|()| chain)
    };
    let again = resumed(&exported).unwrap().state;
    assert_eq!((MODULE.genesis.export)(&again).unwrap(), exported);
    assert!(chain.validator("v2").jailed && chain.held("u0", "v0").is_some_and(|held| held.shares.0 == 0));
    let ranks =
        |state: &State| BY_POWER.iter(state, Order::Ascending).map(Result::unwrap).collect::<Vec<_>>();
    let listed =
        |state: &State| DELEGATOR.iter(state, Order::Ascending).map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!((ranks(&again), listed(&again)), (ranks(&chain.state), listed(&chain.state)));
    for (field, rows) in [
        ("validators", section(&["v0"], |_| {})["validators"].clone()),
        ("delegations", json!([{ "delegator": who("u0"), "validator": who("v0"), "amount": "7" }])),
    ] {
        let mut both = exported.clone();
        both[field] = rows;
        let error = (MODULE.genesis.validate)(&both).unwrap_err();
        assert_eq!(error.pointer, "/running", "{field} of a fresh chain beside an export");
    }
    let mut spoilt = exported.clone();
    spoilt["running"]["delegations"].as_array_mut().unwrap().pop();
    let error = resumed(&spoilt).map(drop).unwrap_err();
    assert_eq!(error.pointer, "/running", "{error}");
}

#[test]
fn a_section_says_how_many_validators_it_brings_and_how_old_evidence_may_be() {
    let told = |section: &Value| {
        let kind = MODULE.genesis;
        ((kind.validators)(section).unwrap(), (kind.evidence_age)(section).unwrap())
    };
    assert_eq!(told(&(MODULE.genesis.default)()), (0, None), "no staking");
    let (validators, age) = told(&section(&VALIDATORS, |params| params["unbonding_ms"] = 60_000.into()));
    let age = age.unwrap();
    assert_eq!((validators, age.ms, age.blocks), (4, 60_000, 10), "blocks of six seconds");
    let mut chain = Chain::new();
    chain.run(1);
    let exported = (MODULE.genesis.export)(&chain.state).unwrap();
    let (validators, age) = told(&exported);
    assert_eq!((validators, age.unwrap().ms), (4, 20_000));
    assert!(chain.block.time_unix_ms > START);
}

#[test]
fn an_import_writes_nothing_that_never_was() {
    let exported = (MODULE.genesis.export)(&Chain::new().state).unwrap();
    let token = (chortle_token::MODULE.genesis.export)(&Chain::new().state).unwrap();
    let again = Chain::from(&token, &exported, &Chain::start());
    assert_eq!(QUEUE_NEXT.get(&again.state).unwrap(), None);
    assert_eq!(RESTAKE_AFTER.get(&again.state).unwrap(), None);
    assert_eq!(SWEEP_AFTER.get(&again.state).unwrap(), None);
}
