//! THE list of modules: dependency order, tag registry and hook order at once.
//!
//! A module may call only modules that stand before it. Begin hooks run in this order, end hooks in reverse, like
//! nested scopes. A tag is never reused.

use chortle_kernel::{Entry, ErrorRow, EventKind, Halt, Kind, Module};

/// Every module under its tag.
pub const MODULES: &[(u8, &dyn Module)] = &[(1, &chortle_token::Token), (2, &chortle_staking::Staking)];

/// The modules, in order.
pub fn modules() -> impl DoubleEndedIterator<Item = &'static dyn Module> {
    MODULES.iter().map(|(_, module)| *module)
}

/// The module and the kind of message under two tags.
pub fn kind(module: u8, tag: u8) -> Option<(&'static dyn Module, &'static Kind)> {
    let (_, module) = MODULES.iter().find(|(number, _)| *number == module)?;
    let kind = module.messages().iter().find(|kind| kind.tag == tag)?;
    Some((*module, kind))
}

/// The tags of a message by the names of its module and kind.
pub fn tags(module: &str, name: &str) -> Option<(u8, &'static Kind)> {
    let (number, module) = MODULES.iter().find(|(_, candidate)| candidate.name() == module)?;
    let kind = module.messages().iter().find(|kind| kind.name == name)?;
    Some((*number, kind))
}

/// The kind of an event by its name.
pub fn event_kind(kind: &str) -> Option<&'static EventKind> {
    modules().flat_map(|module| module.events()).find(|candidate| candidate.kind == kind)
}

/// Every error code of the chain: one catalogue for receipts, REST and the command line.
pub fn error_catalogue() -> impl Iterator<Item = &'static ErrorRow> {
    let own = chortle_kernel::tx::Error::CATALOGUE.iter().chain(crate::error::Error::CATALOGUE);
    own.chain(modules().flat_map(|module| module.errors()))
}

/// The line of an index that an entry of the state stands for, in whichever module: for the store.
pub fn index_line(key: &[u8], value: &[u8]) -> Result<Option<Entry>, Halt> {
    for module in modules() {
        if let Some(line) = module.index_line(key, value)? {
            return Ok(Some(line));
        }
    }
    Ok(None)
}
