//! `chortled localnet`: several real nodes, each a process with its own CometBFT.

mod make;
mod node;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Subcommand;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use indicatif::{ProgressBar, ProgressStyle};

use self::node::Node;
use super::{Shared, StopSignals};
use crate::dev::accounts;
use crate::failure::Failure;

/// The chain's name, unless told otherwise.
const CHAIN_ID: &str = "chortle-localnet-1";
/// The network runs once every node has this height: blocks follow one another.
const HEIGHT_READY: u64 = 2;
/// A network that has not begun by then will not begin.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(200);

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    step: Option<Step>,
    /// How many validators, 1 to 16.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=16))]
    validators: u16,
    /// First port of all: node i gets the ten from PORT+10·i (REST, p2p, RPC, CometBFT metrics, metrics). Without it
    /// the usual ports (REST 1317, p2p 26656, RPC 26657, metrics 26660 and 9464), each plus 10·i.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    base_port: Option<u16>,
    /// The chain's name.
    #[arg(long, default_value = CHAIN_ID, value_parser = super::chain_id)]
    chain_id: String,
    /// Pause of the validators after a block.
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = super::whole::<u64>)]
    block_time: u64,
    /// Sets a value of the genesis document's sections, such as governance/params/voting_ms=60000; may be repeated.
    #[arg(long = "set", value_name = "PATH=JSON")]
    set: Vec<String>,
    /// Returns when the network runs and leaves it running.
    #[arg(long)]
    detach: bool,
    /// Prints one line of JSON instead of the table.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Step {
    /// Stops every node in order.
    Stop,
    /// Shows every node.
    Status {
        /// Prints one line of JSON instead of the table.
        #[arg(long)]
        json: bool,
    },
    /// Prints every node as ID@HOST:PORT: what a node that joins is told with --peers.
    Peers,
    /// Kills a node and its CometBFT at once, as a power cut would.
    Kill {
        /// Its number.
        node: u16,
    },
    /// Starts a node again.
    Restart {
        /// Its number.
        node: u16,
    },
}

pub(super) async fn run(shared: &Shared, args: Args) -> Result<(), Failure> {
    let home = shared.home(".chortled-localnet")?;
    let root = home.root().to_owned();
    match &args.step {
        None => up(root, &args).await,
        Some(Step::Stop) => stop(&nodes(&root)?).await,
        Some(Step::Status { json }) => {
            let nodes = nodes(&root)?;
            show(&nodes, *json).await;
            Ok(())
        }
        Some(Step::Peers) => {
            let peers = nodes(&root)?.iter().map(Node::peer).collect::<Result<Vec<_>, _>>()?;
            println!("{}", peers.join(","));
            Ok(())
        }
        Some(Step::Kill { node }) => find(&root, *node)?.kill().await,
        Some(Step::Restart { node }) => {
            let node = find(&root, *node)?;
            let pid = node.spawn()?.id();
            println!("node{} runs as process {pid}", node.number());
            Ok(())
        }
    }
}

fn nodes(root: &std::path::Path) -> Result<Vec<Node>, Failure> {
    let found: Vec<_> = (0..).map(|number| Node::at(root, number)).take_while(Node::exists).collect();
    if found.is_empty() {
        return Err(Failure::config(
            format!("there is no localnet in {}", root.display()),
            format!("start one: chortled localnet --home {}", root.display()),
        ));
    }
    Ok(found)
}

fn find(root: &std::path::Path, number: u16) -> Result<Node, Failure> {
    let nodes = nodes(root)?;
    let count = nodes.len();
    let found = nodes.into_iter().find(|node| node.number() == number);
    found.ok_or_else(|| {
        Failure::usage(format!("there is no node {number}"), format!("they are 0 to {}", count - 1))
    })
}

