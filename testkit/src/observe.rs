//! What a node says about a height.

use serde_json::{Value, json};

use crate::node::{Node, number};

/// What must be equal on every node at a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash of the block.
    pub block_hash: String,
    /// Root before the block, as the header has it.
    pub app_hash: String,
    /// What the state machine answered: codes, gas and its root after the block.
    pub results: String,
}

/// Reads a height's fingerprint.
pub async fn fingerprint(node: &Node, height: u64) -> anyhow::Result<Fingerprint> {
    let at = json!({ "height": height.to_string() });
    let block = node.rpc("block", at.clone()).await?;
    let results = node.rpc("block_results", at).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let codes = results["txs_results"].as_array().cloned().unwrap_or_default();
    let codes: Vec<_> = codes.iter().map(|one| (one["code"].clone(), one["gas_used"].clone())).collect();
    Ok(Fingerprint {
        block_hash: text(&block["block_id"]["hash"]),
        app_hash: text(&block["block"]["header"]["app_hash"]),
        results: format!("{codes:?} {}", results["app_hash"]),
    })
}

/// Transactions of a height in base64, with their codes.
pub async fn transactions(rpc: std::net::SocketAddr, height: u64) -> anyhow::Result<Vec<(String, u64)>> {
    let at = json!({ "height": height.to_string() });
    let block = crate::http::call(rpc, "block", at.clone()).await?;
    let txs = block["block"]["data"]["txs"].as_array().cloned().unwrap_or_default();
    if txs.is_empty() {
        return Ok(Vec::new());
    }
    let results = crate::http::call(rpc, "block_results", at).await?;
    let codes = results["txs_results"].as_array().cloned().unwrap_or_default();
    anyhow::ensure!(
        codes.len() == txs.len(),
        "height {height}: {} results of {} txs",
        codes.len(),
        txs.len()
    );
    let pairs = txs.into_iter().zip(&codes);
    Ok(pairs.map(|(tx, code)| (tx.as_str().unwrap_or_default().to_owned(), number(&code["code"]))).collect())
}
