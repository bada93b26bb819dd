//! What a client can be made of.

use crate::support::{KEY, answer, client, config, egress, fine, read, received, secret, service};
use hookreel_integrations::{ApiClient, ConfigError, GitHub, GitHubConfig, ServiceConfig, Stripe, StripeConfig};
use hookreel_kernel::SystemClock;
use std::sync::Arc;

fn error(config: ServiceConfig) -> ConfigError {
    ApiClient::new("test", config, egress(), Arc::new(SystemClock)).unwrap_err()
}

#[test]
fn vendors_are_where_they_are_said_to_be() {
    let github = GitHubConfig::new("https://github.example.com/api/v3");
    assert_eq!(github.service.base_url, "https://github.example.com/api/v3");
    assert_eq!(github.api_version, "2022-11-28");
    assert!(github.service.key.is_none());
    let stripe = StripeConfig::new("https://stripe.example.com", secret(KEY));
    assert_eq!(stripe.service.base_url, "https://stripe.example.com");
    assert_eq!(stripe.service.key, Some(secret(KEY)));
}

#[test]
fn a_base_url_that_nothing_may_be_sent_to_is_refused_at_once() {
    for (base_url, reason) in [
        ("", "relative URL"),
        ("api.example.com", "relative URL"),
        ("ftp://api.example.com", "https:// or http://"),
        ("https://user:pass@api.example.com", "user name or a password"),
        ("https://api.example.com/?v=1", "query"),
        ("https://api.example.com/#a", "fragment"),
        ("http://10.0.0.1", "private network"),
        ("http://169.254.169.254", "link-local"),
    ] {
        let ConfigError::BaseUrl { service, reason: told } = error(config(base_url)) else { panic!("{base_url}") };
        assert_eq!(service, "test");
        assert!(told.contains(reason), "{base_url}: {told}");
    }
}

#[test]
fn a_key_that_no_header_can_carry_is_refused_without_being_told() {
    for key in ["", "key_1\nx-other: 1", "ключ\u{7f}"] {
        let mut config = config("https://api.example.com");
        config.key = Some(secret(key));
        let error = error(config);
        assert_eq!(error, ConfigError::Key { service: "test" });
        assert_eq!(error.to_string(), "the key of test holds characters that a header cannot carry");
    }
    let mut config = config("https://api.example.com");
    config.user_agent = "Hookreel\n".to_owned();
    assert_eq!(error(config), ConfigError::Header { service: "test", name: "user-agent" });
}

#[test]
fn stripe_needs_a_key_and_versions_are_header_values() {
    let clock = Arc::new(SystemClock);
    let stripe = StripeConfig::new("https://stripe.example.com", secret(KEY));
    let mut without_key = stripe.clone();
    without_key.service.key = None;
    let error = Stripe::new(without_key, egress(), clock.clone()).unwrap_err();
    assert_eq!(error, ConfigError::KeyMissing { service: "stripe" });
    let stripe = StripeConfig { version: "2025\n".to_owned(), ..stripe };
    let error = Stripe::new(stripe, egress(), clock.clone()).unwrap_err();
    assert_eq!(error, ConfigError::Header { service: "stripe", name: "stripe-version" });
    let github = GitHubConfig { api_version: "\n".to_owned(), ..GitHubConfig::new("https://github.example.com") };
    let error = GitHub::new(github, egress(), clock).unwrap_err();
    assert_eq!(error, ConfigError::Header { service: "github", name: "x-github-api-version" });
}

#[tokio::test]
async fn a_path_in_the_base_url_comes_first() {
    let server = service().await;
    answer(&server, [fine(), fine()]).await;
    for base in ["/api/v3", "/api/v3/"] {
        read(&client(config(&format!("{}{base}", server.uri())))).await.unwrap();
    }
    for request in received(&server).await {
        assert_eq!(request.url.path(), "/api/v3/thing");
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_claimed() {
    let server = service().await;
    answer(&server, [fine()]).await;
    let mut config = config(&server.uri());
    config.key = None;
    read(&client(config)).await.unwrap();
    assert!(!received(&server).await[0].headers.contains_key("authorization"));
}
