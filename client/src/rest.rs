//! A blocking client of a node's REST server.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::BTreeMap,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use chortle_kernel::{
    Address, AssetId, Fields,
    hash::{self, Hash},
    tx::{self, ChainRef},
};
use reqwest::{
    Url,
    blocking::{Client, RequestBuilder, Response},
    header::{ACCEPT, CONTENT_TYPE, LOCATION},
    redirect::Policy,
};
use rustls::ClientConfig;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Class, Code, Error, Result,
    amount::{AssetInfo, Assets},
    routes,
    stream::Stream,
    tls,
};

/// How long a connection may take to stand.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer may take; a node gives up on a request after 15 s.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a stream may say nothing, not even that it is still there.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// First pause between two looks at a transaction; it doubles.
const POLL_FIRST: Duration = Duration::from_millis(10);
/// Longest pause.
const POLL_MAX: Duration = Duration::from_millis(500);

/// A node behind its URL.
pub struct Rest {
    base: Url,
    http: Client,
    /// Whom it must prove to be, for clients of another patience.
    trusted: ClientConfig,
    assets: RefCell<BTreeMap<AssetId, AssetInfo>>,
}

/// What a node says of its chain.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    /// The chain's name.
    pub chain_id: String,
    /// The hash of its genesis, which every transaction names.
    pub genesis_hash: String,
    /// Last committed height.
    pub height: u64,
    /// Time of that block.
    pub time_unix_ms: u64,
}

impl Status {
    /// What every transaction of the chain names.
    pub fn chain(&self) -> Result<ChainRef> {
        chain_of(&self.chain_id, &self.genesis_hash)
    }
}

/// A chain by its name and the hash of its genesis, as people write it.
pub fn chain_of(chain_id: &str, genesis_hash: &str) -> Result<ChainRef> {
    let wrong = |why: String| {
        Error::usage(format!("genesis hash {genesis_hash}: {why}"))
            .hint("copy it whole: chortle status shows it")
    };
    let mut genesis = [0; 32];
    hex::decode_to_slice(genesis_hash.trim_start_matches("0x"), &mut genesis)
        .map_err(|_| wrong("64 hexadecimal digits are needed".to_owned()))?;
    ChainRef::of(chain_id, genesis)
        .map_err(|why| Error::usage(format!("chain id: {why}")).hint("write it as chortle status shows it"))
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TxStatus {
    /// It waits for a block.
    Pending,
    /// It is in a block, and did what it asked for.
    Included,
    /// It is in a block and was refused; the fee is paid.
    Failed,
    /// Its time is over.
    Expired,
    /// The node does not know it.
    Unknown,
}

impl TxStatus {
    /// Whether it will never change again.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Included | Self::Failed | Self::Expired)
    }
}

#[derive(Deserialize)]
struct Params {
    gas_price_min: u64,
}

#[derive(Deserialize)]
struct Account {
    nonce: u64,
}

#[derive(Deserialize)]
struct Token {
    symbol: String,
    decimals: u8,
}

/// An error of the node, as RFC 9457 has it.
#[derive(Deserialize)]
struct Problem {
    code: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
    #[serde(default)]
    fields: Fields,
}

impl Rest {
    /// The node at a URL such as `http://127.0.0.1:1317` or `https://node.example`; behind `https` it must prove by an
    /// authority of this machine who it is.
    pub fn at(url: &str) -> Result<Self> {
        Self::trusting(url, None)
    }

    /// Refuses a URL that no node could be behind.
    pub fn ensure_url(url: &str) -> Result<()> {
        parse_url(url).map(drop)
    }

    /// The node at a URL; behind `https` an authority of this file must stand behind it, and no other counts.
    pub fn trusting(url: &str, ca: Option<&Path>) -> Result<Self> {
        let base = parse_url(url)?;
        let trusted = match (base.scheme(), ca) {
            ("https", Some(file)) => tls::of_file(file)?,
            ("https", None) => tls::of_machine()?,
            _ => tls::nobody()?,
        };
        let http = client(&trusted, ANSWER_TIMEOUT)?;
        Ok(Self { base, http, trusted, assets: RefCell::new(BTreeMap::new()) })
    }

