//! The tree of commands.

use std::path::PathBuf;

use clap::{Arg, Args, Command, Subcommand, value_parser};

use crate::time::parse_span;

use super::{
    account, airdrop, catalogue, config, dev, examples, gov, keys,
    offline::{Combine, Sign},
    options::{Sending, built_options, common_options, sent_options, told},
    watch,
};

/// The whole tree.
pub fn root() -> Command {
    let root = Command::new("chortle")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Keys, transactions and queries of Chortle")
        .after_help(
            "Results go to standard output, everything else to standard error.\n\
             Exit codes: 0 done, 1 rejected, 2 unexpected, 64 usage, 78 configuration.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(110)
        .disable_help_subcommand(true);
    let whole = common_options(root)
        .subcommand(keys_command())
        .subcommand(send_command())
        .subcommand(Command::new("balance").about("What an account holds").arg(
            Arg::new("who").value_name("WHO").help("A key's name or an address; by default the sender's"),
        ))
        .subcommand(Command::new("status").about("Where the node and its chain stand"))
        .subcommand(tx_command())
        .subcommand(query_command())
        .subcommand(account_command())
        .subcommand(airdrop_command())
        .subcommand(gov_command())
        .subcommand(watch_command())
        .subcommand(dev_command())
        .subcommand(config_command())
        .subcommand(
            Command::new("man").about("Write a manual page of every command into a folder").arg(
                Arg::new("folder")
                    .required(true)
                    .value_name("DIR")
                    .value_parser(value_parser!(PathBuf))
                    .help("Where to, such as ~/.local/share/man/man1"),
            ),
        )
        .subcommand(
            Command::new("completions")
                .about("Write a shell's completions on standard output")
                .arg(Arg::new("shell").required(true).value_parser(value_parser!(clap_complete::Shell))),
        )
        .subcommand(Command::new("version").about("The version of this program"));
    examples::attach(whole)
}

fn keys_command() -> Command {
    let command = Command::new("keys")
        .about("Make and keep keys")
        .after_help(
            "Examples:\n  \
             chortle keys add alice                    a new key, and its 24 words once\n  \
             chortle keys import bob --address lol1wzvhjux9rqfdcwspp37srdgwp5tac7wg5ue93y\n  \
             chortle keys list",
        )
        .subcommand_required(true);
    told(command.arg_required_else_help(true), keys::Command::augment_subcommands)
}

fn account_command() -> Command {
    let command = Command::new("account")
        .about("Accounts of several members, who decide together what they send")
        .after_help(
            "Examples:\n  \
             chortle account create --member alice --member bob --threshold 2 --delay 1d --from alice\n  \
             chortle account propose team token transfer --to bob --coin 5LOL --from alice\n  \
             chortle account approve team 1 --from bob && chortle account execute team 1 --from bob",
        )
        .subcommand_required(true);
    told(command.arg_required_else_help(true), account::Command::augment_subcommands)
}

fn airdrop_command() -> Command {
    let command = Command::new("airdrop")
        .about("Plan an airdrop from a list")
        .after_help(
            "Examples:\n  \
             chortle airdrop plan list.csv --asset 'DOGE#17' --sponsor alice > plan.json\n  \
             chortle airdrop open plan.json --dry-run\n  \
             chortle airdrop claim plan.json bob --airdrop 1 --from bob",
        )
        .subcommand_required(true);
    told(command.arg_required_else_help(true), airdrop::Command::augment_subcommands)
}

fn gov_command() -> Command {
    let command = Command::new("gov")
        .about("Propose, vote, and see what becomes of it")
        .after_help(
            "A proposal is a file in TOML: chortle gov template writes one, validate says all that is wrong with it.\n\n\
             Examples:\n  \
             chortle gov template params app/params > proposal.toml\n  \
             chortle gov submit proposal.toml --from alice --dry-run    old and new of all that would change\n  \
             chortle gov vote 7 yes=60,no=40 --from alice",
        )
        .subcommand_required(true);
    told(command.arg_required_else_help(true), gov::Command::augment_subcommands)
}

fn watch_command() -> Command {
    let command = Command::new("watch")
        .about("Show what happens, a line an event, until you end it")
        .after_help(
            "Each event comes once, with its id; a node that goes away is waited for. --output json writes a JSON \
             object a line.\n\nExamples:\n  \
             chortle watch blocks\n  \
             chortle watch account alice --from-block 1\n  \
             chortle watch asset 'DOGE#17' --output json > events.jsonl",
        )
        .subcommand_required(true);
    told(command.arg_required_else_help(true), watch::Command::augment_subcommands)
}

fn dev_command() -> Command {
    let command = Command::new("dev")
        .about("Drive a development chain: blocks, the clock, snapshots")
        .after_help(
            "Examples:\n  \
             chortle dev mine 10          ten blocks\n  \
             chortle dev time 30d         thirty days later\n  \
             chortle dev snapshot         answers a number; chortle dev revert 1 goes back there",
        )
        .subcommand_required(true);
    told(command.arg_required_else_help(true), dev::Command::augment_subcommands)
}

fn config_command() -> Command {
    let command = Command::new("config")
        .about("Every setting and where it came from; set them, name networks")
        .after_help(
            "Examples:\n  \
             chortle config                                    every setting, and where it came from\n  \
             chortle config set from alice\n  \
             chortle config add-network main https://node.example --genesis-hash HASH\n  \
             chortle config set network main",
        );
    told(command, config::Command::augment_subcommands).subcommand_required(false)
}

fn send_command() -> Command {
    let command = Command::new("send")
        .about("Send an amount to an account")
        .after_help(
            "Examples:\n  \
             chortle send alice 5LOL --from bob --dry-run    what would change\n  \
             chortle send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 '10.5DOGE#17' --from bob --memo 'for lunch'",
        )
        .arg(Arg::new("to").required(true).value_name("TO").help("A key's name, lol1… or 0x…"))
        .arg(Arg::new("coin").required(true).value_name("COIN").help("How much: 1.5LOL, 10DOGE#17"));
    sent_options(command)
}

fn hash_arg() -> Arg {
    Arg::new("hash").required(true).value_name("HASH").help("The transaction's hash")
}

fn file_arg() -> Arg {
    Arg::new("file")
        .required(true)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Transaction file, or - for standard input")
}

fn tx_command() -> Command {
    let tx = Command::new("tx")
        .about("Make, sign and send transactions")
        .after_help(
            "Examples:\n  \
             chortle tx token burn --coin 5LOL --from alice --dry-run\n  \
             chortle tx build token burn --coin 5LOL --from alice --out tx.json\n  \
             chortle tx sign tx.json --out tx.json && chortle tx broadcast tx.json",
        )
        .subcommand_required(true)
        .arg_required_else_help(true);
    let build = Command::new("build")
        .about("Build a transaction file without signing it")
        .arg_required_else_help(true)
        .arg(
            Arg::new("messages")
                .long("messages")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Take several messages from a JSON list: [{\"module\", \"message\", \"body\"}, …]"),
        )
        .args_conflicts_with_subcommands(true);
    catalogue::message_commands(tx, sent_options)
        .subcommand(catalogue::message_commands(built_options(build), built_options))
        .subcommand(told(
            Command::new("sign").about("Sign a transaction file; asks no node"),
            Sign::augment_args,
        ))
        .subcommand(told(
            Command::new("combine").about("Join the signatures of several copies of a file"),
            Combine::augment_args,
        ))
        .subcommand(told(
            Command::new("broadcast")
                .about("Send a transaction file that everybody has signed")
                .arg(file_arg()),
            Sending::augment_args,
        ))
        .subcommand(
            Command::new("decode").about("Show what a transaction says, and who has signed").arg(
                Arg::new("what")
                    .required(true)
                    .value_name("FILE")
                    .help("Transaction file, - for standard input, or the bytes in hexadecimal"),
            ),
        )
        .subcommand(
            Command::new("wait").about("Wait until a transaction is in a block").arg(hash_arg()).arg(
                Arg::new("timeout")
                    .long("timeout")
                    .value_name("TIME")
                    .default_value("60s")
                    .value_parser(parse_span)
                    .help("How long to wait"),
            ),
        )
}

fn height(text: &str) -> Result<String, String> {
    match text.parse::<u64>() {
        _ if text == "latest" => Ok(text.to_owned()),
        Ok(height) => Ok(height.to_string()),
        Err(_) => Err("write a block's height, or latest".to_owned()),
    }
}

fn query_command() -> Command {
    let query = Command::new("query")
        .visible_alias("q")
        .about("Read the chain")
        .after_help(
            "Examples:\n  \
             chortle query block latest\n  \
             chortle query token supply 'DOGE#17' --height 1200\n  \
             chortle query staking validators --output json",
        )
        .subcommand_required(true)
        .arg_required_else_help(true);
    catalogue::query_commands(query)
        .subcommand(Command::new("tx").about("What became of a transaction").arg(hash_arg()))
        .subcommand(
            Command::new("block").about("A block").arg(
                Arg::new("height")
                    .required(true)
                    .value_name("HEIGHT")
                    .value_parser(height)
                    .help("Its height, or latest"),
            ),
        )
}
