//! The section `token` of the genesis document.

use std::collections::{BTreeMap, BTreeSet};

use chortle_kernel::{
    Address, Amount, AssetId, Ctx, GenesisError, GenesisField, GenesisForm, GenesisList, GenesisSection,
    Given, Halt, List, Order, ReadState, Reject, State,
};
use chortle_naming as naming;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    capability::{Capabilities, Capability},
    history::{self, GenesisSupply},
    invariant, ledger,
    payment::AnnouncedPayment,
    state::{
        ACCOUNT, ASSET, BALANCE, BALANCE_THEN, BY_CREATOR, HOLDING, NEXT_ASSET_ID, NEXT_RULED_ID, PARAMS,
        PAYMENT, RULES, SNAPSHOT, SUPPLY, SWEEP, TOTALS, VERIFIED,
    },
    template::Template,
    text,
    totals::{Payout, Totals, decimal},
    types::{
        Account, Asset, EXCLUSIONS_MAX, Holding, Metadata, Minter, Name, Params, Rules, Snapshot, Sweep,
        Symbol,
    },
};

/// The section. Supplies are not written in it: they are the sums of the balances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What governance can set.
    pub params: Params,
    /// Accounts with LOL, a nonce, or both.
    pub accounts: Vec<GenesisAccount>,
    /// Assets besides LOL.
    pub assets: Vec<GenesisAsset>,
    /// Balances of plain assets.
    pub balances: Vec<GenesisBalance>,
    /// Holdings of ruled assets.
    pub holdings: Vec<GenesisHolding>,
    /// What existed at the end of each epoch that changed it.
    pub supply_history: Vec<GenesisSupply>,
    /// Assets with the badge of governance.
    pub verified: Vec<AssetId>,
    /// Heights at which balances of an asset vote.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<((AssetId, u64), Snapshot)>,
    /// What accounts had before they were first touched after such a height.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub balances_then: Vec<((AssetId, Address, u64), Amount)>,
    /// Assets with such rows that nothing may need any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sweeps: Vec<(AssetId, Sweep)>,
    /// Payments that admins announced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<(AssetId, AnnouncedPayment)>,
}

/// An account with LOL, a nonce, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisAccount {
    /// Whose.
    pub address: Address,
    /// LOL, in nlol.
    #[serde(default)]
    pub balance: Amount,
    /// Sequence number of the next ordered transaction.
    #[serde(default)]
    pub nonce: u64,
}

/// An asset besides LOL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisAsset {
    /// Its number, above 0.
    pub asset: AssetId,
    /// Short name.
    pub symbol: Symbol,
    /// Name.
    pub name: Name,
    /// Digits after the point, at most 18.
    pub decimals: u8,
    /// Picture and story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// Most base units that may exist at a time.
    pub cap: Amount,
    /// Who may make more.
    pub minter: Minter,
    /// What kind of asset it is; if absent, `mintable_capped` where the admin may mint, else `fixed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// What can be done with it besides minting; if absent, as the template says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
    /// Accounts that earn nothing by redistribution.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Address>,
    /// What a transfer must know: for a ruled asset, and only for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Rules>,
    /// Its figures: for a ruled asset, and only for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// Who created it.
    pub creator: Address,
    /// Who may act for it; nobody if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<Address>,
    /// Whom the admin offered the role to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_admin: Option<Address>,
    /// Height of the block that created it; 0 if absent.
    #[serde(default)]
    pub created_height: u64,
}

/// A balance of an asset besides LOL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisBalance {
    /// Whose.
    pub address: Address,
    /// Of which asset.
    pub asset: AssetId,
    /// How much, in base units.
    pub amount: Amount,
}

/// A holding of a ruled asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisHolding {
    /// Whose.
    pub address: Address,
    /// Of which asset.
    pub asset: AssetId,
    /// How much, in base units, without what it is due.
    #[serde(default)]
    pub balance: Amount,
    /// The asset's index when it was last settled.
    #[serde(default, with = "decimal")]
    #[schemars(with = "String")]
    pub index: u128,
    /// What its settlements left over of a unit, in 1/2^64.
    #[serde(default, with = "decimal")]
    #[schemars(with = "String")]
    pub fraction: u64,
    /// LOL that it earned and has not collected.
    #[serde(default)]
    pub owed: Amount,
    /// Height of its last send, while a cool-down runs.
    #[serde(default)]
    pub last_sent_height: u64,
    /// Whether it is frozen.
    #[serde(default)]
    pub frozen: bool,
    /// Whether it is on the allow list.
    #[serde(default)]
    pub allowed: bool,
}

