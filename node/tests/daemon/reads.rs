use std::sync::Arc;

use chortle_node::dev::Mode;
use chortle_node::rest::Limits;
use serde_json::{Value, json};

use crate::common::{Node, chain, large_block};

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_and_says_which_state_it_saw() {
    let node = Node::start().await;
    let bob = node.accounts[1].address;
    let alice = node.accounts[0].address;
    let sent = node.submit(&node.transfer(0, bob, 1_500, 0)).await;
    assert_eq!(sent["status"], "included", "{sent}");

    let status = node.json("/v1/status").await;
    assert_eq!((&status["height"], &status["engine"]), (&json!(1), &json!("dev")));
    let response = node.get(&format!("/v1/accounts/{bob}")).await;
    let headers = response.headers().clone();
    assert_eq!(headers["chortle-height"], "1");
    assert_eq!(headers["chortle-app-hash"].to_str().unwrap(), status["app_hash"]);
    assert_eq!(headers["chortle-time-unix-ms"].to_str().unwrap(), status["time_unix_ms"].to_string());
    let account: Value = response.json().await.unwrap();
    assert!(account.to_string().contains("1000000000001500"), "{account}");

    let eip55 = node.json(&format!("/v1/accounts/{}", bob.to_eip55())).await;
    assert_eq!(eip55, account, "both forms of an address name the same account");
    let before = node.json(&format!("/v1/accounts/{bob}?height=0")).await;
    assert!(before.to_string().contains("1000000000000000"), "{before}");

    let blocks = node.json("/v1/blocks?limit=1").await;
    assert_eq!(blocks["items"][0]["height"], 1);
    assert_eq!(node.json("/v1/blocks/latest").await["height"], 1);
    let txs = node.json("/v1/blocks/1/txs").await;
    assert_eq!(txs["items"][0]["hash"], sent["hash"]);
    assert_eq!(txs["items"][0]["tx"]["sender"], json!(alice));
    assert_eq!(txs["items"][0]["tx"]["messages"][0]["message"], "transfer");
    let status = node.json("/v1/status").await;
    assert_eq!(txs["items"][0]["tx"]["chain_id"], status["chain_id"], "what is signed is shown");
    assert_eq!(txs["items"][0]["tx"]["genesis_hash"], status["genesis_hash"]);
    assert_eq!(txs["items"][0]["tx"]["gas_limit"], "50000000");
    let tx = node.json(&format!("/v1/txs/{}", sent["hash"].as_str().unwrap())).await;
    assert_eq!((&tx["status"], &tx["height"]), (&json!("included"), &json!(1)));
    assert_eq!(tx["receipt"]["events"][0]["kind"], "token.transferred");
    assert_eq!(tx["receipt"]["events"][0]["fields"]["amount"], "1500");

    for path in
        ["/v1/tokens", "/v1/tokens/0", "/v1/tokens/LOL", "/v1/app/params", "/healthz", "/readyz", "/version"]
    {
        node.json(path).await;
    }
    let errors = node.json("/v1/errors").await;
    let errors = errors.as_array().unwrap();
    for code in ["tx.1", "app.1", "token.1", "rest.1", "node.1", "mempool.1", "abci.1", "cometbft.4294967295"]
    {
        assert!(errors.iter().any(|row| row["code"] == code), "{code}");
    }
    for row in errors {
        let sentence = row["sentence"].as_str().unwrap();
        for field in row["fields"].as_array().unwrap() {
            assert!(sentence.contains(&format!("{{{}", field.as_str().unwrap())), "{row}");
        }
    }
    let page = node.get("/docs").await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let metrics =
        node.http.get(format!("http://{}/metrics", node.listeners.metrics.unwrap())).send().await.unwrap();
    let text = metrics.text().await.unwrap();
    for name in [
        "chortle_rest_requests_total",
        "\nchortle_staking_bonded_nlol ",
        "\nchortle_staking_validators ",
        "\nchortle_staking_power{operator=",
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_of_every_module_has_a_route() {
    let node = Node::start().await;
    let nowhere: Value = node.get("/v1/no/such/route").await.json().await.expect("a problem");
    let validators = node.json("/v1/staking/validators").await;
    let operator =
        validators["items"][0]["operator"].as_str().expect("a dev chain has a validator").to_owned();
    for (module, kind) in chortle_app::catalogue::queries(&chortle_app::MODULES) {
        let mut path = kind
            .path
            .replace("{asset}", "0")
            .replace("{symbol}", "LOL")
            .replace("{name}", "Chortle")
            .replace("{address}", &node.accounts[0].address.to_string())
            .replace("{shared_account}", &node.accounts[0].address.to_string())
            .replace("{validator}", &operator)
            .replace("{spender}", &node.accounts[1].address.to_string());
        for number in
            ["{lock}", "{airdrop}", "{index}", "{salt}", "{proposal}", "{grant}", "{schedule}", "{stream}"]
        {
            path = path.replace(number, "1");
        }
        assert!(!path.contains('{'), "{module} {}: no value for an argument of {path}", kind.name);
        let response = node.get(&format!("/v1/{path}")).await;
        let status = response.status();
        let body: Value = response.json().await.expect("JSON");
        // A fresh chain has no lock 1; that is an answer of the query and not of a missing route.
        let answered = status.is_success() || (status.is_client_error() && body["code"] != nowhere["code"]);
        assert!(answered, "{module} {}: GET /v1/{path}: {status} {body}", kind.name);
        let argument_free = !kind.path.contains('{');
        assert!(status.is_success() || !argument_free, "{module} {}: {status} {body}", kind.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_to_the_whole_list_without_a_gap() {
    let node = Node::start().await;
    node.post_ok("/v1/dev/mine", &json!({ "blocks": 25 })).await;
    let mut heights = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = node.json(&format!("/v1/blocks?limit=7{cursor}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 7);
        heights.extend(items.iter().map(|block| block["height"].as_u64().unwrap()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let all: Vec<u64> = (1..=25).rev().collect();
    assert_eq!(heights, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_large_transactions_ends_early_and_the_pages_join_to_the_block() {
    let dev = Arc::new(chain(Mode::Manual));
    let node = Node::over(Arc::clone(&dev), None, Limits::default()).await;
    large_block(&node, &dev, 40).await;
    let (mut indices, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let response = node.get(&format!("/v1/blocks/1/txs?limit=100{cursor}")).await;
        let text = response.text().await.unwrap();
        assert!(text.len() < 4 << 20, "{} bytes in an answer", text.len());
        let page: Value = serde_json::from_str(&text).unwrap();
        for tx in page["items"].as_array().unwrap() {
            indices.push(tx["index"].as_u64().unwrap());
            let found = node.json(&format!("/v1/txs/{}", tx["hash"].as_str().unwrap())).await;
            assert_eq!((&found["index"], &found["receipt"]), (&tx["index"], &tx["receipt"]));
        }
        pages += 1;
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(indices, (0..40).collect::<Vec<_>>());
    assert!(pages > 1, "the block is too small to show anything");
    assert_eq!(node.json("/v1/blocks/1/txs?cursor=1.40").await, json!({ "items": [], "next": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_may_read() {
    let node = Node::start().await;
    let preflight = node
        .http
        .request(reqwest::Method::OPTIONS, node.url("/v1/txs"))
        .header("origin", "https://wallet.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap();
    assert!(preflight.status().is_success(), "{}", preflight.status());
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    let read = node.http.get(node.url("/v1/status")).header("origin", "https://wallet.example");
    let read = read.send().await.unwrap();
    assert_eq!(read.headers()["access-control-allow-origin"], "*");
    let exposed = read.headers()["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("chortle-app-hash"), "{exposed}");
    let refused = node.http.get(node.url("/v1/nothing")).header("origin", "https://wallet.example");
    let refused = refused.send().await.unwrap();
    assert_eq!(refused.headers()["access-control-allow-origin"], "*", "a page must see errors too");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_an_answer_is_not_sent_it_again() {
    let node = Node::start().await;
    let bob = node.accounts[1].address;
    let hash = node.submit(&node.transfer(0, bob, 1, 0)).await["hash"].as_str().unwrap().to_owned();
    let balance = format!("/v1/accounts/{bob}/balances/0");
    let paths = ["/v1/blocks/1".to_owned(), format!("/v1/txs/{hash}"), balance.clone()];
    let tag_of = async |path: &str| {
        let answer = node.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned())
    };
    let again = async |path: &str, tag: &str| {
        node.http.get(node.url(path)).header("if-none-match", tag).send().await.unwrap()
    };
    let mut before = Vec::new();
    for path in &paths {
        let tag = tag_of(path).await.unwrap();
        let answer = again(path, &tag).await;
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["etag"].to_str().unwrap()),
            (304, tag.as_str())
        );
        assert_eq!(answer.text().await.unwrap(), "");
        assert_eq!(again(path, "\"other\"").await.status(), 200, "{path}");
        before.push(tag);
    }
    assert!(before[2].starts_with("W/"), "{before:?}");
    node.submit(&node.transfer(0, bob, 1, 1)).await;
    assert_eq!(again(&paths[0], &before[0]).await.status(), 304, "a block is final");
    assert_eq!(again(&paths[1], &before[1]).await.status(), 304, "a transaction in it, too");
    assert_eq!(again(&balance, &before[2]).await.status(), 200, "a balance is of one state");
    for moving in ["/v1/blocks/latest", "/v1/status", &format!("/v1/accounts/{bob}")] {
        assert_eq!(tag_of(moving).await, None, "{moving}");
    }
}
