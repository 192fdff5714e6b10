//! What messages declare, against the leaves that they touch, in the shapes that cost most. Whether a message declares
//! enough at all, its examples show (`app/tests/examples.rs`).

mod common;
mod every;

use std::{collections::BTreeMap, sync::Arc};

use common::Leaves;
use every::{World, cases};

/// Also that no message reads an index or scans: the state that counts refuses both.
#[test]
fn declared_gas_covers_the_leaves_of_the_dearest_shape_and_little_else() {
    let world = World::new(300);
    let mut dearest = BTreeMap::new();
    for case in cases() {
        let leaves = Leaves::of(Arc::clone(&world.base), &world.block, case.origin, &*case.message)
            .unwrap_or_else(|failure| panic!("{} {}: {failure:?}", case.verb, case.shape));
        let (declared, needed) = (case.message.gas(), leaves.gas());
        assert!(declared >= needed, "{} {} declares {declared}: {leaves:?}", case.verb, case.shape);
        let used_percent: &mut u64 = dearest.entry(case.verb).or_default();
        *used_percent = needed.saturating_mul(100).div_euclid(declared).max(*used_percent);
    }
    for (verb, used_percent) in dearest {
        assert!(used_percent >= 80, "{verb} uses {used_percent} % of what it declares at most");
    }
}
