//! What users can ask of staking.

use chortle_kernel::{Address, Amount, Ctx, Failure, MessageKind, Reject, ensure};

use crate::{base, error::Error, event, stake, types::Description, validator};

mod announce_commission;
mod cancel_unbonding;
mod claim_commission;
mod claim_rewards;
mod create_validator;
mod delegate;
mod edit_validator;
mod redelegate;
mod rotate_key;
mod set_restake;
mod set_withdraw_address;
mod undelegate;
mod unjail;

pub use announce_commission::AnnounceCommission;
pub use cancel_unbonding::CancelUnbonding;
pub use claim_commission::ClaimCommission;
pub use claim_rewards::{CLAIMS_MAX, ClaimRewards};
pub use create_validator::CreateValidator;
pub(crate) use create_validator::create;
pub use delegate::Delegate;
pub use edit_validator::EditValidator;
pub use redelegate::Redelegate;
pub use rotate_key::RotateKey;
pub use set_restake::SetRestake;
pub use set_withdraw_address::SetWithdrawAddress;
pub use undelegate::Undelegate;
pub use unjail::Unjail;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] = &[
    MessageKind::of::<CreateValidator>(),
    MessageKind::of::<EditValidator>(),
    MessageKind::of::<AnnounceCommission>(),
    MessageKind::of::<RotateKey>(),
    MessageKind::of::<Unjail>(),
    MessageKind::of::<Delegate>(),
    MessageKind::of::<Undelegate>(),
    MessageKind::of::<CancelUnbonding>(),
    MessageKind::of::<Redelegate>(),
    MessageKind::of::<SetRestake>(),
    MessageKind::of::<SetWithdrawAddress>(),
    MessageKind::of::<ClaimRewards>(),
    MessageKind::of::<ClaimCommission>(),
];

/// Moves an account's LOL into the pool of a validator, which is bonded or not, and buys shares for it.
pub(crate) fn take_stake(
    ctx: &mut Ctx<'_>,
    delegator: &Address,
    operator: &Address,
    amount: Amount,
    bonded: bool,
) -> Result<(), Failure> {
    base::shift(ctx, delegator, &validator::pool(bonded), amount)?;
    stake::bond(ctx, delegator, operator, amount)?;
    ctx.emit(&event::Delegated { delegator: *delegator, operator: *operator, amount });
    Ok(())
}

/// Refuses a name that a reader cannot see and a URI that is no https link.
pub(crate) fn ensure_description(description: &Description) -> Result<(), Reject> {
    let named = chortle_naming::text::ensure_name(&description.name);
    named.map_err(|refused| Error::NameOutOfRule { why: refused.sentence })?;
    let linked = description.uri.is_empty() || chortle_token::text::ensure_uri(&description.uri).is_ok();
    ensure(linked, Error::UriOutOfRule {})
}
