//! Transaction files with signatures of wallets: each is verified before the file goes on, and a wrong one names
//! whose it should be.

mod common;

use std::fs;

use chortle_app::{MODULES, render::Rendered};
use chortle_client::{
    build::{self, Plan, Unsigned},
    file::TxFile,
    keys::{KeyKind, Secret},
    signing,
};
use chortle_kernel::{
    Address, AssetId, List, Text, codec,
    signature::{Authenticator, Unit, WalletSignature},
    tx::{ChainRef, Replay, TxBody},
};
use common::Home;
use secp256k1::{Message, SecretKey, ecdsa::RecoverableSignature};
use serde_json::{Value, json};

/// Signatures as a file says them: whose each is, and its bytes.
type Said = Vec<(Address, Vec<u8>)>;
type Kind = fn(WalletSignature) -> Authenticator;
const WALLETS: [Kind; 2] = [Authenticator::Eip712, Authenticator::Eip191];

fn alice() -> Secret {
    Secret::parse(KeyKind::Secp256k1, &[1; 32]).unwrap()
}

fn carol() -> Secret {
    Secret::parse(KeyKind::Ed25519, &[2; 32]).unwrap()
}

/// Alice sends 1.5 DOGE, Carol pays.
fn body(amount: &str) -> TxBody {
    let fields = json!({ "to": Address([9; 20]), "coin": { "asset": "1", "amount": amount } });
    let plan = Plan {
        chain: ChainRef::of("chortle-test-1", [7; 32]).unwrap(),
        sender: alice().address(),
        replay: Replay::Sequence(3),
        expiry_unix_ms: 0,
        gas_limit: None,
        gas_price_max: 5,
        tip: 0,
        fee_payer: Some(carol().address()),
        fee_grant: None,
        messages: build::messages(vec![build::message("token", "transfer", fields).unwrap()]).unwrap(),
        memo: Text::default(),
        signed_by: Vec::new(),
    };
    let mut body = plan.body(&MODULES).unwrap();
    body.fee.gas_limit = 5_000_000;
    body
}

fn doge(decimals: u8) -> Unit {
    Unit { asset: AssetId(1), symbol: Text::parse("DOGE").unwrap(), decimals }
}

/// Alice's wallet signs the words of a body.
fn by_wallet(kind: Kind, body: &TxBody, units: Vec<Unit>) -> Authenticator {
    let calls = Unsigned::of(&MODULES, body.clone(), &[]).unwrap().calls;
    let words = Rendered::of(&MODULES, body, body.sign_digest(), &calls, &units);
    let wallet = WalletSignature { signature: [0; 64], recovery: 0, units: List::parse(units).unwrap() };
    let digest = match kind(wallet.clone()) {
        Authenticator::Eip712(_) => words.eip712_digest(),
        _ => words.eip191_digest(),
    };
    let secret = SecretKey::from_secret_bytes(*alice().bytes()).unwrap();
    let made = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest), &secret);
    let (recovery, signature) = made.serialize_compact();
    kind(WalletSignature { signature, recovery: recovery.to_u8(), ..wallet })
}

fn with(body: &TxBody, signatures: Vec<Authenticator>) -> TxFile {
    TxFile { body: body.clone(), signatures }
}

/// A file as it would come from elsewhere: its signatures are what the sender of the file says they are.
fn written(body: &TxBody, signatures: &[(Address, Vec<u8>)]) -> Value {
    let mut file = TxFile::unsigned(body.clone()).to_json().unwrap();
    let one = |(signer, bytes): &(Address, Vec<u8>)| json!({ "signer": signer, "authenticator": format!("0x{}", hex::encode(bytes)) });
    file["signatures"] = signatures.iter().map(one).collect();
    file
}

