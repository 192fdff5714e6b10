//! CometBFT's RPC over plain HTTP: `tendermint-rpc`'s typed client over a transport without TLS.
//!
//! CometBFT listens on loopback; whoever opens it to the world puts a proxy with TLS in front.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use tendermint_rpc::endpoint::{
    abci_query::AbciQuery, block, block_results, broadcast::tx_sync, commit, net_info, status, validators,
};
use tendermint_rpc::request::Wrapper;
use tendermint_rpc::{Client, Paging, Response, SimpleRequest};

/// A request that takes longer is lost; the longest wait of CometBFT itself is 10 s.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Requests in one JSON-RPC batch; the configuration that we write allows 1,000.
const BATCH_REQUESTS: usize = 500;
/// Bytes of transactions in one batch; the body limit that we write is 8 MiB, and base64 adds a third.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What went wrong between us and CometBFT.
#[derive(Debug, thiserror::Error)]
pub enum RpcError {
    /// No answer.
    #[error("CometBFT does not answer at {url}: {reason}")]
    Unreachable {
        /// Where.
        url: String,
        /// What the transport says.
        reason: String,
    },
    /// An answer that says no.
    #[error("CometBFT refuses {method}: {reason}")]
    Refused {
        /// The method.
        method: String,
        /// CometBFT's sentence.
        reason: String,
    },
    /// An answer that makes no sense.
    #[error("CometBFT's answer to {method} cannot be read: {reason}")]
    Unreadable {
        /// The method.
        method: String,
        /// Why.
        reason: String,
    },
}

chortle_kernel::error_codes! {
    /// What CometBFT refuses itself, before it asks the state machine.
    pub enum Error in "cometbft" for Operator {
        4294967295 refused Refused { reason: String } => "{reason}"
            => "CometBFT does not take the transaction: its words are in the sentence",
    }
}

/// The verdict of CheckTx on a broadcast transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    /// 0 if the mempool has it.
    pub code: u32,
    /// The catalogue of the code.
    pub codespace: String,
    /// A sentence for people; CometBFT's own refusals (mempool full, known already) are [`Code::Refused`].
    pub log: String,
}

/// Where consensus stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The height that it works on.
    pub height: u64,
    /// Power of all validators of that height.
    pub power: u64,
    /// The heights that its peers say they work on; those that have said nothing yet are at 0.
    pub peer_heights: Vec<u64>,
}

/// A client of one CometBFT.
#[derive(Clone, Debug)]
pub struct Rpc {
    http: reqwest::Client,
    url: String,
}

impl Rpc {
    /// A client of the CometBFT at this URL, such as `http://127.0.0.1:26657`.
    pub fn new(url: impl Into<String>) -> Result<Self, RpcError> {
        let url = url.into();
        let http = super::http::client().timeout(TIMEOUT).build();
        let http = http.map_err(|error| unreachable_at(&url, &error))?;
        Ok(Self { http, url })
    }

    /// Where it asks.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The node, its height, its validator.
    pub async fn status(&self) -> Result<status::Response, RpcError> {
        typed("status", Client::status(self).await)
    }

