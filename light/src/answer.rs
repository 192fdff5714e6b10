//! A node's answer to `/v1/headers/{height}`, as the checks take it.

use serde::Deserialize;
use tendermint::block::signed_header::SignedHeader;
use tendermint::{Time, node, validator};
use tendermint_light_client_verifier::types::LightBlock;

#[derive(Deserialize)]
struct Answer {
    signed_header: SignedHeader,
    validators: Vec<validator::Info>,
    next_validators: Vec<validator::Info>,
}

/// Reads it; nothing is verified yet.
pub fn light_block(json: &[u8]) -> Result<LightBlock, String> {
    let answer: Answer = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let proposer = answer.signed_header.header.proposer_address;
    let proposer = answer.validators.iter().find(|one| one.address == proposer).cloned();
    let validators = validator::Set::new(answer.validators, proposer);
    let next_validators = validator::Set::new(answer.next_validators, None);
    Ok(LightBlock::new(answer.signed_header, validators, next_validators, node::Id::new([0; 20])))
}

/// A time as the checks take it.
pub fn time(unix_ms: u64) -> Result<Time, String> {
    let seconds = i64::try_from(unix_ms / 1_000).map_err(|error| error.to_string())?;
    let nanos = u32::try_from(unix_ms % 1_000 * 1_000_000).map_err(|error| error.to_string())?;
    Time::from_unix_timestamp(seconds, nanos).map_err(|error| error.to_string())
}
