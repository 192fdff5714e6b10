//! The mempool's questions. They see the committed state and what was admitted since, never a block that executes.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chortle_app::BlockRun;
use chortle_consensus::application::{CheckKind, CheckOutcome};
use chortle_kernel::{Failure, Halt, Reject};

use super::{Chain, lock};

/// Codespace of refusals that are about this node, not about the transaction.
pub const NODE_CODESPACE: &str = "node";

fn refused(reject: Reject) -> CheckOutcome {
    let log = reject.log();
    CheckOutcome { code: reject.number, codespace: reject.codespace.to_owned(), log, gas: 0 }
}

fn unavailable(sentence: String) -> CheckOutcome {
    CheckOutcome { code: 1, codespace: NODE_CODESPACE.to_owned(), log: sentence, gas: 0 }
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
                    Err(reject) => return refused(reject),
                };
                let Some(run) = check.as_mut() else {
                    return unavailable("this node has no genesis yet: try again when it has".to_owned());
                };
                let outcome = match run.admit(&tx) {
                    Ok(()) => CheckOutcome { gas: tx.gas, ..CheckOutcome::default() },
                    Err(Failure::Reject(reject)) => refused(reject),
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
