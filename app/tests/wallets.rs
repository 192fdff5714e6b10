//! Wallets of Ethereum sign the words of a transaction: which words, and that nothing in them can be changed.
//!
//! `CHORTLE_BLESS=1 cargo test -p chortle-app --test wallets` rewrites the golden vectors; do that in a commit of
//! its own.

mod common;

use std::fmt::Write;

use chortle_app::{
    Decoded, MODULES, gas,
    render::Rendered,
    shows::{Show, Shows},
};
use chortle_kernel::{
    Address, AssetId, Bytes, Coin, List, Reject, Router, Text,
    signature::{Authenticator, Unit, WalletSignature},
    tx::{FeeSource, RawMessage, Replay, Sender, Tx, TxBody},
};
use chortle_staking::msg::Delegate;
use chortle_token::msg::{CreateAsset, Transfer};
use common::*;
use secp256k1::{Message, PublicKey, SecretKey, ecdsa::RecoverableSignature};
use serde_json::json;

type Kind = fn(WalletSignature) -> Authenticator;
const KINDS: [Kind; 2] = [Authenticator::Eip712, Authenticator::Eip191];

fn secret() -> SecretKey {
    SecretKey::from_secret_bytes([7; 32]).unwrap()
}

fn wallet() -> Address {
    let public = PublicKey::from_secret_key(&secret()).serialize_uncompressed();
    Address::of_secp256k1(public[1..].try_into().unwrap())
}

fn unit(asset: u64, symbol: &str, decimals: u8) -> Unit {
    Unit { asset: AssetId(asset), symbol: Text::parse(symbol).unwrap(), decimals }
}

fn wallet_body(sequence: u64, messages: Vec<RawMessage>) -> TxBody {
    TxBody { sender: Sender::Account(wallet()), ..body("alice", sequence, messages) }
}

fn rendered(body: &TxBody, units: &[Unit]) -> Rendered {
    let calls: Vec<_> = body.messages.iter().map(|raw| MODULES.decode(raw, 0).unwrap()).collect();
    Rendered::of(&MODULES, body, body.sign_digest(), &calls, units)
}

fn signature(kind: Kind, body: &TxBody, units: Vec<Unit>) -> Authenticator {
    let words = rendered(body, &units);
    let units = List::parse(units).unwrap();
    let empty = kind(WalletSignature { signature: [0; 64], recovery: 0, units: units.clone() });
    let digest = match empty {
        Authenticator::Eip712(_) => words.eip712_digest(),
        _ => words.eip191_digest(),
    };
    let made = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest), &secret());
    let (recovery, signature) = made.serialize_compact();
    kind(WalletSignature { signature, recovery: recovery.to_u8(), units })
}

fn encode(body: TxBody, signatures: Vec<Authenticator>) -> Vec<u8> {
    Tx { body, signatures: List::parse(signatures).unwrap(), proofs: List::default() }.encode()
}

fn signed(kind: Kind, body: TxBody, units: Vec<Unit>) -> Vec<u8> {
    let signature = signature(kind, &body, units);
    encode(body, vec![signature])
}

fn doge(base_units: u64) -> Coin {
    Coin { asset: AssetId(1), amount: amount(base_units) }
}

fn send_doge(base_units: u64) -> RawMessage {
    raw("token", &Transfer { to: address("bob"), coin: doge(base_units) })
}

fn create_doge() -> RawMessage {
    let body = json!({ "symbol": "DOGE", "name": "from: lol1 \"wow\"", "decimals": 8, "supply": "150000000",
        "distribution": [{ "to": address("bob"), "amount": "50000000" }] });
    raw("token", &serde_json::from_value::<CreateAsset>(body).unwrap())
}

fn delegate() -> RawMessage {
    raw("staking", &Delegate { validator: address("bob"), amount: amount(2_500_000_000) })
}

