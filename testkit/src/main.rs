//! `chortle-load`: loads a network and reports in one line of JSON, or compares Chortle with CometBFT's kvstore.

use clap::Parser;

mod compare;

#[derive(Parser)]
#[command(
    about = "Open-loop load on a Chortle network, and the same load on CometBFT's built-in kvstore",
    version
)]
struct Args {
    #[command(flatten)]
    compare: compare::Args,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    compare::run(Args::parse().compare).await
}