    /// The URL of a path below `/v1/`, each part escaped.
    fn url(&self, parts: &[&str]) -> Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::config(Code::BadNodeUrl, format!("'{}' cannot hold a path", self.base)))?
            .pop_if_empty()
            .push("v1")
            .extend(parts);
        Ok(url)
    }

    /// Reads a path below `/v1/`.
    pub fn get(&self, parts: &[&str], query: &[(String, String)]) -> Result<Value> {
        let mut url = self.url(parts)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(self.http.get(url))
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, parts: &[&str]) -> Result<T> {
        serde_json::from_value(self.get(parts, &[])?).map_err(|error| strange(&error.to_string()))
    }

    fn post(&self, url: Url, bytes: &[u8]) -> Result<Value> {
        let request = self.http.post(url).header(CONTENT_TYPE, "application/octet-stream");
        self.send(request.body(bytes.to_vec()))
    }

    /// Drives a development chain: what, and how.
    pub fn drive(&self, what: &str, body: &Value) -> Result<Value> {
        self.post_json(&["dev", what], body)
    }

    /// Posts JSON to a path below `/v1/`.
    pub fn post_json(&self, parts: &[&str], body: &Value) -> Result<Value> {
        let request = self.http.post(self.url(parts)?).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string()))
    }

    fn send(&self, request: RequestBuilder) -> Result<Value> {
        let answer = self.ask(request)?;
        let body = answer.bytes().map_err(|error| self.unreachable(&error))?;
        serde_json::from_slice(&body).map_err(|error| strange(&error.to_string()))
    }

    /// An answer that is not a refusal.
    fn ask(&self, request: RequestBuilder) -> Result<Response> {
        let answer = request.send().map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        if status.is_redirection() {
            return Err(self.sent_elsewhere(&answer));
        }
        let body = answer.bytes().map_err(|error| self.unreachable(&error))?;
        let problem: Problem = serde_json::from_slice(&body)
            .map_err(|_| strange(&format!("HTTP status {status} without an explanation")))?;
        Err(refusal(status.is_server_error(), problem))
    }

    /// What happens after the event with this id, as it happens.
    pub fn stream(&self, pairs: &[(String, String)], after: &str) -> Result<Stream<Response>> {
        let mut url = self.url(&["stream"])?;
        url.query_pairs_mut().extend_pairs(pairs);
        // The time is for each piece of what comes, not for all of it.
        let request = client(&self.trusted, SILENCE_MAX)?.get(url);
        let answer = self.ask(request.header(ACCEPT, "text/event-stream").header("last-event-id", after))?;
        Ok(Stream::new(answer, Some(after.to_owned())))
    }

    /// Nothing is sent where an answer points: whoever wants that names the other node himself.
    fn sent_elsewhere(&self, answer: &Response) -> Error {
        let to = answer
            .headers()
            .get(LOCATION)
            .map_or(Cow::Borrowed("elsewhere"), |to| String::from_utf8_lossy(to.as_bytes()));
        let (base, to) = (&self.base, to.escape_debug());
        let sentence = format!("the node at {base} sends this client to {to}, where it does not go");
        Error::unexpected(Code::StrangeAnswer, sentence)
            .hint("if that is the node that you mean, name it: --node URL")
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        if let Some(fault) = tls::fault(error).filter(|_| error.is_connect()) {
            let (why, what) = tls::explained(fault);
            let sentence = format!("the node at {} does not prove who it is: {why}", self.base);
            return Error::unexpected(Code::UntrustedNode, sentence).hint(what);
        }
        let (code, verb, why) = if error.is_connect() {
            (Code::NodeUnreachable, "cannot reach", "nothing listens there".to_owned())
        } else if error.is_timeout() {
            (Code::NoAnswer, "no answer from", "it does not answer in time".to_owned())
        } else {
            (Code::NoAnswer, "no answer from", causes(error))
        };
        let hint = match why.contains("invalid HTTP version") && self.base.scheme() == "http" {
            true => "if it speaks TLS, write https:// instead",
            false => "start one with: chortled dev; or name another with --node URL",
        };
        Error::unexpected(code, format!("{verb} the node at {}: {why}", self.base)).hint(hint)
    }

    /// What the node says of its chain.
    pub fn status(&self) -> Result<Status> {
        self.read(&["status"])
    }

    /// The chain's lowest gas price, in nlol.
    pub fn gas_price_min(&self) -> Result<u64> {
        self.read::<Params>(&["app", "params"]).map(|params| params.gas_price_min)
    }

    /// The sequence number of an account's next transaction.
    pub fn nonce(&self, address: &Address) -> Result<u64> {
        self.read::<Account>(&["accounts", &address.to_string()]).map(|account| account.nonce)
    }

    /// Hands a transaction in; the answer must be about it. With `preflight` the node refuses what would pay its fee
    /// for nothing.
    pub fn submit(&self, bytes: &[u8], preflight: bool) -> Result<Value> {
        let mut url = self.url(&["txs"])?;
        if !preflight {
            url.query_pairs_mut().append_pair("preflight", "false");
        }
        let standing = self.post(url, bytes)?;
        if standing["hash"] == hash::to_hex(&tx::id(bytes)) {
            return Ok(standing);
        }
        Err(strange("it is about another transaction"))
    }

    /// What a transaction would do now; its signatures are not looked at.
    pub fn simulate(&self, bytes: &[u8]) -> Result<Value> {
        self.post(self.url(&["txs", "simulate"])?, bytes)
    }

    /// Where a transaction stands.
    pub fn tx(&self, id: &Hash) -> Result<(TxStatus, Value)> {
        let value = self.get(&["txs", &format!("0x{}", hex::encode(id))], &[])?;
        let status = value.get("status").cloned().unwrap_or(Value::Null);
        let status = serde_json::from_value(status).map_err(|error| strange(&error.to_string()))?;
        Ok((status, value))
    }

    /// Waits until a transaction's fate is final. A node that was there once may be away for a while.
    pub fn wait(&self, id: &Hash, timeout: Duration) -> Result<(TxStatus, Value)> {
        let deadline = Instant::now() + timeout;
        let mut pause = POLL_FIRST;
        let (mut status, mut standing) = self.tx(id)?;
        while !status.is_final() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(timed_out(id, timeout, &format!("{status:?}").to_lowercase()));
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(POLL_MAX);
            match self.tx(id) {
                Ok(seen) => (status, standing) = seen,
                Err(error) if error.class == Class::Unexpected => {}
                Err(error) => return Err(error),
            }
        }
        Ok((status, standing))
    }
}

