//! Guardians: random lives in which they pause, go on, lift, leave and come back, beside a governance that pauses too,
//! against the one thing that is promised: nothing stays stopped by them. What is stopped is read off the pauses in
//! force, second by second, and not off anything that governance keeps of guardians.
//!
//! The ways around a limit, all of them steps of these lives: narrower and wider scopes one after the other, an asset
//! and then the messages that move it, several guardians in turn, going on before the end, a guardian who is removed
//! while his pause lasts and comes back, one account as two guardians (refused), an export, and a pause that governance
//! ends early so that its guardian may begin again.

mod common;

use std::collections::BTreeMap;

use chortle_governance::{Guardians, msg, state, types::Guardian};
use chortle_kernel::{
    AssetId, List, Message, Origin, Params as _, Text,
    gate::{Pause, Pauses, Scope},
};
use common::*;
use proptest::prelude::*;

const HAND: u64 = 8;
const ALL_HANDS: u64 = 20;
const COOL_DOWN: u64 = 25;
const PERIOD: u64 = 60;
const WINDOW: usize = (ALL_HANDS + COOL_DOWN) as usize;
const SECOND_MS: u64 = 1_000;

fn module(name: &str) -> Scope {
    Scope::Module { module: Text::parse(name).unwrap() }
}

fn message(name: &str, verb: &str) -> Scope {
    Scope::Message { module: Text::parse(name).unwrap(), message: Text::parse(verb).unwrap() }
}

fn asset(id: u64) -> Scope {
    Scope::Asset { asset: AssetId(id) }
}

fn scopes() -> [Scope; 6] {
    [
        module("token"),
        message("token", "transfer"),
        message("token", "mint"),
        module("lock"),
        asset(17),
        asset(18),
    ]
}

/// A message of a module, with an asset.
type Deed = (&'static str, &'static str, u64);

/// Everything that somebody could want to do.
fn deeds() -> Vec<Deed> {
    let messages = [("token", "transfer"), ("token", "mint"), ("token", "burn"), ("lock", "claim_lock")];
    messages.into_iter().flat_map(|(module, verb)| [17, 18, 19].map(|asset| (module, verb, asset))).collect()
}

fn guardians(named: &[(&str, u64)]) -> Guardians {
    let list: Vec<_> =
        named.iter().map(|(name, pauses)| Guardian { account: who(name), pauses: *pauses }).collect();
    Guardians {
        guardians: List::parse(list).unwrap(),
        guardian_period_ms: PERIOD * SECOND_MS,
        hand_ms_max: HAND * SECOND_MS,
        pause_ms_max: ALL_HANDS * SECOND_MS,
        cool_down_ms: COOL_DOWN * SECOND_MS,
        ..Guardians::default()
    }
}

fn set(chain: &mut Chain, rules: &Guardians) {
    rules.validate().unwrap();
    state::GUARDIANS.set(&mut chain.state, rules);
}

fn guarded(named: &[(&str, u64)]) -> Chain {
    let mut chain = Chain::new();
    set(&mut chain, &guardians(named));
    chain
}

fn guard(scope: &Scope, seconds: u64) -> msg::Guard {
    let reason = Text::parse("it drains").unwrap();
    msg::Guard { scope: scope.clone(), duration_ms: seconds * SECOND_MS, reason }
}

fn lift(scope: &Scope) -> msg::Lift {
    msg::Lift { scope: scope.clone() }
}

fn govern<M: Message>(chain: &mut Chain, message: &M) -> bool {
    chain.act(Origin::Governance, |ctx| message.execute(ctx)).is_ok()
}

fn begin(chain: &mut Chain, scope: &Scope, seconds: u64) -> bool {
    let reason = Text::default();
    let duration_ms = seconds * SECOND_MS;
    govern(chain, &msg::BeginPause { scope: scope.clone(), duration_ms, reason })
}

fn is_paused(chain: &Chain, scope: &Scope) -> bool {
    let now = chain.block.time_unix_ms;
    Pauses::read(&chain.state).unwrap().iter().any(|pause| pause.scope == *scope && !pause.is_over(now))
}

