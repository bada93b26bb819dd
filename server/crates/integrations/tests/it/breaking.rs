//! A service that fails too often is left alone for a while.

use crate::support::{Logs, NOW, RawServer, answer, client_and_clock, config, fine, read, received, service, status};
use hookreel_integrations::{ApiClient, BreakerPhase, BreakerSnapshot, IntegrationError, ServiceConfig};
use hookreel_kernel::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use wiremock::ResponseTemplate;

const OPEN_FOR: Duration = Duration::from_secs(30);

/// Without retries a call is a request, so that requests count calls.
fn one_try(base_url: &str) -> ServiceConfig {
    let mut config = config(base_url);
    config.retries = 0;
    config
}

async fn fail(client: &ApiClient, times: usize) {
    for _ in 0..times {
        assert_eq!(read(client).await.unwrap_err().status(), Some(500));
    }
}

fn circuit_open(until: Timestamp) -> IntegrationError {
    IntegrationError::CircuitOpen { service: "test", until }
}

fn closed() -> BreakerSnapshot {
    BreakerSnapshot { service: "test", state: BreakerPhase::Closed, failures: 0, opened_until: None }
}

#[tokio::test]
async fn five_failed_calls_open_it_and_nothing_is_sent_for_half_a_minute() {
    let server = service().await;
    answer(&server, (0..5).map(|_| status(500))).await;
    let (client, clock) = client_and_clock(one_try(&server.uri()));
    assert_eq!(client.breaker(), closed());
    for failures in 1..5 {
        fail(&client, 1).await;
        assert_eq!(client.breaker(), BreakerSnapshot { failures, ..closed() });
    }
    fail(&client, 1).await;
    let until = NOW + OPEN_FOR;
    let opened = BreakerSnapshot { state: BreakerPhase::Open, failures: 5, opened_until: Some(until), ..closed() };
    assert_eq!(client.breaker(), opened);
    for _ in 0..3 {
        assert_eq!(read(&client).await.unwrap_err(), circuit_open(until));
    }
    clock.advance(OPEN_FOR.saturating_sub(Duration::from_millis(1)));
    let error = read(&client).await.unwrap_err();
    assert_eq!(error.to_string(), "test failed too often and is not called until 2026-11-23T09:30:30Z");
    assert_eq!(received(&server).await.len(), 5);
}

#[tokio::test]
async fn a_call_with_all_its_tries_is_one_failure() {
    let server = service().await;
    answer(&server, (0..20).map(|_| status(500))).await;
    let (client, _clock) = client_and_clock(config(&server.uri()));
    fail(&client, 5).await;
    assert_eq!(read(&client).await.unwrap_err(), circuit_open(NOW + OPEN_FOR));
}

#[tokio::test]
async fn a_success_in_between_starts_the_count_again() {
    let server = service().await;
    let trouble = || (0..4).map(|_| status(500));
    answer(&server, trouble().chain([fine()]).chain(trouble())).await;
    let (client, _clock) = client_and_clock(one_try(&server.uri()));
    fail(&client, 4).await;
    read(&client).await.unwrap();
    fail(&client, 4).await;
    assert_eq!(client.breaker(), BreakerSnapshot { failures: 4, ..closed() });
}

#[tokio::test]
async fn refusals_never_open_it() {
    let server = service().await;
    answer(&server, (0..20).map(|_| status(404))).await;
    let (client, _clock) = client_and_clock(one_try(&server.uri()));
    for _ in 0..20 {
        assert_eq!(read(&client).await.unwrap_err().status(), Some(404));
    }
    assert_eq!(client.breaker(), closed());
}

#[tokio::test]
async fn two_probes_in_a_row_close_it() {
    let server = service().await;
    let trouble = (0..5).map(|_| status(500));
    answer(&server, trouble.chain([fine(), fine(), fine()])).await;
    let (client, clock) = client_and_clock(one_try(&server.uri()));
    fail(&client, 5).await;
    clock.advance(OPEN_FOR);
    read(&client).await.unwrap();
    let half_open = BreakerSnapshot { state: BreakerPhase::HalfOpen, failures: 5, ..closed() };
    assert_eq!(client.breaker(), half_open);
    read(&client).await.unwrap();
    assert_eq!(client.breaker(), closed());
    read(&client).await.unwrap();
}

#[tokio::test]
async fn a_refusal_shows_that_the_service_works_again() {
    let server = service().await;
    let trouble = (0..5).map(|_| status(500));
    answer(&server, trouble.chain([status(404), status(422)])).await;
    let (client, clock) = client_and_clock(one_try(&server.uri()));
    fail(&client, 5).await;
    clock.advance(OPEN_FOR);
    read(&client).await.unwrap_err();
    read(&client).await.unwrap_err();
    assert_eq!(client.breaker(), closed());
}

