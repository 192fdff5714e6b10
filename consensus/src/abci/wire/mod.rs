//! The only module that names wire types: ABCI 2.0 as CometBFT v0.38 writes it, to and from [`Call`] and
//! [`Reply`].
//!
//! Decoding trusts nothing: every number is ranged, every address and key measured, every required field
//! demanded.

mod block;
mod chain;
mod reply;
#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};
use chortle_kernel::Reject;
use cometbft_proto::abci::{v1beta1, v1beta2, v1beta3};
use prost012::Message;
use v1beta3::request::Value as RequestValue;

use crate::abci::Error;
use crate::abci::call::{Call, Reply};
use crate::application::{CheckKind, EngineQuery, VoteExtension};

/// First byte of a Query request: field 6, length-delimited.
const QUERY_TAG: u8 = (6 << 3) | 2;

/// A message that does not say what it must.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// Reads one request.
pub fn decode_call(frame: Bytes) -> Result<Call, Malformed> {
    let request = v1beta3::Request::decode(frame)
        .map_err(|error| Malformed(format!("this is no ABCI request: {error}")))?;
    let value =
        request.value.ok_or_else(|| Malformed::new("a request of a kind that ABCI 2.0 does not have"))?;
    Ok(match value {
        RequestValue::Echo(echo) => Call::Echo(echo.message),
        RequestValue::Flush(_) => Call::Flush,
        RequestValue::Info(_) => Call::Info,
        RequestValue::InitChain(genesis) => Call::InitChain(chain::genesis(genesis)?),
        RequestValue::Query(query) => Call::Query(query_from_wire(query)?),
        RequestValue::CheckTx(check) => check_from_wire(check)?,
        RequestValue::Commit(_) => Call::Commit,
        RequestValue::ListSnapshots(_) => Call::ListSnapshots,
        RequestValue::OfferSnapshot(_) => Call::OfferSnapshot,
        RequestValue::LoadSnapshotChunk(_) => Call::LoadSnapshotChunk,
        RequestValue::ApplySnapshotChunk(_) => Call::ApplySnapshotChunk,
        RequestValue::PrepareProposal(request) => Call::Prepare(block::proposal_request(request)?),
        RequestValue::ProcessProposal(request) => Call::Process(block::proposed(request)?),
        RequestValue::ExtendVote(request) => Call::ExtendVote(block::extended(request)?),
        RequestValue::VerifyVoteExtension(request) => {
            Call::VerifyVoteExtension(extension_from_wire(request)?)
        }
        RequestValue::FinalizeBlock(request) => Call::Finalize(block::decided(request)?),
    })
}

/// Writes one request, as an engine does; the frame's length is not included.
pub fn encode_call(call: &Call) -> Bytes {
    let value = match call {
        Call::Echo(message) => RequestValue::Echo(v1beta1::RequestEcho { message: message.clone() }),
        Call::Flush => RequestValue::Flush(v1beta1::RequestFlush {}),
        Call::Info => RequestValue::Info(v1beta2::RequestInfo::default()),
        Call::InitChain(genesis) => RequestValue::InitChain(chain::genesis_to_wire(genesis)),
        Call::Query(query) => RequestValue::Query(v1beta1::RequestQuery {
            data: query.data.clone(),
            path: query.path.clone(),
            height: signed(query.height),
            prove: query.prove,
        }),
        Call::Check(tx, kind) => RequestValue::CheckTx(v1beta1::RequestCheckTx {
            tx: tx.clone(),
            r#type: match kind {
                CheckKind::New => v1beta1::CheckTxType::New.into(),
                CheckKind::Recheck => v1beta1::CheckTxType::Recheck.into(),
            },
        }),
        Call::Prepare(request) => RequestValue::PrepareProposal(block::proposal_request_to_wire(request)),
        Call::Process(block) => RequestValue::ProcessProposal(block::proposed_to_wire(block)),
        Call::ExtendVote(block) => RequestValue::ExtendVote(block::extended_to_wire(block)),
        Call::VerifyVoteExtension(extension) => {
            RequestValue::VerifyVoteExtension(v1beta3::RequestVerifyVoteExtension {
                hash: Bytes::from(extension.block_hash.clone()),
                validator_address: Bytes::copy_from_slice(&extension.validator),
                height: signed(extension.height),
                vote_extension: extension.extension.clone(),
            })
        }
        Call::Finalize(block) => RequestValue::FinalizeBlock(block::decided_to_wire(block)),
        Call::Commit => RequestValue::Commit(v1beta1::RequestCommit {}),
        Call::ListSnapshots => RequestValue::ListSnapshots(v1beta1::RequestListSnapshots {}),
        Call::OfferSnapshot => RequestValue::OfferSnapshot(v1beta1::RequestOfferSnapshot::default()),
        Call::LoadSnapshotChunk => {
            RequestValue::LoadSnapshotChunk(v1beta1::RequestLoadSnapshotChunk::default())
        }
        Call::ApplySnapshotChunk => {
            RequestValue::ApplySnapshotChunk(v1beta1::RequestApplySnapshotChunk::default())
        }
    };
    Bytes::from(v1beta3::Request { value: Some(value) }.encode_to_vec())
}

