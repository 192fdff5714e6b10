//! `chortled`: the node of a Chortle chain.

use std::process::ExitCode;

fn main() -> ExitCode {
    chortle_node::commands::run(std::env::args_os())
}
