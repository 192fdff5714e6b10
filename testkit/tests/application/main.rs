//! Claims about the node's state machine as an engine plays it, in process.

mod app_hash;
mod coherence;
mod determinism;
mod mutants;
mod ranks;
mod replay;
mod runs;
mod values;

use bytes::Bytes;
use chortle_consensus::application::{Block, Header, LastCommit, ProposalRequest};
use chortle_testkit::solo::Solo;

/// The header of the next block, as an engine would give it.
fn header(solo: &Solo) -> Header {
    Header {
        height: solo.driver.height() + 1,
        time_unix_ms: solo.next_time_unix_ms(),
        proposer: [1; 20],
        next_validators_hash: vec![2; 32],
        last_commit: LastCommit::default(),
        misbehavior: Vec::new(),
    }
}

fn request(solo: &Solo, txs: Vec<Bytes>, bytes_max: u64) -> ProposalRequest {
    ProposalRequest { header: header(solo), extended_votes: Vec::new(), txs, bytes_max }
}

fn block(solo: &Solo, txs: Vec<Bytes>, hash: u8) -> Block {
    Block { header: header(solo), hash: vec![hash; 32], txs }
}
