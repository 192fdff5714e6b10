//! What names are made of.

use chortle_kernel::Text;

/// What governance reserves: as long as a name may be.
pub type Reserved = Text<32>;
