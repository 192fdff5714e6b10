//! The one router of every message of every origin: user, shared account, governance, scheduler.

use chortle_kernel::{
    Call, Changed, Ctx, Failure, Reject, Router,
    dispatch::{decode_carried, run_call},
    gate::{self, Class, Reach},
    tx::RawMessage,
};
use serde_json::{Map, Value};

use crate::{error::Error, modules::Registry};

impl Router for Registry {
    fn decode(&self, raw: &RawMessage, depth: u8) -> Result<Call, Reject> {
        let unknown = || Error::UnknownMessage { module: raw.module, tag: raw.tag };
        let (row, kind) = self.kind(raw.module, raw.tag).ok_or_else(unknown)?;
        let malformed = |reason| Error::MalformedMessage { name: kind.name.to_owned(), reason };
        let message = (kind.decode)(&raw.body).map_err(malformed)?;
        message.check()?;
        let (carried, runs) = decode_carried(self, message.as_ref(), depth)?;
        Ok(Call {
            module: row.module.name,
            verb: kind.name,
            powers: row.powers,
            authority: kind.authority,
            pausable: kind.pausable,
            reach: kind.reach,
            class: message.class(self),
            message,
            carried,
            runs,
        })
    }

    fn run(&self, ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Failure> {
        run_call(ctx, call)
    }

    fn set_params(
        &self,
        ctx: &mut Ctx<'_>,
        path: &str,
        fields: &Map<String, Value>,
    ) -> Result<Vec<Changed>, Failure> {
        let unknown = || gate::Error::NoParams { path: path.to_owned() };
        (self.params(path).ok_or_else(unknown)?.set)(ctx, fields)
    }

    fn params_class(&self, path: &str) -> Class {
        self.params(path).map_or(Class::Act, |params| params.class)
    }

    fn reach(&self, module: &str, verb: &str) -> Option<Reach> {
        self.tags(module, verb).map(|(_, kind)| kind.reach)
    }
}

/// Runs calls in order, all of them or none: the first failure unwinds every write and every effect.
pub fn run(ctx: &mut Ctx<'_>, calls: &[Call]) -> Result<(), Failure> {
    let router = ctx.router();
    ctx.attempt(|ctx| calls.iter().try_for_each(|call| router.run(ctx, call)))
}
