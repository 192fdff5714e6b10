//! The command line `chortle`.

use std::process::ExitCode;

fn main() -> ExitCode {
    chortle_client::cli::run(std::env::args_os())
}
