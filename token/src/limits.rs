//! What protects a launch from the largest and the fastest, each with an end. Pure.

use chortle_kernel::{Address, Amount, AssetId, Reject, ensure, record};

use crate::{
    error::Error,
    launch_tax::{LaunchTax, LaunchTaxChoice},
};

/// Longest that a limit may last, in blocks.
pub const LIMIT_BLOCKS_MAX: u64 = 1_209_600;
/// Longest that trading may stay closed after creation, in blocks.
pub const OPENING_BLOCKS_MAX: u64 = 604_800;
/// Longest pause between two sends of an account, in blocks.
pub const COOL_DOWN_BLOCKS_MAX: u64 = 3_600;
/// A largest transfer or wallet is at least this part of the first supply: less would be a trap.
pub const LIMIT_SUPPLY_DIVISOR: u64 = 1_000;

record! {
    /// An amount that nothing may exceed before a height.
    #[derive(Copy)]
    pub struct Ceiling {
        /// The most, in base units.
        pub amount: Amount,
        /// The first height at which it no longer holds.
        pub end_height: u64,
    }
}

record! {
    /// Blocks between two sends of an account before a height.
    #[derive(Copy)]
    pub struct CoolDown {
        /// How many blocks.
        pub blocks: u64,
        /// The first height at which it no longer holds.
        pub end_height: u64,
    }
}

record! {
    /// Every limit of an asset. An end may only be brought forward.
    #[derive(Copy, Default)]
    #[serde(default)]
    pub struct Limits {
        /// The first height at which holders may send.
        pub opens_height: u64,
        /// Most of one transfer.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_transfer: Option<Ceiling>,
        /// Most that an account may hold after it received.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_wallet: Option<Ceiling>,
        /// How long an account waits between two sends.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub cool_down: Option<CoolDown>,
        /// What transfers pay while the launch lasts, where that is more than the tax.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub launch_tax: Option<LaunchTax>,
    }
}

impl Limits {
    /// Refuses a send before trading is open.
    pub fn ensure_open(&self, height: u64) -> Result<(), Reject> {
        ensure(height >= self.opens_height, Error::TradingClosed { opens_height: self.opens_height })
    }

    /// Refuses a transfer above the largest.
    pub fn ensure_transfer(&self, amount: Amount, height: u64) -> Result<(), Reject> {
        let holds = self.max_transfer.filter(|max| height < max.end_height);
        let max = holds.map_or(Amount::MAX, |max| max.amount);
        ensure(amount <= max, Error::AboveMaxTransfer { amount, max })
    }

    /// Refuses a send too soon after the last one.
    pub fn ensure_cool(&self, account: Address, last_sent_height: u64, height: u64) -> Result<(), Reject> {
        let until_height = self.cooling_until(last_sent_height, height);
        ensure(height >= until_height, Error::CoolingDown { account, until_height })
    }

    /// The first height at which an account that sent at `last_sent_height` may send again; 0 if it never sent.
    pub fn cooling_until(&self, last_sent_height: u64, height: u64) -> u64 {
        match self.cool_down.filter(|cool_down| height < cool_down.end_height && last_sent_height > 0) {
            Some(cool_down) => last_sent_height.saturating_add(cool_down.blocks).min(cool_down.end_height),
            None => 0,
        }
    }

    /// What a holding notes of a send at a height: the height while a cool-down runs, else 0.
    pub fn sent_at(&self, height: u64) -> u64 {
        if self.cooling_until(height, height) > height { height } else { 0 }
    }

    /// Refuses what could grow any wallet while a largest one holds.
    pub fn ensure_no_wallet(&self, asset: AssetId, height: u64) -> Result<(), Reject> {
        let end_height = self.max_wallet.map_or(0, |max| max.end_height);
        ensure(height >= end_height, Error::WalletsLimited { asset, end_height })
    }

    /// Refuses a wallet above the largest.
    pub fn ensure_wallet(&self, account: Address, after: Amount, height: u64) -> Result<(), Reject> {
        let holds = self.max_wallet.filter(|max| height < max.end_height);
        let max = holds.map_or(Amount::MAX, |max| max.amount);
        ensure(after <= max, Error::AboveMaxWallet { account, after, max })
    }
}

record! {
    /// A limit that a creator chooses: how much, and for how long.
    #[derive(Copy)]
    pub struct CeilingChoice {
        /// The most, in base units: at least a thousandth of the first supply.
        pub amount: Amount,
        /// How many blocks it lasts, at most 1,209,600.
        pub lasts_blocks: u64,
    }
}

record! {
    /// A cool-down that a creator chooses.
    #[derive(Copy)]
    pub struct CoolDownChoice {
        /// How many blocks an account waits, at most 3,600.
        pub blocks: u64,
        /// How many blocks the limit lasts, at most 1,209,600.
        pub lasts_blocks: u64,
    }
}

