//! The command line: one tree for parsing, help and completions, and one function that runs what was parsed.

mod account;
mod airdrop;
mod card;
mod catalogue;
mod config;
mod dev;
mod examples;
mod gov;
mod input;
mod keys;
mod man;
mod offline;
mod options;
mod output;
mod profile;
mod send;
mod session;
mod table;
mod tree;
mod turn;
mod watch;

use std::{ffi::OsString, path::PathBuf, process::ExitCode, time::Duration};

use clap::{
    ArgMatches, Command, FromArgMatches,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};
use serde_json::json;

use self::{
    options::{Building, Common, Envelope, Sending},
    output::Format,
    session::Session,
};
use crate::{
    Class, Error, Result,
    amount::{self, Assets, Offline},
    build,
    file::unhex,
};

pub use self::options::{common_options, transaction_options};
pub use self::tree::root;

/// Runs the command line, and answers its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let matches = match root().try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => return unparsed(&args, error),
    };
    // Before the settings are known, an error can only go by what was asked for on the command line.
    let asked = matches.get_one::<Format>("output").copied();
    match run_matches(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(asked.unwrap_or_else(error_format), &error);
            ExitCode::from(error.class.exit_code())
        }
    }
}

/// Errors are sentences on a terminal, and as the results are elsewhere.
fn error_format() -> Format {
    use std::io::IsTerminal;
    if std::io::stderr().is_terminal() { Format::Table } else { Format::fitting() }
}

fn unparsed(args: &[OsString], mut error: clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return match output::raw(&error.render().to_string()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => ExitCode::from(error.class.exit_code()),
        };
    }
    if error.get(ContextKind::Usage).is_some() {
        // The parser's own line lists every option that is set, by the environment as well.
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage_of(args)));
    }
    let shown = error.render();
    let json = args.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
        || args.iter().any(|arg| arg == "--output=json");
    if json {
        let text = shown.to_string();
        let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        output::error(Format::Json, &Error::usage(sentence).hint(format!("see: {} --help", meant(args))));
    } else {
        output::note(shown.to_string().trim_end());
    }
    ExitCode::from(Class::Usage.exit_code())
}

/// The command that was meant, as far as there is one.
fn meant(args: &[OsString]) -> String {
    let mut path = "chortle".to_owned();
    let whole = root();
    let mut at = &whole;
    for arg in args.iter().skip(1).map(|arg| arg.to_string_lossy()) {
        if let Some(inner) = at.find_subcommand(arg.as_ref()) {
            path = format!("{path} {}", inner.get_name());
            at = inner;
        }
    }
    path
}

/// The usage of the command that was meant.
fn usage_of(args: &[OsString]) -> StyledStr {
    fn of(command: &mut Command, meant: Option<&ArgMatches>) -> StyledStr {
        match meant.and_then(ArgMatches::subcommand) {
            Some((name, inner)) if command.find_subcommand(name).is_some() => {
                command.find_subcommand_mut(name).map_or_else(StyledStr::new, |found| of(found, Some(inner)))
            }
            _ => command.render_usage(),
        }
    }
    let meant = root().ignore_errors(true).try_get_matches_from(args).ok();
    let mut root = root();
    root.build();
    of(&mut root, meant.as_ref())
}

fn parsed<T: FromArgMatches>(matches: &ArgMatches) -> Result<T> {
    T::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))
}

fn run_matches(matches: &ArgMatches) -> Result<()> {
    let Some((name, inner)) = matches.subcommand() else {
        return Err(Error::usage("say what to do").hint("see: chortle --help"));
    };
    match name {
        "completions" => return completions(inner),
        "man" => {
            let folder = inner.get_one::<PathBuf>("folder").cloned().unwrap_or_default();
            return man::write(&folder, asked_format(matches));
        }
        "version" => {
            let version = json!({ "name": "chortle", "version": env!("CARGO_PKG_VERSION") });
            return output::result(asked_format(matches), &version);
        }
        _ => {}
    }
    // Global options may stand behind the subcommand; the innermost matches have them all.
    let common = parsed::<Common>(innermost(matches))?;
    if name == "account" {
        return shared_account(common, &parsed(inner)?);
    }
    let session = Session::open(common)?;
    match name {
        "keys" => keys::run(&session, parsed(inner)?),
        "airdrop" => airdrop::run(&session, &parsed(inner)?),
        "gov" => gov::run(&session, &parsed(inner)?),
        "dev" => dev::run(&session, &parsed(inner)?),
        "watch" => watch::run(&session, &parsed(inner)?),
        "tx" => transaction(&session, inner),
        "query" => query(&session, inner),
        "send" => quick_send(&session, inner),
        "balance" => balance(&session, inner),
        "status" => output::result(session.format, &session.rest()?.get(&["status"], &[])?),
        "config" => config::run(&session, inner.subcommand().map(|_| parsed(inner)).transpose()?.as_ref()),
        other => Err(Error::usage(format!("there is no command '{other}'"))),
    }
}

