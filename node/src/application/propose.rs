//! Filling and judging proposals. Both run the one block pipeline, and change nothing but caches.

use std::sync::Arc;

use bytes::Bytes;
use chortle_app::{BlockRun, Verified};
use chortle_consensus::application::{Block, BlockContext, ProposalRequest, Verdict, proposal_bytes};
use chortle_kernel::{Failure, Halt};

use super::{Candidate, Chain, Ran, block_info, lock};

/// Candidates that are kept: rounds of one height, newest last.
const CANDIDATES_MAX: usize = 4;

impl Chain {
    pub(super) fn begin(&self, context: &BlockContext) -> Result<BlockRun, Halt> {
        BlockRun::begin(&chortle_app::MODULES, Arc::new(self.inner.store.latest()), block_info(context))
    }

    pub(super) fn fill_block(&self, request: ProposalRequest) -> Vec<Bytes> {
        self.try_fill_block(request).unwrap_or_else(|halt| {
            tracing::error!(%halt, "cannot fill a block; proposing an empty one");
            Vec::new()
        })
    }

    fn try_fill_block(&self, request: ProposalRequest) -> Result<Vec<Bytes>, Halt> {
        let mut run = self.begin(&request.context)?;
        let mut bytes_left = request.bytes_max;
        let mut chosen = Vec::new();
        for (bytes, verdict) in request.txs.iter().zip(self.admit_all(&request.txs).1) {
            let (Some(left), Ok(tx)) = (bytes_left.checked_sub(proposal_bytes(bytes)), verdict) else {
                continue;
            };
            match run.deliver(&tx) {
                Ok(_) => {
                    bytes_left = left;
                    chosen.push(bytes.clone());
                }
                Err(Failure::Reject(_)) => {}
                Err(Failure::Halt(halt)) => return Err(halt),
            }
        }
        Ok(chosen)
    }

    pub(super) fn judge_block(&self, block: &Block) -> Verdict {
        match self.try_judge_block(block) {
            Ok(verdict) => verdict,
            Err(halt) => {
                tracing::error!(%halt, height = block.context.height, "cannot judge a proposal");
                Verdict::Reject(halt.0)
            }
        }
    }

    fn try_judge_block(&self, block: &Block) -> Result<Verdict, Halt> {
        let mut run = self.begin(&block.context)?;
        let mut receipts = Vec::with_capacity(block.txs.len());
        let (tx_ids, verdicts) = self.admit_all(&block.txs);
        for (index, verdict) in verdicts.into_iter().enumerate() {
            let delivered = match &verdict {
                Ok(tx) => run.deliver(tx),
                Err(reject) => Err(reject.clone().into()),
            };
            match delivered {
                Ok(receipt) => receipts.push(receipt),
                Err(Failure::Reject(reject)) => {
                    return Ok(Verdict::Reject(format!("transaction {index}: {reject}")));
                }
                Err(Failure::Halt(halt)) => return Err(halt),
            }
        }
        let ran = Ran { result: run.end()?, receipts, tx_ids };
        let mut candidates = lock(&self.inner.candidates);
        candidates.retain(|candidate| candidate.hash != block.hash);
        if candidates.len() == CANDIDATES_MAX {
            candidates.remove(0);
        }
        candidates.push(Candidate { hash: block.hash.clone(), ran });
        Ok(Verdict::Accept)
    }

    /// Runs a decided block. What was not admitted gets a receipt and leaves no trace: no honest node votes for such
    /// a block, yet a decided one must run to its end on every node.
    pub(super) fn run_decided(&self, block: &Block) -> Result<Ran, Halt> {
        let mut run = self.begin(&block.context)?;
        let mut receipts = Vec::with_capacity(block.txs.len());
        let (tx_ids, verdicts) = self.admit_all(&block.txs);
        for verdict in verdicts {
            let delivered = match &verdict {
                Ok(tx) => run.deliver(tx),
                Err(reject) => Err(reject.clone().into()),
            };
            receipts.push(match delivered {
                Ok(receipt) => receipt,
                Err(Failure::Reject(reject)) => refused_receipt(verdict.ok().as_deref(), reject),
                Err(Failure::Halt(halt)) => return Err(halt),
            });
        }
        Ok(Ran { result: run.end()?, receipts, tx_ids })
    }

    /// The candidate that ran under this hash, if it is still there. The others are dropped: their height is decided.
    pub(super) fn take_candidate(&self, hash: &[u8]) -> Option<Ran> {
        let candidates = std::mem::take(&mut *lock(&self.inner.candidates));
        candidates.into_iter().find(|candidate| candidate.hash == hash).map(|candidate| candidate.ran)
    }
}

fn refused_receipt(tx: Option<&Verified>, reject: chortle_kernel::Reject) -> chortle_app::Receipt {
    let gas_limit = tx.map_or(0, |tx| tx.tx.body.fee.gas_limit);
    let mut receipt = chortle_app::Receipt { gas_limit, ..chortle_app::Receipt::default() };
    receipt.refuse(reject);
    receipt
}
