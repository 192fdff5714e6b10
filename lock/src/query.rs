//! Locks, as people read them.

use chortle_kernel::{
    Address, Amount, AssetId, Halt, Order, Page, PageArgs, Query, QueryError, QueryKind, ReadState, View,
};
use chortle_token as token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    schedule::Schedule,
    state::{BY_ASSET, BY_FUNDER, BY_OWNER, LOCK},
    types::Lock,
};

/// Every read.
pub const QUERIES: &[QueryKind] = &[
    QueryKind::of::<Locks>(),
    QueryKind::of::<LockOf>(),
    QueryKind::of::<LocksOfOwner>(),
    QueryKind::of::<LocksOfFunder>(),
    QueryKind::of::<LocksOfAsset>(),
    QueryKind::of::<Locked>(),
];

/// A day.
const DAY_MS: u64 = 86_400_000;
/// Furthest that `locked` looks ahead: a hundred years.
const DAYS_MAX: u32 = 36_500;
/// Locks that `locked` reads, the oldest first. What comes after is not counted, and the answer says so.
const COUNTED_MAX: usize = 4_096;

/// A lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LockAnswer {
    /// Its number.
    pub lock: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who gets it.
    pub owner: Address,
    /// Who paid it in.
    pub funder: Address,
    /// All that vests, in base units; after a revocation what had vested by then.
    pub amount: Amount,
    /// What is still in the lock.
    pub held: Amount,
    /// The same for people: `1.5 DOGE#17`.
    pub held_display: String,
    /// What has vested by the time of the block, claimed or not.
    pub vested: Amount,
    /// What the owner can claim now.
    pub claimable: Amount,
    /// What it has earned by reflection and pays with the next claim.
    pub earned: Amount,
    /// When it vests.
    pub schedule: Schedule,
    /// When all has vested, in milliseconds since 1970.
    pub end_unix_ms: u64,
    /// Whether the funder may take back what has not vested.
    pub revocable: bool,
    /// When it was revoked, if it was.
    pub revoked_unix_ms: Option<u64>,
    /// Height of the block that created it.
    pub created_height: u64,
}

/// Lists the locks by number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Locks {
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Locks {
    const NAME: &'static str = "locks";
    const PATH: &'static str = "locks";
    type Answer = Page<LockAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?;
        let rows = LOCK.iter_after(view.state, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |id, lock| show(view, *id, lock))
    }
}

/// Shows a lock: what is in it, what has vested, what can be claimed. One that was emptied is gone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockOf {
    /// Number of the lock.
    pub lock: u64,
}

impl Query for LockOf {
    const NAME: &'static str = "lock";
    const PATH: &'static str = "locks/{lock}";
    type Answer = LockAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let lock = LOCK.get(view.state, &self.lock)?;
        let lock = lock.ok_or_else(|| {
            QueryError::NotFound(format!("there is no lock {}: emptied, or never", self.lock))
        })?;
        show(view, self.lock, lock)
    }
}

/// Lists the locks that an account owns.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct LocksOfOwner {
    /// The owner, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for LocksOfOwner {
    const NAME: &'static str = "owned_locks";
    const PATH: &'static str = "accounts/{address}/locks";
    type Answer = Page<LockAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.address, id));
        let rows = BY_OWNER.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        listed(view, rows.map(|row| row.map(|((_, id), ())| (id, ()))), &self.page)
    }
}

/// Lists the locks that an account paid in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct LocksOfFunder {
    /// The funder, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for LocksOfFunder {
    const NAME: &'static str = "funded_locks";
    const PATH: &'static str = "accounts/{address}/funded_locks";
    type Answer = Page<LockAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.address, id));
        let rows = BY_FUNDER.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        listed(view, rows.map(|row| row.map(|((_, id), ())| (id, ()))), &self.page)
    }
}

/// Lists the locks of an asset.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct LocksOfAsset {
    /// Number of the asset, or its full name.
    pub asset: AssetId,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for LocksOfAsset {
    const NAME: &'static str = "asset_locks";
    const PATH: &'static str = "tokens/{asset}/locks";
    type Answer = Page<LockAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        token::query::find(view.state, self.asset)?;
        let after = self.page.after(view)?.map(|id: u64| (self.asset, id));
        let rows = BY_ASSET.iter_under(view.state, &self.asset, after.as_ref(), Order::Ascending);
        listed(view, rows.map(|row| row.map(|((_, id), ())| (id, ()))), &self.page)
    }
}

