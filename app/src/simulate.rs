//! What a transaction, or a proposal, would do, without signing, sending or voting.

use std::collections::BTreeMap;

use chortle_kernel::{
    Address, Amount, AssetId, Call, Class, Coin, EventRecord, Failure, Halt, ReadState, Reject, Router as _,
    ensure, gate, tx::RawMessage,
};
use serde_json::Value;

use crate::{
    block::BlockRun,
    ledger,
    modules::Registry,
    record::Receipt,
    verify::{Decoded, Verified},
};

/// Most gas that is spent to find out what a proposal would do: what no rules of governance let pass.
pub const EXECUTION_GAS_MAX: u64 = 50_000_000;

/// A balance before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceChange {
    /// Whose.
    pub address: Address,
    /// Of which asset, and what it holds now.
    pub before: Coin,
    /// What it would hold.
    pub after: Amount,
}

/// What would happen.
pub struct Simulation {
    /// The receipt.
    pub receipt: Receipt,
    /// Every balance that would change, by address and asset.
    pub changes: Vec<BalanceChange>,
}

/// A parameter before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamChange {
    /// The set: `staking/params`.
    pub path: &'static str,
    /// The parameter.
    pub name: String,
    /// What it is.
    pub old: Value,
    /// What it would be.
    pub new: Value,
}

/// How many entries of a row of the key tables would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The row: `staking/delegation`.
    pub prefix: &'static str,
    /// Entries that would come.
    pub added: u64,
    /// Entries that would be others.
    pub changed: u64,
    /// Entries that would go.
    pub removed: u64,
}

/// What messages would do today, sent by governance or by holders of an asset.
pub struct Execution {
    /// What refuses them, if anything does; then nothing changes.
    pub refusal: Option<Reject>,
    /// What they take.
    pub gas: u64,
    /// The classes of all messages, those inside others included.
    pub classes: Vec<Class>,
    /// What would happen.
    pub events: Vec<EventRecord>,
    /// Every parameter that would change.
    pub params: Vec<ParamChange>,
    /// Every balance that would change.
    pub balances: Vec<BalanceChange>,
    /// All entries that would change, by row.
    pub rows: Vec<RowChange>,
}

/// Runs a transaction on a run that is thrown away.
pub fn simulate(mut run: BlockRun, base: &dyn ReadState, decoded: Decoded) -> Result<Simulation, Failure> {
    let receipt = run.deliver(&Verified::assume(decoded))?;
    Ok(Simulation { receipt, changes: balances(&run, base)? })
}

/// Runs messages as governance, or as holders of an asset, as if nothing were paused, on a run that is thrown away.
/// Refuses what does not decode and what takes more gas than a proposal may.
pub fn execute(
    registry: &'static Registry,
    mut run: BlockRun,
    base: &dyn ReadState,
    messages: &[RawMessage],
    community: Option<AssetId>,
) -> Result<Execution, Failure> {
    // A proposal's messages stand one below it.
    let calls = messages.iter().map(|raw| registry.decode(raw, 1)).collect::<Result<Vec<_>, _>>()?;
    let gas = calls.iter().try_fold(0_u64, |sum, call| sum.checked_add(call.gas()?)).unwrap_or(u64::MAX);
    let gas_left = EXECUTION_GAS_MAX;
    ensure(gas <= gas_left, gate::Error::OutOfGas { gas, gas_left })?;
    let (refusal, events) = run.govern(&calls, gas, community)?;
    Ok(Execution {
        refusal,
        gas,
        classes: calls.iter().flat_map(Call::classes).collect(),
        events,
        params: params(registry, &run, base)?,
        balances: balances(&run, base)?,
        rows: rows(registry, &run, base)?,
    })
}

fn balances(run: &BlockRun, base: &dyn ReadState) -> Result<Vec<BalanceChange>, Halt> {
    let mut changes = Vec::new();
    for key in run.state().writes().keys() {
        for (address, asset) in ledger::balances_of(key) {
            let held = ledger::balance(base, &address, asset)?;
            let after = ledger::balance(run.state(), &address, asset)?;
            if held != after {
                changes.push(BalanceChange { address, before: Coin { asset, amount: held }, after });
            }
        }
    }
    Ok(changes)
}

fn params(registry: &Registry, run: &BlockRun, base: &dyn ReadState) -> Result<Vec<ParamChange>, Halt> {
    let mut changes = Vec::new();
    for set in registry.param_sets() {
        let (old, new) = ((set.get)(base)?.unwrap_or_default(), (set.get)(run.state())?.unwrap_or_default());
        for (name, value) in new.as_object().into_iter().flatten() {
            let before = old.get(name).unwrap_or(&Value::Null);
            if before != value {
                let (old, new) = (before.clone(), value.clone());
                changes.push(ParamChange { path: set.path, name: name.clone(), old, new });
            }
        }
    }
    Ok(changes)
}

fn rows(registry: &Registry, run: &BlockRun, base: &dyn ReadState) -> Result<Vec<RowChange>, Halt> {
    let prefixes = || registry.modules().flat_map(|module| module.keys).map(|row| row.prefix);
    let mut found: BTreeMap<&'static str, RowChange> = BTreeMap::new();
    for (key, value) in run.state().writes() {
        let is_of = |prefix: &&str| {
            let rest = key.strip_prefix(prefix.as_bytes());
            rest.is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
        };
        let Some(prefix) = prefixes().find(is_of) else { continue };
        let none = RowChange { prefix, added: 0, changed: 0, removed: 0 };
        let row = found.entry(prefix).or_insert(none);
        let count = match (base.get(key)?, value) {
            (None, Some(_)) => &mut row.added,
            (Some(_), None) => &mut row.removed,
            (Some(before), Some(after)) if before != *after => &mut row.changed,
            _ => continue,
        };
        *count = count.saturating_add(1);
    }
    Ok(found.into_values().filter(|row| (row.added, row.changed, row.removed) != (0, 0, 0)).collect())
}
