//! Messages out of JSON, and what else a plan of a transaction is made of.

use chortle_app::MODULES;
use chortle_kernel::{
    Bytes, List, Text,
    tx::{MEMO_BYTES_MAX, MESSAGES_MAX, RawMessage},
};
use serde_json::Value;

pub use chortle_app::build::{Plan, SignedBy, Unsigned};

use crate::{Error, Result, keys::KeyKind};

impl From<KeyKind> for SignedBy {
    fn from(kind: KeyKind) -> Self {
        match kind {
            KeyKind::Secp256k1 => Self::Secp256k1,
            KeyKind::Ed25519 => Self::Ed25519,
        }
    }
}

/// A message of the catalogue out of its JSON body, checked as far as it can be without state.
pub fn message(module: &str, name: &str, body: Value) -> Result<RawMessage> {
    let name = name.replace('-', "_");
    let (tag, kind) = MODULES.tags(module, &name).ok_or_else(|| {
        Error::usage(format!("there is no message {module} {name}")).hint("see them with: chortle tx --help")
    })?;
    let of_body = |why: String| Error::usage(format!("{module} {name}: {why}"));
    let bytes = (kind.from_json)(body).map_err(of_body)?;
    let message = (kind.decode)(&bytes).map_err(of_body)?;
    message.check()?;
    Ok(RawMessage { module: tag, tag: kind.tag, body: Bytes::parse(bytes).map_err(of_body)? })
}

/// The messages of one transaction.
pub fn messages(messages: Vec<RawMessage>) -> Result<List<RawMessage, MESSAGES_MAX>> {
    List::parse(messages).map_err(|why| Error::usage(format!("messages: {why}")))
}

/// The note of a transaction to people.
pub fn memo(memo: &str) -> Result<Text<MEMO_BYTES_MAX>> {
    Text::parse(memo).map_err(|why| Error::usage(format!("memo: {why}")))
}
