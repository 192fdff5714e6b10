use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, Ctx, Failure, List, Message, Reject, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    airdrop::{
        self, Claim,
        merkle::{DEPTH_MAX, Node},
    },
    error::Error,
    protocol, rules,
};

/// Pays a recipient of an airdrop. Anyone may send it for the recipient, once.
#[derive(
    Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ClaimAirdrop {
    /// Number of the airdrop.
    pub airdrop: u64,
    /// Place in the list, from 0.
    pub index: u32,
    /// Who gets it.
    pub account: Address,
    /// How much, in base units.
    pub amount: Amount,
    /// Hashes from the leaf up to the root.
    pub proof: List<Node, DEPTH_MAX>,
}

impl Message for ClaimAirdrop {
    const TAG: u8 = 46;
    const NAME: &'static str = "claim_airdrop";

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), Error::ZeroAmount {})?;
        protocol::ensure_user_account(&self.account)
    }

    /// Reads and writes the record, one chunk of the bitmap, two balances and the pool of a ruled asset; reads its
    /// rules; hashes once per level.
    fn gas(&self) -> u64 {
        rules::leaves_gas(6, 5).saturating_add(hashes(self.proof.len()))
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let Self { airdrop, index, account, amount, proof } = self;
        let claim = Claim { index: *index, account: *account, amount: *amount, proof };
        airdrop::claim(ctx, *airdrop, &claim)
    }
}

/// Gas of hashing a leaf and a node for each level.
fn hashes(levels: usize) -> u64 {
    const HASH_GAS: u64 = 1_000;
    u64::try_from(levels).unwrap_or(u64::MAX).saturating_add(1).saturating_mul(HASH_GAS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{amount, who};

    #[test]
    fn a_longer_proof_costs_more_gas() {
        let claim = |levels| {
            let proof = List::parse(vec![Node::default(); levels]).unwrap();
            ClaimAirdrop { airdrop: 1, index: 0, account: who("bob"), amount: amount(1), proof }
        };
        assert_eq!([0, 20].map(|levels| claim(levels).gas()), [331_000, 351_000]);
    }
}
