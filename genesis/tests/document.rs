//! Claims about the document: it reads back, names itself, and points at the line of what is wrong.

use chortle_genesis::{Builder, Document, List};
use serde_json::{Map, Value, json};

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const ACCOUNTS: List = List { section: "token", list: "accounts", name: &["address"] };
const PAIRS: List = List { section: "token", list: "pairs", name: &["from", "to"] };

fn builder() -> Builder {
    let sections: Map<String, Value> =
        [("token".to_owned(), json!({ "accounts": [], "pairs": [] }))].into_iter().collect();
    Builder::new("chortle-test-1", "2026-11-21T00:00:00Z", sections)
}

fn document() -> Document {
    let mut document = builder().build();
    let key = json!({ "type": "tendermint/PubKeyEd25519", "value": KEY });
    let validator = json!({ "pub_key": key, "power": "10", "name": "one" });
    document.validators.push(serde_json::from_value(validator).unwrap());
    document
}

fn accept(_: &Document) -> Result<(), (String, String)> {
    Ok(())
}

#[test]
fn a_document_reads_back_as_itself() {
    let document = document();
    let text = document.to_json();
    assert_eq!(Document::parse(&text).unwrap(), document);
    assert_eq!(Document::validate(&text, accept).unwrap().to_json(), text);
}

#[test]
fn votes_are_extended_from_the_first_block_unless_the_builder_is_told_otherwise() {
    let height = |document: Document| document.consensus_params.abci.vote_extensions_enable_height.0;
    assert_eq!(height(builder().build()), 1);
    for told in [0, 7] {
        let mut builder = builder();
        builder.set_vote_extensions_height(told);
        assert_eq!(height(builder.build()), told);
    }
}

#[test]
fn the_layout_of_the_file_does_not_change_the_hash() {
    let document = document();
    let squeezed: String = document.to_json().split_whitespace().collect();
    assert_eq!(Document::parse(&squeezed).unwrap().hash(), document.hash());
    let mut other = document.clone();
    other.chain_id.push('0');
    assert_ne!(other.hash(), document.hash());
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let text = document().to_json();
    let table: [(&str, &str, &str); 9] = [
        ("\"chortle-test-1\"", "\"bad name\"", "/chain_id"),
        ("2026-11-21T00:00:00Z", "yesterday", "/genesis_time"),
        ("\"initial_height\": \"1\"", "\"initial_height\": \"0\"", "/initial_height"),
        ("\"ed25519\"", "\"secp256k1\"", "/consensus_params/validator/pub_key_types"),
        ("\"max_bytes\": \"4194304\"", "\"max_bytes\": \"1\"", "/consensus_params/block/max_bytes"),
        ("\"max_gas\": \"6000000000\"", "\"max_gas\": \"0\"", "/consensus_params/block/max_gas"),
        ("\"power\": \"10\"", "\"power\": \"0\"", "/validators/0/power"),
        ("tendermint/PubKeyEd25519", "tendermint/PubKeySecp256k1", "/validators/0/pub_key/type"),
        ("\"app_hash\": \"\"", "\"app_hash\": \"00\"", "/app_hash"),
    ];
    for (good, bad, pointer) in table {
        assert!(text.contains(good), "{good}");
        let broken = text.replacen(good, bad, 1);
        let problem = Document::validate(&broken, accept).unwrap_err();
        assert!(problem.sentence.starts_with(pointer), "{problem}");
        let line = broken.lines().nth(problem.line - 1).unwrap();
        let last = pointer.rsplit('/').next().unwrap();
        assert!(line.contains(last), "{pointer} is not on line {}: {line}", problem.line);
    }
}

#[test]
fn a_section_that_a_module_refuses_is_named_with_its_line() {
    let text = document().to_json();
    let refuse = |_: &Document| Err(("/app_state/token/accounts".to_owned(), "there is nobody".to_owned()));
    let problem = Document::validate(&text, refuse).unwrap_err();
    assert_eq!(problem.sentence, "/app_state/token/accounts: there is nobody");
    assert!(text.lines().nth(problem.line - 1).unwrap().contains("accounts"));
}

#[test]
fn text_that_is_no_document_is_refused_with_its_line() {
    let text = document().to_json();
    for broken in [
        String::new(),
        "[]".to_owned(),
        text.replacen('{', "", 1),
        text.replacen("\"power\": \"10\"", "\"power\": 10", 1),
        text.replacen("\"power\": \"10\"", "\"power\": \"9223372036854775808\"", 1),
        text.replacen("\"validators\"", "\"surprise\"", 1),
        text.replacen("\"chain_id\"", "\"chain_id\": \"twice\", \"chain_id\"", 1),
    ] {
        assert!(Document::parse(&broken).unwrap_err().line <= text.lines().count(), "{broken}");
    }
}

#[test]
fn an_entry_stands_once_by_all_of_its_name() {
    let mut builder = builder();
    let entry = json!({ "address": "lol1x", "balance": "5" });
    builder.add_entry(&ACCOUNTS, entry.clone()).unwrap();
    let twice = builder.add_entry(&ACCOUNTS, entry.clone()).unwrap_err();
    assert!(twice.0.contains("lol1x") && twice.0.contains("/app_state/token/accounts"), "{twice}");
    for nowhere in [List { list: "nothing", ..ACCOUNTS }, List { section: "nothing", ..ACCOUNTS }] {
        assert!(builder.add_entry(&nowhere, entry.clone()).is_err());
    }
    for to in ["b", "c"] {
        builder.add_entry(&PAIRS, json!({ "from": "a", "to": to })).unwrap();
    }
    assert!(builder.add_entry(&PAIRS, json!({ "from": "a", "to": "c", "amount": 1 })).is_err());
}

#[test]
fn collecting_gives_the_same_document_in_any_order_of_files() {
    let with = |address: &str, balance: &str| {
        let mut builder = builder();
        builder.add_entry(&ACCOUNTS, json!({ "address": address, "balance": balance })).unwrap();
        builder.build()
    };
    let (one, two) = (with("lol1a", "1"), with("lol1b", "2"));
    let collect = |files: &[Document]| {
        let mut all = builder();
        all.collect(files, &[ACCOUNTS, PAIRS]).map(|()| all.build())
    };
    let both = collect(&[one.clone(), two.clone()]).unwrap();
    assert_eq!(both, collect(&[two.clone(), one.clone(), two.clone()]).unwrap());
    assert_eq!(both.app_state["token"]["accounts"].as_array().unwrap().len(), 2);
    assert!(collect(&[one, with("lol1a", "3")]).is_err(), "one name, two contents");
    let mut stranger = two;
    stranger.chain_id = "other-1".to_owned();
    assert!(collect(&[stranger]).is_err());
}
