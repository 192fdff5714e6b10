//! The binary against a real dev chain: keys to receipts.

mod common;

use common::{DevChain, Home};
use serde_json::Value;

fn home_on(chain: &DevChain) -> Home {
    let home = Home::on(&chain.url);
    home.ok(&["keys", "add-dev"]);
    home
}

fn display(home: &Home, who: &str, asset: &str) -> String {
    let page = home.json(&["balance", who]);
    let found = page["items"].as_array().unwrap().iter().find(|item| item["asset"] == asset).cloned();
    found.map_or_else(|| "none".to_owned(), |item| item["display"].as_str().unwrap().to_owned())
}

#[test]
fn a_token_is_created_minted_sent_burned_and_read_back() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let create = [
        "tx",
        "token",
        "create-asset",
        "--symbol",
        "GIGGLE",
        "--name",
        "Giggle",
        "--decimals",
        "6",
        "--supply",
        "1000",
        "--cap",
        "5000.5",
        "--minter",
        "admin",
        "--from",
        "dev0",
    ];
    let created = home.json(&create);
    assert_eq!(created["status"], "included");
    let events = created["receipt"]["events"].as_array().unwrap();
    let event = events.iter().find(|event| event["kind"] == "token.asset_created").unwrap();
    let asset = event["fields"]["asset"].as_str().unwrap().to_owned();
    assert_eq!(event["fields"]["cap"], "5000500000");

    let full = format!("GIGGLE#{asset}");
    home.ok(&["tx", "token", "mint", "--to", "dev0", "--coin", &format!("0.5{full}"), "--from", "dev0"]);
    home.ok(&["send", "dev1", &format!("100.25 {full}"), "--from", "dev0"]);
    home.ok(&["tx", "token", "burn", "--coin", &format!("0.25{full}"), "--from", "dev1"]);
    let (one, two) = ("dev1=1", "dev2=2.5");
    home.ok(&[
        "tx",
        "token",
        "multi-transfer",
        "--asset",
        &full,
        "--recipient",
        one,
        "--recipient",
        two,
        "--from",
        "dev0",
    ]);
    assert_eq!(display(&home, "dev1", &asset), format!("101 {full}"));
    assert_eq!(display(&home, "dev2", &asset), format!("2.5 {full}"));
    let shown = home.json(&["query", "token", "show", &full]);
    assert_eq!(shown["supply_display"], format!("1000.25 {full}"));
    let past = home.json(&["query", "token", "supply", &asset, "--height", "1"]);
    assert_eq!(past["display"], format!("1000 {full}"));
    let hash = created["hash"].as_str().unwrap();
    assert_eq!(home.json(&["query", "tx", hash])["height"], 1);
    assert_eq!(home.json(&["query", "block", "1"])["height"], 1);
}

#[test]
fn a_transaction_read_back_says_who_sent_what() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let sent = home.json(&["send", "dev1", "5LOL", "--from", "dev0", "--memo", "gm"]);
    let hash = sent["hash"].as_str().unwrap();
    let address = |name: &str| home.json(&["keys", "show", name])["address"].as_str().unwrap().to_owned();
    let shown = home.ok(&["query", "tx", hash, "--output", "table"]);
    for line in [
        "status   included".to_owned(),
        format!("from     dev0 ({})", address("dev0")),
        format!(
            "message  token.transfer coin={{\"amount\":\"5000000000\",\"asset\":\"0\"}} to={}",
            address("dev1")
        ),
        "memo     gm".to_owned(),
    ] {
        assert!(shown.lines().any(|found| found == line), "{line}\n{shown}");
    }
    let latest = home.json(&["query", "block", "latest"]);
    assert_eq!(latest["height"], home.json(&["status"])["height"]);
    let run = home.run(&["query", "block", "newest"]);
    assert!(run.code == 64 && run.stderr.contains("or latest"), "{}", run.stderr);
}

#[test]
fn a_table_keeps_to_the_width_and_says_what_it_left_out() {
    let home = Home::new();
    home.ok(&["keys", "add-dev"]);
    let narrow = home.run_within(80, &["keys", "list", "--output", "table"]);
    assert!(narrow.stdout.lines().all(|line| line.chars().count() <= 80), "{}", narrow.stdout);
    assert_eq!(narrow.stderr, "left out by width: address hex; --output json has all\n");
    let wide = home.run(&["keys", "list", "--output", "table"]);
    assert!(wide.stdout.contains("ADDRESS HEX") && wide.stderr.is_empty(), "{}", wide.stdout);
}

