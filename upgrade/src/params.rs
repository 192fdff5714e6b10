//! Which values the parameters may have.

use chortle_kernel::{GenesisError, Item, params::ensure_within};

use crate::{
    state::PARAMS,
    types::{AHEAD_BLOCKS_MAX, Params},
};

impl chortle_kernel::Params for Params {
    const PATH: &'static str = "upgrade/params";
    const ITEM: Item<Self> = PARAMS;

    /// A notice longer than a plan may be ahead would end all upgrades.
    fn validate(&self) -> Result<(), GenesisError> {
        ensure_within(&[("notice_blocks", self.notice_blocks, (1, AHEAD_BLOCKS_MAX.saturating_div(40)))])
    }
}
