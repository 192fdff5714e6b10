//! Two failures, never one: [`Reject`] is the sender's fault, [`Halt`] is ours.

use std::fmt;

use serde::Serialize;

/// The sender's fault. It goes into the receipt; nothing is written but the fee and the nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// The catalogue that numbers the code: a module's name, `tx` or `app`.
    pub codespace: &'static str,
    /// Stable within the codespace, never reused.
    pub number: u32,
    /// The broken rule, in snake case.
    pub name: &'static str,
    /// One sentence with the values that broke the rule.
    pub sentence: String,
}

impl Reject {
    /// The stable code that receipts, REST and the command line show, such as `token.1`.
    pub fn code(&self) -> String {
        format!("{}.{}", self.codespace, self.number)
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} {}: {}", self.codespace, self.number, self.name, self.sentence)
    }
}

impl std::error::Error for Reject {}

/// Our fault: a corrupt value, a broken invariant, a failing disk. The node stops with this sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt(pub String);

impl Halt {
    /// A halt with this sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Halt {}

/// What executing a message can end in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The sender's fault.
    Reject(Reject),
    /// Our fault.
    Halt(Halt),
}

impl From<Reject> for Failure {
    fn from(reject: Reject) -> Self {
        Self::Reject(reject)
    }
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reject(reject) => reject.fmt(f),
            Self::Halt(halt) => halt.fmt(f),
        }
    }
}

/// Refuses with `error` unless `holds`.
pub fn ensure(holds: bool, error: impl Into<Reject>) -> Result<(), Reject> {
    if holds { Ok(()) } else { Err(error.into()) }
}

/// One row of the error catalogue, as golden files and `/v1/errors` show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorRow {
    /// The catalogue that numbers the code.
    pub codespace: &'static str,
    /// Stable number.
    pub number: u32,
    /// The broken rule, in snake case.
    pub name: &'static str,
}

/// Declares a codespace: an enum whose variants carry a number, a name and a sentence.
///
/// Numbers are explicit, never reused, and stand in order of precedence.
///
/// ```
/// chortle_kernel::error_codes! {
///     /// What the demo refuses.
///     pub enum Error in "demo" {
///         1 zero_deposit ZeroDeposit => "the deposit is zero: lock at least one base unit",
///         2 too_late TooLate { height: u64 } => "height {height} is past the deadline",
///     }
/// }
/// let reject: chortle_kernel::Reject = Error::TooLate { height: 7 }.into();
/// assert_eq!(reject.to_string(), "demo.2 too_late: height 7 is past the deadline");
/// assert_eq!(Error::CATALOGUE.len(), 2);
/// ```
#[macro_export]
macro_rules! error_codes {
    (
        $(#[$meta:meta])*
        pub enum $error:ident in $codespace:literal {
            $(
                $number:literal $name:ident $variant:ident $({ $($field:ident : $kind:ty),* $(,)? })?
                => $sentence:literal,
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum $error { $( $variant $({ $($field: $kind),* })?, )* }

        impl $error {
            /// Every code of this codespace, in order of precedence.
            pub const CATALOGUE: &'static [$crate::ErrorRow] = &[
                $( $crate::ErrorRow { codespace: $codespace, number: $number, name: stringify!($name) }, )*
            ];
        }

        impl From<$error> for $crate::Reject {
            fn from(error: $error) -> Self {
                match error {
                    $( $error::$variant $({ $($field),* })? => $crate::Reject {
                        codespace: $codespace,
                        number: $number,
                        name: stringify!($name),
                        sentence: format!($sentence),
                    }, )*
                }
            }
        }

        impl From<$error> for $crate::Failure {
            fn from(error: $error) -> Self {
                $crate::Failure::Reject(error.into())
            }
        }
    };
}
