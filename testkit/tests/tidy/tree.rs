//! The files of the tree, without what is built or fetched.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing of ours.
const FOREIGN: &[&str] = &["target", "node_modules"];
/// Endings of files that are not text.
const BINARY: &[&str] = &["png", "ico", "woff2", "jpg", "gz", "bin", "wasm"];

/// The source tree.
pub struct Tree {
    root: PathBuf,
    files: Vec<String>,
}

impl Tree {
    /// Walks the tree that this test was built from.
    pub fn open() -> Self {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("testkit/ lies in the root").to_owned();
        let mut files = Vec::new();
        walk(&root, "", &mut files);
        files.sort();
        assert!(files.len() > 20, "the tree is not at {}", root.display());
        Self { root, files }
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Whether the tree has this file.
    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.as_str().cmp(path)).is_ok()
    }

    /// Every file that is text.
    pub fn text_files(&self) -> impl Iterator<Item = &str> {
        let text = |path: &&str| !path.rsplit_once('.').is_some_and(|(_, ending)| BINARY.contains(&ending));
        self.files.iter().map(String::as_str).filter(text)
    }

    /// Every Rust file.
    pub fn rust_files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(|path| path.ends_with(".rs"))
    }
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("a folder of the tree can be read");
        let name = entry.file_name().into_string().expect("names in the tree are UTF-8");
        let kind = entry.file_type().expect("a file has a type");
        let path = format!("{prefix}{name}");
        if name == ".git" {
            continue;
        }
        if kind.is_dir() && !FOREIGN.contains(&name.as_str()) {
            walk(&entry.path(), &format!("{path}/"), files);
        } else if kind.is_file() {
            files.push(path);
        }
    }
}
