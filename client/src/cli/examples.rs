//! Examples under the help of every command: those of messages and queries follow from their fields, the others stand
//! in one table. A test parses each of them.

use chortle_app::{MODULES, shows::Show, shows::Shows};
use chortle_kernel::{MessageKind, QueryKind};
use clap::Command;
use serde_json::Value;

use super::catalogue;
use crate::{
    flags::{self, Flag},
    schema::{self, Shape},
    time,
};

/// What is shown of each command that no list makes, and of messages whose flags alone do not say what they are for:
/// its path, and lines of its group `chortle`; after two spaces comes what it does.
const TABLE: &[(&str, &[&str])] = &[
    ("keys add", &["keys add alice", "keys add carol --kind ed25519"]),
    (
        "keys import",
        &[
            "keys import alice               asks for the words",
            "keys import bob --address lol1wzvhjux9rqfdcwspp37srdgwp5tac7wg5ue93y  a name for somebody else's account",
        ],
    ),
    ("keys list", &["keys list"]),
    ("keys show", &["keys show alice"]),
    ("keys export", &["keys export alice --words"]),
    ("keys delete", &["keys delete alice"]),
    ("keys change-password", &["keys change-password alice"]),
    ("keys add-dev", &["keys add-dev --count 5"]),
    ("balance", &["balance              of the sender", "balance alice"]),
    ("status", &["status", "status --node https://node.example --ca authority.pem"]),
    ("tx sign", &["tx sign tx.json --out tx.json", "tx sign tx.json --from alice --out by-alice.json"]),
    ("tx combine", &["tx combine by-alice.json by-carol.json --out tx.json"]),
    ("tx broadcast", &["tx broadcast tx.json"]),
    ("tx decode", &["tx decode tx.json"]),
    ("tx wait", &["tx wait 0x840609d2153936ff80efd660de8593dc4f0b9e0b933d11c4484275bb9ef1ae05 --timeout 2m"]),
    ("query tx", &["query tx 0x840609d2153936ff80efd660de8593dc4f0b9e0b933d11c4484275bb9ef1ae05"]),
    ("query block", &["query block latest", "query block 1200"]),
    (
        "account create",
        &[
            "account create --member alice --member bob --member carol=2 --threshold 3 --delay 1d --from alice",
            "account create --member alice --member bob --threshold 2 --limit 'alice=10LOL per 7d' --address",
        ],
    ),
    (
        "account show",
        &["account show team", "account show team 1    what proposal 1 says, and what comes next"],
    ),
    ("account list", &["account list", "account list alice"]),
    (
        "account propose",
        &[
            "account propose team token transfer --to bob --coin 5LOL --from alice",
            "account propose team --title 'Two gifts' token transfer --to bob --coin 1LOL then token transfer --to carol --coin 2LOL --from alice",
            "account propose team --messages messages.json --from alice",
        ],
    ),
    (
        "account change",
        &[
            "account change team --threshold 3 --from alice",
            "account change team --limit 'bob=5LOL per 1d' --from alice",
        ],
    ),
    ("account approve", &["account approve team 1 --from bob"]),
    ("account withdraw", &["account withdraw team 1 --from bob"]),
    ("account execute", &["account execute team 1 --from bob"]),
    ("account cancel", &["account cancel team 1 --from alice"]),
    ("account spend", &["account spend team bob 2.5LOL --from alice"]),
    ("account limits", &["account limits team"]),
    ("airdrop plan", &["airdrop plan list.csv --asset 'DOGE#17' --sponsor alice --ends-in 60d"]),
    ("airdrop open", &["airdrop open plan.json --from alice"]),
    ("airdrop claim", &["airdrop claim plan.json bob --airdrop 1 --from bob"]),
    (
        "gov template",
        &["gov template params app/params > proposal.toml", "gov template message staking.unjail"],
    ),
    ("gov validate", &["gov validate proposal.toml"]),
    (
        "gov submit",
        &[
            "gov submit proposal.toml --from alice --dry-run",
            "gov submit proposal.toml --from alice --deposit least",
        ],
    ),
    ("gov list", &["gov list", "gov list --stage voting", "gov list --by alice"]),
    ("gov show", &["gov show 7"]),
    ("gov deposit", &["gov deposit 7 50LOL --from alice", "gov deposit 7 missing --from alice"]),
    (
        "gov vote",
        &[
            "gov vote 7 yes --from alice",
            "gov vote 7 yes=60,no=40 --from alice",
            "gov vote 7 no --bring --from alice",
        ],
    ),
    ("gov tally", &["gov tally 7", "gov tally 7 --watch"]),
    (
        "gov delegate-vote",
        &["gov delegate-vote bob --from alice", "gov delegate-vote bob --class treasury --from alice"],
    ),
    ("gov undelegate-vote", &["gov undelegate-vote --from alice"]),
    ("gov execute", &["gov execute 7"]),
    ("gov cancel", &["gov cancel 7 --from alice"]),
    ("gov rules", &["gov rules"]),
    (
        "tx token announce-payment",
        &[
            "tx token announce-payment --asset 'DOGE#17' --payment-leg treasury --payment-to bob --payment-coin '10DOGE#17' --from alice",
            "tx token announce-payment --asset 'DOGE#17' --from alice    takes it back",
        ],
    ),
    (
        "tx multisig create",
        &[
            r#"tx multisig create --member '{"account":"lol1wzvhjux9rqfdcwspp37srdgwp5tac7wg5ue93y","weight":1}' --threshold 1 --from alice"#,
        ],
    ),
    (
        "tx multisig configure",
        &[
            r#"tx multisig configure --member '{"account":"lol1wzvhjux9rqfdcwspp37srdgwp5tac7wg5ue93y","weight":1}' --threshold 1 --from alice"#,
        ],
    ),
    (
        "tx multisig spend",
        &[
            "tx multisig spend --account lol1azqayeq0gnkyxxs9rq56tldhdwq6cshw76h06v --to bob --coin 5LOL --from alice",
        ],
    ),
    (
        "tx governance open-stream",
        &["tx governance open-stream --to bob --coin 120LOL --message-from 30d --until 90d --from alice"],
    ),
    (
        "tx grant give",
        &[
            "tx grant give --grantee bob --kind staking.claim_rewards --kind staking.delegate --cap 100LOL --from alice",
            "tx grant give --grantee bob --kind token.transfer --period-cap 5LOL --period-ms 1d --expires 90d --from alice",
        ],
    ),
    (
        "tx grant use-grant",
        &["tx grant use-grant --grant 1 --message 'token transfer --to carol --coin 1LOL' --from bob"],
    ),
    (
        "tx grant give-fees",
        &["tx grant give-fees --grantee bob --cap 1LOL --kind token.transfer --expires 30d --from alice"],
    ),
    (
        "tx schedule create",
        &[
            "tx schedule create --message 'token transfer --to bob --coin 5LOL' --at 30d --price-max 2 --from alice",
            "tx schedule create --message 'token transfer --to bob --coin 5LOL' --at 30d --every-ms 30d --times 12 --price-max 2 --from alice",
            "tx schedule create --message 'token burn --coin 1LOL' --at-height 90000 --price-max 2 --from alice",
        ],
    ),
    ("dev mine", &["dev mine", "dev mine 10"]),
    ("dev time", &["dev time 30d", "dev time 2030-01-31"]),
    ("dev snapshot", &["dev snapshot"]),
    ("dev revert", &["dev revert 1"]),
    ("dev mode", &["dev mode manual", "dev mode 500ms"]),
    ("watch account", &["watch account alice", "watch account alice --from-block 1 --output json"]),
    ("watch asset", &["watch asset 'DOGE#17'"]),
    ("watch validator", &["watch validator lol1wzvhjux9rqfdcwspp37srdgwp5tac7wg5ue93y"]),
    ("watch blocks", &["watch blocks", "watch blocks --after 1200.0 --count 10"]),
    ("config list", &["config list"]),
    ("config get", &["config get node"]),
    (
        "config set",
        &[
            "config set from alice",
            "config set network main",
            "config set networks.main.node https://node.example",
        ],
    ),
    ("config unset", &["config unset node", "config unset networks.main"]),
    (
        "config add-network",
        &["config add-network main https://node.example", "config add-network local http://127.0.0.1:1317"],
    ),
    (
        "completions",
        &[
            "completions bash > ~/.local/share/bash-completion/completions/chortle",
            "completions zsh > ~/.zfunc/_chortle",
        ],
    ),
    ("man", &["man ~/.local/share/man/man1"]),
    ("version", &["version"]),
];

