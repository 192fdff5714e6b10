//! The guide for wallets: its vectors are the golden ones, and its programs, taken out of the page, make the same keys
//! and bytes and send them to a chain.
//!
//! `CHORTLE_BLESS=1 cargo test -p chortle-client --test wallets_guide` rewrites the golden vectors; the page is then
//! mended by hand.

mod common;

use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use chortle_app::{MODULES, render::Rendered};
use chortle_client::{
    build,
    keys::{HdPath, KeyKind, Secret, Words},
    rest::Rest,
    signing,
};
use chortle_kernel::{
    Address, AssetId, List, Text, codec,
    signature::{Authenticator, WalletSignature},
    tx::{self, ChainRef, Fee, FeeSource, RawMessage, Replay, Sender, TxBody, VERSION},
};
use common::{DevChain, golden};
use secp256k1::{Message, SecretKey, ecdsa::RecoverableSignature};
use serde_json::{Value, json};

const TEST: &str = "test test test test test test test test test test test junk";
const ABANDON: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
/// A line of hexadecimal digits on the page.
const DIGITS: usize = 96;

/// Words, passphrase and index of the vectors, for both kinds of keys.
const KEYS: [(&str, &str, u32); 3] = [(TEST, "", 0), (TEST, "", 1), (ABANDON, "TREZOR", 7)];
const KINDS: [KeyKind; 2] = [KeyKind::Secp256k1, KeyKind::Ed25519];
const CHAIN: (&str, [u8; 32]) = ("chortle-vectors-1", [0x42; 32]);
const RECIPIENT: Address = Address([0x11; 20]);
const EXPIRY_UNIX_MS: u64 = 1_800_000_060_000;

fn secret(kind: KeyKind, (words, passphrase, index): (&str, &str, u32)) -> Secret {
    Words::parse(words).unwrap().derive(kind, &HdPath::standard(kind, index), passphrase).unwrap()
}

fn messages() -> [(&'static str, RawMessage); 2] {
    let coin = json!({ "asset": "0", "amount": "1500000000" });
    let transfer = json!({ "to": RECIPIENT, "coin": coin });
    let delegate = json!({ "validator": RECIPIENT, "amount": "2500000000" });
    [
        ("transfer", build::message("token", "transfer", transfer).unwrap()),
        ("delegation", build::message("staking", "delegate", delegate).unwrap()),
    ]
}

fn body(sender: Address, message: RawMessage) -> TxBody {
    TxBody {
        version: VERSION,
        chain: ChainRef::of(CHAIN.0, CHAIN.1).unwrap(),
        sender: Sender::Account(sender),
        replay: Replay::Sequence(7),
        expiry_unix_ms: EXPIRY_UNIX_MS,
        fee: Fee { gas_limit: 1_000_000, gas_price_max: 2, tip: 0, asset: AssetId::NATIVE },
        fee_source: FeeSource::Sender,
        messages: List::parse(vec![message]).unwrap(),
        memo: Text::parse("gm").unwrap(),
    }
}

fn by_wallet(kind: fn(WalletSignature) -> Authenticator, secret: &Secret, digest: [u8; 32]) -> Authenticator {
    let secret = SecretKey::from_secret_bytes(*secret.bytes()).unwrap();
    let made = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest), &secret);
    let (recovery, signature) = made.serialize_compact();
    kind(WalletSignature { signature, recovery: recovery.to_u8(), units: List::default() })
}

/// A name and a value; what is longer than a line goes on under itself.
fn field(out: &mut String, name: &str, value: &str) {
    let chars: Vec<char> = value.chars().collect();
    for (index, part) in chars.chunks(DIGITS).enumerate() {
        let name = if index == 0 { name } else { "" };
        writeln!(out, "  {name:<13} {}", part.iter().collect::<String>()).unwrap();
    }
}

