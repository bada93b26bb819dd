//! A bounded run of what the fuzz targets do without end: over their corpus, and over changes of it.

#[path = "../../fuzz/entry.rs"]
pub(crate) mod entry;

use crate::vectors::vectors;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;

/// How many changed inputs each entry point gets.
const CHANGED: usize = 150;

/// Runs an entry point over its corpus and over changes of it. A failure is repeated by setting
/// `HOOKREEL_FUZZ_SEED` to the printed seed.
fn run(name: &str, entry: fn(&[u8])) {
    let corpus = corpus(name);
    assert!(!corpus.is_empty(), "no corpus of {name}");
    for data in &corpus {
        entry(data);
    }
    let given = std::env::var("HOOKREEL_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| std::collections::hash_map::RandomState::new().build_hasher().finish());
    println!("{name}: HOOKREEL_FUZZ_SEED={seed}");
    let mut random = Random(seed | 1);
    for _ in 0..CHANGED {
        let mut data = corpus[random.below(corpus.len())].clone();
        for _ in 0..=random.below(4) {
            change(&mut data, &corpus, &mut random);
        }
        entry(&data);
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn change(data: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    const SPECIAL: &[u8] = b"\0\xff.,;:=&|{}[]\"\\%+- /09azAZ\n";
    let place = random.below(data.len() + 1);
    match random.below(6) {
        0 if place < data.len() => data[place] ^= 1 << random.below(8),
        1 if place < data.len() => drop(data.remove(place)),
        2 => data.insert(place, SPECIAL[random.below(SPECIAL.len())]),
        3 => data.truncate(place),
        4 => {
            let other = &corpus[random.below(corpus.len())];
            data.truncate(place);
            data.extend_from_slice(&other[random.below(other.len() + 1)..]);
        }
        _ => {
            let end = place + random.below(data.len() - place + 1);
            data.extend_from_within(place..end);
        }
    }
}

/// Numbers that are random enough (xorshift), the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// What is not in the list is not fuzzed: a provider cannot be added without its headers.
#[test]
fn every_header_that_decides_is_fuzzed() {
    let named = |name: &str| entry::HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name));
    for vector in vectors() {
        let provider = vector.rule.provider();
        for way in provider.ways_of_signing() {
            let Some((_, place)) = way.rsplit_once(" in ").filter(|(_, place)| !place.contains(['/', ' ', '_'])) else {
                continue;
            };
            assert!(named(place) || named(&format!("{place}1")), "{provider}: {place}");
        }
        // A header that the source itself names is tried under another name.
        let own = vector.rule.to_input().header;
        let is_fixed = |name: &&str| *name != "numbered" && own.as_deref() != Some(name);
        if let Some(name) = vector.signature_header.as_deref().filter(is_fixed) {
            assert!(named(name), "{provider}: {name}");
        }
    }
}

#[test]
fn no_header_does_harm() {
    run("header", entry::header);
}

#[test]
fn no_body_does_harm() {
    run("body", entry::body);
}

#[test]
fn no_url_does_harm() {
    run("url", entry::url);
}

#[test]
fn no_fetched_document_does_harm() {
    run("document", entry::document);
}

#[test]
fn no_secret_does_harm() {
    run("secret", entry::secret);
}

#[test]
fn no_stored_rule_does_harm() {
    run("rule", entry::rule);
}
