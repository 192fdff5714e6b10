//! What governance can ask of names.

use chortle_kernel::MessageKind;

mod release_symbol;
mod reserve_symbol;

pub use release_symbol::ReleaseSymbol;
pub use reserve_symbol::ReserveSymbol;

/// Every message, by tag.
pub const MESSAGES: &[MessageKind] =
    &[MessageKind::of::<ReserveSymbol>(), MessageKind::of::<ReleaseSymbol>()];