#[tokio::test]
async fn a_probe_is_one_try_and_its_failure_opens_it_again() {
    let server = service().await;
    answer(&server, (0..20).map(|_| status(500)).chain([fine(), status(500)])).await;
    let (client, clock) = client_and_clock(config(&server.uri()));
    fail(&client, 5).await;
    clock.advance(OPEN_FOR);
    read(&client).await.unwrap();
    fail(&client, 1).await;
    let until = NOW + 2 * OPEN_FOR;
    assert_eq!(read(&client).await.unwrap_err(), circuit_open(until));
    assert_eq!(client.breaker().failures, 6);
    assert_eq!(received(&server).await.len(), 22);
}

#[tokio::test]
async fn while_one_call_probes_the_others_are_refused() {
    let server = service().await;
    answer(&server, (0..5).map(|_| status(500)).chain([fine()])).await;
    let (client, clock) = client_and_clock(one_try(&server.uri()));
    fail(&client, 5).await;
    clock.advance(OPEN_FOR);
    let (probe, other) = tokio::join!(read(&client), read(&client));
    probe.unwrap();
    assert_eq!(other.unwrap_err().code(), "circuit_open");
}

#[tokio::test]
async fn a_probe_that_is_given_up_by_its_caller_leaves_the_next_one_free() {
    let server = service().await;
    let slow = fine().set_delay(Duration::from_mins(1));
    answer(&server, (0..5).map(|_| status(500)).chain([slow, fine(), fine()])).await;
    let (client, clock) = client_and_clock(one_try(&server.uri()));
    fail(&client, 5).await;
    clock.advance(OPEN_FOR);
    let probe = tokio::spawn({
        let client = client.clone();
        async move { read(&client).await }
    });
    while received(&server).await.len() < 6 {
        tokio::task::yield_now().await;
    }
    probe.abort();
    assert!(probe.await.unwrap_err().is_cancelled());
    read(&client).await.unwrap();
    read(&client).await.unwrap();
    assert_eq!(client.breaker(), closed());
}

#[tokio::test]
async fn once_others_found_it_broken_a_call_tries_no_more() {
    let trouble = "HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let gate = Arc::new(Notify::new());
    let server = RawServer::start_gated([trouble; 12], Arc::clone(&gate)).await;
    let mut config = config(&server.url);
    config.retries = 1;
    let (client, _clock) = client_and_clock(config);
    let early = tokio::spawn({
        let client = client.clone();
        async move { read(&client).await }
    });
    server.has_received(1).await;
    fail(&client, 5).await;
    assert_eq!(client.breaker().state, BreakerPhase::Open);
    gate.notify_one();
    assert_eq!(early.await.unwrap().unwrap_err().status(), Some(500));
    assert_eq!(server.requests(), 1 + 5 * 2, "one try of the early call, two of each other");
}

#[tokio::test]
async fn each_change_is_logged_once() {
    let (logs, _guard) = Logs::listen();
    let server = service().await;
    let trouble = |times| (0..times).map(|_| status(500));
    let answers: Vec<ResponseTemplate> = trouble(5).chain([fine(), status(500), fine(), fine(), fine()]).collect();
    answer(&server, answers).await;
    let (client, clock) = client_and_clock(one_try(&server.uri()));

    fail(&client, 4).await;
    assert_eq!((logs.lines("WARN").len(), logs.lines("INFO").len()), (0, 0));
    fail(&client, 1).await;
    read(&client).await.unwrap_err();
    read(&client).await.unwrap_err();
    let [opened] = &logs.lines("WARN")[..] else { panic!("{:?}", logs.lines("WARN")) };
    assert!(opened.contains("service=\"test\" failures=5 until=\"2026-11-23T09:30:30Z\""), "{opened}");

    clock.advance(OPEN_FOR);
    read(&client).await.unwrap();
    fail(&client, 1).await;
    assert_eq!((logs.lines("WARN").len(), logs.lines("INFO").len()), (2, 1), "one probe succeeded and one failed");

    clock.advance(OPEN_FOR);
    for _ in 0..3 {
        read(&client).await.unwrap();
    }
    assert_eq!(logs.lines("WARN").len(), 2);
    let [probed, probed_again, works] = &logs.lines("INFO")[..] else { panic!("{:?}", logs.lines("INFO")) };
    for half_open in [probed, probed_again] {
        assert!(half_open.contains("a service that failed is tried again service=\"test\""), "{half_open}");
    }
    assert!(works.contains("a service that had failed works again service=\"test\""), "{works}");
}

#[tokio::test]
async fn a_service_has_one_breaker_however_many_clients_are_cloned() {
    let server = service().await;
    answer(&server, (0..5).map(|_| status(500))).await;
    let (client, _clock) = client_and_clock(one_try(&server.uri()));
    for _ in 0..5 {
        fail(&client.clone(), 1).await;
    }
    assert_eq!(read(&client).await.unwrap_err().code(), "circuit_open");
}
