//! A light client over CometBFT's RPC: from one trusted header to any later one, checking signatures instead of
//! trusting the node asked.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use chortle_light::header::{HeaderError, LightBlock};
use chortle_light::header::{Step, Trust};
use tendermint::block::signed_header::SignedHeader;
use tendermint::{Time, account, node, validator};

use super::rpc::{Rpc, RpcError};

/// Why a header is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum LightError {
    /// The node does not answer, or not as it should.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// What it answers is not believed.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

/// A header that is trusted, and the way to later ones.
pub struct LightClient {
    rpc: Rpc,
    trust: Trust,
}

impl LightClient {
    /// Starts from a header that the caller trusts by its hash.
    ///
    /// `trusting_period` must be shorter than the unbonding period: after it, old validators have nothing to
    /// lose.
    pub async fn trust(
        rpc: Rpc,
        height: u64,
        hash: [u8; 32],
        trusting_period: Duration,
    ) -> Result<Self, LightError> {
        let trust = Trust::of_hash(fetch(&rpc, height).await?, hash, trusting_period)?;
        Ok(Self { rpc, trust })
    }

    /// The highest trusted height.
    pub fn height(&self) -> u64 {
        self.trust.height()
    }

    /// The highest trusted header.
    pub fn header(&self) -> &SignedHeader {
        self.trust.header()
    }

    /// Verifies the header at `height` and trusts it from now on; skips heights where a third of the trusted
    /// validators still signs, and halves the step where not.
    pub async fn verify(&mut self, height: u64) -> Result<&SignedHeader, LightError> {
        if height < self.height() {
            return Err(HeaderError::BelowTrusted { height, trusted: self.height() }.into());
        }
        while self.height() < height {
            let mut next = height;
            while let Step::TooFar { middle } = self.trust.extend(fetch(&self.rpc, next).await?, now())? {
                next = middle;
            }
        }
        Ok(self.trust.header())
    }

    /// Judges a block from anywhere against what is trusted, and trusts nothing new.
    pub fn judge(&self, untrusted: &LightBlock) -> Result<(), LightError> {
        Ok(self.trust.judge(untrusted, now())?)
    }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    Time::from_unix_timestamp(seconds, since.subsec_nanos()).unwrap_or_else(|_| Time::unix_epoch())
}

/// Fetches a header, its commit and the validators around it; nothing is verified yet.
pub async fn fetch(rpc: &Rpc, height: u64) -> Result<LightBlock, LightError> {
    let signed_header = rpc.commit(height).await?.signed_header;
    let found = signed_header.header.height.value();
    if found != height {
        let reason = format!("it is for height {found}");
        return Err(HeaderError::Contradiction { height, reason }.into());
    }
    let proposer = signed_header.header.proposer_address;
    let validators = set(rpc.validators(height).await?.validators, Some(proposer));
    let next_validators = set(rpc.validators(height + 1).await?.validators, None);
    let provider = node::Id::new([0; 20]);
    Ok(LightBlock::new(signed_header, validators, next_validators, provider))
}

fn set(validators: Vec<validator::Info>, proposer: Option<account::Id>) -> validator::Set {
    let proposer =
        proposer.and_then(|proposer| validators.iter().find(|one| one.address == proposer).cloned());
    validator::Set::new(validators, proposer)
}
