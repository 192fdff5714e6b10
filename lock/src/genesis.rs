//! The section `lock` of the genesis document.

use std::collections::BTreeSet;

use chortle_kernel::{Address, Amount, AssetId, Ctx, GenesisError, GenesisSection, Halt, Order, ReadState};
use chortle_token as token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    lock::insert,
    schedule::Schedule,
    state::{LOCK, NEXT_ID},
    types::Lock,
};

/// Locks in flight. What they hold stands in the section `token` too, as the balance of `locks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// Number of the next lock.
    pub next: u64,
    /// The locks.
    pub list: Vec<GenesisLock>,
}

impl Default for Genesis {
    fn default() -> Self {
        Self { next: 1, list: Vec::new() }
    }
}

/// A lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisLock {
    /// Its number.
    pub lock: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who gets it.
    pub owner: Address,
    /// Who paid it in.
    pub funder: Address,
    /// All that vests; after a revocation what had vested by then.
    pub amount: Amount,
    /// What the owner has claimed of it.
    #[serde(default)]
    pub claimed: Amount,
    /// When it vests.
    pub schedule: Schedule,
    /// Whether the funder may take back what has not vested.
    #[serde(default)]
    pub revocable: bool,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_unix_ms: Option<u64>,
    /// The asset's reflection index at the last settlement, times 2^64, as a decimal string.
    #[serde(default = "zero")]
    pub index: String,
    /// Height of the block that created it; 0 if absent.
    #[serde(default)]
    pub created_height: u64,
}

fn zero() -> String {
    "0".to_owned()
}

impl GenesisLock {
    fn of(id: u64, lock: Lock) -> Self {
        Self {
            lock: id,
            asset: lock.asset,
            owner: lock.owner,
            funder: lock.funder,
            amount: lock.amount,
            claimed: lock.claimed,
            schedule: lock.schedule,
            revocable: lock.revocable,
            revoked_unix_ms: lock.revoked_unix_ms,
            index: lock.index.to_string(),
            created_height: lock.created_height,
        }
    }

    fn record(&self) -> Result<Lock, String> {
        let index = self.index.parse().map_err(|_| format!("'{}' is not a whole number", self.index))?;
        Ok(Lock {
            asset: self.asset,
            owner: self.owner,
            funder: self.funder,
            amount: self.amount,
            claimed: self.claimed,
            schedule: self.schedule.clone(),
            revocable: self.revocable,
            revoked_unix_ms: self.revoked_unix_ms,
            index,
            created_height: self.created_height,
        })
    }
}

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        let mut seen = BTreeSet::new();
        for (index, entry) in self.list.iter().enumerate() {
            let at = |field: &str| format!("/list/{index}{field}");
            if !seen.insert(entry.lock) || entry.lock >= self.next || entry.lock == 0 {
                let sentence = format!("{} is listed twice, or not below the next number", entry.lock);
                return Err(GenesisError::at(at("/lock"), sentence));
            }
            token::protocol::ensure_user_account(&entry.owner)
                .map_err(|reject| GenesisError::at(at("/owner"), reject.sentence))?;
            let lock = entry.record().map_err(|sentence| GenesisError::at(at("/index"), sentence))?;
            if lock.revoked_unix_ms.is_none() {
                lock.schedule
                    .ensure_valid(lock.amount)
                    .map_err(|reject| GenesisError::at(at("/schedule"), reject.sentence))?;
            }
            if entry.claimed >= entry.amount {
                return Err(GenesisError::at(at("/claimed"), "nothing is left: leave it out"));
            }
        }
        Ok(())
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        NEXT_ID.set(ctx.state, &self.next);
        for (index, entry) in self.list.iter().enumerate() {
            let at = |field: &str| format!("/list/{index}{field}");
            token::asset(ctx.state, entry.asset)
                .map_err(|failure| GenesisError::at(at("/asset"), failure.to_string()))?;
            let lock = entry.record().map_err(|sentence| GenesisError::at(at("/index"), sentence))?;
            insert(ctx.state, entry.lock, &lock);
        }
        Ok(())
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let list =
            LOCK.iter(state, Order::Ascending).map(|row| row.map(|(id, lock)| GenesisLock::of(id, lock)));
        Ok(Self { next: NEXT_ID.get(state)?.unwrap_or(1), list: list.collect::<Result<_, Halt>>()? })
    }
}
