//! Holders pass an upgrade, and every node changes its program at that height: in time, late, after a wrong file, and
//! through `kill -9` on both sides of it.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chortle_app::params::Params;
use chortle_kernel::codec;
use chortle_kernel::state::Item;
use chortle_node::upgrade::{hash_of, platform};
use chortle_testkit::genesis::operator;
use chortle_testkit::network::brisk;
use chortle_testkit::next::{BLOCKS, MIGRATIONS, MORE_HOOK_GAS, NAME};
use chortle_testkit::node::{Node, chortled, program};
use chortle_testkit::process::{tail, wait_until};
use chortle_testkit::{Account, Network, Options};
use serde_json::{Value, json};

use crate::attest::read;
use crate::governance::{propose, raw, succeed, vote, wait_for_stage};
use crate::staking::LOL;
use crate::{SOON, turn};

/// Time until the height of the plan: a vote and its delay lie before it.
const UNTIL_HEIGHT: Duration = Duration::from_secs(300);
/// Blocks from the proposal to the height.
const AHEAD_BLOCKS: u64 = 300;
/// What a program ends with that must not go on.
const EXIT_UPGRADE: Option<i32> = Some(80);
/// Where cosmovisor looks, and where a home of ours does.
const FOLDERS: [&str; 2] = ["upgrades", "cosmovisor/upgrades"];

fn next() -> PathBuf {
    program("CHORTLED_NEXT", "chortled-next").expect("the next program is built")
}

/// Puts a program where a node looks for that of the upgrade.
fn place(node: &Node, folder: &str, program: &Path) {
    let bin = node.home.join(folder).join(NAME).join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let place = bin.join("chortled");
    if place.exists() {
        std::fs::remove_file(&place).unwrap();
    }
    symlink(program, place).unwrap();
}

/// Four validators that decide within seconds, by a plan that may be near.
async fn network(proposer: &Account) -> Network {
    let rules = json!({
        "constitution": { "voting_min_ms": 1_000, "delay_min_ms": 1_000 },
        "params": {
            "deposit_base": (10 * LOL).to_string(),
            "voting_ms": 24_000, "expedited_voting_ms": 10_000, "late_ms": 0,
            "params_delay_ms": 2_000, "treasury_delay_ms": 2_000, "act_delay_ms": 2_000,
        },
    });
    let options = Options {
        validators: 4,
        funded: vec![proposer.address],
        staking: Value::Null,
        governance: rules,
        tune: brisk,
        comet_binary: None,
        check_invariants: true,
    };
    let near = |document: &mut chortle_genesis::Document| {
        document.app_state["upgrade"]["params"]["notice_blocks"] = 2.into();
    };
    Network::with_genesis(options, near).await.expect("the network starts")
}

async fn number(node: &Node, item: Item<u64>, height: u64) -> Option<u64> {
    read(node, item.key(), height).await.map(|bytes| codec::decode(&bytes).expect("a number"))
}

/// Runs a program to its end on a home; what it said, and how it ended.
fn run(program: &Path, args: &[&str], home: &Path) -> (Option<i32>, String) {
    let output = Command::new(program).args(args).arg("--home").arg(home).output().expect("it runs");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), said.concat())
}

async fn ends(network: &mut Network, at: usize) -> String {
    let node = network.node_mut(at).unwrap();
    let code = node.wait_for_exit(UNTIL_HEIGHT).await.expect("it ends");
    let said = tail(&node.log(), 6);
    assert_eq!(code, EXIT_UPGRADE, "node {at}: {said}");
    said
}

/// Waits until a node is the new program: the same process, another file.
async fn hands_over(network: &Network, at: usize) {
    let new = std::fs::canonicalize(next()).unwrap();
    let node = network.node(at).unwrap();
    let is_new = async || {
        let own = node.app_pid().map(|pid| std::fs::read_link(format!("/proc/{pid}/exe")));
        own.is_some_and(|own| own.is_ok_and(|own| own == new))
    };
    let waited = wait_until(&format!("node {at} is the new program"), UNTIL_HEIGHT, is_new).await;
    assert!(waited.is_ok(), "{waited:?}: {}", tail(&node.log(), 20));
}

