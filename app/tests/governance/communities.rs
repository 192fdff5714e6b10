//! What holders of a token decide, on the chain with all its modules: their treasury, what is open of their token,
//! and every way that somebody tries around their vote.

use chortle_app::{MODULES, genesis};
use chortle_governance::{msg, state, types::Stage};
use chortle_kernel::{Address, AssetId, Bytes, Order, tx::RawMessage};
use chortle_token::{protocol, state as token};
use serde_json::{Value, json};

use crate::{
    chain::*,
    common::{self, address},
};

/// The token whose holders vote: alice has half of it, bob and carol a quarter each. The one before it has the same
/// holders and is governed by them too.
const OURS: u64 = 1_000_000_001;
const THEIRS: u64 = 1_000_000_000;
const SUPPLY: u64 = 4_000_000;

fn units(chain: &Chain, account: &Address) -> u64 {
    chortle_token::balance(&chain.state, account, AssetId(OURS)).unwrap().base_units()
}

fn coin(asset: u64, amount: u64) -> Value {
    json!({ "asset": asset.to_string(), "amount": amount.to_string() })
}

fn transfer(to: &str, asset: u64, amount: u64) -> RawMessage {
    raw("token", "transfer", json!({ "to": address(to), "coin": coin(asset, amount) }))
}

fn spend_treasury(of: u64, to: &str, amount: u64) -> RawMessage {
    let body = json!({ "asset": of.to_string(), "to": address(to), "coin": coin(of, amount) });
    raw("token", "spend_treasury", body)
}

fn spend_liquidity(amount: u64) -> RawMessage {
    raw("token", "spend_liquidity", json!({ "asset": OURS.to_string(), "amount": amount.to_string() }))
}

fn set_tax(treasury_bps: u64) -> RawMessage {
    let tax = json!({ "treasury_bps": treasury_bps });
    raw("token", "set_tax", json!({ "asset": OURS.to_string(), "tax": tax }))
}

/// The two tokens, of which ours has gathered 12,000 in its treasury and 4,000 for liquidity.
fn launched() -> Chain {
    let mut chain = Chain::new();
    for symbol in ["THEIRS", "OURS"] {
        let parts =
            ["bob", "carol"].map(|name| json!({ "to": address(name), "amount": (SUPPLY / 4).to_string() }));
        let create = json!({
            "symbol": symbol, "name": symbol, "decimals": 0, "supply": SUPPLY.to_string(), "template": "community",
            "distribution": parts, "tax": { "treasury_bps": 300, "liquidity_bps": 100 },
            "capabilities": ["burn", "tax", "freeze", "force_transfer", "pause", "metadata"],
        });
        ok(&mut chain, "alice", vec![raw("token", "create_asset", create)]);
    }
    ok(&mut chain, "bob", vec![transfer("carol", OURS, 200_000)]);
    ok(&mut chain, "carol", vec![transfer("bob", OURS, 200_000)]);
    chain
}

fn ok(chain: &mut Chain, from: &str, messages: Vec<RawMessage>) {
    let tx = chain.tx(from, messages);
    chain.deliver(tx).unwrap();
}

fn refused(chain: &mut Chain, from: &str, messages: Vec<RawMessage>, why: &str) {
    let tx = chain.tx(from, messages);
    let found = chain.deliver(tx).unwrap_err();
    assert!(found.contains(why), "{found}");
}

fn of(asset: u64, messages: Vec<RawMessage>) -> msg::Submit {
    msg::Submit { community: Some(AssetId(asset)), ..proposal(messages) }
}

/// A proposal of our holders that passes. Answers its number; it waits then.
fn pass(chain: &mut Chain, messages: Vec<RawMessage>) -> u64 {
    let id = chain.submit_as(&of(OURS, messages)).unwrap();
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    chain.pass(VOTING_MS);
    id
}

fn cannot(chain: &mut Chain, asset: u64, messages: Vec<RawMessage>, why: &[&str]) {
    let found = chain.submit_as(&of(asset, messages)).unwrap_err();
    assert!(why.iter().all(|why| found.contains(why)), "{found}");
}

