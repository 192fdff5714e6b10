//! Every change of a parameter is in its history, once, with what made it; what changed nothing is not.

use std::{collections::BTreeMap, sync::Arc};

use chortle_app::{
    MODULES, catalogue, genesis, invariant,
    params::Params,
    state::{PARAM_HISTORY, PARAMS},
};
use chortle_kernel::{
    BlockInfo, Ctx, Effects, Order, Origin, QueryError, State, View, params, tx::RawMessage,
};
use serde_json::{Value, json};

use super::common::{self, TIME_MS};
use crate::{chain::*, price};

fn ask(chain: &Chain, args: Value) -> Result<Value, QueryError> {
    let (_, kind) = catalogue::queries(&MODULES).find(|(_, kind)| kind.name == "param_history").unwrap();
    let (height, time_unix_ms) = (chain.height, chain.time_unix_ms);
    (kind.run)(args, View { state: &chain.state, height, time_unix_ms, epoch: 0 })
}

/// Every point, page by page, the newest first.
fn walk(chain: &Chain, limit: u64, path: Option<&str>) -> Vec<Value> {
    let (mut points, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut args = json!({ "limit": limit });
        path.into_iter().for_each(|path| args["path"] = path.into());
        if !cursor.is_null() {
            args["cursor"] = cursor.take();
        }
        let mut page = ask(chain, args).unwrap();
        let items = page["items"].as_array_mut().unwrap();
        assert!(items.len() as u64 <= limit);
        points.append(items);
        cursor = page["next"].take();
        if cursor.is_null() {
            return points;
        }
    }
}

/// What was written after genesis, the newest first: name, before, after, proposal.
fn later(chain: &Chain) -> Vec<(String, Value, Value, Value)> {
    let points = walk(chain, 100, None).into_iter().filter(|point| point["height"] != 0);
    let short = |mut point: Value| {
        let name = format!("{} {}", point["path"].as_str().unwrap(), point["name"].as_str().unwrap());
        (name, point["old"].take(), point["new"].take(), point["proposal"].take())
    };
    points.map(short).collect()
}

fn epoch(ms: u64) -> RawMessage {
    set_params("app/params", &json!({ "epoch_ms": ms }))
}

#[test]
fn genesis_is_where_every_history_begins() {
    let chain = Chain::new();
    let points = walk(&chain, 100, None);
    let fields = MODULES.param_sets().filter_map(|set| (set.get)(&chain.state).unwrap());
    let fields: usize = fields.map(|set| set.as_object().unwrap().len()).sum();
    assert_eq!(points.len(), fields);
    for point in &points {
        assert_eq!(
            (&point["height"], &point["time_unix_ms"], &point["old"], &point["proposal"]),
            (&json!(0), &json!(TIME_MS), &Value::Null, &Value::Null),
            "{point}"
        );
    }
    let price = points.iter().find(|point| point["name"] == "gas_price_min").unwrap();
    assert_eq!((&price["path"], &price["new"]), (&json!("app/params"), &json!(1)));
}

#[test]
fn a_change_by_a_proposal_says_which_when_and_from_what_to_what() {
    let mut chain = Chain::new();
    let id =
        chain.pass_vote(vec![set_params("app/params", &json!({ "gas_price_min": 3, "epoch_ms": 60_000 }))]);
    assert_eq!(later(&chain), [], "neither a rehearsal nor a vote changes anything");
    chain.pass(PARAMS_DELAY_MS);
    let newest = walk(&chain, 1, None).remove(0);
    let expected = json!({
        "path": "app/params", "name": "gas_price_min", "old": 1, "new": 3, "proposal": id,
        "height": chain.height, "time_unix_ms": chain.time_unix_ms,
    });
    assert_eq!(newest, expected);
    assert_eq!(later(&chain).len(), 2);
    // What a change names and leaves as it is, is none.
    chain.pass_vote(vec![set_params("app/params", &json!({ "gas_price_min": 3, "epoch_ms": 60_000 }))]);
    chain.pass(PARAMS_DELAY_MS);
    assert_eq!(later(&chain).len(), 2);
}

