//! The whole chain in this process: the node's state machine over a real store, played by the in-process driver.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use chortle_consensus::application::{ConsensusParams, Genesis, ValidatorPower};
use chortle_consensus::driver::{Driver, MempoolLimits, Produced, validator_key};
use chortle_kernel::Amount;
use chortle_kernel::tx::{ChainRef, Replay};
use chortle_node::genesis::plain_validator;
use chortle_node::state_machine::{Chain, Options};
use chortle_store::Store;

use crate::Account;
use crate::genesis::{BALANCE_NLOL, SELF_BOND_NLOL};

/// Name of the chain.
pub const CHAIN_ID: &str = "chortle-solo-1";
/// Time of its genesis.
pub const GENESIS_UNIX_MS: u64 = 1_800_000_000_000;
/// Time between two blocks.
pub const BLOCK_MS: u64 = 1_000;
/// Room for 40,000 transfers.
const BLOCK_BYTES_MAX: u64 = 16 << 20;
const BLOCK_GAS_MAX: u64 = 20_000_000_000;

/// A node that checks every invariant with each block, as all tests have it; benchmarks measure one that does not.
pub fn checked() -> Options {
    Options { check_invariants: true, ..Options::default() }
}

/// A funded chain of one node.
pub struct Solo {
    /// The state machine.
    pub chain: Chain,
    /// What plays it.
    pub driver: Driver,
    /// Accounts with LOL.
    pub accounts: Vec<Account>,
    /// What every transaction of the chain names.
    pub identity: ChainRef,
}

/// The genesis of these accounts, as an engine would hand it over.
pub fn genesis(accounts: &[Account]) -> Genesis {
    let mut sections = chortle_app::genesis::default_sections(&chortle_app::MODULES);
    let balance = BALANCE_NLOL.to_string();
    let entry = |account: &Account| serde_json::json!({ "address": account.address, "balance": balance });
    sections["token"]["accounts"] = accounts.iter().map(entry).collect();
    engine_genesis(&sections)
}

/// The same with staking: the driver's key validates for the first account.
pub fn staked_genesis(accounts: &[Account]) -> anyhow::Result<Genesis> {
    let mut sections: serde_json::Value = serde_json::from_slice(&genesis(accounts).app_state)?;
    let operator = accounts.first().context("staking needs an operator")?;
    let self_bond = Amount::new(SELF_BOND_NLOL).context("a self-bond is an amount")?;
    let (list, validator) = plain_validator(operator.address, validator_key(), "solo", self_bond)
        .map_err(|error| anyhow!(error))?;
    sections[list.section][list.list] = serde_json::json!([validator]);
    Ok(engine_genesis(&sections))
}

fn engine_genesis(sections: &serde_json::Value) -> Genesis {
    Genesis {
        time_unix_ms: GENESIS_UNIX_MS,
        chain_id: CHAIN_ID.to_owned(),
        initial_height: 1,
        params: ConsensusParams {
            block_bytes_max: BLOCK_BYTES_MAX,
            block_gas_max: BLOCK_GAS_MAX,
            evidence_age_blocks_max: 1_000,
            evidence_age_ns_max: 1_000_000_000_000,
            evidence_bytes_max: 65_536,
            vote_extensions_height: 1,
        },
        validators: vec![ValidatorPower { key: validator_key(), power: 10 }],
        app_state: Bytes::from(sections.to_string()),
    }
}

impl Solo {
    /// A chain in memory.
    pub fn memory(accounts: usize) -> anyhow::Result<Self> {
        let store = Store::memory(chortle_store::Options::default()).map_err(|error| anyhow!(error))?;
        let accounts = Account::many("solo", accounts);
        Self::over(store, genesis(&accounts), accounts, checked())
    }

    /// A chain in memory with staking.
    pub fn staked(accounts: usize) -> anyhow::Result<Self> {
        let store = Store::memory(chortle_store::Options::default()).map_err(|error| anyhow!(error))?;
        let accounts = Account::many("solo", accounts);
        Self::over(store, staked_genesis(&accounts)?, accounts, checked())
    }

    /// A chain in a directory; opened again, it goes on where it stood.
    pub fn on_disk(path: &Path, accounts: usize, options: Options) -> anyhow::Result<Self> {
        Self::on_disk_with(path, accounts, options, |store| store)
    }

    /// The same over a store that is altered once it is open.
    pub fn on_disk_with(
        path: &Path,
        accounts: usize,
        options: Options,
        alter: impl FnOnce(Store) -> Store,
    ) -> anyhow::Result<Self> {
        let store = Store::open(path, chortle_store::Options::default()).context("opening the store")?;
        let accounts = Account::many("solo", accounts);
        Self::over(alter(store), genesis(&accounts), accounts, options)
    }

    fn over(
        store: Store,
        genesis: Genesis,
        accounts: Vec<Account>,
        options: Options,
    ) -> anyhow::Result<Self> {
        let chain = Chain::open(store, options).map_err(|halt| anyhow!(halt))?;
        let last = chain.status().ok().filter(|status| status.height > 0).map(|status| status.time_unix_ms);
        let limits = MempoolLimits { txs_max: 200_000, size_bytes_max: 1 << 30 };
        let driver =
            Driver::start(Arc::new(chain.clone()), genesis, limits, last).map_err(|halt| anyhow!(halt))?;
        let status = chain.status().map_err(|error| anyhow!(error.to_string()))?;
        let identity = ChainRef::of(&status.chain_id, status.genesis_hash).map_err(|error| anyhow!(error))?;
        Ok(Self { chain, driver, accounts, identity })
    }

    /// Time of the next block.
    pub fn next_time_unix_ms(&self) -> u64 {
        self.driver.last_time_unix_ms().unwrap_or(GENESIS_UNIX_MS) + BLOCK_MS
    }

    /// Makes a block of exactly these bytes.
    pub fn block(&self, txs: Vec<Bytes>) -> anyhow::Result<Produced> {
        Ok(self.driver.run_block(txs, self.next_time_unix_ms())?)
    }

    /// A signed transfer between two of the accounts.
    pub fn transfer(&self, from: usize, sequence: u64, to: usize, nlol: u64) -> anyhow::Result<Bytes> {
        let account =
            |number: usize| self.accounts.get(number).with_context(|| format!("no account {number}"));
        let to = account(to)?.address;
        Ok(account(from)?.transfer(&self.identity, Replay::Sequence(sequence), 0, to, nlol)?.into())
    }
}
