//! Random lives of a chain against a tally that copies all stake when voting begins and counts every ballot anew, and
//! that says itself what each vote comes to: standard, expedited and optimistic ones, and those that go on as others.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use chortle_governance::{
    msg, state,
    types::{Bodies, Body, Stage, Tally, Weights},
};
use chortle_kernel::{Address, Amount, List, Order, Text};
use chortle_staking::{
    math, msg as staking,
    state::{DELEGATION, VALIDATOR},
};
use common::*;
use proptest::prelude::*;

/// A vote as a table: stake at its beginning, who said what, who follows whom.
#[derive(Default)]
struct Naive {
    /// Power by account and operator.
    power: BTreeMap<Address, BTreeMap<Address, u64>>,
    /// Tokens of members of the set.
    tokens: BTreeMap<Address, u64>,
    said: BTreeMap<Address, Weights>,
    follows: BTreeMap<Address, Address>,
    /// When voting began, when it ends, and by which track it is judged then.
    began: u64,
    ends: u64,
    track: Track,
}

/// How a proposal is voted on first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Track {
    #[default]
    Standard,
    Expedited,
    Optimistic,
}

/// How long the first vote of an expedited proposal lasts, and of an optimistic one.
const EXPEDITED_MS: u64 = 20_000;
const OPTIMISTIC_MS: u64 = 60_000;

impl Track {
    fn lasts_ms(self) -> u64 {
        match self {
            Self::Standard => VOTING_MS,
            Self::Expedited => EXPEDITED_MS,
            Self::Optimistic => OPTIMISTIC_MS,
        }
    }
}

impl Naive {
    fn begin(chain: &Chain, track: Track) -> Self {
        let began = chain.block.time_unix_ms;
        let mut naive = Self { began, ends: began + track.lasts_ms(), track, ..Self::default() };
        for row in VALIDATOR.iter(&chain.state, Order::Ascending) {
            let (operator, validator) = row.unwrap();
            if validator.bonded {
                naive.tokens.insert(operator, validator.tokens.base_units() - validator.owed.base_units());
            }
        }
        for row in DELEGATION.iter(&chain.state, Order::Ascending) {
            let ((delegator, operator), held) = row.unwrap();
            let validator = VALIDATOR.get(&chain.state, &operator).unwrap().unwrap();
            // What is owed there has no vote.
            let tokens = validator.tokens.checked_sub(validator.owed).unwrap();
            let power = math::tokens_of_floor(held.shares.0, tokens, validator.shares.0);
            if validator.bonded && held.shares.0 > 0 {
                naive.power.entry(delegator).or_default().insert(operator, power.base_units());
            }
        }
        naive
    }

    fn own(&self, account: &Address) -> u64 {
        self.power.get(account).into_iter().flat_map(BTreeMap::values).sum()
    }

    fn has_ballot(&self, account: &Address) -> bool {
        self.said.contains_key(account) || self.follows.contains_key(account)
    }

    /// What a voter votes with.
    fn weight(&self, voter: &Address) -> u64 {
        let followers = self.follows.iter().filter(|(_, named)| *named == voter);
        let brought: u64 = followers.map(|(holder, _)| self.own(holder)).sum();
        let decided: BTreeSet<&Address> =
            self.said.keys().chain(self.follows.keys()).chain([voter]).collect();
        let overridden: u64 = decided.iter().filter_map(|one| self.power.get(one)?.get(voter)).sum();
        self.own(voter) + brought + self.tokens.get(voter).map_or(0, |tokens| tokens - overridden)
    }

    /// Whether a vote is taken; if not, nothing changes.
    fn vote(
        &mut self,
        voter: Address,
        weights: Weights,
        holders: &[Address],
        named: &BTreeMap<Address, Address>,
    ) -> bool {
        let (said, follows) = (self.said.clone(), self.follows.clone());
        self.follows.remove(&voter);
        for holder in holders {
            // The voter himself has no place among those whom he brings.
            if named.get(holder) == Some(&voter) && !self.has_ballot(holder) && self.own(holder) > 0 {
                self.follows.insert(*holder, voter);
            }
        }
        self.said.insert(voter, weights);
        if self.weight(&voter) == 0 {
            (self.said, self.follows) = (said, follows);
            return false;
        }
        true
    }

