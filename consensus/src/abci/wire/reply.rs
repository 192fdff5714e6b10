//! Answers, to and from the wire.

use bytes::Bytes;
use cometbft_proto::abci::v1beta1::{self, response_apply_snapshot_chunk, response_offer_snapshot};
use cometbft_proto::abci::v1beta2::{self, response_process_proposal::ProposalStatus};
use cometbft_proto::abci::v1beta3::{self, response::Value, response_verify_vote_extension::VerifyStatus};
use cometbft_proto::crypto::v1 as crypto;

use super::chain::{consensus_params, copied, params_to_wire, validator, validator_to_wire};
use super::{Malformed, signed, sized, unsigned};
use crate::abci::call::Reply;
use crate::application::{
    BlockOutcome, CheckOutcome, CommitOutcome, GenesisOutcome, Hash, Info, ProofOp, QueryAnswer, TxOutcome,
};

pub(super) fn to_wire(reply: Reply) -> Value {
    match reply {
        Reply::Exception(error) => Value::Exception(v1beta1::ResponseException { error }),
        Reply::Echo(message) => Value::Echo(v1beta1::ResponseEcho { message }),
        Reply::Flush => Value::Flush(v1beta1::ResponseFlush {}),
        Reply::Info(info) => Value::Info(info_to_wire(info)),
        Reply::InitChain(outcome) => Value::InitChain(v1beta3::ResponseInitChain {
            consensus_params: None,
            validators: outcome.validators.iter().map(validator_to_wire).collect(),
            app_hash: copied(&outcome.app_hash),
        }),
        Reply::Query(answer) => Value::Query(query_to_wire(answer)),
        Reply::Check(outcome) => Value::CheckTx(v1beta3::ResponseCheckTx {
            code: outcome.code,
            log: outcome.log,
            gas_wanted: signed(outcome.gas),
            codespace: outcome.codespace,
            ..v1beta3::ResponseCheckTx::default()
        }),
        Reply::Prepare(txs) => Value::PrepareProposal(v1beta2::ResponsePrepareProposal { txs }),
        Reply::Process(accepted) => {
            let status = if accepted { ProposalStatus::Accept } else { ProposalStatus::Reject };
            Value::ProcessProposal(v1beta2::ResponseProcessProposal { status: status.into() })
        }
        Reply::ExtendVote(vote_extension) => {
            Value::ExtendVote(v1beta3::ResponseExtendVote { vote_extension })
        }
        Reply::VerifyVoteExtension(accepted) => {
            let status = if accepted { VerifyStatus::Accept } else { VerifyStatus::Reject };
            Value::VerifyVoteExtension(v1beta3::ResponseVerifyVoteExtension { status: status.into() })
        }
        Reply::Finalize(outcome) => Value::FinalizeBlock(block_to_wire(outcome)),
        Reply::Commit(outcome) => {
            Value::Commit(v1beta3::ResponseCommit { retain_height: signed(outcome.retain_height) })
        }
        Reply::ListSnapshots => Value::ListSnapshots(v1beta1::ResponseListSnapshots::default()),
        Reply::OfferSnapshot => Value::OfferSnapshot(v1beta1::ResponseOfferSnapshot {
            result: response_offer_snapshot::Result::Reject.into(),
        }),
        Reply::LoadSnapshotChunk => Value::LoadSnapshotChunk(v1beta1::ResponseLoadSnapshotChunk::default()),
        Reply::ApplySnapshotChunk => Value::ApplySnapshotChunk(v1beta1::ResponseApplySnapshotChunk {
            result: response_apply_snapshot_chunk::Result::Abort.into(),
            ..v1beta1::ResponseApplySnapshotChunk::default()
        }),
    }
}

pub(super) fn from_wire(value: Value) -> Result<Reply, Malformed> {
    Ok(match value {
        Value::Exception(exception) => Reply::Exception(exception.error),
        Value::Echo(echo) => Reply::Echo(echo.message),
        Value::Flush(_) => Reply::Flush,
        Value::Info(info) => Reply::Info(info_from_wire(info)?),
        Value::InitChain(outcome) => {
            let validators: Result<Vec<_>, _> = outcome.validators.into_iter().map(validator).collect();
            Reply::InitChain(GenesisOutcome {
                app_hash: app_hash(&outcome.app_hash)?,
                validators: validators?,
            })
        }
        Value::Query(answer) => Reply::Query(query_from_wire(answer)?),
        Value::CheckTx(check) => Reply::Check(CheckOutcome {
            code: check.code,
            codespace: check.codespace,
            log: check.log,
            gas: unsigned("the gas of a check", check.gas_wanted)?,
        }),
        Value::PrepareProposal(proposal) => Reply::Prepare(proposal.txs),
        Value::ProcessProposal(verdict) => {
            Reply::Process(verdict.status == i32::from(ProposalStatus::Accept))
        }
        Value::ExtendVote(vote) => Reply::ExtendVote(vote.vote_extension),
        Value::VerifyVoteExtension(verdict) => {
            Reply::VerifyVoteExtension(verdict.status == i32::from(VerifyStatus::Accept))
        }
        Value::FinalizeBlock(outcome) => Reply::Finalize(block_from_wire(outcome)?),
        Value::Commit(commit) => Reply::Commit(CommitOutcome {
            retain_height: unsigned("the retain height", commit.retain_height)?,
        }),
        Value::ListSnapshots(_) => Reply::ListSnapshots,
        Value::OfferSnapshot(_) => Reply::OfferSnapshot,
        Value::LoadSnapshotChunk(_) => Reply::LoadSnapshotChunk,
        Value::ApplySnapshotChunk(_) => Reply::ApplySnapshotChunk,
    })
}

