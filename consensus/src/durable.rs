//! Files that a power cut leaves whole: the old one or the new one, never half of either, never none.

#![allow(clippy::disallowed_methods, reason = "the room where files are renamed")]

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Writes a file in place of the one that is there. When it returns, the new one is on the disk under its name.
pub fn replace(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let beside = beside(path)?;
    // The new file has the permissions of the one that it replaces.
    let like = fs::metadata(path).ok().map(|found| found.permissions());
    let written = write_synced(&beside, bytes.as_ref(), like).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What is left over would only confuse; that it cannot be removed is the lesser fault.
        let _ = fs::remove_file(&beside);
    }
    written?;
    sync_folder(path)
}

/// Writes a file that must not exist, readable by its owner alone: for keys. It is there whole, or not at all.
pub fn create_secret(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let beside = beside(path)?;
    let secret = Permissions::from_mode(0o600);
    // Unlike renaming, linking never takes a name that is taken.
    let made =
        write_synced(&beside, bytes.as_ref(), Some(secret)).and_then(|()| fs::hard_link(&beside, path));
    let removed = fs::remove_file(&beside);
    made.and(removed)?;
    sync_folder(path)
}

/// Renames a file, in place of one that is there, within its folder. When it returns, the disk knows.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder(to)
}

/// Makes the names in a file's folder durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

/// Where a file is written before it gets its name.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.new", std::process::id()));
    Ok(folder(path).join(beside))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// No one else can open it before it has the permissions that it gets.
fn write_synced(path: &Path, bytes: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mode = if permissions.is_some() { 0o600 } else { 0o666 };
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_with_its_permissions_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("genesis.sha256");
        replace(&path, "first").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        replace(&path, "second").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_secret_is_its_owners_alone_and_takes_no_name_that_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        create_secret(&path, "first").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(create_secret(&path, "second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_replaced_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(replace(&taken, "text").is_err());
        assert!(replace(&folder.path().join("absent/file"), "text").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
