//! A message that carries others, in a transaction that a user signed: whatever is wrong inside refuses the whole by
//! its code, gets no vote, and leaves nothing in a block that was decided all the same.

mod common;
#[path = "common/probe.rs"]
mod probe;

use std::{collections::BTreeMap, sync::Arc};

use chortle_app::{
    Decoded, Parent,
    block::{self, BlockBody, Judged},
    genesis,
};
use chortle_kernel::{
    Bytes, Header, Reject, State, Text,
    dispatch::DEPTH_MAX,
    tx::{MESSAGE_BYTES_MAX, MESSAGES_MAX, RawMessage, TX_BYTES_MAX},
};
use common::*;
use probe::{LIST, PROBE, raw_of, wrapped};

/// A chain of the list with the probes, after its genesis.
fn parent() -> Parent {
    let mut sections = genesis::default_sections(&LIST);
    sections["token"] = common::sections()["token"].take();
    let mut state = State::over(Arc::new(BTreeMap::new()));
    genesis::init(&LIST, &start(&sections, &engine()), &mut state).unwrap();
    let written = state.into_writes().into_iter().filter_map(|(key, value)| Some((key, value?)));
    Parent { registry: &LIST, state: Arc::new(written.collect::<BTreeMap<_, _>>()) }
}

fn note() -> RawMessage {
    raw_of(PROBE, &probe::Note { text: Text::parse("inside").unwrap() })
}

fn with_gas_limit(gas_limit: u64, message: RawMessage) -> Vec<u8> {
    let mut body = body("alice", 0, vec![message]);
    body.fee.gas_limit = gas_limit;
    sign(body, &["alice"])
}

fn sent(message: RawMessage) -> Vec<u8> {
    with_gas_limit(10_000_000, message)
}

/// A wrapper with these bytes in the place of what it carries.
fn carrying(body: Vec<u8>) -> RawMessage {
    RawMessage { body: Bytes::parse(body).unwrap(), ..wrapped(&[]) }
}

fn deep(levels: u8) -> RawMessage {
    (0..levels).fold(note(), |inner, _| wrapped(&[inner]))
}

fn bad() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let unknown_module = RawMessage { module: 99, ..note() };
    let unknown_kind = RawMessage { tag: 99, ..note() };
    let malformed = RawMessage { body: Bytes::parse(vec![1, 2, 3]).unwrap(), ..pay("bob", 5) };
    let nothing = raw("token", &chortle_token::msg::Transfer { to: address("bob"), coin: lol(0) });
    let one_too_many = u32::try_from(MESSAGES_MAX).unwrap() + 1;
    let many = [note(), note()].map(|raw| chortle_kernel::codec::encode(&raw)).concat().repeat(9);
    let size = u32::try_from(MESSAGE_BYTES_MAX).unwrap() + 1;
    let oversized = [&1_u32.to_le_bytes()[..], &[note().module, 1], &size.to_le_bytes(), &[0; 64]].concat();
    let needs = Decoded::parse(&LIST, &sent(wrapped(&[note(), note()]))).unwrap().gas;
    vec![
        ("of an unknown module", sent(wrapped(&[unknown_module])), "unknown_message"),
        ("of an unknown kind", sent(wrapped(std::slice::from_ref(&unknown_kind))), "unknown_message"),
        ("of an unknown kind, deeper", sent(wrapped(&[wrapped(&[note(), unknown_kind])])), "unknown_message"),
        ("that is malformed", sent(wrapped(&[malformed])), "malformed_message"),
        ("that no state could make valid", sent(wrapped(&[nothing])), "zero_amount"),
        (
            "of more than fit",
            sent(carrying([&one_too_many.to_le_bytes()[..], &many].concat())),
            "malformed_message",
        ),
        ("that says it is longer than any", sent(carrying(oversized)), "malformed_message"),
        ("that makes it longer than any", vec![1; TX_BYTES_MAX + 1], "too_large"),
        ("that is too deep", sent(deep(DEPTH_MAX + 1)), "too_deep"),
        (
            "that costs more than it pays",
            with_gas_limit(needs - 1, wrapped(&[note(), note()])),
            "gas_limit_too_low",
        ),
    ]
}

fn header() -> Header {
    Header { height: 1, time_unix_ms: TIME_MS + 1_000, ..Header::default() }
}

#[test]
fn what_is_wrong_inside_refuses_the_whole_and_nothing_is_written() {
    let parent = parent();
    let of = |reject: &Reject| BlockBody { injected: None, txs: vec![Err(reject.clone())] };
    let empty = block::run(&parent, header(), &BlockBody { injected: None, txs: vec![] }).unwrap();
    for (what, bytes, name) in bad() {
        let reject = Decoded::parse(&LIST, &bytes).err().unwrap_or_else(|| panic!("{what} is taken"));
        assert_eq!(reject.name, name, "{what}: {reject}");
        let judged = block::judge(&parent, header(), &of(&reject)).unwrap();
        assert!(matches!(judged, Judged::Bad { index: 0, .. }), "{what} gets a vote");
        let decided = block::run(&parent, header(), &of(&reject)).unwrap();
        let [receipt] = &decided.receipts[..] else { panic!("{what}: one receipt") };
        assert_eq!((receipt.codespace.as_str(), receipt.number), (reject.codespace, reject.number), "{what}");
        assert_eq!((receipt.gas_used, receipt.fee), (0, amount(0)), "{what}");
        assert_eq!(decided.result.writes, empty.result.writes, "{what} left a trace");
    }
}

#[test]
fn as_deep_and_as_dear_as_is_allowed_is_taken() {
    let needs = Decoded::parse(&LIST, &sent(wrapped(&[note(), note()]))).unwrap().gas;
    for bytes in [sent(deep(DEPTH_MAX)), with_gas_limit(needs, wrapped(&[note(), note()]))] {
        Decoded::parse(&LIST, &bytes).unwrap();
    }
}
