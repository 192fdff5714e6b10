use std::collections::BTreeMap;

use chortle_kernel::{
    Address, Amount, AssetId, Coin, Ctx, Failure, Halt, List, Message, Reach, Reject, State, ensure,
    gas::leaves_gas, message, record,
};
use chortle_naming as naming;

use crate::{
    capability::{Capabilities, Capability},
    error::Error,
    event::AssetCreated,
    ledger,
    limits::{CeilingChoice, LimitsChoice},
    protocol,
    state::{ASSET, BY_CREATOR, NEXT_ASSET_ID, NEXT_RULED_ID, PARAMS, RULES, SUPPLY, TOTALS},
    tax::{Tax, TaxPlan},
    template::Template,
    text,
    totals::{Payout, Totals},
    types::{Asset, Metadata, Minter, Name, Rules, Symbol},
};

/// Most accounts of a first distribution.
pub const DISTRIBUTION_MAX: usize = 64;

record! {
    /// A part of the first supply.
    pub struct Allotment {
        /// Who gets it: any account but the protocol's.
        pub to: Address,
        /// How much, in base units.
        #[schemars(extend("x-unit" = "created"))]
        pub amount: Amount,
    }
}

record! {
    /// Creates an asset: its number, its record, its first supply. The creator is its admin. What is left out is as the
    /// template says; what is said must be within its bounds.
    pub struct CreateAsset {
        /// Short name such as DOGE: 1 to 13 of A-Z and 0-9. Others may use the same; the number is what counts.
        pub symbol: Symbol,
        /// Name for people, at most 32 bytes.
        pub name: Name,
        /// Digits after the point, at most 18.
        pub decimals: u8,
        /// Picture and story: a URI and, if what is there must not change, its SHA-256. Frozen for ever unless the
        /// capability `metadata` is chosen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub metadata: Option<Metadata>,
        /// Supply, in base units: the distribution takes its part, the creator gets the rest.
        #[schemars(extend("x-unit" = "created"))]
        pub supply: Amount,
        /// Most base units that may exist at a time; if absent, the supply where nobody may mint, else 2^63-1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(extend("x-unit" = "created"))]
        pub cap: Option<Amount>,
        /// Who may make more: nobody, or the admin; if absent, as the template says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub minter: Option<Minter>,
        /// What kind of asset it is; if absent, `mintable_capped` where the admin may mint, else `fixed`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub template: Option<Template>,
        /// What can be done with it, instead of what the template says. Bits only fall afterwards.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub capabilities: Option<Capabilities>,
        /// What transfers pay, instead of what the template says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(extend("x-unit" = "created"))]
        pub tax: Option<Tax>,
        /// Supply below which transfers burn nothing, instead of what the template says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(extend("x-unit" = "created"))]
        pub burn_floor: Option<Amount>,
        /// In what holders are paid, instead of what the template says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub payout: Option<Payout>,
        /// What protects the launch, instead of what the template says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(extend("x-unit" = "created"))]
        pub limits: Option<LimitsChoice>,
        /// Who gets how much of the supply; the creator gets the rest.
        #[serde(default, skip_serializing_if = "is_empty")]
        pub distribution: List<Allotment, DISTRIBUTION_MAX>,
    }
}

fn is_empty(list: &List<Allotment, DISTRIBUTION_MAX>) -> bool {
    list.is_empty()
}

impl CreateAsset {
    fn capabilities(&self) -> Capabilities {
        let chosen = self.capabilities.unwrap_or_else(|| self.template().capabilities());
        let mint = Capabilities::of(&[Capability::Mint]);
        match self.minter {
            Some(Minter::Admin) => chosen.or(mint),
            Some(Minter::Nobody) => chosen.without(mint),
            None => chosen,
        }
    }

    fn cap(&self) -> Amount {
        let mintable = self.capabilities().has(Capability::Mint);
        self.cap.unwrap_or(if mintable { Amount::MAX } else { self.supply })
    }

    /// Most that can ever exist: what a limit is measured by.
    fn most(&self) -> Amount {
        if self.capabilities().has(Capability::Mint) { self.cap() } else { self.supply }
    }

    fn payout(&self) -> Payout {
        self.payout.unwrap_or_else(|| self.template().payout())
    }

    fn tax(&self) -> Tax {
        let default = self.template().tax();
        // With LOL as payout there is nothing for the reflect leg to go to.
        let default =
            if self.payout() == Payout::Native { Tax { reflect_bps: 0, ..default } } else { default };
        self.tax.unwrap_or(default)
    }

