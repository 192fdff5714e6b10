//! What every file here stands on: LOL, and failures that are ours.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt};
use chortle_token as token;

/// LOL.
pub(crate) fn lol(amount: Amount) -> Coin {
    Coin { asset: AssetId::NATIVE, amount }
}

pub(crate) fn corrupt(what: &str) -> Halt {
    Halt::new(format!("staking: {what}: the state is corrupt"))
}

/// What cannot be refused: a reject here is a fault of ours.
pub(crate) fn halt(failure: Failure) -> Halt {
    match failure {
        Failure::Halt(halt) => halt,
        Failure::Reject(reject) => corrupt(&reject.to_string()),
    }
}

/// Moves LOL between accounts.
pub(crate) fn shift(ctx: &mut Ctx<'_>, from: &Address, to: &Address, amount: Amount) -> Result<(), Failure> {
    if from == to { Ok(()) } else { token::transfer(ctx, from, to, lol(amount)) }
}
