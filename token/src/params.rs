//! Parameters: which values hold.

use chortle_kernel::{GenesisError, Item};

use crate::{state::PARAMS, types::Params};

impl chortle_kernel::Params for Params {
    const PATH: &'static str = "token/params";
    const ITEM: Item<Self> = PARAMS;

    /// Any fee that can be paid is one.
    fn validate(&self) -> Result<(), GenesisError> {
        Ok(())
    }
}