fn of(module: &str, name: &str, body: serde_json::Value) -> RawMessage {
    let (module, kind) = MODULES.tags(module, name).unwrap();
    RawMessage { module, tag: kind.tag, body: Bytes::parse((kind.from_json)(body).unwrap()).unwrap() }
}

fn submit(messages: &[RawMessage]) -> RawMessage {
    let body = json!({ "title": "Title", "summary": "Why\nand so on", "messages": messages, "deposit": "50000000000" });
    of("governance", "submit", body)
}

fn set_params(path: &str, changes: &str) -> RawMessage {
    of("app", "set_params", json!({ "path": path, "changes": changes }))
}

/// A proposal to make another, which changes parameters and pays.
fn proposal() -> RawMessage {
    let changes = r#"{"unbonding_ms":1814400000,"seat_min":"5000000000","tax_bps":250,"nosuch":[1,{"a":2}]}"#;
    let pay = of("governance", "spend", json!({ "to": address("bob"), "coin": lol(5_000_000_000) }));
    submit(&[
        submit(&[set_params("staking/params", changes), pay]),
        set_params("nosuch/params", r#"{"\u202e":null}"#),
    ])
}

/// A body that says something in every field, and the units of its words.
fn full() -> (TxBody, Vec<Unit>) {
    let mut body = wallet_body(7, vec![send_doge(150_000_000), delegate(), create_doge(), pay("bob", 1)]);
    body.memo = Text::parse("thanks\nfee: none \u{202e}ü").unwrap();
    body.expiry_unix_ms = TIME_MS + 60_000;
    body.fee_source = FeeSource::Account(address("carol"));
    (body, vec![unit(1, "DOGE", 8)])
}

/// A chain on which the wallet has 300 LOL and 1 DOGE, asset 1.
fn funded() -> Chain {
    let mut chain = Chain::new();
    let to_wallet = raw("token", &Transfer { to: wallet(), coin: lol(300_000_000_000) });
    let create = json!({ "symbol": "DOGE", "name": "Doge", "decimals": 8, "supply": "150000000" });
    let create = raw("token", &serde_json::from_value::<CreateAsset>(create).unwrap());
    let doge_to_wallet = raw("token", &Transfer { to: wallet(), coin: doge(100_000_000) });
    let sent = chain.send(sign(body("alice", 0, vec![to_wallet, create, doge_to_wallet]), &["alice"]));
    assert_eq!(sent.unwrap().name, "");
    chain
}

fn code(outcome: Result<impl Sized, Reject>) -> String {
    outcome.err().map_or_else(|| "admitted".to_owned(), |reject| reject.code())
}

fn vectors() -> String {
    let mut out = String::new();
    let (body, units) = full();
    let alone = wallet_body(0, vec![pay("bob", 1_500_000_000)]);
    let proposes = wallet_body(1, vec![proposal()]);
    let all = [
        ("a transfer", alone, vec![]),
        ("all fields", body.clone(), units),
        ("no units", body, vec![]),
        ("a proposal", proposes, vec![]),
    ];
    for (name, mut body, units) in all {
        body.chain.genesis = [0x42; 32];
        let words = rendered(&body, &units);
        writeln!(out, "# {name}\n{}\n", words.text()).unwrap();
        writeln!(out, "{}", serde_json::to_string_pretty(&words.typed_data()).unwrap()).unwrap();
        writeln!(out, "body 0x{}", hex::encode(chortle_kernel::codec::encode(&body))).unwrap();
        writeln!(out, "eip712 digest 0x{}", hex::encode(words.eip712_digest())).unwrap();
        writeln!(out, "eip191 digest 0x{}", hex::encode(words.eip191_digest())).unwrap();
        for kind in KINDS {
            let bytes = chortle_kernel::codec::encode(&signature(kind, &body, units.clone()));
            writeln!(out, "authenticator 0x{}", hex::encode(bytes)).unwrap();
        }
        writeln!(out).unwrap();
    }
    out
}

#[test]
fn words_digests_and_signatures_are_the_golden_ones() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wallets.txt");
    let found = vectors();
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        found, golden,
        "the golden vectors differ: if that is meant, bless them in a commit of its own"
    );
}

