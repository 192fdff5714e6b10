//! A tour of `chortled` as a person runs it wrong: every command, and the message that each mistake gets. What is
//! golden here is what people read, so a change is looked at as a text.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use crate::command_line::{program, text};
use crate::startup::{OPERATOR, Running, home};

/// Somebody who may read nothing that is not for all.
const NOBODY: u32 = 65_534;

/// A folder for the homes of the tour, and what was said so far.
struct Tour {
    folder: tempfile::TempDir,
    /// First port of the home that is copied; 41000 in the page.
    base: u16,
    /// Addresses that are others in the page.
    ports: Vec<(String, String)>,
    text: String,
    /// What was said and must not be.
    faults: Vec<String>,
}

impl Tour {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let whole = home(folder.path(), "tour-1");
        fs::rename(whole, folder.path().join("home")).unwrap();
        let config = fs::read_to_string(folder.path().join("home/comet/config/config.toml")).unwrap();
        // What `init` wrote names the folder that it was made in.
        let moved = config.replace("tour-1/", "home/");
        fs::write(folder.path().join("home/comet/config/config.toml"), moved).unwrap();
        let settings = fs::read_to_string(folder.path().join("home/chortled.toml")).unwrap();
        let rest = settings.parse::<toml::Table>().unwrap()["rest"]["address"].as_str().unwrap().to_owned();
        let base: u16 = rest.rsplit_once(':').unwrap().1.parse().unwrap();
        let ports = (0..5).map(|step| (format!(":{}", base + step), format!(":{}", 41_000 + step))).collect();
        Self { folder, base, ports, text: String::new(), faults: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn part(&mut self, title: &str) {
        self.text.push_str(&format!("\n# {title}\n"));
    }

    /// A copy of the good home with one thing changed.
    fn broken(&self, name: &str, change: impl FnOnce(&Path)) {
        let (from, to) = (self.path("home"), self.path(name));
        let copied = Command::new("cp").arg("-a").arg(&from).arg(&to).status().unwrap();
        assert!(copied.success());
        change(&to);
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(program());
        command.env_clear().env("HOME", self.path("user")).env("PATH", "/usr/bin:/bin");
        command.current_dir(self.folder.path());
        command.args(line.replace("41000", &self.base.to_string()).split(' '));
        command
    }

    /// Runs a line without the homes' folder in it: `--home x` is a folder of the tour.
    fn try_out(&mut self, line: &str) {
        let command = self.command(line);
        self.run("", line, command);
    }

    fn try_all(&mut self, lines: &str) {
        lines.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| self.try_out(line));
    }

    /// The same with variables of the environment before the command.
    fn try_with(&mut self, variables: &[(&str, &str)], line: &str) {
        let mut command = self.command(line);
        command.envs(variables.iter().copied());
        let shown = variables.iter().map(|(name, value)| format!("{name}={value} ")).collect::<String>();
        self.run(&shown, line, command);
    }

    fn run(&mut self, before: &str, line: &str, command: Command) {
        let output = finish(command);
        let code = output.status.code().unwrap_or(0);
        // What `doctor` finds is its result.
        let said = if line.starts_with("doctor") { faults(&text(&output.stdout)) } else { String::new() };
        let told = text(&output.stderr);
        let told = if line.starts_with("doctor") { String::new() } else { told };
        let said = self.plain(&(said + &told));
        if code == 0 {
            self.faults.push(format!("{line} is no mistake: {}", text(&output.stdout)));
        }
        let helps = ["hint:", "→", "For more information", "[possible values", "Usage:"];
        if said.contains("panicked") || !helps.iter().any(|help| said.contains(help)) {
            self.faults.push(format!("{line} does not say what to do: {said}"));
        }
        let said: String =
            said.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect();
        self.text.push_str(&format!("$ {}chortled {line}    ({code})\n{said}", self.plain(before)));
    }

    /// What a person reads, whatever folder, ports, keys and processes the test was given.
    fn plain(&self, said: &str) -> String {
        let folder = self.folder.path().display().to_string();
        let said = said.replace(&format!("{folder}/"), "");
        let said = self.ports.iter().fold(said, |said, (found, shown)| said.replace(found, shown));
        let words = said.split_inclusive(|next: char| !next.is_ascii_alphanumeric());
        let named: String = words
            .map(|word| {
                let bare = word.trim_end_matches(|next: char| !next.is_ascii_alphanumeric());
                let rest = &word[bare.len()..];
                match bare.strip_prefix("0x").unwrap_or(bare) {
                    hex if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                        format!("HASH{rest}")
                    }
                    _ => word.to_owned(),
                }
            })
            .collect();
        let named = without_digits(&named, "as process ", "PID");
        without_digits(&named, "MANIFEST-", "NUMBER")
    }
}

