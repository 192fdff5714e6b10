//! What this machine gives the process: open files and sockets, memory, cores. Every limit of a node comes from here.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::failure::Failure;

/// Fewer open files and sockets than this are no node: the engine, the state and a few callers need them.
pub const DESCRIPTORS_MIN: u64 = 256;
/// More are of no use: memory ends first.
const DESCRIPTORS_WANTED: u64 = 65_536;
/// What is neither the state's nor a caller's: the engine's sockets, logs, the health's and the refused's own places.
const DESCRIPTORS_KEPT: u64 = 128;
/// Files that the state keeps open at most: each costs memory too.
const STORE_FILES_MAX: u64 = 512;
/// Memory that is assumed where the system does not tell.
const MEMORY_ASSUMED_BYTES: u64 = 1 << 30;

/// What the process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Files and sockets that may be open at a time.
    pub descriptors: u64,
    /// Memory, the container's if that is less.
    pub memory_bytes: u64,
    /// Cores that the scheduler gives.
    pub cores: usize,
}

impl Machine {
    /// Measures it, and raises the soft limit of open files to the hard one; refuses what is too small for a node.
    pub fn prepare() -> Result<Self, Failure> {
        raise();
        let machine = Self::with(getrlimit(Resource::Nofile).current);
        machine.refuse_too_few()?;
        Ok(machine)
    }

    /// What a node that is started here would have.
    pub fn foreseen() -> Self {
        Self::with(Some(attainable(&getrlimit(Resource::Nofile))))
    }

    fn with(descriptors: Option<u64>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let descriptors = descriptors.unwrap_or(DESCRIPTORS_WANTED);
        Self { descriptors, memory_bytes: memory_bytes(), cores }
    }

    /// Refuses a limit of open files that is too low for a node.
    pub fn refuse_too_few(&self) -> Result<(), Failure> {
        if self.descriptors >= DESCRIPTORS_MIN {
            return Ok(());
        }
        Err(Failure::config(
            format!(
                "this process may have {} files and sockets open; a node needs {DESCRIPTORS_MIN}",
                self.descriptors
            ),
            "raise the hard limit: LimitNOFILE=65536 in its systemd unit, nofile in limits.conf, \
             or --ulimit nofile=65536 of its container",
        ))
    }

    /// Files that the state may keep open.
    pub fn store_files_max(&self) -> u64 {
        (self.shared() / 2).min(STORE_FILES_MAX)
    }

    /// Connections that callers may have open.
    pub fn connections_max(&self) -> u64 {
        self.shared() - self.store_files_max()
    }

    /// Memory for what was read from disk.
    pub fn store_cache_mib(&self) -> u64 {
        self.memory_part_mib().min(1_024)
    }

    /// Memory for transactions that wait.
    pub fn mempool_cache_mib(&self) -> u64 {
        self.memory_part_mib().min(256)
    }

    /// A sixteenth: the engine, REST and the system want theirs, too.
    fn memory_part_mib(&self) -> u64 {
        (self.memory_bytes >> 24).max(32)
    }

    /// What callers and the state share.
    fn shared(&self) -> u64 {
        self.descriptors.saturating_sub(DESCRIPTORS_KEPT)
    }
}

/// The soft limit that a process may give itself; one that is higher already stays.
fn attainable(limit: &Rlimit) -> u64 {
    let most = limit.maximum.unwrap_or(DESCRIPTORS_WANTED).min(DESCRIPTORS_WANTED);
    limit.current.unwrap_or(DESCRIPTORS_WANTED).max(most)
}

/// Raises the soft limit as far as the hard one allows; a child inherits it.
fn raise() {
    let limit = getrlimit(Resource::Nofile);
    let most = attainable(&limit);
    if limit.current.is_none_or(|current| current >= most) {
        return;
    }
    let raised = Rlimit { current: Some(most), maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, most, "the limit of open files was not raised");
    }
}

/// The machine's memory, or the limit of the control group that the process runs in.
fn memory_bytes() -> u64 {
    let table = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = table.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    let whole = kib.map_or(MEMORY_ASSUMED_BYTES, |kib| kib.saturating_mul(1_024));
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| text.trim().parse::<u64>().ok());
    group.map_or(whole, |group| group.min(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(descriptors: u64) -> Machine {
        Machine { descriptors, memory_bytes: 1 << 30, cores: 2 }
    }

    #[test]
    fn what_callers_and_state_get_leaves_the_reserve() {
        for descriptors in [256, 300, 1_024, 4_096, 65_536] {
            let machine = with(descriptors);
            let given = machine.store_files_max() + machine.connections_max();
            assert_eq!(given + DESCRIPTORS_KEPT, descriptors);
            assert!(machine.store_files_max() >= 64 && machine.connections_max() >= 64, "{machine:?}");
        }
    }

    #[test]
    fn caches_grow_with_the_memory_within_bounds() {
        let caches = |gib: u64| {
            let machine = Machine { memory_bytes: gib << 30, ..with(256) };
            (machine.store_cache_mib(), machine.mempool_cache_mib())
        };
        assert_eq!(Machine { memory_bytes: 80 << 20, ..with(256) }.store_cache_mib(), 32);
        assert_eq!([1, 4, 16, 64].map(caches), [(64, 64), (256, 256), (1_024, 256), (1_024, 256)]);
    }

    #[test]
    fn too_few_are_refused_with_the_way_to_have_more() {
        let failure = with(255).refuse_too_few().unwrap_err();
        assert!(failure.to_string().contains("255") && failure.to_string().contains("LimitNOFILE"));
        assert_eq!(with(256).refuse_too_few(), Ok(()));
    }
}
