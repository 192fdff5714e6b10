//! The shape of the tree, held by a test: rings, order of modules, sizes, headings, and what must not be left behind.

mod circles;
mod lists;
mod manifest;
mod names;
mod rust;
mod tree;

use std::collections::BTreeSet;

use lists::Declared;
use manifest::{Manifest, manifests};
use rust::{Finding, Parsed};
use tree::Tree;

/// Crates that consensus rules may stand on; each was reviewed for determinism (docs/adr/0002-dependencies.md).
const PURE_DEPENDENCIES: &[&str] = &[
    "bech32",
    "borsh",
    "chacha20",
    "ed25519-zebra",
    "hex",
    "ring",
    "schemars",
    "secp256k1",
    "serde",
    "serde_json",
    "sha3",
    "thiserror",
];
/// The folders of the pure ring that are no modules.
const PURE_FRAME: &[&str] = &["kernel", "genesis", "app"];
/// What every `lib.rs` of the pure ring denies, word for word.
const LINT_HEADER: &str = "\
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::string_slice))]
#![cfg_attr(
    not(test),
    deny(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)
)]
#![cfg_attr(not(test), deny(clippy::cast_precision_loss, clippy::float_arithmetic, clippy::print_stdout))]
#![cfg_attr(not(test), deny(clippy::print_stderr, clippy::disallowed_methods, clippy::disallowed_types))]
";
/// The sections of a module's spec, in order.
const README_HEADINGS: &[&str] = &[
    "Purpose",
    "Terms",
    "State",
    "Messages",
    "Block hooks",
    "Events",
    "Errors",
    "Params",
    "Invariants",
    "Queries",
];
/// A function that fits on one screen.
const FUNCTION_LINES_MAX: usize = 70;
/// A file that can be read in one sitting.
const FILE_LINES_MAX: usize = 800;
/// rustfmt holds code to 110 columns; comments and macros may run a little over.
const LINE_COLUMNS_MAX: usize = 120;
/// Lines that carry a sentence for people: a row of a table of errors or routes stays one row.
const SENTENCE_COLUMNS_MAX: usize = 220;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "manager", "misc"];

