use chortle_kernel::{Amount, Ctx, Failure, Message, Reach, Reject, ensure, message, record};

use crate::{error::Error, event, math, msg::ensure_description, stake, types::Description, validator};

record! {
    /// Changes what the sender's validator tells about itself, or raises its least self-bond.
    pub struct EditValidator {
        /// What it tells from now on.
        pub description: Description,
        /// Least stake of its own, in nlol: as it is, or higher.
        #[schemars(extend("x-unit" = "nlol"))]
        pub self_bond_min: Amount,
    }
}

impl Message for EditValidator {
    const TAG: u8 = 2;
    const NAME: &'static str = "edit_validator";
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"description":{"name":"north","uri":"https://north.example"},"self_bond_min":"5"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        ensure_description(&self.description)
    }

    /// Reads record, delegation, parameters; writes the record.
    fn gas(&self) -> u64 {
        math::leaves_gas(8, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let operator = ctx.signer()?;
        validator::validator(ctx.state, &operator)?;
        let (mut validator, found) = stake::self_bond(ctx, &operator)?;
        let min = validator.self_bond_min;
        ensure(self.self_bond_min >= min, Error::SelfBondMinFalls { min })?;
        let min = self.self_bond_min;
        ensure(min == validator.self_bond_min || found >= min, Error::SelfBondBelowMin { found, min })?;
        validator.description = self.description.clone();
        validator.self_bond_min = min;
        validator::save(ctx.state, ctx.block, &operator, &validator)?;
        ctx.emit(&event::ValidatorEdited { operator });
        Ok(())
    }
}