#[test]
fn a_wallet_and_a_key_sign_one_file_that_combines_to_a_whole_transaction() {
    let home = Home::new();
    for kind in WALLETS {
        let body = body("150000000");
        let [one, two, whole] = ["one", "two", "whole"].map(|name| home.file(name));
        let wallet = with(&body, vec![by_wallet(kind, &body, vec![doge(8)])]);
        assert_eq!(wallet.missing(), [carol().address()]);
        fs::write(&one, wallet.to_json().unwrap().to_string()).unwrap();
        let key = with(&body, vec![signing::sign(&body, &carol())]);
        fs::write(&two, key.to_json().unwrap().to_string()).unwrap();
        home.ok(&["tx", "combine", &two, &one, "--out", &whole]);
        let shown = home.json(&["tx", "decode", &whole]);
        assert_eq!(shown["signatures_missing"], json!([]));
        // The bytes say the same as the file.
        let tx = TxFile::parse(&fs::read_to_string(&whole).unwrap()).unwrap().assemble().unwrap();
        let bytes = format!("0x{}", hex::encode(tx.encode()));
        assert_eq!(home.json(&["tx", "decode", &bytes])["hash"], shown["hash"]);
    }
}

#[test]
fn a_wrong_signature_of_any_kind_is_refused_and_names_who_should_have_signed() {
    let home = Home::new();
    let (body, other) = (body("150000000"), body("150000001"));
    let [alice, carol] = [alice(), carol()];
    let of_alice = |authenticator: &Authenticator| vec![(alice.address(), codec::encode(authenticator))];
    let mut table: Vec<(&str, Said, &str)> = vec![
        ("secp256k1 over another body", of_alice(&signing::sign(&other, &alice)), "tx.8"),
        (
            "ed25519 over another body",
            vec![(carol.address(), codec::encode(&signing::sign(&other, &carol)))],
            "tx.8",
        ),
        ("another's signature under her name", of_alice(&signing::sign(&body, &carol)), "tx.7"),
        ("a passkey", vec![(alice.address(), vec![4, 1, 2])], "tx.9"),
        ("a policy", vec![(alice.address(), vec![5])], "tx.9"),
        ("half a signature", vec![(alice.address(), vec![0, 1, 2])], "tx.8"),
    ];
    for kind in WALLETS {
        table.push(("other words", of_alice(&by_wallet(kind, &other, vec![doge(8)])), "tx.7"));
        let (Authenticator::Eip712(mut lie) | Authenticator::Eip191(mut lie)) =
            by_wallet(kind, &body, vec![doge(8)])
        else {
            unreachable!()
        };
        lie.units = List::parse(vec![doge(6)]).unwrap();
        table.push(("other units", of_alice(&kind(lie.clone())), "tx.7"));
        lie.units = List::parse(vec![doge(8), doge(8)]).unwrap();
        table.push(("units that are not canonical", of_alice(&kind(lie)), "app.30"));
        let right = codec::encode(&by_wallet(kind, &body, vec![doge(8)]));
        table.push(("hers under his name", vec![(carol.address(), right)], "tx.7"));
    }
    for (what, signatures, code) in table {
        let path = home.file("wrong");
        fs::write(&path, written(&body, &signatures).to_string()).unwrap();
        for args in [["tx", "combine", &path, &path].as_slice(), &["tx", "broadcast", &path]] {
            let run = home.run(&[args, &["--output", "json"]].concat());
            assert_eq!((run.code, run.error_code().as_str()), (1, code), "{what}: {}", run.stderr);
            let named = signatures[0].0.to_string();
            assert!(run.stderr.contains(&named), "{what}: {}", run.stderr);
        }
    }
}

/// A node's answer, or a colleague's message: the bytes alone, whose signatures stand in the order of the signers.
#[test]
fn of_bytes_a_wrong_signature_is_shown_as_missing_by_name() {
    let home = Home::new();
    let (body, other) = (body("150000000"), body("150000001"));
    for kind in WALLETS {
        let tx = with(&body, vec![by_wallet(kind, &body, vec![]), signing::sign(&body, &carol())]);
        let mut tx = tx.assemble().unwrap();
        tx.signatures = List::parse(vec![by_wallet(kind, &other, vec![]), tx.signatures[1].clone()]).unwrap();
        let run = home.run(&["tx", "decode", &format!("0x{}", hex::encode(tx.encode())), "--output", "json"]);
        let shown: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(shown["signatures_missing"], json!([alice().address()]));
        assert!(run.stderr.contains(&alice().address().to_string()), "{}", run.stderr);
    }
}
