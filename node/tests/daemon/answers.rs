//! Every route of the document, asked on a running node: what it answers is what the document declares, no field more.

use std::sync::Arc;

use chortle_app::MODULES;
use chortle_kernel::{Address, codec, tx::TxBody};
use chortle_node::dev::Mode;
use chortle_node::dev::accounts::{self, COUNT, MNEMONIC};
use chortle_node::rest::{self, Limits};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::common::{CHAIN_ID, Node, chain, sign};

/// Ten days.
const SOON_MS: u64 = 864_000_000;

/// What is answered by a problem: a development chain has none of what an engine signs, and nobody lists LOL's holders.
const REFUSED: &[&str] = &[
    "/v1/headers/latest",
    "/v1/headers/1",
    "/v1/genesis",
    "/v1/tokens/0/holders",
    // The second account has no ballot.
    "/v1/governance/proposals/2/votes/lol1wzvhjux9rqfdcwspp37srdgwp5tac7wg5ue93y",
];

/// A schema of the document by itself, in which no object takes a field that is not declared.
fn validator(schema: &Value) -> Validator {
    let mut components = rest::document()["components"].clone();
    let mut schema = schema.clone();
    for named in components["schemas"].as_object_mut().unwrap().values_mut() {
        close(named, true);
    }
    close(&mut schema, true);
    let whole = json!({ "allOf": [schema], "components": components });
    jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap()
}

/// Closes each object; the choices inside one are parts of it and stay open.
fn close(schema: &mut Value, is_whole: bool) {
    let Some(words) = schema.as_object_mut() else { return };
    let has_fields = words.contains_key("properties");
    for (word, inner) in words.iter_mut() {
        match (word.as_str(), inner) {
            ("properties", Value::Object(fields)) => fields.values_mut().for_each(|field| close(field, true)),
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                parts.iter_mut().for_each(|part| close(part, is_whole && !has_fields));
            }
            ("items" | "additionalProperties", inner) => close(inner, true),
            _ => {}
        }
    }
    if has_fields && is_whole && !words.contains_key("additionalProperties") {
        words.insert("unevaluatedProperties".to_owned(), false.into());
    }
}

/// A node on which there is one of everything that a route names.
struct Scene {
    node: Node,
    /// By the name of a parameter, what to ask with.
    samples: Map<String, Value>,
    /// A transaction to send, and one to simulate.
    txs: [String; 2],
    snapshot: Value,
}

impl Scene {
    async fn start() -> Self {
        let dev = Arc::new(chain(Mode::Instant));
        let node = Node::over(Arc::clone(&dev), Some(dev), Limits::default()).await;
        let mut scene = Self { node, samples: Map::new(), txs: Default::default(), snapshot: Value::Null };
        scene.fill().await;
        scene
    }

    /// Builds a message, signs it and sends it; answers the transaction's hash.
    async fn send(&self, from: usize, path: &str, body: Value) -> String {
        let tx = self.signed(from, path, body).await;
        let standing = self.node.post_ok("/v1/txs?preflight=false", &json!({ "tx": tx })).await;
        standing["hash"].as_str().unwrap().to_owned()
    }

    async fn signed(&self, from: usize, path: &str, body: Value) -> String {
        let signer = &self.node.accounts[from];
        let request = json!({ "sender": signer.address, "body": body });
        let built = self.node.post_ok(&format!("/v1/txs/build/{path}"), &request).await;
        let body = hex::decode(&built["body_bytes"].as_str().unwrap()[2..]).unwrap();
        let body: TxBody = codec::decode(&body).unwrap();
        format!("0x{}", hex::encode(sign(signer, body)))
    }

    /// Has holders open a stream, which takes a whole proposal: the first.
    async fn open_stream(&self, operator: &str) {
        let day_ms = 24 * 3_600_000;
        let stake = json!({ "validator": operator, "amount": "600000000000000" });
        self.send(4, "staking/delegate", stake).await;
        let (module, kind) = MODULES.tags("governance", "open_stream").unwrap();
        let body = format!("0x{}", hex::encode(&(kind.examples)()[0]));
        let carried = json!([{ "module": module, "tag": kind.tag, "body": body }]);
        let proposal =
            json!({ "title": "Water", "summary": "", "messages": carried, "deposit": "500000000000" });
        self.send(4, "governance/submit", proposal).await;
        self.send(4, "governance/vote", json!({ "proposal": 1, "yes": 10_000 })).await;
        // Voting, then the delay.
        for days in [8, 3] {
            self.node.post_ok("/v1/dev/time", &json!({ "advance_ms": days * day_ms })).await;
            self.node.post_ok("/v1/dev/mine", &json!({ "blocks": 1 })).await;
        }
    }

