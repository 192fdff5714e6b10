//! CometBFT's home: the configuration's golden file, keys and genesis that are never overwritten.

use std::fs;
use std::time::Duration;

use chortle_consensus::abci::Address;
use chortle_consensus::application::ConsensusParams;
use chortle_consensus::comet::home::{Home, HomeError, Keys, Peer, Settings};
use chortle_consensus::comet::{EngineGenesis, GenesisValidator};
use ed25519_dalek::SigningKey;
use serde_json::value::RawValue;

const GOLDEN_CONFIG: &str = include_str!("golden/config.toml");
const GOLDEN_GENESIS: &str = include_str!("golden/genesis.json");

fn settings() -> Settings {
    let p2p = "127.0.0.1:26656".parse().expect("an address");
    let rpc = "127.0.0.1:26657".parse().expect("an address");
    let mut settings = Settings::new(Address::Unix("/srv/chortle/abci.sock".into()), p2p, rpc);
    settings.moniker = "a \"quoted\" name".to_owned();
    settings.metrics = Some("127.0.0.1:26660".parse().expect("an address"));
    settings.timeout_commit = Duration::from_millis(1_500);
    settings.double_sign_check_height = 10;
    let peer = |id: &str, port: u16| Peer { node_id: id.to_owned(), address: format!("127.0.0.1:{port}") };
    settings.persistent_peers = vec![peer("aa", 26_666), peer("bb", 26_676)];
    settings
}

fn keys() -> Keys {
    Keys { validator: SigningKey::from_bytes(&[1; 32]), node: SigningKey::from_bytes(&[2; 32]) }
}

fn genesis() -> EngineGenesis {
    EngineGenesis {
        time_unix_ms: 1_767_225_600_000,
        chain_id: "chortle-test-1".to_owned(),
        initial_height: 1,
        params: ConsensusParams {
            block_bytes_max: 4_194_304,
            block_gas_max: 1_000_000_000,
            evidence_age_blocks_max: 100_000,
            evidence_age_ns_max: 172_800_000_000_000,
            evidence_bytes_max: 1_048_576,
            vote_extensions_height: 1,
        },
        validators: vec![GenesisValidator { key: keys().validator_key(), power: 10, name: "one".to_owned() }],
        app_state: RawValue::from_string("{\"token\":{}}".to_owned()).expect("JSON"),
    }
}

#[test]
fn the_configuration_is_the_golden_one() {
    let text = settings().to_toml();
    assert_eq!(text, GOLDEN_CONFIG, "re-bless tests/golden/config.toml in a commit of its own");
    assert!(!text.contains('{'), "a gap is unfilled");
    let mut settings = settings();
    settings.remote_signer = Some("127.0.0.1:26659".parse().unwrap());
    let text = settings.to_toml();
    assert!(text.contains("priv_validator_laddr = \"tcp://127.0.0.1:26659\""), "{text}");
}

#[test]
fn the_genesis_document_is_the_golden_one() {
    assert_eq!(
        genesis().to_json(),
        GOLDEN_GENESIS,
        "re-bless tests/golden/genesis.json in a commit of its own"
    );
}

#[test]
fn keys_and_signing_state_are_never_overwritten() {
    let folder = tempfile::tempdir().expect("temp folder");
    let home = Home::at(folder.path());
    let first = home.init_keys(keys).expect("new keys");
    std::fs::write(home.validator_state(), "{\"height\":\"7\",\"round\":0,\"step\":3}")
        .expect("signed a block");
    let again = home.init_keys(Keys::generate).expect("the same keys");
    assert_eq!(first.validator_key(), again.validator_key());
    assert_eq!(first.node_id(), again.node_id());
    let state = std::fs::read_to_string(home.validator_state()).expect("the state");
    assert!(state.contains("\"7\""), "{state}");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(home.validator_key()).expect("the key file").permissions(),
    );
    assert_eq!(mode & 0o077, 0, "nobody else reads the key");
}

#[test]
fn a_lost_signing_state_is_not_made_up_for_an_old_key() {
    let folder = tempfile::tempdir().expect("temp folder");
    let home = Home::at(folder.path());
    home.init_keys(keys).expect("new keys");
    std::fs::remove_file(home.validator_state()).expect("the state is lost");
    home.init_keys(keys).expect("the old keys");
    assert!(!home.validator_state().exists(), "CometBFT then refuses to sign, which is right");
}

#[test]
fn the_home_of_another_chain_is_refused() {
    let folder = tempfile::tempdir().expect("temp folder");
    let home = Home::at(folder.path());
    home.init_keys(keys).expect("new keys");
    home.write_genesis(&genesis()).expect("a first genesis");
    home.write_genesis(&genesis()).expect("the same again");
    let mut other = genesis();
    other.chain_id = "chortle-test-2".to_owned();
    let refusal = home.write_genesis(&other).expect_err("another chain");
    assert!(matches!(refusal, HomeError::OtherGenesis { .. }), "{refusal}");
}

#[test]
fn a_switch_of_keys_keeps_the_old_one_and_never_leaves_a_home_without() {
    let folder = tempfile::tempdir().expect("temp folder");
    let home = Home::at(folder.path().join("comet"));
    let first = home.init_keys(Keys::generate).expect("keys").validator_key();
    home.switch_validator_key().expect_err("there is no next key");
    assert_eq!(home.keys().expect("the key stays").validator_key(), first);
    for number in 1..=2 {
        let before = fs::read(home.validator_key()).expect("the present key");
        let next = home.next_keys(Keys::generate).expect("a next key").validator_key();
        assert_eq!(home.next_keys(Keys::generate).expect("the same").validator_key(), next);
        let old = home.switch_validator_key().expect("it switches");
        assert!(old.ends_with(format!("priv_validator_key.old-{number}.json")), "{}", old.display());
        assert_eq!(fs::read(old).expect("the old key"), before);
        assert_eq!(home.keys().expect("the new key").validator_key(), next);
        assert!(!home.next_validator_key().exists());
    }
}
