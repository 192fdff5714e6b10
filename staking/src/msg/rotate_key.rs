use chortle_kernel::{
    Bytes, Ctx, Failure, Message, Reach, Reject, ensure, message, record, signature::Authenticator,
};

use crate::{base, error::Error, event, math, state::BY_KEY, types::ConsensusKey, validator};

record! {
    /// Gives the sender's validator another consensus key. The old ones stay bound to it for ever.
    pub struct RotateKey {
        /// The new key.
        pub key: ConsensusKey,
        /// The new key's signature over the digest of chain and operator, 64 bytes.
        pub proof: Bytes<64>,
    }
}

impl Message for RotateKey {
    const TAG: u8 = 4;
    const NAME: &'static str = "rotate_key";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"key":"0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
            "proof":"0xefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads record, key, parameters, balance, supply; writes record, key, rank, balance, supply; a signature.
    fn gas(&self) -> u64 {
        math::leaves_gas(8, 6).saturating_add(100_000)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let operator = ctx.signer()?;
        let mut validator = validator::validator(ctx.state, &operator)?;
        let params = validator::params(ctx.state)?;
        let now = ctx.block.time_unix_ms;
        ensure(!validator.tombstoned, Error::Tombstoned { operator })?;
        let until_unix_ms = validator.rotated_unix_ms.saturating_add(params.unbonding_ms);
        let rested = validator.rotated_unix_ms == 0 || now >= until_unix_ms;
        ensure(rested, Error::RotatedLately { until_unix_ms })?;
        let address = self.key.address();
        ensure(!BY_KEY.has(ctx.state, &address)?, Error::KeyUsed { key: self.key.to_string() })?;
        let bad = || Error::BadProof { key: self.key.to_string() };
        let signature = <[u8; 64]>::try_from(&*self.proof).map_err(|_| Failure::from(bad()))?;
        let digest = ConsensusKey::proof_digest(&ctx.block.chain_id, &operator);
        let claim = Authenticator::Ed25519 { key: self.key.0, signature };
        ensure(claim.verify(&digest).is_some(), bad())?;
        chortle_token::burn(ctx, &operator, base::lol(params.rotation_fee))?;
        let from = std::mem::replace(&mut validator.key, self.key);
        validator.rotated_unix_ms = now;
        BY_KEY.set(ctx.state, &address, &operator);
        validator::save(ctx.state, ctx.block, &operator, &validator)?;
        ctx.emit(&event::KeyRotated { operator, from, to: self.key });
        Ok(())
    }
}
