//! `chortle gov` against a real dev chain: from a template to what it did, and every wrong turn on the way.

mod common;

use std::fs;

use common::{DevChain, Home, golden};
use serde_json::{Value, json};

/// A home with accounts of development.
fn home_on(chain: &DevChain) -> Home {
    let home = Home::on(&chain.url);
    home.ok(&["keys", "add-dev", "--count", "4"]);
    home
}

fn file(home: &Home, name: &str, text: &str) -> String {
    let path = home.file(name);
    fs::write(&path, text).unwrap();
    path
}

fn proposal(home: &Home, changes: &str) -> String {
    let text = format!("title = \"Dearer gas\"\nsummary = \"Why.\"\n\n[params.\"app/params\"]\n{changes}\n");
    file(home, "proposal.toml", &text)
}

fn stage(home: &Home, number: &str) -> String {
    home.json(&["gov", "show", number])["record"]["stage"].as_str().unwrap().to_owned()
}

/// Gives an account stake with the only validator.
fn delegate(home: &Home, from: &str, amount: &str) {
    let validators = home.json(&["query", "staking", "validators"]);
    let operator = validators["items"][0]["operator"].as_str().unwrap().to_owned();
    home.ok(&["tx", "staking", "delegate", "--validator", &operator, "--amount", amount, "--from", from]);
}

/// Submits with the whole deposit, and begins the vote.
fn voted_on(home: &Home, file: &str) {
    home.ok(&["gov", "submit", file, "--from", "dev0"]);
    home.ok(&["dev", "mine"]);
}

#[test]
fn a_template_of_every_kind_holds_as_it_stands() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let mut text = String::new();
    for (args, refused) in [
        (vec!["text"], None),
        (vec!["params"], None),
        (vec!["params", "app/params"], None),
        (vec!["spend"], Some("insufficient_balance")),
        (vec!["pause"], None),
        (vec!["unpause"], Some("nothing_paused")),
        (vec!["message", "token.transfer"], None),
        (vec!["message", "staking.edit-validator"], Some("")),
    ] {
        let page = home.ok(&[&["gov", "template"][..], args.as_slice()].concat());
        let path = file(&home, "template.toml", &page);
        let run = home.run(&["gov", "validate", &path, "--output", "json"]);
        assert_ne!(run.code, 64, "{args:?}: {}{}", run.stdout, run.stderr);
        match refused {
            None => assert!(run.code == 0 || args[0] == "message", "{args:?}: {}", run.stderr),
            Some(name) => {
                assert!(run.code == 1 && run.error_name().contains(name), "{args:?}: {}", run.stderr)
            }
        }
        if args.len() == 1 || args[1] == "app/params" {
            text.push_str(&format!("$ chortle gov template {}\n{page}\n", args.join(" ")));
        }
    }
    golden("templates.txt", &text);
}

#[test]
fn a_value_of_a_template_is_a_change_once_its_comment_is_gone() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let page = home.ok(&["gov", "template", "params"]);
    // Every set of parameters with the value of today: it changes nothing, and all of it is read.
    let bare: Vec<&str> = page
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.split(' ').nth(1) == Some("=") => rest,
            _ => line,
        })
        .collect();
    assert!(bare.len() > 60);
    let path = file(&home, "all.toml", &bare.join("\n"));
    let told = home.json(&["gov", "validate", &path]);
    assert_eq!((&told["execution"]["params"], &told["execution"]["error"]), (&json!([]), &Value::Null));
    let other = bare
        .join("\n")
        .replace("gas_price_min = 1\n", "gas_price_min = 3\n")
        .replace("epoch_ms = \"1d\"", "epoch_ms = \"12h\"");
    let told = home.json(&["gov", "validate", &file(&home, "two.toml", &other)]);
    let names: Vec<_> =
        told["execution"]["params"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["epoch_ms", "gas_price_min"], "{told}");
}

#[test]
fn a_dry_run_says_old_and_new_and_leaves_nothing() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let path = proposal(&home, "gas_price_min = 3\nepoch_ms = \"12h\"");
    let told = home.json(&["gov", "submit", &path, "--from", "dev0", "--dry-run"]);
    let changes = &told["execution"]["params"];
    let epoch = json!({ "path": "app/params", "name": "epoch_ms", "old": 86_400_000, "new": 43_200_000 });
    assert_eq!(changes[0], epoch);
    assert_eq!(told["terms"]["delay_ms"], 172_800_000);
    let table = home.ok(&["gov", "submit", &path, "--from", "dev0", "--dry-run", "--output", "table"]);
    for line in ["app/params epoch_ms       1 d     12 h", "app/params gas_price_min  1       3"] {
        assert!(table.lines().any(|found| found.trim_end() == line), "{line}\n{table}");
    }
    assert_eq!(home.json(&["status"])["height"], 0, "nothing was sent");
    assert_eq!(home.json(&["gov", "list"])["items"], json!([]));
}

