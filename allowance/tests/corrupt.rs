//! What each invariant is there to find: a state that is spoilt in one place. An invariant that finds nothing would
//! hold nothing, and every other test would pass.

mod common;
mod rejected;

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_airdrop::{
    state as airdrops,
    tree::{airdrop_key, tree},
};
use chortle_allowance::state as allowances;
use chortle_kernel::{Address, Amount, AssetId, List, Map, Message, Order, Origin, StateKey, merkle::Node};
use chortle_lock::state as locks;
use chortle_naming::state as names;
use chortle_token::{
    capability::{Capabilities, Capability},
    msg, protocol, state,
    totals::Totals,
    types::{Account, Asset, Holding, Rules, Snapshot},
};
use common::{Ledger, MODULES, amount, funded, who};
use rejected::create;
use serde_json::{Value, json};

const PLAIN: AssetId = AssetId(1);
/// Pays its holders in itself; dave is excluded, and a part is locked.
const OWN: AssetId = AssetId(1_000_000_000);
/// Pays its holders in LOL.
const NATIVE: AssetId = AssetId(1_000_000_001);
/// An asset that does not exist.
const NONE: AssetId = AssetId(77);

fn coin(asset: AssetId, units: u64) -> Value {
    json!({ "asset": asset, "amount": units.to_string() })
}

fn lock(asset: AssetId) -> Value {
    let schedule = json!({ "linear": { "start_unix_ms": 0, "cliff_unix_ms": 0, "end_unix_ms": 9_000 } });
    json!({ "owner": "@carol", "coin": coin(asset, 1_000), "schedule": schedule, "revocable": true })
}

fn busy() -> Ledger {
    let mut ledger = Ledger::new(&funded());
    ledger.block.time_unix_ms = 1_000;
    let capabilities = ["burn", "tax", "freeze"];
    let own = create("reflection", json!({ "tax": {}, "capabilities": capabilities }));
    let native = create("reflection", json!({ "tax": {}, "payout": "native" }));
    let key = airdrop_key("test", &who("alice"), 0);
    let list = [(who("bob"), amount(10)), (who("carol"), amount(20)), (who("dave"), amount(100))];
    let tree = tree(&key, &list).unwrap();
    let proof: Vec<_> = tree.proof(0).unwrap().iter().map(ToString::to_string).collect();
    let airdrop = json!({
        "coin": coin(PLAIN, 60), "root": tree.root().to_string(), "leaves": 3, "salt": 0,
        "key": Node(key).to_string(), "deadline_unix_ms": 3_000,
    });
    let claim = json!({ "airdrop": 1, "index": 0, "account": "@bob", "amount": "10", "proof": proof });
    for (verb, body) in [
        ("create_asset", create("mintable_capped", json!({}))),
        ("create_asset", own),
        ("create_asset", native),
        ("exclude", json!({ "asset": OWN, "account": "@dave", "excluded": true })),
        ("create_lock", lock(OWN)),
        ("create_lock", lock(NATIVE)),
        ("distribute", json!({ "asset": OWN, "amount": "1001" })),
        ("distribute", json!({ "asset": NATIVE, "amount": "1001" })),
        ("approve", json!({ "spender": "@bob", "coin": coin(PLAIN, 50) })),
        ("create_airdrop", airdrop),
        ("claim_airdrop", claim),
    ] {
        ledger.send("alice", verb, body).unwrap_or_else(|reject| panic!("{verb}: {reject}"));
    }
    let verify = msg::VerifyAsset { asset: PLAIN, verified: true };
    ledger.attempt(Origin::Governance, |ctx| verify.execute(ctx)).unwrap();
    ledger
}

fn change<K, V>(ledger: &mut Ledger, map: Map<K, V>, key: &K, by: impl FnOnce(&mut V))
where
    K: StateKey + 'static,
    V: BorshSerialize + BorshDeserialize + 'static,
{
    let mut value = map.get(&ledger.state, key).unwrap().unwrap();
    by(&mut value);
    map.set(&mut ledger.state, key, &value);
}

fn asset(ledger: &mut Ledger, id: AssetId, by: impl FnOnce(&mut Asset)) {
    change(ledger, state::ASSET, &id, by);
}

