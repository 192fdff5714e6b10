//! Airdrops: a campaign promises tokens to a list that only its sponsor stores; the chain holds the list's root.
//!
//! What is promised stands in the balance of `protocol::AIRDROPS`.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, State, ensure, hash};

use crate::{
    accounts,
    error::Error,
    protocol, send,
    state::{AIRDROP, AIRDROP_BITS, AIRDROP_BY_ASSET, AIRDROP_BY_KEY, AIRDROP_BY_SPONSOR, NEXT_AIRDROP_ID},
};

pub mod event;
pub(crate) mod genesis;
pub(crate) mod invariant;
pub mod merkle;
pub mod query;

use event::{AirdropClaimed, AirdropCreated, AirdropEnded};
use merkle::Node;

/// Leaves of one chunk of the bitmap.
pub const CHUNK_LEAVES: u32 = 256;

/// A chunk of the bitmap: bit `index % 8` of byte `index % 256 / 8` says whether the leaf was paid.
pub type Chunk = [u8; 32];

/// A campaign's record.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Airdrop {
    /// Of which asset.
    pub asset: AssetId,
    /// Who paid it in, and gets the remainder.
    pub sponsor: Address,
    /// What binds its leaves to this chain and campaign.
    pub key: hash::Hash,
    /// Root of the tree.
    pub root: Node,
    /// Recipients in the tree.
    pub leaves: u32,
    /// What was paid in.
    pub total: Amount,
    /// What was paid out to recipients.
    pub claimed: Amount,
    /// To how many.
    pub claims: u32,
    /// From when on nobody can claim.
    pub deadline_unix_ms: u64,
    /// Whether the remainder went back to the sponsor.
    pub ended: bool,
    /// Height of the block that created it.
    pub created_height: u64,
}

impl Airdrop {
    /// What is still in escrow.
    pub fn held(&self) -> Amount {
        if self.ended { Amount::ZERO } else { self.total.checked_sub(self.claimed).unwrap_or_default() }
    }

    /// Whether nobody can claim any more.
    pub fn is_over(&self, now_unix_ms: u64) -> bool {
        now_unix_ms >= self.deadline_unix_ms
    }

    /// Whether a leaf belongs to this campaign.
    pub fn holds(&self, claim: &Claim<'_>) -> bool {
        let leaf = merkle::leaf(&self.key, claim.index, &claim.account, claim.amount);
        merkle::is_under(&self.root, self.leaves, claim.index, leaf, claim.proof)
    }
}

/// What a new campaign is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAirdrop {
    /// What is paid in.
    pub coin: Coin,
    /// Root of the tree.
    pub root: Node,
    /// Recipients in the tree.
    pub leaves: u32,
    /// The sponsor's number in the campaign key.
    pub salt: u64,
    /// From when on nobody can claim.
    pub deadline_unix_ms: u64,
}

/// A leaf and its proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Place in the list.
    pub index: u32,
    /// Who gets it.
    pub account: Address,
    /// How much.
    pub amount: Amount,
    /// From the leaf up.
    pub proof: &'a [Node],
}

/// The record of a campaign, or `unknown_airdrop`.
pub fn find(state: &dyn ReadState, airdrop: u64) -> Result<Airdrop, Failure> {
    Ok(AIRDROP.get(state, &airdrop)?.ok_or(Error::UnknownAirdrop { airdrop })?)
}

/// Whether a leaf was paid.
pub fn is_claimed(state: &dyn ReadState, airdrop: u64, index: u32) -> Result<bool, Halt> {
    let (chunk, byte, mask) = place_of(index);
    let bits = AIRDROP_BITS.get(state, &(airdrop, chunk))?.unwrap_or_default();
    Ok(bits.get(byte).is_some_and(|bits| bits & mask != 0))
}

/// Chunk, byte in it and bit in that of a leaf.
fn place_of(index: u32) -> (u32, usize, u8) {
    let [.., low] = index.to_be_bytes();
    (index >> 8, usize::from(low >> 3), 1 << (low & 7))
}

