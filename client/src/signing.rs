//! Signatures over a transaction's body.

use chortle_kernel::{
    List,
    signature::Authenticator,
    tx::{self, Tx, TxBody},
};

use crate::{
    Error, Result,
    keys::{KeyKind, Secret},
};

/// Signs a body.
pub fn sign(body: &TxBody, secret: &Secret) -> Authenticator {
    secret.sign(&body.sign_digest())
}

/// Holds the place of a signature, in its exact size: for gas and simulation.
pub fn unsigned(kind: KeyKind) -> Authenticator {
    match kind {
        KeyKind::Secp256k1 => Authenticator::Secp256k1 { key: [0; 33], signature: [0; 64] },
        KeyKind::Ed25519 => Authenticator::Ed25519 { key: [0; 32], signature: [0; 64] },
    }
}

/// The transaction, once every signer has signed; the error names who has not.
pub fn assemble(body: TxBody, signatures: &[Authenticator]) -> Result<Tx> {
    let digest = body.sign_digest();
    let ordered = body
        .signers()
        .map(|signer| {
            let found = signatures.iter().find(|one| one.verify(&digest) == Some(signer));
            found.cloned().ok_or_else(|| {
                Error::rejected(tx::Code::MissingSignature.row(), format!("{signer} has not signed"))
                    .hint("sign it: chortle tx sign FILE --from NAME")
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let signatures = List::parse(ordered).map_err(Error::usage)?;
    Ok(Tx { body, signatures, proofs: List::default() })
}
