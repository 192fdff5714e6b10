//! Which values the rules of governance may have, at genesis and by a vote alike: what no chain could be governed
//! with is refused, and what is below a floor of the constitution is too.

use chortle_kernel::{
    Amount, Class, Ctx, Failure, GenesisError, Item, gate,
    params::{Bound, ensure_within},
};

use crate::{
    state::{CONSTITUTION, PARAMS},
    types::{Constitution, DAY_MS, ONE_BPS, Params},
};

/// Longest time of any kind: what takes longer never comes.
const TIME_MS_MAX: u64 = 60 * DAY_MS;
/// Least gas of a proposal's messages: room for one that sets parameters.
const GAS_MIN: u64 = 1_000_000;
/// Most: what the hooks of a block have at genesis.
const GAS_MAX: u64 = 50_000_000;
/// Highest threshold that can still be met.
const THRESHOLD_BPS_MAX: u64 = 9_900;
/// Least threshold: more no than yes never passes.
const THRESHOLD_BPS_MIN: u64 = 5_000;

fn bounds(params: &Params) -> [Bound; 21] {
    let threshold = (THRESHOLD_BPS_MIN, THRESHOLD_BPS_MAX);
    let (time, delay) = ((1, TIME_MS_MAX), (0, TIME_MS_MAX));
    [
        // A sixty-fourth of all that can be: the dearest deposit is one that somebody can have.
        ("deposit_base", params.deposit_base.base_units(), (1, Amount::MAX.base_units() >> 6)),
        ("deposit_step", params.deposit_step, (1, 1_000_000)),
        ("deposit_doublings_max", params.deposit_doublings_max, (0, 6)),
        ("deposit_first_bps", params.deposit_first_bps, (1_000, ONE_BPS)),
        // No more than a hundred accounts can stand behind one proposal.
        ("deposit_part_bps", params.deposit_part_bps, (100, ONE_BPS)),
        ("deposit_ms", params.deposit_ms, time),
        ("cancel_burnt_bps", params.cancel_burnt_bps, (1, ONE_BPS)),
        ("spam_bps", params.spam_bps, (THRESHOLD_BPS_MIN, ONE_BPS)),
        ("voting_ms", params.voting_ms, time),
        ("expedited_voting_ms", params.expedited_voting_ms, (1, params.voting_ms)),
        ("late_ms", params.late_ms, (0, params.voting_ms)),
        ("quorum_bps", params.quorum_bps, (1, 9_000)),
        ("expedited_quorum_bps", params.expedited_quorum_bps, (params.quorum_bps, 9_000)),
        ("threshold_bps", params.threshold_bps, threshold),
        (
            "expedited_threshold_bps",
            params.expedited_threshold_bps,
            (params.threshold_bps, THRESHOLD_BPS_MAX),
        ),
        ("veto_bps", params.veto_bps, (1_000, THRESHOLD_BPS_MIN)),
        ("params_delay_ms", params.params_delay_ms, delay),
        ("treasury_delay_ms", params.treasury_delay_ms, delay),
        ("act_delay_ms", params.act_delay_ms, delay),
        ("window_ms", params.window_ms, time),
        ("gas_max", params.gas_max, (GAS_MIN, GAS_MAX)),
    ]
}

/// Refuses rules that are below a floor of the constitution.
pub fn ensure_floors(params: &Params, constitution: &Constitution) -> Result<(), GenesisError> {
    let delay = (constitution.delay_min_ms, TIME_MS_MAX);
    ensure_within(&[
        ("quorum_bps", params.quorum_bps, (constitution.quorum_min_bps, ONE_BPS)),
        ("voting_ms", params.voting_ms, (constitution.voting_min_ms, TIME_MS_MAX)),
        ("params_delay_ms", params.params_delay_ms, delay),
        ("treasury_delay_ms", params.treasury_delay_ms, delay),
        ("act_delay_ms", params.act_delay_ms, delay),
    ])
}

fn refused(path: &str, error: &GenesisError) -> Failure {
    let reason = format!("{error}: the constitution has a floor");
    gate::Error::ParamsRefused { path: path.to_owned(), reason }.into()
}

impl chortle_kernel::Params for Params {
    const PATH: &'static str = "governance/params";
    const ITEM: Item<Self> = PARAMS;
    const CLASS: Class = Class::Rules;

    fn validate(&self) -> Result<(), GenesisError> {
        ensure_within(&bounds(self))
    }

    fn changed(&self, _: &Self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let constitution = CONSTITUTION.get(ctx.state)?.unwrap_or_default();
        ensure_floors(self, &constitution).map_err(|error| refused(Self::PATH, &error))
    }
}

impl chortle_kernel::Params for Constitution {
    const PATH: &'static str = "governance/constitution";
    const ITEM: Item<Self> = CONSTITUTION;
    const CLASS: Class = Class::Constitution;

    fn validate(&self) -> Result<(), GenesisError> {
        ensure_within(&[
            ("rules_threshold_bps", self.rules_threshold_bps, (THRESHOLD_BPS_MIN, THRESHOLD_BPS_MAX)),
            (
                "amendment_threshold_bps",
                self.amendment_threshold_bps,
                (self.rules_threshold_bps, THRESHOLD_BPS_MAX),
            ),
            ("quorum_min_bps", self.quorum_min_bps, (100, 5_000)),
            ("voting_min_ms", self.voting_min_ms, (1, TIME_MS_MAX)),
            ("delay_min_ms", self.delay_min_ms, (0, TIME_MS_MAX)),
        ])
    }

    fn changed(&self, _: &Self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let params = PARAMS.get(ctx.state)?.unwrap_or_default();
        ensure_floors(&params, self).map_err(|error| refused(Self::PATH, &error))
    }
}
