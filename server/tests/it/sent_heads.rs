//! Headers of a webhook are kept as they were sent: each name as it was spelt, and each where it stood.

use crate::process::{Running, Scratch};
use crate::tenant::{self, SECRET, signature};
use hookreel_kernel::MessageId;
use hookreel_testing::TestDatabase;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Sends what it is given piece by piece.
async fn send(connection: &mut BufReader<TcpStream>, pieces: &[&str]) {
    for piece in pieces {
        connection.write_all(piece.as_bytes()).await.unwrap();
        connection.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
}

/// Reads the answer to a webhook, on a connection that stays open, and returns the id of its message.
async fn answered(connection: &mut BufReader<TcpStream>) -> MessageId {
    let mut length = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.unwrap();
        let line = line.trim_end().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.unwrap();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).parse().unwrap()
}

/// The headers that are kept of a message.
async fn kept(database: &TestDatabase, message: MessageId) -> Vec<(String, String)> {
    let payload: Value = sqlx::query_scalar("select payload from event_store.events where stream_id = $1")
        .bind(message.uuid())
        .fetch_one(&mut database.superuser().await)
        .await
        .unwrap();
    let text = |header: &Value, field: &str| header[field].as_str().unwrap().to_owned();
    let headers = payload["headers"].as_array().unwrap();
    headers.iter().map(|header| (text(header, "name"), text(header, "value"))).collect()
}

fn lines_of(headers: &[(String, String)]) -> Vec<String> {
    headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect()
}

#[tokio::test]
async fn headers_are_kept_as_they_were_spelt_and_where_they_stood_in_every_request_of_a_connection() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let server = Running::start(&["--database-url", &url, "--data-dir", scratch.path()]).await;
    let tenant = tenant::create(["--database-url", &url]).await;
    let path = tenant::source(&server, &tenant).await;

    let mut connection = BufReader::new(server.connect().await);
    for number in 0..3 {
        let body = format!(r#"{{"number":{number}}}"#);
        let sent = [
            ("Host", "localhost".to_owned()),
            ("X-Part", number.to_string()),
            ("X-SIGNATURE", signature(SECRET, &body)),
            ("content-Type", "application/json".to_owned()),
            ("x-part", "again".to_owned()),
            ("Content-Length", body.len().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let lines = lines_of(&sent);
        let (first, last) = lines.split_at(number);
        let line = format!("POST {path} HTTP/1.1\r\n");
        send(&mut connection, &[&line, &first.concat(), &last.concat(), "\r\n", &body]).await;
        let message = answered(&mut connection).await;
        assert_eq!(kept(&database, message).await, sent);
    }
    server.stop().await;
}

#[tokio::test]
async fn headers_are_kept_as_they_were_sent_by_a_client_that_does_not_wait_for_answers() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let server = Running::start(&["--database-url", &url, "--data-dir", scratch.path()]).await;
    let tenant = tenant::create(["--database-url", &url]).await;
    let path = tenant::source(&server, &tenant).await;

    let (mut requests, mut sent) = (Vec::new(), Vec::new());
    for number in 0..6 {
        let body = format!(r#"{{"number":{number}}}"#);
        let (framing, framed) = if number % 2 == 0 {
            (("Content-LENGTH", body.len().to_string()), body.clone())
        } else {
            let chunk = format!("{:X}\r\n{body}\r\n0\r\n\r\n", body.len());
            (("Transfer-ENCODING", "chunked".to_owned()), chunk)
        };
        let headers = [
            ("HOST", "localhost".to_owned()),
            ("X-Part", number.to_string()),
            ("X-SIGNATURE", signature(SECRET, &body)),
            framing,
            ("content-Type", "application/json".to_owned()),
            ("x-part", "again".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        requests.push(format!("POST {path} HTTP/1.1\r\n{}\r\n{framed}", lines_of(&headers).concat()));
        sent.push(headers);
    }

    let mut connection = BufReader::new(server.connect().await);
    // All at once, but for the end of the last one's head and its body.
    let requests = requests.concat();
    let (first, last) = requests.split_at(requests.len() - 150);
    send(&mut connection, &[first]).await;
    for (number, headers) in sent.iter().enumerate() {
        if number + 1 == sent.len() {
            send(&mut connection, &[last]).await;
        }
        let message = answered(&mut connection).await;
        assert_eq!(kept(&database, message).await, headers);
    }
    server.stop().await;
}
