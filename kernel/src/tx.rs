//! Transactions: the envelope, and its one canonical encoding.
//!
//! The id is SHA-256 of the exact bytes; signatures cover the exact bytes of the body, under a domain. Decoding and
//! encoding again must give the same bytes.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Address, AssetId, Bytes, List, Reject, Text, bounds, codec, ensure,
    hash::{self, Hash},
    signature::{self, Authenticator},
};

/// Largest transaction: room for 256 recipients many times over, and small enough to gossip.
pub const TX_BYTES_MAX: usize = 65_536;
/// Most messages in a transaction.
pub const MESSAGES_MAX: usize = 16;
/// Largest body of one message.
pub const MESSAGE_BYTES_MAX: usize = 49_152;
/// Most signatures: the sender's, a fee payer's, and room for more.
pub const SIGNATURES_MAX: usize = 8;
/// Longest chain id, as in CometBFT.
pub const CHAIN_ID_BYTES_MAX: usize = 50;
/// Longest memo.
pub const MEMO_BYTES_MAX: usize = 256;
/// Most nullifiers of a transaction.
pub const NULLIFIERS_MAX: usize = 16;
/// Most proofs of a transaction.
pub const PROOFS_MAX: usize = 4;
/// Largest proof.
pub const PROOF_BYTES_MAX: usize = 4_096;
/// First byte of what a proposer injects into its block: no version of a transaction, ever.
pub const INJECTED_TAG: u8 = 0;
/// The only version so far.
pub const VERSION: u8 = 1;

crate::error_codes! {
    /// What makes bytes no transaction.
    pub enum Error in "tx" {
        1 too_large TooLarge { size: usize, max: usize } =>
            "the transaction has {size} bytes; at most {max}: split it",
        2 malformed Malformed { reason: String } => "not a transaction: {reason}"
            => "build the bytes with POST /v1/txs/build or as docs/guides/wallets.md lays them out, and \
            send them whole",
        3 unknown_version UnknownVersion { version: u8 } =>
            "version {version} of the envelope is not known here: upgrade the client or the node",
        4 no_message NoMessage {} => "the transaction carries no message"
            => "put at least one message into the body",
        5 no_signer NoSigner {} => "this message needs an account that signs for it"
            => "send it from an account, with that account's signature",
        6 missing_signature MissingSignature { expected: usize, found: usize } =>
            "{found} signatures where {expected} are needed: the sender's, and the fee payer's if it is \
            another",
        7 wrong_signer WrongSigner { expected: Address, found: Address, place: usize } =>
            "signature {place} is of {found} where that of {expected} belongs: sign with that account's key"
            => "signatures stand in order: the sender's first, then the fee payer's",
        8 bad_signature BadSignature {} =>
            "a signature does not match the transaction: it was changed after signing, signed for another \
            chain, or its s is in the upper half of the curve's order (high s)"
            => "sign again over the digest of the body; a library that makes high s has an option for low s",
        9 reserved Reserved { what: String } =>
            "{what} is reserved for a later version and nothing uses it yet: leave it out",
    }
}

/// The chain that may run a transaction. A chain that starts anew under an old name has another genesis, so nothing
/// that was signed for the old one runs on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ChainRef {
    /// Its name.
    pub id: Text<CHAIN_ID_BYTES_MAX>,
    /// The hash of its genesis.
    pub genesis: Hash,
}

impl ChainRef {
    /// The chain of this name and genesis, or a sentence if the name is too long.
    pub fn of(id: &str, genesis: Hash) -> Result<Self, String> {
        Ok(Self { id: Text::parse(id)?, genesis })
    }
}

/// By what right the messages run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Sender {
    /// An account that signs; every message acts for it.
    Account(Address) = 0,
    /// Proofs in the slot beside the signatures; nobody is named. Reserved.
    Proof = 1,
}

/// What keeps a transaction from running twice.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Replay {
    /// The sender's next nonce.
    Sequence(u64) = 0,
    /// Any order; the expiry is the nonce, at most 10 minutes ahead.
    Unordered = 1,
    /// Values that can each be used once, ever: for senders that prove instead of sign. Reserved.
    Nullifiers(List<Hash, NULLIFIERS_MAX>) = 2,
}

