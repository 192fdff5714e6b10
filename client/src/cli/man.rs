//! `chortle man`: a manual page of every command, out of the tree that parses them.

use std::{fs, path::Path};

use super::{output, tree};
use crate::{Code, Error, Result};

/// Writes the pages into a folder, which is made if it is not there; answers how many.
pub fn write(folder: &Path, format: output::Format) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::unexpected(Code::File, format!("cannot write manual pages into {}: {error}", folder.display()))
            .hint("name a folder of yours, such as ~/.local/share/man/man1")
    };
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(tree::root(), folder).map_err(failed)?;
    let written = fs::read_dir(folder).map_err(failed)?.flatten();
    let pages = written.filter(|entry| entry.file_name().to_string_lossy().starts_with("chortle")).count();
    output::result(format, &serde_json::json!({ "folder": folder, "pages": pages }))
}
