//! What an instance may send to: public addresses, and what its operator allows on top.

use crate::address::{self, ForbiddenBlock};
use crate::ports;
use crate::refusal::{ForbiddenAddress, UrlRefusal};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// Names by which virtual machines reach their cloud's metadata service.
const METADATA_NAMES: &[&str] = &["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"];

/// The address that those names lead to.
const METADATA_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

/// The addresses of `localhost`, in the order in which they are tried.
pub(crate) const LOCALHOST: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// What an instance may send to. By default: public addresses only.
///
/// The operator's allow-list lifts denials of addresses, and with them of ports. Loopback,
/// link-local and metadata addresses stay denied unless a listed network lies wholly within their
/// block, so `0.0.0.0/0` opens the private networks and nothing more dangerous.
#[derive(Debug, Clone, Default)]
pub struct EgressPolicy {
    allowed: Vec<IpNet>,
    own: Vec<(String, u16)>,
    listeners: Vec<SocketAddr>,
}

impl EgressPolicy {
    /// Public addresses and the listed networks.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed, ..Self::default() }
    }

    /// Refuses the instance's own URLs as targets, by host and port as written in them.
    #[must_use]
    pub fn refusing_own(mut self, urls: impl IntoIterator<Item = Url>) -> Self {
        let authorities = urls.into_iter().filter_map(|url| {
            let host = url.host_str()?.to_owned();
            Some((host, url.port_or_known_default()?))
        });
        self.own.extend(authorities);
        self
    }

    /// Refuses these addresses as targets, at which the instance listens. An unspecified one is all of this machine.
    #[must_use]
    pub fn refusing_listeners(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.listeners.extend(addresses);
        self
    }

    /// The networks that the operator allows.
    pub fn allowed(&self) -> &[IpNet] {
        &self.allowed
    }

    /// Whether an address may be sent to.
    pub fn check_address(&self, address: IpAddr) -> Result<(), ForbiddenAddress> {
        let Some(block) = address::forbidden_block(address) else {
            return Ok(());
        };
        if self.lifts(address, block) {
            return Ok(());
        }
        Err(ForbiddenAddress { address, purpose: block.purpose })
    }

    /// Whether the operator listed a network that holds the address. Opens the denied ports.
    pub(crate) fn lists(&self, address: IpAddr) -> bool {
        self.check_address(address).is_ok() && self.allowed.iter().any(|net| net.contains(&address))
    }

    /// Checks everything about a URL that is known without resolving its host.
    pub(crate) fn check_url(&self, url: &Url) -> Result<(), UrlRefusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlRefusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlRefusal::Fragment);
        }
        let host = url.host().ok_or(UrlRefusal::NoHost)?;
        let port = url.port_or_known_default().ok_or(UrlRefusal::NoHost)?;
        self.check_own(url, port)?;
        match host {
            Host::Ipv4(v4) => self.check_literal(IpAddr::V4(v4), port),
            Host::Ipv6(v6) => self.check_literal(IpAddr::V6(v6), port),
            Host::Domain(name) => self.check_name(name, port),
        }
    }

    fn check_own(&self, url: &Url, port: u16) -> Result<(), UrlRefusal> {
        let is_own = |(own_host, own_port): &(String, u16)| *own_port == port && url.host_str() == Some(own_host);
        let leads_here = |address: IpAddr| self.listeners.iter().any(|own| own.port() == port && is_at(*own, address));
        let is_ours = match url.host() {
            Some(Host::Ipv4(v4)) => leads_here(v4.into()),
            Some(Host::Ipv6(v6)) => leads_here(v6.into()),
            Some(Host::Domain(name)) if is_localhost(name.trim_end_matches('.')) => {
                LOCALHOST.into_iter().any(leads_here)
            }
            Some(Host::Domain(_)) | None => false,
        };
        if is_ours || self.own.iter().any(is_own) { Err(UrlRefusal::Own) } else { Ok(()) }
    }

    fn check_literal(&self, address: IpAddr, port: u16) -> Result<(), UrlRefusal> {
        self.check_address(address)?;
        if ports::is_denied(port) && !self.lists(address) {
            return Err(UrlRefusal::Port(port));
        }
        Ok(())
    }

    /// A name says little before it is resolved, but some names say enough.
    fn check_name(&self, name: &str, port: u16) -> Result<(), UrlRefusal> {
        let name = name.trim_end_matches('.');
        if name.is_empty() {
            return Err(UrlRefusal::NoHost);
        }
        let leads_nowhere = if is_localhost(name) {
            LOCALHOST.iter().all(|address| self.check_address(*address).is_err())
        } else {
            METADATA_NAMES.contains(&name) && self.check_address(METADATA_ADDRESS).is_err()
        };
        if leads_nowhere {
            return Err(UrlRefusal::LocalName { name: name.to_owned() });
        }
        if ports::is_denied(port) && self.allowed.is_empty() {
            return Err(UrlRefusal::Port(port));
        }
        Ok(())
    }

    fn lifts(&self, address: IpAddr, block: &ForbiddenBlock) -> bool {
        match address {
            IpAddr::V4(_) => self.covers(address, block),
            IpAddr::V6(v6) => match (address::nat64_target(v6), address::disguised_v4(v6)) {
                (Some(target), _) => self.check_address(IpAddr::V4(target)).is_ok(),
                // A disguise opens only what is open without it. `::1` is no disguise but itself.
                (None, Some(v4)) if !v6.is_loopback() => {
                    self.covers(address, block) && self.check_address(IpAddr::V4(v4)).is_ok()
                }
                (None, _) => self.covers(address, block),
            },
        }
    }

    fn covers(&self, address: IpAddr, block: &ForbiddenBlock) -> bool {
        let covers = |net: &IpNet| net.contains(&address) && (!block.guarded || block.net.contains(net));
        self.allowed.iter().any(covers)
    }
}

/// Whether what listens at `own` is reached by this address.
fn is_at(own: SocketAddr, address: IpAddr) -> bool {
    let address = address.to_canonical();
    let is_this_machine = address.is_loopback() || address.is_unspecified();
    own.ip().to_canonical() == address || (own.ip().is_unspecified() && is_this_machine)
}

/// `localhost` and everything below it belong to this machine (RFC 6761).
pub(crate) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}
