//! Answers that are none: cut short, too long, of another kind.

use crate::support::{RawServer, answer, client, config, read, received, service};
use hookreel_integrations::{ApiRequest, ERROR_BODY_BYTES_MAX, IntegrationError, Problem};
use hookreel_kernel::FailureReason;
use serde::Deserialize;
use serde_json::json;
use wiremock::ResponseTemplate;

#[derive(Debug, Deserialize)]
struct Thing {
    #[expect(dead_code, reason = "only its shape matters")]
    id: u64,
}

fn malformed(at: &str, problem: Problem) -> IntegrationError {
    IntegrationError::Malformed { service: "test", at: at.to_owned(), problem }
}

#[tokio::test]
async fn what_is_no_json_is_told_and_not_asked_for_again() {
    for (body, at) in
        [("", "$"), ("<html>hello</html>", "$"), (r#"{"ok": tru"#, "$.ok"), (r#"{"ok": true} and more"#, "$")]
    {
        let server = service().await;
        answer(&server, [ResponseTemplate::new(200).set_body_string(body)]).await;
        let client = client(config(&server.uri()));
        assert_eq!(read(&client).await.unwrap_err(), malformed(at, Problem::NotJson), "{body}");
        assert_eq!(client.breaker().failures, 1, "a service that answers no JSON is in trouble");
    }
}

#[tokio::test]
async fn json_of_another_shape_is_told_with_its_place_and_is_no_trouble() {
    let server = service().await;
    let things = json!([{"id": 1}, {"id": "ghp_secret"}]);
    answer(&server, [ResponseTemplate::new(200).set_body_json(things)]).await;
    let client = client(config(&server.uri()));
    let error = client.call::<Vec<Thing>>(ApiRequest::get(["things"])).await.unwrap_err();
    assert_eq!(error, malformed("$[1].id", Problem::Shape));
    assert_eq!(error.to_string(), "test answered something else than expected, at $[1].id: it has another shape");
    assert_eq!(client.breaker().failures, 0);
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_longest_and_never_cut() {
    let body = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    for (bytes, fits) in [(1_000, true), (1_001, false), (100_000, false)] {
        let server = service().await;
        answer(&server, [ResponseTemplate::new(200).set_body_string(body(bytes))]).await;
        let mut config = config(&server.uri());
        config.answer_bytes_max = 1_000;
        let read = read(&client(config)).await;
        match read {
            Ok(_) => assert!(fits, "{bytes}"),
            Err(error) => assert_eq!((error, fits), (malformed("$", Problem::TooLong), false), "{bytes}"),
        }
    }
}

#[tokio::test]
async fn an_answer_of_a_mebibyte_is_the_longest_by_default() {
    let server = service().await;
    let body = |bytes: usize| ResponseTemplate::new(200).set_body_string(format!("\"{}\"", "x".repeat(bytes - 2)));
    answer(&server, [body(1024 * 1024), body(1024 * 1024 + 1)]).await;
    let client = client(config(&server.uri()));
    read(&client).await.unwrap();
    assert_eq!(read(&client).await.unwrap_err(), malformed("$", Problem::TooLong));
}

#[tokio::test]
async fn a_body_that_ends_before_its_announced_end_is_tried_again() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ok\":true}";
    let short_chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nb\r\n{\"ok\":true}\r\n";
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";
    let server = RawServer::start([short, short_chunk, whole]).await;
    assert_eq!(read(&client(config(&server.url))).await.unwrap(), json!({"ok": true}));
    assert_eq!(server.requests(), 3);

    let server = RawServer::start([short, short, short, short]).await;
    let error = read(&client(config(&server.url))).await.unwrap_err();
    assert_eq!(error, IntegrationError::Network { service: "test", reason: FailureReason::ConnectionReset });
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn a_body_longer_than_announced_is_cut_and_so_no_json() {
    let long = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{\"ok\":true}";
    let server = RawServer::start([long]).await;
    assert_eq!(read(&client(config(&server.url))).await.unwrap_err(), malformed("$", Problem::NotJson));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn what_is_no_http_is_tried_again_and_then_told() {
    let server = RawServer::start(["SSH-2.0-OpenSSH_9.2\r\n\r\n"; 4]).await;
    let error = read(&client(config(&server.url))).await.unwrap_err();
    assert_eq!(error, IntegrationError::Network { service: "test", reason: FailureReason::InvalidResponse });
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn of_the_body_of_a_refusal_the_beginning_is_kept() {
    let server = service().await;
    // The cut falls into a character, which is left out whole.
    let body = format!("x{}", "ü".repeat(ERROR_BODY_BYTES_MAX));
    answer(&server, [ResponseTemplate::new(422).set_body_string(body)]).await;
    let Err(IntegrationError::Status { body, .. }) = read(&client(config(&server.uri()))).await else {
        panic!("a refusal")
    };
    assert_eq!(body, format!("x{}", "ü".repeat(ERROR_BODY_BYTES_MAX / 2 - 1)));
}

#[tokio::test]
async fn a_refusal_longer_than_an_answer_may_be_is_still_that_refusal() {
    let server = service().await;
    answer(&server, [ResponseTemplate::new(404).set_body_string("x".repeat(5_000))]).await;
    let mut config = config(&server.uri());
    config.answer_bytes_max = 10;
    let error = read(&client(config)).await.unwrap_err();
    assert_eq!(error, IntegrationError::Status { service: "test", status: 404, body: "x".repeat(10) });
}

#[tokio::test]
async fn where_only_the_effect_matters_the_body_may_be_anything() {
    let server = service().await;
    answer(&server, [ResponseTemplate::new(202).set_body_string("accepted"), ResponseTemplate::new(204)]).await;
    let client = client(config(&server.uri()));
    client.call_for_effect(ApiRequest::post(["things"], None)).await.unwrap();
    client.call_for_effect(ApiRequest::delete(["things", "1"])).await.unwrap();
    assert_eq!(received(&server).await.len(), 2);
}
