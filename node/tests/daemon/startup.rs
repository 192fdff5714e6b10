//! What is refused at start, each with its cause and its cure.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use chortle_consensus::comet::{http, ports, process::end_with_starter};
use serde_json::Value;

use crate::command_line::{chortled, program, text};

pub const OPERATOR: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/// A home with one validator on ports that are this process's until it ends.
pub fn home(folder: &Path, chain_id: &str) -> PathBuf {
    let home = folder.join(chain_id);
    let base = ports::row(5).unwrap()[0].port();
    let path = home.to_str().unwrap();
    for args in [
        &["init", "--home", path, "--chain-id", chain_id, "--base-port", &base.to_string()][..],
        &["genesis", "add-account", OPERATOR, "100LOL", "--home", path],
        &["genesis", "add-validator", "--operator", OPERATOR, "--self-bond", "50LOL", "--home", path],
    ] {
        let output = chortled(args);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    home
}

pub fn start(home: &Path) -> Output {
    chortled(&["start", "--external-comet", "--home", home.to_str().unwrap()])
}

pub fn refused(output: &Output, words: &[&str]) {
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{told}");
    for word in words {
        assert!(told.contains(word), "'{word}' is not in: {told}");
    }
    assert!(told.contains("hint:") || told.contains("; ") || told.contains(": "), "a cure: {told}");
}

pub fn edit(path: &Path, from: &str, to: &str) {
    let before = fs::read_to_string(path).unwrap();
    assert!(before.contains(from), "{from} is in {}", path.display());
    fs::write(path, before.replace(from, to)).unwrap();
}

#[test]
fn an_empty_folder_is_no_home() {
    let folder = tempfile::tempdir().unwrap();
    refused(&start(folder.path()), &["config/genesis.json", "chortled init"]);
}

#[test]
fn init_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    let key = home.join("comet/config/priv_validator_key.json");
    let (genesis, secret) = (fs::read(home.join("config/genesis.json")).unwrap(), fs::read(&key).unwrap());
    let again = chortled(&["init", "--home", home.to_str().unwrap()]);
    refused(&again, &["is a home already", "--force"]);
    assert_eq!(fs::read(home.join("config/genesis.json")).unwrap(), genesis);
    let forced = chortled(&["init", "--force", "--home", home.to_str().unwrap()]);
    assert!(forced.status.success());
    assert_eq!(fs::read(&key).unwrap(), secret, "a key is never overwritten");
}

#[test]
fn a_genesis_with_a_fault_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    let genesis = home.join("config/genesis.json");
    let good = fs::read_to_string(&genesis).unwrap();
    for (from, to, word) in [
        ("\"one-1\"", "\"one 1\"", "chain_id"),
        ("\"initial_height\": \"1\"", "\"initial_height\": 1", "genesis.json:"),
        ("\"gas_price_min\": 1", "\"gas_price_min\": -1", "app"),
        ("\"token\": {", "\"tokens\": {", "token"),
        ("\"commission_bps\": 500", "\"commission_bps\": 50000", "/staking/validators/0"),
        ("{", "[", "genesis.json:"),
    ] {
        edit(&genesis, from, to);
        refused(&start(&home), &[word, "genesis.json:"]);
        fs::write(&genesis, &good).unwrap();
    }
}

#[test]
fn a_genesis_without_a_validator_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    assert!(chortled(&["init", "--home", home.to_str().unwrap()]).status.success());
    refused(&start(&home), &["no validator", "add-validator"]);
}

#[test]
fn a_genesis_that_contradicts_its_staking_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    let genesis = home.join("config/genesis.json");
    let good = fs::read_to_string(&genesis).unwrap();
    let key =
        r#"{"pub_key": {"type": "tendermint/PubKeyEd25519", "value": "AAAA"}, "power": "10", "name": ""}"#;
    for (from, to, words) in [
        ("\"validators\": []", format!("\"validators\": [{key}]"), ["/validators", "leave this list empty"]),
        (
            "\"max_age_num_blocks\": \"302400\"",
            "\"max_age_num_blocks\": \"5\"".to_owned(),
            ["max_age_num_blocks", "302400"],
        ),
        (
            "\"self_bond\": \"50000000000\"",
            "\"self_bond\": \"200000000000\"".to_owned(),
            ["/staking/validators/0", "genesis.json:"],
        ),
    ] {
        edit(&genesis, from, &to);
        refused(&start(&home), &words);
        fs::write(&genesis, &good).unwrap();
    }
}

#[test]
fn a_port_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let path = home.to_str().unwrap();
    for flag in ["--rest-address", "--metrics-address"] {
        let output = chortled(&["start", "--external-comet", "--home", path, flag, &address]);
        refused(&output, &[&address, "in use", flag]);
    }
    let dev = chortled(&["dev", "--rest-address", &address]);
    refused(&dev, &[&address, "in use"]);
}

#[test]
fn a_missing_cometbft_is_named_with_the_way_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    // The environment of these commands holds neither CometBFT's variable nor its folder.
    let output = chortled(&["start", "--home", home.to_str().unwrap()]);
    refused(&output, &["CometBFT 0.38.25", "go install", "--external-comet"]);
}

