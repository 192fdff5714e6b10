//! Who acts, who may send what, and what a module may do beyond its own state.

use borsh::BorshSerialize;

use super::Error;
use crate::{Address, Reject};

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
}

impl Authority {
    /// As a sentence names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signer => "the signer",
            Self::Governance => "governance",
            Self::Protocol => "the protocol",
        }
    }

    /// Refuses an origin that does not have it; `message` names what it wants to send.
    pub fn ensure(self, origin: Origin, message: impl FnOnce() -> String) -> Result<(), Reject> {
        if self.admits(origin) {
            return Ok(());
        }
        Err(Error::Unauthorized { message: message(), authority: self.name().to_owned() }.into())
    }

    /// Whether an origin has it.
    pub fn admits(self, origin: Origin) -> bool {
        match self {
            Self::Signer => origin != Origin::Protocol,
            Self::Governance => origin == Origin::Governance,
            Self::Protocol => origin == Origin::Protocol,
        }
    }
}

/// What the list of modules lets a module do beyond its own state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Powers {
    /// Change the validator set.
    pub validators: bool,
    /// Dispatch as governance.
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
        let origins =
            [Origin::Account(Address([7; 20])), Origin::Module("jar"), Origin::Governance, Origin::Protocol];
        for (authority, admitted, name) in [
            (Authority::Signer, [true, true, true, false], "the signer"),
            (Authority::Governance, [false, false, true, false], "governance"),
            (Authority::Protocol, [false, false, false, true], "the protocol"),
        ] {
            assert_eq!(origins.map(|origin| authority.admits(origin)), admitted, "{authority:?}");
            assert_eq!(authority.name(), name);
            let sent = origins.map(|origin| authority.ensure(origin, || "jar.open".to_owned()).is_ok());
            assert_eq!(sent, admitted, "{authority:?}");
        }
    }
}
