//! Documents that are made from the lists, so that they cannot say anything else.
//!
//! `CHORTLE_BLESS=1 cargo test -p chortle-app --test documents` writes them anew.

use std::fmt::Write;

use chortle_app::MODULES;
use chortle_kernel::{Authority, MessageKind, Module};
use schemars::SchemaGenerator;

const HEAD: &str = "\
# Every message: who may send it, and what can pause it

Made from the lists of modules by `CHORTLE_BLESS=1 cargo test -p chortle-app --test documents`; a test holds it to them.
What *the signer* may send, a module may send for its own accounts and governance for its own. A pause of an asset stops
every message that moves its units, whatever the message. Nothing pauses LOL.
";

fn sender(authority: Authority) -> &'static str {
    match authority {
        Authority::Signer => "the signer",
        Authority::Governance => "governance",
        Authority::Protocol => "the protocol",
    }
}

fn what_it_does(kind: &MessageKind) -> String {
    let schema = (kind.schema)(&mut SchemaGenerator::default()).to_value();
    let text = schema["description"].as_str().expect("a message has a description").replace('\n', " ");
    text.split_once(". ").map_or(text.clone(), |(first, _)| format!("{first}."))
}

fn row(out: &mut String, module: &Module, kind: &MessageKind) {
    let pause = match kind.pausable {
        true => format!("`{0}`, `{0}.{1}`", module.name, kind.name),
        false => "nothing".to_owned(),
    };
    let (sender, does) = (sender(kind.authority), what_it_does(kind));
    writeln!(out, "| `{}.{}` | {sender} | {pause} | {does} |", module.name, kind.name).unwrap();
}

fn messages() -> String {
    let mut out = HEAD.to_owned();
    for row_of_list in MODULES.rows().iter().filter(|row| !row.module.messages.is_empty()) {
        let module = row_of_list.module;
        writeln!(out, "\n## {}\n\n| message | who may send it | paused by | what it does |", module.name)
            .unwrap();
        writeln!(out, "| --- | --- | --- | --- |").unwrap();
        module.messages.iter().for_each(|kind| row(&mut out, module, kind));
    }
    out
}

#[test]
fn the_page_of_messages_is_that_of_the_lists() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/messages.md");
    let found = messages();
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == page, "docs/messages.md is not that of the lists: bless it");
}
