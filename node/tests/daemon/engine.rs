//! An engine that dies inside a living process, as a program that says what CometBFT says then.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chortle_consensus::comet::http;
use serde_json::Value;

use crate::command_line::program;
use crate::startup::{Running, home};

/// Says at each start, once it is told to die, that its consensus has panicked, lives on for two of its block times and
/// says so, and does not go before it is killed. Once it is told to heal, it lives on in silence.
const ENGINE: &str = r#"#!/bin/sh
if [ "$1" = version ]; then echo 0.38.25; exit 0; fi
if [ -e FOLDER/heal ]; then exec sleep 600; fi
trap '' TERM
while [ ! -e FOLDER/die ]; do sleep 0.05; done
echo '{"level":"error","module":"consensus","err":"write wal: no space left","_msg":"CONSENSUS FAILURE!!!"}'
echo '{"level":"info","module":"other","_msg":"a block time has passed"}'
echo '{"level":"info","module":"other","_msg":"a second block time has passed"}'
while :; do sleep 0.05; done
"#;

async fn health(url: &str) -> Option<(u16, Value)> {
    let response = http::client().build().ok()?.get(url).send().await.ok()?;
    Some((response.status().as_u16(), response.json().await.ok()?))
}

/// Asks until health is as wanted, and answers it.
async fn until(url: &str, status: u16) -> Value {
    let asked = Instant::now();
    loop {
        if let Some((found, body)) = health(url).await
            && found == status
        {
            return body;
        }
        assert!(asked.elapsed() < Duration::from_secs(60), "healthz says {status} within 60 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn touch(path: &Path) {
    fs::write(path, "").unwrap();
}

/// What the log holds, once it has these words.
async fn logged(path: &Path, words: &str) -> String {
    let asked = Instant::now();
    loop {
        let log = fs::read_to_string(path).unwrap();
        if log.contains(words) {
            return log;
        }
        assert!(asked.elapsed() < Duration::from_secs(30), "the log has '{words}' within 30 s: {log}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// No clock is asked: what the engine says comes in one order, and whoever reads it acts on a line before the next.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_died_inside_its_process_is_seen_within_two_of_its_block_times_and_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = home(folder.path(), "engine-1");
    let (engine, log) = (folder.path().join("cometbft"), folder.path().join("log.txt"));
    fs::write(&engine, ENGINE.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
    fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(program());
    command.args(["start", "--home"]).arg(&root).env("CHORTLE_COMETBFT", &engine);
    let running = Running::of(command.stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap()), &root);
    let settings = fs::read_to_string(root.join("chortled.toml")).unwrap();
    let rest = settings.parse::<toml::Table>().unwrap()["rest"]["address"].as_str().unwrap().to_owned();
    let url = format!("http://{rest}/healthz");

    until(&url, 200).await;
    touch(&folder.path().join("die"));
    let log = logged(&log, "a second block time has passed").await;
    let (acted, before) = (log.find("stopped and started again"), log.find("a block time has passed"));
    assert!(acted.is_some_and(|acted| before.is_some_and(|before| acted < before)), "{log}");
    let body = until(&url, 503).await;
    assert_eq!(body["code"], "rest.24", "{body}");
    let told = body["detail"].as_str().unwrap();
    assert!(told.contains("consensus has panicked") && told.contains("no space left"), "{body}");
    touch(&folder.path().join("heal"));
    until(&url, 200).await;
    assert_eq!(running.stop(), Some(0));
}
