//! One ruled asset at work: its totals and the holdings that an operation touches. Loading an account settles it, so
//! that whatever comes next sees what the account is due as its own.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, State};

use super::plain;
use crate::{
    error::Error,
    event::Reflected,
    protocol, snapshot,
    state::{HOLDING, TOTALS},
    totals::{Earned, ONE, Payout, Totals, less, more},
    types::Holding,
};

/// How an account stands to redistribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its balance is a figure of the totals.
    Treasury,
    /// As well.
    Liquidity,
    /// It earns, and is settled at every touch.
    Earning,
    /// Its balance earns, for owners whom a module settles.
    Pooled,
    /// It earns nothing.
    Idle,
}

impl Standing {
    fn counts(self) -> bool {
        matches!(self, Self::Earning | Self::Pooled)
    }
}

/// An account's holding, settled.
#[derive(Debug)]
pub(crate) struct Position {
    pub account: Address,
    pub holding: Holding,
    standing: Standing,
}

/// A ruled asset's totals, as read and as it will be written.
#[derive(Debug)]
pub(crate) struct Book {
    pub asset: AssetId,
    pub totals: Totals,
    before: Totals,
}

/// How an account stands, given its holding.
pub(crate) fn standing(asset: AssetId, totals: &Totals, account: &Address, holding: &Holding) -> Standing {
    if *account == protocol::treasury_of(asset) {
        Standing::Treasury
    } else if *account == protocol::liquidity_of(asset) {
        Standing::Liquidity
    } else if totals.payout == Payout::None || holding.excluded {
        Standing::Idle
    } else if account.is_pooled() {
        Standing::Pooled
    } else if protocol::is_protocol(account) {
        Standing::Idle
    } else {
        Standing::Earning
    }
}

/// Whether an admin has excluded an account from redistribution.
pub fn is_excluded(state: &dyn ReadState, account: &Address, asset: AssetId) -> Result<bool, Halt> {
    Ok(HOLDING.get(state, &(*account, asset))?.is_some_and(|holding| holding.excluded))
}

/// What one base unit of an asset has earned since its creation, times 2^64. Zero for ever where nothing is shared.
pub fn reflection_index(state: &dyn ReadState, asset: AssetId) -> Result<u128, Halt> {
    if !asset.is_ruled() {
        return Ok(0);
    }
    Ok(TOTALS.get(state, &asset)?.map_or(0, |totals| totals.index))
}

/// What an account has of a ruled asset, what it is due in the asset itself included.
pub(super) fn balance(state: &dyn ReadState, account: &Address, asset: AssetId) -> Result<Amount, Halt> {
    let Some(totals) = TOTALS.get(state, &asset)? else { return Ok(Amount::ZERO) };
    let (stored, due) = stored_and_due(state, &totals, account, asset)?;
    match totals.payout {
        Payout::Own => more(stored, due, "a balance"),
        Payout::None | Payout::Native => Ok(stored),
    }
}

/// What an account has of a ruled asset as stored, and what it is due in what holders are paid in.
pub(crate) fn stored_and_due(
    state: &dyn ReadState,
    totals: &Totals,
    account: &Address,
    asset: AssetId,
) -> Result<(Amount, Amount), Halt> {
    let holding = HOLDING.get(state, &(*account, asset))?.unwrap_or_default();
    Ok(match standing(asset, totals, account, &holding) {
        Standing::Treasury => (totals.treasury, Amount::ZERO),
        Standing::Liquidity => (totals.liquidity, Amount::ZERO),
        Standing::Earning => {
            let due = totals.due(holding.balance, holding.index, holding.fraction)?;
            (holding.balance, more(holding.owed, due.units, "what a holder is owed")?)
        }
        Standing::Pooled | Standing::Idle => (holding.balance, holding.owed),
    })
}

impl Book {
    /// Reads the totals, or `unknown_asset`.
    pub fn open(state: &dyn ReadState, asset: AssetId) -> Result<Self, Failure> {
        let totals = TOTALS.get(state, &asset)?.ok_or(Error::UnknownAsset { asset })?;
        Ok(Self { asset, before: totals.clone(), totals })
    }

    /// Reads a holding and settles it. What it was is kept if a vote needs it.
    pub fn load(&mut self, ctx: &mut Ctx<'_>, account: &Address) -> Result<Position, Failure> {
        let mut holding = HOLDING.get(ctx.state, &(*account, self.asset))?.unwrap_or_default();
        let standing = standing(self.asset, &self.totals, account, &holding);
        match standing {
            Standing::Treasury => holding.balance = self.totals.treasury,
            Standing::Liquidity => holding.balance = self.totals.liquidity,
            Standing::Earning | Standing::Pooled | Standing::Idle => {}
        }
        snapshot::keep(ctx.state, self.asset, account, holding.balance, self.totals.snapshot_height)?;
        let mut position = Position { account: *account, holding, standing };
        if standing == Standing::Earning {
            let Earned { units, fraction } =
                self.totals.due(holding.balance, holding.index, holding.fraction)?;
            (position.holding.index, position.holding.fraction) = (self.totals.index, fraction);
            self.pay(ctx, &mut position, units)?;
        }
        Ok(position)
    }

