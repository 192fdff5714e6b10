//! An engine that dies inside a living process, as a program that says what CometBFT says then.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chortle_consensus::comet::http;
use serde_json::Value;

use crate::startup::{Running, home};

/// Says at its first start that its consensus has panicked, and lives on; later starts live on in silence.
const ENGINE: &str = r#"#!/bin/sh
if [ "$1" = version ]; then echo 0.38.25; exit 0; fi
if [ -e FOLDER/began ]; then touch FOLDER/again; exec sleep 600; fi
while [ ! -e FOLDER/die ]; do sleep 0.05; done
touch FOLDER/began
echo '{"level":"error","module":"consensus","err":"write wal: no space left","_msg":"CONSENSUS FAILURE!!!"}'
exec sleep 600
"#;

async fn health(url: &str) -> Option<(u16, Value)> {
    let response = http::client().build().ok()?.get(url).send().await.ok()?;
    Some((response.status().as_u16(), response.json().await.ok()?))
}

/// Asks until health is as wanted; answers how long that took, and the answer.
async fn until(url: &str, status: u16) -> (Duration, Value) {
    let asked = Instant::now();
    loop {
        if let Some((found, body)) = health(url).await
            && found == status
        {
            return (asked.elapsed(), body);
        }
        assert!(asked.elapsed() < Duration::from_secs(30), "healthz says {status} within 30 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn touch(path: &Path) {
    fs::write(path, "").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_of_an_engine_that_died_inside_its_process_and_it_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = home(folder.path(), "engine-1");
    let engine = folder.path().join("cometbft");
    fs::write(&engine, ENGINE.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
    fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chortled"));
    command.args(["start", "--home"]).arg(&root).env("CHORTLE_COMETBFT", &engine);
    let running = Running::of(command.stdout(Stdio::null()).stderr(Stdio::null()), &root);
    let settings = fs::read_to_string(root.join("chortled.toml")).unwrap();
    let rest = settings.parse::<toml::Table>().unwrap()["rest"]["address"].as_str().unwrap().to_owned();
    let url = format!("http://{rest}/healthz");

    until(&url, 200).await;
    touch(&folder.path().join("die"));
    let (seen, body) = until(&url, 503).await;
    let told = body["detail"].as_str().unwrap();
    assert!(told.contains("consensus has panicked") && told.contains("no space left"), "{body}");
    // Two blocks are two seconds; most of this is a machine that does other things.
    assert!(seen < Duration::from_secs(10), "{seen:?}");
    until(&url, 200).await;
    assert!(folder.path().join("again").exists(), "another one runs");
    assert_eq!(running.stop(), Some(0));
}
