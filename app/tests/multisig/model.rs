//! Random lives of a shared account against a log that is read anew for every question, and what a minority can move.

use std::collections::{BTreeMap, BTreeSet};

use chortle_kernel::{Address, List, tx::RawMessage};
use chortle_multisig::{msg::Execute, types::OPEN_MAX};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::json;

use crate::{common::address, world::*};

/// Those who may be members, and one who never is.
const PEOPLE: [&str; 5] = ["alice", "bob", "dave", "frank", "mallory"];
const PERIOD_MS: u64 = 160_000;
const PART_MS: u64 = PERIOD_MS / 16;
const START: u64 = 1_000;

/// A configuration: weight and limit (0 is none) by person, threshold, delay.
#[derive(Clone, Debug)]
struct Rules {
    weights: [u32; 4],
    limits: [u64; 4],
    threshold: u64,
    delay_ms: u64,
}

impl Rules {
    fn total(&self) -> u64 {
        self.weights.iter().map(|weight| u64::from(*weight)).sum()
    }

    fn weights(&self) -> Vec<(Address, u32)> {
        let all = PEOPLE.iter().zip(self.weights).filter(|(_, weight)| *weight > 0);
        all.map(|(name, weight)| (address(name), weight)).collect()
    }

    fn limits(&self) -> Vec<chortle_multisig::types::Limit> {
        let all = (0..4).filter(|one| self.weights[*one] > 0 && self.limits[*one] > 0);
        all.map(|one| limit(PEOPLE[one], 0, self.limits[one], PERIOD_MS)).collect()
    }

    fn weight(&self, who: usize) -> u64 {
        self.weights.get(who).copied().unwrap_or(0).into()
    }

    fn limit(&self, who: usize) -> u64 {
        if self.weight(who) > 0 { self.limits[who] } else { 0 }
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    let weights = prop::array::uniform4(prop::sample::select(vec![0u32, 1, 1, 2, 3]))
        .prop_filter("somebody", |all| all.iter().any(|one| *one > 0));
    (weights, prop::array::uniform4(0u64..60), 1u64..9, 0u64..3).prop_map(
        |(weights, limits, threshold, delay)| {
            let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
            Rules { weights, limits, threshold: threshold.min(total), delay_ms: delay * 40_000 }
        },
    )
}

#[derive(Clone, Debug)]
enum What {
    Pay(u64),
    Configure(Rules),
    Cancel(u64),
    Allow,
}

/// Numbers of proposals count from the last back.
#[derive(Clone, Debug)]
enum Act {
    Propose(usize, What),
    Approve(usize, u64, bool),
    Withdraw(usize, u64),
    Execute(usize, u64, bool),
    Cancel(usize, u64),
    Spend(usize, u64),
    Pass(u64),
    /// All who can approve it, the longest delay passes, and an outsider executes it.
    Agree(u64),
}

fn acts(people: usize) -> impl Strategy<Value = Vec<Act>> {
    let what = prop_oneof![
        5 => (1u64..400).prop_map(What::Pay),
        1 => rules().prop_map(What::Configure),
        1 => (0u64..3).prop_map(What::Cancel),
        1 => Just(What::Allow),
    ];
    let (who, id) = (0..people, prop::sample::select(vec![0u64, 0, 0, 1, 1, 2, 3]));
    let right = || prop::bool::weighted(0.9);
    let act = prop_oneof![
        4 => (who.clone(), what).prop_map(|(who, what)| Act::Propose(who, what)),
        6 => (who.clone(), id.clone(), right()).prop_map(|(who, id, right)| Act::Approve(who, id, right)),
        1 => (who.clone(), id.clone()).prop_map(|(who, id)| Act::Withdraw(who, id)),
        6 => (0usize..5, id.clone(), right()).prop_map(|(who, id, right)| Act::Execute(who, id, right)),
        2 => (who.clone(), id).prop_map(|(who, id)| Act::Cancel(who, id)),
        4 => (who, 1u64..40).prop_map(|(who, units)| Act::Spend(who, units)),
        3 => (1u64..50_000).prop_map(Act::Pass),
        3 => (0u64..3).prop_map(Act::Agree),
    ];
    prop::collection::vec(act, 1..80)
}

/// A proposal as its history.
struct Told {
    by: usize,
    version: usize,
    what: What,
    expires: u64,
    /// Who came and went, with the time.
    said: Vec<(u64, usize, bool)>,
    over: bool,
}

/// The account as a log.
struct Naive {
    versions: Vec<Rules>,
    told: BTreeMap<u64, Told>,
    sent: Vec<(u64, usize, u64)>,
    balance: u64,
}

impl Naive {
    fn rules(&self) -> &Rules {
        self.versions.last().unwrap()
    }

