//! The section `multisig` of the genesis document.

use std::collections::BTreeSet;

use chortle_kernel::{
    Address, AssetId, Ctx, GenesisError, GenesisSection, Halt, Order, ReadState, merkle::Node,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    account,
    config::{address_of, payload_of},
    invariant::INVARIANTS,
    state::{ACCOUNT, CONTENT, NEXT_ID, OPEN, PROPOSAL, SPENT},
    types::{Account, Config, Content, Open, Proposal, Spent},
};

/// A shared account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisShared {
    /// The hash of what it began with: its address follows from it.
    pub seed: Node,
    /// Number of its configuration; 1 if absent.
    #[serde(default = "one")]
    pub version: u64,
    /// Number of its next proposal; 1 if absent.
    #[serde(default = "one")]
    pub next: u64,
    /// Who decides over it.
    pub config: Config,
}

fn one() -> u64 {
    1
}

/// A proposal that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GenesisSharedProposal")]
pub struct GenesisProposal {
    /// Of which account.
    pub account: Address,
    /// Its number.
    pub proposal: u64,
    /// Its record.
    pub record: Proposal,
    /// What it says.
    pub content: Content,
}

/// Shared accounts. What they have stands in the section `token`, under their addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "MultisigGenesis")]
pub struct Genesis {
    /// The accounts.
    pub accounts: Vec<GenesisShared>,
    /// Proposals that are open.
    pub proposals: Vec<GenesisProposal>,
    /// How many each member has open, by account and member.
    pub open: Vec<((Address, Address), Open)>,
    /// What members sent by themselves lately, by account, member and asset.
    pub spent: Vec<((Address, Address, AssetId), Spent)>,
}

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        let mut seen = BTreeSet::new();
        for (index, one) in self.accounts.iter().enumerate() {
            let at = |field: &str| format!("/accounts/{index}{field}");
            let address = address_of(&one.seed);
            if !seen.insert(address) {
                return Err(GenesisError::at(at("/seed"), "this account is listed twice"));
            }
            one.config.ensure_sound().map_err(|reject| GenesisError::at(at("/config"), reject.sentence))?;
            if one.config.sorted() != one.config || one.config.weight_of(&address).is_some() {
                let sentence = "members and limits stand by address, and none is the account itself";
                return Err(GenesisError::at(at("/config"), sentence));
            }
            if one.version == 0 || one.next == 0 {
                return Err(GenesisError::at(at(""), "versions and numbers count from 1"));
            }
        }
        for (index, one) in self.proposals.iter().enumerate() {
            if !seen.contains(&one.account) || payload_of(&one.content.messages) != one.record.payload {
                let sentence = "its account is not listed, or it says another thing than its hash";
                return Err(GenesisError::at(format!("/proposals/{index}"), sentence));
            }
        }
        Ok(())
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        for (index, one) in self.accounts.iter().enumerate() {
            let (seed, version, config) = (one.seed, one.version, one.config.clone());
            account::ensure_assets(ctx.state, &config).map_err(|failure| {
                GenesisError::at(format!("/accounts/{index}/config/limits"), failure.to_string())
            })?;
            let address = address_of(&seed);
            account::save(ctx.state, &address, &Account { seed, version, config }, None);
            if one.next > 1 {
                NEXT_ID.set(ctx.state, &address, &one.next);
            }
        }
        for one in &self.proposals {
            PROPOSAL.set(ctx.state, &(one.account, one.proposal), &one.record);
            CONTENT.set(ctx.state, &(one.account, one.proposal), &one.content);
        }
        self.open.iter().for_each(|(key, open)| OPEN.set(ctx.state, key, open));
        self.spent.iter().for_each(|(key, spent)| SPENT.set(ctx.state, key, spent));
        for invariant in INVARIANTS {
            (invariant.check)(ctx.state)
                .map_err(|found| GenesisError::at("", format!("{}: {found}", invariant.name)))?;
        }
        Ok(())
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let mut accounts = Vec::new();
        for row in ACCOUNT.iter(state, Order::Ascending) {
            let (address, Account { seed, version, config }) = row?;
            let next = NEXT_ID.get(state, &address)?.unwrap_or(1);
            accounts.push(GenesisShared { seed, version, next, config });
        }
        let mut proposals = Vec::new();
        for row in PROPOSAL.iter(state, Order::Ascending) {
            let ((account, proposal), record) = row?;
            let content = CONTENT.get(state, &(account, proposal))?;
            let content = content.ok_or_else(|| crate::account::corrupt("a proposal says nothing"))?;
            proposals.push(GenesisProposal { account, proposal, record, content });
        }
        Ok(Self {
            accounts,
            proposals,
            open: OPEN.iter(state, Order::Ascending).collect::<Result<_, Halt>>()?,
            spent: SPENT.iter(state, Order::Ascending).collect::<Result<_, Halt>>()?,
        })
    }
}
