//! Senders that make use of what HTTP/2 adds, many requests on one connection, heads of many frames and requests that are
//! taken back: they cost bounded memory, and stand in nobody's way.

use crate::process::{Running, Scratch};
use crate::slow_senders::memory_of;
use crate::tenant::{self, SECRET, signature};
use hookreel_testing::TestDatabase;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// Connections of each kind.
const OF_EACH: u32 = 4;
/// As many as a connection may have.
const STREAMS: u32 = 100;
/// What each request of those that trickle brings at a time: smaller frames would be an attack of another kind.
const LITTLE_BYTES: usize = 256;
/// How many requests each of those begins that take them back.
const TAKEN_BACK: u32 = 20_000;
/// Frames of a head that does not end, of 16 KiB each.
const HEAD_FRAMES: usize = 200;
/// How much the server may grow while all of them are there.
const GROWTH_MAX: u64 = 160 << 20;
/// Longer than the server waits for a body, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(90);
/// The longest that a neighbour's small webhook may take meanwhile: less than until they are sent away.
const NEIGHBOUR_WAIT_MAX: Duration = Duration::from_secs(20);

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
/// Of settings and pings.
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// The status 200 as the first octet of a head.
const OK: u8 = 0x88;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Fields as they are, without a table; none is longer than what one octet can say.
fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            assert!(text.len() < 127);
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

