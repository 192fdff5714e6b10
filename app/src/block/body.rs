//! What stands in a block: first, perhaps, the injected part; then transactions.

use std::borrow::Borrow;

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Bytes, List, block::ConsensusAddress, codec, tx::INJECTED_TAG};

use super::extension::EXTENSION_BYTES_MAX;
use crate::verify::Proven;

/// As many voters as the engine allows validators.
const VOTERS_MAX: usize = 10_000;

/// A vote on the block before, with what its validator attested.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedExtension {
    /// Who.
    pub validator: ConsensusAddress,
    /// What was attested; empty if nothing was.
    pub extension: Bytes<EXTENSION_BYTES_MAX>,
    /// Signature of the consensus key.
    pub signature: [u8; 64],
}

/// The injected part, decoded. Whether it holds is another question.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Injected {
    /// Height that was voted for.
    pub height: u64,
    /// Votes, in the order of the last commit.
    pub votes: List<SignedExtension, VOTERS_MAX>,
}

impl Injected {
    /// The bytes as they stand in a block.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![INJECTED_TAG];
        bytes.append(&mut codec::encode(self));
        bytes
    }

    /// Decodes an entry of a block.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        match bytes.split_first() {
            Some((&INJECTED_TAG, rest)) => codec::decode(rest),
            _ => Err("it does not begin with 0".to_owned()),
        }
    }
}

/// The entries of a block, ready to be judged or run.
pub struct BlockBody<'a> {
    /// The bytes of the injected part, if the block begins with one.
    pub injected: Option<&'a [u8]>,
    /// The transactions.
    pub txs: Vec<Proven>,
}

/// Tells the injected part from the transactions, whose signatures are for the caller to prove.
pub fn split<B: Borrow<[u8]>>(entries: &[B]) -> (Option<&[u8]>, &[B]) {
    match entries.split_first() {
        Some((first, txs)) if first.borrow().first() == Some(&INJECTED_TAG) => (Some(first.borrow()), txs),
        _ => (None, entries),
    }
}
