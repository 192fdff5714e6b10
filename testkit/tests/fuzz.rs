//! Fuzz targets: whatever comes from outside is read as what it says or refused, and nothing panics.
//!
//! `cargo test` gives each some thousands of inputs; `scripts/test` fixes the seed, and a failure prints it.
//! `cargo bolero test -p chortle-testkit --test fuzz NAME` lets a coverage-guided engine look for days.

use bolero::check;
use chortle_app::Decoded;
use chortle_app::MODULES;
use chortle_kernel::tx::{ChainRef, Replay, Tx};
use chortle_kernel::{Address, Amount, View};
use chortle_testkit::Account;
use serde_json::Value;

/// Inputs of one target in a test run.
const INPUTS: usize = 20_000;

/// Bytes that begin well: a good encoding with a few of its bytes changed, cut off or repeated.
fn damage(good: &[u8], changes: &[(u16, u8)]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for (place, what) in changes {
        let at = usize::from(*place) % bytes.len().max(1);
        match what % 5 {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] ^= 1 << (what / 5 % 8),
            2 if !bytes.is_empty() => bytes[at] = *what,
            3 => bytes.insert(at, *what),
            _ => bytes.extend_from_within(at.min(bytes.len())..),
        }
        bytes.truncate(100_000);
    }
    bytes
}

fn transaction() -> Vec<u8> {
    let accounts = Account::many("fuzz", 2);
    accounts[0]
        .transfer(&ChainRef::default(), Replay::Sequence(3), 0, accounts[1].address, 7)
        .expect("a transfer")
}

fn read_transaction(bytes: &[u8]) {
    if let Ok(tx) = Tx::decode(bytes) {
        assert_eq!(tx.encode(), bytes, "decoding and encoding is the identity");
    }
    // A body that no module knows is refused here and not above.
    let _ = Decoded::parse(&chortle_app::MODULES, bytes);
}

#[test]
fn any_bytes_are_a_transaction_or_refused() {
    check!().with_iterations(INPUTS).for_each(|bytes: &[u8]| read_transaction(bytes));
}

#[test]
fn a_damaged_transaction_is_itself_or_refused() {
    let good = transaction();
    check!()
        .with_iterations(INPUTS)
        .with_type::<Vec<(u16, u8)>>()
        .for_each(|changes| read_transaction(&damage(&good, changes)));
}

#[test]
fn any_bytes_are_a_message_of_their_kind_or_refused() {
    let kinds: Vec<_> = MODULES.modules().flat_map(|module| module.messages).collect();
    check!().with_iterations(INPUTS).with_type::<(u8, Vec<u8>)>().for_each(|(kind, bytes)| {
        let kind = kinds[usize::from(*kind) % kinds.len()];
        let Ok(message) = (kind.decode)(bytes) else { return };
        let _ = message.check();
        let _ = message.gas();
        let again =
            (kind.from_json)(message.to_json()).expect("what decodes shows itself as JSON that encodes");
        assert_eq!(again, *bytes, "{}: the JSON form is the same message", kind.name);
    });
}

#[test]
fn any_bytes_are_an_event_of_their_kind_or_none() {
    let kinds: Vec<_> = MODULES.modules().flat_map(|module| module.events).collect();
    check!().with_iterations(INPUTS).with_type::<(u8, Vec<u8>)>().for_each(|(kind, bytes)| {
        let _ = (kinds[usize::from(*kind) % kinds.len()].to_json)(bytes);
    });
}

/// JSON of every shape, from bytes.
fn json(bytes: &mut impl Iterator<Item = u8>, depth: usize) -> Value {
    match bytes.next().unwrap_or(0) % 9 {
        0 => Value::Null,
        1 => Value::Bool(true),
        2 => Value::from(i64::from(bytes.next().unwrap_or(0)) - 128),
        3 => Value::from(u64::MAX),
        4 => Value::String(
            (0..bytes.next().unwrap_or(0) % 70).filter_map(|_| Some(char::from(bytes.next()?))).collect(),
        ),
        5 => Value::String(u64::MAX.to_string()),
        6 => Value::String(Address::protocol("fuzz").to_string()),
        7 if depth > 0 => (0..bytes.next().unwrap_or(0) % 4).map(|_| json(bytes, depth - 1)).collect(),
        _ => Value::from(bytes.next().unwrap_or(0)),
    }
}

