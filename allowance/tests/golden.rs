//! Everything that other nodes, clients and stored data rely on, byte for byte: keys, encodings, codes, gas.
//!
//! `CHORTLE_BLESS=1` writes the file anew; a change of it breaks consensus and is a commit of its own.

mod common;

use std::{collections::BTreeMap, fmt::Write};

use borsh::BorshSerialize;
use chortle_airdrop::{
    Airdrop,
    event::{AirdropClaimed, AirdropCreated, AirdropEnded},
    state as airdrops, tree,
};
use chortle_allowance::{
    Allowance,
    event::{AllowanceSpent, Approved},
    state as allowances,
};
use chortle_kernel::merkle::Node;
use chortle_kernel::{AssetId, Event, List, MessageKind, Text};
use chortle_lock::{
    Lock, Schedule, Step,
    event::{LockClaimed, LockCreated, LockRevoked},
    state as locks,
};
use chortle_naming::{
    event::{SymbolReleased, SymbolReserved},
    state as names,
};
use chortle_token::{
    Account, Asset, Holding, Params, Rules,
    capability::{Capabilities, Capability},
    event::{
        AdminChanged, AdminOffered, AdminRenounced, AllowedSet, AssetCreated, AssetVerified, Burned,
        CapLowered, Distributed, ExcludedSet, ForceTransferred, FrozenSet, LimitsShortened, MetadataSet,
        Minted, PausedUntil, PaymentAnnounced, Reflected, Sealed, TaxSet, TaxedTransfer, Transferred,
    },
    launch_tax::LaunchTax,
    limits::{Ceiling, CoolDown, Limits},
    payment::{AnnouncedPayment, Leg, Payment},
    protocol, state,
    tax::{AnnouncedTax, Split, Tax, TaxPlan},
    totals::{Payout, Totals},
    types::{Snapshot, Sweep},
};
use common::{MODULES, amount, who, with_addresses};
use serde_json::{Value, json};

/// What a message's examples leave out: bodies with every field that the byte layout has.
fn whole(verb: &str) -> Option<Value> {
    let coin = json!({ "asset": "17", "amount": "150" });
    let tax =
        json!({ "burn_bps": 1, "reflect_bps": 2, "treasury_bps": 3, "liquidity_bps": 4, "max_fee": "5" });
    Some(with_addresses(match verb {
        "create_asset" => json!({
            "symbol": "DOGE", "name": "Doge of the North", "decimals": 2,
            "metadata": { "uri": "ipfs://bafy", "sha256": format!("0x{}", "cd".repeat(32)) },
            "supply": "1000", "cap": "2000", "minter": "admin", "template": "community",
            "capabilities": [
                "mint", "burn", "freeze", "allow_list", "tax", "limits", "metadata", "pause", "force_transfer",
            ],
            "tax": tax, "burn_floor": "10", "payout": "own",
            "limits": {
                "opens_after_blocks": 5, "max_transfer": { "amount": "10", "lasts_blocks": 100 },
                "max_wallet": { "amount": "20", "lasts_blocks": 200 }, "cool_down": { "blocks": 3, "lasts_blocks": 300 },
                "launch_tax": { "bps": 2_000, "lasts_blocks": 400 },
            },
            "distribution": [{ "to": "@bob", "amount": "1" }, { "to": "@carol", "amount": "2" }],
        }),
        "seal" => json!({ "asset": "17", "capabilities": ["mint", "freeze"] }),
        "lower_cap" => json!({ "asset": "17", "cap": "1000" }),
        "set_tax" => json!({ "asset": "17", "tax": tax }),
        "shorten_limits" => json!({
            "asset": "17", "opens_height": 1, "max_transfer_end_height": 2, "max_wallet_end_height": 3,
            "cool_down_end_height": 4, "launch_tax_end_height": 5,
        }),
        "set_metadata" => json!({ "asset": "17", "metadata": { "uri": "https://doge.example" } }),
        "freeze" => json!({ "asset": "17", "account": "@bob", "frozen": true }),
        "allow" => json!({ "asset": "17", "account": "@bob", "allowed": true }),
        "pause" => json!({ "asset": "17", "epochs": 3 }),
        "force_transfer" => json!({ "from": "@alice", "to": "@bob", "coin": coin }),
        "exclude" => json!({ "asset": "17", "account": "@bob", "excluded": true }),
        "distribute" | "distribute_treasury" => json!({ "asset": "17", "amount": "150" }),
        "collect" => json!({ "asset": "17" }),
        "spend_liquidity" => json!({ "asset": "17", "to": "@bob", "amount": "150" }),
        "announce_payment" => json!({
            "asset": "17", "payment": { "leg": "liquidity", "to": "@bob", "coin": coin },
        }),
        "pay_announced" => json!({ "asset": "17" }),
        "spend_treasury" => json!({ "asset": "17", "to": "@bob", "coin": coin }),
        "mint" | "transfer" => json!({ "to": "@bob", "coin": coin }),
        "burn" => json!({ "coin": coin }),
        "multi_transfer" => json!({ "asset": "17", "recipients": [
            { "to": "@bob", "amount": "1" }, { "to": "@carol", "amount": "2" },
        ] }),
        "offer_admin" => json!({ "asset": "17", "to": "@bob" }),
        "accept_admin" | "renounce_admin" => json!({ "asset": "17" }),
        other => return whole_of_objects(other, &coin).map(with_addresses),
    }))
}

