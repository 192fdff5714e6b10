//! Who votes on a proposal, and with what: the chain's stake, or the holders of an asset that govern it. What is shared
//! by both asks nothing but this.

use chortle_kernel::{
    Acting, Address, Amount, AssetId, Ctx, Failure, Halt, ReadState, Reject, State, ensure,
};
use chortle_staking::{math, snapshot as stake};
use chortle_token::snapshot as units;

use crate::{
    error::Error,
    state::{OPEN, OPEN_OF},
    types::Proposal,
};

/// A part of a voter's own power.
pub struct Part {
    /// How much.
    pub power: Amount,
    /// The validator that votes with it while the voter does not.
    pub through: Option<Address>,
}

/// Refuses an asset whose holders do not govern it.
pub fn ensure_governs(state: &dyn ReadState, community: Option<AssetId>) -> Result<(), Failure> {
    community.map_or(Ok(()), |asset| units::ensure_community(state, asset))
}

/// Refuses what is for the chain's proposals alone: a track that is not the whole vote.
pub fn ensure_track(community: Option<AssetId>, whole: bool) -> Result<(), Reject> {
    ensure(community.is_none() || whole, Error::ChainAlone {})
}

/// Refuses a representative where nobody named one: they speak for stake.
pub fn ensure_own_word(record: &Proposal, holders: &[Address]) -> Result<(), Reject> {
    ensure(record.community.is_none() || holders.is_empty(), Error::StakeAlone {})
}

/// For whom what passed acts.
pub fn acting(community: Option<AssetId>) -> Acting<'static> {
    community.map_or(Acting::Governance, Acting::Community)
}

/// Holds power as it stands now. Answers all of it.
pub fn take(ctx: &mut Ctx<'_>, community: Option<AssetId>) -> Result<Amount, Halt> {
    match community {
        None => stake::take(ctx),
        Some(asset) => units::take(ctx, asset),
    }
}

/// Needs the power that a proposal's vote held no more.
pub fn release(state: &mut State, record: &Proposal) -> Result<(), Halt> {
    match record.community {
        None => stake::release(state, record.snapshot_height),
        Some(asset) => units::release(state, asset, record.snapshot_height),
    }
}

/// A voter's own power, part by part; `None` if there are more than `max` to look at.
pub fn parts(
    state: &dyn ReadState,
    record: &Proposal,
    voter: &Address,
    max: usize,
) -> Result<Option<Vec<Part>>, Halt> {
    let height = record.snapshot_height;
    if let Some(asset) = record.community {
        let power = units::power_at(state, voter, asset, height)?;
        return Ok(Some(vec![Part { power, through: None }]));
    }
    let Some(found) = stake::delegations_at(state, voter, height, max)? else { return Ok(None) };
    let part = |(operator, shares): (Address, u128)| {
        let standing = stake::member_at(state, &operator, height)?.filter(|_| shares > 0);
        Ok(standing.map_or(Part { power: Amount::ZERO, through: None }, |standing| Part {
            power: math::tokens_of_floor(shares, standing.tokens, standing.shares.0),
            through: Some(operator),
        }))
    };
    found.into_iter().map(part).collect::<Result<_, Halt>>().map(Some)
}

/// What a voter votes with for others who do not vote themselves: a validator of the set, for its delegators.
pub fn behind(state: &dyn ReadState, record: &Proposal, voter: &Address) -> Result<Option<Amount>, Halt> {
    match record.community {
        Some(_) => Ok(None),
        None => Ok(stake::member_at(state, voter, record.snapshot_height)?.map(|standing| standing.tokens)),
    }
}

/// How many proposals of an electorate wait for a deposit or are voted on.
pub fn load(state: &dyn ReadState, community: Option<AssetId>) -> Result<u64, Halt> {
    Ok(match community {
        None => OPEN.get(state)?,
        Some(asset) => OPEN_OF.get(state, &asset)?,
    }
    .unwrap_or(0))
}

/// Writes it.
pub fn set_load(state: &mut State, community: Option<AssetId>, load: u64) {
    match community {
        None => OPEN.set(state, &load),
        Some(asset) if load == 0 => OPEN_OF.remove(state, &asset),
        Some(asset) => OPEN_OF.set(state, &asset, &load),
    }
}