/// What the sender allows the transaction to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Fee {
    /// Most gas.
    pub gas_limit: u64,
    /// Most base units of the fee's asset per gas, tip included.
    pub gas_price_max: u64,
    /// Base units per gas on top of the chain's price.
    pub tip: u64,
    /// In what it is paid: LOL. Any other is reserved.
    pub asset: AssetId,
}

/// Who pays the fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum FeeSource {
    /// The sender.
    Sender = 0,
    /// Another account, which signs too.
    Account(Address) = 1,
    /// A sponsor's standing offer, by its number: he has signed for it already.
    Sponsor(u64) = 2,
}

crate::record! {
    /// A message as the envelope carries it.
    pub struct RawMessage {
        /// The module's tag in the list of modules.
        pub module: u8,
        /// The message's tag in the module.
        pub tag: u8,
        /// The message's encoding.
        pub body: Bytes<MESSAGE_BYTES_MAX>,
    }
}

impl RawMessage {
    /// Bytes of the bodies of messages, together.
    pub fn bytes_of(messages: &[Self]) -> usize {
        messages.iter().map(|raw| raw.body.len()).fold(0, usize::saturating_add)
    }
}

/// What signatures cover.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TxBody {
    /// [`VERSION`].
    pub version: u8,
    /// The chain that may run it.
    pub chain: ChainRef,
    /// By what right the messages run.
    pub sender: Sender,
    /// What keeps it from running twice.
    pub replay: Replay,
    /// Invalid from this block time on, in milliseconds since 1970; 0 is never.
    pub expiry_unix_ms: u64,
    /// What it may cost.
    pub fee: Fee,
    /// Who pays.
    pub fee_source: FeeSource,
    /// What it asks for: all of it, or nothing.
    pub messages: List<RawMessage, MESSAGES_MAX>,
    /// A note to people.
    pub memo: Text<MEMO_BYTES_MAX>,
}

impl TxBody {
    /// What every signature signs.
    pub fn sign_digest(&self) -> Hash {
        sign_digest(&codec::encode(self))
    }

    /// Number of its bytes.
    pub fn size(&self) -> usize {
        codec::encode(self).len()
    }

    /// The account that every message acts for, if one does.
    pub fn account(&self) -> Option<Address> {
        match self.sender {
            Sender::Account(address) => Some(address),
            Sender::Proof => None,
        }
    }

    /// Who must sign, in order: the sender, then the fee payer if it is another.
    pub fn signers(&self) -> impl Iterator<Item = Address> + use<> {
        let account = self.account();
        let payer = self.payer().filter(|payer| Some(*payer) != account);
        account.into_iter().chain(payer)
    }

    /// The account that pays the fee, if the transaction names it; whose a standing offer is only state knows.
    pub fn payer(&self) -> Option<Address> {
        match self.fee_source {
            FeeSource::Sender => self.account(),
            FeeSource::Account(address) => Some(address),
            FeeSource::Sponsor(_) => None,
        }
    }

    /// Refuses what has a place in the envelope and no meaning yet.
    fn ensure_in_use(&self) -> Result<(), Reject> {
        match self.reserved() {
            None => Ok(()),
            Some(what) => Err(Error::Reserved { what: what.to_owned() }.into()),
        }
    }

    /// Refuses numbers that are shown as such and that others could not read.
    fn ensure_readable(&self) -> Result<(), Reject> {
        let sequence = match self.replay {
            Replay::Sequence(sequence) => sequence,
            _ => 0,
        };
        for (field, number) in [("expiry_unix_ms", self.expiry_unix_ms), ("sequence", sequence)] {
            bounds::ensure_field(field, number).map_err(|reason| Error::Malformed { reason })?;
        }
        Ok(())
    }

