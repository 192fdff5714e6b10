//! Exit 0 means that this order was taken, once: whoever else orders, and whatever the way to the node loses.

mod common;

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::Child,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use chortle_client::rest::Rest;
use common::{DevChain, Home, Run, finish};
use serde_json::{Value, json};

const SUBMITTED: [&str; 4] = ["--wait", "submitted", "--output", "json"];

fn home_on(chain: &DevChain) -> Home {
    let home = Home::on(&chain.url);
    home.ok(&["keys", "add-dev"]);
    home
}

fn pay<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let order = ["send", "dev2", "1LOL", "--from", "dev1"];
    order.iter().chain(&SUBMITTED).chain(more).copied().collect()
}

fn hash(run: &Run) -> String {
    let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    answer["hash"].as_str().unwrap().to_owned()
}

/// The hashes of those that say success; every other run is an error.
fn successes(runs: Vec<Run>) -> Vec<String> {
    let mut hashes: Vec<String> = runs.iter().filter(|run| run.code == 0).map(hash).collect();
    let all = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), all, "two orders took one transaction for theirs");
    hashes
}

fn ended(children: Vec<Child>) -> Vec<Run> {
    children.into_iter().map(finish).collect()
}

/// dev2 has got one LOL for each, to the unit, and each is in a block.
fn paid(home: &Home, chain: &DevChain, hashes: &[String]) {
    for _ in 0..2 {
        chain.mine();
    }
    for hash in hashes {
        assert_eq!(home.json(&["query", "tx", hash])["status"], "included", "{hash}");
    }
    let whole = 1_000_000 + hashes.len();
    let held = home.json(&["balance", "dev2"])["items"][0]["amount"].clone();
    assert_eq!(held, json!(format!("{whole}000000000")), "{} orders were taken", hashes.len());
}

#[test]
fn equal_payments_in_a_row_are_as_many_payments() {
    let chain = DevChain::start(&["--manual"]);
    let home = home_on(&chain);
    let hashes = successes((0..5).map(|_| home.run(&pay(&[]))).collect());
    assert_eq!(hashes.len(), 5);
    paid(&home, &chain, &hashes);
}

#[test]
fn equal_payments_at_once_are_as_many_payments() {
    let chain = DevChain::start(&["--manual"]);
    let home = home_on(&chain);
    let hashes = successes(ended((0..4).map(|_| home.start(&pay(&[]))).collect()));
    assert_eq!(hashes.len(), 4);
    paid(&home, &chain, &hashes);
}

#[test]
fn unordered_payments_at_once_are_as_many_payments() {
    let chain = DevChain::start(&["--manual"]);
    let home = home_on(&chain);
    chain.mine();
    let mut runs = Vec::new();
    for _ in 0..4 {
        runs.extend(ended((0..5).map(|_| home.start(&pay(&["--unordered"]))).collect()));
    }
    let hashes = successes(runs);
    assert_eq!(hashes.len(), 20);
    paid(&home, &chain, &hashes);
}

#[test]
fn two_machines_with_one_key_never_share_a_payment() {
    let chain = DevChain::start(&["--manual"]);
    let homes = [home_on(&chain), home_on(&chain)];
    let start = |home: &Home| (0..3).map(|_| home.start(&pay(&[]))).collect::<Vec<_>>();
    let started: Vec<Child> = homes.iter().flat_map(start).collect();
    let hashes = successes(ended(started));
    assert_eq!(hashes.len(), 6);
    paid(&homes[0], &chain, &hashes);
}

/// A door before a node that loses the answers to so many transactions, after the node took them.
struct Swallowing {
    url: String,
    swallowed: Arc<AtomicUsize>,
}

impl Swallowing {
    fn before(chain: &DevChain, answers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (node, swallowed) = (chain.url.replace("http://", ""), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&swallowed);
        thread::spawn(move || {
            for stream in listener.incoming() {
                pass(stream.unwrap(), &node, &count, answers);
            }
        });
        Self { url, swallowed }
    }
}

