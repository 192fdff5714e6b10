//! No number that a message or a genesis brings is beyond what those who read it can hold.

use chortle_app::MODULES;
use chortle_kernel::bounds::{INTEGER_MAX, UNIX_MS_MAX};
use serde_json::{Value, json};

/// Where whole numbers stand in a value, with the name of the field.
fn numbers(value: &Value, place: String, name: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Number(_) => found.push((place, name.to_owned())),
        Value::Array(parts) => {
            let parts = parts.iter().enumerate();
            parts.for_each(|(index, part)| numbers(part, format!("{place}/{index}"), name, found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| numbers(field, format!("{place}/{name}"), name, found));
        }
        _ => {}
    }
}

#[test]
fn no_message_carries_a_number_that_others_cannot_read() {
    let mut tried = 0;
    for (module, kind) in
        MODULES.modules().flat_map(|module| module.messages.iter().map(move |kind| (module.name, kind)))
    {
        for bytes in (kind.examples)() {
            let body = (kind.decode)(&bytes).unwrap().to_json();
            let mut found = Vec::new();
            numbers(&body, String::new(), "", &mut found);
            for (place, name) in found {
                let most = if name.ends_with("_unix_ms") { UNIX_MS_MAX } else { INTEGER_MAX };
                let mut beyond = body.clone();
                *beyond.pointer_mut(&place).unwrap() = json!(most + 1);
                let told = (kind.from_json)(beyond).expect_err(&format!("{module} {} {place}", kind.name));
                assert!(told.contains("at most") || told.contains("expected"), "{told}");
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "only {tried} numbers");
}

#[test]
fn no_body_decodes_with_a_time_after_the_year_9999() {
    let (_, kind) = MODULES.tags("allowance", "approve").unwrap();
    let body = |time: u64| {
        let text = json!({ "spender": format!("0x{}", "07".repeat(20)), "coin": { "asset": "1", "amount": "5" },
            "expires_unix_ms": 7 });
        let mut bytes = (kind.from_json)(text).unwrap();
        let at = bytes.windows(8).position(|eight| eight == 7_u64.to_le_bytes()).unwrap();
        bytes[at..at + 8].copy_from_slice(&time.to_le_bytes());
        (kind.decode)(&bytes).map(drop)
    };
    assert_eq!(body(UNIX_MS_MAX), Ok(()));
    let told = body(UNIX_MS_MAX + 1).unwrap_err();
    assert!(told.starts_with("expires_unix_ms is ") && told.contains("9999"), "{told}");
    body(u64::MAX).unwrap_err();
}

#[test]
fn no_section_of_genesis_brings_one_either() {
    let owner = format!("0x{}", "07".repeat(20));
    let lock = |end: u64, next: u64| {
        let linear = json!({ "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": end });
        json!({ "next": next, "list": [{ "lock": 1, "asset": "1", "owner": owner, "funder": owner, "amount": "5",
            "schedule": { "linear": linear }, "revoked_unix_ms": 1 }] })
    };
    let module = MODULES.modules().find(|module| module.name == "lock").unwrap();
    let validate = module.genesis.validate;
    assert_eq!(validate(&lock(UNIX_MS_MAX, INTEGER_MAX)), Ok(()));
    validate(&lock(UNIX_MS_MAX + 1, 2)).unwrap_err();
    validate(&lock(1, INTEGER_MAX + 1)).unwrap_err();
}
