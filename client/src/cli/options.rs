//! The options that many commands share.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Command};

use super::output::Format;
use crate::time::parse_span;

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Folder of keys and profile
    #[arg(
        long,
        global = true,
        env = "CHORTLE_HOME",
        hide_env_values = true,
        value_name = "DIR",
        help_heading = "Common options"
    )]
    pub home: Option<PathBuf>,
    /// REST URL of the node; by default the network's, else the profile's, else http://127.0.0.1:1317
    #[arg(
        long,
        global = true,
        env = "CHORTLE_NODE",
        hide_env_values = true,
        value_name = "URL",
        help_heading = "Common options"
    )]
    pub node: Option<String>,
    /// Network of the profile: its node, and the chain that the node must be of
    #[arg(
        long,
        global = true,
        env = "CHORTLE_NETWORK",
        hide_env_values = true,
        value_name = "NAME",
        help_heading = "Common options"
    )]
    pub network: Option<String>,
    /// Behind https, trust the authorities in this PEM file and no others; by default this machine's
    #[arg(
        long,
        global = true,
        env = "CHORTLE_CA",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Common options"
    )]
    pub ca: Option<PathBuf>,
    /// How to write the result; by default a table on a terminal, JSON in a pipe
    #[arg(long, global = true, value_enum, value_name = "FORMAT", help_heading = "Common options")]
    pub output: Option<Format>,
    /// Read the keys' password from the first line of a file
    #[arg(
        long,
        global = true,
        env = "CHORTLE_PASSWORD_FILE",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Common options"
    )]
    pub password_file: Option<PathBuf>,
    /// Read the keys' password from the first line of standard input
    #[arg(long, global = true, help_heading = "Common options")]
    pub password_stdin: bool,
}

impl Common {
    /// These, and where they say nothing others.
    pub fn or(self, others: Self) -> Self {
        Self {
            home: self.home.or(others.home),
            node: self.node.or(others.node),
            network: self.network.or(others.network),
            ca: self.ca.or(others.ca),
            output: self.output.or(others.output),
            password_file: self.password_file.or(others.password_file),
            password_stdin: self.password_stdin || others.password_stdin,
        }
    }
}

/// How a command sends the message that it is for.
#[derive(Args, Clone)]
pub struct Sent {
    #[command(flatten)]
    pub envelope: Envelope,
    #[command(flatten)]
    pub caution: Caution,
    #[command(flatten)]
    pub sending: Sending,
}

/// What goes around the messages of a transaction.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Transaction options")]
pub struct Envelope {
    /// Who sends: a key's name or its address; by default the profile's, or the only key
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
    /// Who pays the fee, if not the sender; signs too
    #[arg(long, value_name = "NAME")]
    pub fee_payer: Option<String>,
    /// The fee grant that pays the fee, by its number; nobody else signs: chortle query grant received-grants
    #[arg(long, value_name = "NUMBER", conflicts_with = "fee_payer")]
    pub fee_grant: Option<u64>,
    /// A note to people, at most 256 bytes, public for ever
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub memo: String,
    /// The sender's sequence number; by default the next one
    #[arg(long, value_name = "NUMBER", conflicts_with = "unordered")]
    pub sequence: Option<u64>,
    /// Valid in any order, beside other transactions of the sender
    #[arg(long)]
    pub unordered: bool,
    /// How long it stays valid, such as 30s or 5m; by default for ever; 2m, at most 10m, if unordered
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    pub expires_in: Option<Duration>,
    /// Most nlol per gas to pay, tip included; by default twice the chain's price, plus the tip
    #[arg(long, value_name = "NLOL")]
    pub gas_price_max: Option<u64>,
    /// nlol per gas on top of the chain's price, to be included sooner
    #[arg(long, value_name = "NLOL", default_value_t = 0)]
    pub tip: u64,
}

/// How far a command goes before it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wait {
    /// Until the node took it.
    Submitted,
    /// Until it is in a block.
    Included,
}

impl Wait {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Included => "included",
        }
    }
}

/// How a finished transaction is sent.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Sending options")]
pub struct Sending {
    /// Return once the node took it, or once it is in a block [default: included]
    #[arg(long, value_enum, value_name = "UNTIL")]
    pub wait: Option<Wait>,
    /// Send it even if the node says that it would be refused; a refusal in a block costs the fee
    #[arg(long)]
    pub no_preflight: bool,
    /// How long to wait for a block
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "60s")]
    pub timeout: Duration,
}

/// What comes before signing.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Sending options")]
pub struct Caution {
    /// Show what would change, and neither sign nor send
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask before signing
    #[arg(long, short)]
    pub yes: bool,
}

/// Where a transaction file comes from when it is built.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Building options")]
pub struct Building {
    /// Ask no node: needs --chain-id, --genesis-hash, --gas-price-max, and --sequence or --unordered
    #[arg(long, requires = "chain_id", requires = "genesis_hash", requires = "gas_price_max")]
    pub offline: bool,
    /// Name of the chain; by default what the node says
    #[arg(long, value_name = "ID", requires = "genesis_hash")]
    pub chain_id: Option<String>,
    /// Hash of the chain's genesis, as /v1/status shows it; by default what the node says
    #[arg(long, value_name = "HASH", requires = "chain_id")]
    pub genesis_hash: Option<String>,
    /// Write the file here instead of on standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Whether the node is believed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Verification options")]
pub struct Belief {
    /// Believe proofs alone, from a trusted header on; without one named, from the last that this home verified
    #[arg(long)]
    pub verify: bool,
    /// Begin from a header that you trust
    #[arg(long, value_name = "HEIGHT:HASH", requires = "verify", conflicts_with = "genesis")]
    pub trust: Option<String>,
    /// Begin from the genesis document: a file, or the hash that /v1/status shows
    #[arg(long, value_name = "FILE|HASH", requires = "verify")]
    pub genesis: Option<String>,
}

/// Adds the options of every command that reads.
pub fn read_options(command: Command) -> Command {
    told(command, Belief::augment_args)
}

/// Adds the options of every command.
pub fn common_options(command: Command) -> Command {
    told(command, Common::augment_args)
}

/// Adds the options of every command that makes a transaction, whether it sends or only builds.
pub fn transaction_options(command: Command) -> Command {
    told(sent_options(command), Building::augment_args)
}

/// Adds the options of every command that sends.
pub fn sent_options(command: Command) -> Command {
    told(command, |command| Sending::augment_args(Caution::augment_args(Envelope::augment_args(command))))
}

/// Adds the options of every command that only builds.
pub fn built_options(command: Command) -> Command {
    told(command, |command| Building::augment_args(Envelope::augment_args(command)))
}

/// Adds options and keeps what the command says of itself: a group of options brings its own words otherwise.
pub fn told(command: Command, add: impl FnOnce(Command) -> Command) -> Command {
    let about = command.get_about().cloned();
    let long_about = command.get_long_about().cloned();
    let added = add(command).about(about.unwrap_or_default());
    match long_about {
        Some(long_about) => added.long_about(long_about),
        None => added.long_about(None),
    }
}
