//! `POST /v1/governance/simulate`: what messages would do today if governance, or holders of an asset, sent them.
//! Nothing of it stays.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chortle_app::json::untold;
use chortle_app::simulate::{BalanceChange, Execution, ParamChange, RowChange};
use chortle_app::{MODULES, shows::Shows};
use chortle_kernel::tx::{MESSAGES_MAX, RawMessage};
use chortle_kernel::{AssetId, Bytes as Capped, List, ReadState};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Outcome, Problem};
use super::{Context, blocking, json, simulate, symbols, view};

/// Messages to try as governance.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExecuteRequest")]
pub(super) struct Wanted {
    /// In order, all or none; at most sixteen.
    messages: Vec<Named>,
    /// The asset whose holders would send them; governance if absent.
    #[serde(default)]
    community: Option<AssetId>,
}

/// A message by its names, or as a transaction carries it.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "NamedMessage")]
enum Named {
    /// By its names.
    Names(Names),
    /// As a transaction carries it.
    Raw(RawMessage),
}

/// A message by its names.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MessageByName")]
struct Names {
    /// The module, such as `app`.
    module: String,
    /// The message, such as `set_params`.
    message: String,
    /// The message's fields.
    body: Value,
}

pub(super) async fn execute(State(context): State<Context>, body: Bytes) -> Outcome<Response> {
    let malformed = |error: serde_json::Error| Problem::malformed(error.to_string());
    let asked: Value = serde_json::from_slice(&body).map_err(malformed)?;
    let wanted: Wanted = serde_json::from_value(untold(asked)).map_err(malformed)?;
    blocking(move || {
        let community = wanted.community;
        let read = view::at(&context, None)?;
        let messages = wanted.messages.into_iter().enumerate();
        let messages = messages.map(|(place, named)| raw(read.state.as_ref(), place, named));
        let messages = List::<RawMessage, MESSAGES_MAX>::parse(messages.collect::<Outcome<Vec<_>>>()?);
        let messages = messages.map_err(|why| Problem::argument(format!("messages: {why}")))?;
        let execution = context.shared.chain.execute(&messages, community).map_err(simulate::failed)?;
        Ok((view::headers(&read), Json(shown(&execution))).into_response())
    })
    .await
}

fn raw(state: &dyn ReadState, place: usize, named: Named) -> Outcome<RawMessage> {
    let Names { module, message, body } = match named {
        Named::Raw(raw) => return Ok(raw),
        Named::Names(names) => names,
    };
    let wrong = |why: String| Problem::argument(format!("messages[{place}]: {why}"));
    let (tag, kind) = MODULES.tags(&module, &message).ok_or_else(|| {
        wrong(format!("there is no message {module}/{message}")).hint("GET /openapi.json lists every message")
    })?;
    symbols::ensure(state, &Shows::of_schema(kind.schema), &body)?;
    let bytes = (kind.from_json)(body).map_err(&wrong)?;
    Ok(RawMessage { module: tag, tag: kind.tag, body: Capped::parse(bytes).map_err(wrong)? })
}

fn shown(execution: &Execution) -> Value {
    let Execution { refusal, gas, classes, events, params, balances, rows } = execution;
    let refusal = refusal
        .as_ref()
        .map(|reject| json::refusal(&reject.code(), reject.name, &reject.sentence, &reject.fields));
    let param = |ParamChange { path, name, old, new }: &ParamChange| json!({ "path": path, "name": name, "old": old, "new": new });
    let balance = |change: &BalanceChange| {
        json!({
            "address": change.address,
            "asset": change.before.asset,
            "before": change.before.amount,
            "after": change.after,
        })
    };
    let row = |RowChange { prefix, added, changed, removed }: &RowChange| json!({ "row": prefix, "added": added, "changed": changed, "removed": removed });
    json!({
        "error": refusal,
        "gas": gas.to_string(),
        "classes": classes,
        "params": params.iter().map(param).collect::<Vec<_>>(),
        "balance_changes": balances.iter().map(balance).collect::<Vec<_>>(),
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
        "events": events.iter().map(json::event).collect::<Vec<_>>(),
    })
}
