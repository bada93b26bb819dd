//! What can go wrong, and what it is called.

use crate::support::{Reply, Server, egress, post, request};
use hookreel_egress::SendFailure;
use hookreel_kernel::FailureReason;
use std::time::{Duration, Instant};

async fn failure_of(reply: Reply) -> SendFailure {
    let server = Server::start(reply).await;
    post(&egress(&["127.0.0.0/8"]), server.url()).await.unwrap_err()
}

#[tokio::test]
async fn a_closed_port_refuses() {
    // Taken, so that nobody else gets it, and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = taken.local_addr().unwrap();
    let url = format!("http://{address}/?token=hidden").parse().unwrap();
    let failure = post(&egress(&["127.0.0.0/8"]), url).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::ConnectionRefused, "{}", failure.detail);
    assert!(!failure.detail.contains("hidden"), "{}", failure.detail);
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_broke() {
    let failure = failure_of(Reply::Close).await;
    assert_eq!(failure.reason, FailureReason::ConnectionReset, "{}", failure.detail);
}

#[tokio::test]
async fn a_body_that_ends_early_broke() {
    let closing = closing_after("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc").await;
    let failure = post(&egress(&["127.0.0.0/8"]), closing).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::ConnectionReset, "{}", failure.detail);
}

#[tokio::test]
async fn what_is_not_http_is_an_invalid_answer() {
    for text in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\0\0\0\0\0\r\n\r\n"]
    {
        let failure = failure_of(Reply::Text(text.to_owned())).await;
        assert_eq!(failure.reason, FailureReason::InvalidResponse, "{text:?}: {}", failure.detail);
    }
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n";
    let failure = failure_of(Reply::Text(chunks.to_owned())).await;
    assert_eq!(failure.reason, FailureReason::InvalidResponse, "{}", failure.detail);
}

#[tokio::test]
async fn headers_without_end_are_an_invalid_answer() {
    let many = "x-more: 1\r\n".repeat(1_000);
    let failure = failure_of(Reply::Text(format!("HTTP/1.1 200 OK\r\n{many}\r\n"))).await;
    assert_eq!(failure.reason, FailureReason::InvalidResponse, "{}", failure.detail);
    let failure = failure_of(Reply::Flood("HTTP/1.1 200 OK\r\nx-long: ".to_owned())).await;
    assert_eq!(failure.reason, FailureReason::InvalidResponse, "{}", failure.detail);
}

#[tokio::test]
async fn tls_where_there_is_none_fails_as_tls() {
    let with_tls = |url: url::Url| url.as_str().replace("http://", "https://").parse().unwrap();
    let plain = closing_after("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let failure = post(&egress(&["127.0.0.0/8"]), with_tls(plain)).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::TlsFailed, "{}", failure.detail);

    let server = Server::start(Reply::Hang).await;
    let mut silent = request(with_tls(server.url()));
    silent.deadline = Duration::from_millis(200);
    let failure = egress(&["127.0.0.0/8"]).send(silent).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::Timeout, "{}", failure.detail);
}

#[tokio::test]
async fn one_deadline_covers_headers_and_body() {
    let drip = Duration::from_millis(20);
    for reply in [
        Reply::Hang,
        Reply::Drip(String::new(), drip),
        Reply::Drip("HTTP/1.1 200 OK\r\nx-slow: ".to_owned(), drip),
        Reply::Drip("HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n".to_owned(), drip),
        Reply::Drip("HTTP/1.1 200 OK\r\n\r\n".to_owned(), drip),
    ] {
        let server = Server::start(reply.clone()).await;
        let mut request = request(server.url());
        request.deadline = Duration::from_millis(300);
        let started = Instant::now();
        let failure = egress(&["127.0.0.0/8"]).send(request).await.unwrap_err();
        let is_drip_before_headers = matches!(&reply, Reply::Drip(head, _) if head.is_empty());
        if !is_drip_before_headers {
            assert_eq!(failure.reason, FailureReason::Timeout, "{reply:?}: {}", failure.detail);
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{reply:?}");
    }
}

/// A server that reads a little, writes this and closes.
async fn closing_after(text: &'static str) -> url::Url {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    format!("http://{address}/").parse().unwrap()
}
