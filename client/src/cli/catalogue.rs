//! Commands made of the catalogue of messages and queries: a new one is a command without a line here.

use std::path::Path;

use chortle_app::{MODULES, shows::Shows};
use chortle_kernel::{AssetId, MessageKind, QueryKind, tx::RawMessage};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use serde_json::Value;

use super::{input::read_text, options::Belief, send::Known, session::Session};
use crate::{
    Error, Result,
    amount::Assets,
    build,
    flags::{self, Flag},
    schema::{self, Shape},
    values::{self, Resolver},
    verify::{self, Anchor},
};

/// The commands of every message, under their modules; `options` adds what they all take.
pub fn message_commands(parent: Command, options: impl Fn(Command) -> Command) -> Command {
    MODULES.modules().fold(parent, |parent, module| {
        let empty = Command::new(module.name)
            .about(format!("Messages of the module {}", module.name))
            .subcommand_required(true)
            .arg_required_else_help(true);
        let command = module
            .messages
            .iter()
            .fold(empty, |command, kind| command.subcommand(message_command(kind, &options)));
        parent.subcommand(command)
    })
}

fn message_command(kind: &MessageKind, options: impl Fn(Command) -> Command) -> Command {
    let (help, _) = schema::describe(kind.schema);
    let empty = Command::new(kind.name.replace('_', "-"))
        .about(first_sentence(&help))
        .long_about(help)
        .next_help_heading("Message");
    let command = message_flags(kind, &Shows::of_schema(kind.schema))
        .iter()
        .fold(empty, |command, flag| command.arg(flag_arg(flag)));
    let json = Arg::new(JSON).long(JSON).value_name("FILE").help(
        "Read the message's body as JSON, amounts in base units, from a file or - instead of the flags",
    );
    options(command.arg(json))
}

const JSON: &str = "json";

/// The flags of a message, as `options` leave them room.
pub fn message_flags(kind: &MessageKind, shows: &Shows) -> Vec<Flag> {
    flags::flags(&schema::describe(kind.schema).1, shows, &taken())
}

/// The flags of a query's arguments.
pub fn query_flags(kind: &QueryKind, shows: &Shows) -> Vec<Flag> {
    flags::flags(&schema::describe(kind.args_schema).1, shows, &[])
}

/// Names that mean something else on every command of a transaction.
fn taken() -> Vec<String> {
    let mut all = super::options::transaction_options(super::options::common_options(Command::new("all")));
    all.build();
    let longs = all.get_arguments().filter_map(Arg::get_long);
    longs.map(str::to_owned).chain([JSON.to_owned()]).collect()
}

fn flag_id(flag: &Flag) -> String {
    format!("field.{}", flag.path.join("."))
}

fn flag_arg(flag: &Flag) -> Arg {
    let mut arg = Arg::new(flag_id(flag))
        .long(flag.long.clone())
        .help(flag.help.clone())
        .value_name(flags::value_name(&flag.shape));
    if let Some(alias) = &flag.alias {
        arg = arg.alias(alias.clone());
    }
    if let Shape::Choice(words) = &flag.shape {
        arg = arg.value_parser(clap::builder::PossibleValuesParser::new(words.clone()));
    }
    if flag.required {
        arg = arg.required_unless_present(JSON);
    }
    arg = arg.conflicts_with(JSON);
    if flag.repeats { arg.action(ArgAction::Append) } else { arg }
}

fn first_sentence(text: &str) -> String {
    let end = text.find(". ").unwrap_or(text.len());
    text.get(..end).unwrap_or(text).trim_end_matches('.').to_owned()
}

