//! What would refuse a transaction's messages in the next block, known before a fee is paid for it.

use bytes::Bytes;
use chortle_app::{Decoded, MODULES, Receipt, Verified};
use chortle_kernel::{ErrorRow, Failure, Halt, Reject};

use super::{
    Chain, Hash,
    verify_batch::{Standing, prove},
};

/// Most waiting transactions that are run before one that is judged. Where more wait nothing is judged: what they
/// leave behind would cost more to know than a fee.
const WAITING_MAX: usize = 64;

/// What is known of a transaction before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foretold {
    /// Its form is wrong: no block could hold it.
    Malformed(Reject),
    /// It would pay its fee, and this would refuse its messages.
    Fails(Reject),
    /// It would run, or the check of the mempool has the word.
    Goes,
}

impl Chain {
    /// What would refuse its messages in the next block, after all that waits here. It goes where they would run, where
    /// more than [`WAITING_MAX`] wait, and where the check of the mempool has the word: signatures, nonce, fee. What
    /// would run is kept as it is decoded and proven, so that the check does neither again.
    pub fn preflight(&self, id: Hash, bytes: &Bytes) -> Result<Foretold, Halt> {
        let (standings, _) = prove(vec![self.decode_one(id, bytes)], |_| true);
        let tx = match standings.into_iter().next() {
            Some(Standing::Proven(tx)) => tx,
            Some(Standing::Malformed(reject)) => return Ok(Foretold::Malformed(reject)),
            _ => return Ok(Foretold::Goes),
        };
        match self.foretell(&tx) {
            Ok(Some(receipt)) if receipt.succeeded() => {
                self.inner.verified.insert_all([tx.clone()]);
                Ok(Foretold::Goes)
            }
            Ok(receipt) => Ok(receipt.and_then(rejected).map_or(Foretold::Goes, Foretold::Fails)),
            Err(Failure::Reject(_)) => Ok(Foretold::Goes),
            Err(Failure::Halt(halt)) => Err(halt),
        }
    }

    /// What would refuse one that nobody has signed yet, for whatever reason but its signatures.
    pub fn preflight_unsigned(&self, bytes: &[u8]) -> Result<Option<Reject>, Halt> {
        let decoded = match Decoded::parse(self.inner.registry, bytes) {
            Ok(decoded) => decoded,
            Err(reject) => return Ok(Some(reject)),
        };
        match self.foretell(&Verified::assume(decoded)) {
            Ok(receipt) => Ok(receipt.and_then(rejected)),
            Err(Failure::Reject(reject)) => Ok(Some(reject)),
            Err(Failure::Halt(halt)) => Err(halt),
        }
    }

    /// Its receipt in the next block, after what waits; `None` where too much waits.
    fn foretell(&self, tx: &Verified) -> Result<Option<Receipt>, Failure> {
        let Some(waiting) = self.inner.verified.waiting(WAITING_MAX) else { return Ok(None) };
        let mut run = self.next_block()?;
        for earlier in waiting.iter().filter(|earlier| earlier.id != tx.id) {
            if let Err(Failure::Halt(halt)) = run.deliver(earlier) {
                return Err(halt.into());
            }
        }
        run.deliver(tx).map(Some)
    }
}

/// The refusal that a receipt carries.
fn rejected(receipt: Receipt) -> Option<Reject> {
    let is_its = |row: &&ErrorRow| row.number == receipt.number && row.codespace == receipt.codespace;
    let row = MODULES.error_catalogue().find(is_its)?;
    Some(row.reject(receipt.sentence, receipt.fields))
}
