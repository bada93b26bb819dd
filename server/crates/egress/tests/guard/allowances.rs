//! What the operator's allow-list opens, and what it does not.

use crate::support::{egress, ip, policy};
use hookreel_egress::UrlRefusal;

fn check(allowed: &[&str], address: &str, is_open: bool) {
    let verdict = policy(allowed).check_address(ip(address));
    assert_eq!(verdict.is_ok(), is_open, "{address} with {allowed:?}: {verdict:?}");
}

#[test]
fn a_listed_network_opens_its_addresses_and_no_others() {
    check(&["10.1.0.0/16"], "10.1.2.3", true);
    check(&["10.1.0.0/16"], "10.2.2.3", false);
    check(&["10.1.0.0/16"], "192.168.0.1", false);
    check(&["192.168.0.7/32"], "192.168.0.7", true);
    check(&["fd12:3456::/32"], "fd12:3456::1", true);
    check(&["fd12:3456::/32"], "fd12:3457::1", false);
    check(&["127.0.0.0/8"], "127.0.0.1", true);
    check(&["::1/128"], "::1", true);
    check(&["127.0.0.0/8"], "::1", false);
}

#[test]
fn a_wide_network_opens_private_addresses_but_not_the_machine_or_its_metadata() {
    let everything = ["0.0.0.0/0", "::/0"];
    for open in ["10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd00::1", "2001:db8::1"] {
        check(&everything, open, true);
    }
    for closed in [
        "127.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::a9fe:a9fe",
        "2002:7f00:1::1",
        "fe80::a9fe:a9fe",
        "fd00:ec2::254",
        "fd20:ce::254",
    ] {
        check(&everything, closed, false);
    }
    check(&["100.64.0.0/10"], "100.100.100.200", false);
    check(&["100.64.0.0/10"], "100.100.100.201", true);
    check(&["192.0.0.0/24"], "192.0.0.192", false);
    check(&["fd00::/8"], "fd00:ec2::254", false);
}

#[test]
fn metadata_opens_only_by_its_own_name() {
    check(&["169.254.169.254/32"], "169.254.169.254", true);
    check(&["100.100.100.200/32"], "100.100.100.200", true);
    check(&["168.63.129.16/32"], "168.63.129.16", true);
    check(&["fd00:ec2::254/128"], "fd00:ec2::254", true);
}

#[test]
fn a_disguise_opens_only_what_is_open_without_it() {
    check(&["::ffff:0:0/96"], "::ffff:127.0.0.1", false);
    check(&["::ffff:0:0/96", "127.0.0.0/8"], "::ffff:127.0.0.1", true);
    check(&["127.0.0.0/8"], "::ffff:127.0.0.1", false);
    check(&["10.0.0.0/8"], "64:ff9b::10.0.0.1", true);
    check(&["64:ff9b::/96"], "64:ff9b::10.0.0.1", false);
}

#[test]
fn a_listed_address_is_open_on_every_port() {
    let listed = egress(&["127.0.0.0/8", "203.0.113.0/24"]);
    for url in ["http://127.0.0.1:22/", "http://203.0.113.5:5432/", "http://localhost:6379/", "http://db:5432/"] {
        assert_eq!(listed.check_url(&url.parse().unwrap()), Ok(()), "{url}");
    }
    assert_eq!(listed.check_url(&"http://8.8.8.8:25/".parse().unwrap()), Err(UrlRefusal::Port(25)));
}

#[test]
fn a_metadata_name_opens_with_its_address() {
    let url = "http://metadata.google.internal/".parse().unwrap();
    assert!(egress(&["0.0.0.0/0"]).check_url(&url).is_err());
    assert_eq!(egress(&["169.254.169.254/32"]).check_url(&url), Ok(()));
}
