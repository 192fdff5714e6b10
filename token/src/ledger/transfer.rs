//! The one movement of value: the only file in which units leave one account for another. What a holder has reaches
//! another through one policy: pause, opening, gates of both sides, largest transfer, cool-down, tax, largest wallet.
//! [`Exempt`] lists every movement that does not.

use chortle_kernel::{Address, Amount, AssetId, Coin, Ctx, Failure, Halt, ReadState, Reject, ensure};

use super::{
    plain,
    ruled::{Book, Position},
};
use crate::{
    error::Error,
    event::{Distributed, TaxedTransfer, Transferred},
    history, protocol,
    state::{HOLDING, RULES},
    tax::Split,
    totals::{Earned, Payout, less, more},
    types::{Holding, PAUSE_EPOCHS_MAX, Rules},
};

/// Every movement that pays no tax and meets no limit, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exempt {
    /// LOL between an account and the chain, or within the chain: stake, rewards, fees. LOL has no rules.
    Chain,
    /// Into an escrow: nobody else has it yet. It pays when it leaves for another than who paid it in.
    Deposit,
    /// Out of an escrow, back to who paid it in: it never reached another.
    Refund,
    /// Out of an asset's treasury or liquidity account, which the tax itself fills; whoever keeps them sends it.
    Treasury,
    /// By the admin, with a capability that the asset was created with and that its safety report shows.
    Forced,
}

impl Exempt {
    /// Whether two accounts and an asset are of this kind.
    fn fits(self, from: &Address, to: &Address, asset: AssetId) -> bool {
        let (from, to) = (protocol::is_protocol(from), protocol::is_protocol(to));
        match self {
            Self::Chain => asset == AssetId::NATIVE && (from || to),
            Self::Deposit => to,
            Self::Refund | Self::Treasury => from,
            Self::Forced => !from && !to,
        }
    }
}

/// Moves a coin as it is, and tells it. Zero moves nothing and tells nothing.
fn move_whole(
    ctx: &mut Ctx<'_>,
    from: &Address,
    to: &Address,
    coin: Coin,
    why: Exempt,
) -> Result<(), Failure> {
    if coin.amount.is_zero() {
        return Ok(());
    }
    ctx.ensure_asset_moves(coin.asset)?;
    if !why.fits(from, to, coin.asset) {
        let sentence = format!("asset {} from {from} to {to} is no movement of {why:?}", coin.asset);
        return Err(Halt::new(sentence).into());
    }
    if coin.asset.is_ruled() {
        let mut book = Book::open(ctx.state, coin.asset)?;
        let mut giver = book.load(ctx, from)?;
        let mut taker = book.load(ctx, to)?;
        book.debit(ctx, &mut giver, coin.amount)?;
        book.credit(&mut taker, coin.amount)?;
        book.put(ctx.state, &giver);
        book.put(ctx.state, &taker);
        book.close(ctx.state);
    } else {
        plain::debit(ctx, from, coin)?;
        plain::credit(ctx.state, to, coin)?;
    }
    ctx.emit(&Transferred { from: *from, to: *to, asset: coin.asset, amount: coin.amount });
    Ok(())
}

/// Moves LOL between an account and the chain, or within the chain: stake, rewards, fees.
pub fn transfer(ctx: &mut Ctx<'_>, from: &Address, to: &Address, coin: Coin) -> Result<(), Failure> {
    move_whole(ctx, from, to, coin, Exempt::Chain)
}

/// Pays out of an asset's treasury or liquidity account, by whoever keeps them.
pub(crate) fn pay_from(
    ctx: &mut Ctx<'_>,
    account: &Address,
    to: &Address,
    coin: Coin,
) -> Result<(), Failure> {
    move_whole(ctx, account, to, coin, Exempt::Treasury)
}

/// Moves what another holds, by an admin who may.
pub(crate) fn force(ctx: &mut Ctx<'_>, from: &Address, to: &Address, coin: Coin) -> Result<(), Failure> {
    move_whole(ctx, from, to, coin, Exempt::Forced)
}

/// Pays a coin into an escrow, for an owner if there is one. It is whole, and pays its tax when it leaves for another
/// than the funder. Unless the owner is the funder it counts as a send: largest transfer and cool-down hold.
pub fn deposit(
    ctx: &mut Ctx<'_>,
    funder: &Address,
    escrow: &Address,
    coin: Coin,
    owner: Option<&Address>,
) -> Result<(), Failure> {
    ensure_may_move(ctx, funder, coin.asset)?;
    if !coin.asset.is_ruled() || owner == Some(funder) {
        return move_whole(ctx, funder, escrow, coin, Exempt::Deposit);
    }
    let height = ctx.block.height;
    let limits = rules_of(ctx.state, coin.asset)?.limits;
    let key = (*funder, coin.asset);
    let holding = HOLDING.get(ctx.state, &key)?.unwrap_or_default();
    limits.ensure_transfer(coin.amount, height)?;
    limits.ensure_cool(*funder, holding.last_sent_height, height)?;
    move_whole(ctx, funder, escrow, coin, Exempt::Deposit)?;
    let holding = HOLDING.get(ctx.state, &key)?.unwrap_or_default();
    let last_sent_height = limits.sent_at(height);
    super::write_holding(ctx.state, funder, coin.asset, &Holding { last_sent_height, ..holding });
    Ok(())
}

