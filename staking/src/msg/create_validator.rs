use chortle_kernel::{
    Address, Amount, Bytes, Ctx, Failure, Message, Reach, Reject, ensure, message, record,
    signature::Authenticator,
};

use crate::{
    error::Error,
    event, math,
    msg::{ensure_description, take_stake},
    state::{BY_KEY, VALIDATOR},
    types::{Commission, ConsensusKey, Description, Validator, Wide},
    validator,
};

record! {
    /// Creates a validator of the sender, with its own stake and a consensus key that it proves to hold.
    pub struct CreateValidator {
        /// Consensus key.
        pub key: ConsensusKey,
        /// The key's signature over the digest of chain and operator, 64 bytes.
        pub proof: Bytes<64>,
        /// Stake of its own, in nlol.
        #[schemars(extend("x-unit" = "nlol"))]
        pub self_bond: Amount,
        /// Least stake of its own; it only rises.
        #[schemars(extend("x-unit" = "nlol"))]
        pub self_bond_min: Amount,
        /// Commission, in basis points.
        pub commission_bps: u64,
        /// Highest commission ever.
        pub ceiling_bps: u64,
        /// Largest rise at a time.
        pub step_bps: u64,
        /// What it tells about itself.
        pub description: Description,
    }
}

impl CreateValidator {
    fn ensure_proof(&self, chain_id: &str, operator: &Address) -> Result<(), Reject> {
        let bad = || Error::BadProof { key: self.key.to_string() };
        let signature = <[u8; 64]>::try_from(&*self.proof).map_err(|_| bad())?;
        let claim = Authenticator::Ed25519 { key: self.key.0, signature };
        let digest = ConsensusKey::proof_digest(chain_id, operator);
        claim.verify(&digest).map(drop).ok_or(bad().into())
    }
}

/// Writes a new validator with its first stake; genesis calls it without a proof.
pub(crate) fn create(ctx: &mut Ctx<'_>, operator: &Address, wish: &CreateValidator) -> Result<(), Failure> {
    let params = validator::params(ctx.state)?;
    ensure(VALIDATOR.get(ctx.state, operator)?.is_none(), Error::AlreadyValidator { operator: *operator })?;
    let address = wish.key.address();
    ensure(!BY_KEY.has(ctx.state, &address)?, Error::KeyUsed { key: wish.key.to_string() })?;
    let (found, min) = (wish.self_bond_min, params.self_bond_min);
    ensure(found >= min, Error::SelfBondBelowMin { found, min })?;
    let (found, min) = (wish.commission_bps, params.commission_min_bps);
    ensure(found >= min, Error::CommissionBelowMin { found, min })?;

    let validator = Validator {
        key: wish.key,
        description: wish.description.clone(),
        commission: Commission {
            rate_bps: wish.commission_bps,
            ceiling_bps: wish.ceiling_bps,
            step_bps: wish.step_bps,
            announced_bps: None,
            announced_epoch: 0,
            changed_unix_ms: 0,
        },
        self_bond_min: wish.self_bond_min,
        tokens: Amount::ZERO,
        shares: Wide(0),
        delegators: 0,
        owed: Amount::ZERO,
        moved: 0,
        bonded: false,
        unbonding_until_unix_ms: 0,
        jailed: false,
        jailed_until_unix_ms: 0,
        tombstoned: false,
        rotated_unix_ms: 0,
        graves: Vec::new(),
        created_height: ctx.block.height,
    };
    BY_KEY.set(ctx.state, &address, operator);
    validator::save(ctx.state, ctx.block, operator, &validator)?;
    ctx.emit(&event::ValidatorCreated { operator: *operator, key: wish.key });
    take_stake(ctx, operator, operator, wish.self_bond, validator.bonded)
}

impl Message for CreateValidator {
    const TAG: u8 = 1;
    const NAME: &'static str = "create_validator";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"ceiling_bps":2000,"commission_bps":500,"description":{"name":"north",
            "uri":"https://north.example"},
            "key":"0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
            "proof":"0xefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef",
            "self_bond":"5","self_bond_min":"4","step_bps":100}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        let (found, min) = (self.self_bond, self.self_bond_min);
        ensure(found >= min, Error::SelfBondBelowMin { found, min })?;
        let (found, ceiling) = (self.commission_bps, self.ceiling_bps);
        ensure(found <= ceiling, Error::CommissionAboveCeiling { found, ceiling })?;
        let (found, ceiling) = (self.ceiling_bps, math::ONE_BPS);
        ensure(found <= ceiling, Error::CommissionAboveCeiling { found, ceiling })?;
        let (rise, step) = (self.step_bps, math::ONE_BPS);
        ensure(rise <= step, Error::CommissionStep { rise, step })?;
        ensure_description(&self.description)
    }

    /// Reads parameters, record, key, balances; writes record, key, rank, history, delegation, balances; a signature.
    fn gas(&self) -> u64 {
        math::leaves_gas(18, 12).saturating_add(100_000)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let operator = ctx.signer()?;
        validator::params(ctx.state)?;
        self.ensure_proof(&ctx.block.chain_id, &operator)?;
        create(ctx, &operator, self)
    }
}