fn whole_of_objects(verb: &str, coin: &Value) -> Option<Value> {
    Some(match verb {
        "create_lock" => json!({
            "owner": "@bob", "coin": coin, "revocable": true,
            "schedule": { "linear": { "start_unix_ms": 1, "cliff_unix_ms": 2, "end_unix_ms": 3 } },
        }),
        "claim_lock" | "revoke_lock" => json!({ "lock": 5 }),
        "launch" => json!({
            "asset": {
                "symbol": "DOGE", "name": "Doge of the North", "decimals": 2, "supply": "1000", "template": "vested",
            },
            "locks": [{
                "owner": "@bob", "amount": "150", "revocable": true,
                "schedule": { "linear": { "start_unix_ms": 1, "cliff_unix_ms": 2, "end_unix_ms": 3 } },
            }],
        }),
        "approve" => json!({ "spender": "@bob", "coin": coin, "expires_unix_ms": 9, "expected": "3" }),
        "transfer_from" => json!({ "owner": "@alice", "to": "@bob", "coin": coin }),
        "create_airdrop" => json!({
            "coin": coin, "root": format!("0x{}", "ab".repeat(32)), "leaves": 3, "salt": 4,
            "key": format!("0x{}", "cd".repeat(32)), "deadline_unix_ms": 9,
        }),
        "claim_airdrop" => json!({
            "airdrop": 5, "index": 2, "account": "@bob", "amount": "7",
            "proof": [format!("0x{}", "cd".repeat(32)), format!("0x{}", "ef".repeat(32))],
        }),
        "end_airdrop" => json!({ "airdrop": 5 }),
        "reserve_symbol" | "release_symbol" => json!({ "symbol": "DOGE" }),
        "verify_asset" => json!({ "asset": "17", "verified": true }),
        _ => return None,
    })
}

fn steps() -> Schedule {
    let step = |at_unix_ms, units| Step { at_unix_ms, amount: amount(units) };
    Schedule::Steps(List::parse(vec![step(1, 50), step(2, 100)]).unwrap())
}

fn hex_of(value: &impl BorshSerialize) -> String {
    hex::encode(chortle_kernel::codec::encode(value))
}

fn messages(out: &mut String) {
    for (module, kind) in
        MODULES.iter().flat_map(|module| module.messages.iter().map(|kind| (module.name, kind)))
    {
        for (title, json) in whole(kind.name).map(|json| ("message", json)).into_iter().chain(examples(kind))
        {
            let bytes = (kind.from_json)(json.clone()).unwrap();
            let message = (kind.decode)(&bytes).unwrap();
            message.check().unwrap();
            assert_eq!(message.to_json(), json, "{}", kind.name);
            for cut in 0..bytes.len() {
                assert!((kind.decode)(&bytes[..cut]).is_err(), "{} cut at {cut}", kind.name);
            }
            assert!((kind.decode)(&[bytes.as_slice(), &[0]].concat()).is_err(), "{}", kind.name);
            writeln!(out, "{title} {module} {} {} gas {}", kind.tag, kind.name, message.gas()).unwrap();
            writeln!(out, "  {}", hex::encode(bytes)).unwrap();
        }
    }
}