    fn tally(&self) -> [u64; 4] {
        let sum = self.said.iter().fold(Tally::default(), |sum, (voter, weights)| {
            sum.plus(weights.split(amount(self.weight(voter)))).unwrap()
        });
        [sum.yes, sum.no, sum.abstain, sum.veto].map(Amount::base_units)
    }

    /// Whether it passes, by the words of the specification.
    fn passes(&self) -> bool {
        let [yes, no, abstain, veto] = self.tally().map(u128::from);
        let all: u128 = self.tokens.values().map(|tokens| u128::from(*tokens)).sum();
        let (turnout, opinions) = (yes + no + abstain + veto, yes + no + veto);
        let (quorum, threshold) = match self.track {
            Track::Optimistic => return all > 0 && (no + veto) * 10 <= all,
            Track::Standard => (3_340, 5_000),
            Track::Expedited => (5_000, 6_670),
        };
        let enough = all > 0 && turnout * 10_000 >= quorum * all && opinions > 0;
        enough && veto * 10_000 <= 3_340 * turnout && yes * 10_000 > threshold * opinions
    }
}

const ALL: [&str; 10] = ["v0", "v1", "v2", "v3", "u0", "u1", "u2", "u3", "u4", "u5"];

#[derive(Clone, Debug)]
enum Step {
    Delegate(usize, usize, u64),
    Undelegate(usize, usize, u64),
    Redelegate(usize, usize, usize, u64),
    Represent(usize, Option<usize>),
    Vote(usize, usize, [u64; 3], Vec<usize>),
    Submit(Track),
    Slash(usize),
    Next(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (any, validator, nlol) = (0..ALL.len(), 0..VALIDATORS.len(), 1..80 * LOL);
    let cuts = [0..=10_000u64, 0..=10_000u64, 0..=10_000u64];
    let step = prop_oneof![
        3 => (any.clone(), validator.clone(), nlol.clone()).prop_map(|(a, b, c)| Step::Delegate(a, b, c)),
        2 => (any.clone(), validator.clone(), nlol.clone()).prop_map(|(a, b, c)| Step::Undelegate(a, b, c)),
        1 => (any.clone(), validator.clone(), validator.clone(), nlol)
            .prop_map(|(a, b, c, d)| Step::Redelegate(a, b, c, d)),
        1 => (any.clone(), prop::option::of(any.clone())).prop_map(|(a, b)| Step::Represent(a, b)),
        6 => (0..3usize, any.clone(), cuts, prop::collection::vec(any, 0..4))
            .prop_map(|(a, b, c, d)| Step::Vote(a, b, c, d)),
        1 => prop_oneof![Just(Track::Standard), Just(Track::Expedited), Just(Track::Optimistic)]
            .prop_map(Step::Submit),
        1 => validator.prop_map(Step::Slash),
        2 => prop_oneof![1..9_000u64, 9_000..70_000u64].prop_map(Step::Next),
    ];
    prop::collection::vec(step, 1..60)
}

struct Life {
    chain: Chain,
    votes: BTreeMap<u64, Naive>,
    named: BTreeMap<Address, Address>,
    tracks: Vec<Track>,
}

impl Life {
    fn step(&mut self, step: &Step) {
        let chain = &mut self.chain;
        match step {
            Step::Delegate(from, to, nlol) => {
                let _refused = chain.send(
                    ALL[*from],
                    &staking::Delegate { validator: who(VALIDATORS[*to]), amount: amount(*nlol) },
                );
            }
            Step::Undelegate(from, to, nlol) => {
                let _refused = chain.send(
                    ALL[*from],
                    &staking::Undelegate { validator: who(VALIDATORS[*to]), amount: amount(*nlol) },
                );
            }
            Step::Redelegate(by, from, to, nlol) if from != to => {
                let (source, destination) = (who(VALIDATORS[*from]), who(VALIDATORS[*to]));
                let _refused =
                    chain.send(ALL[*by], &staking::Redelegate { source, destination, amount: amount(*nlol) });
            }
            Step::Redelegate(..) => {}
            Step::Represent(by, named) => {
                let named = named.filter(|named| named != by);
                chain.represent(ALL[*by], named.map(|named| ALL[named]));
                match named {
                    Some(named) => drop(self.named.insert(who(ALL[*by]), who(ALL[named]))),
                    None => drop(self.named.remove(&who(ALL[*by]))),
                }
            }
            Step::Vote(back, voter, cuts, holders) => self.vote(*back, *voter, *cuts, holders),
            Step::Submit(track) => {
                let (expedited, optimistic) = (*track == Track::Expedited, *track == Track::Optimistic);
                if chain.send("u5", &msg::Submit { expedited, optimistic, ..text(WHOLE) }).is_ok() {
                    self.tracks.push(*track);
                }
            }
            Step::Slash(at) => {
                let operator = who(VALIDATORS[*at]);
                let key = VALIDATOR.get(&chain.state, &operator).unwrap().unwrap().key.address();
                let charge = chortle_staking::slash::Charge {
                    kind: chortle_staking::types::FaultKind::Downtime,
                    height: chain.block.height,
                    fraction_ppb: 100_000_000,
                };
                chain
                    .act(chortle_kernel::Origin::Protocol, |ctx| {
                        chortle_staking::slash::punish(ctx, &key, charge)
                    })
                    .unwrap();
            }
            Step::Next(ms) => {
                chain.pass(1_000 + ms);
                self.close();
            }
        }
    }

