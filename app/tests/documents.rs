//! Documents that are made from the lists, so that they cannot say anything else.
//!
//! `CHORTLE_BLESS=1 cargo test -p chortle-app --test documents` writes them anew.

#[path = "common/privileges.rs"]
mod privileges;

use std::fmt::Write;

use chortle_app::{MODULES, Row};
use chortle_governance::{Constitution, Params, types::Terms};
use chortle_kernel::{Authority, Bytes, Call, Class, MessageKind, Router, tx::RawMessage};
use privileges::PRIVILEGES;
use schemars::SchemaGenerator;

const HEAD: &str = "\
# Every message: who may send it, and what can pause it

Made from the lists of modules by `CHORTLE_BLESS=1 cargo test -p chortle-app --test documents`; a test holds it to them.
What *the signer* may send, a module may send for its own accounts and governance for its own. *Holders* are those of
the asset that the message names, by a proposal of theirs. A pause of an asset stops every message that moves its units,
whatever the message. Nothing pauses LOL.
";

fn sender(row: &Row, kind: &MessageKind) -> String {
    let sender = match kind.authority {
        Authority::Signer => "the signer",
        Authority::Governance | Authority::Community => "governance",
        Authority::Protocol => "the protocol",
    };
    let holders = if of_holders(row, kind) { "; holders" } else { "" };
    format!("{sender}{holders}")
}

/// An example of a kind, decoded.
fn example(row: &Row, kind: &MessageKind) -> Call {
    let body = Bytes::parse((kind.examples)().remove(0)).unwrap();
    MODULES.decode(&RawMessage { module: row.tag, tag: kind.tag, body }, 0).unwrap()
}

/// Whether holders of an asset may send it.
fn of_holders(row: &Row, kind: &MessageKind) -> bool {
    example(row, kind).message.community().is_some()
}

fn what_it_does(kind: &MessageKind) -> String {
    let schema = (kind.schema)(&mut SchemaGenerator::default()).to_value();
    let text = schema["description"].as_str().expect("a message has a description").replace('\n', " ");
    text.split_once(". ").map_or(text.clone(), |(first, _)| format!("{first}."))
}

fn row(out: &mut String, of: &Row, kind: &MessageKind) {
    let module = of.module;
    let pause = match kind.pausable {
        true => format!("`{0}`, `{0}.{1}`", module.name, kind.name),
        false => "nothing".to_owned(),
    };
    let (sender, does) = (sender(of, kind), what_it_does(kind));
    writeln!(out, "| `{}.{}` | {sender} | {pause} | {does} |", module.name, kind.name).unwrap();
}

fn messages() -> String {
    let mut out = HEAD.to_owned();
    for row_of_list in MODULES.rows().iter().filter(|row| !row.module.messages.is_empty()) {
        let module = row_of_list.module;
        writeln!(out, "\n## {}\n\n| message | who may send it | paused by | what it does |", module.name)
            .unwrap();
        writeln!(out, "| --- | --- | --- | --- |").unwrap();
        module.messages.iter().for_each(|kind| row(&mut out, row_of_list, kind));
    }
    out
}

const PRIVILEGES_HEAD: &str = "\
# Who can do what to others

Made from the lists by `CHORTLE_BLESS=1 cargo test -p chortle-app --test documents`; a test holds it to them, another
(`app/tests/examples.rs`) looks for a message that takes from another account, or changes a rule, without standing
here. What does not stand here an account does with things of its own. Delays are those of a fresh chain.

No key, human or of a module, moves another's funds or changes a rule at once, beyond what stands here: rules change by
votes alone, after their delay; what an asset's admin may do is chosen when the asset is created, and stands in its
safety report.
";

