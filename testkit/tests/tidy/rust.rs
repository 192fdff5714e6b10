//! What a Rust file holds, read with the compiler's own grammar.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprLit, File, ImplItemFn, Item, ItemFn, Lit, Macro, Meta, Signature, TraitItemFn,
};

/// Macros that write to the terminal.
pub const PRINTS: &[&str] = &["println", "print", "eprintln", "eprint"];
/// Macros that mark unfinished work.
const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];

/// Something that may not stay.
pub struct Finding {
    /// The line.
    pub line: usize,
    /// What it is.
    pub what: String,
}

/// A file and its place.
pub struct Parsed {
    path: String,
    file: File,
}

/// Whether cargo starts a crate at this file.
pub fn is_crate_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [_, "build.rs"] | [_, "src", "lib.rs" | "main.rs"] => true,
        [_, "src", "bin", ..] | [_, "tests" | "benches" | "examples", _, "main.rs"] => true,
        [_, "tests" | "benches" | "examples", file] => file.ends_with(".rs"),
        _ => false,
    }
}

/// Whether a file's task is to write to the terminal: a program's `main.rs`, its commands, a module named for output,
/// and tests.
pub fn may_print(path: &str) -> bool {
    let apart = ["/tests/", "/benches/", "/examples/", "/bin/", "/output/", "/commands/"];
    let named = ["/main.rs", "/output.rs", "/build.rs"];
    apart.iter().any(|folder| path.contains(folder)) || named.iter().any(|name| path.ends_with(name))
}

/// Whether a line carries text for people, which has no good place to break.
pub fn has_sentence(line: &str) -> bool {
    line.contains('"')
}

impl Parsed {
    /// Reads a file.
    pub fn new(path: &str, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.to_owned(), file }
    }

    /// Name, line and length of every function.
    pub fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut functions = Functions::default();
        functions.visit_file(&self.file);
        functions.found
    }

    /// Name and line of every macro that is called.
    pub fn macros(&self) -> Vec<(String, usize)> {
        let mut macros = Macros::default();
        macros.visit_file(&self.file);
        macros.found
    }

    /// Skipped tests and unfinished work.
    pub fn leftovers(&self) -> Vec<Finding> {
        let mut attributes = Attributes::default();
        attributes.visit_file(&self.file);
        let unfinished = self.macros().into_iter().filter(|(name, _)| UNFINISHED.contains(&name.as_str()));
        let unfinished = unfinished.map(|(name, line)| Finding { line, what: format!("{name}!") });
        let skipped =
            attributes.skipped.into_iter().map(|line| Finding { line, what: "a skipped test".to_owned() });
        unfinished.chain(skipped).collect()
    }

    /// Files that the `mod` lines of this one may mean.
    pub fn module_files(&self) -> Vec<String> {
        let (folder, name) = self.path.rsplit_once('/').expect("a file lies in a folder");
        let stem = name.trim_end_matches(".rs");
        let home = if ["lib", "main", "mod"].contains(&stem) || is_crate_root(&self.path) {
            folder.to_owned()
        } else {
            format!("{folder}/{stem}")
        };
        let mut files = Vec::new();
        collect_modules(&self.file.items, folder, &home, &mut files);
        files
    }
}

fn collect_modules(items: &[Item], folder: &str, home: &str, files: &mut Vec<String>) {
    for item in items {
        let Item::Mod(module) = item else { continue };
        let name = &module.ident;
        if let Some((_, inner)) = &module.content {
            collect_modules(inner, folder, &format!("{home}/{name}"), files);
        } else if let Some(path) = module.attrs.iter().find_map(path_of) {
            files.push(format!("{folder}/{path}"));
        } else {
            files.push(format!("{home}/{name}.rs"));
            files.push(format!("{home}/{name}/mod.rs"));
        }
    }
}

fn path_of(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("path").then(|| text.value())
}

#[derive(Default)]
struct Functions {
    found: Vec<(String, usize, usize)>,
}

impl Functions {
    fn add(&mut self, signature: &Signature, block: &Block) {
        let (start, end) = (signature.span().start().line, block.span().end().line);
        self.found.push((signature.ident.to_string(), start, end - start + 1));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[derive(Default)]
struct Macros {
    found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Macros {
    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(last) = call.path.segments.last() {
            self.found.push((last.ident.to_string(), call.span().start().line));
        }
        visit::visit_macro(self, call);
    }
}

#[derive(Default)]
struct Attributes {
    skipped: Vec<usize>,
}

impl<'ast> Visit<'ast> for Attributes {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("ignore") {
            self.skipped.push(attribute.span().start().line);
        }
        visit::visit_attribute(self, attribute);
    }
}
