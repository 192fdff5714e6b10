use chortle_kernel::{Address, Amount, AssetId, Halt, Order, Query, QueryError, ReadState, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    asset::{find, percent, tax_max_bps},
    holders,
};
use crate::{
    capability::{Capabilities, Capability},
    ledger,
    limits::Limits,
    protocol,
    state::{ASSET, BALANCE, BY_CREATOR, HOLDING, RULES, SUPPLY, TOTALS},
    tax::AnnouncedTax,
    template::Template,
    types::{Asset, Rules},
};

/// Holders that a report names.
const LARGEST: usize = 10;
/// Other assets of the creator that a report names; `accounts/{address}/created` lists all.
const OTHERS: usize = 20;

/// A fact with the state key that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Proven{T}")]
pub struct Proven<T> {
    /// The fact.
    pub value: T,
    /// The raw state key in hexadecimal: a proof of what is there, or that nothing is, proves the fact. Absent where
    /// the asset's number alone does.
    pub key: Option<String>,
}

/// A large holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HolderFact {
    /// Whose.
    pub account: Address,
    /// Its name, if it belongs to the protocol.
    pub protocol: Option<String>,
    /// Base units, what it is due included.
    pub amount: Amount,
    /// Its part of the supply, in percent.
    pub percent: String,
    /// The raw state key of its balance in hexadecimal.
    pub key: String,
}

/// Another asset of the creator, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CreatedAnswer {
    /// Its number.
    pub asset: AssetId,
    /// Symbol and number: `DOGE#17`.
    pub full_name: String,
    /// What kind of asset it is.
    pub template: Template,
    /// Base units that exist of it now.
    pub supply: Amount,
    /// Whether the admin's role was renounced.
    pub renounced: bool,
    /// What its largest holder has of it, in percent.
    pub largest_holder_percent: String,
    /// Height of the block that created it.
    pub created_height: u64,
    /// The raw state key of its record in hexadecimal.
    pub key: String,
}

/// What a buyer should know: facts only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SafetyAnswer {
    /// The asset's number.
    pub asset: AssetId,
    /// Symbol and number: `DOGE#17`.
    pub full_name: String,
    /// Digits after the point when people see an amount.
    pub decimals: u8,
    /// What kind of asset it is.
    pub template: Proven<Template>,
    /// What can be done with it.
    pub capabilities: Proven<Capabilities>,
    /// Who may act for it; none if the role was renounced.
    pub admin: Proven<Option<Address>>,
    /// Whether more of it can come to be.
    pub mintable: Proven<bool>,
    /// Base units that exist.
    pub supply: Proven<Amount>,
    /// Most that may exist.
    pub cap: Proven<Amount>,
    /// Whether single accounts can be stopped.
    pub freezable: Proven<bool>,
    /// Whether only listed accounts send and receive.
    pub allow_list: Proven<bool>,
    /// Whether the admin can move what others hold.
    pub force_transfer: Proven<bool>,
    /// Whether the admin can stop all sends for some epochs.
    pub pausable: Proven<bool>,
    /// The first epoch after the last pause; 0 if there was none.
    pub paused_until_epoch: Proven<u64>,
    /// Whether picture and story can never change.
    pub metadata_frozen: Proven<bool>,
    /// What a transfer pays now, in hundredths of a percent.
    pub tax_now_bps: Proven<u32>,
    /// Most that a transfer can ever pay.
    pub tax_max_bps: Proven<u32>,
    /// What was announced and is not yet in force.
    pub tax_announced: Proven<Option<AnnouncedTax>>,
    /// What protects the launch, with ends; none for a plain asset.
    pub limits: Proven<Option<Limits>>,
    /// The largest holders, at most ten.
    pub largest_holders: Vec<HolderFact>,
    /// What they hold together, in percent of the supply.
    pub largest_holders_percent: String,
    /// Who created it.
    pub creator: Proven<Address>,
    /// Other assets of the creator, at most twenty, the newest first.
    pub creators_other_assets: Vec<CreatedAnswer>,
}

/// Shows what a buyer should know about an asset, each fact with the state key that proves it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Safety {
    /// Number of the asset, or its full name.
    pub asset: AssetId,
}

impl Query for Safety {
    const NAME: &'static str = "safety";
    const PATH: &'static str = "tokens/{asset}/safety";
    type Answer = SafetyAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let asset = find(view.state, self.asset)?;
        Ok(report(view, self.asset, &asset)?)
    }
}