    fn reserved(&self) -> Option<&'static str> {
        let by_nullifiers = matches!(self.replay, Replay::Nullifiers(_));
        [
            (self.account().is_none(), "a sender by proof"),
            (by_nullifiers, "replay by nullifiers"),
            (self.fee.asset != AssetId::NATIVE, "a fee in another asset than LOL"),
        ]
        .into_iter()
        .find_map(|(found, what)| found.then_some(what))
    }
}

/// What every signature over these body bytes signs.
pub fn sign_digest(body_bytes: &[u8]) -> Hash {
    hash::tagged("chortle/tx", body_bytes)
}

/// A body with its signatures.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tx {
    /// What signatures cover.
    pub body: TxBody,
    /// One per signer, in the order of [`TxBody::signers`].
    pub signatures: List<Authenticator, SIGNATURES_MAX>,
    /// Proofs, verified together after the signatures. Reserved: none yet.
    pub proofs: List<Bytes<PROOF_BYTES_MAX>, PROOFS_MAX>,
}

/// What the first signature of a reserved kind will be, in bytes that do not decode. Its layout is not known, so
/// neither is where it ends: whatever follows its tag may be a part of it.
#[allow(clippy::disallowed_methods, reason = "reads the front alone, of bytes that are refused in any case")]
fn reserved_kind(bytes: &[u8]) -> Option<&'static str> {
    let mut rest = bytes;
    codec::skim::<TxBody>(&mut rest)?;
    let count: u32 = codec::skim(&mut rest)?;
    (0..count).take(SIGNATURES_MAX).find_map(|_| {
        match rest.first().copied().and_then(signature::reserved) {
            Some(what) => Some(Some(what)),
            // Over one of a known kind to the next; what is broken ends the search.
            None if codec::skim::<Authenticator>(&mut rest).is_some() => None,
            None => Some(None),
        }
    })?
}

/// The id of a transaction: SHA-256 of its bytes, as CometBFT has it.
pub fn id(bytes: &[u8]) -> Hash {
    hash::sha256(bytes)
}

impl Tx {
    /// The bytes that travel.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes under the caps: exact length, canonical, known version, one message at least.
    pub fn decode(bytes: &[u8]) -> Result<Self, Reject> {
        Self::decode_with_digest(bytes).map(|(tx, _)| tx)
    }

    /// [`Tx::decode`], with what every signature signs: the digest of the body's bytes as they came.
    pub fn decode_with_digest(bytes: &[u8]) -> Result<(Self, Hash), Reject> {
        ensure(bytes.len() <= TX_BYTES_MAX, Error::TooLarge { size: bytes.len(), max: TX_BYTES_MAX })?;
        let version = bytes.first().copied().unwrap_or(VERSION);
        ensure(version == VERSION, Error::UnknownVersion { version })?;
        let (tx, body_bytes) = Self::split(bytes).map_err(|reason| match reserved_kind(bytes) {
            Some(what) => Error::Reserved { what: what.to_owned() },
            None => Error::Malformed { reason },
        })?;
        ensure(!tx.body.messages.is_empty(), Error::NoMessage {})?;
        tx.body.ensure_in_use()?;
        tx.body.ensure_readable()?;
        if !tx.proofs.is_empty() {
            return Err(Error::Reserved { what: "a proof".to_owned() }.into());
        }
        let (expected, found) = (tx.body.signers().count(), tx.signatures.len());
        ensure(expected == found, Error::MissingSignature { expected, found })?;
        Ok((tx, sign_digest(body_bytes)))
    }

    /// The transaction, and which of the bytes are its body. The check that its encoding is the canonical one tells
    /// both at once: the body's own encoding must begin the bytes, and that of the rest must end them.
    fn split(bytes: &[u8]) -> Result<(Self, &[u8]), String> {
        let tx = Self::try_from_slice(bytes).map_err(|error| error.to_string())?;
        let body_bytes = || {
            let rest = codec::strip(&tx.body, bytes)?;
            let body_bytes = bytes.strip_suffix(rest)?;
            codec::strip(&(&tx.signatures, &tx.proofs), rest)?.is_empty().then_some(body_bytes)
        };
        let body_bytes = body_bytes().ok_or(codec::NOT_CANONICAL)?;
        Ok((tx, body_bytes))
    }
}
