//! The README's tour and the guides are run, command by command, and must say what the page says they say.
//!
//! In a ```` ```console ```` block a line `$ …` is a command, and the lines under it are lines of its output, in
//! order; `…` stands for anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use chortle_consensus::comet::ports;
use chortle_testkit::node::program;

/// Ports of a localnet of four and of a node that joins: ten for each.
const PORTS: u16 = 50;
/// REST of the nodes as the pages write it; the last one is that of a node that joins.
const WRITTEN: [u16; 5] = [1317, 1327, 1337, 1347, 41_000];
/// Stands between the outputs of two commands.
const MARK: &str = "@@@";

/// One page at a time: a page is read against one network, not three.
static TURN: Mutex<()> = Mutex::new(());

/// A command of a page and what the page says of its output.
struct Step {
    command: String,
    expected: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("testkit/ lies in the root").to_owned()
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            steps.push(Step { command: command.to_owned(), expected: Vec::new() });
        } else if inside {
            steps.last_mut().expect("a block begins with a command").expected.push(line.to_owned());
        }
    }
    steps
}

/// The first of fifty ports in a row that are this test's.
fn base_port() -> u16 {
    ports::row(PORTS).expect("fifty free ports in a row")[0].port()
}

/// What is run instead: this build's programs, ports that are free, tables as on a terminal.
fn as_run(command: &str, base: u16) -> String {
    let mut command = command.replace("scripts/localnet", &format!("chortled localnet --base-port {base}"));
    if command == ". scripts/env" {
        return "true".to_owned();
    }
    if command.starts_with("chortle ") {
        let (first, otherwise) = command.split_once(" || ").unwrap_or((&command, "false"));
        command = format!("{first} --output table || {otherwise}");
    }
    command = command.replace("--base-port 41000", &format!("--base-port {}", base + 40));
    for (node, written) in (0..).zip(WRITTEN) {
        command =
            command.replace(&format!("127.0.0.1:{written}"), &format!("127.0.0.1:{}", base + 10 * node));
    }
    command
}

/// A line with single spaces, and with the ports of the page.
fn plain(line: &str, base: u16) -> String {
    let mut line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    for (node, written) in (0..).zip(WRITTEN) {
        let found = format!("127.0.0.1:{}", base + 10 * node);
        line = line.replace(&found, &format!("127.0.0.1:{written}"));
    }
    line
}

fn matches(expected: &str, found: &str) -> bool {
    let mut rest = found;
    let parts: Vec<&str> = expected.split('…').map(str::trim).collect();
    for (index, part) in parts.iter().enumerate() {
        match rest.find(part) {
            Some(at) if index > 0 || at == 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || parts.last().is_some_and(|last| last.is_empty())
}

fn run_page(path: &str) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let page = fs::read_to_string(root().join(path)).expect("the page is there");
    let steps = steps(&page);
    assert!(!steps.is_empty(), "{path} has no command");
    let (chortled, chortle) = (program("CHORTLED", "chortled"), program("CHORTLE", "chortle"));
    let (chortled, chortle) = (chortled.expect("chortled is built"), chortle.expect("chortle is built"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = folder.path().join("net");
    let base = base_port();
    // Whatever a page starts in the background ends with it.
    let mut script = String::from("exec 2>&1\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n");
    for (index, step) in steps.iter().enumerate() {
        script.push_str(&format!("echo; echo '{MARK}{index}'\n{}\n", as_run(&step.command, base)));
        script.push_str(&format!("code=$?; echo; echo \"{MARK}code $code\"; [ $code = 0 ] || exit 1\n"));
    }
    let bin = |program: &Path| program.parent().expect("a program lies in a folder").display().to_string();
    let search = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(root())
        .env("PATH", format!("{}:{}:{search}", bin(&chortled), bin(&chortle)))
        .env("CHORTLED_HOME", &home)
        .env("CHORTLE_NODE", format!("http://127.0.0.1:{base}"))
        .env("TMPDIR", folder.path())
        .output()
        .expect("bash runs");
    // A page that ended early left its network running; one that ended well, or has none, is told so.
    Command::new(&chortled)
        .args(["localnet", "stop"])
        .env("CHORTLED_HOME", &home)
        .output()
        .expect("chortled runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for (index, step) in steps.iter().enumerate() {
        let begin = format!("{MARK}{index}\n");
        let part = text
            .split(&begin)
            .nth(1)
            .unwrap_or_else(|| panic!("{path}: not reached: {}\n{text}", step.command));
        let (said, rest) = part.split_once(&format!("{MARK}code ")).unwrap_or((part, "none"));
        assert!(rest.starts_with('0'), "{path}: `{}` failed:\n{said}", step.command);
        let mut found = said.lines().map(|line| plain(line, base));
        for line in &step.expected {
            let line = plain(line, base);
            let reached = found.any(|found| matches(&line, &found));
            assert!(reached, "{path}: `{}` did not say, in this place:\n  {line}\nbut\n{said}", step.command);
        }
    }
}

#[test]
fn the_tour_of_the_readme_does_what_it_says() {
    run_page("README.md");
}

#[test]
fn the_guide_to_a_node_does_what_it_says() {
    run_page("docs/guides/node.md");
}

#[test]
fn the_guide_for_validators_does_what_it_says() {
    run_page("docs/guides/validators.md");
}

#[test]
fn the_guide_to_upgrades_does_what_it_says() {
    run_page("docs/guides/upgrades.md");
}

#[test]
fn the_guide_for_delegators_does_what_it_says() {
    run_page("docs/guides/delegators.md");
}

#[test]
fn the_guide_to_governance_does_what_it_says() {
    run_page("docs/guides/governance.md");
}

#[test]
fn the_guide_for_creators_does_what_it_says() {
    run_page("docs/guides/creators.md");
}

#[test]
fn the_guide_to_shared_accounts_does_what_it_says() {
    run_page("docs/guides/shared-accounts.md");
}

#[test]
fn the_guide_to_automation_does_what_it_says() {
    run_page("docs/guides/automation.md");
}

#[test]
fn the_guide_for_exchanges_does_what_it_says() {
    run_page("docs/guides/exchanges.md");
}

#[test]
fn the_guide_to_verifying_does_what_it_says() {
    run_page("docs/guides/verifying.md");
}

#[test]
fn a_pattern_matches_what_it_leaves_open_and_no_more() {
    assert!(matches("node … runs", "node 7 runs"));
    assert!(matches("height …", "height 12"));
    assert!(!matches("node … runs", "node 7 runs not"));
    assert!(!matches("status included", "status failed"));
    assert!(!matches("b", "a b"));
}