/// Delay and threshold of what has a class, on a fresh chain, and who can stop it.
fn terms(class: Class) -> (String, String, &'static str) {
    let terms = Terms::of(&[class], &Params::default(), &Constitution::default());
    let delay = match terms.delay_ms / (24 * 3_600 * 1_000) {
        0 => "none".to_owned(),
        days => format!("{days} days"),
    };
    let stopped_by = match class {
        Class::Rules | Class::Constitution => "voters",
        Class::Unpause | Class::Pause | Class::Text => {
            "voters; two thirds of all power have it done in the next block"
        }
        _ => "voters; then the council, while it waits",
    };
    let threshold = format!("more than {} %", terms.threshold_bps as f64 / 100.0);
    (delay, threshold, stopped_by)
}

fn class_word(class: Class) -> String {
    serde_json::to_value(class).unwrap().as_str().unwrap().to_owned()
}

/// Messages that governance alone sends, with what the examples of each weigh.
fn governed() -> Vec<(&'static Row, &'static MessageKind, Class)> {
    let rows = MODULES.rows().iter().flat_map(|row| row.module.messages.iter().map(move |kind| (row, kind)));
    rows.filter(|(_, kind)| matches!(kind.authority, Authority::Governance | Authority::Community))
        .map(|(row, kind)| (row, kind, example(row, kind).class))
        .collect()
}

/// Messages that the holders of an asset send, with what the examples of each weigh.
fn held() -> Vec<(&'static Row, &'static MessageKind, Class)> {
    let rows = MODULES.rows().iter().flat_map(|row| row.module.messages.iter().map(move |kind| (row, kind)));
    rows.filter(|(row, kind)| of_holders(row, kind))
        .map(|(row, kind)| (row, kind, example(row, kind).class))
        .collect()
}

fn privileges() -> String {
    let mut out = PRIVILEGES_HEAD.to_owned();
    let head = "who | message | what it does to others | when | who stops it, and what ends it";
    writeln!(out, "\n## Accounts\n\n| {head} |\n| --- | --- | --- | --- | --- |").unwrap();
    for privilege in PRIVILEGES {
        let messages: Vec<String> = privilege.messages.iter().map(|name| format!("`{name}`")).collect();
        let privileges::Privilege { who, does, when, stopped_by, .. } = privilege;
        writeln!(out, "| {who} | {} | {does} | {when} | {stopped_by} |", messages.join(", ")).unwrap();
    }
    writeln!(
        out,
        "| who writes genesis | | all of the state at height 0 | before the first block | whoever does not \
         start a node with that document: its hash names the chain |"
    )
    .unwrap();
    let head = "message | class | delay after the vote | yes votes | who stops it";
    writeln!(out, "\n## Governance\n\n`app.set_params` weighs what its set weighs: see below.\n").unwrap();
    writeln!(out, "| {head} |\n| --- | --- | --- | --- | --- |").unwrap();
    for (row, kind, class) in governed() {
        let ((delay, threshold, stopped_by), word) = (terms(class), class_word(class));
        let name = format!("{}.{}", row.module.name, kind.name);
        writeln!(out, "| `{name}` | {word} | {delay} | {threshold} | {stopped_by} |").unwrap();
    }
    writeln!(
        out,
        "\n## Communities\n\nWhat the holders of a token of the template `community` send by a proposal of theirs, for that \
         token alone, and\nunder the rules that its admin is under. Nothing else; neither the chain nor the council stops it.\n"
    )
    .unwrap();
    writeln!(out, "| message | class | delay after the vote | yes votes |\n| --- | --- | --- | --- |")
        .unwrap();
    for (row, kind, class) in held() {
        let ((delay, threshold, _), word) = (terms(class), class_word(class));
        writeln!(out, "| `{}.{}` | {word} | {delay} | {threshold} |", row.module.name, kind.name).unwrap();
    }
    writeln!(out, "\n## Parameters\n\n| set | class | delay after the vote | yes votes | who stops it |")
        .unwrap();
    writeln!(out, "| --- | --- | --- | --- | --- |").unwrap();
    for params in MODULES.modules().flat_map(|module| module.params) {
        let ((delay, threshold, stopped_by), word) = (terms(params.class), class_word(params.class));
        writeln!(out, "| `{}` | {word} | {delay} | {threshold} | {stopped_by} |", params.path).unwrap();
    }
    writeln!(
        out,
        "\n## Modules\n\nWhat the list of modules lets a module do beyond its own state and accounts.\n"
    )
    .unwrap();
    writeln!(
        out,
        "| module | changes the validator set | sends as governance | sends as an account that consented |"
    )
    .unwrap();
    writeln!(out, "| --- | --- | --- | --- |").unwrap();
    let said = |may: bool| if may { "yes" } else { "no" };
    for row in MODULES.rows() {
        let powers = row.powers;
        let [set, governance, accounts] = [powers.validators, powers.governance, powers.accounts].map(said);
        writeln!(out, "| `{}` | {set} | {governance} | {accounts} |", row.module.name).unwrap();
    }
    out
}

