//! One error for people and machines: what class it is, what happened, what to do next.

use std::fmt;

use chortle_app::{MODULES, client, error::Code as App};
use chortle_kernel::{ErrorRow, Fields, Reject, tx::Code as Tx};
use chortle_token::Code as Token;
use serde::Serialize;

use crate::routes;

pub use chortle_app::client::Code;

/// Whose matter it is; each class has its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The chain, or its rules applied here, refused the request.
    Rejected,
    /// Something outside went wrong: no node, a full disk, an answer that makes no sense.
    Unexpected,
    /// The command line asks for something that has no meaning.
    Usage,
    /// The key store, a password or a profile is not as it must be.
    Config,
}

impl Class {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Rejected => 1,
            Self::Unexpected => 2,
            Self::Usage => 64,
            Self::Config => 78,
        }
    }
}

/// Why a command did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Error {
    /// Whose matter it is.
    pub class: Class,
    /// Stable for machines: `codespace.number` of the one catalogue.
    pub code: String,
    /// The broken rule, in snake case.
    pub name: String,
    /// What happened.
    pub sentence: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Box<str>>,
    /// The values that broke the rule, by name.
    #[serde(skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
}

/// What most of this crate's functions answer.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(class: Class, row: &ErrorRow, sentence: impl Into<String>) -> Self {
        Self::of_node(class, row.code(), row.name, sentence)
    }

    /// An argument that has no meaning.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { hint: None, ..Self::new(Class::Usage, Code::Usage.row(), sentence) }
    }

    /// A file, password or profile that is not as it must be.
    pub fn config(code: Code, sentence: impl Into<String>) -> Self {
        Self::new(Class::Config, code.row(), sentence)
    }

    /// Something outside that went wrong.
    pub fn unexpected(code: Code, sentence: impl Into<String>) -> Self {
        Self::new(Class::Unexpected, code.row(), sentence)
    }

    /// A refusal by a rule of the chain, applied here, or of this program.
    pub fn rejected(code: impl Into<&'static ErrorRow>, sentence: impl Into<String>) -> Self {
        Self::new(Class::Rejected, code.into(), sentence)
    }

    /// What a node answered, whose catalogue may be newer than this program's.
    pub fn of_node(class: Class, code: String, name: &str, sentence: impl Into<String>) -> Self {
        let hint = hint_for(&code).map(|hint| routes::as_commands(hint).into());
        Self {
            class,
            code,
            name: name.to_owned(),
            sentence: routes::as_commands(&sentence.into()),
            hint,
            fields: Fields::default(),
        }
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into().into());
        self
    }

    /// Adds the values that broke the rule.
    pub fn fields(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }

    /// Whether what was sent may have arrived all the same: only the answer is missing, or makes no sense.
    pub fn may_have_arrived(&self) -> bool {
        let never_sent = [Code::NodeUnreachable, Code::UntrustedNode].iter().any(|code| self.is(code.row()));
        self.class == Class::Unexpected && !never_sent
    }

    /// Whether a node has no such thing.
    pub fn is_not_found(&self) -> bool {
        self.class == Class::Rejected && self.name == "not_found"
    }

    /// Whether this program itself says what to do about its code.
    pub fn is_known(&self) -> bool {
        HINTS.iter().any(|(row, _)| row.code() == self.code)
    }

    /// Whether it is this code of the chain's catalogue.
    pub fn is(&self, row: &ErrorRow) -> bool {
        self.code == row.code()
    }
}

/// What to do about a refusal whose sentence does not say so itself: by this program's commands, else as the catalogue
/// has it.
fn hint_for(code: &str) -> Option<&'static str> {
    let known = HINTS.iter().find_map(|(row, hint)| (row.code() == code).then_some(*hint));
    known.or_else(|| catalogue().find(|row| row.code() == code)?.hint)
}

/// Every code that this program knows.
pub fn catalogue() -> impl Iterator<Item = &'static ErrorRow> {
    MODULES.error_catalogue().chain(client::Error::CATALOGUE)
}

const CAME_BETWEEN: &str = "another transaction of this account came between: run the command again";
const SIGN_AGAIN: &str = "sign again, with the key of who must: chortle tx sign FILE --from NAME";

const HINTS: &[(&ErrorRow, &str)] = &[
    (Token::InsufficientBalance.row(), "see what the account holds: chortle balance WHO"),
    (Token::UnknownAsset.row(), "list the assets: chortle query token list"),
    (
        App::WrongChain.row(),
        "the node belongs to another chain: check --node and, if you gave it, --chain-id",
    ),
    (App::SequenceTooLow.row(), CAME_BETWEEN),
    (App::SequenceTooHigh.row(), CAME_BETWEEN),
    (App::GasPriceTooLow.row(), "raise --gas-price-max, or leave it out to take the chain's price"),
    (App::FeeUnpaid.row(), "fund the account, or let another pay: --fee-payer NAME"),
    (Tx::WrongSigner.row(), SIGN_AGAIN),
    (Tx::BadSignature.row(), SIGN_AGAIN),
];

impl From<Reject> for Error {
    fn from(reject: Reject) -> Self {
        Self::of_node(Class::Rejected, reject.code(), reject.name, reject.sentence).fields(reject.fields)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Error {}
