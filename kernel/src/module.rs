//! The one shape of a module: data. Lists of what it has, and functions for what it does on its own.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Address, Amount, BlockInfo, Call, Ctx, Entry, ErrorRow, Escrow, EventKind, Failure, GenesisError,
    GenesisList, Halt, KeyRow, MessageKind, ParamsKind, QueryKind, ReadState, State, View,
    block::ConsensusAddress, bounds,
};

/// A named fact that holds after every block; one that cannot be evaluated counts as broken.
#[derive(Clone, Copy)]
pub struct Invariant {
    /// The fact: `supply_is_balances_and_escrows`.
    pub name: &'static str,
    /// Checks it; the error says what it found.
    pub check: fn(&dyn ReadState) -> Result<(), String>,
}

/// A number that operators watch, read from committed state.
#[derive(Clone, Copy)]
pub struct Gauge {
    /// Name, with its unit last: `bonded_nlol`.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// One value, or one for each label value: `("validator", address)`.
    pub read: fn(&dyn ReadState) -> Result<Vec<GaugeValue>, Halt>,
}

/// One value of a gauge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GaugeValue {
    /// What tells it from the others of its gauge; empty if there is one alone.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: u64,
}

/// A section of the genesis document, as a type.
pub trait GenesisSection: Default + Serialize + DeserializeOwned + JsonSchema {
    /// Lists that people add to.
    const LISTS: &'static [GenesisList] = &[];

    /// Reads a section.
    fn parse(section: &Value) -> Result<Self, GenesisError> {
        Self::deserialize(section).map_err(|error| GenesisError::at("", error.to_string()))
    }
    /// Refuses what can be seen to be wrong without the other sections.
    fn validate(&self) -> Result<(), GenesisError>;
    /// Writes it into an empty state; the sections of earlier modules are written.
    fn init(&self, ctx: &mut Ctx<'_>) -> Result<(), GenesisError>;
    /// The section that would give this state; export then import is the identity.
    fn export(state: &dyn ReadState) -> Result<Self, Halt>;
    /// How old evidence may be on a chain of this section; `None` if it does not say.
    fn evidence_age(&self) -> Option<EvidenceAge> {
        None
    }
    /// How many validators it brings.
    fn validators(&self) -> usize {
        0
    }
}

/// How old evidence may be: older than both is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceAge {
    /// In milliseconds …
    pub ms: u64,
    /// … and in blocks.
    pub blocks: u64,
}