/// Moves a coin from the sponsor into a new campaign, and tells it.
pub fn create(ctx: &mut Ctx<'_>, sponsor: &Address, new: &NewAirdrop) -> Result<u64, Failure> {
    let now_unix_ms = ctx.block.time_unix_ms;
    let id = NEXT_AIRDROP_ID.get(ctx.state)?.unwrap_or(1);
    let next = id.checked_add(1).ok_or_else(|| Halt::new("airdrop numbers are used up"))?;
    let key = merkle::campaign_key(&ctx.block.chain_id, sponsor, new.salt);

    let deadline_unix_ms = new.deadline_unix_ms;
    ensure(deadline_unix_ms > now_unix_ms, Error::DeadlinePast { deadline_unix_ms, now_unix_ms })?;
    if let Some(airdrop) = AIRDROP_BY_KEY.get(ctx.state, &key)? {
        return Err(Error::SaltUsed { salt: new.salt, airdrop }.into());
    }

    send::ensure_may_move(ctx, sponsor, new.coin.asset)?;
    accounts::transfer(ctx, sponsor, &protocol::AIRDROPS, new.coin)?;
    let airdrop = Airdrop {
        asset: new.coin.asset,
        sponsor: *sponsor,
        key,
        root: new.root,
        leaves: new.leaves,
        total: new.coin.amount,
        claimed: Amount::ZERO,
        claims: 0,
        deadline_unix_ms,
        ended: false,
        created_height: ctx.block.height,
    };
    NEXT_AIRDROP_ID.set(ctx.state, &next);
    insert(ctx.state, id, &airdrop);
    ctx.emit(&AirdropCreated {
        airdrop: id,
        asset: airdrop.asset,
        sponsor: *sponsor,
        root: airdrop.root,
        leaves: airdrop.leaves,
        total: airdrop.total,
        deadline_unix_ms,
    });
    Ok(id)
}

/// Pays a recipient of the list, once.
pub fn claim(ctx: &mut Ctx<'_>, id: u64, claim: &Claim<'_>) -> Result<(), Failure> {
    let mut airdrop = find(ctx.state, id)?;
    let Claim { index, account, amount, .. } = *claim;
    let deadline_unix_ms = airdrop.deadline_unix_ms;
    ensure(!airdrop.is_over(ctx.block.time_unix_ms), Error::AirdropOver { airdrop: id, deadline_unix_ms })?;
    ensure(index < airdrop.leaves, Error::LeafOutOfRange { airdrop: id, index, leaves: airdrop.leaves })?;
    ensure(airdrop.holds(claim), Error::BadProof { airdrop: id, index, account })?;
    let (chunk, byte, mask) = place_of(index);
    let mut bits = AIRDROP_BITS.get(ctx.state, &(id, chunk))?.unwrap_or_default();
    let byte = bits.get_mut(byte).ok_or_else(|| Halt::new("a leaf beyond its chunk"))?;
    ensure(*byte & mask == 0, Error::AlreadyClaimed { airdrop: id, index })?;
    let left = airdrop.held();
    ensure(amount <= left, Error::AboveTotal { airdrop: id, left })?;
    send::ensure_may_move(ctx, &account, airdrop.asset)?;

    *byte |= mask;
    let overflow = || Halt::new(format!("airdrop {id} has paid more than it holds"));
    airdrop.claimed = airdrop.claimed.checked_add(amount).ok_or_else(overflow)?;
    airdrop.claims = airdrop.claims.checked_add(1).ok_or_else(overflow)?;
    accounts::transfer(ctx, &protocol::AIRDROPS, &account, Coin { asset: airdrop.asset, amount })?;
    AIRDROP_BITS.set(ctx.state, &(id, chunk), &bits);
    AIRDROP.set(ctx.state, &id, &airdrop);
    ctx.emit(&AirdropClaimed {
        airdrop: id,
        asset: airdrop.asset,
        index,
        account,
        amount,
        held: airdrop.held(),
    });
    Ok(())
}

/// Returns what nobody claimed to the sponsor, after the deadline.
pub fn end(ctx: &mut Ctx<'_>, id: u64) -> Result<(), Failure> {
    let mut airdrop = find(ctx.state, id)?;
    let deadline_unix_ms = airdrop.deadline_unix_ms;
    ensure(!airdrop.ended, Error::AirdropEnded { airdrop: id })?;
    ensure(airdrop.is_over(ctx.block.time_unix_ms), Error::AirdropRunning { airdrop: id, deadline_unix_ms })?;
    send::ensure_may_move(ctx, &airdrop.sponsor, airdrop.asset)?;

    let returned = airdrop.held();
    let coin = Coin { asset: airdrop.asset, amount: returned };
    accounts::transfer(ctx, &protocol::AIRDROPS, &airdrop.sponsor, coin)?;
    airdrop.ended = true;
    AIRDROP.set(ctx.state, &id, &airdrop);
    ctx.emit(&AirdropEnded { airdrop: id, asset: airdrop.asset, sponsor: airdrop.sponsor, returned });
    Ok(())
}

/// Writes a campaign and its lines in the lists.
fn insert(state: &mut State, id: u64, airdrop: &Airdrop) {
    AIRDROP.set(state, &id, airdrop);
    AIRDROP_BY_KEY.set(state, &airdrop.key, &id);
    AIRDROP_BY_SPONSOR.set(state, &(airdrop.sponsor, id), &());
    AIRDROP_BY_ASSET.set(state, &(airdrop.asset, id), &());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_places_of_their_own() {
        let mut seen = std::collections::BTreeSet::new();
        for index in 0..1_000 {
            let (chunk, byte, mask) = place_of(index);
            assert!(byte < 32 && chunk == index / CHUNK_LEAVES && mask.is_power_of_two());
            assert!(seen.insert((chunk, byte, mask)));
        }
    }
}