    /// Has two accounts share one, which two proposals wait on.
    async fn share_account(&self, members: [Address; 2], message: &Value, expires_unix_ms: u64) -> Value {
        let list = members.map(|account| json!({ "account": account, "weight": 1 }));
        self.send(0, "multisig/create", json!({ "members": list, "threshold": 2 })).await;
        let shared = self.node.json(&format!("/v1/accounts/{}/shared_accounts", members[0])).await;
        let shared = shared["items"][0]["account"].clone();
        let proposed =
            json!({ "account": shared, "messages": [message], "expires_unix_ms": expires_unix_ms });
        for _ in 0..2 {
            self.send(0, "multisig/propose", proposed.clone()).await;
        }
        shared
    }

    async fn fill(&mut self) {
        let (alice, bob) = (self.node.accounts[0].address, self.node.accounts[1].address);
        let operator = accounts::derive(MNEMONIC, COUNT + 1).unwrap()[COUNT as usize].address;
        self.open_stream(&operator.to_string()).await;
        let now_unix_ms = self.node.json("/v1/status").await["time_unix_ms"].as_u64().unwrap();
        let later = now_unix_ms + SOON_MS;
        let coin = json!({ "asset": "0", "amount": "5000000000" });
        let doge = json!({ "symbol": "DOGE", "name": "Doge", "decimals": 6, "supply": "1000000000" });
        let mut shine = doge.clone();
        (shine["symbol"], shine["name"], shine["template"]) =
            ("SHN".into(), "Shine".into(), "reflection".into());
        self.send(0, "token/create_asset", doge).await;
        let included = self.send(0, "token/create_asset", shine).await;
        let linear =
            json!({ "start_unix_ms": now_unix_ms, "cliff_unix_ms": now_unix_ms, "end_unix_ms": later });
        let lock = json!({ "coin": coin, "owner": bob, "schedule": { "linear": linear } });
        self.send(0, "lock/create_lock", lock).await;
        let path = format!("/v1/accounts/{alice}/airdrop_keys/1?chain_id={CHAIN_ID}");
        let key = self.node.json(&path).await["key"].clone();
        let root = format!("0x{}", "ab".repeat(32));
        let airdrop = json!({
            "coin": coin, "deadline_unix_ms": later, "key": key, "leaves": 2, "root": root, "salt": 1,
        });
        self.send(0, "airdrop/create_airdrop", airdrop).await;
        let approval = json!({ "coin": coin, "spender": bob, "expires_unix_ms": later });
        self.send(0, "allowance/approve", approval).await;
        let stake = json!({ "validator": operator, "amount": "5000000000" });
        self.send(0, "staking/delegate", stake).await;
        let part = json!({ "validator": operator, "amount": "1000000000" });
        self.send(0, "staking/undelegate", part).await;
        let (module, kind) = MODULES.tags("app", "set_params").unwrap();
        let body = format!("0x{}", hex::encode(&(kind.examples)()[0]));
        let carried = json!([{ "module": module, "tag": kind.tag, "body": body }]);
        let proposal =
            json!({ "title": "Thanks", "summary": "", "messages": carried, "deposit": "500000000000" });
        self.send(0, "governance/submit", proposal).await;
        self.send(0, "governance/vote", json!({ "proposal": 2, "yes": 10_000 })).await;
        let granted =
            json!({ "grantee": bob, "kinds": ["token.transfer"], "caps": [coin], "expires_unix_ms": later });
        self.send(0, "grant/give", granted).await;
        let burn =
            json!({ "module": 1, "tag": 3, "body": format!("0x{}01{}", "00".repeat(8), "00".repeat(7)) });
        let shared = self.share_account([alice, bob], &burn, later).await;
        let planned = json!({ "messages": [burn], "at_unix_ms": later, "price_max": 5 });
        self.send(0, "schedule/create", planned).await;
        let assets = self.node.json("/v1/tokens").await;
        let assets: Vec<_> =
            assets["items"].as_array().unwrap().iter().map(|row| row["asset"].clone()).collect();
        assert_eq!(assets.len(), 3, "LOL, a plain one and a ruled one: {assets:?}");
        let missing = json!({ "to": alice, "coin": { "asset": assets[1], "amount": "1" } });
        let failed = self.send(1, "token/transfer", missing).await;
        for (from, tx) in [2, 3].into_iter().zip(0..) {
            let transfer = json!({ "to": bob, "coin": coin });
            self.txs[tx] = self.signed(from, "token/transfer", transfer).await;
        }
        self.snapshot = self.node.post_ok("/v1/dev/snapshot", &json!({})).await["snapshot"].clone();
        let samples = json!({
            "account": alice, "address": [alice, bob], "airdrop": 1, "amount": "5", "asset": assets,
            "chain_id": CHAIN_ID, "grant": 1, "hash": [included, failed, "00".repeat(32)], "height": ["latest", 1], "index": 0,
            "key": "00", "lock": 1, "name": "Doge", "proof": root, "proposal": 2, "salt": 1, "schedule": 1, "shared_account": shared, "spender": bob,
            "stream": 1, "symbol": "DOGE", "validator": operator,
        });
        self.samples = samples.as_object().unwrap().clone();
        // The height that the document shows is there, and all of the above before it.
        self.node.post_ok("/v1/dev/mine", &json!({ "blocks": 100 })).await;
    }

