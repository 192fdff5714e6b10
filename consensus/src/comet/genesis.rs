//! The genesis document as CometBFT reads it.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::application::ConsensusParams;
use crate::driver::consensus_address;

/// A validator of the genesis document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisValidator {
    /// ed25519 consensus key.
    pub key: [u8; 32],
    /// Voting power.
    pub power: u64,
    /// A name for people.
    pub name: String,
}

/// What CometBFT's `genesis.json` says.
#[derive(Clone, Debug)]
pub struct EngineGenesis {
    /// Time in milliseconds since 1970.
    pub time_unix_ms: u64,
    /// The chain's name.
    pub chain_id: String,
    /// Height of the first block.
    pub initial_height: u64,
    /// The shared limits.
    pub params: ConsensusParams,
    /// The first validators.
    pub validators: Vec<GenesisValidator>,
    /// The application's section; its bytes go into the document as they are.
    pub app_state: Box<RawValue>,
}

impl EngineGenesis {
    /// The document, ending in a line break.
    pub fn to_json(&self) -> String {
        let head = json!({
            "genesis_time": rfc3339(self.time_unix_ms),
            "chain_id": self.chain_id,
            "initial_height": self.initial_height.to_string(),
            "consensus_params": self.params_json(),
            "validators": self.validators.iter().map(validator_json).collect::<Vec<_>>(),
            "app_hash": "",
        });
        let head = format!("{head:#}");
        let open = head.trim_end().trim_end_matches('}').trim_end();
        format!("{open},\n  \"app_state\": {}\n}}\n", self.app_state.get())
    }

    fn params_json(&self) -> Value {
        let params = &self.params;
        json!({
            "block": {
                "max_bytes": params.block_bytes_max.to_string(),
                "max_gas": params.block_gas_max.to_string(),
            },
            "evidence": {
                "max_age_num_blocks": params.evidence_age_blocks_max.to_string(),
                "max_age_duration": params.evidence_age_ns_max.to_string(),
                "max_bytes": params.evidence_bytes_max.to_string(),
            },
            "validator": { "pub_key_types": ["ed25519"] },
            "version": { "app": "0" },
            "abci": { "vote_extensions_enable_height": params.vote_extensions_height.to_string() },
        })
    }
}

fn validator_json(validator: &GenesisValidator) -> Value {
    json!({
        "address": hex::encode_upper(consensus_address(&validator.key)),
        "pub_key": { "type": "tendermint/PubKeyEd25519", "value": BASE64.encode(validator.key) },
        "power": validator.power.to_string(),
        "name": validator.name,
    })
}

/// A time of the years 1970 to 9999 in UTC, with milliseconds.
fn rfc3339(time_unix_ms: u64) -> String {
    let (seconds, ms) = (time_unix_ms / 1_000, time_unix_ms % 1_000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's civil-from-days, for days since 1970 only.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339() {
        let known = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_767_225_600_000, "2026-01-01T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ];
        for (time_unix_ms, text) in known {
            assert_eq!(rfc3339(time_unix_ms), text);
        }
    }

    #[test]
    fn the_application_section_keeps_its_bytes() {
        let section = "{\"b\":1,  \"a\": [ 2 ]}";
        let genesis = EngineGenesis {
            time_unix_ms: 0,
            chain_id: "test".to_owned(),
            initial_height: 1,
            params: ConsensusParams {
                block_bytes_max: 1,
                block_gas_max: 1,
                evidence_age_blocks_max: 1,
                evidence_age_ns_max: 1,
                evidence_bytes_max: 1,
                vote_extensions_height: 0,
            },
            validators: vec![GenesisValidator { key: [1; 32], power: 10, name: "one".to_owned() }],
            app_state: RawValue::from_string(section.to_owned()).expect("JSON"),
        };
        let document = genesis.to_json();
        assert!(document.contains(section), "{document}");
        let parsed: Value = serde_json::from_str(&document).expect("the document is JSON");
        assert_eq!(parsed["validators"][0]["power"], "10");
    }
}
