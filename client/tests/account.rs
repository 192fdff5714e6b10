//! `chortle account` against a real dev chain: from an address to what several approved.

mod common;

use common::{DevChain, Home};
use serde_json::Value;

fn home_on(chain: &DevChain) -> Home {
    let home = Home::on(&chain.url);
    home.ok(&["keys", "add-dev", "--count", "10"]);
    home
}

/// Sends, and agrees to it.
fn sent(home: &Home, words: &[&str]) -> Value {
    home.json(&[words, &["--yes"]].concat())
}

fn events(sent: &Value) -> Vec<&str> {
    let events = sent["receipt"]["events"].as_array().unwrap();
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

/// Two of three with a delay of a day, under the name `team`; dev2 sends 5 LOL a day alone.
fn team(home: &Home) {
    let terms = [
        "account",
        "create",
        "--member",
        "dev0",
        "--member",
        "dev1",
        "--member",
        "dev2",
        "--threshold",
        "2",
        "--delay",
        "1d",
        "--limit",
        "dev2=5LOL per 1d",
    ];
    let before = home.json(&[&terms[..], &["--address"]].concat());
    let account = before["account"].as_str().unwrap();
    home.ok(&["keys", "import", "team", "--address", account]);
    home.ok(&["send", "team", "100LOL", "--from", "dev0"]);
    let created = sent(home, &[&terms[..], &["--from", "dev3"]].concat());
    assert_eq!(events(&created), ["multisig.created"]);
    assert_eq!(home.json(&["account", "show", "team"])["account"], account);
    assert_eq!(home.json(&["account", "list", "dev1"])["items"][0]["account"], account);
}

#[test]
fn what_two_of_three_approve_is_sent_after_the_delay_and_not_before() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    team(&home);
    let proposed = sent(
        &home,
        &[
            "account",
            "propose",
            "team",
            "--title",
            "Two gifts",
            "token",
            "transfer",
            "--to",
            "dev4",
            "--coin",
            "20LOL",
            "then",
            "token",
            "transfer",
            "--to",
            "dev5",
            "--coin",
            "1LOL",
            "--from",
            "dev0",
        ],
    );
    assert_eq!(events(&proposed), ["multisig.proposed"]);
    let shown = home.ok(&["account", "show", "team", "1", "--output", "table"]);
    for part in ["Two gifts", "open", "1 of 2", "Message 2: token transfer", "coin: 20 LOL"] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let approved = home.run(&["account", "approve", "team", "1", "--from", "dev1", "--yes"]);
    assert!(approved.code == 0 && approved.stderr.contains("coin: 1 LOL"), "{}", approved.stderr);

    let early = home.run(&["account", "execute", "team", "1", "--from", "dev3", "--yes"]);
    assert!(early.code == 1 && early.stderr.contains("too_early"), "{}", early.stderr);
    home.ok(&["dev", "time", "2d"]);
    let executed = sent(&home, &["account", "execute", "team", "1", "--from", "dev3"]);
    assert_eq!(events(&executed), ["multisig.executed", "token.transferred", "token.transferred"]);
    let again = home.run(&["account", "execute", "team", "1", "--from", "dev3", "--yes"]);
    assert!(again.code == 1 && again.stderr.contains("chortle account show"), "{}", again.stderr);
}

#[test]
fn a_member_sends_alone_within_a_limit_that_the_others_can_end() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    team(&home);
    sent(&home, &["account", "spend", "team", "dev6", "2.5LOL", "--from", "dev2"]);
    let beyond = home.run(&["account", "spend", "team", "dev6", "3LOL", "--from", "dev2", "--yes"]);
    assert!(beyond.code == 1 && beyond.stderr.contains("above_limit"), "{}", beyond.stderr);
    assert_eq!(home.json(&["account", "limits", "team"])[0]["left_display"], "2.5 LOL");
    sent(&home, &["account", "change", "team", "--no-limits", "--delay", "2h", "--from", "dev0"]);
    sent(&home, &["account", "approve", "team", "1", "--from", "dev1"]);
    home.ok(&["dev", "time", "2d"]);
    sent(&home, &["account", "execute", "team", "1", "--from", "dev1"]);
    let shown = home.json(&["account", "show", "team"]);
    assert_eq!((&shown["limits"], &shown["delay_ms"]), (&serde_json::json!([]), &Value::from(7_200_000)));
    assert_eq!(shown["members"].as_array().unwrap().len(), 3, "what is not said stays");
}

#[test]
fn options_behind_the_words_of_a_message_are_of_the_whole_command() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    team(&home);
    let words = ["token", "transfer", "--to", "dev4", "--coin", "1LOL", "--from", "dev0", "--yes"];
    let run =
        home.run(&[&["account", "propose", "team"][..], &words, &["--node", "http://127.0.0.1:9"]].concat());
    assert!(run.code == 2 && run.stderr.contains("127.0.0.1:9"), "{}", run.stderr);
    let dry = home.run(&[&["account", "propose", "team"][..], &words, &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    let none = home.run(&["query", "multisig", "proposal", "team", "1"]);
    assert_eq!(none.code, 1, "a dry run proposes nothing");
}