async fn up(root: PathBuf, args: &Args) -> Result<(), Failure> {
    let nodes = match nodes(&root) {
        Ok(found) if found.len() == usize::from(args.validators) => {
            eprintln!("going on with the {} nodes in {}", found.len(), root.display());
            found
        }
        Ok(found) => {
            return Err(Failure::config(
                format!(
                    "{} holds a localnet of {} nodes, not {}",
                    root.display(),
                    found.len(),
                    args.validators
                ),
                "name another --home, or remove that folder",
            ));
        }
        Err(_) => make::network(&root, args)?,
    };
    if let Some(node) = nodes.iter().find(|node| node.pid().is_some()) {
        return Err(Failure::config(
            format!("node{} runs already", node.number()),
            format!("stop the network first: chortled localnet stop --home {}", root.display()),
        ));
    }
    let mut signals = StopSignals::listen()?;
    let mut children = Vec::new();
    for node in &nodes {
        children.push(node.spawn()?);
    }
    let ready = tokio::select! {
        ready = wait_until_ready(&nodes, &mut children) => ready,
        () = signals.wait() => return stop(&nodes).await,
    };
    if let Err(failure) = ready {
        stop(&nodes).await?;
        return Err(failure);
    }
    show(&nodes, args.json).await;
    if !args.json {
        hints(&root, &nodes, args.detach);
    }
    if args.detach {
        return Ok(());
    }
    signals.wait().await;
    let stopped = stop(&nodes).await;
    for mut child in children {
        // Stopped by its process id; this only takes its exit status.
        let _ = child.try_wait();
    }
    stopped
}

async fn wait_until_ready(nodes: &[Node], children: &mut [std::process::Child]) -> Result<(), Failure> {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(LOOK);
    let started = Instant::now();
    loop {
        let mut heights = Vec::new();
        for (node, child) in nodes.iter().zip(children.iter_mut()) {
            if let Ok(Some(status)) = child.try_wait() {
                bar.finish_and_clear();
                return Err(Failure::config(
                    format!(
                        "node{} ended with {status}; its last words:\n{}",
                        node.number(),
                        node.last_words()
                    ),
                    format!("the whole log is {}", node.home().log().display()),
                ));
            }
            heights.push(node.height().await);
        }
        if heights.iter().all(|height| height.is_some_and(|height| height >= HEIGHT_READY)) {
            bar.finish_and_clear();
            eprintln!("all {} nodes make blocks after {:.1} s", nodes.len(), started.elapsed().as_secs_f64());
            return Ok(());
        }
        let shown: Vec<_> =
            heights.iter().map(|height| height.map_or("-".to_owned(), |at| at.to_string())).collect();
        bar.set_message(format!("waiting for height {HEIGHT_READY} on every node: {}", shown.join(" ")));
        if started.elapsed() > READY_WITHIN {
            bar.finish_and_clear();
            return Err(Failure::unexpected(format!(
                "no height {HEIGHT_READY} on every node within {} s (heights: {}); node0's last words:\n{}",
                READY_WITHIN.as_secs(),
                shown.join(" "),
                nodes.first().map(Node::last_words).unwrap_or_default()
            )));
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn stop(nodes: &[Node]) -> Result<(), Failure> {
    for node in nodes {
        node.terminate()?;
    }
    for node in nodes {
        node.wait_until_gone().await?;
    }
    eprintln!("all {} nodes have stopped", nodes.len());
    Ok(())
}

async fn show(nodes: &[Node], json: bool) {
    let mut rows = Vec::new();
    for node in nodes {
        rows.push((node, node.pid(), node.height().await));
    }
    if json {
        let rows: Vec<_> = rows.iter().map(|(node, pid, height)| node.json(*pid, *height)).collect();
        println!("{}", serde_json::json!({ "nodes": rows, "mnemonic": accounts::MNEMONIC }));
        return;
    }
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "node",
        "process",
        "height",
        "REST",
        "CometBFT RPC",
        "p2p",
        "metrics",
        "CometBFT metrics",
    ]);
    for (node, pid, height) in rows {
        table.add_row(node.row(pid, height));
    }
    println!("{table}");
}

fn hints(root: &std::path::Path, nodes: &[Node], detached: bool) {
    let rest = nodes.first().and_then(Node::rest).map_or_else(String::new, |rest| format!("http://{rest}"));
    let root = root.display();
    println!("for development only; ten accounts with 1000000 LOL each, from the phrase");
    println!("  {}", accounts::MNEMONIC);
    println!("\ntry:  curl {rest}/v1/status");
    println!("      chortled localnet kill 3 --home {root}");
    println!("      chortled localnet restart 3 --home {root}");
    println!("      chortled localnet stop --home {root}");
    if !detached {
        println!("\nCtrl-C stops the network.");
    }
}
