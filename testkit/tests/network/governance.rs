//! Holders decide while nodes die: a parameter that is voted on waits and then changes on every node, and a pause that
//! two thirds want stops every way in which units move.

use std::collections::BTreeSet;

use chortle_airdrop::tree;
use chortle_app::MODULES;
use chortle_kernel::merkle::Node as Root;
use chortle_kernel::tx::{RawMessage, Replay};
use chortle_kernel::{Bytes, gate, hash};
use chortle_testkit::genesis::operator;
use chortle_testkit::process::wait_until;
use chortle_testkit::{Account, Network, http};
use serde_json::{Value, json};

use crate::staking::{LOL, amount, network_of};
use crate::{SOON, now_unix_ms, turn};

/// Rules that are quick, on a constitution that lets them be.
fn quick() -> Value {
    json!({
        "constitution": { "voting_min_ms": 1_000, "delay_min_ms": 1_000 },
        "params": {
            "deposit_base": (10 * LOL).to_string(),
            "voting_ms": 15_000, "expedited_voting_ms": 10_000, "late_ms": 0,
            "params_delay_ms": 12_000, "treasury_delay_ms": 12_000, "act_delay_ms": 12_000,
        },
    })
}

pub(crate) fn raw(module: &str, name: &str, body: Value) -> RawMessage {
    let (module, kind) = MODULES.tags(module, name).expect("a message of the list");
    let body = Bytes::parse((kind.from_json)(body).expect("its body")).expect("a short body");
    RawMessage { module, tag: kind.tag, body }
}

/// Posts a message at a node, which judges it first; the answer with its status, and the transaction's hash.
async fn post(network: &Network, at: usize, who: &Account, message: RawMessage) -> (u16, Value, String) {
    let expiry = now_unix_ms() + 120_000;
    let tx = who.sign_raw(&network.identity, Replay::Unordered, expiry, message).expect("signed");
    let id = hex::encode(hash::sha256(&tx));
    let body = json!({ "tx": hex::encode(tx) }).to_string();
    let rest = network.nodes[at].addresses.rest;
    let answer = http::once(rest, "POST", "/v1/txs", body.as_bytes()).await.expect("the node answers");
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default(), id)
}

/// Sends a message and waits until it is in a block, where it must succeed.
pub(crate) async fn succeed(network: &Network, at: usize, who: &Account, message: RawMessage) -> Value {
    let (status, answer, id) = post(network, at, who, message).await;
    assert_eq!(status, 202, "{answer}");
    let standing = async || network.nodes[at].rest(&format!("/v1/txs/{id}")).await.unwrap_or_default();
    let done = async || matches!(standing().await["status"].as_str(), Some("included" | "failed"));
    wait_until("it is in a block", SOON, done).await.expect("a receipt");
    let standing = standing().await;
    assert_eq!(standing["status"], "included", "{standing}");
    standing
}

async fn refused(network: &Network, at: usize, who: &Account, message: RawMessage) -> String {
    let (status, answer, _) = post(network, at, who, message).await;
    assert_eq!(status, 422, "{answer}");
    answer["code"].as_str().expect("a code").to_owned()
}

pub(crate) async fn propose(network: &Network, at: usize, who: &Account, messages: Vec<RawMessage>) -> u64 {
    let body = json!({
        "title": "A title", "summary": "", "messages": messages, "deposit": (10 * LOL).to_string(),
    });
    let standing = succeed(network, at, who, raw("governance", "submit", body)).await;
    told(&standing, "governance.submitted")["proposal"].as_u64().expect("a number")
}

/// What a transaction told of this kind.
fn told(standing: &Value, kind: &str) -> Value {
    let events = standing["receipt"]["events"].as_array().cloned().unwrap_or_default();
    events.iter().find(|event| event["kind"] == kind).expect("it is told")["fields"].clone()
}

pub(crate) fn vote(proposal: u64, yes: u64) -> RawMessage {
    raw(
        "governance",
        "vote",
        json!({ "proposal": proposal, "yes": yes, "no": 10_000 - yes, "delegations": 1 }),
    )
}

async fn record(network: &Network, at: usize, proposal: u64) -> Value {
    let shown = network.nodes[at].rest(&format!("/v1/governance/proposals/{proposal}")).await;
    shown.unwrap_or_default()["record"].take()
}

pub(crate) async fn wait_for_stage(network: &Network, at: usize, proposal: u64, stage: &str) {
    let stands = async || record(network, at, proposal).await["stage"] == stage;
    let waited = wait_until(&format!("proposal {proposal} is {stage}"), SOON, stands).await;
    assert!(waited.is_ok(), "{waited:?}: {}", record(network, at, proposal).await);
}

