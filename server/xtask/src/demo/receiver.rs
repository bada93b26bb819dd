//! The subscriber's side of the demo: one path that takes every webhook, one that never does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const HEAD_BYTES_MAX: usize = 64 * 1024;
/// So that durations in the dashboard look like something.
const THINKING_TIME: Duration = Duration::from_millis(40);

#[derive(Debug, Default)]
struct Counts {
    healthy: AtomicU32,
    refused: AtomicU32,
}

/// Listens on a free port of this machine until it is dropped.
#[derive(Debug)]
pub(super) struct Receiver {
    address: SocketAddr,
    counts: Arc<Counts>,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the receiver found no free port")?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counts = Arc::clone(&shared);
                // A connection that breaks off is the sender's to notice.
                tokio::spawn(async move { serve(stream, &counts).await.ok() });
            }
        });
        Ok(Self { address, counts, task })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn healthy(&self) -> u32 {
        self.counts.healthy.load(Ordering::Relaxed)
    }

    pub(super) fn refused(&self) -> u32 {
        self.counts.refused.load(Ordering::Relaxed)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers every request on one connection.
async fn serve(mut stream: TcpStream, counts: &Counts) -> Result<()> {
    let mut pending = Vec::new();
    while let Some(path) = read_request(&mut stream, &mut pending).await? {
        tokio::time::sleep(THINKING_TIME).await;
        let (line, body) = if path == "/healthy" {
            counts.healthy.fetch_add(1, Ordering::Relaxed);
            ("200 OK", "{\"received\":true}")
        } else {
            counts.refused.fetch_add(1, Ordering::Relaxed);
            ("500 Internal Server Error", "{\"error\":\"disk full on /var/import\"}")
        };
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {line}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// Reads one request and returns its path; `None` when the sender has closed.
async fn read_request(stream: &mut TcpStream, pending: &mut Vec<u8>) -> Result<Option<String>> {
    let end = loop {
        if let Some(at) = pending.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        anyhow::ensure!(pending.len() < HEAD_BYTES_MAX, "the request's head is too long");
        if stream.read_buf(pending).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&pending[..end]).into_owned();
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse())
        .context("the content length is not a number")?;
    while pending.len() < end + length {
        if stream.read_buf(pending).await? == 0 {
            return Ok(None);
        }
    }
    pending.drain(..end + length);
    Ok(head.split_whitespace().nth(1).map(str::to_owned))
}
