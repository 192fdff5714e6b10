//! Filling and judging proposals, by the one block pipeline of `app`. Changes nothing but caches.

use bytes::Bytes;
use chortle_app::{
    Parent, Ran,
    block::{self, BlockBody, Judged, Offer, Proposal, Room},
};
use chortle_consensus::application::{Block, ProposalRequest, Verdict, proposal_bytes};
use chortle_kernel::{Halt, tx};

use super::{Candidate, Chain, Hash, RanBlock, lock};

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
        let ProposalRequest { header, extended_votes, txs, bytes_max } = request;
        let proven = self.verify_batch(&txs).1;
        let offers: Vec<_> = proven.into_iter().zip(&txs).map(|(tx, bytes)| Offer { tx, bytes }).collect();
        let room = Room { bytes_max, bytes_of: proposal_bytes };
        let Proposal { injected, chosen } =
            block::propose(&self.parent(), header, &extended_votes, &offers, room)?;
        let chosen = chosen.into_iter().filter_map(|index| txs.get(index).cloned());
        Ok(injected.map(Bytes::from).into_iter().chain(chosen).collect())
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

    /// The entries of a block, with signatures proven, and the hash of each entry.
    fn body<'b>(&self, block: &'b Block) -> (Vec<Hash>, BlockBody<'b>) {
        let (injected, txs) = block::split(&block.txs);
        let (hashes, txs) = self.verify_batch(txs);
        let tx_ids = injected.map(tx::id).into_iter().chain(hashes).collect();
        (tx_ids, BlockBody { injected, txs })
    }

    fn try_judge_block(&self, block: &Block) -> Result<Verdict, Halt> {
        let (tx_ids, body) = self.body(block);
        let ran = match block::judge(&self.parent(), block.header.clone(), &body)? {
            Judged::Good(ran) => RanBlock { ran: *ran, tx_ids },
            Judged::Bad { index, reject } => {
                return Ok(Verdict::Reject(format!("entry {index}: {reject}")));
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
        let (tx_ids, body) = self.body(block);
        let ran: Ran = block::run(&self.parent(), block.header.clone(), &body)?;
        Ok(RanBlock { ran, tx_ids })
    }

    /// What this node adds to its vote: what its modules attest of the committed state.
    pub(super) fn attest(&self) -> Bytes {
        let (extension, faults) = block::extend_vote(&self.parent());
        faults.iter().for_each(|halt| tracing::error!(%halt, "an attestation is left out of the vote"));
        extension.into()
    }

    pub(super) fn judge_extension(&self, extension: &[u8]) -> Verdict {
        match block::verify_extension(self.inner.registry, extension) {
            Ok(()) => Verdict::Accept,
            Err(reason) => Verdict::Reject(reason),
        }
    }

    /// The candidate that ran under this hash, if it is still there. The others are dropped: their height is decided.
    pub(super) fn take_candidate(&self, hash: &[u8]) -> Option<RanBlock> {
        let candidates = std::mem::take(&mut *lock(&self.inner.candidates));
        candidates.into_iter().find(|candidate| candidate.hash == hash).map(|candidate| candidate.ran)
    }
}
