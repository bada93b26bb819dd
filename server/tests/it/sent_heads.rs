//! Headers of a webhook are kept as they were sent: each name as it was spelt, and each where it stood.

use crate::process::{Running, Scratch};
use crate::tenant::{self, SECRET, signature};
use hookreel_testing::TestDatabase;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Sends a webhook on a connection that stays open, piece by piece, and returns the id of its message.
async fn send(connection: &mut BufReader<TcpStream>, pieces: &[&str]) -> String {
    for piece in pieces {
        connection.write_all(piece.as_bytes()).await.unwrap();
        connection.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
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
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
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
        ];
        let lines: Vec<String> = sent.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (first, last) = lines.split_at(number);
        let line = format!("POST {path} HTTP/1.1\r\n");
        let id = send(&mut connection, &[&line, &first.concat(), &last.concat(), "\r\n", &body]).await;

        let uuid = id.parse::<hookreel_kernel::MessageId>().unwrap().uuid();
        let payload: Value = sqlx::query_scalar("select payload from event_store.events where stream_id = $1")
            .bind(uuid)
            .fetch_one(&mut database.superuser().await)
            .await
            .unwrap();
        let kept: Vec<(&str, &str)> = payload["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| (header["name"].as_str().unwrap(), header["value"].as_str().unwrap()))
            .collect();
        assert_eq!(kept, sent.each_ref().map(|(name, value)| (*name, value.as_str())));
    }
    server.stop().await;
}