impl GenesisHolding {
    fn of(address: Address, asset: AssetId, holding: Holding) -> Self {
        let Holding { balance, index, fraction, owed, last_sent_height, frozen, allowed, excluded: _ } =
            holding;
        Self { address, asset, balance, index, fraction, owed, last_sent_height, frozen, allowed }
    }
}

impl GenesisAsset {
    fn of(id: AssetId, asset: Asset, rules: Option<Rules>, totals: Option<Totals>) -> Self {
        let minter = asset.minter();
        Self {
            asset: id,
            symbol: asset.symbol,
            name: asset.name,
            decimals: asset.decimals,
            metadata: asset.metadata,
            cap: asset.cap,
            minter,
            template: Some(asset.template),
            capabilities: Some(asset.capabilities),
            exclusions: asset.exclusions.to_vec(),
            rules,
            totals,
            creator: asset.creator,
            admin: asset.admin,
            pending_admin: asset.pending_admin,
            created_height: asset.created_height,
        }
    }

    fn template(&self) -> Template {
        let default = match self.minter {
            Minter::Admin => Template::MintableCapped,
            Minter::Nobody => Template::Fixed,
        };
        self.template.unwrap_or(default)
    }

    fn record(&self) -> Result<Asset, String> {
        let mint = Capabilities::of(&[Capability::Mint]);
        let rest = self.capabilities.unwrap_or_else(|| self.template().capabilities()).without(mint);
        let capabilities = match self.minter {
            Minter::Admin => rest.or(mint),
            Minter::Nobody => rest,
        };
        let exclusions: List<Address, EXCLUSIONS_MAX> = List::parse(self.exclusions.clone())?;
        Ok(Asset {
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            decimals: self.decimals,
            metadata: self.metadata.clone(),
            cap: self.cap,
            template: self.template(),
            capabilities,
            exclusions,
            creator: self.creator,
            admin: self.admin,
            pending_admin: self.pending_admin,
            created_height: self.created_height,
        })
    }
}

/// Accounts with LOL.
const ACCOUNTS: GenesisList = GenesisList {
    name: "accounts",
    entry: "account",
    help: "Gives an account LOL",
    key: &["address"],
    fields: &[
        GenesisField {
            name: "address",
            pointer: "/address",
            help: "The account, as lol1… or 0x…",
            form: GenesisForm::Address,
            given: Given::InPlace,
        },
        GenesisField {
            name: "amount",
            pointer: "/balance",
            help: "How much, such as 1000LOL or 5nlol",
            form: GenesisForm::Native,
            given: Given::InPlace,
        },
    ],
    told: "{address} has {amount}",
};

impl GenesisSection for Genesis {
    const LISTS: &'static [GenesisList] = &[ACCOUNTS];

    fn parse(section: &Value) -> Result<Self, GenesisError> {
        Self::parse(section)
    }

    fn validate(&self) -> Result<(), GenesisError> {
        self.validate().map(drop)
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        self.init(ctx.block.epoch, ctx.state)
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        Self::export(state)
    }
}

