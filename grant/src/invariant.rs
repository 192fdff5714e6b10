//! What holds of grants after every block.

use std::collections::{BTreeMap, BTreeSet};

use chortle_kernel::{Address, Invariant, Order, ReadState};

use crate::{
    state::{BY_GRANTEE, BY_GRANTER, COUNT, GRANT, NEXT_ID},
    types::{Covers, GRANTS_MAX, Grant},
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "grants_keep_their_caps", check: grants_keep_their_caps },
    Invariant { name: "grants_are_counted_and_listed", check: grants_are_counted_and_listed },
];

/// Refuses a grant that could not have been given, or has let out more than its caps.
pub(crate) fn ensure_sound(grant: &Grant) -> Result<(), String> {
    let kinds: BTreeSet<&str> = grant.kinds.iter().map(|kind| &**kind).collect();
    let assets: BTreeSet<_> = grant.budgets.iter().map(|budget| budget.asset).collect();
    let within = grant.budgets.iter().all(|budget| {
        let holds = |cap: Option<_>, spent| cap.is_none_or(|cap| spent <= cap);
        let capped = budget.cap.is_some() || budget.period_cap.is_some();
        capped && holds(budget.cap, budget.spent) && holds(budget.period_cap, budget.spent_in_period)
    });
    let [granter, grantee] = [grant.granter, grant.grantee];
    for (holds, what) in [
        (
            granter != grantee && !granter.is_protocol() && !grantee.is_protocol(),
            "is between no two accounts",
        ),
        (kinds.len() == grant.kinds.len(), "names a kind twice"),
        (assets.len() == grant.budgets.len(), "caps an asset twice"),
        (grant.covers == Covers::Fees || !kinds.is_empty(), "names no kind"),
        (within, "has let out more than its caps, or has none"),
        (grant.uses_left != Some(0), "is used up"),
    ] {
        if !holds {
            return Err(format!("a grant of {granter} {what}"));
        }
    }
    Ok(())
}

fn grants_keep_their_caps(state: &dyn ReadState) -> Result<(), String> {
    GRANT.iter(state, Order::Ascending).try_for_each(|row| ensure_sound(&row?.1))
}

pub(crate) fn grants_are_counted_and_listed(state: &dyn ReadState) -> Result<(), String> {
    let next = NEXT_ID.get(state)?.unwrap_or(1);
    let (mut counts, mut grants) = (BTreeMap::<Address, u64>::new(), 0_usize);
    for row in GRANT.iter(state, Order::Ascending) {
        let (id, grant) = row?;
        grants = grants.saturating_add(1);
        let count = counts.entry(grant.granter).or_default();
        *count = count.saturating_add(1);
        let listed =
            BY_GRANTER.has(state, &(grant.granter, id))? && BY_GRANTEE.has(state, &(grant.grantee, id))?;
        if !listed || id >= next || *count > GRANTS_MAX {
            return Err(format!("grant {id} is missing in a list, has no number, or is one too many"));
        }
    }
    let noted = COUNT.iter(state, Order::Ascending).collect::<Result<BTreeMap<_, _>, _>>()?;
    let lists =
        [BY_GRANTER.iter(state, Order::Ascending).count(), BY_GRANTEE.iter(state, Order::Ascending).count()];
    match noted == counts && lists == [grants, grants] {
        true => Ok(()),
        false => Err(format!("{grants} grants, {lists:?} lines, and counts {noted:?} of {counts:?}")),
    }
}
