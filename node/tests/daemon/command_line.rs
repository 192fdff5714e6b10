use std::ffi::OsString;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// The program that is tested: `$CHORTLED`, else the one that was built with this test.
pub fn program() -> OsString {
    std::env::var_os("CHORTLED").unwrap_or_else(|| env!("CARGO_BIN_EXE_chortled").into())
}

pub fn chortled(args: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.env_clear().env("HOME", "/nonexistent").env("PATH", "/usr/bin:/bin").args(args);
    command.timeout(std::time::Duration::from_secs(60)).output().expect("it runs")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ok(args: &[&str]) -> String {
    let output = chortled(args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn help_says_what_was_reviewed() {
    let commands: &[&[&str]] = &[
        &["--help"],
        &["init", "--help"],
        &["start", "--help"],
        &["dev", "--help"],
        &["localnet", "--help"],
        &["genesis", "--help"],
        &["export", "--help"],
        &["doctor", "--help"],
    ];
    let pages: Vec<String> =
        commands.iter().map(|args| format!("$ chortled {}\n{}", args.join(" "), ok(args))).collect();
    insta::assert_snapshot!("help", pages.join("\n"));
}

#[test]
fn a_wrong_command_line_is_64() {
    for args in [
        &["nothing"][..],
        &["init", "--nothing"],
        &[],
        &["localnet", "--validators", "0"],
        &["dev", "--block-time", "x"],
    ] {
        let output = chortled(args);
        assert_eq!(output.status.code(), Some(64), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}: stdout is for results");
    }
}

#[test]
fn version_and_completions_go_to_stdout() {
    assert!(ok(&["version"]).contains("CometBFT 0.38.25"));
    assert!(ok(&["--version"]).starts_with("chortled "));
    for shell in ["bash", "zsh", "fish"] {
        assert!(ok(&["completions", shell]).contains("localnet"), "{shell}");
    }
}

#[test]
fn every_command_has_its_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("share/man1");
    ok(&["man", man.to_str().unwrap()]);
    let page = |name: &str| std::fs::read_to_string(man.join(name)).unwrap_or_else(|_| panic!("no {name}"));
    assert!(page("chortled.1").contains("CometBFT"));
    for command in ["init", "start", "dev", "localnet", "genesis", "validator", "export", "doctor", "man"] {
        assert!(page(&format!("chortled-{command}.1")).contains(".TH"), "{command}");
    }
    assert!(page("chortled-genesis-validate.1").contains("document"));
}

#[test]
fn a_genesis_is_made_filled_judged_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    ok(&["init", "--home", home, "--chain-id", "test-1"]);
    let bob = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    ok(&["genesis", "add-account", bob, "12.5LOL", "--home", home]);
    let poor = ["genesis", "add-validator", "--operator", bob, "--self-bond", "13LOL", "--home", home];
    let refused = chortled(&poor);
    assert_eq!(refused.status.code(), Some(78), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("/app_state/staking/validators/0"), "{}", text(&refused.stderr));
    let validator = ["--operator", bob, "--self-bond", "12LOL", "--name", "one", "--home", home];
    ok(&[["genesis", "add-validator"].as_slice(), &validator].concat());
    ok(&["genesis", "add-delegation", bob, bob, "0.25LOL", "--home", home]);
    let validated = ok(&["genesis", "validate", "--home", home]);
    let hash = ok(&["genesis", "hash", "--home", home]);
    assert!(validated.contains(hash.trim()), "{validated}");
    ok(&["genesis", "export-import", "--home", home]);
    let path = format!("{home}/config/genesis.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(document["app_state"]["token"]["accounts"][0]["balance"], "12500000000");
    assert_eq!(document["validators"], serde_json::json!([]), "the section staking names the validators");
    assert_eq!(document["app_state"]["staking"]["validators"][0]["description"]["name"], "one");

    let twice = chortled(&["genesis", "add-account", bob, "1LOL", "--home", home]);
    assert_eq!(twice.status.code(), Some(78), "{}", text(&twice.stderr));
    for amount in ["1", "1.5nlol", "0.0000000001LOL", "-1LOL", "1e3LOL", "LOL"] {
        let refused = chortled(&["genesis", "add-account", bob, amount, "--home", home]);
        assert_eq!(refused.status.code(), Some(64), "{amount}");
    }
    let unchanged: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(unchanged, document, "a refused change leaves the document as it was");
}

#[test]
fn validators_of_many_people_are_collected_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let home = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let people = ["a", "b", "c"].map(home);
    for (index, home) in people.iter().enumerate() {
        ok(&["init", "--home", home, "--chain-id", "test-1"]);
        let operator = format!("0x{:040x}", index + 1);
        ok(&["genesis", "add-account", &operator, "100LOL", "--home", home]);
        ok(&["genesis", "add-validator", "--operator", &operator, "--self-bond", "50LOL", "--home", home]);
    }
    let file = |home: &str| format!("{home}/config/genesis.json");
    let (first, second) = (home("first"), home("second"));
    ok(&["init", "--home", &first, "--chain-id", "test-1"]);
    ok(&["init", "--home", &second, "--chain-id", "test-1"]);
    // One coordinator's document, with its genesis time, is what both begin with.
    std::fs::copy(file(&first), file(&second)).unwrap();
    for (to, order) in [(&first, [0, 1, 2]), (&second, [2, 0, 1])] {
        let files = order.map(|at| file(&people[at]));
        let args = ["genesis", "collect", "--home", to].into_iter().chain(files.iter().map(String::as_str));
        ok(&args.collect::<Vec<_>>());
    }
    assert_eq!(ok(&["genesis", "hash", "--home", &first]), ok(&["genesis", "hash", "--home", &second]));
}

#[test]
fn config_shows_where_a_value_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    ok(&["init", "--home", home, "--base-port", "41000"]);
    let slip =
        Command::new(program()).args(["config", "--home", home]).env("CHORTLED_REST_ADRESS", "x").output();
    let said = text(&slip.unwrap().stderr);
    assert!(said.contains("CHORTLED_REST_ADRESS is no setting"), "{said}");
    let shown = ok(&["config", "--home", home, "--log-level", "warn"]);
    let line = |name: &str| shown.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(
        line("rest.address").contains("127.0.0.1:41000") && line("rest.address").contains("chortled.toml"),
        "{shown}"
    );
    assert!(line("log.level").contains("flag"), "{shown}");
    assert!(line("store.retain_blocks").contains("default"), "{shown}");
}