impl Genesis {
    /// Reads a section; an error points at the entry that does not read.
    pub fn parse(section: &Value) -> Result<Self, GenesisError> {
        let fields = section
            .as_object()
            .ok_or_else(|| GenesisError::at("", "the section token is an object with params, accounts, …"))?;
        let mut genesis = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "params" => genesis.params = read("/params", value)?,
                "accounts" => genesis.accounts = read_each("/accounts", value)?,
                "assets" => genesis.assets = read_each("/assets", value)?,
                "balances" => genesis.balances = read_each("/balances", value)?,
                "holdings" => genesis.holdings = read_each("/holdings", value)?,
                "supply_history" => genesis.supply_history = read_each("/supply_history", value)?,
                "verified" => genesis.verified = read("/verified", value)?,
                "snapshots" => genesis.snapshots = read_each("/snapshots", value)?,
                "balances_then" => genesis.balances_then = read_each("/balances_then", value)?,
                "sweeps" => genesis.sweeps = read_each("/sweeps", value)?,
                "payments" => genesis.payments = read_each("/payments", value)?,
                _ => {
                    let known = "there are params, accounts, assets, balances, holdings, supply_history, \
                                 verified, snapshots, balances_then, sweeps and payments";
                    return Err(GenesisError::at(format!("/{field}"), format!("unknown field: {known}")));
                }
            }
        }
        Ok(genesis)
    }

    /// Refuses what [`Genesis::init`] could not take, and returns the supplies that it makes.
    pub fn validate(&self) -> Result<BTreeMap<AssetId, Amount>, GenesisError> {
        let mut supplies = BTreeMap::from([(AssetId::NATIVE, Amount::ZERO)]);
        self.validate_accounts(&mut supplies)?;
        let caps = self.validate_assets(&mut supplies)?;
        self.validate_balances(&mut supplies)?;
        self.validate_holdings(&mut supplies)?;
        for (index, (id, cap)) in caps.into_iter().enumerate() {
            let supply = supplies.get(&id).copied().unwrap_or_default();
            if supply > cap {
                let sentence = format!("the balances of asset {id} sum to {supply}, above its cap of {cap}");
                return Err(GenesisError::at(format!("/assets/{index}/cap"), sentence));
            }
        }
        history::validate(&self.supply_history, &supplies)?;
        self.validate_badges(&supplies)?;
        self.validate_votes(&supplies)?;
        Ok(supplies)
    }

    fn validate_badges(&self, supplies: &BTreeMap<AssetId, Amount>) -> Result<(), GenesisError> {
        let mut seen = BTreeSet::new();
        for (index, id) in self.verified.iter().enumerate() {
            if !supplies.contains_key(id) || !seen.insert(*id) {
                let sentence = format!("asset {id} is listed twice or not under assets");
                return Err(GenesisError::at(format!("/verified/{index}"), sentence));
            }
        }
        Ok(())
    }

    fn validate_votes(&self, supplies: &BTreeMap<AssetId, Amount>) -> Result<(), GenesisError> {
        let lists = [
            ("/snapshots", self.snapshots.iter().map(|((id, _), _)| *id).collect::<Vec<_>>()),
            ("/balances_then", self.balances_then.iter().map(|((id, ..), _)| *id).collect()),
            ("/sweeps", self.sweeps.iter().map(|(id, _)| *id).collect()),
            ("/payments", self.payments.iter().map(|(id, _)| *id).collect()),
        ];
        for (place, ids) in lists {
            let unknown =
                |id: &AssetId| !supplies.contains_key(id) || (place != "/payments" && !id.is_ruled());
            if let Some((index, id)) = ids.iter().enumerate().find(|(_, id)| unknown(id)) {
                let sentence = format!("asset {id} is not under assets, or has no rules");
                return Err(GenesisError::at(format!("{place}/{index}"), sentence));
            }
        }
        Ok(())
    }

    fn validate_accounts(&self, supplies: &mut BTreeMap<AssetId, Amount>) -> Result<(), GenesisError> {
        let mut seen = BTreeSet::new();
        for (index, account) in self.accounts.iter().enumerate() {
            let at = |field: &str| format!("/accounts/{index}{field}");
            if !seen.insert(account.address) {
                let sentence = format!("{} is listed twice: join the two entries", account.address);
                return Err(GenesisError::at(at("/address"), sentence));
            }
            if account.balance.is_zero() && account.nonce == 0 {
                return Err(GenesisError::at(at(""), "neither LOL nor a nonce: leave the entry out"));
            }
            add(supplies, AssetId::NATIVE, account.balance, || at("/balance"))?;
        }
        Ok(())
    }

    /// The caps in the order of the list.
    fn validate_assets(
        &self,
        supplies: &mut BTreeMap<AssetId, Amount>,
    ) -> Result<Vec<(AssetId, Amount)>, GenesisError> {
        let mut caps = Vec::new();
        for (index, asset) in self.assets.iter().enumerate() {
            let at = |field: &str| format!("/assets/{index}{field}");
            let id = asset.asset;
            if id == AssetId::NATIVE || id.0 == u64::MAX {
                let sentence = format!("{id} is no number for an asset: LOL is 0, others follow from 1");
                return Err(GenesisError::at(at("/asset"), sentence));
            }
            if supplies.insert(id, Amount::ZERO).is_some() {
                return Err(GenesisError::at(at("/asset"), format!("asset {id} is listed twice")));
            }
            let record = asset.record().map_err(|sentence| GenesisError::at(at("/exclusions"), sentence))?;
            text::ensure_asset(&record).map_err(|reject| GenesisError::at(at(""), reject.sentence))?;
            validate_ruled(asset, &record, supplies, at)?;
            if asset.admin.is_none() && asset.pending_admin.is_some() {
                let sentence = "no admin, yet an offer: name the admin or drop the offer";
                return Err(GenesisError::at(at("/pending_admin"), sentence));
            }
            if asset.admin.is_some() && asset.admin == asset.pending_admin {
                let sentence = "the role is offered to the admin itself: drop the offer";
                return Err(GenesisError::at(at("/pending_admin"), sentence));
            }
            caps.push((id, asset.cap));
        }
        Ok(caps)
    }

    fn validate_balances(&self, supplies: &mut BTreeMap<AssetId, Amount>) -> Result<(), GenesisError> {
        let mut seen = BTreeSet::new();
        for (index, balance) in self.balances.iter().enumerate() {
            let at = |field: &str| format!("/balances/{index}{field}");
            let id = balance.asset;
            if id == AssetId::NATIVE {
                return Err(GenesisError::at(at("/asset"), "LOL is listed under accounts"));
            }
            if !supplies.contains_key(&id) || id.is_ruled() {
                let sentence =
                    format!("asset {id} is not under assets, or its balances belong under holdings");
                return Err(GenesisError::at(at("/asset"), sentence));
            }
            if balance.amount.is_zero() {
                return Err(GenesisError::at(at("/amount"), "a balance of zero: leave the entry out"));
            }
            if !seen.insert((balance.address, id)) {
                let sentence =
                    format!("{} has asset {id} listed twice: join the two entries", balance.address);
                return Err(GenesisError::at(at(""), sentence));
            }
            add(supplies, id, balance.amount, || at("/amount"))?;
        }
        Ok(())
    }

    fn validate_holdings(&self, supplies: &mut BTreeMap<AssetId, Amount>) -> Result<(), GenesisError> {
        let mut seen = BTreeSet::new();
        for (index, holding) in self.holdings.iter().enumerate() {
            let at = |field: &str| format!("/holdings/{index}{field}");
            let id = holding.asset;
            if !id.is_ruled() || !supplies.contains_key(&id) {
                let sentence = format!("asset {id} is no ruled asset under assets");
                return Err(GenesisError::at(at("/asset"), sentence));
            }
            if !seen.insert((holding.address, id)) {
                let sentence = format!("{} has asset {id} listed twice", holding.address);
                return Err(GenesisError::at(at(""), sentence));
            }
            add(supplies, id, holding.balance, || at("/balance"))?;
        }
        for (index, asset) in self.assets.iter().enumerate() {
            let supply = supplies.get(&asset.asset).copied();
            if asset.totals.as_ref().is_some_and(|totals| Some(totals.supply) != supply) {
                let sentence = format!("what exists of asset {} sums to {supply:?}", asset.asset);
                return Err(GenesisError::at(format!("/assets/{index}/totals/supply"), sentence));
            }
        }
        Ok(())
    }

    /// Writes the section into an empty state.
    pub fn init(&self, epoch: u64, state: &mut State) -> Result<(), GenesisError> {
        let supplies = self.validate()?;
        PARAMS.set(state, &self.params);
        let native = std::iter::once(Ok((AssetId::NATIVE, Asset::native())));
        let assets = self.assets.iter().map(|asset| Ok((asset.asset, asset.record()?)));
        let (mut next, mut next_ruled) = (AssetId(1), AssetId::RULED_FIRST);
        for row in native.chain(assets) {
            let (id, asset) = row.map_err(|sentence: String| GenesisError::at("/assets", sentence))?;
            ASSET.set(state, &id, &asset);
            BY_CREATOR.set(state, &(asset.creator, id), &());
            let next = if id.is_ruled() { &mut next_ruled } else { &mut next };
            *next = (*next).max(AssetId(id.0.saturating_add(1)));
            naming::list(state, id, &asset.symbol, &asset.name, asset.created_height);
        }
        NEXT_ASSET_ID.set(state, &next);
        NEXT_RULED_ID.set(state, &next_ruled);
        for asset in &self.assets {
            if let (Some(rules), Some(totals)) = (&asset.rules, &asset.totals) {
                RULES.set(state, &asset.asset, rules);
                let (held, snapshot_height) = self.held_and_newest(asset.asset);
                TOTALS.set(state, &asset.asset, &Totals { held, snapshot_height, ..totals.clone() });
            }
        }
        for (id, supply) in &supplies {
            if !id.is_ruled() {
                SUPPLY.set(state, id, supply);
            }
        }
        history::init(&self.supply_history, &supplies, epoch, state)?;
        for GenesisAccount { address, balance, nonce } in &self.accounts {
            ledger::set_account(state, address, &Account { nonce: *nonce, balance: *balance });
        }
        for GenesisBalance { address, asset, amount } in &self.balances {
            ledger::set_balance(state, address, *asset, *amount);
        }
        self.init_holdings(state);
        for id in &self.verified {
            VERIFIED.set(state, id, &());
        }
        self.snapshots.iter().for_each(|(key, snapshot)| SNAPSHOT.set(state, key, snapshot));
        self.balances_then.iter().for_each(|(key, balance)| BALANCE_THEN.set(state, key, balance));
        self.sweeps.iter().for_each(|(id, sweep)| SWEEP.set(state, id, sweep));
        self.payments.iter().for_each(|(id, payment)| PAYMENT.set(state, id, payment));
        invariant::snapshots_are_exact(state).map_err(|found| GenesisError::at("/snapshots", found))
    }

    /// What users have of an asset, and the newest height at which they vote: what its totals say beside the figures
    /// that are written. What users hold is part of what exists, so it does not overflow.
    fn held_and_newest(&self, id: AssetId) -> (Amount, u64) {
        let users = self.holdings.iter().filter(|row| row.asset == id && !row.address.is_protocol());
        let held = Amount::checked_sum(users.map(|row| row.balance)).unwrap_or_default();
        let heights = self.snapshots.iter().filter(|((asset, _), _)| *asset == id);
        (held, heights.map(|((_, height), _)| *height).max().unwrap_or(0))
    }

    fn init_holdings(&self, state: &mut State) {
        let excluded: BTreeSet<(Address, AssetId)> = self
            .assets
            .iter()
            .flat_map(|asset| asset.exclusions.iter().map(|account| (*account, asset.asset)))
            .collect();
        let listed = self.holdings.iter().map(|row| {
            let holding = Holding {
                balance: row.balance,
                index: row.index,
                fraction: row.fraction,
                owed: row.owed,
                last_sent_height: row.last_sent_height,
                frozen: row.frozen,
                allowed: row.allowed,
                excluded: false,
            };
            ((row.address, row.asset), holding)
        });
        let mut holdings: BTreeMap<_, _> = listed.collect();
        for key in excluded {
            holdings.entry(key).or_default().excluded = true;
        }
        for ((account, asset), holding) in holdings {
            ledger::write_holding(state, &account, asset, &holding);
        }
    }

    /// The section that would give this state, in key order.
    pub fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let params = PARAMS.get(state)?.unwrap_or_default();
        let accounts = ACCOUNT.iter(state, Order::Ascending).map(|row| {
            let (address, Account { nonce, balance }) = row?;
            Ok(GenesisAccount { address, balance, nonce })
        });
        let assets = ASSET.iter_after(state, Some(&AssetId::NATIVE), Order::Ascending).map(|row| {
            let (id, asset) = row?;
            let rules = if id.is_ruled() { RULES.get(state, &id)? } else { None };
            let totals = if id.is_ruled() { TOTALS.get(state, &id)? } else { None };
            Ok(GenesisAsset::of(id, asset, rules, totals))
        });
        let balances = BALANCE.iter(state, Order::Ascending).map(|row| {
            let ((address, asset), amount) = row?;
            Ok(GenesisBalance { address, asset, amount })
        });
        let holdings = HOLDING.iter(state, Order::Ascending).map(|row| {
            let ((address, asset), holding) = row?;
            Ok(GenesisHolding::of(address, asset, holding))
        });
        Ok(Self {
            params,
            accounts: accounts.collect::<Result<_, Halt>>()?,
            assets: assets.collect::<Result<_, Halt>>()?,
            balances: balances.collect::<Result<_, Halt>>()?,
            holdings: holdings.collect::<Result<_, Halt>>()?,
            supply_history: history::export(state)?,
            verified: VERIFIED
                .iter(state, Order::Ascending)
                .map(|row| row.map(|(id, ())| id))
                .collect::<Result<_, Halt>>()?,
            snapshots: SNAPSHOT.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            balances_then: BALANCE_THEN.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            sweeps: SWEEP.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
            payments: PAYMENT.iter(state, Order::Ascending).collect::<Result<_, _>>()?,
        })
    }
}