    fn live(&self, id: u64, now: u64) -> Option<&Told> {
        let live = |told: &&Told| !told.over && told.version == self.versions.len() && now < told.expires;
        self.told.get(&id).filter(live)
    }

    fn approves(told: &Told) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        for (_, who, came) in &told.said {
            if *came {
                all.insert(*who)
            } else {
                all.remove(who)
            };
        }
        all
    }

    /// When the threshold was last met, by going through everything that was ever said.
    fn met(&self, told: &Told) -> Option<u64> {
        let (mut all, mut met) = (BTreeSet::new(), None);
        for (at, who, came) in &told.said {
            if *came {
                all.insert(*who)
            } else {
                all.remove(who)
            };
            let weight: u64 = all.iter().map(|who| self.rules().weight(*who)).sum();
            met = (weight >= self.rules().threshold).then(|| met.unwrap_or(*at));
        }
        met
    }

    fn open(&self, who: usize) -> usize {
        let of = |told: &&Told| !told.over && told.by == who && told.version == self.versions.len();
        self.told.values().filter(of).count()
    }

    fn sent_within(&self, who: usize, span: u64, now: u64) -> u64 {
        let within = self.sent.iter().filter(|(at, by, _)| *by == who && at + span > now);
        within.map(|(_, _, units)| units).sum()
    }

    fn become_rules(&mut self, rules: Rules) {
        self.sent.retain(|(_, who, _)| rules.limit(*who) > 0);
        self.versions.push(rules);
    }

    /// Does what a proposal says, if it can be done.
    fn done(&mut self, what: &What, own: u64) -> bool {
        match what {
            What::Pay(units) if *units > self.balance => return false,
            What::Pay(units) => self.balance -= units,
            What::Configure(rules) => self.become_rules(rules.clone()),
            What::Cancel(id) => match self.told.get_mut(id) {
                Some(told) if !told.over && *id != own => told.over = true,
                _ => return false,
            },
            What::Allow => {}
        }
        true
    }
}

struct Life {
    world: World,
    account: Address,
    naive: Naive,
}

impl Life {
    fn new(rules: &Rules) -> Self {
        let mut world = World::new();
        let create = founding(&rules.weights(), rules.threshold, rules.delay_ms, rules.limits());
        let account = world.shared(&create, START);
        let naive =
            Naive { versions: vec![rules.clone()], told: BTreeMap::new(), sent: Vec::new(), balance: START };
        Self { world, account, naive }
    }

    fn raw(&self, what: &What) -> RawMessage {
        match what {
            What::Pay(units) => transfer("eve", *units),
            What::Configure(rules) => {
                of(&configure(&rules.weights(), rules.threshold, rules.delay_ms, rules.limits()))
            }
            What::Cancel(proposal) => {
                of(&chortle_multisig::msg::Cancel { account: self.account, proposal: *proposal })
            }
            What::Allow => message(
                "allowance",
                "approve",
                json!({ "spender": address("mallory"), "coin": coin(0, 1 << 40) }),
            ),
        }
    }

    /// The number of a proposal, counted from the last back.
    fn number(&self, back: u64) -> u64 {
        u64::try_from(self.naive.told.len()).unwrap().saturating_sub(back).max(1)
    }