impl Assets for Rest {
    fn describe(&self, asset: AssetId) -> Result<AssetInfo> {
        if asset == AssetId::NATIVE {
            return Ok(AssetInfo::native());
        }
        if let Some(info) = self.assets.borrow().get(&asset) {
            return Ok(info.clone());
        }
        let token: Token =
            self.read(&["tokens", &asset.to_string()]).map_err(|error| match error.is_not_found() {
                true => error.hint("check the number; list the assets: chortle query token list"),
                false => error,
            })?;
        let info = AssetInfo { symbol: token.symbol, decimals: token.decimals };
        self.assets.borrow_mut().insert(asset, info.clone());
        Ok(info)
    }
}

fn client(trusted: &ClientConfig, timeout: Duration) -> Result<Client> {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        // Nodes are reached directly: a transaction never goes through a proxy by accident.
        .no_proxy()
        // Nor elsewhere because a node says so: an order goes to whom it was given, by the way that was named.
        .redirect(Policy::none())
        .tls_backend_preconfigured(trusted.clone())
        .build()
        .map_err(|error| Error::unexpected(Code::HttpClient, causes(&error)))
}

fn parse_url(url: &str) -> Result<Url> {
    let wrong = |why: &str| {
        Error::config(Code::BadNodeUrl, format!("'{url}' is not a node's URL: {why}"))
            .hint("write such as http://127.0.0.1:1317 or https://node.example")
    };
    let base = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
    match base.scheme() {
        "http" | "https" => Ok(base),
        other => Err(wrong(&format!("'{other}' is neither http nor https"))),
    }
}

/// The error of a wait that ran out.
pub fn timed_out(id: &Hash, timeout: Duration, state: &str) -> Error {
    let (hash, seconds) = (hash::to_hex(id), timeout.as_secs());
    let sentence = format!("{hash} is in no block after {seconds} s (the node says: {state})");
    Error::unexpected(Code::TimedOut, sentence)
        .hint(format!("it may still be included: chortle tx wait {hash}"))
}

/// An error with what caused it: the outermost alone says little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

fn strange(why: &str) -> Error {
    Error::unexpected(Code::StrangeAnswer, format!("the node's answer makes no sense here: {why}"))
        .hint("is this the REST port of a Chortle node, of the same version as this client?")
}

fn refusal(of_server: bool, problem: Problem) -> Error {
    let (Some(code), Some(detail)) = (problem.code, problem.detail) else {
        return strange("an error without a code or a reason");
    };
    let class = if of_server { Class::Unexpected } else { Class::Rejected };
    let name = problem.title.unwrap_or_default().replace(' ', "_");
    let error = Error::of_node(class, code, &name, detail).fields(problem.fields);
    match problem.hint {
        // What this program says of a code names its own commands.
        Some(hint) if !error.is_known() => error.hint(routes::as_commands(&hint)),
        _ => error,
    }
}