/// The examples that a message brings: every kind is here, whether the table above knows it or not.
fn examples(kind: &MessageKind) -> impl Iterator<Item = (&'static str, Value)> + use<> {
    let decode = kind.decode;
    (kind.examples)().into_iter().map(move |bytes| ("example", decode(&bytes).unwrap().to_json()))
}

fn sample<E: Event>(event: &E) -> (&'static str, String) {
    (E::KIND, hex_of(event))
}

/// Bodies with every field; what a message's examples emit stands in `app/tests/examples.txt`.
fn events(out: &mut String) {
    let (alice, bob, asset) = (who("alice"), who("bob"), AssetId(17));
    let native = Asset::native();
    let samples = [
        sample(&AssetCreated {
            asset,
            creator: alice,
            symbol: native.symbol,
            name: native.name,
            decimals: native.decimals,
            cap: native.cap,
            minter: Asset::native().minter(),
            template: native.template,
            capabilities: native.capabilities,
        }),
        sample(&Minted { asset, to: bob, amount: amount(150), supply: amount(1_150) }),
        sample(&Burned { asset, from: bob, amount: amount(150), supply: amount(1_000) }),
        sample(&Transferred { from: alice, to: bob, asset, amount: amount(150) }),
        sample(&AdminOffered { asset, admin: alice, to: Some(bob) }),
        sample(&AdminChanged { asset, from: alice, to: bob }),
        sample(&AdminRenounced { asset, admin: bob }),
        sample(&TaxedTransfer {
            from: alice,
            to: bob,
            asset,
            amount: amount(150),
            net: amount(140),
            split: split(),
            supply: amount(1_000),
        }),
        sample(&Reflected {
            holders_of: asset,
            from: Some(alice),
            to: bob,
            asset: AssetId::NATIVE,
            amount: amount(150),
        }),
        sample(&Distributed {
            holders_of: asset,
            from: bob,
            asset,
            amount: amount(150),
            net: amount(140),
            split: split(),
        }),
        sample(&ForceTransferred { asset, admin: bob, from: alice, to: bob, amount: amount(150) }),
        sample(&Sealed { asset, sealed: Capabilities::of(&[Capability::Mint]), left: Capabilities::NONE }),
        sample(&CapLowered { asset, cap: amount(150) }),
        sample(&TaxSet { asset, tax: tax(), epoch: 7 }),
        sample(&LimitsShortened { asset, limits: limits() }),
        sample(&MetadataSet { asset, metadata: None }),
        sample(&FrozenSet { asset, account: bob, frozen: true }),
        sample(&AllowedSet { asset, account: bob, allowed: true }),
        sample(&ExcludedSet { asset, account: bob, excluded: true }),
        sample(&PausedUntil { asset, until_epoch: 9 }),
        sample(&AssetVerified { asset, verified: true }),
        sample(&PaymentAnnounced { asset, payment: Some(payment()), epoch: 9 }),
    ];
    let samples: BTreeMap<_, _> = samples.into_iter().chain(of_objects(asset)).collect();
    let kinds = [&chortle_token::MODULE, &chortle_lock::MODULE, &chortle_allowance::MODULE]
        .into_iter()
        .chain([&chortle_airdrop::MODULE, &chortle_naming::MODULE])
        .flat_map(|module| module.events);
    for kind in kinds {
        let Some(sample) = samples.get(kind.kind) else { continue };
        let json = (kind.to_json)(&hex::decode(sample).unwrap()).expect(kind.kind);
        writeln!(out, "event {}\n  {sample}\n  {json}", kind.kind).unwrap();
    }
}

/// Events of locks, allowances, airdrops and names.
fn of_objects(asset: AssetId) -> Vec<(&'static str, String)> {
    let (alice, bob) = (who("alice"), who("bob"));
    vec![
        sample(&LockCreated {
            lock: 5,
            asset,
            owner: bob,
            funder: alice,
            amount: amount(150),
            schedule: steps(),
            revocable: true,
        }),
        sample(&LockClaimed {
            lock: 5,
            asset,
            owner: bob,
            amount: amount(50),
            earned: amount(1),
            held: amount(100),
        }),
        sample(&LockRevoked {
            lock: 5,
            asset,
            owner: bob,
            funder: alice,
            returned: amount(60),
            earned: amount(1),
            held: amount(40),
        }),
        sample(&Approved { owner: alice, spender: bob, asset, amount: amount(9), expires_unix_ms: Some(8) }),
        sample(&AllowanceSpent { owner: alice, spender: bob, asset, amount: amount(5), left: amount(4) }),
        sample(&AirdropCreated {
            airdrop: 5,
            asset,
            sponsor: alice,
            root: Node([0xab; 32]),
            leaves: 3,
            total: amount(150),
            deadline_unix_ms: 9,
        }),
        sample(&AirdropClaimed {
            airdrop: 5,
            asset,
            index: 2,
            account: bob,
            amount: amount(7),
            held: amount(143),
        }),
        sample(&AirdropEnded { airdrop: 5, asset, sponsor: alice, returned: amount(143) }),
        sample(&SymbolReserved { symbol: Text::parse("DOGE").unwrap() }),
        sample(&SymbolReleased { symbol: Text::parse("DOGE").unwrap() }),
    ]
}