    /// What a block does with votes whose time is over, and with deposits that are whole.
    fn close(&mut self) {
        let now = self.chain.block.time_unix_ms;
        for (id, track) in (1..).zip(&self.tracks) {
            let stage = self.chain.proposal(id).stage;
            let Some(naive) = self.votes.get_mut(&id) else {
                if stage == Stage::Voting {
                    self.votes.insert(id, Naive::begin(&self.chain, *track));
                }
                continue;
            };
            if now < naive.ends {
                assert_eq!(stage, Stage::Voting, "proposal {id} ended before its time");
                continue;
            }
            let [yes, no, _, veto] = naive.tally();
            let passes = naive.passes();
            assert!(!passes || naive.track == Track::Optimistic || yes > no + veto, "more no than yes");
            match (passes, naive.track) {
                (true, _) => assert_eq!(stage, Stage::Executed, "proposal {id}"),
                (false, Track::Standard) => assert!(matches!(stage, Stage::Rejected | Stage::Vetoed)),
                (false, track) => {
                    assert_eq!(stage, Stage::Voting, "proposal {id} goes on");
                    let began = if track == Track::Optimistic { now } else { naive.began };
                    naive.ends = (began + VOTING_MS).max(now + 1);
                    naive.track = Track::Standard;
                    continue;
                }
            }
            self.votes.remove(&id);
        }
    }

    fn vote(&mut self, back: usize, voter: usize, cuts: [u64; 3], holders: &[usize]) {
        let Some(id) = self.votes.keys().rev().nth(back).copied() else { return };
        let mut cuts = cuts;
        cuts.sort_unstable();
        let [a, b, c] = cuts;
        let weights = [a, b - a, c - b, 10_000 - c];
        let names: Vec<&str> = holders.iter().map(|holder| ALL[*holder]).collect();
        let taken = self.chain.send(ALL[voter], &ballot(id, weights, &names));
        let [yes, no, abstain, veto] = weights;
        let weights = Weights { yes, no, abstain, veto };
        let holders: Vec<Address> = names.iter().map(|name| who(name)).collect();
        let naive = self.votes.get_mut(&id).unwrap();
        let expected = naive.vote(who(ALL[voter]), weights, &holders, &self.named);
        assert_eq!(taken.is_ok(), expected, "{taken:?}");
    }

    fn check(&self) {
        for (id, naive) in &self.votes {
            assert_eq!(self.chain.tally(*id), naive.tally(), "proposal {id}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn the_tally_is_that_of_a_count_of_all_ballots_over_a_copy_of_all_stake(steps in steps()) {
        let mut chain = Chain::set(|params| {
            params["deposit_step"] = 1_000_000.into();
            // A turn at the end has its own claim.
            params["late_ms"] = 0.into();
        });
        let body = Body { account: who("u5"), name: Text::default(), cap: amount(0), messages: List::default() };
        let bodies = List::parse(vec![body]).unwrap();
        let bodies = Bodies { bodies, optimistic_voting_ms: OPTIMISTIC_MS, ..Bodies::default() };
        state::BODIES.set(&mut chain.state, &bodies);
        let mut life = Life { chain, votes: BTreeMap::new(), named: BTreeMap::new(), tracks: Vec::new() };
        life.step(&Step::Submit(Track::Standard));
        life.step(&Step::Next(1));
        for step in &steps {
            life.step(step);
            life.check();
        }
    }
}