fn head_of(method: &str, path: &str) -> Vec<u8> {
    fields(&[(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")])
}

/// What the server has said on a connection.
#[derive(Debug, Default)]
struct Told {
    /// The first octet of each stream's answer.
    answers: BTreeMap<u32, u8>,
    is_closed: bool,
}

/// A connection that does what the protocol asks of it, and otherwise sends what it is given.
struct Connection {
    frames: UnboundedSender<Vec<u8>>,
    told: Arc<Mutex<Told>>,
    tasks: [JoinHandle<()>; 2],
}

impl Connection {
    async fn open(server: &Running) -> Self {
        let (mut read, mut write) = server.connect().await.into_split();
        let (frames, mut waiting) = unbounded_channel::<Vec<u8>>();
        frames.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()).unwrap();
        frames.send(frame(SETTINGS, 0, 0, &[])).unwrap();
        let writer = tokio::spawn(async move {
            while let Some(octets) = waiting.recv().await {
                if write.write_all(&octets).await.is_err() {
                    break;
                }
            }
        });
        let told: Arc<Mutex<Told>> = Arc::default();
        let (noted, answers) = (Arc::clone(&told), frames.clone());
        let reading = tokio::spawn(async move {
            let mut head = [0; 9];
            while read.read_exact(&mut head).await.is_ok() {
                let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
                if read.read_exact(&mut payload).await.is_err() {
                    break;
                }
                let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                match (head[3], head[4] & ACK) {
                    (HEADERS, _) => {
                        let first = payload.first().copied().unwrap_or_default();
                        noted.lock().unwrap().answers.entry(stream).or_insert(first);
                    }
                    (PING, 0) => drop(answers.send(frame(PING, ACK, 0, &payload))),
                    (SETTINGS, 0) => drop(answers.send(frame(SETTINGS, ACK, 0, &[]))),
                    _ => {}
                }
            }
            noted.lock().unwrap().is_closed = true;
        });
        Self { frames, told, tasks: [writer, reading] }
    }

    /// Sends it, unless the connection is closed.
    fn send(&self, octets: Vec<u8>) {
        let _ = self.frames.send(octets);
    }

    fn is_closed(&self) -> bool {
        self.told.lock().unwrap().is_closed
    }

    /// Whether the connection was closed in time.
    async fn closes(self) -> bool {
        let begun_at = Instant::now();
        while !self.is_closed() && begun_at.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.is_closed()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The ids of the streams that a client may have.
fn ids(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|n| 2 * n + 1)
}

/// A little now and then on each stream, and never all of any; the answers, of those that there are in time.
async fn trickle(connection: Connection, path: String) -> Vec<u8> {
    for id in ids(STREAMS) {
        connection.send(frame(HEADERS, END_HEADERS, id, &head_of("POST", &path)));
    }
    let begun_at = Instant::now();
    while begun_at.elapsed() < PATIENCE && !connection.is_closed() {
        let answered: Vec<u32> = connection.told.lock().unwrap().answers.keys().copied().collect();
        if answered.len() == STREAMS as usize {
            break;
        }
        for id in ids(STREAMS).filter(|id| !answered.contains(id)) {
            connection.send(frame(DATA, 0, id, &[b'a'; LITTLE_BYTES]));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    connection.told.lock().unwrap().answers.values().copied().collect()
}

/// A head somewhat too large: its answer.
async fn say_much(connection: Connection, path: String) -> Option<u8> {
    let many = fields(&[("x-many", "1")]).repeat(600);
    connection.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, &[head_of("POST", &path), many].concat()));
    let begun_at = Instant::now();
    while begun_at.elapsed() < PATIENCE {
        let answer = connection.told.lock().unwrap().answers.get(&1).copied();
        if answer.is_some() {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

/// A head that does not end.
async fn say_without_end(connection: Connection, path: String) -> bool {
    connection.send(frame(HEADERS, END_STREAM, 1, &head_of("POST", &path)));
    let many = fields(&[("x-many", "1")]).repeat((16 << 10) / 10);
    for _ in 0..HEAD_FRAMES {
        connection.send(frame(CONTINUATION, 0, 1, &many));
    }
    connection.closes().await
}

/// Requests that are taken back as soon as they are made.
async fn take_back(connection: Connection, path: String) -> bool {
    let head = head_of("GET", &path);
    for some in ids(TAKEN_BACK).collect::<Vec<_>>().chunks(100) {
        let of_one = |id: &u32| {
            [frame(HEADERS, END_HEADERS | END_STREAM, *id, &head), frame(RST_STREAM, 0, *id, &8_u32.to_be_bytes())]
        };
        connection.send(some.iter().flat_map(of_one).flatten().collect());
    }
    connection.closes().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_on_one_connection_endless_heads_and_requests_taken_back_stand_in_nobodys_way() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let server = Running::start(&["--database-url", &url, "--data-dir", scratch.path()]).await;
    let tenant = tenant::create(["--database-url", &url]).await;
    let path = tenant::source(&server, &tenant).await;
    let memory_before = memory_of(&server);

    let (mut trickling, mut large, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..OF_EACH {
        trickling.push(tokio::spawn(trickle(Connection::open(&server).await, path.clone())));
        large.push(tokio::spawn(say_much(Connection::open(&server).await, path.clone())));
        ended.push(tokio::spawn(say_without_end(Connection::open(&server).await, path.clone())));
        ended.push(tokio::spawn(take_back(Connection::open(&server).await, path.clone())));
    }

    // Meanwhile everybody else is answered, and soon.
    let (mut answered, mut longest, mut memory_most) = (0_u32, Duration::ZERO, memory_before);
    while trickling.iter().any(|sender| !sender.is_finished()) {
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

    for sender in trickling {
        let answers = sender.await.unwrap();
        assert_eq!(answers.len(), STREAMS as usize, "one was left waiting");
        assert!(answers.iter().all(|answer| *answer != OK));
    }
    for sender in large {
        let answer = sender.await.unwrap();
        assert!(answer.is_some_and(|answer| answer != OK), "{answer:?}");
    }
    for sender in ended {
        assert!(sender.await.unwrap(), "a connection was not ended");
    }
    let grown = memory_most.saturating_sub(memory_before);
    println!("neighbours answered {answered}, the slowest after {longest:?}, memory grew by {} MiB", grown >> 20);
    assert!(longest < NEIGHBOUR_WAIT_MAX, "a neighbour waited for {longest:?}");
    assert!(answered > 10 && grown < GROWTH_MAX, "answered {answered}, grew by {} MiB", grown >> 20);
    assert_eq!(server.stop().await, Some(0));
}
