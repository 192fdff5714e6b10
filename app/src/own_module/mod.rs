//! The app as a module: the pipeline's own parameters, keys, codes and reads, and the one message that sets the
//! parameters of every module. It stands first in the list.

mod event;
mod genesis;
mod set_params;

use chortle_kernel::{EngineParams, GenesisKind, MessageKind, Module, ParamsKind};

pub use event::{AttestationRefused, ParamChanged};
pub use genesis::Section;
pub use set_params::SetParams;

use crate::{error::Error, params::Params, query, state};

/// Name of the app's section, codespace and keys.
pub const NAME: &str = "app";

/// The app, as the list has it.
pub static MODULE: Module = Module {
    messages: &[MessageKind::of::<SetParams>()],
    queries: query::QUERIES,
    events: event::EVENTS,
    errors: Error::CATALOGUE,
    keys: state::KEYS,
    params: &[ParamsKind::of::<Params>(), ParamsKind::of::<EngineParams>()],
    genesis: GenesisKind::of::<Section>(),
    ..Module::named(NAME)
};
