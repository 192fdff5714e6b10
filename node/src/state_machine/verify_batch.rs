//! From bytes to proven transactions, on all cores: what CheckTx saw is taken from the cache, the rest is decoded
//! and verified in batches, in order.

use std::sync::Arc;

use bytes::Bytes;
use chortle_app::{Decoded, Proven, Registry, verify::verify};
use chortle_kernel::{Reject, tx};
use rayon::prelude::*;

use super::{Chain, Hash};

/// Transactions per batch: past some hundreds a larger batch saves no more, and smaller ones keep every core busy.
const BATCH: usize = 256;

impl Chain {
    /// One id and one verdict per transaction, in order.
    pub(super) fn verify_batch(&self, txs: &[Bytes]) -> (Vec<Hash>, Vec<Proven>) {
        let ids: Vec<Hash> = txs.par_iter().with_min_len(BATCH).map(|bytes| tx::id(bytes)).collect();
        let cached = self.inner.verified.get_all(&ids);
        let unseen: Vec<&Bytes> =
            txs.iter().zip(&cached).filter(|(_, cached)| cached.is_none()).map(|(bytes, _)| bytes).collect();
        let mut fresh = verify_parallel(self.inner.registry, &unseen).into_iter();
        let verdicts: Vec<_> = cached
            .into_iter()
            .map(|cached| match cached {
                Some(tx) => Ok(tx),
                // As many verdicts as unseen transactions, so there is always a next one.
                None => fresh.next().unwrap_or(Err(tx::Error::BadSignature {}.into())),
            })
            .collect();
        if !unseen.is_empty() {
            self.inner.verified.insert_all(verdicts.iter().flatten().map(Arc::clone));
        }
        (ids, verdicts)
    }
}

fn verify_parallel(registry: &Registry, txs: &[&Bytes]) -> Vec<Proven> {
    txs.par_chunks(BATCH).flat_map_iter(|chunk| verify_chunk(registry, chunk)).collect()
}

fn verify_chunk(registry: &Registry, txs: &[&Bytes]) -> Vec<Proven> {
    let mut decoded = Vec::with_capacity(txs.len());
    let forms: Vec<Result<(), Reject>> =
        txs.iter().map(|bytes| Decoded::parse(registry, bytes).map(|one| decoded.push(one))).collect();
    let mut verdicts = verify(decoded).into_iter();
    forms
        .into_iter()
        .map(|form| {
            form?;
            verdicts.next().unwrap_or(Err(tx::Error::BadSignature {}.into())).map(Arc::new)
        })
        .collect()
}
