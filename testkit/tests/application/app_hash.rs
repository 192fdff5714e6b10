//! The roots that must never change by accident: after genesis, after a block in which every message of the first list
//! meets what it needs, and after a block of every example that a message brings. A new message joins by its examples.
//!
//! `CHORTLE_BLESS=1` rewrites the file; do that in a commit of its own that names the upgrade.

use chortle_app::{MODULES, own_module::SetParams};
use std::fmt::Write;

use bytes::Bytes;
use chortle_airdrop::tree::{airdrop_key, tree};
use chortle_consensus::application::Application;
use chortle_kernel::merkle::Node;
use chortle_kernel::tx::{ChainRef, RawMessage, Replay};
use chortle_kernel::{Amount, Message};
use chortle_staking::{ConsensusKey, msg as stake};
use chortle_testkit::Account;
use chortle_testkit::solo::{CHAIN_ID, GENESIS_UNIX_MS, Solo, staked_genesis};
use chortle_token::msg;
use serde_json::{Value, json};

/// The first ruled asset.
const SHINE: &str = "1000000000";

fn signed<M: Message>(on: &ChainRef, who: &Account, sequence: u64, body: Value) -> (&'static str, Bytes) {
    let message: M = serde_json::from_value(body).unwrap_or_else(|error| panic!("{}: {error}", M::NAME));
    let module =
        std::any::type_name::<M>().split("::").next().and_then(|name| name.strip_prefix("chortle_")).unwrap();
    (M::NAME, who.sign_of(module, on, Replay::Sequence(sequence), 0, &message).unwrap().into())
}

/// What a chain meets in its first day, in one block.
///
/// Gold is plain asset 1, and shine is the first ruled one, with every capability and limit.
pub fn first_block(solo: &Solo) -> Vec<(&'static str, Bytes)> {
    let on = &solo.identity;
    let [alice, bob, carol] = [0, 1, 2].map(|number| &solo.accounts[number]);
    let mut made = of_gold(on, alice, bob, carol);
    made.extend(of_objects(on, alice, bob, carol));
    made.extend(of_shine(on, alice, bob, carol));
    made.extend(of_governance(on, alice));
    made.extend(of_validators(on, bob));
    made.extend(of_delegators(on, alice, bob, carol));
    made
}

fn of_gold(on: &ChainRef, alice: &Account, bob: &Account, carol: &Account) -> Vec<(&'static str, Bytes)> {
    let gold = json!({ "asset": "1" });
    let to_both = json!([{ "to": bob.address, "amount": "3" }, { "to": carol.address, "amount": "4" }]);
    vec![
        signed::<msg::CreateAsset>(
            on,
            alice,
            0,
            json!({ "symbol": "GOLD", "name": "Golden", "decimals": 6, "supply": "1000", "minter": "admin", "cap": "5000" }),
        ),
        signed::<msg::Mint>(on, alice, 1, json!({ "to": bob.address, "coin": coin("1", 50) })),
        signed::<msg::Burn>(on, alice, 2, json!({ "coin": coin("1", 7) })),
        signed::<msg::Transfer>(on, alice, 3, json!({ "to": bob.address, "coin": coin("0", 9) })),
        signed::<msg::MultiTransfer>(on, alice, 4, json!({ "asset": "1", "recipients": to_both })),
        signed::<msg::OfferAdmin>(on, alice, 5, json!({ "asset": "1", "to": bob.address })),
        signed::<msg::AcceptAdmin>(on, bob, 0, gold.clone()),
        signed::<msg::RenounceAdmin>(on, bob, 1, gold),
    ]
}

