//! What must never change by accident: tags, codes, keys, and the bytes of a transaction.
//!
//! `CHORTLE_BLESS=1 cargo test -p chortle-app --test golden` rewrites the file; do that in a commit of its own.

mod common;

use std::fmt::Write;

use chortle_app::{MODULES, Row};
use common::*;

fn listing() -> String {
    let mut out = String::new();
    for Row { tag, module, .. } in MODULES.rows() {
        writeln!(out, "module {tag} {}", module.name).unwrap();
        for kind in module.messages {
            writeln!(out, "message {tag}.{} {}.{}", kind.tag, module.name, kind.name).unwrap();
        }
        for kind in module.events {
            writeln!(out, "event {}", kind.kind).unwrap();
        }
    }
    for row in MODULES.error_catalogue() {
        writeln!(out, "error {}.{} {}", row.codespace, row.number, row.name).unwrap();
    }
    for row in MODULES.modules().flat_map(|module| module.keys) {
        writeln!(out, "key {} : {} -> {}", row.prefix, (row.key_type)(), (row.value_type)()).unwrap();
    }
    let bytes = transfer("alice", 7, "bob", 1_500_000_000);
    writeln!(out, "tx {}", hex::encode(&bytes)).unwrap();
    writeln!(out, "tx id {}", hex::encode(chortle_kernel::tx::id(&bytes))).unwrap();
    writeln!(out, "tx gas {}", chortle_app::Decoded::parse(&chortle_app::MODULES, &bytes).unwrap().gas)
        .unwrap();
    out
}

#[test]
fn tags_codes_keys_and_encodings_are_the_golden_ones() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
    let found = listing();
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, golden, "the golden file differs: if that is meant, bless it in a commit of its own");
}

/// Who writes or indexes a key is found by how the key begins.
#[test]
fn every_key_begins_with_the_name_of_its_module() {
    for module in MODULES.modules() {
        let indexed = module.indexes.iter().map(|index| index.prefix);
        for prefix in module.keys.iter().map(|row| row.prefix).chain(indexed) {
            let name = prefix.trim_start_matches('~').split('/').next();
            assert_eq!(name, Some(module.name), "{prefix}");
        }
        let own = |prefix: &str| module.keys.iter().any(|row| row.prefix == prefix);
        assert!(
            module.indexes.iter().all(|index| own(index.prefix)),
            "{} indexes what it keeps",
            module.name
        );
    }
}

#[test]
fn every_prefix_tag_and_code_stands_once() {
    let found = listing();
    let heads = found.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?)).filter(|(kind, _)| *kind != "tx")
    });
    let mut seen = std::collections::BTreeSet::new();
    for head in heads {
        assert!(seen.insert(head), "{head:?} stands twice");
    }
}
