//! What the routes that no module brings answer, as schemas of the document. Every field is there unless it is marked.

mod engine;

use chortle_app::{MODULES, catalogue::ErrorCode};
use chortle_kernel::{Address, Amount};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

/// A reference to a schema of the document.
pub(super) fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What a route of this id answers; `None` if nobody has said so.
pub(super) fn of(id: &str) -> Option<Value> {
    let height = || object(&[("height", whole("blocks"))]);
    Some(match id {
        "status" => named("Status"),
        "errors" => list(named("ErrorCode")),
        "healthz" => object(&[("alive", json!({ "const": true }))]),
        "readyz" => object(&[("ready", json!({ "const": true })), ("height", whole("blocks"))]),
        "version" => named("Version"),
        "blocks" => page(named("Block")),
        "block" => named("BlockWithEvents"),
        "block_txs" => page(named("TxOfBlock")),
        "tx" | "submit" => named("TxStanding"),
        "state" => provable(named("StateValue")),
        "header" => named("LightBlock"),
        "genesis" => named("Genesis"),
        "simulate" => named("Simulation"),
        "execute" => named("Execution"),
        "openapi" | "dev_mode" => json!({ "type": "object" }),
        "stream" | "docs" => text(),
        "dev_mine" | "dev_revert" => height(),
        "dev_time" => object(&[("time_unix_ms", whole("ms")), ("height", whole("blocks"))]),
        "dev_snapshot" => object(&[("snapshot", whole("")), ("height", whole("blocks"))]),
        _ => return None,
    })
}

/// The answer by itself, or with its proof where `prove=true` was asked for.
pub(super) fn provable(answer: Value) -> Value {
    let proven = object(&[("answer", answer.clone()), ("proof", named("Proof"))]);
    json!({ "anyOf": [answer, proven] })
}

/// The schemas that [`of`] names.
pub(super) fn schemas(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let address = generator.subschema_for::<Address>().to_value();
    let amount = generator.subschema_for::<Amount>().to_value();
    let _ = generator.subschema_for::<ErrorCode>();
    let mut all = Map::new();
    let events = events(generator, &mut all);
    let messages = messages(generator);
    all.insert("Event".to_owned(), events);
    all.insert("Message".to_owned(), messages);
    all.extend(of_receipts(&amount).map(|(name, schema)| (name.to_owned(), schema)));
    all.extend(of_txs(&address, &amount).map(|(name, schema)| (name.to_owned(), schema)));
    all.extend(of_chain().map(|(name, schema)| (name.to_owned(), schema)));
    all.extend(engine::schemas().map(|(name, schema)| (name.to_owned(), schema)));
    all
}

/// A union of all kinds of events, told apart by `kind`.
fn events(generator: &mut SchemaGenerator, all: &mut Map<String, Value>) -> Value {
    let (mut union, mut mapping) = (Vec::new(), Map::new());
    for kind in MODULES.modules().flat_map(|module| module.events) {
        let fields = (kind.schema)(generator).to_value();
        let name = format!("{}Event", camel(kind.kind));
        union.push(named(&name));
        mapping.insert(kind.kind.to_owned(), named(&name)["$ref"].clone());
        all.insert(name, object(&[("kind", json!({ "const": kind.kind })), ("fields", fields)]));
    }
    json!({ "oneOf": union, "discriminator": { "propertyName": "kind", "mapping": mapping } })
}

/// A union of all messages, told apart by `module` and `message`.
fn messages(generator: &mut SchemaGenerator) -> Value {
    let rows = MODULES.modules().flat_map(|module| module.messages.iter().map(|kind| (module.name, kind)));
    let one = |(module, kind): (&str, &chortle_kernel::MessageKind)| {
        let body = (kind.schema)(generator).to_value();
        object(&[
            ("module", json!({ "const": module })),
            ("message", json!({ "const": kind.name })),
            ("body", body),
        ])
    };
    json!({ "oneOf": rows.map(one).collect::<Vec<_>>() })
}

fn of_receipts(amount: &Value) -> impl Iterator<Item = (&'static str, Value)> {
    [
        (
            "Refusal",
            object(&[("code", text()), ("name", text()), ("detail", text()), ("fields", named("Fields"))]),
        ),
        (
            "Fields",
            json!({
                "type": "object",
                "description": "The values that broke the rule; what may pass 2^53 is a decimal string",
                "additionalProperties": { "type": ["string", "integer"] },
            }),
        ),
        (
            "Receipt",
            object(&[
                ("error", json!({ "anyOf": [named("Refusal"), { "type": "null" }] })),
                ("gas_limit", digits("gas")),
                ("gas_used", digits("gas")),
                ("fee", amount.clone()),
                ("events", list(named("Event"))),
            ]),
        ),
    ]
    .into_iter()
}

/// A transaction, as `chortle_app::json` shows it.
fn tx(address: &Value) -> Value {
    let replay = json!({ "oneOf": [{ "const": "unordered" }, object(&[("sequence", whole(""))])] });
    object(&[
        ("chain_id", text()),
        ("genesis_hash", hex()),
        ("sender", address.clone()),
        ("fee_payer", json!({ "anyOf": [address, { "type": "null" }] })),
        ("fee_grant", json!({ "anyOf": [whole(""), { "type": "null" }] })),
        ("replay", replay),
        ("expiry_unix_ms", digits("ms")),
        ("gas_limit", digits("gas")),
        ("gas_price_max", digits("nlol/gas")),
        ("tip", digits("nlol/gas")),
        ("memo", text()),
        ("messages", list(named("Message"))),
    ])
}

