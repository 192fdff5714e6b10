//! The part `names` of the genesis section.

use std::collections::BTreeSet;

use chortle_kernel::{AssetId, GenesisError, Halt, Order, ReadState, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Reserved, skeleton};
use crate::{
    rules,
    state::{RESERVED, VERIFIED},
};

/// What is reserved unless genesis says otherwise: the coins that people hold, and our own.
pub const RESERVED_DEFAULT: [&str; 12] = [
    "LOL", "Chortle", "BTC", "Bitcoin", "ETH", "Ethereum", "USDC", "USD Coin", "USDT", "Tether", "SOL",
    "Solana",
];

/// Reserved symbols and names, and verified assets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GenesisNames {
    /// What nobody but governance can create a look-alike of.
    pub reserved: Vec<Reserved>,
    /// Assets with the badge.
    pub verified: Vec<AssetId>,
}

impl Default for GenesisNames {
    fn default() -> Self {
        let reserved = RESERVED_DEFAULT.iter().filter_map(|text| Reserved::parse(*text).ok()).collect();
        Self { reserved, verified: Vec::new() }
    }
}

impl GenesisNames {
    /// Refuses what `init` could not take.
    pub(crate) fn validate(&self, assets: impl Fn(AssetId) -> bool) -> Result<(), GenesisError> {
        let (mut skeletons, mut badges) = (BTreeSet::new(), BTreeSet::new());
        for (index, text) in self.reserved.iter().enumerate() {
            let pointer = format!("/names/reserved/{index}");
            rules::ensure_name(text).map_err(|reject| GenesisError::at(&*pointer, reject.sentence))?;
            if !skeletons.insert(skeleton(text)) {
                let sentence = format!("what looks like '{}' is listed twice", &**text);
                return Err(GenesisError::at(pointer, sentence));
            }
        }
        for (index, id) in self.verified.iter().enumerate() {
            let pointer = format!("/names/verified/{index}");
            if !assets(*id) || !badges.insert(*id) {
                return Err(GenesisError::at(
                    pointer,
                    format!("asset {id} is listed twice or not under assets"),
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn init(&self, state: &mut State) {
        for text in &self.reserved {
            RESERVED.set(state, &skeleton(text), text);
        }
        for id in &self.verified {
            VERIFIED.set(state, id, &());
        }
    }

    pub(crate) fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let reserved = RESERVED.iter(state, Order::Ascending).map(|row| row.map(|(_, text)| text));
        let verified = VERIFIED.iter(state, Order::Ascending).map(|row| row.map(|(id, ())| id));
        Ok(Self {
            reserved: reserved.collect::<Result<_, Halt>>()?,
            verified: verified.collect::<Result<_, Halt>>()?,
        })
    }
}