#[test]
fn a_proposal_goes_all_its_way_on_the_command_line() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    delegate(&home, "dev3", "500000LOL");
    let path = proposal(&home, "gas_price_min = 1\nepoch_ms = \"12h\"");
    home.ok(&["gov", "submit", &path, "--from", "dev0", "--deposit", "least"]);
    assert_eq!(stage(&home, "1"), "deposit");
    assert!(home.ok(&["gov", "execute", "1", "--output", "table"]).contains("gov deposit 1 missing"));
    home.ok(&["gov", "deposit", "1", "missing", "--from", "dev1"]);
    home.ok(&["dev", "mine"]);
    let listed = home.json(&["gov", "list", "--stage", "voting"]);
    assert_eq!(listed["items"][0]["title"], "Dearer gas");
    assert_eq!(home.json(&["gov", "list", "--stage", "queued"])["items"], json!([]));
    assert_eq!(home.json(&["gov", "list", "--by", "dev0"])["items"][0]["proposal"], 1);

    let tally = home.ok(&["gov", "tally", "1", "--output", "table"]);
    assert!(tally.contains("quorum    fails  0 LOL voted of at least 334000 LOL"), "{tally}");
    home.ok(&["gov", "vote", "1", "yes=60,no=40", "--from", "dev3"]);
    let tally = home.json(&["gov", "tally", "1"])["tally"].take();
    assert_eq!(tally["tally"]["yes"], "300000000000000", "{tally}");
    assert_eq!(tally["outcome"], "passed");
    home.ok(&["gov", "vote", "1", "yes", "--from", "dev3"]);
    let shown = home.ok(&["gov", "show", "1", "--output", "table"]);
    for words in
        ["Message 1: app set params\n", "  changes.epoch_ms: 43200000 (12 h)\n", "  path: \"app/params\"\n"]
    {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    let says = &home.json(&["gov", "show", "1"])["content"]["messages"][0]["says"];
    assert_eq!((&says["module"], &says["message"]), (&json!("app"), &json!("set_params")), "{says}");

    home.ok(&["dev", "time", "8d"]);
    assert_eq!(stage(&home, "1"), "queued");
    assert!(home.ok(&["gov", "execute", "1", "--output", "table"]).contains("there is nothing to send"));
    home.ok(&["dev", "time", "3d"]);
    assert_eq!(stage(&home, "1"), "executed");
    assert_eq!(home.json(&["query", "app", "params"])["epoch_ms"], 43_200_000);
    let watched = home.ok(&["gov", "tally", "1", "--watch", "--output", "table"]);
    assert!(watched.contains("executed; voting ended") && watched.ends_with("passed\n"), "{watched}");
    let way = home.json(&["query", "governance", "timeline", "1"]);
    let stages: Vec<_> = way["steps"].as_array().unwrap().iter().map(|step| step["stage"].clone()).collect();
    assert_eq!(stages, ["deposit", "voting", "queued", "executed"]);
}

