//! Accounts, assets and what describes them.

use borsh::{BorshDeserialize, BorshSerialize};
use chortle_kernel::{Address, Amount, AssetId, Bytes, List, Text, asset, record};

use crate::{
    capability::{Capabilities, Capability},
    launch_tax,
    limits::Limits,
    protocol,
    tax::{Tax, TaxPlan},
    template::Template,
};

/// Longest symbol: as long as an exchange shows.
pub const SYMBOL_BYTES_MAX: usize = 13;
/// Longest name: one line of a wallet.
pub const NAME_BYTES_MAX: usize = 32;
/// Longest metadata URI: an IPFS or Arweave link with room to spare.
pub const URI_BYTES_MAX: usize = 200;
/// Most accounts that an admin may exclude from redistribution.
pub const EXCLUSIONS_MAX: usize = 16;
/// Longest pause of an asset, and shortest time between two of them.
pub const PAUSE_EPOCHS_MAX: u64 = 3;
/// Bytes of a SHA-256 hash.
pub const HASH_BYTES: usize = 32;

/// A short name for people, such as `DOGE`. Not unique; the asset's number is.
pub type Symbol = Text<SYMBOL_BYTES_MAX>;
/// A name for people, such as `Doge of the North`.
pub type Name = Text<NAME_BYTES_MAX>;

/// What an address has besides its balances of issued assets.
///
/// Nonce and LOL balance share one value, so that a transfer of LOL touches two leaves of the state tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// The sequence number that the account's next ordered transaction must carry.
    pub nonce: u64,
    /// LOL, in nlol.
    pub balance: Amount,
}

record! {
    /// Who may make more of an asset.
    #[derive(Copy)]
    #[borsh(use_discriminant = true)]
    #[repr(u8)]
    #[serde(rename_all = "snake_case")]
    pub enum Minter {
        /// Nobody: the supply can only fall.
        Nobody = 0,
        /// The asset's admin, up to the cap.
        Admin = 1,
    }
}

record! {
    /// Where an asset's picture and story are. No node ever fetches it.
    pub struct Metadata {
        /// Where: a URI such as `ipfs://…`.
        pub uri: Text<URI_BYTES_MAX>,
        /// SHA-256 of what is there, if it must never change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub sha256: Option<Bytes<HASH_BYTES>>,
    }
}

/// An asset's record. Its supply is a leaf of its own, so that minting and burning write little.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Asset {
    /// Short name.
    pub symbol: Symbol,
    /// Name.
    pub name: Name,
    /// Digits after the point when people see an amount; at most 18.
    pub decimals: u8,
    /// Picture and story.
    pub metadata: Option<Metadata>,
    /// Most base units that may exist at a time. Only falls.
    pub cap: Amount,
    /// What kind of asset it is.
    pub template: Template,
    /// What can be done with it. Bits only fall.
    pub capabilities: Capabilities,
    /// Accounts that earn nothing by redistribution.
    pub exclusions: List<Address, EXCLUSIONS_MAX>,
    /// Who created it.
    pub creator: Address,
    /// Who may act for it; nobody once it is renounced.
    pub admin: Option<Address>,
    /// Whom the admin offered the role to.
    pub pending_admin: Option<Address>,
    /// Height of the block that created it; 0 is genesis.
    pub created_height: u64,
}

impl Asset {
    /// The record of LOL: no admin, no minter; only the protocol issues it.
    pub fn native() -> Self {
        Self {
            symbol: Text::parse(asset::NATIVE_SYMBOL).unwrap_or_default(),
            name: Text::parse("Chortle").unwrap_or_default(),
            decimals: asset::NATIVE_DECIMALS,
            metadata: None,
            cap: Amount::MAX,
            template: Template::Native,
            capabilities: Template::Native.capabilities(),
            exclusions: List::default(),
            creator: protocol::TREASURY,
            admin: None,
            pending_admin: None,
            created_height: 0,
        }
    }

