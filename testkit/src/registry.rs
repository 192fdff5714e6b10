//! Chortle with a module more, for tests alone.

use chortle_app::{MODULES, Registry, Row, Upgrade};

/// Chortle's modules and this one, with the upgrade that brings it, if one does.
pub fn registry_with(own: Row, upgrade: Option<Upgrade>) -> &'static Registry {
    let rows: Vec<Row> = MODULES.rows().iter().copied().chain([own]).collect();
    let upgrades: Vec<Upgrade> = MODULES.upgrades().iter().copied().chain(upgrade).collect();
    // A list lives as long as the process that plays it.
    Box::leak(Box::new(Registry::knowing(upgrades.leak(), rows.leak())))
}