fn of_objects(on: &ChainRef, alice: &Account, bob: &Account, carol: &Account) -> Vec<(&'static str, Bytes)> {
    // Half of it has vested in the first block.
    let schedule =
        json!({ "linear": { "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": 2 * GENESIS_UNIX_MS } });
    let lock =
        json!({ "owner": bob.address, "coin": coin("1", 100), "schedule": schedule, "revocable": true });
    let list = [(bob.address, Amount::new(5).unwrap()), (carol.address, Amount::new(6).unwrap())];
    let key = airdrop_key(CHAIN_ID, &alice.address, 1);
    let tree = tree(&key, &list).unwrap();
    let proof: Vec<_> = tree.proof(1).unwrap().iter().map(ToString::to_string).collect();
    let airdrop = json!({
        "coin": coin("1", 11), "root": tree.root().to_string(), "leaves": 2, "salt": 1,
        "key": Node(key).to_string(),
        "deadline_unix_ms": 2 * GENESIS_UNIX_MS,
    });
    let claim = json!({ "airdrop": 1, "index": 1, "account": carol.address, "amount": "6", "proof": proof });
    vec![
        signed::<chortle_lock::msg::CreateLock>(on, alice, 6, lock),
        signed::<chortle_lock::msg::ClaimLock>(on, bob, 2, json!({ "lock": 1 })),
        signed::<chortle_lock::msg::RevokeLock>(on, alice, 7, json!({ "lock": 1 })),
        signed::<chortle_allowance::msg::Approve>(
            on,
            alice,
            8,
            json!({ "spender": bob.address, "coin": coin("1", 9) }),
        ),
        signed::<chortle_allowance::msg::TransferFrom>(
            on,
            bob,
            3,
            json!({ "owner": alice.address, "to": carol.address, "coin": coin("1", 4) }),
        ),
        signed::<chortle_airdrop::msg::CreateAirdrop>(on, alice, 9, airdrop),
        signed::<chortle_airdrop::msg::ClaimAirdrop>(on, carol, 0, claim),
        signed::<chortle_airdrop::msg::EndAirdrop>(on, alice, 10, json!({ "airdrop": 1 })),
    ]
}

