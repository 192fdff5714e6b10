//! Reads of committed state, for REST, the engine's query path and tests.

use std::sync::Arc;

use bytes::Bytes;
use chortle_app::{Decoded, ledger, simulate};
use chortle_consensus::application::{EngineQuery, ProofOp, QueryAnswer};
use chortle_kernel::{
    Address, AssetId, Cursor, Failure, Halt, QueryError, ReadState, Reject, View, tx::RawMessage,
};
use chortle_store::{NotRetained, Proof, ProveError};

use super::{Chain, Hash, Pending, check::Error as Refused, lock};

/// A committed state with what names it.
#[derive(Clone)]
pub struct CommittedView {
    /// The state.
    pub state: Arc<dyn ReadState>,
    /// Its height.
    pub height: u64,
    /// Time of its block; 0 in the genesis state.
    pub time_unix_ms: u64,
    /// Epoch of its block.
    pub epoch: u64,
    /// Its root, which the header of the next height carries.
    pub app_hash: Hash,
}

impl CommittedView {
    /// What queries read.
    pub fn view(&self) -> View<'_> {
        View {
            state: self.state.as_ref(),
            height: self.height,
            time_unix_ms: self.time_unix_ms,
            epoch: self.epoch,
        }
    }
}

/// Why a height cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ViewError {
    /// The height is pruned or not there yet.
    #[error(transparent)]
    NotRetained(#[from] NotRetained),
    /// There is no state at all yet.
    #[error("this node has no genesis yet: try again when it has")]
    NoGenesis,
    /// Our fault.
    #[error(transparent)]
    Halt(#[from] Halt),
}

/// Where the node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The chain's name; empty before genesis.
    pub chain_id: String,
    /// The hash of its genesis, which every transaction names; zero before genesis.
    pub genesis_hash: Hash,
    /// Last committed height.
    pub height: u64,
    /// Time of that block.
    pub time_unix_ms: u64,
    /// Root after that block.
    pub app_hash: Hash,
    /// Earliest height whose state can be read.
    pub earliest_height: u64,
    /// Earliest height whose block can be read.
    pub earliest_block: u64,
    /// Transactions that this node admitted and no block holds yet.
    pub pending: usize,
}

impl Chain {
    /// The state at a height, or the latest.
    pub fn view(&self, height: Option<u64>) -> Result<CommittedView, ViewError> {
        let view = match height {
            None => self.inner.store.latest(),
            Some(height) => self.inner.store.at(height)?,
        };
        let committed = self.inner.store.committed().ok_or(ViewError::NoGenesis)?;
        let height = view.height();
        let app_hash = match self.inner.store.app_hash(height) {
            Ok(app_hash) => app_hash,
            Err(_) if committed.height == height => committed.app_hash,
            Err(ProveError::NotRetained(error)) => return Err(error.into()),
            Err(error) => return Err(Halt::new(error.to_string()).into()),
        };
        let block = chortle_app::state::LAST_BLOCK.get(&view)?.unwrap_or_default();
        let (time_unix_ms, epoch) = (block.time_unix_ms, block.epoch);
        Ok(CommittedView { state: Arc::new(view), height, time_unix_ms, epoch, app_hash })
    }

    /// Where the node stands.
    pub fn status(&self) -> Result<Status, ViewError> {
        let view = self.view(None)?;
        let chain_id = chortle_app::state::CHAIN_ID.get(view.state.as_ref())?.unwrap_or_default();
        let genesis_hash = chortle_app::state::GENESIS.get(view.state.as_ref())?.unwrap_or_default();
        Ok(Status {
            chain_id,
            genesis_hash,
            height: view.height,
            time_unix_ms: view.time_unix_ms,
            app_hash: view.app_hash,
            earliest_height: self.inner.store.earliest_height(),
            earliest_block: self.inner.store.earliest_results(),
            pending: self.inner.verified.pending_count(),
        })
    }

