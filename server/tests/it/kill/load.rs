//! The senders: half of them publish by API, half sign as Stripe does. What was answered 2xx is promised; what was not
//! is sent again in the end, as publishers and providers do.

use super::site::{Doors, STRIPE_SECRET, Site};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hookreel_kernel::{Clock as _, SystemClock};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const SENDERS: usize = 6;
/// Between two messages of one sender: the test is about kills, not about speed.
const PAUSE: Duration = Duration::from_millis(8);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// An unfinished request's `Idempotency-Key` is held for a minute; this is how long the end may take.
const HEAL_LIMIT: Duration = Duration::from_secs(90);

#[derive(Debug, Default)]
struct Book {
    next: AtomicU64,
    is_over: AtomicBool,
    acknowledged: Mutex<BTreeSet<u64>>,
    unanswered: Mutex<Vec<u64>>,
}

/// Senders at work.
#[derive(Debug)]
pub(crate) struct Load {
    doors: Doors,
    book: Arc<Book>,
    senders: JoinSet<()>,
}

impl Load {
    pub(crate) fn start(site: &Site) -> Self {
        let (doors, book) = (site.doors(), Arc::new(Book::default()));
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            senders.spawn(send_on(doors.clone(), Arc::clone(&book)));
        }
        Self { doors, book, senders }
    }

    /// Waits until a message that is sent from now on is acknowledged, and says how long that took.
    pub(crate) async fn acknowledges_again(&self, limit: Duration) -> Duration {
        let (began, from) = (Instant::now(), self.book.next.load(Ordering::Relaxed));
        while began.elapsed() < limit {
            let newest = self.book.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).last().copied();
            if newest.is_some_and(|mark| mark >= from) {
                return began.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing was acknowledged within {} s", limit.as_secs());
    }

    /// Ends the load, sends what was not answered until it is, and returns how many messages there were and which of
    /// them were acknowledged.
    pub(crate) async fn heal(mut self) -> (u64, BTreeSet<u64>) {
        self.book.is_over.store(true, Ordering::Relaxed);
        while self.senders.join_next().await.is_some() {}
        let mut waiting = std::mem::take(&mut *self.book.unanswered.lock().unwrap_or_else(PoisonError::into_inner));
        let began = Instant::now();
        while !waiting.is_empty() {
            assert!(began.elapsed() < HEAL_LIMIT, "{} messages are still not acknowledged", waiting.len());
            let mut still = Vec::new();
            for mark in waiting {
                if !attempt(&self.doors, &self.book, mark).await {
                    still.push(mark);
                }
            }
            waiting = still;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let acknowledged = self.book.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (self.book.next.load(Ordering::Relaxed), acknowledged)
    }
}

async fn send_on(doors: Doors, book: Arc<Book>) {
    while !book.is_over.load(Ordering::Relaxed) {
        let mark = book.next.fetch_add(1, Ordering::Relaxed);
        if !attempt(&doors, &book, mark).await {
            book.unanswered.lock().unwrap_or_else(PoisonError::into_inner).push(mark);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn attempt(doors: &Doors, book: &Book, mark: u64) -> bool {
    let request = if mark.is_multiple_of(2) { published(doors, mark) } else { signed(doors, mark) };
    let authority = doors.authority.borrow().clone();
    let status = tokio::time::timeout(ANSWER_LIMIT, status_of(&authority, &request)).await;
    let is_acknowledged = matches!(status, Ok(Ok(200..=299)));
    if !is_acknowledged && book.is_over.load(Ordering::Relaxed) {
        println!("message {mark} was answered {status:?}");
    }
    if is_acknowledged {
        book.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(mark);
    }
    is_acknowledged
}

/// The status alone is the promise: what follows it may be cut off.
#[expect(clippy::disallowed_methods, reason = "the test is the client")]
async fn status_of(authority: &str, request: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(authority).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while answer.len() < b"HTTP/1.1 200".len() {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(std::str::from_utf8(&answer[9..12]).ok().and_then(|status| status.parse().ok()).unwrap_or_default())
}

fn published(doors: &Doors, mark: u64) -> String {
    let body = format!(r#"{{"eventType":"invoice.paid","payload":{{"mark":{mark}}}}}"#);
    let (path, key, length) = (&doors.publish, &doors.api_key, body.len());
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
         idempotency-key: mark-{mark}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn signed(doors: &Doors, mark: u64) -> String {
    let body = format!(r#"{{"id":"evt_{mark}","type":"invoice.paid","mark":{mark}}}"#);
    let sent_at = SystemClock.now().unix_timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(STRIPE_SECRET.as_bytes()).unwrap();
    mac.update(format!("{sent_at}.{body}").as_bytes());
    let (path, signature, length) = (&doors.inbound, hex::encode(mac.finalize().into_bytes()), body.len());
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         stripe-signature: t={sent_at},v1={signature}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}