/// Tells how much of an asset cannot be sold before a time: what locks hold that has not vested by then and that no
/// funder can take back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// Number of the asset, or its full name.
    pub asset: AssetId,
    /// For how many days at least: 30 if absent, at most 36,500.
    pub days: Option<u32>,
    /// The same for the second figure: 180 if absent.
    pub long_days: Option<u32>,
}

/// What is locked for at least so long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LockedFor {
    /// For how many days at least.
    pub days: u32,
    /// Until when: that many days after the block.
    pub until_unix_ms: u64,
    /// Base units that vest then or later, whatever anyone does.
    pub amount: Amount,
    /// The same for people.
    pub display: String,
    /// Their part of the supply, in percent.
    pub percent: String,
}

/// What locks hold of an asset, by who can have it when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LockedAnswer {
    /// The asset's number.
    pub asset: AssetId,
    /// What locks hold, in base units, however soon it leaves them.
    pub held: Amount,
    /// What of it has vested and can be claimed now.
    pub claimable: Amount,
    /// What of it has not vested and can be taken back by its funders now.
    pub revocable: Amount,
    /// What can neither be claimed nor taken back for so long.
    pub locked_for: Vec<LockedFor>,
    /// Locks that were counted, the oldest first.
    pub locks: u32,
    /// Whether those are all: if not, more may be locked than is told.
    pub complete: bool,
}

impl Query for Locked {
    const NAME: &'static str = "locked";
    const PATH: &'static str = "tokens/{asset}/locked";
    type Answer = LockedAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let asset = token::query::find(view.state, self.asset)?;
        let supply = token::supply(view.state, self.asset)?;
        let rows = BY_ASSET.iter_under(view.state, &self.asset, None, Order::Ascending);
        let mut rows = rows.map(|row| indexed(view.state, row?.0.1));
        let counted: Vec<Lock> = rows.by_ref().take(COUNTED_MAX).collect::<Result<_, Halt>>()?;
        let sum = |part: &dyn Fn(&Lock) -> Amount| {
            let sum = Amount::checked_sum(counted.iter().map(part));
            sum.ok_or_else(|| Halt::new("locks hold more than can exist"))
        };
        let locked_for = [self.days.unwrap_or(30), self.long_days.unwrap_or(180)].map(|days| {
            if days > DAYS_MAX {
                return Err(QueryError::Argument(format!("{days} days are more than {DAYS_MAX}")));
            }
            let until_unix_ms = view.time_unix_ms.saturating_add(u64::from(days).saturating_mul(DAY_MS));
            let amount = sum(&|lock| lock.locked_until(until_unix_ms))?;
            let (display, percent) =
                (asset.display(self.asset, amount), token::query::percent(amount, supply));
            Ok(LockedFor { days, until_unix_ms, amount, display, percent })
        });
        Ok(LockedAnswer {
            asset: self.asset,
            held: sum(&Lock::held)?,
            claimable: sum(&|lock| lock.claimable(view.time_unix_ms))?,
            revocable: sum(&|lock| lock.returnable(view.time_unix_ms))?,
            locked_for: locked_for.into_iter().collect::<Result<_, QueryError>>()?,
            locks: u32::try_from(counted.len()).unwrap_or(u32::MAX),
            complete: rows.next().is_none(),
        })
    }
}

fn listed(
    view: View<'_>,
    rows: impl Iterator<Item = Result<(u64, ()), Halt>>,
    page: &PageArgs,
) -> Result<Page<LockAnswer>, QueryError> {
    Page::collect(view, rows, page.limit()?, |id, ()| show(view, *id, indexed(view.state, *id)?))
}

fn indexed(state: &dyn ReadState, id: u64) -> Result<Lock, Halt> {
    LOCK.get(state, &id)?.ok_or_else(|| Halt::new(format!("lock {id} is listed and does not exist")))
}

fn show(view: View<'_>, id: u64, lock: Lock) -> Result<LockAnswer, QueryError> {
    let held = lock.held();
    let index = token::reflection_index(view.state, lock.asset)?;
    Ok(LockAnswer {
        lock: id,
        asset: lock.asset,
        owner: lock.owner,
        funder: lock.funder,
        amount: lock.amount,
        held,
        held_display: token::query::find(view.state, lock.asset)?.display(lock.asset, held),
        vested: lock.vested(view.time_unix_ms),
        claimable: lock.claimable(view.time_unix_ms),
        earned: token::totals::due(held, lock.index, index, 0)?.units,
        end_unix_ms: lock.schedule.end_unix_ms(),
        schedule: lock.schedule,
        revocable: lock.revocable,
        revoked_unix_ms: lock.revoked_unix_ms,
        created_height: lock.created_height,
    })
}
