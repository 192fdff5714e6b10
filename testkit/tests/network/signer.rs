//! A remote signer, tmkms, holds a validator's key; the node holds none that votes.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chortle_consensus::comet::ports;
use chortle_consensus::comet::process::end_with_starter;
use chortle_kernel::hash;
use chortle_testkit::process;

use crate::staking::{network, wait_for_signature};
use crate::{SOON, turn};

/// The signer that setup built.
fn tmkms() -> PathBuf {
    let cache = std::env::var_os("CHORTLE_CACHE").expect("scripts/env names the cache");
    let version = std::env::var("TMKMS_VERSION").expect("scripts/env names the version");
    PathBuf::from(cache).join(format!("bin/tmkms-{version}"))
}

/// A running signer; it ends with the test.
struct Signer {
    child: Child,
}

impl Signer {
    fn start(folder: &Path) -> Self {
        let log = || fs::OpenOptions::new().create(true).append(true).open(folder.join("tmkms.log")).unwrap();
        let mut command = Command::new(tmkms());
        command.args(["start", "-c"]).arg(folder.join("tmkms.toml"));
        command.stdin(Stdio::null()).stdout(log()).stderr(log());
        end_with_starter(&mut command);
        Self { child: command.spawn().expect("tmkms starts; scripts/setup --for-tests builds it") }
    }

    fn kill(&mut self) {
        self.child.kill().expect("tmkms ends");
        self.child.wait().expect("tmkms has ended");
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands a validator's key to a signer in this folder.
fn configure(folder: &Path, key: &Path, chain_id: &str, node: SocketAddr) {
    let consensus = folder.join("consensus.key");
    let mut import = Command::new(tmkms());
    import.args(["softsign", "import"]).arg(key).arg(&consensus);
    let output = import.output().expect("tmkms runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let connection = hash::tagged("chortle/testkit", b"a connection's key");
    fs::write(folder.join("connection.key"), BASE64.encode(connection)).unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        r#"
[[chain]]
id = "{chain_id}"
key_format = {{ type = "hex" }}
state_file = "{}"
sign_extensions = true

[[validator]]
chain_id = "{chain_id}"
addr = "tcp://{node}"
secret_key = "{}"
protocol_version = "v0.34"

[[providers.softsign]]
chain_ids = ["{chain_id}"]
key_type = "consensus"
path = "{}"
"#,
        at("state.json"),
        at("connection.key"),
        at("consensus.key"),
    );
    fs::write(folder.join("tmkms.toml"), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tmkms_signs_for_a_validator_through_a_restart_of_both() {
    let _turn = turn().await;
    let mut network = network(&[], serde_json::Value::Null).await;
    let folder = tempfile::tempdir().unwrap();
    let key = network.nodes[3].keys().unwrap().validator_key();
    network.node_mut(3).unwrap().stop().await.expect("it stops");

    let [address] = ports::free().expect("a free port");
    let comet = network.nodes[3].comet();
    configure(folder.path(), &comet.validator_key(), &network.chain_id, address);
    let config = fs::read_to_string(comet.config()).unwrap();
    let signed_elsewhere =
        config.replace("priv_validator_laddr = \"\"", &format!("priv_validator_laddr = \"tcp://{address}\""));
    assert_ne!(config, signed_elsewhere, "the configuration has a line for it");
    fs::write(comet.config(), signed_elsewhere).unwrap();
    // The file may hold another key: nobody reads it to sign.
    fs::rename(comet.validator_key(), folder.path().join("taken-away.json")).unwrap();

    let mut signer = Signer::start(folder.path());
    network.node_mut(3).unwrap().start().unwrap();
    wait_for_signature(&network.nodes[0], key).await;
    let state = fs::read_to_string(folder.path().join("state.json")).expect("it remembers what it signed");
    assert!(state.contains("height"), "{state}");

    signer.kill();
    network.node_mut(3).unwrap().kill_both().await.expect("both die");
    let mut signer = Signer::start(folder.path());
    network.node_mut(3).unwrap().start().unwrap();
    let height = network.wait_for_progress(4, SOON).await.expect("all go on");
    wait_for_signature(&network.nodes[0], key).await;
    network.agree_up_to(height).await.expect("nobody forked");
    assert!(process::is_running(signer.child.id()), "the signer still runs");
    signer.kill();
}
