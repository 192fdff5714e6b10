//! Which file uses which: within a crate the files form an order, so that each can be read after those it stands on.
//!
//! A `mod` line and a `pub use` are an index, not a use. Tests inside a file use what they like.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Path, UseTree, Visibility};

use crate::tree::Tree;

/// A module's path within its crate: `["ledger", "plain"]`; the root is empty.
type Module = Vec<String>;

/// The files of one crate by the modules that they are.
pub struct Crate {
    files: BTreeMap<Module, String>,
    parsed: BTreeMap<Module, syn::File>,
    /// Names that an index hands on, and the modules that they come from.
    handed_on: BTreeMap<(Module, String), Module>,
}

impl Crate {
    /// Reads the library of a folder.
    pub fn read(tree: &Tree, folder: &str) -> Self {
        let source = format!("{folder}/src/");
        let (mut files, mut parsed) = (BTreeMap::new(), BTreeMap::new());
        for path in tree.rust_files().filter(|path| path.starts_with(&source)) {
            let inner = path[source.len()..].trim_end_matches(".rs").trim_end_matches("/mod");
            let module: Module = match inner {
                "lib" => Vec::new(),
                "main" => continue,
                inner => inner.split('/').map(str::to_owned).collect(),
            };
            parsed.insert(
                module.clone(),
                syn::parse_file(&tree.read(path)).unwrap_or_else(|error| panic!("{path}: {error}")),
            );
            files.insert(module, path.to_owned());
        }
        let mut crate_ = Self { files, parsed, handed_on: BTreeMap::new() };
        crate_.note_indexes();
        crate_
    }

    fn note_indexes(&mut self) {
        let mut found = BTreeMap::new();
        for (module, file) in &self.parsed {
            for item in &file.items {
                let Item::Use(ItemUse {
                    vis: Visibility::Public(_) | Visibility::Restricted(_), tree, ..
                }) = item
                else {
                    continue;
                };
                for (path, name) in leaves(tree) {
                    if let Some(source) = self.module_of(module, &path).filter(|source| source != module) {
                        found.insert((module.clone(), name), source);
                    }
                }
            }
        }
        self.handed_on = found;
    }

    /// The module whose file a path leads to, as one file sees it; `None` if it leads out of the crate.
    fn module_of(&self, from: &Module, path: &[String]) -> Option<Module> {
        let (mut at, rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.clone(), &path[1..]),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                (from[..from.len().checked_sub(ups)?].to_vec(), &path[ups..])
            }
            first => {
                let child: Module = from.iter().cloned().chain([first.to_owned()]).collect();
                if !self.files.contains_key(&child) {
                    return None;
                }
                (from.clone(), path)
            }
        };
        for part in rest {
            let child: Module = at.iter().cloned().chain([part.clone()]).collect();
            if self.files.contains_key(&child) {
                at = child;
            } else {
                return Some(self.handed_on.get(&(at.clone(), part.clone())).cloned().unwrap_or(at));
            }
        }
        Some(at)
    }

    fn uses(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let uses_of = |(module, file): (&Module, &syn::File)| {
            let mut paths = Paths::default();
            paths.visit_file(file);
            paths.found.iter().filter_map(|path| self.module_of(module, path)).collect::<BTreeSet<_>>()
        };
        self.parsed.iter().map(|entry| (entry.0, uses_of(entry))).collect()
    }

    /// Every set of files that use each other in a circle.
    pub fn circles(&self) -> Vec<Vec<&str>> {
        let uses = self.uses();
        let reach = |from: &Module| {
            let (mut seen, mut waiting) = (BTreeSet::new(), vec![from.clone()]);
            while let Some(module) = waiting.pop() {
                for next in uses.get(&module).into_iter().flatten() {
                    if seen.insert(next.clone()) {
                        waiting.push(next.clone());
                    }
                }
            }
            seen
        };
        let reached: BTreeMap<&Module, BTreeSet<Module>> =
            uses.keys().map(|module| (*module, reach(module))).collect();
        let mut circles = BTreeSet::new();
        for (module, seen) in &reached {
            let others = seen.iter().filter(|other| other != module && reached[other].contains(*module));
            let mut circle: BTreeSet<&str> = others.map(|other| self.files[other].as_str()).collect();
            if !circle.is_empty() {
                circle.insert(&self.files[*module]);
                circles.insert(circle);
            }
        }
        circles.into_iter().map(|circle| circle.into_iter().collect()).collect()
    }
}

fn leaves(tree: &UseTree) -> Vec<(Vec<String>, String)> {
    match tree {
        UseTree::Path(path) => leaves(&path.tree)
            .into_iter()
            .map(|(mut inner, name)| {
                inner.insert(0, path.ident.to_string());
                (inner, name)
            })
            .collect(),
        UseTree::Name(name) => vec![(vec![name.ident.to_string()], name.ident.to_string())],
        UseTree::Rename(rename) => vec![(vec![rename.ident.to_string()], rename.rename.to_string())],
        UseTree::Glob(_) => vec![(Vec::new(), "*".to_owned())],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

/// Every path that the code of a file begins with `crate`, `super` or `self`, and every private `use`.
#[derive(Default)]
struct Paths {
    found: Vec<Vec<String>>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if matches!(item.vis, Visibility::Inherited) && !is_for_tests(&item.attrs) {
            self.found.extend(leaves(&item.tree).into_iter().map(|(path, _)| path));
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if parts.len() > 1 && ["crate", "super", "self"].contains(&parts[0].as_str()) {
            self.found.push(parts);
        }
        visit::visit_path(self, path);
    }
}
