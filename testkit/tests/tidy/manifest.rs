//! What the `Cargo.toml` of each crate says.

use toml::{Table, Value};

use crate::tree::Tree;

/// One crate.
pub struct Manifest {
    /// Its folder in the root.
    pub folder: String,
    /// Names of what it is built from.
    pub dependencies: Vec<String>,
    /// Names of what its tests and its build add.
    pub dev_dependencies: Vec<String>,
}

fn parse(tree: &Tree, path: &str) -> Table {
    tree.read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn names(table: &Table, section: &str) -> Vec<String> {
    table.get(section).and_then(Value::as_table).into_iter().flat_map(|table| table.keys().cloned()).collect()
}

fn workspace(tree: &Tree) -> Table {
    let root = parse(tree, "Cargo.toml");
    root.get("workspace").and_then(Value::as_table).expect("the root is a workspace").clone()
}

/// Every crate of the tree.
pub fn manifests(tree: &Tree) -> Vec<Manifest> {
    let paths = tree.text_files().filter_map(|path| path.strip_suffix("/Cargo.toml"));
    let read = |folder: &str| {
        let table = parse(tree, &format!("{folder}/Cargo.toml"));
        let mut dev_dependencies = names(&table, "dev-dependencies");
        dev_dependencies.extend(names(&table, "build-dependencies"));
        Manifest { folder: folder.to_owned(), dependencies: names(&table, "dependencies"), dev_dependencies }
    };
    paths.map(read).collect()
}

/// The members of the workspace.
pub fn members(tree: &Tree) -> Vec<String> {
    let workspace = workspace(tree);
    let list = workspace.get("members").and_then(Value::as_array).expect("the workspace lists its members");
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Names of all that the root pins.
pub fn workspace_dependencies(tree: &Tree) -> Vec<String> {
    names(&workspace(tree), "dependencies")
}