    /// Gives an account what a module has settled for it. Fractions add up with its own; the answer is what was paid.
    pub(super) fn pay_earned(
        &mut self,
        ctx: &mut Ctx<'_>,
        position: &mut Position,
        earned: Earned,
    ) -> Result<Amount, Failure> {
        let (fraction, whole) = position.holding.fraction.overflowing_add(earned.fraction);
        let one = if whole { ONE } else { Amount::ZERO };
        let units = more(earned.units, one, "what a holder is due")?;
        position.holding.fraction = fraction;
        self.pay(ctx, position, units)?;
        Ok(units)
    }

    /// Gives an account what it has earned: out of the pot, or as LOL that it is owed.
    fn pay(&mut self, ctx: &mut Ctx<'_>, position: &mut Position, due: Amount) -> Result<(), Failure> {
        if due.is_zero() {
            return Ok(());
        }
        match self.totals.payout {
            Payout::None => Err(Halt::new("holders earn what is never paid: the ledger is corrupt").into()),
            Payout::Own => {
                self.totals.pay(due)?;
                self.credit(position, due)?;
                let (id, to) = (self.asset, position.account);
                ctx.emit(&Reflected { holders_of: id, from: None, to, asset: id, amount: due });
                Ok(())
            }
            Payout::Native => {
                position.holding.owed = more(position.holding.owed, due, "what a holder is owed")?;
                Ok(())
            }
        }
    }

    /// Pays a holder the LOL that it is owed.
    pub fn collect(&mut self, ctx: &mut Ctx<'_>, position: &mut Position) -> Result<(), Failure> {
        let (id, to) = (self.asset, position.account);
        let amount = std::mem::take(&mut position.holding.owed);
        if amount.is_zero() {
            return Ok(());
        }
        self.totals.pay(amount)?;
        let coin = Coin { asset: AssetId::NATIVE, amount };
        let from = protocol::rewards_of(id);
        plain::debit(ctx, &from, coin)?;
        plain::credit(ctx.state, &to, coin)?;
        ctx.emit(&Reflected { holders_of: id, from: Some(from), to, asset: coin.asset, amount });
        Ok(())
    }

    /// Gives.
    pub(super) fn credit(&mut self, position: &mut Position, amount: Amount) -> Result<(), Halt> {
        position.holding.balance = more(position.holding.balance, amount, "a balance")?;
        if position.standing.counts() {
            self.totals.eligible = more(self.totals.eligible, amount, "the eligible supply")?;
        }
        if !protocol::is_protocol(&position.account) {
            self.totals.held = more(self.totals.held, amount, "what holders have")?;
        }
        Ok(())
    }

    /// Takes and notes it, or refuses with what there is and what it needs.
    pub(super) fn debit(
        &mut self,
        ctx: &mut Ctx<'_>,
        position: &mut Position,
        amount: Amount,
    ) -> Result<(), Failure> {
        let (have, coin) = (position.holding.balance, Coin { asset: self.asset, amount });
        ctx.note_outflow(&position.account, coin);
        let Some(left) = have.checked_sub(amount) else {
            return Err(plain::shortage(ctx.state, &position.account, coin, have)?.into());
        };
        position.holding.balance = left;
        if position.standing.counts() {
            self.totals.eligible = less(self.totals.eligible, amount, "the eligible supply")?;
        }
        if !protocol::is_protocol(&position.account) {
            self.totals.held = less(self.totals.held, amount, "what holders have")?;
        }
        Ok(())
    }

    /// Takes an account out of redistribution, or back in from today's index on. It is settled already.
    pub fn set_excluded(&mut self, position: &mut Position, excluded: bool) -> Result<(), Halt> {
        let balance = position.holding.balance;
        if position.standing.counts() {
            self.totals.eligible = less(self.totals.eligible, balance, "the eligible supply")?;
        }
        position.holding.excluded = excluded;
        position.holding.index = self.totals.index;
        position.standing = standing(self.asset, &self.totals, &position.account, &position.holding);
        if position.standing.counts() {
            self.totals.eligible = more(self.totals.eligible, balance, "the eligible supply")?;
        }
        Ok(())
    }

    /// Shares an amount that left its account already. What nobody can be given goes to the treasury; the answer is
    /// what was shared.
    pub(super) fn share_or_keep(&mut self, amount: Amount) -> Result<Amount, Halt> {
        if amount.is_zero() || self.totals.share(amount) {
            return Ok(amount);
        }
        self.totals.treasury = more(self.totals.treasury, amount, "a treasury")?;
        Ok(Amount::ZERO)
    }

    /// Writes a holding.
    pub fn put(&mut self, state: &mut State, position: &Position) {
        let Position { account, mut holding, standing } = *position;
        match standing {
            Standing::Treasury => self.totals.treasury = holding.balance,
            Standing::Liquidity => self.totals.liquidity = holding.balance,
            Standing::Earning | Standing::Pooled | Standing::Idle => {
                if standing != Standing::Earning || holding.balance.is_zero() {
                    holding.index = 0;
                }
                write_holding(state, &account, self.asset, &holding);
            }
        }
    }

    /// Writes the totals if it changed.
    pub fn close(self, state: &mut State) {
        if self.totals != self.before {
            TOTALS.set(state, &self.asset, &self.totals);
        }
    }
}

pub(crate) fn write_holding(state: &mut State, account: &Address, asset: AssetId, holding: &Holding) {
    if *holding == Holding::default() {
        HOLDING.remove(state, &(*account, asset));
    } else {
        HOLDING.set(state, &(*account, asset), holding);
    }
}
