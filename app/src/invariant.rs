//! What must hold after every block, whatever happened in it.

use chortle_kernel::{Invariant, Module, ReadState};

use crate::modules::Registry;

/// Every invariant of every module, in the order of the list.
pub fn all(registry: &Registry) -> impl Iterator<Item = (&'static Module, &'static Invariant)> + use<> {
    registry.modules().flat_map(|module| module.invariants.iter().map(move |invariant| (module, invariant)))
}

/// Checks one; the error names it and says what it found.
pub fn check_one(module: &Module, invariant: &Invariant, state: &dyn ReadState) -> Result<(), String> {
    (invariant.check)(state).map_err(|found| format!("{}.{}: {found}", module.name, invariant.name))
}

/// Checks every invariant of every module; the error names the first that does not hold.
pub fn check(registry: &Registry, state: &dyn ReadState) -> Result<(), String> {
    all(registry).try_for_each(|(module, invariant)| check_one(module, invariant, state))
}
