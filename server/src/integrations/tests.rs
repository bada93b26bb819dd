//! Every external URL and key comes from configuration.

use super::*;
use crate::config::IntegrationsSettings;
use hookreel_egress::EgressPolicy;
use hookreel_integrations::{BreakerPhase, RepositoryName};
use hookreel_kernel::{Secret, SystemClock};
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

/// Other URLs that stand in the code, by file and host.
const KNOWN: [(&str, &str); 11] = [
    // Where a provider publishes the keys that its webhooks are verified with. That they are pinned is what keeps a forger
    // from bringing a key along.
    ("server/crates/ingest/src/bespoke/adobe_io.rs", "static.adobeioevents.com"),
    ("server/crates/ingest/src/bespoke/microsoft_graph.rs", "login.microsoftonline.com"),
    ("server/crates/ingest/src/bespoke/microsoft_graph.rs", "sts.windows.net"),
    ("server/crates/ingest/src/bespoke/paypal.rs", "api.paypal.com"),
    ("server/crates/ingest/src/bespoke/paypal.rs", "api.sandbox.paypal.com"),
    ("server/crates/ingest/src/bespoke/plaid.rs", "{}.plaid.com"),
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
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let mut found = BTreeSet::new();
    let mut files = Vec::new();
    for directory in PRODUCTION {
        collect(&root.join(directory), &mut files);
    }
    for file in &files {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap();
        if ONLY_FOR_TESTS.iter().any(|part| name.contains(part)) || name.starts_with(SETTINGS) {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        for host in hosts(&text) {
            found.insert((name.to_owned(), host));
        }
    }
    assert!(files.len() > 300, "{}", files.len());
    let known: BTreeSet<_> = KNOWN.iter().map(|(file, host)| ((*file).to_owned(), (*host).to_owned())).collect();
    assert_eq!(found, known, "a URL that is called belongs into the configuration (server/src/config)");
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
