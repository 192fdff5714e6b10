use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{
    Address, Amount, AssetId, Coin, Ctx, Failure, Halt, Message, Reject, amount::DECIMALS_MAX, ensure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    accounts,
    error::Error,
    event::AssetCreated,
    naming, protocol, rules,
    state::{ASSET, BY_SKELETON, NEXT_ASSET_ID, PARAMS, SUPPLY},
    types::{Asset, HASH_BYTES, Metadata, Minter, Name, Symbol},
};

/// Creates an asset: its number, its record, its first supply in the creator's account. The creator is its admin.
#[derive(
    Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct CreateAsset {
    /// Short name such as DOGE: 1 to 13 of A-Z and 0-9. Others may use the same; the number is what counts.
    pub symbol: Symbol,
    /// Name for people, at most 32 bytes.
    pub name: Name,
    /// Digits after the point, at most 18.
    pub decimals: u8,
    /// Picture and story: a URI and, if they must never change, their SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// Supply that the creator gets, in base units.
    pub supply: Amount,
    /// Most base units that may exist at a time; if absent, the supply where nobody may mint, else 2^63-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Amount>,
    /// Who may make more: nobody, or the admin.
    pub minter: Minter,
}

impl CreateAsset {
    fn cap(&self) -> Amount {
        let default = match self.minter {
            Minter::Nobody => self.supply,
            Minter::Admin => Amount::MAX,
        };
        self.cap.unwrap_or(default)
    }

    fn asset(&self, creator: Address, created_height: u64) -> Asset {
        Asset {
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            decimals: self.decimals,
            metadata: self.metadata.clone(),
            cap: self.cap(),
            minter: self.minter,
            creator,
            admin: Some(creator),
            pending_admin: None,
            created_height,
        }
    }
}

/// Refuses a record that no message may create; genesis stands under the same rules.
pub(crate) fn ensure_asset(asset: &Asset) -> Result<(), Reject> {
    rules::ensure_symbol(&asset.symbol)?;
    rules::ensure_name(&asset.name)?;
    let decimals = asset.decimals;
    ensure(decimals <= DECIMALS_MAX, Error::DecimalsOutOfRange { decimals, max: DECIMALS_MAX })?;
    if let Some(metadata) = &asset.metadata {
        rules::ensure_uri(&metadata.uri)?;
        let found = metadata.sha256.as_ref().map_or(HASH_BYTES, |hash| hash.len());
        ensure(found == HASH_BYTES, Error::HashLength { found, expected: HASH_BYTES })?;
    }
    Ok(())
}

impl Message for CreateAsset {
    const TAG: u8 = 1;
    const NAME: &'static str = "create_asset";

    fn check(&self) -> Result<(), Reject> {
        ensure_asset(&self.asset(protocol::TREASURY, 0))?;
        let (supply, cap) = (self.supply, self.cap());
        ensure(supply <= cap, Error::SupplyAboveCap { supply, cap })?;
        ensure(
            !cap.is_zero() && (self.minter != Minter::Nobody || !supply.is_zero()),
            Error::NeverAnySupply {},
        )
    }

    /// Seven skeletons of symbol and name. Reads parameters, next number, what looks alike among the reserved names (four), LOL of creator and treasury, the creator's balance and the supply; writes
    /// number, record, supply, balance, index and two LOL balances.
    fn gas(&self) -> u64 {
        rules::leaves_gas(10, 7).saturating_add(naming::SKELETON_GAS.saturating_mul(7))
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let creator = ctx.signer()?;
        let fee = PARAMS.get(ctx.state)?.unwrap_or_default().create_fee;
        let id = NEXT_ASSET_ID.get(ctx.state)?.unwrap_or(AssetId(1));
        let next = id.0.checked_add(1).ok_or_else(|| Halt::new("asset numbers are used up"))?;
        let asset = self.asset(creator, ctx.block.height);
        naming::ensure_free(ctx, &asset)?;

        let fee = Coin { asset: AssetId::NATIVE, amount: fee };
        accounts::transfer(ctx, &creator, &protocol::TREASURY, fee)?;
        NEXT_ASSET_ID.set(ctx.state, &AssetId(next));
        ASSET.set(ctx.state, &id, &asset);
        BY_SKELETON.set(ctx.state, &(rules::skeleton(&asset.symbol), id), &asset.created_height);
        naming::list_name(ctx.state, id, &asset);
        SUPPLY.set(ctx.state, &id, &Amount::ZERO);
        ctx.emit(&AssetCreated {
            asset: id,
            creator,
            symbol: asset.symbol,
            name: asset.name,
            decimals: asset.decimals,
            cap: asset.cap,
            minter: asset.minter,
        });
        accounts::mint_under(ctx, &creator, Coin { asset: id, amount: self.supply }, asset.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::amount;

    fn create(minter: Minter, supply: u64, cap: Option<u64>) -> CreateAsset {
        CreateAsset {
            symbol: Symbol::parse("DOGE").unwrap(),
            name: Name::parse("Doge").unwrap(),
            decimals: 2,
            metadata: None,
            supply: amount(supply),
            cap: cap.map(amount),
            minter,
        }
    }

    #[test]
    fn an_absent_cap_is_the_tightest_that_the_minter_allows() {
        assert_eq!(create(Minter::Nobody, 5, None).cap(), amount(5));
        assert_eq!(create(Minter::Admin, 5, None).cap(), Amount::MAX);
        assert_eq!(create(Minter::Admin, 5, Some(9)).cap(), amount(9));
    }

    #[test]
    fn supply_and_cap_must_fit_each_other() {
        for (minter, supply, cap, expected) in [
            (Minter::Nobody, 5, Some(5), None),
            (Minter::Admin, 0, Some(1), None),
            (Minter::Admin, 0, None, None),
            (Minter::Nobody, 5, Some(4), Some("supply_above_cap")),
            (Minter::Nobody, 0, Some(9), Some("never_any_supply")),
            (Minter::Admin, 0, Some(0), Some("never_any_supply")),
        ] {
            let found = create(minter, supply, cap).check().err().map(|reject| reject.name);
            assert_eq!(found, expected, "{minter:?} {supply} {cap:?}");
        }
    }
}
