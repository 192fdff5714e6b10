//! The gate: whoever sends a message, and by whichever way, authority, pause, depth and gas hold.

mod common;
#[path = "common/probe.rs"]
mod probe;

use chortle_app::{MODULES, Registry, Row};
use chortle_kernel::{
    Address, BlockInfo, Bytes, Ctx, Effects, EngineParams, Failure, Origin, Place, Powers, Reject, Router,
    State, Text, dispatch,
    gate::{Pause, Pauses, Scope},
    message::MessageKind,
    tx::RawMessage,
};
use common::*;
use probe::{GOVERNOR, GRASPING, LIST, PROBE, raw_of};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

/// A state of the list with the probes in it.
fn genesis() -> State {
    let sections = chortle_app::genesis::default_sections(&LIST);
    let mut state = State::over(Arc::new(BTreeMap::new()));
    chortle_app::genesis::init(&LIST, &start(&sections, &engine()), &mut state).unwrap();
    state
}

/// Acts inside one module of the list, as the router would have it.
fn within<T>(
    state: &mut State,
    module: &'static str,
    origin: Origin,
    gas_left: u64,
    act: impl FnOnce(&mut Ctx<'_>) -> T,
) -> (T, Effects) {
    let row = LIST.rows().iter().find(|row| row.module.name == module).unwrap();
    let pauses = Pauses::read(state).unwrap();
    let block = BlockInfo { height: 7, time_unix_ms: TIME_MS, ..BlockInfo::default() };
    let mut effects = Effects::default();
    let place = Place::root(&*LIST, &pauses, gas_left).within(module, row.powers);
    let done = act(&mut Ctx::new(state, &block, origin, &mut effects, place));
    (done, effects)
}

fn rejected<T: std::fmt::Debug>(result: Result<T, Failure>) -> Reject {
    match result.expect_err("a refusal") {
        Failure::Reject(reject) => reject,
        Failure::Halt(halt) => panic!("{halt}"),
    }
}

fn snapshot(state: &State) -> chortle_kernel::state::Writes {
    state.writes().clone()
}

/// One body of every kind of message of the chain.
fn every_message() -> Vec<(&'static Row, &'static MessageKind, RawMessage)> {
    let bodies = |row: &'static Row, kind: &'static MessageKind| {
        (kind.examples)().into_iter().map(move |body| {
            let raw = RawMessage { module: row.tag, tag: kind.tag, body: Bytes::parse(body).unwrap() };
            (row, kind, raw)
        })
    };
    let rows = MODULES.rows().iter();
    rows.flat_map(|row| row.module.messages.iter().flat_map(move |kind| bodies(row, kind))).collect()
}

const PLENTY: u64 = 1_000_000_000_000;

/// Each way by which a message can be made to run; the answer is what refused it.
fn by_every_path(state: &mut State, raw: &RawMessage) -> Vec<(&'static str, Result<(), Failure>)> {
    let user = Origin::Account(address("alice"));
    let raws = std::slice::from_ref(raw);
    let direct = within(state, "probe", user, PLENTY, |ctx| {
        let call = LIST.decode(raw, 0)?;
        ctx.attempt(|ctx| LIST.run(ctx, &call))
    });
    let nested = within(state, "probe", user, PLENTY, |ctx| {
        let call = LIST.decode(&probe::wrapped(raws), 0)?;
        ctx.attempt(|ctx| LIST.run(ctx, &call))
    });
    let hook = within(state, "probe", Origin::Protocol, PLENTY, |ctx| {
        ctx.dispatch(chortle_kernel::Acting::Module, raws, PLENTY)
    });
    let derived = within(state, "probe", Origin::Protocol, PLENTY, |ctx| {
        ctx.dispatch(chortle_kernel::Acting::Derived(b"7"), raws, PLENTY)
    });
    let wrapped_twice = within(state, "probe", user, PLENTY, |ctx| {
        let call = LIST.decode(&probe::wrapped(&[probe::wrapped(raws)]), 0)?;
        ctx.attempt(|ctx| LIST.run(ctx, &call))
    });
    vec![
        ("by a user", direct.0),
        ("inside another", nested.0),
        ("inside two", wrapped_twice.0),
        ("by a hook", hook.0),
        ("by an account of a module", derived.0),
    ]
}

#[test]
fn what_only_governance_sends_is_refused_by_every_other_path() {
    let mut state = genesis();
    let before = snapshot(&state);
    let mut tried = 0;
    for (row, kind, raw) in every_message() {
        if kind.authority == chortle_kernel::Authority::Signer {
            continue;
        }
        for (path, result) in by_every_path(&mut state, &raw) {
            let reject = rejected(result);
            let shown = format!("{}.{} {path}", row.module.name, kind.name);
            assert_eq!((reject.codespace, reject.number), ("gate", 1), "{shown}: {reject}");
            assert_eq!(snapshot(&state), before, "{shown} left a trace");
            tried += 1;
        }
    }
    assert!(tried >= 5, "no message of governance was tried");
}

#[test]
fn no_way_leads_around_a_pause() {
    let pausable = every_message().into_iter().filter(|(_, kind, _)| kind.pausable).count();
    assert!(pausable > 40, "{pausable} messages are tried");
    for (row, kind, raw) in every_message().into_iter().filter(|(_, kind, _)| kind.pausable) {
        let module = Text::parse(row.module.name).unwrap();
        let message = Text::parse(kind.name).unwrap();
        for scope in [Scope::Module { module: module.clone() }, Scope::Message { module, message }] {
            let mut state = genesis();
            let (begun, _) = within(&mut state, "app", Origin::Governance, 0, |ctx| {
                dispatch::begin_pause(ctx, Pause { scope: scope.clone(), until_unix_ms: 0 })
            });
            begun.unwrap();
            let before = snapshot(&state);
            for (path, result) in by_every_path(&mut state, &raw) {
                let reject = rejected(result);
                let shown = format!("{}.{} {path} under {scope:?}", row.module.name, kind.name);
                let gate = reject.codespace == "gate";
                let by_authority = kind.authority != chortle_kernel::Authority::Signer && reject.number == 1;
                assert!(gate && (reject.number == 2 || by_authority), "{shown}: {reject}");
                assert_eq!(snapshot(&state), before, "{shown} left a trace");
            }
        }
    }
}

#[test]
fn no_pause_of_anything_stops_what_everybody_needs_to_mend_things() {
    let needed: Vec<_> = every_message().into_iter().filter(|(_, kind, _)| !kind.pausable).collect();
    let names: Vec<String> =
        needed.iter().map(|(row, kind, _)| format!("{}.{}", row.module.name, kind.name)).collect();
    for name in [
        "app.set_params",
        "staking.unjail",
        "governance.submit",
        "governance.deposit",
        "governance.vote",
        "governance.stop",
        "governance.begin_pause",
        "governance.end_pause",
        "governance.guard",
        "governance.lift",
    ] {
        assert!(names.iter().any(|found| found == name), "{name} can be paused");
    }
    // Evidence, and stake that comes back, are no messages: nothing but blocks brings them.
    let modules = || MODULES.modules().map(|module| Text::parse(module.name).unwrap());
    let assets = [17, 1_000_000_000].map(|id| Scope::Asset { asset: chortle_kernel::AssetId(id) });
    for (row, kind, raw) in needed {
        let (module, message) = (Text::parse(row.module.name).unwrap(), Text::parse(kind.name).unwrap());
        let own = Scope::Message { module, message };
        let all = modules().map(|module| Scope::Module { module }).chain([own]).chain(assets.clone());
        let mut state = genesis();
        for scope in all {
            let pause = Pause { scope, until_unix_ms: 0 };
            within(&mut state, "app", Origin::Governance, 0, |ctx| dispatch::begin_pause(ctx, pause))
                .0
                .unwrap();
        }
        let paused = |result: &Result<(), Failure>| {
            let code = chortle_kernel::gate::Error::Paused { what: String::new(), until_unix_ms: 0 };
            matches!(result, Err(Failure::Reject(reject)) if reject.code() == Reject::from(code).code())
        };
        let shown = format!("{}.{}", row.module.name, kind.name);
        for (path, result) in by_every_path(&mut state, &raw) {
            assert!(!paused(&result), "{shown} {path}: {result:?}");
        }
        let (governed, _) = govern(&mut state, raw);
        assert!(!paused(&governed), "{shown} by governance: {governed:?}");
    }
}

#[test]
fn a_module_cannot_act_for_whom_it_holds_no_power() {
    let mut state = genesis();
    let before = snapshot(&state);
    let raws = [pay("bob", 5)];
    for (acting, expected) in [
        (chortle_kernel::Acting::Account(address("alice")), address("alice").to_string()),
        (chortle_kernel::Acting::Governance, "governance".to_owned()),
    ] {
        let (result, _) =
            within(&mut state, "probe", Origin::Protocol, PLENTY, |ctx| ctx.dispatch(acting, &raws, PLENTY));
        let reject = rejected(result);
        assert_eq!((reject.codespace, reject.number), ("gate", 5));
        assert!(reject.sentence.contains(&expected), "{reject}");
    }
    assert_eq!(snapshot(&state), before);
    let grasped = within(&mut state, GRASPING, Origin::Protocol, PLENTY, |ctx| {
        let update = chortle_kernel::block::ValidatorPower { key: [1; 32], power: 1 };
        ctx.set_validator_power(update)
    });
    assert!(grasped.0.is_err(), "a module without the power changed the validator set");
}

#[test]
fn a_loop_of_dispatches_ends_at_the_depth_bound() {
    let mut state = genesis();
    let before = snapshot(&state);
    let user = Origin::Account(address("alice"));
    // A message that dispatches itself again each time it runs: only the depth ends it.
    let (result, _) = within(&mut state, "probe", user, PLENTY, |ctx| {
        let call = LIST.decode(&raw_of(PROBE, &probe::Again {}), 0)?;
        ctx.attempt(|ctx| LIST.run(ctx, &call))
    });
    let reject = rejected(result);
    assert_eq!((reject.codespace, reject.number), ("gate", 4));
    assert_eq!(snapshot(&state), before, "the loop left a trace");
    let mut raw = raw_of(PROBE, &probe::Note { text: Text::default() });
    for depth in 1..=6_u8 {
        raw = probe::wrapped(&[raw]);
        let decoded = LIST.decode(&raw, 0);
        assert_eq!(decoded.is_ok(), depth <= dispatch::DEPTH_MAX, "{depth} deep");
    }
}

#[test]
fn a_wrapper_pays_for_what_it_carries_and_what_is_dispatched_pays_from_the_budget() {
    let note = raw_of(PROBE, &probe::Note { text: Text::default() });
    let gas = |raw: &RawMessage| LIST.decode(raw, 0).unwrap().gas().unwrap();
    let wrapper = gas(&probe::wrapped(&[note.clone(), note.clone()]));
    assert_eq!(wrapper, gas(&probe::wrapped(&[])) + 2 * gas(&note));
    let mut state = genesis();
    for (gas_max, fits) in [(gas(&note) - 1, false), (gas(&note), true)] {
        let ((result, left), _) = within(&mut state, "probe", Origin::Protocol, PLENTY, |ctx| {
            let result = ctx.dispatch(chortle_kernel::Acting::Module, std::slice::from_ref(&note), gas_max);
            (result, ctx.gas_left())
        });
        match fits {
            true => assert_eq!((result, left), (Ok(()), PLENTY - gas(&note))),
            false => assert_eq!((rejected(result).number, left), (3, PLENTY)),
        }
    }
}

#[test]
fn an_unknown_or_malformed_inner_message_is_refused_when_the_wrapper_is_decoded() {
    let unknown = RawMessage { module: 99, tag: 1, body: Bytes::default() };
    let malformed = RawMessage { body: Bytes::parse(vec![1, 2, 3]).unwrap(), ..pay("bob", 5) };
    for (inner, name) in [(unknown, "unknown_message"), (malformed, "malformed_message")] {
        let reject = LIST.decode(&probe::wrapped(&[inner]), 0).err().unwrap();
        assert_eq!(reject.name, name);
    }
}

#[test]
fn a_kept_failure_leaves_nothing_behind_but_what_its_keeper_writes() {
    let mut state = genesis();
    let raws = [raw_of(PROBE, &probe::Note { text: Text::parse("kept").unwrap() }), pay("bob", 5)];
    let (result, effects) = within(&mut state, GOVERNOR, Origin::Protocol, PLENTY, |ctx| {
        // The second message fails: the module's account has nothing to pay with.
        match ctx.dispatch(chortle_kernel::Acting::Module, &raws, PLENTY) {
            Err(Failure::Reject(reject)) => reject.name,
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(result, "insufficient_balance");
    assert!(effects.events().is_empty(), "an event of what was undone");
    assert!(probe::notes(&state).is_empty(), "a write of what was undone");
}

fn set_params(path: &str, changes: &str) -> RawMessage {
    let message = chortle_app::own_module::SetParams {
        path: Text::parse(path).unwrap(),
        changes: Text::parse(changes).unwrap(),
    };
    raw_of("app", &message)
}

fn govern(state: &mut State, raw: RawMessage) -> (Result<(), Failure>, Effects) {
    within(state, GOVERNOR, Origin::Protocol, PLENTY, |ctx| {
        ctx.dispatch(chortle_kernel::Acting::Governance, &[raw], PLENTY)
    })
}

#[test]
fn parameters_change_whole_and_tell_old_and_new() {
    let mut state = genesis();
    let (done, effects) = govern(&mut state, set_params("app/params", r#"{"gas_price_min":3}"#));
    done.unwrap();
    let event = effects.events().first().unwrap();
    let shown = (LIST.event_kind(&event.kind).unwrap().to_json)(&event.body).unwrap();
    assert_eq!(shown["old"], "1");
    assert_eq!(shown["new"], "3");
    assert_eq!(chortle_app::state::PARAMS.get(&state).unwrap().unwrap().gas_price_min, 3);

    let (done, effects) = govern(&mut state, set_params("app/engine", r#"{"block_bytes_max":1048577}"#));
    done.unwrap();
    let expected = EngineParams { block_bytes_max: 1_048_577, ..engine() };
    assert_eq!(effects.engine(), Some(expected));

    let (done, _) = govern(&mut state, set_params("token/params", r#"{"create_fee":"7"}"#));
    done.unwrap();
    assert_eq!(chortle_token::state::PARAMS.get(&state).unwrap().unwrap().create_fee, amount(7));

    let before = snapshot(&state);
    for (path, changes, name) in [
        ("staking/params", r#"{"tax_bps":1}"#, "no_params"),
        ("nobody/params", r#"{"x":1}"#, "no_params"),
        ("app/params", r#"{"epoch":1}"#, "params_refused"),
        ("app/params", r#"{"epoch_ms":1}"#, "params_refused"),
        ("app/params", r#"{"epoch_ms":2678400001}"#, "params_refused"),
        ("app/params", r#"{"gas_price_min":100001}"#, "params_refused"),
        ("app/params", r#"{"hook_gas_max":49999999}"#, "params_refused"),
        ("app/params", r#"{"epoch_ms":"long"}"#, "params_refused"),
        ("app/engine", r#"{"block_bytes_max":1}"#, "params_refused"),
        ("app/engine", r#"{"vote_extensions_height":1}"#, "params_refused"),
        ("app/engine", r#"{"vote_extensions_height":9223372036854775808}"#, "params_refused"),
        ("app/engine", r#"{"evidence_age_ns_max":9223372036854775808}"#, "params_refused"),
        ("app/engine", r#"{"evidence_age_blocks_max":0}"#, "params_refused"),
        ("app/params", "{}", "params_refused"),
        ("app/params", "[1]", "params_refused"),
    ] {
        let (done, effects) = govern(&mut state, set_params(path, changes));
        assert_eq!(rejected(done).name, name, "{path} {changes}");
        assert_eq!(effects, Effects::default());
        assert_eq!(snapshot(&state), before, "{path} {changes} left a trace");
    }
}

#[test]
fn a_paused_message_costs_neither_fee_nor_nonce_and_the_rest_goes_on() {
    let mut chain = Chain::new();
    let scope =
        Scope::Message { module: Text::parse("token").unwrap(), message: Text::parse("burn").unwrap() };
    chain.pause(Pause { scope, until_unix_ms: 0 });
    let burn = raw("token", &chortle_token::msg::Burn { coin: lol(5) });
    let before = (chain.nlol("alice"), chain.nonce("alice"));
    let refused = chain.send(sign(body("alice", 0, vec![burn]), &["alice"])).unwrap_err();
    assert_eq!((refused.codespace, refused.number), ("gate", 2));
    assert_eq!((chain.nlol("alice"), chain.nonce("alice")), before);
    assert!(chain.send(transfer("alice", 0, "bob", 5)).unwrap().succeeded());
}

#[test]
fn a_pause_ends_by_itself_and_neither_lol_nor_what_governs_can_be_paused() {
    let mut state = genesis();
    let begin = |state: &mut State, scope: Scope, until_unix_ms: u64| {
        within(state, "app", Origin::Governance, 0, |ctx| {
            dispatch::begin_pause(ctx, Pause { scope, until_unix_ms })
        })
        .0
    };
    let asset = |id| Scope::Asset { asset: chortle_kernel::AssetId(id) };
    assert_eq!(rejected(begin(&mut state, asset(0), 0)).name, "not_pausable");
    begin(&mut state, asset(17), TIME_MS + 1).unwrap();
    let pauses = Pauses::read(&state).unwrap();
    assert!(pauses.of_asset(chortle_kernel::AssetId(17), TIME_MS).is_some());
    assert!(pauses.of_asset(chortle_kernel::AssetId(17), TIME_MS + 1).is_none());

    begin(&mut state, Scope::Module { module: Text::parse("app").unwrap() }, 0).unwrap();
    let (done, _) = govern(&mut state, set_params("app/params", r#"{"gas_price_min":4}"#));
    done.unwrap();
}

proptest! {
    #[test]
    fn whoever_dispatches_never_acts_for_a_stranger(salt: Vec<u8>, account: [u8; 20]) {
        let derived = Address::derived("probe", &salt);
        prop_assert_ne!(derived, Address::derived("governor", &salt));
        let mut state = genesis();
        let raws = [raw_of(PROBE, &probe::Who {})];
        let (done, _) = within(&mut state, "probe", Origin::Account(Address(account)), PLENTY, |ctx| {
            ctx.dispatch(chortle_kernel::Acting::Derived(&salt), &raws, PLENTY)
        });
        done.unwrap();
        prop_assert_eq!(probe::last_signer(&state), Some(derived));
    }
}

/// What is proved of the list with the probes is proved of the chain's.
#[test]
fn the_probed_list_is_the_chains_with_probes_behind() {
    let names = |registry: &Registry| {
        registry.rows().iter().map(|row| (row.tag, row.module.name, row.powers)).collect::<Vec<_>>()
    };
    let (chain, probed) = (names(&MODULES), names(&LIST));
    assert_eq!(probed[..chain.len()], chain);
}

#[test]
fn every_message_has_an_example_that_holds() {
    for row in MODULES.rows() {
        for kind in row.module.messages {
            let examples = (kind.examples)();
            let name = format!("{}.{}", row.module.name, kind.name);
            assert!(!examples.is_empty(), "{name} has none, or one that does not read");
            for bytes in examples {
                let message = (kind.decode)(&bytes).unwrap_or_else(|why| panic!("{name}: {why}"));
                message.check().unwrap_or_else(|reject| panic!("{name}: {reject}"));
                let again = (kind.from_json)(message.to_json()).unwrap_or_else(|why| panic!("{name}: {why}"));
                assert_eq!(again, bytes, "{name} by its JSON form");
            }
        }
    }
}

/// The list of the chain gives powers to those alone who need them.
#[test]
fn powers_are_as_few_as_can_be() {
    let with_powers: Vec<_> = MODULES
        .rows()
        .iter()
        .filter(|row| row.powers != Powers::NONE)
        .map(|row| (row.module.name, row.powers))
        .collect();
    let of = |name| with_powers.iter().find(|(found, _)| *found == name).map(|(_, powers)| *powers);
    assert_eq!(of("staking"), Some(Powers { validators: true, ..Powers::NONE }));
    assert_eq!(of("governance"), Some(Powers { governance: true, ..Powers::NONE }));
    for name in ["grant", "schedule"] {
        assert_eq!(of(name), Some(Powers { accounts: true, ..Powers::NONE }), "{name}");
    }
    assert_eq!(with_powers.len(), 4);
}

#[test]
fn a_paused_asset_moves_by_no_way() {
    let asset = chortle_kernel::AssetId(1);
    let mut chain = Chain::new();
    let create: chortle_token::msg::CreateAsset = serde_json::from_value(serde_json::json!({
        "symbol": "DOGE", "name": "Doge", "decimals": 2, "supply": "1000", "template": "mintable_capped",
    }))
    .unwrap();
    let made = chain.send(sign(body("alice", 0, vec![raw("token", &create)]), &["alice"])).unwrap();
    assert!(made.succeeded(), "{made:?}");
    chain.pause(Pause { scope: Scope::Asset { asset }, until_unix_ms: 0 });
    let coin = chortle_kernel::Coin { asset, amount: amount(5) };
    let moves = [
        raw("token", &chortle_token::msg::Transfer { to: address("bob"), coin }),
        raw("token", &chortle_token::msg::Burn { coin }),
        raw("token", &chortle_token::msg::Mint { to: address("bob"), coin }),
    ];
    let before = (chain.nlol("alice"), chain.nonce("alice"));
    for message in &moves {
        let refused = chain.send(sign(body("alice", 1, vec![message.clone()]), &["alice"])).unwrap_err();
        assert_eq!((refused.codespace, refused.number), ("gate", 2), "{refused}");
        assert_eq!((chain.nlol("alice"), chain.nonce("alice")), before, "no fee, no nonce");
    }
    // Below the gate too: a module that calls the ledger by itself meets the same pause.
    let mut state = State::over(Arc::new(chain.state.clone()));
    let before = snapshot(&state);
    let (alice, bob) = (address("alice"), address("bob"));
    let mut refused = |act: &dyn Fn(&mut Ctx<'_>) -> Result<(), Failure>| {
        let (done, _) = within(&mut state, "token", Origin::Protocol, 0, |ctx| ctx.attempt(|ctx| act(ctx)));
        assert_eq!(rejected(done).name, "paused");
        assert_eq!(snapshot(&state), before);
    };
    refused(&|ctx| chortle_token::send(ctx, &alice, &bob, coin).map(drop));
    refused(&|ctx| chortle_token::burn(ctx, &alice, coin));
    refused(&|ctx| chortle_token::mint(ctx, &bob, coin));
    refused(&|ctx| {
        chortle_token::deposit(ctx, &alice, &chortle_kernel::Address::protocol("jar"), coin, None)
    });
}

/// A module acts for the account of its name, and an escrow is an account too: a name too long would be cut, and two
/// that are cut alike would be one account.
#[test]
fn no_two_accounts_of_the_protocol_are_one() {
    let modules = MODULES.modules().map(|module| (module.name, Address::protocol(module.name)));
    let escrows = MODULES.modules().flat_map(|module| module.escrows);
    let escrows = escrows.map(|escrow| (escrow.name, escrow.address));
    let mut seen = BTreeMap::new();
    // Governance acts for the account of its module.
    for (name, address) in modules.chain(escrows) {
        assert!(
            name.len() <= chortle_kernel::address::PROTOCOL_NAME_MAX,
            "{name} is too long for an account"
        );
        assert_eq!(address.protocol_name(), Some(name), "{address} says another name");
        assert_eq!(seen.insert(address, name), None, "{name} has the account of another");
    }
}
