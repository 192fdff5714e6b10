//! Two failures, never one: [`Reject`] is the sender's fault, [`Halt`] is ours.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Fields;

/// The sender's fault. It goes into the receipt; nothing is written but the fee and the nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// The catalogue that numbers the code: a module's name, `tx` or `app`.
    pub codespace: &'static str,
    /// Stable within the codespace, never reused.
    pub number: u32,
    /// The broken rule, in snake case.
    pub name: &'static str,
    /// One sentence with the values that broke the rule, for people.
    pub sentence: String,
    /// The same values by name, for programs: nobody reads them out of the sentence.
    pub fields: Fields,
}

impl Reject {
    /// The stable code that receipts, REST and the command line show, such as `token.1`.
    pub fn code(&self) -> String {
        format!("{}.{}", self.codespace, self.number)
    }

    /// What an engine carries beside the code.
    pub fn log(&self) -> String {
        RejectLog::text(self.name, &self.sentence, &self.fields)
    }
}

/// The log of a refusal, the same in every answer of the state machine to its engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectLog<'a> {
    /// The broken rule, in snake case.
    pub name: Cow<'a, str>,
    /// One sentence for people.
    pub detail: Cow<'a, str>,
    /// The values that broke the rule.
    pub fields: Cow<'a, Fields>,
}

impl RejectLog<'_> {
    /// The log as an object of JSON.
    pub fn text(name: &str, detail: &str, fields: &Fields) -> String {
        let log = RejectLog { name: name.into(), detail: detail.into(), fields: Cow::Borrowed(fields) };
        // Texts and numbers under texts: nothing that JSON cannot hold.
        serde_json::to_string(&log).unwrap_or_default()
    }

    /// A log that came back; none if another program wrote it.
    pub fn parse(text: &str) -> Option<RejectLog<'static>> {
        serde_json::from_str(text).ok()
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

impl From<Halt> for String {
    fn from(halt: Halt) -> Self {
        halt.0
    }
}

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

/// Who can meet a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeenBy {
    /// Everyone: it stands in receipts, the same on every node.
    Everyone,
    /// Whoever asks one node: it says nothing about the chain.
    Caller,
    /// Who runs the command line: it says something about the machine or the order, and no node was asked.
    Client,
    /// Who runs the node: it goes between the node and its engine.
    Operator,
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
    /// The sentence, with fields in braces.
    pub sentence: &'static str,
    /// What to do, where the sentence does not say so itself.
    pub hint: Option<&'static str>,
    /// Names of the fields, in order.
    pub fields: &'static [&'static str],
    /// Who can meet it.
    pub seen_by: SeenBy,
}

impl ErrorRow {
    /// The stable code, such as `token.1`.
    pub fn code(&self) -> String {
        format!("{}.{}", self.codespace, self.number)
    }

    /// The refusal of this row, with a sentence and fields that came back from elsewhere.
    pub fn reject(&self, sentence: String, fields: Fields) -> Reject {
        Reject { codespace: self.codespace, number: self.number, name: self.name, sentence, fields }
    }
}

/// Declares a codespace: an enum whose variants carry a number, a name and a sentence, and its bare twin `Code`, by
/// which others name a code without spelling it.
///
/// Numbers are explicit, never reused, and stand in order of precedence. Codes are for everyone unless the codespace
/// says `for Caller`, `for Client` or `for Operator`. What to do stands in the sentence, or behind it after an arrow.
///
/// ```
/// chortle_kernel::error_codes! {
///     /// What the demo refuses.
///     pub enum Error in "demo" {
///         1 zero_deposit ZeroDeposit => "the deposit is zero: lock at least one base unit",
///         2 too_late TooLate { height: u64 } => "height {height} is past the deadline" => "wait for the next round",
///     }
/// }
/// let reject: chortle_kernel::Reject = Error::TooLate { height: 7 }.into();
/// assert_eq!(reject.to_string(), "demo.2 too_late: height 7 is past the deadline");
/// assert_eq!(reject.fields.number("height"), Some(7));
/// assert_eq!((reject.code(), Code::TooLate.row().fields), (Code::TooLate.to_string(), &["height"][..]));
/// assert_eq!(Code::TooLate.row().hint, Some("wait for the next round"));
/// assert_eq!(Error::CATALOGUE.len(), 2);
/// ```
#[macro_export]
macro_rules! error_codes {
    (
        $(#[$meta:meta])*
        pub enum $error:ident in $codespace:literal {
            $($rows:tt)*
        }
    ) => {
        $crate::error_codes! { $(#[$meta])* pub enum $error in $codespace for Everyone { $($rows)* } }
    };
    (
        $(#[$meta:meta])*
        pub enum $error:ident in $codespace:literal for $seen_by:ident {
            $(
                $number:literal $name:ident $variant:ident $({ $($field:ident : $kind:ty),* $(,)? })?
                => $sentence:literal $(=> $hint:literal)?,
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum $error { $( $variant $({ $($field: $kind),* })?, )* }

        /// The codes alone, without the values that broke a rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Code { $( $variant, )* }

        impl Code {
            /// The catalogue's row.
            pub const fn row(self) -> &'static $crate::ErrorRow {
                match self {
                    $( Self::$variant => &$crate::ErrorRow {
                        codespace: $codespace,
                        number: $number,
                        name: stringify!($name),
                        sentence: $sentence,
                        hint: [$(::std::option::Option::Some($hint),)? ::std::option::Option::None][0],
                        fields: &[$($(stringify!($field)),*)?],
                        seen_by: $crate::SeenBy::$seen_by,
                    }, )*
                }
            }
        }

        impl ::std::fmt::Display for Code {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::write!(f, "{}.{}", self.row().codespace, self.row().number)
            }
        }

        impl From<Code> for &'static $crate::ErrorRow {
            fn from(code: Code) -> Self {
                code.row()
            }
        }

        impl $error {
            /// The catalogue that numbers these codes.
            pub const CODESPACE: &'static str = $codespace;

            /// Every code of this codespace, in order of precedence.
            pub const CATALOGUE: &'static [$crate::ErrorRow] = &[ $( *Code::$variant.row(), )* ];
        }

        impl From<$error> for $crate::Reject {
            fn from(error: $error) -> Self {
                match error {
                    $( $error::$variant $({ $($field),* })? => {
                        let fields = ::std::vec![
                            $($((stringify!($field).into(), $crate::fields::Field::value(&$field)),)*)?
                        ];
                        Code::$variant.row().reject(format!($sentence), $crate::Fields::new(fields))
                    } )*
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