fn report(view: View<'_>, id: AssetId, asset: &Asset) -> Result<SafetyAnswer, Halt> {
    let state = view.state;
    let ruled = id.is_ruled();
    let rules: Rules = if ruled { RULES.get(state, &id)?.unwrap_or_default() } else { Rules::default() };
    let record = |can: Capability| of(asset.can(can), Some(ASSET.key(&id)));
    let rules_key = || ruled.then(|| RULES.key(&id));
    let supply = ledger::supply(state, id)?;
    let supply_key = if ruled { TOTALS.key(&id) } else { SUPPLY.key(&id) };
    let (largest_holders, together) = largest(state, id, supply)?;
    Ok(SafetyAnswer {
        asset: id,
        full_name: asset.full_name(id),
        decimals: asset.decimals,
        template: of(asset.template, Some(ASSET.key(&id))),
        capabilities: of(asset.capabilities, Some(ASSET.key(&id))),
        admin: of(asset.admin, Some(ASSET.key(&id))),
        mintable: record(Capability::Mint),
        supply: of(supply, Some(supply_key)),
        cap: of(asset.cap, Some(ASSET.key(&id))),
        freezable: record(Capability::Freeze),
        allow_list: record(Capability::AllowList),
        force_transfer: record(Capability::ForceTransfer),
        pausable: record(Capability::Pause),
        paused_until_epoch: of(rules.paused_until_epoch.unwrap_or(0), rules_key()),
        metadata_frozen: of(!asset.is_open(Capability::Metadata), Some(ASSET.key(&id))),
        tax_now_bps: of(rules.tax_at(view.height, view.epoch).total_bps(), rules_key()),
        tax_max_bps: of(tax_max_bps(asset, &rules, view.height, view.epoch), rules_key()),
        tax_announced: of(rules.tax.ahead(view.epoch), rules_key()),
        limits: of(ruled.then_some(rules.limits), rules_key()),
        largest_holders,
        largest_holders_percent: percent(together, supply),
        creator: of(asset.creator, Some(ASSET.key(&id))),
        creators_other_assets: others(state, id, &asset.creator)?,
    })
}

fn of<T>(value: T, key: Option<Vec<u8>>) -> Proven<T> {
    Proven { value, key: key.as_deref().map(hex_of) }
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The key whose value says what an account has of an asset.
fn balance_key(account: Address, id: AssetId) -> Vec<u8> {
    if protocol::kept_by_totals(&account) == Some(id) {
        return TOTALS.key(&id);
    }
    if id.is_ruled() { HOLDING.key(&(account, id)) } else { BALANCE.key(&(account, id)) }
}

/// The largest holders of an issued asset, and what they have together.
fn largest(state: &dyn ReadState, id: AssetId, supply: Amount) -> Result<(Vec<HolderFact>, Amount), Halt> {
    let mut together = Amount::ZERO;
    let mut facts = Vec::new();
    for row in holders::ranked(state, id, None)?.take(LARGEST) {
        let ((_, account), ()) = row?;
        let amount = ledger::balance(state, &account, id)?;
        together = together.checked_add(amount).unwrap_or(supply);
        facts.push(HolderFact {
            account,
            protocol: protocol::name(&account).map(str::to_owned),
            amount,
            percent: percent(amount, supply),
            key: hex_of(&balance_key(account, id)),
        });
    }
    Ok((facts, together))
}

fn others(state: &dyn ReadState, id: AssetId, creator: &Address) -> Result<Vec<CreatedAnswer>, Halt> {
    let mut others = Vec::new();
    for row in BY_CREATOR.iter_under(state, creator, None, Order::Descending).take(OTHERS.saturating_add(1)) {
        let ((_, other), ()) = row?;
        let Some(asset) = ASSET.get(state, &other)?.filter(|_| other != id && others.len() < OTHERS) else {
            continue;
        };
        let supply = ledger::supply(state, other)?;
        let top = holders::ranked(state, other, None)?.next().transpose()?;
        let top = top.map_or(Amount::ZERO, |((inverted, _), ())| holders::stored(inverted));
        others.push(CreatedAnswer {
            asset: other,
            full_name: asset.full_name(other),
            template: asset.template,
            supply,
            renounced: asset.admin.is_none(),
            largest_holder_percent: percent(top, supply),
            created_height: asset.created_height,
            key: hex_of(&ASSET.key(&other)),
        });
    }
    Ok(others)
}