fn of_shine(on: &ChainRef, alice: &Account, bob: &Account, carol: &Account) -> Vec<(&'static str, Bytes)> {
    let capabilities =
        ["mint", "burn", "freeze", "allow_list", "tax", "limits", "metadata", "pause", "force_transfer"];
    let tax =
        |bps: u16| json!({ "burn_bps": bps, "reflect_bps": bps, "treasury_bps": bps, "liquidity_bps": bps });
    let create = json!({
        "symbol": "SHINE", "name": "Shine", "decimals": 2, "supply": "1000000", "cap": "2000000",
        "template": "community", "capabilities": capabilities, "tax": tax(100),
        "limits": { "max_transfer": { "amount": "5000", "lasts_blocks": 100 } },
        "distribution": [{ "to": bob.address, "amount": "1000" }],
    });
    let of = |more: Value| {
        let mut body = json!({ "asset": SHINE });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    vec![
        signed::<msg::CreateAsset>(on, alice, 11, create),
        signed::<msg::Allow>(on, alice, 12, of(json!({ "account": alice.address, "allowed": true }))),
        signed::<msg::Freeze>(on, alice, 13, of(json!({ "account": carol.address, "frozen": true }))),
        signed::<msg::Distribute>(on, alice, 14, of(json!({ "amount": "5000" }))),
        signed::<msg::Collect>(on, bob, 4, of(json!({}))),
        signed::<msg::ForceTransfer>(
            on,
            alice,
            15,
            json!({ "from": bob.address, "to": alice.address, "coin": coin(SHINE, 10) }),
        ),
        signed::<msg::Exclude>(on, alice, 16, of(json!({ "account": bob.address, "excluded": true }))),
        signed::<msg::SetTax>(on, alice, 17, of(json!({ "tax": tax(50) }))),
        signed::<msg::ShortenLimits>(on, alice, 18, of(json!({ "max_transfer_end_height": 9 }))),
        signed::<msg::SetMetadata>(on, alice, 19, of(json!({ "metadata": { "uri": "ipfs://shine" } }))),
        signed::<msg::LowerCap>(on, alice, 20, of(json!({ "cap": "1500000" }))),
        signed::<msg::Pause>(on, alice, 21, of(json!({ "epochs": 1 }))),
        signed::<msg::Seal>(on, alice, 22, of(json!({ "capabilities": ["mint"] }))),
    ]
}

fn of_governance(on: &ChainRef, alice: &Account) -> Vec<(&'static str, Bytes)> {
    let spend = json!({ "asset": SHINE, "to": alice.address, "coin": coin(SHINE, 1) });
    vec![
        signed::<msg::SpendTreasury>(on, alice, 23, spend),
        signed::<msg::DistributeTreasury>(on, alice, 24, json!({ "asset": SHINE, "amount": "1" })),
        signed::<chortle_naming::msg::ReserveSymbol>(on, alice, 25, json!({ "symbol": "SILVER" })),
        signed::<chortle_naming::msg::ReleaseSymbol>(on, alice, 26, json!({ "symbol": "SILVER" })),
        signed::<msg::VerifyAsset>(on, alice, 27, json!({ "asset": "1", "verified": true })),
        of_module::<SetParams>(
            "app",
            on,
            alice,
            28,
            json!({ "path": "app/params", "changes": "{\"gas_price_min\":2}" }),
        ),
    ]
}

fn staking<M: Message>(on: &ChainRef, who: &Account, sequence: u64, body: Value) -> (&'static str, Bytes) {
    of_module::<M>("staking", on, who, sequence, body)
}

fn of_module<M: Message>(
    module: &str,
    on: &ChainRef,
    who: &Account,
    sequence: u64,
    body: Value,
) -> (&'static str, Bytes) {
    let message: M = serde_json::from_value(body).unwrap_or_else(|error| panic!("{}: {error}", M::NAME));
    let replay = Replay::Sequence(sequence);
    (M::NAME, who.sign_of(module, on, replay, 0, &message).unwrap().into())
}

/// A consensus key of a seed, with its proof for an operator.
fn consensus_key(seed: u8, operator: &Account) -> (String, String) {
    let signing = ed25519_zebra::SigningKey::from([seed; 32]);
    let digest = ConsensusKey::proof_digest(CHAIN_ID, &operator.address);
    let key = ConsensusKey(signing.verification_key().into());
    (key.to_string(), format!("0x{}", hex::encode(signing.sign(&digest).to_bytes())))
}

/// Bob becomes a validator; Alice has been one from the start.
fn of_validators(on: &ChainRef, bob: &Account) -> Vec<(&'static str, Bytes)> {
    let about = json!({ "name": "bob", "uri": "https://bob.example" });
    let create = |(key, proof): (String, String)| {
        json!({
            "key": key, "proof": proof, "self_bond": "50000000000", "self_bond_min": "1000000000",
            "commission_bps": 1_000, "ceiling_bps": 2_000, "step_bps": 100, "description": about,
        })
    };
    let edit = json!({ "description": about, "self_bond_min": "2000000000" });
    let (key, proof) = consensus_key(8, bob);
    vec![
        staking::<stake::CreateValidator>(on, bob, 5, create(consensus_key(7, bob))),
        staking::<stake::EditValidator>(on, bob, 6, edit),
        staking::<stake::AnnounceCommission>(on, bob, 7, json!({ "rate_bps": 1_100 })),
        staking::<stake::RotateKey>(on, bob, 8, json!({ "key": key, "proof": proof })),
        staking::<stake::Unjail>(on, bob, 9, json!({})),
    ]
}

fn of_delegators(
    on: &ChainRef,
    alice: &Account,
    bob: &Account,
    carol: &Account,
) -> Vec<(&'static str, Bytes)> {
    let of_alice = |amount: &str| json!({ "validator": alice.address, "amount": amount });
    let cancel = json!({ "validator": alice.address, "created_height": 1, "amount": "1000000000" });
    let moved = json!({ "source": alice.address, "destination": bob.address, "amount": "3000000000" });
    let linear = json!({ "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": 4_000_000_000_000_u64 });
    let part = json!({ "owner": alice.address, "amount": "5", "schedule": { "linear": linear } });
    let asset =
        json!({ "symbol": "TEAM", "name": "Team", "decimals": 0, "supply": "9", "template": "fixed" });
    let launch = json!({ "asset": asset, "locks": [part] });
    vec![
        staking::<stake::Delegate>(on, carol, 1, of_alice("10000000000")),
        staking::<stake::Undelegate>(on, carol, 2, of_alice("2000000000")),
        staking::<stake::CancelUnbonding>(on, carol, 3, cancel),
        staking::<stake::Redelegate>(on, carol, 4, moved),
        staking::<stake::SetRestake>(on, carol, 5, json!({ "validator": alice.address, "on": true })),
        staking::<stake::SetWithdrawAddress>(on, carol, 6, json!({ "to": bob.address })),
        staking::<stake::ClaimRewards>(on, carol, 7, json!({})),
        staking::<stake::ClaimCommission>(on, alice, 29, json!({})),
        signed::<chortle_lock::msg::Launch>(on, alice, 30, launch),
    ]
}

fn coin(asset: &str, units: u64) -> Value {
    json!({ "asset": asset, "amount": units.to_string() })
}

/// Every example of every message, all from one account, each with the next nonce.
fn every_example(solo: &Solo, first: u64) -> Vec<(String, Bytes)> {
    let kinds = MODULES.rows().iter().flat_map(|row| row.module.messages.iter().map(move |kind| (row, kind)));
    let examples = kinds.flat_map(|(row, kind)| {
        (kind.examples)().into_iter().map(move |body| {
            let body = chortle_kernel::Bytes::parse(body).unwrap();
            let message = RawMessage { module: row.tag, tag: kind.tag, body };
            (format!("{}.{}", row.module.name, kind.name), message)
        })
    });
    let sign = |(sequence, (name, message))| {
        let replay = Replay::Sequence(sequence);
        (name, solo.accounts[0].sign_raw(&solo.identity, replay, 0, message).unwrap().into())
    };
    (first..).zip(examples).map(sign).collect()
}

#[test]
fn the_roots_are_the_golden_ones() {
    let solo = Solo::staked(3).unwrap();
    let genesis = staked_genesis(&solo.accounts).unwrap();
    let at_genesis = solo.chain.init_chain(genesis).unwrap().app_hash;
    let (names, txs): (Vec<_>, Vec<_>) = first_block(&solo).into_iter().unzip();
    let outcome = solo.block(txs).unwrap().outcome;
    for (tx, name) in outcome.txs.iter().zip(&names) {
        // Accounts ask in vain for what only governance does, for an end before the deadline, for what nobody earned
        // yet, and out of a jail that nobody is in.
        let expected = match *name {
            "spend_treasury" | "distribute_treasury" | "reserve_symbol" | "release_symbol" => 1,
            "verify_asset" | "set_params" => 1,
            "end_airdrop" => 6,
            "claim_rewards" | "claim_commission" => 27,
            "unjail" => 15,
            _ => 0,
        };
        assert_eq!(tx.code, expected, "{name}: {}", tx.log);
    }
    let mut found = format!("genesis {}\nblock {}\n", hex::encode(at_genesis), hex::encode(outcome.app_hash));
    let (names, txs): (Vec<_>, Vec<_>) = every_example(&solo, 31).into_iter().unzip();
    let outcome = solo.block(txs).unwrap().outcome;
    writeln!(found, "examples {}", hex::encode(outcome.app_hash)).unwrap();
    for (tx, name) in outcome.txs.iter().zip(&names) {
        let became = if tx.code == 0 { "taken".to_owned() } else { format!("{}.{}", tx.codespace, tx.code) };
        writeln!(found, "  {name} {became}").unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/application/app_hash.txt");
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(path).unwrap_or_default());
}
