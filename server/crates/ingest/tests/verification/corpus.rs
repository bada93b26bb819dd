//! A bounded run of what the fuzz targets do without end: over their corpus, and over changes of it.

#[path = "../../fuzz/entry.rs"]
pub(crate) mod entry;

use entry::Written;
use hookreel_ingest::{Provider, SecretKind};
use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::sync::LazyLock;

/// A fuzz target, and what it calls.
type Entry = (&'static str, fn(&[u8]));

/// Every entry point, by the name of its fuzz target and of its corpus.
static ENTRIES: [Entry; 6] = [
    ("header", entry::header),
    ("body", entry::body),
    ("url", entry::url),
    ("document", entry::document),
    ("secret", entry::secret),
    ("rule", entry::rule),
];

/// How many changed inputs each entry point gets.
const CHANGED: usize = 150;
/// How often each header of each request in the corpus is changed, while the others stay as they are.
const CHANGED_HEADERS: usize = 3;

/// The requests in the corpus of headers.
pub(crate) static REQUESTS: LazyLock<Vec<Written>> =
    LazyLock::new(|| corpus("header").iter().filter_map(|data| Written::read(data)).collect());

/// Runs an entry point over its corpus and over changes of it. A failure is repeated by setting
/// `HOOKREEL_FUZZ_SEED` to the printed seed.
fn run(name: &str) {
    let (_, entry) = ENTRIES.iter().find(|(target, _)| *target == name).unwrap();
    let corpus = corpus(name);
    assert!(!corpus.is_empty(), "no corpus of {name}");
    for data in &corpus {
        entry(data);
    }
    let mut random = Random::seeded(name);
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
    fn seeded(name: &str) -> Self {
        let given = std::env::var("HOOKREEL_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| std::collections::hash_map::RandomState::new().build_hasher().finish());
        println!("{name}: HOOKREEL_FUZZ_SEED={seed}");
        Self(seed | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// What is in no request of the corpus is not fuzzed: a provider cannot be added without its headers.
#[test]
fn every_header_of_every_provider_is_in_a_request_of_the_corpus() {
    for provider in Provider::all() {
        let own: Vec<_> = REQUESTS.iter().filter(|request| request.rule.provider() == provider).collect();
        assert!(!own.is_empty(), "{provider}");
        for name in own.iter().flat_map(|request| request.rule.headers()) {
            let has_it =
                |request: &&Written| request.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name));
            assert!(own.iter().any(has_it), "{provider}: {name}");
        }
    }
}

#[test]
fn every_provider_is_fuzzed_with_a_rule_and_a_secret_that_it_could_have() {
    let rules = entry::rules();
    assert_eq!(rules.len(), Provider::all().count() + entry::CUSTOM.len());
    for rule in &rules {
        let has_secret = rule.provider().secret().kind != SecretKind::None;
        assert_eq!(!entry::secrets_of(rule).is_empty(), has_secret, "{rule:?}");
    }
}

/// The targets are not built with the workspace. So that they do not rot unseen, they are no more than a call of what
/// is compiled and run here.
#[test]
fn every_entry_point_is_a_fuzz_target_with_a_corpus() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let read = |file: &str| std::fs::read_to_string(fuzz.join(file)).unwrap();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let in_folder = |folder: &str| {
        let files = std::fs::read_dir(fuzz.join(folder)).unwrap().map(|file| file.unwrap().path());
        sorted(files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect())
    };
    let expected = sorted(ENTRIES.iter().map(|(name, _)| (*name).to_owned()).collect());
    let code = read("entry.rs");
    let functions =
        code.lines().filter_map(|line| line.strip_prefix("pub(crate) fn ")?.strip_suffix("(data: &[u8]) {"));
    assert_eq!(sorted(functions.map(str::to_owned).collect()), expected);
    assert_eq!(in_folder("fuzz_targets"), expected);
    assert_eq!(in_folder("corpus"), expected);

    let manifest = read("Cargo.toml");
    for name in &expected {
        let path = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"{path}\"\n")), "{name}");
        let call = format!("libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::{name}(data));");
        assert_eq!(read(&path), format!("#![no_main]\n\n#[path = \"../entry.rs\"]\nmod entry;\n\n{call}\n"));
    }
    let used = code.lines().filter_map(|line| Some(line.strip_prefix("use ")?.split_once("::")?.0.replace('_', "-")));
    for dependency in used.chain(["libfuzzer-sys".to_owned()]) {
        assert!(manifest.contains(&format!("\n{dependency} = ")), "{dependency}");
    }
}

#[test]
fn no_header_does_harm() {
    run("header");
}

/// A change of the whole text mostly breaks what is read first, and nothing behind that is reached. Here only one
/// header is gone, repeated or changed, and the others are as good as ever.
#[test]
fn no_single_header_of_a_good_request_does_harm() {
    let values: Vec<_> =
        REQUESTS.iter().flat_map(|request| request.headers.iter().map(|(_, value)| value.clone())).collect();
    let mut random = Random::seeded("a single header");
    for request in &*REQUESTS {
        for index in 0..request.headers.len() {
            let mut without = request.clone();
            let header = without.headers.remove(index);
            without.judge();
            let mut twice = request.clone();
            twice.headers.push(header);
            twice.judge();
            for _ in 0..CHANGED_HEADERS {
                let mut changed = request.clone();
                for _ in 0..=random.below(4) {
                    change(&mut changed.headers[index].1, &values, &mut random);
                }
                changed.judge();
            }
        }
    }
}

#[test]
fn no_body_does_harm() {
    run("body");
}

#[test]
fn no_url_does_harm() {
    run("url");
}

#[test]
fn no_fetched_document_does_harm() {
    run("document");
}

#[test]
fn no_secret_does_harm() {
    run("secret");
}

#[test]
fn no_stored_rule_does_harm() {
    run("rule");
}
