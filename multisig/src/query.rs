//! Shared accounts, as people read them.

use chortle_kernel::{
    Address, Amount, Coin, List, Order, Page, PageArgs, Query, QueryError, QueryKind, View, merkle::Node,
    record, tx::RawMessage,
};
use chortle_token as token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    account::corrupt,
    proposal,
    state::{ACCOUNT, BY_MEMBER, CONTENT, PROPOSAL, SPENT},
    types::{Account, Limit, MESSAGES_MAX, Member, Proposal},
};

/// Every read.
pub const QUERIES: &[QueryKind] = &[
    QueryKind::of::<SharedAccount>(),
    QueryKind::of::<SharedProposals>(),
    QueryKind::of::<SharedProposal>(),
    QueryKind::of::<SharedAccountsOf>(),
];

fn found(view: View<'_>, address: &Address) -> Result<Account, QueryError> {
    let missing = || {
        QueryError::NotFound(format!(
            "{address} is no shared account that is known: if it is one, make it known with multisig create"
        ))
    };
    ACCOUNT.get(view.state, address)?.ok_or_else(missing)
}

/// What a member may send by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SharedLimitAnswer {
    /// Which member.
    pub member: Address,
    /// What, and how much of it in any span of the period.
    pub coin: Coin,
    /// The same for people: `1.5 DOGE#17`.
    pub coin_display: String,
    /// The period, in milliseconds.
    pub period_ms: u64,
    /// What the member can send now.
    pub left: Amount,
    /// The same for people.
    pub left_display: String,
}

/// A shared account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SharedAccountAnswer {
    /// Its address.
    pub account: Address,
    /// Counts its configurations from 1.
    pub version: u64,
    /// Who decides over it, by address.
    pub members: Vec<Member>,
    /// The weight that an approved proposal has at least.
    pub threshold: u64,
    /// What all members weigh.
    pub total: u64,
    /// How long a proposal waits once it has that weight, in milliseconds.
    pub delay_ms: u64,
    /// What members may send by themselves.
    pub limits: Vec<SharedLimitAnswer>,
}

/// Shows a shared account: its members, threshold, delay, and what members may send by themselves.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedAccount {
    /// The shared account, as lol1… or 0x….
    pub shared_account: Address,
}

impl Query for SharedAccount {
    const NAME: &'static str = "account";
    const PATH: &'static str = "shared_accounts/{shared_account}";
    type Answer = SharedAccountAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let (account, record) = (self.shared_account, found(view, &self.shared_account)?);
        let total = record.config.total();
        let limits = record.config.limits.iter().map(|limit| show_limit(view, &account, limit));
        Ok(SharedAccountAnswer {
            account,
            version: record.version,
            members: record.config.members.to_vec(),
            threshold: record.config.threshold,
            total,
            delay_ms: record.config.delay_ms,
            limits: limits.collect::<Result<_, _>>()?,
        })
    }
}

fn show_limit(view: View<'_>, account: &Address, limit: &Limit) -> Result<SharedLimitAnswer, QueryError> {
    let Limit { member, coin, period_ms } = *limit;
    let spent = SPENT.get(view.state, &(*account, member, coin.asset))?.unwrap_or_default();
    let left = spent.left(limit, view.time_unix_ms);
    let asset = token::query::find(view.state, coin.asset)?;
    let display = |amount| asset.display(coin.asset, amount);
    let (coin_display, left_display) = (display(coin.amount), display(left));
    Ok(SharedLimitAnswer { member, coin, coin_display, period_ms, left, left_display })
}

record! {
    /// Where an open proposal of a shared account stands.
    #[derive(Copy)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    #[schemars(rename = "SharedStanding")]
    pub enum Standing {
        /// It waits for approvals.
        Open = 0,
        /// It is approved and waits for the account's delay.
        Waiting = 1,
        /// Anyone can have it executed.
        Ready = 2,
        /// Its time is over; anyone removes it.
        Expired = 3,
        /// The account's configuration has changed since; anyone removes it.
        Void = 4,
    }
}

/// A proposal of a shared account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SharedProposalAnswer {
    /// Of which account.
    pub account: Address,
    /// Its number.
    pub proposal: u64,
    /// What it is about; may be empty.
    pub title: String,
    /// Who made it.
    pub proposer: Address,
    /// Where it stands.
    pub standing: Standing,
    /// The version of the configuration that it was made under.
    pub version: u64,
    /// Who approves.
    pub approvals: Vec<Address>,
    /// What they weigh.
    pub weight: u64,
    /// What they need.
    pub threshold: u64,
    /// From when on it can be executed; null while it is below the threshold.
    pub ready_unix_ms: Option<u64>,
    /// From when on nobody can approve or execute it.
    pub expires_unix_ms: u64,
    /// The hash of its messages, which an approval names.
    pub payload: Node,
    /// What the account sends, in order.
    pub messages: List<RawMessage, MESSAGES_MAX>,
}