/// Of what an amount is whose asset the message does not name: the chain knows it.
pub fn base(session: &Session, module: &str, name: &str, body: &Value) -> Result<AssetId> {
    let id = |value: &Value| value.as_str().and_then(|text| text.parse::<AssetId>().ok());
    let unknown = || Error::usage(format!("the node does not say of which asset {module} {name} is"));
    match (module, name) {
        ("token", "distribute") => {
            let asset = body.get("asset").and_then(Value::as_str).unwrap_or_default();
            let shown = session.rest()?.get(&["tokens", asset], &[])?;
            match shown["rules"]["payout"].as_str() {
                Some("native") => Ok(AssetId::NATIVE),
                Some("own") => id(&body["asset"]).ok_or_else(unknown),
                _ => Err(Error::usage(format!("asset {asset} pays its holders nothing"))),
            }
        }
        ("airdrop", "claim_airdrop") => {
            let airdrop = body.get("airdrop").map(ToString::to_string).unwrap_or_default();
            let shown = session.rest()?.get(&["airdrops", &airdrop], &[])?;
            id(&shown["asset"]).ok_or_else(unknown)
        }
        _ => Err(Error::usage("the message does not say of which asset this amount is")
            .hint("give its body in base units with --json")),
    }
}

/// The message that the command line asks for.
pub fn message(
    session: &Session,
    assets: &dyn Assets,
    module: &str,
    name: &str,
    matches: &ArgMatches,
    offline: bool,
) -> Result<RawMessage> {
    let name = name.replace('-', "_");
    let unknown = || Error::usage(format!("there is no message {module} {name}"));
    let (_, kind) = MODULES.tags(module, &name).ok_or_else(unknown)?;
    let body = match matches.get_one::<String>(JSON) {
        Some(file) => serde_json::from_str(&read_text(Path::new(file))?)
            .map_err(|error| Error::usage(format!("{file} is not JSON: {error}")))?,
        None => {
            let given = |flag: &Flag| {
                let texts = matches.get_many::<String>(&flag_id(flag));
                texts.into_iter().flatten().cloned().collect()
            };
            let address = |text: &str| session.store.resolve(text);
            let base = |body: &Value| base(session, module, &name, body);
            let shows = Shows::of_schema(kind.schema);
            let now_unix_ms = || session.now_unix_ms(offline);
            let resolver =
                Resolver { address: &address, assets, shows: &shows, base: &base, now_unix_ms: &now_unix_ms };
            values::body(&message_flags(kind, &shows), &given, &resolver)?
        }
    };
    build::message(module, &name, body)
}

/// The commands of every query, under their modules.
pub fn query_commands(parent: Command) -> Command {
    let mut names: Vec<&str> = Vec::new();
    for (module, _) in chortle_app::catalogue::queries(&chortle_app::MODULES) {
        if !names.contains(&module) {
            names.push(module);
        }
    }
    names.into_iter().fold(parent, |parent, module| {
        let empty = Command::new(module)
            .about(format!("Reads of the module {module}"))
            .subcommand_required(true)
            .arg_required_else_help(true);
        let of_module =
            chortle_app::catalogue::queries(&chortle_app::MODULES).filter(|(owner, _)| *owner == module);
        parent.subcommand(of_module.fold(empty, |command, (_, kind)| command.subcommand(query_command(kind))))
    })
}

fn query_command(kind: &QueryKind) -> Command {
    let (help, _) = schema::describe(kind.args_schema);
    let empty = Command::new(kind.name.replace('_', "-")).about(first_sentence(&help)).long_about(help);
    let mut all = query_flags(kind, &Shows::of_schema(kind.args_schema));
    // What stands in the path comes without a flag, in the order of the path.
    all.sort_by_key(|flag| place_in_path(kind, &flag.long));
    let command = all.iter().fold(empty, |command, flag| {
        let mut arg =
            Arg::new(flag_id(flag)).help(flag.help.clone()).value_name(flags::value_name(&flag.shape));
        if in_path(kind, &flag.long) {
            arg = arg.required(true);
        } else {
            arg = arg.long(flag.long.clone()).required(flag.required);
            if flag.repeats {
                arg = arg.action(ArgAction::Append);
            }
        }
        command.arg(arg)
    });
    let command = command.arg(
        Arg::new("height")
            .long("height")
            .value_name("HEIGHT")
            .help("Read the state as it was after this block")
            .value_parser(clap::value_parser!(u64)),
    );
    super::options::read_options(command)
}

