//! What staking shows to Prometheus: the pools, and how the validators of the set sign.

use std::sync::atomic::AtomicU64;

use chortle_kernel::{AssetId, Halt, ReadState};
use chortle_staking::state::{SET, SIGNING};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ValidatorLabels {
    operator: String,
}

type Count = Gauge<u64, AtomicU64>;

/// Gauges of staking, set after each block.
#[derive(Default)]
pub(super) struct Staking {
    bonded: Count,
    unbonding: Count,
    rewards: Count,
    supply: Count,
    validators: Count,
    power: Family<ValidatorLabels, Count>,
    missed: Family<ValidatorLabels, Count>,
}

impl Staking {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let this = Self::default();
        let one = [
            ("chortle_staking_bonded_nlol", "Stake of validators in the set", &this.bonded),
            ("chortle_staking_unbonding_nlol", "Stake outside the set and on its way out", &this.unbonding),
            ("chortle_staking_rewards_nlol", "Rewards that nobody claimed yet", &this.rewards),
            ("chortle_staking_supply_nlol", "LOL that exists", &this.supply),
            ("chortle_staking_validators", "Validators in the set", &this.validators),
        ];
        for (name, help, gauge) in one {
            registry.register(name, help, gauge.clone());
        }
        registry.register("chortle_staking_power", "Power of a validator", this.power.clone());
        let help = "Blocks of the signing window that a validator missed";
        registry.register("chortle_staking_missed_blocks", help, this.missed.clone());
        this
    }

    /// Measures a state; one without staking shows zeros.
    pub(super) fn measure(&self, state: &dyn ReadState) -> Result<(), Halt> {
        let held = [
            (&self.bonded, chortle_staking::escrow::BONDED),
            (&self.unbonding, chortle_staking::escrow::UNBONDING),
            (&self.rewards, chortle_staking::escrow::REWARDS),
        ];
        for (gauge, account) in held {
            gauge.set(chortle_token::native_balance(state, &account)?.base_units());
        }
        self.supply.set(chortle_token::supply(state, AssetId::NATIVE)?.base_units());
        let set = SET.get(state)?.unwrap_or_default();
        self.validators.set(set.len() as u64);
        // Who left the set must not go on with the numbers of its last block.
        self.power.clear();
        self.missed.clear();
        for member in set {
            let labels = ValidatorLabels { operator: member.operator.to_string() };
            let missed = SIGNING.get(state, &member.operator)?.map_or(0, |signing| signing.missed);
            self.power.get_or_create(&labels).set(member.power);
            self.missed.get_or_create(&labels).set(missed);
        }
        Ok(())
    }
}