/// Pays a coin out of an escrow to an account; `funder` paid it in. The answer is what arrived: all of it if the funder
/// gets it back, else what the asset's rules leave. What the funder gets back meets the largest wallet like anything
/// that arrives: while it lay there, others could fill his place.
pub fn pay_out(
    ctx: &mut Ctx<'_>,
    escrow: &Address,
    funder: &Address,
    to: &Address,
    coin: Coin,
) -> Result<Amount, Failure> {
    if !coin.asset.is_ruled() || coin.amount.is_zero() || funder == to {
        ensure_may_move(ctx, to, coin.asset)?;
        ensure_room(ctx, to, coin)?;
        move_whole(ctx, escrow, to, coin, Exempt::Refund)?;
        return Ok(coin.amount);
    }
    move_under_rules(ctx, escrow, to, coin)
}

/// Refuses what an account may not hold beside what it has and is due.
fn ensure_room(ctx: &Ctx<'_>, account: &Address, coin: Coin) -> Result<(), Failure> {
    if !coin.asset.is_ruled() {
        return Ok(());
    }
    let limits = rules_of(ctx.state, coin.asset)?.limits;
    let after = more(super::balance(ctx.state, account, coin.asset)?, coin.amount, "a balance")?;
    Ok(limits.ensure_wallet(*account, after, ctx.block.height)?)
}

/// Sends a coin from one holder to another under the asset's rules, and tells it. The answer is what arrived.
pub fn send(ctx: &mut Ctx<'_>, from: &Address, to: &Address, coin: Coin) -> Result<Amount, Failure> {
    ensure(from != to, Error::SelfTransfer { account: *from })?;
    if coin.asset.is_ruled() {
        return move_under_rules(ctx, from, to, coin);
    }
    ctx.ensure_asset_moves(coin.asset)?;
    plain::debit(ctx, from, coin)?;
    plain::credit(ctx.state, to, coin)?;
    ctx.emit(&Transferred { from: *from, to: *to, asset: coin.asset, amount: coin.amount });
    Ok(coin.amount)
}

/// [`send`] of one plain asset to many: the sender's balance is read and written once.
pub(crate) fn send_to_many(
    ctx: &mut Ctx<'_>,
    from: &Address,
    total: Coin,
    parts: impl Iterator<Item = (Address, Amount)>,
) -> Result<(), Failure> {
    let asset = total.asset;
    if asset.is_ruled() {
        for (to, amount) in parts {
            send(ctx, from, &to, Coin { asset, amount })?;
        }
        return Ok(());
    }
    ctx.ensure_asset_moves(asset)?;
    plain::debit(ctx, from, total)?;
    for (to, amount) in parts {
        plain::credit(ctx.state, &to, Coin { asset, amount })?;
        ctx.emit(&Transferred { from: *from, to, asset, amount });
    }
    Ok(())
}

/// THE policy. Of an escrow that gives, neither gates nor cool-down are asked: the funder met them when it paid in.
fn move_under_rules(ctx: &mut Ctx<'_>, from: &Address, to: &Address, coin: Coin) -> Result<Amount, Failure> {
    ctx.ensure_asset_moves(coin.asset)?;
    let Coin { asset, amount } = coin;
    let (height, epoch) = (ctx.block.height, ctx.block.epoch);
    let rules = rules_of(ctx.state, asset)?;
    ensure_not_paused(&rules, asset, epoch)?;
    rules.limits.ensure_open(height)?;

    let mut book = Book::open(ctx.state, asset)?;
    let mut giver = book.load(ctx, from)?;
    let mut taker = book.load(ctx, to)?;
    let by_holder = !protocol::is_protocol(from);
    if by_holder {
        ensure_gates(&rules, from, &giver.holding)?;
    }
    ensure_gates(&rules, to, &taker.holding)?;
    rules.limits.ensure_transfer(amount, height)?;
    if by_holder {
        rules.limits.ensure_cool(*from, giver.holding.last_sent_height, height)?;
    }

    let (split, net) = tax_of(&book, &rules, amount, ctx)?;
    let after = more(taker.holding.balance, net, "a balance")?;
    rules.limits.ensure_wallet(*to, after, height)?;

    book.debit(ctx, &mut giver, amount)?;
    book.credit(&mut taker, net)?;
    if by_holder {
        giver.holding.last_sent_height = rules.limits.sent_at(height);
    }
    let split = apply(&mut book, split)?;
    finish(ctx, book, [giver, taker], coin, split, net);
    Ok(net)
}

