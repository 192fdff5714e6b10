//! Those who were not there: a fresh node, and a light client.

use std::net::SocketAddr;
use std::time::Duration;

use chortle_consensus::comet::light::LightClient;
use chortle_consensus::comet::rpc::Rpc;
use chortle_kernel::codec;
use chortle_light::answer;
use chortle_light::header::{LightBlock, Step, Trust};
use chortle_store::{committed_value, proof_spec};
use chortle_testkit::genesis::BALANCE_NLOL;
use chortle_testkit::{Account, Network, Node, process::wait_until};
use chortle_token::{Account as Leaf, state::ACCOUNT};
use ics23::{CommitmentProof, HostFunctionsManager, verify_membership, verify_non_membership};
use prost013::Message;

use crate::{SOON, network, now_unix_ms, turn, unordered};

/// Proof and value of a leaf of the state, as CometBFT's RPC hands them out.
async fn proven(rpc: &Rpc, key: &[u8], height: u64) -> (CommitmentProof, Vec<u8>) {
    let answer = rpc.abci_query("/store", key.to_vec(), height, true).await.expect("the node answers");
    assert!(answer.code.is_ok(), "{}", answer.log);
    assert_eq!(answer.height.value(), height);
    let ops = answer.proof.expect("a proof was asked for").ops;
    let proof = CommitmentProof::decode(ops[0].data.as_slice()).expect("an ICS-23 proof");
    (proof, answer.value)
}

/// What a node says of a header over REST, and the tag of that answer.
async fn tagged(rest: SocketAddr, height: &str) -> (LightBlock, Option<String>) {
    let client = chortle_consensus::comet::http::client().build().expect("a client");
    let answer = client.get(format!("http://{rest}/v1/headers/{height}")).send().await.expect("an answer");
    let tag = answer.headers().get("etag").map(|tag| tag.to_str().expect("a tag").to_lowercase());
    assert_eq!(answer.status(), 200, "{height}");
    let body = answer.bytes().await.expect("a body");
    (answer::light_block(&body).expect("a header with its sets"), tag)
}

/// A header that is final: it is tagged with its hash. The commit of the last one is only what this node saw.
async fn light_block(rest: SocketAddr, height: u64) -> LightBlock {
    let (block, tag) = tagged(rest, &height.to_string()).await;
    assert_eq!(tag, Some(format!("\"{}\"", block.signed_header.header.hash()).to_lowercase()));
    assert_eq!(tagged(rest, "latest").await.1, None);
    block
}

/// Asks a node that catches up for its last header until it is this one: as soon as it has a block it shows one, each
/// time.
async fn follow_headers(node: &Node, height: u64) {
    let reached = async || match node.rest("/v1/headers/latest").await {
        Ok(header) => header["height"].as_u64().is_some_and(|found| found >= height),
        Err(error) => {
            let told = format!("{error:#}");
            assert!(!told.contains("is not kept here"), "{told}");
            false
        }
    };
    wait_until("its headers reach the tip", SOON, reached).await.expect("its headers reach the tip");
}

async fn send_some(network: &Network, accounts: &[Account]) {
    for index in 0..20 {
        let (from, to) = (&accounts[index % accounts.len()], &accounts[(index + 1) % accounts.len()]);
        let tx = unordered(&network.identity, from, to, now_unix_ms() + 120_000 + index as u64);
        let body = serde_json::json!({ "tx": hex::encode(tx) }).to_string();
        let rest = network.nodes[index % network.nodes.len()].addresses.rest;
        let answer = chortle_testkit::http::once(rest, "POST", "/v1/txs", body.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_node_syncs_to_the_tip_and_a_light_client_believes_it_by_proof_alone() {
    let _turn = turn().await;
    let accounts = Account::many("sync", 5);
    let mut network = network(4, &accounts).await;
    send_some(&network, &accounts).await;
    network.wait_for_progress(8, SOON).await.expect("blocks go on");

    let tip = network.height().await;
    let fresh = network.add_full_node().expect("a fifth node starts");
    follow_headers(&network.nodes[fresh], tip).await;
    let height = network.wait_for_progress(3, SOON).await.expect("the fresh node reaches the tip");
    network.agree_up_to(height).await.expect("it has the same blocks and roots");

    let trusted = Rpc::new(format!("http://{}", network.nodes[0].addresses.rpc)).unwrap();
    let first = trusted.commit(1).await.unwrap().signed_header.header.hash();
    let stranger = Rpc::new(format!("http://{}", network.nodes[fresh].addresses.rpc)).unwrap();
    let period = Duration::from_secs(7 * 24 * 3_600);
    let mut client =
        LightClient::trust(stranger.clone(), 1, first.as_bytes().try_into().unwrap(), period).await.unwrap();
    // The root of the state after a height is in the next header, and the header after that must exist too.
    let at = height - 3;
    let header = client.verify(at + 1).await.expect("the header holds").header.clone();
    let root = header.app_hash.as_bytes().to_vec();

    // The same over REST alone, from what the first header names.
    let rest = network.nodes[fresh].addresses.rest;
    let first_block = light_block(rest, 1).await;
    let mut trust =
        Trust::of_hash(first_block.clone(), first.as_bytes().try_into().unwrap(), period).unwrap();
    let now = answer::time(now_unix_ms()).unwrap();
    let far = light_block(rest, at + 1).await;
    assert_eq!(trust.extend(far.clone(), now), Ok(Step::Trusted), "the same validators sign");
    assert_eq!(trust.header().header.app_hash.as_bytes(), root);
    let set = first_block.validators.validators().iter();
    let powers: Vec<([u8; 32], u64)> =
        set.map(|one| (one.pub_key.to_bytes().try_into().unwrap(), one.power())).collect();
    let chain_id = first_block.signed_header.header.chain_id.to_string();
    let named = (chain_id.as_str(), 1);
    assert!(Trust::of_genesis(first_block.clone(), named, &powers, period).is_ok());
    let other: Vec<_> = powers.iter().map(|(key, power)| (*key, power + 1)).collect();
    assert!(Trust::of_genesis(first_block, named, &other, period).is_err(), "another genesis");

    let key = ACCOUNT.key(&accounts[0].address);
    let (proof, value) = proven(&stranger, &key, at).await;
    let leaf: Leaf = codec::decode(&value).expect("an account");
    let paid = leaf.balance.base_units() < BALANCE_NLOL && !leaf.balance.is_zero();
    assert!(paid, "it sent and paid: {leaf:?}");
    let spec = proof_spec();
    let committed = committed_value(&value);
    assert!(
        verify_membership::<HostFunctionsManager>(&proof, &spec, &root, &key, &committed),
        "the balance is proven"
    );
    let forged = codec::encode(&Leaf { nonce: leaf.nonce + 1, ..leaf });
    assert!(!verify_membership::<HostFunctionsManager>(
        &proof,
        &spec,
        &root,
        &key,
        &committed_value(&forged)
    ));

    let nobody = ACCOUNT.key(&Account::of_seed("nobody", 0).address);
    let (proof, value) = proven(&stranger, &nobody, at).await;
    assert!(value.is_empty());
    assert!(
        verify_non_membership::<HostFunctionsManager>(&proof, &spec, &root, &nobody),
        "absence is proven"
    );
}
