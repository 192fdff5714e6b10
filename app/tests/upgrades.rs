//! Which program makes which block: the old one up to the height of a plan, the new one from it on, nobody else's ever.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use chortle_app::{
    MODULES, Parent, Registry, Upgrade,
    block::{self, BlockBody, Judged, Room},
    genesis, invariant,
    program::{fitting, fitting_genesis},
};
use chortle_kernel::{BlockInfo, Ctx, Effects, Halt, Header, Item, Message, Origin, State, Text};
use chortle_upgrade::{
    Binary, Plan,
    event::BecameActive,
    is_applied,
    msg::{CancelUpgrade, ScheduleUpgrade},
    state::PLAN,
};
use common::{TIME_MS, engine, sections, start};
use serde_json::json;

/// What the migration of the upgrade counts: it must come to one.
const MIGRATED: Item<u64> = Item::new("app/gas_price_min_raised");
const HEIGHT: u64 = 20;

fn migrate(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    let before = MIGRATED.get(ctx.state)?.unwrap_or_default();
    MIGRATED.set(ctx.state, &(before + 1));
    // By the gate: validated, and told as any other change.
    let dearer = json!({ "gas_price_min": 2 });
    let (router, fields) = (ctx.router(), dearer.as_object().unwrap());
    let set = router.set_params(ctx, "app/params", fields);
    set.map_err(|failure| Halt::new(failure.to_string()))?;
    assert!(!is_applied(ctx.state, "v2")?, "a migration works on what the old rules left");
    Ok(())
}

fn migrate_badly(ctx: &mut Ctx<'_>) -> Result<(), Halt> {
    migrate(ctx)?;
    Err(Halt::new("half of it is done"))
}

static OLD: &Registry = &MODULES;
static V2: Upgrade = Upgrade { name: "v2", migrate };

fn program(upgrades: Vec<Upgrade>) -> &'static Registry {
    Box::leak(Box::new(Registry::knowing(Box::leak(upgrades.into_boxed_slice()), MODULES.rows())))
}

fn v2() -> &'static Registry {
    program(vec![Upgrade { ..V2 }])
}

/// A chain that any program may be asked to go on with.
#[derive(Clone)]
struct Chain {
    state: BTreeMap<Vec<u8>, Vec<u8>>,
    height: u64,
}

impl Chain {
    fn new() -> Self {
        let mut near = sections();
        near["upgrade"]["params"]["notice_blocks"] = 1.into();
        Self::of(OLD, &near)
    }

    fn of(registry: &'static Registry, sections: &serde_json::Value) -> Self {
        let mut state = State::over(Arc::new(BTreeMap::new()));
        genesis::init(registry, &start(sections, &engine()), &mut state).unwrap();
        let mut chain = Self { state: BTreeMap::new(), height: 0 };
        chain.write(registry, state.into_writes());
        chain
    }

    /// With upgrade v2 planned for [`HEIGHT`].
    fn planned() -> Self {
        let mut chain = Self::new();
        chain.govern(&plan(HEIGHT));
        chain
    }

    fn write(&mut self, registry: &Registry, writes: chortle_kernel::state::Writes) {
        for (key, value) in writes {
            match value {
                Some(value) => drop(self.state.insert(key, value)),
                None => drop(self.state.remove(&key)),
            }
        }
        invariant::check(registry, &self.state).unwrap();
    }

    fn govern(&mut self, message: &impl Message) {
        let mut state = State::over(Arc::new(self.state.clone()));
        let (block, mut effects) =
            (BlockInfo { height: self.height, ..BlockInfo::default() }, Effects::default());
        let mut ctx = Ctx::alone(&mut state, &block, Origin::Governance, &mut effects);
        message.execute(&mut ctx).unwrap();
        self.write(OLD, state.into_writes());
    }

    fn parent(&self, registry: &'static Registry) -> Parent {
        Parent { registry, state: Arc::new(self.state.clone()) }
    }

    fn header(&self) -> Header {
        let height = self.height + 1;
        Header { height, time_unix_ms: TIME_MS + height * 1_000, ..Header::default() }
    }

