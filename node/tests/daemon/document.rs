use chortle_node::rest;

use crate::common::Node;

/// A change of this file is a change of what people rely on.
#[test]
fn the_document_is_the_one_that_was_reviewed() {
    insta::assert_snapshot!("openapi", format!("{:#}", rest::openapi()));
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = rest::openapi();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut count = 0;
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
        count += 1;
    }
    assert!(count > 5, "the document has references");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_document_exists_and_takes_its_method() {
    let node = Node::start().await;
    let document = node.json("/openapi.json").await;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let filled: Vec<_> =
            path.split('/').map(|part| if part.starts_with('{') { "0" } else { part }).collect();
        for method in methods.as_object().unwrap().keys() {
            if path == "/v1/stream" {
                continue;
            }
            let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let response =
                node.http.request(method.clone(), node.url(&filled.join("/"))).send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            let answer: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            let code = answer["code"].as_str().unwrap_or_default();
            assert!(!["rest.1", "rest.2"].contains(&code), "{method} {path}: {status} {text}");
        }
    }
}
