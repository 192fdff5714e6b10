//! What a home signs with: `start` refuses what `doctor` finds, and neither writes anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::command_line::{chortled, text};
use crate::startup::{Running, edit, home, refused, start};

const KEY: &str = "comet/config/priv_validator_key.json";
const RECORD: &str = "comet/data/priv_validator_state.json";

/// Every file of CometBFT's home with its bytes.
fn files(home: &Path) -> BTreeMap<String, Vec<u8>> {
    let folders = ["comet/config", "comet/data"].map(|folder| fs::read_dir(home.join(folder)).unwrap());
    let named = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    named.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

/// `start` and `doctor` say the same of this home, and leave it as it is.
fn both_refuse(home: &Path, words: &[&str]) {
    let before = files(home);
    refused(&start(home), words);
    let doctor = chortled(&["doctor", "--home", home.to_str().unwrap()]);
    let told = text(&doctor.stdout);
    assert_eq!(doctor.status.code(), Some(78), "{told}");
    for word in words {
        assert!(told.contains(word), "'{word}' is not in: {told}");
    }
    assert_eq!(files(home), before);
}

fn validator(home: &Path, args: &[&str]) -> std::process::Output {
    let mut all = vec!["validator", "--home", home.to_str().unwrap()];
    all.extend(args);
    chortled(&all)
}

#[test]
fn a_home_whose_key_is_gone_is_not_started_unless_a_remote_signer_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    assert_eq!(Running::start(&home).stop(), Some(0));
    fs::remove_file(home.join(KEY)).unwrap();
    both_refuse(&home, &["priv_validator_key.json", "backup", "next-key"]);
    edit(
        &home.join("comet/config/config.toml"),
        "priv_validator_laddr = \"\"",
        "priv_validator_laddr = \"tcp://127.0.0.1:1\"",
    );
    fs::remove_file(home.join(RECORD)).unwrap();
    assert_eq!(Running::start(&home).stop(), Some(0));
    let doctor = text(&chortled(&["doctor", "--home", home.to_str().unwrap()]).stdout);
    assert!(doctor.contains("remote signer at tcp://127.0.0.1:1"), "{doctor}");
}

#[test]
fn a_key_file_of_two_keys_is_not_started() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one-1", "other-1"].map(|name| home(folder.path(), name));
    let read = |home: &Path| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(home.join(KEY)).unwrap()).unwrap()
    };
    let (mut mixed, other) = (read(&one), read(&other));
    mixed["priv_key"] = other["priv_key"].clone();
    fs::write(one.join(KEY), mixed.to_string()).unwrap();
    both_refuse(&one, &["priv_validator_key.json", "two keys", "backup"]);
}

#[test]
fn a_lost_record_has_one_cure_and_the_cure_works() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    let record = home.join(RECORD);
    let cure = ["sign twice", "no other node", "recover-record --height HEIGHT"];
    for content in [Some(""), Some("{\"height\": \"7\", \"rou"), Some("{}"), None] {
        match content {
            Some(content) => fs::write(&record, content).unwrap(),
            None => fs::remove_file(&record).unwrap(),
        }
        both_refuse(&home, &[&["priv_validator_state.json"], &cure[..]].concat());
    }
    refused(&validator(&home, &["recover-record", "--height", "0"]), &["has block 0", "another node"]);
    assert!(validator(&home, &["recover-record", "--height", "120"]).status.success());
    let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(&record).unwrap()).unwrap();
    assert_eq!(written, serde_json::json!({ "height": "120", "round": 0, "step": 3 }));
    for less in ["119", "120"] {
        refused(&validator(&home, &["recover-record", "--height", less]), &["would say no more", "120"]);
    }
    assert!(validator(&home, &["recover-record", "--height", "121"]).status.success());
    let running = Running::start(&home);
    refused(&validator(&home, &["recover-record", "--height", "130"]), &["the node runs", "stop it"]);
    assert_eq!(running.stop(), Some(0));
    let guide = include_str!("../../../docs/guides/validators.md");
    assert!(guide.contains("chortled validator recover-record --height"), "the guide has the same cure");
}

#[test]
fn a_key_that_the_chain_does_not_know_is_not_switched_to_by_accident_and_a_switch_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    let operator = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    refused(&validator(&home, &["switch-key"]), &["no next key", "next-key --operator"]);
    refused(&validator(&home, &["switch-key", "--back"]), &["no switch has put a key aside"]);
    assert!(validator(&home, &["next-key", "--operator", operator]).status.success());
    let (key, next) = (home.join(KEY), home.join("comet/config/priv_validator_key.next.json"));
    let [before, after] = [&key, &next].map(|path| fs::read(path).unwrap());
    refused(&validator(&home, &["switch-key"]), &["no validator has rotated", "rotate first", "--unrotated"]);
    assert_eq!(fs::read(&key).unwrap(), before);
    let switched = validator(&home, &["switch-key", "--unrotated"]);
    assert!(switched.status.success() && text(&switched.stdout).contains("--back"), "{switched:?}");
    assert_eq!(fs::read(&key).unwrap(), after);
    assert!(validator(&home, &["switch-key", "--back"]).status.success());
    assert_eq!([&key, &next].map(|path| fs::read(path).unwrap()), [before, after]);
}