    /// Where consensus stands, here and at the peers.
    pub async fn consensus_standing(&self) -> Result<Standing, RpcError> {
        let method = "dump_consensus_state";
        let request = json!({ "jsonrpc": "2.0", "id": 0, "method": method, "params": {} });
        let text = self.post(request.to_string()).await?;
        let unreadable = |reason: String| RpcError::Unreadable { method: method.to_owned(), reason };
        let answer: Value = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        let result = &answer["result"];
        let number = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok());
        let height = number(&result["round_state"]["height"]);
        let height = height.ok_or_else(|| unreadable("it names no height".to_owned()))?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let validators = list(&result["round_state"]["validators"]["validators"]);
        let power = validators.iter().filter_map(|validator| number(&validator["voting_power"]));
        let peers = list(&result["peers"]);
        let heights = peers.iter().map(|peer| number(&peer["peer_state"]["round_state"]["height"]));
        Ok(Standing {
            height,
            power: power.fold(0, u64::saturating_add),
            peer_heights: heights.map(Option::unwrap_or_default).collect(),
        })
    }

    /// Connected peers.
    pub async fn net_info(&self) -> Result<net_info::Response, RpcError> {
        typed("net_info", Client::net_info(self).await)
    }

    /// A block with its transactions.
    pub async fn block(&self, height: u64) -> Result<block::Response, RpcError> {
        typed("block", self.perform(block::Request::new(to_height("block", height)?)).await)
    }

    /// The results of a block.
    pub async fn block_results(&self, height: u64) -> Result<block_results::Response, RpcError> {
        typed(
            "block_results",
            self.perform(block_results::Request::new(to_height("block_results", height)?)).await,
        )
    }

    /// A header with its commit.
    pub async fn commit(&self, height: u64) -> Result<commit::Response, RpcError> {
        typed("commit", self.perform(commit::Request::new(to_height("commit", height)?)).await)
    }

    /// The validator set of a height, all pages.
    pub async fn validators(&self, height: u64) -> Result<validators::Response, RpcError> {
        let height = to_height("validators", height)?;
        typed("validators", Client::validators(self, height, Paging::All).await)
    }

    /// The genesis document, as JSON.
    pub async fn genesis(&self) -> Result<Value, RpcError> {
        let genesis: Result<tendermint::Genesis<Value>, _> = Client::genesis(self).await;
        let genesis = typed("genesis", genesis)?;
        serde_json::to_value(genesis)
            .map_err(|error| RpcError::Unreadable { method: "genesis".to_owned(), reason: error.to_string() })
    }

    /// A read of the application's state; height 0 is the latest.
    pub async fn abci_query(
        &self,
        path: &str,
        data: Vec<u8>,
        height: u64,
        prove: bool,
    ) -> Result<AbciQuery, RpcError> {
        let at = if height == 0 { None } else { Some(to_height("abci_query", height)?) };
        typed("abci_query", Client::abci_query(self, Some(path.to_owned()), data, at, prove).await)
    }

    /// Submits a transaction and waits for CheckTx, not for a block.
    pub async fn broadcast_tx_sync(&self, tx: Vec<u8>) -> Result<tx_sync::Response, RpcError> {
        typed("broadcast_tx_sync", Client::broadcast_tx_sync(self, tx).await)
    }

    /// Submits many transactions in few requests; one verdict each, in order.
    pub async fn broadcast_many(&self, txs: &[impl AsRef<[u8]>]) -> Result<Vec<Broadcast>, RpcError> {
        let mut verdicts = Vec::with_capacity(txs.len());
        let mut rest = txs;
        while !rest.is_empty() {
            let mut size_bytes = 0_usize;
            let fits = |tx: &&_| {
                size_bytes = size_bytes.saturating_add(AsRef::<[u8]>::as_ref(*tx).len());
                size_bytes <= BATCH_BYTES
            };
            let count = rest.iter().take(BATCH_REQUESTS).take_while(fits).count().max(1);
            let (batch, later) = rest.split_at(count);
            verdicts.extend(self.broadcast_batch(batch).await?);
            rest = later;
        }
        Ok(verdicts)
    }

    async fn broadcast_batch(&self, txs: &[impl AsRef<[u8]>]) -> Result<Vec<Broadcast>, RpcError> {
        let method = "broadcast_tx_sync";
        let request = |(id, tx): (usize, &_)| {
            let tx = BASE64.encode(AsRef::<[u8]>::as_ref(tx));
            json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": { "tx": tx } })
        };
        let body: Vec<Value> = txs.iter().enumerate().map(request).collect();
        let text = self.post(json!(body).to_string()).await?;
        let unreadable = |reason: String| RpcError::Unreadable { method: method.to_owned(), reason };
        // A batch of one is answered without the brackets.
        let answers: Vec<BatchAnswer> = if text.trim_start().starts_with('[') {
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?
        } else {
            vec![serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?]
        };
        let mut verdicts: Vec<Option<Broadcast>> = vec![None; txs.len()];
        for answer in answers {
            let place = verdicts.get_mut(answer.id).ok_or_else(|| unreadable("an unknown id".to_owned()))?;
            *place = Some(answer.verdict());
        }
        let complete: Option<Vec<_>> = verdicts.into_iter().collect();
        complete.ok_or_else(|| unreadable("fewer answers than requests".to_owned()))
    }

    async fn post(&self, body: String) -> Result<String, RpcError> {
        let request = self.http.post(&self.url).header("content-type", "application/json").body(body);
        let response = request.send().await.map_err(|error| unreachable_at(&self.url, &error))?;
        response.text().await.map_err(|error| unreachable_at(&self.url, &error))
    }
}

#[async_trait]
impl Client for Rpc {
    async fn perform<R: SimpleRequest>(&self, request: R) -> Result<R::Output, tendermint_rpc::Error> {
        let body = Wrapper::new(request).into_json();
        let text = self.post(body).await;
        let text = text.map_err(|error| tendermint_rpc::Error::client_internal(error.to_string()))?;
        R::Response::from_string(text).map(Into::into)
    }
}

#[derive(Deserialize)]
struct BatchAnswer {
    id: usize,
    result: Option<BatchResult>,
    error: Option<BatchError>,
}

#[derive(Deserialize)]
struct BatchResult {
    code: u32,
    #[serde(default)]
    codespace: String,
    #[serde(default)]
    log: String,
}

#[derive(Deserialize)]
struct BatchError {
    message: String,
    #[serde(default)]
    data: String,
}

impl BatchAnswer {
    fn verdict(self) -> Broadcast {
        match (self.result, self.error) {
            (Some(result), None) => {
                Broadcast { code: result.code, codespace: result.codespace, log: result.log }
            }
            (_, Some(error)) => cometbft_refusal(format!("{}: {}", error.message, error.data)),
            (None, None) => cometbft_refusal("an answer without a result".to_owned()),
        }
    }
}

fn cometbft_refusal(log: String) -> Broadcast {
    let row = Code::Refused.row();
    Broadcast { code: row.number, codespace: row.codespace.to_owned(), log }
}

fn to_height(method: &str, height: u64) -> Result<tendermint::block::Height, RpcError> {
    let refused = |error: tendermint::Error| RpcError::Refused {
        method: method.to_owned(),
        reason: format!("height {height}: {error}"),
    };
    height.try_into().map_err(refused)
}

fn unreachable_at(url: &str, error: &reqwest::Error) -> RpcError {
    RpcError::Unreachable { url: url.to_owned(), reason: error.to_string() }
}

fn typed<T>(method: &str, answer: Result<T, tendermint_rpc::Error>) -> Result<T, RpcError> {
    answer.map_err(|error| RpcError::Refused { method: method.to_owned(), reason: error.to_string() })
}
