//! Settings in layers: flag, then environment, then file, then default. Every value knows where it comes from.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use crate::failure::Failure;
use crate::home::cannot;

/// A setting that exists.
pub struct Key {
    /// Its name: in the file as `[section] name`, in the environment as `CHORTLED_SECTION_NAME`.
    pub name: &'static str,
    /// Its value if nothing is said.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// Every setting.
pub const KEYS: &[Key] = &[
    Key { name: "rest.address", default: "127.0.0.1:1317", meaning: "where REST listens" },
    Key {
        name: "rest.connections_max",
        default: "auto",
        meaning: "open connections of REST; auto: what the limit of open files leaves, at most 2048",
    },
    Key {
        name: "rest.requests_max",
        default: "auto",
        meaning: "requests in work at a time; auto: 256 for each core, at most 1024",
    },
    Key {
        name: "rest.streams_max",
        default: "auto",
        meaning: "open streams; auto: half of the connections, at most 256",
    },
    Key {
        name: "rest.address_percent",
        default: "25",
        meaning: "part of connections, requests, streams and memory that one address may hold",
    },
    Key {
        name: "rest.memory_mib",
        default: "auto",
        meaning: "memory for what arrives and for answers that wait to be read; auto: a 32nd of the machine's",
    },
    Key {
        name: "rest.patience_s",
        default: "10",
        meaning: "seconds that a caller may take to send a head or a body, to say more, or to read on",
    },
    Key {
        name: "rest.trusted_proxies",
        default: "",
        meaning: "addresses or networks, such as 127.0.0.1,10.0.0.0/8, whose X-Forwarded-For names the caller",
    },
    Key {
        name: "metrics.address",
        default: "127.0.0.1:9464",
        meaning: "where Prometheus reads the node's metrics",
    },
    Key {
        name: "log.level",
        default: "info",
        meaning: "what is logged, such as info or chortle_node=debug,info",
    },
    Key { name: "log.format", default: "text", meaning: "text or json" },
    Key {
        name: "store.retain_blocks",
        default: "1000",
        meaning: "heights whose state can be read; 0 keeps all",
    },
    Key {
        name: "store.retain_results_blocks",
        default: "0",
        meaning: "blocks whose transactions, receipts and events can be read; 0 keeps all",
    },
    Key {
        name: "store.cache_mib",
        default: "auto",
        meaning: "memory for what was read from disk; auto: a sixteenth of the machine's, 32 to 1024 MiB",
    },
    Key {
        name: "mempool.cache_mib",
        default: "auto",
        meaning: "memory for verified transactions that wait; auto: a sixteenth of the machine's, 32 to 256 MiB",
    },
    Key {
        name: "state.check_invariants",
        default: "false",
        meaning: "whether every invariant is checked in each block before it is written; slow on a large state",
    },
    Key { name: "engine.retain_blocks", default: "0", meaning: "blocks that CometBFT keeps; 0 keeps all" },
    Key {
        name: "engine.patience_s",
        default: "30",
        meaning: "seconds that CometBFT may be silent, or make no block though one is due, before the node says that it is \
                  stuck; after twice as many it is started again; 0 waits for ever",
    },
];

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Flag,
    /// A variable of the environment.
    Environment(String),
    /// The home's file.
    File,
    /// Nobody said anything.
    Default,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File => f.write_str("chortled.toml"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Every setting with its value.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, (String, Source)>,
}

/// The environment's name of a setting.
pub fn variable(name: &str) -> String {
    format!("CHORTLED_{}", name.replace('.', "_").to_uppercase())
}

impl Settings {
    /// Reads all layers. `flags` holds what the command line says.
    pub fn load(
        file: &Path,
        flags: &[(&'static str, Option<String>)],
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let from_file = read_file(file)?;
        let mut values = BTreeMap::new();
        for key in KEYS {
            let flag = flags.iter().find(|(name, _)| *name == key.name).and_then(|(_, value)| value.clone());
            let named = variable(key.name);
            let value = flag
                .map(|value| (value, Source::Flag))
                .or_else(|| environment(&named).map(|value| (value, Source::Environment(named))))
                .or_else(|| from_file.get(key.name).map(|value| (value.clone(), Source::File)))
                .unwrap_or_else(|| (key.default.to_owned(), Source::Default));
            values.insert(key.name, value);
        }
        Ok(Self { values })
    }

    /// Every setting with its value and where it comes from.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, &str, &Source)> {
        self.values.iter().map(|(name, (value, source))| (*name, value.as_str(), source))
    }

    /// The text of a setting.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |(value, _)| value)
    }

