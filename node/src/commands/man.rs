//! `chortled man`: a manual page of every command, out of the tree that parses them.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use super::Cli;
use crate::failure::Failure;

/// Writes the pages into a folder, which is made if it is not there.
pub(super) fn run(folder: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let cause = format!("cannot write manual pages into {}: {error}", folder.display());
        Failure::config(cause, "name a folder of yours, such as ~/.local/share/man/man1")
    };
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
    println!("{}: try `man {}`", folder.display(), folder.join("chortled.1").display());
    Ok(())
}