fn split() -> Split {
    Split { burn: amount(1), reflect: amount(2), treasury: amount(3), liquidity: amount(4) }
}

fn tax() -> Tax {
    Tax { burn_bps: 1, reflect_bps: 2, treasury_bps: 3, liquidity_bps: 4, max_fee: Some(amount(5)) }
}

fn limits() -> Limits {
    Limits {
        opens_height: 1,
        max_transfer: Some(Ceiling { amount: amount(2), end_height: 3 }),
        max_wallet: Some(Ceiling { amount: amount(4), end_height: 5 }),
        cool_down: Some(CoolDown { blocks: 6, end_height: 7 }),
        launch_tax: Some(LaunchTax { bps: 8, opens_height: 9, end_height: 10 }),
    }
}

fn rules() -> Rules {
    let tax = TaxPlan { before: tax(), announced: Some(AnnouncedTax { tax: tax(), epoch: 9 }) };
    let burn_floor = amount(10);
    Rules { tax, burn_floor, limits: limits(), freezable: true, listed: false, paused_until_epoch: Some(3) }
}

fn totals() -> Totals {
    Totals {
        supply: amount(1),
        treasury: amount(2),
        liquidity: amount(3),
        payout: Payout::Own,
        index: 4 << 64,
        eligible: amount(5),
        pot: amount(6),
        carry: 7,
        held: amount(8),
        snapshot_height: 9,
    }
}

fn payment() -> Payment {
    let coin = chortle_kernel::Coin { asset: AssetId(17), amount: amount(150) };
    Payment { leg: Leg::Liquidity, to: who("bob"), coin }
}

fn holding() -> Holding {
    let (balance, index) = (amount(150), 4 << 64);
    Holding {
        balance,
        index,
        fraction: 11,
        owed: amount(9),
        last_sent_height: 7,
        frozen: true,
        allowed: false,
        excluded: true,
    }
}

fn state_rows(out: &mut String) {
    for row in MODULES.iter().flat_map(|module| module.keys) {
        writeln!(out, "key {}: {} -> {}", row.prefix, (row.key_type)(), (row.value_type)()).unwrap();
    }
    let address = who("alice");
    let mut show =
        |key: Vec<u8>, value: String| writeln!(out, "state {}\n  {value}", key.escape_ascii()).unwrap();
    show(state::ACCOUNT.key(&address), hex_of(&Account { nonce: 3, balance: amount(150) }));
    show(state::BALANCE.key(&(address, AssetId(17))), hex_of(&amount(150)));
    show(state::ASSET.key(&AssetId::NATIVE), hex_of(&Asset::native()));
    show(state::SUPPLY.key(&AssetId(17)), hex_of(&amount(150)));
    show(names::BY_SYMBOL.key(&("DOGE".to_owned(), AssetId(17))), hex_of(&7_u64));
    show(state::NEXT_ASSET_ID.key(), hex_of(&AssetId(18)));
    show(state::PARAMS.key(), hex_of(&Params::default()));
    show(state::NEXT_RULED_ID.key(), hex_of(&AssetId::RULED_FIRST));
    show(state::RULES.key(&AssetId(17)), hex_of(&rules()));
    show(state::TOTALS.key(&AssetId(17)), hex_of(&totals()));
    show(state::HOLDING.key(&(address, AssetId(17))), hex_of(&holding()));
    show(state::HOLDERS.key(&(AssetId(17), u64::MAX - 150, address)), hex_of(&()));
    show(state::SUPPLY_HISTORY.key(&(AssetId(17), 3_u64)), hex_of(&amount(150)));
    show(state::BY_CREATOR.key(&(address, AssetId(17))), hex_of(&()));
    holdings(&mut show);
}

