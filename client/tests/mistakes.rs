//! A tour of `chortle` as a person runs it wrong: every command, and the message that each mistake gets.

mod common;

use clap::Command;
use common::{DevChain, Home, Run, golden};

/// Command lines that a person could mean. Those that are made of the lists of messages and queries follow by
/// themselves, without any argument.
const MISTAKES: &str = "
nosuch
--node nonsense status
--node https://127.0.0.1:9 --ca missing.pem status
--node http://127.0.0.1:9 status
--output xml status
status now
balance nobody
balance lol1nonsense
balance lol1qqqq
balance lol17w0adeg64ky0daxwd2ugyuneellmjgnxuha69q
balance 0x12
send dev1
send dev1 5 --from dev0 --yes
send dev1 5lol --from dev0 --yes
send dev1 LOL --from dev0 --yes
send dev1 5DOGE --from dev0 --yes
send dev1 5DOGE#0 --from dev0 --yes
send dev1 5DOGE#99 --from dev0 --yes
send dev1 0LOL --from dev0 --yes
send dev1 1,5LOL --from dev0 --yes
send dev1 1.0000000001LOL --from dev0 --yes
send dev0 2000000LOL --from dev1 --yes
send nobody 5LOL --from dev0 --yes
send dev1 5LOL --yes
send dev1 5LOL --from nobody --yes
send dev1 5LOL --from dev0
send dev1 5LOL --from dev0 --yes --gas-price-max 0
send dev1 5LOL --from dev0 --yes --sequence 7
send dev1 5LOL --from dev0 --yes --sequence 7 --unordered
send dev1 5LOL --from dev0 --yes --wait later
send dev1 5LOL --from dev0 --yes --timeout soon
send dev1 5LOL --from dev0 --yes --expires-in 5
send dev1 5LOL --form dev0 --yes
keys nosuch
keys add
keys add dev0
keys add two/words
keys add third --kind rsa
keys import
keys import nobody --address 0x1234
keys show nobody
keys export nobody
keys delete nobody
tx nosuch
tx token transfr
tx token transfer --to dev1 --coin 5LOL --json missing.json
tx token burn --json missing.json --from dev0 --yes
tx build token burn --coin 5LOL --offline
tx build --messages missing.json --from dev0
tx sign missing.json --yes
tx combine missing.json
tx broadcast missing.json
tx decode 0xzz
tx decode 00
tx wait 12
query nosuch
query tx 12
query block newest
query block 99
query token show DOGE
query token show DOGE#99
query token supply 0 --height 99
query staking validator dev0
query staking validators --limit 1000
query staking validators --cursor nonsense
account nosuch
account create
account create --member dev0
account create --member dev0 --threshold 2 --address
account create --member dev0=0 --threshold 1 --address
account create --member dev0 --member dev0 --threshold 1 --address
account create --member dev0 --threshold 1 --limit dev0=5LOL --address
account create --member dev0 --threshold 1 --delay 91d --address
account show dev0
account propose dev0
account propose dev0 nosuch
account propose dev0 token transfr
account propose dev0 token transfer --to dev1 --coin 5LOL --from dev0 --yes
account approve dev0 1 --from dev0 --yes
account spend dev0 dev1 5LOL --from dev1 --yes
airdrop nosuch
airdrop plan missing.csv --asset LOL --sponsor dev0
airdrop open missing.json --yes
airdrop claim missing.json dev0 --airdrop 1 --from dev0 --yes
dev mine 0
dev time soon
dev revert 99
dev mode often
config everything
config get nosuch
config get networks.main.node
config set
config set nod http://127.0.0.1:1317
config set node nonsense
config set output xml
config unset from
config add-network main
config add-network main http://127.0.0.1:9
balance dev0 --network nosuch
watch
watch nosuch
watch account nobody
watch asset DOGE
watch asset DOGE#99
watch blocks --from-block 99
watch blocks --after yesterday
man
completions
completions nosuch
version 2
";

/// Every command under `command` that has none below it.
fn leaves(command: &Command, path: &[String], found: &mut Vec<Vec<String>>) {
    for inner in command.get_subcommands() {
        let path: Vec<String> = path.iter().cloned().chain([inner.get_name().to_owned()]).collect();
        if inner.has_subcommands() { leaves(inner, &path, found) } else { found.push(path) }
    }
}

/// What a person reads, whatever folder and port the test was given.
fn read(run: &Run, home: &Home, chain: &DevChain) -> String {
    let folder = home.path().join("home");
    let text = run.stderr.replace(&chain.url, "http://127.0.0.1:1317");
    let text = text.replace(&folder.display().to_string(), "~/.chortle");
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

/// Whether a sentence itself ends with what to do, behind a colon.
fn advice(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.trim_start_matches("error: ").contains(": "))
}

#[test]
fn every_mistake_gets_a_message_that_says_what_to_do() {
    let chain = DevChain::start(&[]);
    let home = Home::on(&chain.url);
    home.ok(&["keys", "add-dev"]);
    home.ok(&["send", "dev1", "1LOL", "--from", "dev0"]);
    let mut lines: Vec<Vec<String>> = MISTAKES
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect();
    let mut made = Vec::new();
    for group in chortle_client::cli::root()
        .get_subcommands()
        .filter(|inner| ["tx", "query"].contains(&inner.get_name()))
    {
        leaves(group, &[group.get_name().to_owned()], &mut made);
    }
    // What `build` takes is what `tx` takes.
    lines.extend(made.into_iter().filter(|path| path[1] != "build"));
    let mut text = String::new();
    for line in lines {
        let args: Vec<&str> = line.iter().map(String::as_str).chain(["--output", "table"]).collect();
        let run = home.run_unasked(&args);
        // Some reads need no argument.
        if run.code == 0 && line[0] == "query" {
            continue;
        }
        assert_ne!(run.code, 0, "{line:?} is no mistake: {}", run.stdout);
        assert!(!run.stderr.contains("panicked"), "{line:?}: {}", run.stderr);
        for of_rest in ["/v1/", "/openapi.json"] {
            assert!(!run.stderr.contains(of_rest), "{line:?} names a route: {}", run.stderr);
        }
        let says_what_to_do = run.stderr.contains("hint: ") || run.stderr.contains("--help");
        assert!(
            says_what_to_do || advice(&run.stderr),
            "{line:?} says nothing of what to do: {}",
            run.stderr
        );
        text.push_str(&format!(
            "$ chortle {}    ({})\n{}",
            line.join(" "),
            run.code,
            read(&run, &home, &chain)
        ));
    }
    golden("mistakes.txt", &text);
}
