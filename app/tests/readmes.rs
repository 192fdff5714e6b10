//! The tables of a module's README are its lists: a row for each entry, and no row for anything else.

use std::{collections::BTreeSet, fs, path::Path};

use chortle_app::{MODULES, invariant};
use chortle_kernel::Module;
use schemars::generate::SchemaSettings;

/// Names in the order of their columns.
type Row = Vec<String>;

/// The lines of a README under one heading, which it must have.
fn section<'a>(readme: &'a str, module: &str, heading: &str) -> Vec<&'a str> {
    let mut after = readme.lines().skip_while(|line| *line != format!("## {heading}"));
    assert!(after.next().is_some(), "{module}/README.md has no section '{heading}'");
    after.take_while(|line| !line.starts_with("## ")).collect()
}

fn readme(module: &Module) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(module.name).join("README.md")).unwrap()
}

/// What stands between backticks in a cell, without the `/` that ends a key's prefix.
fn names(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(|name| name.trim_end_matches('/').to_owned())
}

/// The rows whose first cell begins with a name: one for each name in it.
fn named(lines: &[&str]) -> Vec<Row> {
    let first_cells = lines.iter().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    first_cells
        .flat_map(|cell| names(&format!("`{cell}")).map(|name| vec![name]).collect::<Vec<_>>())
        .collect()
}

/// The rows whose first two cells are a number and a name.
fn numbered(lines: &[&str]) -> Vec<Row> {
    let row = |line: &&str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let number: u32 = cells.next()?.parse().ok()?;
        Some(vec![number.to_string(), names(cells.next()?).next()?])
    };
    lines.iter().filter_map(row).collect()
}

/// The rows whose first two cells are names.
fn paired(lines: &[&str]) -> Vec<Row> {
    let row = |line: &&str| {
        let mut cells = line.strip_prefix('|')?.split('|');
        Some(vec![names(cells.next()?).next()?, names(cells.next()?).next()?])
    };
    lines.iter().filter_map(row).collect()
}

/// The fields of a module's sets of parameters.
fn params(module: &Module) -> BTreeSet<Row> {
    let mut generator =
        SchemaSettings::default().with(|settings| settings.inline_subschemas = true).into_generator();
    let fields = |schema: &schemars::Schema| -> Vec<Row> {
        let properties = schema.get("properties").and_then(|value| value.as_object());
        properties.into_iter().flatten().map(|(name, _)| vec![name.clone()]).collect()
    };
    module.params.iter().flat_map(|params| fields(&(params.schema)(&mut generator))).collect()
}

#[test]
fn every_table_has_a_row_for_each_entry_and_no_other() {
    let mut wrong = Vec::new();
    for module in MODULES.modules() {
        let readme = readme(module);
        let mut hold = |heading: &str, rows: fn(&[&str]) -> Vec<Row>, list: BTreeSet<Row>| {
            let line =
                |what: &str, row: &Row| format!("{} {heading}: {what}: {}", module.name, row.join(" "));
            let read = rows(&section(&readme, module.name, heading));
            let mut rows = BTreeSet::new();
            wrong
                .extend(read.iter().filter(|row| !rows.insert((*row).clone())).map(|row| line("twice", row)));
            wrong.extend(list.difference(&rows).map(|row| line("no row", row)));
            wrong.extend(rows.difference(&list).map(|row| line("a row of nothing", row)));
        };
        let one = |name: &str| vec![name.to_owned()];
        let pair = |first: String, second: &str| vec![first, second.to_owned()];
        hold("State", named, module.keys.iter().map(|key| one(key.prefix)).collect());
        let messages = module.messages.iter().map(|kind| pair(kind.tag.to_string(), kind.name));
        hold("Messages", numbered, messages.collect());
        hold("Events", named, module.events.iter().map(|kind| one(kind.kind)).collect());
        let codes = module.errors.iter().map(|row| pair(row.number.to_string(), row.name));
        hold("Errors", numbered, codes.collect());
        hold("Params", named, params(module));
        let facts = invariant::all(&MODULES).filter(|(owner, _)| owner.name == module.name);
        hold("Invariants", named, facts.map(|(_, fact)| one(fact.name)).collect());
        let queries = module.queries.iter().map(|query| pair(query.path.to_owned(), query.name));
        hold("Queries", paired, queries.collect());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_row_is_in_a_table() {
    for module in MODULES.modules() {
        let readme = readme(module);
        let lines: Vec<_> = readme.lines().collect();
        for three in lines.windows(3) {
            let [before, first, second] = three else { unreachable!() };
            let begins = !before.starts_with('|') && first.starts_with('|');
            let ruled = second.starts_with("|--") || second.starts_with("| --");
            assert!(!begins || ruled, "{}/README.md: a row without a table: {first}", module.name);
        }
    }
}
