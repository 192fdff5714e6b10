//! Assets, accounts and balances, as people read them.

use chortle_kernel::{
    Address, Amount, AssetId, Halt, Map, Order, Page, PageArgs, Query, QueryError, ReadState, View,
};
use chortle_naming::{
    self as naming,
    state::{BY_NAME, BY_SYMBOL},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::merge::merge;
use crate::{
    capability::{Capabilities, Capability},
    ledger,
    limits::Limits,
    protocol,
    state::{ASSET, BALANCE, HOLDING, PARAMS, RULES, TOTALS, VERIFIED},
    tax::{AnnouncedTax, TAX_BPS_MAX, Tax},
    template::Template,
    totals::Payout,
    types::{Asset, Metadata, Minter, Name, Params, Rules, Symbol},
};

/// An asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AssetAnswer {
    /// Its number: what identifies it.
    pub asset: AssetId,
    /// Symbol and number together, which nobody can copy: `DOGE#17`.
    pub full_name: String,
    /// Short name; not unique.
    pub symbol: String,
    /// Name; not unique.
    pub name: String,
    /// Digits after the point when people see an amount.
    pub decimals: u8,
    /// Picture and story, if any.
    pub metadata: Option<Metadata>,
    /// Base units that exist.
    pub supply: Amount,
    /// The same for people: `1000 DOGE#17`.
    pub supply_display: String,
    /// Most base units that may exist at a time.
    pub cap: Amount,
    /// The same for people.
    pub cap_display: String,
    /// Who may make more by the rules that it was created with.
    pub minter: Minter,
    /// Whether anybody still can: an admin that may mint exists.
    pub mintable: bool,
    /// What kind of asset it is.
    pub template: Template,
    /// What can be done with it; for all but `burn` only while it has an admin.
    pub capabilities: Capabilities,
    /// What its transfers follow; none for a plain asset, now and for ever.
    pub rules: Option<RulesAnswer>,
    /// Who created it.
    pub creator: Address,
    /// Who may act for it; none if the role was renounced.
    pub admin: Option<Address>,
    /// Whom the admin offered the role to.
    pub pending_admin: Option<Address>,
    /// Height of the block that created it; 0 is genesis.
    pub created_height: u64,
    /// The oldest asset whose symbol can be taken for this one's, if it is older than this: beware.
    pub looks_like: Option<AssetId>,
    /// The oldest asset whose symbol or name can be taken for this one's symbol or name, if it is older: beware.
    pub collision: Option<AssetId>,
    /// Whether governance has verified it.
    pub verified: bool,
}

/// What the transfers of a ruled asset follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RulesAnswer {
    /// What a transfer pays now.
    pub tax: Tax,
    /// The sum of its legs, in hundredths of a percent.
    pub tax_bps: u32,
    /// What was announced and is not yet in force.
    pub tax_announced: Option<AnnouncedTax>,
    /// Most that the tax can ever sum to.
    pub tax_max_bps: u32,
    /// Supply below which transfers burn nothing.
    pub burn_floor: Amount,
    /// What protects the launch, with ends.
    pub limits: Limits,
    /// The first epoch after the pause, if sends are stopped.
    pub paused_until_epoch: Option<u64>,
    /// In what holders are paid.
    pub payout: Payout,
    /// Base units that earn.
    pub eligible: Amount,
    /// What was earned and not yet paid, in what holders are paid in.
    pub pot: Amount,
    /// Accounts that earn nothing.
    pub exclusions: Vec<Address>,
    /// The account that its holders govern.
    pub treasury_account: Address,
    /// What that account has of it.
    pub treasury: Amount,
    /// The account where the liquidity leg gathers.
    pub liquidity_account: Address,
    /// What that account has of it.
    pub liquidity: Amount,
}

/// What a holder is due and gets at the next touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DueAnswer {
    /// In which asset: the same, or LOL.
    pub asset: AssetId,
    /// Base units of it. In the same asset it is part of the balance already.
    pub amount: Amount,
    /// The same for people: `1.5 DOGE#17`.
    pub display: String,
}