fn in_path(kind: &QueryKind, name: &str) -> bool {
    place_in_path(kind, name).is_some()
}

pub fn place_in_path(kind: &QueryKind, name: &str) -> Option<usize> {
    kind.path.split('/').position(|part| part == format!("{{{}}}", name.replace('-', "_")))
}

/// Runs the query that the command line asks for.
pub fn query(session: &Session, module: &str, name: &str, matches: &ArgMatches) -> Result<Value> {
    let name = name.replace('-', "_");
    let found = chortle_app::catalogue::queries(&chortle_app::MODULES)
        .find(|(owner, kind)| *owner == module && kind.name == name);
    let (_, kind) = found.ok_or_else(|| Error::usage(format!("there is no query {module} {name}")))?;
    let shows = Shows::of_schema(kind.args_schema);
    let address = |text: &str| session.store.resolve(text);
    let base = |body: &Value| base(session, module, &name, body);
    let now_unix_ms = || session.now_unix_ms(false);
    let resolver = Resolver {
        address: &address,
        assets: &Known(session),
        shows: &shows,
        base: &base,
        now_unix_ms: &now_unix_ms,
    };
    let given = |flag: &Flag| {
        let texts = matches.get_many::<String>(&flag_id(flag));
        texts.into_iter().flatten().cloned().collect()
    };
    let args = values::body(&query_flags(kind, &shows), &given, &resolver)?;
    let one = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = |value: &Value| match value.as_array() {
        Some(items) => items.iter().map(one).collect::<Vec<_>>().join(","),
        None => one(value),
    };
    let mut path: Vec<String> = Vec::new();
    for part in kind.path.split('/') {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(field) => path.push(args.get(field).map(text).unwrap_or_default()),
            None => path.push(part.to_owned()),
        }
    }
    let beside = args.as_object().into_iter().flatten().filter(|(name, _)| !in_path(kind, name));
    let mut pairs: Vec<(String, String)> = beside.map(|(name, value)| (name.clone(), text(value))).collect();
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let height = matches.get_one::<u64>("height").copied();
    let belief = Belief::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))?;
    if belief.verify {
        return verified(session, &belief, kind, (args, &parts, &pairs), height);
    }
    pairs.extend(height.map(|height| ("height".to_owned(), height.to_string())));
    session.rest()?.get(&parts, &pairs).map_err(|error| match error.is_not_found() {
        true => {
            error.hint(format!("see what there is: chortle query {module} --help; or name another --height"))
        }
        false => error,
    })
}

/// The same, believed by proof alone. What was proven is said beside the answer.
fn verified(
    session: &Session,
    belief: &Belief,
    kind: &QueryKind,
    asked: (Value, &[&str], &[(String, String)]),
    height: Option<u64>,
) -> Result<Value> {
    let rest = session.rest()?;
    let anchor = match (&belief.trust, &belief.genesis) {
        (Some(header), _) => Anchor::of_header(header)?,
        (None, Some(genesis)) => Anchor::of_genesis(rest, genesis)?,
        (None, None) => verify::saved(&session.home, &rest.status()?.chain_id)?,
    };
    let proven = verify::query(rest, &anchor, kind, asked, height)?;
    verify::save(&session.home, &proven.chain_id, &proven.trusted)?;
    let (values, height, trusted) = (proven.values, proven.height, &proven.trusted);
    super::output::note(&format!(
        "verified: {values} values of height {height} of chain {}, under the header {}:{}, signed by its validators",
        proven.chain_id, trusted.height, trusted.hash
    ));
    Ok(proven.answer)
}
