//! How plans come and go, and what is refused of them.

use std::{collections::BTreeMap, sync::Arc};

use chortle_kernel::{BlockInfo, Ctx, Effects, Failure, Message, Origin, State, Text};
use chortle_upgrade::{
    Params, apply, is_applied,
    msg::{CancelUpgrade, ScheduleUpgrade},
    state::{APPLIED, PARAMS, PLAN},
    types::{AHEAD_BLOCKS_MAX, Binaries},
};

/// Runs at a height; the answer is the code that refused it.
fn at<T>(
    state: &mut State,
    height: u64,
    run: impl FnOnce(&mut Ctx<'_>) -> Result<T, Failure>,
) -> Result<T, String> {
    let (block, mut effects) = (BlockInfo { height, ..BlockInfo::default() }, Effects::default());
    let mut ctx = Ctx::alone(state, &block, Origin::Governance, &mut effects);
    ctx.attempt(run).map_err(|failure| match failure {
        Failure::Reject(reject) => reject.name.to_owned(),
        Failure::Halt(halt) => halt.0,
    })
}

fn upgrade(name: &str, height: u64) -> ScheduleUpgrade {
    let example = ScheduleUpgrade::examples().remove(0);
    ScheduleUpgrade { name: Text::parse(name).unwrap(), height, ..example }
}

fn fresh() -> State {
    let mut state = State::over(Arc::new(BTreeMap::new()));
    PARAMS.set(&mut state, &Params { notice_blocks: 10 });
    state
}

#[test]
fn a_plan_is_far_enough_ahead_and_not_too_far() {
    for (height, expected) in [
        (0, Err("too_near")),
        (99, Err("too_near")),
        (100, Err("too_near")),
        (109, Err("too_near")),
        (110, Ok(())),
        (100 + AHEAD_BLOCKS_MAX, Ok(())),
        (101 + AHEAD_BLOCKS_MAX, Err("too_far")),
        (u64::MAX, Err("too_far")),
    ] {
        let mut state = fresh();
        let done = at(&mut state, 100, |ctx| upgrade("v2", height).execute(ctx));
        assert_eq!(done, expected.map_err(str::to_owned), "{height}");
        assert_eq!(PLAN.get(&state).unwrap().is_some(), expected.is_ok(), "{height}");
    }
}

#[test]
fn there_is_one_plan_at_a_time_and_a_name_comes_once() {
    let mut state = fresh();
    at(&mut state, 100, |ctx| upgrade("v2", 200).execute(ctx)).unwrap();
    let other = at(&mut state, 101, |ctx| upgrade("v3", 300).execute(ctx));
    assert_eq!(other, Err("planned_already".to_owned()));
    let cancel = |name: &str| CancelUpgrade { name: Text::parse(name).unwrap() };
    assert_eq!(at(&mut state, 102, |ctx| cancel("v3").execute(ctx)), Err("not_planned".to_owned()));
    at(&mut state, 102, |ctx| cancel("v2").execute(ctx)).unwrap();
    assert_eq!(at(&mut state, 103, |ctx| cancel("v2").execute(ctx)), Err("not_planned".to_owned()));
    // What was cancelled never came: the name is free.
    at(&mut state, 104, |ctx| upgrade("v2", 200).execute(ctx)).unwrap();
    let early = at(&mut state, 199, |ctx| Ok(apply(ctx)?));
    assert_eq!(early, Err("no upgrade is planned for this height".to_owned()));
    assert!(!is_applied(&state, "v2").unwrap());
    at(&mut state, 200, |ctx| Ok(apply(ctx)?)).unwrap();
    assert!(is_applied(&state, "v2").unwrap());
    assert_eq!(APPLIED.get(&state, &"v2".to_owned()).unwrap().unwrap().height, 200);
    assert_eq!(PLAN.get(&state).unwrap(), None);
    assert!(at(&mut state, 200, |ctx| Ok(apply(ctx)?)).is_err(), "once");
    let again = at(&mut state, 201, |ctx| upgrade("v2", 300).execute(ctx));
    assert_eq!(again, Err("name_used".to_owned()));
    at(&mut state, 201, |ctx| upgrade("v3", 300).execute(ctx)).unwrap();
}

#[test]
fn what_no_state_could_follow_is_refused_before_any_state_is_asked() {
    let with = |change: fn(&mut ScheduleUpgrade)| {
        let mut message = upgrade("v2", 1);
        change(&mut message);
        message.check().map_err(|reject| reject.name)
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|message| message.name = Text::parse("../v2").unwrap()), Err("malformed_name"));
    assert_eq!(with(|message| message.info = Text::parse("\u{1b}[2J").unwrap()), Err("bad_info"));
    assert_eq!(with(|message| message.binaries = Binaries::default()), Err("no_binary"));
}
