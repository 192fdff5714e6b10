//! What each kind of signature declares against what its verification takes, words and all: nanoseconds, measured. It
//! fails if gas per nanosecond of one is more than ten times another's.
//!
//! `ROUNDS` (301) is the number of runs that a median is taken of; a run is as many signatures as a batch.

#[path = "../tests/common/mod.rs"]
mod common;

use std::{hint::black_box, process::ExitCode, time::Instant};

use chortle_app::{MODULES, gas, verify};
use chortle_kernel::{
    Address, AssetId, Call, Coin, List, Router, Text,
    signature::{self, Authenticator, Claim, Unit, WalletSignature},
    tx::{RawMessage, Tx, TxBody},
};
use chortle_token::msg::{MultiTransfer, Transfer};
use common::*;
use secp256k1::{Message, PublicKey, SecretKey, ecdsa, ecdsa::RecoverableSignature};
use serde_json::json;

/// Most that gas per nanosecond of one kind may differ from another's.
const SPREAD_MAX: f64 = 10.0;
/// Signatures that are verified together, as in a block.
const BATCH: usize = 64;

/// A body that is signed, and the units that a wallet shows it in.
struct Signed {
    name: String,
    body: TxBody,
    calls: Vec<Call>,
    units: Vec<Unit>,
}

impl Signed {
    fn new(name: &str, messages: Vec<RawMessage>, units: Vec<Unit>) -> Self {
        let body = body("alice", 0, messages);
        let calls = body.messages.iter().map(|raw| MODULES.decode(raw, 0).unwrap()).collect();
        Self { name: name.to_owned(), body, calls, units }
    }

    /// A signature of the kind over this body. It need not be of the sender: that costs nothing to tell.
    fn by(&self, kind: &str) -> Authenticator {
        let digest = self.body.sign_digest();
        let secret = SecretKey::from_secret_bytes([7; 32]).unwrap();
        let units = List::parse(self.units.clone()).unwrap();
        let wallet = |kind: fn(WalletSignature) -> Authenticator| {
            let made = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest), &secret);
            let (recovery, signature) = made.serialize_compact();
            kind(WalletSignature { signature, recovery: recovery.to_u8(), units: units.clone() })
        };
        match kind {
            "EIP-712" => wallet(Authenticator::Eip712),
            "EIP-191" => wallet(Authenticator::Eip191),
            "secp256k1" => Authenticator::Secp256k1 {
                key: PublicKey::from_secret_key(&secret).serialize(),
                signature: ecdsa::sign(Message::from_digest(digest), &secret).serialize_compact(),
            },
            _ => {
                let key = key("alice");
                Authenticator::Ed25519 {
                    key: key.verification_key().into(),
                    signature: key.sign(&digest).to_bytes(),
                }
            }
        }
    }

    /// Bytes of the transaction with this signature.
    fn size(&self, authenticator: &Authenticator) -> u64 {
        let signatures = List::parse(vec![authenticator.clone()]).unwrap();
        let tx = Tx { body: self.body.clone(), signatures, proofs: List::default() };
        tx.encode().len().try_into().unwrap()
    }

    /// The median time of one signature among `count` that are verified together.
    fn median_ns(&self, authenticator: &Authenticator, count: usize, rounds: usize) -> u64 {
        let body_hash = self.body.sign_digest();
        let run = |_| {
            let start = Instant::now();
            let claims: Vec<Claim<'_>> = (0..count)
                .map(|_| {
                    let of = (&MODULES, &self.body, body_hash, self.calls.as_slice());
                    (authenticator, verify::signed_digest(of.0, of.1, of.2, of.3, authenticator).unwrap())
                })
                .collect();
            let signers = signature::verify_all(&claims);
            let took = start.elapsed().as_nanos();
            assert!(black_box(signers).iter().all(Option::is_some));
            u64::try_from(took).unwrap() / u64::try_from(count).unwrap()
        };
        let mut times: Vec<u64> = (0..rounds).map(run).collect();
        times.sort_unstable();
        times[times.len() / 2]
    }
}

