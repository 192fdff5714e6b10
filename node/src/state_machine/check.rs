//! The mempool's questions. They see the committed state and what was admitted since, never a block that executes.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chortle_app::BlockRun;
use chortle_consensus::application::{CheckKind, CheckOutcome};
use chortle_kernel::{Failure, Halt, Reject, tx};

use super::{
    Chain, lock,
    verify_batch::{Standing, prove},
};

const NO_GENESIS: &str = "this node has no genesis yet: try again when it has";

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
    /// The cheap things first: form, then what the state says of nonce and fee, and only then the signatures of what
    /// could be admitted. Only what is admitted is kept.
    pub(super) fn check_all(&self, txs: &[(Bytes, CheckKind)]) -> Vec<CheckOutcome> {
        let bytes: Vec<Bytes> = txs.iter().map(|(bytes, _)| bytes.clone()).collect();
        let (ids, standings) = self.decode_batch(&bytes);
        let foreseen = match self.foresee(&standings) {
            Ok(foreseen) => foreseen,
            Err(halt) => return vec![unavailable(halt.0); txs.len()],
        };
        let (mut standings, all_hold) = prove(standings, |place| foreseen[place].is_none());
        if !all_hold {
            // What is not proven took no nonce and no fee, so others may be admitted than were foreseen.
            (standings, _) = prove(standings, |_| true);
        }
        let mut check = lock(&self.inner.check);
        let Some(run) = check.as_mut() else { return vec![unavailable(NO_GENESIS.to_owned()); txs.len()] };
        let judged = standings.iter().zip(foreseen).zip(ids.iter().zip(txs));
        judged
            .map(|((standing, foreseen), (id, (_, kind)))| {
                let outcome = self.admit(run, standing, foreseen);
                // A new one that is refused may be a copy of one that waits; a recheck that is refused waits no more.
                if outcome.code != 0 && *kind == CheckKind::Recheck {
                    self.inner.verified.end_pending(id);
                }
                outcome
            })
            .collect()
    }

    /// What would refuse each, in order, if all signatures held.
    fn foresee(&self, standings: &[Standing]) -> Result<Vec<Option<Reject>>, Halt> {
        let mut check = lock(&self.inner.check);
        let run = check.as_mut().ok_or_else(|| Halt::new(NO_GENESIS))?;
        run.advance_to(now_unix_ms());
        if standings.iter().all(|one| matches!(one, Standing::Proven(_))) {
            return Ok(vec![None; standings.len()]);
        }
        let mut foreseen = run.foresee(standings.iter().filter_map(Standing::decoded))?.into_iter();
        Ok(standings.iter().map(|one| one.decoded().and_then(|_| foreseen.next().flatten())).collect())
    }

    fn admit(&self, run: &mut BlockRun, standing: &Standing, foreseen: Option<Reject>) -> CheckOutcome {
        let judged = match standing {
            Standing::Malformed(reject) => Err(reject.clone().into()),
            // Its signatures were not worth judging.
            Standing::Decoded(_) => Err(foreseen.unwrap_or(tx::Error::BadSignature {}.into()).into()),
            Standing::Unproven(unproven) => match run.foresee([&*unproven.tx]) {
                Ok(foreseen) => {
                    let foreseen = foreseen.into_iter().flatten().next();
                    Err(foreseen.unwrap_or_else(|| unproven.reject.clone()).into())
                }
                Err(halt) => Err(halt.into()),
            },
            Standing::Proven(tx) => run.admit(tx).map(|()| tx),
        };
        match judged {
            Ok(tx) => {
                self.inner.verified.insert_pending(tx);
                CheckOutcome { gas: tx.gas, ..CheckOutcome::default() }
            }
            Err(Failure::Reject(reject)) => reject.into(),
            Err(Failure::Halt(halt)) => unavailable(halt.0),
        }
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
