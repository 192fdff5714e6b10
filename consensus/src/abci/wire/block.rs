//! Blocks and proposals, to and from the wire. Four requests carry the same block in four shapes.

use cometbft_proto::abci::{v1beta1, v1beta2, v1beta3};
use cometbft_proto::google::protobuf::Timestamp;
use cometbft_proto::types::v1beta1::BlockIdFlag;

use super::chain::{copied, time, time_to_wire};
use super::{Malformed, hash, positive, required, signed, sized, unsigned};
use crate::application::{
    Block, ConsensusAddress, ExtendedVote, Header, LastCommit, Misbehavior, MisbehaviorKind, ProposalRequest,
    Vote,
};

/// Length of an ed25519 signature.
const SIGNATURE_BYTES: usize = 64;

/// The fields that all four requests share.
struct Shared<'a> {
    height: i64,
    time: Option<Timestamp>,
    proposer: &'a [u8],
    next_validators_hash: &'a [u8],
}

pub(super) fn proposal_request(
    request: v1beta3::RequestPrepareProposal,
) -> Result<ProposalRequest, Malformed> {
    let commit = required("the last commit", request.local_last_commit)?;
    let extended_votes: Result<Vec<_>, _> = commit.votes.into_iter().map(extended_vote).collect();
    let extended_votes = all_or_none(extended_votes?)?;
    let votes = extended_votes.iter().map(ExtendedVote::vote).collect();
    let shared = Shared {
        height: request.height,
        time: request.time,
        proposer: &request.proposer_address,
        next_validators_hash: &request.next_validators_hash,
    };
    Ok(ProposalRequest {
        header: header(shared, LastCommit { round: round(commit.round)?, votes }, request.misbehavior)?,
        extended_votes,
        txs: request.txs,
        bytes_max: unsigned("the proposal's size limit", request.max_tx_bytes)?,
    })
}

pub(super) fn proposal_request_to_wire(request: &ProposalRequest) -> v1beta3::RequestPrepareProposal {
    let header = &request.header;
    v1beta3::RequestPrepareProposal {
        max_tx_bytes: signed(request.bytes_max),
        txs: request.txs.clone(),
        local_last_commit: Some(extended_commit_to_wire(header.last_commit.round, &request.extended_votes)),
        misbehavior: misbehavior_to_wire(&header.misbehavior),
        height: signed(header.height),
        time: Some(time_to_wire(header.time_unix_ms)),
        next_validators_hash: copied(&header.next_validators_hash),
        proposer_address: copied(&header.proposer),
    }
}

/// One function pair per request: the three messages have equal fields under different types.
macro_rules! block_request {
    ($from:ident, $to:ident, $message:ident, $last_commit:ident) => {
        pub(super) fn $from(request: v1beta3::$message) -> Result<Block, Malformed> {
            let commit = required("the last commit", request.$last_commit)?;
            let votes = commit.votes.into_iter().map(|vote| (vote.validator, vote.block_id_flag));
            let shared = Shared {
                height: request.height,
                time: request.time,
                proposer: &request.proposer_address,
                next_validators_hash: &request.next_validators_hash,
            };
            Ok(Block {
                header: header(shared, last_commit(commit.round, votes)?, request.misbehavior)?,
                hash: hash("the block's hash", &request.hash)?.to_vec(),
                txs: request.txs,
            })
        }

        pub(super) fn $to(block: &Block) -> v1beta3::$message {
            let header = &block.header;
            v1beta3::$message {
                txs: block.txs.clone(),
                $last_commit: Some(commit_to_wire(&header.last_commit)),
                misbehavior: misbehavior_to_wire(&header.misbehavior),
                hash: copied(&block.hash),
                height: signed(header.height),
                time: Some(time_to_wire(header.time_unix_ms)),
                next_validators_hash: copied(&header.next_validators_hash),
                proposer_address: copied(&header.proposer),
            }
        }
    };
}

block_request!(proposed, proposed_to_wire, RequestProcessProposal, proposed_last_commit);
block_request!(extended, extended_to_wire, RequestExtendVote, proposed_last_commit);
block_request!(decided, decided_to_wire, RequestFinalizeBlock, decided_last_commit);

fn header(
    shared: Shared<'_>,
    last_commit: LastCommit,
    misbehavior: Vec<v1beta2::Misbehavior>,
) -> Result<Header, Malformed> {
    let misbehavior: Result<Vec<_>, _> = misbehavior.into_iter().map(misbehavior_from_wire).collect();
    Ok(Header {
        height: positive("the block's height", shared.height)?,
        time_unix_ms: time("the block's time", shared.time)?,
        proposer: sized("the proposer's address", shared.proposer)?,
        next_validators_hash: hash("the next validators' hash", shared.next_validators_hash)?.to_vec(),
        last_commit,
        misbehavior: misbehavior?,
    })
}

fn last_commit(
    round: i32,
    votes: impl Iterator<Item = (Option<v1beta1::Validator>, i32)>,
) -> Result<LastCommit, Malformed> {
    let votes: Result<Vec<_>, _> = votes.map(|(validator, flag)| vote(validator, flag)).collect();
    Ok(LastCommit { round: self::round(round)?, votes: votes? })
}

fn round(round: i32) -> Result<u32, Malformed> {
    u32::try_from(round).map_err(|_| Malformed(format!("the commit's round is {round}")))
}