/// A text with other words in the place of the number that stands behind some.
fn without_digits(text: &str, behind: &str, shown: &str) -> String {
    let Some((before, after)) = text.split_once(behind) else { return text.to_owned() };
    let after = after.trim_start_matches(|next: char| next.is_ascii_digit());
    format!("{before}{behind}{shown}{after}")
}

/// One that does not end by itself is no mistake, and is ended.
fn finish(command: Command) -> Output {
    assert_cmd::Command::from_std(command).timeout(Duration::from_secs(60)).output().expect("it starts")
}

/// The rows of a report that name faults, with their cures.
fn faults(report: &str) -> String {
    let mut inside = false;
    let rows = report.lines().map(str::trim_end).filter(|line| {
        let mut words = line.split_whitespace();
        inside = match (words.next(), words.next()) {
            // What this machine's disk has left is not the tour's.
            (Some("FAULT"), what) => what != Some("disk"),
            (Some("ok"), _) => false,
            _ => inside,
        };
        inside
    });
    rows.map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

fn write(path: impl AsRef<Path>, text: &str) {
    fs::write(path, text).unwrap();
}

/// Replaces words in a file.
fn edit(path: impl AsRef<Path>, from: &str, to: &str) {
    crate::startup::edit(path.as_ref(), from, to);
}

fn no_home_or_a_wrong_one(tour: &mut Tour) {
    tour.part("No home, or a wrong one");
    fs::create_dir(tour.path("empty")).unwrap();
    write(tour.path("file"), "");
    tour.try_all(
        "start
         start --home empty
         start --home file
         doctor --home empty
         export --home empty
         genesis validate --home empty
         genesis hash --home empty
         genesis add-account 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 5LOL --home empty
         validator key --home empty
         validator switch-key --home empty
         validator recover-record --height 9 --home empty
         init --home file
         dev --persist --home file --rest-address 127.0.0.1:0
         localnet stop --home empty
         localnet status --home empty
         localnet peers --home empty
         localnet kill 0 --home empty
         localnet restart 0 --home empty",
    );
    let mut homeless = tour.command("start");
    homeless.env_remove("HOME");
    tour.run("env -u HOME ", "start", homeless);
}

fn words_that_are_none(tour: &mut Tour) {
    tour.part("Commands, flags and values that there are not");
    tour.try_all(
        "strat
         start --hme home
         start --home
         start home
         start --home home --rest-address here
         start --home home --rest-address 127.0.0.1:99999
         start --home home --log-format xml
         start --home home --log-level inf0
         config everything
         version 2
         completions
         completions csh
         init --home new --chain-id two/words
         init --home new --chain-id a-name-that-is-much-too-long-for-a-chain-to-have-in-every-header
         init --home new --peers somebody
         init --home new --peers abc@127.0.0.1:26656
         init --home new --base-port 65535
         init --home new --base-port 0
         init --home new --genesis missing.json
         init --home new --genesis home/config/genesis.json --chain-id other-1
         dev --block-time 0
         dev --block-time soon
         dev --manual --block-time 5
         dev --rest-address 0.0.0.0:0
         dev --chain-id two/words --rest-address 127.0.0.1:0
         localnet --home new --validators 0
         localnet --home new --validators 17
         localnet --home new --base-port 65530
         localnet --home new --block-time soon
         localnet --home new --chain-id two/words
         localnet kill
         export --home home --height last
         validator
         validator key --home home --operator nobody
         validator next-key --home home
         validator switch-key --home home --back --unrotated
         validator recover-record --home home",
    );
}

fn a_genesis_that_does_not_hold(tour: &mut Tour) {
    tour.part("The genesis document");
    tour.broken("other", |path| edit(path.join("config/genesis.json"), "\"tour-1\"", "\"other-1\""));
    tour.broken("half", |path| {
        let file = path.join("config/genesis.json");
        let text = fs::read_to_string(&file).unwrap();
        write(&file, &text[..text.len() / 2]);
    });
    tour.broken("bytes", |path| fs::write(path.join("config/genesis.json"), [0xff, 0xfe]).unwrap());
    let other = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
    for line in [
        "genesis",
        "genesis add-account",
        "genesis add-account nobody 5LOL",
        "genesis add-account 0x70997970C51812dc3A010C7d01b50e0d17dc79c8 5LOL",
        "genesis add-account OTHER 5",
        "genesis add-account OTHER 5lol",
        "genesis add-account OTHER 0LOL",
        "genesis add-account OTHER 1.5nlol",
        "genesis add-account OTHER 99999999999LOL",
        "genesis add-account OPERATOR 5LOL",
        "genesis add-validator",
        "genesis add-validator --operator OPERATOR --self-bond 5LOL",
        "genesis add-validator --operator OTHER --self-bond 5LOL",
        "genesis add-validator --operator OTHER --self-bond 5LOL --key zz",
        "genesis add-delegation OTHER OPERATOR 5LOL",
        "genesis add-delegation OPERATOR OTHER 5LOL",
        "genesis collect",
        "genesis collect missing.json",
        "genesis collect other/config/genesis.json",
        "genesis validate missing.json",
        "genesis validate half/config/genesis.json",
        "genesis validate bytes/config/genesis.json",
        "genesis hash home",
        "genesis export-import half/config/genesis.json",
    ] {
        let line = line.replace("OTHER", other).replace("OPERATOR", OPERATOR);
        tour.try_out(&if line == "genesis" { line } else { line + " --home home" });
    }
    for home in ["half", "bytes"] {
        tour.try_out(&format!("start --external-comet --home {home}"));
    }
    tour.broken("nobody", |path| {
        let init = ["init", "--force", "--chain-id", "tour-1", "--home"];
        assert!(Command::new(program()).args(init).arg(path).output().unwrap().status.success());
    });
    tour.try_out("start --external-comet --home nobody");
}

fn files_that_are_gone_or_broken(tour: &mut Tour) {
    tour.part("Files that are gone or broken");
    let comet = "comet/config/config.toml";
    let (key, record) = ("comet/config/priv_validator_key.json", "comet/data/priv_validator_state.json");
    type Break = (&'static str, &'static str, fn(&Path));
    let breaks: [Break; 17] = [
        ("settings-broken", "chortled.toml", |file| write(file, "[rest\n")),
        ("settings-unknown", "chortled.toml", |file| write(file, "[rest]\nadress = \"127.0.0.1:1\"\n")),
        ("settings-bare", "chortled.toml", |file| write(file, "address = \"127.0.0.1:1\"\n")),
        ("settings-wrong", "chortled.toml", |file| write(file, "[store]\nretain_blocks = \"many\"\n")),
        ("settings-negative", "chortled.toml", |file| write(file, "[engine]\npatience_s = -1\n")),
        ("settings-bool", "chortled.toml", |file| write(file, "[state]\ncheck_invariants = \"yes\"\n")),
        ("comet-gone", comet, |file| fs::remove_file(file).unwrap()),
        ("comet-broken", comet, |file| write(file, "[rpc\n")),
        ("comet-address", comet, |file| {
            edit(file, "laddr = \"tcp://127.0.0.1:", "laddr = \"tcp://localhost:")
        }),
        ("comet-pace", comet, |file| edit(file, "timeout_commit = \"1000ms\"", "timeout_commit = \"soon\"")),
        ("key-gone", key, |file| fs::remove_file(file).unwrap()),
        ("key-broken", key, |file| write(file, "{}")),
        ("record-gone", record, |file| fs::remove_file(file).unwrap()),
        ("record-empty", record, |file| write(file, "")),
        ("record-broken", record, |file| write(file, "{")),
        ("mark-broken", "data/genesis.sha256", |file| write(file, "nonsense\n")),
        ("state-file", "data/state", |file| write(file, "")),
    ];
    for (name, file, change) in breaks {
        tour.broken(name, |path| change(&path.join(file)));
        tour.try_out(&format!("start --external-comet --home {name}"));
    }
    for name in ["settings-broken", "settings-unknown"] {
        tour.try_out(&format!("config --home {name}"));
    }
    for name in ["key-gone", "key-broken"] {
        tour.try_out(&format!("validator key --home {name}"));
    }
    tour.try_out(&format!("genesis add-validator --operator {OPERATOR} --self-bond 5LOL --home key-gone"));
    tour.broken("node-key-broken", |path| write(path.join("comet/config/node_key.json"), "{}"));
    tour.try_out("validator key --home node-key-broken");
    tour.try_out("validator switch-key --home home");
    tour.try_out("validator switch-key --back --home home");
    tour.try_out("validator recover-record --height 0 --home home");
    tour.try_out("init --home home");
    tour.try_with(&[("CHORTLED_REST_PATIENCE_S", "soon")], "start --external-comet --home home");
}

fn engines_that_are_none(tour: &mut Tour) {
    tour.part("CometBFT and the machine");
    write(tour.path("other-version"), "#!/bin/sh\necho 1.0.1\n");
    fs::set_permissions(tour.path("other-version"), fs::Permissions::from_mode(0o755)).unwrap();
    write(tour.path("silent"), "#!/bin/sh\nexit 1\n");
    fs::set_permissions(tour.path("silent"), fs::Permissions::from_mode(0o755)).unwrap();
    tour.try_out("start --home home");
    for binary in ["missing", "file", "other-version", "silent"] {
        let path = tour.path(binary).display().to_string();
        tour.try_with(&[("CHORTLE_COMETBFT", &path)], "start --home home");
    }
    let mut few = Command::new("bash");
    few.args(["-c", "ulimit -n 100 && exec \"$@\"", "chortled"]).arg(program());
    few.env_clear()
        .env("HOME", tour.path("user"))
        .env("PATH", "/usr/bin:/bin")
        .current_dir(tour.folder.path());
    few.args(["start", "--external-comet", "--home", "home"]);
    tour.run("ulimit -n 100; ", "start --external-comet --home home", few);
}

fn files_of_others(tour: &mut Tour) {
    tour.part("Files that are not one's own");
    let own = tour.path("chortled");
    fs::copy(program(), &own).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
    tour.broken("locked", |path| {
        fs::set_permissions(path.join("config/genesis.json"), fs::Permissions::from_mode(0o000)).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    });
    fs::create_dir(tour.path("closed")).unwrap();
    fs::set_permissions(tour.path("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    for line in [
        "start --external-comet --home locked",
        "start --external-comet --home closed/node",
        "init --home closed/new",
        "export --home locked",
        "validator key --home locked",
        "dev --persist --home closed/dev --rest-address 127.0.0.1:0",
        "localnet --home closed/net",
    ] {
        let mut command = Command::new(&own);
        command.env_clear().env("HOME", tour.path("user")).env("PATH", "/usr/bin:/bin");
        command.current_dir(tour.folder.path()).args(line.split(' '));
        if rustix::process::geteuid().is_root() {
            command.uid(NOBODY);
        }
        tour.run("sudo -u nobody ", line, command);
    }
    // Whoever owns it may remove it again.
    fs::set_permissions(tour.path("closed"), fs::Permissions::from_mode(0o700)).unwrap();
}

fn twice_at_once(tour: &mut Tour) {
    tour.part("Twice at once, and too late");
    let ran = tour.path("home");
    let running = Running::start(&ran);
    tour.try_all(
        "start --external-comet --home home
         start --external-comet --home home --rest-address 127.0.0.1:0 --metrics-address 127.0.0.1:0
         export --home home
         doctor --state --home home
         validator switch-key --home home
         validator recover-record --height 9 --home home
         localnet --home new --base-port 41000",
    );
    tour.try_out("dev --rest-address 127.0.0.1:41000 --home new");
    assert_eq!(running.stop(), Some(0));
    tour.try_all(
        "init --home home --force
         export --home home
         export --home home --height 5
         genesis add-account 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC 5LOL --home home
         dev --persist --home home --rest-address 127.0.0.1:0",
    );
    tour.broken("changed", |path| {
        edit(path.join("config/genesis.json"), "\"gas_price_min\": 1", "\"gas_price_min\": 2");
    });
    tour.broken("exchanged", |path| edit(path.join("config/genesis.json"), "\"tour-1\"", "\"other-1\""));
    tour.broken("shared", |path| {
        edit(path.join("comet/config/genesis.json"), "\"gas_price_min\": 1", "\"gas_price_min\": 2");
    });
    for name in ["changed", "exchanged", "shared"] {
        tour.try_out(&format!("start --external-comet --home {name}"));
    }
    for (name, file) in [("state-lost", "CURRENT"), ("state-torn", "MANIFEST")] {
        tour.broken(name, |path| {
            let state = fs::read_dir(path.join("data/state")).unwrap().map(|entry| entry.unwrap().path());
            let found = state.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(file));
            found.for_each(|path| write(path, ""));
        });
        tour.try_out(&format!("start --external-comet --home {name}"));
    }
}

/// Ports of the tour's home stand in the page as 41000 and up; a port that a command names is taken by somebody.
fn taken_ports(tour: &mut Tour) {
    tour.part("Ports that others have");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    tour.ports.push((address.clone(), "127.0.0.1:9".to_owned()));
    for line in [
        "start --external-comet --home home --rest-address TAKEN",
        "start --external-comet --home home --metrics-address TAKEN",
        "dev --rest-address TAKEN",
        "dev --rest-address 127.0.0.1:0 --metrics-address TAKEN",
        "start --external-comet --home home --rest-address 192.0.2.1:1317",
    ] {
        let command = tour.command(&line.replace("TAKEN", &address));
        tour.run("", &line.replace("TAKEN", "127.0.0.1:9"), command);
    }
}

#[test]
fn every_mistake_gets_a_message_that_says_what_to_do() {
    let mut tour = Tour::new();
    no_home_or_a_wrong_one(&mut tour);
    words_that_are_none(&mut tour);
    a_genesis_that_does_not_hold(&mut tour);
    files_that_are_gone_or_broken(&mut tour);
    engines_that_are_none(&mut tour);
    files_of_others(&mut tour);
    taken_ports(&mut tour);
    twice_at_once(&mut tour);
    assert!(tour.faults.is_empty(), "{}", tour.faults.join("\n"));
    insta::assert_snapshot!("mistakes", tour.text);
}