    /// Every request that the samples make of a route; a parameter without a sample is a failure.
    fn requests(samples: &Map<String, Value>, path: &str, operation: &Value) -> Vec<String> {
        let mut requests = vec![path.to_owned()];
        let needed = operation["parameters"].as_array().into_iter().flatten();
        for parameter in needed.filter(|one| one["required"] == true) {
            let name = parameter["name"].as_str().unwrap();
            let sample = samples.get(name).unwrap_or_else(|| panic!("{path}: no sample of {name}"));
            let one = [sample.clone()];
            let values = sample.as_array().map_or(&one[..], Vec::as_slice);
            let in_path = parameter["in"] == "path";
            let with = |request: &String, value: &Value| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let joint = if request.contains('?') { '&' } else { '?' };
                if in_path {
                    request.replace(&format!("{{{name}}}"), &text)
                } else {
                    format!("{request}{joint}{name}={text}")
                }
            };
            requests = requests
                .iter()
                .flat_map(|request| values.iter().map(move |value| with(request, value)))
                .collect();
        }
        requests
    }

    /// What the document shows of each parameter, put in the place of a sample.
    fn examples(&self, path: &str, operation: &Value) -> Vec<(String, String)> {
        let mut examples = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let Some(example) = parameter.get("example") else {
                assert_eq!(name, "cursor", "{path}: {name} has no example");
                continue;
            };
            assert!(validator(&parameter["schema"]).is_valid(example), "{path}: {name} is not {example}");
            let listed = example.as_array().map(|items| items.iter().map(text).collect::<Vec<_>>().join(","));
            let example = listed.unwrap_or_else(|| text(example));
            let mut samples = self.samples.clone();
            samples.insert(name.to_owned(), example.clone().into());
            let mut asked = Self::requests(&samples, path, operation).remove(0);
            if parameter["required"] == false {
                let joint = if asked.contains('?') { '&' } else { '?' };
                asked.push_str(&format!("{joint}{name}={example}"));
            }
            examples.push((name.to_owned(), asked));
        }
        examples
    }

    /// Asks a list for its second page by what the first one says; answers whether there is one.
    async fn goes_on(&self, path: &str, operation: &Value) -> bool {
        let mut second = false;
        for request in Self::requests(&self.samples, path, operation) {
            let joint = if request.contains('?') { '&' } else { '?' };
            let first: Value =
                self.node.get(&format!("{request}{joint}limit=1")).await.json().await.unwrap_or_default();
            let Some(next) = first["next"].as_str() else { continue };
            let response = self.node.get(&format!("{request}{joint}limit=1&cursor={next}")).await;
            assert!(hold(operation, response).await, "{request} after {next}");
            second = true;
        }
        second
    }

    /// What a route takes in its body.
    fn body(&self, path: &str, operation: &Value) -> Value {
        match path {
            "/v1/txs" => json!({ "tx": self.txs[0] }),
            "/v1/txs/simulate" => json!({ "tx": self.txs[1] }),
            "/v1/dev/mine" => json!({ "blocks": 1 }),
            "/v1/dev/time" => json!({ "advance_ms": 1_000 }),
            "/v1/dev/snapshot" => json!({}),
            "/v1/dev/revert" => json!({ "snapshot": self.snapshot }),
            "/v1/dev/mode" => json!("instant"),
            _ => {
                let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
                let (_, first) = examples
                    .as_object()
                    .and_then(|all| all.iter().next())
                    .unwrap_or_else(|| panic!("{path}: neither a sample nor an example"));
                first["value"].clone()
            }
        }
    }
}

