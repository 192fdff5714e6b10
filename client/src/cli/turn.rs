//! One order of an account at a time on this machine: each then finds the number that the one before left.

use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use chortle_kernel::{Address, hash, tx::ChainRef};

use super::output;
use crate::{Code, Error, Result};

/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(20);
/// After this long a person is told what is waited for.
const SILENCE: Duration = Duration::from_secs(2);

/// An account's turn on a chain; it ends with this, or with the process.
pub struct Turn(#[expect(dead_code, reason = "held, never read")] Option<File>);

/// Waits for an account's turn.
#[allow(clippy::disallowed_methods, reason = "the file is empty and only held")]
pub fn wait(home: &Path, chain: &ChainRef, account: &Address, timeout: Duration) -> Result<Turn> {
    let folder = home.join("turns");
    let name = format!("{}-{account}", hash::to_hex(&chain.genesis));
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    let file = match made.and_then(|()| File::create(folder.join(name))) {
        Ok(file) => file,
        Err(error) => {
            // Turns only spare retries; numbers are settled with the node.
            output::note(&format!("no turns are taken in {}: {error}", folder.display()));
            return Ok(Turn(None));
        }
    };
    let (start, mut told) = (Instant::now(), false);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Turn(Some(file))),
            Err(TryLockError::Error(error)) => {
                output::note(&format!("no turns are taken in {}: {error}", folder.display()));
                return Ok(Turn(None));
            }
            Err(TryLockError::WouldBlock) if start.elapsed() >= timeout => {
                return Err(Error::unexpected(Code::Busy, format!("another command sends for {account}"))
                    .hint("nothing was sent; wait for it, or say --timeout with a longer time"));
            }
            Err(TryLockError::WouldBlock) => {
                if !told && start.elapsed() >= SILENCE {
                    told = true;
                    output::note(&format!("waiting for another command that sends for {account}"));
                }
                thread::sleep(PAUSE);
            }
        }
    }
}