fn of_txs(address: &Value, amount: &Value) -> impl Iterator<Item = (&'static str, Value)> {
    let change = object(&[
        ("address", address.clone()),
        ("asset", text()),
        ("before", amount.clone()),
        ("after", amount.clone()),
    ]);
    [
        ("Tx", tx(address)),
        (
            "TxStanding",
            object(&[
                ("hash", hex()),
                ("status", json!({ "enum": ["pending", "included", "failed", "expired", "unknown"] })),
                ("height?", whole("blocks")),
                ("index?", whole("")),
                ("time?", time()),
                ("time_unix_ms?", whole("ms")),
                ("tx?", named("Tx")),
                ("receipt?", named("Receipt")),
            ]),
        ),
        (
            "TxOfBlock",
            object(&[
                ("hash", hex()),
                ("index", whole("")),
                ("status", json!({ "enum": ["included", "failed"] })),
                ("tx", named("Tx")),
                ("receipt", named("Receipt")),
            ]),
        ),
        (
            "Built",
            object(&[
                ("body_bytes", hex()),
                ("sign_digest", hex()),
                ("unsigned_tx", hex()),
                ("signers", list(address.clone())),
                ("gas", digits("gas")),
                ("gas_limit", digits("gas")),
                ("gas_price_max", digits("nlol/gas")),
                ("fee", amount.clone()),
                ("summary", text()),
                ("typed_data", json!({ "type": "object" })),
                (
                    "units",
                    list(object(&[("asset", digits("asset")), ("symbol", text()), ("decimals", whole(""))])),
                ),
                ("warning", json!({ "anyOf": [named("Refusal"), { "type": "null" }] })),
            ]),
        ),
        ("Simulation", object(&[("receipt", named("Receipt")), ("balance_changes", list(change.clone()))])),
        ("Execution", execution(change)),
    ]
    .into_iter()
}

/// What messages would do, as `govern` shows it.
fn execution(balance: Value) -> Value {
    let param = object(&[("path", text()), ("name", text()), ("old", json!({})), ("new", json!({}))]);
    let row =
        object(&[("row", text()), ("added", whole("")), ("changed", whole("")), ("removed", whole(""))]);
    object(&[
        ("error", or_null(named("Refusal"))),
        ("gas", digits("gas")),
        ("classes", list(named("Class"))),
        ("params", list(param)),
        ("balance_changes", list(balance)),
        ("rows", list(row)),
        ("events", list(named("Event"))),
    ])
}

fn of_chain() -> impl Iterator<Item = (&'static str, Value)> {
    let commit = object(&[("round", whole("")), ("signed", whole("")), ("validators", whole(""))]);
    let kinds = json!({ "enum": ["unknown", "duplicate_vote", "light_client_attack"] });
    let evidence = object(&[
        ("kind", kinds),
        ("validator", hex()),
        ("height", whole("blocks")),
        ("time_unix_ms", whole("ms")),
        ("power", digits("")),
        ("total_power", digits("")),
    ]);
    let block = [
        ("height", whole("blocks")),
        ("time", time()),
        ("time_unix_ms", whole("ms")),
        ("hash", hex()),
        ("proposer", hex()),
        ("app_hash", hex()),
        ("txs", whole("")),
        ("txs_bytes", whole("bytes")),
        ("gas_used", digits("gas")),
        ("last_commit", commit),
        ("evidence", list(evidence)),
    ];
    let with_events: Vec<_> = block.iter().cloned().chain([("events", list(named("Event")))]).collect();
    let entry = object(&[("key", hex()), ("value", or_null(hex())), ("ics23", text())]);
    [
        (
            "Status",
            object(&[
                ("chain_id", text()),
                ("genesis_hash", hex()),
                ("height", whole("blocks")),
                ("time", time()),
                ("time_unix_ms", whole("ms")),
                ("app_hash", hex()),
                ("earliest_height", whole("blocks")),
                ("earliest_block", whole("blocks")),
                ("pending_txs", whole("")),
                ("version", text()),
                ("app_version", whole("")),
                ("engine", text()),
            ]),
        ),
        (
            "Version",
            object(&[
                ("name", text()),
                ("version", text()),
                ("app_version", whole("")),
                ("cometbft", text()),
                ("store_format", whole("")),
            ]),
        ),
        ("Block", object(&block)),
        ("BlockWithEvents", object(&with_events)),
        ("StateValue", object(&[("key", hex()), ("value", or_null(hex()))])),
        (
            "Proof",
            object(&[
                ("height", whole("blocks")),
                ("header_height", whole("blocks")),
                ("app_hash", hex()),
                ("spec", text()),
                ("entries", list(entry)),
            ]),
        ),
    ]
    .into_iter()
}

/// An object with these fields; one whose name ends with `?` may be absent.
fn object(fields: &[(&str, Value)]) -> Value {
    let required: Vec<_> = fields.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<_, _> =
        fields.iter().map(|(name, schema)| (name.trim_end_matches('?').to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

fn page(item: Value) -> Value {
    object(&[("items", list(item)), ("next", or_null(text()))])
}

fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn hex() -> Value {
    json!({ "type": "string", "pattern": "^0x([0-9a-f]{2})*$" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn whole(unit: &str) -> Value {
    with_unit(json!({ "type": "integer", "minimum": 0 }), unit)
}

/// A number that may pass 2^53.
fn digits(unit: &str) -> Value {
    with_unit(json!({ "type": "string", "pattern": "^[0-9]+$" }), unit)
}

fn with_unit(mut schema: Value, unit: &str) -> Value {
    if !unit.is_empty() {
        schema["x-unit"] = unit.into();
    }
    schema
}

/// `token.force_transferred` as `TokenForceTransferred`.
fn camel(kind: &str) -> String {
    let words = kind.split(['.', '_']).map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    });
    words.collect()
}
