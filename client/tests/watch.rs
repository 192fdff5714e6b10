//! `chortle watch` against a real chain: every event once, across a node that goes away.

mod common;

use std::{
    io::{BufRead, BufReader, Lines, Read},
    process::{Child, ChildStdout},
};

use common::{DevChain, Home};
use serde_json::Value;

/// A watch that goes on beside the test, and its lines.
struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(home: &Home, args: &[&str]) -> Self {
        let mut child = home.start(&[&["watch"], args, &["--output", "json"]].concat());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next events, up to one of this kind.
    fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for line in &mut self.lines {
            found.push(serde_json::from_str::<Value>(&line.unwrap()).unwrap());
            if found.last().unwrap()["kind"] == kind {
                return found;
            }
        }
        let mut said = String::new();
        let _ = self.child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut said));
        panic!("the watch ended before {kind}: {found:?}: {said}");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn place(event: &Value) -> (u64, u64) {
    let (height, sequence) = event["id"].as_str().unwrap().split_once('.').unwrap();
    (height.parse().unwrap(), sequence.parse().unwrap())
}

#[test]
fn a_watch_goes_on_where_it_was_when_its_node_is_started_anew() {
    let folder = tempfile::tempdir().unwrap();
    let node_home = folder.path().join("node").display().to_string();
    let chain = DevChain::start(&["--persist", "--home", &node_home]);
    let home = Home::on(&chain.url);
    home.ok(&["keys", "add-dev"]);
    let mut watch = Watch::start(&home, &["account", "dev1", "--from-block", "1"]);
    home.ok(&["send", "dev1", "1LOL", "--from", "dev0"]);
    let mut all = watch.until("token.transferred");

    let address = chain.url.trim_start_matches("http://").to_owned();
    drop(chain);
    let chain = DevChain::start_at(&address, &["--persist", "--home", &node_home]);
    home.ok(&["send", "dev1", "2LOL", "--from", "dev0"]);
    all.extend(watch.until("token.transferred"));
    home.ok(&["send", "dev1", "3LOL", "--from", "dev0"]);
    all.extend(watch.until("token.transferred"));
    assert!(all.is_sorted_by(|a, b| place(a) < place(b)), "{all:?}");
    let moved: Vec<_> = all
        .iter()
        .filter(|event| event["kind"] == "token.transferred")
        .map(|event| &event["data"]["event"]["fields"])
        .collect();
    assert_eq!(moved.len(), 3);
    for (amount, fields) in [1, 2, 3].iter().zip(&moved) {
        assert!(fields.to_string().contains(&format!("\"{amount}000000000\"")), "{fields}");
    }
    drop(watch);
    drop(chain);
}

#[test]
fn what_is_watched_is_what_was_asked_for() {
    let chain = DevChain::start(&[]);
    let home = Home::on(&chain.url);
    home.ok(&["keys", "add-dev"]);
    home.ok(&["send", "dev1", "5LOL", "--from", "dev0"]);
    let create = "tx token create-asset --symbol GIGGLE --name Giggle --decimals 6 --supply 1000 --from dev0";
    let created = home.json(&create.split(' ').collect::<Vec<_>>());
    let events = created["receipt"]["events"].as_array().unwrap();
    let event = events.iter().find(|event| event["kind"] == "token.asset_created").unwrap();
    let asset = format!("GIGGLE#{}", event["fields"]["asset"].as_str().unwrap());
    home.ok(&["send", "dev1", &format!("2.5{asset}"), "--from", "dev0"]);

    let of_asset =
        home.ok(&["watch", "asset", &asset, "--from-block", "1", "--count", "3", "--output", "table"]);
    let lines: Vec<&str> = of_asset.lines().collect();
    assert!(lines[0].starts_with("2.") && lines[0].contains("token.asset_created"), "{of_asset}");
    assert!(lines[2].starts_with("3.") && lines[2].contains(&format!("2.5 {asset}")), "{of_asset}");
    assert!(lines[2].contains("dev1"), "accounts have their names: {of_asset}");

    let blocks = home.ok(&["watch", "blocks", "--from-block", "1", "--count", "3"]);
    let heights: Vec<u64> = blocks
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["data"]["height"].as_u64().unwrap())
        .collect();
    assert_eq!(heights, [1, 2, 3]);
    let after = home.ok(&["watch", "blocks", "--after", "1.0", "--count", "1"]);
    assert!(after.contains("\"2.0\""), "{after}");

    for (args, code) in [
        (&["watch", "account", "nobody"][..], 64),
        (&["watch", "asset", "DOGE#99"], 1),
        (&["watch", "validator", "dev1"], 1),
        (&["watch", "blocks", "--from-block", "99"], 64),
        (&["watch", "blocks", "--after", "yesterday"], 1),
    ] {
        let run = home.run(&[args, &["--output", "json"]].concat());
        assert_eq!(run.code, code, "{args:?}: {}", run.stderr);
        assert!(run.error()["hint"].is_string(), "{args:?}: {}", run.stderr);
    }
}
