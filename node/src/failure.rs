//! Why a command ended, what to do about it, and the exit code that says so.

use std::fmt;

/// Exit code of an unexpected failure.
pub const EXIT_UNEXPECTED: u8 = 2;
/// Exit code of a wrong command line.
pub const EXIT_USAGE: u8 = 64;
/// Exit code of a wrong configuration: nothing was started.
pub const EXIT_CONFIG: u8 = 78;
/// Exit code of a program that is not the one for the chain's next block: starting it again helps nobody.
pub const EXIT_UPGRADE: u8 = 80;

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

    /// Another program must go on, or this one is too early.
    pub fn upgrade(cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { cause: cause.into(), cure: Some(cure.into()), code: EXIT_UPGRADE }
    }

    /// The same failure, as one that keeps a program from handing over.
    pub fn as_upgrade(self) -> Self {
        Self { code: EXIT_UPGRADE, ..self }
    }

    /// The same failure, after the sentence that it belongs to.
    pub fn within(self, sentence: &str) -> Self {
        Self { cause: format!("{sentence}; {}", self.cause), ..self }
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
