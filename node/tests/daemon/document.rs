use chortle_app::MODULES;
use chortle_kernel::{codec, tx::TxBody};
use chortle_node::rest;

use crate::common::Node;

/// A change of this file is a change of what people rely on.
#[test]
fn the_document_is_the_one_that_was_reviewed() {
    insta::assert_snapshot!("openapi", format!("{:#}", rest::document()));
}

const ERRORS: &str = "\
# Every error code

Made from the catalogue by `CHORTLE_BLESS=1 cargo test -p chortle-node --test daemon document`; a test holds it to it. A
node answers the same list at `/v1/errors`, and `chortle query app errors` shows it. A code is never reused.
";

/// The catalogue as a page for people, a table for each codespace.
fn page_of_errors() -> String {
    let mut page = ERRORS.to_owned();
    let mut last = "";
    for row in rest::catalogue() {
        if row.codespace != last {
            last = row.codespace;
            let head =
                "| code | name | seen by | what it says | what to do |\n| --- | --- | --- | --- | --- |";
            page.push_str(&format!("\n## {last}\n\n{head}\n"));
        }
        let seen_by = serde_json::to_value(row.seen_by).unwrap();
        page.push_str(&format!(
            "| {} | `{}` | {} | {} | {} |\n",
            row.code(),
            row.name,
            seen_by.as_str().unwrap(),
            row.sentence,
            row.hint.unwrap_or_default(),
        ));
    }
    page
}

#[test]
fn the_page_of_errors_is_that_of_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md");
    let found = page_of_errors();
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    assert!(found == std::fs::read_to_string(path).unwrap_or_default(), "docs/errors.md: bless it");
}

#[test]
fn every_code_says_what_to_do_and_stands_once() {
    let mut seen = std::collections::BTreeSet::new();
    for row in rest::catalogue() {
        let code = row.code();
        assert!(seen.insert(code.clone()), "{code} stands twice");
        // What to do stands in the hint, or behind a colon. A value there is a reason and no advice.
        let behind = row.sentence.rsplit_once(": ").map_or("", |(_, behind)| behind);
        let own: String =
            behind.split('{').map(|part| part.split_once('}').map_or(part, |(_, own)| own)).collect();
        assert!(own.split_whitespace().count() > 1 || row.hint.is_some(), "{code}: {}", row.sentence);
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = rest::document();
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

#[test]
fn every_answer_is_typed_and_no_schema_is_told_from_another_by_a_number() {
    let document = rest::document();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            let (_, done) = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
            let (_, content) = done["content"].as_object().unwrap().iter().next().unwrap();
            let schema = content["schema"].as_object().unwrap();
            assert!(!schema.is_empty(), "{method} {path}");
        }
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in schemas.keys() {
        let bare = name.trim_end_matches(|last: char| last.is_ascii_digit());
        assert!(bare == name || !schemas.contains_key(bare), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_has_examples_that_build_takes_as_they_stand() {
    let node = Node::start().await;
    let document = node.json("/openapi.json").await;
    for module in MODULES.modules() {
        for kind in module.messages {
            let path = format!("/v1/txs/build/{}/{}", module.name, kind.name);
            let content = &document["paths"][&path]["post"]["requestBody"]["content"]["application/json"];
            let bodies = (kind.examples)();
            assert!(!bodies.is_empty(), "{path} has no example");
            for (place, expected) in bodies.into_iter().enumerate() {
                let request = &content["examples"][format!("{}_{place}", kind.name)]["value"];
                let built = node.post_ok(&path, request).await;
                let body = hex::decode(&built["body_bytes"].as_str().unwrap()[2..]).unwrap();
                let body: TxBody = codec::decode(&body).unwrap();
                let found = body.messages.iter().map(|raw| raw.body.to_vec()).collect::<Vec<_>>();
                assert_eq!(found, [expected], "{path}: {request}");
            }
        }
    }
}
