//! Settings for measuring: the same for Chortle's CometBFT and for the one with the built-in kvstore.

use std::time::Duration;

use chortle_consensus::comet::home::Settings;

/// No pause between blocks, no second judgement of what waits, and a log of errors only.
pub fn settings(settings: &mut Settings) {
    settings.timeout_commit = Duration::ZERO;
    settings.skip_timeout_commit = true;
    // Every load is of good transactions in order. Rechecking a backlog after each block measures the socket instead.
    settings.recheck = false;
    settings.log_level = "error".to_owned();
}
