//! What a node answers, believed by proof alone: a header by the signatures of validators, what an answer rests on by
//! proofs under that header, and the answer itself worked out here from what is proven.

use std::{collections::BTreeMap, fmt::Display, fs, io, path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chortle_app::{MODULES, genesis as sections, state};
use chortle_genesis::Document;
use chortle_kernel::{Entries, Halt, KeyRange, Order, QueryError, QueryKind, ReadState, View, hash::Hash};
use chortle_light::{
    answer,
    header::{HeaderError, LightBlock, Step, Trust},
    value,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Code, Error, Result, disk, rest::Rest, time};

/// How long a header is trusted after its time: less than the 21 days that stake stays within reach.
const TRUST_PERIOD: Duration = Duration::from_secs(14 * 24 * 3_600);
/// Headers whose successor has a commit, too, are this far below the tip.
const BELOW_TIP: u64 = 2;

/// A header that someone trusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// Its height.
    pub height: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

/// Where belief begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// A header that someone trusts.
    Header(Trusted),
    /// The genesis document: the first set is worked out from it, never taken from a header.
    Genesis(Box<Document>),
}

impl Anchor {
    /// Reads `HEIGHT:HASH`.
    pub fn of_header(text: &str) -> Result<Self> {
        let wrong =
            || Error::usage(format!("'{text}' is no header: write HEIGHT:HASH, with 64 hexadecimal digits"));
        let (height, hash) = text.split_once(':').ok_or_else(wrong)?;
        let height = height.parse().map_err(|_| wrong())?;
        let hash = hash.trim_start_matches("0x").to_owned();
        hash_of(&hash).ok_or_else(wrong)?;
        Ok(Self::Header(Trusted { height, hash }))
    }

    /// Reads a genesis document from a file, or asks the node for the one with this hash.
    pub fn of_genesis(rest: &Rest, given: &str) -> Result<Self> {
        let pinned = hash_of(given.trim_start_matches("0x"));
        let text = match pinned {
            Some(_) => rest.get(&["genesis"], &[])?.to_string(),
            None => fs::read_to_string(given).map_err(|error| {
                let cure = "name the genesis document's file, or its hash of 64 hexadecimal digits";
                Error::usage(format!("{given}: {error}")).hint(cure)
            })?,
        };
        let document = Document::parse(&text).map_err(|problem| bad_genesis(&problem))?;
        if let Some(pinned) = pinned {
            let found = started(&document, |start| start.hash())?;
            if found != pinned {
                return Err(refused(format!(
                    "the node's genesis document has the hash {}",
                    hex::encode(found)
                )));
            }
        }
        Ok(Self::Genesis(Box::new(document)))
    }
}

/// What was proven.
pub struct Verified {
    /// The chain, by its header.
    pub chain_id: String,
    /// The answer, worked out from proven values.
    pub answer: Value,
    /// The height whose state it is of.
    pub height: u64,
    /// The header that carries this state's root, from now on trusted.
    pub trusted: Trusted,
    /// How many values and absences were proven.
    pub values: usize,
}

/// Asks a node for an answer and believes nothing of it that is not proven. Without a height it is of the last state
/// whose header is signed.
pub fn query(
    rest: &Rest,
    anchor: &Anchor,
    kind: &QueryKind,
    (args, parts, pairs): (Value, &[&str], &[(String, String)]),
    height: Option<u64>,
) -> Result<Verified> {
    let height = match height {
        Some(height) => height,
        None => rest.status()?.height.saturating_sub(BELOW_TIP).max(1),
    };
    let proving = height.checked_add(1).ok_or_else(|| Error::usage("there is no such height"))?;
    let trust = follow(rest, anchor, proving)?;
    let header = &trust.header().header;
    let root = header.app_hash.as_bytes();
    let asked = |parts: &[&str], pairs: &[(String, String)]| {
        let own = [("height".to_owned(), height.to_string()), ("prove".to_owned(), "true".to_owned())];
        let pairs: Vec<_> = pairs.iter().filter(|(name, _)| name != "height").cloned().chain(own).collect();
        rest.get(parts, &pairs)
    };
    let mut proven = Proven::default();
    let told = asked(parts, pairs)?;
    proven.take(&told["proof"], root)?;
    let key = format!("0x{}", hex::encode(state::LAST_BLOCK.key()));
    proven.take(&asked(&["state", &key], &[])?["proof"], root)?;
    let answer = proven.run(kind, args, height)?;
    if answer != told["answer"] {
        return Err(refused("the node's answer is not what its own proofs say"));
    }
    let hash = hex::encode(header.hash().as_bytes());
    let chain_id = header.chain_id.to_string();
    Ok(Verified {
        chain_id,
        answer,
        height,
        trusted: Trusted { height: proving, hash },
        values: proven.0.len(),
    })
}

