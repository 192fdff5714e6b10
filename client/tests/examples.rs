//! Every example of the help is a command line that this program takes.

mod common;

use chortle_client::cli;
use clap::Command;
use common::Home;

/// The words of a line as a shell splits it, as far as one command goes; two spaces begin what it does.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    let mut all = line.trim().chars().peekable();
    while let Some(one) = all.next() {
        match (one, quote) {
            (_, Some(end)) if one == end => quote = None,
            ('\'' | '"', None) => (quote, open) = (Some(one), true),
            (' ', None) => {
                words.extend(open.then(|| std::mem::take(&mut word)));
                open = false;
                if matches!(all.peek(), Some(' ' | '>' | '&' | '|')) {
                    break;
                }
            }
            _ => {
                word.push(one);
                open = true;
            }
        }
    }
    assert_eq!(quote, None, "{line}: a quote is left open");
    words.extend(open.then_some(word));
    words
}

/// The command lines in the help of a command, several of one line apart.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().flat_map(|line| line.split(" && ")).map(str::trim);
    lines.filter(|line| line.starts_with("chortle ")).map(str::to_owned).collect()
}

fn walk(command: &Command, path: &str, found: &mut Vec<(String, Vec<String>)>) {
    let examples = examples(command);
    assert!(!examples.is_empty() || command.has_subcommands(), "{path}: no example");
    found.push((path.to_owned(), examples));
    for inner in command.get_subcommands() {
        walk(inner, &format!("{path} {}", inner.get_name()), found);
    }
}

#[test]
fn every_command_shows_examples_and_each_is_parsed() {
    let mut found = Vec::new();
    walk(&cli::root(), "chortle", &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for (path, examples) in found {
        let leaf = examples.iter().any(|line| words(line).join(" ").starts_with(&path));
        assert!(examples.is_empty() || leaf, "{path}: {examples:?} show another command");
        for line in examples {
            let parsed = cli::root().try_get_matches_from(words(&line));
            assert!(parsed.is_ok(), "{path}: {line}: {}", parsed.unwrap_err());
        }
    }
}

/// A whole example is more than its flags: what stands behind them makes a message.
#[test]
fn the_example_of_a_message_is_a_message() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    home.ok(&["keys", "import", "bob", "--address", "lol1wzvhjux9rqfdcwspp37srdgwp5tac7wg5ue93y"]);
    home.ok(&["keys", "import", "carol", "--address", "lol1d6vt2tztr5n39s26zxj29cnxpjud7xgtysf8k3"]);
    let zeros = "0".repeat(64);
    let offline = ["--offline", "--chain-id", "any", "--genesis-hash", &zeros, "--sequence", "0"];
    let mut found = Vec::new();
    walk(&cli::root(), "chortle", &mut found);
    let lines = found.into_iter().filter(|(path, _)| path.starts_with("chortle tx build "));
    let (mut built, mut refused) = (0, String::new());
    for line in lines.flat_map(|(_, examples)| examples) {
        let mut args = words(&line)[1..].to_vec();
        args.truncate(args.len() - 2);
        args.extend(offline.iter().map(|text| (*text).to_owned()));
        args.extend(["--gas-price-max".to_owned(), "2".to_owned()]);
        let args: Vec<String> = args.iter().map(|text| text.replace("DOGE#17", "LOL")).collect();
        let run = home.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        if run.code == 2 && run.stderr.contains("cannot reach") {
            // Of which asset its amount is only the chain knows.
            continue;
        }
        match run.code {
            0 => built += 1,
            _ => refused.push_str(&format!("{line}: {}\n", run.stderr)),
        }
    }
    assert!(refused.is_empty(), "{refused}");
    assert!(built > 40, "{built}");
}