#[test]
fn holders_of_a_token_decide_about_its_treasury() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let grin =
        ["tx", "token", "create-asset", "--template", "community", "--symbol", "GRIN", "--name", "Grin"];
    let supply = ["--decimals", "2", "--supply", "1000000", "--from", "dev0"];
    home.ok(&[&grin[..], &supply].concat());
    home.ok(&["send", "dev1", "1000GRIN#1000000000", "--from", "dev0"]);
    let page = home.ok(&["gov", "template", "message", "token.spend-treasury"]);
    let lines = page.lines().map(|line| match line.split(" = ").next() {
        Some("asset") => "asset = \"GRIN#1000000000\"".to_owned(),
        Some("coin") => "coin = \"5GRIN#1000000000\"".to_owned(),
        _ => line.to_owned(),
    });
    let text = format!("community = \"GRIN#1000000000\"\n{}", lines.collect::<Vec<_>>().join("\n"));
    let path = file(&home, "painter.toml", &text);
    voted_on(&home, &path);
    home.ok(&["gov", "vote", "1", "yes", "--from", "dev0"]);
    let shown = home.ok(&["gov", "show", "1", "--output", "table"]);
    assert!(shown.contains("voters    holders of #1000000000"), "{shown}");
    let tally = home.ok(&["gov", "tally", "1", "--output", "table"]);
    assert!(tally.contains("of 99998000 base units of #1000000000 that holders have"), "{tally}");
    assert!(tally.ends_with("if voting ended now: passed\n"), "{tally}");
    home.ok(&["dev", "time", "8d"]);
    home.ok(&["dev", "time", "3d"]);
    assert_eq!(stage(&home, "1"), "executed");
    let rules = home.json(&["query", "token", "show", "GRIN#1000000000"])["rules"].take();
    assert_eq!(rules["treasury"], "1500", "{rules}");
    // What the chain alone decides, and what is about another token, is said before anything is sent.
    for (wrong, said) in [
        (text.replace("expedited = false", "expedited = true"), "chain_alone"),
        (text.replace("community = \"GRIN#1000000000\"", ""), "not_keeper"),
        (text.replace("community = \"GRIN#1000000000\"", "community = \"LOL\""), "not_of_community"),
        (text.replace("community = \"GRIN#1000000000\"", "community = \"GRINS#1000000000\""), "community"),
    ] {
        let path = file(&home, "wrong.toml", &wrong);
        let refused = home.run(&["gov", "submit", &path, "--from", "dev0"]);
        assert!(refused.code != 0 && refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
}

#[test]
fn power_is_lent_brought_and_taken_back() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    for one in ["dev0", "dev1"] {
        delegate(&home, one, "1000LOL");
    }
    home.ok(&["gov", "delegate-vote", "dev1", "--from", "dev0"]);
    voted_on(&home, &proposal(&home, "epoch_ms = \"12h\""));
    let own = home.json(&["gov", "vote", "1", "no", "--bring", "--from", "dev1"]);
    let events = own["receipt"]["events"].as_array().unwrap();
    let voted = events.iter().find(|event| event["kind"] == "governance.voted").unwrap();
    assert_eq!(voted["fields"]["power"], "2000000000000", "{own}");
    let heaviest = home.json(&["query", "governance", "votes", "1", "--order", "power"]);
    assert_eq!(heaviest["items"][0]["power"], "2000000000000", "{heaviest}");
    home.ok(&["gov", "undelegate-vote", "--from", "dev0"]);
    let dev1 = home.json(&["keys", "show", "dev1"])["address"].as_str().unwrap().to_owned();
    let left = home.json(&["query", "governance", "represented", &dev1]);
    assert_eq!(left["items"], json!([]));
    home.ok(&["gov", "cancel", "1", "--from", "dev0"]);
    assert_eq!(stage(&home, "1"), "cancelled");
}

/// A sentence without what the treasury has by now: that grows with the time that the chain has run.
fn without_balance(said: &str) -> String {
    match (said.find(" has "), said.find("; this needs")) {
        (Some(from), Some(to)) if from < to => format!("{} has …{}", &said[..from], &said[to..]),
        _ => said.to_owned(),
    }
}

/// Files that a person could write, each with what is wrong in it.
const FILES: &[(&str, &str)] = &[
    ("empty", ""),
    ("broken", "title = \"a\nsummary = 1\n"),
    ("fields", "titel = \"a\"\nsummary = 7\ndeposit = \"50DOGE\"\nexpedited = \"yes\"\n"),
    ("set", "title = \"a\"\n[params.\"app/parms\"]\ngas_price_min = 2\n"),
    (
        "names",
        "title = \"a\"\n[params.\"app/params\"]\ngas_prize_min = 2\nepoch_ms = \"soon\"\n\
         [params.\"staking/params\"]\nunbonding_ms = \"21d\"\nseat_min = \"5DOGE#17\"\ntax_bps = \"2.5%\"\n",
    ),
    (
        "messages",
        "title = \"a\"\n[[messages]]\nmodule = \"token\"\nmessage = \"transfr\"\n\n\
         [[messages]]\nmodule = \"token\"\nmessage = \"transfer\"\n[messages.body]\nto = \"nobody\"\ncoyn = \"5LOL\"\n\n\
         [[messages]]\nmessage = \"burn\"\n\n[[messages]]\nmodule = \"token\"\nmessage = \"burn\"\n\
         [messages.body]\ncoin = \"0LOL\"\n",
    ),
    ("range", "title = \"a\"\n[params.\"app/params\"]\ngas_price_min = 100001\n"),
    (
        "spend",
        "title = \"a\"\n[[messages]]\nmodule = \"governance\"\nmessage = \"spend\"\n\
      [messages.body]\nto = \"dev0\"\ncoin = \"5LOL\"\n",
    ),
    ("nobody", "title = \"a\"\n[[messages]]\nmodule = \"token\"\nmessage = \"verify-asset\"\n"),
];

