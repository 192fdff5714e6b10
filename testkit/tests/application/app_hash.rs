//! The roots that must never change by accident: after genesis, and after a block with one message of every kind.
//!
//! `CHORTLE_BLESS=1` rewrites the file; do that in a commit of its own that names the upgrade.

use std::collections::BTreeSet;

use bytes::Bytes;
use chortle_app::modules;
use chortle_consensus::application::Application;
use chortle_kernel::tx::Replay;
use chortle_kernel::{Amount, AssetId, Coin, List, Message};
use chortle_testkit::Account;
use chortle_testkit::solo::{CHAIN_ID, Solo, genesis};
use chortle_token::msg;

/// One transaction for each kind of message, in an order in which all of them succeed.
fn one_of_every_kind(solo: &Solo) -> Vec<(&'static str, Bytes)> {
    fn signed<M: Message>(who: &Account, sequence: u64, message: &M) -> (&'static str, Bytes) {
        (M::NAME, who.sign(CHAIN_ID, Replay::Sequence(sequence), 0, message).unwrap().into())
    }
    let coin = |asset, units| Coin { asset: AssetId(asset), amount: Amount::new(units).unwrap() };
    let to = |number: usize, units| msg::Recipient {
        to: solo.accounts[number].address,
        amount: Amount::new(units).unwrap(),
    };
    let (alice, bob, gold) = (&solo.accounts[0], &solo.accounts[1], AssetId(1));
    let create: msg::CreateAsset = serde_json::from_value(serde_json::json!({
        "symbol": "GOLD", "name": "Golden", "decimals": 6, "supply": "1000", "minter": "admin", "cap": "5000",
    }))
    .unwrap();
    let recipients = List::parse(vec![to(1, 3), to(2, 4)]).unwrap();
    vec![
        signed(alice, 0, &create),
        signed(alice, 1, &msg::Mint { to: bob.address, coin: coin(1, 50) }),
        signed(alice, 2, &msg::Burn { coin: coin(1, 7) }),
        signed(alice, 3, &msg::Transfer { to: bob.address, coin: coin(0, 9) }),
        signed(alice, 4, &msg::MultiTransfer { asset: gold, recipients }),
        signed(alice, 5, &msg::OfferAdmin { asset: gold, to: Some(bob.address) }),
        signed(bob, 0, &msg::AcceptAdmin { asset: gold }),
        signed(bob, 1, &msg::RenounceAdmin { asset: gold }),
    ]
}

#[test]
fn the_roots_are_the_golden_ones() {
    let solo = Solo::memory(3).unwrap();
    let at_genesis = solo.chain.init_chain(genesis(&solo.accounts)).unwrap().app_hash;
    let (names, txs): (Vec<_>, Vec<_>) = one_of_every_kind(&solo).into_iter().unzip();
    let every: BTreeSet<_> =
        modules::modules().flat_map(|module| module.messages()).map(|kind| kind.name).collect();
    assert_eq!(
        BTreeSet::from_iter(names.iter().copied()),
        every,
        "a new kind of message joins the golden block"
    );
    let outcome = solo.block(txs).unwrap().outcome;
    for (tx, name) in outcome.txs.iter().zip(&names) {
        assert_eq!(tx.code, 0, "{name}: {}", tx.log);
    }
    let found = format!("genesis {}\nblock {}\n", hex::encode(at_genesis), hex::encode(outcome.app_hash));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/application/app_hash.txt");
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(path).unwrap_or_default());
}