/// What governance does without a delay: pauses, and keeping the rules as they are.
const AT_ONCE: [&str; 3] = ["upgrade.cancel_upgrade", "governance.begin_pause", "governance.end_pause"];

#[test]
fn what_changes_a_rule_or_pays_waits_and_only_pauses_and_what_keeps_the_rules_do_not() {
    let delay_ms = |class| Terms::of(&[class], &Params::default(), &Constitution::default()).delay_ms;
    let named = |(row, kind, class): (&Row, &MessageKind, Class)| {
        (format!("{}.{}", row.module.name, kind.name), class)
    };
    let (waits, at_once): (Vec<_>, Vec<_>) =
        governed().into_iter().map(named).partition(|(_, class)| *class > Class::Pause);
    assert_eq!(at_once.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), AT_ONCE);
    for (name, class) in waits {
        assert!(delay_ms(class) >= Constitution::default().delay_min_ms, "{name}");
    }
    for params in MODULES.modules().flat_map(|module| module.params) {
        assert!(delay_ms(params.class) >= Constitution::default().delay_min_ms, "{}", params.path);
    }
}

#[test]
fn holders_send_what_is_about_their_token_and_only_after_a_delay() {
    let found: Vec<&str> = held()
        .iter()
        .map(|(row, kind, _)| (row.module.name, kind.name))
        .map(|(module, name)| {
            assert_eq!(module, "token");
            name
        })
        .collect();
    let own = [
        "renounce_admin",
        "seal",
        "lower_cap",
        "set_tax",
        "shorten_limits",
        "set_metadata",
        "spend_treasury",
        "distribute_treasury",
        "spend_liquidity",
    ];
    assert_eq!(found, own, "whatever joins them can be sent by a majority of holders");
    for (row, kind, class) in held() {
        let delay_ms = Terms::of(&[class], &Params::default(), &Constitution::default()).delay_ms;
        assert!(delay_ms >= Constitution::default().delay_min_ms, "{} {}", row.module.name, kind.name);
    }
}

#[test]
fn an_upgrade_waits_three_days_at_least_on_a_fresh_chain() {
    let of = |name: &str| governed().into_iter().find(|(_, kind, _)| kind.name == name).unwrap().2;
    let terms = Terms::of(&[of("schedule_upgrade")], &Params::default(), &Constitution::default());
    assert!(terms.delay_ms >= 3 * 24 * 3_600 * 1_000, "{} ms", terms.delay_ms);
}

#[test]
fn every_privilege_is_of_a_message_of_accounts() {
    for name in PRIVILEGES.iter().flat_map(|privilege| privilege.messages) {
        let (module, verb) = name.split_once('.').unwrap();
        let (_, kind) = MODULES.tags(module, verb).unwrap_or_else(|| panic!("there is no {name}"));
        assert_eq!(kind.authority, Authority::Signer, "{name}");
    }
}

#[test]
fn the_page_of_messages_is_that_of_the_lists() {
    page("messages", &messages());
}

#[test]
fn the_page_of_privileges_is_that_of_the_lists() {
    page("privileges", &privileges());
}

fn page(name: &str, found: &str) {
    let path = format!("{}/../docs/{name}.md", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/{name}.md is not that of the lists: bless it");
}
