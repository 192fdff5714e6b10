//! Random lives of a token that its holders govern, against a model that copies every balance when a vote begins and
//! counts all ballots anew: power of every holder at every height that is voted on, tallies, and what each vote
//! comes to.

mod common;

use std::collections::BTreeMap;

use chortle_governance::{
    msg, state,
    types::{Stage, Tally, Weights},
};
use chortle_kernel::{Amount, AssetId, Coin};
use chortle_token::{msg as token, snapshot};
use common::*;
use proptest::prelude::*;

/// A vote as a table.
struct Naive {
    id: u64,
    height: u64,
    power: BTreeMap<&'static str, u64>,
    said: BTreeMap<&'static str, [u64; 4]>,
}

impl Naive {
    fn begin(chain: &Chain, id: u64, asset: AssetId) -> Self {
        let power = USERS.map(|user| (user, chain.units(user, asset))).into_iter().collect();
        Self { id, height: chain.block.height, power, said: BTreeMap::new() }
    }

    fn total(&self) -> u64 {
        self.power.values().sum()
    }

    fn tally(&self) -> [u64; 4] {
        let votes = self.said.iter().map(|(voter, [yes, no, abstain, veto])| {
            let weights = Weights { yes: *yes, no: *no, abstain: *abstain, veto: *veto };
            weights.split(amount(self.power[voter]))
        });
        let sum = votes.fold(Tally::default(), |sum, votes| sum.plus(votes).unwrap());
        [sum.yes, sum.no, sum.abstain, sum.veto].map(Amount::base_units)
    }

    /// What the rules of these chains make of it, said anew.
    fn stage(&self) -> Stage {
        let [yes, no, abstain, veto] = self.tally().map(u128::from);
        let (total, turnout, opinions) =
            (u128::from(self.total()), yes + no + abstain + veto, yes + no + veto);
        let some = total > 0 && turnout * 10_000 >= total * 3_340 && opinions > 0;
        match some {
            true if veto * 10_000 > turnout * 3_340 => Stage::Vetoed,
            true if yes * 10_000 > opinions * 5_000 => Stage::Executed,
            _ => Stage::Rejected,
        }
    }

    /// Every holder, at every block.
    fn check(&self, chain: &Chain, asset: AssetId) {
        for (user, had) in &self.power {
            let found = snapshot::power_at(&chain.state, &who(user), asset, self.height).unwrap();
            assert_eq!(found.base_units(), *had, "{user} at {}", self.height);
        }
        let record = chain.proposal(self.id);
        assert_eq!(record.power.base_units(), self.total());
        let tally = chain.tally(self.id);
        assert_eq!(tally, self.tally());
        assert!(tally.iter().sum::<u64>() <= self.total());
    }
}

#[derive(Clone, Debug)]
enum Step {
    Give { from: usize, to: usize, units: u64 },
    Burn { from: usize, units: u64 },
    Mint { to: usize, units: u64 },
    Share { from: usize, units: u64 },
    Collect { user: usize },
    Propose,
    Cancel { vote: usize },
    Vote { vote: usize, user: usize, word: usize },
    Pass { ms: u64 },
}

const WORDS: [[u64; 4]; 6] = [
    [10_000, 0, 0, 0],
    [0, 10_000, 0, 0],
    [0, 0, 10_000, 0],
    [0, 0, 0, 10_000],
    [3_333, 3_333, 3_334, 0],
    [9_999, 0, 0, 1],
];

fn step() -> impl Strategy<Value = Step> {
    let (user, units) = (0..USERS.len(), 1_u64..700_000);
    prop_oneof![
        5 => (user.clone(), user.clone(), units.clone()).prop_map(|(from, to, units)| Step::Give { from, to, units }),
        1 => (user.clone(), units.clone()).prop_map(|(from, units)| Step::Burn { from, units }),
        1 => (user.clone(), units.clone()).prop_map(|(to, units)| Step::Mint { to, units }),
        1 => (user.clone(), units).prop_map(|(from, units)| Step::Share { from, units }),
        1 => user.clone().prop_map(|user| Step::Collect { user }),
        2 => Just(Step::Propose),
        1 => (0..4_usize).prop_map(|vote| Step::Cancel { vote }),
        6 => (0..4_usize, user, 0..WORDS.len()).prop_map(|(vote, user, word)| Step::Vote { vote, user, word }),
        3 => (1_000_u64..40_000).prop_map(|ms| Step::Pass { ms }),
    ]
}