#[test]
fn points_stand_in_the_order_of_their_heights() {
    let mut sections = genesis::export(&MODULES, &Chain::new().state).unwrap();
    sections["app"]["param_history"][0]["height"] = 1.into();
    let found = genesis::validate(&MODULES, &sections).unwrap_err();
    assert_eq!(found.pointer, "/app/param_history/1/height", "{found}");
}

#[test]
fn what_follows_from_a_change_of_another_set_has_a_point_too() {
    let mut chain = Chain::new();
    let id = chain.pass_vote(vec![set_params("staking/params", &json!({ "unbonding_ms": 20_000_000 }))]);
    chain.pass(PARAMS_DELAY_MS);
    let by_it = later(&chain).into_iter().map(|(name, _, new, proposal)| (name, new, proposal));
    let by_it: Vec<_> =
        by_it.filter(|(name, ..)| name.ends_with("_ms") || name.ends_with("_ns_max")).collect();
    let of = |name: &str, new: u64| (name.to_owned(), json!(new), json!(id));
    assert_eq!(
        by_it,
        [
            of("app/engine evidence_age_ns_max", 20_000_000_000_000),
            of("staking/params unbonding_ms", 20_000_000)
        ]
    );
}

#[test]
fn what_the_program_itself_writes_has_a_point_without_a_proposal() {
    let chain = Chain::new();
    let mut state = State::over(Arc::new(chain.state.clone()));
    let block = BlockInfo { height: 9, time_unix_ms: 90, ..BlockInfo::default() };
    let mut effects = Effects::default();
    let mut ctx = Ctx::alone(&mut state, &block, Origin::Protocol, &mut effects);
    let old = PARAMS.get(ctx.state).unwrap().unwrap();
    let changed = params::replace(&mut ctx, &old, &Params { gas_price_min: 8, ..old }).unwrap();
    assert_eq!(changed.len(), 1);
    chortle_app::param_history::record(&mut state, &block, effects.take_param_changes());
    invariant::check(&MODULES, &state).unwrap();
    let point = PARAM_HISTORY.get(&state, &(9, 0)).unwrap().unwrap();
    assert_eq!((point.old.as_deref(), &*point.new, point.proposal), (Some("1"), "8", None));
    // Written past it, it is found.
    PARAMS.set(&mut state, &Params { gas_price_min: 9, ..old });
    let found = invariant::check(&MODULES, &state).unwrap_err();
    assert!(found.contains("no_parameter_changes_without_a_point"), "{found}");
}

#[test]
fn the_limits_of_the_engine_have_a_history_too() {
    let mut chain = Chain::new();
    let id = chain.pass_vote(vec![set_params("app/engine", &json!({ "block_gas_max": 4_000_000_000_u64 }))]);
    chain.pass(ACT_DELAY_MS);
    let (name, _, new, proposal) = later(&chain).remove(0);
    assert_eq!((&*name, new, proposal), ("app/engine block_gas_max", json!(4_000_000_000_u64), json!(id)));
}

#[test]
fn what_failed_leaves_no_point_and_what_follows_it_in_the_block_does() {
    let mut chain = Chain::new();
    // Two payments of 30 LOL each pass by themselves; the treasury has 50.
    let first = chain.pass_vote(vec![price(2), spend("bob", 30 * LOL)]);
    let failing = chain.pass_vote(vec![price(5), epoch(60_000), spend("bob", 30 * LOL)]);
    let third = chain.pass_vote(vec![price(4)]);
    chain.pass(TREASURY_DELAY_MS);
    assert!(chain.proposal(failing).failure.is_some());
    let name = || "app/params gas_price_min".to_owned();
    let mut expected =
        [(name(), json!(2), json!(4), json!(third)), (name(), json!(1), json!(2), json!(first))];
    // Whichever was due first acted first; each began where the other ended.
    if later(&chain)[0].3 == json!(first) {
        expected = [(name(), json!(4), json!(2), json!(first)), (name(), json!(1), json!(4), json!(third))];
    }
    assert_eq!(later(&chain), expected);
}

