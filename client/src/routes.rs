//! What the chain and its nodes say of routes, said with this program's commands.

use std::collections::BTreeMap;

use chortle_app::{MODULES, catalogue};

/// Routes that no query of a module is, below `/v1/`, and the command for each.
const OWN: &[(&str, &str)] = &[
    ("status", "chortle status"),
    ("blocks", "chortle query block latest"),
    ("blocks/{height}", "chortle query block HEIGHT"),
    ("headers/latest", "chortle query block latest"),
    ("txs/build", "chortle tx build"),
    ("txs/{hash}", "chortle query tx HASH"),
    ("state/{key}", "chortle query MODULE NAME --verify"),
    ("genesis", "chortle query --verify --genesis HASH"),
    ("dev/snapshot", "chortle dev snapshot"),
];

/// This program knows every route of its own version.
const OTHER_VERSION: &str = "is the node of this program's version? see: chortle version";

/// What no command says so.
const PHRASES: &[(&str, &str)] = &[
    (
        "GET /openapi.json lists the arguments of every route",
        "see what it takes: the same command with --help",
    ),
    ("GET /openapi.json lists every route; GET /docs shows them", OTHER_VERSION),
    ("GET /openapi.json says which methods a route takes", OTHER_VERSION),
    ("GET /openapi.json has the form of every request, with examples", OTHER_VERSION),
    ("GET /openapi.json lists every message", "chortle tx --help lists every module"),
    ("GET /v1/blocks lists what it has", "chortle query block latest shows its last one"),
    ("leave ?prove=true away", "leave --verify away"),
];

/// The same text for somebody at a command line.
pub fn as_commands(text: &str) -> String {
    let mut text = text.to_owned();
    for (phrase, instead) in PHRASES {
        text = text.replace(phrase, instead);
    }
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some((start, route)) = next_route(rest) {
        let Some(command) = command(route.path) else {
            let (passed, left) = rest.split_at(route.end);
            shown.push_str(passed);
            rest = left;
            continue;
        };
        let (before, left) = (rest.split_at(start).0, rest.split_at(route.end).1);
        shown.push_str(before);
        shown.push_str(&command);
        rest = left;
    }
    shown + rest
}

struct Route<'a> {
    path: &'a str,
    end: usize,
}

/// The first `GET /v1/…` or `POST /v1/…`.
fn next_route(text: &str) -> Option<(usize, Route<'_>)> {
    let found =
        ["GET /v1/", "POST /v1/"].iter().filter_map(|verb| Some((text.find(verb)?, verb.len()))).min();
    let (start, length) = found?;
    let path = text.get(start + length..)?;
    let end = path.find(|one: char| one.is_whitespace() || ",;:)".contains(one)).unwrap_or(path.len());
    Some((start, Route { path: path.get(..end)?.trim_end_matches('.'), end: start + length + end }))
}

/// The command for a route.
fn command(path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or(path);
    if let Some((_, command)) = OWN.iter().find(|(route, _)| *route == path) {
        return Some((*command).to_owned());
    }
    let queries: BTreeMap<&str, (&str, &str)> =
        catalogue::queries(&MODULES).map(|(module, kind)| (kind.path, (module, kind.name))).collect();
    let (module, name) = queries.get(path)?;
    let holes = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let args: String = holes.map(|hole| format!(" {}", hole.to_uppercase())).collect();
    Some(format!("chortle query {module} {}{args}", name.replace('_', "-")))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn a_route_becomes_the_command_that_asks_it() {
        for (text, said) in [
            ("GET /v1/status says its name", "chortle status says its name"),
            ("look for its number at GET /v1/tokens", "look for its number at chortle query token list"),
            ("GET /v1/tokens/{asset} says which it has", "chortle query token show ASSET says which it has"),
            ("none: POST /v1/dev/snapshot makes one; then", "none: chortle dev snapshot makes one; then"),
            ("nothing of the kind", "nothing of the kind"),
            ("GET /v1/nosuch, GET /v1/status.", "GET /v1/nosuch, chortle status"),
        ] {
            assert_eq!(as_commands(text), said);
        }
    }

    /// The book of errors has what every node can answer.
    #[test]
    fn no_hint_of_the_book_of_errors_is_left_with_a_route() {
        let book =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md")).unwrap();
        for line in book.lines() {
            let said = as_commands(line);
            for route in ["/v1/", "/openapi.json"] {
                // The page says where a node shows it.
                let of_page = !line.starts_with('|');
                assert!(of_page || !said.contains(route), "{said}");
            }
        }
    }
}