#[test]
fn a_usage_error_shows_the_usage_and_no_option_that_is_merely_set() {
    let run = Home::new().run(&["send", "dev1", "--tip", "3"]);
    assert_eq!(run.code, 64);
    let usage = run.stderr.lines().find(|line| line.starts_with("Usage:"));
    assert_eq!(usage, Some("Usage: chortle send [OPTIONS] <TO> <COIN>"), "{}", run.stderr);
}

#[test]
fn a_dev_chain_is_driven_by_the_command_line() {
    let chain = DevChain::start(&["--manual"]);
    let home = home_on(&chain);
    assert_eq!(home.json(&["dev", "mine"])["height"], 1);
    assert_eq!(home.json(&["dev", "mine", "9"])["height"], 10);
    let before = home.json(&["dev", "snapshot"]);
    let time_unix_ms = |home: &Home| home.json(&["status"])["time_unix_ms"].as_u64().unwrap();
    let then = time_unix_ms(&home);
    assert_eq!(home.json(&["dev", "time", "30d"])["height"], 11);
    assert!(time_unix_ms(&home) >= then + 30 * 86_400_000);
    home.ok(&["dev", "time", "2090-01-31"]);
    assert_eq!(time_unix_ms(&home), 3_789_504_000_000);
    let back = home.run(&["dev", "time", "2020-01-31", "--output", "json"]);
    assert_eq!(back.code, 1, "{}", back.stderr);
    assert_eq!(home.json(&["dev", "revert", &before["snapshot"].to_string()])["height"], 10);
    assert_eq!(time_unix_ms(&home), then);
    assert_eq!(home.json(&["dev", "mode", "instant"])["mode"], "instant");
    home.ok(&["send", "dev1", "1LOL", "--from", "dev0"]);
    for wrong in [["mine", "0"], ["mine", "1001"], ["time", "soon"], ["mode", "often"], ["revert", "x"]] {
        assert_eq!(home.run(&["dev", wrong[0], wrong[1]]).code, 64, "{wrong:?}");
    }
    assert_eq!(home.run(&["dev", "revert", "99"]).code, 1);
}

#[test]
fn a_wrong_symbol_never_picks_another_asset() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let run = home.run(&["send", "dev1", "1DOGE#0", "--from", "dev0", "--output", "json"]);
    assert_eq!((run.code, run.error_name()), (64, "usage".to_owned()));
    let run = home.run(&["send", "dev1", "1DOGE#99", "--from", "dev0"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
}

#[test]
fn a_dry_run_shows_the_changes_and_sends_nothing() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let shown = home.json(&["send", "dev1", "5LOL", "--from", "dev0", "--dry-run"]);
    let fee: i64 = shown["receipt"]["fee"].as_str().unwrap().parse().unwrap();
    assert!(fee > 0);
    let change = |name: &str| -> i64 {
        let address = home.json(&["keys", "show", name])["address"].clone();
        let changes = shown["balance_changes"].as_array().unwrap();
        let change = changes.iter().find(|change| change["address"] == address).unwrap();
        let read = |field: &str| change[field].as_str().unwrap().parse::<i64>().unwrap();
        read("after") - read("before")
    };
    assert_eq!(change("dev0"), -5_000_000_000 - fee);
    assert_eq!(change("dev1"), 5_000_000_000);
    let table = home.run(&["send", "dev1", "5LOL", "--from", "dev0", "--dry-run", "--output", "table"]);
    assert!(table.stdout.contains("1000005 LOL"), "{}", table.stdout);
    assert_eq!(home.json(&["status"])["height"], 0);
}

