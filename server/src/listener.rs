//! Connections: taken in, bounded, and seen to their end.
//!
//! Written out instead of `axum::serve`, which has no time limit for a client that sends its request line byte by byte
//! and no limit on connections.

mod clients;
mod tap;

pub(crate) use clients::Clients;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use clients::ClientPlace;
use hookreel_http::RequestPlace;
use hyper::Version;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tap::{Tap, Tapped};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::Service as _;

/// How long a client may take to send the head of its first request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may wait for a further request, with its head. Longer than the minute after which usual proxies
/// drop idle connections: one that is closed here while the proxy uses it would be a 502 there.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long requests under way may take to finish. Longer than an attempt's deadline.
pub(crate) const DRAIN_MAX: Duration = Duration::from_secs(30);
/// HTTP/2: how often an otherwise silent connection is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// Requests of one connection that are under way at once: HTTP/2 has many. Its own count ends with a reset, but a request
/// whose client takes it back is handled to its end all the same, so that these are counted here too.
const STREAMS_MAX: u16 = 100;
/// HTTP/2: requests that are taken back before anybody looked at them. More at once is an attack, and ends the connection.
const RESETS_MAX: usize = 20;
/// HTTP/2: what of one body may lie here unread, and of all bodies of a connection. One that waits for room must not take
/// what the others of a proxy's connection need, as it would with one size for both.
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// HTTP/2: the largest head of a request, counted as headers unpacked. Less than with HTTP/1, since a connection may have
/// many; what is somewhat larger is answered with 431, and what is much larger ends the connection.
const HEADER_LIST_BYTES_MAX: u32 = 16 * 1024;
/// HTTP/1: the largest head of a request. What is refused is kept with its headers.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long to wait when the system has no file handles left.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(200);

/// Bounds on connections.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Connections at once; further ones wait.
    pub(crate) connections_max: usize,
    /// Connections of one client at once; further ones are closed.
    pub(crate) clients: Clients,
    /// How long a client may take to send the head of its first request.
    pub(crate) head_timeout: Duration,
    /// How long a connection may wait for a further request, with its head.
    pub(crate) idle_timeout: Duration,
    /// How long requests may take to finish after the order to stop.
    pub(crate) drain: Duration,
}

impl Limits {
    /// The usual limits, with this many connections.
    pub(crate) const fn of_connections(connections_max: usize, clients: Clients) -> Self {
        Self { connections_max, clients, head_timeout: HEAD_TIMEOUT, idle_timeout: IDLE_TIMEOUT, drain: DRAIN_MAX }
    }
}

/// Answers on `listener` until `stop`, then lets requests under way finish.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let serving = Serving {
        router,
        builder: builder(&limits),
        graceful: GracefulShutdown::new(),
        head_timeout: limits.head_timeout,
    };
    while let Some((stream, address, place)) = next_connection(&listener, &places, &stop).await {
        let Some(of_client) = limits.clients.enter(address.ip()) else {
            tracing::debug!(client = %address.ip(), "a client has too many connections");
            continue;
        };
        serve_connection(&serving, stream, address, Places { _of_client: of_client, _of_all: place });
    }
    // From here on the system refuses new connections instead of letting them wait.
    drop(listener);
    if tokio::time::timeout(limits.drain, serving.graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were ended");
    }
}

/// The next connection, once there is room for it; `None` when it is time to stop.
async fn next_connection(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accept = async {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, address)) => return Some((stream, address, place)),
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be taken in");
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => None,
        connection = accept => connection,
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// A connection's places, given back at its end.
struct Places {
    // First, so that whoever takes the freed place finds the client's free too.
    _of_client: ClientPlace,
    _of_all: OwnedSemaphorePermit,
}

/// What every connection is served with.
struct Serving {
    router: Router,
    builder: Builder<TokioExecutor>,
    graceful: GracefulShutdown,
    head_timeout: Duration,
}

