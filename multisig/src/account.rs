//! The record of a shared account.

use std::collections::BTreeSet;

use chortle_kernel::{Address, AssetId, Failure, Halt, ReadState, State, dispatch::DEPTH_MAX, ensure};

use crate::{
    error::Error,
    state::{ACCOUNT, BY_MEMBER, SPENT},
    types::{Account, Config, Limit, Member},
};

/// Most accounts that are looked at to see whether one would be below itself.
pub const BELOW_MAX: usize = 128;

/// An account, or `unknown_account`.
pub fn find(state: &dyn ReadState, account: &Address) -> Result<Account, Failure> {
    Ok(ACCOUNT.get(state, account)?.ok_or(Error::UnknownAccount { account: *account })?)
}

pub fn corrupt(what: &str) -> Halt {
    Halt::new(format!("multisig: {what}: the state is corrupt"))
}

/// What a sender weighs, or `not_member`.
pub fn weight_of(record: &Account, account: &Address, sender: &Address) -> Result<u64, Failure> {
    let missing = Error::NotMember { account: *account, sender: *sender };
    Ok(record.config.weight_of(sender).ok_or(missing)?)
}

/// Writes an account and its lines in the lists of its members; `before` is what it was.
pub fn save(state: &mut State, account: &Address, record: &Account, before: Option<&Account>) {
    for member in before.into_iter().flat_map(|before| before.config.members.iter()) {
        BY_MEMBER.remove(state, &(member.account, *account));
    }
    for member in record.config.members.iter() {
        BY_MEMBER.set(state, &(member.account, *account), &());
    }
    ACCOUNT.set(state, account, record);
}

/// Forgets what members sent under limits that are there no more.
pub fn forget_spent(state: &mut State, account: &Address, before: &Config, after: &Config) {
    let gone = |limit: &&Limit| after.limit_of(&limit.member, limit.coin.asset).is_none();
    for limit in before.limits.iter().filter(gone) {
        SPENT.remove(state, &(*account, limit.member, limit.coin.asset));
    }
}

/// Refuses assets that are not there.
pub fn ensure_assets(state: &dyn ReadState, config: &Config) -> Result<(), Failure> {
    let assets: BTreeSet<AssetId> = config.limits.iter().map(|limit| limit.coin.asset).collect();
    assets.into_iter().try_for_each(|asset| chortle_token::asset(state, asset).map(drop))
}

/// Refuses members of which one is the account itself, or has it below.
pub fn ensure_no_circle(state: &dyn ReadState, account: &Address, members: &[Member]) -> Result<(), Failure> {
    let too_deep = || Error::NestedTooDeep { depth: DEPTH_MAX, accounts: BELOW_MAX };
    let mut seen = BTreeSet::new();
    let mut level: Vec<Address> = members.iter().map(|member| member.account).collect();
    for _ in 0..DEPTH_MAX {
        let mut below = Vec::new();
        for member in level {
            ensure(member != *account, Error::ContainsItself { account: *account })?;
            if seen.insert(member) {
                ensure(seen.len() <= BELOW_MAX, too_deep())?;
                let inner = ACCOUNT.get(state, &member)?;
                let members = inner.iter().flat_map(|inner| inner.config.members.iter());
                below.extend(members.map(|member| member.account));
            }
        }
        if below.is_empty() {
            return Ok(());
        }
        level = below;
    }
    Err(too_deep().into())
}
