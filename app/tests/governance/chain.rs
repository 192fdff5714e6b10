//! The whole chain with two validators, whose rules of governance are quick. Every invariant and escrow is checked
//! after every block.

use std::{collections::BTreeMap, sync::Arc};

use chortle_app::{BlockRun, MODULES, Parent, Receipt, genesis, invariant};
use chortle_governance::{
    msg,
    state::{NEXT_ID, PROPOSAL},
    types::{Proposal, Stage},
};
use chortle_kernel::{
    Address, Bytes, EventRecord, Failure, Header, List, Message, Reject, State, Text,
    tx::{ChainRef, Fee, RawMessage, TxBody},
};
use serde_json::{Value, json};

use crate::common::{self, address, amount, engine, sign, verified};

pub const LOL: u64 = 1_000_000_000;
pub const WHOLE: u64 = 100 * LOL;
pub const VOTING_MS: u64 = 20_000;
pub const PARAMS_DELAY_MS: u64 = 30_000;
pub const TREASURY_DELAY_MS: u64 = 40_000;
pub const ACT_DELAY_MS: u64 = 60_000;
pub const WINDOW_MS: u64 = 10_000_000;

pub struct Chain {
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    pub height: u64,
    pub time_unix_ms: u64,
    pub genesis: [u8; 32],
    /// What the protocol did in the last block.
    pub events: Vec<EventRecord>,
}

/// Alice and bob are the validators, of 600 and 400 LOL; carol has LOL; the treasury has 50.
pub fn sections() -> Value {
    let mut sections = common::sections();
    let treasury = json!({ "address": chortle_token::protocol::TREASURY, "balance": (50 * LOL).to_string() });
    sections["token"]["accounts"].as_array_mut().unwrap().push(treasury);
    for account in sections["token"]["accounts"].as_array_mut().unwrap().iter_mut().take(3) {
        account["balance"] = (5_000 * LOL).to_string().into();
    }
    let row = |(name, bond): (&str, u64)| {
        json!({
            "operator": address(name), "key": format!("0x{}", hex::encode(<[u8; 32]>::from(common::key(name).verification_key()))),
            "self_bond": (bond * LOL).to_string(), "commission_bps": 1_000, "ceiling_bps": 5_000, "step_bps": 100,
            "description": { "name": name, "uri": "" },
        })
    };
    sections["staking"]["validators"] = [("alice", 600), ("bob", 400)].map(row).to_vec().into();
    let governance = &mut sections["governance"];
    governance["constitution"]["voting_min_ms"] = 1.into();
    governance["constitution"]["delay_min_ms"] = 10_000.into();
    let params = &mut governance["params"];
    params["deposit_base"] = WHOLE.to_string().into();
    params["council"] = json!(address("carol"));
    for (name, value) in [
        ("voting_ms", VOTING_MS),
        ("expedited_voting_ms", 5_000),
        ("late_ms", 0),
        ("params_delay_ms", PARAMS_DELAY_MS),
        ("treasury_delay_ms", TREASURY_DELAY_MS),
        ("act_delay_ms", ACT_DELAY_MS),
        ("window_ms", WINDOW_MS),
    ] {
        params[name] = value.into();
    }
    sections
}

pub fn raw(module: &str, name: &str, body: Value) -> RawMessage {
    let (module, kind) = MODULES.tags(module, name).unwrap();
    RawMessage { module, tag: kind.tag, body: Bytes::parse((kind.from_json)(body).unwrap()).unwrap() }
}

pub fn set_params(path: &str, changes: &Value) -> RawMessage {
    raw("app", "set_params", json!({ "path": path, "changes": changes.to_string() }))
}

pub fn spend(to: &str, nlol: u64) -> RawMessage {
    raw(
        "governance",
        "spend",
        json!({ "to": address(to), "coin": { "asset": "0", "amount": nlol.to_string() } }),
    )
}

pub fn pause(scope: &Value) -> RawMessage {
    raw(
        "governance",
        "begin_pause",
        json!({ "scope": scope, "duration_ms": 3_000_000, "reason": "it drains" }),
    )
}

pub fn proposal(messages: Vec<RawMessage>) -> msg::Submit {
    msg::Submit {
        title: Text::parse("A title").unwrap(),
        summary: Text::default(),
        messages: List::parse(messages).unwrap(),
        deposit: amount(WHOLE),
        expedited: false,
        optimistic: false,
        community: None,
    }
}

impl Chain {
    pub fn new() -> Self {
        Self::from(&sections(), 0, common::TIME_MS)
    }

