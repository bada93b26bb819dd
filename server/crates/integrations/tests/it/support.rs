//! Services on loopback that refuse what a test did not announce, and clients that are quick to try again.

use hookreel_egress::{Egress, EgressPolicy, LookupFailure, Resolution, ResolveName};
use hookreel_integrations::{ApiClient, ApiRequest, Backoff, IntegrationError, ServiceConfig};
use hookreel_kernel::{FixedClock, Secret, Timestamp};
use serde_json::Value;
use std::cell::RefCell;
use std::io::Write;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;
use time::macros::datetime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const NOW: Timestamp = datetime!(2026-11-23 09:30:00 UTC);
/// The key that clients of [`config`] use.
pub(crate) const KEY: &str = "key_0123456789";

/// A service that fails its test if anything unexpected arrives.
///
/// wiremock checks expectations when the server is dropped: the last mock, which matches everything, expects nothing.
pub(crate) async fn service() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(418))
        .with_priority(255)
        .expect(0)
        .named("an unexpected request")
        .mount(&server)
        .await;
    server
}

/// Answers that are given one after the other.
pub(crate) struct InTurn {
    answers: Vec<ResponseTemplate>,
    next: AtomicUsize,
}

impl Respond for InTurn {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let turn = self.next.fetch_add(1, Ordering::SeqCst);
        self.answers.get(turn).cloned().unwrap_or_else(|| ResponseTemplate::new(418))
    }
}

/// Announces as many requests to anywhere as there are answers: no more and no fewer.
pub(crate) async fn answer(server: &MockServer, answers: impl IntoIterator<Item = ResponseTemplate>) {
    let answers: Vec<_> = answers.into_iter().collect();
    let count = answers.len() as u64;
    let in_turn = InTurn { answers, next: AtomicUsize::new(0) };
    Mock::given(any()).respond_with(in_turn).expect(count).named("the announced requests").mount(server).await;
}

pub(crate) fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

pub(crate) fn json(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn fine() -> ResponseTemplate {
    json(serde_json::json!({"ok": true}))
}

/// What arrived, in order.
pub(crate) async fn received(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// The values of a header in all requests that arrived; an empty text where it was missing.
pub(crate) async fn header_of_each(server: &MockServer, name: &str) -> Vec<String> {
    let header = |request: &Request| {
        request.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    received(server).await.iter().map(header).collect()
}

/// Patient in tries, but quick: no wait is long enough to notice.
pub(crate) fn config(base_url: &str) -> ServiceConfig {
    let mut config = ServiceConfig::new(base_url);
    config.key = Some(secret(KEY));
    config.backoff = Backoff { first: Duration::from_millis(1), max: Duration::from_millis(4) };
    config
}

pub(crate) fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// A client of a service, whose clock stands.
pub(crate) fn client(config: ServiceConfig) -> ApiClient {
    client_and_clock(config).0
}

pub(crate) fn client_and_clock(config: ServiceConfig) -> (ApiClient, FixedClock) {
    let clock = FixedClock::at(NOW);
    (ApiClient::new("test", config, egress(), Arc::new(clock.clone())).unwrap(), clock)
}

/// A client of a service that is known by name.
pub(crate) fn client_where_names_lead_to(address: IpAddr) -> ApiClient {
    let egress = egress_with(Names(Some(address)));
    ApiClient::new("test", config("http://api.example.com"), egress, Arc::new(FixedClock::at(NOW))).unwrap()
}

/// All names lead to one address, or are unknown.
#[derive(Debug)]
struct Names(Option<IpAddr>);

impl ResolveName for Names {
    fn resolve(&self, name: &str) -> Resolution {
        let answer = self.0.map(|address| vec![address]).ok_or_else(|| LookupFailure(format!("{name} is unknown")));
        Box::pin(async move { answer })
    }
}

/// The way out to this machine, and to nowhere else: no name server is asked.
pub(crate) fn egress() -> Egress {
    egress_with(Names(None))
}

fn egress_with(names: Names) -> Egress {
    Logs::subscribe();
    let policy = EgressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()]);
    Egress::with_resolver(policy, Arc::new(names)).unwrap()
}

/// Reads `thing`.
pub(crate) async fn read(client: &ApiClient) -> Result<Value, IntegrationError> {
    Ok(client.call(ApiRequest::get(["thing"])).await?.value)
}

/// A server that writes what it is told, octet by octet, a connection each.
pub(crate) struct RawServer {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl RawServer {
    /// Gives one of `answers` per connection, then closes it. After the last it hangs instead.
    pub(crate) async fn start(answers: impl IntoIterator<Item = &'static str>) -> Self {
        let open = Arc::new(Notify::new());
        open.notify_one();
        Self::start_gated(answers, open).await
    }

    /// The same, but the first answer waits until it is let through.
    pub(crate) async fn start_gated(answers: impl IntoIterator<Item = &'static str>, gate: Arc<Notify>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let mut answers = answers.into_iter().collect::<Vec<_>>().into_iter();
        let mut gate = Some(gate);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(give(stream, answers.next(), gate.take(), Arc::clone(&counter)));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Waits until this many requests have come.
    pub(crate) async fn has_received(&self, requests: usize) {
        while self.requests() < requests {
            tokio::task::yield_now().await;
        }
    }
}

async fn give(mut stream: TcpStream, answer: Option<&str>, gate: Option<Arc<Notify>>, counter: Arc<AtomicUsize>) {
    let mut head = [0; 8 * 1024];
    let _ = stream.read(&mut head).await;
    counter.fetch_add(1, Ordering::SeqCst);
    if let Some(gate) = gate {
        gate.notified().await;
    }
    match answer {
        Some(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        None => std::future::pending().await,
    }
}

thread_local! {
    /// Where this thread's logs go while somebody listens.
    static LISTENER: RefCell<Option<Logs>> = const { RefCell::new(None) };
}

/// What this thread logs, down to the last trace. A test and its client are one thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs(Arc<Mutex<Vec<u8>>>);

/// Stops listening when dropped.
pub(crate) struct Listening;

impl Logs {
    /// Listens until the guard is dropped.
    pub(crate) fn listen() -> (Self, Listening) {
        let logs = Self::default();
        LISTENER.set(Some(logs.clone()));
        (logs, Listening)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of a level, of the client only.
    pub(crate) fn lines(&self, level: &str) -> Vec<String> {
        let is_ours = |line: &&str| line.contains("hookreel_integrations") && line.contains(&format!(" {level} "));
        self.text().lines().filter(is_ours).map(str::to_owned).collect()
    }

    /// One subscriber for all threads, set before anything is logged: tracing remembers for each line whether anybody
    /// wants it, and a thread without a subscriber would decide that for all others.
    fn subscribe() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
                .with_ansi(false)
                .with_writer(|| LISTENER.with_borrow(|listener| listener.clone().unwrap_or_default()))
                .init();
        });
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENER.set(None);
    }
}

impl Write for Logs {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