fn app_hash(bytes: &[u8]) -> Result<Hash, Malformed> {
    sized("the app hash", bytes)
}

fn info_to_wire(info: Info) -> v1beta1::ResponseInfo {
    // CometBFT compares the hash with an empty one before the first block.
    let app_hash = if info.height == 0 { Bytes::new() } else { copied(&info.app_hash) };
    v1beta1::ResponseInfo {
        data: "chortle".to_owned(),
        version: info.version,
        app_version: info.app_version,
        last_block_height: signed(info.height),
        last_block_app_hash: app_hash,
    }
}

fn info_from_wire(info: v1beta1::ResponseInfo) -> Result<Info, Malformed> {
    let hash = &info.last_block_app_hash;
    Ok(Info {
        version: info.version,
        app_version: info.app_version,
        height: unsigned("the last height", info.last_block_height)?,
        app_hash: if hash.is_empty() { Hash::default() } else { app_hash(hash)? },
    })
}

fn query_to_wire(answer: QueryAnswer) -> v1beta1::ResponseQuery {
    let op = |op: ProofOp| crypto::ProofOp { r#type: op.kind, key: op.key.to_vec(), data: op.data.to_vec() };
    let ops: Vec<_> = answer.proof.into_iter().map(op).collect();
    v1beta1::ResponseQuery {
        code: answer.code,
        log: answer.log,
        key: answer.key,
        value: answer.value,
        proof_ops: if ops.is_empty() { None } else { Some(crypto::ProofOps { ops }) },
        height: signed(answer.height),
        codespace: answer.codespace,
        ..v1beta1::ResponseQuery::default()
    }
}

fn query_from_wire(answer: v1beta1::ResponseQuery) -> Result<QueryAnswer, Malformed> {
    let op = |op: crypto::ProofOp| ProofOp { kind: op.r#type, key: op.key.into(), data: op.data.into() };
    Ok(QueryAnswer {
        code: answer.code,
        codespace: answer.codespace,
        log: answer.log,
        key: answer.key,
        value: answer.value,
        height: unsigned("the height that was read", answer.height)?,
        proof: answer.proof_ops.map_or_else(Vec::new, |proof| proof.ops.into_iter().map(op).collect()),
    })
}

fn block_to_wire(outcome: BlockOutcome) -> v1beta3::ResponseFinalizeBlock {
    let tx = |tx: TxOutcome| v1beta3::ExecTxResult {
        code: tx.code,
        data: tx.data,
        log: tx.log,
        gas_wanted: signed(tx.gas_wanted),
        gas_used: signed(tx.gas_used),
        codespace: tx.codespace,
        ..v1beta3::ExecTxResult::default()
    };
    v1beta3::ResponseFinalizeBlock {
        events: Vec::new(),
        tx_results: outcome.txs.into_iter().map(tx).collect(),
        validator_updates: outcome.validator_updates.iter().map(validator_to_wire).collect(),
        consensus_param_updates: outcome.params.as_ref().map(params_to_wire),
        app_hash: copied(&outcome.app_hash),
    }
}

fn block_from_wire(outcome: v1beta3::ResponseFinalizeBlock) -> Result<BlockOutcome, Malformed> {
    let tx = |tx: v1beta3::ExecTxResult| -> Result<TxOutcome, Malformed> {
        Ok(TxOutcome {
            code: tx.code,
            codespace: tx.codespace,
            log: tx.log,
            data: tx.data,
            gas_wanted: unsigned("the gas that was allowed", tx.gas_wanted)?,
            gas_used: unsigned("the gas that was charged", tx.gas_used)?,
        })
    };
    let txs: Result<Vec<_>, _> = outcome.tx_results.into_iter().map(tx).collect();
    let updates: Result<Vec<_>, _> = outcome.validator_updates.into_iter().map(validator).collect();
    Ok(BlockOutcome {
        txs: txs?,
        validator_updates: updates?,
        params: outcome.consensus_param_updates.map(consensus_params).transpose()?,
        app_hash: app_hash(&outcome.app_hash)?,
    })
}