/// A section of the genesis document, as a module lists it.
#[derive(Clone, Copy)]
pub struct GenesisKind {
    /// The section of a fresh chain.
    pub default: fn() -> Value,
    /// Refuses a section that `init` could not take.
    pub validate: fn(&Value) -> Result<(), GenesisError>,
    /// Validates a section and writes it.
    pub init: fn(&Value, &mut Ctx<'_>) -> Result<(), GenesisError>,
    /// The section that would give this state.
    pub export: fn(&dyn ReadState) -> Result<Value, Halt>,
    /// How old evidence may be by a section.
    pub evidence_age: fn(&Value) -> Result<Option<EvidenceAge>, GenesisError>,
    /// How many validators a section brings.
    pub validators: fn(&Value) -> Result<usize, GenesisError>,
    /// Lists that people add to.
    pub lists: &'static [GenesisList],
    /// The section's schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

fn parse<G: GenesisSection>(section: &Value) -> Result<G, GenesisError> {
    let section = G::parse(section)?;
    section.validate()?;
    bounds::ensure(&section).map_err(|sentence| GenesisError::at("", sentence))?;
    Ok(section)
}

impl GenesisKind {
    /// The list's entry for a section.
    pub const fn of<G: GenesisSection>() -> Self {
        Self {
            default: || serde_json::to_value(G::default()).unwrap_or_default(),
            validate: |section| parse::<G>(section).map(drop),
            init: |section, ctx| parse::<G>(section)?.init(ctx),
            export: |state| {
                serde_json::to_value(G::export(state)?).map_err(|error| Halt::new(error.to_string()))
            },
            evidence_age: |section| Ok(G::parse(section)?.evidence_age()),
            validators: |section| Ok(G::parse(section)?.validators()),
            lists: G::LISTS,
            schema: |generator| generator.subschema_for::<G>(),
        }
    }

    /// The section of a module that keeps nothing from genesis: an empty object.
    pub const NONE: Self = Self {
        default: || Value::Object(serde_json::Map::new()),
        validate: |section| match section.as_object().is_some_and(serde_json::Map::is_empty) {
            true => Ok(()),
            false => Err(GenesisError::at("", "this module has no genesis: leave an empty object")),
        },
        init: |_, _| Ok(()),
        export: |_| Ok(Value::Object(serde_json::Map::new())),
        evidence_age: |_| Ok(None),
        validators: |_| Ok(0),
        lists: &[],
        schema: |_| Schema::from(serde_json::Map::new()),
    };
}

/// A stage of a block at which a module does something of its own.
pub type Hook = fn(&mut Ctx<'_>) -> Result<(), Halt>;

/// What a module does in every block, by stage. The stages follow each other: begin · injected · due · transactions ·
/// end; `end` runs in reverse order of the modules, like nested scopes.
#[derive(Clone, Copy, Default)]
pub struct Hooks {
    /// Before everything else: votes and evidence of the block before.
    pub begin: Option<Hook>,
    /// What falls due by time or height, after what was attested and before the transactions.
    pub due: Option<Hook>,
    /// After the transactions.
    pub end: Option<Hook>,
}

/// What one validator attested, with its power. Its signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Who.
    pub validator: ConsensusAddress,
    /// With what power.
    pub power: u64,
    /// What, as [`Attestation::attest`] gave it there.
    pub bytes: Vec<u8>,
}

/// What a module has validators sign with their votes, and does with what they signed.
///
/// `attest` runs on every validator for itself and may differ; everything after it is the same on every node.
#[derive(Clone, Copy)]
pub struct Attestation {
    /// What to sign with the vote for the next block, from committed state; `None` signs nothing.
    pub attest: fn(View<'_>) -> Result<Option<Vec<u8>>, Halt>,
    /// Refuses bytes that are not of the form that `attest` gives. It must not judge whether they are true: an honest
    /// validator that sees the world differently would stall the chain.
    pub check: fn(&[u8]) -> bool,
    /// Takes what validators signed with their votes for the block before, in the order of their addresses. The
    /// signatures are verified, the bytes are checked, and their voters hold more than two thirds of all power; silent
    /// voters are left out.
    pub injected: fn(&mut Ctx<'_>, &[Attested]) -> Result<(), Failure>,
}

/// A fee that a transaction asks a standing offer to pay.
pub struct Sponsored<'a> {
    /// Number of the offer.
    pub offer: u64,
    /// Who sends the transaction.
    pub sender: Address,
    /// How much, in nlol.
    pub fee: Amount,
    /// What the transaction asks for.
    pub calls: &'a [Call],
}

/// Takes a fee from a standing offer and answers who pays it, or refuses. It runs before signatures are proven and
/// before any message, on every check in a mempool too: it reads and writes a leaf, and the caller unwinds a refusal.
pub type Sponsor = fn(&mut State, &BlockInfo, &Sponsored<'_>) -> Result<Address, Failure>;

/// The line that a key with its value stands for, if it stands for one.
pub type IndexLine = fn(&[u8], &[u8]) -> Result<Option<Entry>, Halt>;

/// An index whose lines follow from the entries of one row of the key table.
#[derive(Clone, Copy)]
pub struct Index {
    /// Prefix of the row, as in its [`KeyRow`].
    pub prefix: &'static str,
    /// The line that an entry stands for, if it stands for one. Pure, and no two entries have the same line: the store
    /// moves the line whenever the entry changes, so no message pays for it or can forget it. For indexes of what every
    /// block changes much of; execution writes the others itself.
    pub line: IndexLine,
}

/// A feature of the chain.
#[derive(Clone, Copy)]
pub struct Module {
    /// Name: folder, codespace, genesis section, prefix of its keys and events.
    pub name: &'static str,
    /// Every type of message, by tag.
    pub messages: &'static [MessageKind],
    /// Every read.
    pub queries: &'static [QueryKind],
    /// Every kind of event.
    pub events: &'static [EventKind],
    /// Every error code.
    pub errors: &'static [ErrorRow],
    /// Every key prefix.
    pub keys: &'static [KeyRow],
    /// Every invariant.
    pub invariants: &'static [Invariant],
    /// Every number that operators watch.
    pub gauges: &'static [Gauge],
    /// Every account of its own.
    pub escrows: &'static [Escrow],
    /// Every set of parameters that governance can change.
    pub params: &'static [ParamsKind],
    /// Its section of the genesis document.
    pub genesis: GenesisKind,
    /// What it does in every block.
    pub hooks: Hooks,
    /// What it has validators sign with their votes.
    pub attestation: Option<Attestation>,
    /// Indexes that the store keeps for it.
    pub indexes: &'static [Index],
    /// How it lets an account pay fees of another that it has agreed to pay. One module of a chain does.
    pub sponsor: Option<Sponsor>,
}

impl Module {
    /// A module with this name and nothing else: fill in with struct update syntax.
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            messages: &[],
            queries: &[],
            events: &[],
            errors: &[],
            keys: &[],
            invariants: &[],
            gauges: &[],
            escrows: &[],
            params: &[],
            genesis: GenesisKind::NONE,
            hooks: Hooks { begin: None, due: None, end: None },
            attestation: None,
            indexes: &[],
            sponsor: None,
        }
    }

    /// The line of an index that an entry of the state stands for, if it stands for one.
    pub fn index_line(&self, key: &[u8], value: &[u8]) -> Result<Option<Entry>, Halt> {
        let index = self.indexes.iter().find(|index| Self::is_under(index.prefix, key));
        index.map_or(Ok(None), |index| (index.line)(key, value))
    }

    /// Whether a key begins with this prefix: a module's name, or that of a row of its key table.
    pub fn is_under(prefix: &str, key: &[u8]) -> bool {
        key.strip_prefix(prefix.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'/'))
    }

    /// The kind of message under a tag.
    pub fn message(&self, tag: u8) -> Option<&'static MessageKind> {
        self.messages.iter().find(|kind| kind.tag == tag)
    }
}
