//! What must hold after every block, whatever happened in it.

use chortle_kernel::ReadState;

use crate::modules::MODULES;

/// Checks every invariant of every module; the error names the first that does not hold.
pub fn check(state: &dyn ReadState) -> Result<(), String> {
    for module in MODULES.modules() {
        for invariant in module.invariants {
            (invariant.check)(state)
                .map_err(|found| format!("{}.{}: {found}", module.name, invariant.name))?;
        }
    }
    Ok(())
}