/// Adds its examples to every command that has none below it.
pub fn attach(root: Command) -> Command {
    below(root, "")
}

fn below(mut command: Command, path: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    if names.is_empty() {
        return match of(path) {
            Some(lines) if command.get_after_help().is_none() => command.after_help(lines),
            _ => command,
        };
    }
    for name in names {
        let path = format!("{path} {name}").trim_start().to_owned();
        command = command.mut_subcommand(name, |inner| below(inner, &path));
    }
    command
}

/// The examples of a command, as its help has them.
fn of(path: &str) -> Option<String> {
    // A message that is built is the one that is sent, to the file.
    let built = path.strip_prefix("tx build ").map(|message| format!("tx {message}"));
    let shown = |line: &&str| match (&built, line.strip_prefix("tx ")) {
        (Some(_), Some(message)) => format!("tx build {message} --out tx.json"),
        _ => (*line).to_owned(),
    };
    let lines: Vec<String> = match TABLE.iter().find(|(of, _)| *of == built.as_deref().unwrap_or(path)) {
        Some((_, lines)) => lines.iter().map(shown).collect(),
        None => vec![made(path)?],
    };
    let title = if lines.len() == 1 { "Example" } else { "Examples" };
    Some(format!("{title}:\n  chortle {}", lines.join("\n  chortle ")))
}