    /// A number, or what is derived from the machine where the setting says `auto`.
    pub fn or_auto(&self, name: &str, derived: u64) -> Result<u64, Failure> {
        if self.text(name) == "auto" { Ok(derived) } else { self.get(name) }
    }

    /// A setting as a type.
    pub fn get<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<T, Failure> {
        let (value, source) =
            self.values.get(name).ok_or_else(|| Failure::unexpected(format!("no setting {name}")))?;
        value.parse().map_err(|error: T::Err| {
            Failure::config(
                format!("the setting {name} ({source}) is '{value}': {error}"),
                "correct it; `chortled config` shows where every value comes from",
            )
        })
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(cannot(path, &error)),
    };
    let wrong = |what: String| {
        Failure::config(format!("{}: {what}", path.display()), "`chortled config` lists every setting")
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let mut values = BTreeMap::new();
    for (section, entries) in table {
        let entries =
            entries.as_table().ok_or_else(|| wrong(format!("'{section}' stands outside a section")))?;
        for (name, value) in entries {
            let name = format!("{section}.{name}");
            if !KEYS.iter().any(|key| key.name == name) {
                return Err(wrong(format!("there is no setting '{name}'")));
            }
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            values.insert(name, text);
        }
    }
    Ok(values)
}

/// Every setting, for the help of the commands that obey them.
pub fn help() -> String {
    let mut text = String::from("Settings (chortled.toml, or the environment as CHORTLED_SECTION_NAME):\n");
    for Key { name, default, meaning } in KEYS {
        let default = if default.is_empty() { "none" } else { default };
        text.push_str(&format!("  {name} [{default}]: {meaning}\n"));
    }
    text
}

/// The file that `init` writes: every setting, those that are set and the rest as comments.
pub fn file_text(set: &[(&str, String)]) -> String {
    let mut text = String::from(
        "# Settings of this node. A flag goes before the environment (CHORTLED_SECTION_NAME), the environment before\n\
         # this file. CometBFT's own settings are in comet/config/config.toml.\n",
    );
    let mut section = "";
    for key in KEYS {
        let (of, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if of != section {
            section = of;
            text.push_str(&format!("\n[{section}]\n"));
        }
        let given = set.iter().find(|(name, _)| *name == key.name).map(|(_, value)| value.as_str());
        let mark = if given.is_some() { "" } else { "# " };
        let value = given.unwrap_or(key.default);
        text.push_str(&format!("# {}\n{mark}{name} = \"{value}\"\n", key.meaning));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_goes_before_the_environment_before_the_file_before_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chortled.toml");
        fs::write(
            &file,
            "[rest]\naddress = \"127.0.0.1:1\"\n[store]\nretain_blocks = 7\n[log]\nlevel = \"warn\"\n",
        )
        .unwrap();
        let environment = |name: &str| {
            (name == "CHORTLED_REST_ADDRESS" || name == "CHORTLED_LOG_LEVEL").then(|| "env".to_owned())
        };
        let settings = Settings::load(&file, &[("log.level", Some("flag".to_owned()))], environment).unwrap();
        let sources: Vec<_> =
            settings.rows().map(|(name, value, source)| format!("{name}={value} {source}")).collect();
        for expected in [
            "log.level=flag flag",
            "rest.address=env environment CHORTLED_REST_ADDRESS",
            "store.retain_blocks=7 chortled.toml",
            "log.format=text default",
        ] {
            assert!(sources.iter().any(|found| found == expected), "{expected}: {sources:?}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chortled.toml");
        fs::write(&file, "[rest]\nadress = \"127.0.0.1:1\"\n").unwrap();
        let failure = Settings::load(&file, &[], |_| None).unwrap_err();
        assert!(failure.cause.contains("rest.adress"), "{failure}");
        assert_eq!(failure.code, crate::failure::EXIT_CONFIG);
    }

    #[test]
    fn the_file_that_init_writes_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chortled.toml");
        fs::write(&file, file_text(&[("rest.address", "127.0.0.1:9".to_owned())])).unwrap();
        let settings = Settings::load(&file, &[], |_| None).unwrap();
        assert_eq!(settings.text("rest.address"), "127.0.0.1:9");
        assert_eq!(settings.text("metrics.address"), "127.0.0.1:9464");
    }
}
