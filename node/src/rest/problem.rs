//! Errors as RFC 9457 problems: a stable code, a sentence, what to do next, and the request's id.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chortle_app::{MODULES, client};
use chortle_consensus::{abci, comet::rpc, driver};
use chortle_kernel::{ErrorRow, Halt, QueryError, Reject, tx};
use serde_json::{Value, json};

/// What a caller is asked to wait where the node has too much to do: a second is about a block.
const RETRY_AFTER_SECONDS: &str = "1";

use super::quota::Full;
use crate::state_machine::Error as NodeError;

chortle_kernel::error_codes! {
    /// What the REST server itself refuses, before or beside the state machine.
    pub enum Error in "rest" for Caller {
        1 no_such_route NoSuchRoute { path: String } => "there is nothing at {path}"
            => "GET /openapi.json lists every route; GET /docs shows them",
        2 method_not_allowed MethodNotAllowed { method: String, path: String } => "{path} does not take {method}"
            => "GET /openapi.json says which methods a route takes",
        3 malformed_request MalformedRequest { reason: String } => "the request cannot be read: {reason}"
            => "GET /openapi.json has the form of every request, with examples",
        4 unknown_argument UnknownArgument { name: String } => "'{name}' is no argument here"
            => "GET /openapi.json lists the arguments of every route",
        5 bad_argument BadArgument { reason: String } => "{reason}"
            => "an argument is out of its range or form: GET /openapi.json lists the arguments of every route",
        6 unsupported_media_type UnsupportedMediaType { found: String } => "a body of type '{found}' is not read here"
            => "send application/json",
        7 body_too_large BodyTooLarge {} => "the body is larger than this route takes"
            => "split it into several requests",
        8 not_found NotFound { reason: String } => "{reason}"
            => "there is no such thing at the height that was read: look at the lists, or name another height",
        9 height_not_retained HeightNotRetained { reason: String } => "{reason}"
            => "this node does not keep that height: GET /v1/status says which it keeps; ask an archive node for others",
        10 not_provable NotProvable { reason: String } => "{reason}"
            => "lists and indexes have no proof: ask for the entry by its key",
        11 too_slow TooSlow {} => "the request took too long to arrive or to answer"
            => "try again, with a smaller page",
        12 busy Busy {} => "the node answers as many requests as it can"
            => "try again in a second",
        13 engine_unreachable EngineUnreachable { reason: String } => "the consensus engine does not take transactions now: {reason}"
            => "try again; the node's log says what the engine does",
        14 internal Internal {} => "the node failed on this request; its log has the cause under the request's id"
            => "give the request's id to whoever runs the node",
        15 refused_by_engine RefusedByEngine { reason: String } => "the consensus engine refuses the transaction: {reason}"
            => "change the transaction as the reason says, and send it again",
        16 mempool_full MempoolFull { reason: String } => "{reason}"
            => "too many transactions wait: try again after the next block",
        17 events_gone EventsGone { from: u64, to: u64 } => "events of the heights {from} to {to} are pruned here"
            => "go on after them, or ask a node that keeps more",
        18 behind Behind { height: u64 } => "this node is at height {height}, before the event that was asked for"
            => "come back with the same event id: the node will get there",
        19 reverted Reverted { height: u64 } => "the chain went back to height {height}: what came after it never happened"
            => "read the chain again from that height",
        20 address_full AddressFull {} => "this address has as many requests, streams or connections open as one may"
            => "wait for those to end, or ask for less at a time",
        21 not_ready NotReady { reason: String } => "the node is not ready: {reason}"
            => "wait until it has caught up; its log says what it does",
        22 not_for_pages NotForPages { reason: String } => "the development chain is driven by programs of this machine alone: {reason}"
            => "call it from a program of this machine, not from a web page",
        23 no_engine NoEngine {} => "a development chain signs no headers: nothing of it can be verified"
            => "`chortled localnet` runs a chain whose validators sign",
        24 no_blocks NoBlocks { reason: String } => "no block comes from this node now: {reason}"
            => "the node starts its engine again, or ends: its log has the cause; ask another node meanwhile",
        25 engine_stuck EngineStuck { reason: String } => "the engine of this node is stuck: {reason}"
            => "the node's log has the cause, and what becomes of the engine; ask another node meanwhile",
    }
}

/// Names a request in its answer and in the log.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);

/// Every code that anyone can meet: the chain's, the server's, the node's, those between the node and its engine, and
/// the command line's.
pub fn catalogue() -> impl Iterator<Item = &'static ErrorRow> {
    let own = Error::CATALOGUE.iter().chain(NodeError::CATALOGUE);
    let engine = driver::Error::CATALOGUE.iter().chain(abci::Error::CATALOGUE).chain(rpc::Error::CATALOGUE);
    MODULES.error_catalogue().chain(own).chain(engine).chain(client::Error::CATALOGUE)
}

