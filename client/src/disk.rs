//! Files that are written whole or not at all: nobody reads half of one, and a power cut leaves the old or the new.

use std::{fs, io, io::Write as _, os::unix::fs::DirBuilderExt, path::Path};

use tempfile::NamedTempFile;

/// Makes a folder that only its owner may enter, and those above it; one that is there stays as it is.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Puts a file in its place, over one that is there. Only its owner may read it.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, |temporary| temporary.persist(path).map(drop).map_err(|error| error.error))
}

/// Puts a file in its place, where there is none: `AlreadyExists` if there is.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, |temporary| temporary.persist_noclobber(path).map(drop).map_err(|error| error.error))
}

fn put(path: &Path, bytes: &[u8], persist: impl FnOnce(NamedTempFile) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // It has mode 600, and stands in the folder so that renaming is one step.
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    persist(temporary)?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_is_its_owners_alone_and_leaves_nothing_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("own").join("file");
        private_folder(path.parent().unwrap()).unwrap();
        replace(&path, b"old and long").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
        assert_eq!(create(&path, b"other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
