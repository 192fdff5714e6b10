//! Holders of an asset vote by what they had of it when voting began. What their proposals do is tested with all
//! modules, in `app/tests/governance/communities.rs`.

mod common;

use chortle_governance::{msg, state, types::Stage};
use chortle_kernel::{Address, AssetId, Coin, Order, Text};
use chortle_token::{msg as token, protocol, snapshot, state as token_state};
use common::*;

const YES: [u64; 4] = [10_000, 0, 0, 0];
const NO: [u64; 4] = [0, 10_000, 0, 0];
const VETO: [u64; 4] = [0, 0, 0, 10_000];
const UNITS: u64 = 1_000_000;

fn kept(chain: &Chain) -> usize {
    token_state::BALANCE_THEN.iter(&chain.state, Order::Ascending).count()
}

fn of(asset: AssetId) -> msg::Submit {
    msg::Submit { community: Some(asset), ..text(WHOLE) }
}

#[test]
fn holders_vote_with_what_they_had_wherever_it_went_since() {
    let mut chain = Chain::new();
    let asset = chain.community(&["mint"]);
    chain.next();
    chain.give("u3", "u4", asset, UNITS / 2).unwrap();
    let id = chain.voting_of(asset);
    let power = chain.proposal(id).power.base_units();
    let sum: u64 = USERS.iter().map(|user| chain.units(user, asset)).sum();
    assert_eq!(power, sum, "what accounts of users have, and nothing of the treasury");
    assert!(power < 4 * UNITS && chain.units("u4", asset) > 0);

    // Bought, sent on, minted and burnt after the beginning: the vote is that of the beginning.
    let before = USERS.map(|user| chain.units(user, asset));
    chain.give("u1", "u5", asset, UNITS).unwrap();
    chain.give("u5", "u4", asset, 900_000).unwrap();
    chain.give("u4", "u1", asset, 1_000).unwrap();
    let mint = token::Mint { to: who("u5"), coin: Coin { asset, amount: amount(4 * UNITS) } };
    chain.send("u0", &mint).unwrap();
    chain.send("u2", &token::Burn { coin: Coin { asset, amount: amount(UNITS / 2) } }).unwrap();
    chain.next();
    assert_eq!(chain.vote("u5", id, YES), Err("no_power"));
    let mut tally = 0;
    for (user, had) in USERS.into_iter().zip(before).filter(|(_, had)| *had > 0) {
        chain.vote(user, id, NO).unwrap();
        let own = chain.ballot(id, user).unwrap().own.base_units();
        assert_eq!(own, had, "{user}");
        tally += had;
    }
    assert_eq!(chain.tally(id), [0, tally, 0, 0]);
    assert_eq!(tally, power, "all voted, and nobody twice");
    // Stake has no word here, nor holders in a vote of the chain.
    assert_eq!(chain.vote("v0", id, YES), Err("no_power"));
    let chains = chain.voting();
    assert_eq!(chain.vote("u0", chains, YES), Err("no_power"));
}

#[test]
fn accounts_of_the_protocol_have_no_power_and_are_not_in_the_total() {
    let mut chain = Chain::new();
    let asset = chain.community(&[]);
    chain.give("u1", "u2", asset, UNITS).unwrap();
    let id = chain.voting_of(asset);
    let totals = token_state::TOTALS.get(&chain.state, &asset).unwrap().unwrap();
    assert!(!totals.treasury.is_zero() && !totals.liquidity.is_zero() && !totals.pot.is_zero());
    let height = chain.proposal(id).snapshot_height;
    for account in [protocol::treasury_of(asset), protocol::liquidity_of(asset), Address::community(asset)] {
        assert!(snapshot::power_at(&chain.state, &account, asset, height).unwrap().is_zero());
    }
    let sum: u64 = USERS.iter().map(|user| chain.units(user, asset)).sum();
    assert_eq!(chain.proposal(id).power.base_units(), sum);
}

