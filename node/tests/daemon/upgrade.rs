//! A program that must not make the next block becomes the one that must, or ends with 80 and says what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use chortle_node::upgrade::{hash_of, platform};

use crate::command_line::{chortled, text};
use crate::startup::{edit, home, start};

/// What stands for the program of the upgrade: it says what it was started with.
const PROGRAM: &str = "#!/bin/sh\necho \"became $*\"\n";

fn put(home: &Path, folder: &str, script: &str) -> PathBuf {
    let place = home.join(folder).join("v9/bin/chortled");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, script).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    place
}

/// A home of a chain that was born with upgrade v9, whose program is the script.
fn born_later(folder: &Path) -> PathBuf {
    let home = home(folder, "one-1");
    let model = folder.join("model");
    fs::write(&model, PROGRAM).unwrap();
    let hash = hash_of(&model).unwrap();
    let binary = format!(r#"{{"platform":"{}","sha256":"{hash}"}}"#, platform());
    let born = format!(r#""applied": [{{"name":"v9","height":0,"binaries":[{binary}]}}]"#);
    edit(&home.join("config/genesis.json"), "\"applied\": []", &born);
    home
}

fn refused(output: &Output, words: &[&str]) {
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(80), "{told}");
    for word in words.iter().chain(&["upgrade v9", "hint:"]) {
        assert!(told.contains(word), "'{word}' is not in: {told}");
    }
}

#[test]
fn a_program_hands_over_with_its_arguments_to_the_one_whose_hash_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let home = born_later(folder.path());
    let hash = hash_of(&folder.path().join("model")).unwrap();
    refused(&start(&home), &["is not in place", "upgrades/v9/bin/chortled", &hash, &platform()]);

    let ours = put(&home, "upgrades", "#!/bin/sh\necho another\n");
    refused(&start(&home), &["is not the program of upgrade v9", &hash_of(&ours).unwrap(), &hash]);
    assert!(text(&start(&home).stdout).is_empty(), "what has another hash is never run");

    put(&home, "cosmovisor/upgrades", PROGRAM);
    let became = start(&home);
    assert_eq!(became.status.code(), Some(0), "{}", text(&became.stderr));
    let expected = format!("became start --external-comet --home {}\n", home.display());
    assert_eq!(text(&became.stdout), expected);

    put(&home, "upgrades", PROGRAM);
    let path = home.to_str().unwrap();
    let left = chortled(&["start", "--external-comet", "--no-handover", "--home", path]);
    refused(&left, &["--no-handover"]);
    assert!(text(&left.stdout).is_empty());
}

#[test]
fn a_plan_without_this_machine_is_for_its_operator_to_follow() {
    let folder = tempfile::tempdir().unwrap();
    let home = born_later(folder.path());
    edit(&home.join("config/genesis.json"), &platform(), "plan9/mips");
    put(&home, "upgrades", PROGRAM);
    refused(&start(&home), &["names no program for", &platform()]);
}
