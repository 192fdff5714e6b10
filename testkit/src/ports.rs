//! Free ports of this machine's loopback.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context;

/// Addresses that nothing listens on now. They are found all at once, so that no two are the same.
pub fn free<const N: usize>() -> anyhow::Result<[SocketAddr; N]> {
    let mut listeners = Vec::with_capacity(N);
    for _ in 0..N {
        listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?);
    }
    let addresses: Vec<_> = listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
    addresses.try_into().map_err(|_| anyhow::anyhow!("fewer addresses than listeners"))
}
