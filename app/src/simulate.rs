//! What a transaction would do, without signing or sending it.

use chortle_kernel::{Address, Amount, AssetId, Coin, Failure, ReadState};
use chortle_token as token;

use crate::{
    block::BlockRun,
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
        for (address, asset) in balances_of(key) {
            let held = token::balance(base, &address, asset)?;
            let after = token::balance(run.state(), &address, asset)?;
            if held != after {
                changes.push(BalanceChange { address, before: Coin { asset, amount: held }, after });
            }
        }
    }
    Ok(Simulation { receipt, changes })
}

/// The balances that a key holds: one, or those of an asset's treasury and liquidity account.
fn balances_of(key: &[u8]) -> Vec<(Address, AssetId)> {
    if let Some(asset) = token::state::TOTALS.read_key(key) {
        let kept = [token::protocol::treasury_of(asset), token::protocol::liquidity_of(asset)];
        return kept.map(|address| (address, asset)).into();
    }
    let native = token::state::ACCOUNT.read_key(key).map(|address| (address, AssetId::NATIVE));
    let plain = || token::state::BALANCE.read_key(key);
    native.or_else(plain).or_else(|| token::state::HOLDING.read_key(key)).into_iter().collect()
}
