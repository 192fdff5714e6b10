//! The validator set as the driver keeps it: everyone signs, updates take effect two heights later.

use std::collections::BTreeMap;

pub use chortle_kernel::block::consensus_address;
use chortle_kernel::hash::{Sha256, sha256};
use ed25519_dalek::SigningKey;

use crate::application::{ConsensusAddress, ValidatorPower, Vote};

/// The power of the development validator.
const OWN_POWER: u64 = 10;

/// Consensus key of the development validator: the same on every machine, for it guards nothing.
pub fn validator_key() -> [u8; 32] {
    signing_key().verifying_key().to_bytes()
}

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&sha256(b"chortle development validator"))
}

pub(super) fn own() -> ValidatorPower {
    ValidatorPower { key: validator_key(), power: OWN_POWER }
}

/// The sets of the last, the present and the next block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validators {
    last: BTreeMap<[u8; 32], u64>,
    present: BTreeMap<[u8; 32], u64>,
    next: BTreeMap<[u8; 32], u64>,
}

impl Validators {
    pub(super) fn new(validators: Vec<ValidatorPower>) -> Self {
        let set: BTreeMap<_, _> = validators.into_iter().map(|one| (one.key, one.power)).collect();
        Self { last: set.clone(), present: set.clone(), next: set }
    }

    /// The strongest of the present set.
    pub(super) fn proposer(&self) -> ConsensusAddress {
        ordered(&self.present).first().map_or_else(ConsensusAddress::default, |(address, _)| *address)
    }

    /// Everyone of the last block's set signed it.
    pub(super) fn votes(&self) -> Vec<Vote> {
        let vote = |(validator, power)| Vote { validator, power, signed: true };
        ordered(&self.last).into_iter().map(vote).collect()
    }

    /// Who votes for the block under way.
    pub(super) fn voters(&self) -> Vec<ConsensusAddress> {
        ordered(&self.present).into_iter().map(|(address, _)| address).collect()
    }

    pub(super) fn next_hash(&self) -> Vec<u8> {
        let mut hasher = Sha256::of(b"chortle/driver/validators/1");
        for (key, power) in &self.next {
            hasher.update(key);
            hasher.update(&power.to_be_bytes());
        }
        hasher.finish().to_vec()
    }

    /// One block later. An update of block h is in the set of h + 2, as with CometBFT.
    pub(super) fn advance(&mut self, updates: &[ValidatorPower]) {
        self.last = std::mem::replace(&mut self.present, self.next.clone());
        for update in updates {
            if update.power == 0 {
                self.next.remove(&update.key);
            } else {
                self.next.insert(update.key, update.power);
            }
        }
    }
}

/// CometBFT's order: power falling, then address rising.
fn ordered(set: &BTreeMap<[u8; 32], u64>) -> Vec<(ConsensusAddress, u64)> {
    let mut list: Vec<_> = set.iter().map(|(key, power)| (consensus_address(key), *power)).collect();
    list.sort_by(|(address, power), (other, other_power)| other_power.cmp(power).then(address.cmp(other)));
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_in_the_set_two_heights_later() {
        let one = ValidatorPower { key: [1; 32], power: 5 };
        let mut set = Validators::new(vec![own()]);
        let own_address = consensus_address(&validator_key());
        set.advance(std::slice::from_ref(&one));
        assert_eq!(set.proposer(), own_address, "height h + 1 keeps its set");
        set.advance(&[ValidatorPower { key: validator_key(), power: 0 }]);
        assert_eq!(set.proposer(), own_address, "power 10 leads at h + 2");
        assert_eq!(set.votes().len(), 1, "the votes in h + 2 are those on h + 1");
        set.advance(&[]);
        assert_eq!(set.proposer(), consensus_address(&one.key));
        assert_eq!(set.votes().len(), 2);
    }
}
