//! What is tried again, how often, and what is not.

use crate::support::{
    RawServer, answer, client, client_where_names_lead_to, config, fine, header_of_each, json, read, received, service,
    status,
};
use hookreel_integrations::{ApiRequest, Backoff, IntegrationError};
use hookreel_kernel::FailureReason;
use serde_json::json;
use std::time::{Duration, Instant};
use wiremock::ResponseTemplate;

#[tokio::test]
async fn an_answer_of_success_is_handed_over_with_its_headers() {
    let server = service().await;
    answer(&server, [json(json!({"name": "thing"})).insert_header("x-more", "1")]).await;
    let answer = client(config(&server.uri())).call::<serde_json::Value>(ApiRequest::get(["thing"])).await.unwrap();
    assert_eq!(answer.value, json!({"name": "thing"}));
    assert_eq!(answer.headers["x-more"], "1");
    let [request] = &received(&server).await[..] else { panic!("one request") };
    assert_eq!((request.url.path(), request.body.len()), ("/thing", 0));
    assert_eq!(request.headers["authorization"], "Bearer key_0123456789");
    assert_eq!(request.headers["accept"], "application/json");
    assert!(request.headers["user-agent"].to_str().unwrap().starts_with("Hookreel/"));
}

#[tokio::test]
async fn a_service_in_trouble_is_asked_again_until_it_answers() {
    for failures in 1..=3 {
        let server = service().await;
        let trouble = [500, 502, 503].into_iter().cycle().take(failures).map(status);
        answer(&server, trouble.chain([fine()])).await;
        assert_eq!(read(&client(config(&server.uri()))).await.unwrap(), json!({"ok": true}));
        assert_eq!(received(&server).await.len(), failures + 1);
    }
}

#[tokio::test]
async fn after_three_retries_the_last_answer_is_the_error() {
    let server = service().await;
    let last = ResponseTemplate::new(503).set_body_string("down for repairs");
    answer(&server, [status(500), status(500), status(500), last]).await;
    let error = read(&client(config(&server.uri()))).await.unwrap_err();
    let body = "down for repairs".to_owned();
    assert_eq!(error, IntegrationError::Status { service: "test", status: 503, body });
    assert_eq!(error.to_string(), "test answered 503");
    assert_eq!(received(&server).await.len(), 4);
}

#[tokio::test]
async fn how_often_is_configured() {
    for retries in [0, 1, 6] {
        let server = service().await;
        answer(&server, (0..=retries).map(|_| status(500))).await;
        let mut config = config(&server.uri());
        config.retries = retries;
        assert_eq!(read(&client(config)).await.unwrap_err().status(), Some(500));
    }
}

#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    for refusal in [400, 401, 403, 404, 405, 409, 410, 422, 451] {
        let server = service().await;
        answer(&server, [status(refusal)]).await;
        assert_eq!(read(&client(config(&server.uri()))).await.unwrap_err().status(), Some(refusal));
    }
}

#[tokio::test]
async fn a_redirect_is_a_refusal_and_is_not_followed() {
    let (server, elsewhere) = (service().await, service().await);
    answer(&server, [status(301).insert_header("location", format!("{}/thing", elsewhere.uri()))]).await;
    assert_eq!(read(&client(config(&server.uri()))).await.unwrap_err().status(), Some(301));
}

#[tokio::test]
async fn a_post_is_asked_again_as_it_was() {
    let server = service().await;
    answer(&server, [status(500), status(500), fine()]).await;
    let request = ApiRequest::post(["things"], None).json(&json!({"name": "a \"thing\""}));
    client(config(&server.uri())).call::<serde_json::Value>(request).await.unwrap();
    for request in received(&server).await {
        assert_eq!((request.method.as_str(), &request.body[..]), ("POST", &br#"{"name":"a \"thing\""}"#[..]));
    }
    assert_eq!(header_of_each(&server, "content-type").await, ["application/json"; 3]);
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";
    let server = RawServer::start(["", "HTTP/1.1 200 OK\r\n", whole]).await;
    assert_eq!(read(&client(config(&server.url))).await.unwrap(), json!({"ok": true}));
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn nobody_listening_is_an_error_of_the_network() {
    // Taken, so that nobody else gets it, and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    let error = read(&client(config(&url))).await.unwrap_err();
    assert_eq!(error, IntegrationError::Network { service: "test", reason: FailureReason::ConnectionRefused });
    assert_eq!(error.code(), "network");
}

#[tokio::test]
async fn a_name_that_is_unknown_is_trouble_of_the_network() {
    let client = client(config("http://api.example.com"));
    let error = read(&client).await.unwrap_err();
    assert_eq!(error, IntegrationError::Network { service: "test", reason: FailureReason::DnsLookupFailed });
    assert_eq!(client.breaker().failures, 1);
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_our_refusal_and_no_trouble() {
    let client = client_where_names_lead_to("10.0.0.1".parse().unwrap());
    let error = read(&client).await.unwrap_err();
    assert_eq!(error, IntegrationError::Network { service: "test", reason: FailureReason::TargetForbidden });
    assert_eq!(client.breaker().failures, 0);
}

#[tokio::test]
async fn a_service_that_hangs_is_asked_again_within_the_deadline() {
    let server = RawServer::start([]).await;
    let mut config = config(&server.url);
    (config.try_timeout, config.retries) = (Duration::from_secs(2), 1);
    let error = read(&client(config)).await.unwrap_err();
    assert_eq!(error, IntegrationError::Timeout { service: "test" });
    server.has_received(2).await;
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn one_deadline_covers_all_tries() {
    let server = RawServer::start([]).await;
    let mut config = config(&server.url);
    (config.deadline, config.retries) = (Duration::from_secs(2), 1_000_000);
    let begun = Instant::now();
    let error = read(&client(config)).await.unwrap_err();
    assert_eq!(error, IntegrationError::Timeout { service: "test" });
    assert!(begun.elapsed() < Duration::from_secs(8), "a try may take ten seconds, but not more than is left");
    server.has_received(1).await;
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_wait_that_would_outlast_the_deadline_is_not_begun() {
    let server = service().await;
    answer(&server, [status(500)]).await;
    let mut config = config(&server.uri());
    config.deadline = Duration::from_secs(5);
    config.backoff = Backoff { first: Duration::from_mins(1), max: Duration::from_mins(1) };
    assert_eq!(read(&client(config)).await.unwrap_err().status(), Some(500));
}

#[tokio::test]
async fn a_path_that_leads_elsewhere_is_not_asked_for() {
    let server = service().await;
    let error = client(config(&server.uri())).call_for_effect(ApiRequest::get(["things", ".."])).await.unwrap_err();
    assert_eq!(error, IntegrationError::InvalidRequest { service: "test", part: "the path" });
    assert_eq!(error.to_string(), "a request to test cannot be made: the path is not valid");
}
