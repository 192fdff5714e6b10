//! The key store: one JSON file per key, readable by its owner alone. Name and address stand in clear, so
//! that listing needs no password; the secret never does.

use std::{
    fs, io,
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use chortle_kernel::Address;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    kind::KeyKind,
    seal::Sealed,
    secret::{Secret, Words},
};
use crate::{Code, Error, Result, disk};

/// The only version so far.
const VERSION: u8 = 1;
/// Longest name of a key.
const NAME_BYTES_MAX: usize = 32;
/// A key file has about 700 bytes; more is none.
const FILE_BYTES_MAX: u64 = 65_536;

/// A key as its file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Version of this format.
    version: u8,
    /// The key's name.
    pub name: String,
    /// The account.
    pub address: Address,
    /// What it signs with; absent if only the address is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<KeyKind>,
    /// The public key in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// Where below its words the key was derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hd_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
}

/// A secret with the words it came from, if they are known.
pub struct Opened {
    /// The private key.
    pub secret: Secret,
    /// The wallet's words.
    pub words: Option<Words>,
}

impl KeyFile {
    /// Seals a key under a password.
    pub fn seal(name: &str, opened: &Opened, hd_path: Option<String>, password: &str) -> Result<Self> {
        let secret = &opened.secret;
        let mut plain = Zeroizing::new(secret.bytes().to_vec());
        if let Some(words) = &opened.words {
            // Reserved first: growing would leave a copy of the secret behind in memory that nobody wipes.
            let mut joined = Zeroizing::new(Vec::with_capacity(64));
            joined.extend_from_slice(&plain);
            joined.extend_from_slice(&words.entropy());
            plain = joined;
        }
        let mut file = Self {
            version: VERSION,
            name: parse_name(name)?,
            address: secret.address(),
            kind: Some(secret.kind()),
            public_key: Some(hex::encode(secret.public_key())),
            hd_path,
            sealed: None,
        };
        file.sealed = Some(Sealed::seal(&plain, password, &file.context())?);
        Ok(file)
    }

    /// An address with a name, and no key.
    pub fn watch(name: &str, address: Address) -> Result<Self> {
        let name = parse_name(name)?;
        Ok(Self {
            version: VERSION,
            name,
            address,
            kind: None,
            public_key: None,
            hd_path: None,
            sealed: None,
        })
    }

    /// Opens the secret.
    pub fn open(&self, password: &str) -> Result<Opened> {
        let (Some(kind), Some(sealed)) = (self.kind, &self.sealed) else {
            return Err(Error::config(
                Code::WatchOnly,
                format!("'{}' is an address without a key", self.name),
            )
            .hint(format!("import its key under another name: chortle keys import {}-key", self.name)));
        };
        let plain = sealed.open(password, &self.context())?;
        let corrupt =
            || Error::config(Code::CorruptKey, format!("the key file of '{}' is corrupt", self.name));
        let (key, entropy) = plain.split_at_checked(32).ok_or_else(corrupt)?;
        let secret = Secret::parse(kind, key).map_err(|_| corrupt())?;
        if secret.address() != self.address {
            return Err(corrupt());
        }
        let words = if entropy.is_empty() { None } else { Some(Words::from_entropy(entropy)?) };
        Ok(Opened { secret, words })
    }

    /// Whether it can sign.
    pub fn can_sign(&self) -> bool {
        self.sealed.is_some()
    }

    /// What the seal binds: nobody can pass one key's secret for another's.
    fn context(&self) -> Vec<u8> {
        let kind = self.kind.map_or("", KeyKind::name);
        let path = self.hd_path.as_deref().unwrap_or("");
        format!("chortle/key/{VERSION}/{kind}/{}/{path}", self.address).into_bytes()
    }
}

