//! What locks tell.

use chortle_kernel::{Address, Amount, AssetId, events};

use crate::schedule::Schedule;

events! {
    /// Tokens were locked; `token.transferred` to the account `locks` comes before it.
    LockCreated = "lock.created" {
        /// Its number.
        lock: u64,
        /// Of which asset.
        asset: AssetId,
        /// Who gets it.
        owner: Address,
        /// Who paid it in.
        funder: Address,
        /// How much.
        amount: Amount,
        /// When it vests.
        schedule: Schedule,
        /// Whether the funder may take back what has not vested.
        revocable: bool,
    }
    /// An owner got what had vested.
    LockClaimed = "lock.claimed" {
        /// Which lock.
        lock: u64,
        /// Of which asset.
        asset: AssetId,
        /// Who got it.
        owner: Address,
        /// How much had vested.
        amount: Amount,
        /// What the lock had earned by reflection, beside it.
        earned: Amount,
        /// What is left in the lock; one that holds nothing is gone.
        held: Amount,
    }
    /// A funder took back what had not vested.
    LockRevoked = "lock.revoked" {
        /// Which lock.
        lock: u64,
        /// Of which asset.
        asset: AssetId,
        /// Who keeps what had vested.
        owner: Address,
        /// Who got the rest back.
        funder: Address,
        /// How much went back.
        returned: Amount,
        /// What the lock had earned by reflection, paid to the owner.
        earned: Amount,
        /// What is left for the owner to claim; a lock that holds nothing is gone.
        held: Amount,
    }
}
