//! One forbidden address has many spellings. None of them gets through.

use crate::support::{egress, policy, post};
use hookreel_egress::{Egress, UrlRefusal};
use hookreel_kernel::FailureReason;
use std::net::Ipv4Addr;
use url::Url;

/// Addresses of every forbidden block of IPv4.
pub(crate) const FORBIDDEN: [[u8; 4]; 32] = [
    [0, 0, 0, 0],
    [0, 1, 2, 3],
    [10, 0, 0, 1],
    [10, 255, 255, 254],
    [100, 64, 0, 1],
    [100, 100, 100, 200],
    [100, 127, 255, 254],
    [127, 0, 0, 1],
    [127, 1, 2, 3],
    [127, 255, 255, 254],
    [168, 63, 129, 16],
    [169, 254, 0, 1],
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [172, 16, 0, 1],
    [172, 17, 0, 1],
    [172, 31, 255, 254],
    [192, 0, 0, 192],
    [192, 0, 2, 1],
    [192, 88, 99, 1],
    [192, 168, 0, 1],
    [192, 168, 255, 254],
    [198, 18, 0, 1],
    [198, 19, 255, 254],
    [198, 51, 100, 1],
    [203, 0, 113, 1],
    [224, 0, 0, 1],
    [239, 255, 255, 250],
    [240, 0, 0, 1],
    [250, 1, 2, 3],
    [255, 255, 255, 254],
    [255, 255, 255, 255],
];

/// URLs whose host is the address, in 16 spellings.
fn spellings([a, b, c, d]: [u8; 4]) -> [String; 16] {
    let number = u32::from_be_bytes([a, b, c, d]);
    let plain = format!("{a}.{b}.{c}.{d}");
    let full_width: String = plain.chars().map(|c| c.to_digit(10).map_or(c, full_width_digit)).collect();
    let escaped = plain.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    [
        format!("http://{plain}/"),
        format!("http://{plain}./"),
        format!("http://{number}/"),
        format!("http://0x{number:x}/"),
        format!("http://0{number:o}/"),
        format!("http://0X{a:X}.0x{b:x}.0x{c:x}.0x{d:x}/"),
        format!("http://0{a:o}.0{b:o}.0{c:o}.0{d:o}/"),
        format!("http://0000{a:o}.0{b:o}.{c}.0x{d:x}/"),
        format!("http://{a}.{b}.{}/", u16::from_be_bytes([c, d])),
        format!("http://{a}.{}/", u32::from_be_bytes([0, b, c, d])),
        format!("http://{full_width}/"),
        format!("http://{}/", plain.replace('.', "\u{3002}")),
        format!("http://{escaped}/"),
        format!("http:\\\\{plain}\\"),
        format!("http://{a}.\t{b}.{c}\n.{d}/"),
        format!("http:/{plain}:80/?@8.8.8.8"),
    ]
}

fn full_width_digit(digit: u32) -> char {
    char::from_u32(0xff10 + digit).unwrap()
}

fn is_refused(egress: &Egress, url: &str) -> bool {
    url.parse().is_ok_and(|url: Url| egress.check_url(&url).is_err())
}

#[test]
fn every_spelling_of_a_forbidden_ipv4_address_is_refused() {
    let egress = egress(&[]);
    let mut count = 0;
    for octets in FORBIDDEN {
        for spelling in spellings(octets) {
            let url: Url = spelling.parse().unwrap();
            assert_eq!(url.host(), Some(url::Host::Ipv4(Ipv4Addr::from(octets))), "{spelling:?}");
            assert!(is_refused(&egress, &spelling), "{spelling:?}");
            count += 1;
        }
    }
    assert_eq!(count, 512);
}

#[tokio::test]
async fn every_spelling_is_refused_again_at_sending() {
    let egress = egress(&[]);
    for octets in FORBIDDEN {
        for spelling in spellings(octets) {
            let failure = post(&egress, spelling.parse().unwrap()).await.unwrap_err();
            assert_eq!(failure.reason, FailureReason::TargetForbidden, "{spelling:?}");
        }
    }
}

#[test]
fn every_embedding_of_a_forbidden_ipv4_address_in_ipv6_is_refused() {
    let egress = egress(&[]);
    let mut count = 0;
    for [a, b, c, d] in FORBIDDEN {
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let embeddings = [
            format!("::ffff:{a}.{b}.{c}.{d}"),           // mapped
            format!("::{a}.{b}.{c}.{d}"),                // compatible
            format!("::ffff:0:{a}.{b}.{c}.{d}"),         // translated
            format!("64:ff9b::{a}.{b}.{c}.{d}"),         // NAT64
            format!("64:ff9b:1::{a}.{b}.{c}.{d}"),       // NAT64 of a network's own
            format!("2002:{high:x}:{low:x}::1"),         // 6to4
            format!("2001:0:{high:x}:{low:x}::1"),       // Teredo
            format!("2a00:1450::5efe:{high:x}:{low:x}"), // ISATAP
        ];
        for embedding in embeddings {
            assert!(is_refused(&egress, &format!("http://[{embedding}]/")), "{embedding}");
            count += 1;
        }
    }
    assert_eq!(count, 256);
}

