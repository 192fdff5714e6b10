//! Settings for measuring: the same for Chortle's CometBFT and for the one with the built-in kvstore.

use std::time::Duration;

use chortle_consensus::comet::home::Settings;

/// No pause between blocks, and a log of errors only. All else is as people run nodes.
pub fn settings(settings: &mut Settings) {
    settings.timeout_commit = Duration::ZERO;
    settings.skip_timeout_commit = true;
    settings.log_level = "error".to_owned();
}