    /// Has a program propose, judge and run the next block, which must come to the same, and writes what it does.
    fn block(&mut self, registry: &'static Registry) -> Result<Vec<String>, String> {
        let (parent, header) = (self.parent(registry), self.header());
        let nothing = || BlockBody { injected: None, txs: Vec::new() };
        let room = Room { bytes_max: 1 << 20, bytes_of: |bytes| bytes.len() as u64 };
        let proposed =
            block::propose(&parent, header.clone(), &[], &[], room).map(|one| one.ran.result.writes);
        let judged = block::judge(&parent, header.clone(), &nothing()).map(|judged| match judged {
            Judged::Good(ran) => ran.result.writes,
            Judged::Bad { reject, .. } => panic!("{reject}"),
        });
        let ran = block::run(&parent, header, &nothing());
        assert_eq!(proposed, judged, "who proposes and who judges are the same program");
        match ran {
            Ok(ran) => {
                assert_eq!(Ok(&ran.result.writes), judged.as_ref());
                self.height += 1;
                self.write(registry, ran.result.writes);
                Ok(ran.result.events.into_iter().map(|event| event.kind.to_string()).collect())
            }
            Err(halt) => {
                assert_eq!(Err(&halt), judged.as_ref());
                Err(halt.0)
            }
        }
    }

    fn blocks_up_to(&mut self, registry: &'static Registry, height: u64) {
        while self.height < height {
            self.block(registry).unwrap();
        }
    }

    fn migrated(&self) -> Option<u64> {
        MIGRATED.get(&self.state).unwrap()
    }

    fn gas_price_min(&self) -> u64 {
        chortle_app::state::PARAMS.get(&self.state).unwrap().unwrap().gas_price_min
    }
}

fn plan(height: u64) -> ScheduleUpgrade {
    ScheduleUpgrade { height, ..ScheduleUpgrade::examples().remove(0) }
}

#[test]
fn the_old_program_makes_every_block_up_to_the_height_and_nothing_of_the_one_at_it() {
    let mut chain = Chain::planned();
    chain.blocks_up_to(OLD, HEIGHT - 1);
    let before = chain.clone();
    for _ in 0..3 {
        let halt = chain.block(OLD).unwrap_err();
        assert_eq!(halt, "upgrade v2 begins at height 20, and this program does not know it");
        assert_eq!((&chain.state, chain.height), (&before.state, before.height));
    }
}

#[test]
fn the_new_program_makes_no_block_before_the_height_and_every_one_from_it_on() {
    let mut chain = Chain::planned();
    for height in 1..HEIGHT {
        let halt = chain.clone().block(v2()).unwrap_err();
        assert_eq!(
            halt, "this program is for upgrade v2, which begins at height 20, and no sooner",
            "{height}"
        );
        chain.block(OLD).unwrap();
    }
    let events = chain.block(v2()).unwrap();
    assert_eq!(events, [<BecameActive as chortle_kernel::Event>::KIND]);
    assert_eq!((chain.height, chain.migrated(), chain.gas_price_min()), (HEIGHT, Some(1), 2));
    assert!(is_applied(&chain.state, "v2").unwrap());
    assert_eq!(PLAN.get(&chain.state).unwrap(), None);

    chain.blocks_up_to(v2(), HEIGHT + 30);
    assert_eq!((chain.migrated(), chain.gas_price_min()), (Some(1), 2), "once");
    let halt = chain.clone().block(OLD).unwrap_err();
    assert_eq!(halt, "the chain has upgrade v2 since height 20, and this program does not know it");
}

#[test]
fn the_block_of_the_upgrade_is_the_same_however_often_it_is_run_before_it_is_written() {
    let mut chain = Chain::planned();
    chain.blocks_up_to(OLD, HEIGHT - 1);
    let run = |chain: &Chain| {
        let body = BlockBody { injected: None, txs: Vec::new() };
        block::run(&chain.parent(v2()), chain.header(), &body).unwrap().result.writes
    };
    let first = run(&chain);
    assert_eq!(first, run(&chain), "a node that was killed runs it again, on what the block before left");
    chain.block(v2()).unwrap();
    assert_eq!(chain.migrated(), Some(1));
}

#[test]
fn a_migration_that_halts_leaves_nothing_and_a_mended_program_goes_on() {
    let mut chain = Chain::planned();
    chain.blocks_up_to(OLD, HEIGHT - 1);
    let before = chain.state.clone();
    let bad = program(vec![Upgrade { name: "v2", migrate: migrate_badly }]);
    assert_eq!(chain.block(bad).unwrap_err(), "upgrade v2: half of it is done");
    assert_eq!(chain.state, before);
    chain.block(v2()).unwrap();
    assert_eq!(chain.migrated(), Some(1));
}

#[test]
fn what_was_cancelled_does_not_come() {
    let mut chain = Chain::planned();
    chain.blocks_up_to(OLD, HEIGHT - 1);
    chain.govern(&CancelUpgrade { name: Text::parse("v2").unwrap() });
    let halt = chain.clone().block(v2()).unwrap_err();
    assert_eq!(halt, "this program is for upgrade v2, to which the chain has not come");
    chain.blocks_up_to(OLD, HEIGHT + 5);
    assert_eq!(chain.migrated(), None);
}

