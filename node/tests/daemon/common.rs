//! A dev node in this process behind a real socket, and transactions signed by hand.

use chortle_app::MODULES;
use std::sync::Arc;
use std::time::Duration;

use chortle_consensus::comet::http;
use chortle_kernel::signature::Authenticator;
use chortle_kernel::tx::{ChainRef, Fee, FeeSource, RawMessage, Replay, Sender, Tx, TxBody, VERSION};
use chortle_kernel::{Address, AssetId, Bytes, List, Text, codec};
use chortle_node::dev::accounts::{self, DevAccount, MNEMONIC};
use chortle_node::dev::{DevChain, DevSubmit, Mode, genesis};
use chortle_node::listeners::{Listeners, Ports};
use chortle_node::rest::Limits;
use chortle_store::{Options, Store};
use reqwest::{Client, Response};
use secp256k1::{Message, PublicKey, SecretKey, ecdsa};
use serde_json::{Value, json};

pub const CHAIN_ID: &str = "chortle-test-1";

/// A running node.
pub struct Node {
    pub listeners: Listeners,
    pub http: Client,
    pub accounts: Vec<Signer>,
}

/// An account that signs for one chain.
pub struct Signer {
    account: DevAccount,
    chain: ChainRef,
}

impl Signer {
    pub fn new(account: DevAccount, chain: ChainRef) -> Self {
        Self { account, chain }
    }
}

impl std::ops::Deref for Signer {
    type Target = DevAccount;

    fn deref(&self) -> &DevAccount {
        &self.account
    }
}

/// The funded accounts, as signers for a chain.
pub fn accounts(dev: &DevChain) -> Vec<Signer> {
    let status = dev.chain().status().expect("a chain that has begun");
    signers(&ChainRef::of(&status.chain_id, status.genesis_hash).expect("a short name"))
}

/// The accounts of the development phrase, as signers for a chain that may know none of them.
pub fn signers(chain: &ChainRef) -> Vec<Signer> {
    let accounts = accounts::derive(MNEMONIC, 10).expect("the well-known phrase");
    accounts.into_iter().map(|account| Signer { account, chain: chain.clone() }).collect()
}

/// A dev chain in memory.
pub fn chain(mode: Mode) -> DevChain {
    chain_with(mode, Options::default())
}

pub fn chain_with(mode: Mode, options: Options) -> DevChain {
    let store = Store::memory(options).expect("memory");
    genesis::open(store, CHAIN_ID, mode).expect("a fresh chain")
}

impl Node {
    pub async fn start() -> Self {
        Self::with(Mode::Instant, Limits::default()).await
    }

    pub async fn with(mode: Mode, limits: Limits) -> Self {
        let dev = Arc::new(chain(mode));
        Self::over(Arc::clone(&dev), Some(dev), limits).await
    }

