//! What the driver's own validators add to their votes, signed as CometBFT signs it.

use std::collections::BTreeMap;

use chortle_kernel::block::consensus_address;
use chortle_kernel::vote_extension::{VotePoint, sign_bytes};
use ed25519_dalek::{Signer, SigningKey};

use crate::application::{ConsensusAddress, ExtendedVote, Vote};

/// The consensus keys of the driver's own validators.
pub(super) struct Keys(BTreeMap<ConsensusAddress, SigningKey>);

impl Keys {
    pub(super) fn new(key: SigningKey) -> Self {
        let mut keys = Self(BTreeMap::new());
        keys.hold(key);
        keys
    }

    pub(super) fn hold(&mut self, key: SigningKey) {
        self.0.insert(consensus_address(&key.verifying_key().to_bytes()), key);
    }

    pub(super) fn holds(&self, validator: &ConsensusAddress) -> bool {
        self.0.contains_key(validator)
    }

    /// These votes, with the extension and its signature on those of the own validators. An empty extension is signed
    /// as well.
    pub(super) fn extended(&self, votes: &[Vote], extension: &[u8], at: VotePoint<'_>) -> Vec<ExtendedVote> {
        let message = sign_bytes(extension, at);
        let extended = |vote: &Vote| match self.0.get(&vote.validator) {
            Some(key) => ExtendedVote {
                extension: extension.to_vec(),
                signature: key.sign(&message).to_bytes().to_vec(),
                ..plain(vote)
            },
            None => plain(vote),
        };
        votes.iter().map(extended).collect()
    }
}

/// A vote at a height without extensions, or of a validator whose key is elsewhere.
pub(super) fn plain(vote: &Vote) -> ExtendedVote {
    ExtendedVote {
        validator: vote.validator,
        power: vote.power,
        signed: vote.signed,
        extension: Vec::new(),
        signature: Vec::new(),
    }
}