/// One request, one answer, and the connection ends.
fn pass(mut stream: TcpStream, node: &str, swallowed: &AtomicUsize, answers: usize) {
    let request = one_request(&mut stream);
    let mut upstream = TcpStream::connect(node).unwrap();
    upstream.write_all(&request).unwrap();
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).unwrap();
    if request.starts_with(b"POST /v1/txs ") && swallowed.fetch_add(1, Ordering::SeqCst) < answers {
        stream.shutdown(Shutdown::Both).unwrap();
        return;
    }
    stream.write_all(&answer).unwrap();
}

/// A whole request, which asks to close the connection after it.
fn one_request(stream: &mut TcpStream) -> Vec<u8> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4_096]);
    loop {
        let read = stream.read(&mut buffer).unwrap();
        request.extend_from_slice(&buffer[..read]);
        let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        if request.len() >= end + 4 + length {
            let close = b"\r\nconnection: close";
            return request[..end].iter().chain(close).chain(&request[end..]).copied().collect();
        }
    }
}

#[test]
fn an_answer_that_is_lost_is_asked_for_and_nothing_is_paid_twice() {
    let chain = DevChain::start(&[]);
    let door = Swallowing::before(&chain, 1);
    let home = home_on(&chain).with_node(&door.url);
    let run = home.run(&pay(&[]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(door.swallowed.load(Ordering::SeqCst), 1, "it was asked for by its hash, not sent again");
    paid(&home, &chain, &[hash(&run)]);
}

fn until_it_waits(chain: &DevChain) {
    while chain.waiting() == 0 {
        thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_node_that_restarts_without_its_mempool_gets_the_same_bytes_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();
    let kept = ["--persist", "--manual", "--home", home];
    let chain = DevChain::start(&kept);
    // A home without a block begins anew.
    chain.mine();
    let address = chain.url.replace("http://", "");
    let client = home_on(&chain);
    let order = ["send", "dev2", "1LOL", "--from", "dev1", "--output", "json"];
    let waiting = client.start(&order);
    until_it_waits(&chain);
    drop(chain);
    let chain = DevChain::start_at(&address, &kept);
    until_it_waits(&chain);
    chain.mine();
    let run = finish(waiting);
    assert_eq!(run.code, 0, "{}", run.stderr);
    paid(&client, &chain, &[hash(&run)]);
}

#[test]
fn without_a_terminal_nothing_is_meant_that_does_not_say_so() {
    let home = Home::new();
    home.ok(&["keys", "add-dev"]);
    for order in
        [vec!["send", "dev1", "1LOL", "--from", "dev0"], vec!["tx", "staking", "unjail", "--from", "dev0"]]
    {
        let json: Vec<&str> = order.into_iter().chain(["--output", "json"]).collect();
        let run = home.run_unasked(&json);
        assert_eq!((run.code, run.error_name()), (64, "usage".to_owned()));
        assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    }
}

#[test]
fn what_would_be_refused_is_refused_before_it_costs() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    for (order, code) in [
        (vec!["send", "dev0", "1LOL", "--from", "dev0"], "token.3"),
        (vec!["tx", "staking", "unjail", "--from", "dev0"], "staking.3"),
    ] {
        let json: Vec<&str> = order.into_iter().chain(["--output", "json"]).collect();
        let run = home.run(&json);
        assert_eq!((run.code, run.error_code().as_str()), (1, code), "{}", run.stderr);
    }
    assert_eq!(home.json(&["status"])["height"], 0, "nothing was sent");
}

/// A server that sends whoever asks it to another address.
fn signpost(to: SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let path = String::from_utf8(one_request(&mut stream)).unwrap();
            let path = path.split(' ').nth(1).unwrap();
            let head = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{to}{path}");
            write!(stream, "{head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        }
    });
    url
}

#[test]
fn an_order_goes_nowhere_else_because_a_node_says_so() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let to = elsewhere.local_addr().unwrap();
    let rest = Rest::at(&signpost(to)).unwrap();
    let told = [
        rest.submit(b"an order", true).err(),
        rest.simulate(b"an order").err(),
        rest.status().err(),
        rest.stream(&[], "0.0").err(),
    ];
    for error in told {
        let error = error.expect("it is no answer");
        assert_eq!(error.name, "strange_answer");
        assert!(error.sentence.contains(&to.to_string()), "{error}");
        assert!(error.may_have_arrived(), "what the first node did with it, nobody knows");
    }
    assert!(elsewhere.accept().is_err(), "nothing came there");
}
