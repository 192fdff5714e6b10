//! `chortle keys …`.

use std::{
    io::{self, BufRead, IsTerminal},
    path::PathBuf,
};

use chortle_kernel::Address;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{output, session::Session};
use crate::{
    Code, Error, Result,
    file::unhex,
    keys::{HdPath, KeyFile, KeyKind, Opened, Secret, Words, password, store},
};

/// What a dev chain's accounts derive from; the whole world knows these words.
const DEV_WORDS: &str = "test test test test test test test test test test test junk";

/// Make and keep keys
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Make a new key from 24 fresh words
    Add {
        /// Name of the key
        name: String,
        #[command(flatten)]
        derivation: Derivation,
    },
    /// Add a key from its words or bytes, read from standard input or asked for; or just an address
    Import {
        /// Name of the key
        name: String,
        /// Read 32 bytes in hexadecimal instead of words
        #[arg(long, conflicts_with = "address")]
        private_key: bool,
        /// Keep an address without a key, to use its name
        #[arg(long, value_name = "ADDRESS")]
        address: Option<Address>,
        #[command(flatten)]
        derivation: Derivation,
    },
    /// List the keys; needs no password
    List,
    /// Show a key; needs no password
    Show {
        /// Name of the key
        name: String,
    },
    /// Write a key's secret on standard output
    #[command(group(clap::ArgGroup::new("what").required(true).args(["words", "private_key"])))]
    Export {
        /// Name of the key
        name: String,
        /// The words that it was derived from
        #[arg(long)]
        words: bool,
        /// The 32 bytes in hexadecimal
        #[arg(long)]
        private_key: bool,
    },
    /// Delete a key for ever
    Delete {
        /// Name of the key
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Encrypt a key under another password
    ChangePassword {
        /// Name of the key
        name: String,
        /// Read the new password from the first line of a file
        #[arg(long, value_name = "FILE")]
        new_password_file: Option<PathBuf>,
    },
    /// Add the well-known keys of a dev chain as dev0, dev1, …; the whole world has them
    AddDev {
        /// How many: the first ten are funded, those after them run the validators of a local network
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=14))]
        count: u32,
    },
}

/// Which key below the words.
#[derive(Args, Clone, Debug)]
pub struct Derivation {
    /// What it signs with
    #[arg(long, value_enum, default_value_t)]
    kind: KeyKind,
    /// Which key of the words, counted from 0
    #[arg(long, default_value_t = 0, conflicts_with = "hd_path")]
    index: u32,
    /// Another path, such as m/44'/118'/0'/0/0
    #[arg(long, value_name = "PATH")]
    hd_path: Option<HdPath>,
}

impl Derivation {
    fn path(&self) -> HdPath {
        self.hd_path.clone().unwrap_or_else(|| HdPath::standard(self.kind, self.index))
    }
}

/// Runs one of them.
pub fn run(session: &Session, command: Command) -> Result<()> {
    match command {
        Command::Add { name, derivation } => add(session, &name, &derivation),
        Command::Import { name, private_key, address, derivation } => {
            import(session, &name, private_key, address, &derivation)
        }
        Command::List => {
            let keys: Vec<Value> = session.store.list()?.iter().map(short).collect();
            if keys.is_empty() {
                output::note("no keys yet; make one with: chortle keys add NAME");
            }
            output::result(session.format, &Value::Array(keys))
        }
        Command::Show { name } => output::result(session.format, &shown(&session.store.load(&name)?)),
        Command::Export { name, words, .. } => export(session, &name, words),
        Command::Delete { name, yes } => delete(session, &name, yes),
        Command::ChangePassword { name, new_password_file } => {
            let file = session.store.load(&name)?;
            let opened = session.unlock(&file)?;
            let password = password::changed_password(new_password_file.as_deref())?;
            let file = KeyFile::seal(&name, &opened, file.hd_path, &password)?;
            session.store.replace(&file)?;
            output::result(session.format, &shown(&file))
        }
        Command::AddDev { count } => add_dev(session, count),
    }
}

fn ensure_free(session: &Session, name: &str) -> Result<()> {
    store::parse_name(name)?;
    if session.store.has(name)? {
        return Err(Error::config(Code::NameTaken, format!("there is a key '{name}' already"))
            .hint("choose another name, or delete the old key first: chortle keys delete NAME"));
    }
    Ok(())
}