fn serve_connection(serving: &Serving, stream: TcpStream, address: SocketAddr, places: Places) {
    // Without it a small answer can wait 40 ms for the client's acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let was_used = Arc::new(AtomicBool::new(false));
    let tap = Tap::new();
    let stream = Tapped::new(stream, tap.clone());
    let (router, head_timeout) = (serving.router.clone(), serving.head_timeout);
    let under_way = Arc::new(Semaphore::new(usize::from(STREAMS_MAX)));
    let service = hyper::service::service_fn({
        let was_used = Arc::clone(&was_used);
        move |mut request: Request<Incoming>| {
            was_used.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(address));
            // With HTTP/2 heads are packed, and names are in lower case.
            if request.version() < Version::HTTP_2
                && let Some(head) = tap.take_head()
            {
                request.extensions_mut().insert(head);
            }
            let (mut router, under_way) = (router.clone(), Arc::clone(&under_way));
            async move {
                // Never closed. Who waits here and is taken back is forgotten.
                if let Ok(place) = under_way.acquire_owned().await {
                    request.extensions_mut().insert(RequestPlace::new(place));
                }
                router.call(request.map(Body::new)).await
            }
        }
    });
    let connection = serving.builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = serving.graceful.watch(connection);
    tokio::spawn(async move {
        let _places = places;
        tokio::select! {
            ended = connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
            }
            // Also while the protocol is still being found out, which has no time limit of its own.
            () = unused(&was_used, head_timeout) => tracing::debug!("a connection sent no request in time"),
        }
    });
}