/// An example of a message or a query.
fn made(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split(' ').collect();
    let (start, end) = match parts.as_slice() {
        ["tx", "build", ..] => ("tx build", " --from alice --out tx.json"),
        ["tx", ..] => ("tx", " --from alice"),
        _ => ("query", ""),
    };
    let (module, name) = match parts.as_slice() {
        [.., module, name] => (*module, name.replace('-', "_")),
        _ => return None,
    };
    let words = if start == "query" {
        let mut kinds = chortle_app::catalogue::queries(&MODULES);
        of_query(kinds.find(|(owner, kind)| *owner == module && kind.name == name)?.1)
    } else {
        of_message(MODULES.tags(module, &name)?.1)
    };
    Some(format!("{start} {module} {}{words}{end}", name.replace('_', "-")))
}

/// What stands behind the command: the flags that must, filled.
pub fn of_message(kind: &MessageKind) -> String {
    let shows = Shows::of_schema(kind.schema);
    let body = (kind.examples)().first().and_then(|bytes| Some((kind.decode)(bytes).ok()?.to_json()));
    let body = body.unwrap_or_default();
    let flags = catalogue::message_flags(kind, &shows);
    // A part whose fields may all be left away must be there all the same: its first field stands for it.
    let parts = schema::describe(kind.schema).1.into_iter().filter(|field| field.required);
    let first = |part: &str| flags.iter().position(|flag| flag.path.first().is_some_and(|name| name == part));
    let covered = |part: &str| {
        flags.iter().any(|flag| flag.required && flag.path.first().is_some_and(|name| name == part))
    };
    let bare: Vec<_> =
        parts.filter(|part| !covered(&part.name)).filter_map(|part| first(&part.name)).collect();
    let is_needed = |place: usize, flag: &Flag| flag.required || bare.contains(&place);
    let mut needed: Vec<&Flag> = flags
        .iter()
        .enumerate()
        .filter(|(place, flag)| is_needed(*place, flag))
        .map(|(_, flag)| flag)
        .collect();
    // Who names an asset alone would mostly ask for nothing, and so does what is as it is when left away.
    if needed.len() == 1 {
        let usual = |flag: &Flag| schema::default_of(kind.schema, flag.path.first()?);
        let said = |flag: &&Flag| {
            let found = body.pointer(&format!("/{}", flag.path.join("/")));
            found.is_some_and(|it| !it.is_null() && usual(flag).as_ref() != Some(it))
        };
        needed.extend(flags.iter().filter(|flag| !flag.required).find(said));
    }
    let value = |flag: &Flag| of_body(&body, flag).unwrap_or_else(|| sample(flag, &shows));
    needed.into_iter().map(|flag| format!(" --{} {}", flag.long, quoted(&value(flag)))).collect()
}

