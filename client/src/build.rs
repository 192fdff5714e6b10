//! Bodies of transactions out of messages, with their exact gas: known before anything is signed or sent.

use chortle_app::{MODULES, error::Code as Refused, gas};
use chortle_kernel::{
    Address, Amount, AssetId, Bytes, Call, List, Router, Text,
    tx::{ChainRef, Fee, FeeSource, RawMessage, Replay, Sender, Tx, TxBody, VERSION},
};
use serde_json::Value;

use crate::{Error, Result, keys::KeyKind, signing};

/// What a body is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The chain that may run it.
    pub chain: ChainRef,
    /// The account that every message acts for.
    pub sender: Address,
    /// What keeps it from running twice.
    pub replay: Replay,
    /// Invalid from this block time on; 0 is never.
    pub expiry_unix_ms: u64,
    /// Most nlol per gas, tip included.
    pub gas_price_max: u64,
    /// nlol per gas on top of the chain's price.
    pub tip: u64,
    /// Who pays, if not the sender.
    pub fee_payer: Option<Address>,
    /// What it asks for.
    pub messages: Vec<RawMessage>,
    /// A note to people.
    pub memo: String,
    /// What the signers sign with, in their order; one that is not said is taken for the larger kind.
    pub signer_kinds: Vec<KeyKind>,
}

/// A message of the catalogue out of its JSON body, checked as far as it can be without state.
pub fn message(module: &str, name: &str, body: Value) -> Result<RawMessage> {
    let name = name.replace('-', "_");
    let (tag, kind) = MODULES.tags(module, &name).ok_or_else(|| {
        Error::usage(format!("there is no message {module} {name}")).hint("see them with: chortle tx --help")
    })?;
    let of_body = |why: String| Error::usage(format!("{module} {name}: {why}"));
    let bytes = (kind.from_json)(body).map_err(of_body)?;
    let message = (kind.decode)(&bytes).map_err(of_body)?;
    message.check()?;
    Ok(RawMessage { module: tag, tag: kind.tag, body: Bytes::parse(bytes).map_err(of_body)? })
}

impl Plan {
    /// The body, whose gas limit is exactly what it costs.
    pub fn body(&self) -> Result<TxBody> {
        let mut body = TxBody {
            version: VERSION,
            chain: self.chain.clone(),
            sender: Sender::Account(self.sender),
            replay: self.replay.clone(),
            expiry_unix_ms: self.expiry_unix_ms,
            fee: Fee {
                gas_limit: 0,
                gas_price_max: self.gas_price_max,
                tip: self.tip,
                asset: AssetId::NATIVE,
            },
            fee_source: match self.fee_payer.filter(|payer| *payer != self.sender) {
                Some(payer) => FeeSource::Account(payer),
                None => FeeSource::Sender,
            },
            messages: List::parse(self.messages.clone())
                .map_err(|why| Error::usage(format!("messages: {why}")))?,
            memo: Text::parse(self.memo.as_str()).map_err(|why| Error::usage(format!("memo: {why}")))?,
        };
        body.fee.gas_limit = gas_of(&body, &self.signer_kinds)?;
        Ok(body)
    }
}

/// What a body will be charged for once its signers have signed.
pub fn gas_of(body: &TxBody, signer_kinds: &[KeyKind]) -> Result<u64> {
    let tx = unsigned(body, signer_kinds)?;
    let messages = decode(body)?;
    gas::of_tx(&tx, tx.encode().len(), &messages)
        .ok_or_else(|| Error::rejected(Refused::FeeTooLarge, "the fee is above every possible balance"))
}

/// A transaction whose signatures only hold their place, in their exact size: for gas and simulation.
pub fn unsigned(body: &TxBody, signer_kinds: &[KeyKind]) -> Result<Tx> {
    let kinds = signer_kinds.iter().copied().chain(std::iter::repeat(KeyKind::Secp256k1));
    let signatures: Vec<_> = body.signers().zip(kinds).map(|(_, kind)| signing::unsigned(kind)).collect();
    let signatures = List::parse(signatures).map_err(Error::usage)?;
    Ok(Tx { body: body.clone(), signatures, proofs: List::default() })
}

/// The messages of a body.
pub fn decode(body: &TxBody) -> Result<Vec<Call>> {
    body.messages.iter().map(|raw| MODULES.decode(raw, 0).map_err(Error::from)).collect()
}

/// The fee at a price, and the most that the body allows.
pub fn fees(body: &TxBody, gas: u64, gas_price_min: u64) -> Result<(Amount, Amount)> {
    let fee = &body.fee;
    let at = |price: u64| {
        gas.checked_mul(price).and_then(Amount::new).ok_or_else(|| {
            Error::rejected(Refused::FeeTooLarge, "the fee is above every possible balance")
                .hint("lower the price")
        })
    };
    Ok((at(gas_price_min.saturating_add(fee.tip).min(fee.gas_price_max))?, at(fee.gas_price_max)?))
}
