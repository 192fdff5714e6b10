//! From one trusted header to any later one, by the signatures of validators.

use std::time::Duration;

use tendermint::block::signed_header::SignedHeader;
use tendermint::{Hash, PublicKey, Time, validator, vote};
use tendermint_light_client_verifier::options::Options;
pub use tendermint_light_client_verifier::types::LightBlock;
use tendermint_light_client_verifier::types::TrustThreshold;
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier};

/// Headers from the future by more than this are refused.
const CLOCK_DRIFT: Duration = Duration::from_secs(10);

/// Why a header is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The header at the trusted height is another one.
    #[error(
        "the header at height {height} has hash {found}, trusted is {trusted}: this is another chain or a fork"
    )]
    OtherHeader {
        /// The trusted height.
        height: u64,
        /// What was found.
        found: Hash,
        /// What the caller trusts.
        trusted: Hash,
    },
    /// The first header is not of this genesis.
    #[error("the header at height {height} is not that of this genesis: {reason}")]
    OtherGenesis {
        /// Its height.
        height: u64,
        /// What does not fit.
        reason: String,
    },
    /// The parts do not belong together.
    #[error("the answer for height {height} contradicts itself: {reason}")]
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

/// What an attempt to go on came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The header is trusted from now on.
    Trusted,
    /// Too few of the trusted validators signed it; the header at this height, between the two, comes first.
    TooFar {
        /// Which to ask for.
        middle: u64,
    },
}

/// A header that is trusted, and the way to later ones.
pub struct Trust {
    trusted: LightBlock,
    options: Options,
}

impl Trust {
    /// Starts from a header that the caller trusts by its hash. The period must be shorter than the unbonding period:
    /// after it, old validators have nothing to lose.
    pub fn of_hash(block: LightBlock, hash: [u8; 32], period: Duration) -> Result<Self, HeaderError> {
        let height = block.height().value();
        let (found, trusted) = (block.signed_header.header.hash(), Hash::Sha256(hash));
        if found != trusted {
            return Err(HeaderError::OtherHeader { height, found, trusted });
        }
        Self::whole(&block)?;
        Ok(Self::from(block, period))
    }

    /// Starts from a genesis: its name, the height of its first block, and its first validators by key and power. The
    /// block is that first one, as they signed it.
    pub fn of_genesis(
        block: LightBlock,
        (chain_id, initial_height): (&str, u64),
        validators: &[([u8; 32], u64)],
        period: Duration,
    ) -> Result<Self, HeaderError> {
        let (height, header) = (block.height().value(), &block.signed_header.header);
        let other = |reason: String| HeaderError::OtherGenesis { height, reason };
        if height != initial_height {
            return Err(other(format!("the first block is {initial_height}")));
        }
        if header.chain_id.as_str() != chain_id {
            return Err(other(format!("it is of chain {}, not {chain_id}", header.chain_id)));
        }
        let first = set_of(validators).map_err(other)?;
        if header.validators_hash != first.hash() {
            return Err(other("other validators signed it than the genesis names".to_owned()));
        }
        Self::whole(&block)?;
        let (verifier, state) = (ProdVerifier::default(), block.as_untrusted_state());
        for verdict in [verifier.verify_validator_sets(&state), verifier.verify_commit(&state)] {
            if let Some(reason) = refused(verdict) {
                return Err(HeaderError::Invalid { height, reason });
            }
        }
        Ok(Self::from(block, period))
    }

    fn from(trusted: LightBlock, trusting_period: Duration) -> Self {
        let trust_threshold = TrustThreshold::ONE_THIRD;
        Self { trusted, options: Options { trust_threshold, trusting_period, clock_drift: CLOCK_DRIFT } }
    }

    fn whole(block: &LightBlock) -> Result<(), HeaderError> {
        let header = &block.signed_header.header;
        let whole = header.validators_hash == block.validators.hash()
            && header.next_validators_hash == block.next_validators.hash();
        if whole {
            return Ok(());
        }
        let reason = "the validators do not match the header".to_owned();
        Err(HeaderError::Contradiction { height: block.height().value(), reason })
    }

    /// The highest trusted height.
    pub fn height(&self) -> u64 {
        self.trusted.height().value()
    }

    /// The highest trusted header.
    pub fn header(&self) -> &SignedHeader {
        &self.trusted.signed_header
    }

    /// Judges a block against what is trusted, and trusts it from now on if it holds.
    pub fn extend(&mut self, block: LightBlock, now: Time) -> Result<Step, HeaderError> {
        let (height, trusted) = (block.height().value(), self.height());
        if height < trusted {
            return Err(HeaderError::BelowTrusted { height, trusted });
        }
        match self.verdict(&block, now) {
            Verdict::Success => {
                self.trusted = block;
                Ok(Step::Trusted)
            }
            Verdict::NotEnoughTrust(_) if height > trusted.saturating_add(1) => {
                Ok(Step::TooFar { middle: trusted + (height - trusted) / 2 })
            }
            verdict => {
                let reason = refused(verdict).unwrap_or_default();
                Err(HeaderError::Invalid { height, reason })
            }
        }
    }

    /// Judges a block from anywhere against what is trusted, and trusts nothing new.
    pub fn judge(&self, block: &LightBlock, now: Time) -> Result<(), HeaderError> {
        match refused(self.verdict(block, now)) {
            None => Ok(()),
            Some(reason) => Err(HeaderError::Invalid { height: block.height().value(), reason }),
        }
    }

    fn verdict(&self, block: &LightBlock, now: Time) -> Verdict {
        ProdVerifier::default().verify_update_header(
            block.as_untrusted_state(),
            self.trusted.as_trusted_state(),
            &self.options,
            now,
        )
    }
}

fn refused(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::Success => None,
        Verdict::NotEnoughTrust(tally) => Some(format!("not enough trust: {tally}")),
        Verdict::Invalid(reason) => Some(reason.to_string()),
    }
}

/// Validators by ed25519 key and power, as the engine orders them.
pub fn set_of(validators: &[([u8; 32], u64)]) -> Result<validator::Set, String> {
    let one = |(key, power): &([u8; 32], u64)| {
        let key = PublicKey::from_raw_ed25519(key).ok_or("a validator's key is no ed25519 key")?;
        let power = vote::Power::try_from(*power).map_err(|error| error.to_string())?;
        Ok::<_, String>(validator::Info::new(key, power))
    };
    let all = validators.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    Ok(validator::Set::new(all, None))
}
