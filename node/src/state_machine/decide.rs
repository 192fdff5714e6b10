//! What is decided: genesis, a block, its commit. Only these may halt.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use chortle_app::{BlockHead, LastCommitHead, Ran, Receipt, TxRecord, genesis::Start, invariant};
use chortle_consensus::application::{
    Block, BlockOutcome, CommitOutcome, Genesis, GenesisOutcome, TxOutcome,
};
use chortle_kernel::{EventRecord, Halt, State, codec, hash::Hash, state::Writes};
use chortle_store::{BlockResults, Identity, TxResult};
use serde_json::Value;

use super::{Chain, Finalized, lock, ran::RanBlock};

impl Chain {
    pub(super) fn decide_genesis(&self, genesis: &Genesis) -> Result<GenesisOutcome, Halt> {
        let sections: Value = serde_json::from_slice(&genesis.app_state)
            .map_err(|error| Halt::new(format!("app_state of the genesis document is not JSON: {error}")))?;
        let start = Start {
            chain_id: &genesis.chain_id,
            initial_height: genesis.initial_height,
            time_unix_ms: genesis.time_unix_ms,
            engine: &genesis.params,
            validators: &genesis.validators,
            sections: &sections,
        };
        // An empty base: a repeated genesis must not see what the first one wrote.
        let mut state = State::over(Arc::new(BTreeMap::new()));
        let mut asked = chortle_app::genesis::init(self.inner.registry, &start, &mut state)
            .map_err(|error| Halt::new(format!("the genesis document does not hold: /app_state{error}")))?;
        let identity = Identity { chain_id: genesis.chain_id.clone(), genesis_hash: start.hash() };
        let app_hash = self
            .inner
            .store
            .init_genesis(&identity, genesis.initial_height, state.into_writes())
            .map_err(|error| Halt::new(error.to_string()))?;
        self.reset_check()?;
        Ok(GenesisOutcome { app_hash, validators: asked.take_validator_updates() })
    }

    pub(super) fn decide_block(&self, block: Block) -> Result<BlockOutcome, Halt> {
        let RanBlock { ran: Ran { mut result, receipts }, tx_ids } = self.run_decided(&block)?;
        let height = block.header.height;
        self.check_invariants(&result.writes)?;
        let staged = self.inner.store.stage(height, std::mem::take(&mut result.writes))?;
        let app_hash = staged.app_hash;
        let txs = receipts.iter().map(outcome_of).collect();
        let results = results(&block, app_hash, &result.events, receipts, &tx_ids)?;
        *lock(&self.inner.finalized) = Some(Finalized { staged, results, tx_ids });
        Ok(BlockOutcome { txs, validator_updates: result.validator_updates, params: result.engine, app_hash })
    }

    /// Refuses writes that break an invariant, where the node is told to look: networks of tests always are.
    fn check_invariants(&self, writes: &Writes) -> Result<(), Halt> {
        if !self.inner.options.check_invariants {
            return Ok(());
        }
        let mut state = State::over(Arc::new(self.inner.store.latest()));
        for (key, value) in writes {
            match value {
                Some(value) => state.set(key.clone(), value.clone()),
                None => state.remove(key.clone()),
            }
        }
        invariant::check(self.inner.registry, &state).map_err(Halt::new)
    }

    pub(super) fn make_durable(&self) -> Result<CommitOutcome, Halt> {
        let finalized = lock(&self.inner.finalized).take();
        let Finalized { staged, results, tx_ids } =
            finalized.ok_or_else(|| Halt::new("a commit came without a finalized block"))?;
        self.inner.store.commit(staged, Some(results))?;
        self.inner.verified.remove_all(&tx_ids);
        self.reset_check()?;
        let height = self.inner.store.committed().map_or(0, |committed| committed.height);
        self.inner.tip.send_replace(height);
        self.look_ahead(height)?;
        // The height just committed is synced, so everything below it may go.
        let retain_height = match self.inner.options.retain_engine_blocks {
            0 => 0,
            blocks => (height + 1).saturating_sub(blocks),
        };
        Ok(CommitOutcome { retain_height })
    }
}

/// What the block leaves for readers, by parts.
fn results(
    block: &Block,
    app_hash: Hash,
    events: &Vec<EventRecord>,
    receipts: Vec<Receipt>,
    tx_ids: &[Hash],
) -> Result<BlockResults, Halt> {
    let txs = u32::try_from(receipts.len())
        .map_err(|_| Halt::new("a block has more transactions than its head can count"))?;
    let votes = &block.header.last_commit.votes;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let last_commit = LastCommitHead {
        round: block.header.last_commit.round,
        signed: count(votes.iter().filter(|vote| vote.signed).count()),
        validators: count(votes.len()),
    };
    let head = BlockHead {
        height: block.header.height,
        time_unix_ms: block.header.time_unix_ms,
        hash: block.hash.clone(),
        proposer: block.header.proposer,
        app_hash,
        txs,
        txs_bytes: block.txs.iter().map(|tx| tx.len() as u64).sum(),
        gas_used: receipts.iter().fold(0, |sum, receipt| sum.saturating_add(receipt.gas_used)),
        last_commit,
        evidence: block.header.misbehavior.clone(),
    };
    let tx = |((bytes, receipt), hash): ((&Bytes, Receipt), &Hash)| TxResult {
        hash: *hash,
        bytes: codec::encode(&TxRecord { bytes: bytes.to_vec(), receipt }),
    };
    Ok(BlockResults {
        head: codec::encode(&head),
        events: codec::encode(events),
        txs: block.txs.iter().zip(receipts).zip(tx_ids).map(tx).collect(),
    })
}

/// Code and gas are hashed into the next header; the sentence is for people. Events travel by the block results alone.
fn outcome_of(receipt: &Receipt) -> TxOutcome {
    TxOutcome {
        code: receipt.number,
        codespace: receipt.codespace.clone(),
        log: receipt.log(),
        data: bytes::Bytes::new(),
        gas_wanted: receipt.gas_limit,
        gas_used: receipt.gas_used,
    }
}
