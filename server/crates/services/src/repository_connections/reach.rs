//! Whether GitHub can reach this installation, as far as its URL tells.

use hookreel_egress::address::forbidden_block;
use std::net::IpAddr;
use url::{Host, Url};

/// Endings of names that only a network of one's own knows.
const OWN_ENDINGS: [&str; 5] = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];

/// Why GitHub most likely cannot reach this URL.
pub(super) fn unreachable(url: &Url) -> Option<String> {
    let is_of_ones_own = match url.host()? {
        Host::Ipv4(address) => forbidden_block(IpAddr::V4(address)).is_some(),
        Host::Ipv6(address) => forbidden_block(IpAddr::V6(address)).is_some(),
        Host::Domain(name) => !name.contains('.') || OWN_ENDINGS.iter().any(|ending| name.ends_with(ending)),
    };
    is_of_ones_own.then(|| {
        format!(
            "GitHub sends to {}, an address that only this machine or its network knows. Unless GitHub is in the same \
             network, nothing will arrive: set HOOKREEL_PUBLIC_URL to where the outside world reaches Hookreel.",
            url.origin().ascii_serialization()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ones_own_network_are_told_from_public_ones() {
        let is_unreachable = |text: &str| unreachable(&text.parse().unwrap()).is_some();
        for own in [
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "http://10.1.2.3",
            "https://hookreel",
            "https://hooks.internal",
            "https://nas.local/hooks",
        ] {
            assert!(is_unreachable(own), "{own}");
        }
        for public in ["https://hooks.example.com", "http://93.184.215.14", "https://[2606:4700::1]/"] {
            assert!(!is_unreachable(public), "{public}");
        }
        assert!(unreachable(&"http://localhost:3000/".parse().unwrap()).unwrap().contains("http://localhost:3000,"));
    }
}
