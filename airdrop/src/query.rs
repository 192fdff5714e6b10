//! Airdrops, as people read them.

use chortle_kernel::{
    Address, Amount, AssetId, Bytes, Halt, Order, Page, PageArgs, Query, QueryError, QueryKind, View,
    merkle::Node,
};
use chortle_token as token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    airdrop::{is_claimed, is_over},
    state::{AIRDROP, BY_ASSET, BY_KEY, BY_SPONSOR},
    tree,
    types::{Airdrop, Claim},
};

/// Every read.
pub const QUERIES: &[QueryKind] = &[
    QueryKind::of::<Airdrops>(),
    QueryKind::of::<AirdropOf>(),
    QueryKind::of::<AirdropsOfSponsor>(),
    QueryKind::of::<AirdropsOfAsset>(),
    QueryKind::of::<AirdropClaim>(),
    QueryKind::of::<AirdropCheck>(),
    QueryKind::of::<AirdropKey>(),
];

/// Bytes of the longest proof: 20 hashes.
const PROOF_BYTES_MAX: usize = 640;

/// An airdrop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AirdropAnswer {
    /// Its number.
    pub airdrop: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who paid it in, and gets the remainder.
    pub sponsor: Address,
    /// What binds its leaves to this chain and airdrop.
    pub key: Node,
    /// Root of the tree.
    pub root: Node,
    /// Recipients in the tree.
    pub leaves: u32,
    /// What was paid in.
    pub total: Amount,
    /// What was paid out to recipients.
    pub claimed: Amount,
    /// To how many.
    pub claims: u32,
    /// What is still there.
    pub held: Amount,
    /// The same for people: `1.5 DOGE#17`.
    pub held_display: String,
    /// From when on nobody can claim, in milliseconds since 1970.
    pub deadline_unix_ms: u64,
    /// Whether that time has come.
    pub over: bool,
    /// Whether the remainder went back to the sponsor.
    pub ended: bool,
    /// Height of the block that created it.
    pub created_height: u64,
}

/// Whether a leaf was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClaimAnswer {
    /// Which airdrop.
    pub airdrop: u64,
    /// Place in the list.
    pub index: u32,
    /// Whether it was paid.
    pub claimed: bool,
}

/// What a claim would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckAnswer {
    /// Which airdrop.
    pub airdrop: u64,
    /// Place in the list.
    pub index: u32,
    /// Whether the proof holds for this account and amount.
    pub proven: bool,
    /// Whether it was paid already.
    pub claimed: bool,
    /// Whether the deadline has passed.
    pub over: bool,
    /// Whether enough is left.
    pub funded: bool,
    /// Whether a claim now would pay.
    pub claimable: bool,
}

/// Lists the airdrops by number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Airdrops {
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for Airdrops {
    const NAME: &'static str = "airdrops";
    const PATH: &'static str = "airdrops";
    type Answer = Page<AirdropAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?;
        let rows = AIRDROP.iter_after(view.state, after.as_ref(), Order::Ascending);
        Page::collect(view, rows, self.page.limit()?, |id, airdrop| show(view, *id, airdrop))
    }
}

/// Shows an airdrop: what is left, until when.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AirdropOf {
    /// Number of the airdrop.
    pub airdrop: u64,
}

impl Query for AirdropOf {
    const NAME: &'static str = "airdrop";
    const PATH: &'static str = "airdrops/{airdrop}";
    type Answer = AirdropAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        show(view, self.airdrop, find(view, self.airdrop)?)
    }
}

/// Lists the airdrops of a sponsor.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AirdropsOfSponsor {
    /// The sponsor, as lol1… or 0x….
    pub address: Address,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for AirdropsOfSponsor {
    const NAME: &'static str = "sponsored_airdrops";
    const PATH: &'static str = "accounts/{address}/airdrops";
    type Answer = Page<AirdropAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let after = self.page.after(view)?.map(|id: u64| (self.address, id));
        let rows = BY_SPONSOR.iter_under(view.state, &self.address, after.as_ref(), Order::Ascending);
        listed(view, rows.map(|row| row.map(|((_, id), ())| (id, ()))), &self.page)
    }
}

/// Lists the airdrops of an asset.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AirdropsOfAsset {
    /// Number of the asset, or its full name.
    pub asset: AssetId,
    /// Which page.
    #[serde(flatten)]
    pub page: PageArgs,
}

impl Query for AirdropsOfAsset {
    const NAME: &'static str = "asset_airdrops";
    const PATH: &'static str = "tokens/{asset}/airdrops";
    type Answer = Page<AirdropAnswer>;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        token::query::find(view.state, self.asset)?;
        let after = self.page.after(view)?.map(|id: u64| (self.asset, id));
        let rows = BY_ASSET.iter_under(view.state, &self.asset, after.as_ref(), Order::Ascending);
        listed(view, rows.map(|row| row.map(|((_, id), ())| (id, ()))), &self.page)
    }
}

