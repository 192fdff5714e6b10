//! A light client: from one trusted header to any later one, checking signatures instead of trusting the node
//! asked.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tendermint::block::signed_header::SignedHeader;
use tendermint::{Hash, Time, account, node, validator};
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{LightBlock, TrustThreshold};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier};

use super::rpc::{Rpc, RpcError};

/// Headers from the future by more than this are refused.
const CLOCK_DRIFT: Duration = Duration::from_secs(10);

/// Why a header is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum LightError {
    /// The node does not answer, or not as it should.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The node's header at the trusted height is another one.
    #[error(
        "the header at height {height} has hash {found}, trusted is {trusted}: this is another chain \
         or a fork"
    )]
    OtherHeader {
        /// The trusted height.
        height: u64,
        /// What the node shows.
        found: Hash,
        /// What the caller trusts.
        trusted: Hash,
    },
    /// The parts that the node gave do not belong together.
    #[error("the node's answer for height {height} contradicts itself: {reason}")]
    Contradiction {
        /// The height.
        height: u64,
        /// What does not match.
        reason: String,
    },
    /// The signatures do not carry the header.
    #[error("the header at height {height} is refused: {reason}")]
    Invalid {
        /// The height.
        height: u64,
        /// The verifier's sentence.
        reason: String,
    },
    /// Only forward.
    #[error("height {height} is below the trusted height {trusted}")]
    BelowTrusted {
        /// What was asked for.
        height: u64,
        /// What is trusted.
        trusted: u64,
    },
}

/// A header that is trusted, and the way to later ones.
pub struct LightClient {
    rpc: Rpc,
    trusted: LightBlock,
    options: Options,
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
        let trusted = fetch(&rpc, height).await?;
        let (found, hash) = (trusted.signed_header.header.hash(), Hash::Sha256(hash));
        if found != hash {
            return Err(LightError::OtherHeader { height, found, trusted: hash });
        }
        let header = &trusted.signed_header.header;
        let whole = header.validators_hash == trusted.validators.hash()
            && header.next_validators_hash == trusted.next_validators.hash();
        if !whole {
            let reason = "the validators do not match the header".to_owned();
            return Err(LightError::Contradiction { height, reason });
        }
        let options =
            Options { trust_threshold: TrustThreshold::ONE_THIRD, trusting_period, clock_drift: CLOCK_DRIFT };
        Ok(Self { rpc, trusted, options })
    }

    /// The highest trusted height.
    pub fn height(&self) -> u64 {
        self.trusted.height().value()
    }

    /// The highest trusted header.
    pub fn header(&self) -> &SignedHeader {
        &self.trusted.signed_header
    }

    /// Verifies the header at `height` and trusts it from now on; skips heights where a third of the trusted
    /// validators still signs, and halves the step where not.
    pub async fn verify(&mut self, height: u64) -> Result<&SignedHeader, LightError> {
        if height < self.height() {
            return Err(LightError::BelowTrusted { height, trusted: self.height() });
        }
        let mut targets = Vec::new();
        if height > self.height() {
            targets.push(fetch(&self.rpc, height).await?);
        }
        while let Some(target) = targets.last() {
            let at = target.height().value();
            match verdict(&self.trusted, target, &self.options, now()) {
                Verdict::Success => self.trusted = targets.pop().expect("the loop has looked at this target"),
                Verdict::NotEnoughTrust(_) if at > self.height() + 1 => {
                    let middle = self.height() + (at - self.height()) / 2;
                    targets.push(fetch(&self.rpc, middle).await?);
                }
                Verdict::NotEnoughTrust(tally) => {
                    return Err(LightError::Invalid {
                        height: at,
                        reason: format!("not enough trust: {tally}"),
                    });
                }
                Verdict::Invalid(reason) => {
                    return Err(LightError::Invalid { height: at, reason: reason.to_string() });
                }
            }
        }
        Ok(&self.trusted.signed_header)
    }

    /// Judges a block from anywhere against what is trusted, and trusts nothing new.
    pub fn judge(&self, untrusted: &LightBlock) -> Result<(), LightError> {
        let height = untrusted.height().value();
        match verdict(&self.trusted, untrusted, &self.options, now()) {
            Verdict::Success => Ok(()),
            Verdict::NotEnoughTrust(tally) => {
                Err(LightError::Invalid { height, reason: format!("not enough trust: {tally}") })
            }
            Verdict::Invalid(reason) => Err(LightError::Invalid { height, reason: reason.to_string() }),
        }
    }
}

fn verdict(trusted: &LightBlock, untrusted: &LightBlock, options: &Options, now: Time) -> Verdict {
    ProdVerifier::default().verify_update_header(
        untrusted.as_untrusted_state(),
        trusted.as_trusted_state(),
        options,
        now,
    )
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
        return Err(LightError::Contradiction { height, reason: format!("it is for height {found}") });
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
