//! The command line of `chortled`.

mod config;
mod dev;
mod doctor;
mod export;
mod genesis;
mod init;
mod localnet;
mod man;
mod start;
mod validator;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::{IntErrorKind, ParseIntError};
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use chortle_app::{MODULES, Registry};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::{EXIT_USAGE, Failure};
use crate::home::Home;
use crate::settings::Settings;
use crate::upgrade;

/// The node of a Chortle chain: state machine, CometBFT, REST, metrics.
#[derive(Parser)]
#[command(name = "chortled", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done, 2 unexpected, 64 wrong command line, 78 wrong configuration, \
                        80 another program must go on.")]
struct Cli {
    /// Folder of the node [default: ~/.chortled; for localnet ~/.chortled-localnet].
    #[arg(long, global = true, value_name = "DIR", env = "CHORTLED_HOME")]
    home: Option<PathBuf>,
    /// What is logged, such as info or chortle_node=debug,info.
    #[arg(long, global = true, value_name = "FILTER")]
    log_level: Option<String>,
    /// Form of the log: text or json.
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a home: keys, settings, a genesis document to fill.
    Init(init::Args),
    /// Runs the node of a home, with its CometBFT.
    Start(start::Args),
    /// Runs a development chain in this process, with funded accounts and instant blocks.
    Dev(dev::Args),
    /// Runs several real nodes on this machine.
    Localnet(localnet::Args),
    /// Fills, checks and names the genesis document.
    Genesis(genesis::Args),
    /// Shows the consensus key with its proof for the operator, and rotates it.
    Validator(validator::Args),
    /// Writes the state of a height as a genesis document.
    Export(export::Args),
    /// Looks for what would keep the node from running, and says how to cure it.
    Doctor(doctor::Args),
    /// Shows every setting and where its value comes from.
    Config,
    /// Shows the versions of the program and of what it works with.
    Version,
    /// Writes a shell's completions to stdout.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Writes a manual page of every command into a folder.
    Man {
        /// The folder, such as ~/.local/share/man/man1; it is made if it is not there.
        folder: PathBuf,
    },
}

/// What every command gets.
struct Shared {
    registry: &'static Registry,
    home: Option<PathBuf>,
    log_level: Option<String>,
    log_format: Option<String>,
}

impl Shared {
    /// The home, or the folder of this name under the user's own.
    fn home(&self, default: &str) -> Result<Home, Failure> {
        if let Some(home) = &self.home {
            return Ok(Home::of(self.registry, home));
        }
        let user = std::env::var_os("HOME").filter(|home| !home.is_empty());
        let user =
            user.ok_or_else(|| Failure::config("there is no HOME in the environment", "name a --home"))?;
        Ok(Home::of(self.registry, PathBuf::from(user).join(default)))
    }

    fn node_home(&self) -> Result<Home, Failure> {
        self.home(".chortled")
    }

    /// The settings of a home, with the log started as they say.
    fn settings(&self, home: &Home, flags: &[(&'static str, Option<String>)]) -> Result<Settings, Failure> {
        let logs = [("log.level", self.log_level.clone()), ("log.format", self.log_format.clone())];
        let flags: Vec<_> = flags.iter().cloned().chain(logs).collect();
        let settings = Settings::load(&home.settings(), &flags, |name| std::env::var(name).ok())?;
        crate::logging::start(settings.text("log.level"), settings.text("log.format"))?;
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for name in crate::settings::unknown_variables(names) {
            tracing::warn!(
                "{name} is no setting: it is ignored; `chortled start --help` lists every setting"
            );
        }
        Ok(settings)
    }
}

/// Runs a command line of Chortle's node to its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_chain(&MODULES, args)
}

/// Runs a command line of the node of a chain of these modules to its exit code. Development chains and localnets are
/// Chortle's.
pub fn run_chain(registry: &'static Registry, args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is the reader's wish.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(EXIT_USAGE),
            };
        }
    };
    let shared = Shared { registry, home: cli.home, log_level: cli.log_level, log_format: cli.log_format };
    let ended = match dispatch(shared, cli.command) {
        Ok(None) => return ExitCode::SUCCESS,
        Ok(Some(program)) => upgrade::hand_over(&program, &args),
        Err(failure) => failure,
    };
    eprintln!("{ended}");
    ExitCode::from(ended.code)
}

/// Answers the program that goes on, where this one hands over.
fn dispatch(shared: Shared, command: Command) -> Result<Option<PathBuf>, Failure> {
    match command {
        Command::Start(args) => return block_on(start::run(&shared, &args)),
        Command::Init(args) => init::run(&shared, &args),
        Command::Dev(args) => block_on(dev::run(&shared, args)),
        Command::Localnet(args) => block_on(localnet::run(&shared, args)),
        Command::Genesis(args) => genesis::run(&shared, args),
        Command::Validator(args) => validator::run(&shared, &args),
        Command::Export(args) => export::run(&shared, &args),
        Command::Doctor(args) => doctor::run(&shared, &args),
        Command::Config => config::run(&shared),
        Command::Version => {
            println!("{}", version());
            Ok(())
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "chortled", &mut std::io::stdout());
            Ok(())
        }
        Command::Man { folder } => man::run(&folder),
    }
    .map(|()| None)
}

fn version() -> String {
    format!(
        "chortled {}\nrules {}\nstore format {}\nCometBFT {}",
        env!("CARGO_PKG_VERSION"),
        crate::state_machine::APP_VERSION,
        chortle_store::FORMAT,
        chortle_consensus::comet::binary::VERSION
    )
}

fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::unexpected)?;
    let result = runtime.block_on(work);
    // A read that still runs must not hold the process up.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    result
}

/// The name of a chain on a command line.
fn chain_id(text: &str) -> Result<String, String> {
    chortle_genesis::check_chain_id(text).map(|()| text.to_owned())
}

/// A number on a command line.
fn whole<T: FromStr<Err = ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => "it is too large".to_owned(),
        _ => "write a whole number, such as 1000".to_owned(),
    })
}

/// Where to listen, on a command line.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:1317".to_owned())
}

/// The wish to stop: Ctrl-C or SIGTERM. Listened for from the beginning, so that an early wish is not a crash.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self, Failure> {
        let interrupt = signal(SignalKind::interrupt()).map_err(Failure::unexpected)?;
        let terminate = signal(SignalKind::terminate()).map_err(Failure::unexpected)?;
        Ok(Self { interrupt, terminate })
    }

    /// Waits for either.
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