/// Shows whether a place of an airdrop's list was paid. It reads single keys only, so `prove=true` proves it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AirdropClaim {
    /// Number of the airdrop.
    pub airdrop: u64,
    /// Place in the list, from 0.
    pub index: u32,
}

impl Query for AirdropClaim {
    const NAME: &'static str = "airdrop_claim";
    const PATH: &'static str = "airdrops/{airdrop}/claims/{index}";
    type Answer = ClaimAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let leaves = find(view, self.airdrop)?.leaves;
        if self.index >= leaves {
            return Err(QueryError::NotFound(format!("airdrop {} has {leaves} recipients", self.airdrop)));
        }
        let claimed = is_claimed(view.state, self.airdrop, self.index)?;
        Ok(ClaimAnswer { airdrop: self.airdrop, index: self.index, claimed })
    }
}

/// Checks a claim without sending it: whether the proof holds, and whether it would pay.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AirdropCheck {
    /// Number of the airdrop.
    pub airdrop: u64,
    /// Place in the list, from 0.
    pub index: u32,
    /// Who is to get it, as lol1… or 0x….
    pub account: Address,
    /// How much, in base units.
    pub amount: Amount,
    /// The hashes of the proof from the leaf up, joined: 0x and 64 digits for each.
    #[schemars(extend("examples" = [format!("0x{}", "ab".repeat(32))]))]
    pub proof: Bytes<PROOF_BYTES_MAX>,
}

impl Query for AirdropCheck {
    const NAME: &'static str = "airdrop_check";
    const PATH: &'static str = "airdrops/{airdrop}/check";
    type Answer = CheckAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let airdrop = find(view, self.airdrop)?;
        let (hashes, rest) = self.proof.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(QueryError::Argument("a proof is whole hashes of 32 bytes".to_owned()));
        }
        let proof: Vec<Node> = hashes.iter().map(|hash| Node(*hash)).collect();
        let claim = Claim { index: self.index, account: self.account, amount: self.amount, proof: &proof };
        let proven = airdrop.holds(&claim);
        let claimed = is_claimed(view.state, self.airdrop, self.index)?;
        let over = is_over(view.state, &airdrop, view.time_unix_ms, view.epoch)?;
        let funded = self.amount <= airdrop.held();
        let claimable = proven && !claimed && !over && funded && !self.amount.is_zero();
        Ok(CheckAnswer { airdrop: self.airdrop, index: self.index, proven, claimed, over, funded, claimable })
    }
}

/// Shows the airdrop key that a sponsor's list is hashed with, before the airdrop exists.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AirdropKey {
    /// The sponsor, as lol1… or 0x….
    pub address: Address,
    /// The chain's name.
    #[schemars(extend("examples" = ["chortle-1"]))]
    pub chain_id: String,
    /// The sponsor's number: each serves once.
    pub salt: u64,
}

/// A airdrop key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyAnswer {
    /// The key.
    pub key: Node,
    /// The airdrop that used it, if one did.
    pub airdrop: Option<u64>,
}

impl Query for AirdropKey {
    const NAME: &'static str = "airdrop_key";
    const PATH: &'static str = "accounts/{address}/airdrop_keys/{salt}";
    type Answer = KeyAnswer;

    fn run(&self, view: View<'_>) -> Result<Self::Answer, QueryError> {
        let key = tree::airdrop_key(&self.chain_id, &self.address, self.salt);
        let airdrop = BY_KEY.get(view.state, &key)?;
        Ok(KeyAnswer { key: Node(key), airdrop })
    }
}

fn listed(
    view: View<'_>,
    rows: impl Iterator<Item = Result<(u64, ()), Halt>>,
    page: &PageArgs,
) -> Result<Page<AirdropAnswer>, QueryError> {
    Page::collect(view, rows, page.limit()?, |id, ()| {
        let airdrop = AIRDROP.get(view.state, id)?;
        let airdrop =
            airdrop.ok_or_else(|| Halt::new(format!("airdrop {id} is listed and does not exist")))?;
        show(view, *id, airdrop)
    })
}

fn find(view: View<'_>, airdrop: u64) -> Result<Airdrop, QueryError> {
    let found = AIRDROP.get(view.state, &airdrop)?;
    found.ok_or_else(|| QueryError::NotFound(format!("there is no airdrop {airdrop}")))
}

fn show(view: View<'_>, id: u64, airdrop: Airdrop) -> Result<AirdropAnswer, QueryError> {
    let held = airdrop.held();
    Ok(AirdropAnswer {
        airdrop: id,
        asset: airdrop.asset,
        sponsor: airdrop.sponsor,
        key: Node(airdrop.key),
        root: airdrop.root,
        leaves: airdrop.leaves,
        total: airdrop.total,
        claimed: airdrop.claimed,
        claims: airdrop.claims,
        held,
        held_display: token::query::find(view.state, airdrop.asset)?.display(airdrop.asset, held),
        deadline_unix_ms: airdrop.deadline_unix_ms,
        over: is_over(view.state, &airdrop, view.time_unix_ms, view.epoch)?,
        ended: airdrop.ended,
        created_height: airdrop.created_height,
    })
}
