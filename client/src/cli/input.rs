//! Text that a command reads from a file or from standard input.

use std::{fs, io, io::Read, path::Path};

use crate::{Error, Result};

/// Largest JSON body or file that is read.
const FILE_BYTES_MAX: u64 = 1_048_576;
/// Largest list or plan of an airdrop: a line for each of 2^20 recipients, with room.
const LIST_BYTES_MAX: u64 = 268_435_456;

/// The text of a file, or of standard input for `-`.
pub fn read_text(path: &Path) -> Result<String> {
    read(path, FILE_BYTES_MAX)
}

/// The text of a list with a line for each of many.
pub fn read_list(path: &Path) -> Result<String> {
    read(path, LIST_BYTES_MAX)
}

fn read(path: &Path, bytes_max: u64) -> Result<String> {
    let failed = |error: io::Error| {
        Error::usage(format!("cannot read {}: {error}", path.display()))
            .hint("check the name and the folder; - reads standard input")
    };
    let mut text = String::new();
    let mut limited: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock().take(bytes_max))
    } else {
        Box::new(fs::File::open(path).map_err(failed)?.take(bytes_max))
    };
    limited.read_to_string(&mut text).map_err(failed)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) >= bytes_max {
        return Err(Error::usage(format!("{} is larger than {bytes_max} bytes", path.display())));
    }
    Ok(text)
}
