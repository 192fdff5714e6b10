//! The homes of a network: keys, peers, one genesis.

use std::path::Path;
use std::time::Duration;

use chortle_app::MODULES;
use chortle_consensus::comet::home::Peer;
use chortle_consensus::comet::process::check_ports;
use chortle_genesis::Document;
use serde_json::Value;

use super::Args;
use super::node::Node;
use crate::commands::init::{self, Ports, local};
use crate::dev::genesis;
use crate::failure::Failure;
use crate::genesis::rehearse;
use crate::home::write;

/// Makes every home of a new network.
pub(super) fn network(root: &Path, args: &Args) -> Result<Vec<Node>, Failure> {
    let ports = (0..args.validators)
        .map(|number| Ports::of(number, args.base_port))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Failure::usage("--base-port is too high for so many nodes", "ports end at 65535"))?;
    free(&ports)?;
    let nodes: Vec<_> = (0..args.validators).map(|number| Node::at(root, number)).collect();
    let mut peers = Vec::new();
    let mut keys = Vec::new();
    for (node, ports) in nodes.iter().zip(&ports) {
        let home = node.home();
        home.make()?;
        // Keys first: every configuration names all peers.
        let made = home.comet().init_keys(chortle_consensus::comet::home::Keys::generate);
        let made = made.map_err(Failure::unexpected)?;
        peers.push(Peer { node_id: made.node_id(), address: local(ports.p2p).to_string() });
        keys.push(made);
    }
    let named = keys.iter().enumerate().map(|(number, keys)| (format!("node{number}"), keys.validator_key()));
    let document = genesis::funded(&args.chain_id, &named.collect::<Vec<_>>(), init::now_unix_ms());
    let document = changed(document.map_err(Failure::unexpected)?, &args.set)?.to_json();
    for (node, ports) in nodes.iter().zip(&ports) {
        let home = node.home();
        let mut settings = init::comet_settings(home, &format!("node{}", node.number()), *ports)?;
        let own = local(ports.p2p).to_string();
        settings.persistent_peers = peers.iter().filter(|peer| peer.address != own).cloned().collect();
        settings.timeout_commit = Duration::from_millis(args.block_time);
        init::make_home(home, &settings, *ports)?;
        write(&home.genesis(), &document)?;
        home.read_genesis()?;
    }
    Ok(nodes)
}

/// The document with values of its sections as they were asked for; one that does not hold is refused with its place.
fn changed(mut document: Document, set: &[String]) -> Result<Document, Failure> {
    let mut sections = Value::Object(std::mem::take(&mut document.app_state));
    for one in set {
        let wrong = |why: String| {
            Failure::usage(
                format!("--set {one}: {why}"),
                "write such as --set governance/params/voting_ms=60000",
            )
        };
        let (path, text) = one.split_once('=').ok_or_else(|| wrong("it gives no value".to_owned()))?;
        let slot = sections.pointer_mut(&format!("/{}", path.trim_start_matches('/')));
        let slot = slot.ok_or_else(|| wrong("a fresh genesis has nothing there".to_owned()))?;
        // What is no JSON is a text.
        *slot = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    }
    if let Value::Object(sections) = sections {
        document.app_state = sections;
    }
    rehearse(&MODULES, &document)
        .map_err(|(place, why)| Failure::usage(format!("{place}: {why}"), "give --set another value"))?;
    Ok(document)
}

fn free(ports: &[Ports]) -> Result<(), Failure> {
    let named = ports.iter().enumerate().flat_map(|(number, ports)| {
        [
            (format!("REST of node{number}"), local(ports.rest)),
            (format!("metrics of node{number}"), local(ports.metrics)),
            (format!("p2p of node{number}"), local(ports.p2p)),
            (format!("RPC of node{number}"), local(ports.rpc)),
            (format!("CometBFT metrics of node{number}"), local(ports.comet_metrics)),
        ]
    });
    let named: Vec<_> = named.collect();
    check_ports(&named).map_err(|error| {
        Failure::config(error.to_string(), "stop that process, or choose another --base-port")
    })
}
