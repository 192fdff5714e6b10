//! One ruled asset at work: its pool and the holdings that an operation touches. Loading an account settles it, so that
//! whatever comes next sees what the account is due as its own.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, State};

use crate::{
    accounts,
    error::Error,
    event::Reflected,
    pool::{Payout, Pool, less, more},
    protocol,
    state::{HOLDING, POOL},
    types::Holding,
};

/// How an account stands to redistribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its balance is a figure of the pool.
    Treasury,
    /// As well.
    Liquidity,
    /// It earns, and is settled at every touch.
    Earning,
    /// Its balance earns, for owners who are settled apart.
    Apart,
    /// It earns nothing.
    Idle,
}

impl Standing {
    fn counts(self) -> bool {
        matches!(self, Self::Earning | Self::Apart)
    }
}

/// An account's holding, settled.
#[derive(Debug)]
pub(crate) struct Held {
    pub account: Address,
    pub holding: Holding,
    standing: Standing,
}

/// A ruled asset's pool, as read and as it will be written.
#[derive(Debug)]
pub(crate) struct Book {
    pub asset: AssetId,
    pub pool: Pool,
    before: Pool,
}

/// How an account stands, given its holding.
pub(crate) fn standing(asset: AssetId, pool: &Pool, account: &Address, holding: &Holding) -> Standing {
    if *account == protocol::treasury_of(asset) {
        Standing::Treasury
    } else if *account == protocol::liquidity_of(asset) {
        Standing::Liquidity
    } else if pool.payout == Payout::None || holding.excluded {
        Standing::Idle
    } else if protocol::SETTLED_APART.contains(account) {
        Standing::Apart
    } else if protocol::is_protocol(account) {
        Standing::Idle
    } else {
        Standing::Earning
    }
}

/// What an account has of a ruled asset, what it is due in the asset itself included.
pub(crate) fn balance(state: &dyn ReadState, account: &Address, asset: AssetId) -> Result<Amount, Halt> {
    let Some(pool) = POOL.get(state, &asset)? else { return Ok(Amount::ZERO) };
    let (stored, due) = stored_and_due(state, &pool, account, asset)?;
    match pool.payout {
        Payout::Own => more(stored, due, "a balance"),
        Payout::None | Payout::Native => Ok(stored),
    }
}

/// What an account has of a ruled asset as stored, and what it is due in what holders are paid in.
pub(crate) fn stored_and_due(
    state: &dyn ReadState,
    pool: &Pool,
    account: &Address,
    asset: AssetId,
) -> Result<(Amount, Amount), Halt> {
    let holding = HOLDING.get(state, &(*account, asset))?.unwrap_or_default();
    Ok(match standing(asset, pool, account, &holding) {
        Standing::Treasury => (pool.treasury, Amount::ZERO),
        Standing::Liquidity => (pool.liquidity, Amount::ZERO),
        Standing::Earning => {
            let due = pool.due(holding.balance, holding.index)?;
            (holding.balance, more(holding.owed, due, "what a holder is owed")?)
        }
        Standing::Apart | Standing::Idle => (holding.balance, holding.owed),
    })
}

impl Book {
    /// Reads the pool, or `unknown_asset`.
    pub fn open(state: &dyn ReadState, asset: AssetId) -> Result<Self, Failure> {
        let pool = POOL.get(state, &asset)?.ok_or(Error::UnknownAsset { asset })?;
        Ok(Self { asset, before: pool.clone(), pool })
    }

    /// Reads a holding and settles it.
    pub fn load(&mut self, ctx: &mut Ctx<'_>, account: &Address) -> Result<Held, Failure> {
        let mut holding = HOLDING.get(ctx.state, &(*account, self.asset))?.unwrap_or_default();
        let standing = standing(self.asset, &self.pool, account, &holding);
        match standing {
            Standing::Treasury => holding.balance = self.pool.treasury,
            Standing::Liquidity => holding.balance = self.pool.liquidity,
            Standing::Earning | Standing::Apart | Standing::Idle => {}
        }
        let mut held = Held { account: *account, holding, standing };
        if standing == Standing::Earning {
            let due = self.pool.due(holding.balance, holding.index)?;
            held.holding.index = self.pool.index;
            self.pay(ctx, &mut held, due)?;
        }
        Ok(held)
    }

