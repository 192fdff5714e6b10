//! The section `naming` of the genesis document.

use std::collections::BTreeSet;

use chortle_kernel::{Ctx, GenesisError, GenesisSection, Halt, Order, ReadState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{skeleton::skeleton, state::RESERVED, text, types::Reserved};

/// What is reserved unless genesis says otherwise: the coins that people hold, and our own.
pub const RESERVED_DEFAULT: [&str; 12] = [
    "LOL", "Chortle", "BTC", "Bitcoin", "ETH", "Ethereum", "USDC", "USD Coin", "USDT", "Tether", "SOL",
    "Solana",
];

/// The section. What looks alike is listed by the ledger, from its assets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What nobody but governance can create a look-alike of.
    pub reserved: Vec<Reserved>,
}

impl Default for Genesis {
    fn default() -> Self {
        let reserved = RESERVED_DEFAULT.iter().filter_map(|text| Reserved::parse(*text).ok()).collect();
        Self { reserved }
    }
}

impl GenesisSection for Genesis {
    fn validate(&self) -> Result<(), GenesisError> {
        let mut skeletons = BTreeSet::new();
        for (index, text) in self.reserved.iter().enumerate() {
            let pointer = format!("/reserved/{index}");
            text::ensure_name(text).map_err(|reject| GenesisError::at(&*pointer, reject.sentence))?;
            if !skeletons.insert(skeleton(text)) {
                let sentence = format!("what looks like '{}' is listed twice", &**text);
                return Err(GenesisError::at(pointer, sentence));
            }
        }
        Ok(())
    }

    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError> {
        for text in &self.reserved {
            RESERVED.set(ctx.state, &skeleton(text), text);
        }
        Ok(())
    }

    fn export(state: &dyn ReadState) -> Result<Self, Halt> {
        let reserved = RESERVED.iter(state, Order::Ascending).map(|row| row.map(|(_, text)| text));
        Ok(Self { reserved: reserved.collect::<Result<_, Halt>>()? })
    }
}