#[test]
fn refusals_carry_the_chains_code_and_exit_1() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let all = ["send", "dev1", "2000000LOL", "--from", "dev0", "--output", "json"];
    let run = home.run(&all);
    assert_eq!((run.code, run.error_code()), (1, "token.1".to_owned()));
    assert_eq!(
        (run.stdout.as_str(), home.json(&["status"])["height"].clone()),
        ("", 0.into()),
        "nothing was sent"
    );
    let all_the_same: Vec<&str> = all.into_iter().chain(["--no-preflight"]).collect();
    let run = home.run(&all_the_same);
    assert_eq!((run.code, run.error_code()), (1, "token.1".to_owned()));
    let failed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(failed["status"], "failed");
    let fields = &run.error()["fields"];
    assert!(fields["account"].is_string() && fields["need"].is_string(), "{fields}");
    assert_eq!(&failed["receipt"]["error"]["fields"], fields, "the receipt's fields reach the caller");
    let cheap = ["send", "dev1", "1LOL", "--from", "dev0", "--gas-price-max", "0", "--output", "json"];
    let run = home.run(&cheap);
    assert_eq!((run.code, run.error_code()), (1, "app.8".to_owned()));
    home.ok(&["keys", "add", "poor"]);
    let run = home.run(&["send", "dev1", "1LOL", "--from", "poor", "--output", "json"]);
    assert_eq!((run.code, run.error_code()), (1, "app.10".to_owned()));
    home.ok(&["send", "dev1", "1LOL", "--from", "dev0"]);
    let run = home.run(&["send", "dev1", "1LOL", "--from", "dev0", "--sequence", "0", "--output", "json"]);
    assert_eq!((run.code, run.error_code()), (1, "app.5".to_owned()));
    let fields = run.error()["fields"].clone();
    assert_eq!((&fields["found"], &fields["next"]), (&"0".into(), &"2".into()));
}

#[test]
fn a_sequence_that_was_taken_meanwhile_is_signed_anew() {
    // No block is made, so the account still shows sequence 0 while the mempool holds it already.
    let chain = DevChain::start(&["--manual"]);
    let home = home_on(&chain);
    let first = home.json(&["send", "dev1", "1LOL", "--from", "dev0", "--wait", "submitted"]);
    assert_eq!(first["status"], "pending");
    let again = home.json(&["send", "dev1", "1LOL", "--from", "dev0", "--wait", "submitted"]);
    assert_ne!(again["hash"], first["hash"], "the same once more is another transaction");
    let second = home.run(&["send", "dev1", "2LOL", "--from", "dev0", "--wait", "submitted"]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert!(second.stderr.contains("sequence 2"), "{}", second.stderr);
    let late =
        home.run(&["tx", "wait", first["hash"].as_str().unwrap(), "--timeout", "50ms", "--output", "json"]);
    assert_eq!((late.code, late.error_name()), (2, "timed_out".to_owned()));
}

#[test]
fn unordered_transactions_another_payer_and_ed25519_keys_work() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    home.ok(&["keys", "add", "eddie", "--kind", "ed25519"]);
    // A fresh dev chain has no time before its first block, and an unordered transaction is judged by it.
    home.ok(&["send", "dev1", "1LOL", "--from", "dev0"]);
    home.ok(&["send", "eddie", "3LOL", "--from", "dev0", "--unordered", "--memo", "gm", "--tip", "2"]);
    assert_eq!(display(&home, "eddie", "0"), "3 LOL");
    home.ok(&["send", "dev1", "3LOL", "--from", "eddie", "--fee-payer", "dev2", "--memo", "back"]);
    assert_eq!(display(&home, "eddie", "0"), "none");
}

#[test]
fn a_file_built_and_signed_apart_is_broadcast() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let [list, built] = ["list", "built"].map(|name| home.file(name));
    let to = home.json(&["keys", "show", "dev1"])["address"].clone();
    let coin = serde_json::json!({ "asset": "0", "amount": "1000000000" });
    let messages = serde_json::json!([
        { "module": "token", "message": "transfer", "body": { "to": to, "coin": coin } },
        { "module": "token", "message": "burn", "body": { "coin": coin } },
    ]);
    std::fs::write(&list, messages.to_string()).unwrap();
    home.ok(&["tx", "build", "--messages", &list, "--from", "dev0", "--out", &built]);
    home.ok(&["tx", "sign", &built, "--out", &built]);
    assert_eq!(home.json(&["tx", "broadcast", &built])["status"], "included");
    assert_eq!(
        home.json(&["tx", "broadcast", &built])["status"],
        "included",
        "sending again changes nothing"
    );
    assert_eq!(display(&home, "dev1", "0"), "1000001 LOL");
}

/// A plan of dev0 for two accounts, in a file.
fn planned(home: &Home) -> String {
    let [list, plan] = ["list.csv", "plan.json"].map(|name| home.file(name));
    std::fs::write(&list, "dev1,1\ndev2,2.5\n").unwrap();
    std::fs::write(&plan, home.ok(&["airdrop", "plan", &list, "--asset", "LOL", "--sponsor", "dev0"]))
        .unwrap();
    plan
}