/// Has holders plan the upgrade, and answers its height.
async fn plan(network: &Network, proposer: &Account) -> u64 {
    let height = network.height().await + AHEAD_BLOCKS;
    let binaries = json!([{ "platform": platform(), "sha256": hash_of(&next()).unwrap() }]);
    let plan =
        json!({ "name": NAME, "height": height, "binaries": binaries, "info": "https://example.org/next" });
    let id = propose(network, 0, proposer, vec![raw("upgrade", "schedule_upgrade", plan.clone())]).await;
    wait_for_stage(network, 0, id, "voting").await;
    for one in 0..3 {
        succeed(network, one, &operator(one), vote(id, 10_000)).await;
    }
    wait_for_stage(network, 0, id, "executed").await;
    let shown = network.nodes[0].rest("/v1/upgrade/plan").await.expect("the node answers");
    assert_eq!(shown["plan"], plan, "{shown}");
    height
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_passed_changes_every_program_once_though_one_is_late_and_one_has_the_wrong_file() {
    let _turn = turn().await;
    upgrades_once().await;
}

pub(crate) async fn upgrades_once() {
    let proposer = Account::of_seed("proposer", 0);
    let mut network = network(&proposer).await;
    refuses_to_be_early(&mut network).await;
    let height = plan(&network, &proposer).await;
    place(&network.nodes[0], FOLDERS[0], &next());
    place(&network.nodes[1], FOLDERS[1], &next());
    place(&network.nodes[2], FOLDERS[0], &chortled().unwrap());
    tells_what_is_wrong_and_what_is_missing(&mut network, height).await;
    goes_on_through_kills_on_both_sides(&mut network, height).await;

    place(&network.nodes[3], FOLDERS[0], &next());
    let (code, said) = run(&chortled().unwrap(), &["doctor"], &network.nodes[3].home);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("is in place, with the right hash"), "{said}");
    network.node_mut(3).unwrap().start().expect("the late one starts");
    hands_over(&network, 3).await;

    // Who begins at genesis goes through both programs too.
    let fifth = network.add_full_node().expect("a fifth node");
    place(&network.nodes[fifth], FOLDERS[0], &next());
    let reached = network.wait_for_progress(3, UNTIL_HEIGHT).await.expect("all five go on");
    hands_over(&network, fifth).await;
    for node in &network.nodes {
        was_migrated_once(node, height, reached).await;
    }
    network.agree_up_to(reached).await.expect("nobody forked");
    wait_until("a block more", SOON, async || network.height().await > reached).await.expect("it goes on");
}

/// On a home that has blocks: nothing is begun, and the old program goes on.
async fn refuses_to_be_early(network: &mut Network) {
    network.node_mut(3).unwrap().stop().await.expect("it stops");
    let (code, said) = run(&next(), &["start"], &network.nodes[3].home);
    assert_eq!(code, EXIT_UPGRADE, "{said}");
    assert!(said.contains("this program is for upgrade next, to which the chain has not come"), "{said}");
    network.node_mut(3).unwrap().start().expect("the old program goes on");
}

/// Node 2 has another file, node 3 none.
async fn tells_what_is_wrong_and_what_is_missing(network: &mut Network, height: u64) {
    let wrong = ends(network, 2).await;
    assert!(wrong.contains("is not the program of upgrade next: its SHA-256 is"), "{wrong}");
    assert!(wrong.contains(&hash_of(&next()).unwrap()), "it says what it wants: {wrong}");
    let late = ends(network, 3).await;
    assert!(late.contains(&format!("upgrade next begins at height {height}")), "{late}");
    assert!(late.contains("the program of upgrade next is not in place"), "{late}");
    assert!(late.contains("upgrades/next/bin/chortled"), "it says where: {late}");

    let home = &network.nodes[3].home;
    let told = std::fs::read_to_string(home.join("data/upgrade-info.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["name"], &told["height"]), (&json!(NAME), &json!(height)), "as cosmovisor reads it");
    let old = chortled().unwrap();
    let (code, said) = run(&old, &["doctor"], home);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("the program of upgrade next is not in place"), "{said}");
    // Left to others, it ends at once; a supervisor has nothing to try again.
    let (code, said) = run(&old, &["start", "--no-handover"], home);
    assert_eq!(code, EXIT_UPGRADE, "{said}");
}

/// Two of four are no quorum, so the height stands still until node 2 has the right file.
async fn goes_on_through_kills_on_both_sides(network: &mut Network, height: u64) {
    hands_over(network, 0).await;
    hands_over(network, 1).await;
    network.node_mut(0).unwrap().kill_both().await.expect("it dies before the height");
    network.node_mut(0).unwrap().start().expect("the old program starts");
    hands_over(network, 0).await;
    place(&network.nodes[2], FOLDERS[0], &next());
    network.node_mut(2).unwrap().start().expect("the old program starts");
    hands_over(network, 2).await;
    for at in 0..3 {
        network.node(at).unwrap().wait_for_height(height, UNTIL_HEIGHT).await.expect("three go on");
    }
    network.node_mut(1).unwrap().kill_both().await.expect("it dies after the height");
    network.node_mut(1).unwrap().start().expect("the old program starts");
    hands_over(network, 1).await;
}

/// Old blocks by old rules, new ones by new, and the state in between made once.
async fn was_migrated_once(node: &Node, height: u64, reached: u64) {
    assert_eq!(number(node, MIGRATIONS, height - 1).await, None, "{}", node.name);
    assert_eq!(number(node, MIGRATIONS, reached).await, Some(1), "{}", node.name);
    assert_eq!(number(node, BLOCKS, reached).await, Some(reached - height + 1), "{}", node.name);
    let applied = node.rest("/v1/upgrade/applied").await.expect("the node answers");
    assert_eq!(applied["items"][0]["name"], NAME, "{applied}");
    assert_eq!(applied["items"][0]["height"], height, "{applied}");
    let hook_gas = Params::default().hook_gas_max;
    for (at, expected) in [(height - 1, hook_gas), (height, hook_gas + MORE_HOOK_GAS)] {
        let params = node.rest(&format!("/v1/app/params?height={at}")).await.expect("the node answers");
        assert_eq!(params["hook_gas_max"], expected, "{} at {at}: {params}", node.name);
    }
}