#[test]
fn any_arguments_of_a_query_are_answered_or_refused() {
    let queries: Vec<_> = MODULES.modules().flat_map(|module| module.queries).collect();
    let mut generator = schemars::SchemaGenerator::default();
    let names: Vec<Vec<String>> = queries
        .iter()
        .map(|query| {
            let schema = (query.args_schema)(&mut generator);
            let properties = schema.get("properties").and_then(Value::as_object);
            properties.map(|all| all.keys().cloned().collect()).unwrap_or_default()
        })
        .collect();
    check!().with_iterations(INPUTS).with_type::<(u8, Vec<u8>)>().for_each(|(query, bytes)| {
        let at = usize::from(*query) % queries.len();
        let mut bytes = bytes.iter().copied();
        let args: serde_json::Map<_, _> =
            names[at].iter().map(|name| (name.clone(), json(&mut bytes, 2))).collect();
        let state = std::collections::BTreeMap::new();
        let view = View { state: &state, height: 1, time_unix_ms: 1, epoch: 0 };
        if let Err(chortle_kernel::QueryError::Halt(halt)) = (queries[at].run)(Value::Object(args), view) {
            panic!("{}: {halt}", queries[at].name);
        }
    });
}

#[test]
fn any_text_is_an_address_or_refused() {
    check!().with_iterations(INPUTS).with_type::<String>().for_each(|text| {
        if let Ok(address) = text.parse::<Address>() {
            let shown = [address.to_string(), address.to_eip55()];
            assert!(shown.iter().all(|form| form.parse() == Ok(address)), "{text}");
        }
    });
}

#[test]
fn a_damaged_address_is_refused() {
    let good = Address::protocol("fuzz").to_string();
    check!().with_iterations(INPUTS).with_type::<Vec<(u16, u8)>>().for_each(|changes| {
        let text = String::from_utf8_lossy(&damage(good.as_bytes(), changes)).into_owned();
        if let Ok(address) = text.parse::<Address>() {
            assert_eq!(
                address.to_string(),
                text.to_lowercase(),
                "only the same letters in the other case are the address"
            );
        }
    });
}

#[test]
fn any_text_is_an_exact_amount_or_refused() {
    check!().with_iterations(INPUTS).with_type::<(u64, u8, u8)>().for_each(|(units, decimals, spoil)| {
        let decimals = decimals % 19;
        let Some(amount) = Amount::new(*units) else { return };
        let shown = amount.to_decimal(decimals);
        assert_eq!(Amount::parse_decimal(&shown, decimals), Ok(amount), "{shown}");
        let spoilt = format!("{shown}{}", char::from(*spoil));
        if let Ok(other) = Amount::parse_decimal(&spoilt, decimals) {
            assert!(spoil.is_ascii_digit() || *spoil == b'.', "{spoilt} reads as {other:?}");
        }
    });
}

#[test]
fn any_text_is_a_genesis_document_or_refused_with_its_place() {
    let good = {
        let accounts = Account::many("fuzz", 2);
        let funded: Vec<Address> = accounts.iter().map(|account| account.address).collect();
        chortle_testkit::genesis::document(
            "fuzz-1",
            &[],
            &funded,
            &serde_json::Value::Null,
            &serde_json::Value::Null,
        )
        .expect("a document")
        .to_json()
    };
    check!().with_iterations(INPUTS / 20).with_type::<Vec<(u16, u8)>>().for_each(|changes| {
        let text = String::from_utf8_lossy(&damage(good.as_bytes(), changes)).into_owned();
        if let Ok(document) = chortle_genesis::Document::parse(&text) {
            let _ = chortle_app::genesis::validate(&chortle_app::MODULES, &Value::Object(document.app_state));
        }
    });
}
