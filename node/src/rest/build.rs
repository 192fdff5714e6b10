//! `POST /v1/txs/build/{module}/{message}`: the bytes to sign for one message. No key ever comes here.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chortle_app::build::{Plan, SignedBy, Unsigned};
use chortle_app::{MODULES, error::Error, gas, params::Params, render::Rendered, shows::Shows, state};
use chortle_kernel::signature::Unit;
use chortle_kernel::tx::{self, ChainRef, MEMO_BYTES_MAX, RawMessage, Replay};
use chortle_kernel::{Address, Bytes as Capped, List, Reject, Text, codec};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Outcome, Problem};
use super::whole::Whole;
use super::{Context, blocking, json, symbols, view};
use crate::state_machine::CommittedView;

pub(super) fn routes() -> Router<Context> {
    Router::new().route(&path("{module}", "{message}"), post(build))
}

/// Where a message is built.
pub(super) fn path(module: &str, message: &str) -> String {
    format!("/v1/txs/build/{module}/{message}")
}

/// What to build. Everything but the message and its sender has a default.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BuildRequest {
    /// The account that the message acts for.
    sender: Address,
    /// The message's fields.
    body: Value,
    /// Who pays the fee, if not the sender; it must sign too.
    fee_payer: Option<Address>,
    /// The fee grant that pays instead, by its number; its granter need not sign.
    fee_grant: Option<Whole>,
    /// The sender's sequence number; the next one after all that wait here if absent.
    sequence: Option<Whole>,
    /// Any order instead of a sequence number; needs an expiry at most 10 minutes ahead.
    #[serde(default)]
    unordered: bool,
    /// Invalid from this block time on, in milliseconds since 1970; 0 is never.
    #[serde(default)]
    expiry_unix_ms: Whole,
    /// Most gas; exactly what the transaction costs if absent.
    gas_limit: Option<Whole>,
    /// Most nlol per gas; the chain's price and the tip if absent.
    gas_price_max: Option<Whole>,
    /// nlol per gas on top of the chain's price.
    #[serde(default)]
    tip: Whole,
    /// What the signers sign with: gas depends on it.
    #[serde(default)]
    signature: SignatureKind,
    /// A note to people.
    #[serde(default)]
    memo: Text<MEMO_BYTES_MAX>,
}

/// What signs.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SignatureKind {
    /// A key, over `sign_digest`.
    #[default]
    Digest,
    /// A wallet, over `typed_data`.
    Eip712,
    /// A wallet, over `summary` as a personal message.
    Eip191,
}

async fn build(
    State(context): State<Context>,
    Path((module, message)): Path<(String, String)>,
    body: Bytes,
) -> Outcome<Response> {
    let mut request: BuildRequest =
        serde_json::from_slice(&body).map_err(|error| Problem::malformed(error.to_string()))?;
    blocking(move || {
        let read = view::at(&context, None)?;
        if request.sequence.is_none() && !request.unordered {
            request.sequence = Some(Whole(context.shared.chain.pending_nonce(&request.sender)?));
        }
        let (mut answer, unsigned) = built(&read, &module, &message, request)?;
        answer["warning"] = warning(&context, &unsigned)?;
        Ok((view::headers(&read), Json(answer)).into_response())
    })
    .await
}

/// What would refuse it now, or null. No refusal: what is built now may be signed and sent when it is paid for.
fn warning(context: &Context, unsigned: &[u8]) -> Outcome<Value> {
    let refused = context.shared.chain.preflight_unsigned(unsigned)?;
    let shown = |reject: Reject| json::refusal(&reject.code(), reject.name, &reject.sentence, &reject.fields);
    Ok(refused.map_or(Value::Null, shown))
}

