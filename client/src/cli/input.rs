//! Text that a command reads from a file or from standard input.

use std::{fs, io, io::Read, path::Path};

use crate::{Error, Result};

/// Largest JSON body or file that is read.
const FILE_BYTES_MAX: u64 = 1_048_576;

/// The text of a file, or of standard input for `-`.
pub fn read_text(path: &Path) -> Result<String> {
    let failed = |error: io::Error| Error::usage(format!("cannot read {}: {error}", path.display()));
    let mut text = String::new();
    let mut limited: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock().take(FILE_BYTES_MAX))
    } else {
        Box::new(fs::File::open(path).map_err(failed)?.take(FILE_BYTES_MAX))
    };
    limited.read_to_string(&mut text).map_err(failed)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) >= FILE_BYTES_MAX {
        return Err(Error::usage(format!("{} is larger than {FILE_BYTES_MAX} bytes", path.display())));
    }
    Ok(text)
}
