//! Protocol accounts: what a module holds for others, and what the chain itself owns.

use crate::{Address, AssetId, Halt, ReadState};

/// What an escrow must hold, asset by asset.
pub type Held = fn(&dyn ReadState) -> Result<Vec<(AssetId, u128)>, Halt>;

/// An account that a module owns, with what the module says it holds. No key signs for it; no user can send to it.
#[derive(Clone, Copy)]
pub struct Escrow {
    /// Name, within the chain: `bonded`.
    pub name: &'static str,
    /// The account.
    pub address: Address,
    /// Whether its balance earns by redistribution for those it belongs to; the module settles them apart.
    pub pooled: bool,
    /// What it must hold by the module's own books, asset by asset; `None` where anyone's fees or gifts may gather, and
    /// the balance itself is the book.
    pub held: Option<Held>,
}
