//! The program of an upgrade, which lives here alone: it knows one upgrade more than Chortle, and brings a module.
//! Proves the way from a plan to a new program on whole chains.

use chortle_app::{Registry, Row, Upgrade, params::Params, state::PARAMS};
use chortle_kernel::{Ctx, Halt, Hooks, Item, KeyRow, Module, Params as _, Powers};
use chortle_upgrade::is_applied;
use serde_json::Map;

use crate::registry::registry_with;

/// Tag of the module: above all of the chain's own.
pub const TAG: u8 = 201;
/// Name of the upgrade, and of the module that it brings.
pub const NAME: &str = "next";
/// How often the chain was migrated: it must come to one.
pub const MIGRATIONS: Item<u64> = Item::new("next/migrations");
/// How many blocks were made by the new rules.
pub const BLOCKS: Item<u64> = Item::new("next/blocks");
/// What the migration adds to the gas of hooks: a parameter that everybody can read.
pub const MORE_HOOK_GAS: u64 = 1_000_000;

const KEYS: &[KeyRow] = &[MIGRATIONS.row(), BLOCKS.row()];

static NEXT: Module =
    Module { keys: KEYS, hooks: Hooks { begin: Some(count), due: None, end: None }, ..Module::named(NAME) };

fn count_one_more(ctx: &mut Ctx<'_>, item: Item<u64>) -> Result<(), Halt> {
    let before = item.get(ctx.state)?.unwrap_or(0);
    item.set(ctx.state, &(before + 1));
    Ok(())
}

/// Old blocks are made by old rules, new ones by new.
fn count(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    match is_applied(ctx.state, NAME)? {
        true => count_one_more(ctx, BLOCKS),
        false => Ok(()),
    }
}

fn migrate(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    count_one_more(ctx, MIGRATIONS)?;
    let params = PARAMS.get(ctx.state)?.ok_or_else(|| Halt::new("a chain has parameters"))?;
    let more = Map::from_iter([("hook_gas_max".to_owned(), (params.hook_gas_max + MORE_HOOK_GAS).into())]);
    // By the gate: validated, and told as any other change.
    let set = ctx.router().set_params(ctx, Params::PATH, &more);
    set.map(drop).map_err(|failure| Halt::new(failure.to_string()))
}

/// Chortle's modules and this one, with the upgrade that brings it.
pub fn registry() -> &'static Registry {
    let own = Row { tag: TAG, module: &NEXT, powers: Powers::NONE };
    registry_with(own, Some(Upgrade { name: NAME, migrate }))
}
