//! Where a module's name stands outside its folder: in the list of `app`, and in the files below, each with its reason.

use std::collections::BTreeSet;

use crate::tree::Tree;

/// A file, the modules that it names, and why it may.
pub struct Named {
    /// The file.
    pub path: &'static str,
    /// The modules.
    pub modules: &'static [&'static str],
    /// Why the frame cannot do without.
    pub reason: &'static str,
}

const fn named(path: &'static str, modules: &'static [&'static str], reason: &'static str) -> Named {
    Named { path, modules, reason }
}

/// THE closed list. What a new module needs is never here: it is read off the module's own lists.
pub const NAMED: &[Named] = &[
    named(
        "app/src/ledger.rs",
        &["token"],
        "fees, sequence numbers and escrows are the ledger's, for all of app and shell",
    ),
    named(
        "app/src/program.rs",
        &["upgrade"],
        "whether this program is the one for a block follows from the plan and the upgrades that the chain has had",
    ),
    named(
        "client/src/cli/account/shared.rs",
        &["multisig"],
        "the command `account`: what it asks and sends, an account's address, the hash of what is approved",
    ),
    named(
        "client/src/cli/airdrop.rs",
        &["airdrop"],
        "plans a list and proves places in it with the module's own tree",
    ),
    named("client/src/cli/card.rs", &["token"], "the safety report is drawn as a card"),
    named(
        "client/src/cli/catalogue.rs",
        &["airdrop", "token"],
        "two amounts whose asset only the chain knows",
    ),
    named(
        "client/src/cli/gov/changes.rs",
        &["governance"],
        "the terms by which a draft would be judged follow from the module's own rules",
    ),
    named("client/src/cli/gov/node.rs", &["governance"], "the command `gov`: what it asks and sends"),
    named(
        "client/src/cli/gov/show.rs",
        &["governance"],
        "a proposal's terms and the rules are drawn as cards",
    ),
    named(
        "client/src/cli/gov/vote.rs",
        &["governance"],
        "bounds of a vote, and its refusal that asks for more",
    ),
    named("client/src/cli/mod.rs", &["airdrop", "token"], "the commands `send` and `airdrop`"),
    named("client/src/cli/tree.rs", &["airdrop"], "the command `airdrop`"),
    named(
        "client/src/error.rs",
        &["token"],
        "advice in this program's commands for two refusals of the ledger",
    ),
    named(
        "node/src/commands/validator.rs",
        &["staking"],
        "makes the proof of possession that staking verifies",
    ),
    named(
        "kernel/src/gate/authority.rs",
        &["governance"],
        "the authority of what passed has the module's name: its account is the module's",
    ),
    named("node/src/rest/build.rs", &["token"], "asks which symbol an asset has"),
    named("node/src/signer.rs", &["staking"], "asks what the chain knows of a home's key before it signs"),
    named(
        "node/src/upgrade.rs",
        &["upgrade"],
        "finds the program that a plan names, and says what is planned",
    ),
    named("testkit/src/accounts.rs", &["token"], "load is transfers"),
    named(
        "testkit/src/genesis.rs",
        &["governance", "staking", "token"],
        "funds accounts, and sets the parameters of a test",
    ),
    named("testkit/src/next.rs", &["upgrade"], "its rules ask whether their upgrade was applied"),
    named("testkit/src/solo.rs", &["token"], "funds accounts"),
];

/// The modules that a source file names outside its tests: by crate, or by a text that is the name.
pub fn names(text: &str, order: &[String]) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let lines: Vec<&str> = code.collect();
    let is_named = |module: &&String| {
        let (path, quoted) = (format!("chortle_{module}"), format!("\"{module}\""));
        let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        let by_crate = |line: &&str| line.split(&path).skip(1).any(ends);
        lines.iter().any(|line| line.contains(&quoted) || by_crate(line))
    };
    order.iter().filter(is_named).cloned().collect()
}

/// Files that name a module and are not in the list, and lines of the list that name what their file does not.
pub fn strangers(tree: &Tree, order: &[String]) -> Vec<String> {
    let inside = |path: &str| order.iter().any(|module| path.starts_with(&format!("{module}/")));
    let shipped = tree.rust_files().filter(|path| path.contains("/src/") && !inside(path));
    let mut found: Vec<String> =
        NAMED.iter().filter(|row| !tree.has(row.path)).map(|row| format!("{} is gone", row.path)).collect();
    for path in shipped.filter(|path| *path != "app/src/modules.rs") {
        let names = names(&tree.read(path), order);
        let listed = NAMED.iter().find(|row| row.path == path);
        let listed: BTreeSet<String> =
            listed.into_iter().flat_map(|row| row.modules).map(|module| (*module).to_owned()).collect();
        found.extend(names.difference(&listed).map(|module| format!("{path} names {module}")));
        found.extend(listed.difference(&names).map(|module| format!("{path} no longer names {module}")));
    }
    found
}