/// An error on its way out. [`finish`] writes its body, where the request's id is known.
#[derive(Clone, Debug)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// The refusal, with its stable code.
    pub reject: Box<Reject>,
    /// What to do next.
    pub hint: Option<String>,
    /// What only the log may say.
    pub cause: Option<String>,
}

/// What a handler answers.
pub type Outcome<T> = Result<T, Problem>;

impl Problem {
    /// A problem with this status.
    pub fn new(status: StatusCode, reject: impl Into<Reject>) -> Self {
        Self { status, reject: Box::new(reject.into()), hint: None, cause: None }
    }

    /// The same with a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// 400: an argument is wrong.
    pub fn argument(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Error::BadArgument { reason: reason.into() })
    }

    /// 400: the request is no request of this route.
    pub fn malformed(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Error::MalformedRequest { reason: reason.into() })
    }

    /// 404: there is no such thing.
    pub fn not_found(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Error::NotFound { reason: reason.into() })
    }

    /// 500: our fault. The cause goes to the log alone.
    pub fn internal(cause: impl ToString) -> Self {
        let mut problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, Error::Internal {});
        problem.cause = Some(cause.to_string());
        problem
    }

    /// 503: too much at a time.
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Error::Busy {}).hint("try again in a second")
    }

    /// 429: too much at a time from one address.
    pub fn address_full() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, Error::AddressFull {})
            .hint("close what you do not read, and try again in a second")
    }

    /// A refusal of the state machine: bytes that are no transaction are 400, all else 422.
    pub fn refused(reject: Reject) -> Self {
        let status = match reject.codespace {
            tx::Error::CODESPACE => StatusCode::BAD_REQUEST,
            NodeError::CODESPACE => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, reject)
    }

    fn is(&self, row: &ErrorRow) -> bool {
        (row.codespace, row.number) == (self.reject.codespace, self.reject.number)
    }

    /// The body that a caller reads. A hint that nobody gave is the catalogue's.
    pub(super) fn json(&self, id: &str) -> Value {
        let title = self.reject.name.replace('_', " ");
        let mut body = json!({
            "type": format!("/v1/errors#{}", self.reject.code()),
            "title": title,
            "status": self.status.as_u16(),
            "code": self.reject.code(),
            "detail": self.reject.sentence,
            "fields": self.reject.fields,
            "request_id": id,
        });
        let listed = || catalogue().find(|row| self.is(row)).and_then(|row| row.hint);
        if let Some(hint) = self.hint.as_deref().or_else(listed) {
            body["hint"] = hint.into();
        }
        body
    }
}

impl From<Full> for Problem {
    fn from(full: Full) -> Self {
        match full {
            Full::All => Self::busy(),
            Full::Address => Self::address_full(),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::NotFound(reason) => Self::not_found(reason),
            QueryError::Argument(reason) => {
                Self::argument(reason).hint("GET /openapi.json lists the arguments of every route")
            }
            QueryError::Halt(halt) => halt.into(),
        }
    }
}

impl From<Halt> for Problem {
    fn from(halt: Halt) -> Self {
        Self::internal(halt)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Middleware: writes the body of every error, whoever made it, and stamps the request's id on every answer.
pub async fn finish(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let made = response.extensions_mut().remove::<Problem>();
        let problem = made.unwrap_or_else(|| of_status(status, method, path, content_type));
        if let Some(cause) = &problem.cause {
            tracing::error!(request_id = %id.0, %cause, "a request failed");
        }
        let headers = std::mem::take(response.headers_mut());
        response = (problem.status, Json(problem.json(&id.0))).into_response();
        let kept = headers.into_iter().filter_map(|(name, value)| Some((name?, value)));
        for (name, value) in kept.filter(|(name, _)| !name.as_str().starts_with("content-")) {
            response.headers_mut().insert(name, value);
        }
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// What a layer or the router refused with a bare status.
fn of_status(status: StatusCode, method: String, path: String, content_type: Option<HeaderValue>) -> Problem {
    let found =
        || content_type.map_or_else(String::new, |value| String::from_utf8_lossy(value.as_bytes()).into());
    match status {
        StatusCode::NOT_FOUND => Problem::new(status, Error::NoSuchRoute { path })
            .hint("GET /openapi.json lists every route; GET /docs shows them"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(status, Error::MethodNotAllowed { method, path }),
        StatusCode::REQUEST_TIMEOUT => Problem::new(status, Error::TooSlow {}).hint("try again"),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(status, Error::BodyTooLarge {}),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::new(status, Error::UnsupportedMediaType { found: found() })
        }
        StatusCode::SERVICE_UNAVAILABLE => Problem::busy(),
        _ if status.is_server_error() => Problem::internal(status),
        _ => Problem::new(status, Error::MalformedRequest { reason: status.to_string() }),
    }
}
