//! Everything around a real CometBFT: its binary, its home, its process, its RPC, and a light client.

pub mod binary;
mod genesis;
pub mod home;
pub mod http;
pub mod keys;
pub mod light;
mod log;
pub mod ports;
pub mod process;
pub mod rpc;

pub use genesis::{EngineGenesis, GenesisValidator};
