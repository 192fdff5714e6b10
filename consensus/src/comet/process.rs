//! The CometBFT child: started, watched, restarted a bounded number of times, stopped gracefully.
//!
//! A thread of its own starts the child and outlives it, because the kernel kills the child when the *thread*
//! that started it ends: so an orphan never survives the daemon, and never dies of a thread pool that
//! shrinks.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::log::{self, Sign};

/// So many last lines are kept for the report of a failure.
const LAST_LINES: usize = 20;

/// How the child is run.
#[derive(Clone, Debug)]
pub struct SupervisorConfig {
    /// The binary, as [`super::binary::find`] gives it.
    pub binary: PathBuf,
    /// Its home folder.
    pub home: PathBuf,
    /// Ports that must be free before a start, each with its purpose.
    pub ports: Vec<(String, SocketAddr)>,
    /// Restarts in a row before giving up; a child that lived [`SupervisorConfig::healthy_after`] starts a
    /// new row.
    pub restarts_max: u32,
    /// A child that lived this long was healthy.
    pub healthy_after: Duration,
    /// Pause before the first restart; each further one in a row doubles it.
    pub backoff: Duration,
    /// How long a child may take to stop before it is killed.
    pub grace: Duration,
}

impl SupervisorConfig {
    /// Five restarts in a row, one second apart and rising; ten seconds to stop.
    pub fn new(binary: PathBuf, home: PathBuf) -> Self {
        Self {
            binary,
            home,
            ports: Vec::new(),
            restarts_max: 5,
            healthy_after: Duration::from_secs(30),
            backoff: Duration::from_secs(1),
            grace: Duration::from_secs(10),
        }
    }
}

/// Why there is no child.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SupervisorError {
    /// Another process has the port.
    #[error(
        "{address} ({purpose}) is in use by another process: stop that process or choose another \
         port in the configuration"
    )]
    PortInUse {
        /// What the port is for.
        purpose: String,
        /// The port.
        address: SocketAddr,
    },
    /// The address is not of this machine, or needs rights.
    #[error("{address} ({purpose}) cannot be listened on: {reason}")]
    PortUnusable {
        /// What the port is for.
        purpose: String,
        /// The port.
        address: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// The binary does not start.
    #[error("{binary} cannot be started: {reason}")]
    NotStarted {
        /// The binary.
        binary: String,
        /// What the system says.
        reason: String,
    },
    /// It ended too often.
    #[error(
        "CometBFT ended {ends} times in a row, last with {status}{}; its last words:\n{}",
        .cause.as_ref().map(|cause| format!(", because: {cause}")).unwrap_or_default(),
        .last_lines.join("\n")
    )]
    GaveUp {
        /// Ends in this row.
        ends: u32,
        /// How the last one ended.
        status: String,
        /// What its log names as the cause.
        cause: Option<String>,
        /// Its last log lines.
        last_lines: Vec<String>,
    },
}

/// What the child is doing.
#[derive(Clone, Debug)]
pub enum State {
    /// No child yet, or a pause before the next.
    Waiting,
    /// A child runs.
    Running {
        /// Its process id.
        pid: u32,
    },
    /// No block comes from the child any more, though its process may live: its consensus has panicked, or whoever
    /// watches it has found it stuck. It is being stopped, and another is started.
    Broken {
        /// Why.
        cause: String,
    },
    /// It was stopped, as asked.
    Stopped,
    /// It cannot go on; the daemon must end with this sentence.
    Failed(SupervisorError),
}

/// What the child is doing, for those who listen.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its state.
    pub state: watch::Sender<State>,
    /// What it said last that it could not do; `None` if a child has said nothing of the kind.
    pub error: watch::Sender<Option<String>>,
}

impl Default for Told {
    fn default() -> Self {
        Self { state: watch::Sender::new(State::Waiting), error: watch::Sender::new(None) }
    }
}