#[test]
fn what_users_write_forges_no_line() {
    let (body, units) = full();
    let text = rendered(&body, &units).text();
    assert!(text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)));
    assert_eq!(text.lines().filter(|line| line.starts_with("from: ")).count(), 1);
    assert_eq!(text.lines().filter(|line| line.starts_with("fee: ")).count(), 1);
    assert!(
        text.contains("  coin: 1.5 DOGE#1 (150000000 base units)\n") && text.contains("  amount: 2.5 LOL\n"),
        "{text}"
    );
}

/// A wallet shows when the words expire as a date; whatever the number, the same on every node.
#[test]
fn an_expiry_is_a_date() {
    for (expiry_unix_ms, words) in [
        (0, "never"),
        (1_800_000_060_000, "2027-01-15 08:01:00 UTC"),
        (1_800_000_060_001, "2027-01-15 08:01:00.001 UTC"),
        (1, "1970-01-01 00:00:00.001 UTC"),
        (u64::MAX, "584556019-04-03 14:25:51.615 UTC"),
    ] {
        let body = TxBody { expiry_unix_ms, ..wallet_body(0, vec![pay("bob", 1)]) };
        assert_eq!(rendered(&body, &[]).expires, words);
    }
}

#[test]
fn wallets_transfer_delegate_and_create() {
    for kind in KINDS {
        let mut chain = funded();
        for (sequence, message, units) in [
            (0, send_doge(1), vec![unit(1, "DOGE", 8)]),
            (1, create_doge(), vec![]),
            (2, pay("bob", 5), vec![]),
        ] {
            let receipt = chain.send(signed(kind, wallet_body(sequence, vec![message]), units)).unwrap();
            assert_eq!(receipt.name, "", "{}", receipt.sentence);
        }
        assert_eq!(chain.nlol("bob"), START_NLOL + 5);
    }
}

#[test]
fn a_payer_signs_its_own_words() {
    let mut chain = funded();
    let mut body = wallet_body(0, vec![send_doge(1)]);
    body.fee_source = FeeSource::Account(address("carol"));
    let digest = key("carol").sign(&body.sign_digest()).to_bytes();
    let carol = Authenticator::Ed25519 { key: key("carol").verification_key().into(), signature: digest };
    let own = signature(Authenticator::Eip191, &body, vec![unit(1, "DOGE", 8)]);
    assert_eq!(chain.send(encode(body, vec![own, carol])).unwrap().name, "");
}