/// A folder of key files.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in a folder; it need not be there yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Every key, by name.
    pub fn list(&self) -> Result<Vec<KeyFile>> {
        if !self.exists()? {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(|error| self.io("read", &self.folder, &error))? {
            let path = entry.map_err(|error| self.io("read", &self.folder, &error))?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            if let (Some("json"), Some(name)) = (path.extension().and_then(|end| end.to_str()), stem) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        names.iter().map(|name| self.load(name)).collect()
    }

    /// A key by its name.
    pub fn load(&self, name: &str) -> Result<KeyFile> {
        let unknown = || {
            Error::config(Code::UnknownKey, format!("there is no key '{name}'"))
                .hint("see them with: chortle keys list; make one with: chortle keys add NAME")
        };
        let path = self.path(name)?;
        if !self.exists()? || fs::symlink_metadata(&path).is_err() {
            return Err(unknown());
        }
        let bytes = self.read_private(&path)?;
        let corrupt = |why: String| {
            Error::config(Code::CorruptKey, format!("{} is not a key file: {why}", path.display()))
                .hint("restore it from a backup, or import the key's words again")
        };
        let file: KeyFile = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
        if file.version != VERSION {
            return Err(corrupt(format!("version {} is not known here", file.version)));
        }
        if file.name != name {
            return Err(corrupt(format!("it names itself '{}'", file.name)));
        }
        Ok(file)
    }

    /// Adds a key; a name is never taken twice.
    pub fn add(&self, file: &KeyFile) -> Result<()> {
        self.write(file, false)
    }

    /// Replaces a key's file in one step.
    pub fn replace(&self, file: &KeyFile) -> Result<()> {
        self.write(file, true)
    }

    /// Whether a name is taken.
    pub fn has(&self, name: &str) -> Result<bool> {
        let path = self.path(name)?;
        Ok(self.exists()? && fs::symlink_metadata(path).is_ok())
    }

    /// Deletes a key.
    pub fn delete(&self, name: &str) -> Result<()> {
        self.load(name)?;
        let path = self.path(name)?;
        fs::remove_file(&path).map_err(|error| self.io("delete", &path, &error))
    }

    /// The account that a text means: a key's name, `lol1…` or `0x…`.
    pub fn resolve(&self, text: &str) -> Result<Address> {
        if text.starts_with("0x") || text.starts_with("lol1") {
            return text
                .parse()
                .map_err(|why: String| Error::usage(why).hint("or write a name from: chortle keys list"));
        }
        match self.load(text) {
            Ok(file) => Ok(file.address),
            Err(error) if error.is(Code::UnknownKey.row()) || error.is(Code::Usage.row()) => {
                Err(Error::usage(format!("'{text}' is neither an address nor the name of a key"))
                    .hint("write lol1…, 0x…, or a name from: chortle keys list"))
            }
            Err(error) => Err(error),
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        Ok(self.folder.join(format!("{}.json", parse_name(name)?)))
    }

    /// Whether the folder is there; one that others can open is refused.
    fn exists(&self) -> Result<bool> {
        match fs::symlink_metadata(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.io("read", &self.folder, &error)),
            Ok(found) if !found.is_dir() => Err(Error::config(
                Code::OpenPermissions,
                format!("{} is not a folder (links are not followed)", self.folder.display()),
            )),
            Ok(found) => self.ensure_private(&self.folder, found.mode(), "700").map(|()| true),
        }
    }

    fn ensure_private(&self, path: &Path, mode: u32, wanted: &str) -> Result<()> {
        if mode & 0o077 == 0 {
            return Ok(());
        }
        let found = mode & 0o777;
        let sentence = format!("{} is open to others (mode {found:o})", path.display());
        Err(Error::config(Code::OpenPermissions, sentence).hint(format!("chmod {wanted} {}", path.display())))
    }

    fn read_private(&self, path: &Path) -> Result<Vec<u8>> {
        let named = fs::symlink_metadata(path).map_err(|error| self.io("read", path, &error))?;
        if !named.is_file() {
            let sentence = format!("{} is not a plain file (links are not followed)", path.display());
            return Err(Error::config(Code::OpenPermissions, sentence));
        }
        let file = fs::File::open(path).map_err(|error| self.io("read", path, &error))?;
        let opened = file.metadata().map_err(|error| self.io("read", path, &error))?;
        if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
            let sentence = format!("{} was exchanged while it was opened", path.display());
            return Err(Error::config(Code::OpenPermissions, sentence));
        }
        self.ensure_private(path, opened.mode(), "600")?;
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(|error| self.io("read", path, &error))?;
        Ok(bytes)
    }

    fn write(&self, file: &KeyFile, replace: bool) -> Result<()> {
        let path = self.path(&file.name)?;
        if !self.exists()? {
            disk::private_folder(&self.folder).map_err(|error| self.io("create", &self.folder, &error))?;
            self.exists()?;
        }
        let bytes = serde_json::to_vec_pretty(file)
            .map_err(|error| Error::unexpected(Code::EncodingFailed, error.to_string()))?;
        let put = if replace { disk::replace } else { disk::create };
        put(&path, &bytes).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::config(Code::NameTaken, format!("there is a key '{}' already", file.name))
                    .hint("choose another name, or delete the old key first: chortle keys delete NAME")
            }
            _ => self.io("write", &path, &error),
        })
    }

    fn io(&self, verb: &str, path: &Path, error: &io::Error) -> Error {
        Error::config(Code::KeyStore, format!("cannot {verb} {}: {error}", path.display()))
    }
}

/// A key's name: lower-case letters, digits, `-` and `_`; nothing that could pass for an address or a path.
pub fn parse_name(name: &str) -> Result<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let starts_well = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let like_address = name.starts_with("lol1") || name.starts_with("0x");
    if starts_well && name.len() <= NAME_BYTES_MAX && name.bytes().all(plain) && !like_address {
        return Ok(name.to_owned());
    }
    Err(Error::usage(format!("'{}' is not a name for a key", name.escape_debug())).hint(format!(
        "use 1 to {NAME_BYTES_MAX} of a-z, 0-9, - and _, first a letter or digit, not lol1 or 0x"
    )))
}
