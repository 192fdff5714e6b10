//! CONTRIBUTING, word for word: its blocks are written into a copy of the tree, its line into the list, its commands
//! run. What a person reads there is what happened here.
//!
//! The copy and what is built of it lie beside what is built and are kept, so that only what changed is built again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file that holds the list of modules, and the line that ends it.
const LIST: (&str, &str) = ("app/src/modules.rs", "    ],\n);\n");
/// Folders of the root that a module has nothing to do with: neither built nor read.
const APART: [&str; 3] = [".git", "target", "node_modules"];

/// A fenced block: its language, the file that it stands for, its text.
struct Block {
    language: String,
    file: Option<String>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut open) = (Vec::<Block>::new(), false);
    for line in page.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                let mut words = info.split(' ').map(str::to_owned);
                let language = words.next().unwrap_or_default();
                found.push(Block { language, file: words.next(), text: String::new() });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = found.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("testkit/ lies in the root")
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder of the tree can be read") {
        let entry = entry.expect("a folder of the tree can be read");
        let name = entry.file_name().into_string().expect("names in the tree are UTF-8");
        if APART.contains(&name.as_str()) {
            continue;
        }
        let (path, kind) = (format!("{prefix}{name}"), entry.file_type().expect("a file has a type"));
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), files);
        } else if kind.is_file() {
            files.insert(path, fs::read(entry.path()).expect("a file of the tree can be read"));
        }
    }
}

/// Makes a folder hold exactly these files; one that is the same already keeps its time, so that nothing is built anew.
fn hold(copy: &Path, files: &BTreeMap<String, Vec<u8>>) {
    let mut there = BTreeMap::new();
    fs::create_dir_all(copy).expect("a folder for the copy");
    walk(copy, "", &mut there);
    for gone in there.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(copy.join(gone)).expect("a file of the copy can go");
    }
    for (path, bytes) in files.iter().filter(|(path, bytes)| there.get(*path) != Some(bytes)) {
        let path = copy.join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder of the copy");
        fs::write(path, bytes).expect("a file of the copy");
    }
}

/// The folder that this test was built into, with the name of its profile.
fn built() -> (PathBuf, String) {
    let exe = std::env::current_exe().expect("this test is a file");
    let profile = exe.ancestors().nth(2).expect("TARGET/PROFILE/deps/test");
    let name = profile.file_name().and_then(|name| name.to_str()).expect("a profile has a name");
    (profile.to_owned(), name.to_owned())
}

/// A folder for what is built of the copy. What both have in common, every crate but ours, is there by a second name; a
/// program of the copy must never take the place of one of the tree.
fn target() -> PathBuf {
    let (profile, name) = built();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contributing-target");
    for folder in ["deps", "build", ".fingerprint"] {
        share(&profile.join(folder), &target.join(&name).join(folder), folder == "deps");
    }
    target
}

/// Gives every file below a folder that is not of this workspace a second name; of libraries alone, where programs lie
/// among them.
fn share(from: &Path, to: &Path, libraries: bool) {
    fs::create_dir_all(to).expect("a folder for what is built");
    for entry in fs::read_dir(from).expect("what is built can be read") {
        let entry = entry.expect("what is built can be read");
        let (path, there) = (entry.path(), to.join(entry.file_name()));
        let ending = path.extension().and_then(|ending| ending.to_str());
        if entry.file_name().to_string_lossy().contains("chortle") {
            continue;
        }
        if path.is_dir() {
            share(&path, &there, libraries);
        } else if !libraries || matches!(ending, Some("rlib" | "rmeta" | "so")) {
            // It is there from the last run, or another gives it at the same time.
            if let Err(error) = fs::hard_link(&path, &there) {
                assert!(there.exists(), "{}: {error}", there.display());
            }
        }
    }
}

fn run(copy: &Path, target: &Path, command: &str) {
    let (_, profile) = built();
    let (before, program) = match command.split_once(" cargo ") {
        Some((before, rest)) => (before, rest),
        None => ("", command.strip_prefix("cargo ").unwrap_or_else(|| panic!("no cargo: {command}"))),
    };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(copy).env("CARGO_TARGET_DIR", target).args(program.split_whitespace());
    if program.starts_with("test ") && profile == "release" {
        cargo.arg("--release");
    }
    cargo.envs(before.split_whitespace().filter_map(|word| word.split_once('=')));
    // What cargo tells this test of its own package is nothing to the copy.
    for (name, _) in std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    {
        cargo.env_remove(name);
    }
    let output = cargo.output().unwrap_or_else(|error| panic!("{command}: {error}"));
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "`{command}` fails as CONTRIBUTING has it:\n{}", text.concat());
}

#[test]
fn a_module_is_one_folder_and_one_line() {
    let page = fs::read_to_string(root().join("CONTRIBUTING.md")).expect("the page");
    let (mut files, mut commands, mut touched) = (BTreeMap::new(), Vec::new(), Vec::new());
    walk(root(), "", &mut files);
    for Block { language, file, text } in blocks(&page) {
        match file {
            Some(file) if file == LIST.0 => {
                let list =
                    String::from_utf8(files.remove(&file).expect("the list")).expect("the list is text");
                let (before, after) = list.split_once(LIST.1).expect("the list ends");
                assert_eq!(text.lines().count(), 1, "one line: {text}");
                files.insert(file.clone(), [before, &text, LIST.1, after].concat().into_bytes());
                touched.push(file);
            }
            Some(file) => {
                assert!(!files.contains_key(&file), "{file} is in the tree already");
                touched.push(file.split('/').next().unwrap_or_default().to_owned());
                files.insert(file, text.into_bytes());
            }
            None if language == "sh" => commands.extend(text.lines().map(str::to_owned)),
            None => {}
        }
    }
    touched.dedup();
    assert_eq!(touched, ["jar", LIST.0], "one folder and one line");
    assert!(commands.len() >= 3, "the page says how to try it: {commands:?}");

    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contributing");
    hold(&copy, &files);
    let target = target();
    for command in &commands {
        run(&copy, &target, command);
    }
}
