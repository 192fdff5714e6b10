//! Which values the rules of governance may have, at genesis and by a vote alike: what no chain could be governed
//! with is refused, and what is below a floor of the constitution is too.

use std::collections::BTreeSet;

use chortle_kernel::{
    Address, Amount, Class, Ctx, Failure, GenesisError, Item, gate,
    params::{Bound, ensure_within},
};

use crate::{
    state::{BODIES, CONSTITUTION, GUARDIANS, PARAMS},
    types::{Bodies, Constitution, DAY_MS, Guardians, ONE_BPS, Params},
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

/// Most pauses of all guardians together in a period: what they stop is a small list.
const PAUSES_MAX: u64 = 16;
/// Most pauses of a third of all power in a period.
const THIRD_PAUSES_MAX: u64 = 8;
/// The most that guardians may ever stop anything for: three days.
const PAUSE_MS_MAX: u64 = 3 * DAY_MS;
/// Most of the stake that may be against an optimistic proposal that passes.
const AGAINST_BPS_MAX: u64 = 3_340;

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

fn wrong(pointer: &str, sentence: &str) -> GenesisError {
    GenesisError::at(pointer, sentence)
}

/// Refuses an account that stands twice: it would have two budgets.
fn ensure_once<'a>(pointer: &str, accounts: impl Iterator<Item = &'a Address>) -> Result<(), GenesisError> {
    let mut seen = BTreeSet::new();
    let twice = accounts.into_iter().any(|account| !seen.insert(account));
    if twice { Err(wrong(pointer, "an account stands twice")) } else { Ok(()) }
}

impl chortle_kernel::Params for Guardians {
    const PATH: &'static str = "governance/guardians";
    const ITEM: Item<Self> = GUARDIANS;
    const CLASS: Class = Class::Rules;

    fn validate(&self) -> Result<(), GenesisError> {
        ensure_once("/guardians", self.guardians.iter().map(|guardian| &guardian.account))?;
        let pauses = self.guardians.iter().try_fold(0u64, |sum, guardian| sum.checked_add(guardian.pauses));
        let idle = self.guardians.iter().any(|guardian| guardian.pauses == 0);
        if idle || pauses.is_none_or(|pauses| pauses > PAUSES_MAX) {
            return Err(wrong("/guardians", "guardians have a pause each at least, and 16 in all"));
        }
        let lol = gate::Scope::Asset { asset: chortle_kernel::AssetId::NATIVE };
        if self.third.contains(&lol) {
            return Err(wrong("/third", "LOL cannot be paused"));
        }
        ensure_within(&[
            ("pause_ms_max", self.pause_ms_max, (1, PAUSE_MS_MAX)),
            ("hand_ms_max", self.hand_ms_max, (1, self.pause_ms_max)),
            // What was stopped runs for as long at least before it is stopped again.
            ("cool_down_ms", self.cool_down_ms, (self.pause_ms_max, TIME_MS_MAX)),
            (
                "guardian_period_ms",
                self.guardian_period_ms,
                (self.window_ms(), TIME_MS_MAX.saturating_mul(2)),
            ),
            ("third_pauses", self.third_pauses, (0, THIRD_PAUSES_MAX)),
        ])
    }
}

impl chortle_kernel::Params for Bodies {
    const PATH: &'static str = "governance/bodies";
    const ITEM: Item<Self> = BODIES;
    const CLASS: Class = Class::Rules;

    fn validate(&self) -> Result<(), GenesisError> {
        ensure_once("/bodies", self.bodies.iter().map(|body| &body.account))?;
        // Governance's own messages are governance's: a pause, a stream or a payment has no cap here.
        let own = format!("{}.", chortle_kernel::Authority::Governance.name());
        let named = self.bodies.iter().flat_map(|body| body.messages.iter());
        if named.into_iter().any(|message| message.starts_with(&own)) {
            return Err(wrong("/bodies", "a message of governance's own is not for a body"));
        }
        ensure_within(&[
            ("body_period_ms", self.body_period_ms, (DAY_MS, TIME_MS_MAX)),
            ("optimistic_voting_ms", self.optimistic_voting_ms, (1, TIME_MS_MAX)),
            ("against_bps", self.against_bps, (1, AGAINST_BPS_MAX)),
        ])
    }

    fn changed(&self, _: &Self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let constitution = CONSTITUTION.get(ctx.state)?.unwrap_or_default();
        ensure_body_floors(self, &constitution).map_err(|error| refused(Self::PATH, &error))
    }
}

/// Refuses an optimistic vote that is shorter than the constitution lets any be.
pub fn ensure_body_floors(bodies: &Bodies, constitution: &Constitution) -> Result<(), GenesisError> {
    let voting = (constitution.voting_min_ms, TIME_MS_MAX);
    ensure_within(&[("optimistic_voting_ms", bodies.optimistic_voting_ms, voting)])
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
        let bodies = BODIES.get(ctx.state)?.unwrap_or_default();
        ensure_floors(&params, self)
            .and_then(|()| ensure_body_floors(&bodies, self))
            .map_err(|error| refused(Self::PATH, &error))
    }
}
