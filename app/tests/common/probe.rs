//! Modules that exist for the tests of the gate: one that wraps, one that governs, one that grasps.
#![allow(dead_code)]

use std::sync::LazyLock;

use chortle_app::{MODULES, Registry, Row};
use chortle_kernel::{
    Acting, Address, Bytes, Carried, Ctx, Failure, Item, KeyRow, List, Map, Message, MessageKind, Module,
    Order, Powers, ReadState, Reject, Text, codec, record, tx::RawMessage,
};

pub const PROBE: &str = "probe";
pub const GOVERNOR: &str = "governor";
pub const GRASPING: &str = "grasping";

const NOTES: Map<u64, String> = Map::new("probe/notes");
const SIGNER: Item<Address> = Item::new("probe/signer");
const KEYS: &[KeyRow] = &[NOTES.row(), SIGNER.row()];

static MODULE: Module = Module {
    messages: &[
        MessageKind::of::<Note>(),
        MessageKind::of::<Wrap>(),
        MessageKind::of::<Again>(),
        MessageKind::of::<Who>(),
    ],
    keys: KEYS,
    ..Module::named(PROBE)
};
static GOVERNING: Module = Module::named(GOVERNOR);
static GRASPER: Module = Module::named(GRASPING);

const PROBES: [Row; 3] = [
    Row { tag: 200, module: &MODULE, powers: Powers::NONE },
    Row { tag: 201, module: &GOVERNING, powers: Powers { governance: true, ..Powers::NONE } },
    Row {
        tag: 202,
        module: &GRASPER,
        powers: Powers { accounts: true, governance: true, validators: false },
    },
];

/// The chain's own list, and the probes after it.
pub static LIST: LazyLock<Registry> =
    LazyLock::new(|| Registry::new([MODULES.rows(), &PROBES].concat().leak()));

pub fn raw_of<M: Message>(module: &str, message: &M) -> RawMessage {
    let (tag, kind) = LIST.tags(module, M::NAME).or_else(|| MODULES.tags(module, M::NAME)).unwrap();
    RawMessage { module: tag, tag: kind.tag, body: Bytes::parse(codec::encode(message)).unwrap() }
}

pub fn wrapped(inner: &[RawMessage]) -> RawMessage {
    raw_of(PROBE, &Wrap { inner: List::parse(inner).unwrap() })
}

pub fn notes(state: &dyn ReadState) -> Vec<String> {
    NOTES.iter(state, Order::Ascending).map(|row| row.unwrap().1).collect()
}

pub fn last_signer(state: &dyn ReadState) -> Option<Address> {
    SIGNER.get(state).unwrap()
}

record! {
    /// Writes a note.
    pub struct Note {
        pub text: Text<32>,
    }
}

impl Message for Note {
    const TAG: u8 = 1;
    const NAME: &'static str = "note";

    fn examples() -> Vec<Self> {
        vec![Self { text: Text::default() }]
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    fn gas(&self) -> u64 {
        1_000
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let number = notes(ctx.state).len() as u64;
        NOTES.set(ctx.state, &number, &self.text.to_string());
        Ok(())
    }
}

record! {
    /// Runs what it carries for its own sender.
    pub struct Wrap {
        pub inner: List<RawMessage, 16>,
    }
}

impl Message for Wrap {
    const TAG: u8 = 2;
    const NAME: &'static str = "wrap";

    fn examples() -> Vec<Self> {
        vec![Self { inner: List::default() }]
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    fn gas(&self) -> u64 {
        500
    }

    fn carried(&self) -> Carried<'_> {
        Carried::Now(&self.inner)
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        ctx.dispatch(Acting::Same, &self.inner, u64::MAX)
    }
}

record! {
    /// Dispatches itself.
    pub struct Again {}
}

impl Message for Again {
    const TAG: u8 = 3;
    const NAME: &'static str = "again";

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// Nothing, so that gas does not end the loop before the depth does.
    fn gas(&self) -> u64 {
        0
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        ctx.dispatch(Acting::Same, &[raw_of(PROBE, self)], u64::MAX)
    }
}

record! {
    /// Notes who sent it.
    pub struct Who {}
}

impl Message for Who {
    const TAG: u8 = 4;
    const NAME: &'static str = "who";

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    fn gas(&self) -> u64 {
        1
    }

    fn execute(&self, ctx: &mut Ctx<'_>) -> Result<(), Failure> {
        let signer = ctx.signer()?;
        SIGNER.set(ctx.state, &signer);
        Ok(())
    }
}
