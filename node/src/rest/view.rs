//! The state that a request reads, and the headers that say which it was.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::problem::{Error, Outcome, Problem};
use super::{Context, args};
use crate::state_machine::{CommittedView, ViewError};

/// The state of a height, the last one if none is named.
pub(super) fn at(context: &Context, height: Option<u64>) -> Outcome<CommittedView> {
    context.shared.chain.view(height).map_err(|error| match error {
        ViewError::Halt(halt) => halt.into(),
        refusal => {
            Problem::new(StatusCode::NOT_FOUND, Error::HeightNotRetained { reason: refusal.to_string() })
                .hint("GET /v1/status says which heights this node keeps")
        }
    })
}

/// Takes `?height=` out of the arguments.
pub(super) fn height(pairs: &mut Vec<(String, String)>) -> Outcome<Option<u64>> {
    args::take(pairs, "height")?.map(|text| args::number("height", &text)).transpose()
}

/// The headers of an answer that was read from this state.
pub(super) fn headers(view: &CommittedView) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, text: String| {
        // Digits and hexadecimal are always good header values.
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("chortle-height", view.height.to_string());
    put("chortle-time-unix-ms", view.time_unix_ms.to_string());
    put("chortle-app-hash", format!("0x{}", hex::encode(view.app_hash)));
    headers
}
