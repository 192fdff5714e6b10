//! The one builder of transactions: what is known goes in; the body, its exact gas and its signers come out, before
//! anything is signed or sent. Nodes and clients build with it.

use chortle_kernel::{
    Address, AssetId, Call, List, Reject, Router as _, Text,
    signature::{Authenticator, Units, WalletSignature},
    tx::{
        self, ChainRef, Fee, FeeSource, MEMO_BYTES_MAX, MESSAGES_MAX, RawMessage, Replay, Sender, Tx, TxBody,
        VERSION,
    },
};

use crate::{error::Error, gas, modules::Registry};

/// What a signer signs with: gas depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SignedBy {
    /// A key of ed25519, over the digest.
    Ed25519,
    /// A key of secp256k1, over the digest: of keys the larger kind.
    #[default]
    Secp256k1,
    /// A wallet, as typed data that shows these units.
    Eip712(Units),
    /// A wallet, as a personal message that shows these units.
    Eip191(Units),
}

impl SignedBy {
    /// Holds the place of a signature, in its exact size.
    fn unsigned(self) -> Authenticator {
        let wallet = |units| WalletSignature { signature: [0; 64], recovery: 0, units };
        match self {
            Self::Ed25519 => Authenticator::Ed25519 { key: [0; 32], signature: [0; 64] },
            Self::Secp256k1 => Authenticator::Secp256k1 { key: [0; 33], signature: [0; 64] },
            Self::Eip712(units) => Authenticator::Eip712(wallet(units)),
            Self::Eip191(units) => Authenticator::Eip191(wallet(units)),
        }
    }
}

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
    /// Most gas; exactly what it costs if it is not said.
    pub gas_limit: Option<u64>,
    /// Most nlol per gas, tip included.
    pub gas_price_max: u64,
    /// nlol per gas on top of the chain's price.
    pub tip: u64,
    /// Who pays, if not the sender.
    pub fee_payer: Option<Address>,
    /// The fee grant that pays, if one does: then nobody else does.
    pub fee_grant: Option<u64>,
    /// What it asks for.
    pub messages: List<RawMessage, MESSAGES_MAX>,
    /// A note to people.
    pub memo: Text<MEMO_BYTES_MAX>,
    /// What the signers sign with, in their order; one that is not said is taken for a key of the larger kind.
    pub signed_by: Vec<SignedBy>,
}

impl Plan {
    /// The transaction that waits for its signatures, with its gas limit.
    pub fn unsigned(&self, registry: &Registry) -> Result<Unsigned, Reject> {
        let body = TxBody {
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
            fee_source: match (self.fee_grant, self.fee_payer.filter(|payer| *payer != self.sender)) {
                (Some(offer), _) => FeeSource::Sponsor(offer),
                (None, Some(payer)) => FeeSource::Account(payer),
                (None, None) => FeeSource::Sender,
            },
            messages: self.messages.clone(),
            memo: self.memo.clone(),
        };
        let mut unsigned = Unsigned::of(registry, body, &self.signed_by)?;
        // A limit has one size, whatever it is: the gas stays what it was.
        unsigned.tx.body.fee.gas_limit = self.gas_limit.unwrap_or(unsigned.gas);
        Ok(unsigned)
    }

    /// The body alone.
    pub fn body(&self, registry: &Registry) -> Result<TxBody, Reject> {
        Ok(self.unsigned(registry)?.tx.body)
    }
}

/// A transaction whose signatures only hold their places, in their exact sizes: for gas, words and simulation.
pub struct Unsigned {
    /// The transaction.
    pub tx: Tx,
    /// Its messages.
    pub calls: Vec<Call>,
    /// What it is charged for once its signers have signed.
    pub gas: u64,
}

impl Unsigned {
    /// What becomes of a body that these sign.
    pub fn of(registry: &Registry, body: TxBody, signed_by: &[SignedBy]) -> Result<Self, Reject> {
        let calls = body.messages.iter().map(|raw| registry.decode(raw, 0)).collect::<Result<Vec<_>, _>>()?;
        let kinds = signed_by.iter().cloned().chain(std::iter::repeat(SignedBy::default()));
        let places: Vec<_> = body.signers().zip(kinds).map(|(_, kind)| kind.unsigned()).collect();
        let signatures = List::parse(places).map_err(|reason| tx::Error::Malformed { reason })?;
        let tx = Tx { body, signatures, proofs: List::default() };
        let gas = gas::of_tx(&tx, tx.encode().len(), &calls).ok_or(Error::FeeTooLarge {})?;
        Ok(Self { tx, calls, gas })
    }
}

#[cfg(test)]
mod tests {
    use chortle_kernel::Bytes;

    use super::*;
    use crate::modules::MODULES;

    fn plan(fee_payer: Option<Address>, signed_by: Vec<SignedBy>) -> Plan {
        let (tag, kind) = MODULES.tags("token", "burn").unwrap();
        let body = (kind.examples)().swap_remove(0);
        let message = RawMessage { module: tag, tag: kind.tag, body: Bytes::parse(body).unwrap() };
        Plan {
            chain: ChainRef::of("chortle-test-1", [7; 32]).unwrap(),
            sender: Address([1; 20]),
            replay: Replay::Sequence(3),
            expiry_unix_ms: 0,
            gas_limit: None,
            gas_price_max: 2,
            tip: 0,
            fee_payer,
            fee_grant: None,
            messages: List::parse(vec![message]).unwrap(),
            memo: Text::default(),
            signed_by,
        }
    }

    #[test]
    fn the_limit_is_what_the_transaction_is_charged() {
        let unsigned = plan(None, Vec::new()).unsigned(&MODULES).unwrap();
        let bytes = unsigned.tx.encode();
        let decoded = crate::Decoded::parse(&MODULES, &bytes).unwrap();
        assert_eq!((decoded.gas, decoded.tx.body.fee.gas_limit), (unsigned.gas, unsigned.gas));
    }

    #[test]
    fn a_limit_that_is_said_holds_and_leaves_the_gas() {
        let exact = plan(None, Vec::new()).unsigned(&MODULES).unwrap();
        let said = Plan { gas_limit: Some(9), ..plan(None, Vec::new()) }.unsigned(&MODULES).unwrap();
        assert_eq!((said.tx.body.fee.gas_limit, said.gas), (9, exact.gas));
    }

    #[test]
    fn a_payer_who_is_the_sender_is_no_other_payer() {
        let own = plan(Some(Address([1; 20])), Vec::new()).unsigned(&MODULES).unwrap();
        let none = plan(None, Vec::new()).unsigned(&MODULES).unwrap();
        assert_eq!(own.tx, none.tx);
        let other = plan(Some(Address([2; 20])), Vec::new()).unsigned(&MODULES).unwrap();
        assert_eq!(other.tx.signatures.len(), 2);
        assert!(other.gas > none.gas);
    }

    #[test]
    fn gas_follows_what_signs() {
        let gas = |kind| plan(None, vec![kind]).unsigned(&MODULES).unwrap().gas;
        assert!(gas(SignedBy::Ed25519) < gas(SignedBy::Secp256k1), "its signature has a byte less");
        assert!(gas(SignedBy::Secp256k1) < gas(SignedBy::Eip191(Units::default())));
        assert!(gas(SignedBy::Eip191(Units::default())) < gas(SignedBy::Eip712(Units::default())));
    }
}
