//! Which addresses are public: pure tables over the IANA special-purpose registries.
//!
//! IPv4 is public unless a block below says otherwise. IPv6 is forbidden unless it lies in
//! `2000::/3` outside the special blocks: what nobody has allocated yet is nothing to send to.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of addresses that Hookreel does not send to by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForbiddenBlock {
    /// The block.
    pub net: IpNet,
    /// What it is for, to be read after "is".
    pub purpose: &'static str,
    /// Whether an operator who means this block has to name it: a wider network in the allow-list
    /// (say `0.0.0.0/0`) does not open it. So are loopback, link-local and metadata services.
    pub guarded: bool,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8, purpose: &'static str, guarded: bool) -> ForbiddenBlock {
    let net = IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix);
    ForbiddenBlock { net, purpose, guarded }
}

const fn v6(segments: [u16; 8], prefix: u8, purpose: &'static str, guarded: bool) -> ForbiddenBlock {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = segments;
    let net = IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(s0, s1, s2, s3, s4, s5, s6, s7)), prefix);
    ForbiddenBlock { net, purpose, guarded }
}

const METADATA: &str = "a cloud metadata service";
const LOOPBACK: &str = "this machine";
const LINK_LOCAL: &str = "link-local";
const PRIVATE: &str = "a private network";
const PROTOCOL: &str = "reserved for a protocol";
const DOCUMENTATION: &str = "reserved for documentation";
const MULTICAST: &str = "multicast";
const RESERVED: &str = "reserved";
const CARRIER: &str = "an IPv4 address in disguise";

/// The forbidden blocks of IPv4. Where two overlap, the narrower one comes first.
pub const FORBIDDEN_V4: &[ForbiddenBlock] = &[
    v4(168, 63, 129, 16, 32, METADATA, true), // Azure's host agent: in public space, yet answers every virtual machine
    v4(100, 100, 100, 200, 32, METADATA, true), // Alibaba Cloud, inside the carriers' block
    v4(192, 0, 0, 192, 32, METADATA, true),   // Oracle Cloud, inside the protocol block
    v4(0, 0, 0, 0, 8, LOOPBACK, true),        // "this network": Linux connects 0.0.0.0 to itself
    v4(10, 0, 0, 0, 8, PRIVATE, false),
    v4(100, 64, 0, 0, 10, "shared by a carrier", false),
    v4(127, 0, 0, 0, 8, LOOPBACK, true),
    v4(169, 254, 0, 0, 16, LINK_LOCAL, true),
    v4(172, 16, 0, 0, 12, PRIVATE, false),
    v4(192, 0, 0, 0, 24, PROTOCOL, false),
    v4(192, 0, 2, 0, 24, DOCUMENTATION, false),
    v4(192, 31, 196, 0, 24, PROTOCOL, false),
    v4(192, 52, 193, 0, 24, PROTOCOL, false),
    v4(192, 88, 99, 0, 24, PROTOCOL, false),
    v4(192, 168, 0, 0, 16, PRIVATE, false),
    v4(192, 175, 48, 0, 24, PROTOCOL, false),
    v4(198, 18, 0, 0, 15, "reserved for benchmarks", false),
    v4(198, 51, 100, 0, 24, DOCUMENTATION, false),
    v4(203, 0, 113, 0, 24, DOCUMENTATION, false),
    v4(224, 0, 0, 0, 4, MULTICAST, false),
    v4(240, 0, 0, 0, 4, RESERVED, false),
];

/// The forbidden blocks of IPv6. Where two overlap, the narrower one comes first; the last four
/// are the complement of `2000::/3`.
pub const FORBIDDEN_V6: &[ForbiddenBlock] = &[
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, METADATA, true),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128, METADATA, true),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, LOOPBACK, true),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, CARRIER, true),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "a black hole", false),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, PROTOCOL, false), // Teredo, benchmarks, ORCHID and their neighbours
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, DOCUMENTATION, false),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, CARRIER, true),
    v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, PROTOCOL, false),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, DOCUMENTATION, false),
    v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "reserved for segment routing", false),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, PRIVATE, false),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, LINK_LOCAL, true),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, PRIVATE, false),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, MULTICAST, false),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 8, CARRIER, true), // every way to write an IPv4 address lies in here
    v6([0, 0, 0, 0, 0, 0, 0, 0], 3, RESERVED, false),
    v6([0x4000, 0, 0, 0, 0, 0, 0, 0], 2, RESERVED, false),
    v6([0x8000, 0, 0, 0, 0, 0, 0, 0], 1, RESERVED, false),
];

/// ISATAP marks the interface half of an otherwise ordinary address, so no prefix describes it.
static ISATAP: ForbiddenBlock = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, CARRIER, true);

/// The block that forbids an address, or nothing if the address is public.
///
/// An address of the NAT64 prefix `64:ff9b::/96` is judged as the IPv4 address it leads to.
pub fn forbidden_block(address: IpAddr) -> Option<&'static ForbiddenBlock> {
    match address {
        IpAddr::V4(v4) => forbidden_v4(v4),
        IpAddr::V6(v6) => match nat64_target(v6) {
            Some(target) => forbidden_v4(target),
            None => forbidden_v6(v6),
        },
    }
}

fn forbidden_v4(address: Ipv4Addr) -> Option<&'static ForbiddenBlock> {
    let address = IpAddr::V4(address);
    FORBIDDEN_V4.iter().find(|block| block.net.contains(&address))
}

fn forbidden_v6(address: Ipv6Addr) -> Option<&'static ForbiddenBlock> {
    let listed = FORBIDDEN_V6.iter().find(|block| block.net.contains(&IpAddr::V6(address)));
    listed.or_else(|| is_isatap(address).then_some(&ISATAP))
}

/// The IPv4 address behind the well-known NAT64 prefix `64:ff9b::/96`.
pub fn nat64_target(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(from_segments(high, low)),
        _ => None,
    }
}

/// The IPv4 address that an address of `::/8` is another way of writing: mapped (`::ffff:a.b.c.d`),
/// compatible (`::a.b.c.d`) or translated (`::ffff:0:a.b.c.d`).
pub fn disguised_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(from_segments(high, low)),
        _ => None,
    }
}

/// The interface half reads `0000:5efe` or `0200:5efe` and then an IPv4 address.
fn is_isatap(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [_, _, _, _, 0 | 0x0200, 0x5efe, _, _])
}

fn from_segments(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}
