//! How a grant is given, read, changed and ended.

use std::collections::BTreeSet;

use chortle_kernel::{
    Address, Amount, AssetId, Coin, Ctx, Failure, Halt, List, Origin, Reach, ReadState, Reject, State, ensure,
};
use chortle_token as token;

use crate::{
    error::Error,
    event::Given,
    state::{BY_GRANTEE, BY_GRANTER, COUNT, GRANT, NEXT_ID},
    types::{BUDGETS_MAX, Budget, Covers, GRANTS_MAX, Grant, Kinds},
};

/// What a granter says of a grant, whatever it covers.
pub struct Terms<'a> {
    pub grantee: Address,
    pub covers: Covers,
    pub kinds: &'a Kinds,
    pub caps: Vec<Coin>,
    pub period_caps: Vec<Coin>,
    pub period_ms: u64,
    pub uses: Option<u64>,
    pub expires_unix_ms: Option<u64>,
}

fn malformed(reason: &str) -> Reject {
    Error::MalformedTerms { reason: reason.to_owned() }.into()
}

impl Terms<'_> {
    /// Refuses what no state could make valid.
    pub fn check(&self) -> Result<(), Reject> {
        token::protocol::ensure_user_account(&self.grantee)?;
        let kinds: BTreeSet<&str> = self.kinds.iter().map(|kind| &**kind).collect();
        let once = |coins: &[Coin]| {
            let assets: BTreeSet<AssetId> = coins.iter().map(|coin| coin.asset).collect();
            assets.len() == coins.len()
        };
        let periods = self.period_ms > 0;
        let needed = !self.period_caps.is_empty();
        for (holds, reason) in [
            (kinds.len() == self.kinds.len(), "a kind is named twice"),
            (once(&self.caps) && once(&self.period_caps), "an asset is capped twice"),
            (self.uses != Some(0), "it has no uses"),
            (periods || !needed, "caps of a period need the period's length"),
            (needed || !periods, "a period needs caps of it"),
        ] {
            ensure(holds, malformed(reason))?;
        }
        self.budgets().map(drop)
    }

    fn budgets(&self) -> Result<List<Budget, BUDGETS_MAX>, Reject> {
        let of =
            |coins: &[Coin], asset| coins.iter().find(|coin| coin.asset == asset).map(|coin| coin.amount);
        let assets: BTreeSet<AssetId> =
            self.caps.iter().chain(&self.period_caps).map(|coin| coin.asset).collect();
        let budget = |asset| Budget {
            asset,
            cap: of(&self.caps, asset),
            period_cap: of(&self.period_caps, asset),
            spent: Amount::ZERO,
            spent_in_period: Amount::ZERO,
        };
        let budgets: Vec<Budget> = assets.into_iter().map(budget).collect();
        List::parse(budgets).map_err(|_| malformed("it caps more assets than a grant can"))
    }

    /// Refuses kinds that this chain does not have, and those that no cap could hold unless they only cost fees.
    fn ensure_grantable(&self, ctx: &Ctx<'_>) -> Result<(), Reject> {
        for kind in self.kinds.iter() {
            let reach = kind.split_once('.').and_then(|(module, verb)| ctx.router().reach(module, verb));
            let grantable = match (reach, self.covers) {
                (None, _) | (Some(Reach::Whole), Covers::Messages) => false,
                (Some(_), Covers::Fees) | (Some(Reach::Units | Reach::Right), Covers::Messages) => true,
            };
            ensure(grantable, Error::NotGrantable { kind: kind.to_string() })?;
        }
        Ok(())
    }

    /// Gives the grant, and tells it.
    pub fn give(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let (granter, grantee, now_unix_ms) = (account(ctx)?, self.grantee, ctx.block.time_unix_ms);
        let count = COUNT.get(ctx.state, &granter)?.unwrap_or_default();
        let id = NEXT_ID.get(ctx.state)?.unwrap_or(1);
        let budgets = self.budgets()?;
        for budget in budgets.iter() {
            token::asset(ctx.state, budget.asset)?;
        }

        ensure(granter != grantee, Error::OwnGrant {})?;
        self.ensure_grantable(ctx)?;
        if let Some(expires_unix_ms) = self.expires_unix_ms {
            ensure(expires_unix_ms > now_unix_ms, Error::ExpiryPast { expires_unix_ms, now_unix_ms })?;
        }
        ensure(count < GRANTS_MAX, Error::TooManyGrants { max: GRANTS_MAX })?;

        let next = id.checked_add(1).ok_or_else(|| Halt::new("numbers of grants are used up"))?;
        NEXT_ID.set(ctx.state, &next);
        let grant = Grant {
            granter,
            grantee,
            covers: self.covers,
            kinds: self.kinds.clone(),
            budgets,
            uses_left: self.uses,
            expires_unix_ms: self.expires_unix_ms,
            period_ms: self.period_ms,
            given_unix_ms: now_unix_ms,
            period: 0,
        };
        insert(ctx.state, id, &grant)?;
        ctx.emit(&Given { grant: id, granter, grantee, covers: self.covers });
        Ok(())
    }
}