#[test]
fn holders_spend_their_treasury_after_the_delay_whole_and_once() {
    let mut chain = launched();
    let (treasury, liquidity) = (protocol::treasury_of(AssetId(OURS)), protocol::liquidity_of(AssetId(OURS)));
    assert_eq!((units(&chain, &treasury), units(&chain, &liquidity)), (12_000, 4_000));
    let had = units(&chain, &address("bob"));
    let id = pass(&mut chain, vec![spend_liquidity(4_000), spend_treasury(OURS, "bob", 15_000)]);
    assert_eq!((chain.stage(id), chain.proposal(id).power.base_units()), (Stage::Queued, SUPPLY - 16_000));
    chain.pass(TREASURY_DELAY_MS - 1_000);
    assert_eq!((chain.stage(id), units(&chain, &treasury)), (Stage::Queued, 12_000), "not before its time");
    chain.pass(1_000);
    let after = (chain.stage(id), units(&chain, &treasury), units(&chain, &liquidity));
    assert_eq!(after, (Stage::Executed, 1_000, 0));
    assert_eq!(units(&chain, &address("bob")), had + 15_000);
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!(units(&chain, &treasury), 1_000, "once");
    // What is no longer there fails whole.
    let first = pass(&mut chain, vec![spend_treasury(OURS, "bob", 600)]);
    let second = pass(&mut chain, vec![set_tax(100), spend_treasury(OURS, "bob", 600)]);
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!((chain.stage(first), chain.stage(second)), (Stage::Executed, Stage::Failed));
    let rules = token::RULES.get(&chain.state, &AssetId(OURS)).unwrap().unwrap();
    assert_eq!(rules.tax.before.treasury_bps, 300, "nothing of it is left");
}

#[test]
fn holders_cut_their_tax_and_end_the_role_of_an_admin() {
    let mut chain = launched();
    let renounce = raw("token", "renounce_admin", json!({ "asset": OURS.to_string() }));
    let id = pass(&mut chain, vec![set_tax(100), renounce]);
    chain.pass(ACT_DELAY_MS);
    assert_eq!(chain.stage(id), Stage::Executed);
    let asset = token::ASSET.get(&chain.state, &AssetId(OURS)).unwrap().unwrap();
    let rules = token::RULES.get(&chain.state, &AssetId(OURS)).unwrap().unwrap();
    assert_eq!((asset.admin, rules.tax.at(0).treasury_bps, rules.freezable), (None, 100, false));
    refused(&mut chain, "alice", vec![set_tax(900)], "admin_renounced");
    // Holders still can; a rise waits two epochs as it did for the admin.
    let id = pass(&mut chain, vec![set_tax(900)]);
    chain.pass(PARAMS_DELAY_MS);
    assert_eq!(chain.stage(id), Stage::Executed);
    let rules = token::RULES.get(&chain.state, &AssetId(OURS)).unwrap().unwrap();
    assert!(rules.tax.announced.is_some_and(|announced| announced.tax.treasury_bps == 900));
}

#[test]
fn no_message_of_another_kind_or_of_another_asset_is_for_holders_to_send() {
    let mut chain = launched();
    let mut tried = 0;
    for row in MODULES.rows() {
        for kind in row.module.messages {
            // Examples are about other assets than ours.
            for example in (kind.examples)() {
                let body = Bytes::parse(example).unwrap();
                let message = RawMessage { module: row.tag, tag: kind.tag, body };
                let found = chain.submit_as(&of(OURS, vec![message])).unwrap_err();
                let gate = found.contains("gate.11") || found.contains("too_much_gas");
                assert!(gate, "{}.{}: {found}", row.module.name, kind.name);
                tried += 1;
            }
        }
    }
    assert!(tried > 80, "{tried}");
    // Nor does a message of theirs cover one that is not.
    let freeze = json!({ "asset": OURS.to_string(), "account": address("bob"), "frozen": true });
    for wrong in [
        spend_treasury(THEIRS, "carol", 1),
        spend("carol", LOL),
        raw("token", "freeze", freeze),
        raw(
            "token",
            "force_transfer",
            json!({ "from": address("bob"), "to": address("carol"), "coin": coin(OURS, 1) }),
        ),
        raw("token", "offer_admin", json!({ "asset": OURS.to_string(), "to": address("carol") })),
        set_params("governance/params", &json!({ "quorum_bps": 2_000 })),
        raw("governance", "end_pause", json!({ "scope": { "module": { "module": "token" } } })),
    ] {
        cannot(&mut chain, OURS, vec![set_tax(200), wrong], &["would_fail", "gate.11"]);
    }
}