fn vote(validator: Option<v1beta1::Validator>, flag: i32) -> Result<Vote, Malformed> {
    let (validator, power) = voter("a voter", validator)?;
    let signed = match BlockIdFlag::try_from(flag) {
        Ok(BlockIdFlag::Commit) => true,
        Ok(BlockIdFlag::Absent | BlockIdFlag::Nil) => false,
        Ok(BlockIdFlag::Unknown) | Err(_) => {
            return Err(Malformed(format!("a vote with the unknown flag {flag}")));
        }
    };
    Ok(Vote { validator, power, signed })
}

fn extended_vote(info: v1beta3::ExtendedVoteInfo) -> Result<ExtendedVote, Malformed> {
    let Vote { validator, power, signed } = vote(info.validator, info.block_id_flag)?;
    let (extension, signature) = (info.vote_extension.to_vec(), info.extension_signature.to_vec());
    let of = || hex::encode_upper(validator);
    let added = !extension.is_empty() || !signature.is_empty();
    if added && !signed {
        return Err(Malformed(format!("a vote extension of {}, who did not vote for the block", of())));
    }
    if signature.is_empty() && !extension.is_empty() {
        return Err(Malformed(format!("the vote extension of {} is not signed", of())));
    }
    if !signature.is_empty() && signature.len() != SIGNATURE_BYTES {
        return Err(Malformed(format!(
            "the signature of the vote extension of {} has {} bytes: it must have {SIGNATURE_BYTES}",
            of(),
            signature.len(),
        )));
    }
    Ok(ExtendedVote { validator, power, signed, extension, signature })
}

/// Extensions are on at a height or off: then every vote for the block has a signature, or none has.
fn all_or_none(votes: Vec<ExtendedVote>) -> Result<Vec<ExtendedVote>, Malformed> {
    let voted = || votes.iter().filter(|vote| vote.signed);
    let signatures = voted().filter(|vote| !vote.signature.is_empty()).count();
    if signatures == 0 || signatures == voted().count() {
        return Ok(votes);
    }
    Err(Malformed(format!(
        "{signatures} of the {} votes for the block have a signed extension: all must have one, or none",
        voted().count(),
    )))
}

fn voter(name: &str, validator: Option<v1beta1::Validator>) -> Result<(ConsensusAddress, u64), Malformed> {
    let validator = required(name, validator)?;
    let address = sized(&format!("{name}'s address"), &validator.address)?;
    Ok((address, unsigned(&format!("{name}'s power"), validator.power)?))
}

fn misbehavior_from_wire(misbehavior: v1beta2::Misbehavior) -> Result<Misbehavior, Malformed> {
    let (validator, power) = voter("the offender", misbehavior.validator)?;
    let kind = match v1beta2::MisbehaviorType::try_from(misbehavior.r#type) {
        Ok(v1beta2::MisbehaviorType::DuplicateVote) => MisbehaviorKind::DuplicateVote,
        Ok(v1beta2::MisbehaviorType::LightClientAttack) => MisbehaviorKind::LightClientAttack,
        Ok(v1beta2::MisbehaviorType::Unknown) | Err(_) => MisbehaviorKind::Unknown,
    };
    Ok(Misbehavior {
        kind,
        validator,
        power,
        height: positive("the offence's height", misbehavior.height)?,
        time_unix_ms: time("the offence's time", misbehavior.time)?,
        total_power: unsigned("the total power at the offence", misbehavior.total_voting_power)?,
    })
}

fn misbehavior_to_wire(misbehavior: &[Misbehavior]) -> Vec<v1beta2::Misbehavior> {
    let one = |misbehavior: &Misbehavior| v1beta2::Misbehavior {
        r#type: match misbehavior.kind {
            MisbehaviorKind::Unknown => v1beta2::MisbehaviorType::Unknown.into(),
            MisbehaviorKind::DuplicateVote => v1beta2::MisbehaviorType::DuplicateVote.into(),
            MisbehaviorKind::LightClientAttack => v1beta2::MisbehaviorType::LightClientAttack.into(),
        },
        validator: Some(voter_to_wire(&misbehavior.validator, misbehavior.power)),
        height: signed(misbehavior.height),
        time: Some(time_to_wire(misbehavior.time_unix_ms)),
        total_voting_power: signed(misbehavior.total_power),
    };
    misbehavior.iter().map(one).collect()
}

fn voter_to_wire(address: &ConsensusAddress, power: u64) -> v1beta1::Validator {
    v1beta1::Validator { address: copied(address), power: signed(power) }
}

fn flag(signed: bool) -> i32 {
    if signed { BlockIdFlag::Commit.into() } else { BlockIdFlag::Absent.into() }
}

fn round_to_wire(round: u32) -> i32 {
    i32::try_from(round).unwrap_or(i32::MAX)
}

fn commit_to_wire(commit: &LastCommit) -> v1beta3::CommitInfo {
    let vote = |vote: &Vote| v1beta3::VoteInfo {
        validator: Some(voter_to_wire(&vote.validator, vote.power)),
        block_id_flag: flag(vote.signed),
    };
    let votes = commit.votes.iter().map(vote).collect();
    v1beta3::CommitInfo { round: round_to_wire(commit.round), votes }
}

fn extended_commit_to_wire(round: u32, votes: &[ExtendedVote]) -> v1beta3::ExtendedCommitInfo {
    let vote = |vote: &ExtendedVote| v1beta3::ExtendedVoteInfo {
        validator: Some(voter_to_wire(&vote.validator, vote.power)),
        vote_extension: copied(&vote.extension),
        extension_signature: copied(&vote.signature),
        block_id_flag: flag(vote.signed),
    };
    v1beta3::ExtendedCommitInfo { round: round_to_wire(round), votes: votes.iter().map(vote).collect() }
}
