//! A home folder for the binary, and a real dev chain for it to talk to.
#![allow(dead_code)]

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use chortle_client::rest::Rest;
use chortle_consensus::comet::process::end_with_starter;
use serde_json::Value;

/// The password of every key in these tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// What one run of the binary gave.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn error_code(&self) -> String {
        self.error()["code"].as_str().unwrap().to_owned()
    }

    pub fn error_name(&self) -> String {
        self.error()["name"].as_str().unwrap().to_owned()
    }

    pub fn error(&self) -> Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        let value: Value =
            serde_json::from_str(last).unwrap_or_else(|_| panic!("no JSON error: {}", self.stderr));
        value["error"].clone()
    }
}

/// A home folder with a password file.
pub struct Home {
    folder: tempfile::TempDir,
    node: String,
}

impl Home {
    pub fn new() -> Self {
        // A port that nothing listens on: a test that needs a node says which.
        Self::on("http://127.0.0.1:9")
    }

    pub fn on(node: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), node: node.to_owned() };
        fs::write(home.password_file(), format!("{PASSWORD}\n")).unwrap();
        home
    }

    /// A home whose node only its profile and its commands name.
    pub fn without_node() -> Self {
        Self::on("")
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn password_file(&self) -> PathBuf {
        self.path().join("password")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chortle"));
        command
            .args(args)
            .env_clear()
            .env("CHORTLE_HOME", self.path().join("home"))
            .env("CHORTLE_PASSWORD_FILE", self.password_file())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if !self.node.is_empty() {
            command.env("CHORTLE_NODE", &self.node);
        }
        command
    }

    /// A run; whoever runs it agrees to what it asks.
    pub fn run(&self, args: &[&str]) -> Run {
        finish(self.start(args))
    }

    /// A run that goes on beside the test.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(&agreeing(args)).spawn().unwrap()
    }

    /// A run on so many columns.
    pub fn run_within(&self, columns: usize, args: &[&str]) -> Run {
        finish(self.command(args).env("COLUMNS", columns.to_string()).spawn().unwrap())
    }

    /// A run without a terminal, in which nobody agrees to anything.
    pub fn run_unasked(&self, args: &[&str]) -> Run {
        finish(self.command(args).spawn().unwrap())
    }

    /// Another node for the same keys.
    pub fn with_node(mut self, node: &str) -> Self {
        self.node = node.to_owned();
        self
    }

    pub fn run_without_password(&self, args: &[&str]) -> Run {
        finish(self.command(args).env_remove("CHORTLE_PASSWORD_FILE").spawn().unwrap())
    }

    /// Standard output of a run that must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{args:?}: {}{}", run.stdout, run.stderr);
        run.stdout
    }

    pub fn ok_with_stdin(&self, args: &[&str], input: &str) -> String {
        let mut child = self.command(&agreeing(args)).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let run = finish(child);
        assert_eq!(run.code, 0, "{args:?}: {}{}", run.stdout, run.stderr);
        run.stdout
    }

    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(args)).unwrap()
    }

    pub fn file(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }
}

/// With `--yes`, where a command asks.
fn agreeing<'a>(args: &[&'a str]) -> Vec<&'a str> {
    let asks = match args {
        ["send", ..] | ["tx", "sign", ..] => true,
        ["gov", "submit" | "deposit" | "vote" | "delegate-vote" | "undelegate-vote" | "cancel", ..] => true,
        ["tx", "build" | "combine" | "broadcast" | "decode" | "wait", ..] => false,
        ["tx", _, _, ..] => true,
        _ => false,
    };
    args.iter().copied().chain(asks.then_some("--yes")).collect()
}

pub fn finish(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Compares with a golden file; CHORTLE_BLESS=1 writes it.
pub fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if env::var_os("CHORTLE_BLESS").is_some() {
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let differs = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
    assert!(
        expected == found,
        "{name} differs first at line {:?}; if that is meant, run with CHORTLE_BLESS=1",
        differs.map(|line| line + 1)
    );
}

/// A dev chain in a process of its own; it ends with this.
pub struct DevChain {
    child: Child,
    pub url: String,
}

impl DevChain {
    pub fn start(extra: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", extra)
    }

    pub fn start_at(address: &str, extra: &[&str]) -> Self {
        let mut command = Command::new(daemon());
        command.args(["dev", "--json", "--rest-address", address]).args(extra);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        end_with_starter(&mut command);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let banner: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no banner: {line}"));
        Self { child, url: banner["rest"].as_str().unwrap().to_owned() }
    }

    /// Makes a block.
    pub fn mine(&self) {
        self.rest().drive("mine", &serde_json::json!({ "blocks": 1 })).unwrap();
    }

    /// How many transactions wait for a block.
    pub fn waiting(&self) -> u64 {
        self.rest().get(&["status"], &[]).unwrap()["pending_txs"].as_u64().unwrap()
    }

    fn rest(&self) -> Rest {
        Rest::at(&self.url).unwrap()
    }
}

impl Drop for DevChain {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The daemon: the one that CHORTLED names, else built here from the same sources as this test.
fn daemon() -> PathBuf {
    if let Some(path) = env::var_os("CHORTLED") {
        return path.into();
    }
    // …/<profile>/deps/<this test>
    let profile = env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "-p", "chortle-node", "--bin", "chortled"]);
    if profile.ends_with("release") {
        build.arg("--release");
    }
    let status = build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
    assert!(status.success(), "chortled does not build");
    profile.join("chortled")
}
