//! What the engine's own documents hold, in the form that CometBFT gives them: light clients of any kind read it.

use serde_json::{Value, json};

use super::{list, named, object, or_null, text, time, whole};

pub(super) fn schemas() -> impl Iterator<Item = (&'static str, Value)> {
    let part_set = object(&[("total", whole("")), ("hash", text())]);
    let block_id = object(&[("hash", text()), ("parts", part_set)]);
    let version = object(&[("block", text()), ("app?", text())]);
    let header = [
        ("version", version),
        ("chain_id", text()),
        ("height", text()),
        ("time", time()),
        ("last_block_id", or_null(block_id.clone())),
        ("last_commit_hash", or_null(text())),
        ("data_hash", or_null(text())),
        ("validators_hash", text()),
        ("next_validators_hash", text()),
        ("consensus_hash", text()),
        ("app_hash", text()),
        ("last_results_hash", or_null(text())),
        ("evidence_hash", or_null(text())),
        ("proposer_address", text()),
    ];
    let signature = object(&[
        ("block_id_flag", whole("")),
        ("validator_address", text()),
        ("timestamp", or_null(time())),
        ("signature", or_null(text())),
    ]);
    let commit =
        [("height", text()), ("round", whole("")), ("block_id", block_id), ("signatures", list(signature))];
    let key = object(&[("type", text()), ("value", text())]);
    let validator = [("address", text()), ("pub_key", key), ("power", text()), ("name", or_null(text()))];
    let signed = object(&[("header", object(&header)), ("commit", object(&commit))]);
    let block = [
        ("height", whole("blocks")),
        ("hash", super::hex()),
        ("signed_header", signed),
        ("validators", list(named("EngineValidator"))),
        ("next_validators", list(named("EngineValidator"))),
    ];
    let free = || json!({ "type": "object" });
    let genesis = [
        ("genesis_time", time()),
        ("chain_id", text()),
        ("initial_height", text()),
        ("consensus_params", free()),
        ("validators?", json!({ "type": ["array", "null"], "items": free() })),
        ("app_hash?", text()),
        ("app_state", free()),
    ];
    [("EngineValidator", object(&validator)), ("LightBlock", object(&block)), ("Genesis", object(&genesis))]
        .into_iter()
}
