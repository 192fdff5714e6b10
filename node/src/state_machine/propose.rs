//! Filling and judging proposals, by the one block pipeline of `app`. Changes nothing but caches.

use bytes::Bytes;
use chortle_app::{
    Parent, Ran,
    block::{self, Judged, Offer},
};
use chortle_consensus::application::{Block, ProposalRequest, Verdict, proposal_bytes};
use chortle_kernel::Halt;

use super::{Candidate, Chain, RanBlock, lock};

/// Candidates that are kept: rounds of one height, newest last.
const CANDIDATES_MAX: usize = 4;

impl Chain {
    /// What the next block stands on.
    pub(super) fn parent(&self) -> Parent {
        Parent { registry: self.inner.registry, state: std::sync::Arc::new(self.inner.store.latest()) }
    }

    pub(super) fn fill_block(&self, request: ProposalRequest) -> Vec<Bytes> {
        self.try_fill_block(request).unwrap_or_else(|halt| {
            tracing::error!(%halt, "cannot fill a block; proposing an empty one");
            Vec::new()
        })
    }

    fn try_fill_block(&self, request: ProposalRequest) -> Result<Vec<Bytes>, Halt> {
        let proven = self.verify_batch(&request.txs).1.into_iter();
        let sizes = request.txs.iter().map(|bytes| proposal_bytes(bytes));
        let offers: Vec<_> = proven.zip(sizes).map(|(tx, size_bytes)| Offer { tx, size_bytes }).collect();
        let chosen = block::propose(&self.parent(), request.header, &offers, request.bytes_max)?;
        Ok(chosen.into_iter().filter_map(|index| request.txs.get(index).cloned()).collect())
    }

    pub(super) fn judge_block(&self, block: &Block) -> Verdict {
        match self.try_judge_block(block) {
            Ok(verdict) => verdict,
            Err(halt) => {
                tracing::error!(%halt, height = block.header.height, "cannot judge a proposal");
                Verdict::Reject(halt.0)
            }
        }
    }

    fn try_judge_block(&self, block: &Block) -> Result<Verdict, Halt> {
        let (tx_ids, txs) = self.verify_batch(&block.txs);
        let ran = match block::judge(&self.parent(), block.header.clone(), &txs)? {
            Judged::Good(ran) => RanBlock { ran: *ran, tx_ids },
            Judged::Bad { index, reject } => {
                return Ok(Verdict::Reject(format!("transaction {index}: {reject}")));
            }
        };
        let mut candidates = lock(&self.inner.candidates);
        candidates.retain(|candidate| candidate.hash != block.hash);
        if candidates.len() == CANDIDATES_MAX {
            candidates.remove(0);
        }
        candidates.push(Candidate { hash: block.hash.clone(), ran });
        Ok(Verdict::Accept)
    }

    pub(super) fn run_decided(&self, block: &Block) -> Result<RanBlock, Halt> {
        let (tx_ids, txs) = self.verify_batch(&block.txs);
        let ran: Ran = block::run(&self.parent(), block.header.clone(), &txs)?;
        Ok(RanBlock { ran, tx_ids })
    }

    /// The candidate that ran under this hash, if it is still there. The others are dropped: their height is decided.
    pub(super) fn take_candidate(&self, hash: &[u8]) -> Option<RanBlock> {
        let candidates = std::mem::take(&mut *lock(&self.inner.candidates));
        candidates.into_iter().find(|candidate| candidate.hash == hash).map(|candidate| candidate.ran)
    }
}