/// Appends one answer with its length.
pub fn encode_reply(reply: Reply, out: &mut BytesMut) {
    let response = v1beta3::Response { value: Some(reply::to_wire(reply)) };
    let size_bytes = response.encoded_len();
    out.reserve(size_bytes + 10);
    prost012::encoding::encode_varint(size_bytes as u64, out);
    response.encode_raw(out);
}

/// Reads one answer, as an engine does.
pub fn decode_reply(frame: Bytes) -> Result<Reply, Malformed> {
    let response = v1beta3::Response::decode(frame)
        .map_err(|error| Malformed(format!("this is no ABCI response: {error}")))?;
    let value =
        response.value.ok_or_else(|| Malformed::new("a response of a kind that ABCI 2.0 does not have"))?;
    reply::from_wire(value)
}

/// The answer to a frame that [`decode_call`] refused.
///
/// CometBFT stops at an Exception, and a stranger's `abci_query` reaches us with whatever path it has. So a
/// bad Query gets a refusal of its own; everything else comes from the engine alone and gets the Exception.
pub fn refusal(frame: &[u8], malformed: &Malformed) -> Reply {
    if frame.first() == Some(&QUERY_TAG) {
        return Reply::Query(Reject::from(Error::Malformed { reason: malformed.0.clone() }).into());
    }
    Reply::Exception(malformed.0.clone())
}

fn query_from_wire(query: v1beta1::RequestQuery) -> Result<EngineQuery, Malformed> {
    Ok(EngineQuery {
        path: query.path,
        data: query.data,
        height: unsigned("the query's height", query.height)?,
        prove: query.prove,
    })
}

fn check_from_wire(check: v1beta1::RequestCheckTx) -> Result<Call, Malformed> {
    let kind = match v1beta1::CheckTxType::try_from(check.r#type) {
        Ok(v1beta1::CheckTxType::New) => CheckKind::New,
        Ok(v1beta1::CheckTxType::Recheck) => CheckKind::Recheck,
        Err(_) => return Err(Malformed(format!("CheckTx of the unknown kind {}", check.r#type))),
    };
    // A copy: a slice would keep the connection's whole read buffer alive as long as the transaction.
    Ok(Call::Check(Bytes::copy_from_slice(&check.tx), kind))
}

fn extension_from_wire(request: v1beta3::RequestVerifyVoteExtension) -> Result<VoteExtension, Malformed> {
    Ok(VoteExtension {
        block_hash: hash("the block's hash", &request.hash)?.to_vec(),
        validator: sized("the voter's address", &request.validator_address)?,
        height: positive("the vote's height", request.height)?,
        extension: request.vote_extension,
    })
}

/// A number that must not be negative.
fn unsigned(name: &str, value: i64) -> Result<u64, Malformed> {
    u64::try_from(value).map_err(|_| Malformed(format!("{name} is {value}: it must not be negative")))
}

/// A number that must be 1 or more.
fn positive(name: &str, value: i64) -> Result<u64, Malformed> {
    match unsigned(name, value)? {
        0 => Err(Malformed(format!("{name} is 0: it must be at least 1"))),
        value => Ok(value),
    }
}

/// Bytes of an exact length.
fn sized<const N: usize>(name: &str, bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_| Malformed(format!("{name} has {} bytes: it must have {N}", bytes.len())))
}

/// A SHA-256 hash.
fn hash(name: &str, bytes: &[u8]) -> Result<[u8; 32], Malformed> {
    sized(name, bytes)
}

/// A field that must be there.
fn required<T>(name: &str, field: Option<T>) -> Result<T, Malformed> {
    field.ok_or_else(|| Malformed(format!("{name} is missing")))
}

/// The wire knows only signed numbers. Values above 2^63-1 exist in no valid state; the wire then shows the
/// maximum.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