fn refuse(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

/// The modules in the order of `app/src/modules.rs`.
fn module_order(tree: &Tree) -> Vec<String> {
    let list = tree.read("app/src/modules.rs");
    let order: Vec<String> = list
        .split("&chortle_")
        .skip(1)
        .filter_map(|rest| rest.split_once("::"))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert!(!order.is_empty(), "app/src/modules.rs lists no module");
    order
}

fn pure_folders(tree: &Tree) -> Vec<String> {
    PURE_FRAME.iter().map(|name| (*name).to_owned()).chain(module_order(tree)).collect()
}

/// The folders of our own crates that this one depends on, tests included.
fn own_dependencies(manifest: &Manifest) -> Vec<String> {
    let all = manifest.dependencies.iter().chain(&manifest.dev_dependencies);
    all.filter_map(|name| name.strip_prefix("chortle-")).map(str::to_owned).collect()
}

#[test]
fn the_pure_ring_stands_on_reviewed_crates_only() {
    let tree = Tree::open();
    let pure = pure_folders(&tree);
    let mut found = Vec::new();
    for manifest in manifests(&tree).iter().filter(|manifest| pure.contains(&manifest.folder)) {
        for name in &manifest.dependencies {
            let own = name.strip_prefix("chortle-").is_some_and(|folder| pure.iter().any(|p| p == folder));
            if !own && !PURE_DEPENDENCIES.contains(&name.as_str()) {
                found.push(format!("{}/Cargo.toml: {name}", manifest.folder));
            }
        }
    }
    refuse("the pure ring depends on what is not pure", found);
}

#[test]
fn the_shell_is_never_imported_by_the_pure_ring() {
    let tree = Tree::open();
    let pure = pure_folders(&tree);
    let mut found = Vec::new();
    for manifest in manifests(&tree).iter().filter(|manifest| pure.contains(&manifest.folder)) {
        let outside = own_dependencies(manifest).into_iter().filter(|folder| !pure.contains(folder));
        found.extend(outside.map(|folder| format!("{} depends on {folder}", manifest.folder)));
    }
    refuse("the shell reaches into the pure ring", found);
}

#[test]
fn a_module_calls_only_modules_before_it() {
    let tree = Tree::open();
    let order = module_order(&tree);
    let mut found = Vec::new();
    for manifest in manifests(&tree) {
        let allowed: Vec<&str> = match order.iter().position(|module| *module == manifest.folder) {
            Some(place) => order[..place].iter().map(String::as_str).chain(["kernel"]).collect(),
            None if manifest.folder == "kernel" => Vec::new(),
            None if manifest.folder == "light" => Vec::new(),
            None if manifest.folder == "consensus" => vec!["kernel", "light"],
            None if ["genesis", "store"].contains(&manifest.folder.as_str()) => vec!["kernel"],
            None => continue,
        };
        let outside =
            own_dependencies(&manifest).into_iter().filter(|name| !allowed.contains(&name.as_str()));
        found.extend(outside.map(|name| format!("{} depends on {name}", manifest.folder)));
    }
    refuse("a crate reaches beyond what stands before it", found);
}

#[test]
fn every_crate_of_the_pure_ring_denies_the_same() {
    let tree = Tree::open();
    let missing = pure_folders(&tree).into_iter().map(|folder| format!("{folder}/src/lib.rs"));
    let missing = missing.filter(|path| !tree.read(path).contains(LINT_HEADER)).collect();
    refuse("the lint header is missing or differs", missing);
}

#[test]
fn every_crate_is_a_member_and_on_the_map() {
    let tree = Tree::open();
    // Cargo takes what `app` is built from as a member by itself.
    let members: BTreeSet<String> = manifest::members(&tree).into_iter().chain(module_order(&tree)).collect();
    let folders: BTreeSet<String> = manifests(&tree).into_iter().map(|manifest| manifest.folder).collect();
    assert_eq!(folders, members, "crates in the tree, and members of the workspace");
    let map = tree.read("docs/architecture.md");
    let unmapped = members.iter().filter(|folder| !map.contains(&format!("`{folder}/`"))).cloned().collect();
    refuse("docs/architecture.md does not map these folders", unmapped);
    let without_readme = members.iter().map(|folder| format!("{folder}/README.md"));
    refuse("a crate has no README", without_readme.filter(|path| !tree.has(path)).collect());
}

#[test]
fn every_dependency_has_its_sentence() {
    let tree = Tree::open();
    let record = tree.read("docs/adr/0002-dependencies.md");
    let names = manifest::workspace_dependencies(&tree);
    let outside: Vec<&String> = names.iter().filter(|name| !name.starts_with("chortle-")).collect();
    let unexplained = outside.iter().filter(|name| !record.contains(&format!("`{name}`")));
    refuse("no sentence in docs/adr/0002-dependencies.md", unexplained.map(|name| (*name).clone()).collect());
    let all = manifests(&tree);
    let used = |name: &String| {
        all.iter().any(|one| one.dependencies.contains(name) || one.dev_dependencies.contains(name))
    };
    refuse(
        "pinned in Cargo.toml, used by no crate",
        outside.into_iter().filter(|name| !used(name)).cloned().collect(),
    );
}

#[test]
fn versions_in_scripts_are_those_of_the_code() {
    let tree = Tree::open();
    let pins = tree.read("scripts/versions");
    let pin = |name: &str| {
        let line = pins.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("scripts/versions does not pin {name}")).to_owned()
    };
    let engine = format!("\"{}\"", pin("COMETBFT_VERSION").trim_start_matches('v'));
    assert!(tree.read("consensus/src/comet/binary.rs").contains(&engine), "CometBFT {engine}");
    let rocksdb = format!("\"={}\"", pin("ROCKSDB_CRATE"));
    let cargo = tree.read("Cargo.toml");
    let line = cargo.lines().find(|line| line.starts_with("rocksdb ")).expect("Cargo.toml pins rocksdb");
    assert!(line.contains(&rocksdb), "{line} is not {rocksdb}");
}

