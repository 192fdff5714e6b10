//! Who has how much. `plain` holds LOL and plain assets, `ruled` the assets with rules; `transfer` is the only way from
//! one account to another, and `supply` the only way in and out.

mod escrow;
mod plain;
mod ruled;
mod supply;
mod transfer;

pub use escrow::check_escrow;
pub use plain::{FeeOutcome, account, native_balance, take_fee};
pub(crate) use plain::{set_account, set_balance};
pub(crate) use ruled::{Book, Standing, standing, stored_and_due, write_holding};
pub use ruled::{is_excluded, reflection_index};
pub(crate) use supply::mint_under;
pub use supply::{asset, balance, burn, mint, supply};
pub use transfer::{
    deposit, ensure_may_move, gas, is_paused_lately, pay_earned, pay_out, return_earned, send, transfer,
};
pub(crate) use transfer::{force, pay_from, rules_of, send_to_many, share, share_treasury};
