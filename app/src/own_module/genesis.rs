//! The section `app` of the genesis document.

use chortle_kernel::{
    Ctx, GenesisError, GenesisSection, Halt, Params as _, ReadState, dispatch,
    gate::{PAUSES, Pause, Pauses},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    last_block::LastBlock,
    param_history::{self, ParamPoint},
    params::Params,
    state,
};

/// The app's section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Section {
    /// What governance can set.
    pub params: Params,
    /// Number of the first epoch: an exported chain goes on counting.
    pub epoch: u64,
    /// When that epoch began, in milliseconds since 1970: the time of genesis if absent, an earlier one in an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch_began_unix_ms: Option<u64>,
    /// What is paused from the start.
    pub pauses: Vec<Pause>,
    /// What parameters were and became before: an export brings it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub param_history: Vec<ParamPoint>,
}

impl GenesisSection for Section {
    fn validate(&self) -> Result<(), GenesisError> {
        let within =
            |error: GenesisError| GenesisError::at(format!("/params{}", error.pointer), error.sentence);
        self.params.validate().map_err(within)?;
        param_history::validate(&self.param_history)
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        state::PARAMS.set(ctx.state, &self.params);
        let time_unix_ms = ctx.block.time_unix_ms;
        let epoch_began_unix_ms = self.epoch_began_unix_ms.unwrap_or(time_unix_ms);
        if epoch_began_unix_ms > time_unix_ms {
            let sentence = format!("the first epoch cannot begin after genesis, at {time_unix_ms}");
            return Err(GenesisError::at("/epoch_began_unix_ms", sentence));
        }
        let height = ctx.block.height;
        let last = LastBlock { height, time_unix_ms, epoch: self.epoch, epoch_began_unix_ms };
        state::LAST_BLOCK.set(ctx.state, &last);
        param_history::carry(ctx.state, &self.param_history, height)?;
        PAUSES.set(ctx.state, &Pauses::NONE);
        for (index, pause) in self.pauses.iter().enumerate() {
            dispatch::begin_pause(ctx, pause.clone())
                .map_err(|failure| GenesisError::at(format!("/pauses/{index}"), failure.to_string()))?;
        }
        Ok(())
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let params = state::PARAMS.get(state)?.ok_or_else(|| Halt::new("the state has no genesis"))?;
        let last = state::LAST_BLOCK.get(state)?;
        let epoch = last.as_ref().map_or(0, |block| block.epoch);
        let epoch_began_unix_ms = last.map(|block| block.epoch_began_unix_ms);
        Ok(Self {
            params,
            epoch,
            epoch_began_unix_ms,
            pauses: Pauses::read(state)?.iter().cloned().collect(),
            param_history: param_history::export(state)?,
        })
    }
}
