//! What governance tells of names.

use chortle_kernel::events;

use crate::types::Reserved;

events! {
    /// Governance reserved a symbol or name: nobody else can create what looks like it.
    SymbolReserved = "naming.symbol_reserved" {
        /// As it was written.
        symbol: Reserved,
    }
    /// Governance released a symbol or name.
    SymbolReleased = "naming.symbol_released" {
        /// As it had been written.
        symbol: Reserved,
    }
}
