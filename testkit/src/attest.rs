//! A module that lives here alone: validators attest the time of the block before, and what more than two thirds of
//! their power say is written. Proves the way from a module's `attest` to its `injected` on whole chains.

use chortle_app::{Registry, Row};
use chortle_kernel::{Attestation, Attested, Ctx, Failure, Halt, Item, KeyRow, Module, Powers, View, ensure};

use crate::registry::registry_with;

chortle_kernel::error_codes! {
    /// Why an attestation is refused.
    pub enum Error in "attest" {
        1 no_agreement NoAgreement { voters: usize } =>
            "{voters} validators attest, and no value has more than two thirds of the power",
    }
}

/// Tag of the module: above all of the chain's own.
pub const TAG: u8 = 200;
/// Name of the module.
pub const NAME: &str = "attest";
/// The value agreed on last: a height, and the time of its block in milliseconds.
pub const AGREED: Item<(u64, u64)> = Item::new("attest/agreed");
/// How many values were agreed on.
pub const COUNT: Item<u64> = Item::new("attest/count");
/// How many validators attested another value than the one agreed on.
pub const LIES: Item<u64> = Item::new("attest/lies");

const KEYS: &[KeyRow] = &[AGREED.row(), COUNT.row(), LIES.row()];

/// What a validator attests: height and time of the last block, big-endian.
fn value(height: u64, time_unix_ms: u64) -> Vec<u8> {
    [height.to_be_bytes(), time_unix_ms.to_be_bytes()].concat()
}

fn check(bytes: &[u8]) -> bool {
    bytes.len() == 16
}

fn injected(ctx: &mut Ctx<'_>, attested: &[Attested]) -> Result<(), Failure> {
    let power = |of: &[u8]| -> u128 {
        attested.iter().filter(|one| one.bytes == of).map(|one| u128::from(one.power)).sum()
    };
    let total: u128 = ctx.block.votes.iter().map(|vote| u128::from(vote.power)).sum();
    let agreed = attested.iter().map(|one| one.bytes.as_slice()).find(|bytes| power(bytes) * 3 > total * 2);
    let voters = attested.len();
    ensure(agreed.is_some(), Error::NoAgreement { voters })?;
    let Some(agreed) = agreed else { return Ok(()) };
    let number = |bytes: &[u8]| bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    AGREED.set(ctx.state, &(number(&agreed[..8]), number(&agreed[8..])));
    let lies = attested.iter().filter(|one| one.bytes != agreed).count() as u64;
    let (count, before) = (COUNT.get(ctx.state)?.unwrap_or(0), LIES.get(ctx.state)?.unwrap_or(0));
    COUNT.set(ctx.state, &(count + 1));
    LIES.set(ctx.state, &(before + lies));
    Ok(())
}

const fn module(attest: fn(View<'_>) -> Result<Option<Vec<u8>>, Halt>) -> Module {
    Module {
        errors: Error::CATALOGUE,
        keys: KEYS,
        attestation: Some(Attestation { attest, check, injected }),
        ..Module::named(NAME)
    }
}

static HONEST: Module = module(|view| Ok(Some(value(view.height, view.time_unix_ms))));
static LIAR: Module = module(|view| Ok(Some(value(view.height, view.time_unix_ms + 1))));
static MALFORMED: Module = module(|_| Ok(Some(vec![7; 3])));

/// How a validator attests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// The truth.
    Honest,
    /// Another value of the right form.
    Liar,
    /// Bytes of another form, which its own node leaves out of its vote.
    Malformed,
}

/// Chortle's modules and this one.
pub fn registry(conduct: Conduct) -> &'static Registry {
    let module = match conduct {
        Conduct::Honest => &HONEST,
        Conduct::Liar => &LIAR,
        Conduct::Malformed => &MALFORMED,
    };
    registry_with(Row { tag: TAG, module, powers: Powers::NONE }, None)
}
