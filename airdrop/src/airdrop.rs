//! What becomes of an airdrop. What is promised stands in the balance of [`AIRDROPS`].

use chortle_kernel::{Address, Amount, Coin, Ctx, Failure, Halt, ReadState, State, ensure, merkle::Node};
use chortle_token as token;

use crate::{
    error::Error,
    event::{AirdropClaimed, AirdropCreated, AirdropEnded},
    state::{AIRDROP, BITS, BY_ASSET, BY_KEY, BY_SPONSOR, NEXT_ID},
    tree,
    types::{AIRDROPS, Airdrop, Claim, NewAirdrop},
};

/// The record of an airdrop, or `unknown_airdrop`.
pub fn find(state: &dyn ReadState, airdrop: u64) -> Result<Airdrop, Failure> {
    Ok(AIRDROP.get(state, &airdrop)?.ok_or(Error::UnknownAirdrop { airdrop })?)
}

/// Whether a leaf was paid.
pub fn is_claimed(state: &dyn ReadState, airdrop: u64, index: u32) -> Result<bool, Halt> {
    let (chunk, byte, mask) = place_of(index);
    let bits = BITS.get(state, &(airdrop, chunk))?.unwrap_or_default();
    Ok(bits.get(byte).is_some_and(|bits| bits & mask != 0))
}

/// Whether nobody can claim any more. A pause of the asset puts the deadline off: whoever sponsors an airdrop and
/// pauses its asset gains nothing, its recipients have three epochs after it.
pub fn is_over(state: &dyn ReadState, airdrop: &Airdrop, now_unix_ms: u64, epoch: u64) -> Result<bool, Halt> {
    Ok(now_unix_ms >= airdrop.deadline_unix_ms && !token::is_paused_lately(state, airdrop.asset, epoch)?)
}

/// Chunk, byte in it and bit in that of a leaf.
fn place_of(index: u32) -> (u32, usize, u8) {
    let [.., low] = index.to_be_bytes();
    (index >> 8, usize::from(low >> 3), 1 << (low & 7))
}

/// Moves a coin from the sponsor into a new airdrop, and tells it.
pub fn create(ctx: &mut Ctx<'_>, sponsor: &Address, new: &NewAirdrop) -> Result<u64, Failure> {
    let now_unix_ms = ctx.block.time_unix_ms;
    let id = NEXT_ID.get(ctx.state)?.unwrap_or(1);
    let next = id.checked_add(1).ok_or_else(|| Halt::new("airdrop numbers are used up"))?;
    let key = tree::airdrop_key(&ctx.block.chain_id, sponsor, new.salt);
    // Leaves under another key would lock the tokens up till the deadline.
    let (expected, found) = (Node(key).to_string(), new.key.to_string());
    let wrong = Error::WrongKey { sponsor: *sponsor, salt: new.salt, key: expected, found };
    ensure(new.key == Node(key), wrong)?;

    let deadline_unix_ms = new.deadline_unix_ms;
    ensure(deadline_unix_ms > now_unix_ms, Error::DeadlinePast { deadline_unix_ms, now_unix_ms })?;
    if let Some(airdrop) = BY_KEY.get(ctx.state, &key)? {
        return Err(Error::SaltUsed { salt: new.salt, airdrop }.into());
    }

    token::deposit(ctx, sponsor, &AIRDROPS, new.coin, None)?;
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
    NEXT_ID.set(ctx.state, &next);
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
    let over = is_over(ctx.state, &airdrop, ctx.block.time_unix_ms, ctx.block.epoch)?;
    ensure(!over, Error::AirdropOver { airdrop: id, deadline_unix_ms })?;
    ensure(index < airdrop.leaves, Error::LeafOutOfRange { airdrop: id, index, leaves: airdrop.leaves })?;
    ensure(airdrop.holds(claim), Error::BadProof { airdrop: id, index, account })?;
    let (chunk, byte, mask) = place_of(index);
    let mut bits = BITS.get(ctx.state, &(id, chunk))?.unwrap_or_default();
    let byte = bits.get_mut(byte).ok_or_else(|| Halt::new("a leaf beyond its chunk"))?;
    ensure(*byte & mask == 0, Error::AlreadyClaimed { airdrop: id, index })?;
    let left = airdrop.held();
    ensure(amount <= left, Error::AboveTotal { airdrop: id, left })?;

    *byte |= mask;
    let overflow = || Halt::new(format!("airdrop {id} has paid more than it holds"));
    airdrop.claimed = airdrop.claimed.checked_add(amount).ok_or_else(overflow)?;
    airdrop.claims = airdrop.claims.checked_add(1).ok_or_else(overflow)?;
    token::pay_out(ctx, &AIRDROPS, &airdrop.sponsor, &account, Coin { asset: airdrop.asset, amount })?;
    BITS.set(ctx.state, &(id, chunk), &bits);
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
    let over = is_over(ctx.state, &airdrop, ctx.block.time_unix_ms, ctx.block.epoch)?;
    ensure(over, Error::AirdropRunning { airdrop: id, deadline_unix_ms })?;

    let returned = airdrop.held();
    let coin = Coin { asset: airdrop.asset, amount: returned };
    token::pay_out(ctx, &AIRDROPS, &airdrop.sponsor, &airdrop.sponsor, coin)?;
    airdrop.ended = true;
    AIRDROP.set(ctx.state, &id, &airdrop);
    ctx.emit(&AirdropEnded { airdrop: id, asset: airdrop.asset, sponsor: airdrop.sponsor, returned });
    Ok(())
}

/// Writes an airdrop and its lines in the lists.
pub(crate) fn insert(state: &mut State, id: u64, airdrop: &Airdrop) {
    AIRDROP.set(state, &id, airdrop);
    BY_KEY.set(state, &airdrop.key, &id);
    BY_SPONSOR.set(state, &(airdrop.sponsor, id), &());
    BY_ASSET.set(state, &(airdrop.asset, id), &());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::CHUNK_LEAVES;

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