fn vectors() -> String {
    let mut out = String::new();
    for kind in KINDS {
        for key in KEYS {
            let secret = secret(kind, key);
            writeln!(out, "key of {}", kind.name()).unwrap();
            field(&mut out, "words", key.0);
            field(&mut out, "passphrase", if key.1.is_empty() { "none" } else { key.1 });
            field(&mut out, "path", &HdPath::standard(kind, key.2).to_string());
            field(&mut out, "secret", &hex::encode(secret.bytes()));
            field(&mut out, "key", &hex::encode(secret.public_key()));
            field(&mut out, "account", &secret.address().to_eip55());
            field(&mut out, "address", &secret.address().to_string());
        }
    }
    for kind in KINDS {
        for (name, message) in messages() {
            let secret = secret(kind, KEYS[0]);
            let body = body(secret.address(), message);
            let signature = signing::sign(&body, &secret);
            writeln!(out, "{name} by the first key of {}", kind.name()).unwrap();
            signed(&mut out, &body, &signature, &body.sign_digest());
        }
    }
    let secret = secret(KeyKind::Secp256k1, KEYS[0]);
    let [(name, message), _] = messages();
    let body = body(secret.address(), message);
    let calls = build::Unsigned::of(&MODULES, body.clone(), &[]).unwrap().calls;
    let words = Rendered::of(&MODULES, &body, body.sign_digest(), &calls, &[]);
    writeln!(out, "words of the {name} by the first key of secp256k1").unwrap();
    words.text().lines().for_each(|line| writeln!(out, "  | {line}").unwrap());
    for (kind, digest) in [
        (Authenticator::Eip712 as fn(WalletSignature) -> Authenticator, words.eip712_digest()),
        (Authenticator::Eip191, words.eip191_digest()),
    ] {
        let signature = by_wallet(kind, &secret, digest);
        assert_eq!(signing::signer_of(&body, &signature).unwrap(), Some(secret.address()));
        writeln!(out, "{name} by the first key of secp256k1, by {}", signature.kind()).unwrap();
        signed(&mut out, &body, &signature, &digest);
    }
    out
}

fn signed(out: &mut String, body: &TxBody, signature: &Authenticator, digest: &[u8; 32]) {
    let tx = signing::assemble(body.clone(), std::slice::from_ref(signature)).unwrap();
    field(out, "body", &hex::encode(codec::encode(body)));
    field(out, "digest", &hex::encode(digest));
    field(out, "signature", &hex::encode(codec::encode(signature)));
    field(out, "hash", &hex::encode(tx::id(&tx.encode())));
}

