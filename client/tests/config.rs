//! Settings that are written by commands, and networks whose chain is pinned.

mod common;

use std::fs;

use common::{DevChain, Home};
use serde_json::Value;

fn profile(home: &Home) -> String {
    fs::read_to_string(home.path().join("home/client.toml")).unwrap_or_default()
}

fn setting(home: &Home, name: &str) -> (Value, Value) {
    let all = home.json(&["config", "list"]);
    let found = all.as_array().unwrap().iter().find(|row| row["setting"] == name).cloned();
    let found = found.unwrap_or_else(|| panic!("no row {name}"));
    (found["value"].clone(), found["from"].clone())
}

#[test]
fn a_setting_is_written_read_and_ended_and_comments_stay() {
    let home = Home::new();
    fs::create_dir_all(home.path().join("home")).unwrap();
    fs::write(home.path().join("home/client.toml"), "# mine\nwait = \"submitted\" # in a hurry\n").unwrap();
    home.ok(&["config", "set", "from", "alice"]);
    home.ok(&["config", "set", "wait", "included"]);
    home.ok(&["config", "set", "networks.main.node", "https://node.example"]);
    assert_eq!(
        profile(&home),
        "# mine\nwait = \"included\" # in a hurry\nfrom = \"alice\"\n\n\
         [networks.main]\nnode = \"https://node.example\"\n"
    );
    assert_eq!(home.json(&["config", "get", "from"])["value"], "alice");
    assert_eq!(home.json(&["config", "get", "networks.main.node"])["value"], "https://node.example");
    assert_eq!(setting(&home, "from"), ("alice".into(), "profile".into()));
    home.ok(&["config", "unset", "from"]);
    home.ok(&["config", "unset", "networks.main"]);
    assert!(
        !profile(&home).contains("alice") && !profile(&home).contains("node.example"),
        "{}",
        profile(&home)
    );
    let again = home.run(&["config", "unset", "from", "--output", "json"]);
    assert_eq!((again.code, again.error_name().as_str()), (64, "usage"));
}

#[test]
fn what_could_never_work_is_refused_and_the_file_stays_as_it_was() {
    let home = Home::new();
    home.ok(&["config", "set", "from", "alice"]);
    let before = profile(&home);
    for (key, value) in [
        ("node", "ftp://x"),
        ("node", "nonsense"),
        ("output", "xml"),
        ("wait", "later"),
        ("ca", "missing.pem"),
        ("from", ""),
        ("nod", "http://127.0.0.1:1317"),
        ("network", "Main Net"),
        ("networks.main", "x"),
        ("networks.Main.node", "http://127.0.0.1:1317"),
        ("networks.main.genesis_hash", "12"),
        ("networks.main.chain_id", ""),
        ("networks.main.from", "alice"),
    ] {
        let run = home.run(&["config", "set", key, value, "--output", "json"]);
        assert!([64, 78].contains(&run.code), "{key} {value}: {}{}", run.code, run.stderr);
        assert!(run.error()["hint"].is_string(), "{key} {value}: no hint: {}", run.stderr);
        assert_eq!(profile(&home), before, "{key} {value}");
    }
}

#[test]
fn a_network_is_pinned_and_a_node_of_another_chain_is_refused_before_anything_is_signed() {
    let (own, other) = (DevChain::start(&[]), DevChain::start(&["--chain-id", "chortle-other-1"]));
    let home = Home::without_node();
    home.ok(&["keys", "add-dev"]);
    let added = home.json(&["config", "add-network", "own", &own.url]);
    assert_eq!(added["genesis_hash"], home.json(&["status", "--node", &own.url])["genesis_hash"]);
    home.ok(&["config", "set", "network", "own"]);
    assert_eq!(setting(&home, "node"), (own.url.clone().into(), "network own".into()));
    home.ok(&["send", "dev1", "5LOL", "--from", "dev0"]);

    // Another chain behind the same name: by a flag, and by a profile whose node moved.
    let wrong = |args: &[&str]| {
        let run = home.run(&[args, &["--output", "json"]].concat());
        assert_eq!((run.code, run.error_name().as_str()), (78, "wrong_network"), "{args:?}: {}", run.stderr);
        assert!(run.error()["hint"].as_str().unwrap().contains("nothing was signed"), "{}", run.stderr);
    };
    wrong(&["send", "dev1", "5LOL", "--from", "dev0", "--node", &other.url]);
    wrong(&["balance", "dev1", "--node", &other.url]);
    wrong(&[
        "config",
        "add-network",
        "two",
        &other.url,
        "--genesis-hash",
        added["genesis_hash"].as_str().unwrap(),
    ]);
    let file = home.file("other.json");
    let unpinned = home.run(&[
        "tx",
        "build",
        "token",
        "burn",
        "--coin",
        "1LOL",
        "--from",
        "dev0",
        "--offline",
        "--chain-id",
        "chortle-other-1",
        "--genesis-hash",
        added["genesis_hash"].as_str().unwrap(),
        "--sequence",
        "0",
        "--gas-price-max",
        "2",
        "--out",
        &file,
    ]);
    assert_eq!(unpinned.code, 0, "{}", unpinned.stderr);
    wrong(&["tx", "sign", &file, "--from", "dev0"]);
    home.ok(&["config", "set", "networks.own.node", &other.url]);
    wrong(&["send", "dev1", "5LOL", "--from", "dev0"]);

    // The mistake can be mended by the command that its hint names.
    home.ok(&["config", "add-network", "own", &own.url]);
    home.ok(&["send", "dev1", "5LOL", "--from", "dev0"]);
    let unknown = home.run(&["balance", "dev1", "--network", "none", "--output", "json"]);
    assert_eq!((unknown.code, unknown.error_name().as_str()), (78, "unknown_network"));
    assert!(
        unknown.error()["hint"].as_str().unwrap().contains("config add-network none URL"),
        "{}",
        unknown.stderr
    );
    home.ok(&["config", "unset", "networks.own"]);
    assert_eq!(home.run(&["balance", "dev1"]).code, 78, "a network that is gone is not forgotten silently");
    home.ok(&["keys", "list"]);
    home.ok(&["config", "unset", "network"]);
}