fn standing(view: View<'_>, owner: &Account, record: &Proposal) -> Standing {
    let ready = proposal::ready_unix_ms(owner, record);
    match ready {
        _ if record.version != owner.version => Standing::Void,
        _ if view.time_unix_ms >= record.expires_unix_ms => Standing::Expired,
        None => Standing::Open,
        Some(ready) if view.time_unix_ms < ready => Standing::Waiting,
        Some(_) => Standing::Ready,
    }
}

fn show(
    view: View<'_>,
    owner: &Account,
    account: Address,
    id: u64,
    record: &Proposal,
) -> Result<SharedProposalAnswer, QueryError> {
    let content = CONTENT.get(view.state, &(account, id))?;
    let content = content.ok_or_else(|| corrupt("a proposal says nothing"))?;
    Ok(SharedProposalAnswer {
        account,
        proposal: id,
        title: content.title.to_string(),
        proposer: record.proposer,
        standing: standing(view, owner, record),
        version: record.version,
        approvals: record.approvals.to_vec(),
        weight: record.weight,
        threshold: owner.config.threshold,
        ready_unix_ms: proposal::ready_unix_ms(owner, record),
        expires_unix_ms: record.expires_unix_ms,
        payload: record.payload,
        messages: content.messages,
    })
}

/// Lists the open proposals of a shared account, the newest first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct SharedProposals {
    /// The shared account, as lol1… or 0x….
    pub shared_account: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for SharedProposals {
    const NAME: &'static str = "proposals";
    const PATH: &'static str = "shared_accounts/{shared_account}/proposals";
    type Answer = Page<SharedProposalAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let owner = found(view, &self.shared_account)?;
        let after = self.page.after(view)?.map(|id: u64| (self.shared_account, id));
        let rows = PROPOSAL.iter_under(view.state, &self.shared_account, after.as_ref(), Order::Descending);
        let rows = rows.map(|row| row.map(|((_, id), record)| (id, record)));
        Page::collect(view, rows, self.page.limit()?, |id, record| {
            show(view, &owner, self.shared_account, *id, &record)
        })
    }
}

/// Shows an open proposal of a shared account: what it says, who approves it, when it can be executed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedProposal {
    /// The shared account, as lol1… or 0x….
    pub shared_account: Address,
    /// Number of the proposal.
    pub proposal: u64,
}

impl Query for SharedProposal {
    const NAME: &'static str = "proposal";
    const PATH: &'static str = "shared_accounts/{shared_account}/proposals/{proposal}";
    type Answer = SharedProposalAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let (account, id) = (self.shared_account, self.proposal);
        let owner = found(view, &account)?;
        let missing = || {
            let why = "executed, cancelled, or never made";
            QueryError::NotFound(format!("{account} has no open proposal {id}: {why}"))
        };
        let record = PROPOSAL.get(view.state, &(account, id))?.ok_or_else(missing)?;
        show(view, &owner, account, id, &record)
    }
}

/// A shared account of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SharedMembershipAnswer {
    /// The shared account.
    pub account: Address,
    /// What the member weighs.
    pub weight: u64,
    /// The weight that an approved proposal has at least.
    pub threshold: u64,
    /// What all members weigh.
    pub total: u64,
}

/// Lists the shared accounts that an account is a member of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct SharedAccountsOf {
    /// The member, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for SharedAccountsOf {
    const NAME: &'static str = "accounts_of";
    const PATH: &'static str = "accounts/{address}/shared_accounts";
    type Answer = Page<SharedMembershipAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|account: Address| (self.address, account));
        let rows = BY_MEMBER.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        let rows = rows.map(|row| row.map(|((_, account), ())| (account, ())));
        Page::collect(view, rows, self.page.limit()?, |account, ()| {
            let config = found(view, account)?.config;
            let weight = config.weight_of(&self.address);
            Ok(SharedMembershipAnswer {
                account: *account,
                weight: weight.ok_or_else(|| corrupt("a stranger is listed as a member"))?,
                threshold: config.threshold,
                total: config.total(),
            })
        })
    }
}