#[test]
fn a_setting_that_does_not_read_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    let file = home.join("chortled.toml");
    let good = fs::read_to_string(&file).unwrap();
    for (bad, words) in [
        ("[rest]\naddress = \"here\"\n", &["rest.address", "here"][..]),
        ("[rest]\nadress = \"127.0.0.1:1\"\n", &["rest.adress"]),
        ("[log]\nformat = \"xml\"\n", &["log.format"]),
        ("[store]\nretain_blocks = \"many\"\n", &["store.retain_blocks"]),
        ("[rest\n", &["chortled.toml"]),
    ] {
        fs::write(&file, bad).unwrap();
        refused(&start(&home), words);
    }
    fs::write(&file, good).unwrap();
}

#[test]
fn a_dev_chain_never_listens_to_the_world() {
    refused(&chortled(&["dev", "--rest-address", "0.0.0.0:0"]), &["0.0.0.0:0", "known to everyone"]);
}

#[test]
fn a_home_with_a_path_too_long_for_a_socket_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("a".repeat(120));
    let output = chortled(&["init", "--home", home.to_str().unwrap()]);
    refused(&output, &["socket", "shorter path"]);
}

/// A node of a home without CometBFT, which stays until it is told to stop.
pub struct Running(std::process::Child);

impl Running {
    pub fn start(home: &Path) -> Self {
        let mut command = Command::new(program());
        command.args(["start", "--external-comet", "--home"]).arg(home);
        Self::of(command.stdout(Stdio::null()).stderr(Stdio::null()), home)
    }

    /// The node that a command starts, once it runs.
    pub fn of(command: &mut Command, home: &Path) -> Self {
        end_with_starter(command);
        let child = command.spawn().expect("it starts");
        let started = Instant::now();
        while !home.join("data/chortled.pid").exists() {
            assert!(started.elapsed() < Duration::from_secs(30), "it runs within 30 s");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self(child)
    }

    /// Its memory, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line of the kernel");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1_024
    }

    /// SIGTERM, and its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        let started = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("a status") {
                return status.code();
            }
            assert!(started.elapsed() < Duration::from_secs(30), "it stops within 30 s");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_home_that_runs_is_not_started_twice_and_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    let running = Running::start(&home);
    refused(&start(&home), &["in use by another process"]);
    let doctor = chortled(&["doctor", "--home", home.to_str().unwrap()]);
    assert!(text(&doctor.stdout).contains("runs as process"), "{}", text(&doctor.stdout));
    assert_eq!(running.stop(), Some(0), "SIGTERM is a wish, not a failure");
    assert!(!home.join("data/chortled.pid").exists());
}

#[test]
fn a_home_that_has_run_keeps_to_its_genesis() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    assert_eq!(Running::start(&home).stop(), Some(0));
    let genesis = home.join("config/genesis.json");
    let good = fs::read_to_string(&genesis).unwrap();
    edit(&genesis, "\"gas_price_min\": 1", "\"gas_price_min\": 2");
    refused(&start(&home), &["began with genesis", "put back"]);
    fs::write(&genesis, &good).unwrap();
    let late = ["genesis", "add-account", OPERATOR, "1LOL", "--home", home.to_str().unwrap()];
    let edited = chortled(&late);
    refused(&edited, &["has run already"]);
    let forced = chortled(&["init", "--force", "--home", home.to_str().unwrap()]);
    refused(&forced, &["data of a chain"]);
}

/// A dev chain that is kept in a folder, with what it says of itself.
fn kept(folder: &str) -> (Running, Value) {
    let mut command = Command::new(program());
    command.args(["dev", "--persist", "--home", folder, "--rest-address", "127.0.0.1:0", "--json"]);
    end_with_starter(&mut command);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).expect("a line");
    (Running(child), serde_json::from_str(&line).expect("JSON"))
}

#[test]
fn a_dev_home_of_another_chain_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let (running, banner) = kept(path);
    assert_eq!(banner["accounts"].as_array().map(Vec::len), Some(10));
    assert_eq!(running.stop(), Some(0));
    let args = ["dev", "--persist", "--home", path, "--chain-id", "other-1", "--rest-address", "127.0.0.1:0"];
    refused(&chortled(&args), &["belongs to chain chortle-dev-1", "--chain-id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dev_chain_that_is_kept_goes_on_before_its_first_block_and_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let mut began = None;
    for height in [0, 0, 1, 2] {
        let (running, banner) = kept(path);
        let url = |path: &str| format!("{}{path}", banner["rest"].as_str().unwrap());
        if height > 0 {
            let mine = http::client()
                .build()
                .unwrap()
                .post(url("/v1/dev/mine"))
                .json(&serde_json::json!({ "blocks": 1 }));
            assert!(mine.send().await.unwrap().status().is_success());
        }
        let asked = http::client().build().unwrap().get(url("/v1/status")).send();
        let status: Value = asked.await.unwrap().json().await.unwrap();
        assert_eq!(status["height"], height);
        assert_eq!(*began.get_or_insert(status["genesis_hash"].clone()), status["genesis_hash"]);
        assert_eq!(running.stop(), Some(0));
    }
}

#[test]
fn doctor_names_every_fault_and_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(folder.path(), "one-1");
    fs::remove_file(home.join("comet/data/priv_validator_state.json")).unwrap();
    let output = chortled(&["doctor", "--home", home.to_str().unwrap()]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(78), "{told}");
    for word in ["FAULT", "sign twice", "CometBFT 0.38.25 was not found", "MiB free"] {
        assert!(told.contains(word), "'{word}' is not in: {told}");
    }
}
