//! A transaction file through the binary, without a node; and the contract of streams and exit codes.

mod common;

use std::fs;

use common::Home;
use serde_json::Value;

const BOB: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";

fn offline_build<'a>(coin: &'a str, out: &'a str) -> Vec<&'a str> {
    vec![
        "tx",
        "build",
        "token",
        "transfer",
        "--to",
        BOB,
        "--coin",
        coin,
        "--from",
        "alice",
        "--fee-payer",
        "carol",
        "--offline",
        "--chain-id",
        "chortle-test-1",
        "--genesis-hash",
        "0x0707070707070707070707070707070707070707070707070707070707070707",
        "--sequence",
        "3",
        "--gas-price-max",
        "5",
        "--out",
        out,
    ]
}

#[test]
fn a_file_goes_from_build_over_sign_and_combine_to_a_whole_transaction() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    home.ok(&["keys", "add", "carol", "--kind", "ed25519"]);
    let [built, by_alice, by_carol, whole] = ["built", "alice", "carol", "whole"].map(|name| home.file(name));
    home.ok(&offline_build("1.5LOL", &built));
    let half = home.json(&["tx", "sign", &built, "--from", "alice", "--out", &by_alice]);
    assert_eq!(
        half["signatures_missing"],
        serde_json::json!([home.json(&["keys", "show", "carol"])["address"]])
    );
    home.ok(&["tx", "sign", &built, "--from", "carol", "--out", &by_carol]);
    home.ok(&["tx", "combine", &by_alice, &by_carol, "--out", &whole]);
    let shown = home.json(&["tx", "decode", &whole]);
    assert_eq!(shown["signatures_missing"], serde_json::json!([]));
    assert_eq!(shown["messages"][0]["body"]["coin"]["amount"], "1500000000");
    assert_eq!(shown["gas"], shown["gas_limit"]);
    assert_eq!(shown["hash"].as_str().unwrap().len(), 66);
    assert_eq!(home.run(&["tx", "broadcast", &by_alice]).code, 1);
    // One step with both keys gives the same signatures.
    let at_once = home.file("at-once");
    home.ok(&["tx", "sign", &built, "--out", &at_once]);
    assert_eq!(fs::read(&at_once).unwrap(), fs::read(&whole).unwrap());
}

#[test]
fn a_file_whose_readable_part_lies_is_refused() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    home.ok(&["keys", "add", "carol"]);
    let built = home.file("built");
    home.ok(&offline_build("1LOL", &built));
    let mut value: Value = serde_json::from_slice(&fs::read(&built).unwrap()).unwrap();
    value["tx"]["messages"][0]["body"]["coin"]["amount"] = "1".into();
    fs::write(&built, value.to_string()).unwrap();
    let run = home.run(&["tx", "sign", &built, "--output", "json"]);
    assert_eq!((run.code, run.error_name()), (1, "file_disagrees".to_owned()));
    assert_eq!(run.stdout, "");
}

#[test]
fn people_read_when_it_expires_and_how_long_that_is() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    home.ok(&["keys", "add", "carol"]);
    let built = home.file("built");
    let args = [offline_build("1LOL", &built), vec!["--expires-in", "2h"]].concat();
    home.ok(&args);
    let shown = home.ok(&["tx", "decode", &built, "--output", "table"]);
    let date = shown.lines().find(|line| line.contains("expires: ")).unwrap();
    assert!(date.contains("-") && date.trim_end().ends_with(" UTC"), "{shown}");
    assert!(shown.contains("by this machine's clock: expires in 1 h 59 min"), "{shown}");
}

#[test]
fn signatures_of_another_transaction_are_refused() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    home.ok(&["keys", "add", "carol"]);
    let [one, two] = ["one", "two"].map(|name| home.file(name));
    home.ok(&offline_build("1LOL", &one));
    home.ok(&offline_build("2LOL", &two));
    assert_eq!(home.run(&["tx", "combine", &one, &two]).code, 64);
    home.ok(&["tx", "sign", &one, "--from", "alice", "--out", &one]);
    let mut forged: Value = serde_json::from_slice(&fs::read(&two).unwrap()).unwrap();
    let signed: Value = serde_json::from_slice(&fs::read(&one).unwrap()).unwrap();
    forged["signatures"] = signed["signatures"].clone();
    fs::write(&two, forged.to_string()).unwrap();
    let run = home.run(&["tx", "decode", &two, "--output", "json"]);
    assert_eq!((run.code, run.error_code()), (1, "tx.8".to_owned()));
}

#[test]
fn without_a_node_nothing_is_guessed() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    home.ok(&["keys", "add", "carol"]);
    let run = home.run(&offline_build("1DOGE#17", &home.file("x")));
    assert_eq!(run.code, 64);
    assert!(run.stderr.contains("decimals"), "{}", run.stderr);
    let args = ["tx", "build", "token", "burn", "--coin", "1LOL", "--from", "alice", "--offline"];
    assert_eq!(home.run(&args).code, 64);
}

#[test]
fn every_kind_of_failure_has_its_exit_code_and_a_hint() {
    let home = Home::new();
    let table: [(&[&str], i32, &str); 8] = [
        (&["nonsense"], 64, "usage"),
        (&["keys", "show", "nobody"], 78, "unknown_key"),
        (&["keys", "show", "../../etc"], 64, "usage"),
        (&["status"], 2, "node_unreachable"),
        (&["status", "--node", "ftp://x"], 78, "bad_node_url"),
        (&["status", "--node", "https://x", "--ca", "missing.pem"], 78, "untrusted_node"),
        (&["tx", "wait", "12"], 64, "usage"),
        (&["send", BOB, "1"], 64, "usage"),
    ];
    for (args, code, name) in table {
        let args: Vec<&str> = args.iter().copied().chain(["--output", "json"]).collect();
        let run = home.run(&args);
        assert_eq!((run.code, run.error_name().as_str()), (code, name), "{args:?}");
        assert_eq!(run.stdout, "", "{args:?}: a failure writes nothing on standard output");
    }
    let people = home.run(&["keys", "show", "nobody", "--output", "table"]);
    assert!(people.stderr.contains("hint: "), "{}", people.stderr);
}

#[test]
fn a_wrong_profile_names_the_file() {
    let home = Home::new();
    fs::create_dir_all(home.path().join("home")).unwrap();
    let profile = home.path().join("home/client.toml");
    fs::write(&profile, "from = \"alice\"\nnode = \"http://127.0.0.1:9\"\n").unwrap();
    assert!(home.ok(&["config"]).contains("profile"));
    fs::write(&profile, "nod = \"x\"\n").unwrap();
    let run = home.run(&["keys", "list", "--output", "json"]);
    assert_eq!((run.code, run.error_name()), (78, "bad_profile".to_owned()));
    assert!(run.stderr.contains("client.toml"));
}

#[test]
fn completions_manual_pages_and_version_need_no_home() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(home.ok(&["completions", shell]).contains("chortle"), "{shell}");
    }
    assert_eq!(home.json(&["version"])["name"], "chortle");
    let folder = home.file("man");
    let pages = home.json(&["man", &folder])["pages"].as_u64().unwrap();
    assert!(pages > 150, "{pages}");
    let burn = fs::read_to_string(format!("{folder}/chortle-tx-token-burn.1")).unwrap();
    assert!(burn.contains("chortle tx token burn \\-\\-coin"), "{burn}");
}
