//! What can be judged without state: form, message bodies, gas, signatures.
//!
//! Each step is a type, so that no later step can be reached without the one before: bytes → [`Decoded`] →
//! [`Verified`]. Both are pure; the shell spreads a block's transactions over its cores and joins them in order.

use std::sync::Arc;

use chortle_kernel::{
    Address, Call, Reject, Router, ensure,
    hash::Hash,
    signature::{self, Authenticator, Claim},
    tx::{self, Tx, TxBody},
};

use crate::{error::Error, gas, modules::Registry, render::Rendered};

/// Largest body that a wallet can sign in words: nobody reads more, and making the words stays cheap.
pub const WORDS_BODY_BYTES_MAX: usize = 8_192;

/// A transaction of good form; its signatures are not proven.
pub struct Decoded {
    /// The envelope.
    pub tx: Tx,
    /// SHA-256 of its bytes.
    pub id: Hash,
    /// What each of its signatures signs.
    pub digests: Vec<Hash>,
    /// Number of its bytes.
    pub size_bytes: usize,
    /// What it will be charged for.
    pub gas: u64,
    /// Its messages, each checked.
    pub calls: Vec<Call>,
}

impl Decoded {
    /// Decodes bytes and checks every message body.
    pub fn parse(registry: &Registry, bytes: &[u8]) -> Result<Self, Reject> {
        Self::parse_with_id(registry, tx::id(bytes), bytes)
    }

    /// [`Decoded::parse`] for a caller that has hashed the bytes.
    pub fn parse_with_id(registry: &Registry, id: Hash, bytes: &[u8]) -> Result<Self, Reject> {
        ensure(bytes.first() != Some(&tx::INJECTED_TAG), Error::InjectedMisplaced {})?;
        let (tx, sign_digest) = Tx::decode_with_digest(bytes)?;
        let calls =
            tx.body.messages.iter().map(|raw| registry.decode(raw, 0)).collect::<Result<Vec<_>, _>>()?;
        let gas = gas::of_tx(&tx, bytes.len(), &calls).ok_or(Error::FeeTooLarge {})?;
        let gas_limit = tx.body.fee.gas_limit;
        ensure(gas <= gas_limit, Error::GasLimitTooLow { gas, gas_limit })?;
        let of = |one| signed_digest(registry, &tx.body, sign_digest, &calls, one);
        let digests = tx.signatures.iter().map(of).collect::<Result<_, _>>()?;
        Ok(Self { id, digests, size_bytes: bytes.len(), gas, calls, tx })
    }

    /// The account that every message acts for.
    pub fn sender(&self) -> Result<Address, Reject> {
        self.tx
            .body
            .account()
            .ok_or_else(|| tx::Error::Reserved { what: "a sender by proof".to_owned() }.into())
    }

    /// Refuses a transaction unless every account that must sign is the signer in its place.
    fn judge(&self, signers: &[Option<Address>]) -> Result<(), Reject> {
        let proven = signers.iter().copied().chain(std::iter::repeat(None));
        for ((expected, signer), place) in self.tx.body.signers().zip(proven).zip(1_usize..) {
            let found = signer.ok_or(tx::Error::BadSignature {})?;
            ensure(found == expected, tx::Error::WrongSigner { expected, found, place })?;
        }
        Ok(())
    }
}

/// What a signature of this kind signs: the digest of the body, or the words for it in the units that it shows.
pub fn signed_digest(
    registry: &Registry,
    body: &TxBody,
    body_hash: Hash,
    calls: &[Call],
    authenticator: &Authenticator,
) -> Result<Hash, Reject> {
    let Some(units) = authenticator.units() else { return Ok(body_hash) };
    let size = body.size();
    ensure(size <= WORDS_BODY_BYTES_MAX, Error::TooManyWords { size, max: WORDS_BODY_BYTES_MAX })?;
    ensure(signature::units_are_canonical(units), Error::UnitsNotCanonical {})?;
    let words = Rendered::of(registry, body, body_hash, calls, units);
    ensure(words.used.len() == units.len(), Error::UnitsNotCanonical {})?;
    Ok(match authenticator {
        Authenticator::Eip712(_) => words.eip712_digest(),
        _ => words.eip191_digest(),
    })
}

/// A transaction whose form and signatures were judged.
pub type Proven = Result<Verified, Reject>;

/// A transaction whose signers are proven. It is shared, never moved: a block passes thousands from hand to hand.
#[derive(Clone)]
pub struct Verified(Arc<Decoded>);

impl Verified {
    /// Takes the signatures for granted: for simulation, which signs nothing.
    pub fn assume(decoded: impl Into<Arc<Decoded>>) -> Self {
        Self(decoded.into())
    }
}

impl std::ops::Deref for Verified {
    type Target = Decoded;

    fn deref(&self) -> &Decoded {
        &self.0
    }
}

/// A transaction whose signatures do not prove its signers.
pub struct Unproven {
    /// The transaction.
    pub tx: Arc<Decoded>,
    /// What is wrong with its signatures.
    pub reject: Reject,
}

/// Verifies the signatures of many transactions in one batch; one verdict each, in order.
pub fn verify(decoded: Vec<impl Into<Arc<Decoded>>>) -> Vec<Result<Verified, Box<Unproven>>> {
    let decoded: Vec<Arc<Decoded>> = decoded.into_iter().map(Into::into).collect();
    let claims: Vec<Claim<'_>> =
        decoded.iter().flat_map(|one| one.tx.signatures.iter().zip(one.digests.iter().copied())).collect();
    let signers = signature::verify_all(&claims);
    let mut rest = signers.as_slice();
    let verdict = |one: Arc<Decoded>| {
        let (own, others) = rest.split_at_checked(one.tx.signatures.len()).unwrap_or_default();
        rest = others;
        match one.judge(own) {
            Ok(()) => Ok(Verified(one)),
            Err(reject) => Err(Box::new(Unproven { tx: one, reject })),
        }
    };
    decoded.into_iter().map(verdict).collect()
}
