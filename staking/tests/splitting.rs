//! Whatever is done in parts leaves no more than the same done at once: every rounding is against who acts.

mod common;

use chortle_kernel::{AssetId, Coin, Order, Origin};
use chortle_staking::{math, msg, slash, state, types::FaultKind};
use chortle_token::protocol;
use common::*;
use proptest::prelude::*;

/// A chain on which a share of v0 and one of v1 are worth odd parts of a unit, and u0 has stake with v0.
fn scene(fractions: [u64; 2], stake: u64) -> Chain {
    let mut chain = Chain::set(&VALIDATORS, |params| {
        for name in ["issuance_min_bps", "issuance_max_bps", "issuance_change_bps", "tax_bps", "fee_burn_bps"]
        {
            params[name] = 0.into();
        }
    });
    chain.checked = false;
    chain.delegate("u0", "v0", stake);
    chain.delegate("u1", "v1", 7 * LOL + 3);
    chain.run(3);
    for (name, fraction_ppb) in ["v0", "v1"].into_iter().zip(fractions) {
        let charge = slash::Charge { kind: FaultKind::Downtime, height: chain.block.height, fraction_ppb };
        let address = key(name).address();
        assert!(chain.act(Origin::Protocol, |ctx| slash::punish(ctx, &address, charge)).unwrap());
    }
    chain.run(4);
    for name in ["v0", "v1"] {
        chain.send(who(name), &msg::Unjail {}).unwrap();
    }
    chain.run(2);
    chain
}

fn fees(chain: &mut Chain, nlol: u64) {
    let coin = Coin { asset: AssetId::NATIVE, amount: amount(nlol) };
    chain
        .act(Origin::Protocol, |ctx| chortle_token::transfer(ctx, &who("u5"), &protocol::FEES, coin))
        .unwrap();
}

/// All that u0 has, wherever it lies.
fn worth(chain: &Chain) -> u64 {
    let mut sum = chain.nlol("u0");
    for row in state::DELEGATION.iter_under(&chain.state, &who("u0"), None, Order::Ascending) {
        let ((_, operator), held) = row.unwrap();
        let validator = state::VALIDATOR.get(&chain.state, &operator).unwrap().unwrap();
        sum += math::tokens_of_floor(held.shares.0, validator.tokens, validator.shares.0).base_units();
        sum += held.pending.base_units();
    }
    for row in state::UNBONDING.iter_under(&chain.state, &who("u0"), None, Order::Ascending) {
        sum += row.unwrap().1.iter().map(|entry| entry.balance.base_units()).sum::<u64>();
    }
    sum
}

/// What u0 does with an amount. A part that is too small to buy or to pay anything is refused, and stays where it is.
#[derive(Clone, Copy, Debug)]
enum Act {
    Delegate,
    Undelegate,
    Redelegate,
    Cancel,
    Claim,
}

fn act(chain: &mut Chain, act: Act, nlol: u64, begun: u64) {
    let (user, amount) = (who("u0"), amount(nlol));
    let _refused = match act {
        Act::Delegate => chain.send(user, &msg::Delegate { validator: who("v1"), amount }),
        Act::Undelegate => chain.send(user, &msg::Undelegate { validator: who("v0"), amount }),
        Act::Redelegate => {
            chain.send(user, &msg::Redelegate { source: who("v0"), destination: who("v1"), amount })
        }
        Act::Cancel => {
            chain.send(user, &msg::CancelUnbonding { validator: who("v0"), created_height: begun, amount })
        }
        Act::Claim => {
            fees(chain, nlol);
            chain.run(1);
            chain.send(user, &msg::ClaimRewards { validator: None, after: None })
        }
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn what_is_done_in_parts_leaves_no_more_than_what_is_done_at_once(
        what in prop_oneof![
            Just(Act::Delegate), Just(Act::Undelegate), Just(Act::Redelegate), Just(Act::Cancel), Just(Act::Claim),
        ],
        fractions in [1u64..900_000_000, 1u64..900_000_000],
        stake in 1_000..50 * LOL,
        parts in prop::collection::vec(prop_oneof![1..4u64, 1..5_000u64, 1..LOL], 2..7),
    ) {
        let run = |split: bool| {
            let mut chain = scene(fractions, stake);
            let have = worth(&chain) - chain.nlol("u0");
            // No more than there is, so that nothing is refused for want of stake.
            let scale = |part: u64| if matches!(what, Act::Undelegate | Act::Redelegate | Act::Cancel) {
                part.min(have / 8)
            } else {
                part
            };
            let parts: Vec<u64> = parts.iter().map(|part| scale(*part)).filter(|part| *part > 0).collect();
            let begun = chain.block.height;
            if matches!(what, Act::Cancel) {
                act(&mut chain, Act::Undelegate, have, begun);
            }
            let whole: u64 = parts.iter().sum();
            match (split, what) {
                (true, _) => parts.iter().for_each(|part| act(&mut chain, what, *part, begun)),
                // The same blocks, each with its fees, and one claim at the end.
                (false, Act::Claim) => {
                    for (at, part) in parts.iter().enumerate() {
                        if at + 1 == parts.len() {
                            act(&mut chain, what, *part, begun);
                        } else {
                            fees(&mut chain, *part);
                            chain.run(1);
                        }
                    }
                }
                (false, _) if whole > 0 => act(&mut chain, what, whole, begun),
                (false, _) => {}
            }
            chain.check();
            worth(&chain)
        };
        let (at_once, in_parts) = (run(false), run(true));
        prop_assert!(in_parts <= at_once, "{what:?}: {in_parts} in parts, {at_once} at once");
    }
}