#[test]
fn every_module_tells_its_spec_in_the_same_order() {
    let tree = Tree::open();
    let mut found = Vec::new();
    for module in module_order(&tree) {
        let path = format!("{module}/README.md");
        let text = if tree.has(&path) { tree.read(&path) } else { String::new() };
        let headings: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("## ")).map(str::trim).collect();
        let known: Vec<&str> = headings.into_iter().filter(|name| README_HEADINGS.contains(name)).collect();
        if known != README_HEADINGS {
            found.push(format!("{path}: {known:?}"));
        }
    }
    refuse("the headings of a module's README are not those of the house", found);
}

#[test]
fn no_code_of_an_error_is_spelled_out() {
    let tree = Tree::open();
    let codes: BTreeSet<&str> = chortle_node::rest::catalogue().map(|row| row.codespace).collect();
    assert!(["token", "app", "rest", "client"].iter().all(|known| codes.contains(known)), "{codes:?}");
    let mut found = Vec::new();
    for path in tree.rust_files().filter(|path| path.contains("/src/")) {
        for (line, text) in (1..).zip(tree.read(path).lines()) {
            let texts = text.split('"').skip(1).step_by(2);
            let spelled = texts
                .filter_map(|text| text.split_once('.'))
                .filter(|(codespace, number)| codes.contains(codespace) && number.parse::<u32>().is_ok());
            found.extend(spelled.map(|(codespace, number)| format!("{path}:{line}: {codespace}.{number}")));
        }
    }
    refuse("a code is named by its row, never by its number in a text", found);
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let tree = Tree::open();
    let mut found = Vec::new();
    for manifest in manifests(&tree) {
        let circles = circles::Crate::read(&tree, &manifest.folder);
        found.extend(circles.circles().into_iter().map(|circle| circle.join(" ↔ ")));
    }
    refuse("files that cannot be read one after the other", found);
}

/// One dialect in the pure ring, and no list that a person has to remember.
#[test]
fn what_is_declared_is_listed() {
    let tree = Tree::open();
    let mut found = Vec::new();
    let declared_in = |folder: &str| {
        let source = format!("{folder}/src/");
        let mut declared = Declared::default();
        for path in tree.rust_files().filter(|path| path.starts_with(&source)) {
            declared.read(path, &tree.read(path));
        }
        declared
    };
    // `app` lists what the kernel brings.
    let app = declared_in("app");
    for folder in pure_folders(&tree) {
        let declared = declared_in(&folder);
        let wrong =
            declared.unlisted((folder == "kernel").then_some(&app)).into_iter().chain(declared.by_hand);
        found.extend(wrong.map(|what| format!("{folder}: {what}")));
    }
    refuse("a declaration that no list knows, or that is made by hand", found);
}

/// Only `app` says where a message stands in the chain of calls: a module that could, could give itself powers.
#[test]
fn no_module_makes_its_own_place() {
    let tree = Tree::open();
    let mut found = Vec::new();
    for module in module_order(&tree) {
        let source = format!("{module}/src/");
        for path in tree.rust_files().filter(|path| path.starts_with(&source)) {
            let text = tree.read(path);
            let made =
                ["Place::", "Place {", "Ctx::new", "Ctx::alone"].into_iter().find(|word| text.contains(word));
            found.extend(made.map(|word| format!("{path}: {word}")));
        }
    }
    refuse("a module makes a place of its own", found);
}

/// A new module is a folder and a line in the list, because nobody else names the modules that are there.
#[test]
fn no_module_is_named_outside_its_folder_without_a_reason() {
    let tree = Tree::open();
    refuse("a module's name where it does not belong", names::strangers(&tree, &module_order(&tree)));
    let unreasoned = names::NAMED.iter().filter(|row| row.reason.is_empty()).map(|row| row.path.to_owned());
    refuse("a module is named without a reason", unreasoned.collect());
}

#[test]
fn a_name_of_a_module_is_found_by_crate_and_by_text() {
    let order = ["token".to_owned(), "lock".to_owned()];
    for (text, found) in [
        ("use chortle_token::Code;", Some("token")),
        ("use chortle_token as ledger;", Some("token")),
        ("let section = \"lock\";", Some("lock")),
        ("use chortle_tokens::Code; let text = \"a lock\";", None),
        ("// chortle_token knows\n", None),
        ("fn shipped() {}\n#[cfg(test)]\nmod tests { use chortle_token::Code; }", None),
    ] {
        let names = names::names(text, &order);
        assert_eq!(names.first().map(String::as_str), found, "{text}");
    }
}