/// A balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BalanceAnswer {
    /// Of which asset.
    pub asset: AssetId,
    /// Base units.
    pub amount: Amount,
    /// The same for people: `1.5 DOGE#17`.
    pub display: String,
    /// What it is due by redistribution, if holders of the asset are paid at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueAnswer>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountAnswer {
    /// The address as `lol1…`.
    pub address: Address,
    /// The same address as `0x…`.
    pub address_hex: String,
    /// Its name, if it belongs to the protocol.
    pub protocol: Option<String>,
    /// The sequence number that its next ordered transaction must carry, once nothing of it waits.
    pub nonce: u64,
    /// The same with what waits for a block on the node that answers; none in an answer of the past or with a proof.
    pub pending_nonce: Option<u64>,
    /// LOL, in nlol.
    pub balance: Amount,
    /// The same for people: `1.5 LOL`.
    pub display: String,
    /// The first page of its other balances; `accounts/{address}/balances` goes on.
    pub balances: Page<BalanceAnswer>,
}

/// A supply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SupplyAnswer {
    /// Of which asset.
    pub asset: AssetId,
    /// Base units that exist.
    pub supply: Amount,
    /// The same for people.
    pub display: String,
}

/// Lists the assets by number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Tokens {
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Tokens {
    const NAME: &'static str = "list";
    const PATH: &'static str = "tokens";
    type Answer = Page<AssetAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?;
        let rows = ASSET.iter_after(view.state, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |id, asset| Ok(show_asset(view, *id, asset)?))
    }
}

/// Shows an asset.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Number of the asset, or its full name.
    pub asset: AssetId,
}

impl Query for Token {
    const NAME: &'static str = "show";
    const PATH: &'static str = "tokens/{asset}";
    type Answer = AssetAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        Ok(show_asset(view, self.asset, find(view.state, self.asset)?)?)
    }
}

/// Shows how much of an asset exists.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supply {
    /// Number of the asset, or its full name.
    pub asset: AssetId,
}

impl Query for Supply {
    const NAME: &'static str = "supply";
    const PATH: &'static str = "tokens/{asset}/supply";
    type Answer = SupplyAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let asset = find(view.state, self.asset)?;
        let supply = ledger::supply(view.state, self.asset)?;
        Ok(SupplyAnswer { asset: self.asset, supply, display: asset.display(self.asset, supply) })
    }
}

/// Lists the assets whose symbol can be taken for this one, oldest first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct LookAlikes {
    /// A symbol such as DOGE.
    #[schemars(extend("examples" = ["DOGE"]))]
    pub symbol: Symbol,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for LookAlikes {
    const NAME: &'static str = "look_alikes";
    const PATH: &'static str = "symbols/{symbol}";
    type Answer = Page<AssetAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        look_alikes(view, BY_SYMBOL, &self.symbol, &self.page)
    }
}

/// Lists the assets whose name can be taken for this one, oldest first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct NameLookAlikes {
    /// A name such as Doge of the North.
    #[schemars(extend("examples" = ["Doge of the North"]))]
    pub name: Name,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for NameLookAlikes {
    const NAME: &'static str = "name_look_alikes";
    const PATH: &'static str = "names/{name}";
    type Answer = Page<AssetAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        look_alikes(view, BY_NAME, &self.name, &self.page)
    }
}

fn look_alikes(
    view: View<'_>,
    index: Map<(String, AssetId), u64>,
    text: &str,
    page: &PageArgs,
) -> Result<Page<AssetAnswer>, QueryError> {
    let skeleton = naming::skeleton(text);
    let after = page.after(view)?.map(|id: AssetId| (skeleton.clone(), id));
    let rows = index.iter_under(view.state, &skeleton, after.as_ref(), Order::Ascending);
    let rows = rows.map(|row| row.map(|((_, id), _)| (id, ())));
    Page::collect(view, rows, page.limit()?, |id, ()| Ok(show_asset(view, *id, find(view.state, *id)?)?))
}

/// The oldest asset whose symbol or name can be taken for the symbol or the name of this one, if it is older.
fn collision(state: &dyn ReadState, id: AssetId, asset: &Asset) -> Result<Option<AssetId>, Halt> {
    let found = [
        naming::oldest_by_symbol(state, &asset.symbol)?,
        naming::oldest_by_name(state, &asset.name)?,
        naming::oldest_by_symbol(state, &asset.name)?,
        naming::oldest_by_name(state, &asset.symbol)?,
    ];
    let own = (asset.created_height, id);
    Ok(found.into_iter().flatten().min().filter(|oldest| *oldest < own).map(|(_, oldest)| oldest))
}

/// Shows what governance can set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl Query for Parameters {
    const NAME: &'static str = "params";
    const PATH: &'static str = "params/token";
    type Answer = Params;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        Ok(PARAMS.get(view.state)?.unwrap_or_default())
    }
}

