//! What a transaction would do, without signing or sending it.

use chortle_kernel::{Address, Amount, Coin, Failure, ReadState};

use crate::{
    block::BlockRun,
    ledger,
    record::Receipt,
    verify::{Decoded, Verified},
};

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

/// Runs a transaction on a run that is thrown away.
pub fn simulate(mut run: BlockRun, base: &dyn ReadState, decoded: Decoded) -> Result<Simulation, Failure> {
    let receipt = run.deliver(&Verified::assume(decoded))?;
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
    Ok(Simulation { receipt, changes })
}