/// Ends when the connection has not brought its first request in time; never otherwise.
async fn unused(was_used: &AtomicBool, head_timeout: Duration) {
    tokio::time::sleep(head_timeout).await;
    if was_used.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Its time runs from the answer before; the first head's is `unused`.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .keep_alive(true)
        .max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(u32::from(STREAMS_MAX))
        .max_pending_accept_reset_streams(RESETS_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_header_list_size(HEADER_LIST_BYTES_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(limits.head_timeout);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxies::TrustedProxies;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use hookreel_http::cancel_proof;
    use std::sync::atomic::AtomicUsize;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpSocket;
    use tokio::sync::Notify;

    struct Running {
        address: SocketAddr,
        stop: CancellationToken,
        done: tokio::task::JoinHandle<()>,
    }

    async fn start(router: Router, connections_max: usize) -> Running {
        start_with(router, patient(connections_max, connections_max)).await
    }

    /// Limits in which nobody is hung up on for being slow: the machine may be busy.
    fn patient(connections_max: usize, of_client_max: usize) -> Limits {
        Limits {
            connections_max,
            clients: Clients::new(of_client_max, TrustedProxies::default()),
            head_timeout: Duration::from_mins(1),
            idle_timeout: Duration::from_mins(1),
            drain: Duration::from_secs(30),
        }
    }

    async fn start_with(router: Router, limits: Limits) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let done = tokio::spawn(serve(listener, router, limits, stop.clone()));
        Running { address, stop, done }
    }

    #[expect(clippy::disallowed_methods, reason = "the test is the client")]
    async fn connect(address: SocketAddr) -> TcpStream {
        TcpStream::connect(address).await.unwrap()
    }

    async fn read_all(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn requests_are_told_where_they_come_from() {
        let who = get(|ConnectInfo(address): ConnectInfo<SocketAddr>| async move { address.ip().to_string() });
        let running = start(Router::new().route("/", who), 10).await;
        let mut stream = connect(running.address).await;
        stream.write_all(REQUEST).await.unwrap();
        assert!(read_all(stream).await.ends_with("127.0.0.1"));
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_after_the_order_to_stop() {
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = get({
            let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
            move || async move {
                entered.notify_one();
                leave.notified().await;
                "done"
            }
        });
        let running = start(Router::new().route("/", slow), 10).await;
        let mut stream = connect(running.address).await;
        stream.write_all(REQUEST).await.unwrap();
        entered.notified().await;
        running.stop.cancel();
        tokio::time::sleep(Duration::from_millis(50)).await;
        leave.notify_one();
        assert!(read_all(stream).await.ends_with("done"));
        running.done.await.unwrap();
    }

    #[tokio::test]
    async fn connections_over_the_limit_wait_for_their_turn() {
        let running = start(Router::new().route("/", get(|| async { "done" })), 1).await;
        let first = connect(running.address).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut second = connect(running.address).await;
        second.write_all(REQUEST).await.unwrap();
        let mut byte = [0];
        assert!(tokio::time::timeout(Duration::from_millis(100), second.read(&mut byte)).await.is_err());
        drop(first);
        assert!(read_all(second).await.ends_with("done"));
    }

    #[tokio::test]
    async fn a_client_with_its_share_of_connections_gets_no_more_but_others_do() {
        let router = Router::new().route("/", get(|| async { "done" }));
        let running = start_with(router, patient(100, 2)).await;
        let held = [connect(running.address).await, connect(running.address).await];
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut third = connect(running.address).await;
        let _ = third.write_all(REQUEST).await;
        assert_eq!(read_all(third).await, "", "closed without an answer");

        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a client of this test, from an address of its own")]
        let mut other = socket.connect(running.address).await.unwrap();
        other.write_all(REQUEST).await.unwrap();
        assert!(read_all(other).await.ends_with("done"), "another client has its own share");

        drop(held);
        // There is room once the server has seen that they are gone.
        let mut answer = String::new();
        for _ in 0..600 {
            let mut again = connect(running.address).await;
            let _ = again.write_all(REQUEST).await;
            answer = read_all(again).await;
            if !answer.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(answer.ends_with("done"), "{answer}");
    }

    #[tokio::test]
    async fn clients_that_do_not_finish_their_request_are_hung_up_on() {
        let limits = Limits { head_timeout: Duration::from_millis(300), ..patient(10, 10) };
        let running = start_with(Router::new().route("/", get(|| async { "done" })), limits).await;
        for unfinished in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\nhost"] {
            let mut stream = connect(running.address).await;
            stream.write_all(unfinished).await.unwrap();
            let answer = tokio::time::timeout(Duration::from_secs(30), read_all(stream)).await;
            assert!(answer.is_ok(), "{unfinished:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_has_brought_a_request_may_wait_longer_for_the_next_but_not_for_ever() {
        let (head_timeout, idle_timeout) = (Duration::from_secs(1), Duration::from_secs(6));
        let limits = Limits { head_timeout, idle_timeout, ..patient(10, 10) };
        let running = start_with(Router::new().route("/", get(|| async { "done" })), limits).await;
        let mut stream = connect(running.address).await;
        for _ in 0..2 {
            stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"done") {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "hung up on");
            }
            tokio::time::sleep(head_timeout * 3 / 2).await;
        }
        stream.write_all(b"GET / HTTP/1.1\r\nhost").await.unwrap();
        assert!(tokio::time::timeout(Duration::from_secs(30), read_all(stream)).await.is_ok());
    }

    /// A frame of HTTP/2 for a stream.
    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    #[tokio::test]
    async fn who_takes_requests_back_has_no_more_of_them_handled_at_once_than_who_waits() {
        let (begun, leave) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let slow = get({
            let (begun, leave) = (Arc::clone(&begun), Arc::clone(&leave));
            move || async move {
                begun.fetch_add(1, Ordering::Relaxed);
                leave.notified().await;
            }
        });
        let router = Router::new().route("/", slow).layer(from_fn(cancel_proof));
        let running = start(router, 10).await;
        let mut stream = connect(running.address).await;
        // What the server says is not read: it is little.
        stream.write_all(&[&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])[..]].concat()).await.unwrap();
        // GET http://x/
        let head = [0x82, 0x86, 0x84, 0x01, 0x01, b'x'];
        let has_begun = async |count: usize| {
            for _ in 0..1_500 {
                if begun.load(Ordering::Relaxed) >= count {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            panic!("{} of {count} have begun", begun.load(Ordering::Relaxed));
        };
        let places = usize::from(STREAMS_MAX);
        let ids: Vec<u32> = (0..2 * u32::from(STREAMS_MAX)).map(|n| 2 * n + 1).collect();
        for (round, some) in ids.chunks(RESETS_MAX).enumerate() {
            let requests: Vec<u8> = some.iter().flat_map(|id| frame(1, 0x5, *id, &head)).collect();
            let take_back: Vec<u8> = some.iter().flat_map(|id| frame(3, 0, *id, &8_u32.to_be_bytes())).collect();
            stream.write_all(&requests).await.unwrap();
            has_begun(places.min((round + 1) * RESETS_MAX)).await;
            // Those that there is no place for are looked at too, and not counted as taken back before.
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.write_all(&take_back).await.unwrap();
        }
        assert_eq!(begun.load(Ordering::Relaxed), places);

        // Once these are handled there is room again.
        leave.notify_waiters();
        stream.write_all(&frame(1, 0x5, 10_001, &head)).await.unwrap();
        has_begun(places + 1).await;
    }
}
