//! The section `token` of the genesis document.

use std::collections::{BTreeMap, BTreeSet};

use chortle_kernel::{Address, Amount, AssetId, GenesisError, Halt, Order, ReadState, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    accounts,
    airdrop::genesis::GenesisAirdrops,
    allowance::{self, genesis::GenesisAllowance},
    lock::genesis::GenesisLocks,
    msg::ensure_asset,
    naming::{self, genesis::GenesisNames},
    protocol, rules,
    state::{ACCOUNT, ASSET, BALANCE, BY_SKELETON, NEXT_ASSET_ID, PARAMS, SUPPLY},
    types::{Account, Asset, Metadata, Minter, Name, Params, Symbol},
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
    /// Balances of those assets.
    pub balances: Vec<GenesisBalance>,
    /// Locks in flight.
    pub locks: GenesisLocks,
    /// Allowances in force.
    pub allowances: Vec<GenesisAllowance>,
    /// Airdrops, in flight and over.
    pub airdrops: GenesisAirdrops,
    /// Reserved names and verified assets.
    pub names: GenesisNames,
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

impl GenesisAsset {
    fn of(id: AssetId, asset: Asset) -> Self {
        let Asset {
            symbol,
            name,
            decimals,
            metadata,
            cap,
            minter,
            creator,
            admin,
            pending_admin,
            created_height,
        } = asset;
        Self {
            asset: id,
            symbol,
            name,
            decimals,
            metadata,
            cap,
            minter,
            creator,
            admin,
            pending_admin,
            created_height,
        }
    }

    fn record(&self) -> Asset {
        Asset {
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            decimals: self.decimals,
            metadata: self.metadata.clone(),
            cap: self.cap,
            minter: self.minter,
            creator: self.creator,
            admin: self.admin,
            pending_admin: self.pending_admin,
            created_height: self.created_height,
        }
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
                "locks" => genesis.locks = read("/locks", value)?,
                "allowances" => genesis.allowances = read_each("/allowances", value)?,
                "airdrops" => genesis.airdrops = read("/airdrops", value)?,
                "names" => genesis.names = read("/names", value)?,
                _ => {
                    let known =
                        "there are params, accounts, assets, balances, locks, allowances, airdrops, names";
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
        for (index, (id, cap)) in caps.into_iter().enumerate() {
            let supply = supplies.get(&id).copied().unwrap_or_default();
            if supply > cap {
                let sentence = format!("the balances of asset {id} sum to {supply}, above its cap of {cap}");
                return Err(GenesisError::at(format!("/assets/{index}/cap"), sentence));
            }
        }
        self.validate_holdings(|asset| supplies.contains_key(&asset))?;
        Ok(supplies)
    }

    /// Locks, allowances, airdrops and names: each sound, and each escrow exactly what its objects hold.
    fn validate_holdings(&self, assets: impl Fn(AssetId) -> bool) -> Result<(), GenesisError> {
        let held = self.locks.validate(&assets)?;
        self.ensure_escrow("/locks", &protocol::LOCKS, held)?;
        let held = self.airdrops.validate(&assets)?;
        self.ensure_escrow("/airdrops", &protocol::AIRDROPS, held)?;
        allowance::genesis::validate(&self.allowances, &assets)?;
        self.names.validate(&assets)
    }

    fn ensure_escrow(
        &self,
        pointer: &str,
        escrow: &Address,
        mut held: BTreeMap<AssetId, Amount>,
    ) -> Result<(), GenesisError> {
        let native = self.accounts.iter().filter(|account| account.address == *escrow);
        let native = native.map(|account| (AssetId::NATIVE, account.balance));
        let issued = self.balances.iter().filter(|balance| balance.address == *escrow);
        held.retain(|_, amount| !amount.is_zero());
        let balances = native.chain(issued.map(|balance| (balance.asset, balance.amount)));
        let balances: BTreeMap<_, _> = balances.filter(|(_, amount)| !amount.is_zero()).collect();
        if balances == held {
            return Ok(());
        }
        let sentence = format!("what they hold is not the balance of {escrow}, their escrow");
        Err(GenesisError::at(pointer, sentence))
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
            ensure_asset(&asset.record()).map_err(|reject| GenesisError::at(at(""), reject.sentence))?;
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
            if !supplies.contains_key(&id) {
                return Err(GenesisError::at(at("/asset"), format!("asset {id} is not under assets")));
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

    /// Writes the section into an empty state.
    pub fn init(&self, state: &mut State) -> Result<(), GenesisError> {
        let supplies = self.validate()?;
        PARAMS.set(state, &self.params);
        let native = std::iter::once((AssetId::NATIVE, Asset::native()));
        let assets = native.chain(self.assets.iter().map(|asset| (asset.asset, asset.record())));
        let mut next = AssetId(1);
        for (id, asset) in assets {
            ASSET.set(state, &id, &asset);
            BY_SKELETON.set(state, &(rules::skeleton(&asset.symbol), id), &asset.created_height);
            naming::list_name(state, id, &asset);
            next = next.max(AssetId(id.0.saturating_add(1)));
        }
        NEXT_ASSET_ID.set(state, &next);
        for (id, supply) in &supplies {
            SUPPLY.set(state, id, supply);
        }
        for GenesisAccount { address, balance, nonce } in &self.accounts {
            accounts::set_account(state, address, &Account { nonce: *nonce, balance: *balance });
        }
        for GenesisBalance { address, asset, amount } in &self.balances {
            accounts::set_balance(state, address, *asset, *amount);
        }
        self.names.init(state);
        allowance::genesis::init(&self.allowances, state);
        self.airdrops.init(state);
        self.locks.init(state)
    }

    /// The section that would give this state, in key order.
    pub fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let params = PARAMS.get(state)?.unwrap_or_default();
        let accounts = ACCOUNT.iter(state, Order::Ascending).map(|row| {
            let (address, Account { nonce, balance }) = row?;
            Ok(GenesisAccount { address, balance, nonce })
        });
        let assets = ASSET
            .iter_after(state, Some(&AssetId::NATIVE), Order::Ascending)
            .map(|row| row.map(|(id, asset)| GenesisAsset::of(id, asset)));
        let balances = BALANCE.iter(state, Order::Ascending).map(|row| {
            let ((address, asset), amount) = row?;
            Ok(GenesisBalance { address, asset, amount })
        });
        Ok(Self {
            params,
            accounts: accounts.collect::<Result<_, Halt>>()?,
            assets: assets.collect::<Result<_, Halt>>()?,
            balances: balances.collect::<Result<_, Halt>>()?,
            locks: GenesisLocks::export(state)?,
            allowances: allowance::genesis::export(state)?,
            airdrops: GenesisAirdrops::export(state)?,
            names: GenesisNames::export(state)?,
        })
    }
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