/// Trusts the header at a height, from an anchor, by signatures alone.
fn follow(rest: &Rest, anchor: &Anchor, height: u64) -> Result<Trust> {
    let mut trust = match anchor {
        Anchor::Header(trusted) => {
            let hash = hash_of(&trusted.hash).ok_or_else(|| Error::usage("a trusted hash is no hash"))?;
            Trust::of_hash(fetch(rest, trusted.height)?, hash, TRUST_PERIOD)
        }
        Anchor::Genesis(document) => {
            let first = document.initial_height.0;
            let set = first_set(document)?;
            Trust::of_genesis(fetch(rest, first)?, (&document.chain_id, first), &set, TRUST_PERIOD)
        }
    }
    .map_err(|error| unbelieved(&error))?;
    let now = answer::time(time::now_unix_ms()).map_err(refused)?;
    if height < trust.height() {
        let trusted = trust.height();
        return Err(unbelieved(&HeaderError::BelowTrusted { height, trusted }));
    }
    while trust.height() < height {
        let mut next = height;
        while let Step::TooFar { middle } =
            trust.extend(fetch(rest, next)?, now).map_err(|error| unbelieved(&error))?
        {
            next = middle;
        }
    }
    Ok(trust)
}

/// What a chain starts from, as a document without validators of the engine's own says it.
fn started<T>(document: &Document, work: impl FnOnce(&sections::Start<'_>) -> T) -> Result<T> {
    if !document.validators.is_empty() {
        let sentence = "the genesis document names validators of the engine's own, without stake";
        return Err(Error::usage(sentence).hint("trust a header instead: --trust HEIGHT:HASH"));
    }
    sections::Start::of(document, work).map_err(|error| bad_genesis(&error))
}

/// The first validators by key and power, as the state machine works them out of the genesis document.
fn first_set(document: &Document) -> Result<Vec<([u8; 32], u64)>> {
    let set = started(document, |start| sections::first_set(&MODULES, start))?;
    let set = set.map_err(|error| bad_genesis(&format!("/app_state{error}")))?;
    Ok(set.into_iter().map(|one| (one.key, one.power)).collect())
}

fn bad_genesis(why: &dyn Display) -> Error {
    Error::usage(format!("the genesis document: {why}"))
}

fn fetch(rest: &Rest, height: u64) -> Result<LightBlock> {
    let told = rest.get(&["headers", &height.to_string()], &[])?;
    let block = answer::light_block(told.to_string().as_bytes()).map_err(refused)?;
    if block.height().value() != height {
        return Err(refused(format!("header {height} was asked for, it answers {}", block.height())));
    }
    Ok(block)
}

/// Values and absences that are proven under one root, as a state to read: nothing else is in it.
#[derive(Default)]
struct Proven(BTreeMap<Vec<u8>, Option<Vec<u8>>>);

#[derive(Deserialize)]
struct Entry {
    key: String,
    value: Option<String>,
    ics23: String,
}

impl Proven {
    fn take(&mut self, proof: &Value, root: &[u8]) -> Result<()> {
        let entries =
            Vec::<Entry>::deserialize(&proof["entries"]).map_err(|error| refused(error.to_string()))?;
        for entry in entries {
            let key = bytes(&entry.key)?;
            let value = entry.value.as_deref().map(bytes).transpose()?;
            let proof = BASE64.decode(&entry.ics23).map_err(|error| refused(error.to_string()))?;
            value::verify(root, &key, value.as_deref(), &proof)
                .map_err(|error| refused(format!("{}: {error}", entry.key)))?;
            self.0.insert(key, value);
        }
        Ok(())
    }

    fn run(&self, kind: &QueryKind, args: Value, height: u64) -> Result<Value> {
        let last = state::LAST_BLOCK.get(self).map_err(|halt| refused(halt.0))?.unwrap_or_default();
        let (time_unix_ms, epoch) = (last.time_unix_ms, last.epoch);
        (kind.run)(args, View { state: self, height, time_unix_ms, epoch }).map_err(|error| match error {
            QueryError::NotFound(why) => Error::usage(why),
            QueryError::Argument(why) => Error::usage(why),
            QueryError::Halt(halt) => refused(halt.0),
        })
    }
}

impl ReadState for Proven {
    fn get(&self, key: &[u8]) -> std::result::Result<Option<Vec<u8>>, Halt> {
        let found = self.0.get(key).cloned();
        found.ok_or_else(|| {
            Halt::new(format!("the answer rests on 0x{}, which is not proven", hex::encode(key)))
        })
    }

    fn scan(&self, _: KeyRange, _: Order) -> Entries<'_> {
        let refusal = Halt::new("the answer is a list, and a list has no proof that nothing is missing");
        Box::new(std::iter::once(Err(refusal)))
    }
}

