//! Blocks that ran and are not decided yet: what a proposer ran to fill a block is not run again to judge it, and what
//! was judged is not run again once it is decided.

use bytes::Bytes;
use chortle_app::Ran;
use chortle_consensus::application::{Block, Header};
use chortle_store::Committed;

use super::Hash;

/// Blocks that are kept: rounds of one height, newest last.
const RAN_MAX: usize = 4;

/// A block that ran, with the hash of each of its entries.
pub(super) struct RanBlock {
    pub(super) ran: Ran,
    pub(super) tx_ids: Vec<Hash>,
}

/// All that a block's results depend on: what it stood on, its header, its entries. Compared whole, so that no hash of
/// the engine's is trusted to cover it.
struct Inputs {
    parent: Option<Committed>,
    header: Header,
    txs: Vec<Bytes>,
}

impl Inputs {
    fn are(&self, parent: Option<Committed>, block: &Block) -> bool {
        self.parent == parent && self.header == block.header && self.txs == block.txs
    }
}

/// The blocks that ran since the last commit.
#[derive(Default)]
pub(super) struct RanBlocks(Vec<(Inputs, RanBlock)>);

impl RanBlocks {
    /// Keeps what came of a block.
    pub(super) fn keep(
        &mut self,
        parent: Option<Committed>,
        header: Header,
        txs: Vec<Bytes>,
        block: RanBlock,
    ) {
        if self.0.len() == RAN_MAX {
            self.0.remove(0);
        }
        self.0.push((Inputs { parent, header, txs }, block));
    }

    /// Whether this very block ran.
    pub(super) fn holds(&self, parent: Option<Committed>, block: &Block) -> bool {
        self.0.iter().any(|(inputs, _)| inputs.are(parent, block))
    }

    /// What came of this very block, if it ran. The others go: their height is decided.
    pub(super) fn take(&mut self, parent: Option<Committed>, block: &Block) -> Option<RanBlock> {
        let all = std::mem::take(&mut self.0);
        all.into_iter().find(|(inputs, _)| inputs.are(parent, block)).map(|(_, ran)| ran)
    }
}
