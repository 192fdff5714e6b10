//! No answer and no event has a number that a reader of JSON rounds, however much there is and however little of it is
//! bonded.

mod common;

use chortle_kernel::{
    View,
    bounds::{INTEGER_MAX, UNIX_MS_MAX, most_of},
};
use chortle_staking::MODULE;
use common::*;
use serde_json::{Value, json};

/// All LOL that can exist is one validator's, who bonds so much of it.
fn chain(bonded: u64) -> Chain {
    let mut token = (chortle_token::MODULE.genesis.default)();
    token["accounts"] = json!([{ "address": who("v0"), "balance": i64::MAX.to_string() }]);
    let mut staking = section(&["v0"], |params| {
        params["power_unit"] = 1_024.into();
        params["seat_min"] = "1024".into();
        params["self_bond_min"] = "1".into();
        params["issuance_min_bps"] = 100_000.into();
        params["issuance_max_bps"] = 100_000.into();
    });
    staking["validators"][0]["self_bond"] = bonded.to_string().into();
    let mut chain = Chain::from(&token, &staking, &Chain::start());
    chain.run(3);
    chain
}

fn beyond(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(number) if number.as_u64().is_none_or(|number| number > most_of(name)) => {
            found.push(format!("{name} is {number}"));
        }
        Value::Array(parts) => parts.iter().for_each(|part| beyond(part, name, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| beyond(field, name, found)),
        _ => {}
    }
}

#[test]
fn no_answer_has_a_number_beyond_what_its_readers_hold() {
    for bonded in [1_024, 1 << 40, i64::MAX as u64] {
        let chain = chain(bonded);
        let block = &chain.block;
        let (height, time_unix_ms, epoch) = (block.height, block.time_unix_ms, block.epoch);
        let view = || View { state: &chain.state, height, time_unix_ms, epoch };
        let (mut found, mut asked) = (Vec::new(), 0);
        for query in MODULE.queries {
            let mut args = json!({});
            for part in query.path.split('/').filter_map(|part| part.strip_prefix('{')) {
                args[part.trim_end_matches('}')] = json!(who("v0"));
            }
            let answer =
                (query.run)(args, view()).unwrap_or_else(|error| panic!("{}: {error:?}", query.name));
            beyond(&answer, query.name, &mut found);
            asked += 1;
        }
        assert!(found.is_empty() && asked > 8, "{bonded} bonded: {found:?} of {asked} answers");
    }
}

#[test]
fn what_can_exist_is_no_more_power_than_a_reader_holds() {
    let chain = chain(i64::MAX as u64);
    let validator = (MODULE.queries.iter().find(|query| query.name == "validator").unwrap().run)(
        json!({ "validator": who("v0") }),
        View { state: &chain.state, height: 3, time_unix_ms: START, epoch: 0 },
    );
    assert_eq!(validator.unwrap()["power"], json!(INTEGER_MAX));
    assert!(most_of("x_unix_ms") == UNIX_MS_MAX && most_of("power") == INTEGER_MAX);
    let mut unit = section(&["v0"], |params| params["power_unit"] = 1_023.into());
    unit["params"]["seat_min"] = "1023".into();
    assert!((MODULE.genesis.validate)(&unit).is_err());
}