/// Behind the words of a message stand options of the whole command, too.
fn shared_account(common: Common, command: &account::Command) -> Result<()> {
    let whole = root();
    let common = match command.common(&whole)? {
        Some(behind) => behind.or(common),
        None => common,
    };
    account::run(&Session::open(common)?, command, &whole)
}

/// How results are written where no profile is read.
fn asked_format(matches: &ArgMatches) -> Format {
    innermost(matches).get_one::<Format>("output").copied().unwrap_or_else(Format::fitting)
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| innermost(inner))
}

fn transaction(session: &Session, matches: &ArgMatches) -> Result<()> {
    let Some((name, inner)) = matches.subcommand() else {
        return Err(Error::usage("say what to do").hint("see: chortle tx --help"));
    };
    let file = |id: &str| inner.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    match name {
        "build" => build_file(session, inner),
        "sign" => offline::sign(session, &parsed(inner)?),
        "combine" => offline::combine(session, &parsed(inner)?),
        "broadcast" => offline::broadcast(session, &file("file"), &parsed::<Sending>(inner)?),
        "decode" => offline::decode(session, &text(inner, "what")),
        "wait" => {
            let timeout = inner.get_one::<Duration>("timeout").copied().unwrap_or_default();
            send::wait_for(session, &hash(&text(inner, "hash"))?, timeout)
        }
        module => {
            let (message, matches) = subcommand(inner)?;
            let message =
                catalogue::message(session, &send::Known(session), module, message, matches, false)?;
            let (envelope, caution, sending) = (parsed(matches)?, parsed(matches)?, parsed(matches)?);
            send::send(session, &envelope, &caution, &sending, vec![message])
        }
    }
}

fn build_file(session: &Session, matches: &ArgMatches) -> Result<()> {
    if let Some(path) = matches.get_one::<PathBuf>("messages") {
        let (envelope, building) = (parsed::<Envelope>(matches)?, parsed::<Building>(matches)?);
        return offline::build_file(session, &envelope, &building, offline::listed_messages(path)?);
    }
    let (module, inner) = subcommand(matches)?;
    let (name, matches) = subcommand(inner)?;
    let (envelope, building) = (parsed::<Envelope>(matches)?, parsed::<Building>(matches)?);
    let known = send::Known(session);
    let assets: &dyn Assets = if building.offline { &Offline } else { &known };
    let message = catalogue::message(session, assets, module, name, matches, building.offline)?;
    offline::build_file(session, &envelope, &building, vec![message])
}

fn subcommand(matches: &ArgMatches) -> Result<(&str, &ArgMatches)> {
    matches.subcommand().ok_or_else(|| Error::usage("say which message").hint("see: chortle tx --help"))
}

fn query(session: &Session, matches: &ArgMatches) -> Result<()> {
    let Some((name, inner)) = matches.subcommand() else {
        return Err(Error::usage("say what to read").hint("see: chortle query --help"));
    };
    match name {
        "tx" => {
            let (_, standing) = session.rest()?.tx(&hash(&text(inner, "hash"))?)?;
            send::show_whole(session, &standing)
        }
        "block" => {
            let height = text(inner, "height");
            output::result(session.format, &session.rest()?.get(&["blocks", &height], &[])?)
        }
        module => {
            let (query, matches) = subcommand(inner)?;
            let answer = catalogue::query(session, module, query, matches)?;
            match card::of(module, query, &answer).filter(|_| session.format == Format::Table) {
                Some(card) => output::card(&card),
                None => output::result(session.format, &answer),
            }
        }
    }
}

fn quick_send(session: &Session, matches: &ArgMatches) -> Result<()> {
    let to = session.store.resolve(&text(matches, "to"))?;
    let coin = amount::parse_coin(&text(matches, "coin"), &send::Known(session))?;
    let message = build::message("token", "transfer", json!({ "to": to, "coin": coin }))?;
    let (envelope, caution, sending) = (parsed(matches)?, parsed(matches)?, parsed(matches)?);
    send::send(session, &envelope, &caution, &sending, vec![message])
}

fn balance(session: &Session, matches: &ArgMatches) -> Result<()> {
    let who = session.sender(matches.get_one::<String>("who").map(String::as_str))?;
    let page = session.rest()?.get(&["accounts", &who.to_string(), "balances"], &[])?;
    output::result(session.format, &page)
}

fn completions(matches: &ArgMatches) -> Result<()> {
    let shell = matches.get_one::<clap_complete::Shell>("shell").copied();
    let shell = shell.ok_or_else(|| Error::usage("say for which shell"))?;
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut root(), "chortle", &mut text);
    output::raw(&String::from_utf8_lossy(&text))
}

fn text(matches: &ArgMatches, id: &str) -> String {
    matches.get_one::<String>(id).cloned().unwrap_or_default()
}

fn hash(text: &str) -> Result<[u8; 32]> {
    let bytes = unhex(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.ok_or_else(|| {
        Error::usage(format!("'{text}' is not a transaction's hash: 64 hexadecimal digits"))
            .hint("copy it whole; an account's are shown by: chortle watch account WHO --from-block 1")
    })
}