/// What is changed, and how.
type Change<T> = (&'static str, fn(&mut T));

#[test]
fn any_change_to_the_body_is_refused() {
    let changes: [Change<TxBody>; 12] = [
        ("chain", |body| body.chain.id = Text::parse("other-1").unwrap()),
        ("genesis", |body| body.chain.genesis = [9; 32]),
        ("sender", |body| body.sender = Sender::Account(address("alice"))),
        ("sequence", |body| body.replay = Replay::Sequence(1)),
        ("replay", |body| body.replay = Replay::Unordered),
        ("expiry", |body| body.expiry_unix_ms += 1),
        ("gas limit", |body| body.fee.gas_limit += 1),
        ("gas price", |body| body.fee.gas_price_max += 1),
        ("tip", |body| body.fee.tip += 1),
        ("amount", |body| body.messages = List::parse(vec![send_doge(2)]).unwrap()),
        ("messages", |body| body.messages = List::parse(vec![send_doge(1), pay("bob", 1)]).unwrap()),
        ("memo", |body| body.memo = Text::parse("hi").unwrap()),
    ];
    for kind in KINDS {
        let body = wallet_body(0, vec![send_doge(1)]);
        let signature = signature(kind, &body, vec![unit(1, "DOGE", 8)]);
        assert_eq!(code(verified(&encode(body.clone(), vec![signature.clone()]))), "admitted");
        for (field, change) in changes {
            let mut changed = body.clone();
            change(&mut changed);
            let refusal = code(verified(&encode(changed, vec![signature.clone()])));
            assert!(["tx.7", "tx.8"].contains(&refusal.as_str()), "{field}: {refusal}");
        }
        let mut paid = body.clone();
        paid.fee_source = FeeSource::Account(address("carol"));
        let refusal = code(verified(&encode(paid, vec![signature.clone(), signature])));
        assert!(["tx.7", "tx.8"].contains(&refusal.as_str()), "payer: {refusal}");
    }
}

#[test]
fn any_change_to_the_witness_is_refused() {
    let changes: [Change<WalletSignature>; 9] = [
        ("r", |wallet| wallet.signature[3] ^= 1),
        ("s", |wallet| wallet.signature[60] ^= 1),
        ("recovery", |wallet| wallet.recovery ^= 1),
        ("v of a wallet", |wallet| wallet.recovery += 27),
        ("symbol", |wallet| wallet.units = List::parse(vec![unit(1, "CATE", 8)]).unwrap()),
        ("decimals", |wallet| wallet.units = List::parse(vec![unit(1, "DOGE", 7)]).unwrap()),
        ("none", |wallet| wallet.units = List::default()),
        ("another", |wallet| wallet.units = List::parse(vec![unit(2, "DOGE", 8)]).unwrap()),
        ("one more", |wallet| {
            wallet.units = List::parse(vec![unit(1, "DOGE", 8), unit(2, "CATE", 8)]).unwrap();
        }),
    ];
    for kind in KINDS {
        let body = wallet_body(0, vec![send_doge(1)]);
        let (Authenticator::Eip712(good) | Authenticator::Eip191(good)) =
            signature(kind, &body, vec![unit(1, "DOGE", 8)])
        else {
            unreachable!()
        };
        for (field, change) in changes {
            let mut changed = good.clone();
            change(&mut changed);
            let refusal = code(verified(&encode(body.clone(), vec![kind(changed)])));
            assert!(["tx.7", "tx.8", "app.30"].contains(&refusal.as_str()), "{field}: {refusal}");
        }
    }
    // The other kind's signature is over other bytes.
    let body = wallet_body(0, vec![send_doge(1)]);
    let Authenticator::Eip712(other) = signature(KINDS[0], &body, vec![unit(1, "DOGE", 8)]) else {
        unreachable!()
    };
    assert_ne!(code(verified(&encode(body, vec![Authenticator::Eip191(other)]))), "admitted");
}

#[test]
fn a_lie_about_units_is_refused_and_nothing_is_written() {
    for (units, expected) in [
        (vec![unit(1, "DOGE", 7)], "app.29"),
        (vec![unit(1, "CATE", 8)], "app.29"),
        (vec![unit(1, "DOGE", 8), unit(1, "DOGE", 8)], "app.30"),
        (vec![unit(1, "DOGE", 8), unit(2, "CATE", 8)], "app.30"),
        (vec![unit(0, "LOL", 9), unit(1, "DOGE", 8)], "app.30"),
        (vec![unit(1, "DOGE", 19)], "app.30"),
        (vec![], "admitted"),
    ] {
        for kind in KINDS {
            let mut chain = funded();
            let bytes = signed(kind, wallet_body(0, vec![send_doge(1)]), units.clone());
            assert_eq!(code(chain.send(bytes)), expected, "{units:?}");
            let nonce = chortle_token::account(&chain.state, &wallet()).unwrap().nonce;
            assert_eq!(nonce, u64::from(expected == "admitted"));
        }
    }
}

/// A block with one transaction, which must be refused by this code and leave nothing but the block itself.
fn refused_without_a_trace(what: &str, bytes: Vec<u8>, expected: &[&str]) {
    let mut chain = funded();
    chain.block(&[]);
    let before = chain.state.clone();
    let refusal = code(chain.send(bytes));
    assert!(expected.contains(&refusal.as_str()), "{what}: {refusal}");
    let changed = chain.state.iter().filter(|(key, value)| before.get(*key) != Some(value)).count();
    assert_eq!((changed, chain.state.len()), (1, before.len()), "{what}: the last block, and nothing else");
}

#[test]
fn what_a_wallet_signed_for_another_chain_or_genesis_is_refused_and_nothing_is_written() {
    let changes: [(Change<TxBody>, &str); 3] = [
        (("chain", |body| body.chain.id = Text::parse("other-1").unwrap()), "app.1"),
        (("genesis", |body| body.chain.genesis = [9; 32]), "app.14"),
        // A name that would break its line is escaped in the words.
        (("escape", |body| body.chain.id = Text::parse("chortle-test-1\n").unwrap()), "app.1"),
    ];
    for kind in KINDS {
        for ((what, change), expected) in changes {
            let mut body = wallet_body(0, vec![send_doge(1)]);
            change(&mut body);
            refused_without_a_trace(what, signed(kind, body, vec![unit(1, "DOGE", 8)]), &[expected]);
        }
    }
}

/// Two fields of the words change places: same words, same lengths, and the wallet signed another meaning.
#[test]
fn words_with_two_fields_swapped_are_refused_and_nothing_is_written() {
    let (mut body, units) = (wallet_body(0, vec![send_doge(1)]), vec![unit(1, "DOGE", 8)]);
    body.memo = Text::parse("gm").unwrap();
    let texts: [fn(&mut Rendered) -> &mut String; 7] = [
        |words| &mut words.chain,
        |words| &mut words.from,
        |words| &mut words.summary,
        |words| &mut words.fee,
        |words| &mut words.replay,
        |words| &mut words.expires,
        |words| &mut words.memo,
    ];
    let sign = |kind: Kind, words: &Rendered| {
        let wallet =
            WalletSignature { signature: [0; 64], recovery: 0, units: List::parse(units.clone()).unwrap() };
        let digest = match kind(wallet.clone()) {
            Authenticator::Eip712(_) => words.eip712_digest(),
            _ => words.eip191_digest(),
        };
        let made = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest), &secret());
        let (recovery, signature) = made.serialize_compact();
        encode(body.clone(), vec![kind(WalletSignature { signature, recovery: recovery.to_u8(), ..wallet })])
    };
    for kind in KINDS {
        let honest = rendered(&body, &units);
        assert_eq!(code(funded().send(sign(kind, &honest))), "admitted");
        let mut hashes = honest.clone();
        std::mem::swap(&mut hashes.genesis, &mut hashes.body_hash);
        refused_without_a_trace("genesis and body hash", sign(kind, &hashes), &["tx.7", "tx.8"]);
        for (first, one) in texts.iter().enumerate() {
            for (second, other) in texts.iter().enumerate().skip(first + 1) {
                let mut swapped = honest.clone();
                let text = std::mem::take(one(&mut swapped));
                let text = std::mem::replace(other(&mut swapped), text);
                *one(&mut swapped) = text;
                let what = format!("{first} and {second}");
                refused_without_a_trace(&what, sign(kind, &swapped), &["tx.7", "tx.8"]);
            }
        }
    }
}

