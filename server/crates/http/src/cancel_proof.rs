//! Work that goes on when the client hangs up.
//!
//! A handler that is dropped half-way leaves database work half-done, and sqlx 0.9.0 can give such a connection back
//! with an open transaction. So each request is handled in a task of its own: when the client goes away, only the
//! answer has nowhere to go.

use crate::problem::Problem;
use crate::request_id::RequestId;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// A request's place among those of its connection that are under way, as an extension of the request. It is kept until
/// the request is handled to its end, whether or not anybody waits for the answer: who begins requests and takes them
/// back, which HTTP/2 makes cheap, has no more of them handled at once than who waits.
#[derive(Debug, Clone)]
pub struct RequestPlace {
    _held: Arc<OwnedSemaphorePermit>,
}

impl RequestPlace {
    /// Holds this.
    pub fn new(permit: OwnedSemaphorePermit) -> Self {
        Self { _held: Arc::new(permit) }
    }
}

/// Middleware: handles the request to its end, whatever happens to the connection. The answer's body streams as usual.
pub async fn cancel_proof(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone());
    let place = request.extensions().get::<RequestPlace>().cloned();
    let handling = async move {
        let _place = place;
        next.run(request).await
    };
    match tokio::spawn(handling).await {
        Ok(response) => response,
        Err(error) => {
            // Not cancelled, since nobody holds the handle: it panicked, and the panic hook has printed where.
            tracing::error!(%error, request_id = ?id, "a request handler panicked");
            Problem::internal().into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::sync::{Notify, Semaphore};
    use tokio::time::timeout;
    use tower::ServiceExt;

    fn request(path: &str) -> Request {
        Request::builder().uri(path).body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn work_goes_on_when_the_client_hangs_up() {
        let (done, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (finished, told) = (Arc::clone(&done), Arc::clone(&go_on));
        let work = async move || {
            told.notified().await;
            finished.notify_one();
        };
        let router = Router::new().route("/", get(work)).layer(from_fn(cancel_proof));
        let hung_up = timeout(Duration::from_millis(5), router.oneshot(request("/"))).await;
        assert!(hung_up.is_err());
        go_on.notify_one();
        timeout(Duration::from_secs(30), done.notified()).await.unwrap();
    }

    #[tokio::test]
    async fn a_request_keeps_its_place_until_its_work_is_done() {
        let (places, leave) = (Arc::new(Semaphore::new(1)), Arc::new(Notify::new()));
        let leaving = Arc::clone(&leave);
        let work = async move || leaving.notified().await;
        let router = Router::new().route("/", get(work)).layer(from_fn(cancel_proof));
        let mut asked = request("/");
        asked.extensions_mut().insert(RequestPlace::new(Arc::clone(&places).try_acquire_owned().unwrap()));
        assert!(timeout(Duration::from_millis(20), router.oneshot(asked)).await.is_err(), "its client has hung up");
        assert_eq!(places.available_permits(), 0);
        leave.notify_one();
        assert!(timeout(Duration::from_secs(30), places.acquire()).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_panic_becomes_an_answer() {
        async fn broken() {
            panic!("broken on purpose")
        }
        let router = Router::new().route("/", get(broken)).layer(from_fn(cancel_proof));
        assert_eq!(router.oneshot(request("/")).await.unwrap().status(), 500);
    }
}
