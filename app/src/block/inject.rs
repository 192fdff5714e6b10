//! The injected part: what validators attested with their votes for the block before, made by the proposer and judged
//! by every node, each by the same function of bytes, header and committed state.

use chortle_kernel::{
    Attested, Bytes, Halt, Header, List, Reject,
    block::{ConsensusAddress, ExtendedVote, Vote},
    ensure,
    vote_extension::VotePoint,
};

use super::{Injected, Parent, SignedExtension, extension::Extension};
use crate::{error::Error, state};

/// What a voter takes of the injected part besides its extension: address, length, signature.
const VOTER_BYTES: usize = 20 + 4 + 64;
/// What the injected part takes besides its voters.
const HEAD_BYTES: usize = 1 + 8 + 4;

/// An injected part that holds.
pub(super) struct Holding(Vec<(ConsensusAddress, u64, Extension)>);

impl Holding {
    /// What was attested under a module's tag.
    pub(super) fn under(&self, tag: u8) -> Vec<Attested> {
        let attested = |(validator, power, extension): &(ConsensusAddress, u64, Extension)| {
            let bytes = extension.under(tag)?.to_vec();
            Some(Attested { validator: *validator, power: *power, bytes })
        };
        self.0.iter().filter_map(attested).collect()
    }
}

/// Whether a block must begin with the injected part: some module attests, extensions were on at the height before,
/// and that height had votes.
fn expected(parent: &Parent, header: &Header) -> Result<bool, Halt> {
    if header.last_commit.votes.is_empty()
        || !parent.registry.modules().any(|module| module.attestation.is_some())
    {
        return Ok(false);
    }
    let engine = state::ENGINE.get(parent.state.as_ref())?.unwrap_or_default();
    Ok(engine.vote_extensions_on(header.height.saturating_sub(1)))
}

/// Judges what a block begins with. `None` is right where nothing must be there.
pub(super) fn judge(
    parent: &Parent,
    header: &Header,
    found: Option<&[u8]>,
) -> Result<Result<Option<Holding>, Reject>, Halt> {
    let Some(bytes) = found else {
        let missing = expected(parent, header)?;
        return Ok(if missing { Err(Error::InjectedMissing {}.into()) } else { Ok(None) });
    };
    if !expected(parent, header)? {
        return Ok(Err(Error::InjectedUnexpected {}.into()));
    }
    let injected = match Injected::decode(bytes) {
        Ok(injected) => injected,
        Err(reason) => return Ok(Err(Error::InjectedMalformed { reason }.into())),
    };
    let chain_id = state::CHAIN_ID.get(parent.state.as_ref())?.unwrap_or_default();
    let (height, round) = (header.height.saturating_sub(1), header.last_commit.round);
    if injected.height != height {
        return Ok(Err(Error::InjectedHeight { found: injected.height, expected: height }.into()));
    }
    let mut holding = Vec::with_capacity(injected.votes.len());
    let mut commit = header.last_commit.votes.iter();
    for carried in injected.votes.iter() {
        let validator = hex(&carried.validator);
        // Going on through one iterator keeps the order, and every voter single.
        let Some(vote) = commit.by_ref().find(|vote| vote.signed && vote.validator == carried.validator)
        else {
            return Ok(Err(Error::InjectedVoter { validator }.into()));
        };
        match judge_vote(parent, vote, carried, VotePoint { chain_id: &chain_id, height, round })? {
            Ok(extension) => holding.push((vote.validator, vote.power, extension)),
            Err(reject) => return Ok(Err(reject)),
        }
    }
    let part = holding.iter().map(|(_, power, _)| *power);
    Ok(ensure_power(header, part).map(|()| Some(Holding(holding))))
}

fn judge_vote(
    parent: &Parent,
    vote: &Vote,
    carried: &SignedExtension,
    at: VotePoint<'_>,
) -> Result<Result<Extension, Reject>, Halt> {
    let validator = hex(&vote.validator);
    let extension = match Extension::parse(parent.registry, &carried.extension) {
        Ok(extension) => extension,
        Err(reason) => return Ok(Err(Error::InjectedExtension { validator, reason }.into())),
    };
    let extended = ExtendedVote {
        validator: vote.validator,
        power: vote.power,
        signed: true,
        extension: carried.extension.to_vec(),
        signature: carried.signature.to_vec(),
    };
    let key = state::CONSENSUS_KEYS.get(parent.state.as_ref(), &vote.validator)?;
    let signed = key.is_some_and(|known| extended.verify(&known.key, at));
    Ok(ensure(signed, Error::InjectedSignature { validator }).map(|()| extension))
}

fn ensure_power(header: &Header, part: impl Iterator<Item = u64>) -> Result<(), Reject> {
    let sum = |powers: &mut dyn Iterator<Item = u64>| -> u128 { powers.map(u128::from).sum() };
    let total = sum(&mut header.last_commit.votes.iter().map(|vote| vote.power));
    let part = sum(&mut part.into_iter());
    let enough = part.saturating_mul(3) > total.saturating_mul(2);
    ensure(enough, Error::InjectedPower { part, total })
}

/// Makes the injected part of a proposal, if it must have one: every vote of the last commit whose extension holds, as
/// long as there is room. The engine orders validators by power, so that what room there is goes to the strongest.
pub(super) fn make(
    parent: &Parent,
    header: &Header,
    votes: &[ExtendedVote],
    bytes_max: u64,
) -> Result<Option<(Vec<u8>, Holding)>, Halt> {
    if !expected(parent, header)? {
        return Ok(None);
    }
    let chain_id = state::CHAIN_ID.get(parent.state.as_ref())?.unwrap_or_default();
    let (height, round) = (header.height.saturating_sub(1), header.last_commit.round);
    let at = VotePoint { chain_id: &chain_id, height, round };
    let mut left = usize::try_from(bytes_max).unwrap_or(usize::MAX).saturating_sub(HEAD_BYTES);
    let (mut carried, mut holding) = (Vec::new(), Vec::new());
    for vote in votes.iter().filter(|vote| vote.signed) {
        let Some(signed) = signed(vote) else { continue };
        let after = left.checked_sub(VOTER_BYTES.saturating_add(signed.extension.len()));
        if let (Some(after), Ok(extension)) = (after, judge_vote(parent, &vote.vote(), &signed, at)?) {
            left = after;
            carried.push(signed);
            holding.push((vote.validator, vote.power, extension));
        }
    }
    ensure_power(header, holding.iter().map(|(_, power, _)| *power))
        .map_err(|reject| Halt::new(format!("no proposal can be made: {reject}")))?;
    let votes = List::parse(carried).map_err(Halt::new)?;
    Ok(Some((Injected { height, votes }.encode(), Holding(holding))))
}

fn signed(vote: &ExtendedVote) -> Option<SignedExtension> {
    Some(SignedExtension {
        validator: vote.validator,
        extension: Bytes::parse(vote.extension.clone()).ok()?,
        signature: vote.signature.as_slice().try_into().ok()?,
    })
}

fn hex(address: &ConsensusAddress) -> String {
    address.iter().map(|byte| format!("{byte:02X}")).collect()
}