fn totals(ledger: &mut Ledger, id: AssetId, by: impl FnOnce(&mut Totals)) {
    change(ledger, state::TOTALS, &id, by);
}

fn rules(ledger: &mut Ledger, by: impl FnOnce(&mut Rules)) {
    change(ledger, state::RULES, &OWN, by);
}

fn hold(ledger: &mut Ledger, account: Address, holding: Holding) {
    state::HOLDING.set(&mut ledger.state, &(account, OWN), &holding);
}

fn above(sum: Amount) -> Amount {
    sum.checked_add(amount(1)).unwrap()
}

fn below(sum: Amount) -> Amount {
    sum.checked_sub(amount(1)).unwrap()
}

type Case = (&'static str, &'static str, fn(&mut Ledger));

const TOKEN: &[Case] = &[
    ("what_holders_have_is_their_balances", "a unit that nobody has", |ledger| {
        totals(ledger, OWN, |row| row.held = above(row.held));
    }),
    ("snapshots_are_exact", "a height that nobody holds", |ledger| {
        totals(ledger, OWN, |row| row.snapshot_height = 1);
    }),
    ("snapshots_are_exact", "a height at which nobody votes", |ledger| {
        let snapshot = Snapshot { power: amount(1), holders: 1 };
        state::SNAPSHOT.set(&mut ledger.state, &(OWN, 1), &snapshot);
        totals(ledger, OWN, |row| row.snapshot_height = 1);
    }),
    ("balances_are_kept_for_a_vote_alone", "a balance that no vote needs", |ledger| {
        state::BALANCE_THEN.set(&mut ledger.state, &(OWN, who("bob"), 1), &amount(1));
    }),
    ("supply_is_balances_and_escrows", "LOL out of nowhere", |ledger| {
        change(ledger, state::ACCOUNT, &who("bob"), |row| row.balance = above(row.balance));
    }),
    ("supply_is_balances_and_escrows", "a balance out of nowhere", |ledger| {
        change(ledger, state::BALANCE, &(who("alice"), PLAIN), |row| *row = above(*row));
    }),
    ("supply_is_balances_and_escrows", "a holding out of nowhere", |ledger| {
        change(ledger, state::HOLDING, &(who("alice"), OWN), |row| row.balance = above(row.balance));
    }),
    ("supply_is_balances_and_escrows", "a treasury out of nowhere", |ledger| {
        totals(ledger, OWN, |row| row.treasury = amount(1));
    }),
    ("supply_is_balances_and_escrows", "liquidity out of nowhere", |ledger| {
        totals(ledger, OWN, |row| row.liquidity = amount(1));
    }),
    ("supply_is_balances_and_escrows", "a pot out of nowhere", |ledger| {
        totals(ledger, OWN, |row| row.pot = above(row.pot));
    }),
    ("supply_is_balances_and_escrows", "a balance of no asset", |ledger| {
        state::BALANCE.set(&mut ledger.state, &(who("bob"), NONE), &amount(1));
    }),
    ("supply_is_within_cap", "a supply one unit above the cap", |ledger| {
        asset(ledger, PLAIN, |row| row.cap = amount(999_999));
    }),
    ("supply_is_within_cap", "a supply without a record", |ledger| {
        state::SUPPLY.set(&mut ledger.state, &NONE, &Amount::ZERO);
    }),
    ("no_zero_is_stored", "an empty account", |ledger| {
        state::ACCOUNT.set(&mut ledger.state, &who("dave"), &Account::default());
    }),
    ("no_zero_is_stored", "an empty balance", |ledger| {
        state::BALANCE.set(&mut ledger.state, &(who("dave"), PLAIN), &Amount::ZERO);
    }),
    ("no_zero_is_stored", "a balance of LOL beside the account", |ledger| {
        state::BALANCE.set(&mut ledger.state, &(who("dave"), AssetId::NATIVE), &amount(1));
    }),
    ("no_zero_is_stored", "an empty holding", |ledger| hold(ledger, who("bob"), Holding::default())),
    ("no_zero_is_stored", "a holding of nothing with an index", |ledger| {
        hold(ledger, who("bob"), Holding { index: 1, frozen: true, ..Holding::default() });
    }),
    ("next_id_is_above_every_id", "a plain number that comes again", |ledger| {
        state::NEXT_ASSET_ID.set(&mut ledger.state, &PLAIN);
    }),
    ("next_id_is_above_every_id", "a ruled number that comes again", |ledger| {
        state::NEXT_RULED_ID.set(&mut ledger.state, &NATIVE);
    }),
    ("next_id_is_above_every_id", "another record of LOL", |ledger| {
        asset(ledger, AssetId::NATIVE, |row| row.decimals = 8);
    }),
    ("next_id_is_above_every_id", "a plain asset without a supply", |ledger| {
        state::SUPPLY.remove(&mut ledger.state, &PLAIN);
    }),
    ("next_id_is_above_every_id", "a ruled asset with a plain supply", |ledger| {
        state::SUPPLY.set(&mut ledger.state, &OWN, &amount(1_000_000));
    }),
    ("next_id_is_above_every_id", "a ruled asset without figures", |ledger| {
        state::TOTALS.remove(&mut ledger.state, &OWN);
    }),
    ("next_id_is_above_every_id", "a plain asset with figures", |ledger| {
        state::TOTALS.set(&mut ledger.state, &PLAIN, &Totals::default());
    }),
    ("renounced_assets_have_no_offer", "an offer of nobody", |ledger| {
        asset(ledger, PLAIN, |row| (row.admin, row.pending_admin) = (None, Some(who("bob"))));
    }),
    ("skeletons_are_those_of_the_symbols", "a symbol that is not listed", |ledger| {
        let key = (chortle_naming::skeleton("DOGE"), PLAIN);
        names::BY_SYMBOL.remove(&mut ledger.state, &key);
    }),
    ("skeletons_are_those_of_the_symbols", "a symbol of another height", |ledger| {
        let key = (chortle_naming::skeleton("DOGE"), PLAIN);
        change(ledger, names::BY_SYMBOL, &key, |height| *height += 1);
    }),
    ("skeletons_are_those_of_the_symbols", "a symbol of no asset", |ledger| {
        names::BY_SYMBOL.set(&mut ledger.state, &("x".to_owned(), NONE), &7);
    }),
    ("eligible_supply_is_exact", "more that earns than there is", |ledger| {
        totals(ledger, OWN, |row| row.eligible = above(row.eligible));
    }),
    ("eligible_supply_is_exact", "something that earns and is not counted", |ledger| {
        totals(ledger, OWN, |row| row.eligible = below(row.eligible));
    }),
    ("pots_cover_what_is_due", "a pot of too little", |ledger| {
        totals(ledger, OWN, |row| row.pot = Amount::ZERO);
    }),
    ("pots_cover_what_is_due", "a pot of LOL that its account does not hold", |ledger| {
        change(ledger, state::ACCOUNT, &protocol::rewards_of(NATIVE), |row| row.balance = below(row.balance));
    }),
    ("pots_cover_what_is_due", "LOL for holders who are paid in the asset itself", |ledger| {
        let account = Account { nonce: 0, balance: amount(1) };
        state::ACCOUNT.set(&mut ledger.state, &protocol::rewards_of(OWN), &account);
    }),
    ("rules_fit_their_assets", "a capability beyond the template", |ledger| {
        let mint = Capabilities::of(&[Capability::Mint]);
        asset(ledger, OWN, |row| row.capabilities = row.capabilities.or(mint));
    }),
    ("rules_fit_their_assets", "a ruled asset without rules", |ledger| {
        state::RULES.remove(&mut ledger.state, &OWN);
    }),
    ("rules_fit_their_assets", "rules of a plain asset", |ledger| {
        state::RULES.set(&mut ledger.state, &PLAIN, &Rules::default());
    }),
    ("rules_fit_their_assets", "a tax above the ceiling", |ledger| {
        rules(ledger, |row| row.tax.before.burn_bps = 10_000);
    }),
    ("rules_fit_their_assets", "accounts that cannot be frozen, and an admin who may", |ledger| {
        rules(ledger, |row| row.freezable = false);
    }),
    ("rules_fit_their_assets", "a list, and no admin who may", |ledger| {
        rules(ledger, |row| row.listed = true);
    }),
    ("rules_fit_their_assets", "excluded by the record, and not by the holding", |ledger| {
        state::HOLDING.remove(&mut ledger.state, &(who("dave"), OWN));
    }),
    ("accounts_of_the_protocol_have_no_flags", "a frozen account of the protocol", |ledger| {
        hold(ledger, protocol::TREASURY, Holding { frozen: true, ..Holding::default() });
    }),
    ("accounts_of_the_protocol_have_no_flags", "a listed account of the protocol", |ledger| {
        hold(ledger, protocol::TREASURY, Holding { allowed: true, ..Holding::default() });
    }),
    ("accounts_of_the_protocol_have_no_flags", "an excluded account of the protocol", |ledger| {
        hold(ledger, protocol::TREASURY, Holding { excluded: true, ..Holding::default() });
        asset(ledger, OWN, |row| {
            row.exclusions = List::parse(vec![who("dave"), protocol::TREASURY]).unwrap()
        });
    }),
    ("accounts_of_the_protocol_have_no_flags", "excluded by the holding, and not by the record", |ledger| {
        hold(ledger, who("bob"), Holding { excluded: true, ..Holding::default() });
    }),
    ("history_ends_with_the_supply", "a supply that the history does not end with", |ledger| {
        state::SUPPLY_HISTORY.set(&mut ledger.state, &(PLAIN, 0), &amount(999_999));
    }),
    ("names_are_listed_by_their_skeletons", "a name that is not listed", |ledger| {
        let key = (chortle_naming::skeletons("Doge").pop_first().unwrap(), PLAIN);
        names::BY_NAME.remove(&mut ledger.state, &key);
    }),
    ("names_are_listed_by_their_skeletons", "a name of another height", |ledger| {
        let key = (chortle_naming::skeletons("Doge").pop_first().unwrap(), PLAIN);
        change(ledger, names::BY_NAME, &key, |height| *height += 1);
    }),
    ("names_are_listed_by_their_skeletons", "a name of no asset", |ledger| {
        names::BY_NAME.set(&mut ledger.state, &("x".to_owned(), NONE), &7);
    }),
    ("verified_assets_exist", "a badge of no asset", |ledger| {
        state::VERIFIED.set(&mut ledger.state, &NONE, &());
    }),
];