#[test]
fn a_program_for_another_upgrade_or_for_one_too_many_is_refused() {
    let mut chain = Chain::planned();
    chain.blocks_up_to(OLD, HEIGHT - 1);
    let other = program(vec![Upgrade { name: "v3", migrate }]);
    assert_eq!(
        chain.clone().block(other).unwrap_err(),
        "upgrade v2 begins at height 20, and this program does not know it"
    );
    let both = program(vec![Upgrade { ..V2 }, Upgrade { name: "v3", migrate }]);
    assert_eq!(
        chain.clone().block(both).unwrap_err(),
        "this program is for upgrade v3, to which the chain has not come"
    );
    chain.blocks_up_to(v2(), HEIGHT);
    chain.govern(&ScheduleUpgrade { name: Text::parse("v3").unwrap(), ..plan(HEIGHT + 5) });
    chain.blocks_up_to(v2(), HEIGHT + 4);
    assert!(chain.clone().block(v2()).is_err());
    chain.blocks_up_to(both_without_assertion(), HEIGHT + 9);
    // The latest is named: its program knows the others too.
    assert_eq!(
        chain.clone().block(OLD).unwrap_err(),
        "the chain has upgrade v3 since height 25, and this program does not know it"
    );
}

fn both_without_assertion() -> &'static Registry {
    program(vec![Upgrade { ..V2 }, Upgrade { name: "v3", migrate: |_| Ok(()) }])
}

#[test]
fn a_chain_is_born_with_what_its_first_program_knows() {
    let new = v2();
    let mut born = sections();
    born["upgrade"] = genesis::default_sections(new)["upgrade"].clone();
    assert_eq!(born["upgrade"]["applied"], json!([{ "name": "v2", "height": 0, "binaries": [] }]));
    let mut chain = Chain::of(new, &born);
    chain.blocks_up_to(new, 5);
    assert_eq!(chain.migrated(), None, "nothing is to be migrated");
    assert!(is_applied(&chain.state, "v2").unwrap());

    let mut state = State::over(Arc::new(BTreeMap::new()));
    let refused = genesis::init(OLD, &start(&born, &engine()), &mut state).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "/upgrade/applied: the chain begins with upgrade v2, which this program does not know"
    );
    assert!(fitting_genesis(OLD, &born, 1).unwrap().is_some());
    assert_eq!(fitting_genesis(new, &born, 1).unwrap(), None);
    let early = fitting_genesis(new, &sections(), 1).unwrap().unwrap();
    assert_eq!(early.to_string(), "this program is for upgrade v2, to which the chain has not come");
    assert_eq!(fitting_genesis(OLD, &sections(), 1).unwrap(), None);
}

#[test]
fn an_export_goes_on_with_its_plan_and_its_list() {
    let mut chain = Chain::planned();
    chain.blocks_up_to(OLD, HEIGHT - 1);
    let again = |chain: &Chain, registry: &'static Registry| {
        let exported = genesis::export(registry, &chain.state).unwrap();
        let (mut state, engine) = (State::over(Arc::new(BTreeMap::new())), engine());
        let start = genesis::Start { initial_height: chain.height + 1, ..start(&exported, &engine) };
        genesis::init(registry, &start, &mut state).unwrap();
        let mut next = Chain { state: BTreeMap::new(), height: chain.height };
        next.write(registry, state.into_writes());
        next
    };
    // The plan names the first block of the chain that goes on.
    let mut next = again(&chain, OLD);
    assert!(next.block(OLD).is_err());
    chain.block(v2()).unwrap();
    let mut next = again(&chain, v2());
    next.block(v2()).unwrap();
    assert_eq!(next.block(OLD).unwrap_err(), chain.block(OLD).unwrap_err());
}

#[test]
fn the_answer_is_of_the_state_and_the_height_alone() {
    let chain = Chain::planned();
    let at = |registry, height| {
        fitting(registry, &chain.state, height).unwrap().map(|one| one.map(|one| one.name))
    };
    assert_eq!(at(OLD, HEIGHT - 1), Ok(None));
    assert!(at(OLD, HEIGHT).is_err() && at(OLD, HEIGHT + 1).is_err());
    assert!(at(v2(), HEIGHT - 1).is_err() && at(v2(), HEIGHT + 1).is_err());
    assert_eq!(at(v2(), HEIGHT), Ok(Some("v2")));
    let unfit = fitting(OLD, &chain.state, HEIGHT).unwrap().err().unwrap();
    let Plan { name, binaries, .. } = PLAN.get(&chain.state).unwrap().unwrap();
    assert_eq!(unfit.wanted(), Some((&*name, &*binaries as &[Binary])));
}