#[test]
fn an_airdrop_is_opened_by_its_sponsor_alone_and_paid_out() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let plan = planned(&home);
    let run = home.run(&["airdrop", "open", &plan, "--from", "dev1", "--yes", "--output", "json"]);
    assert_eq!((run.code, run.error_name()), (64, "usage".to_owned()), "{}", run.stderr);
    assert!(run.stderr.contains("sponsor"), "{}", run.stderr);
    // The chain says the same to whoever goes around the plan.
    let body = home.file("body.json");
    std::fs::write(&body, home.ok(&["airdrop", "open", &plan, "--body"])).unwrap();
    let run =
        home.run(&["tx", "airdrop", "create-airdrop", "--json", &body, "--from", "dev1", "--output", "json"]);
    assert_eq!((run.code, run.error_code()), (1, "airdrop.12".to_owned()), "{}", run.stderr);
    assert_eq!(home.json(&["status"])["height"], 0, "nothing moved");
    assert_eq!(home.json(&["airdrop", "open", &plan, "--yes"])["status"], "included");
    let claim = ["airdrop", "claim", &plan, "dev2", "--airdrop", "1", "--from", "dev1", "--yes"];
    assert_eq!(home.json(&claim)["status"], "included");
    assert_eq!(display(&home, "dev2", "0"), "1000002.5 LOL");
}

#[test]
fn a_plan_whose_parts_disagree_is_refused() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let plan = planned(&home);
    let text = std::fs::read_to_string(&plan).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    for (field, value) in
        [("salt", 2.into()), ("total", "1".into()), ("sponsor", whole["recipients"][0]["account"].clone())]
    {
        let mut changed = whole.clone();
        changed[field] = value;
        std::fs::write(&plan, changed.to_string()).unwrap();
        let run = home.run(&["airdrop", "open", &plan, "--yes", "--output", "json"]);
        assert_eq!((run.code, run.error_name()), (64, "usage".to_owned()), "{field}");
        assert!(run.stderr.contains("do not agree"), "{}", run.stderr);
    }
}

#[test]
fn one_account_under_two_spellings_is_refused_where_it_stands() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let shown = home.json(&["keys", "show", "dev1"]);
    let [bech32, hex] = ["address", "address_hex"].map(|name| shown[name].as_str().unwrap().to_owned());
    let list = home.file("list.csv");
    for (first, second) in [(&bech32, &hex), (&"dev1".to_owned(), &bech32), (&hex, &hex.to_lowercase())] {
        std::fs::write(&list, format!("{first},1\ndev2,1\n{second},1\n")).unwrap();
        let run =
            home.run(&["airdrop", "plan", &list, "--asset", "LOL", "--sponsor", "dev0", "--output", "json"]);
        assert_eq!((run.code, run.error_name()), (64, "usage".to_owned()), "{first} {second}");
        assert!(run.stderr.contains("line 3: ") && run.stderr.contains("line 1"), "{}", run.stderr);
    }
}

#[test]
fn a_plan_of_many_is_larger_than_a_megabyte_and_opens() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let [list, plan] = ["list.csv", "plan.json"].map(|name| home.file(name));
    let lines: String = (1..=20_000).map(|number| format!("0x{number:040x},0.000000001\n")).collect();
    std::fs::write(&list, lines).unwrap();
    std::fs::write(&plan, home.ok(&["airdrop", "plan", &list, "--asset", "LOL", "--sponsor", "dev0"]))
        .unwrap();
    assert!(std::fs::metadata(&plan).unwrap().len() > 1 << 20);
    assert_eq!(home.json(&["airdrop", "open", &plan, "--yes"])["status"], "included");
}

#[test]
fn a_limit_of_a_new_asset_is_in_its_own_units() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let create = |amount| {
        let all = [
            "tx",
            "token",
            "create-asset",
            "--template",
            "fair",
            "--symbol",
            "FAIR",
            "--name",
            "Fair",
            "--decimals",
            "2",
            "--supply",
            "1000000",
            "--limits-max-transfer-amount",
            amount,
            "--limits-max-transfer-lasts-blocks",
            "9",
            "--tax-max-fee",
            "5",
            "--from",
            "dev0",
            "--output",
            "json",
        ];
        home.run(&all)
    };
    assert_eq!(create("10000LOL").code, 64, "an asset's limit is in no other asset");
    assert_eq!(create("10000").code, 0);
    let rules = home.json(&["query", "token", "show", "1000000000"])["rules"].clone();
    assert_eq!(rules["limits"]["max_transfer"]["amount"], "1000000");
    assert_eq!(rules["tax"]["max_fee"], "500");
}