const AROUND: &[Case] = &[
    ("reservations_stand_by_their_skeletons", "a reservation elsewhere", |ledger| {
        let (_, text) = names::RESERVED.iter(&ledger.state, Order::Ascending).next().unwrap().unwrap();
        names::RESERVED.set(&mut ledger.state, &"elsewhere".to_owned(), &text);
    }),
    ("locks_are_sound", "a number that comes again", |ledger| {
        locks::NEXT_ID.set(&mut ledger.state, &2);
    }),
    ("locks_are_sound", "an empty lock", |ledger| {
        change(ledger, locks::LOCK, &1, |row| row.claimed = row.amount);
    }),
    ("locks_are_sound", "a lock of the protocol", |ledger| {
        change(ledger, locks::LOCK, &1, |row| row.owner = protocol::TREASURY);
    }),
    ("lists_of_locks_are_exact", "a lock that its owner's list lacks", |ledger| {
        locks::BY_OWNER.remove(&mut ledger.state, &(who("carol"), 1));
    }),
    ("lists_of_locks_are_exact", "a lock that its funder's list lacks", |ledger| {
        locks::BY_FUNDER.remove(&mut ledger.state, &(who("alice"), 1));
    }),
    ("lists_of_locks_are_exact", "a lock that its asset's list lacks", |ledger| {
        locks::BY_ASSET.remove(&mut ledger.state, &(OWN, 1));
    }),
    ("lists_of_locks_are_exact", "a line of no lock", |ledger| {
        locks::BY_OWNER.set(&mut ledger.state, &(who("carol"), 9), &());
    }),
    ("lists_of_locks_are_exact", "a funder's line of no lock", |ledger| {
        locks::BY_FUNDER.set(&mut ledger.state, &(who("carol"), 9), &());
    }),
    ("lists_of_locks_are_exact", "an asset's line of no lock", |ledger| {
        locks::BY_ASSET.set(&mut ledger.state, &(OWN, 9), &());
    }),
    ("pots_are_what_holders_and_locks_are_due", "something in the pot that nobody is due", |ledger| {
        totals(ledger, OWN, |row| row.pot = above(row.pot));
    }),
    ("pots_are_what_holders_and_locks_are_due", "a lock that is due what the pot lacks", |ledger| {
        change(ledger, locks::LOCK, &1, |row| row.amount = above(row.amount));
    }),
    ("airdrops_are_sound", "a number that comes again", |ledger| {
        airdrops::NEXT_ID.set(&mut ledger.state, &1);
    }),
    ("airdrops_are_sound", "one unit more paid than was paid in", |ledger| {
        change(ledger, airdrops::AIRDROP, &1, |row| row.claimed = above(row.total));
    }),
    ("bitmaps_are_the_claims", "an empty chunk", |ledger| {
        change(ledger, airdrops::BITS, &(1, 0), |bits| bits[0] = 0);
    }),
    ("bitmaps_are_the_claims", "a chunk beyond the leaves", |ledger| {
        change(ledger, airdrops::AIRDROP, &1, |row| row.leaves = 256);
        change(ledger, airdrops::AIRDROP, &1, |row| row.claims = 2);
        let mut chunk = [0; 32];
        chunk[0] = 1;
        airdrops::BITS.set(&mut ledger.state, &(1, 1), &chunk);
    }),
    ("bitmaps_are_the_claims", "a chunk of no airdrop", |ledger| {
        airdrops::BITS.set(&mut ledger.state, &(9, 0), &[1; 32]);
    }),
    ("bitmaps_are_the_claims", "a claim that the bitmap lacks", |ledger| {
        change(ledger, airdrops::AIRDROP, &1, |row| row.claims += 1);
    }),
    ("bitmaps_are_the_claims", "more claims than leaves", |ledger| {
        change(ledger, airdrops::BITS, &(1, 0), |bits| bits[0] = 0b1111);
        change(ledger, airdrops::AIRDROP, &1, |row| row.claims = 4);
    }),
    ("bitmaps_are_the_claims", "more claims than units paid", |ledger| {
        change(ledger, airdrops::BITS, &(1, 0), |bits| bits[0] = 0b111);
        change(ledger, airdrops::AIRDROP, &1, |row| (row.claims, row.claimed) = (3, amount(2)));
    }),
    ("bitmaps_are_the_claims", "units paid to nobody", |ledger| {
        airdrops::BITS.remove(&mut ledger.state, &(1, 0));
        change(ledger, airdrops::AIRDROP, &1, |row| row.claims = 0);
    }),
    ("lists_of_airdrops_are_exact", "an airdrop that its sponsor's list lacks", |ledger| {
        airdrops::BY_SPONSOR.remove(&mut ledger.state, &(who("alice"), 1));
    }),
    ("lists_of_airdrops_are_exact", "an airdrop that its asset's list lacks", |ledger| {
        airdrops::BY_ASSET.remove(&mut ledger.state, &(PLAIN, 1));
    }),
    ("lists_of_airdrops_are_exact", "a key of another airdrop", |ledger| {
        let key = airdrop_key("test", &who("alice"), 0);
        airdrops::BY_KEY.set(&mut ledger.state, &key, &2);
    }),
    ("lists_of_airdrops_are_exact", "a line of no airdrop", |ledger| {
        airdrops::BY_SPONSOR.set(&mut ledger.state, &(who("alice"), 9), &());
    }),
    ("lists_of_airdrops_are_exact", "an asset's line of no airdrop", |ledger| {
        airdrops::BY_ASSET.set(&mut ledger.state, &(PLAIN, 9), &());
    }),
    ("lists_of_airdrops_are_exact", "a key of no airdrop", |ledger| {
        airdrops::BY_KEY.set(&mut ledger.state, &[9; 32], &9);
    }),
    ("allowances_are_positive_and_listed", "an allowance of nothing", |ledger| {
        let key = (who("alice"), who("bob"), PLAIN);
        change(ledger, allowances::ALLOWANCE, &key, |row| row.amount = Amount::ZERO);
    }),
    ("allowances_are_positive_and_listed", "an allowance of one's own", |ledger| {
        allow(ledger, who("alice"));
    }),
    ("allowances_are_positive_and_listed", "an allowance of the protocol", |ledger| {
        allow(ledger, protocol::TREASURY);
    }),
    ("allowances_are_positive_and_listed", "an allowance that its list lacks", |ledger| {
        allowances::BY_SPENDER.remove(&mut ledger.state, &(who("bob"), who("alice"), PLAIN));
    }),
    ("allowances_are_positive_and_listed", "a line of no allowance", |ledger| {
        allowances::BY_SPENDER.set(&mut ledger.state, &(who("bob"), who("carol"), PLAIN), &());
    }),
];