/// Refuses rules and figures that do not fit the asset, and counts the figures that are part of its supply.
fn validate_ruled(
    asset: &GenesisAsset,
    record: &Asset,
    supplies: &mut BTreeMap<AssetId, Amount>,
    at: impl Fn(&str) -> String,
) -> Result<(), GenesisError> {
    let id = asset.asset;
    let ruled = id.is_ruled();
    if [asset.rules.is_some(), asset.totals.is_some(), asset.template().is_ruled()] != [ruled; 3] {
        let sentence = format!(
            "rules and totals belong to ruled assets, whose numbers begin at {}",
            AssetId::RULED_FIRST
        );
        return Err(GenesisError::at(at("/rules"), sentence));
    }
    let told = |field: &'static str| {
        let at = &at;
        move |reject: Reject| GenesisError::at(at(field), reject.sentence)
    };
    record.template.ensure_capabilities(record.capabilities).map_err(told("/capabilities"))?;
    let (Some(rules), Some(totals)) = (&asset.rules, &asset.totals) else { return Ok(()) };
    record.template.ensure_payout(totals.payout).map_err(told("/totals/payout"))?;
    let announced = rules.tax.announced.map(|announced| announced.tax);
    for tax in [Some(rules.tax.before), announced].into_iter().flatten() {
        record.template.ensure_tax(&tax, totals.payout).map_err(told("/rules/tax"))?;
    }
    if rules.limits.launch_tax.is_some_and(|launch| !launch.is_within_bounds()) {
        return Err(GenesisError::at(
            at("/rules/limits/launch_tax"),
            "no creator could have chosen it".to_owned(),
        ));
    }
    let own = if totals.payout == Payout::Own { totals.pot } else { Amount::ZERO };
    [totals.treasury, totals.liquidity, own]
        .into_iter()
        .try_for_each(|part| add(supplies, id, part, || at("/totals")))
}

fn add(
    supplies: &mut BTreeMap<AssetId, Amount>,
    asset: AssetId,
    amount: Amount,
    pointer: impl Fn() -> String,
) -> Result<(), GenesisError> {
    let supply = supplies.entry(asset).or_default();
    *supply = supply.checked_add(amount).ok_or_else(|| {
        GenesisError::at(pointer(), format!("up to here asset {asset} sums to more than {}", Amount::MAX))
    })?;
    Ok(())
}

fn read<T: DeserializeOwned>(pointer: &str, value: &Value) -> Result<T, GenesisError> {
    serde_json::from_value(value.clone()).map_err(|error| GenesisError::at(pointer, error.to_string()))
}

fn read_each<T: DeserializeOwned>(pointer: &str, value: &Value) -> Result<Vec<T>, GenesisError> {
    let values = value.as_array().ok_or_else(|| GenesisError::at(pointer, "this is a list"))?;
    values.iter().enumerate().map(|(index, value)| read(&format!("{pointer}/{index}"), value)).collect()
}
