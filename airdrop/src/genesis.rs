//! The section `airdrop` of the genesis document.

use std::collections::{BTreeMap, BTreeSet};

use chortle_kernel::{
    Address, Amount, AssetId, Ctx, GenesisError, GenesisSection, Halt, Order, ReadState,
    merkle::{LEAVES_MAX, Node},
};
use chortle_token as token;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    airdrop::insert,
    state::{AIRDROP, BITS, NEXT_ID},
    types::{Airdrop, CHUNK_LEAVES, Chunk},
};

/// Airdrops in flight and over. What they hold stands in the section `token` too, as the balance of
/// `airdrops`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// Number of the next airdrop.
    pub next: u64,
    /// The airdrops.
    pub list: Vec<GenesisAirdrop>,
}

impl Default for Genesis {
    fn default() -> Self {
        Self { next: 1, list: Vec::new() }
    }
}

/// An airdrop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenesisAirdrop {
    /// Its number.
    pub airdrop: u64,
    /// Of which asset.
    pub asset: AssetId,
    /// Who paid it in.
    pub sponsor: Address,
    /// What binds its leaves to chain and airdrop.
    pub key: Node,
    /// Root of the tree.
    pub root: Node,
    /// Recipients in the tree.
    pub leaves: u32,
    /// What was paid in.
    pub total: Amount,
    /// What was paid out to recipients.
    #[serde(default)]
    pub claimed: Amount,
    /// From when on nobody can claim.
    pub deadline_unix_ms: u64,
    /// Whether the remainder went back to the sponsor.
    #[serde(default)]
    pub ended: bool,
    /// Height of the block that created it; 0 if absent.
    #[serde(default)]
    pub created_height: u64,
    /// Who was paid: chunks of 256 bits by their number, those of zeros left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bits: BTreeMap<u32, Node>,
}

impl GenesisAirdrop {
    fn of(id: u64, airdrop: Airdrop, bits: BTreeMap<u32, Node>) -> Self {
        Self {
            airdrop: id,
            asset: airdrop.asset,
            sponsor: airdrop.sponsor,
            key: Node(airdrop.key),
            root: airdrop.root,
            leaves: airdrop.leaves,
            total: airdrop.total,
            claimed: airdrop.claimed,
            deadline_unix_ms: airdrop.deadline_unix_ms,
            ended: airdrop.ended,
            created_height: airdrop.created_height,
            bits,
        }
    }

    fn record(&self) -> Airdrop {
        Airdrop {
            asset: self.asset,
            sponsor: self.sponsor,
            key: self.key.0,
            root: self.root,
            leaves: self.leaves,
            total: self.total,
            claimed: self.claimed,
            claims: self.bits.values().fold(0, |sum, chunk| sum.saturating_add(ones(&chunk.0))),
            deadline_unix_ms: self.deadline_unix_ms,
            ended: self.ended,
            created_height: self.created_height,
        }
    }

    /// The highest leaf that was paid.
    fn last_paid(&self) -> Option<u64> {
        let (chunk, bits) = self.bits.last_key_value()?;
        let (byte, value) = bits.0.iter().enumerate().rev().find(|(_, value)| **value != 0)?;
        let in_chunk = u64::try_from(byte).ok()?.saturating_mul(8).saturating_add(u64::from(value.ilog2()));
        Some(u64::from(*chunk).saturating_mul(u64::from(CHUNK_LEAVES)).saturating_add(in_chunk))
    }
}

/// Leaves that a chunk says were paid.
pub(crate) fn ones(chunk: &Chunk) -> u32 {
    chunk.iter().fold(0, |sum, byte| sum.saturating_add(byte.count_ones()))
}

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        let (mut seen, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for (index, entry) in self.list.iter().enumerate() {
            let at = |field: &str| format!("/list/{index}{field}");
            if !seen.insert(entry.airdrop) || entry.airdrop >= self.next || entry.airdrop == 0 {
                let sentence = format!("{} is listed twice, or not below the next number", entry.airdrop);
                return Err(GenesisError::at(at("/airdrop"), sentence));
            }
            if !keys.insert(entry.key) {
                return Err(GenesisError::at(at("/key"), "two airdrops have this key"));
            }
            if !(1..=LEAVES_MAX).contains(&entry.leaves) {
                return Err(GenesisError::at(at("/leaves"), format!("not between 1 and {LEAVES_MAX}")));
            }
            if entry.claimed > entry.total {
                return Err(GenesisError::at(at("/claimed"), "more was claimed than paid in"));
            }
            let empty = entry.bits.values().any(|chunk| *chunk == Node::default());
            if empty || entry.last_paid().is_some_and(|last| last >= u64::from(entry.leaves)) {
                return Err(GenesisError::at(at("/bits"), "an empty chunk, or one beyond the leaves"));
            }
            if u64::from(entry.record().claims) > entry.claimed.base_units() {
                return Err(GenesisError::at(at("/bits"), "more recipients were paid than base units"));
            }
        }
        Ok(())
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        NEXT_ID.set(ctx.state, &self.next);
        for (index, entry) in self.list.iter().enumerate() {
            token::asset(ctx.state, entry.asset)
                .map_err(|failure| GenesisError::at(format!("/list/{index}/asset"), failure.to_string()))?;
            insert(ctx.state, entry.airdrop, &entry.record());
            for (chunk, bits) in &entry.bits {
                BITS.set(ctx.state, &(entry.airdrop, *chunk), &bits.0);
            }
        }
        Ok(())
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let list = AIRDROP.iter(state, Order::Ascending).map(|row| {
            let (id, airdrop) = row?;
            let chunks = BITS.iter_under(state, &id, None, Order::Ascending);
            let bits = chunks.map(|row| row.map(|((_, chunk), bits)| (chunk, Node(bits))));
            Ok(GenesisAirdrop::of(id, airdrop, bits.collect::<Result<_, Halt>>()?))
        });
        Ok(Self { next: NEXT_ID.get(state)?.unwrap_or(1), list: list.collect::<Result<_, Halt>>()? })
    }
}