/// What alice lets bob spend, for another spender, listed.
fn allow(ledger: &mut Ledger, spender: Address) {
    let (owner, bob) = (who("alice"), who("bob"));
    let allowance = allowances::ALLOWANCE.get(&ledger.state, &(owner, bob, PLAIN)).unwrap().unwrap();
    allowances::ALLOWANCE.set(&mut ledger.state, &(owner, spender, PLAIN), &allowance);
    allowances::BY_SPENDER.set(&mut ledger.state, &(spender, owner, PLAIN), &());
}

/// What is at a bound, and sound.
const SOUND: &[Case] = &[
    ("supply_is_within_cap", "a supply of the whole cap", |ledger| {
        asset(ledger, PLAIN, |row| row.cap = amount(1_000_000));
    }),
    ("no_zero_is_stored", "a frozen account without a balance", |ledger| {
        hold(ledger, who("bob"), Holding { frozen: true, ..Holding::default() });
    }),
    ("no_zero_is_stored", "a fraction that is left of a balance", |ledger| {
        hold(ledger, who("bob"), Holding { fraction: 1, ..Holding::default() });
    }),
    ("renounced_assets_have_no_offer", "an offer of an admin", |ledger| {
        asset(ledger, PLAIN, |row| row.pending_admin = Some(who("bob")));
    }),
    ("renounced_assets_have_no_offer", "an asset that was renounced", |ledger| {
        asset(ledger, PLAIN, |row| row.admin = None);
    }),
    ("airdrops_are_sound", "everything was paid", |ledger| {
        change(ledger, airdrops::AIRDROP, &1, |row| row.claimed = row.total);
    }),
    ("bitmaps_are_the_claims", "every leaf was paid a unit", |ledger| {
        change(ledger, airdrops::BITS, &(1, 0), |bits| bits[0] = 0b111);
        change(ledger, airdrops::AIRDROP, &1, |row| (row.claims, row.claimed) = (3, amount(3)));
    }),
];

/// What the invariant of a case says of a state that is spoilt so, and then is as it was.
fn found(ledger: &mut Ledger, (name, _, spoil): &Case) -> Result<(), String> {
    let sound = ledger.state.savepoint();
    spoil(ledger);
    let mut rows = MODULES.iter().flat_map(|module| module.invariants);
    let found = (rows.find(|row| row.name == *name).unwrap().check)(&ledger.state);
    ledger.state.rollback(sound);
    found
}

#[test]
fn each_invariant_finds_what_it_is_there_for() {
    let mut ledger = busy();
    for case in TOKEN.iter().chain(AROUND) {
        assert!(found(&mut ledger, case).is_err(), "{} does not find {}", case.0, case.1);
    }
    ledger.assert_invariants();
    for row in MODULES.iter().flat_map(|module| module.invariants) {
        let shown = TOKEN.iter().chain(AROUND).any(|case| case.0 == row.name);
        assert!(shown, "nothing shows that {} finds a fault", row.name);
    }
}

#[test]
fn no_invariant_is_wrong_about_what_is_sound() {
    let mut ledger = busy();
    for case in SOUND {
        assert_eq!(found(&mut ledger, case), Ok(()), "{} is wrong about {}", case.0, case.1);
    }
}
