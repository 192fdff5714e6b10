use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{AssetId, Ctx, Failure, Message, Reject, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{accounts, error::Error, event::AdminChanged, rules, state::ASSET, types::Asset};

/// Accepts the admin's role of an asset, as offered.
#[derive(
    Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct AcceptAdmin {
    /// Which asset.
    pub asset: AssetId,
}

impl Message for AcceptAdmin {
    const TAG: u8 = 7;
    const NAME: &'static str = "accept_admin";

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Reads and writes the record.
    fn gas(&self) -> u64 {
        rules::leaves_gas(1, 1)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let signer = ctx.signer()?;
        let id = self.asset;
        let asset = accounts::asset(ctx.state, id)?;

        let from = asset.admin.ok_or(Error::AdminRenounced { asset: id })?;
        let offered = asset.pending_admin.ok_or(Error::NoOffer { asset: id })?;
        ensure(offered == signer, Error::NotOffered { asset: id, offered })?;

        ASSET.set(ctx.state, &id, &Asset { admin: Some(signer), pending_admin: None, ..asset });
        ctx.emit(&AdminChanged { asset: id, from, to: signer });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::common::{Ledger, funded, kinds};

    #[test]
    fn only_the_one_who_was_offered_the_role_gets_it() {
        let mut ledger = Ledger::new(&funded());
        let gold =
            json!({ "symbol": "GOLD", "name": "Gold", "decimals": 0, "supply": "1", "minter": "admin" });
        ledger.send("alice", "create_asset", gold).unwrap();
        ledger.send("alice", "offer_admin", json!({ "asset": "1", "to": "@bob" })).unwrap();
        for name in ["alice", "carol"] {
            let accept = ledger.send(name, "accept_admin", json!({ "asset": "1" }));
            assert_eq!(accept.unwrap_err().name, "not_offered", "{name}");
        }
        let events = ledger.send("bob", "accept_admin", json!({ "asset": "1" })).unwrap();
        assert_eq!(kinds(&events), ["token.admin_changed"]);
    }
}
