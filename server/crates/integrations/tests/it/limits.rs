//! Not too fast: what services ask for, and what we ask of ourselves.

use crate::support::{answer, client, config, fine, read, received, secret, service, status};
use hookreel_integrations::{ApiClient, ApiRequest, BreakerPhase, IntegrationError, Rate, ServiceConfig};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use wiremock::ResponseTemplate;

fn limited(seconds: Option<u64>) -> IntegrationError {
    IntegrationError::RateLimited { service: "test", retry_after: seconds.map(Duration::from_secs) }
}

fn too_often(retry_after: &str) -> ResponseTemplate {
    status(429).insert_header("retry-after", retry_after)
}

/// No call is left for this many seconds.
fn used_up(answer: ResponseTemplate, seconds: i64) -> ResponseTemplate {
    let reset = crate::support::NOW.unix_timestamp() + seconds;
    answer.insert_header("x-ratelimit-remaining", "0").insert_header("x-ratelimit-reset", reset.to_string())
}

/// Waits at most a moment.
fn impatient(base_url: &str) -> ServiceConfig {
    let mut config = config(base_url);
    config.wait_max = Duration::from_millis(100);
    config
}

async fn read_as(client: &ApiClient, token: &str) -> Result<(), IntegrationError> {
    client.call_for_effect(ApiRequest::get(["thing"]).credential(secret(token))).await
}

#[tokio::test]
async fn without_a_time_a_429_is_tried_again_as_trouble_is() {
    let server = service().await;
    answer(&server, [status(429), status(429), fine()]).await;
    read(&client(config(&server.uri()))).await.unwrap();

    let server = service().await;
    answer(&server, (0..4).map(|_| status(429))).await;
    assert_eq!(read(&client(config(&server.uri()))).await.unwrap_err(), limited(None));
}

#[tokio::test]
async fn the_time_that_a_429_asks_for_is_waited() {
    let server = service().await;
    answer(&server, [too_often("1"), fine()]).await;
    let begun = Instant::now();
    read(&client(config(&server.uri()))).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_time_that_has_passed_is_not_waited() {
    let server = service().await;
    answer(&server, [too_often("0"), too_often("Mon, 23 Nov 2026 09:29:00 GMT"), fine()]).await;
    read(&client(impatient(&server.uri()))).await.unwrap();
}

#[tokio::test]
async fn a_time_too_far_away_is_told_instead_of_waited() {
    for far in ["20", "Mon, 23 Nov 2026 09:30:20 GMT"] {
        let server = service().await;
        answer(&server, [too_often(far)]).await;
        let error = read(&client(impatient(&server.uri()))).await.unwrap_err();
        assert_eq!(error, limited(Some(20)), "{far}");
    }
}

#[tokio::test]
async fn a_time_beyond_the_deadline_is_told_instead_of_waited() {
    let server = service().await;
    answer(&server, [too_often("20")]).await;
    let mut config = config(&server.uri());
    config.deadline = Duration::from_secs(10);
    assert_eq!(read(&client(config)).await.unwrap_err(), limited(Some(20)));
}

#[tokio::test]
async fn trouble_may_ask_for_a_time_too() {
    let server = service().await;
    let trouble = |seconds: &str| status(503).insert_header("retry-after", seconds);
    answer(&server, [trouble("0"), trouble("20")]).await;
    assert_eq!(read(&client(impatient(&server.uri()))).await.unwrap_err().status(), Some(503));
}

#[tokio::test]
async fn a_403_with_a_time_is_a_limit_and_without_one_a_refusal() {
    let server = service().await;
    answer(&server, [status(403).insert_header("retry-after", "0"), used_up(status(403), 0), fine()]).await;
    read(&client(impatient(&server.uri()))).await.unwrap();

    let server = service().await;
    answer(&server, [status(403)]).await;
    assert_eq!(read(&client(impatient(&server.uri()))).await.unwrap_err().status(), Some(403));
}

#[tokio::test]
async fn a_limit_that_is_used_up_pauses_its_token_alone() {
    let server = service().await;
    answer(&server, [used_up(fine(), 600), fine()]).await;
    let client = client(impatient(&server.uri()));
    read_as(&client, "mine").await.unwrap();
    for _ in 0..3 {
        let Err(IntegrationError::RateLimited { retry_after: Some(left), .. }) = read_as(&client, "mine").await else {
            panic!("paused")
        };
        assert!(left <= Duration::from_mins(10) && left > Duration::from_mins(9), "{left:?}");
    }
    read_as(&client, "theirs").await.unwrap();
    assert_eq!(received(&server).await.len(), 2);
}

#[tokio::test]
async fn a_limit_that_begins_anew_at_once_pauses_nothing() {
    let server = service().await;
    let left = fine().insert_header("x-ratelimit-remaining", "1").insert_header("x-ratelimit-reset", "9999999999");
    answer(&server, [used_up(fine(), 0), left, fine()]).await;
    let client = client(impatient(&server.uri()));
    for _ in 0..3 {
        read(&client).await.unwrap();
    }
}

#[tokio::test]
async fn a_short_pause_is_waited_before_the_next_call() {
    let server = service().await;
    answer(&server, [used_up(fine(), 1), fine()]).await;
    let client = client(config(&server.uri()));
    let begun = Instant::now();
    read(&client).await.unwrap();
    read(&client).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn our_own_limit_holds_calls_back_before_they_are_sent() {
    let server = service().await;
    answer(&server, [fine(), fine()]).await;
    let mut config = impatient(&server.uri());
    config.rate = Rate { per_minute: NonZeroU32::MIN, burst: NonZeroU32::new(2).unwrap() };
    let client = client(config);
    read(&client).await.unwrap();
    read(&client).await.unwrap();
    let Err(IntegrationError::RateLimited { retry_after: Some(left), .. }) = read(&client).await else {
        panic!("too fast")
    };
    assert!(left <= Duration::from_mins(1), "{left:?}");
    assert_eq!(received(&server).await.len(), 2);
}

#[tokio::test]
async fn retries_count_against_our_own_limit_and_the_service_has_the_last_word() {
    let server = service().await;
    answer(&server, [status(500), status(500)]).await;
    let mut config = impatient(&server.uri());
    config.rate = Rate { per_minute: NonZeroU32::MIN, burst: NonZeroU32::new(2).unwrap() };
    assert_eq!(read(&client(config)).await.unwrap_err().status(), Some(500));
}

#[tokio::test]
async fn limits_are_no_failures_of_the_service() {
    let server = service().await;
    answer(&server, (0..6).map(|_| status(429))).await;
    let mut config = impatient(&server.uri());
    config.retries = 0;
    let client = client(config);
    for _ in 0..6 {
        assert_eq!(read(&client).await.unwrap_err(), limited(None));
    }
    assert_eq!((client.breaker().state, client.breaker().failures), (BreakerPhase::Closed, 0));
}
