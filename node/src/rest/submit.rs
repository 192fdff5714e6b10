//! `POST /v1/txs`: hands a signed transaction to the engine. Idempotent by hash.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chortle_kernel::{Reject, hash::Hash, tx, tx::Tx};
use schemars::JsonSchema;
use serde::Deserialize;

use super::problem::{Error, Outcome, Problem, catalogue};
use super::{Context, args, blocking, json, txs};
use crate::state_machine::Foretold;
use crate::submit::{Refusal, SubmitError};

/// The JSON form of a transaction's bytes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SubmitRequest")]
pub(super) struct Envelope {
    /// The transaction's bytes: `0x…`, plain hexadecimal, or base64.
    tx: String,
}

/// The bytes of a transaction out of a body: JSON `{"tx": "…"}`, or the bytes themselves.
pub(super) fn tx_bytes(headers: &HeaderMap, body: Bytes) -> Outcome<Bytes> {
    let kind = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let kind = kind.as_deref().unwrap_or_default();
    let bytes = match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/octet-stream" => body,
        "application/json" => {
            let envelope: Envelope =
                serde_json::from_slice(&body).map_err(|error| Problem::malformed(error.to_string()))?;
            decode_text(&envelope.tx)?.into()
        }
        _ => {
            let found = kind.to_owned();
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Error::UnsupportedMediaType { found },
            )
            .hint(
                "send application/json with {\"tx\": \"0x…\"}, or application/octet-stream with the bytes",
            ));
        }
    };
    if bytes.len() > tx::TX_BYTES_MAX {
        let error = tx::Error::TooLarge { size: bytes.len(), max: tx::TX_BYTES_MAX };
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error));
    }
    Ok(bytes)
}

/// Hexadecimal first: a text of hexadecimal digits alone is never meant as base64.
fn decode_text(text: &str) -> Outcome<Vec<u8>> {
    let digits = text.strip_prefix("0x");
    let decoded = hex::decode(digits.unwrap_or(text)).ok();
    let decoded = decoded.or_else(|| BASE64.decode(text).ok().filter(|_| digits.is_none()));
    decoded.ok_or_else(|| Problem::malformed("'tx' is neither hexadecimal nor base64"))
}

pub(super) async fn submit(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Outcome<Response> {
    let preflight = preflight(query.as_deref())?;
    let bytes = tx_bytes(&headers, body)?;
    let hash = tx::id(&bytes);
    let known = {
        let context = context.clone();
        blocking(move || {
            let chain = &context.shared.chain;
            Ok(chain.pending(&hash).is_some() || chain.holds_tx(&hash)?)
        })
        .await?
    };
    if !known {
        if preflight {
            ensure_runs(&context, hash, bytes.clone()).await?;
        }
        match context.shared.submit.submit(bytes.clone()).await {
            Ok(()) => {}
            Err(error) => return Err(refusal(&context, error)),
        }
    }
    let standing = blocking(move || {
        note(&context, hash, &bytes)?;
        txs::standing(&context, &hash)
    })
    .await?;
    let mut response = (StatusCode::ACCEPTED, Json(standing)).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("/v1/txs/{}", json::hexed(hash))) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

/// `?preflight=`: true if absent.
fn preflight(query: Option<&str>) -> Outcome<bool> {
    let mut pairs = args::pairs(query)?;
    let text = args::take(&mut pairs, "preflight")?;
    args::none_left(&pairs)?;
    args::switch("preflight", Some(text.unwrap_or_else(|| "true".to_owned())))
}

/// Remembers when a transaction expires: as the mempool decoded it, or, if it waits nowhere here, by its bytes.
fn note(context: &Context, hash: Hash, bytes: &[u8]) -> Outcome<()> {
    let chain = &context.shared.chain;
    let expiry_unix_ms = match chain.pending(&hash) {
        Some(pending) => pending.expiry_unix_ms,
        None if chain.holds_tx(&hash)? => return Ok(()),
        None => Tx::decode(bytes).map_err(Problem::refused)?.body.expiry_unix_ms,
    };
    context.shared.recent_txs.note(hash, expiry_unix_ms);
    Ok(())
}

/// Refuses what no block could hold, and what would pay its fee for nothing. Nothing of it is sent, and the number is
/// not used up.
async fn ensure_runs(context: &Context, hash: Hash, bytes: Bytes) -> Outcome<()> {
    let asked = context.clone();
    let refused = |reject: Reject| {
        context.shared.metrics.refused(reject.codespace, reject.number);
        Problem::refused(reject)
    };
    let reject = match blocking(move || Ok(asked.shared.chain.preflight(hash, &bytes)?)).await? {
        Foretold::Goes => return Ok(()),
        Foretold::Malformed(reject) => return Err(refused(reject)),
        Foretold::Fails(reject) => reject,
    };
    Err(refused(reject).hint(
        "nothing was sent and nothing was paid; with ?preflight=false it goes to the mempool all the same, and \
         pays its fee if it is refused in its block",
    ))
}

pub(super) fn refusal(context: &Context, error: SubmitError) -> Problem {
    match error {
        SubmitError::Refused(refusal) => {
            context.shared.metrics.refused(&refusal.codespace, refusal.code);
            of_refusal(refusal)
        }
        SubmitError::Full(reason) => {
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, Error::MempoolFull { reason })
                .hint("try again after the next block");
            context.shared.metrics.refused(problem.reject.codespace, problem.reject.number);
            problem
        }
        SubmitError::Engine(reason) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, Error::RefusedByEngine { reason })
        }
        SubmitError::Unreachable(reason) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, Error::EngineUnreachable { reason })
                .hint("try again; the node's log says what the engine does")
        }
        SubmitError::NoEngine => Problem::new(StatusCode::NOT_FOUND, Error::NoEngine {})
            .hint("`chortled localnet` runs a chain whose validators sign"),
        SubmitError::Halt(halt) => halt.into(),
    }
}

/// A refusal of CheckTx, whose code is in the catalogue.
fn of_refusal(refusal: Refusal) -> Problem {
    match catalogue().find(|row| refusal.is(row)) {
        Some(row) => Problem::refused(row.reject(refusal.sentence, refusal.fields)),
        None => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Error::RefusedByEngine { reason: refusal.sentence },
        ),
    }
}