/// The answer, but for the warning, and the bytes with the places of signatures filled.
fn built(read: &CommittedView, module: &str, name: &str, request: BuildRequest) -> Outcome<(Value, Vec<u8>)> {
    let (tag, kind) = MODULES.tags(module, name).ok_or_else(|| {
        Problem::not_found(format!("there is no message {module}/{name}"))
            .hint("GET /openapi.json lists every message")
    })?;
    symbols::ensure(read.state.as_ref(), &Shows::of_schema(kind.schema), &request.body)?;
    let fields = request.body.clone();
    let body = (kind.from_json)(fields).map_err(|error| Problem::argument(format!("body: {error}")))?;
    let raw = RawMessage { module: tag, tag: kind.tag, body: capped(Capped::parse(body))? };
    let params = state::PARAMS.get(read.state.as_ref())?.unwrap_or_default();
    let mut plan = plan(read, &params, &request, raw)?;
    let first = plan.unsigned(&MODULES).map_err(Problem::refused)?;
    let units = units(read, &words(&first, &[]))?;
    let signed_by = signed_by(request.signature, &units)?;
    plan.signed_by = first.tx.body.signers().map(|_| signed_by.clone()).collect();
    let unsigned = plan.unsigned(&MODULES).map_err(Problem::refused)?;
    let Unsigned { tx, gas, .. } = &unsigned;
    let fee = gas::fee(*gas, &tx.body.fee, params.gas_price_min)
        .ok_or_else(|| Problem::refused(Error::FeeTooLarge {}.into()))?;
    let body_bytes = codec::encode(&tx.body);
    let words = words(&unsigned, &units);
    let shown =
        |unit: &Unit| json!({ "asset": unit.asset, "symbol": unit.symbol, "decimals": unit.decimals });
    let unsigned_tx = tx.encode();
    let answer = json!({
        "body_bytes": json::hexed(&body_bytes),
        "sign_digest": json::hexed(tx::sign_digest(&body_bytes)),
        "unsigned_tx": json::hexed(&unsigned_tx),
        "signers": tx.body.signers().collect::<Vec<_>>(),
        "gas": gas.to_string(),
        "gas_limit": tx.body.fee.gas_limit.to_string(),
        "gas_price_max": tx.body.fee.gas_price_max.to_string(),
        "fee": fee,
        "summary": words.text(),
        "typed_data": words.typed_data(),
        "units": units.iter().map(shown).collect::<Vec<_>>(),
    });
    Ok((answer, unsigned_tx))
}

/// The units of the assets that the words name.
fn units(read: &CommittedView, words: &Rendered) -> Outcome<Vec<Unit>> {
    let mut units = Vec::new();
    for asset in &words.named {
        if let Some(found) = chortle_token::state::ASSET.get(read.state.as_ref(), asset)? {
            let symbol = capped(Text::parse(&*found.symbol))?;
            units.push(Unit { asset: *asset, symbol, decimals: found.decimals });
        }
    }
    Ok(units)
}

/// The words of a transaction, with these units.
fn words(unsigned: &Unsigned, units: &[Unit]) -> Rendered {
    let body = &unsigned.tx.body;
    Rendered::of(&MODULES, body, body.sign_digest(), &unsigned.calls, units)
}

/// What signs; of keys the larger kind, so that the gas is never too low.
fn signed_by(kind: SignatureKind, units: &[Unit]) -> Outcome<SignedBy> {
    let units = capped(List::parse(units.to_vec()))?;
    Ok(match kind {
        SignatureKind::Digest => SignedBy::Secp256k1,
        SignatureKind::Eip712 => SignedBy::Eip712(units),
        SignatureKind::Eip191 => SignedBy::Eip191(units),
    })
}

fn plan(read: &CommittedView, params: &Params, request: &BuildRequest, raw: RawMessage) -> Outcome<Plan> {
    if request.fee_payer.is_some() && request.fee_grant.is_some() {
        return Err(Problem::argument("either 'fee_payer' or 'fee_grant', not both"));
    }
    let replay = match (request.unordered, request.sequence) {
        (true, Some(_)) => return Err(Problem::argument("either 'unordered' or 'sequence', not both")),
        (true, None) if request.expiry_unix_ms.0 <= read.time_unix_ms => {
            return Err(Problem::argument(
                "an unordered transaction needs an 'expiry_unix_ms' in the future",
            ));
        }
        (true, None) => Replay::Unordered,
        (false, sequence) => Replay::Sequence(sequence.unwrap_or_default().0),
    };
    let chain_id = state::CHAIN_ID.get(read.state.as_ref())?.unwrap_or_default();
    let genesis = state::GENESIS.get(read.state.as_ref())?.unwrap_or_default();
    let price = request.gas_price_max.unwrap_or(Whole(params.gas_price_min.saturating_add(request.tip.0)));
    Ok(Plan {
        chain: capped(ChainRef::of(&chain_id, genesis))?,
        sender: request.sender,
        replay,
        expiry_unix_ms: request.expiry_unix_ms.0,
        gas_limit: request.gas_limit.map(|Whole(limit)| limit),
        gas_price_max: price.0,
        tip: request.tip.0,
        fee_payer: request.fee_payer,
        fee_grant: request.fee_grant.map(|Whole(grant)| grant),
        messages: capped(List::parse(vec![raw]))?,
        memo: request.memo.clone(),
        signed_by: Vec::new(),
    })
}

fn capped<T>(parsed: Result<T, String>) -> Outcome<T> {
    parsed.map_err(Problem::argument)
}