    /// Gives an account what it has earned: out of the pot, or as LOL that it is owed.
    pub fn pay(&mut self, ctx: &mut Ctx<'_>, held: &mut Held, due: Amount) -> Result<(), Failure> {
        if due.is_zero() {
            return Ok(());
        }
        match self.pool.payout {
            Payout::None => Err(Halt::new("holders earn what is never paid: the ledger is corrupt").into()),
            Payout::Own => {
                self.pool.pay(due)?;
                self.credit(held, due)?;
                let (id, to) = (self.asset, held.account);
                ctx.emit(&Reflected { holders_of: id, to, asset: id, amount: due });
                Ok(())
            }
            Payout::Native => {
                held.holding.owed = more(held.holding.owed, due, "what a holder is owed")?;
                Ok(())
            }
        }
    }

    /// Pays a holder the LOL that it is owed.
    pub fn collect(&mut self, ctx: &mut Ctx<'_>, held: &mut Held) -> Result<(), Failure> {
        let (id, to) = (self.asset, held.account);
        let amount = std::mem::take(&mut held.holding.owed);
        if amount.is_zero() {
            return Ok(());
        }
        self.pool.pay(amount)?;
        let coin = Coin { asset: AssetId::NATIVE, amount };
        accounts::debit_plain(ctx.state, &protocol::rewards_of(id), coin)?;
        accounts::credit_plain(ctx.state, &to, coin)?;
        ctx.emit(&Reflected { holders_of: id, to, asset: coin.asset, amount });
        Ok(())
    }

    /// Gives.
    pub fn credit(&mut self, held: &mut Held, amount: Amount) -> Result<(), Halt> {
        held.holding.balance = more(held.holding.balance, amount, "a balance")?;
        if held.standing.counts() {
            self.pool.eligible = more(self.pool.eligible, amount, "the eligible supply")?;
        }
        Ok(())
    }

    /// Takes, or refuses with what there is and what it needs.
    pub fn debit(&mut self, state: &State, held: &mut Held, amount: Amount) -> Result<(), Failure> {
        let have = held.holding.balance;
        let Some(left) = have.checked_sub(amount) else {
            let coin = Coin { asset: self.asset, amount };
            return Err(accounts::shortage(state, &held.account, coin, have)?.into());
        };
        held.holding.balance = left;
        if held.standing.counts() {
            self.pool.eligible = less(self.pool.eligible, amount, "the eligible supply")?;
        }
        Ok(())
    }

    /// Takes an account out of redistribution, or back in from today's index on. It is settled already.
    pub fn set_excluded(&mut self, held: &mut Held, excluded: bool) -> Result<(), Halt> {
        let balance = held.holding.balance;
        if held.standing.counts() {
            self.pool.eligible = less(self.pool.eligible, balance, "the eligible supply")?;
        }
        held.holding.excluded = excluded;
        held.holding.index = self.pool.index;
        held.standing = standing(self.asset, &self.pool, &held.account, &held.holding);
        if held.standing.counts() {
            self.pool.eligible = more(self.pool.eligible, balance, "the eligible supply")?;
        }
        Ok(())
    }

    /// Shares an amount that left its account already. What nobody can be given goes to the treasury; the answer is
    /// what was shared.
    pub fn share_or_keep(&mut self, amount: Amount) -> Result<Amount, Halt> {
        if amount.is_zero() || self.pool.share(amount) {
            return Ok(amount);
        }
        self.pool.treasury = more(self.pool.treasury, amount, "a treasury")?;
        Ok(Amount::ZERO)
    }

    /// Writes a holding.
    pub fn put(&mut self, state: &mut State, held: &Held) {
        let Held { account, mut holding, standing } = *held;
        match standing {
            Standing::Treasury => self.pool.treasury = holding.balance,
            Standing::Liquidity => self.pool.liquidity = holding.balance,
            Standing::Earning | Standing::Apart | Standing::Idle => {
                if standing != Standing::Earning || holding.balance.is_zero() {
                    holding.index = 0;
                }
                write_holding(state, &account, self.asset, &holding);
            }
        }
    }

    /// Writes the pool if it changed.
    pub fn close(self, state: &mut State) {
        if self.pool != self.before {
            POOL.set(state, &self.asset, &self.pool);
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
