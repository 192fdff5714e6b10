//! The index of holders, which no message writes.

use chortle_kernel::{Address, Amount, AssetId, Order, ReadState};
use chortle_testkit::solo::Solo;
use chortle_token::state::{BALANCE, HOLDERS, HOLDING};

use crate::app_hash::first_block;

/// The holders of issued assets by what the balances say, the largest first.
fn by_balance(state: &dyn ReadState) -> Vec<(AssetId, u64, Address)> {
    let plain = BALANCE.iter(state, Order::Ascending).map(Result::unwrap);
    let ruled = HOLDING.iter(state, Order::Ascending).map(Result::unwrap);
    let held = plain.chain(ruled.map(|(key, holding)| (key, holding.balance)));
    let mut ranks: Vec<_> = held
        .filter(|(_, balance)| *balance != Amount::ZERO)
        .map(|((account, asset), balance)| (asset, u64::MAX - balance.base_units(), account))
        .collect();
    ranks.sort_unstable();
    ranks
}

#[test]
fn ranks_follow_from_the_balances_at_every_height() {
    let solo = Solo::staked(3).unwrap();
    for tx in first_block(&solo) {
        solo.block(vec![tx.1]).unwrap();
    }
    let (store, mut moved) = (solo.chain.store(), 0);
    let mut before = Vec::new();
    for height in 0..=store.committed().unwrap().height {
        let view = store.at(height).unwrap();
        let ranks: Vec<_> = HOLDERS.iter(&view, Order::Ascending).map(|row| row.unwrap().0).collect();
        assert_eq!(ranks, by_balance(&view), "height {height}");
        moved += usize::from(ranks != before);
        before = ranks;
    }
    assert!(moved > 10 && before.len() > 5, "{moved} heights moved {} ranks", before.len());
}