    /// A transaction that this node admitted and no block holds yet.
    pub fn pending(&self, id: &Hash) -> Option<Pending> {
        self.inner.verified.pending(id)
    }

    /// The sequence number that an account's next transaction must carry, what waits for a block counted.
    pub fn pending_nonce(&self, address: &Address) -> Result<u64, Halt> {
        let check = lock(&self.inner.check);
        check.as_ref().map_or(Ok(0), |run| ledger::nonce(run.state(), address))
    }

    /// What a transaction would do in the next block. Signatures are not verified.
    pub fn simulate(&self, bytes: &[u8]) -> Result<simulate::Simulation, Failure> {
        let decoded = Decoded::parse(self.inner.registry, bytes)?;
        let base = self.inner.store.latest();
        simulate::simulate(self.next_block()?, &base, decoded)
    }

    /// What messages would do in the next block, sent by governance or by holders of an asset.
    pub fn execute(
        &self,
        messages: &[RawMessage],
        community: Option<AssetId>,
    ) -> Result<simulate::Execution, Failure> {
        let base = self.inner.store.latest();
        simulate::execute(self.inner.registry, self.next_block()?, &base, messages, community)
    }

    /// A value or its absence with its ICS-23 proof under the root of `height`.
    pub fn prove(&self, key: &[u8], height: u64) -> Result<Proof, ProveError> {
        self.inner.store.prove(key, height)
    }

    pub(super) fn answer(&self, query: EngineQuery) -> QueryAnswer {
        match self.try_answer(&query) {
            Ok(answer) => answer,
            Err(error) => Reject::from(error).into(),
        }
    }

    fn try_answer(&self, query: &EngineQuery) -> Result<QueryAnswer, Refused> {
        let height = (query.height > 0).then_some(query.height);
        let view_at = |height| {
            self.view(height).map_err(|error: ViewError| Refused::NoState { reason: error.to_string() })
        };
        if query.path == "/store" {
            return self.answer_raw(query, &view_at(height)?);
        }
        let mut kinds = chortle_app::catalogue::queries(self.inner.registry);
        let kind = kinds.find(|(module, kind)| query.path == format!("/{module}/{}", kind.name));
        let (_, kind) = kind.ok_or_else(|| Refused::UnknownQuery { path: query.path.clone() })?;
        let args = if query.data.is_empty() { b"{}".as_slice() } else { &query.data };
        let args: serde_json::Value = serde_json::from_slice(args).map_err(|error| {
            Refused::BadArguments { reason: format!("the arguments are not JSON: {error}") }
        })?;
        let view = view_at(height.or_else(|| Cursor::height_in(&args)))?;
        let value = (kind.run)(args, view.view()).map_err(|error| match error {
            QueryError::NotFound(reason) => Refused::NotFound { reason },
            QueryError::Argument(reason) => Refused::BadArguments { reason },
            QueryError::Halt(halt) => Refused::Unavailable { reason: halt.0 },
        })?;
        Ok(QueryAnswer { value: value.to_string().into(), height: view.height, ..QueryAnswer::default() })
    }

    fn answer_raw(&self, query: &EngineQuery, view: &CommittedView) -> Result<QueryAnswer, Refused> {
        let mut answer =
            QueryAnswer { key: query.data.clone(), height: view.height, ..QueryAnswer::default() };
        if query.prove {
            let proof = self
                .prove(&query.data, view.height)
                .map_err(|error| Refused::NotProvable { reason: error.to_string() })?;
            answer.value = proof.value.unwrap_or_default().into();
            let data = Bytes::from(proof.proof_bytes);
            answer.proof = vec![ProofOp { kind: "ics23:jmt".to_owned(), key: query.data.clone(), data }];
        } else {
            let value =
                view.state.get(&query.data).map_err(|halt| Refused::Unavailable { reason: halt.0 })?;
            answer.value = value.unwrap_or_default().into();
        }
        Ok(answer)
    }
}
