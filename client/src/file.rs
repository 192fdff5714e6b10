//! The one file of a transaction on its way between build, sign, combine and broadcast.
//!
//! The bytes of the body are what is signed. The readable form beside them is for people, and a file in which
//! the two disagree is refused: nobody signs what they cannot read.

use chortle_kernel::{
    Address, codec,
    signature::Authenticator,
    tx::{self, Tx, TxBody},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Code, Error, Result, signing, summary};

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
        let signer = self.signer_of(&signature)?;
        let digest = self.body.sign_digest();
        self.signatures.retain(|held| held.verify(&digest) != Some(signer));
        self.signatures.push(signature);
        Ok(())
    }

    fn signer_of(&self, signature: &Authenticator) -> Result<Address> {
        let signer = signature.verify(&self.body.sign_digest()).ok_or_else(|| {
            Error::rejected(
                tx::Code::BadSignature.row(),
                "a signature does not match the transaction: it was changed after signing",
            )
        })?;
        if self.body.signers().any(|needed| needed == signer) {
            return Ok(signer);
        }
        let needed: Vec<_> = self.body.signers().map(|address| address.to_string()).collect();
        Err(Error::rejected(
            tx::Code::WrongSigner.row(),
            format!("{signer} need not sign this; it needs {}", needed.join(" and ")),
        )
        .hint("choose the right key with --from NAME"))
    }

    /// Who has not signed yet.
    pub fn missing(&self) -> Vec<Address> {
        let digest = self.body.sign_digest();
        let signed =
            |signer: &Address| self.signatures.iter().any(|one| one.verify(&digest) == Some(*signer));
        self.body.signers().filter(|signer| !signed(signer)).collect()
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
                Ok(WrittenSignature { signer: self.signer_of(signature)?, authenticator })
            })
            .collect::<Result<Vec<_>>>()?;
        let written = Written {
            format: FORMAT.to_owned(),
            tx: summary::to_json(&self.body),
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
        if summary::to_json(&body) != written.tx {
            return Err(Error::rejected(
                Code::FileDisagrees.row(),
                "the readable part of the file says something else than the bytes that would be signed",
            )
            .hint("do not sign it: ask whoever sent it, or build it again"));
        }
        let mut file = Self::unsigned(body);
        for signature in written.signatures {
            let bytes = unhex(&signature.authenticator).map_err(wrong)?;
            file.add(codec::decode(&bytes).map_err(wrong)?)?;
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

/// Bytes written as `0x…`.
pub fn unhex(text: &str) -> std::result::Result<Vec<u8>, String> {
    let digits = text.trim();
    hex::decode(digits.strip_prefix("0x").unwrap_or(digits))
        .map_err(|error| format!("not hexadecimal: {error}"))
}