#[test]
fn what_is_not_a_plain_web_address_is_refused_for_what_it_is() {
    let egress = egress(&[]);
    for (url, refusal) in [
        ("ftp://example.com/", UrlRefusal::Scheme),
        ("file:///etc/passwd", UrlRefusal::Scheme),
        ("gopher://example.com/", UrlRefusal::Scheme),
        ("http://8.8.8.8@127.0.0.1/", UrlRefusal::Credentials),
        ("https://:secret@example.com/", UrlRefusal::Credentials),
        ("https://user@example.com/", UrlRefusal::Credentials),
        ("https://example.com/#part", UrlRefusal::Fragment),
        ("https://example.com:22/", UrlRefusal::Port(22)),
        ("https://example.com:5432/", UrlRefusal::Port(5432)),
        ("http://8.8.8.8:25/", UrlRefusal::Port(25)),
        ("http://localhost/", UrlRefusal::LocalName { name: "localhost".to_owned() }),
        ("http://LOCALHOST.:8080/", UrlRefusal::LocalName { name: "localhost".to_owned() }),
        ("http://api.localhost/", UrlRefusal::LocalName { name: "api.localhost".to_owned() }),
        ("http://metadata.google.internal/", UrlRefusal::LocalName { name: "metadata.google.internal".to_owned() }),
    ] {
        assert_eq!(egress.check_url(&url.parse().unwrap()), Err(refusal), "{url}");
    }
}

#[test]
fn zones_and_broken_hosts_are_no_urls_at_all() {
    for url in ["http://[fe80::1%25eth0]/", "http://127.0.0.1.5/", "http://1.2.3.256/", "http://[::1/", "http:///"] {
        assert!(url.parse::<Url>().is_err(), "{url}");
    }
}

#[test]
fn ordinary_urls_are_accepted() {
    let egress = egress(&[]);
    for url in [
        "https://example.com/hooks?token=a%20b",
        "http://example.com:8080/",
        "https://example.com:8443/",
        "https://xn--grsse-kua.example/",
        "https://sub.example.co.uk./",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://[64:ff9b::8.8.8.8]/",
        "https://notlocalhost/",
        "https://localhost.example.com/",
    ] {
        assert_eq!(egress.check_url(&url.parse().unwrap()), Ok(()), "{url}");
    }
}

#[test]
fn the_instances_own_urls_are_refused() {
    let own: Url = "https://hooks.example.com/".parse().unwrap();
    let egress = Egress::new(policy(&[]).refusing_own([own])).unwrap();
    for url in ["https://hooks.example.com/in/token", "https://HOOKS.example.com:443/"] {
        assert_eq!(egress.check_url(&url.parse().unwrap()), Err(UrlRefusal::Own), "{url}");
    }
    for url in ["https://hooks.example.com:8443/", "http://hooks.example.com/", "https://example.com/"] {
        assert_eq!(egress.check_url(&url.parse().unwrap()), Ok(()), "{url}");
    }
}

#[test]
fn the_instance_is_refused_by_its_address_too() {
    let refused = |listener: &str, url: &str| {
        let listener = listener.parse().unwrap();
        let egress =
            Egress::new(policy(&["127.0.0.0/8", "::1/128", "0.0.0.0/32"]).refusing_listeners([listener])).unwrap();
        egress.check_url(&url.parse().unwrap()) == Err(UrlRefusal::Own)
    };
    for url in [
        "http://127.0.0.1:3000/in/token",
        "http://localhost:3000/",
        "http://a.localhost:3000/",
        "http://0x7f.1:3000/",
        "http://[::ffff:127.0.0.1]:3000/",
    ] {
        assert!(refused("127.0.0.1:3000", url) && refused("0.0.0.0:3000", url), "{url}");
    }
    assert!(refused("[::]:3000", "http://[::1]:3000/") && refused("0.0.0.0:3000", "http://0.0.0.0:3000/"));
    assert!(refused("8.8.8.8:443", "https://8.8.8.8/"));
    for url in ["http://127.0.0.1:3001/", "http://127.0.0.2:3000/", "https://example.com:3000/"] {
        assert!(!refused("127.0.0.1:3000", url), "{url}");
    }
}

#[test]
fn each_refusal_has_a_name_of_its_own() {
    let refusals = [
        UrlRefusal::Scheme,
        UrlRefusal::NoHost,
        UrlRefusal::Credentials,
        UrlRefusal::Fragment,
        UrlRefusal::LocalName { name: "localhost".to_owned() },
        UrlRefusal::Port(22),
        UrlRefusal::Own,
        UrlRefusal::Unsendable,
    ];
    let mut codes: Vec<_> = refusals.iter().map(UrlRefusal::code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), refusals.len());
}