async fn entries_max(network: &Network, at: usize) -> Value {
    let sets = network.nodes[at].rest("/v1/params").await.unwrap_or_default();
    let set = sets.as_array().into_iter().flatten().find(|set| set["path"] == "staking/params").cloned();
    set.unwrap_or_default()["values"]["entries_max"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_is_voted_waits_and_changes_on_every_node_though_one_dies_and_one_restarts() {
    let _turn = turn().await;
    let proposer = Account::of_seed("proposer", 0);
    let mut network = network_of(&[&proposer], Value::Null, quick()).await;
    let before = entries_max(&network, 0).await;
    let change = json!({ "path": "staking/params", "changes": "{\"entries_max\":9}" });
    let tried = json!({ "messages": [{ "module": "app", "message": "set_params", "body": change }] });
    let rest = network.nodes[1].addresses.rest;
    let answer = http::once(rest, "POST", "/v1/governance/simulate", tried.to_string().as_bytes()).await;
    let told: Value = serde_json::from_slice(&answer.expect("an answer").body).expect("JSON");
    let expected = json!([{ "path": "staking/params", "name": "entries_max", "old": before, "new": 9 }]);
    assert_eq!((&told["params"], &told["error"]), (&expected, &Value::Null), "{told}");
    assert_eq!(entries_max(&network, 1).await, before, "a simulation leaves nothing");

    let id = propose(&network, 0, &proposer, vec![raw("app", "set_params", change)]).await;
    wait_for_stage(&network, 0, id, "voting").await;
    succeed(&network, 0, &operator(0), vote(id, 10_000)).await;
    network.node_mut(3).unwrap().kill_both().await.expect("it dies");
    succeed(&network, 1, &operator(1), vote(id, 0)).await;
    succeed(&network, 2, &operator(2), vote(id, 10_000)).await;
    succeed(&network, 0, &operator(1), vote(id, 10_000)).await;
    let tally = network.nodes[0].rest(&format!("/v1/governance/proposals/{id}/tally")).await.unwrap();
    assert_eq!(tally["outcome"], "passed", "{tally}");
    assert!(tally["tests"].as_array().unwrap().iter().all(|test| test["holds"] == true), "{tally}");

    wait_for_stage(&network, 0, id, "queued").await;
    network.node_mut(3).unwrap().start().expect("it starts");
    network.node_mut(2).unwrap().stop().await.expect("it stops");
    network.node_mut(2).unwrap().start().expect("it starts again");
    let waiting = record(&network, 0, id).await;
    if waiting["stage"] == "queued" {
        assert_eq!(entries_max(&network, 0).await, before, "nothing changes before its time");
    }
    wait_for_stage(&network, 0, id, "executed").await;
    let done = record(&network, 0, id).await;
    assert!(done["closed_unix_ms"].as_u64() >= waiting["eta_unix_ms"].as_u64(), "{done}");
    let delay = done["closed_unix_ms"].as_u64().unwrap() - done["voting_ends_unix_ms"].as_u64().unwrap();
    assert!(delay >= 12_000, "it waited {delay} ms");

    let height = network.wait_for_progress(2, SOON).await.expect("all four go on");
    for at in 0..4 {
        assert_eq!(entries_max(&network, at).await, 9, "node {at}");
        assert_eq!(record(&network, at, id).await, done, "node {at}");
    }
    let way = network.nodes[3].rest(&format!("/v1/governance/proposals/{id}/timeline")).await.unwrap();
    let stages: Vec<_> = way["steps"].as_array().unwrap().iter().map(|step| step["stage"].clone()).collect();
    assert_eq!(stages, ["deposit", "voting", "queued", "executed"], "{way}");
    network.agree_up_to(height).await.expect("nobody forked");
}

/// What a chain has on which an asset moves in every way, those within another message too.
struct Ways {
    holder: Account,
    spender: Account,
    asset: String,
    leaf: Value,
    /// By the holder's grant, the spender sends this.
    by_grant: Value,
    /// A shared account sends this, as was approved.
    approved: Value,
}

/// An asset of the holder's, ten units of it promised to the spender, ten that the spender may send, three that he may
/// send as the holder, and three that a shared account of both is to send.
async fn ways(network: &Network, holder: Account, spender: Account) -> Ways {
    let create = json!({ "symbol": "WAY", "name": "Way", "decimals": 0, "supply": "1000" });
    let created = succeed(network, 0, &holder, raw("token", "create_asset", create)).await;
    let asset = told(&created, "token.asset_created")["asset"].as_str().expect("a number").to_owned();
    let key = tree::airdrop_key(&network.chain_id, &holder.address, 1);
    let list = [(spender.address, amount(10)), (holder.address, amount(5))];
    let made = tree::tree(&key, &list).expect("a tree");
    let airdrop = json!({
        "coin": { "asset": asset, "amount": "15" }, "root": made.root(), "leaves": 2, "salt": 1,
        "key": Root(key), "deadline_unix_ms": now_unix_ms() + 3_600_000,
    });
    succeed(network, 1, &holder, raw("airdrop", "create_airdrop", airdrop)).await;
    let approve = json!({ "spender": spender.address, "coin": { "asset": asset, "amount": "10" } });
    succeed(network, 2, &holder, raw("allowance", "approve", approve)).await;
    let leaf = json!({
        "airdrop": 1, "index": 0, "account": spender.address, "amount": "10",
        "proof": made.proof(0).expect("a proof"),
    });
    let mut ways = Ways { holder, spender, asset, leaf, by_grant: Value::Null, approved: Value::Null };
    ways.nest(network).await;
    ways
}

impl Ways {
    /// A transfer of three units to the spender, for another message to carry.
    fn inner(&self) -> RawMessage {
        let coin = json!({ "asset": self.asset, "amount": "3" });
        raw("token", "transfer", json!({ "to": self.spender.address, "coin": coin }))
    }

    /// Makes what carries transfers: a grant, and an approved proposal of a shared account that has the units.
    async fn nest(&mut self, network: &Network) {
        let (holder, spender) = (self.holder.address, self.spender.address);
        let coin = json!({ "asset": self.asset, "amount": "3" });
        let give = json!({ "grantee": spender, "kinds": ["token.transfer"], "caps": [coin] });
        let given = succeed(network, 0, &self.holder, raw("grant", "give", give)).await;
        let grant = told(&given, "grant.given")["grant"].clone();
        self.by_grant = json!({ "grant": grant, "messages": [self.inner()] });

        let members = json!([{ "account": holder, "weight": 1 }, { "account": spender, "weight": 1 }]);
        let create = raw("multisig", "create", json!({ "members": members, "threshold": 1 }));
        let made = succeed(network, 1, &self.holder, create).await;
        let account = told(&made, "multisig.created")["account"].clone();
        let fund = raw("token", "transfer", json!({ "to": account, "coin": coin }));
        succeed(network, 1, &self.holder, fund).await;
        let expiry = now_unix_ms() + 3_600_000;
        let propose = json!({ "account": account, "messages": [self.inner()], "expires_unix_ms": expiry });
        let proposed = succeed(network, 2, &self.holder, raw("multisig", "propose", propose)).await;
        let proposal = told(&proposed, "multisig.proposed")["proposal"].clone();
        self.approved = json!({ "account": account, "proposal": proposal, "messages": [self.inner()] });
    }

    /// Every message that moves units of the asset, with who sends it.
    fn all(&self) -> Vec<(&'static str, &Account, RawMessage)> {
        let coin = json!({ "asset": self.asset, "amount": "3" });
        let (holder, spender) = (self.holder.address, self.spender.address);
        let to_spender = json!([{ "to": spender, "amount": "3" }]);
        vec![
            ("transfer", &self.holder, raw("token", "transfer", json!({ "to": spender, "coin": coin }))),
            (
                "multi_transfer",
                &self.holder,
                raw("token", "multi_transfer", json!({ "asset": self.asset, "recipients": to_spender })),
            ),
            ("burn", &self.holder, raw("token", "burn", json!({ "coin": coin }))),
            (
                "transfer_from",
                &self.spender,
                raw("allowance", "transfer_from", json!({ "owner": holder, "to": spender, "coin": coin })),
            ),
            ("claim", &self.spender, raw("airdrop", "claim_airdrop", self.leaf.clone())),
            ("grant", &self.spender, raw("grant", "use_grant", self.by_grant.clone())),
            ("shared account", &self.spender, raw("multisig", "execute", self.approved.clone())),
        ]
    }

    /// What runs by itself and is stopped waits: a schedule of the holder's, and a payment that was voted on.
    async fn wait_within_others(&self, network: &Network) {
        let at_unix_ms = now_unix_ms() + 10_000;
        let later = json!({ "messages": [self.inner()], "at_unix_ms": at_unix_ms, "price_max": 10 });
        let created = succeed(network, 1, &self.holder, raw("schedule", "create", later)).await;
        let schedule = format!("/v1/schedules/{}", told(&created, "schedule.created")["schedule"]);
        let spend = json!({ "to": self.spender.address, "coin": { "asset": "0", "amount": "1" } });
        let id = propose(network, 0, &self.holder, vec![raw("governance", "spend", spend)]).await;
        wait_for_stage(network, 0, id, "voting").await;
        for one in [0, 1, 2] {
            succeed(network, 0, &operator(one), vote(id, 10_000)).await;
        }
        let shown = async |path: &str| network.nodes[0].rest(path).await.unwrap_or_default();
        let stopped = async || shown(&schedule).await["paused_until_unix_ms"].is_u64();
        wait_until("the schedule is stopped", SOON, stopped).await.expect("it waits");
        wait_for_stage(network, 0, id, "queued").await;
        let put_off = async || {
            let record = record(network, 0, id).await;
            record["due_unix_ms"].as_u64() > record["eta_unix_ms"].as_u64()
        };
        wait_until("the payment is stopped", SOON, put_off).await.expect("it waits");
        assert_eq!(record(network, 0, id).await["stage"], "queued");
        assert_eq!(shown(&schedule).await["runs"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thirds_pause_an_asset_at_once_and_every_way_to_move_it_is_shut_until_they_end_it() {
    let _turn = turn().await;
    let (holder, spender) = (Account::of_seed("holder", 0), Account::of_seed("spender", 0));
    let mut network = network_of(&[&holder, &spender], Value::Null, quick()).await;
    let ways = ways(&network, holder, spender).await;
    let scope = json!({ "asset": { "asset": ways.asset } });
    let spending = json!({ "message": { "module": "governance", "message": "spend" } });
    let begin = |scope: &Value| {
        let pause = json!({ "scope": scope, "duration_ms": 3_600_000, "reason": "it drains" });
        raw("governance", "begin_pause", pause)
    };
    let id = propose(&network, 0, &ways.holder, vec![begin(&scope), begin(&spending)]).await;
    wait_for_stage(&network, 0, id, "voting").await;
    for (at, one) in [(0, 0), (1, 1)] {
        succeed(&network, at, &operator(one), vote(id, 10_000)).await;
    }
    assert_eq!(record(&network, 0, id).await["stage"], "voting", "half of all power is not two thirds");
    network.node_mut(3).unwrap().kill_both().await.expect("it dies");
    let last = succeed(&network, 2, &operator(2), vote(id, 10_000)).await;
    wait_for_stage(&network, 0, id, "executed").await;
    let way = network.nodes[0].rest(&format!("/v1/governance/proposals/{id}/timeline")).await.unwrap();
    let acted = way["steps"].as_array().and_then(|steps| steps.last()).expect("a step")["height"].clone();
    assert_eq!(acted.as_u64(), last["height"].as_u64().map(|height| height + 1), "in the next block: {way}");

    network.node_mut(3).unwrap().start().expect("it comes back");
    let tip = network.height().await;
    network.wait_for_height(tip, SOON).await.expect("it catches up");
    let paused = chortle_kernel::Reject::from(gate::Error::Paused { what: String::new(), until_unix_ms: 0 });
    for at in [0, 3] {
        for (way, who, message) in ways.all() {
            assert_eq!(refused(&network, at, who, message).await, paused.code(), "{way} at node {at}");
        }
    }
    let lol = json!({ "to": ways.spender.address, "coin": { "asset": "0", "amount": "1" } });
    succeed(&network, 3, &ways.holder, raw("token", "transfer", lol)).await;
    ways.wait_within_others(&network).await;

    let end = raw("governance", "end_pause", json!({ "scope": scope }));
    let end = propose(&network, 1, &ways.spender, vec![end]).await;
    wait_for_stage(&network, 1, end, "voting").await;
    for one in [0, 1, 3] {
        succeed(&network, one, &operator(one), vote(end, 10_000)).await;
    }
    wait_for_stage(&network, 1, end, "executed").await;
    let mut moved = BTreeSet::new();
    for (way, who, message) in ways.all() {
        succeed(&network, 2, who, message).await;
        moved.insert(way);
    }
    assert_eq!(moved.len(), 7);
    let height = network.wait_for_progress(2, SOON).await.expect("all go on");
    network.agree_up_to(height).await.expect("nobody forked");
}