#[test]
fn no_way_leads_to_a_treasury_but_a_vote_of_its_holders() {
    let mut chain = launched();
    let (wanted, treasury) = (spend_treasury(OURS, "carol", 1), protocol::treasury_of(AssetId(OURS)));
    // An account, the chain, and holders of another asset.
    refused(&mut chain, "alice", vec![wanted.clone()], "unauthorized");
    let found = chain.submit_as(&proposal(vec![wanted.clone()])).unwrap_err();
    assert!(found.contains("token.49"), "{found}");
    cannot(&mut chain, THEIRS, vec![wanted.clone()], &["gate.11"]);
    // The admin, by the exit of tokens that holders do not govern.
    let payment = json!({ "leg": "treasury", "to": address("alice"), "coin": coin(OURS, 1) });
    let announce = raw("token", "announce_payment", json!({ "asset": OURS.to_string(), "payment": payment }));
    refused(&mut chain, "alice", vec![announce], "not_keeper");
    // Wrappers: a grant of a holder, a shared account, a schedule, and a proposal within a proposal.
    let within = json!({
        "title": "t", "summary": "", "messages": [wanted.clone()], "deposit": WHOLE.to_string(),
        "community": OURS.to_string(),
    });
    cannot(&mut chain, OURS, vec![raw("governance", "submit", within.clone())], &["gate.11"]);
    let found = chain.submit_as(&proposal(vec![raw("governance", "submit", within)])).unwrap_err();
    assert!(found.contains("would_fail"), "governance has no deposit: {found}");
    let granted = raw("grant", "use_grant", json!({ "grant": 1, "messages": [wanted.clone()] }));
    cannot(&mut chain, OURS, vec![granted.clone()], &["gate.11"]);
    let grant = json!({ "grantee": address("bob"), "kinds": ["token.spend_treasury"], "expires_unix_ms": 1_900_000_000_000_u64 });
    refused(&mut chain, "carol", vec![raw("grant", "give", grant)], "not_grantable");
    let later = json!({ "messages": [wanted.clone()], "at_height": 500, "price_max": 2 });
    refused(&mut chain, "carol", vec![raw("schedule", "create", later)], "unauthorized");
    // Tracks and bodies of the chain.
    for submit in [
        msg::Submit { expedited: true, ..of(OURS, vec![wanted.clone()]) },
        msg::Submit { optimistic: true, ..of(OURS, vec![wanted.clone()]) },
    ] {
        assert!(chain.submit_as(&submit).unwrap_err().contains("chain_alone"));
    }
    // A vote of stake does not count among holders, and the other way round.
    let id = chain.submit_as(&of(OURS, vec![wanted])).unwrap();
    let text = chain.submit(Vec::new());
    chain.block(&[]);
    chain.vote("alice", id, 10_000);
    chain.vote("alice", text, 10_000);
    let own = |id: u64| state::BALLOT.get(&chain.state, &(id, address("alice"))).unwrap().unwrap();
    assert_eq!(own(id).own.base_units(), SUPPLY / 2);
    assert!(own(id).inherited.is_zero(), "a validator brings no units of others");
    let stake = own(text);
    assert_eq!(stake.own.base_units() + stake.inherited.base_units(), 600 * LOL);
    assert_eq!(units(&chain, &treasury), 12_000);
}

#[test]
fn units_vote_once_wherever_they_go() {
    let mut chain = launched();
    let id = chain.submit_as(&of(OURS, vec![spend_treasury(OURS, "bob", 1)])).unwrap();
    // Carol lays hers aside before voting begins: what lies in an escrow has no vote.
    let schedule = json!({ "linear": { "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": chain.time_unix_ms + 900_000 } });
    let lock = |owner: &str, amount: u64| {
        let body = json!({ "owner": address(owner), "coin": coin(OURS, amount), "schedule": schedule });
        raw("lock", "create_lock", body)
    };
    // The proposal's deposit is whole with it, so this very block is the last before its vote.
    assert_eq!(chain.stage(id), Stage::Deposit);
    let carols = units(&chain, &address("carol"));
    let lay = vec![lock("carol", 300_000)];
    let tx = chain.tx("carol", lay);
    // Voting begins before this block's transactions: her lock is too late to matter.
    chain.deliver(tx).unwrap();
    assert_eq!(chain.stage(id), Stage::Voting);
    let power = chain.proposal(id).power.base_units();
    assert_eq!(power, SUPPLY - 16_000);
    chain.vote("carol", id, 0);
    let ballot = |chain: &Chain, name: &str| state::BALLOT.get(&chain.state, &(id, address(name))).unwrap();
    assert_eq!(ballot(&chain, "carol").unwrap().own.base_units(), carols);
    // Alice votes, sends all of hers on by every way, and nobody else votes with it.
    chain.vote("alice", id, 10_000);
    let approve =
        raw("allowance", "approve", json!({ "spender": address("bob"), "coin": coin(OURS, 500_000) }));
    let before = units(&chain, &address("bob"));
    ok(&mut chain, "alice", vec![approve, transfer("bob", OURS, 500_000), lock("bob", 500_000)]);
    let take = json!({ "owner": address("alice"), "to": address("bob"), "coin": coin(OURS, 500_000) });
    ok(&mut chain, "bob", vec![raw("allowance", "transfer_from", take)]);
    assert!(units(&chain, &address("bob")) > before + 900_000);
    chain.vote("bob", id, 10_000);
    assert_eq!(ballot(&chain, "bob").unwrap().own.base_units(), before);
    let tally = state::TALLY.get(&chain.state, &id).unwrap().unwrap();
    assert_eq!(tally.turnout(), u128::from(power), "every unit once");
    // The next vote is of what is held then: locks have none of it.
    let next = chain.submit_as(&of(OURS, Vec::new())).unwrap();
    chain.block(&[]);
    let sum: u64 = ["alice", "bob", "carol"].iter().map(|name| units(&chain, &address(name))).sum();
    assert_eq!(chain.proposal(next).power.base_units(), sum);
}

