//! The mempool's questions. They see the committed state and what was admitted since, never a block that executes.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chortle_app::BlockRun;
use chortle_consensus::application::{CheckKind, CheckOutcome};
use chortle_kernel::{Failure, Halt, Reject};

use super::{Chain, lock};

chortle_kernel::error_codes! {
    /// What this node refuses for reasons of its own: they say nothing about the transaction.
    pub enum Error in "node" for Caller {
        1 unavailable Unavailable { reason: String } => "{reason}"
            => "this node cannot judge it now: try again, or ask another node",
        2 no_state NoState { reason: String } => "{reason}"
            => "this node does not have the state of that height: ask for another, or ask another node",
        3 unknown_query UnknownQuery { path: String } => "no query '{path}': try /store or /module/name",
        4 bad_arguments BadArguments { reason: String } => "{reason}"
            => "an argument is out of its range or form: see the arguments of the query",
        5 not_found NotFound { reason: String } => "{reason}"
            => "there is no such thing at the height that was read",
        6 not_provable NotProvable { reason: String } => "{reason}"
            => "lists and indexes have no proof: ask for the entry by its key",
    }
}

fn unavailable(reason: String) -> CheckOutcome {
    Reject::from(Error::Unavailable { reason }).into()
}

impl Chain {
    pub(super) fn check_all(&self, txs: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome> {
        let bytes: Vec<Bytes> = txs.iter().map(|(bytes, _)| bytes.clone()).collect();
        let (_, verdicts) = self.verify_batch(&bytes);
        let mut check = lock(&self.inner.check);
        check.iter_mut().for_each(|run| run.advance_to(now_unix_ms()));
        verdicts
            .into_iter()
            .zip(txs)
            .map(|(verdict, (_, kind))| {
                let tx = match verdict {
                    Ok(tx) => tx,
                    Err(reject) => return reject.into(),
                };
                let Some(run) = check.as_mut() else {
                    return unavailable("this node has no genesis yet: try again when it has".to_owned());
                };
                let outcome = match run.admit(&tx) {
                    Ok(()) => CheckOutcome { gas: tx.gas, ..CheckOutcome::default() },
                    Err(Failure::Reject(reject)) => reject.into(),
                    Err(Failure::Halt(halt)) => unavailable(halt.0),
                };
                // A new one that is refused may be a copy of one that waits; a recheck that is refused waits no more.
                if outcome.code == 0 || *kind == CheckKind::Recheck {
                    self.inner.verified.set_pending(&tx.id, outcome.code == 0);
                }
                outcome
            })
            .collect()
    }

    /// Starts the mempool's view anew on the committed state.
    pub(super) fn reset_check(&self) -> Result<(), Halt> {
        let run = match self.inner.store.committed() {
            None => None,
            Some(_) => Some(self.next_block()?),
        };
        *lock(&self.inner.check) = run;
        Ok(())
    }

    /// The next block as the mempool and simulations see it.
    pub(super) fn next_block(&self) -> Result<BlockRun, Halt> {
        BlockRun::next(&self.parent(), now_unix_ms())
    }
}

fn now_unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