#[test]
fn what_is_due_counts_once_it_is_collected_before_the_vote() {
    let mut chain = Chain::new();
    let asset = chain.community(&[]);
    chain.give("u1", "u2", asset, UNITS).unwrap();
    let stored = chain.units("u3", asset);
    let first = chain.voting_of(asset);
    chain.send("u3", &token::Collect { asset }).unwrap();
    assert!(chain.units("u3", asset) > stored);
    let second = chain.voting_of(asset);
    for (id, own) in [(first, stored), (second, chain.units("u3", asset))] {
        chain.vote("u3", id, YES).unwrap();
        assert_eq!(chain.ballot(id, "u3").unwrap().own.base_units(), own);
    }
}

#[test]
fn the_tests_of_a_vote_are_those_of_the_chain() {
    for (words, stage) in [
        (vec![("u0", YES), ("u1", NO)], Stage::Rejected),
        (vec![("u0", YES), ("u1", YES), ("u2", NO)], Stage::Executed),
        (vec![("u0", YES), ("u1", VETO)], Stage::Vetoed),
        (vec![("u0", YES)], Stage::Rejected),
    ] {
        let mut chain = Chain::new();
        let asset = chain.community(&[]);
        let id = chain.voting_of(asset);
        for (voter, word) in &words {
            chain.vote(voter, id, *word).unwrap();
        }
        let supply = chain.supply();
        chain.pass(VOTING_MS);
        chain.run(2);
        assert_eq!(chain.proposal(id).stage, stage, "{words:?}");
        let burnt = if stage == Stage::Vetoed { WHOLE } else { 0 };
        assert_eq!(supply - chain.supply(), burnt, "{words:?}");
    }
}

#[test]
fn rows_are_kept_while_a_vote_needs_them_and_forgotten_then() {
    let mut chain = Chain::new();
    let asset = chain.community(&[]);
    chain.give("u1", "u2", asset, 1_000).unwrap();
    assert_eq!(kept(&chain), 0, "no vote, no row");
    let first = chain.voting_of(asset);
    chain.give("u1", "u2", asset, 1_000).unwrap();
    chain.give("u1", "u2", asset, 1_000).unwrap();
    assert_eq!(kept(&chain), 2, "a row for each, however often it changes");
    chain.pass(VOTING_MS / 2);
    let second = chain.voting_of(asset);
    chain.give("u1", "u3", asset, 1_000).unwrap();
    assert_eq!(kept(&chain), 4);
    chain.pass(VOTING_MS / 2);
    assert_eq!((chain.proposal(first).stage, chain.proposal(second).stage), (Stage::Rejected, Stage::Voting));
    chain.next();
    assert_eq!(kept(&chain), 2, "the second still needs its own");
    chain.pass(VOTING_MS);
    chain.run(2);
    assert_eq!(kept(&chain), 0);
    for left in [
        token_state::SNAPSHOT.iter(&chain.state, Order::Ascending).count(),
        token_state::SWEEP.iter(&chain.state, Order::Ascending).count(),
    ] {
        assert_eq!(left, 0);
    }
    let totals = token_state::TOTALS.get(&chain.state, &asset).unwrap().unwrap();
    assert_eq!(totals.snapshot_height, 0);
}

#[test]
fn many_rows_are_forgotten_a_few_each_block() {
    let mut chain = Chain::new();
    let asset = chain.community(&[]);
    let id = chain.voting_of(asset);
    for number in 0..200_u64 {
        let to = who(&format!("holder {number}"));
        let coin = Coin { asset, amount: amount(100) };
        chain.send("u0", &token::Transfer { to, coin }).unwrap();
    }
    assert_eq!(kept(&chain), 201);
    chain.send("u5", &msg::Cancel { proposal: id }).unwrap();
    for left in [137, 73, 9, 0] {
        chain.next();
        assert_eq!(kept(&chain), left);
    }
}

