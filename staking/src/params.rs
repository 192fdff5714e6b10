//! Parameters: which values hold, at genesis and for governance alike, and what follows from a change.

use chortle_kernel::{
    Amount, Ctx, Failure, GenesisError, Item,
    engine::ENGINE,
    gate,
    params::{self, Bound, ensure_within},
};

use crate::{
    history, math,
    state::{CHANGED, PARAMS},
    types::{BLOCK_SLOWEST_MS_MIN, Params},
};

/// Numbers with their least and largest: what one block or one leaf costs has a bound.
fn bounds(params: &Params) -> [Bound; 11] {
    let year_ms = math::YEAR_MS;
    [
        ("validators_max", params.validators_max, (1, 500)),
        // Powers of all that can exist sum to 2^53-1 at most, which every reader of JSON holds; the engine takes more.
        ("power_unit", params.power_unit, (1_024, Amount::MAX.base_units())),
        // A seat has at least one unit of power.
        ("seat_min", params.seat_min.base_units(), (params.power_unit, Amount::MAX.base_units())),
        ("reward_cap_bps", params.reward_cap_bps, (1, math::ONE_BPS)),
        ("unbonding_ms", params.unbonding_ms, (1, year_ms)),
        ("block_slowest_ms", params.block_slowest_ms, (BLOCK_SLOWEST_MS_MIN, 600_000)),
        ("entries_max", params.entries_max, (1, 64)),
        ("window_blocks", params.window_blocks, (1, 200_000)),
        ("downtime_jail_ms", params.downtime_jail_ms, (1, year_ms)),
        ("mature_per_block", params.mature_per_block, (1, 2_000)),
        ("restake_per_block", params.restake_per_block, (0, 1_000)),
    ]
}

/// Refuses values that staking could not work with.
pub fn validate(params: &Params) -> Result<(), GenesisError> {
    let bps = [
        ("reward_cap_bps", params.reward_cap_bps),
        ("signed_min_bps", params.signed_min_bps),
        ("slash_treasury_bps", params.slash_treasury_bps),
        ("fee_burn_bps", params.fee_burn_bps),
        ("tax_bps", params.tax_bps),
        ("bonded_target_bps", params.bonded_target_bps),
        ("commission_min_bps", params.commission_min_bps),
    ];
    for (name, value) in bps {
        if value > math::ONE_BPS {
            return Err(GenesisError::at(format!("/{name}"), "at most 10000 basis points"));
        }
    }
    for (name, value) in [("downtime_ppb", params.downtime_ppb), ("evidence_ppb", params.evidence_ppb)] {
        if value > math::ONE_PPB {
            return Err(GenesisError::at(format!("/{name}"), "at most 1000000000 parts per billion"));
        }
    }
    if params.bonded_target_bps == 0 {
        return Err(GenesisError::at("/bonded_target_bps", "at least 1"));
    }
    ensure_within(&bounds(params))?;
    if params.issuance_min_bps > params.issuance_max_bps || params.issuance_max_bps > 100_000 {
        let sentence = "the lowest issuance is above the highest, or that is above 100000 basis points";
        return Err(GenesisError::at("/issuance_max_bps", sentence));
    }
    Ok(())
}

impl chortle_kernel::Params for Params {
    const PATH: &'static str = "staking/params";
    const ITEM: Item<Self> = PARAMS;

    fn validate(&self) -> Result<(), GenesisError> {
        validate(self)
    }

    /// What ranks every validator, or measures what was counted already, is as it was at genesis. Evidence lives as
    /// long as stake is bound: the engine hears of it in the same block.
    fn changed(&self, old: &Self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let fixed = [
            ("power_unit", self.power_unit == old.power_unit),
            ("seat_min", self.seat_min == old.seat_min),
            ("window_blocks", self.window_blocks == old.window_blocks),
        ];
        if let Some((name, _)) = fixed.into_iter().find(|(_, same)| !same) {
            let reason = format!("{name} is chosen at genesis for good");
            return Err(gate::Error::ParamsRefused { path: Self::PATH.to_owned(), reason }.into());
        }
        if self.validators_max != old.validators_max {
            // Who has a seat is decided anew with this block, also if no stake moves.
            CHANGED.set(ctx.state, &());
        }
        let Some(mut engine) = ENGINE.get(ctx.state)? else { return Ok(()) };
        let before = engine;
        engine.evidence_age_ns_max = self.unbonding_ms.saturating_mul(NS_PER_MS);
        engine.evidence_age_blocks_max = history::evidence_blocks_max(self);
        if engine != before {
            params::replace(ctx, &before, &engine)?;
            ctx.set_engine(engine);
        }
        Ok(())
    }
}

const NS_PER_MS: u64 = 1_000_000;
