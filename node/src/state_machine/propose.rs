//! Filling and judging proposals, by the one block pipeline of `app`. Changes nothing but caches.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use chortle_app::{
    Parent, Ran,
    block::{self, BlockBody, Judged, Offer, Proposal, Room},
};
use chortle_consensus::application::{Block, ProposalRequest, Verdict, proposal_bytes};
use chortle_kernel::{Halt, tx};

use super::{Chain, Hash, lock, ran::RanBlock};

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
        let parent = self.inner.store.committed();
        let (ids, proven) = self.verify_batch(&txs);
        let offers: Vec<_> = proven.into_iter().zip(&txs).map(|(tx, bytes)| Offer { tx, bytes }).collect();
        let room = Room { bytes_max, bytes_of: proposal_bytes };
        self.count_run();
        let Proposal { injected, chosen, ran } =
            block::propose(&self.parent(), header.clone(), &extended_votes, &offers, room)?;
        let injected = injected.map(|bytes| (tx::id(&bytes), Bytes::from(bytes)));
        let chosen = chosen.into_iter().filter_map(|index| Some((*ids.get(index)?, txs.get(index)?.clone())));
        let (tx_ids, txs): (Vec<Hash>, Vec<Bytes>) = injected.into_iter().chain(chosen).unzip();
        let block = RanBlock { ran: *ran, tx_ids };
        lock(&self.inner.ran).keep(parent, header, txs.clone(), block);
        Ok(txs)
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
        let parent = self.inner.store.committed();
        if lock(&self.inner.ran).holds(parent, block) {
            return Ok(Verdict::Accept);
        }
        let (tx_ids, body) = self.body(block);
        self.count_run();
        let ran = match block::judge(&self.parent(), block.header.clone(), &body)? {
            Judged::Good(ran) => RanBlock { ran: *ran, tx_ids },
            Judged::Bad { index, reject } => {
                return Ok(Verdict::Reject(format!("entry {index}: {reject}")));
            }
        };
        lock(&self.inner.ran).keep(parent, block.header.clone(), block.txs.clone(), ran);
        Ok(Verdict::Accept)
    }

    /// What a decided block does: as it was judged, if it was.
    pub(super) fn run_decided(&self, block: &Block) -> Result<RanBlock, Halt> {
        let parent = self.inner.store.committed();
        if let Some(ran) = lock(&self.inner.ran).take(parent, block) {
            return Ok(ran);
        }
        let (tx_ids, body) = self.body(block);
        self.count_run();
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

    fn count_run(&self) {
        self.inner.runs.fetch_add(1, Ordering::Relaxed);
    }
}
