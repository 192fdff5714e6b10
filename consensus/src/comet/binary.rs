//! Finds the pinned CometBFT binary.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// The version that Chortle is built and tested for.
pub const VERSION: &str = "0.38.25";
/// The next line, which works too: a test runs on it. It is used where it is named outright.
pub const NEXT_VERSION: &str = "0.40.0";
/// What the next line's binary says of itself.
const NEXT_REPORTS: &str = "0.39.0";

/// Names a binary outright.
const BINARY_VARIABLE: &str = "CHORTLE_COMETBFT";
/// Names the cache that `scripts/setup` fills.
const CACHE_VARIABLE: &str = "CHORTLE_CACHE";

/// Why no binary can be used.
#[derive(Debug, thiserror::Error)]
pub enum BinaryError {
    /// It is nowhere.
    #[error(
        "CometBFT {VERSION} was not found at {}: run scripts/setup, or `go install \
         github.com/cometbft/cometbft/cmd/cometbft@v{VERSION}` and set {BINARY_VARIABLE} to the binary",
        list(.0)
    )]
    Missing(Vec<PathBuf>),
    /// It cannot be run.
    #[error(
        "{} cannot be run: {source}; check that the file is an executable for this machine",
        path.display()
    )]
    Unusable {
        /// The binary.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It says no version.
    #[error(
        "{} does not say its version ({status}): it is no CometBFT; run scripts/setup or set {BINARY_VARIABLE}",
        path.display()
    )]
    Silent {
        /// The binary.
        path: PathBuf,
        /// How it ended.
        status: ExitStatus,
    },
    /// It is another version.
    #[error(
        "{} is CometBFT {found}, Chortle needs {VERSION}: run scripts/setup or set {BINARY_VARIABLE}",
        path.display()
    )]
    WrongVersion {
        /// The binary.
        path: PathBuf,
        /// What it says of itself.
        found: String,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    shown.join(", ")
}

/// The binary that `$CHORTLE_COMETBFT` names, pinned or of the next line; else the pinned one from the cache or the
/// `PATH`. Its version is checked.
pub fn find() -> Result<PathBuf, BinaryError> {
    if let Some(path) = env::var_os(BINARY_VARIABLE).filter(|path| !path.is_empty()) {
        return check_any(Path::new(&path), &[VERSION, NEXT_REPORTS]);
    }
    let cached = cached(VERSION);
    let on_path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&on_path).map(|folder| folder.join("cometbft"));
    let candidates: Vec<PathBuf> = cached.into_iter().chain(on_path).collect();
    match candidates.iter().find(|path| path.is_file()) {
        Some(path) => check(path),
        None => Err(BinaryError::Missing(candidates)),
    }
}

/// Where `scripts/setup` puts a version.
pub fn cached(version: &str) -> Option<PathBuf> {
    cache().map(|cache| cache.join("bin").join(format!("cometbft-v{version}")))
}

/// Where `scripts/setup` keeps binaries: `$CHORTLE_CACHE`, else `~/.cache/chortle`.
pub fn cache() -> Option<PathBuf> {
    let named = env::var_os(CACHE_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache").join("chortle")))
}

/// Accepts this binary if it is the pinned version.
pub fn check(path: &Path) -> Result<PathBuf, BinaryError> {
    check_any(path, &[VERSION])
}

fn check_any(path: &Path, versions: &[&str]) -> Result<PathBuf, BinaryError> {
    if !path.is_file() {
        return Err(BinaryError::Missing(vec![path.to_owned()]));
    }
    let output = Command::new(path).arg("version").output();
    let output = output.map_err(|source| BinaryError::Unusable { path: path.to_owned(), source })?;
    let found = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if found.is_empty() {
        return Err(BinaryError::Silent { path: path.to_owned(), status: output.status });
    }
    // Some builds append the commit: 0.38.25+a1b2c3d.
    let version = found.split('+').next().unwrap_or_default().trim_start_matches('v');
    if versions.contains(&version) {
        Ok(path.to_owned())
    } else {
        Err(BinaryError::WrongVersion { path: path.to_owned(), found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn script(folder: &Path, text: &str) -> PathBuf {
        let path = folder.join("cometbft");
        std::fs::write(&path, text).expect("temp file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        path
    }

    #[test]
    fn another_version_is_refused_with_the_cure() {
        let folder = tempfile::tempdir().expect("temp folder");
        let path = script(folder.path(), "#!/bin/sh\necho 1.0.1\n");
        let refusal = check(&path).expect_err("another version").to_string();
        assert!(refusal.contains("is CometBFT 1.0.1") && refusal.contains("scripts/setup"), "{refusal}");
    }

    #[test]
    fn the_next_line_is_taken_only_where_it_is_named() {
        let folder = tempfile::tempdir().expect("temp folder");
        let path = script(folder.path(), "#!/bin/sh\necho 0.39.0\n");
        assert!(check(&path).is_err());
        assert_eq!(check_any(&path, &[VERSION, NEXT_REPORTS]).expect("the next line"), path);
    }

    #[test]
    fn the_commit_behind_the_version_is_no_matter() {
        let folder = tempfile::tempdir().expect("temp folder");
        let path = script(folder.path(), "#!/bin/sh\necho 0.38.25+0a1b2c\n");
        assert_eq!(check(&path).expect("the pinned version"), path);
    }

    #[test]
    fn a_missing_binary_names_the_place_and_the_cure() {
        let refusal = check(Path::new("/nonexistent/cometbft")).expect_err("nothing there").to_string();
        assert!(refusal.contains("/nonexistent/cometbft") && refusal.contains("go install"), "{refusal}");
    }
}
