//! What messages declare, against the leaves that they touch, in the shapes that cost most. Whether a message declares
//! enough at all, its examples show (`app/tests/examples.rs`).

mod common;
mod every;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
};

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

/// What a formula of the table comes to for so many: `80,000 · n + 145,000`, `65,000 · (n + 1)`.
fn worked_out(formula: &str, n: u64) -> u64 {
    let formula = formula.replace(',', "").replace("(n + 1)", &(n + 1).to_string());
    let factor = |text: &str| match text.trim() {
        "n" => n,
        number => number.parse().unwrap_or_else(|_| panic!("'{number}' in '{formula}'")),
    };
    formula.split('+').map(|product| product.split('·').map(factor).product::<u64>()).sum()
}

/// Messages of a row of token/README's table, and every gas that it gives for up to 256 of what it counts.
fn row(line: &str) -> Option<(Vec<String>, BTreeSet<u64>)> {
    let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').collect();
    let [first, _, _, gas, _] = cells[..] else { return None };
    let verbs = format!("`{first}").split('`').skip(1).step_by(2).map(str::to_owned).collect();
    // What looks alike costs by the length of names.
    if gas.contains("skeleton") || first.contains("locks") || !gas.contains("000") {
        return None;
    }
    let formulas = gas.split(';').map(|part| part.split(':').next().unwrap());
    let formulas = formulas.map(|part| part.trim_start_matches(|letter: char| !letter.is_ascii_digit()));
    Some((verbs, formulas.flat_map(|formula| (0..=256).map(|n| worked_out(formula, n))).collect()))
}

#[test]
fn the_readme_says_what_messages_declare() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../token/README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let table =
        readme.split("| Message | Reads | Writes | Gas |").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut told: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for (verbs, gas) in table.lines().filter_map(row) {
        verbs.into_iter().for_each(|verb| told.entry(verb).or_default().extend(&gas));
    }
    let (mut held, mut wrong) = (BTreeSet::new(), Vec::new());
    for case in cases().into_iter().filter(|case| told.contains_key(case.verb)) {
        let gas = case.message.gas();
        held.insert(case.verb);
        if !told[case.verb].contains(&gas) {
            wrong.push(format!("{} {} takes {gas}", case.verb, case.shape));
        }
    }
    assert!(wrong.is_empty(), "the table does not say so: {wrong:#?}");
    assert!(held.len() > 25, "{held:?}");
}
