//! The routes that no module brings, as the document shows them.

pub(super) struct Route {
    pub path: &'static str,
    pub method: &'static str,
    pub tag: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    /// Name and meaning; those that stand in the path are of the path.
    pub parameters: &'static [(&'static str, &'static str)],
    pub status: &'static str,
    pub answer_type: &'static str,
    /// JSON schema of the body.
    pub body: Option<&'static str>,
    /// Whether the body may also be the bytes themselves.
    pub takes_bytes: bool,
}

const fn read(
    path: &'static str,
    tag: &'static str,
    id: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    summary: &'static str,
) -> Route {
    let answer_type = "application/json";
    Route {
        path,
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
    tag: &'static str,
    id: &'static str,
    body: &'static str,
    summary: &'static str,
) -> Route {
    let route = read(path, tag, id, &[], summary);
    Route { method: "post", body: Some(body), ..route }
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
const TX: &str = r#"{"type":"object","required":["tx"],"additionalProperties":false,"properties":{"tx":{"type":"string","description":"The transaction's bytes: 0x and hexadecimal, or base64"}}}"#;
const MINE: &str =
    r#"{"type":"object","properties":{"blocks":{"type":"integer","minimum":1,"maximum":1000}}}"#;
const TIME: &str = r#"{"oneOf":[{"type":"object","required":["advance_ms"],"properties":{"advance_ms":{"type":"integer"}}},{"type":"object","required":["set_unix_ms"],"properties":{"set_unix_ms":{"type":"integer"}}}]}"#;
const REVERT: &str =
    r#"{"type":"object","required":["snapshot"],"properties":{"snapshot":{"type":"integer"}}}"#;
const MODE: &str = r#"{"oneOf":[{"enum":["instant","manual"]},{"type":"object","required":["interval_ms"],"properties":{"interval_ms":{"type":"integer","minimum":1}}}]}"#;

pub(super) const ROUTES: &[Route] = &[
    read("/v1/status", "node", "status", &[], "Where the node stands"),
    read("/v1/errors", "node", "errors", &[], "Every error code, never reused"),
    read("/healthz", "node", "healthz", &[], "Whether the process answers"),
    read("/readyz", "node", "readyz", &[], "Whether the node is at the tip; 503 if not"),
    read("/version", "node", "version", &[], "Versions of the program"),
    read("/v1/blocks", "chain", "blocks", PAGE, "Blocks, newest first"),
    read("/v1/blocks/{height}", "chain", "block", HEIGHT, "A block, with what the protocol itself did"),
    read(
        "/v1/blocks/{height}/txs",
        "chain",
        "block_txs",
        HEIGHT_PAGE,
        "The transactions of a block, in order",
    ),
    read(
        "/v1/txs/{hash}",
        "chain",
        "tx",
        &[("hash", "SHA-256 of the transaction's bytes, in hexadecimal")],
        "What became of a transaction: pending, included, failed, expired or unknown",
    ),
    read(
        "/v1/state/{key}",
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
        ..post("/v1/txs", "chain", "submit", TX, "Submits a signed transaction; idempotent by hash")
    },
    Route {
        takes_bytes: true,
        ..post(
            "/v1/txs/simulate",
            "chain",
            "simulate",
            TX,
            "What a transaction would do now; signatures are not asked for",
        )
    },
    Route {
        answer_type: "text/event-stream",
        ..read("/v1/stream", "chain", "stream", STREAM, "What happens, as server-sent events; resumable")
    },
    read("/openapi.json", "node", "openapi", &[], "This document"),
    Route { answer_type: "text/html", ..read("/docs", "node", "docs", &[], "This document as a page") },
    post("/v1/dev/mine", "dev", "dev_mine", MINE, "Makes blocks; development chains only"),
    post(
        "/v1/dev/time",
        "dev",
        "dev_time",
        TIME,
        "Moves the clock and makes a block; development chains only",
    ),
    post("/v1/dev/snapshot", "dev", "dev_snapshot", "{}", "Remembers this moment; development chains only"),
    post("/v1/dev/revert", "dev", "dev_revert", REVERT, "Goes back to a moment; development chains only"),
    post("/v1/dev/mode", "dev", "dev_mode", MODE, "Changes when blocks are made; development chains only"),
];
