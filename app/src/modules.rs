//! THE list of modules: dependency order, tag registry, hook order and powers at once.
//!
//! A module may call only modules that stand before it. Begin hooks run in this order, end hooks in reverse, like
//! nested scopes. A tag is never reused.

use std::{collections::BTreeMap, sync::OnceLock};

use chortle_kernel::{
    Entry, ErrorRow, EventKind, Halt, MessageKind, Module, ParamsKind, Powers, Sponsor, gate, tx,
};

use crate::{
    shows::Shows,
    upgrades::{UPGRADES, Upgrade},
};

/// A module's line in the list.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its tag in every message: never reused.
    pub tag: u8,
    /// The module.
    pub module: &'static Module,
    /// What it may do beyond its own state.
    pub powers: Powers,
}

/// A list of modules, with the upgrades that are known: a program is one of them, and a chain is one with a state.
pub struct Registry {
    rows: &'static [Row],
    upgrades: &'static [Upgrade],
    shows: OnceLock<BTreeMap<(&'static str, &'static str), Shows>>,
}

/// The modules of Chortle.
pub static MODULES: Registry = Registry::knowing(
    UPGRADES,
    &[
        Row { tag: 0, module: &crate::own_module::MODULE, powers: Powers::NONE },
        // Before all whose rules may change: they ask it which hold.
        Row { tag: 11, module: &chortle_upgrade::MODULE, powers: Powers::NONE },
        Row { tag: 6, module: &chortle_naming::MODULE, powers: Powers::NONE },
        Row { tag: 1, module: &chortle_token::MODULE, powers: Powers::NONE },
        Row { tag: 3, module: &chortle_lock::MODULE, powers: Powers::NONE },
        Row { tag: 4, module: &chortle_airdrop::MODULE, powers: Powers::NONE },
        Row { tag: 5, module: &chortle_allowance::MODULE, powers: Powers::NONE },
        Row { tag: 2, module: &chortle_staking::MODULE, powers: Powers { validators: true, ..Powers::NONE } },
        Row { tag: 8, module: &chortle_multisig::MODULE, powers: Powers::NONE },
        Row { tag: 9, module: &chortle_grant::MODULE, powers: Powers { accounts: true, ..Powers::NONE } },
        Row {
            tag: 7,
            module: &chortle_governance::MODULE,
            powers: Powers { governance: true, ..Powers::NONE },
        },
        // After governance: what it decides has its part of the gas of hooks first.
        Row { tag: 10, module: &chortle_schedule::MODULE, powers: Powers { accounts: true, ..Powers::NONE } },
    ],
);

impl Registry {
    /// A chain of these modules that knows no upgrade. The first module is the app's own.
    pub const fn new(rows: &'static [Row]) -> Self {
        Self::knowing(&[], rows)
    }

    /// A chain of these modules that knows these upgrades.
    pub const fn knowing(upgrades: &'static [Upgrade], rows: &'static [Row]) -> Self {
        Self { rows, upgrades, shows: OnceLock::new() }
    }

    /// The upgrades that it knows.
    pub fn upgrades(&self) -> &'static [Upgrade] {
        self.upgrades
    }

    /// The lines, in order.
    pub fn rows(&self) -> &'static [Row] {
        self.rows
    }

    /// The modules, in order.
    pub fn modules(&self) -> impl DoubleEndedIterator<Item = &'static Module> + use<> {
        self.rows.iter().map(|row| row.module)
    }

    /// The line and the kind of message under two tags.
    pub fn kind(&self, module: u8, tag: u8) -> Option<(&'static Row, &'static MessageKind)> {
        let row = self.rows.iter().find(|row| row.tag == module)?;
        Some((row, row.module.message(tag)?))
    }

    /// The tag of a module and its kind of message, by their names.
    pub fn tags(&self, module: &str, name: &str) -> Option<(u8, &'static MessageKind)> {
        let row = self.rows.iter().find(|row| row.module.name == module)?;
        Some((row.tag, row.module.messages.iter().find(|kind| kind.name == name)?))
    }

    /// How the fields of a message are shown, by its module's name and its own: read off the schemas once.
    pub fn shows(&self, module: &'static str, name: &'static str) -> Option<&Shows> {
        self.all_shows().get(&(module, name))
    }

    /// How the values of a set of parameters are shown, by its path.
    pub fn shows_of_params(&self, path: &str) -> Option<&Shows> {
        self.all_shows().get(&(self.params(path)?.path, ""))
    }

    /// Those of messages by module and verb, those of parameters by path and nothing.
    fn all_shows(&self) -> &BTreeMap<(&'static str, &'static str), Shows> {
        self.shows.get_or_init(|| {
            let kinds =
                self.modules().flat_map(|module| module.messages.iter().map(|kind| (module.name, kind)));
            let messages = kinds.map(|(module, kind)| ((module, kind.name), Shows::of_schema(kind.schema)));
            let sets = self.modules().flat_map(|module| module.params);
            messages.chain(sets.map(|set| ((set.path, ""), Shows::of_schema(set.schema)))).collect()
        })
    }

    /// The kind of an event by its name.
    pub fn event_kind(&self, kind: &str) -> Option<&'static EventKind> {
        self.modules().flat_map(|module| module.events).find(|candidate| candidate.kind == kind)
    }

    /// Every set of parameters.
    pub fn param_sets(&self) -> impl Iterator<Item = &'static ParamsKind> + use<> {
        self.modules().flat_map(|module| module.params)
    }

    /// A set of parameters by its path.
    pub fn params(&self, path: &str) -> Option<&'static ParamsKind> {
        self.param_sets().find(|params| params.path == path)
    }

    /// What takes fees from standing offers, if a module does, and that module's name.
    pub fn sponsor(&self) -> Option<(&'static str, Sponsor)> {
        self.modules().find_map(|module| Some((module.name, module.sponsor?)))
    }

    /// Every error code of the chain: one catalogue for receipts, REST and the command line.
    pub fn error_catalogue(&self) -> impl Iterator<Item = &'static ErrorRow> + use<> {
        let kernel = tx::Error::CATALOGUE.iter().chain(gate::Error::CATALOGUE);
        kernel.chain(self.modules().flat_map(|module| module.errors))
    }

    /// The line of an index that an entry of the state stands for, by the module that its key begins with: for
    /// the store.
    pub fn index_line(&self, key: &[u8], value: &[u8]) -> Result<Option<Entry>, Halt> {
        let owner = self.modules().find(|module| Module::is_under(module.name, key));
        owner.map_or(Ok(None), |module| module.index_line(key, value))
    }
}