#[test]
fn a_vote_goes_on_through_an_export_in_its_middle() {
    let mut chain = Chain::new();
    let asset = chain.community(&[]);
    let id = chain.voting_of(asset);
    chain.give("u1", "u4", asset, UNITS).unwrap();
    chain.vote("u0", id, YES).unwrap();
    chain.vote("u1", id, YES).unwrap();
    let mut again = Chain::from(&chain.export(), &chain.block);
    assert_eq!(again.export(), chain.export());
    for chain in [&mut chain, &mut again] {
        assert_eq!(chain.vote("u4", id, NO), Err("no_power"), "what moved has voted");
        chain.give("u2", "u4", asset, UNITS).unwrap();
        chain.vote("u2", id, NO).unwrap();
        chain.pass(VOTING_MS);
        chain.run(2);
        assert_eq!((chain.proposal(id).stage, kept(chain)), (Stage::Executed, 0));
    }
    assert_eq!(again.export(), chain.export());
}

#[test]
fn what_is_the_chains_alone_is_refused() {
    let mut chain = Chain::new();
    let asset = chain.community(&[]);
    for submit in
        [msg::Submit { expedited: true, ..of(asset) }, msg::Submit { optimistic: true, ..of(asset) }]
    {
        assert_eq!(chain.send("u0", &submit), Err("chain_alone"));
    }
    assert_eq!(chain.send("u0", &of(AssetId(u64::MAX - 1))), Err("unknown_asset"));
    assert_eq!(chain.send("u0", &of(AssetId::NATIVE)), Err("no_community"));

    let id = chain.voting_of(asset);
    chain.represent("u1", Some("u0"));
    assert_eq!(chain.send("u0", &ballot(id, YES, &["u1"])), Err("stake_alone"));
    chain.vote("u0", id, YES).unwrap();
    assert_eq!(chain.ballot(id, "u1"), None, "who named a representative said nothing of tokens");
}

#[test]
fn the_council_does_not_stop_what_is_not_the_chains() {
    let mut chain = Chain::new();
    chain.set_params(|params| params.council = Some(who("u4")));
    let asset = chain.community(&[]);
    let id = chain.voting_of(asset);
    assert!(!chain.proposal(id).stoppable);
    let mut record = chain.proposal(id);
    record.stage = Stage::Queued;
    state::PROPOSAL.set(&mut chain.state, &id, &record);
    let stop = msg::Stop { proposal: id, reason: Text::parse("mine").unwrap() };
    assert_eq!(chain.send("u4", &stop), Err("not_stoppable"));
}

#[test]
fn a_community_full_of_proposals_makes_none_of_the_chain_dearer() {
    let mut chain = Chain::set(|params| params["deposit_step"] = 1.into());
    let asset = chain.community(&[]);
    chain.send("u5", &of(asset)).unwrap();
    assert_eq!(state::OPEN_OF.get(&chain.state, &asset).unwrap(), Some(1));
    assert_eq!(chain.send("u5", &of(asset)), Ok(()), "a tenth of the whole, which doubled");
    let dearer = chain.proposal(2).deposit_min;
    assert_eq!(dearer, amount(2 * WHOLE));
    let id = chain.text("u4", WHOLE);
    assert_eq!(chain.proposal(id).deposit_min, amount(WHOLE));
    assert_eq!(state::OPEN.get(&chain.state).unwrap(), Some(1));
    // One lapses, one is voted down.
    chain.pass(200_000);
    chain.pass(200_000);
    assert_eq!(state::OPEN_OF.get(&chain.state, &asset).unwrap(), None);
}

#[test]
fn a_token_whose_units_are_all_the_protocols_passes_nothing() {
    let mut chain = Chain::new();
    let asset = chain.community(&[]);
    for user in ["u0", "u1", "u2", "u3"] {
        let all = Coin { asset, amount: amount(chain.units(user, asset)) };
        chain.send(user, &token::Burn { coin: all }).unwrap();
    }
    let id = chain.voting_of(asset);
    assert!(chain.proposal(id).power.is_zero());
    chain.pass(VOTING_MS);
    assert_eq!(chain.proposal(id).stage, Stage::Rejected);
}
