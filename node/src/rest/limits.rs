//! What one caller, and all callers together, may take. Everything is bounded, and refused with a code above its bound.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;

use crate::failure::Failure;
use crate::machine::Machine;
use crate::settings::Settings;

/// Most connections that are worth having: each costs memory in the kernel, too.
const CONNECTIONS_MAX: u64 = 2_048;
/// Most streams.
const STREAMS_MAX: u64 = 256;
/// Requests that wait for a core cost little; those that read are bounded by the threads that read.
const REQUESTS_PER_CORE: u64 = 256;
/// Most requests in work.
const REQUESTS_MAX: u64 = 1_024;
/// Less memory than this does not hold what one caller may ask for.
const MEMORY_MIB_MIN: u64 = 32;
/// More is not needed: that many do not read at a time.
const MEMORY_MIB_MAX: u64 = 1_024;

/// What one caller, and all callers together, may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest body.
    pub body_bytes_max: usize,
    /// How long the head of a request may take to arrive, and how long a connection may be idle.
    pub head_timeout: Duration,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
    /// How long a request may take from its body to the head of the answer.
    pub request_timeout: Duration,
    /// How long a caller may take nothing of what is sent to it.
    pub write_timeout: Duration,
    /// Most requests in work at a time; more are refused as busy.
    pub requests_max: u64,
    /// Most open connections; more are answered with a refusal.
    pub connections_max: u64,
    /// Most open streams.
    pub streams_max: u64,
    /// Memory of bodies that arrive, together.
    pub bodies_bytes_max: u64,
    /// Memory of answers that wait to be read, together.
    pub answers_bytes_max: u64,
    /// Part of each of these that one address may hold.
    pub address_percent: u64,
    /// Threads that read the state.
    pub readers: usize,
    /// Callers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Pause between two heartbeats of a stream.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A transaction of 64 KiB as hexadecimal in JSON, with room to spare.
            body_bytes_max: 256 * 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(10),
            requests_max: REQUESTS_MAX,
            connections_max: CONNECTIONS_MAX,
            streams_max: STREAMS_MAX,
            bodies_bytes_max: 32 << 20,
            answers_bytes_max: 128 << 20,
            address_percent: 25,
            readers: 8,
            trusted_proxies: Vec::new(),
            heartbeat: Duration::from_secs(15),
        }
    }
}

impl Limits {
    /// The limits of a node on this machine, as its settings say.
    pub fn of(machine: &Machine, settings: &Settings) -> Result<Self, Failure> {
        let room = machine.connections_max();
        let connections_max = settings.or_auto("rest.connections_max", room.min(CONNECTIONS_MAX))?;
        if connections_max > room {
            return Err(Failure::config(
                format!(
                    "rest.connections_max is {connections_max}; {} open files leave {room} to callers",
                    machine.descriptors
                ),
                "lower it, or raise the limit of open files (`ulimit -n`)",
            ));
        }
        let memory_mib = (machine.memory_bytes >> 25).clamp(MEMORY_MIB_MIN, MEMORY_MIB_MAX);
        let memory_bytes = settings.or_auto("rest.memory_mib", memory_mib)?.saturating_mul(1 << 20);
        let patience = settings.get("rest.patience_s").map(Duration::from_secs)?;
        let cores = machine.cores as u64;
        let requests = cores.saturating_mul(REQUESTS_PER_CORE).min(REQUESTS_MAX);
        let address_percent = settings.get("rest.address_percent")?;
        if !(1..=100).contains(&address_percent) {
            let cause = format!("rest.address_percent is {address_percent}");
            return Err(Failure::config(cause, "say 1 to 100; 25 is the default"));
        }
        Ok(Self {
            requests_max: settings.or_auto("rest.requests_max", requests)?,
            connections_max,
            streams_max: settings.or_auto("rest.streams_max", (connections_max / 2).min(STREAMS_MAX))?,
            head_timeout: patience,
            body_timeout: patience,
            write_timeout: patience,
            bodies_bytes_max: memory_bytes / 4,
            answers_bytes_max: memory_bytes - memory_bytes / 4,
            address_percent,
            readers: machine.cores.saturating_mul(4).clamp(8, 64),
            trusted_proxies: proxies(settings.text("rest.trusted_proxies"))?,
            ..Self::default()
        })
    }
}

fn proxies(text: &str) -> Result<Vec<IpNet>, Failure> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let one = |word: &str| {
        let read = IpNet::from_str(word).or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
        read.map_err(|_| {
            Failure::config(
                format!("rest.trusted_proxies names '{word}', which is no address and no network"),
                "write addresses such as 10.0.0.1 or networks such as 10.0.0.0/8, with commas between them",
            )
        })
    };
    words.map(one).collect()
}