    fn limits(&self) -> LimitsChoice {
        self.limits.unwrap_or_else(|| self.template().limits(self.most()))
    }

    fn asset(&self, creator: Address, created_height: u64) -> Asset {
        Asset {
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            decimals: self.decimals,
            metadata: self.metadata.clone(),
            cap: self.cap(),
            template: self.template(),
            capabilities: self.capabilities(),
            exclusions: List::default(),
            creator,
            admin: Some(creator),
            pending_admin: None,
            created_height,
        }
    }

    fn rules(&self, height: u64) -> Rules {
        let floor = self.burn_floor.unwrap_or_else(|| self.template().burn_floor(self.supply));
        Rules {
            tax: TaxPlan { before: self.tax(), announced: None },
            burn_floor: floor,
            limits: self.limits().from(height),
            freezable: self.capabilities().has(Capability::Freeze),
            listed: self.capabilities().has(Capability::AllowList),
            paused_until_epoch: None,
        }
    }

    fn ensure_within_template(&self) -> Result<(), Reject> {
        let template = self.template();
        template.ensure_open()?;
        template.ensure_capabilities(self.capabilities())?;
        if template.is_ruled() {
            template.ensure_payout(self.payout())?;
            template.ensure_tax(&self.tax(), self.payout())?;
            return self.limits().ensure_within_bounds(self.most());
        }
        let chosen = [
            (self.tax.is_some(), "tax"),
            (self.burn_floor.is_some(), "floor supply"),
            (self.payout.is_some(), "payout to its holders"),
            (self.limits.is_some(), "launch limits"),
        ];
        chosen.into_iter().try_for_each(|(is_chosen, what)| ensure(!is_chosen, template.lacks(what)))
    }

    fn distributed(&self) -> Result<Amount, Reject> {
        for part in self.distribution.iter() {
            ensure(!part.amount.is_zero(), Error::ZeroAmount {})?;
            protocol::ensure_user_account(&part.to)?;
        }
        let total = Amount::checked_sum(self.distribution.iter().map(|part| part.amount));
        let total = total.unwrap_or(Amount::MAX);
        ensure(total <= self.supply, Error::DistributionAboveSupply { total, supply: self.supply })?;
        Ok(total)
    }

    /// Refuses a fair launch that begins with an account above its largest wallet, be it the creator's. What he keeps
    /// beyond it lies in a lock, which pays nobody above it either.
    fn ensure_fair(&self, creator: &Address, rest: Amount) -> Result<(), Reject> {
        let Some(CeilingChoice { amount: max, .. }) = self.limits().max_wallet else { return Ok(()) };
        if self.template() != Template::Fair {
            return Ok(());
        }
        let mut sums = BTreeMap::from([(*creator, rest)]);
        for part in self.distribution.iter() {
            let sum = sums.entry(part.to).or_default();
            *sum = sum.checked_add(part.amount).unwrap_or(Amount::MAX);
        }
        match sums.into_iter().find(|(_, sum)| *sum > max) {
            Some((account, after)) => Err(Error::AboveMaxWallet { account, after, max }.into()),
            None => Ok(()),
        }
    }

    /// The number, from the range that tells whether there are rules.
    fn take_id(&self, state: &mut State) -> Result<AssetId, Halt> {
        let (counter, first, end) = if self.template().is_ruled() {
            (NEXT_RULED_ID, AssetId::RULED_FIRST, AssetId(u64::MAX))
        } else {
            (NEXT_ASSET_ID, AssetId(1), AssetId::RULED_FIRST)
        };
        let id = counter.get(state)?.unwrap_or(first);
        let next = id.0.checked_add(1).map(AssetId).filter(|next| *next <= end);
        counter.set(state, &next.ok_or_else(|| Halt::new("asset numbers are used up"))?);
        Ok(id)
    }

