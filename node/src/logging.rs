//! The log: lines on stderr, as text or JSON.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::failure::Failure;

/// Starts the log. A second start, as in tests, changes nothing.
pub fn start(level: &str, format: &str) -> Result<(), Failure> {
    let refused = |why: String| {
        Failure::config(format!("log.level '{level}' {why}"), "write it as info or chortle_node=debug,info")
    };
    // To the filter a bare word is the name of a part of the program: a level with a slip in it would log nothing.
    if let Some(word) = level.split(',').find(|word| !word.contains(['=', '[']) && !is_level(word)) {
        return Err(refused(format!(
            "has '{word}', which is no level: error, warn, info, debug, trace or off"
        )));
    }
    let filter = EnvFilter::try_new(level).map_err(|error| refused(format!("does not read: {error}")))?;
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

fn is_level(word: &str) -> bool {
    // An empty word would be taken for `error`.
    !word.trim().is_empty() && word.trim().parse::<LevelFilter>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_with_a_slip_in_it_is_refused_by_name() {
        for (level, word) in [("inf0", "'inf0'"), ("chortle_node=debug,wran", "'wran'"), ("", "''")] {
            let failure = start(level, "text").unwrap_err();
            assert!(failure.cause.contains(word) && failure.cause.contains("trace"), "{failure}");
        }
        assert!(start("chortle_node=loud", "text").unwrap_err().cause.contains("does not read"));
        for level in ["info", "chortle_node=debug,info", "off", "WARN"] {
            assert_eq!(start(level, "text"), Ok(()), "{level}");
        }
    }
}