/// A supervised CometBFT. Dropping it stops the child.
pub struct Supervisor {
    state: watch::Receiver<State>,
    stop: mpsc::Sender<()>,
    restart: mpsc::Sender<String>,
    starts: Arc<AtomicU32>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Supervisor {
    /// Checks the ports and starts the child.
    pub fn start(config: SupervisorConfig) -> Result<Self, SupervisorError> {
        Self::start_telling(config, Told::default())
    }

    /// The same, for those who listen already.
    pub fn start_telling(config: SupervisorConfig, told: Told) -> Result<Self, SupervisorError> {
        check_ports(&config.ports)?;
        let state = told.state.subscribe();
        let (stop, stopping) = mpsc::channel(1);
        let (restart, restarting) = mpsc::channel(1);
        let starts = Arc::new(AtomicU32::new(0));
        let not_started = |reason: io::Error| SupervisorError::NotStarted {
            binary: config.binary.display().to_string(),
            reason: reason.to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(not_started)?;
        let watcher =
            Watcher { config: config.clone(), told, stopping, restarting, starts: Arc::clone(&starts) };
        let thread = std::thread::Builder::new().name("cometbft".to_owned());
        let thread = thread.spawn(move || runtime.block_on(watcher.run())).map_err(not_started)?;
        Ok(Self { state, stop, restart, starts, thread: Some(thread) })
    }

    /// What the child is doing, as it changes.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// The child's process id, while one runs.
    pub fn pid(&self) -> Option<u32> {
        match *self.state.borrow() {
            State::Running { pid } => Some(pid),
            _ => None,
        }
    }

    /// How many children were started so far.
    pub fn starts(&self) -> u32 {
        self.starts.load(Ordering::Relaxed)
    }

    /// Waits until the child cannot go on; `None` if it was stopped as asked.
    pub async fn failed(&self) -> Option<SupervisorError> {
        let mut state = self.state.clone();
        let ended = state.wait_for(|state| matches!(state, State::Stopped | State::Failed(_))).await;
        match ended.as_deref() {
            Ok(State::Failed(error)) => Some(error.clone()),
            _ => None,
        }
    }

    /// Stops the child for this cause and starts another, as if its consensus had panicked.
    pub fn restart(&self, cause: String) {
        // A full channel means that it is being done already.
        let _ = self.restart.try_send(cause);
    }

    /// Stops the child: SIGTERM, and SIGKILL after the grace period.
    pub async fn stop(mut self) {
        // A full channel means that it is stopping already.
        let _ = self.stop.try_send(());
        let mut state = self.state.clone();
        let _ = state.wait_for(|state| matches!(state, State::Stopped | State::Failed(_))).await;
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that watches CometBFT panicked");
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let _ = self.stop.try_send(());
        self.join();
    }
}

/// What a child has said.
#[derive(Default)]
struct Words {
    /// Lines that it printed last.
    last_lines: VecDeque<String>,
    /// Why it ends, by its own log. The first panic counts: the others follow from it.
    cause: Option<String>,
    /// Whether the child has ended: what is still in its pipes says nothing of the next one.
    is_over: bool,
}

/// The ear at a child's pipes.
#[derive(Clone)]
struct Ear {
    words: Arc<Mutex<Words>>,
    /// Set once its consensus has panicked.
    broken: watch::Sender<Option<String>>,
    told: Told,
}

impl Ear {
    fn new(told: Told) -> Self {
        Self { words: Arc::default(), broken: watch::Sender::new(None), told }
    }

    /// Hears on, and tells no more.
    fn end(&self) {
        self.words().is_over = true;
    }

    fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in one line. Whoever is told of a panic is told before the next line is read: nobody sees a later one
    /// and takes the child for alive.
    fn hear(&self, line: String) {
        let sign = log::forward(&line);
        let mut words = self.words();
        if words.last_lines.len() == LAST_LINES {
            words.last_lines.pop_front();
        }
        words.last_lines.push_back(line);
        if let Some(Sign::ConsensusFailed(cause) | Sign::Panicked(cause)) = &sign {
            words.cause.get_or_insert_with(|| cause.clone());
        }
        match sign {
            Some(Sign::ConsensusFailed(cause)) if !words.is_over && self.broken.borrow().is_none() => {
                let cause = format!("its consensus has panicked: {cause}");
                tracing::error!(%cause, "CometBFT makes no block any more; it is stopped and started again");
                self.told.state.send_replace(State::Broken { cause: cause.clone() });
                self.broken.send_replace(Some(cause));
            }
            Some(Sign::Failed(error)) if !words.is_over => {
                self.told.error.send_replace(Some(error));
            }
            _ => {}
        }
    }
}

struct Watcher {
    config: SupervisorConfig,
    told: Told,
    stopping: mpsc::Receiver<()>,
    restarting: mpsc::Receiver<String>,
    starts: Arc<AtomicU32>,
}

impl Watcher {
    async fn run(mut self) {
        let end = self.run_children().await;
        let state = end.map_or_else(State::Failed, |()| State::Stopped);
        if let State::Failed(error) = &state {
            tracing::error!(%error, "CometBFT is down for good");
        }
        self.told.state.send_replace(state);
    }

    /// One child after another, until told to stop or there is no use.
    async fn run_children(&mut self) -> Result<(), SupervisorError> {
        let mut ends = 0;
        loop {
            let ear = Ear::new(self.told.clone());
            let mut broken = ear.broken.subscribe();
            let started = Instant::now();
            let mut child = self.start_child(&ear)?;
            // Whoever asked for this start has it.
            while self.restarting.try_recv().is_ok() {}
            let status = tokio::select! {
                status = child.wait() => status,
                () = is_broken(&mut broken) => {
                    stop_child(&mut child, self.config.grace).await;
                    child.wait().await
                }
                Some(cause) = self.restarting.recv() => {
                    tracing::error!(%cause, "CometBFT is stuck; it is stopped and started again");
                    ear.words().cause.get_or_insert_with(|| cause.clone());
                    self.told.state.send_replace(State::Broken { cause: cause.clone() });
                    ear.broken.send_replace(Some(cause));
                    stop_child(&mut child, self.config.grace).await;
                    child.wait().await
                }
                // A closed channel is a dropped supervisor.
                _ = self.stopping.recv() => {
                    stop_child(&mut child, self.config.grace).await;
                    return Ok(());
                }
            };
            ends = if started.elapsed() >= self.config.healthy_after { 1 } else { ends + 1 };
            let status =
                status.map_or_else(|error| error.to_string(), |status: ExitStatus| status.to_string());
            if ends > self.config.restarts_max {
                // The pipes may still hold its last words.
                tokio::time::sleep(Duration::from_millis(100)).await;
                let mut words = ear.words();
                return Err(SupervisorError::GaveUp {
                    ends,
                    status,
                    cause: words.cause.take(),
                    last_lines: words.last_lines.drain(..).collect(),
                });
            }
            ear.end();
            if broken.borrow().is_none() {
                self.told.state.send_replace(State::Waiting);
            }
            let pause = self.config.backoff.saturating_mul(1 << (ends - 1).min(6));
            tracing::warn!(%status, ends, ?pause, "CometBFT ended and is started again");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = self.stopping.recv() => return Ok(()),
            }
        }
    }

    fn start_child(&self, ear: &Ear) -> Result<Child, SupervisorError> {
        check_ports(&self.config.ports)?;
        let not_started = |reason: String| SupervisorError::NotStarted {
            binary: self.config.binary.display().to_string(),
            reason,
        };
        let mut command = Command::new(&self.config.binary);
        command.arg("start").arg("--home").arg(&self.config.home);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // Its own group: a Ctrl-C at the terminal reaches the daemon, which then stops its child in order.
        command.process_group(0);
        end_with_starter(command.as_std_mut());
        let mut child = command.spawn().map_err(|error| not_started(error.to_string()))?;
        let pid = child.id().ok_or_else(|| not_started("it ended at once".to_owned()))?;
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(listen(stdout, ear.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(listen(stderr, ear.clone()));
        }
        tracing::info!(pid, "CometBFT runs");
        self.starts.fetch_add(1, Ordering::Relaxed);
        self.told.error.send_replace(None);
        self.told.state.send_replace(State::Running { pid });
        Ok(child)
    }
}

/// What the command starts dies with the thread that starts it, whatever ends that thread: a daemon leaves no CometBFT
/// behind, and a test that is killed no node.
#[allow(unsafe_code)]
pub fn end_with_starter(command: &mut std::process::Command) {
    let parent = std::process::id();
    let bind = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        let still_there = rustix::process::getppid()
            .is_some_and(|found| u32::try_from(found.as_raw_nonzero().get()) == Ok(parent));
        if still_there { Ok(()) } else { Err(io::Error::from(io::ErrorKind::BrokenPipe)) }
    };
    // SAFETY: between fork and exec the closure makes two system calls and neither allocates nor takes a
    // lock.
    unsafe { command.pre_exec(bind) };
}

async fn stop_child(child: &mut Child, grace: Duration) {
    signal(child, Signal::TERM);
    if tokio::time::timeout(grace, child.wait()).await.is_ok() {
        return;
    }
    tracing::warn!(?grace, "CometBFT did not stop in time and is killed");
    if let Err(error) = child.kill().await {
        tracing::error!(%error, "CometBFT could not be killed");
    }
}

fn signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    if let Some(Err(error)) = pid.map(|pid| kill_process(pid, signal)) {
        tracing::warn!(%error, "CometBFT was not signalled");
    }
}

async fn listen(pipe: impl AsyncRead + Unpin, ear: Ear) {
    let mut lines = BufReader::new(pipe).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        ear.hear(String::from_utf8_lossy(&line).into_owned());
    }
}

/// Waits until the child's consensus has panicked.
async fn is_broken(broken: &mut watch::Receiver<Option<String>>) {
    if broken.wait_for(Option::is_some).await.is_err() {
        // Nobody listens any more: the child has closed its pipes, and its end tells the rest.
        std::future::pending::<()>().await;
    }
}

/// Refuses with the first port that cannot be listened on.
pub fn check_ports(ports: &[(String, SocketAddr)]) -> Result<(), SupervisorError> {
    for (purpose, address) in ports {
        // The standard library sets SO_REUSEADDR, so a connection of the last child that lingers is no
        // hindrance.
        if let Err(error) = TcpListener::bind(address) {
            let (purpose, address) = (purpose.clone(), *address);
            return Err(if error.kind() == io::ErrorKind::AddrInUse {
                SupervisorError::PortInUse { purpose, address }
            } else {
                SupervisorError::PortUnusable { purpose, address, reason: error.to_string() }
            });
        }
    }
    Ok(())
}
