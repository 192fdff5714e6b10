//! What this crate says on the terminal: reports of failures, and a program's result.

/// A result, on stdout.
pub fn result(text: &str) {
    println!("{text}");
}

/// Anything else, on stderr.
pub fn say(text: &str) {
    eprintln!("{text}");
}
