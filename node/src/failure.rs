//! Why a command ended, what to do about it, and the exit code that says so.

use std::fmt;

/// Exit code of an unexpected failure.
pub const EXIT_UNEXPECTED: u8 = 2;
/// Exit code of a wrong command line.
pub const EXIT_USAGE: u8 = 64;
/// Exit code of a wrong configuration: nothing was started.
pub const EXIT_CONFIG: u8 = 78;

/// Why a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub cure: Option<String>,
    /// Exit code.
    pub code: u8,
}

impl Failure {
    /// The configuration, the home or the machine is not as it must be.
    pub fn config(cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { cause: cause.into(), cure: Some(cure.into()), code: EXIT_CONFIG }
    }

    /// What nobody expected.
    pub fn unexpected(cause: impl ToString) -> Self {
        Self { cause: cause.to_string(), cure: None, code: EXIT_UNEXPECTED }
    }

    /// Arguments that contradict each other.
    pub fn usage(cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { cause: cause.into(), cure: Some(cure.into()), code: EXIT_USAGE }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.cause)?;
        self.cure.as_ref().map_or(Ok(()), |cure| write!(f, "\nhint: {cure}"))
    }
}

impl std::error::Error for Failure {}
