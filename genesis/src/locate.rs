//! From a JSON pointer to the line of a file, so that an error can point at it.

use std::fmt;

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.sentence)
    }
}

impl std::error::Error for Problem {}

/// The line on which a JSON pointer's value begins; of the deepest part that exists if the rest does not.
pub fn line_of(text: &str, pointer: &str) -> usize {
    let wanted: Vec<String> =
        pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    let mut walk = Walk { bytes: text.as_bytes(), at: 0, line: 1, found: (0, 1), wanted };
    walk.value(0, true);
    walk.found.1
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    /// Depth and line of the best match.
    found: (usize, usize),
    wanted: Vec<String>,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        self.line = self.line.saturating_add(usize::from(byte == b'\n'));
        Some(byte)
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.next();
        }
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.next();
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => {
                    self.next();
                }
                b'"' => break,
                _ => {}
            }
        }
        let raw = self.bytes.get(start..self.at).unwrap_or_default();
        serde_json::from_slice(raw).unwrap_or_default()
    }

    /// Passes over one value; `on_path` if everything above it matched.
    fn value(&mut self, depth: usize, on_path: bool) {
        self.space();
        if on_path && depth >= self.found.0 {
            self.found = (depth, self.line);
        }
        match self.peek() {
            Some(b'{') => self.members(depth, on_path, b'}'),
            Some(b'[') => self.members(depth, on_path, b']'),
            Some(b'"') => drop(self.string()),
            _ => {
                while self.peek().is_some_and(|byte| !b",]}".contains(&byte) && !byte.is_ascii_whitespace()) {
                    self.next();
                }
            }
        }
    }

    fn members(&mut self, depth: usize, on_path: bool, close: u8) {
        self.next();
        for index in 0usize.. {
            self.space();
            match self.peek() {
                None => return,
                Some(byte) if byte == close => {
                    self.next();
                    return;
                }
                Some(b',') => {
                    self.next();
                }
                Some(_) => {}
            }
            self.space();
            let before = self.at;
            let name = if close == b'}' { self.key() } else { index.to_string() };
            let matches = on_path && self.wanted.get(depth) == Some(&name);
            self.value(depth.saturating_add(1), matches);
            if self.at == before {
                return; // no JSON: nothing here can be passed over
            }
        }
    }

    fn key(&mut self) -> String {
        let name = self.string();
        self.space();
        self.next();
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_its_line() {
        let text =
            "{\n \"a\": [\n  1,\n  {\"b\": \"x\\\"]\"},\n  {\n   \"b\": 2\n  }\n ],\n \"c\": null\n}\n";
        for (pointer, line) in [
            ("", 1),
            ("/a", 2),
            ("/a/0", 3),
            ("/a/1/b", 4),
            ("/a/2/b", 6),
            ("/c", 9),
            ("/a/2/none", 5),
            ("/zzz", 1),
        ] {
            assert_eq!(line_of(text, pointer), line, "{pointer}");
        }
    }

    #[test]
    fn broken_text_ends_the_walk() {
        for text in ["", "{", "[1,", "{\"a\"", "{\"a\":", "\"", "[[[[", "{]", "[}"] {
            assert!(line_of(text, "/a/0") >= 1, "{text}");
        }
    }
}
