//! `chortled` of a chain whose validators attest: Chortle's modules and the one of the testkit. `CHORTLE_ATTEST=liar`
//! makes it attest what is not true.

use std::process::ExitCode;

use chortle_testkit::attest::{Conduct, registry};

fn main() -> ExitCode {
    let conduct = match std::env::var("CHORTLE_ATTEST").as_deref() {
        Ok("liar") => Conduct::Liar,
        _ => Conduct::Honest,
    };
    chortle_node::commands::run_chain(registry(conduct), std::env::args_os())
}