fn add(session: &Session, name: &str, derivation: &Derivation) -> Result<()> {
    ensure_free(session, name)?;
    let path = derivation.path();
    let words = Words::generate()?;
    let secret = words.derive(derivation.kind, &path, "")?;
    let opened = Opened { secret, words: Some(words) };
    let file = KeyFile::seal(name, &opened, Some(path.to_string()), session.asker.new_password()?)?;
    session.store.add(&file)?;
    // Words in a pipe end up in logs; they are in the encrypted file, and can be asked for.
    output::note(&format!("Write down the words that restore this key: chortle keys export {name} --words"));
    output::result(session.format, &shown(&file))
}

fn import(
    session: &Session,
    name: &str,
    private_key: bool,
    address: Option<Address>,
    derivation: &Derivation,
) -> Result<()> {
    ensure_free(session, name)?;
    if let Some(address) = address {
        let file = KeyFile::watch(name, address)?;
        session.store.add(&file)?;
        return output::result(session.format, &shown(&file));
    }
    // With --password-stdin the password is the first line, the secret the second.
    let password = session.asker.new_password()?;
    let text = read_secret(if private_key { "Private key in hexadecimal: " } else { "Words: " })?;
    let (opened, path) = if private_key {
        let bytes = Zeroizing::new(unhex(&text).map_err(|_| {
            Error::usage("a private key is 64 hexadecimal digits").hint("give words without --private-key")
        })?);
        (Opened { secret: Secret::parse(derivation.kind, &bytes)?, words: None }, None)
    } else {
        let (words, path) = (Words::parse(&text)?, derivation.path());
        let secret = words.derive(derivation.kind, &path, "")?;
        (Opened { secret, words: Some(words) }, Some(path.to_string()))
    };
    let file = KeyFile::seal(name, &opened, path, password)?;
    session.store.add(&file)?;
    output::result(session.format, &shown(&file))
}

fn read_secret(prompt: &str) -> Result<Zeroizing<String>> {
    let failed = |error: io::Error| Error::config(Code::NoSecret, format!("cannot read the secret: {error}"));
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(failed);
    }
    let mut line = Zeroizing::new(String::with_capacity(512));
    io::stdin().lock().read_line(&mut line).map_err(failed)?;
    Ok(line)
}

fn export(session: &Session, name: &str, words: bool) -> Result<()> {
    let opened = session.unlock(&session.store.load(name)?)?;
    if !words {
        let text = Zeroizing::new(format!("0x{}\n", hex::encode(opened.secret.bytes())));
        return output::raw(&text);
    }
    let words = opened.words.ok_or_else(|| {
        Error::config(Code::NoWords, format!("'{name}' was imported without words"))
            .hint("export its bytes with --private-key")
    })?;
    output::raw(&Zeroizing::new(format!("{}\n", *words.phrase())))
}

fn delete(session: &Session, name: &str, yes: bool) -> Result<()> {
    let file = session.store.load(name)?;
    if !yes {
        if !io::stdin().is_terminal() {
            return Err(Error::usage("deleting a key is for ever").hint("add --yes if you mean it"));
        }
        let question = format!("Delete '{name}' ({})? Type its name: ", file.address);
        if output::ask(&question)? != name {
            return Err(Error::usage("that is not its name; nothing was deleted"));
        }
    }
    session.store.delete(name)?;
    output::result(session.format, &json!({ "deleted": name, "address": file.address }))
}

fn add_dev(session: &Session, count: u32) -> Result<()> {
    let password = session.asker.new_password()?;
    let mut added = Vec::new();
    for index in 0..count {
        let name = format!("dev{index}");
        let path = HdPath::standard(KeyKind::Secp256k1, index);
        let words = Words::parse(DEV_WORDS)?;
        let secret = words.derive(KeyKind::Secp256k1, &path, "")?;
        if session.store.has(&name)? {
            let held = session.store.load(&name)?;
            if held.address != secret.address() {
                return Err(Error::config(Code::NameTaken, format!("'{name}' is another key")));
            }
            output::note(&format!("'{name}' is there already"));
            continue;
        }
        let opened = Opened { secret, words: Some(words) };
        let file = KeyFile::seal(&name, &opened, Some(path.to_string()), password)?;
        session.store.add(&file)?;
        added.push(short(&file));
    }
    output::note("These keys are known to the whole world: never send anything of value to them.");
    output::result(session.format, &Value::Array(added))
}

fn short(file: &KeyFile) -> Value {
    let kind = file.kind.map_or("address only", KeyKind::name);
    let address_hex = file.address.to_eip55();
    json!({ "name": file.name, "kind": kind, "address": file.address, "address_hex": address_hex })
}

fn shown(file: &KeyFile) -> Value {
    json!({
        "name": file.name,
        "kind": file.kind.map_or("address only", KeyKind::name),
        "address": file.address,
        "address_hex": file.address.to_eip55(),
        "public_key": file.public_key,
        "hd_path": file.hd_path,
    })
}