record! {
    /// The limits that a creator chooses, counted from the block of creation.
    #[derive(Copy, Default)]
    #[serde(default)]
    pub struct LimitsChoice {
        /// How many blocks trading stays closed, at most 604,800.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub opens_after_blocks: Option<u64>,
        /// Most of one transfer.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_transfer: Option<CeilingChoice>,
        /// Most that an account may hold after it received.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_wallet: Option<CeilingChoice>,
        /// How long an account waits between two sends.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub cool_down: Option<CoolDownChoice>,
        /// What transfers pay when trading opens; it falls from there, block by block.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub launch_tax: Option<LaunchTaxChoice>,
    }
}

impl LimitsChoice {
    /// Refuses limits that last too long or bite too hard.
    pub fn ensure_within_bounds(&self, supply: Amount) -> Result<(), Reject> {
        let within = |limit: &'static str, found: u64, min: u64, max: u64| {
            ensure((min..=max).contains(&found), Error::LimitOutOfBounds { limit, found, min, max })
        };
        within("opens_after_blocks", self.opens_after_blocks.unwrap_or(0), 0, OPENING_BLOCKS_MAX)?;
        let least = supply.base_units().div_ceil(LIMIT_SUPPLY_DIVISOR).max(1);
        for (name, ceiling) in [("max_transfer", self.max_transfer), ("max_wallet", self.max_wallet)] {
            let Some(ceiling) = ceiling else { continue };
            within(name, ceiling.amount.base_units(), least, Amount::MAX.base_units())?;
            within("lasts_blocks", ceiling.lasts_blocks, 1, LIMIT_BLOCKS_MAX)?;
        }
        self.launch_tax.map_or(Ok(()), |launch| launch.ensure_within_bounds())?;
        let Some(cool_down) = self.cool_down else { return Ok(()) };
        within("cool_down", cool_down.blocks, 1, COOL_DOWN_BLOCKS_MAX)?;
        within("lasts_blocks", cool_down.lasts_blocks, 1, LIMIT_BLOCKS_MAX)
    }

    /// The limits, counted from a height.
    pub fn from(&self, height: u64) -> Limits {
        let end = |blocks: u64| height.saturating_add(blocks);
        let ceiling =
            |choice: CeilingChoice| Ceiling { amount: choice.amount, end_height: end(choice.lasts_blocks) };
        let opens_height = self.opens_after_blocks.filter(|blocks| *blocks > 0).map_or(0, end);
        Limits {
            opens_height,
            max_transfer: self.max_transfer.map(ceiling),
            max_wallet: self.max_wallet.map(ceiling),
            cool_down: self
                .cool_down
                .map(|choice| CoolDown { blocks: choice.blocks, end_height: end(choice.lasts_blocks) }),
            launch_tax: self.launch_tax.map(|choice| choice.from(opens_height.max(height))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{amount, who};

    #[test]
    fn every_limit_holds_to_the_block_before_its_end() {
        let ceiling = Some(Ceiling { amount: amount(5), end_height: 100 });
        let cool_down = Some(CoolDown { blocks: 10, end_height: 100 });
        let limits = Limits {
            opens_height: 100,
            max_transfer: ceiling,
            max_wallet: ceiling,
            cool_down,
            launch_tax: None,
        };
        let (account, asset) = (who("alice"), AssetId(1));
        for (height, holds) in [(99, true), (100, false)] {
            for refused in [
                limits.ensure_open(height),
                limits.ensure_transfer(amount(6), height),
                limits.ensure_wallet(account, amount(6), height),
                limits.ensure_no_wallet(asset, height),
                limits.ensure_cool(account, 95, height),
            ] {
                assert_eq!(refused.is_err(), holds, "{refused:?} at {height}");
            }
        }
        assert_eq!((limits.cooling_until(95, 99), limits.cooling_until(80, 99)), (100, 90));
        assert_eq!((limits.sent_at(99), limits.sent_at(100)), (99, 0));
    }

    #[test]
    fn what_a_creator_chooses_is_counted_from_the_block_of_creation() {
        let ceiling = Some(CeilingChoice { amount: amount(5), lasts_blocks: 20 });
        let cool_down = Some(CoolDownChoice { blocks: 3, lasts_blocks: 30 });
        let choice = LimitsChoice {
            opens_after_blocks: Some(10),
            max_transfer: ceiling,
            max_wallet: ceiling,
            cool_down,
            launch_tax: Some(LaunchTaxChoice { bps: 900, lasts_blocks: 40 }),
        };
        let held = Some(Ceiling { amount: amount(5), end_height: 120 });
        let cooling = Some(CoolDown { blocks: 3, end_height: 130 });
        let limits = Limits {
            opens_height: 110,
            max_transfer: held,
            max_wallet: held,
            cool_down: cooling,
            launch_tax: Some(LaunchTax { bps: 900, opens_height: 110, end_height: 150 }),
        };
        assert_eq!(choice.from(100), limits);
        for opens_after_blocks in [None, Some(0)] {
            let open = LimitsChoice { opens_after_blocks, ..LimitsChoice::default() };
            assert_eq!(open.from(100), Limits::default(), "open from the first block on");
        }
    }
}