#[test]
fn an_asset_that_does_not_exist_has_no_units() {
    let mut chain = funded();
    let message =
        raw("token", &Transfer { to: address("bob"), coin: Coin { asset: AssetId(5), amount: amount(1) } });
    let bytes = signed(KINDS[0], wallet_body(0, vec![message]), vec![unit(5, "CATE", 2)]);
    assert_eq!(code(chain.send(bytes)), "app.29");
}

#[test]
fn a_body_longer_than_anybody_reads_is_refused() {
    let many = (0..16).map(|_| {
        let recipients: Vec<_> = (0..30).map(|i| json!({ "to": Address([i; 20]), "amount": "1" })).collect();
        let body = json!({ "asset": "0", "recipients": recipients });
        raw("token", &serde_json::from_value::<chortle_token::msg::MultiTransfer>(body).unwrap())
    });
    let mut body = wallet_body(0, many.collect());
    body.fee.gas_limit = u64::MAX;
    assert_eq!(code(verified(&signed(KINDS[0], body, vec![]))), "app.31");
}

#[test]
fn each_kind_is_charged_its_own_gas_and_words_by_the_byte() {
    let body = wallet_body(0, vec![pay("bob", 1)]);
    let signatures = [
        (Authenticator::Ed25519 { key: [0; 32], signature: [0; 64] }, 50_000, 0),
        (Authenticator::Secp256k1 { key: [0; 33], signature: [0; 64] }, 50_000, 0),
        (signature(KINDS[0], &body, vec![]), 60_000, 100),
        (signature(KINDS[1], &body, vec![]), 50_000, 100),
    ];
    for (signature, own, in_words) in signatures {
        let bytes = encode(body.clone(), vec![signature.clone()]);
        let size = u64::try_from(bytes.len()).unwrap();
        assert_eq!(gas::of_signature(&signature, size), Some(own + in_words * size));
        let found = Decoded::parse(&MODULES, &bytes).unwrap().gas;
        let message = MODULES.decode(&body.messages[0], 0).unwrap().gas().unwrap();
        let per_byte = gas::GAS_PER_BYTE + in_words;
        assert_eq!(found, gas::GAS_BASE + per_byte * size + own + message);
    }
}

