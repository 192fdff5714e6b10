//! Numbers that operators watch: the pools, and how the validators of the set sign.

use chortle_kernel::{Address, AssetId, Gauge, GaugeValue, Halt, ReadState};

use crate::{
    escrow,
    state::{SET, SIGNING},
    types::Member,
};

/// Every gauge.
pub(crate) const GAUGES: &[Gauge] = &[
    Gauge {
        name: "bonded_nlol",
        help: "Stake of validators in the set",
        read: |state| held(state, &escrow::BONDED),
    },
    Gauge {
        name: "unbonding_nlol",
        help: "Stake outside the set and on its way out",
        read: |state| held(state, &escrow::UNBONDING),
    },
    Gauge {
        name: "rewards_nlol",
        help: "Rewards that nobody claimed yet",
        read: |state| held(state, &escrow::REWARDS),
    },
    Gauge {
        name: "supply_nlol",
        help: "LOL that exists",
        read: |state| Ok(alone(chortle_token::supply(state, AssetId::NATIVE)?.base_units())),
    },
    Gauge {
        name: "validators",
        help: "Validators in the set",
        read: |state| Ok(alone(SET.get(state)?.unwrap_or_default().len() as u64)),
    },
    Gauge {
        name: "power",
        help: "Power of a validator",
        read: |state| of_members(state, |member| Ok(member.power)),
    },
    Gauge {
        name: "missed_blocks",
        help: "Blocks of the signing window that a validator missed",
        read: |state| {
            of_members(state, |member| {
                Ok(SIGNING.get(state, &member.operator)?.map_or(0, |signing| signing.missed))
            })
        },
    },
];

fn alone(value: u64) -> Vec<GaugeValue> {
    vec![GaugeValue { labels: Vec::new(), value }]
}

fn held(state: &dyn ReadState, account: &Address) -> Result<Vec<GaugeValue>, Halt> {
    Ok(alone(chortle_token::native_balance(state, account)?.base_units()))
}

fn of_members(
    state: &dyn ReadState,
    read: impl Fn(&Member) -> Result<u64, Halt>,
) -> Result<Vec<GaugeValue>, Halt> {
    let set = SET.get(state)?.unwrap_or_default();
    let value = |member: &Member| {
        let labels = vec![("operator", member.operator.to_string())];
        Ok(GaugeValue { labels, value: read(member)? })
    };
    set.iter().map(value).collect()
}