/// A transfer to so many, of an asset.
fn to_many(asset: u64, recipients: usize) -> RawMessage {
    let recipients: Vec<_> = (0..recipients)
        .map(|index| {
            let mut address = [9; 20];
            address[..8].copy_from_slice(&index.to_le_bytes());
            json!({ "to": Address(address), "amount": "1234567890123456" })
        })
        .collect();
    let body = json!({ "asset": asset.to_string(), "recipients": recipients });
    raw("token", &serde_json::from_value::<MultiTransfer>(body).unwrap())
}

/// The smallest, the largest, and those with the most words for their bytes.
fn bodies() -> Vec<Signed> {
    let unit = |asset| Unit { asset: AssetId(asset), symbol: Text::parse("DOGE").unwrap(), decimals: 8 };
    let coin = |asset| Coin { asset: AssetId(asset), amount: amount(9_223_372_036_854_775_807) };
    let transfer = |asset| raw("token", &Transfer { to: address("bob"), coin: coin(asset) });
    let mut all = vec![
        Signed::new("transfer of LOL", vec![pay("bob", 1)], vec![]),
        Signed::new("transfer of an asset", vec![transfer(1)], vec![unit(1)]),
        Signed::new("16 transfers", (1..=16).map(transfer).collect(), (1..=16).map(unit).collect()),
        Signed::new("to 256", vec![to_many(0, 256)], vec![]),
        Signed::new("to 256 of an asset", vec![to_many(1, 256)], vec![unit(1)]),
        Signed::new("to 280", vec![to_many(1, 140), to_many(2, 140)], vec![unit(1), unit(2)]),
    ];
    for module in MODULES.modules() {
        for kind in module.messages {
            for example in (kind.examples)() {
                let tag = MODULES.tags(module.name, kind.name).unwrap().0;
                let body = chortle_kernel::Bytes::parse(example).unwrap();
                let message = RawMessage { module: tag, tag: kind.tag, body };
                all.push(Signed::new(&format!("{} {}", module.name, kind.name), vec![message], vec![]));
            }
        }
    }
    all
}

fn main() -> ExitCode {
    let rounds = std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(301);
    println!("| Kind | Body | Bytes | Gas | ns | Gas per ns |\n|---|---|---:|---:|---:|---:|");
    let mut ratios = Vec::new();
    let mut row = |signed: &Signed, kind: &str, count: usize, rounds: usize| {
        let authenticator = signed.by(kind);
        let ns = signed.median_ns(&authenticator, count, rounds);
        let size = signed.size(&authenticator);
        let gas = gas::of_signature(&authenticator, size).unwrap();
        let ratio = gas as f64 / ns as f64;
        let name = if count == 1 { kind.to_owned() } else { format!("{kind}, {count} together") };
        println!("| {name} | {} | {size} | {gas} | {ns} | {ratio:.2} |", signed.name);
        ratios.push((ratio, format!("{name}, {}", signed.name)));
    };
    let bodies = bodies();
    for (kind, count) in [("ed25519", 1), ("ed25519", BATCH), ("secp256k1", 1)] {
        row(&bodies[0], kind, count, rounds);
    }
    for signed in &bodies {
        // The larger ones take long enough to be measured in fewer runs.
        let rounds = if signed.body.size() > 1_024 { rounds / 5 } else { rounds };
        row(signed, "EIP-712", 1, rounds);
        row(signed, "EIP-191", 1, rounds);
    }
    ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ((least, cheap), (most, dear)) = (&ratios[0], &ratios[ratios.len() - 1]);
    let spread = most / least;
    println!("\nleast {least:.2} ({cheap}), most {most:.2} ({dear}), quotient {spread:.2}");
    if spread > SPREAD_MAX {
        eprintln!("the quotient is above {SPREAD_MAX}: a kind's gas is out of line");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
