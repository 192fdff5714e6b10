//! Who acts, who may send what, and what a module may do beyond its own state.

use borsh::BorshSerialize;

use super::Error;
use crate::{Address, AssetId, Reject};

/// On whose behalf a message runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub enum Origin {
    /// An account that signed for it, or that a module holds for those who did.
    Account(Address),
    /// A module, for its own account.
    Module(&'static str),
    /// A proposal that passed.
    Governance,
    /// A block hook: the protocol itself.
    Protocol,
    /// A proposal that the holders of an asset passed.
    Community(AssetId),
}

/// Who may send a kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Whoever signs, for his own account; modules and governance for theirs.
    Signer,
    /// Governance alone.
    Governance,
    /// The protocol itself: block hooks.
    Protocol,
    /// Governance, or the holders of the asset that it is for.
    Community,
}

impl Authority {
    /// As a sentence names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signer => "the signer",
            Self::Governance => "governance",
            Self::Protocol => "the protocol",
            Self::Community => "governance and the holders of its asset",
        }
    }

    /// Refuses an origin that does not have it; `message` names what it wants to send, and `community` says whose
    /// holders may send it.
    pub fn ensure(
        self,
        origin: Origin,
        community: Option<AssetId>,
        message: impl FnOnce() -> String,
    ) -> Result<(), Reject> {
        let refused = match origin {
            Origin::Community(asset) if community == Some(asset) => return Ok(()),
            Origin::Community(asset) => Error::NotOfCommunity { message: message(), asset },
            _ if self.admits(origin) => return Ok(()),
            _ => Error::Unauthorized { message: message(), authority: self.name().to_owned() },
        };
        Err(refused.into())
    }

    /// Whether an origin has it. What holders may send, each message says itself: [`crate::Message::community`].
    pub fn admits(self, origin: Origin) -> bool {
        match self {
            Self::Signer => !matches!(origin, Origin::Protocol | Origin::Community(_)),
            Self::Governance | Self::Community => origin == Origin::Governance,
            Self::Protocol => origin == Origin::Protocol,
        }
    }
}

/// What the list of modules lets a module do beyond its own state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Powers {
    /// Change the validator set.
    pub validators: bool,
    /// Dispatch as governance, and as the holders of an asset whose proposal passed.
    pub governance: bool,
    /// Dispatch as an account that consented earlier, without its signature on this transaction.
    pub accounts: bool,
}

impl Powers {
    /// Its own state and its own accounts.
    pub const NONE: Self = Self { validators: false, governance: false, accounts: false };
    /// Everything.
    pub const ALL: Self = Self { validators: true, governance: true, accounts: true };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_admits_its_own_origins_alone() {
        let origins = [
            Origin::Account(Address([7; 20])),
            Origin::Module("jar"),
            Origin::Governance,
            Origin::Protocol,
            Origin::Community(AssetId(7)),
        ];
        for (authority, admitted, name) in [
            (Authority::Signer, [true, true, true, false, false], "the signer"),
            (Authority::Governance, [false, false, true, false, false], "governance"),
            (Authority::Protocol, [false, false, false, true, false], "the protocol"),
            (
                Authority::Community,
                [false, false, true, false, false],
                "governance and the holders of its asset",
            ),
        ] {
            assert_eq!(origins.map(|origin| authority.admits(origin)), admitted, "{authority:?}");
            assert_eq!(authority.name(), name);
            let sent = origins.map(|origin| authority.ensure(origin, None, || "jar.open".to_owned()).is_ok());
            assert_eq!(sent, admitted, "{authority:?}");
        }
    }

    #[test]
    fn holders_send_what_says_so_for_their_own_asset_and_nothing_else() {
        let (own, other) = (AssetId(7), AssetId(8));
        for authority in [Authority::Signer, Authority::Governance, Authority::Protocol, Authority::Community]
        {
            for (community, admitted) in [(None, false), (Some(other), false), (Some(own), true)] {
                let found = authority.ensure(Origin::Community(own), community, String::new);
                assert_eq!(found.is_ok(), admitted, "{authority:?} {community:?}");
                assert!(found.is_ok() || found.unwrap_err().name == "not_of_community");
                // It opens nothing to anybody else.
                for origin in [Origin::Account(Address([7; 20])), Origin::Governance, Origin::Protocol] {
                    let found = authority.ensure(origin, community, String::new);
                    assert_eq!(found.is_ok(), authority.admits(origin), "{authority:?} {origin:?}");
                }
            }
        }
    }
}