#[test]
fn a_carried_message_is_shown_as_one_and_its_bytes_are_not() {
    let text = rendered(&wallet_body(0, vec![proposal(), pay("bob", 1)]), &[]).text();
    for line in [
        "Message 1: governance submit",
        "  messages[0]: message 1.1",
        "  messages[1]: message 1.2",
        "Message 1.1: governance submit",
        "  messages[0]: message 1.1.1",
        "  messages[1]: message 1.1.2",
        "Message 1.1.1: app set params",
        "  changes.nosuch: \"[1,{\\\"a\\\":2}]\"",
        "  changes.seat_min: 5 LOL",
        "  changes.tax_bps: 250 (2.5 %)",
        "  changes.unbonding_ms: 1814400000 (21 d)",
        "Message 1.1.2: governance spend",
        "  coin: 5 LOL",
        "Message 1.2: app set params",
        "  changes.\\u{202e}: none",
        "Message 2: token transfer",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains(".body: "), "{text}");
}

/// Ten bytes of changes are never more than a few lines: nobody makes others hash a book.
#[test]
fn words_of_changes_grow_with_their_bytes_and_no_faster() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    let wide: Vec<_> = (0..400).map(|at| format!("\"{at}\":1")).collect();
    let long = format!("{{\"{}\":[{}1]}}", "a".repeat(1_000), "1,".repeat(1_400));
    let controls = format!("{{\"a\":\"{}\"}}", "\u{202e}".repeat(1_300));
    for changes in [deep, format!("{{{}}}", wide.join(",")), long, controls] {
        let bytes = changes.len();
        let text = rendered(&wallet_body(0, vec![set_params("app/params", &changes)]), &[]).text();
        assert!(text.len() < 1_000 + 5 * bytes, "{bytes} bytes are {} in words", text.len());
    }
}

/// An amount that nobody can tell the asset of would be shown as a bare number.
#[test]
fn every_amount_of_every_message_has_a_unit() {
    for (module, kind) in
        MODULES.modules().flat_map(|module| module.messages.iter().map(|kind| (module.name, kind)))
    {
        let shows = Shows::of_schema(kind.schema);
        for (path, show) in shows.iter().filter(|(_, show)| **show == Show::Beside) {
            let above = path.match_indices(['.']).map(|(at, _)| &path[..=at]).chain([""]);
            let found =
                above.filter(|prefix| shows.of(&format!("{prefix}asset")) == Some(&Show::AssetName)).count();
            assert!(found > 0, "{module} {} {path}: {show:?} nothing; say x-unit in its schema", kind.name);
        }
    }
}
