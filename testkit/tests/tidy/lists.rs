//! What is declared and what is listed: a message that no list names can be sent by nobody, and nobody would notice.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{Attribute, GenericArgument, ItemImpl, Path, PathArguments, Type};

/// A trait, and the entry by which a list names a type of it.
const LISTED: [(&str, &str); 3] =
    [("Message", "MessageKind"), ("Query", "QueryKind"), ("Params", "ParamsKind")];
/// What a type derives that is encoded and shown: `record!` and `events!` say it in a word.
const DERIVED: [&str; 2] = ["BorshSerialize", "JsonSchema"];

/// What the files of one crate declare and list.
#[derive(Default)]
pub struct Declared {
    types: BTreeSet<(&'static str, String)>,
    listed: BTreeSet<(&'static str, String)>,
    /// Types that do by hand what a macro of the kernel does.
    pub by_hand: Vec<String>,
}

impl Declared {
    /// Reads a file.
    pub fn read(&mut self, path: &str, text: &str) {
        self.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}")));
    }

    /// Types of a listed kind that stand in no list, neither of their own nor of another crate's.
    pub fn unlisted(&self, other: Option<&Self>) -> Vec<String> {
        let missing = self
            .types
            .difference(&self.listed)
            .filter(|entry| other.is_none_or(|other| !other.listed.contains(entry)));
        missing.map(|(of, name)| format!("{name}: no {of}::of::<{name}>()")).collect()
    }
}

fn name_of(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    path.path.segments.last().map(|segment| segment.ident.to_string())
}

impl<'ast> Visit<'ast> for Declared {
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        if let (Some(of), Some(name), true) = (of, name_of(&item.self_ty), item.generics.params.is_empty()) {
            let kind = LISTED.iter().find(|(listed, _)| of.ident == listed);
            self.types.extend(kind.map(|(_, kind)| (*kind, name.clone())));
            if of.ident == "Event" {
                self.by_hand.push(format!("impl Event for {name}: declare it in events!"));
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        for pair in path.segments.iter().zip(path.segments.iter().skip(1)) {
            let kind = LISTED.iter().find(|(_, kind)| pair.0.ident == kind && pair.1.ident == "of");
            if let (Some((_, kind)), PathArguments::AngleBracketed(arguments)) = (kind, &pair.1.arguments)
                && let Some(GenericArgument::Type(ty)) = arguments.args.first()
            {
                self.listed.extend(name_of(ty).map(|name| (*kind, name)));
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let derives =
            attribute.path().is_ident("derive").then(|| attribute.meta.require_list().ok()).flatten();
        let text = derives.map(|list| list.tokens.to_string()).unwrap_or_default();
        if DERIVED.iter().all(|name| text.contains(name)) {
            self.by_hand.push(format!("derive({text}): declare it in record!"));
        }
        visit::visit_attribute(self, attribute);
    }
}
