//! A module's README has a row for each entry of its lists.

use std::{collections::BTreeSet, fs, path::Path};

use chortle_app::MODULES;
use chortle_kernel::Module;

/// The lines of a README under one heading.
fn section(readme: &str, heading: &str) -> String {
    let after = readme.lines().skip_while(|line| *line != format!("## {heading}")).skip(1);
    after.take_while(|line| !line.starts_with("## ")).collect::<Vec<_>>().join("\n")
}

/// The README of a module that has a folder of its own; the pipeline's own lists stand in the README of `app`.
fn readme(module: &Module) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = root.join(module.name);
    (module.name != "app").then(|| fs::read_to_string(folder.join("README.md")).unwrap())
}

#[test]
fn every_error_code_has_its_row_and_every_row_its_code() {
    for module in MODULES.modules() {
        let Some(readme) = readme(module) else { continue };
        let rows: BTreeSet<(u32, String)> = section(&readme, "Errors")
            .lines()
            .filter_map(|line| {
                let mut cells = line.split('|').map(str::trim).skip(1);
                let number = cells.next()?.parse().ok()?;
                Some((number, cells.next()?.trim_matches('`').to_owned()))
            })
            .collect();
        let codes: BTreeSet<_> = module.errors.iter().map(|row| (row.number, row.name.to_owned())).collect();
        assert_eq!(rows, codes, "{}", module.name);
    }
}

#[test]
fn every_message_event_and_query_is_in_its_section() {
    let mut missing = Vec::new();
    for module in MODULES.modules() {
        let Some(readme) = readme(module) else { continue };
        let lists = [
            ("Messages", module.messages.iter().map(|kind| kind.name).collect::<Vec<_>>()),
            ("Events", module.events.iter().map(|kind| kind.kind).collect()),
            ("Queries", module.queries.iter().map(|kind| kind.path).collect()),
        ];
        for (heading, names) in lists {
            let text = section(&readme, heading);
            let bare =
                |name: &str| name.strip_prefix(&format!("{}.", module.name)).unwrap_or(name).to_owned();
            missing.extend(
                names
                    .into_iter()
                    .filter(|name| {
                        !text.contains(&format!("`{name}")) && !text.contains(&format!("`{}`", bare(name)))
                    })
                    .map(|name| format!("{} {heading}: {name}", module.name)),
            );
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
