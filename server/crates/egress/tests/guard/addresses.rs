//! Blocks, not examples: whatever lies in a forbidden block is forbidden.

use crate::support::ip;
use hookreel_egress::EgressPolicy;
use hookreel_egress::address::{FORBIDDEN_V4, FORBIDDEN_V6, ForbiddenBlock, forbidden_block};
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const FORBIDDEN_V6_EXAMPLES: [&str; 66] = [
    "::",
    "::1",
    "::2",
    "::7f00:1",
    "::ffff:0:0",
    "::ffff:ffff:ffff",
    "0:1::",
    "1::1",
    "ff:ffff::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:0:0:0:1::",
    "64:ff9b:1::1",
    "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "64:ff9c::1",
    "100::",
    "100::1",
    "100::ffff:ffff:ffff:ffff",
    "100:0:0:1::",
    "200::1",
    "400::1",
    "1000::1",
    "1fff:ffff::1",
    "2001::",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:1::1",
    "2001:2::1",
    "2001:3::1",
    "2001:4:112::1",
    "2001:5::1",
    "2001:10::1",
    "2001:20::1",
    "2001:30::1",
    "2001:1ff:ffff::1",
    "2001:db8::",
    "2001:db8::1",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::",
    "2002:808:808::1",
    "2002:ffff:ffff::1",
    "2620:4f:8000::1",
    "2a00:1450::5efe:7f00:1",
    "2a00:1450::200:5efe:808:808",
    "3fff::",
    "3fff::1",
    "3fff:fff:ffff::1",
    "4000::1",
    "5f00::",
    "5f00::1",
    "5f00:ffff::1",
    "6000::1",
    "8000::1",
    "a000::1",
    "c000::1",
    "e000::1",
    "fc00::",
    "fc00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fdff:ffff::1",
    "fe00::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
];

const PUBLIC: [&str; 100] = [
    "1.0.0.1",
    "1.1.1.1",
    "2.2.2.2",
    "3.5.140.1",
    "4.2.2.2",
    "5.9.0.1",
    "6.6.6.6",
    "7.7.7.7",
    "8.8.4.4",
    "8.8.8.8",
    "9.9.9.9",
    "9.255.255.255",
    "11.0.0.0",
    "12.1.1.1",
    "13.107.42.14",
    "15.197.0.1",
    "17.0.0.1",
    "18.66.0.1",
    "20.20.20.20",
    "23.1.1.1",
    "31.13.24.1",
    "34.1.1.1",
    "35.190.0.1",
    "40.76.4.15",
    "45.33.0.1",
    "50.16.0.1",
    "52.1.1.1",
    "54.230.0.1",
    "63.1.1.1",
    "64.233.160.1",
    "66.249.64.1",
    "72.14.192.1",
    "76.76.21.21",
    "80.80.80.80",
    "91.189.88.1",
    "99.99.99.99",
    "100.63.255.255",
    "100.128.0.0",
    "104.16.0.1",
    "108.177.0.1",
    "126.255.255.255",
    "128.0.0.0",
    "130.211.0.1",
    "140.82.112.3",
    "142.250.0.1",
    "151.101.1.69",
    "157.240.0.1",
    "162.159.0.1",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "172.64.0.1",
    "173.194.0.1",
    "185.199.108.153",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.3.0",
    "192.31.195.255",
    "192.31.197.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "195.0.0.1",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "199.232.0.1",
    "203.0.112.255",
    "203.0.114.0",
    "204.79.197.200",
    "208.67.222.222",
    "209.85.128.1",
    "216.58.192.1",
    "217.0.0.1",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2003::1",
    "2400:cb00::1",
    "2600::1",
    "2606:4700:4700::1111",
    "2607:f8b0::1",
    "2620:4f:7fff::1",
    "2620:fe::fe",
    "2800:3f0::1",
    "2a00:1450:4001::1",
    "2a01:4f8::1",
    "2a06:98c1::1",
    "2c0f:fb50::1",
    "3ffe::1",
    "3ffe:ffff::1",
    "64:ff9b::8.8.8.8",
];