fn holdings(show: &mut impl FnMut(Vec<u8>, String)) {
    let (alice, bob, asset) = (who("alice"), who("bob"), AssetId(17));
    let lock = Lock {
        asset,
        owner: bob,
        funder: alice,
        amount: amount(150),
        claimed: amount(50),
        schedule: steps(),
        revocable: true,
        revoked_unix_ms: Some(1),
        index: 7 << 64,
        created_height: 7,
    };
    let airdrop = Airdrop {
        asset,
        sponsor: alice,
        key: tree::airdrop_key("test", &alice, 4),
        root: Node([0xab; 32]),
        leaves: 3,
        total: amount(150),
        claimed: amount(7),
        claims: 1,
        deadline_unix_ms: 9,
        ended: false,
        created_height: 7,
    };
    let allowance = Allowance { amount: amount(9), expires_unix_ms: Some(8) };
    show(locks::LOCK.key(&5_u64), hex_of(&lock));
    show(locks::NEXT_ID.key(), hex_of(&6_u64));
    show(locks::BY_OWNER.key(&(bob, 5_u64)), String::new());
    show(locks::BY_FUNDER.key(&(alice, 5_u64)), String::new());
    show(locks::BY_ASSET.key(&(asset, 5_u64)), String::new());
    show(allowances::ALLOWANCE.key(&(alice, bob, asset)), hex_of(&allowance));
    show(allowances::BY_SPENDER.key(&(bob, alice, asset)), String::new());
    show(airdrops::AIRDROP.key(&5_u64), hex_of(&airdrop));
    show(airdrops::NEXT_ID.key(), hex_of(&6_u64));
    show(airdrops::BITS.key(&(5_u64, 0_u32)), hex_of(&[4_u8; 32]));
    show(airdrops::BY_KEY.key(&airdrop.key), hex_of(&5_u64));
    show(airdrops::BY_SPONSOR.key(&(alice, 5_u64)), String::new());
    show(airdrops::BY_ASSET.key(&(asset, 5_u64)), String::new());
    let skeleton = chortle_naming::skeleton("Bitcoin");
    show(names::BY_NAME.key(&(skeleton.clone(), asset)), hex_of(&7_u64));
    show(names::RESERVED.key(&skeleton), hex_of(&"Bitcoin"));
    show(state::VERIFIED.key(&asset), String::new());
    show(state::SNAPSHOT.key(&(asset, 7_u64)), hex_of(&Snapshot { power: amount(150), holders: 2 }));
    show(state::BALANCE_THEN.key(&(asset, alice, 7_u64)), hex_of(&amount(150)));
    show(state::SWEEP.key(&asset), hex_of(&Sweep { after: Some((alice, 7)) }));
    let announced = AnnouncedPayment { payment: payment(), by: alice, epoch: 9 };
    show(state::PAYMENT.key(&asset), hex_of(&announced));
    let (leaf, other) = (tree::leaf(&airdrop.key, 0, &alice, amount(1)), Node([0; 32]));
    show(b"merkle leaf and node".to_vec(), format!("{leaf} {}", Node::over(&leaf, &other)));
}

#[test]
fn the_golden_file_holds() {
    let mut out = String::new();
    state_rows(&mut out);
    messages(&mut out);
    events(&mut out);
    for row in MODULES.iter().flat_map(|module| module.errors) {
        writeln!(out, "error {}.{} {}", row.codespace, row.number, row.name).unwrap();
    }
    for query in MODULES.iter().flat_map(|module| module.queries) {
        writeln!(out, "query {} /v1/{}", query.name, query.path).unwrap();
    }
    let asset = AssetId(17);
    for address in [protocol::treasury_of(asset), protocol::liquidity_of(asset), protocol::rewards_of(asset)]
    {
        writeln!(out, "protocol {} {address}", protocol::name(&address).unwrap()).unwrap();
    }
    for escrow in MODULES.iter().flat_map(|module| module.escrows) {
        writeln!(out, "protocol {} {}", escrow.name, escrow.address).unwrap();
    }

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        std::fs::write(path, &out).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    for (line, (found, expected)) in out.lines().zip(golden.lines()).enumerate() {
        assert_eq!(found, expected, "line {} of golden.txt", line + 1);
    }
    assert_eq!(out.lines().count(), golden.lines().count(), "golden.txt has another length");
}
