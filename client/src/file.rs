//! The one file of a transaction on its way between build, sign, combine and broadcast.
//!
//! The bytes of the body are what is signed. The readable form beside them is for people, and a file in which
//! the two disagree is refused: nobody signs what they cannot read.

use chortle_app::{MODULES, json::of_body};
use chortle_kernel::{
    Address, Reject, codec,
    signature::{self, Authenticator},
    tx::{self, Tx, TxBody},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Code, Error, Result, signing};

/// Name and version of the format.
pub const FORMAT: &str = "chortle-tx/1";

/// A transaction with the signatures it has so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxFile {
    /// What is signed.
    pub body: TxBody,
    /// The signatures, each of one of the signers and right.
    pub signatures: Vec<Authenticator>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    tx: Value,
    body_bytes: String,
    signatures: Vec<WrittenSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSignature {
    signer: Address,
    authenticator: String,
}

impl TxFile {
    /// A file that nobody has signed yet.
    pub fn unsigned(body: TxBody) -> Self {
        Self { body, signatures: Vec::new() }
    }

    /// Adds a signature; one of somebody who need not sign, or over other bytes, is refused.
    pub fn add(&mut self, signature: Authenticator) -> Result<()> {
        self.add_of(None, signature)
    }

    /// Adds the signature that is said to be this account's; the error names it.
    pub fn add_of(&mut self, said: Option<Address>, signature: Authenticator) -> Result<()> {
        let signer = self.signer_of(said, &signature)?;
        let mut held = std::mem::take(&mut self.signatures);
        held.retain(|one| signing::signer_of(&self.body, one) != Ok(Some(signer)));
        held.push(signature);
        self.signatures = held;
        Ok(())
    }

    fn signer_of(&self, said: Option<Address>, signature: &Authenticator) -> Result<Address> {
        let needed: Vec<_> = self.body.signers().collect();
        let found = signing::signer_of(&self.body, signature).map_err(|error| {
            let whose =
                said.or(signature.named()).map_or_else(String::new, |account| format!(" of {account}"));
            let sentence = format!("the {} signature{whose}: {}", signature.kind(), error.sentence);
            Error { sentence, ..error }
        })?;
        let is_right = |signer: &Address| needed.contains(signer) && said.is_none_or(|said| said == *signer);
        if let Some(signer) = found.filter(is_right) {
            return Ok(signer);
        }
        let needed = needed.iter().map(Address::to_string).collect::<Vec<_>>().join(" and ");
        let kind = signature.kind();
        let (code, sentence) = match (signature.named(), found) {
            // An account comes out of a wallet's signature whatever it signed: which of the two is wrong, nobody
            // can tell.
            (None, found) => (
                if found.is_some() { tx::Code::WrongSigner } else { tx::Code::BadSignature },
                format!(
                    "the {kind} signature is not one of {} over these words: another account signed, or the \
                    transaction or its units were changed after signing",
                    said.map_or(needed, |said| said.to_string())
                ),
            ),
            (Some(named), None) => (
                tx::Code::BadSignature,
                format!(
                    "the {kind} signature of {named} does not match the transaction: it was changed after signing"
                ),
            ),
            (Some(_), Some(signer)) => (
                tx::Code::WrongSigner,
                match said.filter(|said| *said != signer) {
                    Some(said) => format!("the {kind} signature that is said to be of {said} is of {signer}"),
                    None => format!("{signer} need not sign this; it needs {needed}"),
                },
            ),
        };
        Err(Error::rejected(code, sentence))
    }

    /// Who has not signed yet.
    pub fn missing(&self) -> Vec<Address> {
        let signed: Vec<_> = self.signatures.iter().map(|one| signing::signer_of(&self.body, one)).collect();
        self.body.signers().filter(|signer| !signed.contains(&Ok(Some(*signer)))).collect()
    }

    /// The transaction, once everybody has signed.
    pub fn assemble(&self) -> Result<Tx> {
        signing::assemble(self.body.clone(), &self.signatures)
    }

    /// The file's JSON.
    pub fn to_json(&self) -> Result<Value> {
        let signatures = self
            .signatures
            .iter()
            .map(|signature| {
                let authenticator = format!("0x{}", hex::encode(codec::encode(signature)));
                Ok(WrittenSignature { signer: self.signer_of(None, signature)?, authenticator })
            })
            .collect::<Result<Vec<_>>>()?;
        let written = Written {
            format: FORMAT.to_owned(),
            tx: of_body(&MODULES, &self.body),
            body_bytes: format!("0x{}", hex::encode(codec::encode(&self.body))),
            signatures,
        };
        serde_json::to_value(written)
            .map_err(|error| Error::unexpected(Code::EncodingFailed, error.to_string()))
    }

    /// Reads a file, or refuses it with what is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: String| {
            Error::usage(format!("this is no transaction file: {why}"))
                .hint("make one with: chortle tx build …")
        };
        let written: Written = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if written.format != FORMAT {
            return Err(wrong(format!("its format is '{}', not {FORMAT}", written.format)));
        }
        let body: TxBody = codec::decode(&unhex(&written.body_bytes).map_err(wrong)?).map_err(wrong)?;
        if of_body(&MODULES, &body) != written.tx {
            return Err(Error::rejected(
                Code::FileDisagrees,
                "the readable part of the file says something else than the bytes that would be signed",
            )
            .hint("do not sign it: ask whoever sent it, or build it again"));
        }
        let mut file = Self::unsigned(body);
        for signature in written.signatures {
            let bytes = unhex(&signature.authenticator).map_err(wrong)?;
            file.add_of(Some(signature.signer), authenticator(&bytes, signature.signer)?)?;
        }
        Ok(file)
    }

    /// Adds another copy's signatures.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        if other.body != self.body {
            return Err(
                Error::usage("the files hold different transactions").hint("combine copies of one file only")
            );
        }
        other.signatures.into_iter().try_for_each(|signature| self.add(signature))
    }
}

/// The signature that is said to be this account's, out of its bytes.
fn authenticator(bytes: &[u8], signer: Address) -> Result<Authenticator> {
    if let Some(what) = bytes.first().copied().and_then(signature::reserved) {
        return Err(Reject::from(tx::Error::Reserved { what: format!("{what}, of {signer},") }).into());
    }
    codec::decode(bytes).map_err(|why| {
        Error::rejected(tx::Code::BadSignature, format!("the signature of {signer} does not decode: {why}"))
    })
}

/// Bytes written as `0x…`.
pub fn unhex(text: &str) -> std::result::Result<Vec<u8>, String> {
    let digits = text.trim();
    hex::decode(digits.strip_prefix("0x").unwrap_or(digits))
        .map_err(|error| format!("not hexadecimal: {error}"))
}
