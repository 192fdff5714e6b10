//! A process that commits heights is killed at random moments, again and again, in one home. After each kill
//! the store holds some whole height: its root, its content, its history and its results are those of a model
//! recomputed from the height alone, and no acknowledged height is lost.
//!
//! This binary is its own child, so it brings its own `main`.
#![allow(missing_docs)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chortle_store::{BlockResults, Store};
use common::{Seeded, State, all, apply, identity, naive_root, options, results};

const KILLS: u64 = 60;
const RETAIN_BLOCKS: u64 = 4;
/// The child lives for up to this long: from inside opening the store to some hundred heights later.
const LIFE_MS_MAX: u64 = 160;
const CHILD: &str = "child-of-the-crash-test";

fn writes_of(height: u64) -> chortle_store::Writes {
    let mut seeded = Seeded(height);
    let mut writes = seeded.writes(60);
    writes.insert(b"height".to_vec(), Some(height.to_be_bytes().to_vec()));
    writes
}

fn results_of(height: u64) -> BlockResults {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&height.to_be_bytes());
    results(&[height as u8; 300], &[hash])
}

/// Commits heights until it is killed, and says each one after it is committed.
fn child(home: &Path) {
    let store = Store::open(home, options(RETAIN_BLOCKS)).unwrap();
    if store.committed().is_none_or(|committed| !committed.has_block()) {
        store.init_genesis(&identity(), 1, writes_of(0)).unwrap();
    }
    let mut out = std::io::stdout();
    loop {
        let height = store.committed().unwrap().height + 1;
        let staged = store.stage(height, writes_of(height)).unwrap();
        store.commit(staged, Some(results_of(height))).unwrap();
        writeln!(out, "{height}").unwrap();
        out.flush().unwrap();
    }
}

/// Runs a child for a while, kills it, and gives the last height that it said.
fn run_and_kill(home: &Path, life: Duration) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([CHILD, home.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let said = std::thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).last());
    std::thread::sleep(life);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert!(status.code().is_none(), "the child ended by itself: {complaint}");
    said.join().unwrap().and_then(|line| line.parse().ok())
}

fn check(home: &Path, states: &mut Vec<State>, said: Option<u64>) -> u64 {
    let store = Store::open(home, options(RETAIN_BLOCKS)).unwrap();
    let Some(committed) = store.committed() else {
        assert_eq!(said, None, "the first heights are lost");
        assert_eq!(all(&store.latest()), State::new());
        return 0;
    };
    let height = committed.height;
    assert!(said.is_none_or(|said| said <= height && height <= said + 1), "said {said:?}, found {height}");
    while states.len() as u64 <= height {
        let next = writes_of(states.len() as u64);
        states.push(apply(&states[states.len() - 1], &next));
    }
    assert_eq!(committed.app_hash, naive_root(&states[height as usize]));
    assert_eq!(store.earliest_height(), (height + 1).saturating_sub(RETAIN_BLOCKS));
    for past in store.earliest_height()..=height {
        assert_eq!(all(&store.at(past).unwrap()), states[past as usize], "height {past} of {height}");
        assert_eq!(store.app_hash(past).unwrap(), naive_root(&states[past as usize]));
        assert!(store.prove(b"height", past).unwrap().value.is_some());
    }
    for past in 1..=height {
        assert_eq!(store.block_results(past).unwrap(), Some(results_of(past)), "height {past} of {height}");
    }
    let next = results_of(height + 1);
    assert_eq!(store.block_results(height + 1).unwrap(), None);
    assert_eq!(store.tx_location(&next.txs[0].hash).unwrap(), None);
    height
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, mode, home] = args.as_slice()
        && mode == CHILD
    {
        return child(Path::new(home));
    }
    let begun = Instant::now();
    let home = tempfile::tempdir().unwrap();
    let mut states = vec![as_state(0)];
    let mut seeded = Seeded(77);
    let (mut height, mut in_commit) = (0, 0);
    for kill in 0..KILLS {
        let said = run_and_kill(home.path(), Duration::from_millis(seeded.below(LIFE_MS_MAX)));
        let found = check(home.path(), &mut states, said);
        assert!(found >= height, "height {height} was there before kill {kill}, now it is {found}");
        in_commit += u64::from(said.is_some_and(|said| said < found));
        height = found;
    }
    assert!(height > KILLS, "only {height} heights in {KILLS} lives: the test shows too little");
    println!(
        "{KILLS} kills, {height} heights, {in_commit} found committed though not yet said, {:.1} s",
        begun.elapsed().as_secs_f64()
    );
}

fn as_state(height: u64) -> State {
    apply(&State::new(), &writes_of(height))
}