#[test]
fn a_guardian_pauses_at_once_and_the_pause_ends_by_itself() {
    let mut chain = guarded(&[("u0", 2)]);
    let scope = message("token", "transfer");
    assert_eq!(chain.send("u1", &guard(&scope, 3)), Err("not_guardian"));
    assert_eq!(chain.send("u0", &guard(&scope, 4 * 24 * 3_600)), Err("pause_too_long"));
    chain.send("u0", &guard(&scope, 3)).unwrap();
    assert!(is_paused(&chain, &scope));
    chain.run(3);
    assert!(!is_paused(&chain, &scope));
}

#[test]
fn no_guardian_ends_a_pause_alone_and_more_than_half_of_them_do() {
    let scope = module("token");
    for (named, needed) in [(&["u0"][..], 2), (&["u0", "u1"], 2), (&["u0", "u1", "u2"], 2), (&USERS[..4], 3)]
    {
        let all: Vec<_> = named.iter().map(|name| (*name, 1)).collect();
        let mut chain = guarded(&all);
        chain.send("u0", &guard(&scope, 5)).unwrap();
        assert_eq!(chain.send("u5", &lift(&scope)), Err("not_guardian"));
        for (index, name) in named.iter().enumerate().take(needed) {
            assert!(is_paused(&chain, &scope), "{named:?}: {index} ended it");
            chain.send(name, &lift(&scope)).unwrap();
            if is_paused(&chain, &scope) {
                assert_eq!(chain.send(name, &lift(&scope)), Err("lifted_already"));
            }
        }
        assert_eq!(is_paused(&chain, &scope), named.len() < needed, "{named:?}");
    }
}

#[test]
fn what_governance_paused_no_guardian_shortens_goes_on_with_or_lifts() {
    let mut chain = guarded(&[("u0", 4), ("u1", 4)]);
    let scope = module("token");
    assert!(begin(&mut chain, &scope, 6));
    for seconds in [1, 6, 8] {
        assert_eq!(chain.send("u0", &guard(&scope, seconds)), Err("paused_already"));
    }
    assert_eq!(chain.send("u0", &lift(&scope)), Err("not_guarded"));
    chain.run(6);
    chain.send("u0", &guard(&scope, 4)).unwrap();
    assert_eq!(chain.send("u1", &guard(&scope, 4)), Err("paused_already"), "it goes on or is left alone");
    chain.send("u1", &guard(&scope, 5)).unwrap();
    // Governance takes it over, for as long as it wants.
    assert!(begin(&mut chain, &scope, 2));
    assert_eq!(chain.send("u0", &lift(&scope)), Err("not_guarded"));
    chain.run(2);
    assert!(!is_paused(&chain, &scope));
}

#[test]
fn a_pause_outlives_its_guardian_and_the_others_lift_it() {
    let mut chain = guarded(&[("u0", 2), ("u1", 2), ("u2", 2)]);
    let scope = asset(17);
    chain.send("u0", &guard(&scope, 8)).unwrap();
    chain.send("u0", &lift(&scope)).unwrap();
    set(&mut chain, &guardians(&[("u1", 2), ("u2", 2)]));
    assert!(is_paused(&chain, &scope));
    assert_eq!(chain.send("u0", &guard(&scope, 8)), Err("not_guardian"));
    chain.send("u1", &lift(&scope)).unwrap();
    assert!(is_paused(&chain, &scope), "the word of one who left does not count");
    chain.send("u2", &lift(&scope)).unwrap();
    assert!(!is_paused(&chain, &scope));
}

#[test]
fn a_budget_comes_back_with_time_and_not_with_a_new_appointment_or_an_export() {
    let mut chain = guarded(&[("u0", 2), ("u1", 2)]);
    for id in [17, 18] {
        chain.send("u0", &guard(&asset(id), 1)).unwrap();
    }
    assert_eq!(chain.send("u0", &guard(&asset(19), 1)), Err("pauses_spent"));
    set(&mut chain, &guardians(&[("u1", 2)]));
    set(&mut chain, &guardians(&[("u0", 2), ("u1", 2)]));
    assert_eq!(chain.send("u0", &guard(&asset(19), 1)), Err("pauses_spent"));
    let exported = chain.export();
    let mut other = Chain::from(&exported, &chain.block);
    assert_eq!(other.export(), exported);
    assert_eq!(other.send("u0", &guard(&asset(19), 1)), Err("pauses_spent"));
    chain.pass((PERIOD - 1) * SECOND_MS);
    assert_eq!(chain.send("u0", &guard(&asset(19), 1)), Err("pauses_spent"));
    chain.next();
    chain.send("u0", &guard(&asset(19), 1)).unwrap();
}

