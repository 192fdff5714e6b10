use chortle_kernel::{
    Authority, Ctx, Failure, Message, Reject, Router, Text,
    gate::{self, Class},
    record,
};
use serde_json::{Map, Value};

use super::ParamChanged;

/// Longest text of changes: every parameter of the largest set, several times over.
const CHANGES_BYTES_MAX: usize = 4_096;
/// Two leaves, and the checks of the widest set.
const GAS: u64 = 400_000;

record! {
    /// Sets parameters of a module or of the engine: all that are named, or none. For governance.
    pub struct SetParams {
        /// The set, such as `staking/params` or `app/engine`.
        pub path: Text<64>,
        /// New values by name, as a JSON object: `{"unbonding_ms":1814400000}`.
        #[schemars(extend("format" = "changes"))]
        pub changes: Text<CHANGES_BYTES_MAX>,
    }
}

impl SetParams {
    fn fields(&self) -> Result<Map<String, Value>, Reject> {
        let refused = |reason: String| gate::Error::ParamsRefused { path: self.path.to_string(), reason };
        let fields: Map<String, Value> = serde_json::from_str(&self.changes)
            .map_err(|error| refused(format!("the changes are no JSON object: {error}")))?;
        chortle_kernel::ensure(!fields.is_empty(), refused("the changes name nothing".to_owned()))?;
        Ok(fields)
    }
}

impl Message for SetParams {
    const TAG: u8 = 1;
    const NAME: &'static str = "set_params";
    const AUTHORITY: Authority = Authority::Governance;
    const PAUSABLE: bool = false;

    fn examples() -> Vec<Self> {
        let text = |path: &str, changes: &str| {
            Some(Self { path: Text::parse(path).ok()?, changes: Text::parse(changes).ok()? })
        };
        [text("app/params", r#"{"gas_price_min":2}"#)].into_iter().flatten().collect()
    }

    fn check(&self) -> Result<(), Reject> {
        self.fields().map(drop)
    }

    fn gas(&self) -> u64 {
        GAS
    }

    fn class(&self, router: &dyn Router) -> Class {
        router.params_class(&self.path)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let fields = self.fields()?;
        let router = ctx.router();
        for changed in router.set_params(ctx, &self.path, &fields)? {
            let (path, name) = (self.path.to_string(), changed.name);
            ctx.emit(&ParamChanged { path, name, old: changed.old, new: changed.new });
        }
        Ok(())
    }
}
