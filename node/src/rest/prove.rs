//! `?prove=true`: what a query read, each key with its ICS-23 proof.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chortle_kernel::{Entries, Halt, KeyRange, Order, ReadState};
use serde_json::{Value, json};

use super::Context;
use super::problem::{Error, Outcome, Problem};

/// Most keys of one answer that are proven; a proof has about a kilobyte.
pub const PROOFS_MAX: usize = 16;
/// Name of the proofs' ICS-23 specification.
pub const SPEC: &str = "jmt-sha256";

/// A view that notes what is read through it.
pub(super) struct Recording {
    inner: Arc<dyn ReadState>,
    read: Mutex<Read>,
}

#[derive(Default)]
struct Read {
    keys: Vec<Vec<u8>>,
    scanned: bool,
}

impl Recording {
    pub(super) fn over(inner: Arc<dyn ReadState>) -> Self {
        Self { inner, read: Mutex::default() }
    }

    fn note(&self, change: impl FnOnce(&mut Read)) {
        // Nothing panics under this lock.
        change(&mut self.read.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The keys that were read, in order; refused if the answer cannot be proven key by key.
    pub(super) fn keys(self) -> Outcome<Vec<Vec<u8>>> {
        let read = self.read.into_inner().unwrap_or_else(PoisonError::into_inner);
        let refuse = |reason: String| {
            Err(Problem::new(StatusCode::BAD_REQUEST, Error::NotProvable { reason })
                .hint("leave ?prove=true away, or prove single values by GET /v1/state/{key}?prove=true"))
        };
        if read.scanned {
            return refuse(
                "the answer is a list, and a list has no proof that nothing is missing".to_owned(),
            );
        }
        match read.keys.len() {
            0 => refuse("the answer does not come from the state".to_owned()),
            count if count > PROOFS_MAX => {
                refuse(format!("the answer rests on {count} keys; at most {PROOFS_MAX} are proven"))
            }
            _ => Ok(read.keys),
        }
    }
}

impl ReadState for Recording {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Halt> {
        self.note(|read| {
            if read.keys.len() <= PROOFS_MAX && !read.keys.iter().any(|known| known == key) {
                read.keys.push(key.to_vec());
            }
        });
        self.inner.get(key)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Entries<'_> {
        self.note(|read| read.scanned = true);
        self.inner.scan(range, order)
    }
}

/// The proofs of these keys at a height, whose root is in the header after it.
pub(super) fn proofs(context: &Context, keys: &[Vec<u8>], height: u64, app_hash: &[u8]) -> Outcome<Value> {
    let prove = |key: &Vec<u8>| {
        let proof = context.shared.chain.prove(key, height).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, Error::NotProvable { reason: error.to_string() })
        })?;
        Ok(json!({
            "key": format!("0x{}", hex::encode(&proof.key)),
            "value": proof.value.map(|value| format!("0x{}", hex::encode(value))),
            "ics23": BASE64.encode(&proof.proof_bytes),
        }))
    };
    let entries = keys.iter().map(prove).collect::<Outcome<Vec<_>>>()?;
    Ok(json!({
        "height": height,
        "header_height": height.saturating_add(1),
        "app_hash": format!("0x{}", hex::encode(app_hash)),
        "spec": SPEC,
        "entries": entries,
    }))
}