/// Shows an account: nonce, LOL and the first of its other balances. An address that nobody used is an empty account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountOf {
    /// The account, as lol1… or 0x….
    pub address: Address,
}

impl Query for AccountOf {
    const NAME: &'static str = "account";
    const PATH: &'static str = "accounts/{address}";
    type Answer = AccountAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let account = ledger::account(view.state, &self.address)?;
        Ok(AccountAnswer {
            address: self.address,
            address_hex: self.address.to_eip55(),
            protocol: protocol::name(&self.address).map(str::to_owned),
            nonce: account.nonce,
            pending_nonce: None,
            balance: account.balance,
            display: Asset::native().display(AssetId::NATIVE, account.balance),
            balances: issued(view, &self.address, None, PageArgs::default().limit()?)?,
        })
    }
}

/// Lists the balances of an account by the number of the asset: LOL first, if there is any.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Balances {
    /// The account, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Balances {
    const NAME: &'static str = "balances";
    const PATH: &'static str = "accounts/{address}/balances";
    type Answer = Page<BalanceAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let (limit, after) = (self.page.limit()?, self.page.after(view)?);
        if after.is_some() {
            return issued(view, &self.address, after, limit);
        }
        let native = ledger::native_balance(view.state, &self.address)?;
        let first = (!native.is_zero()).then_some(Ok((AssetId::NATIVE, native)));
        let rows = first.into_iter().chain(issued_rows(view.state, &self.address, None));
        Page::collect(view, rows, limit, |id, amount| show_balance(view.state, &self.address, *id, amount))
    }
}

/// Shows one balance of an account. It reads single keys only, so `prove=true` proves it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BalanceOf {
    /// The account, as lol1… or 0x….
    pub address: Address,
    /// Number of the asset, or its full name; 0 is LOL.
    pub asset: AssetId,
}

impl Query for BalanceOf {
    const NAME: &'static str = "balance";
    const PATH: &'static str = "accounts/{address}/balances/{asset}";
    type Answer = BalanceAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        find(view.state, self.asset)?;
        let amount = ledger::balance(view.state, &self.address, self.asset)?;
        show_balance(view.state, &self.address, self.asset, amount)
    }
}

/// Balances of plain assets, then of ruled ones: in the order of their numbers.
fn issued_rows<'a>(
    state: &'a dyn ReadState,
    address: &Address,
    after: Option<AssetId>,
) -> impl Iterator<Item = Result<(AssetId, Amount), Halt>> + 'a {
    let address = *address;
    let after = after.map(|asset| (address, asset));
    let plain = BALANCE.iter_under(state, &address, after.as_ref(), Order::Ascending);
    let ruled = HOLDING.iter_under(state, &address, after.as_ref(), Order::Ascending);
    // What an asset's totals keep has no row of its own.
    let kept = protocol::kept_by_totals(&address);
    let kept = kept.filter(|asset| after.is_none_or(|(_, after)| *asset > after));
    let rows = ruled.map(|row| row.map(|((_, asset), _)| (asset, ())));
    let rows = rows.filter(move |row| !matches!(row, Ok((asset, ())) if Some(*asset) == kept));
    let ruled = merge(rows, kept.into_iter().map(|asset| Ok((asset, ())))).map(move |row| {
        let (asset, ()) = row?;
        Ok((asset, ledger::balance(state, &address, asset)?))
    });
    let held = ruled.filter(|row: &Result<(AssetId, Amount), Halt>| !matches!(row, Ok((_, Amount::ZERO))));
    plain.map(|row| row.map(|((_, asset), amount)| (asset, amount))).chain(held)
}

fn issued(
    view: View<'_>,
    address: &Address,
    after: Option<AssetId>,
    limit: usize,
) -> Result<Page<BalanceAnswer>, QueryError> {
    let rows = issued_rows(view.state, address, after);
    Page::collect(view, rows, limit, |id, amount| show_balance(view.state, address, *id, amount))
}

/// The record of an asset, or an answer that there is none.
pub fn find(state: &dyn ReadState, id: AssetId) -> Result<Asset, QueryError> {
    ASSET.get(state, &id)?.ok_or_else(|| QueryError::NotFound(format!("there is no asset {id}")))
}

fn show_balance(
    state: &dyn ReadState,
    address: &Address,
    asset: AssetId,
    amount: Amount,
) -> Result<BalanceAnswer, QueryError> {
    let display = display(state, asset, amount)?;
    Ok(BalanceAnswer { asset, amount, display, due: due(state, address, asset)? })
}

