//! Every module's reads, mounted by one list: a new query of a module is a route without a line here.

use std::sync::Arc;

use axum::extract::{RawPathParams, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use chortle_app::{MODULES, catalogue, json::tell_carried, ledger, shows::Shows};
use chortle_kernel::{Address, Cursor, QueryKind, View, tx::RawMessage};
use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema as _, SchemaGenerator};
use serde_json::{Value, json};

use super::args::{self, Arguments};
use super::prove::{self, Recording};
use super::routes::ROUTES;
use super::{Context, Outcome, blocking, symbols, tags, view};

/// Every module's reads, each with its path and its module; a path that the server answers itself is not among them.
pub(super) fn list() -> impl Iterator<Item = (String, &'static str, &'static QueryKind)> {
    let all = catalogue::queries(&MODULES).map(|(module, kind)| (format!("/v1/{}", kind.path), module, kind));
    all.filter(|(path, ..)| ROUTES.iter().all(|route| route.path != path))
}

/// The routes of the list.
pub(super) fn routes() -> Router<Context> {
    list().fold(Router::new(), |router, (path, _, kind)| router.route(&path, mounted(kind)))
}

/// Makes schemas as OpenAPI keeps them, of what is read or of what is written.
pub(super) fn generator(contract: Contract) -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.contract = contract;
        })
        .into_generator()
}

/// The arguments that a kind of read takes.
pub(super) fn arguments(kind: &QueryKind) -> Arguments {
    let mut generator: SchemaGenerator = generator(Contract::Deserialize);
    let schema = (kind.args_schema)(&mut generator).to_value();
    Arguments::of(&schema, generator.definitions())
}

/// What is known of a kind of read before anybody asks.
struct Mounted {
    arguments: Arguments,
    shows: Shows,
    /// Whether its answers carry messages as bytes: what they say is told beside them.
    carries: bool,
}

fn mounted(kind: &'static QueryKind) -> MethodRouter<Context> {
    let mut generator: SchemaGenerator = generator(Contract::Serialize);
    let _ = (kind.answer_schema)(&mut generator);
    let carries = generator.definitions().contains_key(&*RawMessage::schema_name());
    let shows = Shows::of_schema(kind.args_schema);
    let mounted = Arc::new(Mounted { arguments: arguments(kind), shows, carries });
    get(move |State(context): State<Context>, path: RawPathParams, RawQuery(query): RawQuery| async move {
        let path: Vec<_> = path.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        blocking(move || answer(&context, kind, &mounted, path, query.as_deref())).await
    })
}

fn answer(
    context: &Context,
    kind: &QueryKind,
    Mounted { arguments, shows, carries }: &Mounted,
    path: Vec<(String, String)>,
    query: Option<&str>,
) -> Outcome<Response> {
    let mut pairs = args::pairs(query)?;
    let height = view::height(&mut pairs)?;
    let prove = args::switch("prove", args::take(&mut pairs, "prove")?)?;
    let args = arguments.coerce(path.into_iter().chain(pairs))?;
    // The pages of a walk are of the state that its first page saw.
    let read = view::at(context, height.or_else(|| Cursor::height_in(&args)))?;
    symbols::ensure(read.state.as_ref(), shows, &args)?;
    let mut headers = view::headers(&read);
    let run = |state: &dyn chortle_kernel::ReadState| (kind.run)(args, View { state, ..read.view() });
    let tell = |mut answer: Value| {
        if *carries {
            tell_carried(&MODULES, &mut answer);
        }
        answer
    };
    let body: Value = if prove {
        let recording = Recording::over(Arc::clone(&read.state));
        let answer = tell(run(&recording)?);
        let proof = prove::proofs(context, &recording.keys()?, read.height, &read.app_hash)?;
        json!({ "answer": answer, "proof": proof })
    } else {
        let answer = tell(run(read.state.as_ref())?);
        if height.is_none() { with_what_waits(context, kind, answer)? } else { answer }
    };
    // What waits in the mempool is of no state.
    if body.get("pending_nonce").is_none() {
        headers.extend(tags::of_state(read.height, &read.app_hash));
    }
    Ok((headers, Json(body)).into_response())
}

/// An account also says which sequence number comes after what waits here: no state knows that.
fn with_what_waits(context: &Context, kind: &QueryKind, mut answer: Value) -> Outcome<Value> {
    let address = answer["address"].as_str().and_then(|text| text.parse::<Address>().ok());
    if let Some(address) = address.filter(|_| kind.path == ledger::ACCOUNT_PATH) {
        answer["pending_nonce"] = context.shared.chain.pending_nonce(&address)?.into();
    }
    Ok(answer)
}