#[test]
fn after_its_full_time_a_scope_runs_for_the_whole_cool_down() {
    let mut chain = guarded(&[("u0", 4), ("u1", 4), ("u2", 4)]);
    let scope = module("token");
    for (name, until) in [("u0", 8), ("u1", 16), ("u2", 20)] {
        let gone = (chain.block.time_unix_ms - START) / SECOND_MS - 1;
        chain.send(name, &guard(&scope, until - gone)).unwrap();
        chain.run(until - gone);
    }
    for narrower in [message("token", "transfer"), message("token", "burn")] {
        assert_eq!(chain.send("u2", &guard(&narrower, 1)), Err("stopped_too_long"));
    }
    chain.run(COOL_DOWN - 1);
    assert_eq!(chain.send("u2", &guard(&scope, 1)), Err("stopped_too_long"));
    chain.next();
    assert_eq!(chain.send("u2", &guard(&scope, 8)), Err("stopped_too_long"), "it had four of them lately");
    chain.send("u0", &guard(&scope, 8)).unwrap();
}

#[test]
fn guardians_leave_room_for_the_pauses_of_governance() {
    let mut chain = Chain::new();
    // As many guardians as there can be, twice, and each pauses as often as he may.
    for round in 0..4 {
        let names: Vec<String> = (0..16).map(|number| format!("guardian {round} {number}")).collect();
        let named: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        set(&mut chain, &guardians(&named));
        for (index, name) in names.iter().enumerate() {
            let _refused = chain.send(name, &guard(&asset(17 + round * 16 + index as u64), 5));
        }
    }
    assert_eq!(state::GUARDED.get(&chain.state).unwrap().unwrap().len(), 48);
    for id in 100..116 {
        assert!(begin(&mut chain, &asset(id), 5), "{id}");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Guard { by: usize, scope: usize, seconds: u64 },
    Lift { by: usize, scope: usize },
    Begin { scope: usize, seconds: u64 },
    End { scope: usize },
    Appoint([bool; 4]),
    Export,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (by, scope, seconds) = (0..4usize, 0..6usize, 1..=HAND);
    let step = prop_oneof![
        8 => (by.clone(), scope.clone(), seconds).prop_map(|(by, scope, seconds)| Step::Guard { by, scope, seconds }),
        3 => (by, scope.clone()).prop_map(|(by, scope)| Step::Lift { by, scope }),
        1 => (scope.clone(), 1..6u64).prop_map(|(scope, seconds)| Step::Begin { scope, seconds }),
        1 => scope.prop_map(|scope| Step::End { scope }),
        1 => any::<[bool; 4]>().prop_map(Step::Appoint),
        1 => Just(Step::Export),
        6 => (1..8u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..80)
}

/// A life as a stranger sees it: who began what is in force, and what was stopped in each second.
struct Life {
    chain: Chain,
    /// Guardians that pause a scope, each until when; governance's own are not in it.
    hands: BTreeMap<usize, Vec<(usize, u64)>>,
    /// For each second, which deeds guardians stopped, and which each of them did.
    seconds: Vec<BTreeMap<Deed, Vec<usize>>>,
    /// When each began something.
    begun: Vec<(usize, u64)>,
}

impl Life {
    fn now(&self) -> u64 {
        self.chain.block.time_unix_ms
    }

    fn step(&mut self, step: &Step) {
        let (scopes, now) = (scopes(), self.now());
        match step {
            Step::Guard { by, scope, seconds } => {
                if self.chain.send(USERS[*by], &guard(&scopes[*scope], *seconds)).is_ok() {
                    self.hands.entry(*scope).or_default().push((*by, now + seconds * SECOND_MS));
                    self.begun.push((*by, now));
                }
            }
            Step::Lift { by, scope } => {
                let _refused = self.chain.send(USERS[*by], &lift(&scopes[*scope]));
                if !is_paused(&self.chain, &scopes[*scope]) {
                    self.hands.remove(scope);
                }
            }
            Step::Begin { scope, seconds } => {
                assert!(begin(&mut self.chain, &scopes[*scope], *seconds));
                self.hands.remove(scope);
            }
            Step::End { scope } => {
                govern(&mut self.chain, &msg::EndPause { scope: scopes[*scope].clone() });
                self.hands.remove(scope);
            }
            Step::Appoint(present) => {
                let named: Vec<_> = (0..4).filter(|at| present[*at]).map(|at| (USERS[at], 4)).collect();
                set(&mut self.chain, &guardians(&named));
            }
            Step::Export => {
                let (exported, pauses) = (self.chain.export(), Pauses::read(&self.chain.state).unwrap());
                self.chain = Chain::from(&exported, &self.chain.block);
                chortle_kernel::gate::PAUSES.set(&mut self.chain.state, &pauses);
                assert_eq!(self.chain.export(), exported);
            }
            Step::Wait(seconds) => (0..*seconds).for_each(|_| self.second()),
        }
    }

    /// Notes what is stopped now, and lets a second pass.
    fn second(&mut self) {
        let (pauses, now, scopes) = (Pauses::read(&self.chain.state).unwrap(), self.now(), scopes());
        let mut stopped: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for pause in pauses.iter().filter(|pause| !pause.is_over(now)) {
            let scope = scopes.iter().position(|scope| *scope == pause.scope).unwrap();
            let hands = self.hands.get(&scope).into_iter().flatten().filter(|(_, until)| *until > now);
            let hands: Vec<usize> = hands.map(|(by, _)| *by).collect();
            if hands.is_empty() {
                continue;
            }
            for deed in deeds() {
                if stops(pause, deed, now) {
                    stopped.entry(deed).or_default().extend(&hands);
                }
            }
        }
        self.seconds.push(stopped);
        self.chain.next();
    }

    fn check(&self) {
        for deed in deeds() {
            let is_stopped: Vec<&[usize]> =
                self.seconds.iter().map(|second| second.get(&deed).map_or(&[][..], |hands| hands)).collect();
            for window in is_stopped.windows(WINDOW.min(is_stopped.len())) {
                let all = window.iter().filter(|hands| !hands.is_empty()).count();
                assert!(all <= ALL_HANDS as usize, "{deed:?} was stopped for {all} of {WINDOW} seconds");
                for by in 0..4 {
                    let own = window.iter().filter(|hands| hands.contains(&by)).count();
                    assert!(own <= HAND as usize, "{by} stopped {deed:?} for {own} of {WINDOW} seconds");
                }
            }
        }
        for (by, at) in &self.begun {
            let within =
                |(other, when): &&(usize, u64)| other == by && (*at..*at + PERIOD * SECOND_MS).contains(when);
            assert!(self.begun.iter().filter(within).count() <= 4);
        }
    }
}

/// Whether one pause by itself stops a deed.
fn stops(pause: &Pause, (module, verb, asset): Deed, now: u64) -> bool {
    let mut alone = Pauses::NONE;
    alone.begin(pause.clone(), 0).unwrap();
    alone.of_message(module, verb, now).is_some() || alone.of_asset(AssetId(asset), now).is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn whatever_guardians_do_nothing_stays_stopped(steps in steps()) {
        let chain = guarded(&[("u0", 4), ("u1", 4), ("u2", 4), ("u3", 4)]);
        let mut life =
            Life { chain, hands: BTreeMap::new(), seconds: Vec::new(), begun: Vec::new() };
        steps.iter().for_each(|step| life.step(step));
        (0..ALL_HANDS).for_each(|_| life.second());
        life.check();
        assert!(Pauses::read(&life.chain.state).unwrap().iter().all(|pause| pause.is_over(life.now())));
    }
}