    /// Whether the chain took it; the log must say the same, or, of a spend, may.
    fn act(&mut self, act: &Act) -> Result<bool, TestCaseError> {
        let (now, account) = (self.world.now(), self.account);
        let (taken, expected) = match act {
            Act::Pass(ms) => {
                self.world.pass(*ms);
                (true, true)
            }
            Act::Propose(who, what) => self.propose(*who, what),
            Act::Approve(who, back, right) => {
                let id = &self.number(*back);
                let mut approval = self.world.approval(account, *id);
                if !right {
                    approval.payload.0[0] ^= 1;
                }
                let taken = self.world.send(PEOPLE[*who], &of(&approval)).is_ok();
                let may = self.naive.live(*id, now).is_some_and(|told| !Naive::approves(told).contains(who));
                let expected = may && *right && self.naive.rules().weight(*who) > 0;
                if expected {
                    self.naive.told.get_mut(id).unwrap().said.push((now, *who, true));
                }
                (taken, expected)
            }
            Act::Withdraw(who, back) => {
                let id = &self.number(*back);
                let taken = self.world.withdraw(PEOPLE[*who], account, *id).is_ok();
                let expected =
                    self.naive.live(*id, now).is_some_and(|told| Naive::approves(told).contains(who));
                if expected {
                    self.naive.told.get_mut(id).unwrap().said.push((now, *who, false));
                }
                (taken, expected)
            }
            Act::Execute(who, back, right) => self.execute(*who, self.number(*back), *right),
            Act::Cancel(who, back) => {
                let id = &self.number(*back);
                let taken = self.world.cancel(PEOPLE[*who], account, *id).is_ok();
                let live = self.naive.live(*id, now).is_some();
                let told = self.naive.told.get_mut(id).filter(|told| !told.over);
                let expected = told.is_some_and(|told| {
                    told.over = told.by == *who || !live;
                    told.over
                });
                (taken, expected)
            }
            Act::Spend(who, units) => return self.spend(*who, *units),
            Act::Agree(back) => {
                for who in 0..4 {
                    self.act(&Act::Approve(who, *back, true))?;
                }
                self.act(&Act::Pass(80_000))?;
                return self.act(&Act::Execute(4, *back, true));
            }
        };
        prop_assert_eq!(taken, expected, "{:?}", act);
        Ok(taken)
    }

    fn propose(&mut self, who: usize, what: &What) -> (bool, bool) {
        let what = &match what {
            What::Cancel(back) => What::Cancel(self.number(*back)),
            other => other.clone(),
        };
        let (account, now, raw) = (self.account, self.world.now(), self.raw(what));
        let expires = self.world.proposing(account, vec![]).expires_unix_ms;
        let proposed = self.world.propose(PEOPLE[who], account, vec![raw]);
        let naive = &mut self.naive;
        let expected = naive.rules().weight(who) > 0 && naive.open(who) < usize::try_from(OPEN_MAX).unwrap();
        if expected {
            let (version, id) = (naive.versions.len(), u64::try_from(naive.told.len()).unwrap() + 1);
            let said = vec![(now, who, true)];
            naive.told.insert(id, Told { by: who, version, what: what.clone(), expires, said, over: false });
        }
        (proposed.is_ok(), expected)
    }

    fn execute(&mut self, who: usize, id: u64, right: bool) -> (bool, bool) {
        let (account, now) = (self.account, self.world.now());
        let mut messages = self.world.content(account, id);
        if !right {
            messages.push(transfer("mallory", 1));
        }
        let execute = Execute { account, proposal: id, messages: List::parse(messages).unwrap() };
        let taken = self.world.send(PEOPLE[who], &of(&execute)).is_ok();
        let ready =
            self.naive.live(id, now).and_then(|told| Some((self.naive.met(told)?, told.what.clone())));
        let ready = ready.filter(|(met, _)| right && now >= met + self.naive.rules().delay_ms);
        let expected = ready.is_some_and(|(_, what)| self.naive.done(&what, id));
        if expected {
            self.naive.told.get_mut(&id).unwrap().over = true;
        }
        (taken, expected)
    }