/// The account that gives or uses a grant. Modules and governance act by rules of their own, and lend them to nobody.
pub fn account(ctx: &Ctx<'_>) -> Result<Address, Reject> {
    match ctx.origin {
        Origin::Account(account) if !account.is_protocol() => Ok(account),
        _ => Err(Error::OnlyAccounts {}.into()),
    }
}

/// A grant, or `unknown_grant`.
pub fn find(state: &dyn ReadState, grant: u64) -> Result<Grant, Failure> {
    Ok(GRANT.get(state, &grant)?.ok_or(Error::UnknownGrant { grant })?)
}

/// A grant that an account can use now, counted as of now.
pub fn usable(
    state: &dyn ReadState,
    id: u64,
    user: &Address,
    covers: Covers,
    now_unix_ms: u64,
) -> Result<Grant, Failure> {
    let mut grant = find(state, id)?;
    match (grant.covers, covers) {
        (Covers::Messages, Covers::Fees) => return Err(Error::ForMessages { grant: id }.into()),
        (Covers::Fees, Covers::Messages) => return Err(Error::ForFees { grant: id }.into()),
        _ => {}
    }
    ensure(grant.grantee == *user, Error::NotGrantee { grant: id, grantee: grant.grantee })?;
    let expires_unix_ms = grant.expires_unix_ms.unwrap_or_default();
    ensure(!grant.is_expired(now_unix_ms), Error::Expired { grant: id, expires_unix_ms })?;
    grant.roll(now_unix_ms);
    Ok(grant)
}

/// Writes a new grant, with all that follows from it.
pub fn insert(state: &mut State, id: u64, grant: &Grant) -> Result<(), Halt> {
    let count = COUNT.get(state, &grant.granter)?.unwrap_or_default();
    COUNT.set(state, &grant.granter, &count.saturating_add(1));
    GRANT.set(state, &id, grant);
    BY_GRANTER.set(state, &(grant.granter, id), &());
    BY_GRANTEE.set(state, &(grant.grantee, id), &());
    Ok(())
}

/// Writes a grant that was used; one that has no use left is gone.
pub fn keep_or_remove(state: &mut State, id: u64, grant: &Grant) -> Result<(), Halt> {
    if grant.uses_left == Some(0) {
        return remove(state, id, grant);
    }
    GRANT.set(state, &id, grant);
    Ok(())
}

/// Removes a grant, with all that follows from it.
pub fn remove(state: &mut State, id: u64, grant: &Grant) -> Result<(), Halt> {
    let count = COUNT.get(state, &grant.granter)?.unwrap_or_default();
    match count.checked_sub(1).filter(|left| *left > 0) {
        Some(left) => COUNT.set(state, &grant.granter, &left),
        None => COUNT.remove(state, &grant.granter),
    }
    GRANT.remove(state, &id);
    BY_GRANTER.remove(state, &(grant.granter, id));
    BY_GRANTEE.remove(state, &(grant.grantee, id));
    Ok(())
}