#[test]
fn functions_and_files_stay_short() {
    let tree = Tree::open();
    let mut found = Vec::new();
    for path in tree.rust_files() {
        let text = tree.read(path);
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            found.push(format!("{path}: {lines} lines, at most {FILE_LINES_MAX}"));
        }
        for (number, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            let max = if rust::has_sentence(line) { SENTENCE_COLUMNS_MAX } else { LINE_COLUMNS_MAX };
            if columns > max {
                found.push(format!("{path}:{}: {columns} columns, at most {max}", number + 1));
            }
        }
        let long = Parsed::new(path, &text).functions().into_iter();
        found.extend(long.filter(|(_, _, lines)| *lines > FUNCTION_LINES_MAX).map(|(name, line, lines)| {
            format!("{path}:{line}: {name} has {lines} lines, at most {FUNCTION_LINES_MAX}")
        }));
    }
    refuse("too long", found);
}

#[test]
fn every_source_file_is_reached() {
    let tree = Tree::open();
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<String> =
        tree.rust_files().filter(|path| rust::is_crate_root(path)).map(str::to_owned).collect();
    while let Some(path) = waiting.pop() {
        if reached.insert(path.clone()) {
            let parsed = Parsed::new(&path, &tree.read(&path));
            waiting.extend(parsed.module_files().into_iter().filter(|candidate| tree.has(candidate)));
        }
    }
    refuse(
        "no `mod` leads to",
        tree.rust_files().filter(|path| !reached.contains(*path)).map(str::to_owned).collect(),
    );
}

#[test]
fn nothing_is_skipped_printed_or_left_behind() {
    let tree = Tree::open();
    let mut found = Vec::new();
    for path in tree.rust_files() {
        let parsed = Parsed::new(path, &tree.read(path));
        for Finding { line, what } in parsed.leftovers() {
            found.push(format!("{path}:{line}: {what}"));
        }
        if !rust::may_print(path) {
            let prints =
                parsed.macros().into_iter().filter(|(name, _)| rust::PRINTS.contains(&name.as_str()));
            found.extend(
                prints.map(|(name, line)| format!("{path}:{line}: {name}! outside a module for output")),
            );
        }
    }
    refuse("left behind", found);
}

#[test]
fn no_reminder_and_no_place_of_one_machine_is_in_the_tree() {
    let tree = Tree::open();
    // Written in halves, so that this file does not hold what it looks for.
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["HA", "CK:"]].map(|halves| halves.concat());
    let places =
        [["/ro", "ot/"], ["/wo", "rk/"], ["/ho", "me/"], ["/Us", "ers/"]].map(|halves| halves.concat());
    let mut found = Vec::new();
    for path in tree.text_files() {
        for (number, line) in tree.read(path).lines().enumerate() {
            let mut held = words.iter().chain(&places).filter(|needle| line.contains(needle.as_str()));
            if let Some(needle) = held.next() {
                found.push(format!("{path}:{}: {needle}", number + 1));
            }
        }
    }
    refuse("left behind", found);
}

#[test]
fn every_source_file_that_a_page_names_is_there() {
    let tree = Tree::open();
    let files: Vec<&str> = tree.rust_files().collect();
    let is_there = |name: &str| files.iter().any(|file| format!("/{file}").ends_with(&format!("/{name}")));
    let mut found = Vec::new();
    // Names of an example are in capitals.
    for page in tree.text_files().filter(|path| path.ends_with(".md") && *path != "CHANGELOG.md") {
        let text = tree.read(page);
        let named = text.split('`').skip(1).step_by(2).filter(|word| word.ends_with(".rs"));
        let named = named
            .filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b"./_0123456789".contains(&b)));
        found.extend(named.filter(|name| !is_there(name)).map(|name| format!("{page}: {name}")));
    }
    refuse("a page names a file that is not there", found);
}

#[test]
fn names_say_what_is_inside() {
    let tree = Tree::open();
    let empty = |path: &&str| path.split('/').any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")));
    refuse("a name that says nothing", tree.rust_files().filter(empty).map(str::to_owned).collect());
}
