//! Genesis, validators, limits and times, to and from the wire.

use bytes::Bytes;
use cometbft_proto::abci::{v1beta1, v1beta3};
use cometbft_proto::crypto::v1::{PublicKey, public_key};
use cometbft_proto::google::protobuf::{Duration, Timestamp};
use cometbft_proto::types::v1 as types;

use super::{Malformed, positive, required, signed, sized, unsigned};
use crate::application::{ConsensusParams, Genesis, ValidatorPower};

const NS_PER_S: u64 = 1_000_000_000;
const NS_PER_MS: i32 = 1_000_000;
/// CometBFT's own hard cap on a block, which `max_bytes = -1` means.
const BLOCK_BYTES_HARD_MAX: u64 = 100 * 1024 * 1024;
/// The only key type that signs blocks here.
const KEY_TYPE: &str = "ed25519";

pub(super) fn genesis(request: v1beta3::RequestInitChain) -> Result<Genesis, Malformed> {
    let params = required("the consensus parameters of InitChain", request.consensus_params)?;
    let validators: Result<Vec<_>, _> = request.validators.into_iter().map(validator).collect();
    Ok(Genesis {
        time_unix_ms: time("the genesis time", request.time)?,
        chain_id: request.chain_id,
        initial_height: positive("the initial height", request.initial_height)?,
        params: consensus_params(params)?,
        validators: validators?,
        app_state: request.app_state_bytes,
    })
}

pub(super) fn genesis_to_wire(genesis: &Genesis) -> v1beta3::RequestInitChain {
    v1beta3::RequestInitChain {
        time: Some(time_to_wire(genesis.time_unix_ms)),
        chain_id: genesis.chain_id.clone(),
        consensus_params: Some(params_to_wire(&genesis.params)),
        validators: genesis.validators.iter().map(validator_to_wire).collect(),
        app_state_bytes: genesis.app_state.clone(),
        initial_height: signed(genesis.initial_height),
    }
}

pub(super) fn validator(update: v1beta1::ValidatorUpdate) -> Result<ValidatorPower, Malformed> {
    let key = required("a validator's key", update.pub_key)?;
    match required("a validator's key", key.sum)? {
        public_key::Sum::Ed25519(bytes) => Ok(ValidatorPower {
            key: sized("a validator's ed25519 key", &bytes)?,
            power: unsigned("a validator's power", update.power)?,
        }),
        public_key::Sum::Secp256k1(_) => Err(Malformed::new(
            "a validator's key is of type secp256k1: Chortle's validators sign with ed25519 keys only",
        )),
    }
}

pub(super) fn validator_to_wire(validator: &ValidatorPower) -> v1beta1::ValidatorUpdate {
    let sum = Some(public_key::Sum::Ed25519(validator.key.to_vec()));
    v1beta1::ValidatorUpdate { pub_key: Some(PublicKey { sum }), power: signed(validator.power) }
}

pub(super) fn consensus_params(params: types::ConsensusParams) -> Result<ConsensusParams, Malformed> {
    let block = required("the block parameters", params.block)?;
    let evidence = required("the evidence parameters", params.evidence)?;
    let age = required("the evidence's maximal age", evidence.max_age_duration)?;
    if let Some(validator) = &params.validator
        && let Some(kind) = validator.pub_key_types.iter().find(|kind| *kind != KEY_TYPE)
    {
        return Err(Malformed(format!(
            "validator keys of type {kind} are allowed by the consensus parameters: Chortle's validators \
                 sign with {KEY_TYPE} keys only"
        )));
    }
    let vote_extensions = params.abci.map_or(0, |abci| abci.vote_extensions_enable_height);
    Ok(ConsensusParams {
        block_bytes_max: unlimited_or("the largest block", block.max_bytes, BLOCK_BYTES_HARD_MAX)?,
        block_gas_max: unlimited_or("the most gas in a block", block.max_gas, i64::MAX.unsigned_abs())?,
        evidence_age_blocks_max: unsigned(
            "the evidence's maximal age in blocks",
            evidence.max_age_num_blocks,
        )?,
        evidence_age_ns_max: duration_ns(&age)?,
        evidence_bytes_max: unsigned("the most bytes of evidence", evidence.max_bytes)?,
        vote_extensions_height: unsigned("the height of vote extensions", vote_extensions)?,
    })
}

pub(super) fn params_to_wire(params: &ConsensusParams) -> types::ConsensusParams {
    let age = Duration {
        seconds: signed(params.evidence_age_ns_max / NS_PER_S),
        nanos: i32::try_from(params.evidence_age_ns_max % NS_PER_S).unwrap_or(0),
    };
    types::ConsensusParams {
        block: Some(types::BlockParams {
            max_bytes: signed(params.block_bytes_max),
            max_gas: signed(params.block_gas_max),
        }),
        evidence: Some(types::EvidenceParams {
            max_age_num_blocks: signed(params.evidence_age_blocks_max),
            max_age_duration: Some(age),
            max_bytes: signed(params.evidence_bytes_max),
        }),
        validator: Some(types::ValidatorParams { pub_key_types: vec![KEY_TYPE.to_owned()] }),
        version: None,
        abci: Some(types::AbciParams {
            vote_extensions_enable_height: signed(params.vote_extensions_height),
        }),
    }
}

pub(super) fn time(name: &str, timestamp: Option<Timestamp>) -> Result<u64, Malformed> {
    let timestamp = required(name, timestamp)?;
    let seconds = unsigned(name, timestamp.seconds)?;
    let nanos = u64::try_from(timestamp.nanos).ok().filter(|nanos| *nanos < NS_PER_S);
    let nanos = nanos.ok_or_else(|| Malformed(format!("{name} has {} nanoseconds", timestamp.nanos)))?;
    let ms = seconds.checked_mul(1_000).and_then(|ms| ms.checked_add(nanos / 1_000_000));
    ms.ok_or_else(|| Malformed(format!("{name} is {seconds} seconds after 1970: too far to count")))
}

pub(super) fn time_to_wire(time_unix_ms: u64) -> Timestamp {
    let ms = i32::try_from(time_unix_ms % 1_000).unwrap_or(0);
    Timestamp { seconds: signed(time_unix_ms / 1_000), nanos: ms * NS_PER_MS }
}

/// `-1` is CometBFT's word for no limit.
fn unlimited_or(name: &str, value: i64, unlimited: u64) -> Result<u64, Malformed> {
    if value == -1 { Ok(unlimited) } else { unsigned(name, value) }
}

fn duration_ns(duration: &Duration) -> Result<u64, Malformed> {
    let name = "the evidence's maximal age";
    let seconds = unsigned(name, duration.seconds)?;
    let nanos = unsigned(name, i64::from(duration.nanos))?;
    let ns = seconds.checked_mul(NS_PER_S).and_then(|ns| ns.checked_add(nanos));
    ns.ok_or_else(|| Malformed(format!("{name} is {seconds} seconds: too long to count in nanoseconds")))
}

pub(super) fn copied(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}