/// The parts of the tax on an amount, and what it leaves.
fn tax_of(book: &Book, rules: &Rules, amount: Amount, ctx: &Ctx<'_>) -> Result<(Split, Amount), Halt> {
    let burnable = book.totals.supply.checked_sub(rules.burn_floor).unwrap_or_default();
    let split = rules.tax_at(ctx.block.height, ctx.block.epoch).split_of(amount, burnable);
    let fee = split.total().ok_or_else(|| Halt::new("a fee overflows"))?;
    Ok((split, less(amount, fee, "what a transfer leaves")?))
}

/// Takes the parts of a tax that left the giver already. What could not be shared is shown under the treasury.
fn apply(book: &mut Book, split: Split) -> Result<Split, Halt> {
    book.totals.supply = less(book.totals.supply, split.burn, "a supply")?;
    let reflect = book.share_or_keep(split.reflect)?;
    book.totals.treasury = more(book.totals.treasury, split.treasury, "a treasury")?;
    book.totals.liquidity = more(book.totals.liquidity, split.liquidity, "a liquidity account")?;
    let kept = less(split.reflect, reflect, "a share")?;
    Ok(Split { reflect, treasury: more(split.treasury, kept, "a treasury")?, ..split })
}

fn finish(
    ctx: &mut Ctx<'_>,
    mut book: Book,
    positions: [Position; 2],
    coin: Coin,
    split: Split,
    net: Amount,
) {
    let Coin { asset, amount } = coin;
    let [from, to] = positions.map(|position| {
        book.put(ctx.state, &position);
        position.account
    });
    let supply = book.totals.supply;
    book.close(ctx.state);
    if !split.burn.is_zero() {
        history::record(ctx, asset, supply);
    }
    if net == amount {
        ctx.emit(&Transferred { from, to, asset, amount });
    } else {
        ctx.emit(&TaxedTransfer { from, to, asset, amount, net, split, supply });
    }
}

/// Shares an amount among all holders that earn: each gets units of the giver's, so it is a movement like a send. While
/// a largest wallet holds it is refused, because nobody can say whose would grow beyond it.
pub(crate) fn share(ctx: &mut Ctx<'_>, from: &Address, id: AssetId, amount: Amount) -> Result<(), Failure> {
    ensure_may_move(ctx, from, id)?;
    let height = ctx.block.height;
    let mut book = Book::open(ctx.state, id)?;
    let (mut split, mut net, mut asset) = (Split::default(), amount, id);
    match book.totals.payout {
        Payout::None => return Err(Error::NotShared { asset: id }.into()),
        Payout::Own => {
            let rules = rules_of(ctx.state, id)?;
            let mut giver = book.load(ctx, from)?;
            rules.limits.ensure_no_wallet(id, height)?;
            rules.limits.ensure_transfer(amount, height)?;
            rules.limits.ensure_cool(*from, giver.holding.last_sent_height, height)?;
            (split, net) = tax_of(&book, &rules, amount, ctx)?;
            book.debit(ctx, &mut giver, amount)?;
            giver.holding.last_sent_height = rules.limits.sent_at(height);
            book.put(ctx.state, &giver);
            split = apply(&mut book, split)?;
        }
        Payout::Native => {
            asset = AssetId::NATIVE;
            transfer(ctx, from, &protocol::rewards_of(id), Coin { asset, amount })?;
        }
    }
    ensure(book.totals.share(net), Error::NobodyEligible { asset: id })?;
    let supply = book.totals.supply;
    book.close(ctx.state);
    if !split.burn.is_zero() {
        history::record(ctx, id, supply);
    }
    ctx.emit(&Distributed { holders_of: id, from: *from, asset, amount, net, split });
    Ok(())
}

/// Shares a part of an asset's treasury among all holders that earn, by whoever keeps it.
pub(crate) fn share_treasury(ctx: &mut Ctx<'_>, id: AssetId, amount: Amount) -> Result<(), Failure> {
    let mut book = Book::open(ctx.state, id)?;
    ensure(book.totals.payout == Payout::Own, Error::NotShared { asset: id })?;
    let from = protocol::treasury_of(id);
    let mut treasury = book.load(ctx, &from)?;

    book.debit(ctx, &mut treasury, amount)?;
    book.put(ctx.state, &treasury);
    ensure(book.totals.share(amount), Error::NobodyEligible { asset: id })?;
    book.close(ctx.state);
    let split = Split::default();
    ctx.emit(&Distributed { holders_of: id, from, asset: id, amount, net: amount, split });
    Ok(())
}

