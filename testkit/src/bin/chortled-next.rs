//! `chortled` of the upgrade `next`: Chortle's modules and the one that the upgrade brings.

use std::process::ExitCode;

fn main() -> ExitCode {
    chortle_node::commands::run_chain(chortle_testkit::next::registry(), std::env::args_os())
}