    fn spend(&mut self, who: usize, units: u64) -> Result<bool, TestCaseError> {
        let now = self.world.now();
        let taken = self.world.spend(PEOPLE[who], self.account, "eve", units).is_ok();
        let limit = if who < 4 { self.naive.rules().limit(who) } else { 0 };
        let affordable = limit > 0 && units <= self.naive.balance;
        let may = affordable && self.naive.sent_within(who, PERIOD_MS, now) + units <= limit;
        let must = affordable && self.naive.sent_within(who, PERIOD_MS + PART_MS, now) + units <= limit;
        prop_assert!(taken || !must, "a spend of {units} was refused");
        prop_assert!(!taken || may, "a spend of {units} was taken");
        if taken {
            self.naive.sent.push((now, who, units));
            self.naive.balance -= units;
        }
        Ok(taken)
    }
}

/// A model that agrees on nothing but refusals would say nothing.
#[test]
fn lives_have_something_of_everything() {
    let mut runner = TestRunner::deterministic();
    let mut counts = BTreeMap::<&str, usize>::new();
    for _ in 0..60 {
        let (rules, acts) = (rules(), acts(5)).new_tree(&mut runner).unwrap().current();
        let mut life = Life::new(&rules);
        for act in &acts {
            let taken = life.act(act).unwrap();
            let name = match act {
                Act::Propose(..) => "propose",
                Act::Approve(..) => "approve",
                Act::Withdraw(..) => "withdraw",
                Act::Execute(..) | Act::Agree(_) => "execute",
                Act::Cancel(..) => "cancel",
                Act::Spend(..) => "spend",
                Act::Pass(_) => "pass",
            };
            *counts.entry(if taken { name } else { "refused" }).or_default() += 1;
        }
        *counts.entry("changes").or_default() += life.naive.versions.len() - 1;
        let void = |told: &&Told| !told.over && told.version < life.naive.versions.len();
        *counts.entry("void").or_default() += life.naive.told.values().filter(void).count();
    }
    for (name, least) in [
        ("execute", 30),
        ("changes", 5),
        ("void", 3),
        ("spend", 20),
        ("withdraw", 3),
        ("cancel", 5),
        ("refused", 99),
    ] {
        let found = counts.get(name).copied().unwrap_or_default();
        assert!(found >= least, "{name}: {found} in {counts:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_life_is_what_its_log_says(rules in rules(), acts in acts(5)) {
        let mut life = Life::new(&rules);
        for act in &acts {
            life.act(act)?;
            prop_assert_eq!(life.world.nlol(&life.account), life.naive.balance);
        }
    }

    /// Whatever a minority does, with whatever messages: of what the account has, no span of a period sees more go than
    /// the minority's limits.
    #[test]
    fn members_below_the_threshold_move_no_more_than_their_limits(rules in rules(), acts in acts(5)) {
        let (mut minority, mut weight) = (vec![4usize], 0);
        for who in 0..4 {
            if weight + rules.weight(who) < rules.threshold {
                weight += rules.weight(who);
                minority.push(who);
            }
        }
        prop_assume!(rules.total() >= rules.threshold);
        let limits: u64 = minority.iter().filter(|who| **who < 4).map(|who| rules.limit(*who)).sum();
        let (mut life, mut gone) = (Life::new(&rules), Vec::<(u64, u64)>::new());
        for act in &acts {
            let before = life.world.nlol(&life.account);
            let by = match act {
                Act::Propose(who, _) | Act::Approve(who, ..) | Act::Withdraw(who, _) | Act::Execute(who, ..)
                | Act::Cancel(who, _) | Act::Spend(who, _) => Some(*who),
                Act::Pass(_) => None,
                // Not theirs to do.
                Act::Agree(_) => Some(usize::MAX),
            };
            if by.is_none_or(|who| minority.contains(&who)) {
                life.act(act)?;
            }
            let steal = json!({ "owner": life.account, "to": address("mallory"), "coin": coin(0, 1) });
            prop_assert!(life.world.send("mallory", &message("allowance", "transfer_from", steal)).is_err());
            let (now, after) = (life.world.now(), life.world.nlol(&life.account));
            gone.push((now, before - after));
            let within: u64 = gone.iter().filter(|(at, _)| at + PERIOD_MS > now).map(|(_, units)| units).sum();
            prop_assert!(within <= limits, "{within} of {limits}");
            prop_assert_eq!(life.naive.versions.len(), 1, "nobody changed the rules");
        }
    }
}
