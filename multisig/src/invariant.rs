//! What holds of shared accounts after every block.

use std::collections::BTreeMap;

use chortle_kernel::{Address, Invariant, Order, ReadState};

use crate::{
    config::{address_of, payload_of},
    state::{ACCOUNT, BY_MEMBER, CONTENT, NEXT_ID, OPEN, PROPOSAL, SPENT},
    types::{Account, OPEN_MAX, Proposal},
};

/// Every invariant.
pub const INVARIANTS: &[Invariant] = &[
    Invariant { name: "accounts_are_sound_and_listed", check: accounts_are_sound_and_listed },
    Invariant { name: "approvals_are_of_members", check: approvals_are_of_members },
    Invariant { name: "open_proposals_are_counted", check: open_proposals_are_counted },
    Invariant { name: "what_was_sent_alone_has_a_limit", check: what_was_sent_alone_has_a_limit },
];

fn accounts_are_sound_and_listed(state: &dyn ReadState) -> Result<(), String> {
    let mut members = 0_usize;
    for row in ACCOUNT.iter(state, Order::Ascending) {
        let (address, Account { seed, version, config }) = row?;
        config.ensure_sound().map_err(|reject| format!("{address}: {reject}"))?;
        if address_of(&seed) != address || version == 0 || config.sorted() != config {
            return Err(format!("{address} is not what its seed says, or not in order"));
        }
        for member in config.members.iter() {
            members = members.saturating_add(1);
            if member.account == address || !BY_MEMBER.has(state, &(member.account, address))? {
                return Err(format!("{} is not listed as a member of {address}, or is it", member.account));
            }
        }
    }
    let listed = BY_MEMBER.iter(state, Order::Ascending).count();
    if listed == members { Ok(()) } else { Err(format!("{listed} lines list {members} members")) }
}

fn ensure_approvals(owner: &Account, record: &Proposal) -> Result<(), String> {
    if !record.approvals.is_sorted_by(|a, b| a < b) {
        return Err("a member approves twice".to_owned());
    }
    let mut weight = 0_u64;
    for member in record.approvals.iter() {
        let more = owner.config.weight_of(member).ok_or_else(|| format!("{member} is no member"))?;
        weight = weight.saturating_add(more);
    }
    let met = weight >= owner.config.threshold;
    if weight != record.weight || met != record.met_unix_ms.is_some() {
        return Err(format!("its approvals weigh {weight}; noted are {} and {met}", record.weight));
    }
    owner.config.weight_of(&record.proposer).map(drop).ok_or_else(|| "a stranger proposed".to_owned())
}

fn approvals_are_of_members(state: &dyn ReadState) -> Result<(), String> {
    let mut proposals = 0_usize;
    for row in PROPOSAL.iter(state, Order::Ascending) {
        let ((address, id), record) = row?;
        proposals = proposals.saturating_add(1);
        let wrong = |found: String| format!("proposal {id} of {address}: {found}");
        let owner = ACCOUNT.get(state, &address)?.ok_or_else(|| wrong("no account".to_owned()))?;
        let next = NEXT_ID.get(state, &address)?.unwrap_or(1);
        if !(1..next).contains(&id) || record.version > owner.version {
            return Err(wrong("not below the next number, or of a version to come".to_owned()));
        }
        let content = CONTENT.get(state, &(address, id))?;
        if content.is_none_or(|content| payload_of(&content.messages) != record.payload) {
            return Err(wrong("it does not say what was approved".to_owned()));
        }
        if record.version == owner.version {
            ensure_approvals(&owner, &record).map_err(wrong)?;
        }
    }
    let contents = CONTENT.iter(state, Order::Ascending).count();
    if contents == proposals { Ok(()) } else { Err(format!("{contents} say what {proposals} propose")) }
}

fn open_proposals_are_counted(state: &dyn ReadState) -> Result<(), String> {
    let mut counted = BTreeMap::<(Address, Address, u64), u64>::new();
    for row in PROPOSAL.iter(state, Order::Ascending) {
        let ((address, _), record) = row?;
        let count = counted.entry((address, record.proposer, record.version)).or_default();
        *count = count.saturating_add(1);
    }
    for row in OPEN.iter(state, Order::Ascending) {
        let ((address, member), open) = row?;
        let Some(owner) = ACCOUNT.get(state, &address)? else {
            return Err(format!("{address} has proposals and is no account"));
        };
        let found = counted.get(&(address, member, open.version)).copied().unwrap_or_default();
        if open.version == owner.version && (found != open.count || found > OPEN_MAX) {
            return Err(format!(
                "{member} has {found} proposals open for {address}; noted are {}",
                open.count
            ));
        }
    }
    for ((address, member, version), found) in counted {
        let noted = OPEN.get(state, &(address, member))?;
        if noted.is_none_or(|noted| noted.version < version) {
            return Err(format!("{found} proposals of {member} for {address} are not counted"));
        }
    }
    Ok(())
}

fn what_was_sent_alone_has_a_limit(state: &dyn ReadState) -> Result<(), String> {
    for row in SPENT.iter(state, Order::Ascending) {
        let ((address, member, asset), spent) = row?;
        let owner = ACCOUNT.get(state, &address)?;
        let limited = owner.is_some_and(|owner| owner.config.limit_of(&member, asset).is_some());
        let in_order = spent.sums.is_sorted_by(|a, b| a.ends_unix_ms < b.ends_unix_ms);
        if !limited || !in_order || spent.sums.is_empty() || spent.sums.iter().any(|sum| sum.amount.is_zero())
        {
            return Err(format!("{member} sent asset {asset} of {address} without a limit, or out of order"));
        }
    }
    Ok(())
}