    /// A node over a chain that the test drives; `served` is what `/v1/dev` reaches, if it is served at all.
    pub async fn over(dev: Arc<DevChain>, served: Option<Arc<DevChain>>, limits: Limits) -> Self {
        let any = "127.0.0.1:0".parse().expect("an address");
        let ports = Ports::bind(any, Some(any)).await.expect("free ports");
        let submit = Arc::new(DevSubmit(Arc::clone(&dev)));
        let accounts = accounts(&dev);
        let listeners = Listeners::open(ports, dev.chain().clone(), submit, served, limits).expect("threads");
        let http = http::client().timeout(Duration::from_secs(30)).build().expect("a client");
        Self { listeners, http, accounts }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.listeners.rest)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(self.url(path)).send().await.expect("an answer")
    }

    pub async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert!(status.is_success(), "GET {path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.http.post(self.url(path)).json(body).send().await.expect("an answer")
    }

    pub async fn post_ok(&self, path: &str, body: &Value) -> Value {
        let response = self.post(path, body).await;
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert!(status.is_success(), "POST {path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Submits bytes and answers what became of them.
    pub async fn submit(&self, bytes: &[u8]) -> Value {
        self.post_ok("/v1/txs", &json!({ "tx": format!("0x{}", hex::encode(bytes)) })).await
    }

    /// A transfer of LOL, signed by a dev account.
    pub fn transfer(&self, from: usize, to: Address, amount: u64, sequence: u64) -> Vec<u8> {
        transfer(&self.accounts[from], to, amount, sequence)
    }
}

pub fn transfer(from: &Signer, to: Address, amount: u64, sequence: u64) -> Vec<u8> {
    let fields = json!({ "to": to, "coin": { "asset": "0", "amount": amount.to_string() } });
    signed(from, "transfer", fields, Replay::Sequence(sequence), 0)
}

/// A message of the ledger in an envelope, signed.
pub fn signed(from: &Signer, name: &str, fields: Value, replay: Replay, expiry_unix_ms: u64) -> Vec<u8> {
    sign(from, body(from, name, fields, replay, expiry_unix_ms))
}

pub fn body(from: &Signer, name: &str, fields: Value, replay: Replay, expiry_unix_ms: u64) -> TxBody {
    let (module, kind) = MODULES.tags("token", name).expect("a message of the ledger");
    let message = (kind.from_json)(fields).expect("its fields");
    let raw = RawMessage { module, tag: kind.tag, body: Bytes::parse(message).expect("short") };
    TxBody {
        version: VERSION,
        chain: from.chain.clone(),
        sender: Sender::Account(from.address),
        replay,
        expiry_unix_ms,
        fee: Fee { gas_limit: 50_000_000, gas_price_max: 10, tip: 0, asset: AssetId::NATIVE },
        fee_source: FeeSource::Sender,
        messages: List::parse(vec![raw]).expect("one"),
        memo: Text::default(),
    }
}

pub fn sign(from: &Signer, body: TxBody) -> Vec<u8> {
    let signature = sign_digest(from, body.sign_digest());
    Tx { body, signatures: List::parse(vec![signature]).expect("one"), proofs: List::default() }.encode()
}

pub fn sign_digest(from: &Signer, digest: [u8; 32]) -> Authenticator {
    let secret = SecretKey::from_secret_bytes(from.secret).expect("a key");
    let signature = ecdsa::sign(Message::from_digest(digest), &secret).serialize_compact();
    Authenticator::Secp256k1 { key: PublicKey::from_secret_key(&secret).serialize(), signature }
}

/// Body bytes with signatures behind them, as a client puts them together.
pub fn assemble(body_bytes: &[u8], signatures: Vec<Authenticator>) -> Vec<u8> {
    let signatures: List<Authenticator, 8> = List::parse(signatures).expect("few");
    let no_proofs = 0_u32.to_le_bytes();
    [body_bytes, &codec::encode(&signatures), &no_proofs].concat()
}

/// Fills a block with transfers to 256 accounts each; answers how many events it is.
pub async fn large_block(node: &Node, dev: &DevChain, txs: u64) -> usize {
    let recipient = |at: u64| {
        let mut address = [0xee; 20];
        address[..8].copy_from_slice(&at.to_be_bytes());
        json!({ "to": Address(address), "amount": "1" })
    };
    for sequence in 0..txs {
        let recipients: Vec<_> = (0..256).map(|at| recipient(sequence * 256 + at)).collect();
        let fields = json!({ "asset": "0", "recipients": recipients });
        let tx = signed(&node.accounts[0], "multi_transfer", fields, Replay::Sequence(sequence), 0);
        dev.take(tx.into()).expect("a good transaction");
    }
    dev.mine(1).unwrap();
    let block = node.json("/v1/blocks/latest").await;
    assert_eq!(block["txs"], txs, "all in one block");
    1 + block["events"].as_array().unwrap().len() + usize::try_from(txs).unwrap() * 257
}

/// A problem: its status and its body, checked for form.
pub async fn problem(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|value| value.to_str().expect("text").to_owned());
    let id = response.headers().get("x-request-id").map(|value| value.to_str().expect("text").to_owned());
    let text = response.text().await.expect("a body");
    assert_eq!(kind.as_deref(), Some("application/problem+json"), "{status} {text}");
    let body: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(body["status"], status, "{text}");
    assert_eq!(body["request_id"].as_str(), id.as_deref(), "{text}");
    let code = body["code"].as_str().unwrap_or_default();
    assert!(code.split_once('.').is_some_and(|(_, number)| number.parse::<u32>().is_ok()), "{text}");
    for field in ["type", "title", "detail"] {
        assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {text}");
    }
    (status, body)
}
