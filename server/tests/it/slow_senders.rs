//! Senders that are slow, endless, huge or lying are sent away, cost bounded memory, and stand in nobody's way.

use crate::process::{Answer, Running, Scratch};
use crate::tenant::{self, SECRET, signature};
use hookreel_testing::TestDatabase;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How many of each kind there are at once.
const OF_EACH: usize = 40;
/// Bytes that each endless sender has ready: together far more than may be held.
const ENDLESS_BYTES: usize = 32 << 20;
/// How much the server may grow while all of them are there. What it may hold of 40 endless senders is 40 MiB.
const GROWTH_MAX: u64 = 160 << 20;
/// Longer than the server waits for a body, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(90);
/// What each sender announces that then stops after more than is free: together more than their source's share of the
/// room for bodies.
const ANNOUNCED_BYTES: usize = 900_000;
const GREEDY: usize = 100;
const BEGUN_BYTES: usize = 20_000;
/// The longest that a neighbour's small webhook may take meanwhile. Without a bound of what others hold it would be
/// until they are sent away: half a minute.
const NEIGHBOUR_WAIT_MAX: Duration = Duration::from_secs(20);

/// A status if there was one, and whether the connection was closed at the end.
async fn outcome(mut stream: TcpStream) -> (Option<u16>, bool) {
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    let status = Answer::status_of(&answer);
    (status, ended.is_ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_endless_huge_and_lying_senders_are_sent_away_and_stand_in_nobodys_way() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let given = ["--database-url", &url, "--data-dir", scratch.path()];
    let server = Running::start(&given).await;
    let tenant = tenant::create(["--database-url", &url]).await;
    let (path, other_path) = (tenant::source(&server, &tenant).await, tenant::source(&server, &tenant).await);
    let memory_before = memory_of(&server);

    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    let (mut slow, mut endless, mut many, mut lying, mut packed, mut greedy) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..OF_EACH {
        let start = format!("{head}content-length: 1000\r\n\r\n");
        slow.push(tokio::spawn(drip(server.connect().await, start)));
        let start = format!("{head}transfer-encoding: chunked\r\n\r\n");
        endless.push(tokio::spawn(pour(server.connect().await, start)));
        let headers = "x-many: 1\r\n".repeat(10_000);
        many.push(tokio::spawn(say(server.connect().await, format!("{head}{headers}content-length: 2\r\n\r\n{{}}"))));
        let lie = format!("{head}content-length: 900000\r\n\r\n{{}}");
        lying.push(tokio::spawn(say(server.connect().await, lie)));
        let gzip = format!("{head}content-encoding: gzip\r\ncontent-length: 2\r\n\r\n\u{1f}\u{2}");
        packed.push(tokio::spawn(say(server.connect().await, gzip)));
    }

    for _ in 0..GREEDY {
        let begun = "a".repeat(BEGUN_BYTES);
        let head = format!("POST {other_path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        let start = format!("{head}content-length: {ANNOUNCED_BYTES}\r\n\r\n{begun}");
        greedy.push(tokio::spawn(say(server.connect().await, start)));
    }

    // Meanwhile everybody else is answered, and soon.
    let mut answered = 0_u32;
    let mut longest = Duration::ZERO;
    let mut memory_most = memory_before;
    while slow.iter().any(|sender| !sender.is_finished()) {
        let body = json!({ "number": answered }).to_string();
        let headers = [("content-type", "application/json"), ("x-signature", &signature(SECRET, &body))];
        let asked_at = Instant::now();
        let neighbour = server.ask(&format!("POST {path}"), &headers, &body).await;
        longest = longest.max(asked_at.elapsed());
        assert_eq!(neighbour.status, 200, "{}", neighbour.body);
        answered += 1;
        memory_most = memory_most.max(memory_of(&server));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    for (senders, expected) in [(slow, 408), (endless, 413), (many, 431), (lying, 408), (packed, 401), (greedy, 408)] {
        for sender in senders {
            let (status, was_closed) = sender.await.unwrap();
            assert!(was_closed, "a sender that should get {expected} was left waiting");
            // What is refused while it still sends may see the connection reset before the answer.
            assert!(status == Some(expected) || (expected == 413 && status.is_none()), "{status:?}, not {expected}");
        }
    }
    let grown = memory_most.saturating_sub(memory_before);
    println!(
        "senders {}, neighbours answered {answered}, the slowest after {longest:?}, memory grew by {} MiB",
        5 * OF_EACH + GREEDY,
        grown >> 20
    );
    assert!(longest < NEIGHBOUR_WAIT_MAX, "a neighbour waited for {longest:?}");
    assert!(answered > 10 && grown < GROWTH_MAX, "answered {answered}, grew by {} MiB", grown >> 20);
    assert_eq!(server.stop().await, Some(0));
}

async fn say(mut stream: TcpStream, text: String) -> (Option<u16>, bool) {
    let _ = stream.write_all(text.as_bytes()).await;
    outcome(stream).await
}

/// One byte now and then, and never all of them.
async fn drip(stream: TcpStream, start: String) -> (Option<u16>, bool) {
    let (read, mut write) = stream.into_split();
    let dripping = tokio::spawn(async move {
        let _ = write.write_all(start.as_bytes()).await;
        while write.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        write
    });
    let mut answer = Vec::new();
    let mut read = read;
    let ended = tokio::time::timeout(PATIENCE, read.read_to_end(&mut answer)).await;
    dripping.abort();
    (Answer::status_of(&answer), ended.is_ok())
}

/// Chunks as fast as they are taken.
async fn pour(mut stream: TcpStream, start: String) -> (Option<u16>, bool) {
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 16, "a".repeat(1 << 16));
    let _ = stream.write_all(start.as_bytes()).await;
    for _ in 0..ENDLESS_BYTES >> 16 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    outcome(stream).await
}

/// Resident memory of the server's process, in bytes.
pub(crate) fn memory_of(server: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id().unwrap())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}