/// Command lines that a person could mean; a file is called by its name above.
const MISTAKES: &str = "
gov
gov nosuch
gov template
gov template nosuch
gov template params nosuch/params
gov template spend 5LOL
gov template message
gov template message staking
gov template message staking.nosuch
gov validate
gov validate missing.toml
gov submit missing.toml --from dev0 --yes
gov submit good.toml --from nobody --yes
gov submit good.toml --from dev0
gov submit good.toml --from dev0 --deposit 1LOL --yes
gov submit good.toml --from dev0 --deposit 9000LOL --yes
gov submit good.toml --from dev0 --deposit 50DOGE --yes
gov submit good.toml --from dev0 --deposit some --yes
gov list --stage nosuch
gov list --limit 1000
gov list --by nobody
gov list --by dev0 --stage voting
gov show
gov show one
gov show 99
gov deposit 99 missing --from dev0 --yes
gov deposit 1 50 DOGE --from dev0 --yes
gov deposit 1 5DOGE#17 --from dev0 --yes
gov deposit 1 missing --from dev0 --yes
gov vote 99 yes --from dev3 --yes
gov vote 1 maybe --from dev3 --yes
gov vote 1 yes=60,no=30 --from dev3 --yes
gov vote 1 yes=60,yes=40 --from dev3 --yes
gov vote 1 yes=0.001,no=99.999 --from dev3 --yes
gov vote 1 yes no --from dev3 --yes
gov vote 1 yes --from dev3
gov vote 1 yes --from dev2 --yes
gov vote 2 yes --from dev3 --yes
gov tally 99
gov delegate-vote nobody --from dev0 --yes
gov delegate-vote dev0 --from dev0 --yes
gov delegate-vote dev1 --class money --from dev0 --yes
gov execute 99
gov cancel 1 --from dev1 --yes
gov rules all
";

#[test]
fn every_mistake_of_a_proposer_gets_a_message_that_says_what_to_do() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    voted_on(&home, &proposal(&home, "epoch_ms = \"12h\""));
    home.ok(&[
        "gov",
        "submit",
        &proposal(&home, "epoch_ms = \"6h\""),
        "--from",
        "dev0",
        "--deposit",
        "least",
    ]);
    let good = proposal(&home, "gas_price_min = 2");
    fs::rename(&good, home.file("good.toml")).unwrap();
    let mut lines: Vec<Vec<String>> = MISTAKES
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect();
    for (name, text) in FILES {
        let name = format!("{name}.toml");
        file(&home, &name, text);
        lines.push(["gov", "validate", &name].map(str::to_owned).to_vec());
    }
    let folder = home.path().display().to_string();
    let mut text = String::new();
    for line in lines {
        let with_path = |word: &String| match word.ends_with(".toml") {
            true => home.file(word),
            false => word.clone(),
        };
        let args: Vec<String> =
            line.iter().map(with_path).chain(["--output", "table"].map(str::to_owned)).collect();
        let run = home.run_unasked(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_ne!(run.code, 0, "{line:?} is no mistake: {}", run.stdout);
        assert!(!run.stderr.contains("panicked") && !run.stderr.contains("/v1/"), "{line:?}: {}", run.stderr);
        let says =
            run.stderr.contains("hint: ") || run.stderr.contains("--help") || run.stderr.contains(": ");
        assert!(says, "{line:?} says nothing of what to do: {}", run.stderr);
        let said = run.stderr.replace(&format!("{folder}/"), "").replace(&chain.url, "http://127.0.0.1:1317");
        let said: String = said
            .lines()
            .map(|line| format!("    {}", without_balance(line)).trim_end().to_owned() + "\n")
            .collect();
        text.push_str(&format!("$ chortle {}    ({})\n{said}", line.join(" "), run.code));
    }
    golden("gov-mistakes.txt", &text);
}

#[test]
fn programs_get_every_mistake_of_a_file_with_its_line_and_field() {
    let chain = DevChain::start(&[]);
    let home = home_on(&chain);
    let (_, text) = FILES.iter().find(|(name, _)| *name == "messages").unwrap();
    let run = home.run(&["gov", "validate", &file(&home, "m.toml", text), "--output", "json"]);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    let places: Vec<_> = told["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["line"].as_u64().unwrap(), one["field"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [
        (4, "messages[0].message"),
        (9, "messages[1].body"),
        (10, "messages[1].body.to"),
        (11, "messages[1].body.coyn"),
        (13, "messages[2].module"),
        (19, "messages[3].body"),
    ];
    assert_eq!((run.code, run.error_name().as_str()), (64, "usage"));
    for (line, field) in expected {
        assert!(
            places.iter().any(|(at, of)| *at == line && of.starts_with(field)),
            "{line} {field}: {places:?}"
        );
    }
}
