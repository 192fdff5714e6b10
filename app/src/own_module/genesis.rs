//! The section `app` of the genesis document.

use chortle_kernel::{
    Ctx, GenesisError, GenesisSection, Halt, Params as _, ReadState, dispatch,
    gate::{PAUSES, Pause, Pauses},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{last_block::LastBlock, params::Params, state};

/// The app's section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Section {
    /// What governance can set.
    pub params: Params,
    /// Number of the first epoch: an exported chain goes on counting.
    pub epoch: u64,
    /// What is paused from the start.
    pub pauses: Vec<Pause>,
}

impl GenesisSection for Section {
    fn validate(&self) -> Result<(), GenesisError> {
        let within =
            |error: GenesisError| GenesisError::at(format!("/params{}", error.pointer), error.sentence);
        self.params.validate().map_err(within)
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        state::PARAMS.set(ctx.state, &self.params);
        let last = LastBlock {
            height: ctx.block.height,
            time_unix_ms: ctx.block.time_unix_ms,
            epoch: self.epoch,
            epoch_began_unix_ms: ctx.block.time_unix_ms,
        };
        state::LAST_BLOCK.set(ctx.state, &last);
        PAUSES.set(ctx.state, &Pauses::NONE);
        for (index, pause) in self.pauses.iter().enumerate() {
            dispatch::begin_pause(ctx, pause.clone())
                .map_err(|failure| GenesisError::at(format!("/pauses/{index}"), failure.to_string()))?;
        }
        Ok(())
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let params = state::PARAMS.get(state)?.ok_or_else(|| Halt::new("the state has no genesis"))?;
        let epoch = state::LAST_BLOCK.get(state)?.map_or(0, |block| block.epoch);
        Ok(Self { params, epoch, pauses: Pauses::read(state)?.iter().cloned().collect() })
    }
}
