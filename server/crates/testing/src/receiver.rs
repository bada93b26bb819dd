//! An endpoint whose behaviour a test decides, and changes while it runs.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What the receiver does with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Answers with this status.
    Status(u16),
    /// Answers with this status, these headers and this body.
    Full(u16, Vec<(String, String)>, Vec<u8>),
    /// Waits, then answers 200.
    After(Duration),
    /// Waits until it is told to go on, then answers 200.
    OnceTold(Arc<Notify>),
}

/// What came in.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// The path, which names the endpoint.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The exact body.
    pub body: Bytes,
}

impl ReceivedRequest {
    /// A header's value as text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    requests: Mutex<Vec<ReceivedRequest>>,
}

/// A real HTTP server on loopback; every path is an endpoint.
#[derive(Debug)]
pub struct FakeReceiver {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

impl FakeReceiver {
    /// Starts it; every path answers 200 until told otherwise.
    pub async fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Self { shared, address, server }
    }

    /// The URL of an endpoint here.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on this path answers so.
    pub fn answer(&self, path: &str, answer: Answer) {
        self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), answer);
    }

    /// Everything that came in on a path so far.
    pub fn requests(&self, path: &str) -> Vec<ReceivedRequest> {
        let requests = self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| request.path == path).cloned().collect()
    }

    /// Waits until a path has seen so many requests.
    ///
    /// # Panics
    /// After a minute.
    pub async fn wait_for(&self, path: &str, count: usize) -> Vec<ReceivedRequest> {
        for _ in 0..6000 {
            let requests = self.requests(path);
            if requests.len() >= count {
                return requests;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} saw {} requests in a minute, not {count}", self.requests(path).len());
    }
}

impl Drop for FakeReceiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_owned();
    let answer = shared.answers.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push(ReceivedRequest { path, headers, body });
    match answer.unwrap_or(Answer::Status(200)) {
        Answer::Status(status) => status_of(status).into_response(),
        Answer::Full(status, headers, body) => {
            let mut response = (status_of(status), body).into_response();
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), value.parse()) {
                    response.headers_mut().append(name, value);
                }
            }
            response
        }
        Answer::After(wait) => {
            tokio::time::sleep(wait).await;
            StatusCode::OK.into_response()
        }
        Answer::OnceTold(go_on) => {
            go_on.notified().await;
            StatusCode::OK.into_response()
        }
    }
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::OK)
}
