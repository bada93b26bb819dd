//! Nothing that is printed, logged or told as an error holds a secret.

use crate::support::{KEY, Logs, NOW, answer, client, config, egress, fine, json, read, secret, service, status};
use hookreel_integrations::{
    ApiRequest, ContentType, CustomerId, GitHub, GitHubAccess, GitHubConfig, NewHook, RepositoryName, Stripe,
    StripeConfig,
};
use hookreel_kernel::FixedClock;
use serde_json::json;
use std::sync::Arc;
use wiremock::{MockServer, ResponseTemplate};

const TOKEN: &str = "ghp_abcdefghijklmnop";
const HOOK_SECRET: &str = "whsec_\"quoted\"/and+more";

fn github(server: &MockServer) -> GitHubAccess {
    let github = GitHubConfig { service: config(&server.uri()), ..GitHubConfig::new(server.uri()) };
    GitHub::new(github, egress(), Arc::new(FixedClock::at(NOW))).unwrap().with_token(secret(TOKEN))
}

fn hook() -> NewHook {
    NewHook {
        url: "https://hooks.example.com/in/src_1".to_owned(),
        secret: secret(HOOK_SECRET),
        events: vec!["push".to_owned()],
        content_type: ContentType::Json,
        active: true,
    }
}

fn assert_secret(text: &str) {
    // The form in JSON too, in which the quotation marks are escaped.
    for hidden in [KEY, TOKEN, HOOK_SECRET, "whsec_", "bps_hidden"] {
        assert!(!text.contains(hidden), "{hidden} is in {text}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let config = config("https://api.example.com");
    assert_secret(&format!("{:?} {config:?} {:?}", client(config.clone()), hook()));
    let stripe = StripeConfig { service: config.clone(), ..StripeConfig::new("https://api.example.com", secret(KEY)) };
    assert_secret(&format!("{stripe:?} {:?}", Stripe::new(stripe.clone(), egress(), clock()).unwrap()));
    let github = GitHub::new(
        GitHubConfig { service: config, ..GitHubConfig::new("https://api.example.com") },
        egress(),
        clock(),
    )
    .unwrap();
    assert_secret(&format!("{github:?} {:?}", github.with_token(secret(TOKEN))));
}

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(NOW))
}

#[tokio::test]
async fn a_service_that_repeats_our_secrets_does_not_make_us_tell_them() {
    let server = service().await;
    let repeated = json!({"message": "Bad credentials", "sent": format!("Bearer {TOKEN}"), "secret": HOOK_SECRET});
    answer(&server, [ResponseTemplate::new(422).set_body_json(repeated)]).await;
    let repository = RepositoryName::parse("octo/hello").unwrap();
    let error = github(&server).create_hook(&repository, &hook()).await.unwrap_err();
    assert_eq!(error.status(), Some(422));
    let text = format!("{error} {error:?}");
    assert_secret(&text);
    assert!(text.contains("Bad credentials") && text.contains("[redacted]"), "{text}");
}

#[tokio::test]
async fn a_malformed_answer_is_not_quoted() {
    let server = service().await;
    answer(&server, [json(json!({"id": TOKEN}))]).await;
    let repository = RepositoryName::parse("octo/hello").unwrap();
    let error = github(&server).get_repository(&repository).await.unwrap_err();
    assert_secret(&format!("{error} {error:?}"));
}

#[tokio::test]
async fn no_log_holds_a_secret_however_much_is_logged() {
    let (logs, _guard) = Logs::listen();
    let server = service().await;
    let answers = [status(500), status(429), fine(), status(401), status(500)];
    let hook_made = json(json!({
        "id": 1, "active": true, "events": ["push"], "config": {},
        "created_at": "2026-11-23T09:30:00Z", "updated_at": "2026-11-23T09:30:00Z",
    }));
    answer(&server, answers.into_iter().chain([hook_made])).await;
    let client = client(config(&server.uri()));
    read(&client).await.unwrap();
    let refused = client.call_for_effect(ApiRequest::get(["thing"]).credential(secret(TOKEN))).await;
    assert_eq!(refused.unwrap_err().status(), Some(401));
    github(&server).create_hook(&RepositoryName::parse("octo/hello").unwrap(), &hook()).await.unwrap();
    let text = logs.text();
    assert!(text.contains("a call failed and is tried again"), "{text}");
    assert_secret(&text);
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_not_sent_and_not_told() {
    let server = service().await;
    for token in ["", "ghp_abcdefghijklmnop\n"] {
        let github = GitHubConfig { service: config(&server.uri()), ..GitHubConfig::new(server.uri()) };
        let access = GitHub::new(github, egress(), clock()).unwrap().with_token(secret(token));
        let error = access.list_repositories(10).await.unwrap_err();
        assert_eq!(error.to_string(), "a request to github cannot be made: the credential is not valid");
    }
}

#[tokio::test]
async fn the_page_of_a_portal_is_shown_to_one_person_only() {
    let server = service().await;
    let url = "https://billing.stripe.com/p/session/bps_hidden";
    answer(&server, [json(json!({"id": "bps_1", "url": url}))]).await;
    let stripe = StripeConfig { service: config(&server.uri()), ..StripeConfig::new(server.uri(), secret(KEY)) };
    let stripe = Stripe::new(stripe, egress(), clock()).unwrap();
    let customer = CustomerId::parse("cus_1").unwrap();
    let session = stripe.create_portal_session(&customer, "https://h.example.com/", None).await.unwrap();
    assert_eq!(session.url.as_str(), url);
    assert_secret(&format!("{session:?}"));
}
