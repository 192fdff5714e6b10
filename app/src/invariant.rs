//! What must hold after every block, whatever happened in it.

use chortle_kernel::{Invariant, Module, ReadState};

use crate::{
    ledger,
    modules::{MODULES, Registry},
    own_module, param_history,
};

/// The one that compares all modules' books with the ledger.
static ESCROWS: Invariant =
    Invariant { name: "escrows_have_what_their_modules_hold", check: |state| check_escrows(&MODULES, state) };

/// The one that compares all modules' parameters with their history.
static HISTORIES: Invariant = Invariant {
    name: "no_parameter_changes_without_a_point",
    check: |state| param_history::check(MODULES.param_sets(), state),
};

/// Every invariant of every module, in the order of the list, and those of all their escrows and parameters.
pub fn all(registry: &Registry) -> impl Iterator<Item = (&'static Module, &'static Invariant)> + use<> {
    let own = |module: &'static Module| module.invariants.iter().map(move |invariant| (module, invariant));
    registry
        .modules()
        .flat_map(own)
        .chain([&ESCROWS, &HISTORIES].map(|invariant| (&own_module::MODULE, invariant)))
}

/// Refuses an escrow of any module that has not exactly what the module says it holds.
pub fn check_escrows(registry: &Registry, state: &dyn ReadState) -> Result<(), String> {
    let escrows = registry.modules().flat_map(|module| module.escrows);
    escrows.into_iter().try_for_each(|escrow| ledger::check_escrow(state, escrow))
}

/// Checks one; the error names it and says what it found.
pub fn check_one(module: &Module, invariant: &Invariant, state: &dyn ReadState) -> Result<(), String> {
    (invariant.check)(state).map_err(|found| format!("{}.{}: {found}", module.name, invariant.name))
}

/// Checks every invariant of every module; the error names the first that does not hold.
pub fn check(registry: &Registry, state: &dyn ReadState) -> Result<(), String> {
    all(registry).try_for_each(|(module, invariant)| check_one(module, invariant, state))
}