#[test]
fn changes_of_one_parameter_in_one_block_each_have_a_point_in_their_order() {
    let mut chain = Chain::new();
    let id = chain.pass_vote(vec![price(2), epoch(60_000), price(7), price(2)]);
    chain.pass(PARAMS_DELAY_MS);
    let of =
        |name: &str, old: u64, new: u64| (format!("app/params {name}"), json!(old), json!(new), json!(id));
    assert_eq!(
        later(&chain),
        [
            of("gas_price_min", 7, 2),
            of("gas_price_min", 2, 7),
            of("epoch_ms", 86_400_000, 60_000),
            of("gas_price_min", 1, 2),
        ]
    );
}

#[test]
fn pages_of_any_size_give_each_point_once() {
    let mut chain = Chain::new();
    chain.pass_vote(vec![
        price(2),
        price(3),
        epoch(60_000),
        set_params("staking/params", &json!({ "entries_max": 9 })),
    ]);
    chain.pass(PARAMS_DELAY_MS);
    for path in [None, Some("app/params"), Some("staking/params")] {
        let whole = walk(&chain, 100, path);
        assert!(whole.iter().all(|point| path.is_none_or(|path| point["path"] == path)));
        let heights: Vec<_> = whole.iter().map(|point| point["height"].as_u64().unwrap()).collect();
        assert!(heights.is_sorted_by(|a, b| a >= b), "the newest first");
        for limit in [1, 2, 7] {
            assert_eq!(walk(&chain, limit, path), whole, "{path:?} by {limit}");
        }
    }
    let whole = walk(&chain, 100, None);
    let by_set = MODULES.param_sets().map(|set| walk(&chain, 100, Some(set.path)).len());
    assert_eq!(whole.len(), by_set.sum::<usize>());
    let unknown = ask(&chain, json!({ "path": "staking/parms" })).unwrap_err();
    assert!(matches!(unknown, QueryError::NotFound(_)), "{unknown}");
}

#[test]
fn an_export_brings_the_points_and_a_value_that_is_another_has_one_of_its_own() {
    let mut chain = Chain::new();
    chain.pass_vote(vec![price(2), epoch(60_000)]);
    chain.pass(PARAMS_DELAY_MS);
    let mut exported = genesis::export(&MODULES, &chain.state).unwrap();
    let again = Chain::from(&exported, chain.height, chain.time_unix_ms);
    let rows = |chain: &Chain| {
        PARAM_HISTORY.iter(&chain.state, Order::Ascending).map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(rows(&again), rows(&chain));
    assert_eq!(walk(&again, 7, Some("app/params")), walk(&chain, 7, Some("app/params")));

    exported["app"]["params"]["gas_price_min"] = 5.into();
    let migrated = Chain::from(&exported, chain.height, chain.time_unix_ms);
    let (mut points, before) = (walk(&migrated, 100, None), walk(&chain, 100, None));
    let added = points.remove(0);
    assert_eq!(points, before);
    assert_eq!(
        (&added["name"], &added["old"], &added["new"], &added["proposal"], &added["height"]),
        (&json!("gas_price_min"), &json!(2), &json!(5), &Value::Null, &json!(chain.height))
    );
}

#[test]
fn points_that_no_chain_could_have_are_refused() {
    let chain = Chain::new();
    let exported = genesis::export(&MODULES, &chain.state).unwrap();
    let last = exported["app"]["param_history"].as_array().unwrap().len() - 1;
    for (index, field, value) in
        [(last, "height", json!(1)), (1, "new", json!("{")), (0, "old", json!("one"))]
    {
        let mut sections = exported.clone();
        sections["app"]["param_history"][index][field] = value;
        let pointer = format!("/app/param_history/{index}/{field}");
        let engine = common::engine();
        let start = genesis::Start { initial_height: 1, ..common::start(&sections, &engine) };
        let mut state = State::over(Arc::new(BTreeMap::new()));
        let found = genesis::validate(&MODULES, &sections)
            .and_then(|()| genesis::init(&MODULES, &start, &mut state).map(drop))
            .unwrap_err();
        assert_eq!(found.pointer, pointer, "{found}");
    }
}
