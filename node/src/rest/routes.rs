//! The routes that no module brings: this list mounts them, and the document shows it.

use axum::routing::{self, MethodRouter, get};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::{Context, blocks, dev, docs, govern, headers, simulate, state, status, stream, submit, txs};

pub(super) struct Route {
    pub path: &'static str,
    /// What answers.
    pub mount: fn() -> MethodRouter<Context>,
    pub method: &'static str,
    pub tag: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    /// Name and meaning; those that stand in the path are of the path.
    pub parameters: &'static [(&'static str, &'static str)],
    pub status: &'static str,
    pub answer_type: &'static str,
    /// JSON schema of the body.
    pub body: Option<fn(&mut SchemaGenerator) -> Value>,
    /// Whether the body may also be the bytes themselves.
    pub takes_bytes: bool,
}

impl Route {
    /// Whether development chains alone have it.
    pub fn is_for_development(&self) -> bool {
        self.tag == "dev"
    }

    /// Whether it is answered while everything else is full.
    pub fn is_of_health(&self) -> bool {
        matches!(self.path, "/healthz" | "/readyz")
    }
}

const fn read(
    path: &'static str,
    mount: fn() -> MethodRouter<Context>,
    tag: &'static str,
    id: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    summary: &'static str,
) -> Route {
    let answer_type = "application/json";
    Route {
        path,
        mount,
        method: "get",
        tag,
        id,
        summary,
        parameters,
        status: "200",
        answer_type,
        body: None,
        takes_bytes: false,
    }
}

const fn post(
    path: &'static str,
    mount: fn() -> MethodRouter<Context>,
    tag: &'static str,
    id: &'static str,
    body: Option<fn(&mut SchemaGenerator) -> Value>,
    summary: &'static str,
) -> Route {
    let route = read(path, mount, tag, id, &[], summary);
    Route { method: "post", body, ..route }
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

const PAGE: &[(&str, &str)] =
    &[("limit", "Most items: 1 to 100, 50 if absent"), ("cursor", "`next` of the page before")];
const HEIGHT: &[(&str, &str)] = &[("height", "A height, or `latest`")];
const HEIGHT_PAGE: &[(&str, &str)] = &[
    ("height", "A height, or `latest`"),
    ("limit", "Most items: 1 to 100, 50 if absent"),
    ("cursor", "`next` of the page before"),
];
const STREAM: &[(&str, &str)] = &[
    ("topics", "Comma-separated: block, tx, a module, or a kind of event; all if absent"),
    ("account", "Comma-separated, at most 100: only what names one of these accounts, as lol1… or 0x…"),
    (
        "last_event_id",
        "Go on after this event, written height.sequence; the header Last-Event-ID goes before",
    ),
];
const PREFLIGHT: &[(&str, &str)] = &[(
    "preflight",
    "false sends it even if it would be refused in its block and pay its fee; true if absent",
)];
pub(super) const ROUTES: &[Route] = &[
    read("/v1/status", || get(status::status), "node", "status", &[], "Where the node stands"),
    read("/v1/errors", || get(status::errors), "node", "errors", &[], "Every error code, never reused"),
    read("/healthz", || get(status::healthz), "node", "healthz", &[], "Whether the process answers"),
    read(
        "/readyz",
        || get(status::readyz),
        "node",
        "readyz",
        &[],
        "Whether the node is at the tip; 503 if not",
    ),
    read("/version", || get(status::version), "node", "version", &[], "Versions of the program"),
    read("/v1/blocks", || get(blocks::list), "chain", "blocks", PAGE, "Blocks, newest first"),
    read(
        "/v1/blocks/{height}",
        || get(blocks::one),
        "chain",
        "block",
        HEIGHT,
        "A block, with what the protocol itself did",
    ),
    read(
        "/v1/blocks/{height}/txs",
        || get(blocks::txs),
        "chain",
        "block_txs",
        HEIGHT_PAGE,
        "The transactions of a block, in order",
    ),
    read(
        "/v1/headers/{height}",
        || get(headers::one),
        "chain",
        "header",
        HEIGHT,
        "A header with its commit, the validators who signed it and the next ones, as light clients take them",
    ),
    read(
        "/v1/genesis",
        || get(headers::genesis),
        "chain",
        "genesis",
        &[],
        "The genesis document, as the node has it",
    ),
    read(
        "/v1/txs/{hash}",
        || get(txs::one),
        "chain",
        "tx",
        &[("hash", "SHA-256 of the transaction's bytes, in hexadecimal")],
        "What became of a transaction: pending, included, failed, expired or unknown",
    ),
    read(
        "/v1/state/{key}",
        || get(state::read),
        "chain",
        "state",
        &[
            ("key", "A raw key of the state, in hexadecimal"),
            ("height", "The height to read at; the last one if absent"),
            ("prove", "Answer {\"answer\", \"proof\"} with an ICS-23 proof"),
        ],
        "One value of the state, or its absence",
    ),
    Route {
        status: "202",
        takes_bytes: true,
        parameters: PREFLIGHT,
        ..post(
            "/v1/txs",
            || routing::post(submit::submit),
            "chain",
            "submit",
            Some(schema_of::<submit::Envelope>),
            "Submits a signed transaction; idempotent by hash. Refused if its messages would be refused after all that \
             waits here, so that it pays nothing",
        )
    },
    Route {
        takes_bytes: true,
        ..post(
            "/v1/txs/simulate",
            || routing::post(simulate::simulate),
            "chain",
            "simulate",
            Some(schema_of::<submit::Envelope>),
            "What a transaction would do now; signatures are not asked for",
        )
    },
    post(
        "/v1/governance/simulate",
        || routing::post(govern::execute),
        "chain",
        "execute",
        Some(schema_of::<govern::Wanted>),
        "What messages would do today if governance sent them: parameters, balances and entries that change, and what \
         refuses them",
    ),
    Route {
        answer_type: "text/event-stream",
        ..read(
            "/v1/stream",
            || get(stream::open),
            "chain",
            "stream",
            STREAM,
            "What happens, as server-sent events; resumable",
        )
    },
    read("/openapi.json", || get(docs::json), "node", "openapi", &[], "This document"),
    Route {
        answer_type: "text/html",
        ..read("/docs", || get(docs::page), "node", "docs", &[], "This document as a page")
    },
    post(
        "/v1/dev/mine",
        || routing::post(dev::mine),
        "dev",
        "dev_mine",
        Some(schema_of::<dev::Mine>),
        "Makes blocks; development chains only",
    ),
    post(
        "/v1/dev/time",
        || routing::post(dev::time),
        "dev",
        "dev_time",
        Some(schema_of::<dev::Time>),
        "Moves the clock and makes a block; development chains only",
    ),
    post(
        "/v1/dev/snapshot",
        || routing::post(dev::snapshot),
        "dev",
        "dev_snapshot",
        None,
        "Remembers this moment; development chains only",
    ),
    post(
        "/v1/dev/revert",
        || routing::post(dev::revert),
        "dev",
        "dev_revert",
        Some(schema_of::<dev::Revert>),
        "Goes back to a moment; development chains only",
    ),
    post(
        "/v1/dev/mode",
        || routing::post(dev::mode),
        "dev",
        "dev_mode",
        Some(schema_of::<dev::SetMode>),
        "Changes when blocks are made; development chains only",
    ),
];