    /// Creates the asset and gives out its first supply: for each account of the distribution its part, for the creator
    /// the rest, without what the caller holds back and mints itself.
    pub fn create(
        &self,
        ctx: &mut Ctx<'_>,
        creator: &Address,
        held_back: Amount,
    ) -> Result<AssetId, Failure> {
        let height = ctx.block.height;
        let fee = PARAMS.get(ctx.state)?.unwrap_or_default().create_fee;
        let asset = self.asset(*creator, height);
        naming::ensure_free(ctx, &asset.symbol, &asset.name)?;
        let given = self.distributed()?.checked_add(held_back).unwrap_or(Amount::MAX);
        let above = Error::DistributionAboveSupply { total: given, supply: self.supply };
        let rest = self.supply.checked_sub(given).ok_or(above)?;
        self.ensure_fair(creator, rest)?;

        let fee = Coin { asset: AssetId::NATIVE, amount: fee };
        ledger::transfer(ctx, creator, &protocol::TREASURY, fee)?;
        let id = self.take_id(ctx.state)?;
        ASSET.set(ctx.state, &id, &asset);
        BY_CREATOR.set(ctx.state, &(*creator, id), &());
        if id.is_ruled() {
            RULES.set(ctx.state, &id, &self.rules(height));
            TOTALS.set(ctx.state, &id, &Totals { payout: self.payout(), ..Totals::default() });
        } else {
            SUPPLY.set(ctx.state, &id, &Amount::ZERO);
        }
        naming::list(ctx.state, id, &asset.symbol, &asset.name, height);
        ctx.emit(&AssetCreated {
            asset: id,
            creator: *creator,
            minter: asset.minter(),
            symbol: asset.symbol,
            name: asset.name,
            decimals: asset.decimals,
            cap: asset.cap,
            template: asset.template,
            capabilities: asset.capabilities,
        });
        for Allotment { to, amount } in self.distribution.iter() {
            ledger::mint_under(ctx, to, Coin { asset: id, amount: *amount }, asset.cap)?;
        }
        ledger::mint_under(ctx, creator, Coin { asset: id, amount: rest }, asset.cap)?;
        Ok(id)
    }

    /// [`Message::check`] of an asset of which the caller locks so much.
    pub fn check_with(&self, locked: Amount) -> Result<(), Reject> {
        text::ensure_asset(&self.asset(protocol::TREASURY, 0))?;
        self.ensure_within_template()?;
        let template = self.template();
        ensure(!locked.is_zero() || template != Template::Vested, template.lacks("creation without a lock"))?;
        let (supply, cap) = (self.supply, self.cap());
        ensure(supply <= cap, Error::SupplyAboveCap { supply, cap })?;
        let mintable = self.capabilities().has(Capability::Mint);
        ensure(!cap.is_zero() && (mintable || !supply.is_zero()), Error::NeverAnySupply {})?;
        let total = self.distributed()?.checked_add(locked).unwrap_or(Amount::MAX);
        ensure(total <= supply, Error::DistributionAboveSupply { total, supply })
    }

    /// What kind of asset it makes.
    pub fn template(&self) -> Template {
        let default = match self.minter {
            Some(Minter::Admin) => Template::MintableCapped,
            Some(Minter::Nobody) | None => Template::Fixed,
        };
        self.template.unwrap_or(default)
    }
}

impl Message for CreateAsset {
    const TAG: u8 = 1;
    const NAME: &'static str = "create_asset";
    const REACH: Reach = Reach::Units;

    fn examples() -> Vec<Self> {
        message::example(
            r#"{"cap":"2000000000000","decimals":6,
            "metadata":{"sha256":"0xabababababababababababababababababababababababababababababababab",
            "uri":"ipfs://doge"},"minter":"admin","name":"Doge of the North","supply":"1000000000000",
            "symbol":"DOGE"}"#,
        )
    }

    fn check(&self) -> Result<(), Reject> {
        self.check_with(Amount::ZERO)
    }

    /// Three skeletons of the symbol and four of the name. Reads parameters, next number, what is reserved and looks
    /// alike (four), LOL of creator and treasury, and the creator's balance; writes number, record, supply, balance,
    /// look-alikes and two LOL balances. Four lines: creator, two skeletons of the name, history of the supply. Each
    /// further account is read and written; rules are one more write.
    fn gas(&self) -> u64 {
        let accounts = u64::try_from(self.distribution.len()).unwrap_or(u64::MAX);
        let rules = u64::from(self.template().is_ruled());
        let (reads, writes) = (accounts.saturating_add(13), accounts.saturating_add(7).saturating_add(rules));
        let symbol = naming::skeleton_gas(&self.symbol).saturating_mul(3);
        let name = naming::skeleton_gas(&self.name).saturating_mul(4);
        leaves_gas(reads, writes).saturating_add(symbol).saturating_add(name)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let creator = ctx.signer()?;
        self.create(ctx, &creator, Amount::ZERO).map(drop)
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
            minter: Some(minter),
            template: None,
            capabilities: None,
            tax: None,
            burn_floor: None,
            payout: None,
            limits: None,
            distribution: List::default(),
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