fn page() -> String {
    fs::read_to_string(root().join("docs/guides/wallets.md")).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The blocks of the page in a language, in order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A language of the page: its name there, its program, the file that the blocks go to, and a program that makes a
/// vector of each key of its argument by the functions of the page.
struct Language {
    name: &'static str,
    program: PathBuf,
    file: &'static str,
    vectors: &'static str,
}

fn languages() -> [Language; 2] {
    let cache = env::var_os("CHORTLE_CACHE").map(PathBuf::from);
    let cache = cache.unwrap_or_else(|| PathBuf::from(env::var_os("HOME").unwrap()).join(".cache/chortle"));
    let python = cache.join("python/bin/python3");
    assert!(python.exists(), "{} is not there: run scripts/setup --for-tests", python.display());
    [
        Language { name: "python", program: python, file: "wallet.py", vectors: PYTHON_VECTORS },
        Language { name: "js", program: "node".into(), file: "wallet.mjs", vectors: JS_VECTORS },
    ]
}

const PYTHON_VECTORS: &str = r#"
given = json.loads(sys.argv[1])
to = bytes.fromhex(given["to"])
for one in given["keys"]:
    key = derive(one["kind"], one["words"], one["index"], one["passphrase"])
    print(key.secret.hex(), key.public.hex(), key.account.hex())
    for message in transfer(to, 0, 1_500_000_000), delegate(to, 2_500_000_000):
        print(sign(key, build(given["chain"], key, 7, 2, message, given["expiry"], 1_000_000, "gm")).hex())
"#;

const JS_VECTORS: &str = r#"
const given = JSON.parse(process.argv[2]);
const to = hexToBytes(given.to);
for (const one of given.keys) {
  const key = derive(one.kind, one.words, one.index, one.passphrase);
  console.log([key.secret, key.public, key.account].map(bytesToHex).join(" "));
  for (const message of [transfer(to, 0, 1_500_000_000), delegate(to, 2_500_000_000)])
    console.log(bytesToHex(sign(key, build(given.chain, key, 7, 2, message, given.expiry, 1_000_000, "gm"))));
}
"#;

/// Runs a program of some blocks with one argument, in a folder where its libraries are found.
fn run(language: &Language, program: &str, argument: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let libraries = root().join("testkit/wallets/node_modules");
    assert!(libraries.join("@noble").exists(), "no @noble: run scripts/setup --for-tests");
    std::os::unix::fs::symlink(libraries, folder.path().join("node_modules")).unwrap();
    fs::write(folder.path().join(language.file), program).unwrap();
    let output = Command::new(&language.program)
        .args([language.file, argument])
        .current_dir(folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {out}{err}", language.name);
    out.into_owned()
}

#[test]
fn the_vectors_are_the_golden_ones_and_stand_on_the_page() {
    let vectors = vectors();
    golden("vectors.txt", &vectors);
    assert!(page().contains(&vectors), "the vectors of docs/guides/wallets.md are not those of vectors.txt");
}

#[test]
fn the_programs_of_the_page_make_the_same_keys_and_bytes() {
    let keys: Vec<_> = KINDS.iter().flat_map(|kind| KEYS.map(|key| (*kind, key))).collect();
    let mut expected = String::new();
    for (kind, key) in &keys {
        let secret = secret(*kind, *key);
        let account = hex::encode(secret.address().0);
        let (own, public) = (hex::encode(secret.bytes()), hex::encode(secret.public_key()));
        writeln!(expected, "{own} {public} {account}").unwrap();
        for (_, message) in messages() {
            let body = body(secret.address(), message);
            let signature = signing::sign(&body, &secret);
            let tx = signing::assemble(body, &[signature]).unwrap();
            writeln!(expected, "{}", hex::encode(tx.encode())).unwrap();
        }
    }
    let key = |(kind, (words, passphrase, index)): &(KeyKind, (&str, &str, u32))| json!({ "kind": kind.name(), "words": words, "passphrase": passphrase, "index": index });
    let given = json!({
        "to": hex::encode(RECIPIENT.0),
        "expiry": EXPIRY_UNIX_MS,
        "chain": { "chain_id": CHAIN.0, "genesis_hash": format!("0x{}", hex::encode(CHAIN.1)) },
        "keys": keys.iter().map(key).collect::<Vec<_>>(),
    });
    for language in languages() {
        let blocks = blocks(&page(), language.name);
        assert_eq!(blocks.len(), 3, "{}: keys, transactions, and their use", language.name);
        let program = [&blocks[0], &blocks[1], language.vectors].concat();
        assert_eq!(run(&language, &program, &given.to_string()), expected, "{}", language.name);
    }
}

/// What an account holds and has delegated, in nlol.
fn standing(rest: &Rest, account: &Address) -> (u64, u64) {
    let number = |value: &Value| value.as_str().map_or(0, |text| text.parse().unwrap());
    let address = account.to_string();
    let balance = number(&rest.get(&["accounts", &address], &[]).unwrap()["balance"]);
    let delegations = rest.get(&["staking", "delegations", &address], &[]).unwrap();
    (balance, number(&delegations["items"][0]["tokens"]))
}

/// The page's use of its own functions: transfers and delegations, by a key of each kind, as the balances say.
#[test]
fn the_programs_of_the_page_transfer_and_delegate_on_a_chain() {
    let chain = DevChain::start(&[]);
    let rest = Rest::at(&chain.url).unwrap();
    let [alice, carol] = KINDS.map(|kind| secret(kind, KEYS[0]).address());
    for language in languages() {
        let before = [alice, carol].map(|account| standing(&rest, &account));
        let printed = run(&language, &blocks(&page(), language.name).concat(), &chain.url);
        // Alice's transfer and delegation, then Carol's.
        let fees: Vec<u64> = printed
            .lines()
            .map(|line| {
                let hash = line.strip_prefix("included 0x").unwrap_or_else(|| panic!("{printed}"));
                let hash = <[u8; 32]>::try_from(hex::decode(hash).unwrap()).unwrap();
                let (_, standing) = rest.tx(&hash).unwrap();
                assert_eq!(standing["receipt"]["error"], Value::Null, "{standing}");
                assert!(standing["height"].is_number() || standing["height"].is_string(), "{standing}");
                standing["receipt"]["fee"].as_str().unwrap().parse().unwrap()
            })
            .collect();
        assert_eq!(fees.len(), 4, "{}: {printed}", language.name);
        let lol = |lol: u64| lol * 1_000_000_000;
        let after = [alice, carol].map(|account| standing(&rest, &account));
        let alice = (before[0].0 - lol(20) + lol(1) - lol(3) - fees[0] - fees[1], before[0].1 + lol(3));
        let carol = (before[1].0 + lol(20) - lol(1) - lol(5) - fees[2] - fees[3], before[1].1 + lol(5));
        assert_eq!(after, [alice, carol], "{}", language.name);
    }
}
