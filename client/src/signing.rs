//! Signatures over a transaction's body.

use chortle_app::{MODULES, verify};
use chortle_kernel::{
    Address, List, Router,
    signature::Authenticator,
    tx::{self, Tx, TxBody},
};

use crate::{Error, Result, keys::Secret};

/// Signs a body.
pub fn sign(body: &TxBody, secret: &Secret) -> Authenticator {
    secret.sign(&body.sign_digest())
}

/// The account that a signature over this body is of, if it is right. Out of a wallet's signature over other words
/// comes another account.
pub fn signer_of(body: &TxBody, signature: &Authenticator) -> Result<Option<Address>> {
    // Only the words need the messages.
    let messages = body.messages.iter().filter(|_| signature.units().is_some());
    let calls = messages.map(|raw| MODULES.decode(raw, 0)).collect::<std::result::Result<Vec<_>, _>>()?;
    let digest = verify::signed_digest(&MODULES, body, body.sign_digest(), &calls, signature)?;
    Ok(signature.verify(&digest))
}

/// The transaction, once every signer has signed; the error names who has not.
pub fn assemble(body: TxBody, signatures: &[Authenticator]) -> Result<Tx> {
    let signers = signatures.iter().map(|one| signer_of(&body, one)).collect::<Result<Vec<_>>>()?;
    let ordered = body
        .signers()
        .map(|signer| {
            let found = signers.iter().zip(signatures).find(|(found, _)| **found == Some(signer));
            found.map(|(_, signature)| signature.clone()).ok_or_else(|| {
                Error::rejected(tx::Code::MissingSignature, format!("{signer} has not signed"))
                    .hint("sign it: chortle tx sign FILE --from NAME")
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let signatures = List::parse(ordered).map_err(Error::usage)?;
    Ok(Tx { body, signatures, proofs: List::default() })
}
