//! What goes out and what comes back.

use crate::spellings::FORBIDDEN;
use crate::support::{Reply, Server, egress, ok, post, request};
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use std::process::Command;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_request_goes_out_as_it_was_given() {
    let server = Server::start(Reply::Text(
        "HTTP/1.1 202 Accepted\r\nx-one: 1\r\nx-one: 2\r\ncontent-length: 4\r\n\r\ndone".to_owned(),
    ))
    .await;
    let mut request = request(server.url());
    request.method = Method::PUT;
    request.body = Bytes::from_static(b"{\"a\": 1}\n");
    request.headers.insert("webhook-id", HeaderValue::from_static("msg_1"));
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let response = egress(&["127.0.0.0/8"]).send(request).await.unwrap();

    assert_eq!(response.status, StatusCode::ACCEPTED);
    assert_eq!(response.headers.get_all("x-one").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!((&response.body[..], response.body_truncated), (&b"done"[..], false));

    let sent = &server.requests()[0];
    assert!(sent.starts_with("PUT /hook HTTP/1.1\r\n"), "{sent}");
    assert!(sent.contains("webhook-id: msg_1\r\n") && sent.contains("content-type: application/json\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\n{\"a\": 1}\n"), "{sent}");
    for unwanted in ["referer", "cookie", "accept-encoding", "user-agent"] {
        assert!(!sent.contains(unwanted), "{sent}");
    }
}

#[tokio::test]
async fn headers_of_the_connection_cannot_be_set() {
    let server = Server::start(ok("")).await;
    let mut request = request(server.url());
    for (name, value) in [
        (header::HOST, "elsewhere.example"),
        (header::CONTENT_LENGTH, "9000"),
        (header::TRANSFER_ENCODING, "chunked"),
        (header::CONNECTION, "close"),
        (header::UPGRADE, "websocket"),
    ] {
        request.headers.insert(name, HeaderValue::from_static(value));
    }
    egress(&["127.0.0.0/8"]).send(request).await.unwrap();
    let sent = &server.requests()[0];
    assert!(sent.contains(&format!("host: {}\r\n", server.address)), "{sent}");
    assert!(sent.contains("content-length: 2\r\n"), "{sent}");
    for unwanted in ["elsewhere", "chunked", "websocket", "close"] {
        assert!(!sent.contains(unwanted), "{sent}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let egress = egress(&["127.0.0.0/8"]);
    let inside = Server::start(ok("")).await;
    let mut targets: Vec<_> = FORBIDDEN.iter().map(|[a, b, c, d]| format!("http://{a}.{b}.{c}.{d}/")).collect();
    targets[0] = inside.url().to_string();
    for status in [301, 302, 303, 307, 308] {
        for target in &targets {
            let head = format!("HTTP/1.1 {status} Moved\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
            let server = Server::start(Reply::Text(head)).await;
            let response = post(&egress, server.url()).await.unwrap();
            assert_eq!(response.status.as_u16(), status);
            assert_eq!(response.headers[header::LOCATION], target.as_str());
            assert_eq!(server.requests().len(), 1);
        }
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_body_is_read_up_to_the_cap() {
    let egress = egress(&["127.0.0.0/8"]);
    for (length, is_truncated) in [(0, false), (1, false), (999, false), (1000, false), (1001, true), (500_000, true)] {
        let server = Server::start(ok(&"x".repeat(length))).await;
        let mut request = request(server.url());
        request.response_bytes_max = 1000;
        let response = egress.send(request).await.unwrap();
        assert_eq!((response.body.len(), response.body_truncated), (length.min(1000), is_truncated), "{length}");
    }
}

#[tokio::test]
async fn a_body_in_many_chunks_is_read_up_to_the_cap() {
    let chunks = "5\r\nhello\r\n".repeat(300);
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let server = Server::start(Reply::Text(format!("{head}{chunks}0\r\n\r\n"))).await;
    let egress = egress(&["127.0.0.0/8"]);
    for (cap, is_truncated) in [(0, true), (7, true), (1499, true), (1500, false), (1501, false)] {
        let mut request = request(server.url());
        request.response_bytes_max = cap;
        let response = egress.send(request).await.unwrap();
        let expected = "hello".repeat(300)[..cap.min(1500)].to_owned();
        assert_eq!((response.body, response.body_truncated), (Bytes::from(expected), is_truncated), "{cap}");
    }
}

#[tokio::test]
async fn an_endless_body_ends_at_the_cap() {
    let server = Server::start(Reply::Flood("HTTP/1.1 200 OK\r\n\r\n".to_owned())).await;
    let mut request = request(server.url());
    request.deadline = Duration::from_mins(1);
    let started = Instant::now();
    let response = egress(&["127.0.0.0/8"]).send(request).await.unwrap();
    assert_eq!((response.body.len(), response.body_truncated), (32 * 1024, true));
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_compressed_body_stays_compressed() {
    // A gzip header and a promise of much more: decompressing this would fail, or worse.
    let packed = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xed, 0xc1, 0x01, 0x0d];
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: 14\r\n\r\n");
        let server = Server::start(Reply::Octets([head.as_bytes(), &packed].concat())).await;
        let response = post(&egress(&["127.0.0.0/8"]), server.url()).await.unwrap();
        assert_eq!(&response.body[..], packed, "{encoding}");
        assert_eq!(response.headers[header::CONTENT_ENCODING], encoding);
    }
}

#[tokio::test]
async fn many_requests_at_once_share_few_connections() {
    let server = Server::start(ok("hello")).await;
    let egress = egress(&["127.0.0.0/8"]);
    for _ in 0..5 {
        let sending = (0..20).map(|_| {
            let (egress, url) = (egress.clone(), server.url());
            tokio::spawn(async move { post(&egress, url).await.unwrap() })
        });
        for sent in sending.collect::<Vec<_>>() {
            assert_eq!(sent.await.unwrap().body, "hello");
        }
    }
    assert_eq!(server.requests().len(), 100);
    assert!(server.connections() <= 40, "{}", server.connections());
}

/// Runs itself once more with proxies in the environment, since a process must not change its own.
#[test]
fn proxies_of_the_environment_are_ignored() {
    const MARK: &str = "HOOKREEL_TEST_WITH_PROXIES";
    if std::env::var_os(MARK).is_some() {
        return tokio::runtime::Runtime::new().unwrap().block_on(async {
            let server = Server::start(ok("direct")).await;
            assert_eq!(post(&egress(&["127.0.0.0/8"]), server.url()).await.unwrap().body, "direct");
        });
    }
    // Nothing listens on port 1: a client that heeds the proxy fails.
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "sending::proxies_of_the_environment_are_ignored"]).env(MARK, "1");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        child.env(name, "http://127.0.0.1:1/");
    }
    let output = child.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}