/// The header that was verified last of a chain, as a home folder keeps it.
pub fn saved(home: &Path, chain_id: &str) -> Result<Anchor> {
    kept(home)?.remove(chain_id).map(Anchor::Header).ok_or_else(|| {
        Error::config(Code::NoTrust, format!("this home has verified no header of chain {chain_id} yet"))
            .hint(
                "begin from a header, --trust HEIGHT:HASH, or from the genesis document, --genesis FILE|HASH",
            )
    })
}

/// Keeps it, beside those of other chains.
pub fn save(home: &Path, chain_id: &str, trusted: &Trusted) -> Result<()> {
    let path = home.join(FILE);
    let mut all = kept(home)?;
    all.insert(chain_id.to_owned(), trusted.clone());
    let text = serde_json::to_string_pretty(&all).map_err(|error| broken(&path, &error))?;
    let written = disk::private_folder(home).and_then(|()| disk::replace(&path, (text + "\n").as_bytes()));
    written.map_err(|error| Error::unexpected(Code::File, format!("{}: {error}", path.display())))
}

/// The headers of every chain that a home folder keeps. A file that cannot be read is refused, not begun anew: what
/// it held of other chains would be lost.
fn kept(home: &Path) -> Result<BTreeMap<String, Trusted>> {
    let path = home.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| broken(&path, &error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(broken(&path, &error)),
    }
}

fn broken(path: &Path, why: &dyn Display) -> Error {
    Error::config(Code::File, format!("{}: {why}", path.display()))
        .hint("mend the file, or move it away and begin from --trust HEIGHT:HASH or --genesis FILE again")
}

const FILE: &str = "trust.json";

fn hash_of(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    hex::decode(text.trim_start_matches("0x")).map_err(|error| refused(error.to_string()))
}

fn unbelieved(error: &HeaderError) -> Error {
    refused(error.to_string())
}

fn refused(why: impl Into<String>) -> Error {
    Error::unexpected(Code::NotVerified, format!("not believed: {}", why.into())).hint(
        "ask another node; if what is trusted is old, begin from a newer header of someone you trust: \
         --trust HEIGHT:HASH",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(height: u64) -> Trusted {
        Trusted { height, hash: "ab".repeat(32) }
    }

    #[test]
    fn each_chain_keeps_its_own_header() {
        let home = tempfile::tempdir().unwrap();
        save(home.path(), "one", &header(3)).unwrap();
        save(home.path(), "two", &header(7)).unwrap();
        save(home.path(), "one", &header(5)).unwrap();
        assert_eq!(saved(home.path(), "one").unwrap(), Anchor::Header(header(5)));
        assert_eq!(saved(home.path(), "two").unwrap(), Anchor::Header(header(7)));
    }

    #[test]
    fn a_broken_file_of_trust_is_said_and_never_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE);
        fs::write(&path, "{ half").unwrap();
        assert!(saved(home.path(), "one").unwrap_err().is(Code::File.row()));
        assert!(save(home.path(), "one", &header(3)).unwrap_err().is(Code::File.row()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "{ half");
    }
}