/// Holds one answer against its route; answers whether it was a good one.
async fn hold(operation: &Value, response: reqwest::Response) -> bool {
    let (asked, status) = (response.url().path().to_owned(), response.status());
    let kind = response.headers()["content-type"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let responses = operation["responses"].as_object().unwrap();
    let declared = if status.is_success() { status.as_str() } else { "4XX" };
    let content = responses.get(declared).map(|one| &one["content"]);
    let schema = content.and_then(|content| content[&kind].get("schema"));
    let schema = schema.unwrap_or_else(|| panic!("{asked}: {status} as {kind} is not declared"));
    if kind == "text/event-stream" {
        return true;
    }
    let text = response.text().await.unwrap();
    let answer =
        if kind.ends_with("json") { serde_json::from_str(&text).unwrap() } else { Value::from(text) };
    let wrong: Vec<_> = validator(schema)
        .iter_errors(&answer)
        .map(|error| format!("{}: {error:.300}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{asked}: {status}\n{}\n{answer:#.1000}", wrong.join("\n"));
    status.is_success()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_what_the_document_says() {
    let scene = Scene::start().await;
    let document = rest::document();
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if method == "post" {
                let response = scene.node.post(path, &scene.body(path, operation)).await;
                assert!(hold(operation, response).await, "{path}");
                count += 1;
                continue;
            }
            let parameters = operation["parameters"].as_array().unwrap();
            let proves = parameters.iter().any(|one| one["name"] == "prove");
            for request in Scene::requests(&scene.samples, path, operation) {
                let is_good = hold(operation, scene.node.get(&request).await).await;
                assert!(is_good != REFUSED.contains(&request.as_str()), "{request}");
                count += 1;
                if proves {
                    let joint = if request.contains('?') { '&' } else { '?' };
                    // A list has no proof, and says so by a problem.
                    hold(operation, scene.node.get(&format!("{request}{joint}prove=true")).await).await;
                }
            }
        }
    }
    assert!(count > 113, "{count} answers");
}

/// With one parameter as the document shows it and the others as they are in the scene: it is answered, or, where it is
/// part of the path, there is no such thing.
#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_a_parameter_is_answered() {
    let scene = Scene::start().await;
    let document = rest::document();
    let (mut asked, mut lists) = (0, 0);
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for (name, request) in scene.examples(path, operation) {
                let response = match method.as_str() {
                    "post" => scene.node.post(&request, &scene.body(path, operation)).await,
                    _ => scene.node.get(&request).await,
                };
                let status = response.status().as_u16();
                let is_good = hold(operation, response).await;
                let is_named = path.contains(&format!("{{{name}}}"));
                let none = is_named && status == 404 || REFUSED.contains(&request.split('?').next().unwrap());
                assert!(is_good || none, "{method} {request}: {status}");
                asked += 1;
            }
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            if parameters.into_iter().any(|one| one["name"] == "cursor") {
                lists += usize::from(scene.goes_on(path, operation).await);
            }
        }
    }
    assert!(asked > 150 && lists > 3, "{asked} examples, {lists} lists with a second page");
}