    /// Whether more of it can still come to be by a message.
    pub fn is_mintable(&self) -> bool {
        self.capabilities.has(Capability::Mint) && self.admin.is_some()
    }

    /// Whether an admin is there who may use a capability.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.has(capability) && self.admin.is_some()
    }

    /// Whether somebody is there who may use a capability: the admin, or holders who govern it.
    pub fn is_open(&self, capability: Capability) -> bool {
        let governed = self.template.is_community() && capability.is_of_holders();
        self.capabilities.has(capability) && (self.admin.is_some() || governed)
    }

    /// Who may make more of it.
    pub fn minter(&self) -> Minter {
        if self.capabilities.has(Capability::Mint) { Minter::Admin } else { Minter::Nobody }
    }

    /// Its name with its number, which nobody can copy: `DOGE#17`; LOL is just `LOL`.
    pub fn full_name(&self, id: AssetId) -> String {
        if id == AssetId::NATIVE { self.symbol.to_string() } else { format!("{}#{id}", &*self.symbol) }
    }

    /// An amount of it for people: `1.5 DOGE#17`.
    pub fn display(&self, id: AssetId, amount: Amount) -> String {
        format!("{} {}", amount.to_decimal(self.decimals), self.full_name(id))
    }
}

record! {
    /// What a transfer of a ruled asset must know and transfers never change.
    #[derive(Copy, Default)]
    #[serde(default)]
    pub struct Rules {
        /// What transfers pay.
        pub tax: TaxPlan,
        /// Supply below which transfers burn nothing.
        pub burn_floor: Amount,
        /// What protects the launch.
        pub limits: Limits,
        /// Whether accounts can be frozen: the capability is there, and an admin.
        pub freezable: bool,
        /// Whether only listed accounts send and receive: the capability is there, and an admin.
        pub listed: bool,
        /// The first epoch after the last pause; none if there was none.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub paused_until_epoch: Option<u64>,
    }
}

impl Rules {
    /// What a transfer pays in a block: the tax, or while the launch lasts what is asked then, if that is more.
    pub fn tax_at(&self, height: u64, epoch: u64) -> Tax {
        launch_tax::raised(self.tax.at(epoch), self.limits.launch_tax, height)
    }
}

/// What an account has of a ruled asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Holding {
    /// Base units, without what it is due.
    pub balance: Amount,
    /// The asset's index when it was last settled; 0 if it earns nothing.
    pub index: u128,
    /// What its settlements left over of a unit, in 1/2^64: it counts at the next, and stays when the balance goes.
    pub fraction: u64,
    /// LOL that it earned and has not collected, where holders are paid in LOL.
    pub owed: Amount,
    /// Height of its last send, while a cool-down runs; else 0.
    pub last_sent_height: u64,
    /// Whether it is frozen.
    pub frozen: bool,
    /// Whether it is on the allow list.
    pub allowed: bool,
    /// Whether it is excluded from redistribution.
    pub excluded: bool,
}

record! {
    /// A height at which balances of an asset vote.
    #[derive(Copy)]
    #[schemars(rename = "SnapshotOfHolders")]
    pub struct Snapshot {
        /// Base units that accounts of users had.
        pub power: Amount,
        /// How many need it.
        pub holders: u64,
    }
}

record! {
    /// How far the rows of an asset were looked at: after which account and height to go on.
    #[derive(Copy, Default)]
    #[schemars(rename = "SweepOfBalances")]
    pub struct Sweep {
        /// None at the beginning.
        pub after: Option<(Address, u64)>,
    }
}

record! {
    /// What governance can set.
    #[schemars(rename = "TokenParams")]
    pub struct Params {
        /// What creating an asset costs, in nlol; it goes to the treasury.
        #[schemars(extend("x-unit" = "nlol"))]
        pub create_fee: Amount,
    }
}

impl Default for Params {
    /// 10 LOL: cheap for a person, dear for a machine that fills the state.
    fn default() -> Self {
        Self { create_fee: Amount::new(10_000_000_000).unwrap_or(Amount::MAX) }
    }
}