    /// A chain of these sections that goes on after a height.
    pub fn from(sections: &Value, height: u64, time_unix_ms: u64) -> Self {
        let engine = engine();
        let start =
            genesis::Start { initial_height: height + 1, time_unix_ms, ..common::start(sections, &engine) };
        let mut state = State::over(Arc::new(BTreeMap::new()));
        genesis::init(&MODULES, &start, &mut state).unwrap();
        let mut chain =
            Self { state: BTreeMap::new(), height, time_unix_ms, genesis: start.hash(), events: Vec::new() };
        chain.write(state.into_writes());
        chain
    }

    fn write(&mut self, writes: chortle_kernel::state::Writes) {
        for (key, value) in writes {
            match value {
                Some(value) => drop(self.state.insert(key, value)),
                None => drop(self.state.remove(&key)),
            }
        }
        invariant::check(&MODULES, &self.state).unwrap();
    }

    /// One block with these transactions, a second after the last; what is not admitted is an error.
    pub fn block(&mut self, txs: &[Vec<u8>]) -> Vec<Result<Receipt, Reject>> {
        let header =
            Header { height: self.height + 1, time_unix_ms: self.time_unix_ms + 1_000, ..Header::default() };
        let parent = Parent { registry: &MODULES, state: Arc::new(self.state.clone()) };
        let mut run = BlockRun::begin(&parent, header).unwrap();
        let deliver = |bytes: &Vec<u8>| {
            run.deliver(&verified(bytes)?).map_err(|failure| match failure {
                Failure::Reject(reject) => reject,
                Failure::Halt(halt) => panic!("{halt}"),
            })
        };
        let outcomes = txs.iter().map(deliver).collect();
        let result = run.end().unwrap();
        self.height += 1;
        self.time_unix_ms += 1_000;
        self.events = result.events;
        self.write(result.writes);
        outcomes
    }

    /// Lets so much time pass before the next block, and runs it.
    pub fn pass(&mut self, ms: u64) {
        self.time_unix_ms += ms.saturating_sub(1_000);
        self.block(&[]);
    }

    pub fn tx(&self, from: &str, messages: Vec<RawMessage>) -> Vec<u8> {
        let nonce = chortle_token::account(&self.state, &address(from)).unwrap().nonce;
        let plain = common::body(from, nonce, messages);
        let fee = Fee { gas_limit: 60_000_000, ..plain.fee };
        let chain = ChainRef::of(common::CHAIN_ID, self.genesis).unwrap();
        sign(TxBody { chain, fee, ..plain }, &[from])
    }

    /// A transaction of one message in a block of its own; the name of what refuses it.
    pub fn send<M: Message>(&mut self, from: &str, module: &str, message: &M) -> Result<(), String> {
        let tx = self.tx(from, vec![common::raw(module, message)]);
        self.deliver(tx)
    }

    pub fn deliver(&mut self, tx: Vec<u8>) -> Result<(), String> {
        match self.block(&[tx]).pop().unwrap() {
            Ok(receipt) if receipt.succeeded() => Ok(()),
            Ok(receipt) => Err(format!("{}: {}", receipt.name, receipt.sentence)),
            Err(reject) => Err(reject.to_string()),
        }
    }

    /// A proposal of carol's. Answers its number.
    pub fn submit(&mut self, messages: Vec<RawMessage>) -> u64 {
        self.submit_as(&proposal(messages)).unwrap()
    }

    pub fn submit_as(&mut self, submit: &msg::Submit) -> Result<u64, String> {
        let id = NEXT_ID.get(&self.state).unwrap().unwrap_or(1);
        self.send("carol", "governance", submit).map(|()| id)
    }

    pub fn vote(&mut self, from: &str, id: u64, yes: u64) {
        let vote = msg::Vote {
            proposal: id,
            yes,
            no: 10_000 - yes,
            abstain: 0,
            veto: 0,
            delegations: 4,
            holders: List::default(),
        };
        self.send(from, "governance", &vote).unwrap();
    }

    /// Submits, votes yes with all stake, and lets voting end. Answers the proposal's number.
    pub fn pass_vote(&mut self, messages: Vec<RawMessage>) -> u64 {
        let id = self.submit(messages);
        self.block(&[]);
        self.vote("alice", id, 10_000);
        self.vote("bob", id, 10_000);
        self.pass(VOTING_MS);
        id
    }

    pub fn proposal(&self, id: u64) -> Proposal {
        PROPOSAL.get(&self.state, &id).unwrap().unwrap()
    }

    pub fn stage(&self, id: u64) -> Stage {
        self.proposal(id).stage
    }

    pub fn nlol(&self, account: &Address) -> u64 {
        chortle_token::native_balance(&self.state, account).unwrap().base_units()
    }
}
