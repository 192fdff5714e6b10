use chortle_kernel::{
    Address, Amount, Ctx, Failure, List, Message, Reach, Reject, ensure,
    gas::leaves_gas,
    merkle::{DEPTH_MAX, Node},
    message, record,
};
use chortle_token as token;

use crate::{airdrop, types::Claim};

record! {
    /// Pays a recipient of an airdrop. Anyone may send it for the recipient, once.
    pub struct ClaimAirdrop {
        /// Number of the airdrop.
        pub airdrop: u64,
        /// Place in the list, from 0.
        pub index: u32,
        /// Who gets it.
        pub account: Address,
        /// How much, in base units.
        #[schemars(extend("x-unit" = "base"))]
        pub amount: Amount,
        /// Hashes from the leaf up to the root.
        pub proof: List<Node, DEPTH_MAX>,
    }
}

impl Message for ClaimAirdrop {
    const TAG: u8 = 2;
    const NAME: &'static str = "claim_airdrop";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"account":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","airdrop":1,"amount":"5","index":1,"proof":["0xabababababababababababababababababababababababababababababababab"]}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure(!self.amount.is_zero(), token::Error::ZeroAmount {})?;
        token::protocol::ensure_user_account(&self.account)
    }

    /// Reads and writes the record, one chunk of the bitmap, two balances and the totals of a ruled asset; reads its
    /// rules; notes what the tax burns in the history of the supply; hashes once per level.
    fn gas(&self) -> u64 {
        leaves_gas(7, 5).saturating_add(hashes(self.proof.len()))
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

    #[test]
    fn a_longer_proof_costs_more_gas() {
        let claim = |levels| {
            let proof = List::parse(vec![Node::default(); levels]).unwrap();
            ClaimAirdrop { airdrop: 1, index: 0, account: Address([2; 20]), amount: Amount::MAX, proof }
        };
        assert_eq!([0, 20].map(|levels| claim(levels).gas()), [336_000, 356_000]);
    }
}