/// What an example of the message has there, where it can be written as it is.
fn of_body(body: &Value, flag: &Flag) -> Option<String> {
    let as_json = matches!(flag.shape, Shape::Object(_)) && !flags::is_pair(&flag.shape);
    if !as_json && !matches!(flag.shape, Shape::Text | Shape::Hex | Shape::Json | Shape::Integer) {
        return None;
    }
    let name = flag.path.last().map_or("", String::as_str);
    if name.ends_with("_unix_ms") || name.ends_with("_bps") {
        return None;
    }
    let found = body.pointer(&format!("/{}", flag.path.join("/")))?;
    match if flag.repeats { found.get(0)? } else { found } {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if name.ends_with("_ms") => number.as_u64().map(time::span),
        value @ (Value::Object(_) | Value::Array(_) | Value::Number(_)) => Some(value.to_string()),
        _ => None,
    }
}

fn of_query(kind: &QueryKind) -> String {
    let shows = Shows::of_schema(kind.args_schema);
    let mut flags = catalogue::query_flags(kind, &shows);
    flags.sort_by_key(|flag| catalogue::place_in_path(kind, &flag.long));
    let needed = flags.into_iter().filter_map(|flag| {
        let value = quoted(&sample(&flag, &shows));
        match catalogue::place_in_path(kind, &flag.long) {
            Some(_) => Some(format!(" {value}")),
            None => flag.required.then(|| format!(" --{} {value}", flag.long)),
        }
    });
    needed.collect()
}

/// A value that somebody could mean.
fn sample(flag: &Flag, shows: &Shows) -> String {
    let name = flag.path.last().map_or("", String::as_str);
    let path = flag.path.join(".") + if flag.repeats { "[]" } else { "" };
    let text = match &flag.shape {
        Shape::Address if ["from", "owner", "source"].contains(&name) => "carol",
        Shape::Address => "bob",
        Shape::Amount => match shows.of(&path) {
            Some(Show::Native) => "1.5LOL",
            _ => "1000",
        },
        Shape::Asset => "DOGE#17",
        Shape::Coin => "10DOGE#17",
        Shape::Boolean => "true",
        Shape::Schedule(_) => "over 90d",
        Shape::Choice(words) => words.first().map_or("", String::as_str),
        Shape::Object(fields) if fields.iter().any(|field| matches!(field.shape, Shape::Schedule(_))) => {
            "bob=10 over 90d"
        }
        Shape::Object(fields) if crate::flags::is_message(fields) => "token transfer --to bob --coin 5LOL",
        Shape::Object(_) => "bob=10",
        Shape::Integer => match name {
            "decimals" => "6",
            _ if name.ends_with("_bps") => "2.5%",
            _ if name.ends_with("_ms") => "30d",
            _ => "1",
        },
        Shape::Hex => match name {
            "root" | "key" | "hash" => return format!("0x{}", "42".repeat(32)),
            _ => "0x42",
        },
        Shape::Text => match name {
            "symbol" => "DOGE",
            "name" => "Doge",
            _ => "TEXT",
        },
        Shape::List(_) | Shape::Json => "{}",
    };
    text.to_owned()
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._/:=%+-,".contains(&byte);
    if text.bytes().all(plain) { text.to_owned() } else { format!("'{text}'") }
}
