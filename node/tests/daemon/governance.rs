//! What an explorer asks of governance: what messages would do, proposals by stage, what a proposal carries, in
//! words.

use chortle_app::MODULES;
use chortle_kernel::Bytes;
use chortle_kernel::tx::{MESSAGES_MAX, RawMessage};
use serde_json::{Value, json};

use crate::common::{Node, problem};

const SIMULATE: &str = "/v1/governance/simulate";

fn price(to: u64) -> Value {
    json!({ "path": "app/params", "changes": json!({ "gas_price_min": to }).to_string() })
}

fn by_name(module: &str, message: &str, body: Value) -> Value {
    json!({ "module": module, "message": message, "body": body })
}

fn raw(module: &str, name: &str, body: Value) -> RawMessage {
    let (module, kind) = MODULES.tags(module, name).unwrap();
    RawMessage { module, tag: kind.tag, body: Bytes::parse((kind.from_json)(body).unwrap()).unwrap() }
}

/// Submits with the whole deposit, and begins the vote.
pub(crate) async fn propose(node: &Node, title: &str, messages: &[RawMessage]) {
    let body = json!({ "title": title, "summary": "", "messages": messages, "deposit": "500000000000" });
    let request = json!({ "sender": node.accounts[0].address, "body": body });
    let built = node.post_ok("/v1/txs/build/governance/submit", &request).await;
    let body = hex::decode(&built["body_bytes"].as_str().unwrap()[2..]).unwrap();
    let signed = crate::common::sign(&node.accounts[0], chortle_kernel::codec::decode(&body).unwrap());
    let sent = node.submit(&signed).await;
    assert_eq!(sent["status"], "included", "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_says_what_would_change_and_leaves_nothing() {
    let node = Node::start().await;
    let change = json!([{ "path": "app/params", "name": "gas_price_min", "old": 1, "new": 2 }]);
    let asked = [by_name("app", "set_params", price(2)), json!(raw("app", "set_params", price(2)))];
    for message in asked {
        let told = node.post_ok(SIMULATE, &json!({ "messages": [message] })).await;
        assert_eq!((&told["error"], &told["params"]), (&Value::Null, &change), "{told}");
        assert_eq!(told["classes"], json!(["params"]));
        assert_eq!(told["rows"], json!([{ "row": "app/params", "added": 0, "changed": 1, "removed": 0 }]));
        assert_eq!(told["events"][0]["kind"], "app.param_changed");
    }
    assert_eq!(node.json("/v1/app/params").await["gas_price_min"], 1);
    assert_eq!(node.json("/v1/status").await["height"], 0);

    let both = json!({ "messages": [
        by_name("app", "set_params", price(2)),
        by_name("governance", "spend", json!({ "to": node.accounts[1].address, "coin": { "asset": "0", "amount": "5" } })),
    ] });
    let told = node.post_ok(SIMULATE, &both).await;
    assert_eq!(told["error"]["name"], "insufficient_balance", "{told}");
    assert_eq!((&told["params"], &told["rows"]), (&json!([]), &json!([])), "all or nothing: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_is_bounded_and_refuses_what_no_proposal_could_carry() {
    let node = Node::start().await;
    let (module, kind) = MODULES.tags("app", "set_params").unwrap();
    let bad_body = json!({ "module": module, "tag": kind.tag, "body": "0x01" });
    let mut nest = json!(raw("app", "set_params", price(2)));
    for _ in 0..4 {
        let submit = json!({ "title": "t", "summary": "", "messages": [nest], "deposit": "1" });
        nest = json!(raw("governance", "submit", submit));
    }
    for (messages, status, code) in [
        (vec![by_name("app", "nothing", json!({}))], 400, "rest.5"),
        (vec![by_name("app", "set_params", json!({}))], 400, "rest.5"),
        (vec![json!({ "module": "app" })], 400, "rest.3"),
        (vec![by_name("app", "set_params", price(2)); MESSAGES_MAX + 1], 400, "rest.5"),
        (vec![bad_body], 422, "app.12"),
        (vec![nest], 422, "gate.4"),
    ] {
        let answer = node.post(SIMULATE, &json!({ "messages": messages })).await;
        let (found, told) = problem(answer).await;
        assert_eq!((found, told["code"].as_str().unwrap()), (status, code), "{told}");
    }
    let none = node.post_ok(SIMULATE, &json!({ "messages": [] })).await;
    assert_eq!((&none["gas"], &none["classes"]), (&json!("0"), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_proposal_carries_is_told_beside_its_bytes_however_deep() {
    let node = Node::start().await;
    let inner = raw("app", "set_params", price(2));
    let submit = json!({ "title": "inside", "summary": "", "messages": [inner], "deposit": "50000000000" });
    let told = node.post_ok(SIMULATE, &json!({ "messages": [by_name("app", "set_params", price(2))] })).await;
    assert_eq!(told["error"], Value::Null);
    propose(&node, "outside", &[raw("app", "set_params", price(3))]).await;
    let shown = node.json("/v1/governance/proposals/1").await;
    let carried = &shown["content"]["messages"][0];
    assert!(carried["body"].as_str().unwrap().starts_with("0x"), "{carried}");
    let says = json!({ "module": "app", "message": "set_params", "body": price(3) });
    assert_eq!(carried["says"], says);
    // What an answer has can be sent as it is.
    for message in [carried, &says] {
        let again = node.post_ok(SIMULATE, &json!({ "messages": [message] })).await;
        assert_eq!(again["params"][0]["new"], 3, "{message}");
    }

    let request = json!({ "sender": node.accounts[0].address, "body": {
        "title": "twice", "summary": "", "deposit": "50000000000",
        "messages": [raw("governance", "submit", submit)],
    } });
    let words = node.post_ok("/v1/txs/build/governance/submit", &request).await["summary"].clone();
    let words = words.as_str().unwrap();
    for line in [
        "Message 1: governance submit\n",
        "  messages[0]: message 1.1\n",
        "Message 1.1: governance submit\n",
        "  messages[0]: message 1.1.1\n",
        "Message 1.1.1: app set params\n",
        "  changes.gas_price_min: 2\n",
    ] {
        assert!(words.contains(line), "{line}\n{words}");
    }
    assert!(!words.contains("messages[0].body"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_are_paged_by_stage_in_one_state() {
    let node = Node::start().await;
    for title in ["first", "second", "third"] {
        propose(&node, title, &[]).await;
    }
    node.post_ok("/v1/dev/mine", &json!({ "blocks": 1 })).await;
    let mut path = "/v1/governance/proposals?stage=voting&limit=1".to_owned();
    let mut titles = Vec::new();
    loop {
        let page = node.json(&path).await;
        titles.extend(page["items"].as_array().unwrap().iter().map(|line| line["title"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/governance/proposals?stage=voting&limit=1&cursor={next}");
        // A proposal that comes meanwhile is of another state.
        propose(&node, "late", &[]).await;
    }
    assert_eq!(titles, ["third", "second", "first"]);
    assert_eq!(node.json("/v1/governance/proposals?stage=executed").await["items"], json!([]));
    let (status, _) = problem(node.get("/v1/governance/proposals?stage=nowhere").await).await;
    assert_eq!(status, 400);
    let way = node.json("/v1/governance/proposals/1/timeline").await;
    assert_eq!(
        way["steps"][0],
        json!({ "stage": "deposit", "height": 1, "time_unix_ms": way["steps"][0]["time_unix_ms"] })
    );
    assert_eq!((&way["steps"][1]["stage"], &way["steps"][1]["height"]), (&json!("voting"), &json!(2)));
    let sets = node.json("/v1/params").await;
    assert!(
        sets.as_array().unwrap().iter().any(|set| set["path"] == "app/params" && set["class"] == "params")
    );
}
