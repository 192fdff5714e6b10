use chortle_kernel::{
    Address, Class, Ctx, Failure, Message, Reach, Reject, ensure, gas::leaves_gas, message, record,
};

use crate::{
    ballot::class_number,
    error::Error,
    event::RepresentativeSet,
    state::{REPRESENTATIVE, REPRESENTED},
};

record! {
    /// Names who may bring the sender's power to a vote while he has not voted himself; nobody if none is named. It
    /// moves no stake, and what was brought stays with the representative until the sender votes.
    pub struct SetRepresentative {
        /// Whom.
        #[serde(default)]
        pub representative: Option<Address>,
        /// For proposals of this class alone; for every class without a representative of its own if absent.
        #[serde(default)]
        pub class: Option<Class>,
    }
}

impl Message for SetRepresentative {
    const TAG: u8 = 4;
    const NAME: &'static str = "set_representative";
    const PAUSABLE: bool = false;
    const REACH: Reach = Reach::Right;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"representative":"lol1qurswpc8qurswpc8qurswpc8qurswpc8vepjwr","class":"treasury"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes one leaf and two lines of an index.
    fn gas(&self) -> u64 {
        leaves_gas(3, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (account, representative, class) = (ctx.signer()?, self.representative, self.class);
        ensure(representative != Some(account), Error::OwnRepresentative {})?;
        let number = class_number(class);
        let key = (account, number);
        if let Some(old) = REPRESENTATIVE.get(ctx.state, &key)? {
            REPRESENTED.remove(ctx.state, &(old, account, number));
        }
        match representative {
            Some(named) => {
                REPRESENTATIVE.set(ctx.state, &key, &named);
                REPRESENTED.set(ctx.state, &(named, account, number), &());
            }
            None => REPRESENTATIVE.remove(ctx.state, &key),
        }
        ctx.emit(&RepresentativeSet { account, class, representative });
        Ok(())
    }
}