/// Pays an owner whom a module settles what the balance of its pooled account has earned for it: out of the pot of the
/// asset, in what its holders are paid in. It comes from all holders, not from who paid in. The answer is what was
/// paid; a part of a unit waits in the owner's holding.
pub fn pay_earned(
    ctx: &mut Ctx<'_>,
    owner: &Address,
    asset: AssetId,
    earned: Earned,
) -> Result<Amount, Failure> {
    if earned == Earned::default() {
        return Ok(Amount::ZERO);
    }
    ctx.ensure_asset_moves(asset)?;
    let mut book = Book::open(ctx.state, asset)?;
    let mut position = book.load(ctx, owner)?;
    let paid = book.pay_earned(ctx, &mut position, earned)?;
    book.put(ctx.state, &position);
    book.close(ctx.state);
    Ok(paid)
}

/// Leaves what the balance of a pooled account has earned to all holders, because its owner may earn nothing.
pub fn return_earned(ctx: &mut Ctx<'_>, asset: AssetId, earned: Earned) -> Result<(), Failure> {
    if earned == Earned::default() {
        return Ok(());
    }
    let mut book = Book::open(ctx.state, asset)?;
    book.totals.return_earned(earned)?;
    book.close(ctx.state);
    Ok(())
}

/// Gas of a send to so many: each balance is read and written. Where there are rules, they are read, the totals are
/// read and written, and the supply is noted in its history.
pub fn gas(asset: AssetId, recipients: u64) -> u64 {
    let balances = recipients.saturating_add(1);
    if asset.is_ruled() {
        chortle_kernel::gas::leaves_gas(balances.saturating_add(3), balances.saturating_add(1))
    } else {
        chortle_kernel::gas::leaves_gas(balances, balances)
    }
}

/// Whether holders had no three epochs yet to move an asset since its admin paused it: what ends at a time must wait
/// for them.
pub fn is_paused_lately(state: &dyn ReadState, asset: AssetId, epoch: u64) -> Result<bool, Halt> {
    if !asset.is_ruled() {
        return Ok(false);
    }
    let until = RULES.get(state, &asset)?.and_then(|rules| rules.paused_until_epoch);
    Ok(until.is_some_and(|until| epoch < until.saturating_add(PAUSE_EPOCHS_MAX)))
}

/// What a transfer of a ruled asset must know, or `unknown_asset`.
pub(crate) fn rules_of(state: &dyn ReadState, asset: AssetId) -> Result<Rules, Failure> {
    Ok(RULES.get(state, &asset)?.ok_or(Error::UnknownAsset { asset })?)
}

/// Refuses an account that may not move an asset now: paused, not yet open, frozen or not listed. Every account may
/// move a plain asset.
pub fn ensure_may_move(ctx: &Ctx<'_>, account: &Address, asset: AssetId) -> Result<(), Failure> {
    if !asset.is_ruled() {
        return Ok(());
    }
    let rules = rules_of(ctx.state, asset)?;
    ensure_not_paused(&rules, asset, ctx.block.epoch)?;
    rules.limits.ensure_open(ctx.block.height)?;
    let holding = HOLDING.get(ctx.state, &(*account, asset))?.unwrap_or_default();
    Ok(ensure_gates(&rules, account, &holding)?)
}

fn ensure_not_paused(rules: &Rules, asset: AssetId, epoch: u64) -> Result<(), Reject> {
    let until_epoch = rules.paused_until_epoch.unwrap_or(0);
    ensure(epoch >= until_epoch, Error::Paused { asset, until_epoch })
}

fn ensure_gates(rules: &Rules, account: &Address, holding: &Holding) -> Result<(), Reject> {
    ensure(!(rules.freezable && holding.frozen), Error::Frozen { account: *account })?;
    ensure(!rules.listed || holding.allowed, Error::NotListed { account: *account })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::who;

    #[test]
    fn an_exemption_is_of_its_own_accounts_alone() {
        // From a user to a user, to the protocol and back, and within the protocol.
        let ways = [("alice", "bob"), ("alice", "jar"), ("jar", "alice"), ("jar", "fees")];
        for (why, asset, expected) in [
            (Exempt::Chain, 0, [false, true, true, true]),
            (Exempt::Chain, 1, [false; 4]),
            (Exempt::Deposit, 1, [false, true, false, true]),
            (Exempt::Refund, 1, [false, false, true, true]),
            (Exempt::Treasury, 1, [false, false, true, true]),
            (Exempt::Forced, 1, [true, false, false, false]),
        ] {
            let found = ways.map(|(from, to)| why.fits(&who(from), &who(to), AssetId(asset)));
            assert_eq!(found, expected, "{why:?}");
        }
    }
}
