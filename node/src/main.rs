//! `chortled`: the node of a Chortle chain.

use std::process::ExitCode;

/// Blocks are made of many small values: the system's allocator takes a tenth of the time under load.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chortle_node::commands::run(std::env::args_os())
}
