//! What is to be sent, in the words of `chortle tx`: the same parser reads them, so every message that there is can
//! be proposed as it is sent.

use std::path::Path;

use chortle_app::MODULES;
use chortle_kernel::tx::RawMessage;
use clap::{ArgMatches, Command, error::ErrorKind, parser::ValueSource};

use crate::{
    Error, Result,
    cli::{catalogue, innermost, offline, options::Common, parsed, send::Known, session::Session},
};

/// Stands between two messages.
pub const THEN: &str = "then";

/// Messages as they were written.
pub struct Words(Vec<ArgMatches>);

impl Words {
    /// Reads the words behind an account, by the whole command line.
    pub fn read(words: &[String], whole: &Command) -> Result<Self> {
        let parts = words.split(|word| word == THEN);
        parts.map(|words| read_one(words, whole)).collect::<Result<_>>().map(Self)
    }

    /// Options that stand behind the last message: who sends, and how.
    pub fn last(&self) -> Option<&ArgMatches> {
        self.0.last().map(innermost)
    }

    /// What they say of home, node and output; what the environment says stands beside the command already.
    pub fn common(&self) -> Result<Option<Common>> {
        let Some(last) = self.last() else { return Ok(None) };
        let said = |id: &str| last.value_source(id) == Some(ValueSource::CommandLine);
        let all: Common = parsed(last)?;
        Ok(Some(Common {
            home: all.home.filter(|_| said("home")),
            node: all.node.filter(|_| said("node")),
            network: all.network.filter(|_| said("network")),
            ca: all.ca.filter(|_| said("ca")),
            output: all.output,
            password_file: all.password_file.filter(|_| said("password_file")),
            password_stdin: all.password_stdin,
        }))
    }

    /// The messages.
    pub fn messages(&self, session: &Session) -> Result<Vec<RawMessage>> {
        self.0.iter().map(|matches| message(session, matches)).collect()
    }
}

fn read_one(words: &[String], whole: &Command) -> Result<ArgMatches> {
    let module = words.first().map_or("", String::as_str);
    if !MODULES.modules().any(|known| known.name == module) {
        let sentence = format!("'{module}' is no module: behind the account stand the words of a message");
        return Err(Error::usage(sentence)
            .hint("such as: token transfer --to bob --coin 5LOL; see: chortle tx --help"));
    }
    let line = ["chortle", "tx"].into_iter().chain(words.iter().map(String::as_str));
    whole.clone().try_get_matches_from(line).map_err(|error| {
        let (text, verb) = (error.render().to_string(), words.get(1).map_or("", String::as_str));
        let see = format!("see: chortle tx {module} {verb} --help");
        match error.kind() {
            ErrorKind::DisplayHelp => Error::usage("help stands with the message itself").hint(see),
            _ => {
                let lines: Vec<&str> =
                    text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
                Error::usage(lines.join(" ").trim_start_matches("error: ").to_owned()).hint(see)
            }
        }
    })
}

fn message(session: &Session, matches: &ArgMatches) -> Result<RawMessage> {
    let missing = || Error::usage("say which message").hint("see: chortle tx --help");
    let below =
        |matches: &ArgMatches| matches.subcommand().map(|(name, inner)| (name.to_owned(), inner.clone()));
    let (_, tx) = below(matches).ok_or_else(missing)?;
    let (module, inner) = below(&tx).ok_or_else(missing)?;
    let (name, leaf) = below(&inner).ok_or_else(missing)?;
    catalogue::message(session, &Known(session), &module, &name, &leaf, false)
}

/// The messages of a file, as `chortle tx build --messages` takes them.
pub fn of_file(path: &Path) -> Result<Vec<RawMessage>> {
    offline::listed_messages(path)
}
