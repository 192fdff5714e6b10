//! Something that callers share: so much in all, and so much for each address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

/// Bits of an IPv6 address that name a customer; the rest is the customer's own to vary.
const PREFIX_V6: u32 = 64;

/// Who is counted as one: an IPv4 address, or a network of IPv6 as providers hand them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin(IpAddr);

impl Origin {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << PREFIX_V6);
                Self(IpAddr::V6(Ipv6Addr::from_bits(network)))
            }
            address => Self(address),
        }
    }
}

/// Where a request comes from; `None` is a trusted proxy that names nobody, which is counted in all alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller(pub(super) Option<Origin>);

impl Caller {
    /// The other end of a connection, or whom it speaks for if it is a proxy that is trusted. A list of several hops is
    /// read from its end: what stands before an address that is not trusted may be made up.
    pub(super) fn of(peer: IpAddr, trusted: &[IpNet], forwarded: &[&str]) -> Self {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
        let peer = peer.to_canonical();
        if !is_trusted(&peer) {
            return Self(Some(Origin::of(peer)));
        }
        let hops = forwarded.iter().rev().flat_map(|line| line.rsplit(','));
        let mut read = hops.map_while(|hop| hop.trim().parse::<IpAddr>().ok()).map(|hop| hop.to_canonical());
        Self(read.find(|hop| !is_trusted(hop)).map(Origin::of))
    }
}

/// Which bound was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// All callers together have it all.
    All,
    /// This one has its part.
    Address,
}

/// So much in all, and so much for each address.
pub(super) struct Quota {
    all: u64,
    each: u64,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: u64,
    /// Only those who hold something, so it is no longer than what is held.
    each: HashMap<Origin, u64>,
}

/// What a caller holds until it is dropped.
pub(super) struct Hold {
    quota: Arc<Quota>,
    caller: Caller,
    amount: u64,
}

impl Quota {
    /// A quota of which one address may hold a part; at least one, if there is any.
    pub(super) fn new(all: u64, address_percent: u64) -> Arc<Self> {
        let each = (all.saturating_mul(address_percent) / 100).max(all.min(1));
        Arc::new(Self { all, each, taken: Mutex::default() })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Nothing panics under this lock.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes so much for a caller, or nothing.
    pub(super) fn take(self: &Arc<Self>, caller: Caller, amount: u64) -> Result<Hold, Full> {
        let mut held = Hold { quota: Arc::clone(self), caller, amount: 0 };
        held.grow(amount)?;
        Ok(held)
    }
}

impl Hold {
    /// Takes more, or nothing more.
    pub(super) fn grow(&mut self, amount: u64) -> Result<(), Full> {
        let mut taken = self.quota.taken();
        let all = taken.all.saturating_add(amount);
        if all > self.quota.all {
            return Err(Full::All);
        }
        if let Some(origin) = self.caller.0 {
            let each = taken.each.get(&origin).copied().unwrap_or(0).saturating_add(amount);
            if each > self.quota.each {
                return Err(Full::Address);
            }
            taken.each.insert(origin, each);
        }
        taken.all = all;
        drop(taken);
        self.amount = self.amount.saturating_add(amount);
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut taken = self.quota.taken();
        taken.all = taken.all.saturating_sub(self.amount);
        let Some(origin) = self.caller.0 else { return };
        let left = taken.each.get(&origin).copied().unwrap_or(0).saturating_sub(self.amount);
        if left == 0 {
            taken.each.remove(&origin);
        } else {
            taken.each.insert(origin, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(address: &str) -> Caller {
        Caller::of(address.parse().unwrap(), &[], &[])
    }

    #[test]
    fn an_address_has_its_part_and_all_have_the_whole() {
        let quota = Quota::new(8, 25);
        let one = caller("10.0.0.1");
        let first = quota.take(one, 1).unwrap();
        let second = quota.take(one, 1).unwrap();
        assert_eq!(quota.take(one, 1).err(), Some(Full::Address));
        let others: Vec<_> =
            (2..8).map(|at| quota.take(caller(&format!("10.0.0.{at}")), 1).unwrap()).collect();
        assert_eq!(quota.take(caller("10.0.0.9"), 1).err(), Some(Full::All));
        drop((first, second, others));
        let taken = quota.taken();
        assert_eq!((taken.all, taken.each.len()), (0, 0), "nothing is left of who is gone");
    }

    #[test]
    fn what_does_not_fit_is_not_taken() {
        let quota = Quota::new(100, 50);
        let mut held = quota.take(caller("10.0.0.1"), 30).unwrap();
        assert_eq!(held.grow(21), Err(Full::Address));
        assert_eq!(held.grow(20), Ok(()));
        assert_eq!(quota.take(caller("10.0.0.2"), 51).err(), Some(Full::All));
    }

    #[test]
    fn a_customer_of_ipv6_is_one_and_a_mapped_address_is_of_ipv4() {
        assert_eq!(caller("2001:db8::1"), caller("2001:db8::ffff:0:1"));
        assert_ne!(caller("2001:db8:0:1::1"), caller("2001:db8:0:2::1"));
        assert_eq!(caller("::ffff:10.0.0.1"), caller("10.0.0.1"));
    }

    #[test]
    fn only_a_trusted_proxy_speaks_for_another() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let of = |peer: &str, forwarded: &[&str]| Caller::of(peer.parse().unwrap(), &trusted, forwarded);
        assert_eq!(of("192.0.2.1", &["203.0.113.9"]), caller("192.0.2.1"), "not trusted: not believed");
        assert_eq!(of("10.0.0.1", &["203.0.113.9"]), caller("203.0.113.9"));
        assert_eq!(of("10.0.0.1", &["198.51.100.1, 203.0.113.9, 10.0.0.2"]), caller("203.0.113.9"));
        assert_eq!(of("10.0.0.1", &["198.51.100.1", "203.0.113.9"]), caller("203.0.113.9"));
        for unnamed in [&[][..], &["nonsense"], &["203.0.113.9, nonsense"], &["10.0.0.3"]] {
            assert_eq!(of("10.0.0.1", unnamed), Caller(None), "{unnamed:?}");
        }
    }
}
