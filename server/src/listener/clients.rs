//! How many connections each client has: no single one may take all places.

use crate::proxies::TrustedProxies;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The connections that there are, by client. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Clients(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connections_max: usize,
    /// Through these come many clients.
    proxies: TrustedProxies,
    connections: Mutex<HashMap<IpAddr, usize>>,
}

impl Clients {
    pub(crate) fn new(connections_max: usize, proxies: TrustedProxies) -> Self {
        Self(Arc::new(Shared { connections_max, proxies, connections: Mutex::default() }))
    }

    /// A place for one more connection of a client; `None` when it has its share.
    pub(super) fn enter(&self, address: IpAddr) -> Option<ClientPlace> {
        if self.0.proxies.trust(address) {
            return Some(ClientPlace(None));
        }
        let client = client_of(address);
        let mut connections = self.0.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = connections.entry(client).or_default();
        if *of_client >= self.0.connections_max {
            return None;
        }
        *of_client += 1;
        Some(ClientPlace(Some((Arc::clone(&self.0), client))))
    }
}

/// Whose address it is: one host has a whole /64 of IPv6 to choose from.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

/// A connection's place among those of its client; given back when dropped.
#[derive(Debug)]
pub(super) struct ClientPlace(Option<(Arc<Shared>, IpAddr)>);

impl Drop for ClientPlace {
    fn drop(&mut self) {
        let Some((shared, client)) = self.0.take() else { return };
        let mut connections = shared.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_client) = connections.get_mut(&client) {
            *of_client -= 1;
            if *of_client == 0 {
                connections.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(connections_max: usize) -> Clients {
        Clients::new(connections_max, TrustedProxies::new(&["10.0.0.0/8".parse().unwrap()]))
    }

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_has_its_share_and_no_more_until_a_connection_ends() {
        let clients = clients(2);
        let first = clients.enter(at("198.51.100.7"));
        let second = clients.enter(at("::ffff:198.51.100.7"));
        assert!(first.is_some() && second.is_some());
        assert!(clients.enter(at("198.51.100.7")).is_none());
        assert!(clients.enter(at("198.51.100.8")).is_some(), "somebody else");
        drop(first);
        assert!(clients.enter(at("198.51.100.7")).is_some());
        drop(second);
        assert!(clients.0.connections.lock().unwrap().is_empty(), "nobody who has left is remembered");
    }

    #[test]
    fn addresses_of_one_network_of_ipv6_are_one_client() {
        let clients = clients(1);
        let _first = clients.enter(at("2001:db8::1"));
        assert!(clients.enter(at("2001:db8::ffff:1")).is_none());
        assert!(clients.enter(at("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn a_trusted_proxy_is_many_clients() {
        let clients = clients(1);
        let places: Vec<_> = (0..10).map(|_| clients.enter(at("10.1.2.3"))).collect();
        assert!(places.iter().all(Option::is_some));
    }
}