#[test]
fn forbidden_ipv6_addresses_are_forbidden() {
    for address in FORBIDDEN_V6_EXAMPLES {
        assert!(forbidden_block(ip(address)).is_some(), "{address}");
    }
}

#[test]
fn public_addresses_are_not() {
    for address in PUBLIC {
        assert_eq!(forbidden_block(ip(address)), None, "{address}");
    }
}

#[test]
fn both_ends_of_every_block_are_forbidden() {
    for block in FORBIDDEN_V4.iter().chain(FORBIDDEN_V6) {
        assert_eq!(block.net, block.net.trunc(), "{} has octets past its prefix", block.net);
        for end in [block.net.network(), block.net.broadcast()] {
            assert!(forbidden_block(end).is_some(), "{end} of {}", block.net);
        }
    }
}

#[test]
fn a_narrower_block_is_never_hidden_by_a_wider_one() {
    for blocks in [FORBIDDEN_V4, FORBIDDEN_V6] {
        for (index, block) in blocks.iter().enumerate() {
            let hider = blocks[..index].iter().find(|earlier| earlier.net.contains(&block.net));
            assert_eq!(hider, None, "{} is hidden", block.net);
        }
    }
}

fn address_in(block: &ForbiddenBlock, random: u128) -> IpAddr {
    match block.net.network() {
        IpAddr::V4(v4) => {
            let hosts = u32::MAX.checked_shr(u32::from(block.net.prefix_len())).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from(u32::from(v4) | (random as u32 & hosts)))
        }
        IpAddr::V6(v6) => {
            let hosts = u128::MAX.checked_shr(u32::from(block.net.prefix_len())).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from(u128::from(v6) | (random & hosts)))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn every_address_of_a_block_is_forbidden(
        block in prop::sample::select([FORBIDDEN_V4, FORBIDDEN_V6].concat()),
        random in any::<u128>(),
    ) {
        let address = address_in(&block, random);
        // NAT64's own block is the one exception inside ::/8: it leads to the IPv4 address it carries.
        let is_nat64 = matches!(address, IpAddr::V6(v6) if v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0]);
        prop_assert!(is_nat64 || forbidden_block(address).is_some(), "{address} of {}", block.net);
        prop_assert!(is_nat64 || EgressPolicy::default().check_address(address).is_err());
    }

    #[test]
    fn nat64_leads_where_the_ipv4_address_leads(number in any::<u32>()) {
        let v4 = Ipv4Addr::from(number);
        let nat64 = Ipv6Addr::from((0x64_ff9b_u128 << 96) | u128::from(number));
        prop_assert_eq!(forbidden_block(IpAddr::V6(nat64)), forbidden_block(IpAddr::V4(v4)));
    }

    #[test]
    fn outside_the_global_unicast_space_nothing_is_public(number in any::<u128>()) {
        let v6 = Ipv6Addr::from(number);
        let is_global_unicast = v6.segments()[0] & 0xe000 == 0x2000;
        prop_assert!(is_global_unicast || forbidden_block(IpAddr::V6(v6)).is_some(), "{v6}");
    }

    #[test]
    fn every_other_spelling_of_an_ipv4_address_in_ipv6_is_forbidden(number in any::<u32>(), random in any::<u128>()) {
        let v4 = u128::from(number);
        for carrier in [
            v4,                                                          // compatible
            (0xffff << 32) | v4,                                         // mapped
            (0xffff << 48) | v4,                                         // translated
            (0x2002 << 112) | (v4 << 80) | (random & ((1 << 80) - 1)),   // 6to4
            (0x2001 << 112) | (v4 << 64) | (random & ((1 << 64) - 1)),   // Teredo
        ] {
            let address = Ipv6Addr::from(carrier);
            prop_assert!(forbidden_block(IpAddr::V6(address)).is_some(), "{address}");
        }
    }
}
