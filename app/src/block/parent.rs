//! What a block stands on.

use std::sync::Arc;

use chortle_kernel::ReadState;

use crate::modules::Registry;

/// What a block stands on: the chain's modules, and the state that the block before left.
#[derive(Clone)]
pub struct Parent {
    /// The modules.
    pub registry: &'static Registry,
    /// The state.
    pub state: Arc<dyn ReadState>,
}
