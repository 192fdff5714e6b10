//! Block results: what a block leaves for readers. Consensus never reads it back.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Amount, EventRecord, Fields, Reject, RejectLog, block::Misbehavior};

/// The result of one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// Empty if it succeeded, else the catalogue of the refusal.
    pub codespace: String,
    /// 0 if it succeeded.
    pub number: u32,
    /// The broken rule, in snake case.
    pub name: String,
    /// One sentence for people.
    pub sentence: String,
    /// The values that broke the rule, for programs.
    pub fields: Fields,
    /// Gas that the sender allowed.
    pub gas_limit: u64,
    /// Gas that was charged; 0 if the transaction was not admitted.
    pub gas_used: u64,
    /// Fee that was taken.
    pub fee: Amount,
    /// What happened, in order.
    pub events: Vec<EventRecord>,
}

impl Receipt {
    /// Whether every message ran.
    pub fn succeeded(&self) -> bool {
        self.number == 0
    }

    /// Notes a refusal.
    pub fn refuse(&mut self, reject: Reject) {
        self.codespace = reject.codespace.to_owned();
        self.number = reject.number;
        self.name = reject.name.to_owned();
        self.sentence = reject.sentence;
        self.fields = reject.fields;
    }

    /// What an engine carries beside the code; empty if it succeeded.
    pub fn log(&self) -> String {
        if self.succeeded() {
            return String::new();
        }
        RejectLog::text(&self.name, &self.sentence, &self.fields)
    }
}

/// A transaction with its result.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TxRecord {
    /// The exact bytes.
    pub bytes: Vec<u8>,
    /// The result.
    pub receipt: Receipt,
}

/// What every reader of a block needs; its events and its transactions are records of their own.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockHead {
    /// Height.
    pub height: u64,
    /// Time of the header, in milliseconds since 1970.
    pub time_unix_ms: u64,
    /// Hash of the header.
    pub hash: Vec<u8>,
    /// Consensus address of the proposer.
    pub proposer: [u8; 20],
    /// State root after the block.
    pub app_hash: [u8; 32],
    /// How many transactions it holds.
    pub txs: u32,
    /// Their bytes, together.
    pub txs_bytes: u64,
    /// Gas that was charged, together.
    pub gas_used: u64,
    /// How the block before was decided.
    pub last_commit: LastCommitHead,
    /// Misbehaviour that it proves.
    pub evidence: Vec<Misbehavior>,
}

/// A commit, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LastCommitHead {
    /// The round that decided.
    pub round: u32,
    /// Validators whose signature it has.
    pub signed: u32,
    /// Validators of the set.
    pub validators: u32,
}
