//! Every external URL and key comes from configuration.

use super::*;
use crate::config::IntegrationsSettings;
use hookreel_egress::EgressPolicy;
use hookreel_integrations::{BreakerPhase, RepositoryName};
use hookreel_kernel::{Secret, SystemClock};
use hookreel_services::PINNED_URLS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Code that runs in production: not what only tests use.
const PRODUCTION: [&str; 4] = ["app/src", "frontend/src", "server/src", "server/crates"];
const ONLY_FOR_TESTS: [&str; 3] = ["server/crates/testing", "/tests/", "/fuzz/"];
/// What a URL in the code may be without being called: defaults of settings, which an operator can change.
const SETTINGS: &str = "server/src/config/";
/// A provider's own documentation, beside its way of signing: a link on a page.
const DOCUMENTATION: &str = "docs_url:";
/// What a provider's way of signing was checked against: evidence, up to the end of the list.
const EVIDENCE: &str = "checked: &[";

/// Where providers publish the keys that their webhooks are verified with. Why they are no settings stands there.
const PINNED: &str = "server/crates/ingest/src/pinned.rs";
/// How keys begin that open something: Stripe's, GitHub's, and signing secrets.
const KEY_BEGINNINGS: [&str; 6] = ["sk_live_", "rk_live_", "ghp_", "gho_", "github_pat_", "whsec_"];
/// The least characters behind the beginning of a key that make it one.
const KEY_CHARS_MIN: usize = 12;

/// Other URLs that stand in the code, by file and host. None of them is called.
const KNOWN: [(&str, &str); 5] = [
    // The name of a dialect, which nobody calls.
    ("server/crates/domain/src/catalogue.rs", "json-schema.org"),
    ("server/crates/schemas/src/infer.rs", "json-schema.org"),
    // Links for people, on pages.
    ("app/src/pages/sources/networks.rs", "api.github.com"),
    ("app/src/pages/sources/networks.rs", "docs.stripe.com"),
    ("app/src/pages/sources/repository/token.rs", "docs.github.com"),
];

fn built(settings: IntegrationsSettings) -> Integrations {
    built_beside(settings, EgressPolicy::new(Vec::new()))
}

fn built_beside(settings: IntegrationsSettings, policy: EgressPolicy) -> Integrations {
    let config = IntegrationsConfig::of(settings).unwrap();
    let egress = Egress::new(policy).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    build(&config, &egress, &clock).unwrap()
}

#[test]
fn with_empty_settings_no_service_is_called() {
    let none = built(IntegrationsSettings {
        github_api_url: Some(String::new()),
        stripe_key: Some(Secret::new(String::new())),
        ..IntegrationsSettings::default()
    });
    assert!(none.github.is_none() && none.stripe.is_none());
    assert!(none.breakers().is_empty());
}

#[test]
fn nobody_has_a_key_that_was_not_given() {
    let built = built(IntegrationsSettings::default());
    assert!(built.stripe.is_none());
    assert!(built.github.unwrap().with_configured_key().is_none());
}

#[tokio::test]
async fn services_are_called_as_patiently_as_configured() {
    // Taken, so that nobody else gets it, and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    let settings = IntegrationsSettings {
        github_api_url: Some(url),
        service_retries: Some(0),
        service_breaker_failures: Some(2),
        ..IntegrationsSettings::default()
    };
    let built = built_beside(settings, EgressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()]));
    let access = built.github.as_ref().unwrap().with_token(Secret::new("token".to_owned()));
    let repository = RepositoryName::parse("octo/hello").unwrap();
    for state in [BreakerPhase::Closed, BreakerPhase::Open] {
        assert!(access.get_repository(&repository).await.is_err());
        assert_eq!(built.breakers()[0].state, state);
    }
}

#[test]
fn no_url_of_somebody_else_stands_in_the_code() {
    let mut found = BTreeSet::new();
    for (name, text) in production() {
        if !name.starts_with(SETTINGS) {
            found.extend(hosts(&text).into_iter().map(|host| (name.clone(), host)));
        }
    }
    let mut known: BTreeSet<_> = KNOWN.iter().map(|(file, host)| ((*file).to_owned(), (*host).to_owned())).collect();
    known.extend(pinned_hosts().into_iter().map(|host| (PINNED.to_owned(), host)));
    assert_eq!(found, known, "a URL that is called belongs into the configuration (server/src/config)");
}

