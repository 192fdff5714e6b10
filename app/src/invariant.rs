//! What must hold after every block, whatever happened in it.

use chortle_kernel::ReadState;

use crate::modules::Registry;

/// Checks every invariant of every module; the error names the first that does not hold.
pub fn check(registry: &Registry, state: &dyn ReadState) -> Result<(), String> {
    for module in registry.modules() {
        for invariant in module.invariants {
            (invariant.check)(state)
                .map_err(|found| format!("{}.{}: {found}", module.name, invariant.name))?;
        }
    }
    Ok(())
}