#[test]
fn a_pause_puts_off_what_holders_decided_and_does_not_lose_it() {
    for scope in [
        json!({ "module": { "module": "token" } }),
        json!({ "asset": { "asset": OURS.to_string() } }),
        json!({ "message": { "module": "token", "message": "spend_treasury" } }),
    ] {
        let mut chain = launched();
        let id = pass(&mut chain, vec![spend_treasury(OURS, "bob", 5)]);
        let pausing = chain.pass_vote(vec![pause(&scope)]);
        assert_eq!(chain.stage(pausing), Stage::Executed);
        chain.pass(TREASURY_DELAY_MS);
        assert_eq!(chain.stage(id), Stage::Queued, "{scope}");
        chain.pass(3_600_000);
        assert_eq!(chain.stage(id), Stage::Executed, "{scope}");
    }
}

#[test]
fn an_export_in_the_middle_of_a_vote_changes_nothing_of_it() {
    let mut chain = launched();
    let id = chain.submit_as(&of(OURS, vec![spend_treasury(OURS, "bob", 5)])).unwrap();
    chain.block(&[]);
    chain.vote("carol", id, 0);
    ok(&mut chain, "alice", vec![transfer("bob", OURS, 1_000_000)]);
    assert_eq!(token::BALANCE_THEN.iter(&chain.state, Order::Ascending).count(), 2);
    let exported = genesis::export(&MODULES, &chain.state).unwrap();
    let mut other = Chain::from(&exported, chain.height, chain.time_unix_ms);
    assert_eq!(genesis::export(&MODULES, &other.state).unwrap(), exported);
    let own = [
        "token/",
        "governance/open_of/",
        "governance/proposal/",
        "governance/ballot/",
        "~governance/by_community/",
    ];
    let rows = |chain: &Chain, of: &str| -> Vec<(Vec<u8>, Vec<u8>)> {
        let state = chain.state.clone().into_iter();
        state.filter(|(key, _)| key.starts_with(of.as_bytes())).collect()
    };
    for of in own.iter().chain(&["token/snapshot/", "token/balance_then/"]) {
        assert!(rows(&chain, of) == rows(&other, of), "{of} is not alike byte by byte");
        assert!(!rows(&other, of).is_empty(), "nothing of {of} was tried");
    }
    for chain in [&mut chain, &mut other] {
        chain.vote("alice", id, 10_000);
        let ballot = state::BALLOT.get(&chain.state, &(id, address("alice"))).unwrap().unwrap();
        assert_eq!(ballot.own.base_units(), SUPPLY / 2);
        chain.pass(VOTING_MS);
        let exported = genesis::export(&MODULES, &chain.state).unwrap();
        let mut other = Chain::from(&exported, chain.height, chain.time_unix_ms);
        for chain in [chain, &mut other] {
            chain.pass(TREASURY_DELAY_MS);
            assert_eq!(chain.stage(id), Stage::Executed);
            assert_eq!(token::BALANCE_THEN.iter(&chain.state, Order::Ascending).count(), 0);
        }
    }
}

#[test]
fn the_council_and_the_chain_leave_what_holders_decided() {
    let mut chain = launched();
    let id = pass(&mut chain, vec![spend_treasury(OURS, "bob", 5)]);
    let stop = raw("governance", "stop", json!({ "proposal": id, "reason": "mine" }));
    refused(&mut chain, "carol", vec![stop], "not_stoppable");
    chain.pass(TREASURY_DELAY_MS);
    assert_eq!(chain.stage(id), Stage::Executed);
    let tx = chain.tx("carol", vec![common::pay("bob", 5)]);
    chain.deliver(tx).unwrap();
}