#[test]
fn operators_can_read_which_hosts_are_called() {
    let operations = include_str!("../../docs/operations.md");
    for host in pinned_hosts() {
        assert!(operations.contains(&host.replace("{region}", "REGION")), "{host}");
    }
}

#[test]
fn no_key_of_anybody_stands_in_the_code() {
    for (name, text) in production() {
        assert_eq!(keys(&text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_key_is_told_from_the_beginning_of_one() {
    let live = ["sk", "live", "0123456789abcdef"].join("_");
    let code = format!(
        "let a = \"{live}\";\n\"Starts with sk_live_ or whsec_.\"\n#[schema(example = \"whsec_C2FVsBQIhrscChlQIMV\")]\n\
         #[cfg(test)]\nmod tests {{ \"ghp_0123456789abcdef\" }}"
    );
    assert_eq!(keys(&code), [live]);
}

fn pinned_hosts() -> BTreeSet<String> {
    PINNED_URLS.iter().flat_map(|pinned| hosts(pinned.start)).collect()
}

/// Each file of the code that runs in production, with its name.
fn production() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let mut files = Vec::new();
    for directory in PRODUCTION {
        collect(&root.join(directory), &mut files);
    }
    assert!(files.len() > 300, "{}", files.len());
    let named = files.iter().map(|file| (file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), file));
    named
        .filter(|(name, _)| !ONLY_FOR_TESTS.iter().any(|part| name.contains(part)))
        .map(|(name, file)| (name, fs::read_to_string(file).unwrap()))
        .collect()
}

/// What looks like somebody's key, outside of tests and of the examples of the API's documentation.
fn keys(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.contains("#[schema(example"));
    lines.flat_map(|line| KEY_BEGINNINGS.into_iter().flat_map(move |beginning| keys_in(line, beginning))).collect()
}

fn keys_in(line: &str, beginning: &str) -> Vec<String> {
    let may_go_on = |c: char| c.is_ascii_alphanumeric() || "_+/=-".contains(c);
    let rests = line.split(beginning).skip(1);
    let ends = rests.map(|rest| &rest[..rest.find(|c: char| !may_go_on(c)).unwrap_or(rest.len())]);
    ends.filter(|end| end.len() >= KEY_CHARS_MIN).map(|end| format!("{beginning}{end}")).collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

/// The hosts of the absolute URLs in the strings of a file, without those that nobody has.
fn hosts(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut parts = code.split(EVIDENCE);
    let before = parts.next().unwrap_or_default();
    let after = parts.map(|part| part.split_once(']').map_or("", |(_, rest)| rest));
    let code: String = std::iter::once(before).chain(after).collect();
    let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    let lines =
        lines.filter(|line| !line.starts_with(DOCUMENTATION)).map(|line| line.split(" // ").next().unwrap_or(line));
    lines.flat_map(|line| line.split("http").skip(1)).filter_map(host).filter(|host| !is_nobodys(host)).collect()
}

/// The host of what stands after `http`.
fn host(rest: &str) -> Option<String> {
    let rest = rest.strip_prefix('s').unwrap_or(rest).strip_prefix("://")?;
    let end = rest.find(|c: char| c.is_whitespace() || "/\"\\,`<>)?#…".contains(c)).unwrap_or(rest.len());
    let host = rest[..end].trim_end_matches('.');
    let is_one = host.contains(|c: char| c.is_ascii_alphanumeric() || c == '{');
    is_one.then(|| host.to_owned())
}

/// Examples, this machine, and what is filled in.
fn is_nobodys(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host);
    let is_filled_in = host.starts_with('{') && !host.contains('.') || host.starts_with("[{");
    let is_example = ["example.com", "example.org", "example.test"].iter().any(|example| name.ends_with(example));
    is_filled_in || is_example || name == "localhost"
}

#[test]
fn urls_are_found_wherever_they_stand() {
    let code = "//! https://in.a.comment/\nlet a = \"https://api.vendor.io/v1\"; // https://also.a.comment\n\
                docs_url: \"https://docs.vendor.io\",\nchecked: &[\n\"https://read.vendor.io\"],\nformat!(\"http://{host}/x\", \"https://{}.vendor.io\")\n\
                \"see https://hooks.example.com\"\n#[cfg(test)]\nmod tests { \"https://in.a.test\" }";
    assert_eq!(hosts(code), ["api.vendor.io", "{}.vendor.io"]);
}