fn display(state: &dyn ReadState, asset: AssetId, amount: Amount) -> Result<String, Halt> {
    let record = ASSET.get(state, &asset)?;
    let record =
        record.ok_or_else(|| Halt::new(format!("a balance of asset {asset}, which does not exist")))?;
    Ok(record.display(asset, amount))
}

fn due(state: &dyn ReadState, address: &Address, asset: AssetId) -> Result<Option<DueAnswer>, Halt> {
    let totals = if asset.is_ruled() { TOTALS.get(state, &asset)? } else { None };
    let Some(totals) = totals.filter(|totals| totals.payout != Payout::None) else { return Ok(None) };
    let (_, amount) = ledger::stored_and_due(state, &totals, address, asset)?;
    let asset = if totals.payout == Payout::Native { AssetId::NATIVE } else { asset };
    let display = display(state, asset, amount)?;
    Ok(Some(DueAnswer { asset, amount, display }))
}

pub(super) fn show_asset(view: View<'_>, id: AssetId, asset: Asset) -> Result<AssetAnswer, Halt> {
    let state = view.state;
    let supply = ledger::supply(state, id)?;
    let oldest = naming::oldest_by_symbol(state, &asset.symbol)?;
    let collision = collision(state, id, &asset)?;
    Ok(AssetAnswer {
        asset: id,
        full_name: asset.full_name(id),
        supply,
        supply_display: asset.display(id, supply),
        cap: asset.cap,
        cap_display: asset.display(id, asset.cap),
        minter: asset.minter(),
        mintable: asset.is_mintable(),
        template: asset.template,
        capabilities: asset.capabilities,
        rules: show_rules(view, id, &asset)?,
        creator: asset.creator,
        admin: asset.admin,
        pending_admin: asset.pending_admin,
        created_height: asset.created_height,
        collision,
        verified: VERIFIED.has(state, &id)?,
        looks_like: oldest.map(|(_, oldest)| oldest).filter(|oldest| *oldest != id),
        symbol: asset.symbol.to_string(),
        name: asset.name.to_string(),
        decimals: asset.decimals,
        metadata: asset.metadata,
    })
}

fn show_rules(view: View<'_>, id: AssetId, asset: &Asset) -> Result<Option<RulesAnswer>, Halt> {
    if !id.is_ruled() {
        return Ok(None);
    }
    let (Some(rules), Some(totals)) = (RULES.get(view.state, &id)?, TOTALS.get(view.state, &id)?) else {
        return Err(Halt::new(format!("asset {id} is ruled and has no rules")));
    };
    let tax = rules.tax_at(view.height, view.epoch);
    Ok(Some(RulesAnswer {
        tax,
        tax_bps: tax.total_bps(),
        tax_announced: rules.tax.ahead(view.epoch),
        tax_max_bps: tax_max_bps(asset, &rules, view.height, view.epoch),
        burn_floor: rules.burn_floor,
        limits: rules.limits,
        paused_until_epoch: rules.paused_until_epoch.filter(|until| *until > view.epoch),
        payout: totals.payout,
        eligible: totals.eligible,
        pot: totals.pot,
        exclusions: asset.exclusions.to_vec(),
        treasury_account: protocol::treasury_of(id),
        treasury: totals.treasury,
        liquidity_account: protocol::liquidity_of(id),
        liquidity: totals.liquidity,
    }))
}

/// Most that the tax can sum to from now on: the ceiling while an admin or holders may change it, else what is in force
/// or announced; what is left of a launch if that is more.
pub(super) fn tax_max_bps(asset: &Asset, rules: &Rules, height: u64, epoch: u64) -> u32 {
    let ahead = rules.tax.ahead(epoch).map_or(0, |announced| announced.tax.total_bps());
    let known = rules.tax_at(height, epoch).total_bps().max(ahead);
    let may_rise = asset.is_open(Capability::Tax) && asset.template.legs_allowed().contains(&true);
    if may_rise { known.max(TAX_BPS_MAX.into()) } else { known }
}

/// A part of a whole in percent, rounded down to four digits after the point: `12.3456`.
pub fn percent(part: Amount, whole: Amount) -> String {
    let millionths = part.mul_div_floor(1_000_000, whole.base_units()).unwrap_or_default();
    let (ones, rest) = (millionths.base_units() / 10_000, millionths.base_units() % 10_000);
    format!("{ones}.{rest:04}")
}
