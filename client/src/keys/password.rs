//! Where passwords come from: a file, standard input, or a terminal; without any, a sentence and no hang.

use std::{
    cell::OnceCell,
    fs,
    io::{self, BufRead, IsTerminal},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{Code, Error, Result};

/// Shortest password for a new key.
const PASSWORD_CHARS_MIN: usize = 8;
/// A password file is one line; more than this is another file.
const PASSWORD_BYTES_MAX: u64 = 4_096;

/// A password; wiped when dropped.
pub type Password = Zeroizing<String>;

/// Asks for a password once per command, wherever it comes from.
#[derive(Default)]
pub struct Asker {
    file: Option<PathBuf>,
    stdin: bool,
    known: OnceCell<Password>,
}

impl Asker {
    /// From a file, from standard input, or else from the terminal.
    pub fn new(file: Option<PathBuf>, stdin: bool) -> Self {
        Self { file, stdin, known: OnceCell::new() }
    }

    /// The password of existing keys.
    pub fn password(&self, prompt: &str) -> Result<&Password> {
        self.ask(|| from_terminal(prompt))
    }

    /// The password for new keys: asked twice on a terminal, and never short.
    pub fn new_password(&self) -> Result<&Password> {
        let password = self.ask(|| twice("Password for the new key: "))?;
        ensure_long(password)?;
        Ok(password)
    }

    fn ask(&self, terminal: impl FnOnce() -> Result<Password>) -> Result<&Password> {
        if self.known.get().is_none() {
            let password = match (&self.file, self.stdin) {
                (Some(file), _) => from_file(file)?,
                (None, true) => from_stdin()?,
                (None, false) => terminal()?,
            };
            // Just seen empty, and nothing else sets it.
            let _ = self.known.set(password);
        }
        self.known.get().ok_or_else(|| Error::unexpected(Code::NoPassword, "no password was read"))
    }
}

/// A second, new password: from a file, or asked twice on a terminal.
pub fn changed_password(file: Option<&Path>) -> Result<Password> {
    let password = match file {
        Some(file) => from_file(file)?,
        None => twice("New password: ")?,
    };
    ensure_long(&password)?;
    Ok(password)
}

fn ensure_long(password: &Password) -> Result<()> {
    if password.chars().count() >= PASSWORD_CHARS_MIN {
        return Ok(());
    }
    let sentence = format!("the password has fewer than {PASSWORD_CHARS_MIN} characters");
    Err(Error::config(Code::ShortPassword, sentence).hint("take a longer one: a few words are easy to keep"))
}

fn twice(prompt: &str) -> Result<Password> {
    let first = from_terminal(prompt)?;
    let second = from_terminal("Once more: ")?;
    if first == second {
        return Ok(first);
    }
    Err(Error::config(Code::PasswordsDiffer, "the two passwords differ").hint("run the command again"))
}

fn first_line(mut text: Password) -> Password {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    text.truncate(end);
    text
}

fn from_file(path: &Path) -> Result<Password> {
    let refused = |why: String| {
        Error::config(Code::PasswordFile, format!("cannot read the password file {}: {why}", path.display()))
    };
    let found = fs::metadata(path).map_err(|error| refused(error.to_string()))?;
    if found.len() > PASSWORD_BYTES_MAX {
        return Err(refused(format!("it has {} bytes; at most {PASSWORD_BYTES_MAX}", found.len())));
    }
    let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    Ok(first_line(Zeroizing::new(text)))
}

fn from_stdin() -> Result<Password> {
    let mut line = Zeroizing::new(String::with_capacity(256));
    io::stdin().lock().read_line(&mut line).map_err(|error| {
        Error::config(Code::PasswordStdin, format!("cannot read standard input: {error}"))
    })?;
    Ok(first_line(line))
}

fn from_terminal(prompt: &str) -> Result<Password> {
    if !io::stdin().is_terminal() {
        return Err(Error::config(
            Code::NoTerminal,
            "a password is needed and there is no terminal to ask on",
        )
        .hint("use --password-file FILE, --password-stdin, or the variable CHORTLE_PASSWORD_FILE"));
    }
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(|error| Error::config(Code::NoTerminal, format!("cannot read a password: {error}")))
}
