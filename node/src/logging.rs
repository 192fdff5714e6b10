//! The log: lines on stderr, as text or JSON.

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Starts the log. A second start, as in tests, changes nothing.
pub fn start(level: &str, format: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(level).map_err(|error| {
        Failure::config(
            format!("log.level '{level}' does not read: {error}"),
            "write it as info or chortle_node=debug,info",
        )
    })?;
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    let started = match format {
        "text" => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        "json" => log.json().try_init(),
        _ => return Err(Failure::config(format!("log.format is '{format}'"), "write text or json")),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "the log runs already");
    }
    Ok(())
}