struct Run {
    chain: Chain,
    asset: AssetId,
    votes: Vec<Naive>,
}

impl Run {
    /// A block goes by: what waited begins, and what ended came to what the model says.
    fn pass(&mut self, ms: u64) {
        let next = state::NEXT_ID.get(&self.chain.state).unwrap().unwrap_or(1);
        let waits: Vec<u64> =
            (1..next).filter(|id| self.chain.proposal(*id).stage == Stage::Deposit).collect();
        self.chain.pass(ms);
        for id in waits {
            assert_eq!(self.chain.proposal(id).stage, Stage::Voting);
            self.votes.push(Naive::begin(&self.chain, id, self.asset));
        }
        let (ended, going): (Vec<Naive>, Vec<Naive>) = std::mem::take(&mut self.votes)
            .into_iter()
            .partition(|vote| self.chain.proposal(vote.id).stage != Stage::Voting);
        self.votes = going;
        for vote in ended {
            let stage = self.chain.proposal(vote.id).stage;
            assert_eq!(stage, vote.stage());
            let [yes, no, ..] = vote.tally();
            assert!(stage != Stage::Executed || yes > no, "more no than yes never passes");
        }
    }

    fn step(&mut self, step: &Step) {
        let (chain, asset) = (&mut self.chain, self.asset);
        let coin = |units: u64| Coin { asset, amount: amount(units) };
        // What the ledger refuses (too little, to oneself, above the cap) is refused here too.
        let _ = match step {
            Step::Give { from, to, units } => chain.give(USERS[*from], USERS[*to], asset, *units),
            Step::Burn { from, units } => chain.send(USERS[*from], &token::Burn { coin: coin(*units) }),
            Step::Mint { to, units } => {
                chain.send("u0", &token::Mint { to: who(USERS[*to]), coin: coin(*units) })
            }
            Step::Share { from, units } => {
                chain.send(USERS[*from], &token::Distribute { asset, amount: amount(*units) })
            }
            Step::Collect { user } => chain.send(USERS[*user], &token::Collect { asset }),
            Step::Propose if self.votes.len() < 4 => {
                chain.send("u5", &msg::Submit { community: Some(asset), ..text(LOL) })
            }
            Step::Propose => Ok(()),
            Step::Cancel { vote } => match self.votes.get(*vote).map(|vote| vote.id) {
                Some(id) => {
                    let cancelled = chain.send("u5", &msg::Cancel { proposal: id });
                    if cancelled.is_ok() {
                        self.votes.retain(|vote| vote.id != id);
                    }
                    cancelled
                }
                None => Ok(()),
            },
            Step::Vote { vote, user, word } => match self.votes.get_mut(*vote) {
                Some(vote) => {
                    let (user, word) = (USERS[*user], WORDS[*word]);
                    let said = chain.vote(user, vote.id, word);
                    let expected = if vote.power[user] > 0 { Ok(()) } else { Err("no_power") };
                    assert_eq!(said, expected);
                    if said.is_ok() {
                        vote.said.insert(user, word);
                    }
                    said
                }
                None => Ok(()),
            },
            Step::Pass { ms } => {
                self.pass(*ms);
                Ok(())
            }
        };
        self.votes.iter().for_each(|vote| vote.check(&self.chain, self.asset));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn power_is_what_a_copy_of_all_balances_says(steps in proptest::collection::vec(step(), 1..120)) {
        let mut chain = Chain::set(|params| {
            params["late_ms"] = 0.into();
            params["deposit_base"] = LOL.to_string().into();
            params["deposit_step"] = 1_000.into();
        });
        let asset = chain.community(&["mint"]);
        chain.next();
        let mut run = Run { chain, asset, votes: Vec::new() };
        for step in &steps {
            run.step(step);
        }
        while !run.votes.is_empty() {
            run.pass(VOTING_MS);
        }
        run.chain.run(8);
        let kept = chortle_token::state::BALANCE_THEN.iter(&run.chain.state, chortle_kernel::Order::Ascending);
        prop_assert_eq!(kept.count(), 0);
    }
}
