//! Ports of this machine's loopback for networks on one machine.
//!
//! They come from below the range that the system gives to outgoing connections, so none is lost to one between
//! being found and being bound; and each is held by a locked file until this process ends, so two processes that look
//! at the same moment find different ones.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Below the lowest port that Linux gives to outgoing connections, and apart from the ports of a default localnet.
const RANGE: Range<u16> = 12_000..26_000;

/// What this process holds, and where it looks next.
static HELD: Mutex<(Vec<File>, u16)> = Mutex::new((Vec::new(), 0));

/// So many ports in a row that no other process of ours has and nothing listens on. They are this process's until it
/// ends. An error if the range is used up.
pub fn row(count: u16) -> io::Result<Vec<SocketAddr>> {
    // The list only grows, so a panic elsewhere leaves it whole.
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = std::env::temp_dir().join("chortle-ports");
    fs::create_dir_all(&folder)?;
    let length = RANGE.end - RANGE.start;
    if held.1 == 0 {
        // Processes that start together begin far from each other.
        held.1 = RANGE.start
            + u16::try_from(std::process::id().wrapping_mul(7_919) % u32::from(length)).unwrap_or(0);
    }
    let mut found: Vec<(SocketAddr, File)> = Vec::new();
    for _ in 0..length {
        let port = held.1;
        held.1 = if port + 1 < RANGE.end { port + 1 } else { RANGE.start };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let file =
            File::options().create(true).truncate(false).write(true).open(folder.join(port.to_string()))?;
        let free = file.try_lock().is_ok() && TcpListener::bind(address).is_ok();
        let follows = found.last().is_none_or(|(last, _)| last.port() + 1 == port);
        match (free, follows) {
            (true, true) => found.push((address, file)),
            (true, false) => found = vec![(address, file)],
            (false, _) => found.clear(),
        }
        if found.len() == usize::from(count) {
            let (addresses, files): (Vec<_>, Vec<_>) = found.into_iter().unzip();
            held.0.extend(files);
            return Ok(addresses);
        }
    }
    Err(io::Error::other(format!("no {count} free ports in a row within {RANGE:?}")))
}

/// [`row`], as many as the caller takes apart.
pub fn free<const N: usize>() -> io::Result<[SocketAddr; N]> {
    let row = row(u16::try_from(N).map_err(io::Error::other)?)?;
    row.try_into().map_err(|_| io::Error::other("a row of another length"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_port_is_given_twice_and_none_that_is_taken() {
        let [taken] = free().unwrap();
        let _listener = TcpListener::bind(taken).unwrap();
        let rows: Vec<_> = (0..50).flat_map(|_| row(4).unwrap()).collect();
        let ports: BTreeSet<u16> = rows.iter().map(SocketAddr::port).collect();
        assert_eq!(ports.len(), 200);
        assert!(!ports.contains(&taken.port()) && ports.iter().all(|port| RANGE.contains(port)));
    }
}
