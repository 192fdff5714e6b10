//! From bytes to proven transactions, on all cores: what CheckTx saw is taken from the cache, the rest is decoded
//! and verified in batches, in order.

use std::sync::Arc;

use bytes::Bytes;
use chortle_app::{Decoded, Proven, Registry, Unproven, Verified, verify::verify};
use chortle_kernel::{Reject, tx};
use rayon::prelude::*;

use super::{Chain, Hash};

/// Transactions per batch: past some hundreds a larger batch saves no more, and smaller ones keep every core busy.
const BATCH: usize = 256;

/// How far a transaction is on its way to being proven.
pub(super) enum Standing {
    /// Its form is wrong.
    Malformed(Reject),
    /// Its signatures are not judged.
    Decoded(Arc<Decoded>),
    /// Its signatures are wrong.
    Unproven(Box<Unproven>),
    /// Its signatures hold.
    Proven(Verified),
}

impl Standing {
    /// The transaction, if there is one.
    pub(super) fn decoded(&self) -> Option<&Decoded> {
        match self {
            Self::Malformed(_) => None,
            Self::Decoded(tx) => Some(tx),
            Self::Unproven(unproven) => Some(&unproven.tx),
            Self::Proven(tx) => Some(tx),
        }
    }
}

impl Chain {
    /// One id and one verdict per transaction, in order.
    pub(super) fn verify_batch(&self, txs: &[Bytes]) -> (Vec<Hash>, Vec<Proven>) {
        let (ids, standings) = self.decode_batch(txs);
        let all_known = standings.iter().all(|one| matches!(one, Standing::Proven(_)));
        let (standings, _) = prove(standings, |_| true);
        if !all_known {
            self.inner.verified.insert_all(standings.iter().filter_map(|one| match one {
                Standing::Proven(tx) => Some(tx.clone()),
                _ => None,
            }));
        }
        let verdict = |standing| match standing {
            Standing::Proven(tx) => Ok(tx),
            Standing::Malformed(reject) => Err(reject),
            Standing::Unproven(unproven) => Err(unproven.reject),
            Standing::Decoded(_) => Err(tx::Error::BadSignature {}.into()),
        };
        (ids, standings.into_iter().map(verdict).collect())
    }

    /// One id and one standing per transaction, in order: proven if it is known, and no signature is looked at.
    pub(super) fn decode_batch(&self, txs: &[Bytes]) -> (Vec<Hash>, Vec<Standing>) {
        let ids: Vec<Hash> = txs.par_iter().with_min_len(BATCH).map(|bytes| tx::id(bytes)).collect();
        let cached = self.inner.verified.get_all(&ids);
        let registry = self.inner.registry;
        let with_ids = txs.par_iter().zip(&ids).with_min_len(BATCH / 4);
        let standings = with_ids.zip(cached).map(|((bytes, id), cached)| match cached {
            Some(tx) => Standing::Proven(tx),
            None => decode(registry, *id, bytes),
        });
        let standings = standings.collect();
        (ids, standings)
    }

    /// The standing of one transaction by its id.
    pub(super) fn decode_one(&self, id: Hash, bytes: &Bytes) -> Standing {
        match self.inner.verified.get_all(&[id]).pop().flatten() {
            Some(tx) => Standing::Proven(tx),
            None => decode(self.inner.registry, id, bytes),
        }
    }
}

fn decode(registry: &Registry, id: Hash, bytes: &Bytes) -> Standing {
    match Decoded::parse_with_id(registry, id, bytes) {
        Ok(tx) => Standing::Decoded(Arc::new(tx)),
        Err(reject) => Standing::Malformed(reject),
    }
}

/// Judges the signatures of what is decoded and chosen by its place, and says whether all of them hold.
pub(super) fn prove(standings: Vec<Standing>, chosen: impl Fn(usize) -> bool) -> (Vec<Standing>, bool) {
    let mut batches: Vec<Vec<Arc<Decoded>>> = Vec::new();
    let mut take = |tx: Arc<Decoded>| match batches.last_mut().filter(|batch| batch.len() < BATCH) {
        Some(batch) => batch.push(tx),
        None => batches.push(vec![tx]),
    };
    let kept: Vec<Option<Standing>> = standings
        .into_iter()
        .enumerate()
        .map(|(place, standing)| match standing {
            Standing::Decoded(tx) if chosen(place) => {
                take(tx);
                None
            }
            other => Some(other),
        })
        .collect();
    let verdicts: Vec<_> = batches.into_par_iter().flat_map_iter(verify).collect();
    let all_hold = verdicts.iter().all(Result::is_ok);
    let mut judged = verdicts.into_iter().map(|verdict| match verdict {
        Ok(tx) => Standing::Proven(tx),
        Err(unproven) => Standing::Unproven(unproven),
    });
    // As many verdicts as places that were left free.
    let standings = kept.into_iter().filter_map(|kept| kept.or_else(|| judged.next())).collect();
    (standings, all_hold)
}
