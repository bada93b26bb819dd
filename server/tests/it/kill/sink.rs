//! The endpoints: they write down what they saw before they answer, and outlive every server.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// The endpoints there are, by path.
pub(crate) const PATHS: [&str; 2] = ["/first", "/second"];

/// What one endpoint saw of one message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) requests: usize,
    /// What `webhook-id` said.
    pub(crate) ids: BTreeSet<String>,
}

type Book = Arc<Mutex<HashMap<(String, u64), Seen>>>;

/// A server that writes down what it is sent.
#[derive(Debug)]
pub(crate) struct Sink {
    address: SocketAddr,
    book: Book,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let book = Book::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&book));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, book }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was seen so far, by path and by the message's mark.
    pub(crate) fn seen(&self) -> HashMap<(String, u64), Seen> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The messages that an endpoint has not seen, with its path.
    pub(crate) fn missing(&self, marks: &BTreeSet<u64>) -> Vec<(&'static str, u64)> {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let all = PATHS.iter().flat_map(|path| marks.iter().map(move |mark| (*path, *mark)));
        all.filter(|(path, mark)| !book.contains_key(&((*path).to_owned(), *mark))).collect()
    }
}

async fn take(State(book): State<Book>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Some(mark) = serde_json::from_slice::<Value>(&body).ok().and_then(|body| body["mark"].as_u64()) else {
        return StatusCode::BAD_REQUEST;
    };
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or("none").to_owned();
    let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
    let seen = book.entry((uri.path().to_owned(), mark)).or_default();
    seen.requests += 1;
    seen.ids.insert(id);
    StatusCode::OK
}
