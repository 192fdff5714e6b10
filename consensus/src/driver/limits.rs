//! The engine's limits as the driver keeps them: what CometBFT refuses, the driver refuses too.

use crate::application::{ConsensusParams, Misbehavior};

/// What CometBFT carries at most.
const BLOCK_BYTES_HARD_MAX: u64 = 100 * 1_024 * 1_024;
/// What CometBFT reckons for a piece of evidence.
const EVIDENCE_BYTES: u64 = 444;

/// Why CometBFT would stop at new limits that the block at `height` answers.
pub(super) fn refusal(old: &ConsensusParams, new: &ConsensusParams, height: u64) -> Option<String> {
    let (was, is) = (old.vote_extensions_height, new.vote_extensions_height);
    if new.block_bytes_max == 0 || new.block_bytes_max > BLOCK_BYTES_HARD_MAX {
        return Some(format!(
            "a block of {} bytes: 1 to {BLOCK_BYTES_HARD_MAX} are allowed",
            new.block_bytes_max
        ));
    }
    if new.evidence_bytes_max > new.block_bytes_max {
        return Some(format!(
            "{} bytes of evidence do not fit into a block of {}",
            new.evidence_bytes_max, new.block_bytes_max
        ));
    }
    if new.evidence_age_blocks_max == 0 || new.evidence_age_ns_max == 0 {
        return Some("evidence must be allowed to be older than nothing".to_owned());
    }
    if was == is {
        return None;
    }
    if was != 0 && (is == 0 || was <= height) {
        return Some(format!("vote extensions are settled to be on from height {was}: that stays"));
    }
    (is <= height).then(|| format!("vote extensions cannot be on from height {is}: it is {height} already"))
}

/// Why CometBFT would never put this evidence into a block after the last one, at `height` and `time_unix_ms`.
pub(super) fn evidence_refusal(
    params: &ConsensusParams,
    evidence: &[Misbehavior],
    height: u64,
    time_unix_ms: u64,
) -> Option<String> {
    let size_bytes = (evidence.len() as u64).saturating_mul(EVIDENCE_BYTES);
    if size_bytes > params.evidence_bytes_max {
        let pieces = evidence.len();
        return Some(format!(
            "{pieces} pieces take {size_bytes} bytes, a block has room for {}",
            params.evidence_bytes_max
        ));
    }
    let too_old = |piece: &&Misbehavior| {
        let blocks = height.saturating_sub(piece.height);
        let ns = u128::from(time_unix_ms.saturating_sub(piece.time_unix_ms)) * 1_000_000;
        blocks > params.evidence_age_blocks_max && ns > u128::from(params.evidence_age_ns_max)
    };
    let piece = evidence.iter().find(too_old)?;
    Some(format!(
        "that of height {} is older than both {} blocks and {} ns",
        piece.height, params.evidence_age_blocks_max, params.evidence_age_ns_max
    ))
}
