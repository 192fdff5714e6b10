//! The format on disk, byte for byte. A change here makes existing homes unreadable: it needs a new format
//! number and an upgrade that carries it.
#![allow(missing_docs)]

mod common;

use std::fmt::Write as _;

use chortle_store::{Column, FORMAT, Store, Writes};
use common::{Glass, commit_with, identity, options, results, write};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Genesis with two keys; a height that changes one, removes one and adds one; a height that changes nothing.
fn dump() -> String {
    let glass = Glass::default();
    let store = Store::with_backend(Box::new(glass.clone()), options(0)).unwrap();
    let mut out = format!("format {FORMAT}\n");
    let genesis =
        Writes::from([(b"a\0".to_vec(), Some(b"1".to_vec())), (b"b".to_vec(), Some(b"2".to_vec()))]);
    let app_hash = store.init_genesis(&identity(), 3, genesis).unwrap();
    writeln!(out, "app hash at height 2: {}", hex(&app_hash)).unwrap();
    let mut writes = write(b"a\0", b"3");
    writes.insert(b"b".to_vec(), None);
    writes.insert(vec![0xff], Some(Vec::new()));
    let three = results(b"three", &[[0x11; 32], [0x22; 32]]);
    let app_hash = commit_with(&store, writes, Some(three));
    writeln!(out, "app hash at height 3: {}", hex(&app_hash)).unwrap();
    let app_hash = commit_with(&store, Writes::new(), None);
    writeln!(out, "app hash at height 4: {}", hex(&app_hash)).unwrap();
    for column in Column::ALL {
        writeln!(out, "\ncolumn {} {}", column.index(), column.name()).unwrap();
        for (key, value) in glass.entries(column) {
            writeln!(out, "{} = {}", hex(&key), hex(&value)).unwrap();
        }
    }
    out
}

#[test]
fn the_format_on_disk_is_the_golden_one() {
    let expected = include_str!("golden/format.txt");
    let found = dump();
    assert!(found == expected, "the format on disk has changed; it is now:\n{found}");
}
